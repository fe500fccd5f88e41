/*
 * ingest_entity: the entities a group touches: each is read once, merged in memory and
 * written once. Clauses M1, M2, M11, A10 (building anew), A9 (blind, again).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "server-stub/anew.h"
#include "server-stub/facts.h"
#include "server-stub/ingest_part.h"
#include "server-stub/matter.h"
#include "server-stub/standing.h"
#include "sync/decision.h"
#include "sync/kinds.h"
#include "sync/same.h"
#include "sync/errand.h"

enum { STATE_MAX = 4 * 1024 * 1024, TITLE_MAX = 2048 };

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static struct ingest_entity **bucket(struct ingest_group *p, const uint8_t id[16])
{
	return &p->touched.bucket[codec_get_be16(id + 14) % INGEST_BUCKETS];
}

static enum rc state_read(struct span bytes, struct merge_state **ret, struct err *reterr)
{
	return bytes.len ? merge_read(bytes, ret, reterr) : merge_new(ret, reterr);
}

enum rc ingest_entity_get(struct ingest_group *p, const char *scope, const char *kind,
			  const uint8_t id[16], struct ingest_entity **ret, struct err *reterr)
{
	struct ingest_entity **at = bucket(p, id), *x;
	struct buf state;
	enum rc rc;

	for (x = *at; x; x = x->next)
		if (memcmp(x->id, id, 16) == 0 && strcmp(x->kind, kind) == 0 &&
		    strcmp(x->scope, scope) == 0) {
			*ret = x;
			return RC_OK;
		}
	x = calloc(1, sizeof(*x));
	if (!x)
		return nomem(reterr);
	memcpy(x->scope, scope, strlen(scope) + 1);
	memcpy(x->kind, kind, strlen(kind) + 1);
	memcpy(x->id, id, 16);
	x->first_index = x->last_index = x->first_admitted = -1;
	buf_init(&state, STATE_MAX);
	rc = p->w->entity(p->w->ctx, scope, kind, id, &x->no, &state, reterr);
	if (rc == RC_OK)
		rc = state_read(span_buf(&state), &x->state, reterr);
	if (rc == RC_OK && state.len > 0)
		x->corrected = merge_ref(x->state, form_set_newest(p->g->forms->set, kind),
					 CHAIN_FIELD, x->was);
	if (rc == RC_OK && state.len > 0)
		x->targeted = merge_ref(x->state, form_set_newest(p->g->forms->set, kind),
					strcmp(kind, DECISION_KIND) == 0 ? DECISION_TARGET : TASK_FIELD, x->target);
	buf_free(&state);
	if (rc != RC_OK) {
		free(x);
		return rc;
	}
	x->next = *at;
	*at = x;
	*ret = x;
	return RC_OK;
}

/* Which of after[] were applied before: live here, or dead in the archive. */
static enum rc find_present(struct ingest_group *p, const struct ingest_entity *x,
			    const struct entry *e, bool present[LIMIT_ENTRY_AFTER],
			    struct err *reterr)
{
	for (size_t i = 0; i < e->nafter; i++) {
		enum rc rc = RC_OK;

		present[i] = merge_alive(x->state, e->after[i]);
		if (!present[i])
			rc = p->w->entity_has(p->w->ctx, x->no, e->after[i], &present[i], reterr);
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

enum rc ingest_entity_apply(struct ingest_group *p, struct ingest_entity *x, const struct entry *e,
			    unsigned *retflags, bool *retmerged, struct err *reterr)
{
	bool present[LIMIT_ENTRY_AFTER], central = keyring_central(p->g->keyring, e->key);
	enum rc rc = find_present(p, x, e, present, reterr);
	unsigned flags = 0;

	if (rc == RC_OK)
		rc = anew_apply(x->state, e, central, present, &flags, retmerged, reterr);
	*retflags |= flags;
	return rc;
}

enum rc ingest_entity_rebuild(struct ingest_group *p, int64_t no, struct err *reterr)
{
	struct archive_entity a;
	struct ingest_entity *x;
	struct buf state;
	enum rc rc;

	buf_init(&state, STATE_MAX);
	rc = p->w->entity_by_no(p->w->ctx, no, &a, &state, reterr);
	buf_free(&state);
	if (rc == RC_OK)
		rc = ingest_entity_get(p, a.scope, a.kind, a.id, &x, reterr);
	if (rc == RC_OK)
		x->rebuild = true;
	return rc;
}

/* ---- building anew ---- */

struct build {
	struct ingest_group *p;
	struct anew anew;
	struct reflag {
		int64_t index;
		unsigned flags;
	} *reflag; /* entries whose flags (ANEW_FLAGS) are others now */
	size_t nreflag;
	int64_t first, last;
	uint8_t newest[ENTRY_ID_LEN];
	enum rc rc;
	struct err *reterr;
};

static bool note_flags(struct build *b, const struct archive_row *row, unsigned flags)
{
	struct reflag *grown;

	if ((row->flags & ANEW_FLAGS) == flags)
		return true;
	grown = realloc(b->reflag, (b->nreflag + 1) * sizeof(*grown));
	if (!grown) {
		b->rc = nomem(b->reterr);
		return false;
	}
	b->reflag = grown;
	grown[b->nreflag++] = (struct reflag){row->index, flags};
	return true;
}

static bool build_row(void *arg, const struct archive_row *row)
{
	struct build *b = arg;
	struct entry *e = NULL;
	unsigned flags = 0;

	if (row->verdict != KEYRING_ADMITTED)
		return note_flags(b, row, 0); /* what does not count is no second one */
	b->rc = archive_read_entry(row, &e, b->reterr);
	if (b->rc == RC_OK && (b->last < 0 || !kinds_single(e->kind))) {
		b->first = b->first < 0 ? row->index : b->first;
		b->last = row->index;
		memcpy(b->newest, row->id, ENTRY_ID_LEN);
	}
	if (b->rc == RC_OK)
		b->rc = anew_add(&b->anew, e, keyring_central(b->p->g->keyring, e->key), &flags, b->reterr);
	entry_free(e);
	return b->rc == RC_OK && note_flags(b, row, flags);
}

static enum rc put_flags(const struct build *b, struct err *reterr)
{
	struct archive_writer *w = b->p->w;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < b->nreflag; i++)
		rc = w->flags_put(w->ctx, b->reflag[i].index, ANEW_FLAGS, b->reflag[i].flags, reterr);
	return rc;
}

static enum rc rebuild(struct ingest_group *p, struct ingest_entity *x, struct err *reterr)
{
	struct build b = {.p = p, .first = -1, .last = -1, .rc = RC_OK, .reterr = reterr};
	enum rc rc = anew_begin(&b.anew, reterr);

