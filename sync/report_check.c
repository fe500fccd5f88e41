/*
 * report_check: check an exported report with the root's public key alone. Clause R10.
 *
 * The file is read once. Every line: strict parse, signature by a key that certs before it name
 * (report_open), and the tree over all of them against the checkpoint, signed by the log the root names. Only when
 * all of that holds, the figures are made again of what was kept of each entry, and the file they give is compared
 * with the hash the head and the issue tell.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "lib/limits.h"
#include "sync/report_file.h"
#include "sync/report_lines.h"
#include "sync/report_open.h"
#include "sync/kinds.h"

enum { PROGRESS = 1000 };

/* What is left of an erased entry: the line of its erase; where it stands in the log and in the file. */
struct stub {
	uint8_t by[ENTRY_ID_LEN], id[ENTRY_ID_LEN];
	int64_t index, n;
	struct buf line;
};

/* An erase among the leaves. */
struct erase {
	uint8_t id[ENTRY_ID_LEN];
	int64_t index;
};

struct blob {
	uint8_t sha[CRYPT_HASH_LEN];
	struct buf text;
};

struct check {
	struct report_file_check *c;
	struct report_issue head;
	char *checkpoint, *issue; /* issue: NULL, or the line */
	struct keyring *ring;
	struct report *report;
	struct report_open *open;
	struct tree_frontier tree;
	struct blob blob[2];
	size_t nblob;
	int64_t next; /* index of the next entry */
	uint8_t (*leaf)[TREE_HASH]; /* of all entries read so far */
	struct stub *stub;
	struct erase *erase;
	size_t nleaf, nstub, nerase;
	bool has_file;
	uint8_t file[CRYPT_HASH_LEN]; /* of the text the export has of it */
	bool bad;
};

static void fail(struct check *k, int64_t line, const struct err *why)
{
	k->bad = true;
	k->c->fail(k->c->ctx, NULL, -1, line, why);
}

static void fail_key(struct check *k, int64_t line, const char *key)
{
	struct err why;

	err_set(&why, RC_REFUSED, "R10", key, NULL);
	fail(k, line, &why);
}

/* Ours to return, not the file's fault. */
static bool is_fatal(enum rc rc)
{
	return rc == RC_NOMEM || rc == RC_IO || rc == RC_LIMIT || rc == RC_INTERNAL;
}

/* ---- the head ---- */

static enum rc read_head(struct check *k, struct span line, struct err *reterr)
{
	struct json *o = NULL;
	enum rc rc = json_parse(line, NULL, &o, reterr);
	const char *kind = json_get_str(o, "kiemke"), *checkpoint = json_get_str(o, "checkpoint");
	const char *issue = json_get_str(o, "issue");

	if (rc != RC_OK || !kind || strcmp(kind, "report/1") != 0 || !checkpoint ||
	    !report_issue_read(o, &k->head)) {
		json_free(o);
		return err_set(reterr, RC_REFUSED, "R10", "report.head_bad", NULL);
	}
	k->checkpoint = span_dup(span_str(checkpoint));
	k->issue = issue ? span_dup(span_str(issue)) : NULL;
	json_free(o);
	if (!k->checkpoint || (issue && !k->issue))
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = keyring_new(k->c->root, &k->ring, reterr);
	return rc == RC_OK ? report_new(k->c->root, k->head.size, k->head.week, &k->report, reterr)
			   : rc;
}

static enum rc keep_blob(struct check *k, const char *hex, const char *text, struct err *reterr)
{
	struct blob *b = &k->blob[k->nblob];

	if (k->nblob == 2 || !codec_hex_32(span_str(hex), b->sha))
		return err_set(reterr, RC_REFUSED, "R10", "report.line_bad", NULL);
	buf_init(&b->text, LIMIT_BLOB);
	buf_add_str(&b->text, text);
	k->nblob++;
	return buf_check(&b->text, reterr);
}

/* The file as it was frozen: its hash is all that counts of it. */
static void keep_file(struct check *k, const char *text)
{
	crypt_sha256(text, strlen(text), k->file);
	k->has_file = true;
}

/* Room for one more; the count of an array of that many. */
static void *more(void *array, size_t *n, size_t size)
{
	bool full = (*n & (*n - 1)) == 0; /* 0, 1, 2, 4, 8 … */
	void *p = full ? realloc(array, (*n ? *n * 2 : 1) * size) : array;

	*n += p != NULL;
	return p;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, ENTRY_ID_LEN);
}

