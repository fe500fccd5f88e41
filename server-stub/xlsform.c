/*
 * xlsform: the whole of it: settings, groups as headings, repeats as kinds of lines, notes, what the program
 * needs besides, and at the end the same reader every form goes through, its faults told by their cells.
 */
#include "server-stub/xlsform_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/num.h"

#define PARENT_FIELD "belongs_to"

static const char *setting(const struct xf *x, enum xf_col col)
{
	return xlsform_settings(x) ? xlsform_settings(x)->cell[col] : "";
}

static void form_init(struct xf_form *f)
{
	f->def = json_object();
	f->fields = json_array();
	f->sections = json_array();
	f->lists = json_object();
	f->rules = json_array();
	f->children = json_array();
}

static struct json *pair(const char *vi, const char *en)
{
	struct json *o = json_object();

	json_set_str(o, "vi", vi);
	json_set_str(o, "en", en);
	return o;
}

/* ---- settings ---- */

static void read_settings(struct xf *x)
{
	static const char *const classes[] = {"check", "statement", "register", "session"};
	const char *class = setting(x, XF_CLASS);
	bool known = false;

	x->form[0].name = xlsform_name(x, setting(x, XF_FORM_ID));
	x->nform = 1;
	if (!x->form[0].name[0])
		xlsform_error(x, XF_SETTINGS, xlsform_settings(x), XF_FORM_ID, "xlsform.form_id", "value",
			 setting(x, XF_FORM_ID), NULL);
	if (setting(x, XF_VERSION)[0])
		xlsform_note(x, XF_SETTINGS, xlsform_settings(x), XF_VERSION, "xlsform.version", NULL);
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		known = known || strcmp(class, classes[i]) == 0;
	if (class[0] && !known)
		xlsform_error(x, XF_SETTINGS, xlsform_settings(x), XF_CLASS, "xlsform.class", "value", class, NULL);
	x->class = class[0] && known ? class : classes[0];
	x->once = strcmp(x->class, "check") == 0 || strcmp(x->class, "statement") == 0;
}

static struct json *title_pair(struct xf *x)
{
	struct json *label = xlsform_settings(x) ? xlsform_pair(x, XF_SETTINGS, xlsform_settings(x), XF_LABEL) : NULL;

	if (!label)
		xlsform_error(x, XF_SETTINGS, xlsform_settings(x), XF_LABEL, "xlsform.form_title", NULL);
	return label ? label : pair("", "");
}

/* Names in a cell, one after the other, as we write them. */
static struct json *names_in(struct xf *x, enum xf_col col)
{
	struct json *all = json_array();
	char word[64];

	for (const char *s = setting(x, col); *s; s += strspn(s, " ,")) {
		size_t n = strcspn(s, " ,");

		if (n < sizeof(word)) {
			memcpy(word, s, n);
			word[n] = '\0';
			json_append_str(all, xlsform_name(x, word));
		}
		s += n;
	}
	return all;
}

/* ---- questions ---- */

/* The innermost group of this form that has a label. */
static const struct xf_question *group_of(const struct xf *x, size_t form)
{
	for (size_t i = x->ngroup; i > 0; i--) {
		const struct xf_question *g = &x->q[x->group[i - 1]];

		if (g->type == XF_T_BEGIN_REPEAT)
			return NULL;
		if (g->form == form && (g->row->cell[XF_LABEL][0] || g->row->cell[XF_LABEL_EN][0]))
			return g;
	}
	return NULL;
}

/* A heading where the group is another than before; the form's own name behind the last group. */
static void add_heading(struct xf *x, struct xf_form *f, const struct xf_question *q)
{
	const struct xf_question *g = group_of(x, q->form);
	struct json *o;

	if (g == f->heading)
		return;
	f->heading = g;
	o = json_copy(json_get_obj(f->def, "label"));
	if (g) {
		json_free(o);
		o = pair(g->row->cell[XF_LABEL], g->row->cell[XF_LABEL_EN]);
	}
	json_set_str(o, "from", q->name);
	json_append(f->sections, o);
}

