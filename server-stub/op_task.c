/*
 * op task add, task close: what a finding asks of a commune: an entry in the commune's scope, so it
 * syncs down. A check that names it answers it (M20); its author may end it with a reason.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/task.h"
#include "sync/form_check.h"
#include "sync/merge.h"

/* ---- writing ---- */

/* A task as it would be then: every rule of its form holds. */
static enum rc check(const struct ingest_snapshot *snap, const struct form *f,
		     const struct json *fields, int64_t now, struct err *reterr)
{
	struct form_around around = {.set = snap->forms, .now_s = now};
	struct form_result r = {0};
	enum rc rc = form_check_record(f, fields, &around, &r, reterr);

	for (size_t i = 0; rc == RC_OK && i < r.n; i++)
		if (r.finding[i].severity == FORM_ERROR)
			rc = form_check_err(&r.finding[i], reterr);
	form_check_free(&r);
	return rc;
}

struct writing {
	struct collector *col;
	const struct json *in;
	const char *scope;
	const uint8_t *id;
	const struct json *fields;
	struct span after;
};

static enum rc seal(const struct writing *w, const struct form *f, int64_t *retindex,
		    struct err *reterr)
{
	struct crypt_signer *signer = NULL;
	struct issuer *issuer = NULL;
	enum rc rc = act_signer(w->col, w->in, &signer, reterr);

	if (rc == RC_OK)
		rc = issuer_open(w->col, signer, w->scope, &issuer, reterr);
	if (rc == RC_OK)
		rc = issuer_set(issuer, f->name, f->version, w->id, w->fields, w->after, NULL,
				reterr);
	if (rc == RC_OK)
		rc = issuer_keep(issuer, retindex, reterr);
	issuer_free(issuer);
	crypt_signer_free(signer);
	return rc;
}

static struct json *answer(const uint8_t id[16], const char *scope, int64_t index)
{
	struct json *o = json_object();
	char uuid[CODEC_UUID_LEN + 1];

	codec_uuid(id, uuid);
	json_set_str(o, "id", uuid);
	json_set_str(o, "scope", scope);
	json_set_int(o, "index", index);
	return o;
}

static enum rc form_of(const struct ingest_snapshot *snap, const struct form **ret,
		       struct err *reterr)
{
	*ret = form_set_open(snap->forms, TASK_KIND);
	return *ret ? RC_OK
		    : err_set(reterr, RC_NOTFOUND, NULL, "form.unknown", "name", TASK_KIND, NULL);
}

/* ---- add ---- */

static const struct op_arg add_args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "task.arg.about",
     .meta = "ID"},
    {.name = "title", .type = OP_STRING, .flags = OP_REQUIRED, .help = "task.arg.title", .meta = "TEXT"},
    {.name = "owner", .type = OP_STRING, .flags = OP_REQUIRED, .help = "task.arg.owner", .meta = "NAME"},
    {.name = "due", .type = OP_STRING, .flags = OP_REQUIRED, .help = "task.arg.due", .meta = "DATE"},
    {.name = "note", .type = OP_STRING, .help = "task.arg.note", .meta = "TEXT"},
    ACT_WHICH,
    ACT_ARGS,
};

static enum rc read_fields(const struct json *in, const struct form *f, const struct act_entity *x,
			   struct json *out, struct err *reterr)
{
	static const char *const name[] = {"title", "owner", "due", "note"};
	char id[CODEC_UUID_LEN + 1];
	enum rc rc = RC_OK;

	codec_uuid(x->e.id, id);
	json_set_str(out, "target", id);
	json_set_str(out, "state", "moi");
	for (size_t i = 0; rc == RC_OK && i < sizeof(name) / sizeof(name[0]); i++) {
		struct json *v = NULL;

		if (!json_get(in, name[i]))
			continue;
		rc = form_check_input(f, name[i], json_get(in, name[i]), &v, reterr);
		if (rc == RC_OK)
			json_set(out, name[i], v);
	}
	return rc;
}

static enum rc check_target(const struct form *f, const struct act_entity *x, struct err *reterr)
{
	const struct form_field *target = form_field(f, "target");
	const char *kind = x->form ? x->form->label.vi : x->e.kind;

	for (size_t i = 0; target && i < target->nof; i++)
		if (strcmp(target->of[i], x->e.kind) == 0)
			return RC_OK;
	return err_set(reterr, RC_INPUT, NULL, "review.no_target", "kind", kind, "kind_en",
		       x->form ? form_say(x->form->label, "en") : kind, NULL);
}

