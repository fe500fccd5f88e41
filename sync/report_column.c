/*
 * report_column: the columns of a report and what stands in them (see report_column.h).
 */
#include "sync/report_column.h"

#include <string.h>

#include "sync/report_part.h"

static const struct report_column columns[] = {
    {"(1)", "Số ĐVHC cấp xã", REPORT_COUNT, REPORT_UNITS, REPORT_NO_FIGURE},
    {"(2)", "Có báo cáo", REPORT_COUNT, REPORT_REPORTED, REPORT_NO_FIGURE},
    {"(2)/(1)", "Tỷ lệ có báo cáo (%)", REPORT_PERCENT, REPORT_REPORTED, REPORT_UNITS},
    {"(3)", "Tự khai đủ", REPORT_COUNT, REPORT_DECLARED, REPORT_NO_FIGURE},
    {"(4)", "Đã xác minh đủ", REPORT_COUNT, REPORT_VERIFIED, REPORT_NO_FIGURE},
    {"(4)/(1)", "Tỷ lệ đã xác minh đủ (%)", REPORT_PERCENT, REPORT_VERIFIED, REPORT_UNITS},
    {"(5)", "Chưa đủ", REPORT_COUNT, REPORT_SHORT, REPORT_NO_FIGURE},
    {"(6)", "Chưa có dữ liệu, quá hạn hoặc chưa xác minh",
     REPORT_COUNT, REPORT_UNKNOWN, REPORT_NO_FIGURE},
    {"(6a)", "Trong (6): tự khai đủ, chưa xác minh",
     REPORT_COUNT, REPORT_UNVERIFIED, REPORT_NO_FIGURE},
    {"(7)", "Chưa có ô tô", REPORT_COUNT, REPORT_NO_CAR, REPORT_NO_FIGURE},
    {"(7a)", "Không thuộc đối tượng trang bị ô tô",
     REPORT_COUNT, REPORT_CAR_EXEMPT, REPORT_NO_FIGURE},
    {"(8)", "Thiết bị không đáp ứng chất lượng", REPORT_COUNT, REPORT_POOR, REPORT_NO_FIGURE},
    {"(9)", "Tổng cơ sở", REPORT_COUNT, REPORT_PLACES, REPORT_NO_FIGURE},
    {"(10)", "Dôi dư đã xử lý", REPORT_COUNT, REPORT_HANDLED, REPORT_NO_FIGURE},
    {"(10a)", "Trong (10): trụ sở", REPORT_COUNT, REPORT_TO_OFFICE, REPORT_NO_FIGURE},
    {"(10b)", "Trong (10): hoạt động sự nghiệp", REPORT_COUNT, REPORT_TO_SERVICE, REPORT_NO_FIGURE},
    {"(10c)", "Trong (10): y tế", REPORT_COUNT, REPORT_TO_HEALTH, REPORT_NO_FIGURE},
    {"(10d)", "Trong (10): giáo dục", REPORT_COUNT, REPORT_TO_SCHOOL, REPORT_NO_FIGURE},
    {"(10đ)", "Trong (10): văn hóa, thể thao", REPORT_COUNT, REPORT_TO_CULTURE, REPORT_NO_FIGURE},
    {"(10e)", "Trong (10): mục đích khác", REPORT_COUNT, REPORT_TO_OTHER, REPORT_NO_FIGURE},
    {"(11)", "Dôi dư còn phải xử lý", REPORT_COUNT, REPORT_REMAINING, REPORT_NO_FIGURE},
    {"(11a)", "Cơ sở chưa thống nhất tình trạng dôi dư",
     REPORT_COUNT, REPORT_UNDECIDED, REPORT_NO_FIGURE},
    {"(10)/((10)+(11))", "Tỷ lệ dôi dư đã xử lý (%)", REPORT_PERCENT_OF_SUM, REPORT_HANDLED,
     REPORT_REMAINING},
    {"(12)", "Tăng, giảm (4) so với kỳ trước",
     REPORT_CHANGE, REPORT_VERIFIED_CHANGE, REPORT_NO_FIGURE},
    {"(12a)", "Trong (12): điều chỉnh số liệu",
     REPORT_CHANGE, REPORT_VERIFIED_FIX, REPORT_NO_FIGURE},
    {"(12b)", "Tăng, giảm (10) so với kỳ trước",
     REPORT_CHANGE, REPORT_HANDLED_CHANGE, REPORT_NO_FIGURE},
    {"(12c)", "Trong (12b): điều chỉnh số liệu",
     REPORT_CHANGE, REPORT_HANDLED_FIX, REPORT_NO_FIGURE},
    {"(13)", "Số đơn vị nêu vướng mắc", REPORT_COUNT, REPORT_OBSTACLES, REPORT_NO_FIGURE},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

const struct report_column *report_column(size_t i)
{
	return i < COLUMNS ? &columns[i] : NULL;
}

const struct report_column *report_column_named(const char *number)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (strcmp(columns[i].number, number) == 0)
			return &columns[i];
	return NULL;
}

