/*
 * op table: a register as a table: rows of one kind with the columns asked for, filtered, in one
 * order, a page at a time, and how many there are. What the page's table and the choices above it
 * are made of. The looking through is agent/store_table's. Reads only.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/look.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "sync/form_check.h"

enum { COLUMNS_MAX = 64, LIMIT_DEFAULT = 50, WORDS_MAX = 4096 };

static const struct op_arg args[] = {
    {.name = "kind",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "record.arg.kind",
     .meta = "KIND"},
    {.name = "where",
     .type = OP_PAIRS,
     .flags = OP_POSITIONAL,
     .help = "table.arg.where",
     .meta = "FIELD=VALUE"},
    {.name = "words", .type = OP_STRING, .flags = 0, .help = "table.arg.words", .meta = "TEXT"},
    {.name = "columns", .type = OP_LIST, .flags = 0, .help = "table.arg.columns", .meta = "FIELD"},
    {.name = "sort", .type = OP_STRING, .flags = 0, .help = "table.arg.sort", .meta = "FIELD"},
    {.name = "down", .type = OP_BOOL, .flags = 0, .help = "table.arg.down"},
    {.name = "conflicts", .type = OP_BOOL, .flags = 0, .help = "list.arg.conflicts"},
    {.name = "unsent", .type = OP_BOOL, .flags = 0, .help = "list.arg.unsent"},
    {.name = "values", .type = OP_BOOL, .flags = 0, .help = "table.arg.values"},
    {.name = "after", .type = OP_STRING, .flags = 0, .help = "table.arg.after", .meta = "ID"},
    {.name = "limit",
     .type = OP_INT,
     .flags = 0,
     .help = "list.arg.limit",
     .meta = "N",
     .min = 1,
     .max = STORE_PAGE_MAX},
    {.name = "offset",
     .type = OP_INT,
     .flags = 0,
     .help = "list.arg.offset",
     .meta = "N",
     .min = 0,
     .max = INT32_MAX},
};

struct tabling {
	struct look look;
	struct agent *agent;
	const struct form *form;
	const struct form_field *column[COLUMNS_MAX];
	size_t ncolumn;
	struct store_table t;
	struct json *typed; /* the values of t.where live in it */
	uint8_t after[16];
	struct json *items;
};

/* ---- what was asked ---- */

static enum rc field_of(const struct tabling *b, const char *name, const struct form_field **ret,
			struct err *reterr)
{
	*ret = look_field(b->form, name);
	return *ret ? RC_OK
		    : err_set(reterr, RC_INPUT, NULL, "form.no_field", "name", name, "field", name,
			      NULL);
}

/* A value as typed as the wire has it: a label becomes its value, a record its id. */
static enum rc wire_value(struct tabling *b, const struct form_field *ff, const struct json *typed,
			  struct json **ret, struct err *reterr)
{
	const char *text = json_str(typed);
	char uuid[CODEC_UUID_LEN + 1];
	struct store_entity *e = NULL;
	enum rc rc;

	if (!text || !text[0]) {
		*ret = json_string("");
		return RC_OK;
	}
	if (ff->type == FORM_REF) {
		rc = look_find(b->agent, NULL, text, &e, reterr);
		if (rc != RC_OK)
			return rc;
		codec_uuid(e->id, uuid);
		store_entity_free(e);
		*ret = json_string(uuid);
		return RC_OK;
	}
	if (ff->type != FORM_CHOICE && ff->type != FORM_CODE && ff->type != FORM_TEXT) {
		*ret = json_string(text);
		return RC_OK;
	}
	return form_check_input(b->form, ff->name, typed, ret, reterr);
}

static enum rc read_where(struct tabling *b, const struct json *where, struct err *reterr)
{
	for (const struct json *w = json_first(where); w; w = json_next(w)) {
		const struct form_field *ff;
		struct json *v = NULL;
		enum rc rc = field_of(b, json_name(w), &ff, reterr);

		if (rc == RC_OK && b->t.nwhere == STORE_WHERE_MAX)
			rc = err_num(reterr, RC_LIMIT, NULL, "table.many", "max", STORE_WHERE_MAX);
		if (rc == RC_OK)
			rc = wire_value(b, ff, w, &v, reterr);
		if (rc != RC_OK)
			return rc;
		json_append(b->typed, v);
		b->t.where[b->t.nwhere++] =
		    (struct store_where){ff, json_str(v) ? json_str(v) : ""};
	}
	return RC_OK;
}

