/*
 * ingest: the sequencer's queue, its thread and the snapshots it publishes.
 *
 * Everything that waits when the sequencer comes round is one group with one commit;
 * while it runs, the next group gathers. An administrator's act is a group of its own,
 * so that it can fail alone. Memory (keyring, tree, forms) follows the disk: a group
 * that does not commit leaves no trace in either. Between groups, when nobody waits, the
 * archive may tidy up. Clauses L9, P27.
 */
#include "server-stub/ingest.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "server-stub/ingest_part.h"

enum {
	GROUP_LINES = 20000,   /* lines of one group: bounds how long the first sender waits */
	TIDY_AFTER_MS = 100,   /* without work */
	SCANNED_MAX = 16 * 1024 /* entries; beyond, tidying does not wait for a pause */
};

typedef enum rc job_write(void *arg, struct archive_writer *w, struct err *reterr);

struct ingest_job {
	const struct session_line *line; /* a request's lines, or NULL */
	struct entry *const *own;        /* own entries, or NULL */
	size_t n;
	struct session_verdict *verdict;
	job_write *write;
	void *arg;
	int64_t *retindex;
	enum rc rc;
	struct err err;
	struct os_cond *wake; /* its sender's own: a herd is not woken for each group */
	bool done;
	struct ingest_job *next;
};

/* A snapshot with its count of users; the last one frees it. */
struct ingest_shared {
	struct ingest_snapshot view; /* first: handed out */
	struct keyring *keyring;
	struct ingest_forms *forms;
	int refs;
};

static bool is_group_job(const struct ingest_job *j)
{
	return j->line != NULL;
}

/* ---- snapshots; mutex held ---- */

static void forms_unref(struct ingest_forms *f)
{
	if (f && --f->refs == 0) {
		form_set_free(f->set);
		free(f);
	}
}

static void shared_unref(struct ingest_shared *s)
{
	if (!s || --s->refs > 0)
		return;
	keyring_free(s->keyring);
	forms_unref(s->forms);
	free(s);
}

static enum rc publish(struct ingest *g, struct err *reterr)
{
	struct ingest_shared *s = calloc(1, sizeof(*s));
	enum rc rc;

	if (!s)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = keyring_copy(g->keyring, &s->keyring, reterr);
	if (rc != RC_OK) {
		free(s);
		return rc;
	}
	s->refs = 1;
	os_mutex_lock(g->mutex);
	s->forms = g->forms;
	s->forms->refs++;
	s->view.keyring = s->keyring;
	s->view.forms = s->forms->set;
	shared_unref(g->snapshot);
	g->snapshot = s;
	os_mutex_unlock(g->mutex);
	return RC_OK;
}

const struct ingest_snapshot *ingest_snapshot(struct ingest *g)
{
	struct ingest_shared *s;

	os_mutex_lock(g->mutex);
	s = g->snapshot;
	s->refs++;
	os_mutex_unlock(g->mutex);
	return &s->view;
}

void ingest_snapshot_end(struct ingest *g, const struct ingest_snapshot *view)
{
	/* view is the first member; the shared struct was handed out as such. */
	struct ingest_shared *s = (struct ingest_shared *)(uintptr_t)view;

	os_mutex_lock(g->mutex);
	shared_unref(s);
	os_mutex_unlock(g->mutex);
}

/* ---- loading ---- */

struct load {
	struct ingest *g;
	struct form_set *forms;
	enum rc rc;
	struct err *reterr;
};

/* A published form whose blob is here. One that no longer parses would be our own fault: corrupt. */
static enum rc load_form(struct load *l, const struct entry *e, int64_t index)
{
	struct authority_form f;
	struct buf text;
	char path[LIMIT_PATH];
	enum rc rc = authority_form(e, &f, l->reterr);

	buf_init(&text, LIMIT_FORM_JSON);
	if (rc == RC_OK)
		rc = archive_blob_path(l->g->archive, f.sha256, path, sizeof(path), l->reterr);
	if (rc == RC_OK)
		rc = os_file_read(path, &text, l->reterr);
	if (rc == RC_OK)
		rc = form_set_load(l->forms, span_buf(&text),
				   f.closed ? FORM_CLOSED : FORM_PUBLISHED, l->reterr);
	if (rc == RC_OK && f.closed)
		form_set_closed_at(l->forms, f.name, f.version, index);
	buf_free(&text);
	return rc;
}

