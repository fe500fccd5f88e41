/*
 * ingest_listing: keeps the rows by which lists find checks (archive_submission) as they would be made
 * anew, in the transaction of what changes them. A row depends on its entity, its reviews, the corrections and
 * choices around it and the name of the place it is about; each of these, when written, notes the rows it
 * may change, and at the end of the group each is made once. Clauses M12, M17, M19, M20.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/ingest_part.h"
#include "server-stub/listing.h"
#include "server-stub/matter.h"
#include "server-stub/units.h"
#include "sync/errand.h"

enum { TITLE_MAX = 2048, STEP = 500 };
#define DONE "listed" /* setting: the kinds of which every record has its row, a space behind each */

struct ingest_listed {
	char scope[ENTRY_SCOPE_LEN], kind[ENTRY_KIND_LEN];
	uint8_t id[16];
	bool line; /* and whatever hangs together with it by corrections */
};

/* ---- noting ---- */

static enum rc note(struct ingest_group *p, const char *scope, const char *kind,
		    const uint8_t id[16], bool line, struct err *reterr)
{
	struct ingest_listed *x;

	if ((p->nlisted & (p->nlisted - 1)) == 0) { /* 0, 1, 2, 4, 8 … */
		size_t cap = p->nlisted ? p->nlisted * 2 : 1;

		x = realloc(p->listed, cap * sizeof(*x));
		if (!x)
			return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		p->listed = x;
	}
	x = &p->listed[p->nlisted++];
	memset(x, 0, sizeof(*x));
	memcpy(x->scope, scope, strlen(scope) + 1);
	memcpy(x->kind, kind, strlen(kind) + 1);
	memcpy(x->id, id, sizeof(x->id));
	x->line = line;
	return RC_OK;
}

/* A review or a choice names a check by its id alone: it may be of any kind that is listed. */
static enum rc note_any(struct ingest_group *p, const char *scope, const uint8_t id[16],
			struct err *reterr)
{
	const struct form_set *forms = p->g->forms->set;
	const struct form *f;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && (f = form_set_at(forms, i, NULL)) != NULL; i++)
		if (f == form_set_newest(forms, f->name) && listing_is(f))
			rc = note(p, scope, f->name, id, true, reterr);
	return rc;
}

struct places {
	struct ingest_group *p;
	enum rc rc;
	struct err *reterr;
};

static bool take_place(void *arg, const struct archive_submission *s)
{
	struct places *c = arg;
	struct archive_entity e;
	struct buf state, title;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, TITLE_MAX);
	c->rc = c->p->w->own->entity_no(c->p->w->own->ctx, s->no, &e, &state, &title, c->reterr);
	if (c->rc == RC_OK)
		c->rc = note(c->p, e.scope, e.kind, e.id, false, c->reterr);
	buf_free(&state);
	buf_free(&title);
	return c->rc == RC_OK;
}

/* Checks of a place are found by its name. */
static enum rc note_place(struct ingest_group *p, const struct ingest_entity *x,
			  const struct form *check, struct err *reterr)
{
	struct archive_reader *r = p->w->own;
	struct places c = {.p = p, .reterr = reterr};
	struct archive_wanted w = {.state = -1, .rank = -1, .before = INT64_MAX, .from = -1,
				   .until = -1, .limit = ARCHIVE_VISITS};
	struct archive_got got = {.next = 0};
	char uuid[CODEC_UUID_LEN + 1];
	enum rc rc = RC_OK;

	codec_uuid(x->id, uuid);
	w.kind = check->name; /* tasks, too, which no list without a kind shows */
	w.subject = listing_subject(x->scope, check->name, uuid);
	while (rc == RC_OK && got.next >= 0) {
		rc = r->submissions(r->ctx, &w, take_place, &c, &got, reterr);
		rc = rc == RC_OK ? c.rc : rc;
		w.before = got.next;
	}
	return rc;
}

