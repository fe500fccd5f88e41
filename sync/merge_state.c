/*
 * merge_state: a merge state as a value: making, finding, canonical bytes and back.
 *
 * Bytes (varint: LEB128 in its shortest form; all lists sorted by bytes, nothing twice):
 *   01
 *   n origins  { id 32, varint at, u8 flags (1 central, 2 erased) }
 *   n fields   { varint length, name, 00, varint n, n x { varint origin, varint length, bytes } }
 *   n pending  { id 32, varint n, n x { varint length, name, 00 } }
 * An erased origin's writes have no length and bytes. Equal states are equal bytes (M11).
 * Not here: what an entry does to a state (merge.c), policies (merge_show.c).
 */
#include "sync/merge_state.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/num.h"

enum { STATE_VERSION = 1, STATE_CENTRAL = 1, STATE_ERASED = 2 };

enum rc merge_new(struct merge_state **ret, struct err *reterr)
{
	struct merge_state *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	arena_init(&s->mem, LIMIT_MERGE_STATE);
	*ret = s;
	return RC_OK;
}

void merge_free(struct merge_state *s)
{
	if (!s)
		return;
	arena_free(&s->mem);
	free(s->val);
	free(s->row);
	free(s->org);
	free(s->pend);
	free(s);
}

enum rc merge_copy(const struct merge_state *s, struct merge_state **ret, struct err *reterr)
{
	struct buf b;

	buf_init(&b, LIMIT_MERGE_STATE);
	enum rc rc = merge_write(s, &b, reterr);
	if (!rc)
		rc = merge_read(span_buf(&b), ret, reterr);
	buf_free(&b);
	return rc;
}

