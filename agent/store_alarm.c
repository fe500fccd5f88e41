/*
 * store_alarm: the evidence of a log that went back or changed (L10, L14): both signed
 * texts, kept for ever. Ending one is a person's act, with a reason. Not here: finding
 * out (sync/session_client), what stops meanwhile (store_session.c).
 */
#include <string.h>

#include "agent/store_part.h"

static void copy_text(struct span s, char *out, size_t cap)
{
	size_t n = s.len < cap ? s.len : cap - 1;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

enum rc store_alarms(struct store *s, int64_t no,
		     bool (*take)(void *arg, const struct store_alarm *a), void *arg,
		     struct err *reterr)
{
	struct db_q q;
	bool go = true;
	enum rc rc = db_query(&q, s->db, ST_ALARM_ALL, DB_V(no > 0 ? db_int(no) : db_null()), reterr);

	while (rc == RC_OK && go && db_next(&q)) {
		struct store_alarm a = {.no = db_col_int(&q, 0),
					.at = db_col_int(&q, 2),
					.given = db_col_blob(&q, 5),
					.known = db_col_blob(&q, 6),
					.closed = db_col_int(&q, 7) != 0,
					.era = db_col_int(&q, 8)};

		copy_text(db_col_text(&q, 1), a.scope, sizeof(a.scope));
		copy_text(db_col_text(&q, 3), a.clause, sizeof(a.clause));
		copy_text(db_col_text(&q, 4), a.why, sizeof(a.why));
		a.reason = db_col_text(&q, 9);
		go = take(arg, &a);
	}
	return db_end(&q, rc, reterr);
}

struct one {
	bool found, closed;
	int64_t era;
};

static bool take_one(void *arg, const struct store_alarm *a)
{
	*(struct one *)arg = (struct one){.found = true, .closed = a->closed, .era = a->era};
	return false;
}

/*
 * The start over comes first: after a crash in between the alarm is still open and, being of
 * an ended era, only has to be closed.
 */
enum rc store_alarm_close(struct store *s, int64_t no, const char *reason, struct err *reterr)
{
	struct one one = {.found = false};
	int64_t era = 0;
	enum rc rc = store_alarms(s, no, take_one, &one, reterr);

	if (rc == RC_OK && (!one.found || no <= 0))
		rc = err_num(reterr, RC_NOTFOUND, "L14", "alarm.none", "no", (long long)no);
	if (rc == RC_OK && one.closed)
		rc = err_num(reterr, RC_CONFLICT, "L14", "alarm.closed", "no", (long long)no);
	if (rc == RC_OK)
		rc = store_era(s, &era, reterr);
	if (rc == RC_OK && one.era == era)
		rc = store_restart(s, reterr);
	return rc == RC_OK
		   ? db_run(s->db, ST_ALARM_END, DB_V(db_int(no), db_str(reason)), reterr)
		   : rc;
}
