/*
 * archive_submission: checks and statements as lists ask for them: one narrow row each, newest
 * first by log index, with an index for every filter and one for words.
 *
 * A page is led by the filter with the fewest rows; the others are looked at row by row, and after
 * ARCHIVE_VISITS of them the page ends and says where to go on. So what a page costs does not grow with the
 * archive, and what a combination costs is how many pages it takes: the rows of the rarest filter in it,
 * divided by ARCHIVE_VISITS. Not here: what the row of an entity is (listing), who keeps it so (ingest).
 */
#include <string.h>

#include "lib/limits.h"
#include "server-stub/archive_part.h"
#include "server-stub/archive_sql.h"
#include "server-stub/stand.h"

enum { WORD_LEN = 64, WORDS_MAX = 64 };

/* What can lead a page; in the order of ASQL_BY_…, ASQL_UP_… and ASQL_N_…. */
enum pivot { BY_ALL, BY_SCOPE, BY_PROVINCE, BY_KIND, BY_STATE, BY_SUBJECT, BY_WORD, BY_MARK,
	     BY_WAITS = BY_MARK + ARCHIVE_MARKS };

/* What archive_sql_11 has an index of: bits of states, and the centre's level. */
enum { OPEN_STATES = 1U << STAND_RECEIVED | 1U << STAND_APPROVED, OPEN_RANK = 3 };

struct lead {
	int pivot; /* from BY_MARK to BY_WAITS: of that bit */
	struct db_val v;
	int64_t rows; /* at most one more than ARCHIVE_VISITS */
};

struct search {
	struct db *db;
	const struct archive_wanted *w;
	char word[WORDS_MAX][WORD_LEN];
	size_t nword;
	int64_t before, from; /* indexes */
	struct lead lead;
};

static struct db *db_of(void *ctx)
{
	return ((struct archive_view *)ctx)->db;
}

/* ---- words ---- */

/* The next word of a folded text; false at its end. A longer one is cut, in the index as in a search. */
static bool next_word(const char **text, char ret[WORD_LEN])
{
	size_t skip = strspn(*text, " "), n = strcspn(*text + skip, " ");
	size_t keep = n < WORD_LEN ? n : WORD_LEN - 1;

	memcpy(ret, *text + skip, keep);
	ret[keep] = '\0';
	*text += skip + n;
	return n > 0;
}

static bool has_word(const char *words, const char *word)
{
	char one[WORD_LEN];

	while (next_word(&words, one))
		if (strcmp(one, word) == 0)
			return true;
	return false;
}

/* ---- one row ---- */

static void read_row(const struct db_q *q, struct archive_submission *ret)
{
	const struct span scope = db_col_text(q, 2), province = db_col_text(q, 3),
			  kind = db_col_text(q, 4), words = db_col_text(q, 10);

	*ret = (struct archive_submission){.index = db_col_int(q, 0), .no = db_col_int(q, 1)};
	memcpy(ret->scope, scope.p, scope.len < sizeof(ret->scope) ? scope.len : 0);
	memcpy(ret->province, province.p, province.len < sizeof(ret->province) ? province.len : 0);
	memcpy(ret->kind, kind.p, kind.len < sizeof(ret->kind) ? kind.len : 0);
	ret->state = (int)db_col_int(q, 5);
	ret->rank = db_col_int(q, 6);
	ret->marks = (unsigned)db_col_int(q, 7);
	ret->received_at = db_col_int(q, 8);
	ret->subject = db_col_int(q, 9);
	ret->words = words.p ? (const char *)words.p : "";
}

static bool fits(const struct search *s, const struct archive_submission *x)
{
	const struct archive_wanted *w = s->w;

	if (!w->kind && strcmp(x->kind, ARCHIVE_TASK) == 0)
		return false;
	if ((w->scope && strcmp(w->scope, x->scope) != 0) ||
	    (w->province && strcmp(w->province, x->province) != 0) ||
	    (w->kind && strcmp(w->kind, x->kind) != 0) || (w->state >= 0 && w->state != x->state) ||
	    (w->states && !(w->states >> x->state & 1U)) || (w->rank >= 0 && w->rank != x->rank) ||
	    (w->rank_below > 0 && x->rank >= w->rank_below) || (x->marks & w->marks) != w->marks ||
	    (w->sound && x->marks & ARCHIVE_HELD) || (w->subject && w->subject != x->subject))
		return false;
	if ((w->from >= 0 && x->received_at < w->from) ||
	    (w->until >= 0 && x->received_at > w->until))
		return false;
	for (size_t i = 0; i < s->nword; i++)
		if (!has_word(x->words, s->word[i]))
			return false;
	return !w->sees || w->sees(w->sees_arg, x->scope);
}

/* ---- what leads ---- */

static enum rc consider(struct search *s, int pivot, struct db_val v, struct err *reterr)
{
	int64_t n = 0;
	enum rc rc = db_get_int(s->db, ASQL_N_ALL + pivot,
				DB_V(v, db_int(s->before), db_int(s->from),
				     db_int(ARCHIVE_VISITS + 1)),
				&n, reterr);

