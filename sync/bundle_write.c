/*
 * bundle_write: make a bundle: parts go into chunks, chunks into the stream, the stream to
 * whoever keeps the file. Clauses B1-B4, B6. Holds one chunk in memory, never the file.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/bundle.h"

struct bundle_writer {
	bundle_put *put;
	void *ctx;
	struct crypt_stream st;
	struct crypt_sha256 inside, file; /* of what is signed, of the file (B6) */
	struct buf chunk, sealed;
	uint64_t left; /* of the part that is being written */
	uint64_t len;
	size_t parts;
	uint8_t from[CRYPT_PK_LEN];
};

static enum rc emit(struct bundle_writer *w, struct span bytes, struct err *reterr)
{
	crypt_sha256_add(&w->file, bytes.p, bytes.len);
	return w->put(w->ctx, bytes, reterr);
}

/* Seal the chunk gathered so far and give it away. */
static enum rc flush(struct bundle_writer *w, bool final, struct err *reterr)
{
	enum rc rc;

	buf_reset(&w->sealed);
	rc = crypt_stream_push(&w->st, span_buf(&w->chunk), final, &w->sealed, reterr);
	buf_reset(&w->chunk);
	return rc == RC_OK ? emit(w, span_buf(&w->sealed), reterr) : rc;
}

/* A full chunk waits until more comes: only then is it known not to be the last (B2). */
static enum rc add(struct bundle_writer *w, struct span bytes, struct err *reterr)
{
	enum rc rc = RC_OK;

	w->len += bytes.len;
	while (rc == RC_OK && bytes.len > 0) {
		size_t room = BUNDLE_CHUNK - w->chunk.len, n = bytes.len < room ? bytes.len : room;

		if (room == 0) {
			rc = flush(w, false, reterr);
			continue;
		}
		buf_add(&w->chunk, bytes.p, n);
		bytes = span_of(bytes.p + n, bytes.len - n);
		rc = buf_check(&w->chunk, reterr);
	}
	return rc;
}

static enum rc add_head(struct bundle_writer *w, enum bundle_type type, uint64_t len, bool sign,
			struct err *reterr)
{
	uint8_t head[BUNDLE_PART_HEAD] = {(uint8_t)type};

	codec_put_be64(head + 1, len);
	if (sign)
		crypt_sha256_add(&w->inside, head, sizeof(head));
	return add(w, span_of(head, sizeof(head)), reterr);
}

static enum rc write_outside(struct bundle_writer *w, const uint8_t box[CRYPT_BOX_LEN],
			     struct err *reterr)
{
	uint8_t hash[CRYPT_HASH_LEN], head[CRYPT_STREAM_HEAD];
	struct crypt_secret *key = NULL;
	struct buf out;
	enum rc rc = crypt_secret_random(CRYPT_STREAM_KEY, &key, reterr);

	buf_init(&out, BUNDLE_OUTSIDE);
	crypt_sha256(box, CRYPT_BOX_LEN, hash);
	buf_add(&out, bundle_magic, sizeof(bundle_magic));
	buf_add(&out, hash, sizeof(hash));
	if (rc == RC_OK) {
		rc = crypt_box_seal(span_of(crypt_secret_open(key), CRYPT_STREAM_KEY), box, &out,
				    reterr);
		crypt_secret_close(key);
	}
	if (rc == RC_OK)
		rc = crypt_stream_push_init(&w->st, key, head, reterr);
	crypt_secret_free(key);
	if (rc == RC_OK) {
		buf_add(&out, head, sizeof(head));
		rc = buf_check(&out, reterr);
	}
	if (rc == RC_OK)
		rc = emit(w, span_buf(&out), reterr);
	buf_free(&out);
	return rc;
}

static enum rc write_head(struct bundle_writer *w, const struct bundle_head *head,
			  const uint8_t box[CRYPT_BOX_LEN], struct err *reterr)
{
	struct bundle_head h = *head;
	struct buf b;
	enum rc rc;

	memcpy(h.to, box, sizeof(h.to));
	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	rc = bundle_head_write(&h, &b, reterr);
	if (rc == RC_OK)
		rc = bundle_add_part(w, BUNDLE_HEAD, span_buf(&b), reterr);
	buf_free(&b);
	return rc;
}

