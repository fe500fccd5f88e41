/*
 * fit: an entry against the version of the form it names. Clauses A9 (form, closed), E24.
 */
#include "server-stub/fit.h"

#include "lib/limits.h"
#include "lib/num.h"
#include "sync/form_check.h"
#include "sync/keyring.h"

static void add(const char *field, const char *label, struct span text, unsigned *flags,
		struct json *findings)
{
	struct json *o = json_object();

	*flags |= KEYRING_FLAG_FORM;
	json_set_str(o, "field", field);
	json_set_str(o, "label", label);
	json_set_span(o, "text", text);
	json_append(findings, o);
}

/* No such form, or not that version of it. */
static void add_unknown(const struct entry *e, const struct lang *lang, unsigned *flags,
			struct json *findings)
{
	char version[NUM_I64_LEN];
	struct buf text;

	num_str(e->kind_version, version);
	buf_init(&text, LIMIT_ERR_TEXT);
	lang_format(lang, &text, "form.no_version", "name", e->kind, "version", version, NULL);
	add("", "", span_buf(&text), flags, findings);
	buf_free(&text);
}

/* Its own fields; `reason` and `children` may stand in any kind (E24). */
static struct json *record_of(const struct entry *e, const struct form *f)
{
	static const char *const any[] = {"reason", "children"};
	struct json *rec = entry_fields_json(e);

	for (size_t i = 0; rec && i < sizeof(any) / sizeof(any[0]); i++)
		if (!form_field(f, any[i]))
			json_remove(rec, any[i]);
	return rec;
}

static void add_finding(const struct form_finding *x, const struct lang *lang, unsigned *flags,
			struct json *findings)
{
	struct buf text;

	buf_init(&text, LIMIT_ERR_TEXT);
	form_check_say(x, lang, &text);
	add(x->name, x->field ? form_say(x->field->label, lang_name(lang)) : "", span_buf(&text),
	    flags, findings);
	buf_free(&text);
}

enum rc fit_check(const struct form_set *forms, const struct entry *e, int64_t index,
		  int64_t now_s, const struct lang *lang, unsigned *flags, struct json *findings,
		  struct err *reterr)
{
	const struct form_around around = {.set = forms, .now_s = now_s};
	struct form_result r = {0};
	const struct form *f;
	struct json *rec;
	int64_t closed;
	enum rc rc;

	if (e->op != ENTRY_SET || e->nafter > 0)
		return RC_OK;
	f = form_set_get(forms, e->kind, e->kind_version);
	if (!f) {
		add_unknown(e, lang, flags, findings);
		return RC_OK;
	}
	closed = form_set_closed(forms, e->kind, e->kind_version);
	if (closed >= 0 && index > closed)
		*flags |= KEYRING_FLAG_CLOSED;
	rec = record_of(e, f);
	rc = rec ? form_check_record(f, rec, &around, &r, reterr)
		 : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; rc == RC_OK && i < r.n; i++)
		if (r.finding[i].severity == FORM_ERROR)
			add_finding(&r.finding[i], lang, flags, findings);
	form_check_free(&r);
	json_free(rec);
	return rc;
}
