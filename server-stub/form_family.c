/*
 * form_family: see form_family.h. Clause K6.
 */
#include "server-stub/form_family.h"

#include <string.h>

#include "lib/limits.h"
#include "sync/kinds.h"

static enum rc take(struct json *defs, struct form_family *ret, struct err *reterr)
{
	size_t n = json_len(defs);

	if (json_kind(defs) != JSON_ARRAY || n == 0 || n > FORM_FAMILY_MAX) {
		json_free(defs);
		return err_num(reterr, RC_INPUT, NULL, "form.family", "max", FORM_FAMILY_MAX);
	}
	*ret = (struct form_family){.defs = defs, .findings = json_array(), .n = n};
	return RC_OK;
}

enum rc form_family_of(const struct json *defs, struct form_family *ret, struct err *reterr)
{
	return take(json_copy(defs), ret, reterr);
}

enum rc form_family_read(struct span text, struct form_family *ret, struct err *reterr)
{
	struct json_rules rules = json_rules_tree;
	struct json *v = NULL, *defs;
	enum rc rc;

	rules.max_len = LIMIT_JSON_TEXT;
	rc = json_parse(text, &rules, &v, reterr);
	if (rc != RC_OK || json_kind(v) == JSON_ARRAY)
		return rc == RC_OK ? take(v, ret, reterr) : rc;
	defs = json_array();
	json_append(defs, json_copy(v));
	json_free(v);
	return take(defs, ret, reterr);
}

void form_family_free(struct form_family *x)
{
	form_set_free(x->set);
	json_free(x->defs);
	json_free(x->findings);
	*x = (struct form_family){.n = 0};
}

const char *form_family_name(const struct form_family *x, size_t i)
{
	const char *name = json_get_str(json_at(x->defs, i), "form");

	return name ? name : "";
}

const struct form *form_family_form(const struct form_family *x, size_t i)
{
	int64_t version = 0;

	json_get_int(json_at(x->defs, i), "version", &version);
	return x->set ? form_set_get(x->set, form_family_name(x, i), (unsigned)version) : NULL;
}

/* ---- checking ---- */

struct finding {
	struct form_family *x;
	const struct lang *lang;
	const char *form;
};

static void add(void *arg, const struct err *why)
{
	struct finding *f = arg;
	struct json *o;
	struct buf text;

	if (json_len(f->x->findings) == 0)
		f->x->first = *why;
	if (json_len(f->x->findings) >= LIMIT_FORM_FINDINGS)
		return;
	o = json_object();
	buf_init(&text, LIMIT_ERR_TEXT);
	lang_err(f->lang, why, &text);
	json_set_str(o, "form", f->form);
	json_set_str(o, "at", err_arg(why, "at") ? err_arg(why, "at") : "");
	json_set_span(o, "text", span_buf(&text));
	json_append(f->x->findings, o);
	buf_free(&text);
}

/* A version once published never changes: the next one counts one up. A new kind is written by clerks (K9). */
static void check_place(struct finding *to, const struct form_set *set, const struct form *f)
{
	const struct form *newest = form_set_newest(set, f->name);
	unsigned next = newest ? newest->version + 1 : 1;
	struct err why;

	if (f->version != next) {
		err_num(&why, RC_CONFLICT, "K6", "form.next_version", "version", next);
		err_add(&why, "at", "version");
		add(to, &why);
	}
	if (f->any_scope && !kinds_class_central(kinds_class(f->name))) {
		err_set(&why, RC_INPUT, "K9", "form.scope_other", "at", "scope", NULL);
		add(to, &why);
	}
}

static enum rc check_one(struct form_family *x, struct finding *to, const struct json *def,
			 struct err *reterr)
{
	struct form *f = NULL;
	struct buf text;
	enum rc rc;

	buf_init(&text, LIMIT_JSON_TEXT);
	rc = json_write(def, false, &text, reterr);
	if (rc == RC_OK)
		rc = form_problems(span_buf(&text), add, to, &f, reterr);
	buf_free(&text);
	if (rc != RC_OK || !f)
		return rc;
	check_place(to, x->set, f);
	if (form_set_get(x->set, f->name, f->version)) { /* the version was found wrong already */
		form_free(f);
		return RC_OK;
	}
	return form_set_add(x->set, f, FORM_PUBLISHED, reterr);
}

static void check_between(struct form_family *x, struct finding *to)
{
	for (size_t i = 0; i < x->n; i++) {
		const struct form *f = form_family_form(x, i);
		struct err why;

		to->form = form_family_name(x, i);
		if (f && form_set_check(x->set, f, &why) != RC_OK)
			add(to, &why);
	}
}

enum rc form_family_check(struct collector *col, const struct lang *lang, struct form_family *x,
			  struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct finding to = {.x = x, .lang = lang};
	enum rc rc = form_set_copy(snap->forms, &x->set, reterr);

	ingest_snapshot_end(col->ingest, snap);
	for (size_t i = 0; rc == RC_OK && i < x->n; i++) {
		to.form = form_family_name(x, i);
		rc = check_one(x, &to, json_at(x->defs, i), reterr);
	}
	if (rc == RC_OK && json_len(x->findings) == 0)
		check_between(x, &to);
	if (rc == RC_OK && json_len(x->findings) > 0) {
		form_set_free(x->set);
		x->set = NULL;
	}
	return rc;
}