/*
 * The erase by a key these leaves let erase (A16)? One that is not among them is judged like one without an index; a
 * later revoke brings nothing back.
 */
static bool is_allowed(struct check *k, const struct stub *s, const struct erase *among)
{
	const struct entry_keys keys = keyring_keys(k->ring);
	enum keyring_verdict v = KEYRING_Q_NO_CERT;
	struct entry *e = NULL;

	if (entry_open(span_buf(&s->line), &keys, &e, NULL) == RC_OK && e->op == ENTRY_ERASE)
		v = keyring_judge(k->ring, e, among ? among->index : KEYRING_NO_INDEX);
	entry_free(e);
	return v == KEYRING_ADMITTED || v == KEYRING_Q_REVOKED;
}

/* What takes a payload is a decision of a registrar. Not among the leaves: whoever froze the issue had the whole. */
static void check_stubs(struct check *k)
{
	struct err why;

	if (k->nerase > 0)
		qsort(k->erase, k->nerase, sizeof(*k->erase), by_bytes);
	for (size_t i = 0; i < k->nstub; i++) {
		const struct stub *s = &k->stub[i];
		const struct erase *among =
		    k->nerase ? bsearch(s->by, k->erase, k->nerase, sizeof(*k->erase), by_bytes) : NULL;

		if (!is_allowed(k, s, among)) {
			err_set(&why, RC_REFUSED, "A16", "ingest.erase_not_admitted", NULL);
			k->bad = true;
			k->c->fail(k->c->ctx, s->id, s->index, s->n, &why);
		}
		k->c->erased += !among;
	}
}

/* ---- entries ---- */

static bool note_stub(struct check *k, const struct report_opened *x)
{
	struct span line = entry_erased_by(x->e);
	struct stub *all = more(k->stub, &k->nstub, sizeof(*k->stub)), *s;

	if (!all)
		return false;
	k->stub = all;
	s = &all[k->nstub - 1];
	s->index = x->index;
	s->n = x->n;
	memcpy(s->id, x->e->id, ENTRY_ID_LEN);
	entry_id(span_of(line.p + ENTRY_SIG_TEXT + 1, line.len - ENTRY_SIG_TEXT - 1), s->by);
	buf_init(&s->line, LIMIT_ENTRY_LINE);
	buf_add_span(&s->line, line);
	return buf_check(&s->line, NULL) == RC_OK;
}

static bool note_erase(struct check *k, const struct entry *e, int64_t index)
{
	struct erase *all = more(k->erase, &k->nerase, sizeof(*k->erase));

	if (!all)
		return false;
	k->erase = all;
	memcpy(all[k->nerase - 1].id, e->id, ENTRY_ID_LEN);
	all[k->nerase - 1].index = index;
	return true;
}

/* Its leaf; and what is erased here, and by which entry. */
static enum rc note_entry(struct check *k, const struct report_opened *x, struct err *reterr)
{
	const struct entry *e = x->e;
	void *leaf = more(k->leaf, &k->nleaf, sizeof(*k->leaf));
	bool ok = leaf != NULL;

	if (ok) {
		k->leaf = leaf;
		entry_leaf_hash(e, k->leaf[k->nleaf - 1]);
		tree_append(&k->tree, k->leaf[k->nleaf - 1], NULL);
	}
	if (ok && e->erased)
		ok = note_stub(k, x);
	else if (ok && e->op == ENTRY_ERASE)
		ok = note_erase(k, e, x->index);
	return ok ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static enum rc first(void *ctx, const struct entry *e, int64_t index, struct err *reterr)
{
	struct check *k = ctx;

	return keyring_add(k->ring, e, index, NULL, reterr);
}

static enum rc refused(struct check *k, const struct report_opened *x, struct err *reterr)
{
	bool has = x->line.len > ENTRY_SIG_TEXT + 1;
	uint8_t id[ENTRY_ID_LEN];

	if (is_fatal(x->rc)) {
		if (reterr)
			*reterr = x->why;
		return x->rc;
	}
	if (has)
		entry_id(span_of(x->line.p + ENTRY_SIG_TEXT + 1, x->line.len - ENTRY_SIG_TEXT - 1), id);
	k->bad = true;
	k->c->fail(k->c->ctx, has ? id : NULL, x->index, x->n, &x->why);
	return RC_OK;
}

static enum rc take(void *ctx, const struct report_opened *x, struct err *reterr)
{
	struct check *k = ctx;
	enum rc rc;