	if (rc == RC_OK && (s->lead.pivot < 0 || n < s->lead.rows))
		s->lead = (struct lead){pivot, v, n};
	return rc;
}

static enum rc choose(struct search *s, struct err *reterr)
{
	const struct archive_wanted *w = s->w;
	const char *const text[] = {[BY_SCOPE] = w->scope, [BY_PROVINCE] = w->province, [BY_KIND] = w->kind};
	enum rc rc = RC_OK;

	s->lead.pivot = -1;
	for (int i = BY_SCOPE; rc == RC_OK && i <= BY_KIND; i++)
		if (text[i])
			rc = consider(s, i, db_str(text[i]), reterr);
	if (rc == RC_OK && w->state >= 0)
		rc = consider(s, BY_STATE, db_int(w->state), reterr);
	if (rc == RC_OK && w->subject)
		rc = consider(s, BY_SUBJECT, db_int(w->subject), reterr);
	for (size_t i = 0; rc == RC_OK && i < s->nword; i++)
		rc = consider(s, BY_WORD, db_str(s->word[i]), reterr);
	for (int i = 0; rc == RC_OK && i < ARCHIVE_MARKS; i++)
		if (w->marks & 1U << i)
			rc = consider(s, BY_MARK + i, db_null(), reterr);
	if (rc == RC_OK && w->states && !(w->states & ~(unsigned)OPEN_STATES) && w->rank_below > 0 &&
	    w->rank_below <= OPEN_RANK)
		rc = consider(s, BY_WAITS, db_null(), reterr);
	if (s->lead.pivot < 0)
		s->lead = (struct lead){.pivot = BY_ALL, .v = db_null()};
	return rc;
}

/* ---- times ---- */

/* The first index received after that moment: the collector's clock goes forward with the log. */
static enum rc index_after(struct db *db, int64_t at, int64_t *ret, struct err *reterr)
{
	int64_t lo = 0, hi = 0;
	enum rc rc = db_get_int(db, ASQL_SUBMISSION_LAST, DB_NONE, &hi, reterr);

	for (hi++; rc == RC_OK && lo < hi;) {
		int64_t mid = lo + (hi - lo) / 2, idx = hi, when = 0;
		struct db_q q;

		rc = db_query(&q, db, ASQL_SUBMISSION_TIME, DB_V(db_int(mid)), reterr);
		if (rc == RC_OK && db_next(&q)) {
			idx = db_col_int(&q, 0);
			when = db_col_int(&q, 1);
		}
		rc = db_end(&q, rc, reterr);
		if (idx >= hi || when > at)
			hi = mid;
		else
			lo = idx + 1;
	}
	*ret = hi;
	return rc;
}

static enum rc bounds(struct search *s, struct err *reterr)
{
	int64_t after = INT64_MAX;
	enum rc rc = RC_OK;

	s->before = s->w->before;
	s->from = s->w->least;
	if (s->w->until >= 0)
		rc = index_after(s->db, s->w->until, &after, reterr);
	if (after < s->before)
		s->before = after;
	if (rc == RC_OK && s->w->from > 0)
		rc = index_after(s->db, s->w->from - 1, &after, reterr);
	if (rc == RC_OK && s->w->from > 0 && after > s->from)
		s->from = after;
	return rc;
}

/* ---- a page ---- */

static enum rc page(struct search *s, bool (*take)(void *arg, const struct archive_submission *x),
		    void *arg, struct archive_got *ret, struct err *reterr)
{
	struct archive_submission x;
	int64_t last = -1, kept = -1;
	size_t taken = 0;
	bool more = true;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, (s->w->up ? ASQL_UP_ALL : ASQL_BY_ALL) + s->lead.pivot,
			      DB_V(s->lead.v, db_int(s->before), db_int(s->from),
				   db_int(ARCHIVE_VISITS + 1)),
			      reterr);

	ret->whole = true;
	while (rc == RC_OK && more && db_next(&q)) {
		if (ret->visited == ARCHIVE_VISITS) {
			ret->whole = false;
			break;
		}
		read_row(&q, &x);
		ret->visited++;
		last = x.index;
		if (!fits(s, &x))
			continue;
		ret->matching++;
		if (taken < s->w->limit) {
			taken++;
			kept = x.index;
			more = take(arg, &x);
		}
	}
	ret->next = ret->matching > (int64_t)taken ? kept : ret->whole ? -1 : last;
	if (s->w->up && ret->next >= 0)
		ret->next++;
	return db_end(&q, rc, reterr);
}

static enum rc r_submissions(void *ctx, const struct archive_wanted *w,
			     bool (*take)(void *arg, const struct archive_submission *s), void *arg,
			     struct archive_got *ret, struct err *reterr)
{
	struct search s = {.db = db_of(ctx), .w = w};
	const char *words = w->words ? w->words : "";
	enum rc rc = bounds(&s, reterr);