static enum rc note_places(struct ingest_group *p, const struct ingest_entity *x,
			   struct err *reterr)
{
	const struct form_set *forms = p->g->forms->set;
	const struct form *f;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && (f = form_set_at(forms, i, NULL)) != NULL; i++) {
		const struct form_field *of;

		if (f != form_set_newest(forms, f->name) || !listing_is(f))
			continue;
		of = listing_of(f);
		for (size_t k = 0; rc == RC_OK && of && k < of->nof; k++)
			if (strcmp(of->of[k], x->kind) == 0)
				rc = note_place(p, x, f, reterr);
	}
	return rc;
}

/* One that something is a part of, of a kind that is not listed. */
typedef enum rc note_other(struct ingest_group *p, const char *scope, const struct form *f,
			   const uint8_t id[16], struct err *reterr);

/* What something is a part of, by the kinds its form may be a part of. other: NULL: the listed ones alone. */
static enum rc note_of(struct ingest_group *p, const char *scope, const struct form *f,
		       const struct merge_state *state, note_other *other, struct err *reterr)
{
	uint8_t id[16];
	enum rc rc = RC_OK;

	if (!f->parent_field || !merge_ref(state, f, f->parent_field, id))
		return RC_OK;
	for (size_t i = 0; rc == RC_OK && i < f->nparent_kind; i++) {
		const struct form *of = form_set_newest(p->g->forms->set, f->parent_kind[i]);

		if (listing_is(of))
			rc = note(p, scope, of->name, id, true, reterr);
		else if (of && other)
			rc = other(p, scope, of, id, reterr);
	}
	return rc;
}

/* What a photo is of is itself a line: what that is a line of. Not here yet: it will note that when it comes. */
static enum rc note_line(struct ingest_group *p, const char *scope, const struct form *line,
			 const uint8_t id[16], struct err *reterr)
{
	const struct matter_store m = matter_archive(p->w->own, p->g->forms->set);
	struct merge_state *state = NULL;
	struct err why;
	enum rc rc;

	if (!line->parent_field)
		return RC_OK;
	rc = m.state(m.ctx, scope, line->name, id, &state, &why);
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc == RC_OK)
		rc = note_of(p, scope, line, state, NULL, &why);
	if (rc != RC_OK && reterr)
		*reterr = why;
	merge_free(state);
	return rc;
}

/* Not listed itself: a commune goes on otherwise, and with it who may answer its tasks. */
static bool is_unit(const char *kind)
{
	return strcmp(kind, UNIT_KIND) == 0 || strcmp(kind, UNIT_SPLIT_KIND) == 0;
}

/* The communes that go on in scope, or of which a part does. */
static enum rc way_to(struct ingest_units *u, struct archive_reader *r, const struct form_set *forms,
		      const char *scope, struct unit_way *ret, struct err *reterr)
{
	enum rc rc = u->read ? RC_OK : units_read_from(r, forms, &u->all, reterr);

	u->read = rc == RC_OK;
	return rc == RC_OK ? units_before(&u->all, scope, ret, reterr) : rc;
}

/* Of the commune of a check that names it or named it, or of one that goes on there (M20). */
static enum rc note_task(struct ingest_group *p, const char *scope, const uint8_t id[16],
			 struct err *reterr)
{
	struct unit_way way = {.n = 0};
	enum rc rc = way_to(&p->units, p->w->own, p->g->forms->set, scope, &way, reterr);

	for (size_t i = 0; rc == RC_OK && i < way.n; i++)
		rc = note(p, way.scope[i], TASK_KIND, id, false, reterr);
	return rc;
}

enum rc ingest_listing_note(struct ingest_group *p, const struct ingest_entity *x,
			    struct err *reterr)
{
	const struct form *f = form_set_newest(p->g->forms->set, x->kind);
	uint8_t id[16];
	enum rc rc = RC_OK;

