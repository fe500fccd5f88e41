/*
 * webhook_event: see webhook_event.h. A message is what Standard Webhooks calls thin: {type, timestamp, data}.
 */
#include "server-stub/webhook_event.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "sync/kinds.h"

enum { DAY = 86400, TIME_LEN = 32 };

const char *const webhook_event_names[WEBHOOK_EVENTS + 1] = {
    [WEBHOOK_ENTRY_FORKED] = "entry.forked",
    [WEBHOOK_ENTRY_HELD] = "entry.held",
    [WEBHOOK_REVIEW_MADE] = "review.made",
    [WEBHOOK_TASK_CHANGED] = "task.changed",
    [WEBHOOK_REPORT_FROZEN] = "report.frozen",
    [WEBHOOK_SCHEDULE_CHANGED] = "schedule.changed",
    [WEBHOOK_CATALOGUE_CHANGED] = "catalogue.changed",
    [WEBHOOK_ACCESS_CHANGED] = "access.changed",
    [WEBHOOK_ENTRY_RECEIVED] = "entry.received",
    [WEBHOOK_KEY_CERTIFIED] = "key.certified",
    [WEBHOOK_KEY_REVOKED] = "key.revoked",
    [WEBHOOK_ENTRY_ADMITTED] = "entry.admitted",
    [WEBHOOK_FORM_CHANGED] = "form.changed",
    [WEBHOOK_ENTRY_ERASED] = "entry.erased",
    [WEBHOOK_LOG_CHANGED] = "log.changed",
};

/* By op, of those that are no record; 0: told as nothing. */
static const unsigned by_op[ENTRY_OP_N] = {
    [ENTRY_CERT] = 1U << WEBHOOK_KEY_CERTIFIED, [ENTRY_REVOKE] = 1U << WEBHOOK_KEY_REVOKED,
    [ENTRY_ADMIT] = 1U << WEBHOOK_ENTRY_ADMITTED, [ENTRY_FORM] = 1U << WEBHOOK_FORM_CHANGED,
    [ENTRY_ERASE] = 1U << WEBHOOK_ENTRY_ERASED, [ENTRY_LOG] = 1U << WEBHOOK_LOG_CHANGED,
    [ENTRY_UNKNOWN] = 1U << WEBHOOK_ENTRY_RECEIVED,
};

/* By class of the kind; 0: entry.received. */
static const unsigned by_class[KINDS_CLASS_N] = {
    [KINDS_REVIEW] = 1U << WEBHOOK_REVIEW_MADE,         [KINDS_TASK] = 1U << WEBHOOK_TASK_CHANGED,
    [KINDS_REPORT] = 1U << WEBHOOK_REPORT_FROZEN,       [KINDS_SCHEDULE] = 1U << WEBHOOK_SCHEDULE_CHANGED,
    [KINDS_CATALOGUE] = 1U << WEBHOOK_CATALOGUE_CHANGED, [KINDS_ACCESS] = 1U << WEBHOOK_ACCESS_CHANGED,
};

/* A second one of what is made once changes nothing (M21): it is received, no more. e NULL: nobody knows its kind. */
static unsigned by_kind(const struct archive_row *row, const struct entry *e)
{
	if (!e || (row->flags & KEYRING_FLAG_AGAIN && kinds_single(e->kind)))
		return 0;
	return by_class[kinds_class(e->kind)];
}

unsigned webhook_event_bits(const struct archive_row *row, const struct entry *e)
{
	unsigned bits = row->flags & KEYRING_FLAG_FORK ? 1U << WEBHOOK_ENTRY_FORKED : 0, more;

	if (row->verdict != KEYRING_ADMITTED)
		return bits | 1U << WEBHOOK_ENTRY_HELD;
	more = row->op == ENTRY_SET ? by_kind(row, e) : by_op[row->op];
	return bits | (row->op == ENTRY_SET && more == 0 ? 1U << WEBHOOK_ENTRY_RECEIVED : more);
}