static enum rc add_column(struct tabling *b, const char *name, struct err *reterr)
{
	if (b->ncolumn == COLUMNS_MAX)
		return err_num(reterr, RC_LIMIT, NULL, "table.many", "max", COLUMNS_MAX);
	return field_of(b, name, &b->column[b->ncolumn++], reterr);
}

/* Those asked for; else what the title is made of. */
static enum rc read_columns(struct tabling *b, const struct json *columns, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (const struct json *c = json_first(columns); rc == RC_OK && c; c = json_next(c))
		rc = add_column(b, json_str(c), reterr);
	for (size_t i = 0; rc == RC_OK && !columns && i < b->form->ntitle; i++)
		rc = add_column(b, b->form->title[i], reterr);
	return rc;
}

static enum rc read_after(struct tabling *b, const char *typed, struct err *reterr)
{
	struct store_entity *e = NULL;
	enum rc rc = look_find(b->agent, b->form->name, typed, &e, reterr);

	if (rc != RC_OK)
		return rc;
	memcpy(b->after, e->id, sizeof(b->after));
	b->t.after = b->after;
	store_entity_free(e);
	return RC_OK;
}

static enum rc read_in(struct tabling *b, const struct json *in, struct err *reterr)
{
	const char *sort = json_get_str(in, "sort"), *after = json_get_str(in, "after");
	enum rc rc = look_form(b->agent, json_get_str(in, "kind"), &b->form, reterr);

	if (rc == RC_OK && b->form->class != FORM_REGISTER)
		rc = err_set(reterr, RC_INPUT, NULL, "table.not_register", "kind",
			     form_say(b->form->label, lang_name(b->look.lang)), NULL);
	if (rc != RC_OK)
		return rc;
	b->t.form = b->form;
	b->t.limit = LIMIT_DEFAULT;
	b->t.text = json_get_str(in, "words");
	if (b->t.text && strlen(b->t.text) > WORDS_MAX)
		return err_num(reterr, RC_LIMIT, NULL, "buf.ceiling", "max", WORDS_MAX);
	json_get_int(in, "limit", &b->t.limit);
	json_get_int(in, "offset", &b->t.offset);
	json_get_bool(in, "conflicts", &b->t.conflicts);
	json_get_bool(in, "unsent", &b->t.unsent);
	json_get_bool(in, "down", &b->t.down);
	rc = read_where(b, json_get(in, "where"), reterr);
	if (rc == RC_OK)
		rc = read_columns(b, json_get(in, "columns"), reterr);
	if (rc == RC_OK && sort)
		rc = field_of(b, sort, &b->t.by, reterr);
	return rc == RC_OK && after ? read_after(b, after, reterr) : rc;
}

/* ---- the answer ---- */

static struct json *text_of(struct tabling *b, const struct form_field *ff,
			    const struct json *value)
{
	struct view_as as = look_as(&b->look, b->form);
	struct json *v;
	struct buf text;

	buf_init(&text, LIMIT_VIEW_TEXT);
	view_text(&as, ff, value, &text);
	v = json_string_span(span_buf(&text));
	buf_free(&text);
	return v;
}

static bool in_conflict(const struct tabling *b, const struct merge_state *s, const char *field)
{
	struct merge_value v;
	struct buf scratch;
	bool yes = false;

	buf_init(&scratch, LIMIT_MERGE_STATE);
	if (merge_show(s, field, merge_policy(b->form, field), &scratch, &v, &yes, NULL) != RC_OK)
		yes = false;
	buf_free(&scratch);
	return yes;
}

static void put_cells(struct tabling *b, const struct look_item *x, struct json *o)
{
	struct form_around around = {.set = store_forms(b->agent->store),
				     .now_s = store_likely_now(b->agent->store)};
	struct json *rec = merge_json(x->state, b->form), *derived = NULL, *cells = json_object();

	if (form_check_derived(b->form, rec, &around, &derived, NULL) != RC_OK)
		derived = NULL; /* shown without what would be computed */
	for (size_t i = 0; i < b->ncolumn; i++) {
		const struct form_field *ff = b->column[i];
		const struct json *v = json_get(ff->type == FORM_DERIVED ? derived : rec, ff->name);
		struct json *c;

		if (!v)
			continue;
		c = json_object();
		json_set(c, "value", json_copy(v));
		json_set(c, "text", text_of(b, ff, v));
		if (ff->type != FORM_DERIVED && in_conflict(b, x->state, ff->name))
			json_set_bool(c, "conflict", true);
		json_set(cells, ff->name, c);
	}
	json_set(o, "cells", cells);
	json_free(derived);
	json_free(rec);
}

