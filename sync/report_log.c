/*
 * report_log: see report_log.h. Entries lie one behind the other in blocks that are freed together;
 * a million of them are some 200 MB, a record of one entry is read without merging anything.
 */
#include "sync/report_log.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/kinds.h"

enum { HEADS = 1024, BLOCK = 1024 * 1024, ALIGN = 8, PREFIX = 8 };

struct report_author {
	uint8_t key[CRYPT_PK_LEN], hash[PREFIX];
	size_t next; /* hash chain, + 1 */
};

struct report_write {
	struct report_write *next;
	int64_t index, at;
	uint32_t author, nafter, len;
	bool erased;
	uint8_t id[ENTRY_ID_LEN];
	uint8_t tail[]; /* after, 32 bytes each; then `len` bytes of report_fact_pack */
};

struct report_block {
	struct report_block *next;
	size_t used, size;
	uint8_t *bytes;
};

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

void report_log_free(struct report_log *l)
{
	while (l->block) {
		struct report_block *b = l->block;

		l->block = b->next;
		free(b->bytes);
		free(b);
	}
	free(l->e);
	free(l->head);
	free(l->author);
	free(l->author_head);
	*l = (struct report_log){.n = 0};
}

enum report_kind report_log_kind(const struct entry *e)
{
	return e->op == ENTRY_SET ? report_fact_kind(e->kind) : REPORT_KIND_N;
}

/* ---- room ---- */

static void *room(struct report_log *l, size_t n)
{
	struct report_block *b = l->block;

	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (!b || b->size - b->used < n) {
		b = calloc(1, sizeof(*b));
		if (!b)
			return NULL;
		b->size = n > BLOCK ? n : BLOCK;
		b->bytes = malloc(b->size);
		if (!b->bytes) {
			free(b);
			return NULL;
		}
		b->next = l->block;
		l->block = b;
	}
	b->used += n;
	return b->bytes + b->used - n;
}

/* One more element; NULL: no memory. */
static void *more(void *array, size_t n, size_t *cap, size_t size)
{
	size_t fresh = *cap ? *cap * 2 : HEADS;
	void *p;

	if (n < *cap)
		return array;
	p = realloc(array, fresh * size);
	if (p)
		*cap = fresh;
	return p;
}

/* ---- authors ---- */

static bool rehash_authors(struct report_log *l)
{
	size_t n = l->nauthor_head ? l->nauthor_head * 4 : HEADS;
	size_t *fresh = calloc(n, sizeof(*fresh));

	if (!fresh)
		return false;
	free(l->author_head);
	l->author_head = fresh;
	l->nauthor_head = n;
	for (size_t i = 0; i < l->nauthor; i++) {
		size_t *h = &fresh[codec_get_le32(l->author[i].hash) & (n - 1)];

		l->author[i].next = *h;
		*h = i + 1;
	}
	return true;
}

static bool author_of(struct report_log *l, const struct entry *e, uint32_t *ret)
{
	size_t i = l->nauthor_head > 0
		       ? l->author_head[codec_get_le32(e->keyhash) & (l->nauthor_head - 1)]
		       : 0;
	struct report_author *a;

	while (i > 0 && memcmp(l->author[i - 1].key, e->key, CRYPT_PK_LEN) != 0)
		i = l->author[i - 1].next;
	if (i == 0) {
		a = more(l->author, l->nauthor, &l->capauthor, sizeof(*a));
		if (!a)
			return false;
		l->author = a;
		a += l->nauthor++;
		memcpy(a->key, e->key, CRYPT_PK_LEN);
		memcpy(a->hash, e->keyhash, PREFIX);
		i = l->nauthor;
		if (l->nauthor > l->nauthor_head) {
			if (!rehash_authors(l))
				return false;
		} else {
			size_t *h = &l->author_head[codec_get_le32(a->hash) & (l->nauthor_head - 1)];

			a->next = *h;
			*h = i;
		}
	}
	*ret = (uint32_t)(i - 1);
	return true;
}

/* ---- records ---- */

static size_t hash(const struct report_log *l, const char *scope, const uint8_t id[16])
{
	size_t h = 0;

	for (size_t i = 0; i < 16; i++)
		h = h * 31 + id[i];
	for (; *scope; scope++)
		h = h * 31 + (unsigned char)*scope;
	return h & (l->nhead - 1);
}

static bool rehash(struct report_log *l)
{
	size_t n = l->nhead ? l->nhead * 4 : HEADS;
	size_t *fresh = calloc(n, sizeof(*fresh));

	if (!fresh)
		return false;
	free(l->head);
	l->head = fresh;
	l->nhead = n;
	for (size_t i = 0; i < l->n; i++) {
		size_t h = hash(l, l->e[i].scope, l->e[i].id);

		l->e[i].next = l->head[h];
		l->head[h] = i + 1;
	}
	return true;
}