	k->c->entries++;
	if (!x->e)
		return refused(k, x, reterr);
	k->c->signatures++;
	rc = note_entry(k, x, reterr);
	if (rc == RC_OK)
		rc = report_learn(k->report, x->e, x->index, reterr);
	if (rc == RC_OK && !k->bad)
		rc = report_add(k->report, x->e, x->index, reterr);
	return rc;
}

static enum rc begin_entries(struct check *k, struct err *reterr)
{
	const struct report_open_to to = {.ctx = k, .keys = keyring_keys(k->ring), .first = first, .take = take};

	return report_open_new(&k->open, &to, reterr);
}

/* ---- reading ---- */

static enum rc read_line(struct check *k, struct span line, int64_t n, struct err *reterr)
{
	struct json *o = NULL;
	struct err why;
	enum rc rc = json_parse(line, NULL, &o, &why);
	const char *entry = json_get_str(o, "line"), *blob = json_get_str(o, "blob");

	if (rc == RC_OK && entry && k->next < k->head.size) {
		rc = report_open_line(k->open, o, span_str(entry), k->next, n, reterr);
		o = NULL;
		k->next++;
	} else if (rc == RC_OK && blob && json_get_str(o, "text")) {
		rc = keep_blob(k, blob, json_get_str(o, "text"), reterr);
	} else if (rc == RC_OK && json_get_str(o, "file") && !k->has_file) {
		keep_file(k, json_get_str(o, "file"));
	} else if (rc == RC_NOMEM) {
		if (reterr)
			*reterr = why;
	} else {
		fail_key(k, n, "report.line_bad");
		rc = RC_OK;
	}
	json_free(o);
	if (k->next % PROGRESS == 0 && k->c->progress)
		k->c->progress(k->c->ctx, k->next, k->head.size);
	return rc;
}

static enum rc read_all(struct check *k, const char *path, struct err *reterr)
{
	struct report_lines l;
	struct span line;
	enum rc rc = report_lines_open(&l, path, reterr);

	if (rc == RC_OK)
		rc = report_lines_next(&l, &line, reterr);
	if (rc == RC_OK)
		rc = read_head(k, line, reterr);
	if (rc == RC_OK)
		rc = begin_entries(k, reterr);
	while (rc == RC_OK && (rc = report_lines_next(&l, &line, reterr)) == RC_OK)
		rc = read_line(k, line, l.n, reterr);
	report_lines_close(&l);
	if (k->open && rc == RC_NOTFOUND)
		return report_open_end(k->open, reterr);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* ---- checkpoint and issue ---- */

static void check_tree(struct check *k)
{
	uint8_t root[TREE_HASH];

	tree_frontier_root(&k->tree, root);
	if (k->next != k->head.size)
		fail_key(k, 0, "report.count");
	else if (!k->bad && memcmp(root, k->head.root, TREE_HASH) != 0)
		fail_key(k, 0, "report.root");
}

static void check_note(struct check *k)
{
	struct authority_log log;
	struct note note;
	struct err why;
	bool ok = true;

	if (!keyring_log(k->ring, &log)) {
		fail_key(k, 0, "report.no_log");
		return;
	}
	if (note_open(span_str(k->checkpoint), log.key, &note, &why) != RC_OK) {
		fail(k, 1, &why);
		return;
	}
	if (note.size != (uint64_t)k->head.size || memcmp(note.root, k->head.root, TREE_HASH) != 0)
		fail_key(k, 1, "report.checkpoint");
	if (k->c->policy && memcmp(k->c->policy->log, log.key, CRYPT_PK_LEN) == 0)
		note_quorum(&note, k->c->policy, &ok, &(uint64_t){0});
	else if (k->c->policy)
		ok = false;
	if (!ok) {
		err_set(&why, RC_REFUSED, "L8", "report.quorum", NULL);
		fail(k, 1, &why);
	}
}

static bool is_same(const struct report_issue *a, const struct report_issue *b)
{
	return a->size == b->size && strcmp(a->week, b->week) == 0 &&
	       strcmp(a->previous, b->previous) == 0 &&
	       memcmp(a->root, b->root, sizeof(a->root)) == 0 &&
	       memcmp(a->csv, b->csv, sizeof(a->csv)) == 0;
}

/* A set of kind report by a key these leaves let write it, of the same size, root and file. */
static bool is_issue(struct check *k, const struct entry *e)
{
	struct report_issue i;
	struct json *fields = entry_fields_json(e);
	uint8_t id[16];
	bool ok = e->op == ENTRY_SET && kinds_class(e->kind) == KINDS_REPORT &&
		  report_issue_read(fields, &i) && is_same(&i, &k->head) &&
		  keyring_judge(k->ring, e, k->head.size) == KEYRING_ADMITTED;

	json_free(fields);
	report_issue_id(k->head.week, id);
	return ok && memcmp(id, e->entity, sizeof(id)) == 0;
}

static void check_issue(struct check *k)
{
	const struct entry_keys keys = keyring_keys(k->ring);
	struct entry *e = NULL;
	struct err why;

	if (!k->issue)
		return;
	if (entry_open(span_str(k->issue), &keys, &e, &why) != RC_OK)
		fail(k, 1, &why);
	else if (!is_issue(k, e))
		fail_key(k, 1, "report.issue");
	else
		k->c->frozen = true;
	entry_free(e);
}

/* ---- the figures ---- */

static enum rc give_blob(void *ctx, const uint8_t sha[CRYPT_HASH_LEN], struct buf *out,
			 struct err *reterr)
{
	struct check *k = ctx;
	char hex[CODEC_HEX_LEN(CRYPT_HASH_LEN) + 1];

