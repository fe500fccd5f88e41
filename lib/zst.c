/*
 * zst: one-piece zstd with a ceiling (see zst.h); the only file with zstd.h.
 * Decompression streams into the caller's buffer piece by piece, so memory grows
 * with what really comes out and never with what a header claims.
 */
#include "lib/zst.h"

#include <stdlib.h>
#include <zstd.h>

#include "lib/codec.h"
#include "lib/limits.h"

static enum rc no_memory(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "zst.memory", NULL);
}

enum rc zst_compress(struct span in, int level, struct buf *out, struct err *reterr)
{
	size_t bound = ZSTD_compressBound(in.len);
	void *tmp = ZSTD_isError(bound) ? NULL : malloc(bound);

	if (!tmp)
		return no_memory(reterr);
	size_t n =
	    ZSTD_compress(tmp, bound, in.len > 0 ? in.p : (const uint8_t *)"", in.len, level);
	if (ZSTD_isError(n)) {
		free(tmp);
		return no_memory(reterr);
	}
	buf_add(out, tmp, n);
	free(tmp);
	return buf_check(out, reterr);
}

static enum rc corrupt(struct err *reterr)
{
	return err_set(reterr, RC_REFUSED, NULL, "zst.corrupt", NULL);
}

/* Inflate exactly one frame into b, whose ceiling is the cap. */
static enum rc inflate(ZSTD_DStream *ds, struct span in, struct buf *b, struct err *reterr)
{
	static const size_t piece = 16 * LIMIT_KIB;
	uint8_t *tmp = malloc(piece);
	ZSTD_inBuffer src = {in.p, in.len, 0};
	enum rc rc = tmp ? RC_OK : no_memory(reterr);
	size_t left = 1;

	while (rc == RC_OK && left != 0) {
		ZSTD_outBuffer dst = {tmp, piece, 0};
		size_t before = src.pos;
		left = ZSTD_decompressStream(ds, &dst, &src);
		if (ZSTD_isError(left) || (left != 0 && src.pos == before && dst.pos == 0)) {
			rc = corrupt(reterr);
			break;
		}
		buf_add(b, tmp, dst.pos);
		if (b->failed)
			rc = b->nomem ? no_memory(reterr)
				      : err_num(reterr, RC_LIMIT, NULL, "zst.too_large", "max",
						(long long)b->max);
	}
	if (rc == RC_OK && src.pos != src.size)
		rc = corrupt(reterr);
	free(tmp);
	return rc;
}

enum rc zst_decompress(struct span in, size_t max, struct buf *out, struct err *reterr)
{
	struct buf b;
	ZSTD_DStream *ds = ZSTD_createDStream();

	if (!ds)
		return no_memory(reterr);
	/* A window larger than the cap cannot be needed; the default would allow 128 MiB. */
	ZSTD_DCtx_setParameter(ds, ZSTD_d_windowLogMax, LIMIT_ZST_WINDOW_LOG);
	buf_init(&b, max);
	/* Skippable frames (another magic) carry nothing; not ours. */
	bool frame = in.len >= 4 && codec_get_le32(in.p) == ZSTD_MAGICNUMBER;
	enum rc rc = frame ? inflate(ds, in, &b, reterr) : corrupt(reterr);
	ZSTD_freeDStream(ds);
	if (rc == RC_OK) {
		buf_add_span(out, span_buf(&b));
		rc = buf_check(out, reterr);
	}
	buf_free(&b);
	return rc;
}