/* Said while its condition holds: a warning of the form. Without one: below the next question. */
static void add_note(struct xf *x, const struct xf_question *q)
{
	struct xf_form *f = &x->form[q->form];
	struct json *o = xlsform_pair(x, XF_SURVEY, q->row, XF_LABEL);
	const char *when;

	if (!o) {
		xlsform_error(x, XF_SURVEY, q->row, XF_LABEL, "xlsform.no_label", NULL);
		return;
	}
	if (!q->row->cell[XF_RELEVANT][0]) {
		json_free(o);
		if (f->note)
			xlsform_error(x, XF_SURVEY, q->row, XF_LABEL, "xlsform.note_hint", NULL);
		f->note = q;
		return;
	}
	when = xlsform_expr(x, q->row, XF_RELEVANT, q->form, false);
	if (when) {
		json_set_str(o, "warn", when);
		json_append(f->rules, o);
	} else {
		json_free(o);
	}
}

static void add_photo(struct xf *x, const struct xf_question *q)
{
	struct xf_form *f = &x->form[q->form];
	bool needed = strcmp(q->row->cell[XF_REQUIRED], "yes") == 0 ||
		      strcmp(q->row->cell[XF_REQUIRED], "true") == 0;
	struct json *o = json_first(f->children);
	int64_t min = 0;

	while (o && strcmp(json_get_str(o, "kind"), "photo") != 0)
		o = json_next(o);
	if (q->form != 0) {
		xlsform_error(x, XF_SURVEY, q->row, XF_TYPE, "xlsform.image_repeat", NULL);
		return;
	}
	if (!o) {
		o = json_object();
		json_set_str(o, "kind", "photo");
		json_append(f->children, o);
	}
	json_get_int(o, "min", &min);
	json_set_int(o, "min", min + needed);
	json_set_int(o, "max", 50);
	xlsform_note(x, XF_SURVEY, q->row, XF_TYPE, "xlsform.image", NULL);
	if (q->row->cell[XF_RELEVANT][0])
		xlsform_error(x, XF_SURVEY, q->row, XF_RELEVANT, "xlsform.image_relevant", NULL);
}

/* ---- groups and repeats ---- */

static void check_frame(struct xf *x, const struct xf_question *q)
{
	static const enum xf_col none[] = {XF_REQUIRED, XF_CONSTRAINT, XF_CALCULATION, XF_DEFAULT,
					   XF_READONLY, XF_MERGE,      XF_KIND,        XF_CHOICE_FILTER};
	const char *look = q->row->cell[XF_APPEARANCE];

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (q->row->cell[none[i]][0])
			xlsform_error(x, XF_SURVEY, q->row, none[i], "xlsform.frame", NULL);
	if (look[0] && strcmp(look, "field-list") != 0)
		xlsform_error(x, XF_SURVEY, q->row, XF_APPEARANCE, "xlsform.appearance", "value", look, NULL);
	if (q->row->cell[XF_RELEVANT][0]) /* told here once; each question takes it as its own */
		(void)xlsform_expr(x, q->row, XF_RELEVANT, q->type == XF_T_BEGIN_REPEAT ? 0 : q->form, false);
}

