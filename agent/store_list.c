/*
 * store_list: lists and searches over the entities. Index order does the sorting; words
 * are looked for in the folded text row by row, so that no word is ever a pattern. Linked
 * records (M15) are one row where they are listed as things: at the place of the one that
 * changed last, found by the words of all, shown as their head.
 * Not here: what is in the folded text (store_fold.c).
 */
#include "agent/store_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/text.h"

/* Is the word somewhere in text? Both folded. */
static bool holds(struct span text, struct span word)
{
	if (word.len > text.len)
		return false;
	for (size_t i = 0; i + word.len <= text.len; i++) {
		const uint8_t *at = memchr(text.p + i, word.p[0], text.len - word.len - i + 1);

		if (!at)
			return false;
		i = (size_t)(at - text.p);
		if (memcmp(at, word.p, word.len) == 0)
			return true;
	}
	return false;
}

bool store_list_matches(struct span text, struct span words)
{
	while (words.len > 0) {
		const uint8_t *end = memchr(words.p, ' ', words.len);
		size_t n = end ? (size_t)(end - words.p) : words.len;

		if (n > 0 && !holds(text, span_of(words.p, n)))
			return false;
		n += end != NULL;
		words = span_of(words.p + n, words.len - n);
	}
	return true;
}

struct listing {
	struct store *s;
	const struct store_filter *f;
	bool (*take)(void *arg, const struct store_item *item);
	void *arg;
	struct buf words;
	int64_t n; /* matches so far */
	bool go;   /* the taker wants more */
	struct store_things things; /* with f->things */
	int64_t *done;              /* heads that had their turn; room for every link */
	size_t ndone;
	struct buf text; /* what all records of a thing say */
};

static bool in_page(const struct listing *l)
{
	int64_t at = l->n - l->f->offset;

	return at >= 0 && (l->f->limit == 0 || at < l->f->limit);
}

/* What a row stands for. */
struct thing {
	const struct store_links *g; /* NULL: alone */
	size_t node;                 /* of the head */
	int64_t conflicts, unsent, changed_at;
};

static enum rc add_member(struct listing *l, int64_t no, struct thing *t, struct err *reterr)
{
	int64_t unsent = 0;
	struct db_q q;
	enum rc rc = db_query(&q, l->s->db, ST_ITEM_NO, DB_V(db_int(no)), reterr);

	if (rc == RC_OK && db_next(&q)) {
		buf_add_span(&l->text, db_col_text(&q, 5));
		buf_add_char(&l->text, '\n');
		t->conflicts += db_col_int(&q, 6);
		if (db_col_int(&q, 7) > t->changed_at)
			t->changed_at = db_col_int(&q, 7);
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		rc = db_get_int(l->s->db, ST_ENTITY_UNSENT, DB_V(db_int(no)), &unsent, reterr);
	t->unsent += unsent;
	return rc == RC_OK ? buf_check(&l->text, reterr) : rc;
}

/* What all records of the thing say together, into l->text and t. */
static enum rc gather(struct listing *l, struct thing *t, struct err *reterr)
{
	const struct same *s = &t->g->same;
	enum rc rc = RC_OK;

	buf_reset(&l->text);
	for (size_t i = 0; rc == RC_OK && i < s->n; i++)
		if (s->node[i].head == t->node)
			rc = add_member(l, s->node[i].no, t, reterr);
	return rc;
}

static bool had_turn(struct listing *l, int64_t head)
{
	for (size_t i = 0; i < l->ndone; i++)
		if (l->done[i] == head)
			return true;
	l->done[l->ndone++] = head;
	return false;
}

/* A row as the taker gets it; q is of the head when it is linked. */
static enum rc give_row(struct listing *l, const struct db_q *q, const struct thing *t,
			struct err *reterr)
{
	char scope[ENTRY_SCOPE_LEN] = "", kind[ENTRY_KIND_LEN] = "";
	struct span text = db_col_text(q, 1), name = db_col_text(q, 2);
	struct store_item item = {.no = db_col_int(q, 0),
				  .scope = scope,
				  .kind = kind,
				  .id = db_col_blob(q, 3).p,
				  .title = (const char *)db_col_text(q, 4).p,
				  .conflicts = db_col_int(q, 6),
				  .changed_at = db_col_int(q, 7),
				  .state = db_col_blob(q, 8)};
	enum rc rc = RC_OK;

	if (t->g) {
		item.conflicts = t->conflicts;
		item.unsent = t->unsent;
		item.changed_at = t->changed_at;
		item.links = t->g;
		item.node = t->node;
	} else {
		rc = db_get_int(l->s->db, ST_ENTITY_UNSENT, DB_V(db_int(item.no)), &item.unsent,
				reterr);
	}
	if (rc != RC_OK)
		return rc;
	memcpy(scope, text.p, text.len < sizeof(scope) ? text.len : sizeof(scope) - 1);
	memcpy(kind, name.p, name.len < sizeof(kind) ? name.len : sizeof(kind) - 1);
	l->go = l->take(l->arg, &item);
	return RC_OK;
}

static enum rc give(struct listing *l, const struct db_q *q, const struct thing *t,
		    struct err *reterr)
{
	struct db_q head;
	int64_t no = t->g ? t->g->same.node[t->node].no : 0;
	enum rc rc;

