/*
 * odata_query: the options of one question, from the bytes behind '?'. OData Version 4.01 Part 1, 11.2.6; Part 2, 5.1.
 *
 * Each option is a row of the table below: what is not in it is refused by name, because a client that is answered as
 * if it had not asked would show too much or too little. What does not begin with $ is somebody else's (5.2).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/num.h"
#include "lib/odata.h"
#include "lib/text.h"

struct reading {
	struct odata_query *q;
	struct span value; /* decoded */
	struct err *reterr;
};

static enum rc bad(const struct reading *r, enum rc rc, const char *key, const char *name)
{
	return err_set(r->reterr, rc, NULL, key, "name", name, NULL);
}

/* The next of a list with commas between; false behind the last. */
static bool next_item(struct span *rest, struct span *ret)
{
	const uint8_t *comma = rest->len ? memchr(rest->p, ',', rest->len) : NULL;
	size_t n = comma ? (size_t)(comma - rest->p) : rest->len;

	if (!rest->p)
		return false;
	*ret = span_trim(span_of(rest->p, n), " ");
	*rest = comma ? span_of(comma + 1, rest->len - n - 1) : span_of(NULL, 0);
	return true;
}

/* ---- options ---- */

static enum rc read_filter(struct reading *r)
{
	return odata_filter_parse(r->q->set, r->value, &r->q->mem, &r->q->filter, r->reterr);
}

static enum rc read_select(struct reading *r)
{
	struct span rest = r->value, item;

	while (next_item(&rest, &item)) {
		char name[ERR_ARG_LEN] = "";
		size_t i = odata_column(r->q->set, item);

		if (span_eq_str(item, "*")) {
			memset(r->q->select, true, sizeof(r->q->select));
			continue;
		}
		memcpy(name, item.p, item.len < sizeof(name) ? item.len : 0);
		if (i == SIZE_MAX)
			return memchr(item.p, '/', item.len) ? bad(r, RC_USAGE, "odata.lacks", name)
							     : bad(r, RC_INPUT, "odata.column", name);
		r->q->select[i] = true;
	}
	r->q->selected = true;
	return RC_OK;
}

static enum rc read_number(struct reading *r, int64_t max, int64_t *ret, const char *name)
{
	enum rc rc = num_i64(r->value, 0, max, ret);

	if (rc == RC_LIMIT && r->value.len > 0 && r->value.p[0] != '-') {
		err_num(r->reterr, rc, NULL, "odata.large", "max", max);
		if (r->reterr)
			err_add(r->reterr, "name", name);
		return rc;
	}
	return rc == RC_OK ? rc : bad(r, RC_INPUT, "odata.value", name);
}

static enum rc read_top(struct reading *r)
{
	return read_number(r, NUM_SAFE_MAX, &r->q->top, "$top");
}

static enum rc read_skip(struct reading *r)
{
	return read_number(r, LIMIT_ODATA_SKIP, &r->q->skip, "$skip");
}

static enum rc read_count(struct reading *r)
{
	r->q->count = span_eq_str(r->value, "true");
	return r->q->count || span_eq_str(r->value, "false") ? RC_OK : bad(r, RC_INPUT, "odata.value", "$count");
}

/* "Week,Code" */
static void key_names(const struct odata_set *set, char *ret, size_t len)
{
	struct buf b;

	buf_init(&b, len - 1);
	for (size_t i = 0; i < set->n; i++)
		if (set->column[i].flags & ODATA_KEY)
			buf_addf(&b, "%s%s", b.len ? "," : "", set->column[i].name);
	memcpy(ret, b.p ? (const char *)b.p : "", b.len + 1);
	buf_free(&b);
}

/* "Week desc": its name; 1: downwards, 0: upwards, -1: something else stands there. */
static int direction(struct span *item)
{
	const uint8_t *blank = item->len ? memchr(item->p, ' ', item->len) : NULL;
	struct span how = {NULL, 0};

	if (blank) {
		how = span_trim(span_of(blank, item->len - (size_t)(blank - item->p)), " ");
		item->len = (size_t)(blank - item->p);
	}
	return how.len == 0 || span_eq_str(how, "asc") ? 0 : span_eq_str(how, "desc") ? 1 : -1;
}

/* All keys, in their order, all upwards or all downwards: the order in which rows lie. */
static enum rc read_order(struct reading *r)
{
	const struct odata_set *set = r->q->set;
	struct span rest = r->value, item;
	char keys[ERR_ARG_LEN];
	size_t i = 0;
	int down = -1;

