/*
 * op clerk add|list|pin|renew, unlock, lock: the people who use this PC and their PINs.
 */
#include <string.h>

#include "agent/author.h"
#include "agent/ops.h"
#include "lib/codec.h"
#include "sync/authority.h"

/* ---- clerk add ---- */

static const struct op_arg add_args[] = {
    {.name = "name",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "clerk.arg.name",
     .meta = "NAME"},
    {.name = "title", .type = OP_STRING, .flags = 0, .help = "enrol.arg.title", .meta = "TITLE"},
    {.name = "pin",
     .type = OP_STRING,
     .flags = OP_SECRET | OP_CONFIRM | OP_REQUIRED,
     .help = "arg.pin"},
};

static void set_clerk(struct json *o, const struct store_clerk *c)
{
	char fpr[AUTHORITY_FINGERPRINT];

	authority_fingerprint(c->key, fpr);
	json_set_str(o, "name", c->name);
	json_set_str(o, "title", c->title);
	json_set_str(o, "scope", c->scope);
	json_set_str(o, "fingerprint", fpr);
	json_set_bool(o, "certified", c->certified);
	if (c->retired)
		json_set_bool(o, "retired", true);
}

static enum rc add_run(const struct op_call *call, const struct json *in, struct json **ret,
		       struct err *reterr)
{
	const char *title = json_get_str(in, "title");
	struct store_clerk c;
	enum rc rc = author_add(call->app, json_get_str(in, "name"), title ? title : "",
				json_get_str(in, "pin"), &c, reterr);

	if (rc != RC_OK)
		return rc;
	*ret = json_object();
	set_clerk(*ret, &c);
	return RC_OK;
}

static void add_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "clerk.added", "name", json_get_str(out, "name"), "fingerprint",
		    json_get_str(out, "fingerprint"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_clerk_add = {
    "clerk add", "clerk.add.summary", OP_WRITE, add_args, sizeof(add_args) / sizeof(add_args[0]),
    add_run,     add_print,           NULL};

/* ---- clerk list ---- */

static enum rc list_run(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct agent *agent = call->app;
	struct json *all = json_array();
	struct store_clerk c;
	enum rc rc;

	(void)in;
	for (size_t i = 0; (rc = store_clerk(agent->store, i, &c, reterr)) == RC_OK; i++) {
		struct json *o = json_object();

		set_clerk(o, &c);
		json_set_bool(o, "unlocked", keys_unlocked(agent->keys, c.key));
		json_append(all, o);
	}
	if (rc != RC_NOTFOUND) {
		json_free(all);
		return rc;
	}
	err_clear(reterr);
	*ret = json_object();
	json_set(*ret, "clerks", all);
	return RC_OK;
}

static bool is_true(const struct json *o, const char *name)
{
	bool v = false;

	return json_get_bool(o, name, &v) && v;
}

static void list_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	for (const struct json *c = json_first(json_get_arr(out, "clerks")); c; c = json_next(c)) {
		const char *title = json_get_str(c, "title");

		lang_format(lang, text, title[0] ? "clerk.line" : "clerk.line_untitled", "name",
			    json_get_str(c, "name"), "title", title, "fingerprint", json_get_str(c, "fingerprint"),
			    "state",
			    lang_text(lang, is_true(c, "retired")     ? "clerk.retired"
					    : is_true(c, "certified") ? "clerk.certified"
								      : "clerk.waiting"),
			    NULL);
		buf_add_char(text, '\n');
	}
}

const struct op op_clerk_list = {"clerk list", "clerk.list.summary", OP_READ, NULL, 0,
				 list_run,     list_print,           NULL};

/* ---- clerk pin ---- */

static const struct op_arg pin_args[] = {
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET | OP_REQUIRED, .help = "arg.pin"},
    {.name = "new_pin",
     .type = OP_STRING,
     .flags = OP_SECRET | OP_CONFIRM | OP_REQUIRED,
     .help = "clerk.arg.new_pin"},
};