	if (!f)
		return RC_OK;
	if (listing_is(f) || is_unit(x->kind))
		rc = note(p, x->scope, x->kind, x->id, true, reterr);
	if (rc == RC_OK && x->corrected && listing_is(f))
		rc = note(p, x->scope, x->kind, x->was, true, reterr);
	if (rc == RC_OK && x->targeted)
		rc = strcmp(x->kind, DECISION_KIND) == 0 ? note_any(p, x->scope, x->target, reterr)
							 : note_task(p, x->scope, x->target, reterr);
	if (rc == RC_OK && strcmp(x->kind, DECISION_KIND) == 0 &&
	    merge_ref(x->state, f, DECISION_TARGET, id))
		rc = note_any(p, x->scope, id, reterr);
	if (rc == RC_OK && strcmp(x->kind, CHAIN_KIND) == 0 && merge_ref(x->state, f, "of", id))
		rc = note_any(p, x->scope, id, reterr);
	if (rc == RC_OK)
		rc = note_of(p, x->scope, f, x->state, note_line, reterr);
	return rc == RC_OK ? note_places(p, x, reterr) : rc;
}

/* ---- writing ---- */

struct putting {
	struct archive_writer *w;
	struct ingest_units *units;
	struct listing l;
	struct buf state, title, words;
};

static void putting_begin(struct putting *b, struct ingest *g, struct archive_writer *w,
			  struct ingest_units *units)
{
	*b = (struct putting){.w = w,
			      .units = units,
			      .l = {.r = w->own, .forms = g->forms->set, .keyring = g->keyring}};
	buf_init(&b->state, LIMIT_MERGE_STATE);
	buf_init(&b->title, TITLE_MAX);
	buf_init(&b->words, LIMIT_TEXT);
}

static void putting_end(struct putting *b)
{
	buf_free(&b->state);
	buf_free(&b->title);
	buf_free(&b->words);
}

static enum rc put_one(struct putting *b, const char *scope, const char *kind, const uint8_t id[16],
		       const struct matter_line *line, struct err *reterr);

/* The task a check of that commune may have answered (M20). */
static enum rc put_task(struct putting *b, const char *scope, const uint8_t id[16], struct err *reterr)
{
	struct unit_way way = {.n = 0};
	enum rc rc = way_to(b->units, b->l.r, b->l.forms, scope, &way, reterr);

	for (size_t i = 0; rc == RC_OK && i < way.n; i++)
		rc = put_one(b, way.scope[i], TASK_KIND, id, NULL, reterr);
	return rc;
}

