/*
 * op schedule publish|cancel: what is due when, for which communes: an entry in scope "*" that
 * reaches every PC. The fields are those of the form `schedule`. A schedule is not taken back, it
 * ends: what was due until then stays due. A second one that asks the same of the same communes is refused unless
 * it is said to be meant.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/schedules.h"
#include "server-stub/units.h"
#include "sync/form_check.h"
#include "sync/retire.h"

static const struct op_arg args[] = {
    {.name = "fields",
     .type = OP_PAIRS,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "act.arg.fields"},
    {.name = "overlap", .type = OP_BOOL, .help = "schedule.arg.overlap"},
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

/* Two that ask the same of one commune would be due twice. */
static enum rc check_overlap(struct collector *col, const struct json *in,
			     const struct json *fields, struct err *reterr)
{
	struct schedules x = {.n = 0};
	char id[CODEC_UUID_LEN + 1];
	bool meant = false;
	enum rc rc;

	if (json_get_bool(in, "overlap", &meant) && meant)
		return RC_OK;
	rc = schedules_read(col, &x, reterr);
	for (size_t i = 0; rc == RC_OK && i < x.n; i++) {
		const struct json *other = x.s[i].fields;

		if (strcmp(schedules_state(&x, other), "ended") == 0 ||
		    !schedules_overlap(&x, fields, other))
			continue;
		codec_uuid(x.s[i].id, id);
		rc = err_set(reterr, RC_CONFLICT, NULL, "schedule.overlap", "id", id, NULL);
	}
	schedules_free(&x);
	return rc;
}

static enum rc seal(struct collector *col, const struct json *in, const struct form *f,
		    const struct json *fields, const uint8_t id[16], struct span after,
		    int64_t *retindex, struct err *reterr)
{
	struct crypt_signer *signer = NULL;
	struct issuer *issuer = NULL;
	enum rc rc = act_signer(col, in, &signer, reterr);

	if (rc == RC_OK)
		rc = issuer_open(col, signer, "*", &issuer, reterr);
	if (rc == RC_OK)
		rc = issuer_set(issuer, f->name, f->version, id, fields, after, NULL, reterr);
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
		rc = check_overlap(col, in, fields, reterr);
	entry_uuid7(clock_now_ms(col->clock), id);
	if (rc == RC_OK)
		rc = seal(col, in, f, fields, id, span_of(NULL, 0), &index, reterr);
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

/* ---- cancel ---- */

/* Before any record there can be (A9 `date`): for one that was to begin only after its end. */
#define NEVER "2026-01-01"

/* Its last day, and the first one where that would come after it. */
static enum rc read_end(const struct json *in, const struct json *old, int64_t now,
			struct json *fields, const char *name[4], struct err *reterr)
{
	const char *starts = json_get_str(old, "starts_on"), *was = json_get_str(old, "ends_on");
	const char *typed = json_get_str(in, "last");
	char day[TEXT_DATE_LEN];
	size_t n = 0;
	enum rc rc = RC_OK;

	if (typed)
		rc = text_date(span_str(typed), day, reterr);
	else
		text_time_date(now - 24 * 3600, day);
	if (rc == RC_OK && was && strcmp(was, day) <= 0)
		rc = err_set(reterr, RC_CONFLICT, NULL, "schedule.ended", NULL);
	if (rc != RC_OK)
		return rc;
	if (starts && strcmp(day, starts) < 0) {
		memcpy(day, NEVER, sizeof(NEVER));
		json_set_str(fields, "starts_on", day);
		name[n++] = "starts_on";
	}
	json_set_str(fields, "ends_on", day);
	name[n++] = "ends_on";
	name[n] = NULL;
	return RC_OK;
}

static enum rc cancel_run(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	struct collector *col = call->app;
	struct act_entity x = {.state = NULL};
	struct json *fields = json_object(), *old = NULL;
	const char *name[4];
	char id[CODEC_UUID_LEN + 1];
	int64_t index = 0;
	struct buf after;
	enum rc rc = act_entity(col, "*", "schedule", json_get_str(in, "id"), &x, reterr);

	buf_init(&after, LIMIT_ENTRY_PAYLOAD);
	if (rc == RC_OK && !x.form)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "form.unknown", "name", "schedule", NULL);
	if (rc == RC_OK) {
		old = merge_json(x.state, x.form);
		rc = read_end(in, old, clock_now_s(col->clock), fields, name, reterr);
	}
	json_set_str(fields, "reason", json_get_str(in, "reason"));
	if (rc == RC_OK)
		rc = retire_after(x.state, x.form, name, &after, reterr);
	if (rc == RC_OK)
		rc = seal(col, in, x.form, fields, x.e.id, span_buf(&after), &index, reterr);
	if (rc == RC_OK) {
		codec_uuid(x.e.id, id);
		*ret = json_object();
		json_set_str(*ret, "id", id);
		json_set_int(*ret, "index", index);
		json_set_str(*ret, "ends_on", json_get_str(fields, "ends_on"));
	}
	buf_free(&after);
	json_free(old);
	json_free(fields);
	act_entity_free(col, &x);
	return rc;
}

static void cancel_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "schedule.cancelled", "id", json_get_str(out, "id"), NULL);
	buf_add_char(text, '\n');
}

static const struct op_arg cancel_args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "act.arg.id",
     .meta = "ID"},
    {.name = "last", .type = OP_STRING, .help = "schedule.arg.last", .meta = "DATE"},
    {.name = "reason",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "schedule.arg.reason",
     .meta = "TEXT"},
    ACT_ARGS,
};

const struct op op_schedule_cancel = {.name = "schedule cancel",
				      .summary = "schedule.cancel.summary",
				      .flags = OP_WRITE,
				      .arg = cancel_args,
				      .narg = sizeof(cancel_args) / sizeof(cancel_args[0]),
				      .run = cancel_run,
				      .print = cancel_print};
