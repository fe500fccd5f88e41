/*
 * session_reply: the server's answer, from verdicts and reads of the store.
 * Clauses P11, P12, P15-P18, P28, P32.
 *
 * Writes the pulled lines into a body of their own first, because the header in
 * front of them tells their indexes. Reads only; may run beside the sequencer, for
 * every index it uses lies below the tree size it answers for.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "sync/session.h"

enum {
	PROVE_MAX = SESSION_LINES + 1, /* pulled authority lines and the one chosen */
	SKIP_FROM = 16                 /* own lines in a row that are worth a second query */
};

/*
 * An index that needs a proof. A range holds own lines, or lines of one author: an agent that
 * does not know an author (whose cert is of another scope) can check no range with a
 * line of theirs, and must still be able to check all the others.
 */
struct prove {
	int64_t index;
	uint8_t author[8]; /* key prefix (E9), of a stub its signature's; zeros for own lines */
};

struct pull {
	struct buf lines;
	struct json *leaf; /* runs [index, n] of what was pulled */
	int64_t run_start, run_n;
	struct prove *prove;
	size_t nprove;
	int64_t *own; /* sorted indexes of the request's own lines */
	size_t nown;
	size_t n;            /* lines pulled */
	struct prove chosen; /* foreign line proved at random; index -1: none */
	uint64_t random, nforeign;
	int64_t after; /* new cursor */
	bool more;
};

