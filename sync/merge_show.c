/*
 * merge_show: what a reader sees of the live writes. Clauses M3-M9.
 *
 * Policies are pure functions of S and never change it. Values are compared as the
 * bytes of the payload (M9); max and min compare numbers digit by digit, so that no
 * floating point and no size of machine integer decides what is shown.
 * Not here: texts for people (sync/view), the state itself (merge.c).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/merge_state.h"

size_t merge_fields(const struct merge_state *s)
{
	return s->nrow;
}

const char *merge_field_name(const struct merge_state *s, size_t i)
{
	return i < s->nrow ? s->row[i].name : NULL;
}

const struct merge_value *merge_siblings(const struct merge_state *s, const char *field,
					 size_t *retn)
{
	bool found;
	size_t i = merge_state_row(s, span_str(field), &found);

	*retn = found ? s->row[i].n : 0;
	return found ? &s->val[s->row[i].first] : NULL;
}

enum form_merge merge_policy(const struct form *f, const char *field)
{
	if (f)
		return form_merge(f, field);
	return strcmp(field, "reason") == 0 ? FORM_LATEST : FORM_KEEP;
}

/* M5: the greater (at, id). */
static bool later(const struct merge_value *a, const struct merge_value *b)
{
	if (a->at != b->at)
		return a->at > b->at;
	return memcmp(a->id, b->id, ENTRY_ID_LEN) > 0;
}

static bool differ(const struct merge_value *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!span_eq(v[i].raw, v[0].raw))
			return true;
	return false;
}

/* M5, and the value shown first of a conflict. */
static const struct merge_value *latest(const struct merge_value *v, size_t n)
{
	const struct merge_value *best = v;

	for (size_t i = 1; i < n; i++)
		if (later(&v[i], best))
			best = &v[i];
	return best;
}

/* M8 */
static const struct merge_value *central(const struct merge_value *v, size_t n)
{
	const struct merge_value *best = v;

	for (size_t i = 1; i < n; i++)
		if (v[i].central != best->central ? v[i].central : later(&v[i], best))
			best = &v[i];
	return best;
}

/* ---- comparing values ---- */

/* One byte of a JSON string in its shortest form (E4); *s moves on. */
static uint8_t string_byte(struct span *s)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	uint8_t c = *s->p++;

	s->len--;
	if (c != '\\' || s->len == 0)
		return c;
	c = *s->p++;
	s->len--;
	if (c == 'u' && s->len >= 4) { /* \u00xx */
		uint8_t hi = s->p[2], lo = s->p[3];
		s->p += 4;
		s->len -= 4;
		return (uint8_t)((hi - '0') << 4 | (lo <= '9' ? lo - '0' : lo - 'a' + 10));
	}
	const char *p = strchr(from, c);
	return c && p ? (uint8_t)to[p - from] : c;
}

/* Order of the decoded bytes of two strings, given as what stands between the quotes. */
static int string_cmp(struct span a, struct span b)
{
	while (a.len > 0 && b.len > 0) {
		uint8_t x = string_byte(&a), y = string_byte(&b);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a.len > 0) - (b.len > 0);
}

static struct span inner(struct span raw)
{
	return span_of(raw.p + 1, raw.len - 2);
}

/* A number as its digits: -12.50 -> minus, "12", "5". */
struct digits {
	bool minus;
	struct span whole, part;
};

static struct span cut_digits(struct span *s)
{
	struct span d = {s->p, 0};

	while (s->len > 0 && s->p[0] >= '0' && s->p[0] <= '9') {
		s->p++;
		s->len--;
		d.len++;
	}
	return d;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)? : so "007" is a text. */
static bool read_digits(struct span s, struct digits *ret)
{
	struct digits d = {0};

	if (s.len > 0 && s.p[0] == '-') {
		d.minus = true;
		s = span_of(s.p + 1, s.len - 1);
	}
	d.whole = cut_digits(&s);
	if (d.whole.len == 0 || (d.whole.len > 1 && d.whole.p[0] == '0'))
		return false;
	if (s.len > 0 && s.p[0] == '.') {
		s = span_of(s.p + 1, s.len - 1);
		d.part = cut_digits(&s);
		if (d.part.len == 0)
			return false;
	}
	if (s.len > 0)
		return false;
	while (d.part.len > 0 && d.part.p[d.part.len - 1] == '0')
		d.part.len--;
	if (d.whole.len == 1 && d.whole.p[0] == '0' && d.part.len == 0)
		d.minus = false;
	*ret = d;
	return true;
}

