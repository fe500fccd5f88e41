/*
 * recovery: see recovery.h. What is offered and wanted, who is back, what was shown.
 * Does NOT change a key; recovery_run.c does.
 */
#include "server-stub/recovery.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/enrolment.h"

enum { TABLE_LEN = 16, KEY_LEN = ENTRY_SCOPE_LEN + CODEC_B64U_32 + 1 };

/* ---- what is missing of the feeds offered (P14) ---- */

struct gaps {
	struct json *runs;
	int64_t next;
	size_t n;
};

static void add_run(struct gaps *g, int64_t first, int64_t last)
{
	struct json *run = json_array();

	json_append(run, json_integer(first));
	json_append(run, json_integer(last));
	json_append(g->runs, run);
	g->n++;
}

static bool take_seq(void *arg, int64_t seq)
{
	struct gaps *g = arg;

	if (seq > g->next)
		add_run(g, g->next, seq - 1);
	if (seq >= g->next)
		g->next = seq + 1;
	return g->n < SESSION_WANT_RUNS;
}

/*
 * The holes up to the head's seq. When another entry stands there the feed has parted, where
 * nobody here knows: then everything, of which the agent sends what has no index.
 */
static enum rc feed_gaps(struct archive_reader *r, const struct session_head *h, struct gaps *g,
			 struct err *reterr)
{
	int64_t index;
	enum rc rc = r->feed_seqs(r->ctx, h->feed, h->seq, take_seq, g, reterr);

	if (rc == RC_OK && g->next > h->seq) {
		rc = r->entry_index(r->ctx, h->feed, h->seq, h->id, &index, reterr);
		if (rc == RC_OK && index < 0) {
			json_free(g->runs);
			g->runs = json_array();
			add_run(g, 0, h->seq);
		}
	} else if (rc == RC_OK && g->n < SESSION_WANT_RUNS) {
		add_run(g, g->next, h->seq);
	}
	return rc;
}

enum rc recovery_want(struct archive_reader *r, const struct session_request *req,
		      struct json *want, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < req->nhead; i++) {
		struct gaps g = {.runs = json_array()};
		char feed[CODEC_B64U_16 + 1];

		rc = feed_gaps(r, &req->head[i], &g, reterr);
		codec_b64u(req->head[i].feed, ENTRY_FEED_LEN, feed);
		if (rc == RC_OK && json_len(g.runs) > 0)
			json_set(want, feed, g.runs);
		else
			json_free(g.runs);
	}
	return rc;
}

/* ---- the log before this one ---- */

struct at_row {
	int64_t received_at;
	struct buf line;
};

static bool take_row(void *arg, const struct archive_row *row)
{
	struct at_row *a = arg;

	a->received_at = row->received_at;
	buf_reset(&a->line);
	archive_read_line(row, &a->line);
	return false;
}

enum rc recovery_base(struct collector *col, struct recovery_base *ret, struct err *reterr)
{
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	struct at_row row = {.received_at = 0};
	struct archive_reader *r = NULL;
	struct authority_log log;
	bool has = keyring_log_base(s->keyring, &log);
	enum rc rc = RC_OK;

	ingest_snapshot_end(col->ingest, s);
	*ret = (struct recovery_base){.recovered = has, .size = has ? log.size : 0};
	if (!has)
		return RC_OK;
	buf_init(&row.line, LIMIT_ENTRY_LINE + 1);
	rc = archive_read(col->archive, &r, reterr);
	if (rc == RC_OK)
		rc = r->rows(r->ctx, NULL, log.size + 1, log.size + 2, take_row, &row, reterr);
	archive_read_end(col->archive, r);
	buf_free(&row.line);
	ret->at = row.received_at;
	return rc;
}

struct leads {
	struct archive_reader *r;
	const uint8_t *root;
	uint8_t now[CRYPT_PK_LEN]; /* log key in force at this index */
	bool any;
	struct json *all;
	enum rc rc;
	struct err *reterr;
};

static void add_line(struct leads *l, int64_t index)
{
	struct at_row row = {.received_at = 0};

	buf_init(&row.line, LIMIT_ENTRY_LINE + 1);
	if (l->rc == RC_OK)
		l->rc = l->r->rows(l->r->ctx, NULL, index, index + 1, take_row, &row, l->reterr);
	if (l->rc == RC_OK)
		json_append(l->all, json_string_span(span_buf(&row.line)));
	buf_free(&row.line);
}