static bool take(void *arg, const struct look_item *x)
{
	struct tabling *b = arg;
	struct json *o = json_object();
	char uuid[CODEC_UUID_LEN + 1], end[LOOK_SHORT];
	struct buf title;

	buf_init(&title, LIMIT_VIEW_TEXT);
	look_title(&b->look, b->form, x->state, &title);
	codec_uuid(x->id, uuid);
	look_short(x->id, end);
	json_set_str(o, "id", uuid);
	json_set_str(o, "short", end);
	json_set_str(o, "scope", x->scope);
	json_set_span(o, "title", span_buf(&title));
	if (merge_fields(x->state) == 0) { /* all its entries are held back (A10) */
		json_set_str(o, "title", lang_text(b->look.lang, "list.held"));
		json_set_bool(o, "held", true);
	}
	json_set_int(o, "conflicts", x->item->conflicts);
	json_set_int(o, "unsent", x->item->unsent);
	json_set_int(o, "changed_at", x->item->changed_at);
	json_set_int(o, "records",
		     x->item->links ? (int64_t)same_count(&x->item->links->same, x->item->node)
				    : 1);
	put_cells(b, x, o);
	json_append(b->items, o);
	buf_free(&title);
	return true;
}

static struct json *columns(const struct tabling *b)
{
	const char *lang = lang_name(b->look.lang);
	struct json *all = json_array();

	for (size_t i = 0; i < b->ncolumn; i++) {
		const struct form_field *ff = b->column[i];
		struct json *c = json_object();

		json_set_str(c, "field", ff->name);
		json_set_str(c, "label", form_say(ff->label, lang));
		json_set_str(c, "type", form_type_name(ff->type));
		if (ff->unit.vi)
			json_set_str(c, "unit", form_say(ff->unit, lang));
		json_append(all, c);
	}
	return all;
}

/* ---- what one can choose from ---- */

struct choosing {
	struct tabling *b;
	const struct form_field *ff;
	struct json *list;
};

static bool choice_take(void *arg, struct span value, int64_t n)
{
	struct choosing *c = arg;
	struct json *v = json_string_span(value), *o = json_object();

	if (value.len > 0)
		json_set(o, "text", text_of(c->b, c->ff, v));
	else
		json_set_str(o, "text", "");
	json_set(o, "value", v);
	json_set_int(o, "n", n);
	json_append(c->list, o);
	return true;
}

struct named {
	const struct json *choice;
	struct buf key;
};

static int by_key(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return span_cmp(span_buf(&x->key), span_buf(&y->key));
}

/* Records by what they are called; what has none comes last. */
static struct json *by_title(const struct json *found)
{
	size_t n = json_len(found), i = 0;
	struct named *all = calloc(n + 1, sizeof(*all));
	struct json *out = json_array();

	for (const struct json *x = json_first(found); all && x; x = json_next(x)) {
		buf_init(&all[i].key, LIMIT_VIEW_TEXT);
		all[i].choice = x;
		if (print_str(x, "value")[0])
			(void)text_sort_key(span_str(print_str(x, "text")), &all[i].key, NULL);
		else
			buf_add_char(&all[i].key, (char)0xff);
		i++;
	}
	if (all)
		qsort(all, n, sizeof(*all), by_key);
	for (i = 0; all && i < n; i++) {
		json_append(out, json_copy(all[i].choice));
		buf_free(&all[i].key);
	}
	free(all);
	return out;
}

/* Choices in the order of their list, then what no list knows. */
static struct json *by_list(const struct form_list *list, const struct json *found)
{
	struct json *all = json_array();

	for (size_t i = 0; i < list->n; i++)
		for (const struct json *x = json_first(found); x; x = json_next(x))
			if (strcmp(print_str(x, "value"), list->item[i].v) == 0)
				json_append(all, json_copy(x));
	for (const struct json *x = json_first(found); x; x = json_next(x))
		if (!form_item(list, print_str(x, "value")))
			json_append(all, json_copy(x));
	return all;
}