static int digits_cmp(const struct digits *a, const struct digits *b)
{
	if (a->minus != b->minus)
		return a->minus ? -1 : 1;
	int c = a->whole.len != b->whole.len ? (a->whole.len < b->whole.len ? -1 : 1)
					     : span_cmp(a->whole, b->whole);
	if (c == 0)
		c = span_cmp(a->part, b->part); /* a prefix is the smaller fraction */
	return a->minus ? -c : c;
}

/* Classes of values for max and min: only those of the highest class compete. */
enum rank { RANK_ERASED, RANK_NULL, RANK_OTHER, RANK_TEXT, RANK_NUMBER };

static enum rank rank(const struct merge_value *v, struct digits *retd)
{
	if (v->erased || v->raw.len == 0)
		return RANK_ERASED;
	bool text = v->raw.p[0] == '"' && v->raw.len >= 2;
	if (read_digits(text ? inner(v->raw) : v->raw, retd))
		return RANK_NUMBER;
	if (text)
		return RANK_TEXT;
	return span_eq_str(v->raw, "null") ? RANK_NULL : RANK_OTHER;
}

/* M6: > 0 when a beats b; sign is 1 for max, -1 for min. */
static int beats(const struct merge_value *a, const struct merge_value *b, int sign)
{
	struct digits da = {0}, db = {0};
	enum rank ra = rank(a, &da), rb = rank(b, &db);

	if (ra != rb)
		return ra > rb ? 1 : -1;
	if (ra == RANK_NUMBER)
		return sign * digits_cmp(&da, &db);
	if (ra == RANK_TEXT)
		return sign * string_cmp(inner(a->raw), inner(b->raw));
	return sign * span_cmp(a->raw, b->raw);
}

static const struct merge_value *extreme(const struct merge_value *v, size_t n, int sign)
{
	const struct merge_value *best = v;

	for (size_t i = 1; i < n; i++) {
		int c = beats(&v[i], best, sign);
		if (c > 0 || (c == 0 && later(&v[i], best)))
			best = &v[i];
	}
	return best;
}

/* ---- union (M7) ---- */

static int by_string(const void *a, const void *b)
{
	return string_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* Next string in a value: the value itself, or an item of an array. False at the end. */
static bool next_string(struct span *rest, struct span *ret)
{
	while (rest->len > 0 && rest->p[0] != '"')
		*rest = span_of(rest->p + 1, rest->len - 1);
	if (rest->len == 0)
		return false;
	size_t end = 1;
	while (end < rest->len && rest->p[end] != '"')
		end += rest->p[end] == '\\' ? 2 : 1;
	if (end >= rest->len)
		return false;
	*ret = span_of(rest->p + 1, end - 1);
	*rest = span_of(rest->p + end + 1, rest->len - end - 1);
	return true;
}

/* Objects (blob references) hold strings that are no members of the union. */
static struct span union_part(const struct merge_value *v)
{
	bool some = v->raw.len > 0 && (v->raw.p[0] == '"' || v->raw.p[0] == '[');

	return some ? v->raw : span_of(NULL, 0);
}

static enum rc show_union(const struct merge_value *v, size_t n, struct buf *out,
			  struct err *reterr)
{
	size_t count = 0, k = 0;
	struct span one;

	for (size_t i = 0; i < n; i++)
		for (struct span rest = union_part(&v[i]); next_string(&rest, &one);)
			count++;
	struct span *all = calloc(count + 1, sizeof(*all));
	if (!all)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i < n; i++)
		for (struct span rest = union_part(&v[i]); next_string(&rest, &one);)
			all[k++] = one;
	qsort(all, count, sizeof(*all), by_string);
	buf_add_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && span_eq(all[i], all[i - 1]))
			continue;
		buf_add_str(out, i > 0 ? ",\"" : "\"");
		buf_add_span(out, all[i]);
		buf_add_char(out, '"');
	}
	buf_add_char(out, ']');
	free(all);
	return buf_check(out, reterr);
}