static enum rc add_run(const struct op_call *call, const struct json *in, struct json **ret,
		       struct err *reterr)
{
	struct collector *col = call->app;
	struct act_entity x = {.state = NULL};
	struct json *fields = json_object();
	const struct form *f = NULL;
	uint8_t id[16];
	int64_t index = 0;
	enum rc rc = act_named(call, in, &x, reterr);

	entry_uuid7(clock_now_ms(col->clock), id);
	if (rc == RC_OK)
		rc = form_of(x.snap, &f, reterr);
	if (rc == RC_OK)
		rc = check_target(f, &x, reterr);
	if (rc == RC_OK)
		rc = read_fields(in, f, &x, fields, reterr);
	if (rc == RC_OK)
		rc = check(x.snap, f, fields, clock_now_s(col->clock), reterr);
	if (rc == RC_OK) {
		const struct writing w = {col, in, x.e.scope, id, fields, span_of(NULL, 0)};

		rc = seal(&w, f, &index, reterr);
	}
	if (rc == RC_OK)
		*ret = answer(id, x.e.scope, index);
	json_free(fields);
	act_entity_free(col, &x);
	return rc;
}

static void add_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "task.added", "id", json_get_str(out, "id"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_task_add = {"task add", "task.add_summary", OP_WRITE, add_args,
			       sizeof(add_args) / sizeof(add_args[0]), add_run, add_print, NULL};

/* ---- close ---- */

static const struct op_arg close_args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "task.arg.id",
     .meta = "ID"},
    {.name = "cancel", .type = OP_BOOL, .help = "task.arg.cancel"},
    {.name = "reason", .type = OP_STRING, .flags = OP_REQUIRED, .help = "act.arg.reason", .meta = "TEXT"},
    {.name = "scope", .type = OP_STRING, .help = "act.arg.scope", .meta = "CODE"},
    ACT_ARGS,
};

static enum rc read_end(struct collector *col, const struct json *in, struct json *fields,
			struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct crypt_signer *signer = NULL;
	struct keyring_key key;
	bool cancel = false;
	enum rc rc = act_signer(col, in, &signer, reterr);

	json_get_bool(in, "cancel", &cancel);
	json_set_str(fields, "state", cancel ? "huy" : "xong");
	json_set_str(fields, "reason", json_get_str(in, "reason"));
	if (rc == RC_OK)
		json_set_str(fields, "closed_by",
			     keyring_find(snap->keyring, crypt_signer_pk(signer), &key) && key.cert
				 ? key.cert->name
				 : json_get_str(in, "as"));
	crypt_signer_free(signer);
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}

static enum rc close_task(struct collector *col, const struct json *in, const struct act_entity *x,
			  const struct form *f, int64_t *retindex, struct err *reterr)
{
	static const char *const set[] = {"state", "closed_by", "reason", NULL};
	struct json *fields = json_object();
	struct buf after;
	enum rc rc = read_end(col, in, fields, reterr);

	buf_init(&after, LIMIT_ENTRY_PAYLOAD);
	if (rc == RC_OK && errand_state(x->state, f) != ERRAND_OPEN)
		rc = err_set(reterr, RC_CONFLICT, "M20", "task.closed", NULL);
	if (rc == RC_OK)
		rc = merge_after(x->state, set, &after, reterr);
	if (rc == RC_OK) {
		const struct writing w = {col, in, x->e.scope, x->e.id, fields, span_buf(&after)};

		rc = seal(&w, f, retindex, reterr);
	}
	buf_free(&after);
	json_free(fields);
	return rc;
}

static enum rc close_run(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	struct collector *col = call->app;
	struct act_entity x = {.state = NULL};
	const struct form *f = NULL;
	int64_t index = 0;
	enum rc rc = act_typed(call, json_get_str(in, "scope"), TASK_KIND, json_get_str(in, "id"),
			       &x, reterr);

	if (rc == RC_OK)
		rc = form_of(x.snap, &f, reterr);
	if (rc == RC_OK)
		rc = close_task(col, in, &x, f, &index, reterr);
	if (rc == RC_OK)
		*ret = answer(x.e.id, x.e.scope, index);
	act_entity_free(col, &x);
	return rc;
}

static void close_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "task.ended", "id", json_get_str(out, "id"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_task_close = {"task close", "task.close_summary", OP_WRITE, close_args,
				 sizeof(close_args) / sizeof(close_args[0]), close_run, close_print,
				 NULL};
