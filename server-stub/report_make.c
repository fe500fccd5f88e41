/*
 * report_make: see report_make.h. Clauses R1, R2, R10. Figures come from the facts of records (server-stub/facts), and
 * from the entries of those that were changed behind the checkpoint. One reader is held throughout, so that the
 * archive may grow meanwhile: what is below a checkpoint does not change but for what is erased.
 */
#include "server-stub/report_make.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/os.h"
#include "server-stub/report_keep.h"
#include "sync/merge.h"
#include "sync/report_file.h"

enum { FLUSH_AT = 1024 * 1024 };

/* ---- issues ---- */

/* What an entity of kind report says: its first admitted entry (M21). */
struct said {
	int64_t below; /* entries from there on are not looked at */
	int64_t index; /* of that entry; -1: there is none */
	bool is;       /* an issue (R1) */
	bool undecided;
	struct report_issue issue;
};

static bool take_first(void *arg, const struct archive_row *row)
{
	struct said *s = arg;

	if (row->verdict == KEYRING_ADMITTED && row->index < s->below)
		s->index = row->index;
	return s->index < 0 && row->index < s->below;
}

static enum rc read_said(struct archive_reader *r, const struct form *form, const struct archive_entity *e,
			 struct said *ret, struct err *reterr)
{
	struct merge_state *s = NULL;
	struct json *fields;
	enum rc rc = r->entity_rows(r->ctx, e->no, take_first, ret, reterr);

	if (rc != RC_OK || ret->index < 0 || e->state.len == 0)
		return rc;
	rc = merge_read(e->state, &s, reterr);
	if (rc != RC_OK)
		return rc;
	fields = merge_json(s, form);
	ret->undecided = merge_conflicts(s, form) > 0;
	ret->is = report_issue_read(fields, &ret->issue) && report_issue_is(&ret->issue, e->id, ret->index);
	json_free(fields);
	merge_free(s);
	return RC_OK;
}

struct issues {
	bool (*take)(void *arg, const struct report_issue *i, int64_t index, bool undecided);
	void *arg;
	struct archive_reader *r;
	const struct form *form;
	enum rc rc;
	struct err *reterr;
};

static bool take_issue(void *arg, const struct archive_entity *e)
{
	struct issues *x = arg;
	struct said s = {.below = INT64_MAX, .index = -1};

	x->rc = read_said(x->r, x->form, e, &s, x->reterr);
	if (x->rc != RC_OK)
		return false;
	return !s.is || x->take(x->arg, &s.issue, s.index, s.undecided);
}

enum rc report_make_issues(struct collector *col,
			   bool (*take)(void *arg, const struct report_issue *i, int64_t index,
					bool undecided),
			   void *arg, struct err *reterr)
{
	const struct archive_filter f = {.scope = "*", .kind = REPORT_KIND, .limit = INT64_MAX};
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct issues x = {.take = take, .arg = arg, .reterr = reterr,
			   .form = form_set_newest(snap->forms, REPORT_KIND)};
	enum rc rc = archive_read(col->archive, &x.r, reterr);

	if (rc == RC_OK)
		rc = x.r->entities(x.r->ctx, &f, take_issue, &x, NULL, reterr);
	archive_read_end(col->archive, x.r);
	ingest_snapshot_end(col->ingest, snap);
	return rc == RC_OK ? x.rc : rc;
}

static enum rc taken(const struct said *s, const char *week, struct err *reterr)
{
	char index[NUM_I64_LEN];

	if (s->index < 0)
		return RC_OK;
	if (s->is)
		return err_set(reterr, RC_EXISTS, "R1", "report.frozen", "week", week, NULL);
	num_str(s->index, index);
	return err_set(reterr, RC_EXISTS, "M21", "report.taken", "week", week, "index", index, NULL);
}

