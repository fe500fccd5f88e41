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
#include "sync/report_part.h"

enum { DELIMITER = ';', NO_FIGURE = -1 };
enum cell { COUNT, PERCENT, PERCENT_OF_SUM, CHANGE };

/* Columns behind number, code and name. PERCENT: v of `of`; PERCENT_OF_SUM: v of v + of. */
static const struct column {
	const char *number, *label;
	enum cell cell;
	int v, of;
} columns[] = {
    {"(1)", "Số ĐVHC cấp xã", COUNT, REPORT_UNITS, NO_FIGURE},
    {"(2)", "Có báo cáo", COUNT, REPORT_REPORTED, NO_FIGURE},
    {"(2)/(1)", "Tỷ lệ có báo cáo (%)", PERCENT, REPORT_REPORTED, REPORT_UNITS},
    {"(3)", "Tự khai đủ", COUNT, REPORT_DECLARED, NO_FIGURE},
    {"(4)", "Đã xác minh đủ", COUNT, REPORT_VERIFIED, NO_FIGURE},
    {"(4)/(1)", "Tỷ lệ đã xác minh đủ (%)", PERCENT, REPORT_VERIFIED, REPORT_UNITS},
    {"(5)", "Chưa đủ", COUNT, REPORT_SHORT, NO_FIGURE},
    {"(6)", "Chưa có dữ liệu, quá hạn hoặc chưa xác minh", COUNT, REPORT_UNKNOWN, NO_FIGURE},
    {"(6a)", "Trong (6): tự khai đủ, chưa xác minh", COUNT, REPORT_UNVERIFIED, NO_FIGURE},
    {"(7)", "Chưa có ô tô", COUNT, REPORT_NO_CAR, NO_FIGURE},
    {"(7a)", "Không thuộc đối tượng trang bị ô tô", COUNT, REPORT_CAR_EXEMPT, NO_FIGURE},
    {"(8)", "Thiết bị không đáp ứng chất lượng", COUNT, REPORT_POOR, NO_FIGURE},
    {"(9)", "Tổng cơ sở", COUNT, REPORT_PLACES, NO_FIGURE},
    {"(10)", "Dôi dư đã xử lý", COUNT, REPORT_HANDLED, NO_FIGURE},
    {"(10a)", "Trong (10): trụ sở", COUNT, REPORT_TO_OFFICE, NO_FIGURE},
    {"(10b)", "Trong (10): hoạt động sự nghiệp", COUNT, REPORT_TO_SERVICE, NO_FIGURE},
    {"(10c)", "Trong (10): y tế", COUNT, REPORT_TO_HEALTH, NO_FIGURE},
    {"(10d)", "Trong (10): giáo dục", COUNT, REPORT_TO_SCHOOL, NO_FIGURE},
    {"(10đ)", "Trong (10): văn hóa, thể thao", COUNT, REPORT_TO_CULTURE, NO_FIGURE},
    {"(10e)", "Trong (10): mục đích khác", COUNT, REPORT_TO_OTHER, NO_FIGURE},
    {"(11)", "Dôi dư còn phải xử lý", COUNT, REPORT_REMAINING, NO_FIGURE},
    {"(11a)", "Cơ sở chưa thống nhất tình trạng dôi dư", COUNT, REPORT_UNDECIDED, NO_FIGURE},
    {"(10)/((10)+(11))", "Tỷ lệ dôi dư đã xử lý (%)", PERCENT_OF_SUM, REPORT_HANDLED,
     REPORT_REMAINING},
    {"(12)", "Tăng, giảm (4) so với kỳ trước", CHANGE, REPORT_VERIFIED_CHANGE, NO_FIGURE},
    {"(12a)", "Trong (12): điều chỉnh số liệu", CHANGE, REPORT_VERIFIED_FIX, NO_FIGURE},
    {"(12b)", "Tăng, giảm (10) so với kỳ trước", CHANGE, REPORT_HANDLED_CHANGE, NO_FIGURE},
    {"(12c)", "Trong (12b): điều chỉnh số liệu", CHANGE, REPORT_HANDLED_FIX, NO_FIGURE},
    {"(13)", "Số đơn vị nêu vướng mắc", COUNT, REPORT_OBSTACLES, NO_FIGURE},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

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

static void percent(struct buf *out, int64_t part, int64_t whole)
{
	int64_t tenths = whole > 0 ? part * 1000 / whole : 0;

	if (whole > 0)
		buf_addf(out, "%lld,%lld", (long long)(tenths / 10), (long long)(tenths % 10));
}

static void figure(struct buf *out, const struct column *c, const struct report_row *row,
		   bool changes)
{
	int64_t v = row->v[c->v];

	switch (c->cell) {
	case COUNT: buf_add_int(out, v); break;
	case PERCENT: percent(out, v, row->v[c->of]); break;
	case PERCENT_OF_SUM: percent(out, v, v + row->v[c->of]); break;
	case CHANGE:
		if (changes)
			buf_add_int(out, v);
		break;
	}
}

static void row(struct buf *out, const struct report *r, const struct report_row *x,
		const char *no, const char *name)
{
	buf_add_str(out, no);
	buf_add_char(out, DELIMITER);
	code(out, x->code);
	buf_add_char(out, DELIMITER);
	text(out, name);
	for (size_t i = 0; i < COLUMNS; i++) {
		buf_add_char(out, DELIMITER);
		figure(out, &columns[i], x, r->has_previous);
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
	about(out, "Báo cáo tuần về trang thiết bị, cơ sở vật chất và nhà, đất dôi dư cấp xã", r->week);
	about(out, "Số bản ghi được tính", size);
	about(out, "Mã tập bản ghi", root);
	about(out, "Kỳ trước", r->has_previous ? r->previous.week : "");
	end(out);
	buf_add_str(out, "STT;Mã tỉnh;Tỉnh, thành phố");
	for (size_t i = 0; i < COLUMNS; i++) {
		buf_add_char(out, DELIMITER);
		csv_add(out, columns[i].label, DELIMITER);
	}
	end(out);
	buf_add_str(out, ";;");
	for (size_t i = 0; i < COLUMNS; i++) {
		buf_add_char(out, DELIMITER);
		csv_add(out, columns[i].number, DELIMITER);
	}
	end(out);
}

static void unit(struct buf *out, const struct report_unit *u)
{
	static const char *const group[] = {[REPORT_IS_VERIFIED] = "(4)",
					    [REPORT_IS_SHORT] = "(5)",
					    [REPORT_IS_UNKNOWN] = "(6)"};

	code(out, u->province);
	buf_add_char(out, DELIMITER);
	code(out, u->code);
	buf_add_char(out, DELIMITER);
	text(out, u->name);
	buf_addf(out, ";%s;%lld;%lld;", u->unverified ? "(6a)" : group[u->class],
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
		bool nowhere = !r->row[i].code[0];

		num_str((int64_t)i + 1, no);
		row(out, r, &r->row[i], no, nowhere ? "Ngoài danh mục" : r->row[i].name);
	}
	row(out, r, &r->total, "", "Cả nước");
	end(out);
	buf_add_str(out, "Mã tỉnh;Mã xã;Đơn vị;Nhóm;Đã nộp;Phải nộp;Vướng mắc");
	end(out);
	for (size_t i = 0; i < r->units.nc; i++)
		unit(out, &r->unit[i]);
	rc = buf_check(out, reterr);
	if (rc == RC_OK)
		crypt_sha256(out->p + start, out->len - start, retsha);
	return rc;
}