static void open_lines(struct xf *x, const struct xf_question *q)
{
	struct xf_form *f = &x->form[q->form];
	struct json *label = xlsform_pair(x, XF_SURVEY, q->row, XF_LABEL);
	struct json *child = json_object(), *parent = json_object(), *ref = json_object();
	struct json *kinds = json_array();
	int64_t n = 0;

	if (!label)
		xlsform_error(x, XF_SURVEY, q->row, XF_LABEL, "xlsform.no_label", NULL);
	json_set(f->def, "label", label ? label : pair("", ""));
	json_append_str(kinds, x->form[0].name);
	json_set_str(parent, "field", PARENT_FIELD);
	json_set(parent, "kinds", kinds);
	json_set(f->def, "parent", parent);
	json_set_str(ref, "name", PARENT_FIELD);
	json_set_str(ref, "type", "ref");
	json_set(ref, "label", pair("Thuộc phiếu", "Belongs to"));
	json_set_str(ref, "merge", "immutable");
	json_set_str(ref, "of", x->form[0].name);
	json_set_bool(ref, "required", true);
	xlsform_own_field(x, f, ref);
	json_set_str(child, "kind", f->name);
	if (q->row->cell[XF_REPEAT_COUNT][0]) {
		if (num_i64(span_str(q->row->cell[XF_REPEAT_COUNT]), 1, 200, &n) != RC_OK)
			xlsform_error(x, XF_SURVEY, q->row, XF_REPEAT_COUNT, "xlsform.repeat_count", NULL);
		json_set_int(child, "min", n);
	}
	json_set_int(child, "max", n > 0 ? n : 200);
	json_append(x->form[0].children, child);
}

static void take(struct xf *x, const struct xf_question *q)
{
	struct xf_form *f = &x->form[q->form];

	switch (q->type) {
	case XF_T_BEGIN_GROUP:
		check_frame(x, q);
		json_free(xlsform_pair(x, XF_SURVEY, q->row, XF_LABEL));
		x->group[x->ngroup++] = (size_t)(q - x->q);
		break;
	case XF_T_BEGIN_REPEAT:
		check_frame(x, q);
		open_lines(x, q);
		x->group[x->ngroup++] = (size_t)(q - x->q);
		break;
	case XF_T_END_GROUP:
	case XF_T_END_REPEAT: x->ngroup--; break;
	case XF_T_NOTE: add_note(x, q); break;
	case XF_T_IMAGE: add_photo(x, q); break;
	case XF_T_END: xlsform_note(x, XF_SURVEY, q->row, XF_TYPE, "xlsform.end_time", NULL); break;
	case XF_T_NONE: break;
	default:
		if (q->name[0]) {
			add_heading(x, f, q);
			xlsform_field(x, q);
		}
	}
}

/* ---- what the program needs ---- */

/* Checks are corrected by a new one that names the first (M12). */
static void add_correction(struct xf *x)
{
	struct json *before = json_object(), *why = json_object();

	json_set_str(before, "name", "supersedes");
	json_set_str(before, "type", "ref");
	json_set(before, "label", pair("Sửa cho phiếu", "Corrects"));
	json_set_str(before, "merge", "immutable");
	json_set_str(before, "of", x->form[0].name);
	xlsform_own_field(x, &x->form[0], before);
	json_set_str(why, "name", "reason");
	json_set_str(why, "type", "text");
	json_set(why, "label", pair("Lý do sửa", "Reason for the correction"));
	json_set_str(why, "merge", "latest");
	json_set_str(why, "required", "${supersedes} != ''");
	json_set_int(why, "maxlen", 500);
	xlsform_own_field(x, &x->form[0], why);
}

/* What names a record in lists: the first question that has to be answered, else the first. */
static struct json *title_of(const struct xf_form *f)
{
	struct json *all = json_array();
	const char *first = NULL;

	for (const struct json *o = json_first(f->fields); o; o = json_next(o)) {
		const char *type = json_get_str(o, "type"), *name = json_get_str(o, "name");
		bool required = false;

		if (strcmp(type, "derived") == 0 || strcmp(name, PARENT_FIELD) == 0)
			continue;
		if (json_get_bool(o, "required", &required) && required) {
			first = name;
			break;
		}
		first = first ? first : name;
	}
	if (first)
		json_append_str(all, first);
	return all;
}