enum rc report_make_free(struct archive_reader *r, const struct form_set *forms, const char *week,
			 int64_t below, struct err *reterr)
{
	struct said s = {.below = below, .index = -1};
	struct archive_entity e;
	struct buf state, title;
	struct err why;
	uint8_t id[16];
	enum rc rc;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	report_issue_id(week, id);
	rc = r->entity(r->ctx, "*", REPORT_KIND, id, &e, &state, &title, &why);
	if (rc == RC_OK) {
		e.state = span_buf(&state);
		rc = read_said(r, form_set_newest(forms, REPORT_KIND), &e, &s, &why);
	}
	if (rc == RC_OK)
		rc = taken(&s, week, &why);
	buf_free(&state);
	buf_free(&title);
	if (rc == RC_NOTFOUND) /* nothing of it was ever written */
		return RC_OK;
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

static bool match_issue(void *arg, const struct report_issue *i, int64_t index, bool undecided)
{
	struct report_make *m = arg;
	bool week = !m->week[0] || strcmp(m->week, i->week) == 0;
	bool size = m->size == 0 || m->size == i->size;

	if (undecided || !week || !size || (!m->week[0] && m->size == 0))
		return true;
	m->frozen = true;
	m->issue = *i;
	m->issue_index = index;
	return false;
}

static enum rc find_checkpoint(struct collector *col, struct report_make *m, struct err *reterr)
{
	struct archive_reader *r = NULL;
	uint8_t root[TREE_HASH];
	struct buf text;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	buf_init(&text, NOTE_TEXT_MAX);
	if (m->size == 0)
		rc = r->head(r->ctx, &m->size, &text, &m->at, reterr);
	if (rc == RC_OK && m->size == 0)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "routes.no_checkpoint", NULL);
	if (rc == RC_OK)
		rc = r->checkpoint_at(r->ctx, m->size, root, &m->at, reterr);
	buf_free(&text);
	archive_read_end(col->archive, r);
	return rc;
}

enum rc report_make_find(struct collector *col, const char *week, int64_t size,
			 struct report_make *ret, struct err *reterr)
{
	struct report_make m = {.size = size};
	enum rc rc;

	if (week[0] && !text_is_week(span_str(week)))
		return err_set(reterr, RC_INPUT, NULL, "text.week_form", "value", week, NULL);
	memcpy(m.week, week, strlen(week) + 1);
	rc = report_make_issues(col, match_issue, &m, reterr);
	if (rc == RC_OK && m.frozen) {
		m.size = m.issue.size;
		memcpy(m.week, m.issue.week, sizeof(m.week));
	}
	if (rc == RC_OK)
		rc = find_checkpoint(col, &m, reterr);
	if (rc == RC_OK && !m.week[0])
		text_time_week(m.at, m.week);
	if (rc == RC_OK)
		*ret = m;
	return rc;
}

/* ---- the report ---- */

struct feeding {
	struct report *r;
	int64_t size;
	enum rc rc;
	struct err *reterr;
};

static bool learn_row(void *arg, const struct archive_row *row)
{
	struct feeding *f = arg;
	struct entry *e = NULL;

	if (row->index >= f->size)
		return false;
	f->rc = archive_read_entry(row, &e, f->reterr);
	if (f->rc == RC_OK)
		f->rc = report_learn(f->r, e, row->index, f->reterr);
	entry_free(e);
	return f->rc == RC_OK;
}

struct numbers {
	int64_t *no;
	size_t n;
	bool nomem;
};

static bool take_number(void *arg, const struct archive_entity *e)
{
	struct numbers *x = arg;
	int64_t *grown = realloc(x->no, (x->n + 1) * sizeof(*grown));

	x->nomem = !grown;
	if (grown) {
		x->no = grown;
		x->no[x->n++] = e->no;
	}
	return grown != NULL;
}

/* Authority entries, and the entries of issues. */
static enum rc learn(struct archive_reader *r, struct feeding *f, struct err *reterr)
{
	const struct archive_filter issues = {
	    .scope = "*", .kind = REPORT_KIND, .limit = INT64_MAX};
	struct numbers x = {.n = 0};
	enum rc rc;

	rc = r->authority_rows(r->ctx, learn_row, f, reterr);
	if (rc == RC_OK)
		rc = f->rc;
	if (rc == RC_OK)
		rc = r->entities(r->ctx, &issues, take_number, &x, NULL, reterr);
	if (rc == RC_OK && x.nomem)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; rc == RC_OK && i < x.n; i++) {
		rc = r->entity_rows(r->ctx, x.no[i], learn_row, f, reterr);
		rc = rc == RC_OK ? f->rc : rc;
	}
	free(x.no);
	return rc;
}

static enum rc read_blob(void *ctx, const uint8_t sha[CRYPT_HASH_LEN], struct buf *out,
			 struct err *reterr)
{
	struct collector *col = ctx;
	char path[LIMIT_PATH];
	enum rc rc = archive_blob_path(col->archive, sha, path, sizeof(path), reterr);

