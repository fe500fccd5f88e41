/*
 * report_file: the lines of an exported report. Clause R10. Writing, and reading in pieces; what
 * is checked is in report_check.c.
 */
#include "sync/report_file.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "lib/os.h"
#include "sync/report_lines.h"

#define BEGINNING "{\"kiemke\":\"report/1\","

enum { CHUNK = 1024 * 1024, BEGINNING_LEN = sizeof(BEGINNING) - 1 };

static void member(struct buf *out, const char *name, struct span text)
{
	buf_addf(out, ",\"%s\":", name);
	json_add_escaped(out, text);
}

void report_file_head(const struct report_head *h, struct buf *out)
{
	char root[CODEC_B64U_32 + 1], csv[CODEC_HEX_LEN(CRYPT_HASH_LEN) + 1];

	codec_b64u(h->issue.root, TREE_HASH, root);
	codec_hex(h->issue.csv, CRYPT_HASH_LEN, csv);
	buf_addf(out, BEGINNING "\"week\":\"%s\",\"size\":%lld,\"root\":\"%s\",\"csv\":\"%s\"",
		 h->issue.week, (long long)h->issue.size, root, csv);
	if (h->issue.previous[0])
		member(out, "previous", span_str(h->issue.previous));
	member(out, "checkpoint", h->checkpoint);
	if (h->line.len > 0)
		member(out, "issue", h->line);
	buf_add_str(out, "}\n");
}

void report_file_blob(const uint8_t sha[CRYPT_HASH_LEN], struct span text, struct buf *out)
{
	char hex[CODEC_HEX_LEN(CRYPT_HASH_LEN) + 1];

	codec_hex(sha, CRYPT_HASH_LEN, hex);
	buf_addf(out, "{\"blob\":\"%s\"", hex);
	member(out, "text", text);
	buf_add_str(out, "}\n");
}

void report_file_line(struct span line, struct buf *out)
{
	buf_add_str(out, "{\"line\":");
	json_add_escaped(out, line);
	buf_add_str(out, "}\n");
}

void report_file_text(struct span csv, struct buf *out)
{
	buf_add_str(out, "{\"file\":");
	json_add_escaped(out, csv);
	buf_add_str(out, "}\n");
}

bool report_file_is(const char *path)
{
	struct os_file *f = NULL;
	char begin[BEGINNING_LEN];
	size_t got = 0;
	bool is;

	if (os_file_open(&f, path, OS_READ, NULL) != RC_OK)
		return false;
	is = os_file_pread(f, 0, begin, sizeof(begin), &got, NULL) == RC_OK && got == sizeof(begin) &&
	     memcmp(begin, BEGINNING, sizeof(begin)) == 0;
	os_file_close(f);
	return is;
}

/* ---- reading ---- */

enum rc report_lines_open(struct report_lines *l, const char *path, struct err *reterr)
{
	*l = (struct report_lines){.n = 0};
	buf_init(&l->b, REPORT_LINE_MAX + CHUNK);
	return os_file_open(&l->f, path, OS_READ, reterr);
}

void report_lines_close(struct report_lines *l)
{
	os_file_close(l->f);
	buf_free(&l->b);
}

/* Move what is left to the front and read on. */
static enum rc fill(struct report_lines *l, struct err *reterr)
{
	size_t left = l->b.len - l->at, got = 0;
	uint8_t *chunk;
	enum rc rc;

	if (left > 0)
		memmove(l->b.p, l->b.p + l->at, left);
	l->b.len = left;
	l->at = 0;
	chunk = malloc(CHUNK);
	if (!chunk)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = os_file_pread(l->f, l->offset, chunk, CHUNK, &got, reterr);
	if (rc == RC_OK) {
		l->offset += (int64_t)got;
		l->end = got < CHUNK;
		buf_add(&l->b, chunk, got);
		rc = buf_check(&l->b, reterr);
	}
	free(chunk);
	return rc;
}

enum rc report_lines_next(struct report_lines *l, struct span *ret, struct err *reterr)
{
	for (;;) {
		struct span rest = span_of(l->b.p + l->at, l->b.len - l->at);
		enum rc rc;

		if (rest.len > 0 && span_line(&rest, ret)) {
			l->at += ret->len + 1;
			l->n++;
			return RC_OK;
		}
		if (l->end)
			return rest.len == 0
				       ? err_set(reterr, RC_NOTFOUND, NULL, "report.end", NULL)
				       : err_set(reterr, RC_REFUSED, "R10", "report.cut", NULL);
		rc = fill(l, reterr);
		if (rc != RC_OK)
			return rc;
	}
}
