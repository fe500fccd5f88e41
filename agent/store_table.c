/*
 * store_table: a register as a table: any words or a code, values, one order, one page of it.
 *
 * Every card of the kind is read once and what matches is counted; of the matches those up to the end of
 * the page are kept, as a number and keys in a heap with the last of them on top, so that what comes
 * behind it costs one comparison and no memory. Only the rows of the page are read out in full.
 * Linked records (M15) are one row, found by the words of all, with the values and in the place of
 * their head. Order: empty values last, then the field's own order (numbers, the list's order,
 * Vietnamese dictionary order), then the title's, then arrival.
 * Not here: what is in a card (store_card.c), lists over all kinds, newest first (store_list.c).
 */
#include "agent/store_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"

enum { ROOM_MIN = 64 };

/* Numbers of entities in order. */
struct numbers {
	int64_t *no;
	size_t n, cap;
};

/* A match. Its keys lie in scan.keys, at `key` the field's (of a ref in scan.refs), at `title` the title's. */
struct match {
	const struct scan *scan; /* for qsort */
	int64_t no, num;
	size_t key, nkey, title, ntitle;
	bool empty;
	const struct store_links *g; /* NULL: alone */
	size_t node;
};

/* A record others refer to, and where in scan.refs its title's key is. */
struct target {
	char uuid[CODEC_UUID_LEN + 1];
	size_t key, nkey;
};

struct scan {
	struct store *s;
	const struct store_table *t;
	struct store_things things;
	struct store_code code;
	struct numbers conflicts, unsent;
	struct buf words, keys, refs, text;
	struct match *match; /* the first `want` of the order; a heap once there are so many */
	size_t n, cap, want;
	int64_t found;
	struct target *target;
	size_t ntarget, captarget;
	int64_t all;
};

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

/* p with room for one more of `size` bytes; NULL: no memory, p is as it was. */
static void *room(void *p, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : ROOM_MIN;
	void *grown;

	if (n < *cap)
		return p;
	grown = realloc(p, more * size);
	if (grown)
		*cap = more;
	return grown;
}

/* ---- numbers ---- */

static enum rc read_numbers(struct store *s, int stmt, const struct db_val *v, size_t nv,
			    struct numbers *ret, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, s->db, stmt, v, nv, reterr);

	while (rc == RC_OK && db_next(&q)) {
		int64_t *no = room(ret->no, ret->n, &ret->cap, sizeof(*no));

		if (!no) {
			rc = nomem(reterr);
			break;
		}
		ret->no = no;
		ret->no[ret->n++] = db_col_int(&q, 0);
	}
	return db_end(&q, rc, reterr);
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static bool has_number(const struct numbers *n, int64_t no)
{
	return n->n > 0 && bsearch(&no, n->no, n->n, sizeof(no), by_number);
}

/* Any record of the thing. */
static bool has_any(const struct numbers *n, const struct match *m)
{
	const struct same *same = m->g ? &m->g->same : NULL;

	if (!same)
		return has_number(n, m->no);
	for (size_t i = 0; i < same->n; i++)
		if (same->node[i].head == m->node && has_number(n, same->node[i].no))
			return true;
	return false;
}

/* ---- the key of a match ---- */

static enum rc add_sort(struct scan *x, struct span text, size_t *retkey, size_t *retn,
			struct err *reterr)
{
	size_t before = x->keys.len;
	enum rc rc = text_sort_key(text, &x->keys, reterr);

	*retkey = before;
	*retn = x->keys.len - before;
	return rc;
}

/* The title's key of a record referred to; none when it is not here. Each is read once. */
static enum rc ref_key(struct scan *x, struct span uuid, struct match *m, struct err *reterr)
{
	struct target *t;
	uint8_t id[16];
	struct db_q q;
	enum rc rc;

	for (size_t i = 0; i < x->ntarget; i++)
		if (span_eq_str(uuid, x->target[i].uuid)) {
			m->key = x->target[i].key;
			m->nkey = x->target[i].nkey;
			return RC_OK;
		}
	if (!codec_uuid_dec(uuid, id))
		return RC_OK;
	t = room(x->target, x->ntarget, &x->captarget, sizeof(*t));
	if (!t)
		return nomem(reterr);
	x->target = t;
	t = &x->target[x->ntarget++];
	*t = (struct target){.key = x->refs.len};
	codec_uuid(id, t->uuid);
	rc = db_query(&q, x->s->db, ST_CARD_OF, DB_V(db_bytes(id, 16)), reterr);
	if (rc == RC_OK && db_next(&q))
		buf_add_span(&x->refs, db_col_blob(&q, 1));
	rc = db_end(&q, rc, reterr);
	t->nkey = x->refs.len - t->key;
	m->key = t->key;
	m->nkey = t->nkey;
	return rc == RC_OK ? buf_check(&x->refs, reterr) : rc;
}