	return rc == RC_OK ? os_file_read(path, out, reterr) : rc;
}

/* ---- facts, and entries where they do not stand ---- */

struct unfit {
	struct unfit_record {
		int64_t no;
		unsigned prefixes;
	} *record;
	size_t n;
	int64_t size[2];
	bool nomem;
};

static bool take_unfit(void *arg, int64_t no, int64_t born, int64_t since)
{
	struct unfit *x = arg;
	unsigned prefixes = 0;

	for (unsigned p = 0; p < 2; p++)
		prefixes |= since > x->size[p] && born < x->size[p] ? 1U << p : 0;
	if (prefixes == 0)
		return true;
	if ((x->n & (x->n - 1)) == 0) { /* 0, 1, 2, 4, 8 … */
		void *grown = realloc(x->record, (x->n ? x->n * 2 : 1) * sizeof(*x->record));

		x->nomem = !grown;
		if (!grown)
			return false;
		x->record = grown;
	}
	x->record[x->n++] = (struct unfit_record){no, prefixes};
	return true;
}

struct reading {
	struct report *r;
	int64_t size[2]; /* of the prefixes; -1: none */
	unsigned prefixes;
	enum rc rc;
	struct err *reterr;
};

static bool read_row(void *arg, const struct archive_row *row)
{
	struct reading *x = arg;
	struct entry *e = NULL;

	if (row->index >= x->size[0])
		return false;
	x->rc = archive_read_entry(row, &e, x->reterr);
	if (x->rc == RC_OK)
		x->rc = report_entry(x->r, x->prefixes, e, row->index, x->reterr);
	entry_free(e);
	return x->rc == RC_OK;
}

static enum rc read_unfit(struct archive_reader *a, struct reading *x, struct err *reterr)
{
	struct unfit u = {.n = 0, .size = {x->size[0], x->size[1]}};
	int64_t least = u.size[1] >= 0 && u.size[1] < u.size[0] ? u.size[1] : u.size[0];
	enum rc rc = a->facts_after(a->ctx, least, u.size[0], take_unfit, &u, reterr);

	if (rc == RC_OK && u.nomem)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; rc == RC_OK && i < u.n; i++) {
		x->prefixes = u.record[i].prefixes;
		rc = a->entity_rows(a->ctx, u.record[i].no, read_row, x, reterr);
		rc = rc == RC_OK ? x->rc : rc;
	}
	free(u.record);
	return rc == RC_OK ? report_read(x->r, reterr) : rc;
}

static bool read_fact(void *arg, const struct archive_fact *f)
{
	struct reading *x = arg;

	for (size_t p = 0; p < 2 && x->rc == RC_OK; p++)
		if (f->since <= x->size[p])
			x->rc = report_take(x->r, p, &f->f, x->reterr);
	return x->rc == RC_OK;
}

static bool read_id(void *arg, const uint8_t id[ENTRY_ID_LEN], int64_t index)
{
	struct reading *x = arg;

	x->rc = report_here(x->r, id, index, x->reterr);
	return x->rc == RC_OK;
}

static enum rc read_root(struct archive_reader *a, struct reading *x)
{
	uint8_t root[TREE_HASH];
	struct tree_frontier t;
	enum rc rc = tree_frontier_read(&a->tree, (uint64_t)x->size[0], &t, x->reterr);

	if (rc == RC_OK) {
		tree_frontier_root(&t, root);
		report_stands(x->r, root);
	}
	return rc;
}

static enum rc read_all(struct archive_reader *a, struct report *r, struct err *reterr)
{
	struct reading x = {.r = r, .size = {report_prefix(r, 0), report_prefix(r, 1)}, .reterr = reterr};
	size_t asked = 0;
	enum rc rc = read_root(a, &x);

	if (rc == RC_OK)
		rc = read_unfit(a, &x, reterr);
	if (rc == RC_OK)
		rc = a->facts(a->ctx, x.size[0], read_fact, &x, reterr);
	rc = rc == RC_OK ? x.rc : rc;
	if (rc == RC_OK)
		rc = report_asks(r, &asked, reterr);
	if (rc == RC_OK && asked > 0)
		rc = a->entry_ids(a->ctx, 0, x.size[0], read_id, &x, reterr);
	return rc == RC_OK ? x.rc : rc;
}

/* ---- what was erased since ---- */

struct erasing {
	const struct archive_reader *a;
	int64_t size, n;
	enum rc rc;
	struct err *reterr;
};

