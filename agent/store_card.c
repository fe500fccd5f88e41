/*
 * store_card: what a table of a register looks through, one narrow row for each record: the folded
 * text and the title's sorting key; beside it the shown values, read only when a filter or an order
 * asks for them. Ten thousand cards stay in the page cache, ten thousand states would not. Made with the
 * state, never edited; of registers only.
 *
 * cells: RS NAME US VALUE … RS, computed values too; the parts of a list have GS between them. Control
 * characters of a value are blanks, a long text is cut. Clause M3 (through sync/merge).
 * Not here: reading it (store_table.c).
 */
#include "agent/store_part.h"

#include <string.h>

#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"
#include "sync/form_check.h"

enum {
	VALUE_MAX = 256, /* bytes of a value: tables sort by it, nobody reads it */
	NAME_MAX_LEN = 64
};

static void add_text(struct buf *out, const char *text)
{
	const uint8_t *p = (const uint8_t *)text, *end = p + strlen(text);
	size_t n = 0;

	for (size_t step; p < end && (step = text_utf8_step(p, end)) > 0; p += step) {
		n += step;
		if (n > VALUE_MAX)
			break;
		if (step == 1)
			buf_add_char(out, *p < ' ' ? ' ' : (char)*p);
		else
			buf_add(out, p, step);
	}
}

static void add_value(struct buf *out, const struct json *v)
{
	int64_t n;
	bool yes;

	switch (json_kind(v)) {
	case JSON_STRING: add_text(out, json_str(v)); break;
	case JSON_INT:
		if (json_int(v, &n))
			buf_add_int(out, n);
		break;
	case JSON_TRUE:
	case JSON_FALSE: buf_add_str(out, json_bool(v, &yes) && yes ? "1" : "0"); break;
	case JSON_ARRAY:
		for (const struct json *x = json_first(v); x; x = json_next(x)) {
			add_value(out, x);
			if (json_next(x))
				buf_add_char(out, STORE_CELL_PART);
		}
		break;
	default: /* a file has no cell */ break;
	}
}

static void add_cells(struct buf *out, const struct json *values)
{
	for (const struct json *v = json_first(values); v; v = json_next(v)) {
		buf_add_str(out, json_name(v));
		buf_add_char(out, STORE_CELL_IS);
		add_value(out, v);
		buf_add_char(out, STORE_CELL);
	}
}

static enum rc cells(struct store *s, const struct merge_state *m, const struct form *f,
		     struct buf *out, struct err *reterr)
{
	struct form_around around = {.set = s->forms, .now_s = store_likely_now(s)};
	struct json *values = merge_json(m, f), *derived = NULL;
	enum rc rc = values ? form_check_derived(f, values, &around, &derived, reterr)
			    : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	buf_add_char(out, STORE_CELL);
	if (rc == RC_OK) {
		add_cells(out, values);
		add_cells(out, derived);
	}
	json_free(values);
	json_free(derived);
	return rc == RC_OK ? buf_check(out, reterr) : rc;
}

enum rc store_card_put(struct store *s, const struct store_touch *t, const struct form *f,
		       struct span title, struct span fold, struct err *reterr)
{
	struct buf sort, all;
	enum rc rc;

	if (!f || f->class != FORM_REGISTER)
		return RC_OK;
	buf_init(&sort, LIMIT_MERGE_STATE);
	buf_init(&all, LIMIT_MERGE_STATE);
	rc = text_sort_key(title, &sort, reterr);
	if (rc == RC_OK)
		rc = cells(s, t->state, f, &all, reterr);
	if (rc == RC_OK)
		rc = db_run(s->db, ST_CARD_PUT,
			    DB_V(db_int(t->no), db_str(t->kind), db_blob(span_buf(&sort)), db_blob(fold)),
			    reterr);
	if (rc == RC_OK)
		rc = db_run(s->db, ST_CELLS_PUT, DB_V(db_int(t->no), db_blob(span_buf(&all))), reterr);
	buf_free(&sort);
	buf_free(&all);
	return rc;
}

/* ---- read ---- */

struct span store_card_value(struct span cells, const char *name)
{
	char mark[NAME_MAX_LEN];
	size_t n = strlen(name);
	const uint8_t *p = cells.p, *end = cells.p + cells.len;

	if (n + 2 > sizeof(mark))
		return span_of(NULL, 0);
	mark[0] = STORE_CELL;
	memcpy(mark + 1, name, n);
	mark[n + 1] = STORE_CELL_IS;
	while (p && (size_t)(end - p) > n + 2) {
		if (memcmp(p, mark, n + 2) == 0) {
			const uint8_t *v = p + n + 2,
				      *to = memchr(v, STORE_CELL, (size_t)(end - v));
			return span_of(v, to ? (size_t)(to - v) : 0);
		}
		p = memchr(p + 1, STORE_CELL, (size_t)(end - p - 1));
	}
	return span_of(NULL, 0);
}

bool store_card_is(struct span value, const char *want)
{
	size_t n = strlen(want);

	if (n == 0 || value.len == n)
		return value.len == n && (n == 0 || memcmp(value.p, want, n) == 0);
	while (value.len > 0) {
		const uint8_t *to = memchr(value.p, STORE_CELL_PART, value.len);
		size_t part = to ? (size_t)(to - value.p) : value.len;

		if (part == n && memcmp(value.p, want, n) == 0)
			return true;
		part += to != NULL;
		value = span_of(value.p + part, value.len - part);
	}
	return false;
}