	for (size_t i = 0; i < k->nblob; i++)
		if (memcmp(k->blob[i].sha, sha, CRYPT_HASH_LEN) == 0) {
			buf_add_span(out, span_buf(&k->blob[i].text));
			return buf_check(out, reterr);
		}
	codec_hex(sha, CRYPT_HASH_LEN, hex);
	return err_set(reterr, RC_REFUSED, "R10", "report.blob", "sha256", hex, NULL);
}

/*
 * The leaves give another file, and may: some of what the issue counted was erased since. Then the file is the one
 * the reporter sealed the hash of, or it does not hold.
 */
static bool is_kept(struct check *k)
{
	if (k->c->erased == 0 || !k->c->frozen || !k->has_file ||
	    memcmp(k->c->csv, k->head.csv, sizeof(k->c->csv)) == 0 ||
	    memcmp(k->file, k->head.csv, sizeof(k->file)) != 0)
		return false;
	memcpy(k->c->csv, k->file, sizeof(k->file));
	return true;
}

static enum rc make_again(struct check *k, struct err *reterr)
{
	const struct report_blobs blobs = {k, give_blob};
	const struct report_issue *before;
	struct tree_leaves leaves = {(const uint8_t(*)[TREE_HASH])k->leaf, k->nleaf};
	const struct tree_reader tree = tree_leaves_reader(&leaves);
	struct buf csv;
	enum rc rc = report_settle(k->report, &tree, reterr);

	if (rc == RC_OK)
		rc = report_finish(k->report, &blobs, reterr);
	buf_init(&csv, LIMIT_BLOB);
	if (rc == RC_OK)
		rc = report_csv(k->report, &csv, k->c->csv, reterr);
	buf_free(&csv);
	if (rc != RC_OK)
		return rc;
	before = report_previous(k->report);
	if (is_kept(k))
		return RC_OK;
	if (strcmp(before ? before->week : "", k->head.previous) != 0)
		fail_key(k, 1, "report.previous");
	if (memcmp(k->c->csv, k->head.csv, sizeof(k->c->csv)) != 0)
		fail_key(k, 1, "report.figures");
	k->c->report = k->report;
	k->report = NULL;
	return RC_OK;
}

enum rc report_file_check(const char *path, struct report_file_check *c, struct err *reterr)
{
	struct check k = {.c = c};
	struct err why;
	enum rc rc;

	err_clear(&why);
	rc = read_all(&k, path, &why);
	if (rc == RC_OK) {
		check_tree(&k);
		check_note(&k);
		check_issue(&k);
		check_stubs(&k);
	}
	if (rc == RC_OK && !k.bad)
		rc = make_again(&k, &why);
	if (rc != RC_OK && !is_fatal(rc)) {
		fail(&k, 1, &why);
		rc = RC_OK;
	} else if (rc != RC_OK && reterr) {
		*reterr = why;
	}
	report_open_free(k.open);
	keyring_free(k.ring);
	report_free(k.report);
	for (size_t i = 0; i < k.nblob; i++)
		buf_free(&k.blob[i].text);
	free(k.checkpoint);
	free(k.issue);
	free(k.leaf);
	for (size_t i = 0; i < k.nstub; i++)
		buf_free(&k.stub[i].line);
	free(k.stub);
	free(k.erase);
	return rc;
}