/* Does the erase that took it stand below the checkpoint too? Then whoever froze the issue knew. */
static bool count_erased(void *arg, const uint8_t id[ENTRY_ID_LEN], struct span by_line)
{
	struct erasing *x = arg;
	uint8_t by[ENTRY_ID_LEN];
	int64_t at = -1, by_at = -1;

	if (by_line.len <= ENTRY_SIG_TEXT + 1)
		return true;
	x->rc = x->a->entry_by_id(x->a->ctx, id, &at, x->reterr);
	if (x->rc != RC_OK || at < 0 || at >= x->size)
		return x->rc == RC_OK;
	entry_id(span_of(by_line.p + ENTRY_SIG_TEXT + 1, by_line.len - ENTRY_SIG_TEXT - 1), by);
	x->rc = x->a->entry_by_id(x->a->ctx, by, &by_at, x->reterr);
	x->n += by_at < 0 || by_at >= x->size;
	return x->rc == RC_OK;
}

static enum rc find_erased(const struct archive_reader *a, struct report_make *m, struct err *reterr)
{
	struct erasing x = {.a = a, .size = m->size, .reterr = reterr};
	enum rc rc = a->erasures(a->ctx, count_erased, &x, reterr);

	m->erased = x.n;
	return rc == RC_OK ? x.rc : rc;
}

static enum rc feed_all(struct collector *col, struct report *r, struct report_make *m, struct err *reterr)
{
	struct feeding f = {.r = r, .size = m->size, .reterr = reterr};
	struct archive_reader *a = NULL;
	enum rc rc = archive_read(col->archive, &a, reterr);

	if (rc != RC_OK)
		return rc;
	rc = a->hold(a->ctx, reterr); /* what a fact says, and where it does not stand, of one moment */
	if (rc == RC_OK)
		rc = learn(a, &f, reterr);
	if (rc == RC_OK)
		rc = report_settle(r, &a->tree, reterr);
	if (rc == RC_OK)
		rc = read_all(a, r, reterr);
	if (rc == RC_OK)
		rc = find_erased(a, m, reterr);
	a->let(a->ctx);
	archive_read_end(col->archive, a);
	return rc;
}

enum rc report_make(struct collector *col, struct report_make *m, struct report **ret,
		    struct buf *csv, uint8_t retsha[CRYPT_HASH_LEN], struct err *reterr)
{
	const struct report_blobs blobs = {col, read_blob};
	struct report *r = NULL;
	enum rc rc = report_new(col->root, m->size, m->week, &r, reterr);

	if (rc == RC_OK)
		rc = feed_all(col, r, m, reterr);
	if (rc == RC_OK)
		rc = report_finish(r, &blobs, reterr);
	if (rc == RC_OK)
		rc = report_csv(r, csv, retsha, reterr);
	if (rc == RC_OK)
		*ret = r;
	else
		report_free(r);
	return rc;
}

/* ---- of an issue ---- */

static enum rc differs(const struct report_made *x, struct err *reterr)
{
	return err_set(reterr, RC_CORRUPT, "R1", "report.differs", "week", x->m.week, NULL);
}

/* The report as it was frozen, if what is kept of it gives the file the issue names. */
static enum rc take_kept(struct collector *col, struct report_made *x, struct err *reterr)
{
	enum rc rc = report_keep_read(col, x->m.issue.csv, &x->m, &x->kept, reterr);

	buf_reset(&x->csv);
	if (rc == RC_OK)
		rc = report_csv(x->kept, &x->csv, x->sha, reterr);
	return rc == RC_OK && memcmp(x->sha, x->m.issue.csv, sizeof(x->sha)) != 0 ? differs(x, reterr) : rc;
}

/*
 * An issue says another file than its leaves give: the log, or this program, is not what it was. Unless
 * something was erased since: then the issue says what it said (R2).
 */
enum rc report_made_make(struct collector *col, struct report_made *x, struct err *reterr)
{
	enum rc rc;

	buf_init(&x->csv, LIMIT_BLOB);
	rc = report_make(col, &x->m, &x->r, &x->csv, x->sha, reterr);
	if (rc != RC_OK || !x->m.frozen ||
	    memcmp(x->m.issue.csv, x->sha, sizeof(x->sha)) == 0)
		return rc;
	return x->m.erased > 0 ? take_kept(col, x, reterr) : differs(x, reterr);
}