	if (rc == RC_OK)
		rc = p->w->entity_rows(p->w->ctx, x->no, build_row, &b, reterr);
	if (rc == RC_OK)
		rc = b.rc;
	if (rc == RC_OK)
		rc = put_flags(&b, reterr);
	free(b.reflag);
	if (rc == RC_OK) {
		merge_free(x->state);
		x->state = b.anew.state;
		b.anew.state = NULL;
		x->last_index = b.last < 0 ? ARCHIVE_NONE : b.last;
		x->first_admitted = b.first;
		memcpy(x->newest, b.newest, ENTRY_ID_LEN);
	}
	anew_end(&b.anew);
	return rc;
}

/* ---- writing ---- */

/* The values of the form's title fields, joined: what a list shows. */
static void add_title(const struct ingest_entity *x, const struct form *f, struct buf *out)
{
	for (size_t i = 0; f && i < f->ntitle; i++) {
		struct json_tok tok[8];
		const struct merge_value *v;
		size_t n, ntok;

		v = merge_siblings(x->state, f->title[i], &n);
		if (n == 0 || json_scan(v->raw, &json_rules_entry, tok, 8, &ntok, NULL) != RC_OK ||
		    tok[0].type != JSON_STRING)
			continue;
		if (out->len)
			buf_add_str(out, " · ");
		json_tok_str(v->raw, &tok[0], out);
	}
}

/* How many things of it wait for a person; and note whose number it may change. */
static enum rc matters(struct ingest_group *p, const struct ingest_entity *x, const struct form *f,
		       int64_t *ret, struct err *reterr)
{
	const struct matter_store m = matter_archive(p->w->own, p->g->forms->set);
	const struct matter_entity e = {x->scope, x->kind, x->id, x->no, x->state, f};
	enum rc rc = matter_note(&m, &e, x->corrected ? x->was : NULL, &p->again, reterr);

	return rc == RC_OK ? matter_count(&m, &e, ret, reterr) : rc;
}

static enum rc count_again(struct ingest_group *p, const struct matter_again *a,
			   struct err *reterr)
{
	const struct matter_store m = matter_archive(p->w->own, p->g->forms->set);
	struct merge_state *s = NULL;
	struct archive_entity e;
	struct buf state, title;
	struct err why;
	int64_t n = 0;
	enum rc rc;