static enum rc pin_run(const struct op_call *call, const struct json *in, struct json **ret,
		       struct err *reterr)
{
	struct agent *agent = call->app;
	struct store_clerk c;
	enum rc rc = author_find(agent, json_get_str(in, "clerk"), &c, reterr);

	if (rc == RC_OK)
		rc = keys_pin_change(agent->keys, c.key, span_str(json_get_str(in, "pin")),
				     span_str(json_get_str(in, "new_pin")), reterr);
	if (rc != RC_OK)
		return rc;
	*ret = json_object();
	set_clerk(*ret, &c);
	return RC_OK;
}

static void pin_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "clerk.pin_changed", "name", json_get_str(out, "name"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_clerk_pin = {
    "clerk pin", "clerk.pin.summary", OP_WRITE, pin_args, sizeof(pin_args) / sizeof(pin_args[0]),
    pin_run,     pin_print,           NULL};

/* ---- clerk renew ---- */

static const struct op_arg renew_args[] = {
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "new_pin",
     .type = OP_STRING,
     .flags = OP_SECRET | OP_CONFIRM | OP_REQUIRED,
     .help = "clerk.arg.new_pin"},
};

static enum rc renew_run(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	struct store_clerk c;
	enum rc rc = author_renew(call->app, json_get_str(in, "clerk"),
				  json_get_str(in, "new_pin"), &c, reterr);

	if (rc != RC_OK)
		return rc;
	*ret = json_object();
	set_clerk(*ret, &c);
	return RC_OK;
}

static void renew_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "clerk.renewed", "name", json_get_str(out, "name"), "fingerprint",
		    json_get_str(out, "fingerprint"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_clerk_renew = {"clerk renew",
				  "clerk.renew.summary",
				  OP_WRITE,
				  renew_args,
				  sizeof(renew_args) / sizeof(renew_args[0]),
				  renew_run,
				  renew_print,
				  NULL};

/* ---- unlock, lock ---- */

static const struct op_arg unlock_args[] = {
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "arg.pin"},
};

/* Without a PIN one who is unlocked stays so: she is at work, though she seals nothing yet. */
static enum rc unlock(struct agent *agent, const struct store_clerk *c, const char *pin,
		      struct err *reterr)
{
	struct crypt_signer *signer = NULL;
	struct err why = {0};
	enum rc rc = keys_clerk(agent->keys, c->key, pin ? span_str(pin) : span_of(NULL, 0), &signer,
				&why);

	if (rc == RC_DENIED && strcmp(why.key, "keys.locked") == 0)
		return op_need_secret("pin", reterr);
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

static enum rc unlock_run(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	struct agent *agent = call->app;
	struct store_clerk c;
	enum rc rc = author_find(agent, json_get_str(in, "clerk"), &c, reterr);

	if (rc == RC_OK)
		rc = unlock(agent, &c, json_get_str(in, "pin"), reterr);
	if (rc != RC_OK)
		return rc;
	*ret = json_object();
	set_clerk(*ret, &c);
	json_set_int(*ret, "idle_s", KEYS_IDLE_S);
	return RC_OK;
}

static void unlock_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "clerk.unlocked", "name", json_get_str(out, "name"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_unlock_clerk = {"unlock",
				   "unlock.summary",
				   OP_WRITE,
				   unlock_args,
				   sizeof(unlock_args) / sizeof(unlock_args[0]),
				   unlock_run,
				   unlock_print,
				   NULL};

static enum rc lock_run(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct agent *agent = call->app;

	(void)in;
	(void)reterr;
	keys_lock(agent->keys);
	*ret = json_object();
	return RC_OK;
}

static void lock_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	(void)out;
	buf_add_str(text, lang_text(lang, "clerk.locked"));
	buf_add_char(text, '\n');
}

const struct op op_lock_clerks = {"lock", "lock.summary", OP_WRITE,   NULL,
				  0,      lock_run,       lock_print, NULL};