static struct report_entity *entity_new(struct report_log *l, enum report_kind kind, const struct entry *e)
{
	struct report_entity *x = more(l->e, l->n, &l->cap, sizeof(*x));
	size_t h;

	if (!x)
		return NULL;
	l->e = x;
	if (l->n >= l->nhead && !rehash(l))
		return NULL;
	x += l->n;
	*x = (struct report_entity){.kind = (uint8_t)kind};
	memcpy(x->scope, e->scope, sizeof(x->scope));
	memcpy(x->id, e->entity, sizeof(x->id));
	h = hash(l, x->scope, x->id);
	x->next = l->head[h];
	l->head[h] = ++l->n;
	return x;
}

static struct report_entity *entity_of(struct report_log *l, enum report_kind kind, const struct entry *e)
{
	size_t i = l->nhead > 0 ? l->head[hash(l, e->scope, e->entity)] : 0;

	for (; i > 0; i = l->e[i - 1].next)
		if (l->e[i - 1].kind == (uint8_t)kind && memcmp(l->e[i - 1].id, e->entity, 16) == 0 &&
		    strcmp(l->e[i - 1].scope, e->scope) == 0)
			return &l->e[i - 1];
	return entity_new(l, kind, e);
}

static struct report_write *keep(struct report_log *l, const struct entry *e, int64_t index,
				 struct span packed)
{
	size_t after = e->nafter * ENTRY_ID_LEN;
	struct report_write *w = room(l, sizeof(*w) + after + packed.len);

	if (!w || !author_of(l, e, &w->author))
		return NULL;
	w->next = NULL;
	w->index = index;
	w->at = e->at;
	w->nafter = (uint32_t)e->nafter;
	w->len = (uint32_t)packed.len;
	w->erased = e->erased;
	memcpy(w->id, e->id, ENTRY_ID_LEN);
	if (after > 0)
		memcpy(w->tail, e->after, after);
	memcpy(w->tail + after, packed.p, packed.len);
	return w;
}

/* A stub's fields have no bytes: which of them it sets is kept by a mark that is no value. */
static const char gone[] = "-";

static void pack(const struct entry *e, enum report_kind kind, struct buf *out)
{
	struct entry_field field[REPORT_FIELDS];
	size_t n = 0;

	if (!e->erased) {
		report_fact_pack(kind, e->field, e->nfield, out);
		return;
	}
	for (size_t i = 0; report_fact_field(kind, i); i++)
		if (entry_field(e, report_fact_field(kind, i)))
			field[n++] = (struct entry_field){.name = span_str(report_fact_field(kind, i)),
							  .raw = span_str(gone)};
	report_fact_pack(kind, field, n, out);
}

enum rc report_log_add(struct report_log *l, const struct entry *e, int64_t index, unsigned prefixes,
		       struct err *reterr)
{
	enum report_kind kind = report_log_kind(e);
	struct report_entity *x;
	struct report_write *w;
	struct buf packed;
	enum rc rc;

	if (kind == REPORT_KIND_N)
		return RC_OK;
	buf_init(&packed, LIMIT_MERGE_STATE);
	pack(e, kind, &packed);
	rc = buf_check(&packed, reterr);
	x = rc == RC_OK ? entity_of(l, kind, e) : NULL;
	w = x ? keep(l, e, index, span_buf(&packed)) : NULL;
	buf_free(&packed);
	if (rc == RC_OK && !w)
		return nomem(reterr);
	if (rc != RC_OK)
		return rc;
	x->prefixes |= (uint8_t)prefixes;
	if (x->last)
		x->last->next = w;
	else
		x->first = w;
	x->last = w;
	return RC_OK;
}

/* ---- what a record says ---- */

struct asked {
	const struct report_log *l;
	const struct report_entity *x;
	const struct keyring *keys;
	int64_t size;
};

static struct span packed(const struct report_write *w)
{
	return span_of(w->tail + (size_t)w->nafter * ENTRY_ID_LEN, w->len);
}

/* The fields that are kept of it; how many. Of one that was erased without bytes. */
static size_t fields_of(const struct asked *q, const struct report_write *w,
			struct entry_field ret[REPORT_FIELDS])
{
	enum report_kind kind = (enum report_kind)q->x->kind;
	struct span value[REPORT_FIELDS];
	size_t n = 0;

	report_fact_unpack(kind, packed(w), value);
	for (size_t i = 0; report_fact_field(kind, i); i++)
		if (value[i].len > 0)
			ret[n++] = (struct entry_field){.name = span_str(report_fact_field(kind, i)),
							.raw = w->erased ? span_of(NULL, 0) : value[i]};
	return n;
}