	while (s.nword < WORDS_MAX && next_word(&words, s.word[s.nword]))
		s.nword++;
	*ret = (struct archive_got){.next = -1};
	if (rc == RC_OK)
		rc = choose(&s, reterr);
	return rc == RC_OK ? page(&s, take, arg, ret, reterr) : rc;
}

static enum rc r_submission(void *ctx, int64_t index, struct archive_submission *ret,
			    struct buf *retwords, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_SUBMISSION_ONE, DB_V(db_int(index)), reterr);

	if (rc == RC_OK && !db_next(&q))
		rc = err_set(reterr, RC_NOTFOUND, NULL, "archive.no_entity", NULL);
	if (rc == RC_OK) {
		read_row(&q, ret);
		buf_add_str(retwords, ret->words);
		ret->words = NULL;
		rc = buf_check(retwords, reterr);
	}
	return db_end(&q, rc, reterr);
}

static enum rc r_entity_held(void *ctx, int64_t no, bool *ret, struct err *reterr)
{
	int64_t held = 0;
	enum rc rc = db_get_int(db_of(ctx), ASQL_ENTITY_HELD, DB_V(db_int(no)), &held, reterr);

	*ret = held != 0;
	return rc;
}

static enum rc r_entity_nos(void *ctx, const char *kind, int64_t after, size_t limit,
			    bool (*take)(void *arg, int64_t no), void *arg, struct err *reterr)
{
	struct db_q q;
	bool more = true;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_ENTITY_NOS,
			      DB_V(db_str(kind), db_int(after), db_int((int64_t)limit)), reterr);

	while (rc == RC_OK && more && db_next(&q))
		more = take(arg, db_col_int(&q, 0));
	return db_end(&q, rc, reterr);
}

static enum rc r_records(void *ctx, const struct archive_records *w,
			 bool (*take)(void *arg, int64_t no, const char *scope), void *arg,
			 struct err *reterr)
{
	int stmt = (w->scope ? ASQL_RECORDS_OF_UP : ASQL_RECORDS_UP) + w->down;
	struct db_q q;
	bool more = true;
	enum rc rc = db_query(&q, db_of(ctx), stmt,
			      DB_V(db_str(w->kind), db_int(w->above), db_int(w->below),
				   db_int((int64_t)w->limit), w->scope ? db_str(w->scope) : db_null()),
			      reterr);

	while (rc == RC_OK && more && db_next(&q)) {
		char scope[ENTRY_SCOPE_LEN] = "";
		struct span s = db_col_text(&q, 1);

		memcpy(scope, s.p, s.len < sizeof(scope) ? s.len : 0);
		more = take(arg, db_col_int(&q, 0), scope);
	}
	return db_end(&q, rc, reterr);
}

void archive_submission_read_init(struct archive_reader *r)
{
	r->submissions = r_submissions;
	r->submission = r_submission;
	r->entity_held = r_entity_held;
	r->entity_nos = r_entity_nos;
	r->records = r_records;
}

/* ---- writing ---- */

/* Words of the row that the other text has not. */
static enum rc change_words(struct db *db, int stmt, const char *words, const char *other,
			    int64_t index, struct err *reterr)
{
	char word[WORD_LEN];
	enum rc rc = RC_OK;

	while (rc == RC_OK && next_word(&words, word))
		if (!has_word(other, word))
			rc = db_run(db, stmt, DB_V(db_str(word), db_int(index)), reterr);
	return rc;
}

static enum rc w_submission_put(void *ctx, const struct archive_submission *x, struct err *reterr)
{
	struct archive *s = ctx;
	const char *had;
	struct buf old;
	enum rc rc;

	buf_init(&old, LIMIT_TEXT);
	rc = db_get_bytes(s->db, ASQL_SUBMISSION_WORDS, DB_V(db_int(x->index)), &old, reterr);
	if (rc == RC_NOTFOUND) {
		err_clear(reterr);
		rc = RC_OK;
	}
	if (rc == RC_OK)
		rc = buf_check(&old, reterr);
	had = old.p ? (const char *)old.p : "";
	if (rc == RC_OK)
		rc = change_words(s->db, ASQL_WORD_DROP, had, x->words, x->index, reterr);
	if (rc == RC_OK)
		rc = change_words(s->db, ASQL_WORD_ADD, x->words, had, x->index, reterr);
	if (rc == RC_OK)
		rc = db_run(s->db, ASQL_SUBMISSION_PUT,
			    DB_V(db_int(x->index), db_int(x->no), db_str(x->scope),
				 db_str(x->province), db_str(x->kind), db_int(x->state),
				 db_int(x->rank), db_int(x->marks), db_int(x->received_at),
				 db_int(x->subject), db_str(x->words)),
			    reterr);
	buf_free(&old);
	return rc;
}

static enum rc w_submission_province(void *ctx, const char *scope, const char *province,
				     struct err *reterr)
{
	struct archive *s = ctx;

	return db_run(s->db, ASQL_SUBMISSION_PROVINCE, DB_V(db_str(scope), db_str(province)),
		      reterr);
}

void archive_submission_init(struct archive *s)
{
	s->writer.submission_put = w_submission_put;
	s->writer.submission_province = w_submission_province;
}