size_t merge_state_row(const struct merge_state *s, struct span name, bool *retfound)
{
	size_t lo = 0, hi = s->nrow;

	*retfound = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = span_cmp(span_str(s->row[mid].name), name);
		if (c == 0) {
			*retfound = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t merge_state_origin(const struct merge_state *s, const uint8_t id[ENTRY_ID_LEN],
			  bool *retfound)
{
	size_t lo = 0, hi = s->norg;

	*retfound = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = memcmp(s->org[mid]->id, id, ENTRY_ID_LEN);
		if (c == 0) {
			*retfound = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* realloc *p to hold need elements of `size` bytes. */
static bool room(void **p, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return true;
	size_t want = need + need / 2 + 4;
	if (need > SIZE_MAX / 2 || want > SIZE_MAX / size)
		return false;
	void *fresh = realloc(*p, want * size);
	if (!fresh)
		return false;
	*p = fresh;
	*cap = want;
	return true;
}

bool merge_state_room(struct merge_state *s, size_t val, size_t org, size_t pend)
{
	void *v = s->val, *r = s->row, *o = s->org, *p = s->pend;
	bool ok = room(&v, &s->capval, s->nval + val, sizeof(*s->val));

	s->val = v;
	ok = room(&r, &s->caprow, s->nrow + val, sizeof(*s->row)) && ok;
	s->row = r;
	ok = room(&o, &s->caporg, s->norg + org, sizeof(struct merge_origin *)) && ok;
	s->org = o;
	ok = room(&p, &s->cappend, s->npend + pend, sizeof(*s->pend)) && ok;
	s->pend = p;
	return ok;
}

/* ---- bytes ---- */

static void put_varint(struct buf *out, uint64_t v)
{
	uint8_t b[10];
	size_t n = 0;

	do {
		b[n] = (uint8_t)(v & 0x7f);
		v >>= 7;
		if (v > 0)
			b[n] |= 0x80;
		n++;
	} while (v > 0);
	buf_add(out, b, n);
}

static void put_name(struct buf *out, const char *name)
{
	size_t len = strlen(name);

	put_varint(out, len);
	buf_add(out, name, len + 1);
}

static void put_rows(const struct merge_state *s, struct buf *out)
{
	bool found;

	put_varint(out, s->nrow);
	for (size_t i = 0; i < s->nrow; i++) {
		const struct merge_row *r = &s->row[i];
		put_name(out, r->name);
		put_varint(out, r->n);
		for (size_t j = r->first; j < r->first + r->n; j++) {
			const struct merge_value *v = &s->val[j];
			put_varint(out, merge_state_origin(s, v->id, &found));
			if (v->erased)
				continue;
			put_varint(out, v->raw.len);
			buf_add_span(out, v->raw);
		}
	}
}

static void put_pending(const struct merge_state *s, struct buf *out)
{
	size_t targets = 0;

	for (size_t i = 0; i < s->npend; i++)
		targets += i == 0 || memcmp(s->pend[i].id, s->pend[i - 1].id, ENTRY_ID_LEN) != 0;
	put_varint(out, targets);
	for (size_t i = 0, end; i < s->npend; i = end) {
		for (end = i + 1; end < s->npend; end++)
			if (memcmp(s->pend[end].id, s->pend[i].id, ENTRY_ID_LEN) != 0)
				break;
		buf_add(out, s->pend[i].id, ENTRY_ID_LEN);
		put_varint(out, end - i);
		for (size_t j = i; j < end; j++)
			put_name(out, s->pend[j].name);
	}
}

enum rc merge_write(const struct merge_state *s, struct buf *out, struct err *reterr)
{
	buf_add_char(out, STATE_VERSION);
	put_varint(out, s->norg);
	for (size_t i = 0; i < s->norg; i++) {
		const struct merge_origin *o = s->org[i];
		buf_add(out, o->id, ENTRY_ID_LEN);
		put_varint(out, (uint64_t)o->at);
		buf_add_char(out, (char)((o->central ? STATE_CENTRAL : 0) |
					 (o->erased ? STATE_ERASED : 0)));
	}
	put_rows(s, out);
	put_pending(s, out);
	return buf_check(out, reterr);
}

/* ---- and back ---- */

/* Reading position; once bad, every further read gives nothing. */
struct reader {
	const uint8_t *p, *end;
	bool bad;
	bool nomem;
};

static const uint8_t *take(struct reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > (size_t)(r->end - p)) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}

/* A shortest varint of at most max. */
static uint64_t take_varint(struct reader *r, uint64_t max)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 63; shift += 7) {
		const uint8_t *p = take(r, 1);
		if (!p)
			return 0;
		v |= (uint64_t)(*p & 0x7f) << shift;
		if (*p & 0x80)
			continue;
		if ((*p == 0 && shift > 0) || v > max)
			break;
		return v;
	}
	r->bad = true;
	return 0;
}

/* A count of things of at least `size` bytes: what follows must be able to hold them. */
static size_t take_count(struct reader *r, size_t size)
{
	return (size_t)take_varint(r, (uint64_t)(r->end - r->p) / size);
}

/* A name greater than `before` ("" for the first). */
static const char *take_name(struct reader *r, const char *before)
{
	size_t len = (size_t)take_varint(r, LIMIT_FIELD_NAME);
	const char *s = (const char *)take(r, len + 1);

	if (!s || memchr(s, 0, len + 1) != s + len ||
	    span_cmp(span_str(before), span_str(s)) >= 0) {
		r->bad = true;
		return "";
	}
	return s;
}

static void take_origins(struct merge_state *s, struct reader *r)
{
	size_t n = take_count(r, ENTRY_ID_LEN + 2);
	struct merge_origin *o = NULL;

	if (n > 0) {
		o = arena_alloc(&s->mem, n * sizeof(*o));
		r->nomem = !o || !merge_state_room(s, 0, n, 0);
	}
	for (size_t i = 0; i < n && !r->nomem; i++) {
		const uint8_t *id = take(r, ENTRY_ID_LEN);
		uint64_t at = take_varint(r, NUM_SAFE_MAX);
		const uint8_t *flags = take(r, 1);
		if (!flags || *flags > (STATE_CENTRAL | STATE_ERASED) ||
		    (i > 0 && memcmp(o[i - 1].id, id, ENTRY_ID_LEN) >= 0)) {
			r->bad = true;
			return;
		}
		memcpy(o[i].id, id, ENTRY_ID_LEN);
		o[i].at = (int64_t)at;
		o[i].central = *flags & STATE_CENTRAL;
		o[i].erased = *flags & STATE_ERASED;
		s->org[s->norg++] = &o[i];
	}
}

/* The writes of one field, by ascending origin. */
static void take_values(struct merge_state *s, struct reader *r, struct merge_row *row)
{
	uint64_t last = 0;

	for (size_t i = 0; i < row->n && !r->bad; i++) {
		uint64_t at = take_varint(r, UINT32_MAX);
		if (r->bad || at >= s->norg || (i > 0 && at <= last)) {
			r->bad = true;
			return;
		}
		struct merge_origin *o = s->org[at];
		struct merge_value *v = &s->val[s->nval];
		*v = (struct merge_value){.id = o->id,
					  .at = o->at,
					  .central = o->central,
					  .erased = o->erased};
		if (!o->erased) {
			size_t len = take_count(r, 1);
			v->raw = span_of(take(r, len), len);
			r->bad = r->bad || len == 0;
		}
		o->live++;
		s->nval++;
		last = at;
	}
}

static void take_rows(struct merge_state *s, struct reader *r)
{
	size_t n = take_count(r, 4);
	const char *before = "";

	for (size_t i = 0; i < n && !r->bad && !r->nomem; i++) {
		const char *name = take_name(r, before);
		size_t nval = take_count(r, 1);
		if (r->bad || nval == 0) {
			r->bad = true;
			return;
		}
		r->nomem = !merge_state_room(s, nval, 0, 0);
		if (r->nomem)
			return;
		struct merge_row *row = &s->row[s->nrow++];
		*row = (struct merge_row){.name = name, .first = s->nval, .n = nval};
		take_values(s, r, row);
		before = name;
	}
	for (size_t i = 0; i < s->norg; i++)
		r->bad = r->bad || s->org[i]->live == 0;
}

static void take_pending(struct merge_state *s, struct reader *r)
{
	size_t n = take_count(r, ENTRY_ID_LEN + 4);
	const uint8_t *last = NULL;

	for (size_t i = 0; i < n && !r->bad && !r->nomem; i++) {
		const uint8_t *id = take(r, ENTRY_ID_LEN);
		size_t names = take_count(r, 3);
		const char *before = "";
		if (r->bad || names == 0 || (last && memcmp(last, id, ENTRY_ID_LEN) >= 0)) {
			r->bad = true;
			return;
		}
		r->nomem = !merge_state_room(s, 0, 0, names);
		for (size_t j = 0; j < names && !r->bad && !r->nomem; j++) {
			before = take_name(r, before);
			s->pend[s->npend++] = (struct merge_pend){id, before};
		}
		last = id;
	}
}

enum rc merge_read(struct span bytes, struct merge_state **ret, struct err *reterr)
{
	struct merge_state *s = NULL;
	struct reader r = {0};
	enum rc rc = merge_new(&s, reterr);

	if (rc)
		return rc;
	r.p = bytes.len > 0 ? arena_copy(&s->mem, bytes.p, bytes.len) : NULL;
	r.nomem = bytes.len > 0 && !r.p;
	r.end = r.p ? r.p + bytes.len : NULL;
	const uint8_t *version = r.nomem ? NULL : take(&r, 1);
	if (version && *version == STATE_VERSION) {
		take_origins(s, &r);
		if (!r.bad && !r.nomem)
			take_rows(s, &r);
		if (!r.bad && !r.nomem)
			take_pending(s, &r);
	} else {
		r.bad = true;
	}
	if (r.nomem)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	else if (r.bad || r.p != r.end)
		rc = err_set(reterr, RC_CORRUPT, NULL, "merge.state", NULL);
	if (rc)
		merge_free(s);
	else
		*ret = s;
	return rc;
}
