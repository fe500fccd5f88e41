/*
 * zip: members of a ZIP in memory (see zip.h); the only file with minizip's headers. minizip asks
 * for bytes through functions of its own; ours read a span, so that no file is opened.
 */
#include "lib/zip.h"

#include <stdlib.h>
#include <string.h>

#include <minizip/unzip.h>

#include "lib/limits.h"

struct zip {
	struct span bytes;
	size_t at; /* of minizip's reading */
	size_t budget, left;
	unzFile file;
	bool open; /* a member is */
};

static enum rc broken(struct err *reterr)
{
	return err_set(reterr, RC_INPUT, NULL, "zip.broken", NULL);
}

/* ---- minizip's way to bytes ---- */

static void *ZCALLBACK mem_open(void *opaque, const void *name, int mode)
{
	(void)name, (void)mode;
	return opaque;
}

static uLong ZCALLBACK mem_read(void *opaque, void *stream, void *p, uLong n)
{
	struct zip *z = opaque;
	size_t left = z->bytes.len - z->at, take = n < left ? (size_t)n : left;

	(void)stream;
	if (take > 0)
		memcpy(p, z->bytes.p + z->at, take);
	z->at += take;
	return (uLong)take;
}

static uLong ZCALLBACK mem_write(void *opaque, void *stream, const void *p, uLong n)
{
	(void)opaque, (void)stream, (void)p, (void)n;
	return 0;
}

static ZPOS64_T ZCALLBACK mem_tell(void *opaque, void *stream)
{
	(void)stream;
	return ((struct zip *)opaque)->at;
}

static long ZCALLBACK mem_seek(void *opaque, void *stream, ZPOS64_T offset, int origin)
{
	struct zip *z = opaque;
	size_t from = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
		      : origin == ZLIB_FILEFUNC_SEEK_CUR ? z->at
							 : z->bytes.len;

	(void)stream;
	if (offset > z->bytes.len - from)
		return -1;
	z->at = from + (size_t)offset;
	return 0;
}

static int ZCALLBACK mem_close(void *opaque, void *stream)
{
	(void)opaque, (void)stream;
	return 0;
}

/* ---- ours ---- */

bool zip_is(struct span bytes)
{
	static const uint8_t first[] = {'P', 'K', 3, 4};
	size_t n = bytes.len < sizeof(first) ? bytes.len : sizeof(first);

	return n >= 2 && memcmp(bytes.p, first, n) == 0;
}

enum rc zip_open(struct zip **ret, struct span bytes, size_t budget, struct err *reterr)
{
	struct zip *z = calloc(1, sizeof(*z));
	unz_global_info64 about;
	enum rc rc = RC_OK;

	if (!z)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	z->bytes = bytes;
	z->budget = z->left = budget;
	zlib_filefunc64_def io = {.zopen64_file = mem_open,
				  .zread_file = mem_read,
				  .zwrite_file = mem_write,
				  .ztell64_file = mem_tell,
				  .zseek64_file = mem_seek,
				  .zclose_file = mem_close,
				  .zerror_file = mem_close,
				  .opaque = z};
	z->file = zip_is(bytes) ? unzOpen2_64("", &io) : NULL;
	if (!z->file || unzGetGlobalInfo64(z->file, &about) != UNZ_OK)
		rc = broken(reterr);
	else if (about.number_entry > LIMIT_ZIP_MEMBERS)
		rc = err_num(reterr, RC_LIMIT, NULL, "zip.members", "max", LIMIT_ZIP_MEMBERS);
	if (rc == RC_OK)
		*ret = z;
	else
		zip_free(z);
	return rc;
}

static void end_member(struct zip *z)
{
	if (z->open)
		(void)unzCloseCurrentFile(z->file);
	z->open = false;
}

void zip_free(struct zip *z)
{
	if (!z)
		return;
	if (z->file) {
		end_member(z);
		(void)unzClose(z->file);
	}
	free(z);
}

enum rc zip_member(struct zip *z, const char *name, struct err *reterr)
{
	int code;

	end_member(z);
	code = unzLocateFile(z->file, name, 1 /* case matters */);
	if (code == UNZ_END_OF_LIST_OF_FILE)
		return err_set(reterr, RC_NOTFOUND, NULL, "zip.no_member", "name", name, NULL);
	if (code != UNZ_OK || unzOpenCurrentFile(z->file) != UNZ_OK)
		return broken(reterr);
	z->open = true;
	return RC_OK;
}

enum rc zip_read(struct zip *z, uint8_t *p, size_t cap, size_t *retn, struct err *reterr)
{
	int got;

	*retn = 0;
	if (!z->open)
		return RC_OK;
	if (cap > 64 * LIMIT_KIB)
		cap = 64 * LIMIT_KIB;
	got = unzReadCurrentFile(z->file, p, (unsigned)cap);
	if (got < 0)
		return broken(reterr);
	if ((size_t)got > z->left)
		return err_num(reterr, RC_LIMIT, NULL, "zip.too_large", "max",
			       (long long)z->budget);
	z->left -= (size_t)got;
	*retn = (size_t)got;
	if (got == 0) {
		z->open = false;
		if (unzCloseCurrentFile(z->file) != UNZ_OK)
			return broken(reterr); /* the checksum */
	}
	return RC_OK;
}