static int by_index(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int by_place(const void *a, const void *b)
{
	return by_index(&((const struct prove *)a)->index, &((const struct prove *)b)->index);
}

/* ---- verdicts (P12) ---- */

static const char *const verdict_letter[] = {"a", "d", "q", "r"};

static bool same_run(const struct session_verdict *a, const struct session_verdict *b, int64_t n)
{
	if (a->kind != b->kind || a->other_sig || b->other_sig)
		return false;
	if (a->kind == SESSION_REFUSED)
		return strcmp(a->clause, b->clause) == 0 && strcmp(a->key, b->key) == 0;
	return b->index == a->index + n && a->why == b->why;
}

static struct json *run_json(const struct session_verdict *v, int64_t n)
{
	struct json *run = json_array();
	char sig[CODEC_B64U_64 + 1];

	json_append_str(run, verdict_letter[v->kind]);
	json_append(run, json_integer(n));
	if (v->kind == SESSION_REFUSED) {
		json_append_str(run, v->clause);
		json_append_str(run, v->key);
		return run;
	}
	json_append(run, json_integer(v->index));
	if (v->kind == SESSION_QUARANTINED)
		json_append_str(run, keyring_verdict_name(v->why));
	if (v->other_sig) {
		codec_b64u(v->sig, sizeof(v->sig), sig);
		json_append_str(run, sig);
	}
	return run;
}

struct json *session_verdicts_write(const struct session_verdict *v, size_t n)
{
	struct json *all = json_array();

	for (size_t i = 0; i < n;) {
		size_t len = 1;

		while (i + len < n && same_run(&v[i], &v[i + len], (int64_t)len))
			len++;
		json_append(all, run_json(&v[i], (int64_t)len));
		i += len;
	}
	return all;
}

/* ---- pulled lines (P16, P17) ---- */

static void end_run(struct pull *p)
{
	struct json *run;

	if (p->run_n == 0)
		return;
	run = json_array();
	json_append(run, json_integer(p->run_start));
	json_append(run, json_integer(p->run_n));
	json_append(p->leaf, run);
	p->run_n = 0;
}

/* Reservoir of one: each foreign line is as likely as any other to be the proved one. */
static void choose(struct pull *p, const struct prove *line)
{
	p->nforeign++;
	p->random = p->random * 6364136223846793005U + 1442695040888963407U;
	if ((p->random >> 33) % p->nforeign == 0)
		p->chosen = *line;
}

static struct prove pulled_line(struct span line, int64_t index)
{
	struct prove v = {.index = index};
	uint8_t feed[ENTRY_FEED_LEN];

	if (entry_peek_feed(line, feed))
		memcpy(v.author, feed, sizeof(v.author));
	else if (line.len > sizeof(v.author)) /* a stub speaks of two keys (E26): by itself */
		memcpy(v.author, line.p, sizeof(v.author));
	return v;
}

static bool take(void *arg, struct span line, int64_t index, bool authority)
{
	struct pull *p = arg;
	struct prove v;

	if (p->nown && bsearch(&index, p->own, p->nown, sizeof(*p->own), by_index))
		return true;
	if (p->n == SESSION_LINES || p->lines.len + line.len + 1 > SESSION_PULL_BYTES) {
		p->more = true;
		p->after = index;
		return false;
	}
	if (p->run_n == 0 || index != p->run_start + p->run_n) {
		end_run(p);
		p->run_start = index;
	}
	p->run_n++;
	buf_add_span(&p->lines, line);
	buf_add_char(&p->lines, '\n');
	p->n++;
	v = pulled_line(line, index);
	if (authority)
		p->prove[p->nprove++] = v;
	else
		choose(p, &v);
	return true;
}

/*
 * Pull the lines of [after, size). A long run of the request's own lines, which is what one
 * request leaves, is not even read; take leaves out what is still among them (P16).
 */
static enum rc pull_lines(struct pull *p, const struct session_server_store *st,
			  const struct session_request *r, struct err *reterr)
{
	int64_t from = r->after;
	enum rc rc = RC_OK;

	for (size_t i = 0, next; i < p->nown && rc == RC_OK && !p->more; i = next) {
		int64_t start = p->own[i], end = start + 1;

		for (next = i + 1; next < p->nown && p->own[next] <= end; next++)
			end = p->own[next] + 1;
		if (end - start < SKIP_FROM || end <= from)
			continue;
		if (from < start)
			rc = st->pull(st->ctx, r->scope, from, start, take, p, reterr);
		from = end;
	}
	if (rc == RC_OK && !p->more && from < st->size)
		rc = st->pull(st->ctx, r->scope, from, st->size, take, p, reterr);
	return rc;
}

/* ---- ranges (P15) ---- */

static struct json *nodes_json(const struct tree_proof *proof)
{
	struct json *a = json_array();
	char text[CODEC_B64U_32 + 1];

	for (size_t i = 0; i < proof->n; i++) {
		codec_b64u(proof->hash[i], TREE_HASH, text);
		json_append_str(a, text);
	}
	return a;
}

static enum rc add_range(const struct session_server_store *st, int64_t start, int64_t end,
			 int64_t size, struct json *ranges, struct err *reterr)
{
	struct tree_proof proof;
	struct json *range;
	enum rc rc = tree_range(&st->tree, (uint64_t)start, (uint64_t)end, (uint64_t)size, &proof,
				reterr);

	if (rc != RC_OK)
		return rc;
	range = json_object();
	json_set_int(range, "start", start);
	json_set_int(range, "end", end);
	json_set(range, "nodes", nodes_json(&proof));
	json_append(ranges, range);
	return RC_OK;
}

/* The run of one author that begins at prove[i]: its end; *retnext is what follows. */
static int64_t run_end(const struct pull *p, size_t i, size_t *retnext)
{
	const struct prove *v = p->prove;
	size_t next = i + 1;
	int64_t end = v[i].index + 1;

	while (next < p->nprove && v[next].index <= end &&
	       memcmp(v[next].author, v[i].author, sizeof(v[i].author)) == 0)
		end = v[next++].index + 1;
	*retnext = next;
	return end;
}

static enum rc ranges_json(const struct session_server_store *st, struct pull *p,
			   struct json *ranges, struct err *reterr)
{
	qsort(p->prove, p->nprove, sizeof(*p->prove), by_place);
	for (size_t i = 0, next; i < p->nprove; i = next) {
		int64_t start = p->prove[i].index, end = run_end(p, i, &next);
		enum rc rc = add_range(st, start, end, st->size, ranges, reterr);

		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* ---- the answer ---- */

static enum rc pull_new(struct pull *p, const struct session_server_store *st,
			const struct session_request *r, const struct session_verdict *v,
			struct err *reterr)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->lines, SESSION_BODY);
	p->chosen.index = -1;
	p->random = st->random;
	p->after = st->size;
	p->leaf = json_array();
	p->own = calloc(r->nline + st->nalso + 1, sizeof(*p->own));
	p->prove = calloc(PROVE_MAX + r->nline, sizeof(*p->prove));
	if (!p->own || !p->prove || !p->leaf)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i < r->nline; i++)
		if (v[i].kind != SESSION_REFUSED) {
			p->own[p->nown++] = v[i].index;
			p->prove[p->nprove++].index = v[i].index;
		}
	for (size_t i = 0; i < st->nalso; i++)
		p->own[p->nown++] = st->also[i];
	qsort(p->own, p->nown, sizeof(*p->own), by_index);
	return RC_OK;
}

