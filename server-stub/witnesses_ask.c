/*
 * witnesses_ask: one question to one witness over HTTP, and what its refusal means. Clauses W2, W4, W5.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/witnesses_part.h"

enum { TYPE_MAX = 128 };

static enum rc exchange(struct witnesses_peer *p, const char *method, const char *path,
			struct span body, struct http_res *ret, struct err *reterr)
{
	static const struct http_header head[] = {{"Content-Type", "text/plain; charset=utf-8"}};
	size_t len = strlen(p->url);
	struct http_req req = {.method = method,
			       .body = body,
			       .has_body = body.len > 0,
			       .head = head,
			       .nhead = body.len > 0 ? 1 : 0,
			       .max_body = COSIGN_REPLY_MAX};
	struct buf url;
	enum rc rc;

	while (len > 0 && p->url[len - 1] == '/')
		len--;
	buf_init(&url, LIMIT_PATH);
	buf_add(&url, p->url, len);
	buf_add_str(&url, path);
	rc = buf_check(&url, reterr);
	if (rc == RC_OK) {
		req.url = (const char *)url.p;
		rc = http_exchange(p->http, &req, ret, reterr);
	}
	buf_free(&url);
	return rc;
}

static void media_type(const struct http_res *res, char ret[TYPE_MAX])
{
	if (http_head(res, "Content-Type", ret, TYPE_MAX, NULL) != RC_OK)
		ret[0] = '\0';
	ret[strcspn(ret, "; ")] = '\0';
}

/* One request from `old`. */
static enum rc once(struct witnesses_peer *p, const struct witnesses_question *q, int64_t old,
		    struct cosign_reply *ret, struct err *reterr)
{
	struct tree_proof proof = {.n = 0};
	char type[TYPE_MAX];
	struct http_res res;
	struct buf body;
	enum rc rc = RC_OK;

	buf_init(&body, COSIGN_REQUEST_MAX);
	if (old > 0 && old < q->size)
		rc =
		    tree_consistency(&q->r->tree, (uint64_t)old, (uint64_t)q->size, &proof, reterr);
	if (rc == RC_OK)
		rc = cosign_request_write((uint64_t)old, &proof, q->text, &body, reterr);
	if (rc == RC_OK)
		rc = exchange(p, "POST", "/add-checkpoint", span_buf(&body), &res, reterr);
	buf_free(&body);
	if (rc != RC_OK)
		return rc;
	media_type(&res, type);
	rc = cosign_reply_read(res.status, type, span_buf(&res.body), q->text,
			       crypt_signer_pk(q->col->log), &p->who, ret, reterr);
	http_res_free(&res);
	return rc;
}

/* ---- a witness that has seen another log, or more of it ---- */

/* Is the checkpoint one that our tree, of this size, neither holds nor extends? */
static bool contradicts(const struct archive_reader *r, int64_t size, const struct note *n)
{
	struct tree_frontier f;
	uint8_t root[TREE_HASH];

	if (n->size > (uint64_t)size)
		return true;
	if (tree_frontier_read(&r->tree, n->size, &f, NULL) != RC_OK)
		return false;
	tree_frontier_root(&f, root);
	return memcmp(root, n->root, TREE_HASH) != 0;
}

/* What it cosigned, if it shows that (W3), and it is signed by our own log. */
static bool fetch(struct witnesses_peer *p, const struct witnesses_question *q, struct buf *text,
		  struct note *ret)
{
	char path[sizeof("/checkpoint/") + CODEC_HEX_LEN(CRYPT_HASH_LEN)] = "/checkpoint/";
	uint8_t hash[CRYPT_HASH_LEN];
	struct http_res res;
	bool ok;

	crypt_sha256(crypt_signer_pk(q->col->log), CRYPT_PK_LEN, hash);
	codec_hex(hash, sizeof(hash), path + strlen(path));
	if (exchange(p, "GET", path, span_of(NULL, 0), &res, NULL) != RC_OK)
		return false;
	ok = res.status == 200 &&
	     note_open(span_buf(&res.body), crypt_signer_pk(q->col->log), ret, NULL) == RC_OK;
	if (ok)
		buf_add_span(text, span_buf(&res.body));
	http_res_free(&res);
	return ok;
}