static bool is_percent(const struct report_column *c)
{
	return c->cell == REPORT_PERCENT || c->cell == REPORT_PERCENT_OF_SUM;
}

static bool percent(int64_t part, int64_t whole, int64_t *ret)
{
	*ret = whole > 0 ? part * 1000 / whole : 0;
	return whole > 0;
}

bool report_value(const struct report *r, const struct report_row *row,
		  const struct report_column *c, int64_t *ret)
{
	int64_t v = row->v[c->v];

	*ret = v;
	switch (c->cell) {
	case REPORT_COUNT: return true;
	case REPORT_PERCENT: return percent(v, row->v[c->of], ret);
	case REPORT_PERCENT_OF_SUM: return percent(v, v + row->v[c->of], ret);
	case REPORT_CHANGE: return r->has_previous;
	}
	return false;
}

void report_cell_text(const struct report *r, const struct report_row *row,
		      const struct report_column *c, char ret[REPORT_CELL_LEN])
{
	bool tenths = is_percent(c);
	int64_t v;
	size_t n;

	ret[0] = '\0';
	if (!report_value(r, row, c, &v))
		return;
	num_str(tenths ? v / 10 : v, ret);
	n = strlen(ret);
	if (tenths) {
		ret[n] = ',';
		ret[n + 1] = (char)('0' + v % 10);
		ret[n + 2] = '\0';
	}
}

/* 1: equipment and premises; 2: places and surplus; 3: change. */
static int64_t part(const struct report_column *c)
{
	if (c->cell == REPORT_CHANGE)
		return 3;
	return c->v >= REPORT_PLACES && c->v <= REPORT_UNDECIDED ? 2 : 1;
}

struct json *report_columns_json(void)
{
	struct json *all = json_array();

	for (size_t i = 0; i < COLUMNS; i++) {
		struct json *o = json_object();

		json_set_str(o, "number", columns[i].number);
		json_set_str(o, "label", columns[i].label);
		json_set_str(o, "figure", report_figure_name((enum report_figure)columns[i].v));
		json_set_bool(o, "percent", is_percent(&columns[i]));
		json_set_int(o, "part", part(&columns[i]));
		json_append(all, o);
	}
	return all;
}

struct json *report_cells_json(const struct report *r, const struct report_row *row)
{
	struct json *all = json_array();

	for (size_t i = 0; i < COLUMNS; i++) {
		char text[REPORT_CELL_LEN];
		int64_t v;

		report_cell_text(r, row, &columns[i], text);
		if (!is_percent(&columns[i]) && report_value(r, row, &columns[i], &v))
			json_append(all, json_integer(v));
		else
			json_append_str(all, text);
	}
	return all;
}

const char *report_row_name(const struct report_row *row)
{
	return row->code[0] ? row->name : "Ngoài danh mục";
}

const char *report_unit_group(const struct report_unit *u)
{
	static const char *const group[] = {[REPORT_IS_VERIFIED] = "(4)",
					    [REPORT_IS_SHORT] = "(5)",
					    [REPORT_IS_UNKNOWN] = "(6)"};

	return u->unverified ? "(6a)" : group[u->class];
}
