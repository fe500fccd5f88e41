/*
 * op link, op unlink: the centre says that two records are of one thing, or takes one out
 * again: `set`s of the field same_as with a reason, all in one group (M15). Which fields to
 * write is sync/same's.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/things.h"
#include "sync/retire.h"

#define REASON_ARG                                                                      \
	{.name = "reason",                                                              \
	 .type = OP_STRING,                                                             \
	 .flags = OP_REQUIRED,                                                          \
	 .help = "act.arg.reason",                                                      \
	 .meta = "TEXT"}

static const struct op_arg link_args[] = {
    {.name = "id", .type = OP_STRING, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "act.arg.id"},
    {.name = "other",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "link.arg.other",
     .meta = "OTHER"},
    REASON_ARG,
    ACT_WHICH,
    ACT_ARGS,
};

static const struct op_arg unlink_args[] = {
    {.name = "id", .type = OP_STRING, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "act.arg.id"},
    REASON_ARG,
    ACT_WHICH,
    ACT_ARGS,
};

static enum rc set_one(struct collector *col, struct issuer *issuer, const struct same *s,
		       const struct same_write *w, const char *reason, struct err *reterr)
{
	static const char *const field[] = {SAME_FIELD, "reason", NULL};
	struct act_entity x = {.state = NULL};
	struct json *fields = json_object();
	char uuid[CODEC_UUID_LEN + 1];
	struct buf after;
	enum rc rc = act_entity_no(col, s->node[w->node].no, &x, reterr);

	buf_init(&after, LIMIT_ENTRY_AFTER * ENTRY_ID_LEN);
	codec_uuid(w->to, uuid);
	json_set(fields, SAME_FIELD, w->clear ? json_null() : json_string(uuid));
	json_set_str(fields, "reason", reason);
	if (rc == RC_OK)
		rc = retire_after(x.state, x.form, field, &after, reterr);
	if (rc == RC_OK)
		rc = issuer_set(issuer, x.e.kind, x.form->version, x.e.id, fields, span_buf(&after),
				NULL, reterr);
	json_free(fields);
	buf_free(&after);
	act_entity_free(col, &x);
	return rc;
}

/* All of the writes, signed at once, as one group. */
static enum rc seal(struct collector *col, const struct json *in, const char *scope,
		    const struct same *s, const struct same_write *w, size_t n, struct json **ret,
		    struct err *reterr)
{
	struct crypt_signer *signer = NULL;
	struct issuer *issuer = NULL;
	struct json *all = json_array();
	int64_t index = 0;
	enum rc rc = act_signer(col, in, &signer, reterr);

	if (rc == RC_OK)
		rc = issuer_open(col, signer, scope, &issuer, reterr);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		char uuid[CODEC_UUID_LEN + 1];
		rc = set_one(col, issuer, s, &w[i], json_get_str(in, "reason"), reterr);
		codec_uuid(s->node[w[i].node].id, uuid);
		json_append_str(all, uuid);
	}
	if (rc == RC_OK)
		rc = issuer_keep(issuer, &index, reterr);
	issuer_free(issuer);
	crypt_signer_free(signer);
	if (rc == RC_OK) {
		*ret = json_object();
		json_set(*ret, "written", all);
		json_set_int(*ret, "index", index);
	} else {
		json_free(all);
	}
	return rc;
}

static enum rc find(const struct op_call *call, const char *scope, const char *kind,
		    const char *typed, struct act_entity *ret, struct err *reterr)
{
	enum rc rc = act_typed(call, scope, kind, typed, ret, reterr);

	if (rc == RC_OK && (!ret->form || !form_field(ret->form, SAME_FIELD)))
		rc = err_set(reterr, RC_INPUT, "M15", "same.no_field", NULL);
	return rc;
}

static enum rc run_link(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct collector *col = call->app;
	struct act_entity a = {.state = NULL}, b = {.state = NULL};
	struct same s = {.n = 0};
	struct same_write w;
	enum rc rc = find(call, json_get_str(in, "scope"), json_get_str(in, "kind"),
			  json_get_str(in, "id"), &a, reterr);

	if (rc == RC_OK)
		rc = find(call, a.e.scope, a.e.kind, json_get_str(in, "other"), &b, reterr);
	if (rc == RC_OK)
		rc = things_read(col, a.e.scope, a.e.kind, a.e.no, &s, reterr);
	if (rc == RC_OK)
		rc = same_add(&s, b.e.id, b.e.no, NULL, reterr);
	if (rc == RC_OK)
		rc = same_join(&s, reterr);
	if (rc == RC_OK)
		rc = same_link(&s, same_find(&s, a.e.id), same_find(&s, b.e.id), &w, reterr);
	if (rc == RC_OK)
		rc = seal(col, in, a.e.scope, &s, &w, 1, ret, reterr);
	same_free(&s);
	act_entity_free(col, &a);
	act_entity_free(col, &b);
	return rc;
}

static enum rc run_unlink(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	struct collector *col = call->app;
	struct act_entity x = {.state = NULL};
	struct same s = {.n = 0};
	struct same_write *w = NULL;
	size_t n = 0;
	enum rc rc = find(call, json_get_str(in, "scope"), json_get_str(in, "kind"),
			  json_get_str(in, "id"), &x, reterr);

	if (rc == RC_OK)
		rc = things_read(col, x.e.scope, x.e.kind, x.e.no, &s, reterr);
	if (rc == RC_OK && !(w = calloc(s.n + 1, sizeof(*w))))
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc == RC_OK)
		rc = same_unlink(&s, same_find(&s, x.e.id), w, &n, reterr);
	if (rc == RC_OK)
		rc = seal(col, in, x.e.scope, &s, w, n, ret, reterr);
	free(w);
	same_free(&s);
	act_entity_free(col, &x);
	return rc;
}

static void print_link(const struct lang *lang, const struct json *out, struct buf *text)
{
	(void)out;
	buf_add_str(text, lang_text(lang, "link.done"));
	buf_add_char(text, '\n');
}

static void print_unlink(const struct lang *lang, const struct json *out, struct buf *text)
{
	(void)out;
	buf_add_str(text, lang_text(lang, "unlink.done"));
	buf_add_char(text, '\n');
}

const struct op op_link = {
    "link",   "link.summary", OP_WRITE, link_args, sizeof(link_args) / sizeof(link_args[0]),
    run_link, print_link,     NULL};
const struct op op_unlink = {"unlink",
			     "unlink.summary",
			     OP_WRITE,
			     unlink_args,
			     sizeof(unlink_args) / sizeof(unlink_args[0]),
			     run_unlink,
			     print_unlink,
			     NULL};
