/*
 * store_entity: the merged state of each entity: read once in a transaction, changed in
 * memory, written once; made anew from its entries when an admission changed; and found
 * again by what a person types. Clauses M1, M2, M11, M14, A10.
 * Not here: the merge itself (sync/merge), texts of lists and searches (store_fold.c).
 */
#include "agent/store_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/chain.h"
#include "sync/kinds.h"
#include "sync/same.h"

enum { FIND_HEX = 6 };

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static enum rc state_read(struct span bytes, struct merge_state **ret, struct err *reterr)
{
	return bytes.len > 0 ? merge_read(bytes, ret, reterr) : merge_new(ret, reterr);
}

/* Texts of a row into arrays of fixed size; our own rows always fit. */
static void copy_text(struct span s, char *out, size_t cap)
{
	size_t n = s.len < cap ? s.len : cap - 1;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

/* ---- touched entities ---- */

static struct store_touch **bucket(struct store_work *w, const uint8_t id[16])
{
	return &w->bucket[id[15] % STORE_BUCKETS];
}

/* A row of STORE_ENTITY. */
static enum rc touch_row(struct store_work *w, const struct db_q *q, struct store_touch **ret,
			 struct err *reterr)
{
	struct store_touch *t = calloc(1, sizeof(*t));
	enum rc rc;

	if (!t)
		return nomem(reterr);
	t->no = db_col_int(q, 0);
	copy_text(db_col_text(q, 1), t->scope, sizeof(t->scope));
	copy_text(db_col_text(q, 2), t->kind, sizeof(t->kind));
	memcpy(t->id, db_col_blob(q, 3).p, sizeof(t->id));
	rc = state_read(db_col_blob(q, 4), &t->state, reterr);
	if (rc != RC_OK) {
		free(t);
		return rc;
	}
	t->next = *bucket(w, t->id);
	*bucket(w, t->id) = t;
	t->next_no = w->by_no[t->no % STORE_BUCKETS];
	w->by_no[t->no % STORE_BUCKETS] = t;
	*ret = t;
	return RC_OK;
}

static enum rc touch_query(struct store_work *w, int stmt, const struct db_val *v, size_t n,
			   struct store_touch **ret, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, w->s->db, stmt, v, n, reterr);

	if (rc == RC_OK && db_next(&q))
		rc = touch_row(w, &q, ret, reterr);
	return db_end(&q, rc, reterr);
}

enum rc store_touch(struct store_work *w, const char *scope, const char *kind, const uint8_t id[16],
		    struct store_touch **ret, struct err *reterr)
{
	const struct db_val vid = db_bytes(id, 16);
	enum rc rc;

	for (struct store_touch *t = *bucket(w, id); t; t = t->next)
		if (memcmp(t->id, id, 16) == 0 && strcmp(t->kind, kind) == 0 &&
		    strcmp(t->scope, scope) == 0) {
			*ret = t;
			return RC_OK;
		}
	*ret = NULL;
	rc = touch_query(w, ST_ENTITY_GET, DB_V(vid, db_str(kind), db_str(scope)), ret, reterr);
	if (rc != RC_OK || *ret)
		return rc;
	rc = db_run(w->s->db, ST_ENTITY_ADD, DB_V(db_str(scope), db_str(kind), vid), reterr);
	if (rc == RC_OK)
		rc = touch_query(w, ST_ENTITY_GET, DB_V(vid, db_str(kind), db_str(scope)), ret,
				 reterr);
	return rc;
}

enum rc store_touch_no(struct store_work *w, int64_t no, struct store_touch **ret,
		       struct err *reterr)
{
	for (struct store_touch *t = w->by_no[no % STORE_BUCKETS]; t; t = t->next_no)
		if (t->no == no) {
			*ret = t;
			return RC_OK;
		}
	*ret = NULL;
	enum rc rc = touch_query(w, ST_ENTITY_BY_NO, DB_V(db_int(no)), ret, reterr);
	if (rc == RC_OK && !*ret)
		rc = err_num(reterr, RC_CORRUPT, NULL, "store.no_entity", "id", (long long)no);
	return rc;
}

