/*
 * report_csv: the report as the file whose hash an issue names. Clause R9.
 *
 * Its words are part of the format, so they stand here and not among the texts of screens:
 * another word is another file. Counts stand beside every percentage; a percentage has one
 * decimal and is cut off, never rounded: 3320 of 3321 is 99,9. Codes are written ="01", which
 * keeps their zeros in a spreadsheet; text that a spreadsheet would compute gets a ' in front.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/csv.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "sync/report_column.h"
#include "sync/report_part.h"

enum { DELIMITER = ';' };

static void end(struct buf *out)
{
	buf_add_str(out, "\r\n");
}

static void text(struct buf *out, const char *s)
{
	struct buf b;

	buf_init(&b, LIMIT_TEXT);
	if (*s && strchr("=+-@\t\r", *s))
		buf_add_char(&b, '\'');
	buf_add_str(&b, s);
	csv_add(out, b.p ? (const char *)b.p : "", DELIMITER);
	out->failed = out->failed || b.failed;
	buf_free(&b);
}

static void code(struct buf *out, const char *s)
{
	if (*s)
		buf_addf(out, "\"=\"\"%s\"\"\"", s);
}

static void row(struct buf *out, const struct report *r, const struct report_row *x,
		const char *no, const char *name)
{
	buf_add_str(out, no);
	buf_add_char(out, DELIMITER);
	code(out, x->code);
	buf_add_char(out, DELIMITER);
	text(out, name);
	for (size_t i = 0; report_column(i); i++) {
		char cell[REPORT_CELL_LEN];

		report_cell_text(r, x, report_column(i), cell);
		buf_add_char(out, DELIMITER);
		buf_add_str(out, cell);
	}
	end(out);
}

static void about(struct buf *out, const char *what, const char *value)
{
	text(out, what);
	buf_add_char(out, DELIMITER);
	text(out, value);
	end(out);
}

static void head(struct buf *out, const struct report *r)
{
	char size[NUM_I64_LEN], root[CODEC_B64U_32 + 1];
	uint8_t hash[TREE_HASH];

	report_root(r, hash);
	codec_b64u(hash, sizeof(hash), root);
	num_str(r->size, size);
	buf_add_str(out, "\xef\xbb\xbf");
	about(out, REPORT_TITLE, r->week);
	about(out, "Số bản ghi được tính", size);
	about(out, "Mã tập bản ghi", root);
	about(out, "Kỳ trước", r->has_previous ? r->previous.week : "");
	end(out);
	buf_add_str(out, "STT;Mã tỉnh;Tỉnh, thành phố");
	for (size_t i = 0; report_column(i); i++) {
		buf_add_char(out, DELIMITER);
		csv_add(out, report_column(i)->label, DELIMITER);
	}
	end(out);
	buf_add_str(out, ";;");
	for (size_t i = 0; report_column(i); i++) {
		buf_add_char(out, DELIMITER);
		csv_add(out, report_column(i)->number, DELIMITER);
	}
	end(out);
}

static void unit(struct buf *out, const struct report_unit *u)
{
	code(out, u->province);
	buf_add_char(out, DELIMITER);
	code(out, u->code);
	buf_add_char(out, DELIMITER);
	text(out, u->name);
	buf_addf(out, ";%s;%lld;%lld;", report_unit_group(u),
		 (long long)u->done, (long long)u->due);
	text(out, u->obstacles ? u->obstacles : "");
	end(out);
}

enum rc report_csv(const struct report *r, struct buf *out, uint8_t retsha[CRYPT_HASH_LEN],
		   struct err *reterr)
{
	size_t start = out->len;
	char no[NUM_I64_LEN];
	enum rc rc;

	head(out, r);
	for (size_t i = 0; i < r->nrow; i++) {
		num_str((int64_t)i + 1, no);
		row(out, r, &r->row[i], no, report_row_name(&r->row[i]));
	}
	row(out, r, &r->total, "", REPORT_WHOLE);
	end(out);
	buf_add_str(out, "Mã tỉnh;Mã xã;Đơn vị;Nhóm;Đã nộp;Phải nộp;Vướng mắc");
	end(out);
	for (size_t i = 0; i < r->nunit; i++)
		unit(out, &r->unit[i]);
	rc = buf_check(out, reterr);
	if (rc == RC_OK)
		crypt_sha256(out->p + start, out->len - start, retsha);
	return rc;
}
