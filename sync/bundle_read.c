/*
 * bundle_read: open a bundle: the whole is walked and its signature verified before a part is
 * given out; then the same stream is read again. Clauses B1-B5, B6.
 *
 * The second reading uses the key of the first, and what it gives must have the hash that was
 * signed, so a file that changes in between is noticed. Holds one chunk in memory.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/bundle.h"

enum { SEALED_CHUNK = BUNDLE_CHUNK + CRYPT_STREAM_OVER };

struct bundle_reader {
	struct bundle_source src;
	struct crypt_secret *key;
	uint8_t stream_head[CRYPT_STREAM_HEAD];
	struct crypt_stream st;
	uint64_t at, size; /* next byte of the file; its length once walked */
	uint8_t *sealed;
	struct buf chunk;
	size_t used; /* of the chunk */
	bool final;  /* the chunk is the last */
	uint64_t left;
	size_t parts;
	struct crypt_sha256 inside, file;
	bool walked;
	uint8_t box[CRYPT_BOX_LEN]; /* the receiver's public key */
	uint8_t hash[CRYPT_HASH_LEN], file_hash[CRYPT_HASH_LEN];
	struct bundle_head head;
};

static enum rc refuse(struct err *reterr, const char *clause, const char *key)
{
	return err_set(reterr, RC_REFUSED, clause, key, NULL);
}

/* ---- outside (B1) ---- */

static enum rc read_outside(struct bundle_reader *r, struct crypt_secret *box,
			    uint8_t out[BUNDLE_OUTSIDE], struct err *reterr)
{
	uint8_t hash[CRYPT_HASH_LEN];
	size_t got = 0;
	enum rc rc = r->src.read(r->src.ctx, 0, out, BUNDLE_OUTSIDE, &got, reterr);

	if (rc != RC_OK)
		return rc;
	if (!bundle_is(span_of(out, got)))
		return refuse(reterr, "B1", "bundle.not_one");
	if (got < BUNDLE_OUTSIDE)
		return refuse(reterr, "B1", "bundle.cut");
	rc = crypt_box_public(box, r->box, reterr);
	if (rc != RC_OK)
		return rc;
	crypt_sha256(r->box, sizeof(r->box), hash);
	if (memcmp(out + BUNDLE_MAGIC, hash, sizeof(hash)) != 0)
		return err_set(reterr, RC_DENIED, "B1", "bundle.not_for_us", NULL);
	return RC_OK;
}

static enum rc open_outside(struct bundle_reader *r, struct crypt_secret *box, struct err *reterr)
{
	uint8_t out[BUNDLE_OUTSIDE];
	const uint8_t *sealed = out + BUNDLE_MAGIC + CRYPT_HASH_LEN;
	struct buf key;
	enum rc rc = read_outside(r, box, out, reterr);

	if (rc != RC_OK)
		return rc;
	buf_init(&key, CRYPT_STREAM_KEY);
	key.secret = true;
	rc = crypt_box_open(span_of(sealed, CRYPT_STREAM_KEY + CRYPT_BOX_OVER), box, &key, reterr);
	if (rc == RC_DENIED)
		rc = refuse(reterr, "B1", "bundle.broken");
	if (rc == RC_OK)
		rc = crypt_secret_new(key.p, key.len, &r->key, reterr);
	buf_free(&key);
	memcpy(r->stream_head, out + BUNDLE_OUTSIDE - CRYPT_STREAM_HEAD, CRYPT_STREAM_HEAD);
	crypt_sha256_init(&r->file);
	crypt_sha256_add(&r->file, out, sizeof(out));
	return rc;
}

/* ---- chunks (B2) ---- */

/* The chunk marked last ends the file; one that is not, is full. */
static enum rc check_end(struct bundle_reader *r, size_t got, struct err *reterr)
{
	uint8_t more;
	size_t n = 0;
	enum rc rc;

	if (!r->final)
		return got == SEALED_CHUNK ? RC_OK : refuse(reterr, "B2", "bundle.cut");
	if (r->chunk.len == 0)
		return refuse(reterr, "B2", "bundle.broken");
	rc = r->src.read(r->src.ctx, r->at, &more, 1, &n, reterr);
	if (rc != RC_OK)
		return rc;
	return n == 0 ? RC_OK : refuse(reterr, "B2", "bundle.after_end");
}

static enum rc fill(struct bundle_reader *r, struct err *reterr)
{
	size_t got = 0;
	enum rc rc;

