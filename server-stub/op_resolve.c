/*
 * op resolve: the centre decides between values: a signed entry that names every
 * sibling it replaces, with a reason; reversible by the next one. Clauses M10, M16.
 */
#include <string.h>

#include "lib/codec.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/who.h"
#include "sync/form_check.h"
#include "sync/kinds.h"
#include "sync/retire.h"

enum { FIELDS_MAX = 64 };

static const struct op_arg args[] = {
    {.name = "id", .type = OP_STRING, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "act.arg.id"},
    {.name = "fields",
     .type = OP_PAIRS,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "act.arg.fields"},
    {.name = "reason",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "act.arg.reason",
     .meta = "TEXT"},
    {.name = "seen", .type = OP_LIST, .help = "resolve.arg.seen", .meta = "ENTRY"},
    ACT_WHICH,
    ACT_ARGS,
};

/* Typed values as wire values, and the names for merge_after (NULL-terminated). */
static enum rc read_fields(const struct json *typed, const struct form *f, struct json *out,
			   const char *name[FIELDS_MAX + 1], struct err *reterr)
{
	size_t n = 0;

	if (json_len(typed) == 0 || json_len(typed) > FIELDS_MAX)
		return err_num(reterr, RC_USAGE, NULL, "resolve.fields", "max", FIELDS_MAX);
	for (const struct json *t = json_first(typed); t; t = json_next(t)) {
		struct json *v = NULL;
		enum rc rc = form_check_input(f, json_name(t), t, &v, reterr);

		if (rc != RC_OK)
			return rc;
		json_set(out, json_name(t), v);
		name[n++] = json_name(t);
	}
	name[n] = NULL;
	return RC_OK;
}

static bool has_id(const struct json *ids, const uint8_t id[ENTRY_ID_LEN])
{
	char text[CODEC_B64U_32 + 1];

	codec_b64u(id, ENTRY_ID_LEN, text);
	for (const struct json *i = json_first(ids); i; i = json_next(i))
		if (json_str(i) && strcmp(json_str(i), text) == 0)
			return true;
	return false;
}

/*
 * It replaces every value that stands (M10), so whoever decides has to have seen each: `seen` names their entries.
 * From a page it must be there; at the command line it may be left out.
 */
static enum rc check_seen(const struct op_call *call, const struct json *in,
			  const struct merge_state *s, const char *const *name, struct err *reterr)
{
	const struct json *seen = json_get_arr(in, "seen");

	if (!seen)
		return who_of(call) ? err_set(reterr, RC_USAGE, NULL, "resolve.unseen", NULL) : RC_OK;
	for (; *name; name++) {
		size_t n = 0;
		const struct merge_value *v = merge_siblings(s, *name, &n);

		for (size_t i = 0; i < n; i++)
			if (!has_id(seen, v[i].id))
				return err_set(reterr, RC_CONFLICT, "M10", "resolve.changed", NULL);
	}
	return RC_OK;
}

static enum rc seal(struct collector *col, const struct json *in, const struct act_entity *x,
		    const struct json *fields, struct span after, uint8_t retid[ENTRY_ID_LEN],
		    int64_t *retindex, struct err *reterr)
{
	struct crypt_signer *signer = NULL;
	struct issuer *issuer = NULL;
	enum rc rc = act_signer(col, in, &signer, reterr);

	if (rc == RC_OK)
		rc = issuer_open(col, signer, x->e.scope, &issuer, reterr);
	if (rc == RC_OK)
		rc = issuer_set(issuer, x->e.kind, x->form->version, x->e.id, fields, after, retid,
				reterr);
	if (rc == RC_OK)
		rc = issuer_keep(issuer, retindex, reterr);
	issuer_free(issuer);
	crypt_signer_free(signer);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct act_entity x = {.state = NULL};
	struct json *fields = json_object();
	const char *name[FIELDS_MAX + 1];
	uint8_t entry[ENTRY_ID_LEN];
	int64_t index = 0;
	struct buf after;
	enum rc rc = act_named(call, in, &x, reterr);

	buf_init(&after, 65536);
	if (rc == RC_OK && !x.form)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "form.unknown", "name", x.e.kind, NULL);
	if (rc == RC_OK && kinds_once(x.e.kind))
		rc = err_set(reterr, RC_CONFLICT, "M12", "resolve.submitted", NULL);
	if (rc == RC_OK)
		rc = read_fields(json_get_obj(in, "fields"), x.form, fields, name, reterr);
	if (rc == RC_OK)
		rc = check_seen(call, in, x.state, name, reterr);
	if (rc == RC_OK)
		rc = retire_after(x.state, x.form, name, &after, reterr);
	json_set_str(fields, "reason", json_get_str(in, "reason"));
	if (rc == RC_OK)
		rc = seal(col, in, &x, fields, span_buf(&after), entry, &index, reterr);
	if (rc == RC_OK)
		*ret = act_answer(&x, entry, index);
	buf_free(&after);
	json_free(fields);
	act_entity_free(col, &x);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "resolve.done", "id", json_get_str(out, "id"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_resolve = {
    "resolve", "resolve.summary", OP_WRITE, args, sizeof(args) / sizeof(args[0]), run, print, NULL};