static int64_t place_in_list(const struct form_list *l, struct span value)
{
	size_t i = 0;

	while (l && i < l->n && !span_eq_str(value, l->item[i].v))
		i++;
	return (int64_t)i;
}

static enum rc bytes_key(struct scan *x, struct span value, struct match *m)
{
	m->key = x->keys.len;
	m->nkey = value.len;
	buf_add_span(&x->keys, value);
	return RC_OK;
}

/* By the type of the field; equal numbers of decimals and money compare as numbers. */
static enum rc value_key(struct scan *x, struct span value, struct match *m, struct err *reterr)
{
	const struct form_field *f = x->t->by;

	m->empty = value.len == 0;
	if (m->empty)
		return RC_OK;
	switch (f->type) {
	case FORM_INT:
	case FORM_MONEY:
	case FORM_BOOL:
		return num_i64(value, INT64_MIN, INT64_MAX, &m->num) == RC_OK
			   ? RC_OK
			   : bytes_key(x, value, m);
	case FORM_DECIMAL:
	case FORM_DERIVED:
		return num_dec(value, f->places, &m->num) == RC_OK ? RC_OK : bytes_key(x, value, m);
	case FORM_CHOICE: m->num = place_in_list(f->list, value); return RC_OK;
	case FORM_REF: return ref_key(x, value, m, reterr);
	case FORM_TEXT:
	case FORM_TAGS: return add_sort(x, value, &m->key, &m->nkey, reterr);
	default: return bytes_key(x, value, m);
	}
}

static int keys_cmp(const struct buf *keys, size_t a, size_t na, size_t b, size_t nb)
{
	size_t n = na < nb ? na : nb;
	int c = n > 0 ? memcmp(keys->p + a, keys->p + b, n) : 0;

	return c ? c : (na > nb) - (na < nb);
}

static int by_order(const void *pa, const void *pb)
{
	const struct match *a = pa, *b = pb;
	const struct scan *x = a->scan;
	int c = 0;

	if (a->empty != b->empty)
		return a->empty ? 1 : -1;
	if (x->t->by) {
		const struct buf *keys = x->t->by->type == FORM_REF ? &x->refs : &x->keys;

		c = (a->num > b->num) - (a->num < b->num);
		c = c ? c : keys_cmp(keys, a->key, a->nkey, b->key, b->nkey);
		c = x->t->down ? -c : c;
	}
	if (c == 0) {
		c = keys_cmp(&x->keys, a->title, a->ntitle, b->title, b->ntitle);
		c = x->t->down && !x->t->by ? -c : c;
	}
	return c ? c : (a->no > b->no) - (a->no < b->no);
}

/* ---- the first of the order ---- */

static void swap(struct match *a, struct match *b)
{
	struct match t = *a;

	*a = *b;
	*b = t;
}

/* Below i the heap m[0..n) holds: the last in the order on top. */
static void sink(struct match *m, size_t n, size_t i)
{
	for (size_t kid; (kid = 2 * i + 1) < n; i = kid) {
		if (kid + 1 < n && by_order(&m[kid], &m[kid + 1]) < 0)
			kid++;
		if (by_order(&m[i], &m[kid]) >= 0)
			return;
		swap(&m[i], &m[kid]);
	}
}

static void heap(struct match *m, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sink(m, n, i);
}

/* Keep it if it is among the first `want` so far. mark: how long the keys were before its own. */
static enum rc keep(struct scan *x, const struct match *m, size_t mark, struct err *reterr)
{
	struct match *more;

	x->found++;
	if (x->n < x->want) {
		more = room(x->match, x->n, &x->cap, sizeof(*m));
		if (!more)
			return nomem(reterr);
		x->match = more;
		x->match[x->n++] = *m;
		if (x->n == x->want)
			heap(x->match, x->n);
		return RC_OK;
	}
	if (x->n == 0 || by_order(m, &x->match[0]) >= 0) {
		x->keys.len = mark;
		return RC_OK;
	}
	x->match[0] = *m;
	sink(x->match, x->n, 0);
	return RC_OK;
}

/* ---- the scan ---- */