	buf_init(&state, STATE_MAX);
	buf_init(&title, TITLE_MAX);
	rc = p->w->own->entity(p->w->own->ctx, a->scope, a->kind, a->id, &e, &state, &title, &why);
	if (rc == RC_OK)
		rc = state_read(span_buf(&state), &s, &why);
	if (rc == RC_OK) {
		const struct matter_entity x = {a->scope, a->kind, a->id, e.no, s,
						form_set_newest(m.forms, a->kind)};
		rc = matter_count(&m, &x, &n, &why);
	}
	if (rc == RC_OK)
		rc = p->w->entity_conflicts(p->w->ctx, e.no, n, &why);
	merge_free(s);
	buf_free(&state);
	buf_free(&title);
	if (rc == RC_NOTFOUND) /* what it corrects has not come */
		return RC_OK;
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

static enum rc matters_again(struct ingest_group *p, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (const struct matter_again *a = p->again; rc == RC_OK && a; a = a->next)
		rc = count_again(p, a, reterr);
	return rc;
}

static enum rc put_fact(struct ingest_group *p, const struct ingest_entity *x, const struct archive_entity *a,
			struct err *reterr)
{
	const struct archive_fact_put fact = {.born = x->first_index,
					      .first = x->first_admitted,
					      .last = x->last_index < 0 ? -1 : x->last_index,
					      .since = (int64_t)p->tree.size,
					      .whole = x->rebuild,
					      .newest = x->newest};

	return facts_put(p->w, a, x->state, p->g->forms->set, &fact, reterr);
}

static enum rc put(struct ingest_group *p, struct ingest_entity *x, struct err *reterr)
{
	const struct form *f = form_set_newest(p->g->forms->set, x->kind);
	struct archive_entity a = {.no = x->no, .flags = x->flags};
	struct buf state, title, fold;
	enum rc rc = RC_OK;

	buf_init(&state, STATE_MAX);
	buf_init(&title, TITLE_MAX);
	buf_init(&fold, TITLE_MAX * 4);
	if (x->rebuild)
		rc = rebuild(p, x, reterr);
	if (rc == RC_OK)
		rc = merge_write(x->state, &state, reterr);
	add_title(x, f, &title);
	if (rc == RC_OK)
		rc = text_fold(span_buf(&title), &fold, reterr);
	memcpy(a.scope, x->scope, sizeof(a.scope));
	memcpy(a.kind, x->kind, sizeof(a.kind));
	memcpy(a.id, x->id, sizeof(a.id));
	a.has_same = merge_ref(x->state, f, SAME_FIELD, a.same);
	a.has_supersedes = merge_ref(x->state, f, CHAIN_FIELD, a.supersedes);
	a.has_target = merge_ref(x->state, f, DECISION_TARGET, a.target) ||
		       merge_ref(x->state, f, TASK_FIELD, a.target);
	a.first_index = x->first_index;
	a.last_index = x->last_index;
	a.received_at = x->first_index < 0 ? -1 : p->now; /* nothing came of it in this group */
	a.title = title.p ? (const char *)title.p : "";
	a.state = span_buf(&state);
	if (rc == RC_OK)
		rc = matters(p, x, f, &a.conflicts, reterr);
	if (rc == RC_OK)
		rc = p->w->entity_put(p->w->ctx, &a, fold.p ? (const char *)fold.p : "", reterr);
	if (rc == RC_OK)
		rc = standing_put(p->w, &a, x->state, p->g->forms->set, reterr);
	if (rc == RC_OK)
		rc = put_fact(p, x, &a, reterr);
	if (rc == RC_OK)
		rc = ingest_listing_note(p, x, reterr);
	buf_free(&state);
	buf_free(&title);
	buf_free(&fold);
	return rc;
}

enum rc ingest_entities_put(struct ingest_group *p, struct err *reterr)
{
	for (size_t i = 0; i < INGEST_BUCKETS; i++)
		for (struct ingest_entity *x = p->touched.bucket[i]; x; x = x->next) {
			enum rc rc = put(p, x, reterr);

			if (rc != RC_OK)
				return rc;
		}
	enum rc rc = matters_again(p, reterr);

	return rc == RC_OK ? ingest_listing_put(p, reterr) : rc;
}

void ingest_entities_free(struct ingest_entities *s)
{
	for (size_t i = 0; i < INGEST_BUCKETS; i++)
		while (s->bucket[i]) {
			struct ingest_entity *x = s->bucket[i];

			s->bucket[i] = x->next;
			merge_free(x->state);
			free(x);
		}
}