static void close_form(struct xf *x, size_t i)
{
	struct xf_form *f = &x->form[i];
	struct json *title = i == 0 ? names_in(x, XF_TITLE_FIELDS) : NULL;
	struct json *key = i == 0 ? names_in(x, XF_KEY) : NULL;

	if (f->note)
		xlsform_error(x, XF_SURVEY, f->note->row, XF_LABEL, "xlsform.note_last", NULL);
	if (!x->loose && json_len(f->fields) <= (i > 0)) /* that of lines has one of its own */
		xlsform_error(x, XF_SURVEY, f->row, XF_TYPE, "xlsform.empty", NULL);
	if (json_len(title) == 0) {
		json_free(title);
		title = title_of(f);
	}
	if (i == 0 && x->once)
		add_correction(x);
	json_set_str(f->def, "form", f->name);
	json_set_int(f->def, "version", x->ask->version(x->ask->arg, f->name));
	json_set_str(f->def, "scope", "commune");
	json_set_str(f->def, "class", i == 0 ? x->class : "line");
	json_set(f->def, "title", title);
	if (json_len(key) > 0)
		json_set(f->def, "key", key);
	else
		json_free(key);
	json_set(f->def, "children", f->children);
	json_set(f->def, "lists", f->lists);
	json_set(f->def, "fields", f->fields);
	json_set(f->def, "sections", f->sections);
	json_set(f->def, "rules", f->rules);
	json_append(x->out->forms, f->def);
	f->def = NULL;
}

/* ---- the whole ---- */

static enum rc build(struct xf *x, struct err *reterr)
{
	enum rc rc;

	read_settings(x);
	xlsform_lists_check(x);
	rc = xlsform_names(x, reterr);
	if (rc != RC_OK)
		return rc;
	x->ngroup = 0;
	for (size_t i = 0; i < x->nform; i++)
		form_init(&x->form[i]);
	json_set(x->form[0].def, "label", title_pair(x));
	for (size_t i = 0; i < x->nq; i++)
		if (!x->loose || !xlsform_is_frame(x->q[i].type))
			take(x, &x->q[i]);
	x->out->forms = json_array();
	for (size_t i = 0; i < x->nform; i++)
		close_form(x, i);
	return x->out->nerror > 0 ? RC_OK : xlsform_check(x, reterr);
}

static void clean(struct xf *x)
{
	for (size_t i = 0; i < x->nform; i++) {
		struct xf_form *f = &x->form[i];

		if (f->def) { /* not closed: its parts are still ours */
			json_free(f->def);
			json_free(f->fields);
			json_free(f->sections);
			json_free(f->lists);
			json_free(f->rules);
			json_free(f->children);
		}
		free(f->of);
	}
	for (size_t s = 0; s < XF_SHEETS; s++)
		free(x->table[s].row);
	free(x->q);
	xlsx_free(x->book);
	arena_free(&x->mem);
}

enum rc xlsform_read(struct span bytes, const struct xlsform_ask *ask, struct xlsform *ret,
		     struct err *reterr)
{
	struct xlsform out = {.findings = json_array()};
	struct xf *x = calloc(1, sizeof(*x));
	enum rc rc = x ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK) {
		x->ask = ask;
		x->out = &out;
		arena_init(&x->mem, LIMIT_XLSX_TEXTS);
		rc = xlsx_open(&x->book, bytes, reterr);
	}
	if (rc == RC_OK)
		rc = xlsform_sheets(x, reterr);
	if (rc == RC_OK)
		rc = build(x, reterr);
	if (rc == RC_OK && x->no_memory)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (x)
		clean(x);
	free(x);
	if (rc == RC_OK && out.nerror > 0) {
		json_free(out.forms);
		out.forms = NULL;
	}
	if (rc == RC_OK)
		*ret = out;
	else
		xlsform_free(&out);
	return rc;
}

void xlsform_free(struct xlsform *x)
{
	json_free(x->forms);
	json_free(x->findings);
	*x = (struct xlsform){.nerror = 0};
}