void report_made_free(struct report_made *x)
{
	report_free(x->r);
	report_free(x->kept);
	buf_free(&x->csv);
}

/* ---- the export ---- */

struct writing {
	struct os_file *f;
	struct buf b, line;
	enum rc rc;
	struct err *reterr;
};

static void flush(struct writing *w)
{
	if (w->rc == RC_OK)
		w->rc = buf_check(&w->b, w->reterr);
	if (w->rc == RC_OK)
		w->rc = os_file_append(w->f, span_buf(&w->b), w->reterr);
	buf_reset(&w->b);
}

static bool write_row(void *arg, const struct archive_row *row)
{
	struct writing *w = arg;

	buf_reset(&w->line);
	archive_read_line(row, &w->line);
	report_file_line(span_buf(&w->line), &w->b);
	if (w->b.len > FLUSH_AT)
		flush(w);
	return w->rc == RC_OK;
}

static bool issue_line(void *arg, const struct archive_row *row)
{
	archive_read_line(row, arg);
	return false;
}

const struct report *report_made_shown(const struct report_made *x)
{
	return x->kept ? x->kept : x->r;
}

static enum rc write_head(struct archive_reader *a, const struct report_made *x, struct writing *w,
			  struct err *reterr)
{
	const struct report_make *m = &x->m;
	const struct report_issue *before = report_previous(report_made_shown(x));
	struct report_head h = {.issue = {.size = m->size}};
	struct buf note, line;
	enum rc rc;

	buf_init(&note, NOTE_TEXT_MAX);
	buf_init(&line, LIMIT_ENTRY_STUB);
	report_root(x->r, h.issue.root);
	memcpy(h.issue.week, m->week, sizeof(h.issue.week));
	memcpy(h.issue.csv, x->sha, sizeof(h.issue.csv));
	if (before)
		memcpy(h.issue.previous, before->week, sizeof(before->week));
	rc = a->checkpoint_text(a->ctx, m->size, &note, reterr);
	if (rc == RC_OK && m->frozen)
		rc = a->rows(a->ctx, NULL, m->issue_index, m->issue_index + 1, issue_line, &line,
			     reterr);
	h.checkpoint = span_buf(&note);
	h.line = span_buf(&line);
	if (rc == RC_OK)
		report_file_head(&h, &w->b);
	if (rc == RC_OK && x->kept)
		report_file_text(span_buf(&x->csv), &w->b);
	buf_free(&note);
	buf_free(&line);
	return rc;
}

static enum rc write_blobs(struct collector *col, const struct report *r, struct writing *w,
			   struct err *reterr)
{
	uint8_t sha[CRYPT_HASH_LEN];
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && report_needs(r, i, sha); i++) {
		struct buf text;

		buf_init(&text, LIMIT_BLOB);
		rc = read_blob(col, sha, &text, reterr);
		if (rc == RC_OK)
			report_file_blob(sha, span_buf(&text), &w->b);
		buf_free(&text);
	}
	return rc;
}

static enum rc write_all(struct collector *col, const struct report_made *x, struct writing *w,
			 struct err *reterr)
{
	struct archive_reader *a = NULL;
	enum rc rc = archive_read(col->archive, &a, reterr);

	if (rc != RC_OK)
		return rc;
	rc = write_head(a, x, w, reterr);
	if (rc == RC_OK)
		rc = write_blobs(col, x->r, w, reterr);
	if (rc == RC_OK)
		rc = a->rows(a->ctx, NULL, 0, x->m.size, write_row, w, reterr);
	archive_read_end(col->archive, a);
	if (rc == RC_OK)
		flush(w);
	return rc == RC_OK ? w->rc : rc;
}

enum rc report_make_export(struct collector *col, const struct report_made *x, const char *path,
			   struct err *reterr)
{
	struct writing w = {.reterr = reterr};
	enum rc rc = os_file_exists(path) ? os_file_remove(path, reterr) : RC_OK;

	buf_init(&w.b, (size_t)3 * LIMIT_BLOB);
	buf_init(&w.line, LIMIT_ENTRY_STUB);
	if (rc == RC_OK)
		rc = os_file_open(&w.f, path, OS_APPEND, reterr);
	if (rc == RC_OK)
		rc = write_all(col, x, &w, reterr);
	if (rc == RC_OK)
		rc = os_file_flush(w.f, reterr);
	os_file_close(w.f);
	buf_free(&w.b);
	buf_free(&w.line);
	return rc;
}