	key_names(set, keys, sizeof(keys));
	while (next_item(&rest, &item)) {
		int way = direction(&item);

		while (i < set->n && !(set->column[i].flags & ODATA_KEY))
			i++;
		if (way < 0)
			return bad(r, RC_INPUT, "odata.value", "$orderby");
		if (i == set->n || odata_column(set, item) != i || (down >= 0 && way != down))
			return bad(r, RC_USAGE, "odata.order", keys);
		down = way;
		i++;
	}
	while (i < set->n && !(set->column[i].flags & ODATA_KEY))
		i++;
	if (i < set->n)
		return bad(r, RC_USAGE, "odata.order", keys);
	r->q->down = down == 1;
	return RC_OK;
}

static enum rc read_token(struct reading *r)
{
	r->q->token = arena_str(&r->q->mem, r->value);
	return r->q->token ? RC_OK : err_set(r->reterr, RC_LIMIT, NULL, "odata.long", NULL);
}

static enum rc read_format(struct reading *r)
{
	r->q->format = arena_str(&r->q->mem, r->value);
	return r->q->format ? RC_OK : err_set(r->reterr, RC_LIMIT, NULL, "odata.long", NULL);
}

static enum rc read_lacking(struct reading *r)
{
	(void)r;
	return RC_USAGE;
}

/* kept: also asked for on the pages that follow, in this order. bare: of a service document, too. */
static const struct {
	const char *name;
	enum rc (*read)(struct reading *r);
	bool kept, bare;
} options[] = {
    {"$filter", read_filter, true, false},    {"$select", read_select, true, false},
    {"$orderby", read_order, true, false},    {"$format", read_format, true, true},
    {"$top", read_top, false, false},	      {"$skip", read_skip, false, false},
    {"$count", read_count, false, false},     {"$skiptoken", read_token, false, false},
    {"$expand", read_lacking, false, false},  {"$search", read_lacking, false, false},
    {"$apply", read_lacking, false, false},   {"$compute", read_lacking, false, false},
    {"$levels", read_lacking, false, false},  {"$deltatoken", read_lacking, false, false},
    {"$index", read_lacking, false, false},   {"$schemaversion", read_lacking, false, true},
};
enum { OPTIONS = sizeof(options) / sizeof(options[0]), TEXTS = 8 };
_Static_assert(TEXTS == sizeof(((struct odata_query *)0)->text) / sizeof(char *), "one text for each option read");

/* ---- percent ---- */

static int hex(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decoded, '+' as a blank; false: a bad escape, a NUL, or no UTF-8. */
static bool decode(struct arena *mem, struct span s, struct span *ret)
{
	uint8_t *to = arena_alloc(mem, s.len + 1);
	size_t n = 0;

	for (size_t i = 0; to && i < s.len; i++) {
		int high = i + 2 < s.len ? hex(s.p[i + 1]) : -1, low = i + 2 < s.len ? hex(s.p[i + 2]) : -1;

		if (s.p[i] != '%') {
			to[n++] = s.p[i] == '+' ? ' ' : s.p[i];
			continue;
		}
		if (high < 0 || low < 0)
			return false;
		to[n++] = (uint8_t)(high * 16 + low);
		i += 2;
	}
	*ret = span_of(to, n);
	return to && text_is_utf8(*ret) && !memchr(to, '\0', n);
}

static void encode(const char *s, struct buf *out)
{
	static const char digit[] = "0123456789ABCDEF";

	for (; *s; s++) {
		uint8_t c = (uint8_t)*s;

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~,", c)) {
			buf_add_char(out, *s);
		} else {
			buf_add_char(out, '%');
			buf_add_char(out, digit[c >> 4]);
			buf_add_char(out, digit[c & 15]);
		}
	}
}

/* ---- all of them ---- */

static enum rc take(struct reading *r, struct span name, bool given[OPTIONS])
{
	char shown[ERR_ARG_LEN] = "";
	size_t i = 0;

	if (name.len == 0 || name.p[0] != '$')
		return RC_OK;
	memcpy(shown, name.p, name.len < sizeof(shown) ? name.len : 0);
	while (i < OPTIONS && strcmp(options[i].name, shown) != 0)
		i++;
	if (i == OPTIONS)
		return bad(r, RC_INPUT, "odata.unknown", shown);
	if (options[i].read == read_lacking || (!r->q->set && !options[i].bare))
		return bad(r, RC_USAGE, "odata.lacks", shown);
	if (given[i])
		return bad(r, RC_INPUT, "odata.twice", shown);
	given[i] = true;
	r->q->text[i] = arena_str(&r->q->mem, r->value);
	return r->q->text[i] ? options[i].read(r) : err_set(r->reterr, RC_LIMIT, NULL, "odata.long", NULL);
}