	if (r->final)
		return refuse(reterr, "B3", "bundle.part_cut");
	rc = r->src.read(r->src.ctx, r->at, r->sealed, SEALED_CHUNK, &got, reterr);
	if (rc != RC_OK)
		return rc;
	if (r->at + got > LIMIT_BUNDLE)
		return err_num(reterr, RC_LIMIT, "B2", "bundle.too_large", "max",
			       (long long)LIMIT_BUNDLE);
	buf_reset(&r->chunk);
	r->used = 0;
	if (got < CRYPT_STREAM_OVER)
		return refuse(reterr, "B2", "bundle.cut");
	rc = crypt_stream_pull(&r->st, span_of(r->sealed, got), &r->chunk, &r->final, reterr);
	if (rc == RC_REFUSED)
		rc = refuse(reterr, "B2", got < SEALED_CHUNK ? "bundle.cut" : "bundle.broken");
	if (rc != RC_OK)
		return rc;
	r->at += got;
	if (!r->walked)
		crypt_sha256_add(&r->file, r->sealed, got);
	return check_end(r, got, reterr);
}

/* Up to len bytes that lie in one chunk. */
static enum rc some(struct bundle_reader *r, uint64_t len, struct span *ret, struct err *reterr)
{
	enum rc rc = r->used == r->chunk.len ? fill(r, reterr) : RC_OK;
	size_t have = r->chunk.len - r->used;

	if (rc != RC_OK)
		return rc;
	*ret = span_of(r->chunk.p + r->used, len < have ? (size_t)len : have);
	r->used += ret->len;
	return RC_OK;
}

static enum rc take(struct bundle_reader *r, uint8_t *p, size_t len, struct err *reterr)
{
	struct span s;
	enum rc rc = RC_OK;

	for (size_t at = 0; at < len && rc == RC_OK; at += s.len) {
		s = span_of(NULL, 0);
		rc = some(r, len - at, &s, reterr);
		if (rc == RC_OK)
			memcpy(p + at, s.p, s.len);
	}
	return rc;
}

static enum rc start(struct bundle_reader *r, struct err *reterr)
{
	crypt_sha256_init(&r->inside);
	buf_reset(&r->chunk);
	r->used = 0;
	r->final = false;
	r->left = 0;
	r->parts = 0;
	r->at = BUNDLE_OUTSIDE;
	return crypt_stream_pull_init(&r->st, r->key, r->stream_head, reterr);
}

/* ---- parts (B3) ---- */

enum rc bundle_piece(struct bundle_reader *r, struct span *ret, struct err *reterr)
{
	return bundle_first(r, BUNDLE_CHUNK, ret, reterr);
}

enum rc bundle_first(struct bundle_reader *r, size_t max, struct span *ret, struct err *reterr)
{
	struct span s = {NULL, 0};
	uint64_t len = r->left < max ? r->left : max;
	enum rc rc = len > 0 ? some(r, len, &s, reterr) : RC_OK;

	if (rc != RC_OK)
		return rc;
	r->left -= s.len;
	crypt_sha256_add(&r->inside, s.p, s.len);
	*ret = s;
	return RC_OK;
}

/* Nothing follows the seal, and over it all the hash is what was walked before. */
static enum rc end(struct bundle_reader *r, uint8_t sig[CRYPT_SIG_LEN], struct err *reterr)
{
	uint8_t hash[CRYPT_HASH_LEN];
	enum rc rc;

	crypt_sha256_end(&r->inside, hash);
	rc = take(r, sig, CRYPT_SIG_LEN, reterr);
	if (rc != RC_OK)
		return rc;
	if (r->used < r->chunk.len || !r->final)
		return refuse(reterr, "B4", "bundle.after_seal");
	if (r->walked && memcmp(hash, r->hash, sizeof(hash)) != 0)
		return err_set(reterr, RC_CORRUPT, "B4", "bundle.changed", NULL);
	memcpy(r->hash, hash, sizeof(hash));
	return RC_OK;
}

/* Head of the next part, checked; of the seal its signature too. */
static enum rc next(struct bundle_reader *r, enum bundle_type *rettype, uint64_t *retlen,
		    uint8_t sig[CRYPT_SIG_LEN], struct err *reterr)
{
	uint8_t head[BUNDLE_PART_HEAD];
	const struct bundle_rule *rule;
	uint64_t len;
	enum rc rc = take(r, head, sizeof(head), reterr);

	if (rc != RC_OK)
		return rc;
	rule = bundle_rule(head[0]);
	len = codec_get_be64(head + 1);
	if (!rule || (head[0] == BUNDLE_HEAD) != (r->parts == 0) || ++r->parts > LIMIT_BUNDLE_PARTS)
		return err_num(reterr, RC_REFUSED, "B3", "bundle.part", "type", head[0]);
	if (len < rule->min || len > rule->max || len % rule->unit != 0)
		return err_num(reterr, RC_REFUSED, "B3", "bundle.part_length", "max",
			       (long long)rule->max);
	*rettype = rule->type;
	*retlen = len;
	if (rule->type == BUNDLE_SEAL)
		return end(r, sig, reterr);
	crypt_sha256_add(&r->inside, head, sizeof(head));
	r->left = len;
	return RC_OK;
}