/* L12: a log entry in its place that follows the log then in force, with the `open` before it. */
static bool take_log(void *arg, const struct archive_row *row)
{
	struct leads *l = arg;
	struct authority_log log;
	struct entry *e = NULL;

	if (row->op != ENTRY_LOG || memcmp(row->key, l->root, CRYPT_PK_LEN) != 0)
		return true;
	l->rc = archive_read_entry(row, &e, l->reterr);
	if (l->rc == RC_OK)
		l->rc = authority_log(e, &log, l->reterr);
	if (l->rc == RC_OK && log.has_old && row->index == log.size + 1 &&
	    memcmp(log.old, l->now, CRYPT_PK_LEN) == 0) {
		add_line(l, log.size);
		add_line(l, log.size + 1);
		memcpy(l->now, log.key, CRYPT_PK_LEN);
	} else if (l->rc == RC_OK && !l->any) {
		memcpy(l->now, log.key, CRYPT_PK_LEN); /* the first there was */
	}
	l->any = true;
	entry_free(e);
	return l->rc == RC_OK;
}

enum rc recovery_lines(struct collector *col, struct json **ret, struct err *reterr)
{
	struct leads l = {.root = col->root, .all = json_array(), .rc = RC_OK, .reterr = reterr};
	struct archive_reader *rows = NULL;
	enum rc rc = archive_read(col->archive, &rows, reterr);

	if (rc == RC_OK)
		rc = archive_read(col->archive, &l.r, reterr); /* one statement each at a time */
	if (rc == RC_OK)
		rc = rows->authority_rows(rows->ctx, take_log, &l, reterr);
	if (rc == RC_OK)
		rc = l.rc;
	archive_read_end(col->archive, l.r);
	archive_read_end(col->archive, rows);
	if (rc == RC_OK)
		*ret = l.all;
	else
		json_free(l.all);
	return rc;
}

/* ---- who is back ---- */

static const char *const counter[] = {"accepted", "duplicate", "quarantined", "refused"};

static void table_of(struct collector *col, char ret[TABLE_LEN])
{
	memcpy(ret, "recovery ", 9);
	memcpy(ret + 9, ingest_epoch(col->ingest), 5);
}

static int64_t num(const struct json *o, const char *name)
{
	int64_t v = 0;

	json_get_int(o, name, &v);
	return v;
}

static void add_num(struct json *o, const char *name, int64_t v)
{
	json_set_int(o, name, num(o, name) + v);
}

/* A line is offered again when its feed is, up to there. */
static bool is_offered(const struct session_request *req, const struct entry *e)
{
	for (size_t i = 0; e && i < req->nhead; i++)
		if (memcmp(req->head[i].feed, e->feed, ENTRY_FEED_LEN) == 0)
			return e->seq <= req->head[i].seq;
	return false;
}

static size_t count_lines(const struct session_request *req, const struct session_verdict *verdict,
			  struct json *doc)
{
	size_t n = 0;

	for (size_t i = 0; i < req->nline; i++) {
		const struct entry *e = req->line[i].e;

		if (!is_offered(req, e))
			continue;
		add_num(doc, counter[verdict[i].kind], 1);
		add_num(doc, "bytes", (int64_t)e->line.len + 1);
		n++;
	}
	add_num(doc, "offered", (int64_t)n);
	return n;
}

static bool is_recovered(struct collector *col)
{
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	struct authority_log log;
	bool yes = keyring_log_base(s->keyring, &log);

	ingest_snapshot_end(col->ingest, s);
	return yes;
}

/* Nothing more will come: it offers nothing, or nothing that is still missing here. */
static enum rc has_all(struct collector *col, const struct session_request *req, bool *ret,
		       struct err *reterr)
{
	struct json *want = json_object();
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = recovery_want(r, req, want, reterr);
	archive_read_end(col->archive, r);
	*ret = rc == RC_OK && !req->more && req->nhead < SESSION_HEADS && json_len(want) == 0;
	json_free(want);
	return rc;
}

/* Of keys nobody has certified (P30) there is one row for all: they could be made up without end. */
static void row_key(const struct session_request *req, const uint8_t *device, char ret[KEY_LEN])
{
	if (!device) {
		memcpy(ret, "*", 2);
		return;
	}
	memcpy(ret, req->scope, ENTRY_SCOPE_LEN - 1);
	ret[ENTRY_SCOPE_LEN - 1] = ' ';
	codec_b64u(device, CRYPT_PK_LEN, ret + ENTRY_SCOPE_LEN);
}