/* Its fields are those that are read, and the level of a review is one (A5). */
static bool is_admitted(const struct asked *q, const struct report_write *w)
{
	const struct report_author *a = &q->l->author[w->author];
	struct entry_field field[REPORT_FIELDS];
	struct entry e = {.op = ENTRY_SET, .version = 1};

	e.field = field;
	e.nfield = q->x->kind == REPORT_REVIEW ? fields_of(q, w, field) : 0;
	memcpy(e.key, a->key, CRYPT_PK_LEN);
	memcpy(e.keyhash, a->hash, PREFIX);
	memcpy(e.id, w->id, ENTRY_ID_LEN);
	memcpy(e.scope, q->x->scope, sizeof(e.scope));
	memcpy(e.entity, q->x->id, sizeof(e.entity));
	memcpy(e.kind, report_fact_name((enum report_kind)q->x->kind),
	       strlen(report_fact_name((enum report_kind)q->x->kind)) + 1);
	return keyring_judge(q->keys, &e, w->index) == KEYRING_ADMITTED;
}

/* The next one from w on that counts; NULL: none. */
static const struct report_write *counting(const struct asked *q, const struct report_write *w)
{
	while (w && w->index < q->size && !is_admitted(q, w))
		w = w->next;
	return w && w->index < q->size ? w : NULL;
}

/* The one behind w that counts; a review and an issue are their first (M21). */
static const struct report_write *following(const struct asked *q, const struct report_write *w)
{
	return kinds_single(report_fact_name((enum report_kind)q->x->kind)) ? NULL : counting(q, w->next);
}

/* Is it among those before it that counted? */
static bool was_applied(const struct asked *q, const struct report_write *until, const uint8_t *id)
{
	for (const struct report_write *w = counting(q, q->x->first); w && w != until;
	     w = following(q, w))
		if (memcmp(w->id, id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

static enum rc apply(const struct asked *q, const struct report_write *w, struct merge_state *s,
		     struct err *reterr)
{
	struct entry_field field[REPORT_FIELDS];
	bool present[LIMIT_ENTRY_AFTER];
	struct merge_input in = {.id = w->id,
				 .at = w->at,
				 .central = keyring_central(q->keys, q->l->author[w->author].key),
				 .erased = w->erased,
				 .field = field,
				 .after = (const uint8_t(*)[ENTRY_ID_LEN])w->tail,
				 .nafter = w->nafter};

	in.nfield = fields_of(q, w, field);
	for (size_t i = 0; i < w->nafter; i++)
		present[i] = was_applied(q, w, w->tail + i * ENTRY_ID_LEN);
	return merge_apply(s, &in, present, NULL, reterr);
}

static enum rc merged(const struct asked *q, struct merge_state **ret, struct err *reterr)
{
	struct merge_state *s = NULL;
	enum rc rc = merge_new(&s, reterr);

	for (const struct report_write *w = counting(q, q->x->first); rc == RC_OK && w;
	     w = following(q, w))
		rc = apply(q, w, s, reterr);
	if (rc == RC_OK)
		*ret = s;
	else
		merge_free(s);
	return rc;
}

/* Its entries, lowest and highest index; how many there are. */
static size_t span_entries(const struct asked *q, struct report_fact *ret)
{
	size_t n = 0;

	for (const struct report_write *w = counting(q, q->x->first); w; w = following(q, w)) {
		if (n++ == 0)
			ret->first = w->index;
		ret->last = w->index;
		memcpy(ret->newest, w->id, ENTRY_ID_LEN);
	}
	return n;
}

enum rc report_log_fact(const struct report_log *l, const struct report_entity *x, const struct keyring *keys,
			int64_t size, const struct form_set *forms, struct report_fact *ret,
			struct merge_state **retstate, struct buf *says, bool *retany, struct err *reterr)
{
	const struct asked q = {l, x, keys, size};
	const struct report_write *only = counting(&q, x->first);
	struct merge_state *s = NULL;
	enum rc rc;

	*ret = (struct report_fact){.kind = (enum report_kind)x->kind};
	*retstate = NULL;
	memcpy(ret->scope, x->scope, sizeof(ret->scope));
	memcpy(ret->id, x->id, sizeof(ret->id));
	*retany = span_entries(&q, ret) > 0;
	if (!*retany)
		return RC_OK;
	buf_reset(says);
	if (ret->first == ret->last && !only->erased && ret->kind != REPORT_CHOICE) {
		report_fact_unpack(ret->kind, packed(only), ret->value);
		return RC_OK;
	}
	rc = merged(&q, &s, reterr);
	if (rc == RC_OK)
		rc = report_fact_show(ret->kind, s, forms, says, &ret->undecided, reterr);
	if (rc == RC_OK)
		report_fact_unpack(ret->kind, span_buf(says), ret->value);
	if (rc == RC_OK && ret->kind == REPORT_CHOICE)
		*retstate = s;
	else
		merge_free(s);
	return rc;
}