static enum rc pass_over(struct bundle_reader *r, struct err *reterr)
{
	struct span s;
	enum rc rc = RC_OK;

	while (rc == RC_OK && r->left > 0)
		rc = bundle_piece(r, &s, reterr);
	return rc;
}

enum rc bundle_next(struct bundle_reader *r, enum bundle_type *rettype, uint64_t *retlen,
		    struct err *reterr)
{
	uint8_t sig[CRYPT_SIG_LEN];
	enum rc rc = pass_over(r, reterr);

	return rc == RC_OK ? next(r, rettype, retlen, sig, reterr) : rc;
}

enum rc bundle_body(struct bundle_reader *r, struct buf *out, struct err *reterr)
{
	struct span s;
	enum rc rc = RC_OK;

	while (rc == RC_OK && r->left > 0) {
		rc = bundle_piece(r, &s, reterr);
		if (rc == RC_OK)
			buf_add_span(out, s);
	}
	return rc == RC_OK ? buf_check(out, reterr) : rc;
}

/* ---- the first reading ---- */

static enum rc read_head(struct bundle_reader *r, struct err *reterr)
{
	enum bundle_type type;
	uint8_t sig[CRYPT_SIG_LEN];
	uint64_t len;
	struct buf b;
	enum rc rc = next(r, &type, &len, sig, reterr);

	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	if (rc == RC_OK)
		rc = bundle_body(r, &b, reterr);
	if (rc == RC_OK)
		rc = bundle_head_read(span_buf(&b), &r->head, reterr);
	/* signed for somebody else, who has sealed it anew */
	if (rc == RC_OK && memcmp(r->head.to, r->box, sizeof(r->box)) != 0)
		rc = err_set(reterr, RC_DENIED, "B5", "bundle.not_for_us", NULL);
	buf_free(&b);
	return rc;
}

static enum rc walk(struct bundle_reader *r, struct err *reterr)
{
	uint8_t sig[CRYPT_SIG_LEN], text[BUNDLE_SIGNED];
	enum bundle_type type = BUNDLE_HEAD;
	uint64_t len;
	enum rc rc = start(r, reterr);

	if (rc == RC_OK)
		rc = read_head(r, reterr);
	while (rc == RC_OK && type != BUNDLE_SEAL) {
		rc = next(r, &type, &len, sig, reterr);
		if (rc == RC_OK)
			rc = pass_over(r, reterr);
	}
	if (rc != RC_OK)
		return rc;
	bundle_signed(r->hash, text);
	if (!crypt_verify(sig, span_of(text, sizeof(text)), r->head.from))
		return refuse(reterr, "B4", "bundle.signature");
	crypt_sha256_end(&r->file, r->file_hash);
	r->size = r->at;
	r->walked = true;
	return bundle_rewind(r, reterr);
}

enum rc bundle_rewind(struct bundle_reader *r, struct err *reterr)
{
	enum bundle_type type;
	uint64_t len;
	enum rc rc = start(r, reterr);

	if (rc == RC_OK)
		rc = bundle_next(r, &type, &len, reterr);
	return rc == RC_OK ? pass_over(r, reterr) : rc;
}

enum rc bundle_open(struct bundle_reader **ret, const struct bundle_source *src,
		    struct crypt_secret *box, struct err *reterr)
{
	struct bundle_reader *r = calloc(1, sizeof(*r));
	enum rc rc;

	if (!r)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	r->src = *src;
	buf_init(&r->chunk, BUNDLE_CHUNK);
	r->chunk.secret = true;
	r->sealed = malloc(SEALED_CHUNK);
	rc = r->sealed ? open_outside(r, box, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc == RC_OK)
		rc = walk(r, reterr);
	if (rc == RC_OK)
		*ret = r;
	else
		bundle_reader_free(r);
	return rc;
}

void bundle_reader_free(struct bundle_reader *r)
{
	if (!r)
		return;
	crypt_stream_wipe(&r->st);
	crypt_secret_free(r->key);
	buf_free(&r->chunk);
	free(r->sealed);
	free(r);
}

const struct bundle_head *bundle_head(const struct bundle_reader *r)
{
	return &r->head;
}

uint64_t bundle_size(const struct bundle_reader *r)
{
	return r->size;
}

const uint8_t *bundle_hash(const struct bundle_reader *r)
{
	return r->file_hash;
}

/* ---- bytes in memory as a file ---- */

static enum rc read_span(void *ctx, uint64_t offset, uint8_t *p, size_t len, size_t *retgot,
			 struct err *reterr)
{
	const struct span *s = ctx;
	size_t left = offset < s->len ? s->len - (size_t)offset : 0;
	size_t n = len < left ? len : left;

	(void)reterr;
	if (n > 0)
		memcpy(p, s->p + offset, n);
	*retgot = n;
	return RC_OK;
}

struct bundle_source bundle_source_span(struct span *s)
{
	return (struct bundle_source){s, read_span};
}