enum rc bundle_begin(struct bundle_writer **ret, bundle_put *put, void *ctx,
		     const uint8_t box[CRYPT_BOX_LEN], const struct bundle_head *head,
		     struct err *reterr)
{
	struct bundle_writer *w = calloc(1, sizeof(*w));
	enum rc rc;

	if (!w)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	w->put = put;
	w->ctx = ctx;
	memcpy(w->from, head->from, sizeof(w->from));
	crypt_sha256_init(&w->inside);
	crypt_sha256_init(&w->file);
	buf_init(&w->chunk, BUNDLE_CHUNK);
	w->chunk.secret = true;
	buf_init(&w->sealed, BUNDLE_CHUNK + CRYPT_STREAM_OVER);
	rc = write_outside(w, box, reterr);
	if (rc == RC_OK)
		rc = write_head(w, head, box, reterr);
	if (rc == RC_OK)
		*ret = w;
	else
		bundle_writer_free(w);
	return rc;
}

enum rc bundle_part(struct bundle_writer *w, enum bundle_type type, uint64_t len,
		    struct err *reterr)
{
	const struct bundle_rule *rule = bundle_rule(type);

	if (!rule || w->left > 0 || type == BUNDLE_SEAL)
		return err_set(reterr, RC_INTERNAL, "B3", "bundle.order", NULL);
	if (len < rule->min || len > rule->max || len % rule->unit != 0)
		return err_num(reterr, RC_LIMIT, "B3", "bundle.part_length", "max",
			       (long long)rule->max);
	if (w->len + len > LIMIT_BUNDLE - BUNDLE_CHUNK || ++w->parts > LIMIT_BUNDLE_PARTS)
		return err_num(reterr, RC_LIMIT, "B2", "bundle.too_large", "max",
			       (long long)LIMIT_BUNDLE);
	w->left = len;
	return add_head(w, type, len, true, reterr);
}

enum rc bundle_add(struct bundle_writer *w, struct span bytes, struct err *reterr)
{
	if (bytes.len > w->left)
		return err_set(reterr, RC_INTERNAL, "B3", "bundle.order", NULL);
	w->left -= bytes.len;
	crypt_sha256_add(&w->inside, bytes.p, bytes.len);
	return add(w, bytes, reterr);
}

enum rc bundle_add_part(struct bundle_writer *w, enum bundle_type type, struct span body,
			struct err *reterr)
{
	enum rc rc = bundle_part(w, type, body.len, reterr);

	return rc == RC_OK ? bundle_add(w, body, reterr) : rc;
}

uint64_t bundle_len(const struct bundle_writer *w)
{
	return w->len;
}

enum rc bundle_end(struct bundle_writer *w, struct crypt_signer *from,
		   uint8_t rethash[CRYPT_HASH_LEN], struct err *reterr)
{
	uint8_t hash[CRYPT_HASH_LEN], sig[CRYPT_SIG_LEN], text[BUNDLE_SIGNED];
	enum rc rc;

	if (w->left > 0 || memcmp(crypt_signer_pk(from), w->from, CRYPT_PK_LEN) != 0)
		return err_set(reterr, RC_INTERNAL, "B4", "bundle.order", NULL);
	crypt_sha256_end(&w->inside, hash);
	bundle_signed(hash, text);
	crypt_sign(from, span_of(text, sizeof(text)), sig);
	rc = add_head(w, BUNDLE_SEAL, sizeof(sig), false, reterr);
	if (rc == RC_OK)
		rc = add(w, span_of(sig, sizeof(sig)), reterr);
	if (rc == RC_OK)
		rc = flush(w, true, reterr);
	if (rc == RC_OK)
		crypt_sha256_end(&w->file, rethash);
	return rc;
}

void bundle_writer_free(struct bundle_writer *w)
{
	if (!w)
		return;
	crypt_stream_wipe(&w->st);
	buf_free(&w->chunk);
	buf_free(&w->sealed);
	free(w);
}