static enum rc put_one(struct putting *b, const char *scope, const char *kind, const uint8_t id[16],
		       const struct matter_line *line, struct err *reterr)
{
	struct archive_submission s;
	struct archive_entity e;
	struct err why;
	enum rc rc;

	buf_reset(&b->state);
	buf_reset(&b->title);
	rc = b->l.r->entity(b->l.r->ctx, scope, kind, id, &e, &b->state, &b->title, &why);
	if (rc == RC_NOTFOUND || (rc == RC_OK && e.first_index < 0))
		return RC_OK; /* only spoken of so far */
	if (rc == RC_OK)
		rc = listing_row(&b->l, &e, line, &s, &b->words, &why);
	if (rc == RC_OK)
		rc = b->w->submission_put(b->w->ctx, &s, &why);
	if (rc == RC_OK && e.has_target && strcmp(kind, TASK_KIND) != 0)
		rc = put_task(b, scope, e.target, &why);
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

/* line: of those that hang together with it, each. */
static enum rc put_listed(struct putting *b, const struct ingest_listed *x, struct err *reterr)
{
	const struct matter_store m = matter_archive(b->l.r, b->l.forms);
	const struct form *f = form_set_newest(b->l.forms, x->kind);
	struct matter_line line = {.n = 0};
	enum rc rc;

	if (!f || !form_field(f, CHAIN_FIELD))
		return put_one(b, x->scope, x->kind, x->id, NULL, reterr);
	rc = matter_line(&m, x->scope, x->kind, x->id, &line, reterr);
	if (rc == RC_OK && !x->line)
		rc = put_one(b, x->scope, x->kind, x->id, &line, reterr);
	for (size_t i = 0; rc == RC_OK && x->line && i < line.n; i++)
		rc = put_one(b, x->scope, x->kind, line.id[i], &line, reterr);
	matter_line_free(&line);
	return rc;
}

static int by_entity(const void *a, const void *b)
{
	const struct ingest_listed *x = a, *y = b;
	int c = memcmp(x->id, y->id, sizeof(x->id));

	c = c ? c : strcmp(x->scope, y->scope);
	c = c ? c : strcmp(x->kind, y->kind);
	return c ? c : (int)y->line - (int)x->line; /* the wider one first */
}

static bool is_same(const struct ingest_listed *x, const struct ingest_listed *y)
{
	return memcmp(x->id, y->id, sizeof(x->id)) == 0 && strcmp(x->scope, y->scope) == 0 &&
	       strcmp(x->kind, y->kind) == 0;
}

/* ---- where communes go on ---- */

/* Every task of a commune (NULL: of all). */
static enum rc note_tasks(struct ingest_group *p, const char *scope, struct err *reterr)
{
	struct archive_reader *r = p->w->own;
	struct places c = {.p = p, .reterr = reterr};
	struct archive_wanted w = {.scope = scope, .kind = TASK_KIND, .state = -1, .rank = -1,
				   .before = INT64_MAX, .from = -1, .until = -1, .limit = ARCHIVE_VISITS};
	struct archive_got got = {.next = 0};
	enum rc rc = RC_OK;

	while (rc == RC_OK && got.next >= 0) {
		rc = r->submissions(r->ctx, &w, take_place, &c, &got, reterr);
		rc = rc == RC_OK ? c.rc : rc;
		w.before = got.next;
	}
	return rc;
}

/* Those of the commune a merger or split leads away from, and of what goes on there. */
static enum rc note_from(struct ingest_group *p, const struct ingest_listed *x, struct err *reterr)
{
	const struct matter_store m = matter_archive(p->w->own, p->g->forms->set);
	struct merge_state *state = NULL;
	struct unit_way way = {.n = 0};
	char scope[ENTRY_SCOPE_LEN];
	struct err why;
	enum rc rc = m.state(m.ctx, x->scope, x->kind, x->id, &state, &why);
	bool said = rc == RC_OK &&
		    unit_source(state, form_set_newest(p->g->forms->set, x->kind), x->kind, scope);

	merge_free(state);
	if (rc != RC_OK && rc != RC_NOTFOUND) {
		if (reterr)
			*reterr = why;
		return rc;
	}
	if (!said)
		return note_tasks(p, NULL, reterr);
	rc = way_to(&p->units, p->w->own, p->g->forms->set, scope, &way, reterr);
	for (size_t i = 0; rc == RC_OK && i < way.n; i++)
		rc = note_tasks(p, way.scope[i], reterr);
	return rc;
}

/* By all mergers and splits as they are now that everything is written. */
static enum rc note_units(struct ingest_group *p, struct err *reterr)
{
	size_t n = p->nlisted;
	enum rc rc = RC_OK;
	bool anew = false;

	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct ingest_listed x = p->listed[i]; /* which may move */

		if (!is_unit(x.kind))
			continue;
		if (!anew) {
			units_free(&p->units.all);
			p->units.read = false;
		}
		anew = true;
		rc = note_from(p, &x, reterr);
	}
	return rc;
}

enum rc ingest_listing_put(struct ingest_group *p, struct err *reterr)
{
	struct putting b;
	enum rc rc = note_units(p, reterr);