static void pull_free(struct pull *p)
{
	buf_free(&p->lines);
	json_free(p->leaf);
	free(p->own);
	free(p->prove);
}

/* checkpoint and consistency, when lines moved or the agent asks (P18). */
static enum rc add_note(const struct session_server_store *st, const struct session_request *r,
			bool moved, struct json *head, struct err *reterr)
{
	struct tree_proof proof;
	enum rc rc;

	if (st->size == 0 || (!moved && !r->fresh && r->size > 0))
		return RC_OK;
	json_set(head, "checkpoint", json_string_span(st->note_text));
	if (r->size == 0 || r->size == st->size)
		return RC_OK;
	rc = tree_consistency(&st->tree, (uint64_t)r->size, (uint64_t)st->size, &proof, reterr);
	if (rc == RC_OK)
		json_set(head, "consistency", nodes_json(&proof));
	return rc;
}

/*
 * The new cursor (P17). Without a checkpoint the agent knows no tree larger than its own, so
 * the cursor stays within that.
 */
static int64_t new_after(const struct session_server_store *st, const struct session_request *r,
			 const struct pull *p, bool checkpoint)
{
	int64_t known = r->size > r->after ? r->size : r->after;

	if (!st->give)
		return r->after;
	return checkpoint || p->after < known ? p->after : known;
}

/* ---- what the witnesses signed (W8) ---- */

/* Consistency between two trees, whichever is smaller first; left out when they are one. */
static enum rc add_consistency(const struct session_server_store *st, int64_t a, int64_t b,
			       struct json *o, struct err *reterr)
{
	struct tree_proof proof;
	enum rc rc;

	if (a == b)
		return RC_OK;
	rc = tree_consistency(&st->tree, (uint64_t)(a < b ? a : b), (uint64_t)(a < b ? b : a),
			      &proof, reterr);
	if (rc == RC_OK && proof.n > 0)
		json_set(o, "consistency", nodes_json(&proof));
	return rc;
}

/* known: the tree the agent has after this answer. */
static enum rc add_proven(const struct session_server_store *st, const struct session_request *r,
			  int64_t known, struct json *head, struct err *reterr)
{
	struct json *o, *ranges;
	enum rc rc;

	if (r->nunproven == 0 || st->proven_size <= r->unproven[0].start)
		return RC_OK;
	o = json_object();
	ranges = json_array();
	json_set(o, "checkpoint", json_string_span(st->proven_text));
	rc = add_consistency(st, st->proven_size, known, o, reterr);
	for (size_t i = 0; rc == RC_OK && i < r->nunproven; i++) {
		int64_t start = r->unproven[i].start, end = start + r->unproven[i].n;

		if (start < st->proven_size)
			rc = add_range(st, start, end < st->proven_size ? end : st->proven_size,
				       st->proven_size, ranges, reterr);
	}
	json_set(o, "ranges", ranges);
	json_set(head, "proven", o);
	return rc;
}