static enum rc put_values(struct tabling *b, struct json *out, struct err *reterr)
{
	struct json *all = json_object();
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < b->form->nfield; i++) {
		const struct form_field *ff = &b->form->field[i];
		struct choosing c = {.b = b, .ff = ff};
		struct json *o;

		if ((ff->type != FORM_CHOICE && ff->type != FORM_REF) ||
		    strcmp(ff->name, SAME_FIELD) == 0)
			continue;
		c.list = json_array();
		rc = store_table_values(b->agent->store, b->form, ff, choice_take, &c, reterr);
		o = json_object();
		json_set_str(o, "label", form_say(ff->label, lang_name(b->look.lang)));
		json_set(o, "choices", ff->list ? by_list(ff->list, c.list) : by_title(c.list));
		json_set(all, ff->name, o);
		json_free(c.list);
	}
	json_set(out, "values", all);
	return rc;
}

/* What a scanner means, whatever else has those letters in it. */
static enum rc put_code(struct tabling *b, int64_t no, struct json *out, struct err *reterr)
{
	struct store_entity *e = NULL;
	char uuid[CODEC_UUID_LEN + 1];
	enum rc rc = store_entity_no(b->agent->store, no, &e, reterr);

	if (rc == RC_OK) {
		codec_uuid(e->id, uuid);
		json_set_str(out, "code", uuid);
	}
	store_entity_free(e);
	return rc;
}

static enum rc answer(struct tabling *b, const struct json *in, struct json *out,
		      struct err *reterr)
{
	struct store_table_count n = {0};
	bool values = false;
	enum rc rc = look_table(b->agent, &b->t, take, b, &n, reterr);

	json_set_str(out, "kind", b->form->name);
	json_set_str(out, "kind_label", form_say(b->form->label, lang_name(b->look.lang)));
	json_set_int(out, "total", n.total);
	json_set_int(out, "all", n.all);
	json_set_int(out, "offset", n.first);
	if (rc == RC_OK && n.code > 0)
		rc = put_code(b, n.code, out, reterr);
	json_set(out, "columns", columns(b));
	json_set(out, "items", json_copy(b->items));
	if (rc == RC_OK && json_get_bool(in, "values", &values) && values)
		rc = put_values(b, out, reterr);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct tabling b = {.agent = call->app, .typed = json_array(), .items = json_array()};
	struct json *out = json_object();
	enum rc rc = look_open(&b.look, call, reterr);

	if (rc == RC_OK)
		rc = read_in(&b, in, reterr);
	if (rc == RC_OK)
		rc = answer(&b, in, out, reterr);
	look_close(&b.look);
	json_free(b.typed);
	json_free(b.items);
	if (rc == RC_OK)
		*ret = out;
	else
		json_free(out);
	return rc;
}

/* ---- print ---- */

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *cols = json_get_arr(out, "columns");
	struct print_table t;

	print_table_init(&t);
	print_row(&t);
	print_cell(&t, lang_text(lang, "list.col.id"));
	for (const struct json *c = json_first(cols); c; c = json_next(c))
		print_cell(&t, print_str(c, "label"));
	print_cell(&t, lang_text(lang, "list.col.state"));
	for (const struct json *x = json_first(json_get_arr(out, "items")); x; x = json_next(x)) {
		print_row(&t);
		print_cell(&t, print_str(x, "short"));
		for (const struct json *c = json_first(cols); c; c = json_next(c))
			print_cell(&t,
				   print_str(json_get(json_get(x, "cells"), print_str(c, "field")),
					     "text"));
		print_cell(&t, print_num(x, "conflicts") > 0 ? lang_text(lang, "list.two_values")
			       : print_num(x, "unsent") > 0  ? lang_text(lang, "list.unsent")
							     : "");
	}
	print_table_end(&t, 0, text);
	print_table_init(&t);
	print_row(&t);
	print_cell(&t, lang_text(lang, "list.more"));
	print_cell_int(&t, print_num(out, "total"));
	print_table_end(&t, 0, text);
}

const struct op op_table = {"table", "table.summary", OP_READ, args, sizeof(args) / sizeof(args[0]),
			    run,     print,           NULL};