static bool is_code(const struct scan *x, int64_t no)
{
	for (size_t i = 0; i < x->code.n; i++)
		if (x->code.no[i] == no)
			return true;
	return false;
}

static enum rc says(struct scan *x, const struct match *m, struct span fold, bool *ret,
		    struct err *reterr)
{
	enum rc rc = RC_OK;

	*ret = is_code(x, m->no);
	if (*ret)
		return RC_OK;
	if (m->g) {
		buf_reset(&x->text);
		rc = store_list_text(x->s, m->g, m->node, &x->text, reterr);
		fold = span_buf(&x->text);
	}
	*ret = store_list_matches(fold, span_buf(&x->words));
	return rc;
}

static bool passes(const struct scan *x, const struct match *m, struct span cells)
{
	const struct store_table *t = x->t;

	for (size_t i = 0; i < t->nwhere; i++)
		if (!store_card_is(store_card_value(cells, t->where[i].field->name),
				   t->where[i].value))
			return false;
	return (!t->conflicts || has_any(&x->conflicts, m)) &&
	       (!t->unsent || has_any(&x->unsent, m));
}

/* A row of ST_CARD_ALL or ST_CARD_CELLS: no, sort, fold, cells. */
static enum rc take_card(struct scan *x, const struct db_q *q, struct err *reterr)
{
	struct match m = {.scan = x, .no = db_col_int(q, 0)};
	const size_t mark = x->keys.len;
	struct span sort, cells;
	bool hit;
	enum rc rc;

	if (x->things.n > 0 && store_things_find(&x->things, m.no, &m.g, &m.node)) {
		if (m.g->same.node[m.node].head != m.node)
			return RC_OK; /* its head speaks for it */
	} else {
		m.g = NULL;
	}
	x->all++;
	rc = says(x, &m, db_col_blob(q, 2), &hit, reterr);
	if (rc != RC_OK || !hit)
		return rc;
	cells = db_col_blob(q, 3);
	if (!passes(x, &m, cells))
		return RC_OK;
	if (x->t->by)
		rc = value_key(x, store_card_value(cells, x->t->by->name), &m, reterr);
	if (rc != RC_OK)
		return rc;
	sort = db_col_blob(q, 1);
	m.title = x->keys.len;
	m.ntitle = sort.len;
	buf_add_span(&x->keys, sort);
	rc = buf_check(&x->keys, reterr);
	return rc == RC_OK ? keep(x, &m, mark, reterr) : rc;
}

static enum rc scan(struct scan *x, struct err *reterr)
{
	struct store *s = x->s;
	const struct store_table *t = x->t;
	const struct db_val kind = db_str(t->form->name);
	struct db_q q;
	enum rc rc = RC_OK;

	if (t->text) {
		rc = text_fold(span_str(t->text), &x->words, reterr);
		if (rc == RC_OK)
			rc = store_code(s, t->form->name, t->text, &x->code, reterr);
	}
	if (rc == RC_OK)
		rc = store_things(s, t->form->name, &x->things, reterr);
	if (rc == RC_OK && t->conflicts)
		rc = read_numbers(s, ST_CARD_CONFLICTS, DB_V(kind), &x->conflicts, reterr);
	if (rc == RC_OK && t->unsent)
		rc = read_numbers(s, ST_CARD_UNSENT, DB_NONE, &x->unsent, reterr);
	if (rc != RC_OK)
		return rc;
	rc = db_query(&q, s->db, t->nwhere > 0 || t->by ? ST_CARD_CELLS : ST_CARD_ALL, DB_V(kind),
		      reterr);
	while (rc == RC_OK && db_next(&q))
		rc = take_card(x, &q, reterr);
	return db_end(&q, rc, reterr);
}

/* ---- the page ---- */

/* Behind the record named, wherever it stands now; else at the offset. */
static enum rc first_row(const struct scan *x, int64_t *ret, struct err *reterr)
{
	int64_t no = 0;
	struct db_q q;
	enum rc rc = RC_OK;

	*ret = x->t->offset;
	if (!x->t->after)
		return RC_OK;
	rc = db_query(&q, x->s->db, ST_CARD_OF, DB_V(db_bytes(x->t->after, 16)), reterr);
	if (rc == RC_OK && db_next(&q))
		no = store_things_head(&x->things, db_col_int(&q, 0));
	rc = db_end(&q, rc, reterr);
	for (size_t i = 0; rc == RC_OK && no > 0 && i < x->n; i++)
		if (x->match[i].no == no)
			*ret = (int64_t)i + 1;
	return rc;
}

