/*
 * print: plain tables and findings for a terminal. Does NOT know any operation.
 */
#include "agent/print.h"

#include <string.h>

#include "lib/text.h"

enum { COLUMNS_MAX = 12, CELL_MAX = 60, GAP = 2 };

void print_table_init(struct print_table *t)
{
	t->rows = json_array();
	t->row = NULL;
}

void print_row(struct print_table *t)
{
	t->row = json_array();
	json_append(t->rows, t->row);
}

void print_cell(struct print_table *t, const char *s)
{
	json_append_str(t->row, s ? s : "");
}

void print_cell_int(struct print_table *t, int64_t v)
{
	char text[TEXT_NUM_LEN];

	text_int_fmt(v, text);
	print_cell(t, text);
}

void print_cell_time(struct print_table *t, int64_t unix_s)
{
	char text[TEXT_TIME_LEN] = "";

	if (unix_s > 0)
		text_time_fmt(unix_s, text);
	print_cell(t, text);
}

/* Bytes of the first `max` characters. */
static size_t cut(const char *s, size_t max)
{
	const uint8_t *p = (const uint8_t *)s, *end = p + strlen(s);
	size_t n = 0;

	while (p < end && n < max) {
		size_t step = text_utf8_step(p, end);
		p += step ? step : 1;
		n++;
	}
	return (size_t)(p - (const uint8_t *)s);
}

static size_t width(const char *s)
{
	size_t n = text_chars(span_str(s));

	return n < CELL_MAX ? n : CELL_MAX;
}

/* What does not fit in a row is cut, except at its end. */
static size_t shown_len(const char *s, bool end)
{
	return !end && text_chars(span_str(s)) > CELL_MAX ? cut(s, CELL_MAX - 1) : strlen(s);
}

static void add_blanks(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_add_char(out, ' ');
}

static void add_cell(struct buf *out, const char *s, size_t pad, bool end)
{
	size_t len = shown_len(s, end);

	for (size_t i = 0; i < len; i++)
		buf_add_char(out, s[i] == '\n' || s[i] == '\t' ? ' ' : s[i]);
	if (len < strlen(s))
		buf_add_str(out, "…");
	if (!end)
		add_blanks(out, pad - width(s) + GAP);
}

void print_table_end(struct print_table *t, unsigned indent, struct buf *out)
{
	size_t wide[COLUMNS_MAX] = {0}, col;

	for (const struct json *r = json_first(t->rows); r; r = json_next(r)) {
		col = 0;
		for (const struct json *c = json_first(r); c && col < COLUMNS_MAX;
		     c = json_next(c)) {
			size_t w = width(json_str(c));
			if (w > wide[col])
				wide[col] = w;
			col++;
		}
	}
	for (const struct json *r = json_first(t->rows); r; r = json_next(r)) {
		add_blanks(out, indent);
		col = 0;
		for (const struct json *c = json_first(r); c && col < COLUMNS_MAX;
		     c = json_next(c)) {
			add_cell(out, json_str(c), wide[col], !json_next(c));
			col++;
		}
		while (out->len > 0 && !out->failed && out->p[out->len - 1] == ' ')
			out->p[--out->len] = '\0';
		buf_add_char(out, '\n');
	}
	json_free(t->rows);
	t->rows = NULL;
}

void print_line(const struct lang *lang, struct buf *out, const char *key)
{
	buf_add_str(out, lang_text(lang, key));
	buf_add_char(out, '\n');
}

const char *print_str(const struct json *o, const char *name)
{
	const char *s = json_get_str(o, name);

	return s ? s : "";
}

int64_t print_num(const struct json *o, const char *name)
{
	int64_t v = 0;

	json_get_int(o, name, &v);
	return v;
}

bool print_is(const struct json *o, const char *name)
{
	bool v = false;

	return json_get_bool(o, name, &v) && v;
}

static void print_list(const struct lang *lang, const struct json *list, const char *key,
		       struct buf *out)
{
	if (json_len(list) == 0)
		return;
	print_line(lang, out, key);
	for (const struct json *x = json_first(list); x; x = json_next(x)) {
		const char *line = print_str(x, "line"), *label = print_str(x, "label");

		buf_add_str(out, "  - ");
		if (line[0]) {
			buf_add_str(out, line);
			buf_add_str(out, ": ");
		}
		if (label[0] && !strstr(print_str(x, "text"), label)) {
			buf_add_str(out, label);
			buf_add_str(out, ": ");
		}
		buf_add_str(out, print_str(x, "text"));
		buf_add_char(out, '\n');
	}
}

void print_findings(const struct lang *lang, const struct json *rec, struct buf *out)
{
	const char *sep = "";

	print_list(lang, json_get_arr(rec, "errors"), "record.errors", out);
	print_list(lang, json_get_arr(rec, "todo"), "record.todo", out);
	print_list(lang, json_get_arr(rec, "warnings"), "record.warnings", out);
	if (json_len(json_get_arr(rec, "emptied")) == 0)
		return;
	buf_add_str(out, lang_text(lang, "record.emptied"));
	buf_add_char(out, ' ');
	for (const struct json *x = json_first(json_get_arr(rec, "emptied")); x; x = json_next(x)) {
		buf_add_str(out, sep);
		buf_add_str(out, json_str(x));
		sep = ", ";
	}
	buf_add_char(out, '\n');
}

/* ---- records ---- */

static void print_record(const struct lang *lang, const struct json *o, bool saved,
			 struct buf *text)
{
	static const char *const say[][2] = {{"sealed", "record.sealed"},
					     {"submitted", "record.submitted_now"},
					     {"draft", "record.draft"},
					     {"unchanged", "record.unchanged"},
					     {"discarded", "record.discarded"},
					     {"refused", "record.refused"}};
	const char *state = print_str(o, "state"), *key = "record.refused";

	if (saved || strcmp(state, "draft") == 0)
		for (size_t i = 0; i < sizeof(say) / sizeof(say[0]); i++)
			if (strcmp(state, say[i][0]) == 0)
				key = say[i][1];
	if (!saved && strcmp(state, "draft") == 0)
		key = "submit.not_yet";
	lang_format(lang, text, key, "kind", print_str(o, "kind_label"), "title",
		    print_str(o, "title"), "id", print_str(o, "short"), NULL);
	buf_add_char(text, '\n');
	if (print_is(o, "newer_form"))
		print_line(lang, text, "submit.newer_form");
	print_findings(lang, o, text);
}

void print_records(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "records");
	bool saved = print_is(out, "saved");

	for (const struct json *x = json_first(all); x; x = json_next(x))
		if (saved || json_len(all) == 1 || json_len(json_get_arr(x, "errors")) > 0)
			print_record(lang, x, saved, text);
	if (!saved && json_len(all) > 1)
		print_line(lang, text, "record.none_kept");
}

enum rc print_saved(const struct json *out)
{
	return print_is(out, "saved") ? RC_OK : RC_INPUT;
}