	if (!t->g || no == db_col_int(q, 0))
		return give_row(l, q, t, reterr);
	rc = db_query(&head, l->s->db, ST_ITEM_NO, DB_V(db_int(no)), reterr);
	if (rc == RC_OK && db_next(&head))
		rc = give_row(l, &head, t, reterr);
	return db_end(&head, rc, reterr);
}

/* Which statement: by kind and by parent there is an index. */
static int statement(const struct store_filter *f)
{
	if (f->parent)
		return ST_ITEM_PARENT;
	return f->kind ? ST_ITEM_KIND : ST_ITEM_ANY;
}

static enum rc run(struct listing *l, bool count_all, struct err *reterr)
{
	const struct store_filter *f = l->f;
	uint8_t parent[16];
	struct db_q q;
	enum rc rc;

	if (f->parent && !codec_uuid_dec(span_str(f->parent), parent))
		return RC_OK; /* nothing has such a parent */
	rc = db_query(&q, l->s->db, statement(f),
		      DB_V(db_str(f->kind), db_str(f->scope),
			   f->parent ? db_bytes(parent, sizeof(parent)) : db_null(),
			   db_int(f->conflicts), db_int(f->unsent)),
		      reterr);
	while (rc == RC_OK && (l->go || count_all) && db_next(&q)) {
		struct thing t = {.g = NULL};
		bool linked = store_things_find(&l->things, db_col_int(&q, 0), &t.g, &t.node);

		if (linked) {
			t.node = t.g->same.node[t.node].head;
			if (had_turn(l, t.g->same.node[t.node].no))
				continue;
			rc = gather(l, &t, reterr);
		} else {
			t.g = NULL;
		}
		if (rc != RC_OK ||
		    !store_list_matches(linked ? span_buf(&l->text) : db_col_text(&q, 5), span_buf(&l->words)))
			continue;
		if (l->go && in_page(l))
			rc = give(l, &q, &t, reterr);
		l->n++;
		if (!count_all && f->limit > 0 && l->n >= f->offset + f->limit)
			break;
	}
	return db_end(&q, rc, reterr);
}

static enum rc open_things(struct listing *l, struct err *reterr)
{
	size_t n = 0;
	enum rc rc = store_things(l->s, l->f->kind, &l->things, reterr);

	for (size_t i = 0; rc == RC_OK && i < l->things.n; i++)
		n += l->things.group[i].same.n;
	if (rc == RC_OK && !(l->done = calloc(n + 1, sizeof(*l->done))))
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	return rc;
}

enum rc store_list(struct store *s, const struct store_filter *f,
		   bool (*take)(void *arg, const struct store_item *item), void *arg,
		   int64_t *rettotal, struct err *reterr)
{
	struct listing l = {.s = s, .f = f, .take = take, .arg = arg, .go = true};
	enum rc rc = RC_OK;

	buf_init(&l.words, LIMIT_TEXT);
	buf_init(&l.text, LIMIT_MERGE_STATE);
	if (f->text)
		rc = text_fold(span_str(f->text), &l.words, reterr);
	if (rc == RC_OK && f->things)
		rc = open_things(&l, reterr);
	if (rc == RC_OK)
		rc = run(&l, rettotal != NULL, reterr);
	if (rc == RC_OK && rettotal)
		*rettotal = l.n;
	buf_free(&l.words);
	buf_free(&l.text);
	store_things_free(&l.things);
	free(l.done);
	return rc;
}

/* ---- one thing ---- */

enum rc store_list_row(struct store *s, int64_t no, const struct store_links *g, size_t node,
		       bool (*take)(void *arg, const struct store_item *item), void *arg,
		       bool *retgo, struct err *reterr)
{
	struct listing l = {.s = s, .take = take, .arg = arg, .go = true};
	struct thing t = {.g = g, .node = node};
	struct db_q q;
	enum rc rc;

	buf_init(&l.text, LIMIT_MERGE_STATE);
	rc = g ? gather(&l, &t, reterr) : RC_OK;
	if (rc == RC_OK) {
		rc = db_query(&q, s->db, ST_ITEM_NO, DB_V(db_int(no)), reterr);
		if (rc == RC_OK && db_next(&q))
			rc = give_row(&l, &q, &t, reterr);
		rc = db_end(&q, rc, reterr);
	}
	*retgo = l.go;
	buf_free(&l.text);
	return rc;
}

enum rc store_list_text(struct store *s, const struct store_links *g, size_t node, struct buf *out,
			struct err *reterr)
{
	struct listing l = {.s = s};
	struct thing t = {.g = g, .node = node};
	enum rc rc;

	buf_init(&l.text, LIMIT_MERGE_STATE);
	rc = gather(&l, &t, reterr);
	if (rc == RC_OK)
		buf_add_span(out, span_buf(&l.text));
	buf_free(&l.text);
	return rc == RC_OK ? buf_check(out, reterr) : rc;
}
