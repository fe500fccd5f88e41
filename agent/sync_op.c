/*
 * sync_op: one contact as an operation does it: ask for the cert while there is none, then
 * sync, and keep what came of it. The store is held only between exchanges. Not here: rounds
 * (sync_run), printing.
 */
#include "agent/sync_op.h"

#include <stdlib.h>
#include <string.h>

#include "agent/enrol.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/os.h"

enum { WAIT_MS = 50 };

enum rc sync_op_enter(struct agent *agent, const struct op_call *call, struct err *reterr)
{
	for (;;) {
		bool busy;

		op_lock(call);
		busy = agent->in_contact;
		agent->in_contact = true;
		op_unlock(call);
		if (!busy)
			return RC_OK;
		if (os_sleep_ms(WAIT_MS))
			return err_set(reterr, RC_BUSY, NULL, "sync.stopping", NULL);
	}
}

void sync_op_leave(struct agent *agent, const struct op_call *call)
{
	op_lock(call);
	agent->in_contact = false;
	op_unlock(call);
}

/* By the setting, or if that says nothing, by what the system knows of the line. */
static bool is_metered(struct agent *agent, const struct op_call *call)
{
	char *set = NULL;
	bool yes, known;

	op_lock(call);
	store_setting(agent->store, "metered", &set, NULL);
	op_unlock(call);
	yes = set && strcmp(set, "yes") == 0;
	known = yes || (set && strcmp(set, "no") == 0);
	free(set);
	return known ? yes : os_net_metered();
}

/* Setting file_rate, KiB/s. */
static int64_t file_rate(struct agent *agent, const struct op_call *call)
{
	char *set = NULL;
	int64_t v = 0;

	op_lock(call);
	store_setting(agent->store, "file_rate", &set, NULL);
	op_unlock(call);
	if (set && num_i64(span_str(set), 0, INT32_MAX, &v) != RC_OK)
		v = 0;
	free(set);
	return v * (int64_t)LIMIT_KIB;
}

static enum rc contact(struct agent *agent, const struct op_call *call, bool asked,
		       struct sync_run_report *r, bool *retwaiting, struct err *reterr)
{
	struct sync_run_how how = {.asked = asked};
	enum enrol_state state = ENROL_APPROVED;
	struct transport t;
	bool asks;
	enum rc rc;

	op_lock(call);
	rc = sync_run_transport(call, &t, reterr);
	asks = !enrol_done(agent);
	op_unlock(call);
	if (rc != RC_OK)
		return rc;
	if (asks)
		rc = enrol_ask(agent, &t, call, &state, reterr);
	*retwaiting = state == ENROL_WAITING;
	if (rc == RC_OK && state == ENROL_APPROVED) {
		how.metered = is_metered(agent, call);
		how.file_rate = file_rate(agent, call);
		rc = sync_run(agent, &t, call, &how, r, reterr);
	}
	t.free(t.ctx);
	return rc;
}

/* Whatever came of it is kept, for status and for the next one. */
static enum rc keep(struct agent *agent, const struct op_call *call,
		    const struct sync_run_report *r, enum rc rc, bool waiting, struct err *why)
{
	enum rc kept;

	if (rc == RC_OK)
		err_clear(why);
	if (rc == RC_OK && waiting)
		err_set(why, RC_UNAVAILABLE, NULL, "sync.waiting", NULL);
	op_lock(call);
	agent->blobs_wait = r->blobs_wait;
	kept = sync_run_keep(agent, r, why, rc == RC_OK ? why : NULL);
	op_unlock(call);
	return rc != RC_OK ? rc : kept;
}

enum rc sync_op_contact(struct agent *agent, const struct op_call *call, bool asked,
			struct sync_run_report *ret, bool *retwaiting, struct err *reterr)
{
	struct sync_run_report r = {0};
	bool waiting = false;
	struct err why;
	enum rc rc = sync_op_enter(agent, call, reterr);

	if (rc != RC_OK)
		return rc;
	err_clear(&why);
	rc = contact(agent, call, asked, &r, &waiting, &why);
	rc = keep(agent, call, &r, rc, waiting, &why);
	sync_op_leave(agent, call);
	if (rc != RC_OK) {
		if (reterr)
			*reterr = why;
		return rc;
	}
	*ret = r;
	*retwaiting = waiting;
	return RC_OK;
}