static bool load_form_row(void *arg, const struct archive_row *row)
{
	struct load *l = arg;
	struct entry *e = NULL;

	if (row->op != ENTRY_FORM || row->verdict != KEYRING_ADMITTED)
		return true;
	l->rc = archive_read_entry(row, &e, l->reterr);
	if (l->rc == RC_OK)
		l->rc = load_form(l, e, row->index);
	entry_free(e);
	return l->rc == RC_OK;
}

static bool load_key_row(void *arg, const struct archive_row *row)
{
	struct load *l = arg;
	struct entry *e = NULL;

	if (l->g->first_at == 0)
		l->g->first_at = row->received_at;
	l->rc = archive_read_entry(row, &e, l->reterr);
	if (l->rc == RC_OK)
		l->rc = keyring_add(l->g->keyring, e, row->index, NULL, l->reterr);
	entry_free(e);
	return l->rc == RC_OK;
}

/* A fresh set of all forms published so far. */
static enum rc load_forms(struct ingest *g, struct archive_reader *r, struct err *reterr)
{
	struct load l = {.g = g, .rc = RC_OK, .reterr = reterr};
	struct ingest_forms *f = calloc(1, sizeof(*f));
	enum rc rc;

	if (!f)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = form_set_new(&l.forms, reterr);
	if (rc == RC_OK)
		rc = r->authority_rows(r->ctx, load_form_row, &l, reterr);
	if (rc == RC_OK)
		rc = l.rc;
	if (rc != RC_OK) {
		form_set_free(l.forms);
		free(f);
		return rc;
	}
	f->set = l.forms;
	f->refs = 1;
	os_mutex_lock(g->mutex);
	forms_unref(g->forms);
	g->forms = f;
	os_mutex_unlock(g->mutex);
	return RC_OK;
}

/* Whose signature the newest checkpoint has: ours, or that of the log before (L12). */
static const uint8_t *head_key(const struct ingest *g, struct authority_log *log)
{
	if (g->recovers && keyring_log(g->keyring, log))
		return log->key;
	return crypt_signer_pk(g->log);
}

/* What was shown under this very key holds on; the evidence against an earlier log is past. */
static enum rc load_halt(struct ingest *g, struct archive_reader *r, struct err *reterr)
{
	struct note note;
	char *text = NULL;
	enum rc rc = r->setting(r->ctx, "halt", &text, reterr);

	if (rc == RC_OK && text)
		g->halted =
		    note_open(span_str(text), crypt_signer_pk(g->log), &note, NULL) == RC_OK ||
		    (strncmp(text, g->epoch, strlen(g->epoch)) == 0 && text[strlen(g->epoch)] == ' ');
	free(text);
	return rc;
}

/* The stored tree must give the stored checkpoint, or nothing may be appended to it. */
static enum rc load_tree(struct ingest *g, struct archive_reader *r, struct err *reterr)
{
	struct authority_log log;
	struct buf text;
	struct note note;
	uint8_t root[TREE_HASH];
	int64_t size = 0, at = 0;
	enum rc rc;

	buf_init(&text, NOTE_TEXT_MAX);
	rc = r->head(r->ctx, &size, &text, &at, reterr);
	if (rc == RC_OK && size > 0) {
		rc = note_open(span_buf(&text), head_key(g, &log), &note, reterr);
		if (rc == RC_OK)
			rc = tree_frontier_read(&r->tree, (uint64_t)size, &g->tree, reterr);
		tree_frontier_root(&g->tree, root);
		if (rc == RC_OK &&
		    (note.size != (uint64_t)size || !crypt_equal(root, note.root, TREE_HASH)))
			rc = err_num(reterr, RC_CORRUPT, "L1", "ingest.tree", "size",
				     (long long)size);
	}
	buf_free(&text);
	return rc;
}

