/*
 * cosign: requests and answers of add-checkpoint, and the judgement between them. Clauses W1-W3.
 */
#include "sync/cosign.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/num.h"

static const struct {
	int status;
	const char *key; /* of the refusal, for people */
} answer[COSIGN_VERDICTS] = {
    [COSIGN_GIVEN] = {200, ""},
    [COSIGN_MALFORMED] = {400, "witness.old_larger"},
    [COSIGN_FORBIDDEN] = {403, "witness.forbidden"},
    [COSIGN_UNKNOWN] = {404, "witness.unknown"},
    [COSIGN_STALE] = {409, "witness.stale"},
    [COSIGN_SPLIT] = {409, "witness.split"},
    [COSIGN_UNPROVEN] = {422, "witness.unproven"},
};

static enum rc refuse(const char *key, struct err *reterr)
{
	return err_set(reterr, RC_REFUSED, "W1", key, NULL);
}

int cosign_status(enum cosign_verdict v)
{
	return answer[v].status;
}

/* ---- requests ---- */

enum rc cosign_request_write(uint64_t old, const struct tree_proof *proof, struct span note_text,
			     struct buf *out, struct err *reterr)
{
	if (proof->n > COSIGN_PROOF_MAX)
		return err_set(reterr, RC_INPUT, "W1", "witness.proof", NULL);
	buf_add_str(out, "old ");
	buf_add_int(out, (int64_t)old);
	buf_add_char(out, '\n');
	for (size_t i = 0; i < proof->n; i++) {
		codec_b64_buf(out, proof->hash[i], TREE_HASH);
		buf_add_char(out, '\n');
	}
	buf_add_char(out, '\n');
	buf_add_span(out, note_text);
	return buf_check(out, reterr);
}

static bool read_old(struct span *rest, uint64_t *ret)
{
	struct span line;
	size_t len = strlen("old ");

	return span_line(rest, &line) && span_starts(line, "old ") &&
	       num_u64(span_of(line.p + len, line.len - len), 0, INT64_MAX, ret) == RC_OK;
}

enum rc cosign_request_read(struct span body, struct cosign_request *ret, struct err *reterr)
{
	struct cosign_request r = {0};
	struct span rest = body, line;
	enum rc rc;

	if (body.len > COSIGN_REQUEST_MAX)
		return refuse("witness.form", reterr);
	if (!read_old(&rest, &r.old))
		return refuse("witness.old", reterr);
	for (;;) {
		if (!span_line(&rest, &line))
			return refuse("witness.form", reterr);
		if (line.len == 0)
			break;
		if (r.proof.n == COSIGN_PROOF_MAX || !codec_b64_32(line, r.proof.hash[r.proof.n]))
			return refuse("witness.proof", reterr);
		r.proof.n++;
	}
	rc = note_body_parse(rest, &r.note, reterr);
	if (rc == RC_OK)
		*ret = r;
	return rc;
}

/* ---- the witness ---- */

static bool extends(const struct cosign_request *r, const struct cosign_log *log)
{
	uint8_t empty[TREE_HASH];

	if (r->note.n.size == 0) {
		tree_empty(empty);
		return r->proof.n == 0 && memcmp(r->note.n.root, empty, TREE_HASH) == 0;
	}
	if (log->size == 0)
		return r->proof.n == 0;
	return tree_check_consistency(log->size, log->root, r->note.n.size, r->note.n.root,
				      &r->proof, NULL) == RC_OK;
}

static enum cosign_verdict judge(const struct cosign_request *r, const struct cosign_log *log)
{
	if (!log)
		return COSIGN_UNKNOWN;
	if (note_body_check(&r->note, log->key, NULL) != RC_OK)
		return COSIGN_FORBIDDEN;
	if (r->old > r->note.n.size)
		return COSIGN_MALFORMED;
	if (r->old != log->size)
		return COSIGN_STALE;
	if (log->size > 0 && r->note.n.size == log->size &&
	    memcmp(r->note.n.root, log->root, TREE_HASH) != 0)
		return COSIGN_SPLIT;
	return extends(r, log) ? COSIGN_GIVEN : COSIGN_UNPROVEN;
}

enum cosign_verdict cosign_judge(const struct cosign_request *r, const struct cosign_log *log,
				 struct err *retwhy)
{
	enum cosign_verdict v = judge(r, log);

	if (v != COSIGN_GIVEN)
		err_num(retwhy, RC_REFUSED, "W2", answer[v].key, "size",
			v == COSIGN_STALE ? (long long)log->size : (long long)r->note.n.size);
	return v;
}

bool cosign_is_evidence(enum cosign_verdict v, const struct cosign_request *r,
			const struct cosign_log *log)
{
	/* an older one anybody may hand in again, and a proof that fails anybody may make up */
	return (v == COSIGN_SPLIT || v == COSIGN_STALE) && log->size > 0 &&
	       r->note.n.size == log->size && memcmp(r->note.n.root, log->root, TREE_HASH) != 0;
}

/* ---- the log ---- */

static enum rc no_answer(struct err *reterr, const struct note_witness *w)
{
	return err_set(reterr, RC_REMOTE, "W2", "witness.answer", "name", w->name, NULL);
}

/* The line by this witness under its name that verifies; others are ignored. */
static bool find_line(struct span body, struct span note_text, const uint8_t logkey[CRYPT_PK_LEN],
		      const struct note_witness *w, struct cosign_reply *ret)
{
	struct span rest = body, line;
	bool found = false;

	while (!found && span_line(&rest, &line)) {
		struct note n;
		struct buf text;

		buf_init(&text, NOTE_TEXT_MAX);
		note_strip(note_text, &text);
		buf_add_span(&text, line);
		buf_add_char(&text, '\n');
		found = !text.failed && line.len + 1 < sizeof(ret->line) &&
			note_open(span_buf(&text), logkey, &n, NULL) == RC_OK && n.ncosig == 1 &&
			strcmp(n.cosig[0].name, w->name) == 0 &&
			note_body_cosig_of(&n, &n.cosig[0], w);
		if (found) {
			memcpy(ret->line, line.p, line.len);
			memcpy(ret->line + line.len, "\n", 2);
			ret->time = n.cosig[0].time;
		}
		buf_free(&text);
	}
	return found;
}

static bool read_size(struct span body, uint64_t *ret)
{
	struct span line;

	return span_line(&body, &line) && body.len == 0 &&
	       num_u64(line, 0, INT64_MAX, ret) == RC_OK;
}

enum rc cosign_reply_read(int status, const char *type, struct span body, struct span note_text,
			  const uint8_t logkey[CRYPT_PK_LEN], const struct note_witness *w,
			  struct cosign_reply *ret, struct err *reterr)
{
	struct cosign_reply r = {.verdict = COSIGN_GIVEN};

	if (body.len > COSIGN_REPLY_MAX)
		return no_answer(reterr, w);
	int v = 0;
	while (v < COSIGN_VERDICTS && answer[v].status != status)
		v++;
	if (v == COSIGN_VERDICTS)
		return no_answer(reterr, w);
	r.verdict = (enum cosign_verdict)v;
	if (r.verdict == COSIGN_STALE && strcmp(type, COSIGN_SIZE_TYPE) != 0)
		r.verdict = COSIGN_SPLIT;
	if (r.verdict == COSIGN_STALE && !read_size(body, &r.size))
		return no_answer(reterr, w);
	if (r.verdict == COSIGN_GIVEN && !find_line(body, note_text, logkey, w, &r))
		return no_answer(reterr, w);
	*ret = r;
	return RC_OK;
}