/* RFC 3339 in UTC. */
static void time_text(int64_t unix_s, char ret[TIME_LEN])
{
	char date[TEXT_DATE_LEN] = "1970-01-01";
	int s = (int)(unix_s % DAY);
	struct buf b;

	(void)text_days_date(unix_s / DAY, date, NULL); /* a clock of the year 10000 says 1970 */
	buf_init(&b, TIME_LEN - 1);
	buf_addf(&b, "%sT%02d:%02d:%02dZ", date, s / 3600, s / 60 % 60, s % 60);
	memcpy(ret, b.p ? (const char *)b.p : "", b.p ? b.len + 1 : 1);
	buf_free(&b);
}

static enum rc write(const char *type, int64_t at, struct json *data, struct buf *out, struct err *reterr)
{
	struct json *o = json_object();
	char time[TIME_LEN];
	enum rc rc;

	time_text(at, time);
	json_set_str(o, "type", type);
	json_set_str(o, "timestamp", time);
	json_set(o, "data", data);
	buf_init(out, LIMIT_WEBHOOK_BODY);
	rc = json_write(o, false, out, reterr);
	json_free(o);
	if (rc != RC_OK)
		buf_free(out);
	return rc;
}

static struct json *data_of(const struct archive_row *row, const struct entry *e, const char *origin)
{
	struct json *o = json_object();
	char id[CODEC_B64U_32 + 1], entity[CODEC_UUID_LEN + 1];

	codec_b64u(row->id, ENTRY_ID_LEN, id);
	json_set_str(o, "log", origin);
	json_set_int(o, "index", row->index);
	json_set_str(o, "entry", id);
	json_set_str(o, "scope", row->scope);
	if (!e) {
		json_set_bool(o, "damaged", true);
	} else if (row->op == ENTRY_SET) {
		codec_uuid(e->entity, entity);
		json_set_str(o, "kind", e->kind);
		json_set_str(o, "entity", entity);
	}
	json_set_bool(o, "held", row->verdict != KEYRING_ADMITTED);
	json_set_bool(o, "forked", (row->flags & KEYRING_FLAG_FORK) != 0);
	return o;
}

static enum webhook_event first_of(unsigned bits)
{
	int i = 0;

	while (!(bits >> i & 1U))
		i++;
	return (enum webhook_event)i;
}

static void name_message(const void *id, size_t len, const char *prefix, struct webhook_message *m)
{
	size_t n = strlen(prefix);

	memcpy(m->id, prefix, n);
	codec_b64u(id, len, m->id + n);
}

enum rc webhook_event_message(const struct archive_row *row, const char *origin, unsigned events,
			      struct webhook_message *ret, bool *rettold, struct err *reterr)
{
	struct webhook_message m = {.index = row->index};
	struct entry *e = NULL;
	enum rc rc = archive_read_entry(row, &e, reterr);
	unsigned bits;

	if (rc == RC_NOMEM)
		return rc;
	if (rc != RC_OK)
		err_clear(reterr);
	rc = RC_OK;
	bits = webhook_event_bits(row, e) & events;
	*rettold = bits != 0;
	if (bits) {
		m.event = first_of(bits);
		name_message(row->id, ENTRY_ID_LEN, "msg_", &m);
		memcpy(m.scope, row->scope, sizeof(m.scope));
		rc = write(webhook_event_names[m.event], row->received_at, data_of(row, e, origin), &m.body, reterr);
	}
	entry_free(e);
	if (rc == RC_OK && bits)
		*ret = m;
	return rc;
}

enum rc webhook_event_test(const char *origin, int64_t now, struct webhook_message *ret, struct err *reterr)
{
	struct webhook_message m = {.index = -1};
	struct json *data = json_object();
	uint8_t id[16];
	enum rc rc;

	crypt_random(id, sizeof(id));
	name_message(id, sizeof(id), "test_", &m);
	json_set_str(data, "log", origin);
	rc = write(WEBHOOK_TEST, now, data, &m.body, reterr);
	if (rc == RC_OK)
		*ret = m;
	return rc;
}