/*
 * Does what it told (its size) or shows (n, perhaps NULL) stand against the tree as it is now? The log may have
 * grown since it was asked, and whoever has the newer checkpoint may have had it cosigned first: that is no proof
 * of anything. *retbefore: it has only seen what came after the question.
 */
static enum rc stands_against(const struct witnesses_question *q, int64_t size, const struct note *n,
			      bool *ret, bool *retbefore, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct buf text;
	int64_t now = 0, at;
	enum rc rc = archive_read(q->col->archive, &r, reterr);

	buf_init(&text, NOTE_TEXT_MAX);
	if (rc == RC_OK)
		rc = r->head(r->ctx, &now, &text, &at, reterr);
	buf_free(&text);
	*retbefore = size > q->size && size <= now;
	*ret = rc == RC_OK && (n ? contradicts(r, now, n) : !*retbefore);
	archive_read_end(q->col->archive, r);
	return rc;
}

/*
 * W5. The proof is a checkpoint under our own key; of a witness that shows none its word is enough to
 * stop, for going on could not be undone. One that shows a checkpoint our tree extends has
 * contradicted itself, or is ahead of the question only: no answer.
 */
static enum rc halt(struct witnesses_peer *p, const struct witnesses_question *q, int64_t size,
		    struct buf *rethalt, struct err *reterr)
{
	struct buf text;
	struct note n;
	bool shown, against, before;
	enum rc rc;

	buf_init(&text, NOTE_TEXT_MAX);
	shown = fetch(p, q, &text, &n);
	rc = stands_against(q, size, shown ? &n : NULL, &against, &before, reterr);
	if (rc != RC_OK || !against) {
		buf_free(&text);
		if (rc != RC_OK)
			return rc;
		err_num(reterr, RC_REMOTE, "W2", before ? "witness.stale" : "witness.answer", "size",
			(long long)size);
		err_add(reterr, "name", p->who.name);
		return RC_REMOTE;
	}
	if (shown && !text.failed)
		buf_add_span(rethalt, span_buf(&text));
	else
		buf_addf(rethalt, "%s %s %lld\n", ingest_epoch(q->col->ingest), p->who.name,
			 (long long)size);
	buf_free(&text);
	err_num(reterr, RC_CONFLICT, "W5", size > q->size ? "witness.behind" : "witness.other",
		"size", (long long)size);
	err_add(reterr, "name", p->who.name);
	return RC_CONFLICT;
}

static enum rc refused(const struct witnesses_peer *p, const struct cosign_reply *reply,
		       struct err *reterr)
{
	static const char *const key[COSIGN_VERDICTS] = {
	    [COSIGN_MALFORMED] = "witness.form",
	    [COSIGN_FORBIDDEN] = "witness.forbidden",
	    [COSIGN_UNKNOWN] = "witness.unknown",
	    [COSIGN_STALE] = "witness.stale",
	};

	return err_set(reterr, RC_REMOTE, "W2", key[reply->verdict], "name", p->who.name, NULL);
}

enum rc witnesses_ask(struct witnesses_peer *p, const struct witnesses_question *q,
		      struct cosign_reply *ret, struct buf *rethalt, struct err *reterr)
{
	enum rc rc = once(p, q, q->old <= q->size ? q->old : 0, ret, reterr);

	if (rc == RC_OK && ret->verdict == COSIGN_STALE && ret->size <= (uint64_t)q->size)
		rc = once(p, q, (int64_t)ret->size, ret, reterr);
	if (rc != RC_OK || ret->verdict == COSIGN_GIVEN)
		return rc;
	switch (ret->verdict) {
	case COSIGN_STALE:
		if (ret->size > (uint64_t)q->size)
			return halt(p, q, (int64_t)ret->size, rethalt, reterr);
		break;
	case COSIGN_SPLIT:
	case COSIGN_UNPROVEN: return halt(p, q, q->size, rethalt, reterr);
	default: break;
	}
	return refused(p, ret, reterr);
}