	if (rc != RC_OK || p->nlisted == 0)
		return rc;
	qsort(p->listed, p->nlisted, sizeof(*p->listed), by_entity);
	putting_begin(&b, p->g, p->w, &p->units);
	for (size_t i = 0; rc == RC_OK && i < p->nlisted; i++)
		if (!is_unit(p->listed[i].kind) && (i == 0 || !is_same(&p->listed[i - 1], &p->listed[i])))
			rc = put_listed(&b, &p->listed[i], reterr);
	putting_end(&b);
	return rc;
}

/* ---- catching up ---- */

struct step {
	int64_t no[STEP];
	size_t n;
};

static bool take_no(void *arg, int64_t no)
{
	struct step *s = arg;

	s->no[s->n++] = no;
	return true;
}

static enum rc put_no(struct putting *b, int64_t no, struct err *reterr)
{
	struct ingest_listed x = {.line = false};
	struct archive_entity e;
	enum rc rc;

	buf_reset(&b->state);
	buf_reset(&b->title);
	rc = b->l.r->entity_no(b->l.r->ctx, no, &e, &b->state, &b->title, reterr);
	if (rc != RC_OK)
		return rc;
	memcpy(x.scope, e.scope, sizeof(x.scope));
	memcpy(x.kind, e.kind, sizeof(x.kind));
	memcpy(x.id, e.id, sizeof(x.id));
	return put_listed(b, &x, reterr);
}

/* *after: the last number that has its row. done: the setting once there are no more. */
static enum rc step(struct ingest *g, const char *kind, const char *done, int64_t *after,
		    bool *retmore, struct err *reterr)
{
	struct archive_writer *w = archive_writer(g->archive);
	struct ingest_units units = {.read = false};
	struct step s = {.n = 0};
	struct putting b;
	enum rc rc = w->begin(w->ctx, reterr);

	if (rc != RC_OK)
		return rc;
	putting_begin(&b, g, w, &units);
	rc = w->own->entity_nos(w->own->ctx, kind, *after, STEP, take_no, &s, reterr);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++)
		rc = put_no(&b, s.no[i], reterr);
	*retmore = s.n == STEP;
	if (rc == RC_OK && !*retmore)
		rc = w->set(w->ctx, DONE, done, reterr);
	putting_end(&b);
	units_free(&units.all);
	if (rc != RC_OK) {
		w->rollback(w->ctx);
		return rc;
	}
	if (s.n > 0)
		*after = s.no[s.n - 1];
	return w->commit(w->ctx, reterr);
}

static enum rc one_kind(struct ingest *g, const char *kind, struct buf *done, struct err *reterr)
{
	int64_t after = 0;
	bool more = true;
	enum rc rc = RC_OK;

	buf_addf(done, "%s ", kind);
	while (rc == RC_OK && more)
		rc = step(g, kind, (const char *)done->p, &after, &more, reterr);
	return rc;
}

static bool is_done(const char *done, const char *kind)
{
	size_t n = strlen(kind);

	for (const char *at = done; (at = strstr(at, kind)) != NULL; at += n)
		if ((at == done || at[-1] == ' ') && at[n] == ' ')
			return true;
	return false;
}

enum rc ingest_listing_catch_up(struct ingest *g, struct err *reterr)
{
	struct archive_writer *w = archive_writer(g->archive);
	const struct form *f;
	struct buf done;
	char *text = NULL;
	enum rc rc = w->own->setting(w->own->ctx, DONE, &text, reterr);

	buf_init(&done, LIMIT_TEXT);
	buf_add_str(&done, text ? text : "");
	free(text);
	for (size_t i = 0; rc == RC_OK && (f = form_set_at(g->forms->set, i, NULL)) != NULL; i++)
		if (f == form_set_newest(g->forms->set, f->name) && listing_is(f) &&
		    !is_done(done.p ? (const char *)done.p : "", f->name))
			rc = one_kind(g, f->name, &done, reterr);
	buf_free(&done);
	return rc;
}