/* Which of after[] were merged before: live in the state, or dead among the rows. */
static enum rc find_present(struct store *s, const struct store_touch *t, const struct entry *e,
			    bool present[LIMIT_ENTRY_AFTER], struct err *reterr)
{
	for (size_t i = 0; i < e->nafter; i++) {
		int64_t counts = 0;
		enum rc rc = RC_OK;

		present[i] = merge_alive(t->state, e->after[i]);
		if (!present[i])
			rc = db_get_int(s->db, ST_ENTITY_HAS,
					DB_V(db_bytes(e->after[i], ENTRY_ID_LEN), db_int(t->no)),
					&counts, reterr);
		if (rc != RC_OK && rc != RC_NOTFOUND)
			return rc;
		if (rc == RC_NOTFOUND)
			err_clear(reterr);
		present[i] = present[i] || counts == 1;
	}
	return RC_OK;
}

enum rc store_touch_apply(struct store_work *w, struct store_touch *t, const struct entry *e,
			  struct err *reterr)
{
	struct merge_input in = merge_input_of(e, keyring_central(w->keyring, e->key));
	bool present[LIMIT_ENTRY_AFTER];
	enum rc rc;

	if (kinds_single(e->kind) && merge_fields(t->state) > 0)
		t->rebuild = true; /* which of them it is, their indexes say (M21) */
	if (t->rebuild)
		return RC_OK; /* its rows are all there when it is made anew */
	rc = find_present(w->s, t, e, present, reterr);
	return rc == RC_OK ? merge_apply(t->state, &in, present, NULL, reterr) : rc;
}

/* ---- made anew ---- */

struct build {
	struct store *s;
	const struct keyring *keyring;
	struct merge_state *state;
	uint8_t (*id)[ENTRY_ID_LEN]; /* merged so far */
	size_t n, cap;
};