static enum rc page(struct scan *x, bool (*take)(void *arg, const struct store_item *item),
		    void *arg, int64_t first, struct err *reterr)
{
	bool go = true;
	enum rc rc = RC_OK;

	for (int64_t i = first; rc == RC_OK && go && i < (int64_t)x->n && i - first < x->t->limit;
	     i++) {
		const struct match *m = &x->match[i];

		rc = store_list_row(x->s, m->no, m->g, m->node, take, arg, &go, reterr);
	}
	return rc;
}

static void scan_init(struct scan *x)
{
	buf_init(&x->words, LIMIT_TEXT);
	buf_init(&x->keys, LIMIT_TABLE_KEYS);
	buf_init(&x->refs, LIMIT_TABLE_KEYS);
	buf_init(&x->text, LIMIT_MERGE_STATE);
}

static void scan_free(struct scan *x)
{
	store_things_free(&x->things);
	free(x->conflicts.no);
	free(x->unsent.no);
	free(x->match);
	free(x->target);
	buf_free(&x->words);
	buf_free(&x->keys);
	buf_free(&x->refs);
	buf_free(&x->text);
}

enum rc store_table(struct store *s, const struct store_table *t,
		    bool (*take)(void *arg, const struct store_item *item), void *arg,
		    struct store_table_count *ret, struct err *reterr)
{
	struct scan x = {.s = s, .t = t, .want = t->after ? SIZE_MAX : (size_t)(t->offset + t->limit)};
	int64_t first = 0;
	enum rc rc;

	scan_init(&x);
	rc = scan(&x, reterr);
	if (rc == RC_OK && x.n > 1)
		qsort(x.match, x.n, sizeof(*x.match), by_order);
	if (rc == RC_OK)
		rc = first_row(&x, &first, reterr);
	if (rc == RC_OK)
		rc = page(&x, take, arg, first, reterr);
	if (rc == RC_OK)
		*ret = (struct store_table_count){x.found, x.all, first,
						  x.code.n == 1 ? x.code.no[0] : 0};
	scan_free(&x);
	return rc;
}

/* ---- the values of a field ---- */

struct values {
	struct arena mem;
	struct span *v;
	size_t n, cap;
};

static enum rc add_value(struct values *x, struct span value, struct err *reterr)
{
	struct span *v = room(x->v, x->n, &x->cap, sizeof(*v));

	if (!v)
		return nomem(reterr);
	x->v = v;
	x->v[x->n] = span_of(NULL, 0);
	if (value.len > 0) {
		const uint8_t *p = arena_copy(&x->mem, value.p, value.len);

		if (!p)
			return nomem(reterr);
		x->v[x->n] = span_of(p, value.len);
	}
	x->n++;
	return RC_OK;
}

static int by_bytes(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* Each value once, with how often it stood there. */
static void give_values(struct values *x, bool (*take)(void *arg, struct span value, int64_t n),
			void *arg)
{
	if (x->n > 1)
		qsort(x->v, x->n, sizeof(*x->v), by_bytes);
	for (size_t i = 0, to; i < x->n; i = to) {
		for (to = i + 1; to < x->n && span_eq(x->v[to], x->v[i]);)
			to++;
		if (!take(arg, x->v[i], (int64_t)(to - i)))
			return;
	}
}

enum rc store_table_values(struct store *s, const struct form *form, const struct form_field *ff,
			   bool (*take)(void *arg, struct span value, int64_t n), void *arg,
			   struct err *reterr)
{
	struct store_things things = {.n = 0};
	struct values x = {.n = 0};
	struct db_q q;
	enum rc rc = store_things(s, form->name, &things, reterr);

	arena_init(&x.mem, LIMIT_TABLE_KEYS);
	if (rc == RC_OK) {
		rc = db_query(&q, s->db, ST_CARD_CELLS, DB_V(db_str(form->name)), reterr);
		while (rc == RC_OK && db_next(&q)) {
			int64_t no = db_col_int(&q, 0);

			if (things.n == 0 || store_things_head(&things, no) == no)
				rc = add_value(&x, store_card_value(db_col_blob(&q, 3), ff->name),
					       reterr);
		}
		rc = db_end(&q, rc, reterr);
	}
	if (rc == RC_OK)
		give_values(&x, take, arg);
	arena_free(&x.mem);
	free(x.v);
	store_things_free(&things);
	return rc;
}
