/*
 * op sync: one contact with the collector now. A PC that waits for its cert asks for
 * it first. Runs beside other operations: the store is held only between exchanges.
 */
#include "agent/ops.h"
#include "agent/sync_op.h"

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct sync_run_report r = {0};
	bool waiting = false;
	enum rc rc = sync_op_contact(call->app, call, true, &r, &waiting, reterr);

	(void)in;
	if (rc != RC_OK)
		return rc;
	*ret = json_object();
	json_set_str(*ret, "state", waiting ? "waiting" : "done");
	json_set_int(*ret, "rounds", r.rounds);
	json_set_int(*ret, "sent", r.sent);
	json_set_int(*ret, "accepted", r.accepted + r.duplicate);
	json_set_int(*ret, "quarantined", r.quarantined);
	json_set_int(*ret, "refused", r.refused);
	json_set_int(*ret, "received", r.pulled);
	json_set_int(*ret, "unknown", r.unknown);
	json_set_int(*ret, "files_sent", r.blobs_up);
	json_set_int(*ret, "files_received", r.blobs_down);
	json_set_int(*ret, "files_failed", r.blobs_failed);
	json_set_int(*ret, "next_s", r.next_s);
	return RC_OK;
}

static void add_int(const struct lang *lang, const struct json *out, const char *name,
		    const char *key, struct buf *text)
{
	char n[24];
	int64_t v = 0;
	struct buf b;

	json_get_int(out, name, &v);
	if (v == 0)
		return;
	buf_init(&b, sizeof(n));
	buf_add_int(&b, v);
	lang_format(lang, text, key, "n", (const char *)b.p, NULL);
	buf_add_char(text, '\n');
	buf_free(&b);
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const line[][2] = {
	    {"sent", "sync.sent"},
	    {"accepted", "sync.accepted"},
	    {"refused", "sync.refused"},
	    {"quarantined", "sync.quarantined"},
	    {"received", "sync.received"},
	    {"files_sent", "sync.files_sent"},
	    {"files_received", "sync.files_received"},
	    {"files_failed", "sync.files_failed"},
	};

	buf_add_str(text,
		    lang_text(lang, span_eq_str(span_str(json_get_str(out, "state")), "waiting")
					? "sync.waiting"
					: "sync.done"));
	buf_add_char(text, '\n');
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++)
		add_int(lang, out, line[i][0], line[i][1], text);
}

const struct op op_sync = {
    "sync", "sync.summary", OP_WRITE | OP_NET | OP_CONCURRENT, NULL, 0, run, print, NULL};