static bool merged(const struct build *b, const uint8_t id[ENTRY_ID_LEN])
{
	for (size_t i = b->n; i-- > 0;)
		if (memcmp(b->id[i], id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

static enum rc build_input(struct build *b, const struct merge_input *in, struct err *reterr)
{
	bool present[LIMIT_ENTRY_AFTER];

	if (b->n == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 16;
		void *grown = realloc(b->id, cap * sizeof(*b->id));

		if (!grown)
			return nomem(reterr);
		b->id = grown;
		b->cap = cap;
	}
	for (size_t i = 0; i < in->nafter; i++)
		present[i] = merged(b, in->after[i]);
	memcpy(b->id[b->n++], in->id, ENTRY_ID_LEN);
	return merge_apply(b->state, in, present, NULL, reterr);
}

static enum rc build_row(struct build *b, const struct store_row *row, struct err *reterr)
{
	struct merge_input in;
	struct entry *e = NULL;
	enum rc rc;

	if (!row->counts)
		return RC_OK;
	rc = store_row_load(row, &e, reterr);
	if (rc != RC_OK)
		return rc;
	in = merge_input_of(e, keyring_central(b->keyring, e->key));
	if (b->n == 0 || !kinds_single(e->kind))
		rc = build_input(b, &in, reterr);
	entry_free(e);
	return rc;
}

enum rc store_entity_build(struct store *s, const struct keyring *k, int64_t entity_no,
			   struct merge_state **ret, struct err *reterr)
{
	struct build b = {.s = s, .keyring = k};
	struct store_row row;
	struct db_q q;
	enum rc rc = merge_new(&b.state, reterr);

	if (rc != RC_OK)
		return rc;
	rc = db_query(&q, s->db, ST_ENTRY_OF_ENTITY, DB_V(db_int(entity_no)), reterr);
	while (rc == RC_OK && db_next(&q)) {
		store_row_read(&q, &row);
		rc = build_row(&b, &row, reterr);
	}
	rc = db_end(&q, rc, reterr);
	free(b.id);
	if (rc == RC_OK)
		*ret = b.state;
	else
		merge_free(b.state);
	return rc;
}

/* ---- writing ---- */

/* The id a field shows, as a column. */
static struct db_val ref(const struct merge_state *m, const struct form *f, const char *field,
			 uint8_t id[16])
{
	return merge_ref(m, f, field, id) ? db_bytes(id, 16) : db_null();
}

static enum rc put_row(struct store_work *w, const struct store_touch *t, struct buf *state,
		       struct buf *title, struct buf *fold, struct err *reterr)
{
	struct store *s = w->s;
	const struct form *f = form_set_newest(s->forms, t->kind);
	const struct matter_entity e = {t->scope, t->kind, t->id, t->no, t->state, f};
	uint8_t parent[16], same[16], old[16];
	bool has = store_fold_parent(t->state, f, parent);
	int64_t matter = 0;
	enum rc rc = merge_write(t->state, state, reterr);

	if (rc == RC_OK)
		rc = store_fold_title(t->state, f, title, reterr);
	if (rc == RC_OK)
		rc = store_fold_text(t->state, f, fold, reterr);
	if (rc == RC_OK)
		rc = store_matter_note(w, &e, reterr);
	if (rc == RC_OK)
		rc = store_matter(s, &e, &matter, reterr);
	if (rc == RC_OK)
		rc = db_run(s->db, ST_ENTITY_PUT,
			    DB_V(db_int(t->no), has ? db_bytes(parent, 16) : db_null(),
				 db_text(span_buf(title)), db_text(span_buf(fold)), db_int(matter),
				 db_blob(span_buf(state)), ref(t->state, f, SAME_FIELD, same),
				 ref(t->state, f, CHAIN_FIELD, old)),
			    reterr);
	if (rc == RC_OK)
		rc = store_card_put(s, t, f, span_buf(title), span_buf(fold), reterr);
	if (rc == RC_OK)
		rc = store_code_put(s, t->no, t->state, reterr);
	return rc;
}

static enum rc put(struct store_work *w, struct store_touch *t, struct err *reterr)
{
	struct merge_state *fresh = NULL;
	struct buf state, title, fold;
	enum rc rc = RC_OK;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, STORE_TEXT_MAX);
	buf_init(&fold, LIMIT_MERGE_STATE);
	if (t->rebuild)
		rc = store_entity_build(w->s, w->keyring, t->no, &fresh, reterr);
	if (rc == RC_OK && fresh) {
		merge_free(t->state);
		t->state = fresh;
	}
	if (rc == RC_OK)
		rc = put_row(w, t, &state, &title, &fold, reterr);
	if (rc == RC_OK && t->changed_no > 0)
		rc = db_run(w->s->db, ST_ENTITY_CHANGED,
			    DB_V(db_int(t->no), db_int(t->changed_no), db_int(w->now)), reterr);
	buf_free(&state);
	buf_free(&title);
	buf_free(&fold);
	return rc;
}

enum rc store_touch_put_all(struct store_work *w, struct err *reterr)
{
	for (size_t i = 0; i < STORE_BUCKETS; i++)
		for (struct store_touch *t = w->bucket[i]; t; t = t->next) {
			enum rc rc = put(w, t, reterr);

			if (rc != RC_OK)
				return rc;
		}
	return store_matter_again(w, reterr);
}

void store_touch_free_all(struct store_work *w)
{
	matter_again_free(w->again);
	w->again = NULL;
	for (size_t i = 0; i < STORE_BUCKETS; i++)
		while (w->bucket[i]) {
			struct store_touch *t = w->bucket[i];

			w->bucket[i] = t->next;
			merge_free(t->state);
			free(t);
		}
}

/* ---- reading ---- */

void store_entity_free(struct store_entity *e)
{
	if (!e)
		return;
	merge_free(e->state);
	free(e);
}

static enum rc entity_query(struct store *s, int stmt, const struct db_val *v, size_t n,
			    const char *typed, struct store_entity **ret, struct err *reterr)
{
	struct store_entity *e = calloc(1, sizeof(*e));
	struct db_q q;
	enum rc rc;

	if (!e)
		return nomem(reterr);
	rc = db_query(&q, s->db, stmt, v, n, reterr);
	if (rc == RC_OK && db_next(&q)) {
		e->no = db_col_int(&q, 0);
		copy_text(db_col_text(&q, 1), e->scope, sizeof(e->scope));
		copy_text(db_col_text(&q, 2), e->kind, sizeof(e->kind));
		memcpy(e->id, db_col_blob(&q, 3).p, sizeof(e->id));
		rc = state_read(db_col_blob(&q, 4), &e->state, reterr);
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK && e->no == 0)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "store.no_entity", "id", typed, NULL);
	if (rc != RC_OK) {
		store_entity_free(e);
		return rc;
	}
	e->form = form_set_newest(s->forms, e->kind);
	*ret = e;
	return RC_OK;
}

enum rc store_entity(struct store *s, const char *scope, const char *kind, const uint8_t id[16],
		     struct store_entity **ret, struct err *reterr)
{
	char text[CODEC_UUID_LEN + 1];

	codec_uuid(id, text);
	return entity_query(s, ST_ENTITY_GET, DB_V(db_bytes(id, 16), db_str(kind), db_str(scope)),
			    text, ret, reterr);
}

enum rc store_entity_no(struct store *s, int64_t no, struct store_entity **ret,
			struct err *reterr)
{
	return entity_query(s, ST_ENTITY_BY_NO, DB_V(db_int(no)), "", ret, reterr);
}

/* ---- what a person typed ---- */

/*
 * The first hex digits of a UUID, dashes anywhere, as the least and greatest id that
 * begin so. False when it is none, or shorter than FIND_HEX digits.
 */
static bool hex_range(const char *typed, uint8_t lo[16], uint8_t hi[16])
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	memset(lo, 0x00, 16);
	memset(hi, 0xff, 16);
	for (; *typed; typed++) {
		char c = *typed >= 'A' && *typed <= 'F' ? (char)(*typed - 'A' + 'a') : *typed;
		const char *at = strchr(digits, c);

		if (c == '-')
			continue;
		if (!at || n == 32)
			return false;
		unsigned v = (unsigned)(at - digits), shift = n % 2 ? 0 : 4;
		lo[n / 2] = (uint8_t)((lo[n / 2] & ~(0xfU << shift)) | v << shift);
		hi[n / 2] = (uint8_t)((hi[n / 2] & ~(0xfU << shift)) | v << shift);
		n++;
	}
	return n >= FIND_HEX;
}