/* P32 */
static enum rc add_blobs(const struct session_server_store *st, const struct session_request *r,
			 struct json *head, struct err *reterr)
{
	uint8_t sha[SESSION_BLOBS][CRYPT_HASH_LEN];
	char text[CODEC_B64U_32 + 1];
	struct json *all;
	size_t n = 0;
	enum rc rc = st->blobs ? st->blobs(st->ctx, r, sha, &n, reterr) : RC_OK;

	if (rc != RC_OK || n == 0)
		return rc;
	all = json_array();
	for (size_t i = 0; i < n; i++) {
		codec_b64u(sha[i], CRYPT_HASH_LEN, text);
		json_append_str(all, text);
	}
	json_set(head, "blobs", all);
	return RC_OK;
}

/* P33. The one asked for in front, also where there are more than may be told. */
static void add_scopes(const struct session_server_store *st, const struct session_request *r,
		       struct json *head)
{
	struct json *all = json_array();
	size_t n = 1;

	json_append_str(all, r->scope);
	for (size_t i = 0; st->give && i < st->nscope && n < AUTHORITY_SCOPES; i++)
		if (strcmp(st->scope[i], r->scope) != 0) {
			json_append_str(all, st->scope[i]);
			n++;
		}
	json_set(head, "scopes", all);
}

/* Members in the order of P11; empty ones are left out. */
static enum rc head_json(const struct session_server_store *st, const struct session_request *r,
			 const struct session_verdict *v, struct pull *p, struct json *head,
			 struct err *reterr)
{
	struct json *want = st->want ? st->want(st->ctx, r) : NULL;
	struct json *ranges = json_array();
	enum rc rc;

	json_set_int(head, "v", 1);
	json_set_str(head, "epoch", st->epoch);
	json_set_int(head, "now", st->now);
	json_set(head, "verdicts", session_verdicts_write(v, r->nline));
	if (json_len(want) > 0)
		json_set(head, "want", want);
	else
		json_free(want);
	rc = add_blobs(st, r, head, reterr);
	if (rc == RC_OK)
		rc = add_note(st, r, p->nprove > 0 || p->n > 0, head, reterr);
	if (rc == RC_OK)
		rc = ranges_json(st, p, ranges, reterr);
	if (rc != RC_OK) {
		json_free(ranges);
		return rc;
	}
	if (json_len(ranges) > 0)
		json_set(head, "ranges", ranges);
	else
		json_free(ranges);
	if (json_len(p->leaf) > 0) {
		json_set(head, "leaf", p->leaf);
		p->leaf = NULL;
	}
	rc = add_proven(st, r, json_get(head, "checkpoint") ? st->size : r->size, head, reterr);
	if (rc != RC_OK)
		return rc;
	add_scopes(st, r, head);
	json_set_int(head, "after", new_after(st, r, p, json_get(head, "checkpoint") != NULL));
	json_set_bool(head, "more", p->more);
	json_set_int(head, "next", st->next_s);
	return RC_OK;
}

enum rc session_server_reply(const struct session_server_store *st, const struct session_request *r,
			     const struct session_verdict *verdict, struct buf *out,
			     struct err *reterr)
{
	struct json *head = json_object();
	struct pull p;
	enum rc rc = pull_new(&p, st, r, verdict, reterr);

	if (rc == RC_OK && st->give)
		rc = pull_lines(&p, st, r, reterr);
	if (rc != RC_OK)
		goto out;
	rc = buf_check(&p.lines, reterr);
	if (rc != RC_OK)
		goto out;
	end_run(&p);
	if (p.chosen.index >= 0)
		p.prove[p.nprove++] = p.chosen;
	rc = head_json(st, r, verdict, &p, head, reterr);
	if (rc == RC_OK)
		rc = json_write(head, false, out, reterr);
	if (rc == RC_OK) {
		buf_add_char(out, '\n');
		buf_add_span(out, span_buf(&p.lines));
		rc = buf_check(out, reterr);
	}
out:
	json_free(head);
	pull_free(&p);
	return rc;
}
