/*
 * record_check: a record against its form, the findings in the reader's words. Does NOT
 * decide what an error means to an operation beyond "nothing is kept".
 */
#include <string.h>

#include "agent/record.h"
#include "lib/limits.h"

static struct json *finding(struct record_batch *b, const struct record_check *c,
			    const struct form_finding *x)
{
	struct json *o = json_object();
	const char *lang = lang_name(b->look.lang);
	struct buf text;

	buf_init(&text, LIMIT_ERR_TEXT);
	form_check_say(x, b->look.lang, &text);
	json_set_str(o, "field", x->name);
	json_set_str(o, "label", x->field ? form_say(x->field->label, lang) : "");
	json_set_str(o, "text", text.p ? (const char *)text.p : "");
	if (c->child != SIZE_MAX || x->child != SIZE_MAX)
		json_set_int(o, "child", (int64_t)(c->child != SIZE_MAX ? c->child : x->child));
	if (c->line)
		json_set_str(o, "line", c->line);
	buf_free(&text);
	return o;
}

/* Did this very error stand before? */
static bool is_known(const struct json *known, const struct json *x)
{
	return json_get(known, json_get_str(x, "text")) != NULL;
}

/* Is a field among the first n errors already, because what was typed could not be read? */
static bool is_told(const struct json *errors, size_t n, const struct record_check *c,
		    const struct form_finding *x)
{
	const struct json *e = json_first(errors);

	for (; e && n > 0; e = json_next(e), n--)
		if (c->child == SIZE_MAX && x->child == SIZE_MAX && x->name[0] &&
		    strcmp(json_get_str(e, "field"), x->name) == 0)
			return true;
	return false;
}

static enum rc run(struct record_batch *b, const struct record_check *c, struct form_result *r,
		   struct err *reterr)
{
	struct form_around around = {.set = store_forms(b->agent->store),
				     .now_s = store_likely_now(b->agent->store),
				     .parent = c->parent,
				     .children = c->children};

	return form_check_record(c->form, c->rec, &around, r, reterr);
}

enum rc record_check(struct record_batch *b, const struct record_check *c, struct json *o,
		     struct err *reterr)
{
	struct form_result r = {0};
	const struct json *errors = json_get_arr(o, "errors");
	size_t before = json_len(errors);
	enum rc rc = run(b, c, &r, reterr);

	for (size_t i = 0; rc == RC_OK && i < r.n; i++) {
		const struct form_finding *x = &r.finding[i];
		if (is_told(errors, before, c, x))
			continue;
		struct json *f = finding(b, c, x);
		bool error = x->severity == FORM_ERROR && !is_known(c->known, f);
		if (error && strcmp(c->list, "errors") == 0)
			b->failed = true;
		json_append(json_get_arr(o, error ? c->list : "warnings"), f);
	}
	form_check_free(&r);
	return rc;
}

enum rc record_known(struct record_batch *b, const struct form *f, const struct json *rec,
		     const struct json *children, const struct json *change, struct json **ret,
		     struct err *reterr)
{
	struct record_check c = {.form = f, .rec = rec, .children = children, .child = SIZE_MAX};
	struct form_result r = {0};
	struct json *o = json_object();
	enum rc rc = run(b, &c, &r, reterr);

	for (size_t i = 0; rc == RC_OK && i < r.n; i++) {
		struct json *x = finding(b, &c, &r.finding[i]);
		if (r.finding[i].severity == FORM_ERROR && !json_get(change, r.finding[i].name))
			json_set_bool(o, json_get_str(x, "text"), true);
		json_free(x);
	}
	form_check_free(&r);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}