/* Number of matches, and the first of them. */
static enum rc count_rows(struct store *s, int stmt, const struct db_val *v, size_t n,
			  int64_t *retno, int64_t *retn, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, s->db, stmt, v, n, reterr);

	*retn = 0;
	while (rc == RC_OK && db_next(&q))
		if ((*retn)++ == 0)
			*retno = db_col_int(&q, 0);
	return db_end(&q, rc, reterr);
}

/*
 * A code, then the first digits of an id, and only then a code as an input method has spoiled it:
 * what was typed as it should be always wins.
 */
enum rc store_entity_find(struct store *s, const char *kind, const char *typed,
			  struct store_entity **ret, struct err *reterr)
{
	uint8_t lo[16], hi[16];
	struct store_code code = {.n = 0};
	int64_t no = 0, n = 0;
	bool hex = hex_range(typed, lo, hi), whole = hex && memcmp(lo, hi, 16) == 0;
	enum rc rc = whole ? RC_OK : store_code(s, kind, typed, &code, reterr);

	if (rc == RC_OK && hex && (code.n == 0 || code.mangled))
		rc = count_rows(s, ST_ENTITY_RANGE,
				DB_V(db_bytes(lo, 16), db_bytes(hi, 16), db_str(kind),
				     db_int(STORE_CODE_MAX)),
				&no, &n, reterr);
	if (rc != RC_OK)
		return rc;
	if (n == 0) {
		n = (int64_t)code.n;
		no = code.n > 0 ? code.no[0] : 0;
	}
	if (n > 1) {
		err_num(reterr, RC_CONFLICT, NULL, "store.ambiguous", "count", (long long)n);
		err_add(reterr, "id", typed);
		return RC_CONFLICT;
	}
	return entity_query(s, ST_ENTITY_BY_NO, DB_V(db_int(no)), typed, ret, reterr);
}