enum rc merge_show(const struct merge_state *s, const char *field, enum form_merge policy,
		   struct buf *scratch, struct merge_value *ret, bool *retconflict,
		   struct err *reterr)
{
	size_t n;
	const struct merge_value *v = merge_siblings(s, field, &n);
	const struct merge_value *best;
	enum rc rc = RC_OK;

	if (n == 0)
		return err_set(reterr, RC_NOTFOUND, NULL, "merge.no_value", "field", field, NULL);
	buf_reset(scratch);
	switch (policy) {
	case FORM_MAX:
	case FORM_MIN: best = extreme(v, n, policy == FORM_MAX ? 1 : -1); break;
	case FORM_CENTRAL: best = central(v, n); break;
	default: best = latest(v, n); break;
	}
	struct merge_value shown = *best;
	if (policy == FORM_UNION) {
		bool erased = true;
		for (size_t i = 0; i < n; i++)
			erased = erased && v[i].erased;
		shown.erased = erased;
		if (!erased)
			rc = show_union(v, n, scratch, reterr);
		shown.raw = erased ? span_of(NULL, 0) : span_buf(scratch);
	}
	if (rc)
		return rc;
	*ret = shown;
	if (retconflict)
		*retconflict = (policy == FORM_KEEP || policy == FORM_IMMUTABLE) && differ(v, n);
	return RC_OK;
}

bool merge_ref(const struct merge_state *s, const struct form *f, const char *field,
	       uint8_t ret[16])
{
	struct merge_value v;
	struct buf scratch;
	bool ok;

	buf_init(&scratch, LIMIT_MERGE_STATE);
	ok = merge_show(s, field, merge_policy(f, field), &scratch, &v, NULL, NULL) == RC_OK &&
	     !v.erased && v.raw.len == CODEC_UUID_LEN + 2 &&
	     codec_uuid_dec(span_of(v.raw.p + 1, CODEC_UUID_LEN), ret);
	buf_free(&scratch);
	return ok;
}

size_t merge_conflicts(const struct merge_state *s, const struct form *f)
{
	size_t count = 0;

	for (size_t i = 0; i < s->nrow; i++) {
		enum form_merge m = merge_policy(f, s->row[i].name);
		if (m == FORM_KEEP || m == FORM_IMMUTABLE)
			count += differ(&s->val[s->row[i].first], s->row[i].n);
	}
	return count;
}

enum rc merge_after(const struct merge_state *s, const char *const *field, struct buf *retids,
		    struct err *reterr)
{
	bool *named = calloc(s->norg + 1, sizeof(*named));
	size_t count = 0;
	bool found;

	if (!named)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (; *field; field++) {
		size_t n;
		const struct merge_value *v = merge_siblings(s, *field, &n);
		for (size_t i = 0; i < n; i++)
			named[merge_state_origin(s, v[i].id, &found)] = true;
	}
	for (size_t i = 0; i < s->norg && count < LIMIT_ENTRY_AFTER; i++) {
		if (!named[i])
			continue;
		buf_add(retids, s->org[i]->id, ENTRY_ID_LEN);
		count++;
	}
	free(named);
	return buf_check(retids, reterr);
}

struct json *merge_json(const struct merge_state *s, const struct form *f)
{
	struct json *o = json_object();
	struct buf scratch;
	bool ok = o != NULL;

	buf_init(&scratch, LIMIT_MERGE_STATE);
	for (size_t i = 0; i < s->nrow && ok; i++) {
		struct merge_value v;
		const char *name = s->row[i].name;
		ok = !merge_show(s, name, merge_policy(f, name), &scratch, &v, NULL, NULL);
		if (ok && !v.erased)
			json_set(o, name, entry_value_json(v.raw));
	}
	buf_free(&scratch);
	if (!ok) {
		json_free(o);
		return NULL;
	}
	return o;
}