/* What one request adds to the row of its device. */
struct counting {
	const char *table, *key;
	const struct session_request *req;
	const struct session_verdict *verdict;
	bool all; /* nothing more will come */
	int64_t now;
};

static enum rc row_of(const struct counting *c, const struct archive_reader *r, struct json **ret,
		      struct err *reterr)
{
	enum rc rc = r->doc(r->ctx, c->table, c->key, ret, reterr);

	if (rc != RC_NOTFOUND)
		return rc;
	err_clear(reterr);
	*ret = json_object();
	return RC_OK;
}

static void add_to(const struct counting *c, struct json *doc)
{
	count_lines(c->req, c->verdict, doc);
	if (c->all && num(doc, "back_at") == 0)
		json_set_int(doc, "back_at", c->now);
}

/* Read, added to and written in the sequencer's one transaction: two requests of one PC at once both count. */
static enum rc count_in(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct counting *c = arg;
	struct json *doc = NULL;
	enum rc rc = row_of(c, w->own, &doc, reterr);

	if (rc == RC_OK) {
		add_to(c, doc);
		rc = w->doc_put(w->ctx, c->table, c->key, doc, reterr);
	}
	json_free(doc);
	return rc;
}

/* Is there anything to count? As a rule not: then nothing is written. */
static enum rc is_news(struct collector *col, struct counting *c, const uint8_t *device, bool *ret,
		       struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct json *doc = NULL, *lines = json_object();
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = row_of(c, r, &doc, reterr);
	archive_read_end(col->archive, r);
	if (rc == RC_OK && device && num(doc, "back_at") == 0)
		rc = has_all(col, c->req, &c->all, reterr);
	*ret = rc == RC_OK && (count_lines(c->req, c->verdict, lines) > 0 || c->all);
	json_free(lines);
	json_free(doc);
	return rc;
}

enum rc recovery_count(struct collector *col, const struct session_request *req,
		       const struct session_verdict *verdict, const uint8_t *device,
		       struct err *reterr)
{
	char table[TABLE_LEN], key[KEY_LEN];
	struct counting c = {.table = table, .key = key, .req = req, .verdict = verdict};
	bool news = false;
	enum rc rc;

	if (!is_recovered(col))
		return RC_OK;
	table_of(col, table);
	row_key(req, device, key);
	c.now = clock_now_s(col->clock);
	rc = is_news(col, &c, device, &news, reterr);
	return rc == RC_OK && news ? ingest_write(col->ingest, count_in, &c, reterr) : rc;
}

/* ---- how it stands ---- */

struct standing {
	struct json *sum;      /* of all counters */
	struct json *communes; /* {scope: {devices, back}} */
	struct json *back;     /* {"SCOPE DEVICE": true} */
};

static bool take_doc(void *arg, const char *key, const struct json *doc)
{
	struct standing *s = arg;

	for (size_t i = 0; i < sizeof(counter) / sizeof(counter[0]); i++)
		add_num(s->sum, counter[i], num(doc, counter[i]));
	add_num(s->sum, "offered", num(doc, "offered"));
	add_num(s->sum, "bytes", num(doc, "bytes"));
	if (num(doc, "back_at") > 0)
		json_set_bool(s->back, key, true);
	return true;
}

/* Every PC that is expected: certified, not revoked, by what is known now. */
static void expect_device(struct standing *s, const struct keyring_key *k,
			  const struct keyring_scopes *its)
{
	char key[KEY_LEN];

	for (size_t i = 0; i < its->n; i++) {
		const char *scope = its->scope[i];
		struct json *c = json_get_obj(s->communes, scope);

		if (!c) {
			json_set(s->communes, scope, json_object());
			c = json_get_obj(s->communes, scope);
		}
		memcpy(key, scope, ENTRY_SCOPE_LEN - 1);
		key[ENTRY_SCOPE_LEN - 1] = ' ';
		codec_b64u(k->key, CRYPT_PK_LEN, key + ENTRY_SCOPE_LEN);
		add_num(c, "devices", 1);
		add_num(c, "back", json_get(s->back, key) != NULL);
	}
}

static enum rc expect_all(struct collector *col, struct standing *s, struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct keyring_key k;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && keyring_at(snap->keyring, i, &k); i++) {
		struct keyring_scopes its = {0};