static enum rc load_all(struct ingest *g, struct err *reterr)
{
	struct load l = {.g = g, .rc = RC_OK, .reterr = reterr};
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(g->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	rc = r->authority_rows(r->ctx, load_key_row, &l, reterr);
	if (rc == RC_OK)
		rc = l.rc;
	if (rc == RC_OK)
		rc = load_tree(g, r, reterr);
	if (rc == RC_OK)
		rc = load_halt(g, r, reterr);
	if (rc == RC_OK)
		rc = load_forms(g, r, reterr);
	archive_read_end(g->archive, r);
	return rc == RC_OK ? publish(g, reterr) : rc;
}

/* ---- one group ---- */

static enum rc do_lines(struct ingest_group *p, struct ingest_job *j, struct err *reterr)
{
	for (size_t i = 0; i < j->n; i++) {
		enum rc rc = ingest_group_line(p, &j->line[i], &j->verdict[i], reterr);

		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* Why an entry of the centre's own is not taken: the act is named, not the entry. */
static enum rc not_allowed(const struct session_verdict *v, struct err *reterr)
{
	static const char *const key[] = {[KEYRING_ADMITTED] = "issuer.not_allowed",
					  [KEYRING_Q_NO_CERT] = "issuer.no_cert",
					  [KEYRING_Q_SCOPE] = "issuer.other_scope",
					  [KEYRING_Q_ROLE] = "issuer.other_role",
					  [KEYRING_Q_REVOKED] = "issuer.revoked"};

	if (v->kind == SESSION_REFUSED)
		return err_set(reterr, RC_DENIED, v->clause, v->key, NULL);
	return err_set(reterr, RC_DENIED, keyring_verdict_clause(v->why), key[v->why], NULL);
}

static enum rc do_own(struct ingest_group *p, struct ingest_job *j, struct err *reterr)
{
	for (size_t i = 0; i < j->n; i++) {
		struct session_line line = {.e = j->own[i]};
		struct session_verdict v;
		enum rc rc = ingest_group_line(p, &line, &v, reterr);

		if (rc != RC_OK)
			return rc;
		if (v.kind != SESSION_ACCEPTED)
			return not_allowed(&v, reterr);
		if (i == 0 && j->retindex)
			*j->retindex = v.index;
	}
	return RC_OK;
}

static enum rc do_job(struct ingest_group *p, struct ingest_job *j, struct err *reterr)
{
	enum rc rc = RC_OK;

	if (p->g->halted && (j->line || j->own))
		return err_set(reterr, RC_UNAVAILABLE, "W5", "ingest.halted", NULL);
	if (j->line)
		rc = do_lines(p, j, reterr);
	else if (j->own)
		rc = do_own(p, j, reterr);
	if (rc == RC_OK && j->write)
		rc = j->write(j->arg, p->w, reterr);
	return rc;
}

/* After a commit the working copies become the truth; after a failure they are dropped. */
static enum rc group_settle(struct ingest_group *p, enum rc rc, struct err *reterr)
{
	struct ingest *g = p->g;
	struct archive_reader *r = NULL;

	if (rc != RC_OK) {
		struct keyring *back = NULL;

		p->w->rollback(p->w->ctx);
		if (p->keys_changed && keyring_copy(g->snapshot->keyring, &back, NULL) == RC_OK) {
			keyring_free(g->keyring);
			g->keyring = back;
		}
		os_mutex_lock(g->mutex);
		g->counts.failed++;
		os_mutex_unlock(g->mutex);
		return rc;
	}
	g->tree = p->tree;
	if (p->forms_changed) {
		rc = archive_read(g->archive, &r, reterr);
		if (rc == RC_OK) {
			rc = load_forms(g, r, reterr);
			archive_read_end(g->archive, r);
		}
	}
	if (p->keys_changed || p->forms_changed)
		rc = publish(g, rc == RC_OK ? reterr : NULL);
	if (p->forms_changed) /* what fails here is made up for at the next start */
		ingest_listing_catch_up(g, NULL);
	os_mutex_lock(g->mutex);
	g->counts.entries += p->entries;
	g->counts.groups++;
	os_mutex_unlock(g->mutex);
	return RC_OK;
}

static bool appends(const struct ingest_job *first)
{
	for (; first; first = first->next)
		if (first->line || first->own)
			return true;
	return false;
}

/* Ask whoever watches whether the log may grow; what forbids it is kept in a transaction of its own. */
static void ask_before(struct ingest *g, const struct ingest_job *first)
{
	struct archive_writer *w = archive_writer(g->archive);
	struct buf why;
	char *text;

	if (!g->watch.before || g->halted || !appends(first))
		return;
	buf_init(&why, NOTE_TEXT_MAX);
	g->watch.before(g->watch.ctx, &why);
	if (why.len > 0) {
		g->halted = true;
		text = span_dup(span_buf(&why));
		if (text && w->begin(w->ctx, NULL) == RC_OK &&
		    (w->set(w->ctx, "halt", text, NULL) != RC_OK ||
		     w->commit(w->ctx, NULL) != RC_OK))
			w->rollback(w->ctx);
		free(text);
	}
	buf_free(&why);
}

/* Entries it added: 0 when it failed. */
static int64_t run_group(struct ingest *g, struct ingest_job *first)
{
	struct ingest_group p = {.g = g, .w = archive_writer(g->archive), .tree = g->tree};
	struct err err;
	enum rc rc;

	err_clear(&err);
	ask_before(g, first);
	p.now = clock_now_s(g->clock);
	rc = p.w->begin(p.w->ctx, &err);
	for (struct ingest_job *j = first; j && rc == RC_OK; j = j->next)
		rc = do_job(&p, j, &err);
	if (rc == RC_OK)
		rc = ingest_group_end(&p, &err);
	if (rc == RC_OK)
		rc = p.w->commit(p.w->ctx, &err);
	rc = group_settle(&p, rc, &err);
	ingest_group_free(&p);
	for (struct ingest_job *j = first; j; j = j->next) {
		j->rc = rc;
		j->err = err;
	}
	if (rc == RC_OK && p.entries > 0 && g->watch.after)
		g->watch.after(g->watch.ctx);
	return rc == RC_OK ? p.entries : 0;
}

/* A step of tidying; a failure (a full disk) is tried again after the next group. */
static void tidy(struct ingest *g)
{
	struct archive_writer *w = archive_writer(g->archive);

	if (w->tidy(w->ctx, (int64_t)g->tree.size, &g->scanned, &g->untidy, NULL) != RC_OK)
		g->untidy = false;
}

/* Groups that follow each other without a pause must not leave everything to be scanned. */
static void tidy_now(struct ingest *g, int64_t entries)
{
	g->scanned += entries;
	g->untidy = g->untidy || entries > 0;
	while (g->untidy && g->scanned > SCANNED_MAX)
		tidy(g);
}

/* ---- the queue ---- */

/* Cut the next group off the queue; mutex held. */
static struct ingest_job *next_group(struct ingest *g)
{
	struct ingest_job *first = g->head, *last = first;
	size_t lines = first ? first->n : 0;

	if (!first)
		return NULL;
	while (is_group_job(last) && last->next && is_group_job(last->next) &&
	       lines + last->next->n <= GROUP_LINES) {
		last = last->next;
		lines += last->n;
	}
	g->head = last->next;
	if (!g->head)
		g->tail = &g->head;
	last->next = NULL;
	return first;
}

static void finish_group(struct ingest *g, struct ingest_job *first)
{
	os_mutex_lock(g->mutex);
	while (first) {
		struct ingest_job *next = first->next;

		first->done = true;
		os_cond_signal(first->wake);
		first = next; /* its sender may free it once the mutex is given back */
	}
	os_mutex_unlock(g->mutex);
}

/* Until there is work or the end; after a moment without any, tidy up. mutex held. */
static void wait_work(struct ingest *g)
{
	bool quiet = false;

	while (!g->head && !g->stopping) {
		if (!g->untidy) {
			os_cond_wait(g->work, g->mutex);
		} else if (quiet || !os_cond_wait_ms(g->work, g->mutex, TIDY_AFTER_MS)) {
			quiet = true;
			os_mutex_unlock(g->mutex);
			tidy(g);
			os_mutex_lock(g->mutex);
		}
	}
}

static void run_thread(void *arg)
{
	struct ingest *g = arg;

	for (;;) {
		struct ingest_job *first;
		int64_t added;

		os_mutex_lock(g->mutex);
		wait_work(g);
		first = next_group(g);
		os_mutex_unlock(g->mutex);
		if (!first)
			return;
		added = run_group(g, first);
		finish_group(g, first);
		tidy_now(g, added);
	}
}

/* Hand the job to the sequencer's thread and wait until its group is done. */
static enum rc wait_job(struct ingest *g, struct ingest_job *j, struct err *reterr)
{
	enum rc rc = os_cond_new(&j->wake, reterr);

	if (rc != RC_OK)
		return rc;
	os_mutex_lock(g->mutex);
	if (g->stopping) {
		rc = err_set(reterr, RC_UNAVAILABLE, "P27", "ingest.stopping", NULL);
	} else {
		*g->tail = j;
		g->tail = &j->next;
		os_cond_signal(g->work);
		g->counts.waiting++;
		while (!j->done)
			os_cond_wait(j->wake, g->mutex);
		g->counts.waiting--;
	}
	os_mutex_unlock(g->mutex);
	os_cond_free(j->wake);
	return rc;
}

static enum rc run_job(struct ingest *g, struct ingest_job *j, struct err *reterr)
{
	if (!g->threaded) {
		tidy_now(g, run_group(g, j));
	} else {
		enum rc rc = wait_job(g, j, reterr);

		if (rc != RC_OK)
			return rc;
	}
	if (j->rc != RC_OK && reterr)
		*reterr = j->err;
	return j->rc;
}

enum rc ingest_submit(struct ingest *g, const struct session_line *line, size_t n,
		      struct session_verdict *verdict, struct err *reterr)
{
	struct ingest_job j = {.line = line, .n = n, .verdict = verdict};

	return n == 0 ? RC_OK : run_job(g, &j, reterr);
}

enum rc ingest_own(struct ingest *g, struct entry *const *e, size_t n,
		   enum rc (*also)(void *arg, struct archive_writer *w, struct err *reterr),
		   void *arg, int64_t *retindex, struct err *reterr)
{
	struct ingest_job j = {.own = e, .n = n, .write = also, .arg = arg, .retindex = retindex};

	return run_job(g, &j, reterr);
}

enum rc ingest_write(struct ingest *g,
		     enum rc (*fn)(void *arg, struct archive_writer *w, struct err *reterr),
		     void *arg, struct err *reterr)
{
	struct ingest_job j = {.write = fn, .arg = arg};

	return run_job(g, &j, reterr);
}

/* ---- evidence against this log ---- */

struct halt {
	struct ingest *g;
	char *note;
};

static enum rc write_halt(void *arg, struct archive_writer *w, struct err *reterr)
{
	struct halt *h = arg;

	h->g->halted = true; /* at once: a full disk must not let it go on */
	return w->set(w->ctx, "halt", h->note, reterr);
}

enum rc ingest_halt(struct ingest *g, struct span note, struct err *reterr)
{
	struct halt h = {g, span_dup(note)};
	enum rc rc = h.note ? ingest_write(g, write_halt, &h, reterr)
			    : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	free(h.note);
	return rc;
}

bool ingest_halted(struct ingest *g)
{
	return g->halted;
}

/* ---- open, close ---- */

enum rc ingest_open(struct ingest **ret, const struct ingest_conf *conf, struct err *reterr)
{
	struct ingest *g = calloc(1, sizeof(*g));
	enum rc rc;

	if (!g)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	g->archive = conf->archive;
	g->clock = conf->clock;
	g->log = conf->log;
	g->watch = conf->watch;
	g->recovers = conf->recovers;
	g->tail = &g->head;
	g->untidy = true;
	memcpy(g->root, conf->root, sizeof(g->root));
	note_epoch(crypt_signer_pk(g->log), g->epoch);
	rc = os_mutex_new(&g->mutex, reterr);
	if (rc == RC_OK)
		rc = os_cond_new(&g->work, reterr);
	if (rc == RC_OK)
		rc = keyring_new(g->root, &g->keyring, reterr);
	if (rc == RC_OK)
		rc = load_all(g, reterr);
	if (rc == RC_OK)
		rc = ingest_listing_catch_up(g, reterr);
	g->threaded = conf->thread;
	if (rc == RC_OK && conf->thread)
		rc = os_thread_start(&g->thread, run_thread, g, reterr);
	if (rc == RC_OK)
		*ret = g;
	else
		ingest_free(g);
	return rc;
}

void ingest_free(struct ingest *g)
{
	if (!g)
		return;
	if (g->thread) {
		os_mutex_lock(g->mutex);
		g->stopping = true;
		os_cond_broadcast(g->work);
		os_mutex_unlock(g->mutex);
		os_thread_join(g->thread);
	}
	shared_unref(g->snapshot);
	forms_unref(g->forms);
	keyring_free(g->keyring);
	os_cond_free(g->work);
	os_mutex_free(g->mutex);
	free(g);
}

struct ingest_counts ingest_counts(const struct ingest *g)
{
	struct ingest_counts c;

	os_mutex_lock(g->mutex);
	c = g->counts;
	os_mutex_unlock(g->mutex);
	c.commits = archive_commits(g->archive);
	return c;
}

const char *ingest_epoch(const struct ingest *g)
{
	return g->epoch;
}
