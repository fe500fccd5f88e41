/*
 * op schedule publish: what is due when, for which communes: an entry in scope "*" that
 * reaches every PC. The fields are those of the form `schedule`.
 */
#include <string.h>

#include "lib/codec.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/units.h"
#include "sync/form_check.h"

static const struct op_arg args[] = {
    {.name = "fields",
     .type = OP_PAIRS,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "act.arg.fields"},
    ACT_ARGS,
};

static enum rc read_fields(const struct json *typed, const struct form *f, struct json *out,
			   struct err *reterr)
{
	for (const struct json *t = json_first(typed); t; t = json_next(t)) {
		struct json *v = NULL;
		enum rc rc = form_check_input(f, json_name(t), t, &v, reterr);

		if (rc != RC_OK)
			return rc;
		json_set(out, json_name(t), v);
	}
	return RC_OK;
}

/* Here an error blocks, as it does for a clerk: the centre gets no easier form. */
static enum rc check(const struct form *f, const struct form_set *set, const struct json *fields,
		     int64_t now, struct err *reterr)
{
	struct form_around around = {.set = set, .now_s = now};
	struct form_result r = {0};
	enum rc rc = form_check_record(f, fields, &around, &r, reterr);

	for (size_t i = 0; rc == RC_OK && i < r.n; i++)
		if (r.finding[i].severity == FORM_ERROR)
			rc = form_check_err(&r.finding[i], reterr);
	form_check_free(&r);
	return rc;
}

/* Nothing is due any more of a commune that ended (M18). */
static enum rc check_units(struct collector *col, const struct json *fields, struct err *reterr)
{
	struct units u = {0};
	enum rc rc = units_read(col, &u, reterr);

	for (const struct json *s = json_first(json_get_arr(fields, "scopes")); rc == RC_OK && s;
	     s = json_next(s)) {
		char into[ENTRY_SCOPE_LEN];

		if (!json_str(s) || strlen(json_str(s)) != ENTRY_SCOPE_LEN - 1)
			continue; /* a province, or all of them */
		units_survivor(&u, json_str(s), into);
		if (strcmp(into, json_str(s)) != 0)
			rc = err_set(reterr, RC_CONFLICT, "M18", "units.ended", "scope",
				     json_str(s), "into", into, NULL);
	}
	units_free(&u);
	return rc;
}

static enum rc seal(struct collector *col, const struct json *in, const struct form *f,
		    const struct json *fields, uint8_t id[16], int64_t *retindex,
		    struct err *reterr)
{
	struct crypt_signer *signer = NULL;
	struct issuer *issuer = NULL;
	enum rc rc = act_signer(col, in, &signer, reterr);

	entry_uuid7(clock_now_ms(col->clock), id);
	if (rc == RC_OK)
		rc = issuer_open(col, signer, "*", &issuer, reterr);
	if (rc == RC_OK)
		rc = issuer_set(issuer, f->name, f->version, id, fields, span_of(NULL, 0), NULL,
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
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	const struct form *f = form_set_open(snap->forms, "schedule");
	struct json *fields = json_object();
	char text[CODEC_UUID_LEN + 1];
	uint8_t id[16];
	int64_t index = 0;
	enum rc rc =
	    f ? read_fields(json_get_obj(in, "fields"), f, fields, reterr)
	      : err_set(reterr, RC_NOTFOUND, NULL, "form.unknown", "name", "schedule", NULL);

	if (rc == RC_OK)
		rc = check(f, snap->forms, fields, clock_now_s(col->clock), reterr);
	if (rc == RC_OK)
		rc = check_units(col, fields, reterr);
	if (rc == RC_OK)
		rc = seal(col, in, f, fields, id, &index, reterr);
	if (rc == RC_OK) {
		codec_uuid(id, text);
		*ret = json_object();
		json_set_str(*ret, "id", text);
		json_set_int(*ret, "index", index);
	}
	json_free(fields);
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "schedule.done", "id", json_get_str(out, "id"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_schedule_publish = {"schedule publish",
				       "schedule.summary",
				       OP_WRITE,
				       args,
				       sizeof(args) / sizeof(args[0]),
				       run,
				       print,
				       NULL};