		if (k.role != ROLE_DEVICE || !k.admitted || k.revoked_from >= 0)
			continue;
		rc = keyring_scopes(snap->keyring, k.key, &its, reterr);
		if (rc == RC_OK)
			expect_device(s, &k, &its);
		keyring_scopes_free(&its);
	}
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}

static void list_missing(struct collector *col, const struct standing *s, struct json *o)
{
	struct json *missing = json_array();
	int64_t communes = 0, back = 0;

	for (struct json *c = json_first(s->communes); c; c = json_next(c)) {
		struct json *one;
		char *unit;

		communes++;
		if (num(c, "back") == num(c, "devices")) {
			back++;
			continue;
		}
		one = json_object();
		unit = enrolment_unit(col, json_name(c));
		json_set_str(one, "scope", json_name(c));
		json_set_str(one, "unit", unit ? unit : "");
		json_set_int(one, "devices", num(c, "devices"));
		json_set_int(one, "back", num(c, "back"));
		json_append(missing, one);
		free(unit);
	}
	json_set_int(o, "communes", communes);
	json_set_int(o, "back", back);
	json_set(o, "not_back", missing);
}

static enum rc read_standing(struct collector *col, struct standing *s, struct err *reterr)
{
	char table[TABLE_LEN];
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	table_of(col, table);
	if (rc == RC_OK)
		rc = r->docs(r->ctx, table, take_doc, s, reterr);
	archive_read_end(col->archive, r);
	return rc;
}

enum rc recovery_status(struct collector *col, struct json **ret, struct err *reterr)
{
	struct standing s = {json_object(), json_object(), json_object()};
	static const char *const sum[] = {"offered", "accepted", "duplicate", "quarantined",
					  "refused", "bytes"};
	struct recovery_base base;
	struct json *o = json_object();
	enum rc rc = recovery_base(col, &base, reterr);

	if (rc == RC_OK)
		rc = read_standing(col, &s, reterr);
	if (rc == RC_OK && base.recovered)
		rc = expect_all(col, &s, reterr);
	if (rc == RC_OK) {
		json_set_str(o, "epoch", ingest_epoch(col->ingest));
		json_set_bool(o, "recovered", base.recovered);
		json_set_int(o, "base", base.size);
		json_set_int(o, "at", base.at);
		json_set_bool(o, "halted", ingest_halted(col->ingest));
		for (size_t i = 0; i < sizeof(sum) / sizeof(sum[0]); i++)
			json_set_int(o, sum[i], num(s.sum, sum[i]));
		list_missing(col, &s, o);
		*ret = o;
	} else {
		json_free(o);
	}
	json_free(s.sum);
	json_free(s.communes);
	json_free(s.back);
	return rc;
}

/* ---- what is shown (P29) ---- */

/* Is the tree of this note the beginning of ours? */
static enum rc extends(struct archive_reader *r, const struct note *n, bool *ret,
		       struct err *reterr)
{
	struct tree_frontier f;
	uint8_t root[TREE_HASH];
	struct buf text;
	int64_t size = 0, at;
	enum rc rc;

	buf_init(&text, NOTE_TEXT_MAX);
	rc = r->head(r->ctx, &size, &text, &at, reterr);
	buf_free(&text);
	*ret = n->size == 0;
	if (rc != RC_OK || n->size == 0 || n->size > (uint64_t)size)
		return rc;
	rc = tree_frontier_read(&r->tree, n->size, &f, reterr);
	if (rc == RC_OK) {
		tree_frontier_root(&f, root);
		*ret = memcmp(root, n->root, TREE_HASH) == 0;
	}
	return rc;
}

enum rc recovery_shown(struct collector *col, struct span text, bool *rethalted, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct note note;
	bool fits = true;
	enum rc rc = note_open(text, crypt_signer_pk(col->log), &note, reterr);

	if (rc == RC_OK)
		rc = archive_read(col->archive, &r, reterr);
	if (rc != RC_OK)
		return rc;
	rc = extends(r, &note, &fits, reterr);
	archive_read_end(col->archive, r);
	if (rc == RC_OK && !fits && !ingest_halted(col->ingest))
		rc = ingest_halt(col->ingest, text, reterr);
	if (rc == RC_OK)
		*rethalted = ingest_halted(col->ingest);
	return rc;
}
