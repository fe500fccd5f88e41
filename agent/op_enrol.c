/*
 * op enrol: make this PC known to a collector: from a slip file, or from what the slip
 * has printed. Without a connection the request waits and work may begin (P25).
 */
#include <stdlib.h>
#include <string.h>

#include "agent/author.h"
#include "agent/enrol.h"
#include "agent/ops.h"
#include "agent/sync_run.h"
#include "lib/buf.h"
#include "lib/limits.h"

static const struct op_arg args[] = {
    {.name = "slip",
     .type = OP_JSON,
     .flags = OP_POSITIONAL | OP_STDIN,
     .help = "enrol.arg.slip",
     .meta = "SLIP.json"},
    {.name = "url", .type = OP_STRING, .flags = 0, .help = "enrol.arg.url", .meta = "URL"},
    {.name = "scope", .type = OP_STRING, .flags = 0, .help = "enrol.arg.scope", .meta = "CODE"},
    {.name = "code", .type = OP_STRING, .flags = 0, .help = "enrol.arg.code", .meta = "CODE"},
    {.name = "root", .type = OP_STRING, .flags = 0, .help = "enrol.arg.root", .meta = "DIGITS"},
    {.name = "pc", .type = OP_STRING, .flags = 0, .help = "enrol.arg.pc", .meta = "NAME"},
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "enrol.arg.clerk", .meta = "NAME"},
    {.name = "title", .type = OP_STRING, .flags = 0, .help = "enrol.arg.title", .meta = "TITLE"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET | OP_CONFIRM, .help = "arg.pin"},
};

/* An address as people write it: without its scheme it is https. */
static void set_url(struct json *o, const char *typed)
{
	struct buf b;

	buf_init(&b, LIMIT_ERR_TEXT);
	buf_add_str(&b, strstr(typed, "://") ? "" : "https://");
	buf_add_str(&b, typed);
	buf_add(&b, "", 1);
	json_set_str(o, "url", buf_check(&b, NULL) == RC_OK ? (const char *)b.p : typed);
	buf_free(&b);
}

/* The slip, or the same members out of the options. NULL: go on with what was kept before. */
static struct json *slip_of(const struct json *in)
{
	static const char *const same[] = {"scope", "code"};
	struct json *o;

	if (json_get(in, "slip"))
		return json_copy(json_get(in, "slip"));
	if (!json_get_str(in, "code"))
		return NULL;
	o = json_object();
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (json_get_str(in, same[i]))
			json_set_str(o, same[i], json_get_str(in, same[i]));
	if (json_get_str(in, "url"))
		set_url(o, json_get_str(in, "url"));
	if (json_get_str(in, "root"))
		json_set_str(o, "root_fingerprint", json_get_str(in, "root"));
	return o;
}

static enum rc keep(struct agent *agent, const struct json *in, struct err *reterr)
{
	struct crypt_signer *device = NULL;
	struct json *slip = slip_of(in);
	enum rc rc = keys_device(agent->keys, true, &device, reterr);

	if (rc == RC_OK && slip)
		rc = enrol_keep_slip(agent, slip, reterr);
	if (rc == RC_OK && json_get_str(in, "pc"))
		rc = store_set_setting(agent->store, "pc", json_get_str(in, "pc"), reterr);
	json_free(slip);
	return rc;
}

/* A slip that was refused is tried again with another code: the clerk is there then, and knows her PIN. */
static enum rc first_clerk(struct agent *agent, const struct json *in, struct err *reterr)
{
	const char *name = json_get_str(in, "clerk"), *title = json_get_str(in, "title");
	const char *pin = json_get_str(in, "pin");
	struct crypt_signer *signer = NULL;
	struct store_clerk c;
	struct err why;
	enum rc rc;

	if (!name)
		return RC_OK;
	if (!pin)
		return op_need_secret("pin", reterr);
	rc = author_add(agent, name, title ? title : "", pin, NULL, &why);
	if (rc == RC_EXISTS && !enrol_done(agent)) {
		rc = author_find(agent, name, &c, &why);
		if (rc == RC_OK)
			rc = keys_clerk(agent->keys, c.key, span_str(pin), &signer, &why);
	}
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

/* Ask now; without a connection the request stays kept, and that is no failure. */
static enum rc ask(const struct op_call *call, enum enrol_state *ret, struct err *reterr)
{
	struct transport t;
	struct err why;
	enum rc rc = sync_run_transport(call, &t, reterr);

	*ret = ENROL_OFFLINE;
	if (rc != RC_OK)
		return rc;
	rc = enrol_ask(call->app, &t, NULL, ret, &why);
	t.free(t.ctx);
	if (rc == RC_UNAVAILABLE)
		return RC_OK;
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

static enum rc answer(struct agent *agent, enum enrol_state state, struct json **ret,
		      struct err *reterr)
{
	static const char *const told[] = {"scope", "unit", "url"};
	char fpr[AUTHORITY_FINGERPRINT];
	struct crypt_signer *device = NULL;
	struct json *o = json_object();
	enum rc rc = keys_device(agent->keys, false, &device, reterr);

	json_set_str(o, "state", enrol_state_name(state));
	if (rc == RC_OK) {
		authority_fingerprint(crypt_signer_pk(device), fpr);
		json_set_str(o, "fingerprint", fpr);
	}
	for (size_t i = 0; rc == RC_OK && i < sizeof(told) / sizeof(told[0]); i++) {
		char *v = NULL;

		rc = store_setting(agent->store, told[i], &v, reterr);
		if (v)
			json_set_str(o, told[i], v);
		free(v);
	}
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct agent *agent = call->app;
	enum enrol_state state = ENROL_APPROVED;
	enum rc rc = keep(agent, in, reterr);

	if (rc == RC_OK)
		rc = first_clerk(agent, in, reterr);
	if (rc == RC_OK && !enrol_done(agent))
		rc = ask(call, &state, reterr);
	return rc == RC_OK ? answer(agent, state, ret, reterr) : rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const char *state = json_get_str(out, "state"), *unit = json_get_str(out, "unit");
	char key[ERR_KEY_LEN] = "enrol.";

	memcpy(key + 6, state, strlen(state) + 1);
	lang_format(lang, text, key, "unit", unit ? unit : json_get_str(out, "scope"), NULL);
	buf_add_char(text, '\n');
	lang_format(lang, text, "enrol.fingerprint", "fingerprint",
		    json_get_str(out, "fingerprint"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_enrol = {"enrol",
			    "enrol.summary",
			    OP_WRITE | OP_NET | OP_CREATE,
			    args,
			    sizeof(args) / sizeof(args[0]),
			    run,
			    print,
			    NULL};