enum rc odata_query_parse(const struct odata_set *set, struct span query, struct odata_query *ret,
			  struct err *reterr)
{
	struct reading r = {.q = ret, .reterr = reterr};
	bool given[OPTIONS] = {false};
	enum rc rc = RC_OK;

	*ret = (struct odata_query){.set = set, .top = -1};
	arena_init(&ret->mem, LIMIT_ODATA_MEM);
	while (rc == RC_OK && query.len > 0) {
		const uint8_t *amp = memchr(query.p, '&', query.len);
		struct span one = span_of(query.p, amp ? (size_t)(amp - query.p) : query.len), name = one;
		const uint8_t *eq = one.len ? memchr(one.p, '=', one.len) : NULL;
		struct span value = span_of("", 0);

		query = amp ? span_of(amp + 1, query.len - one.len - 1) : span_of(NULL, 0);
		if (eq) {
			name.len = (size_t)(eq - one.p);
			value = span_of(eq + 1, one.len - name.len - 1);
		}
		if (!decode(&ret->mem, name, &name) || !decode(&ret->mem, value, &r.value))
			rc = err_set(reterr, RC_INPUT, NULL, "odata.escape", NULL);
		else
			rc = take(&r, name, given);
	}
	return rc;
}

void odata_query_free(struct odata_query *q)
{
	arena_free(&q->mem);
}

/* ---- keys ---- */

/* What stands in the brackets, as a filter: a key is nothing else. */
static enum rc key_filter(const struct odata_set *set, struct span key, struct buf *out)
{
	bool quoted = false, named = false;
	size_t first = 0, n = 0, given = 1;

	for (size_t i = set->n; i-- > 0;)
		if (set->column[i].flags & ODATA_KEY) {
			first = i;
			n++;
		}
	for (size_t i = 0; i < key.len; i++) {
		quoted = quoted != (key.p[i] == '\'');
		if (!quoted && key.p[i] == '=') {
			buf_add_str(out, " eq ");
			named = true;
		} else if (!quoted && key.p[i] == ',') {
			buf_add_str(out, " and ");
			given++;
		} else {
			buf_add_char(out, (char)key.p[i]);
		}
	}
	if (!named && n == 1)
		buf_addf(out, " eq %s", set->column[first].name);
	return key.len > 0 && given == n && (named || n == 1) ? RC_OK : RC_INPUT;
}

enum rc odata_query_key(struct odata_query *q, struct span key, struct err *reterr)
{
	const struct odata_filter *f = NULL;
	struct odata_value v;
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_ODATA_MEM);
	rc = key_filter(q->set, key, &b);
	if (rc == RC_OK)
		rc = odata_filter_parse(q->set, span_buf(&b), &q->mem, &f, NULL);
	for (size_t i = 0; rc == RC_OK && i < q->set->n; i++)
		if (q->set->column[i].flags & ODATA_KEY && !odata_filter_pins(f, i, &v))
			rc = RC_INPUT;
	buf_free(&b);
	if (rc != RC_OK)
		return err_set(reterr, rc == RC_LIMIT ? rc : RC_INPUT, NULL, "odata.key", NULL);
	return odata_filter_both(q->filter, f, &q->mem, &q->filter, reterr);
}

/* ---- the next page ---- */

void odata_query_next(const struct odata_query *q, const char *base, const char *token, int64_t top,
		      int64_t skip, struct buf *out)
{
	buf_addf(out, "%s%s?%%24skiptoken=", base, q->set->name);
	encode(token, out);
	for (size_t i = 0; i < TEXTS; i++)
		if (options[i].kept && q->text[i]) {
			buf_addf(out, "&%%24%s=", options[i].name + 1);
			encode(q->text[i], out);
		}
	if (top >= 0)
		buf_addf(out, "&%%24top=%lld", (long long)top);
	if (skip > 0)
		buf_addf(out, "&%%24skip=%lld", (long long)skip);
}

bool odata_query_token(const char *token, size_t i, char *ret, size_t len)
{
	struct span rest = span_str(token), item;

	while (next_item(&rest, &item))
		if (i-- == 0) {
			if (item.len >= len)
				return false;
			memcpy(ret, item.p, item.len);
			ret[item.len] = '\0';
			return true;
		}
	return false;
}
