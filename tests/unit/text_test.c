/*
 * text_test: normal form, search key, sorting, numbers as typed, dates, weeks and times.
 * The texts are Vietnamese names and sums of the kind the forms hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "lib/text.h"

/* ------------------------------------------------------------------ Unicode */

static void test_utf8(void **state)
{
	static const struct {
		const char *text;
		int chars; /* -1: invalid */
	} cases[] = {
	    {"", 0},
	    {"abc", 3},
	    {"Trạm", 4},
	    {"Tra\xcc\xa3m", 5},
	    {"\xf0\x9f\x98\x80", 1},
	    {"\xf4\x8f\xbf\xbf", 1},
	    {"\xef\xbf\xbd", 1},
	    {"\xc0\x80", -1},
	    {"\xc1\xbf", -1},
	    {"\xe0\x9f\xbf", -1},
	    {"\xed\xa0\x80", -1},
	    {"\xf0\x8f\xbf\xbf", -1},
	    {"\xf4\x90\x80\x80", -1},
	    {"a\x80", -1},
	    {"a\xe1\xba", -1},
	    {"Nguy\xd4n", -1}, /* TCVN3 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span s = span_str(cases[i].text);
		assert_int_equal(text_is_utf8(s), cases[i].chars >= 0);
		if (cases[i].chars >= 0)
			assert_int_equal(text_chars(s), cases[i].chars);
	}
	assert_true(text_is_utf8(span_of(NULL, 0)));
	assert_int_equal(text_chars(span_str("ab\xff"
					     "cd")),
			 2);
}

typedef enum rc text_fn(struct span s, struct buf *out, struct err *reterr);

static void check_map(text_fn *fn, const char *from, const char *want)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(fn(span_str(from), &b, NULL), RC_OK);
	buf_add_char(&b, '\0');
	assert_string_equal((char *)b.p, want);
	buf_free(&b);
}

static void test_nfc(void **state)
{
	(void)state;
	check_map(text_nfc, "", "");
	check_map(text_nfc, "abc", "abc");
	check_map(text_nfc, "Tra\xcc\xa3m", "Trạm");
	check_map(text_nfc, "e\xcc\x82\xcc\x81", "ế");
	check_map(text_nfc, "u\xcc\x9b\xcc\xa3", "ự");
	check_map(text_nfc, "u\xcc\xa3\xcc\x9b", "ự");
	check_map(text_nfc, "Trạm", "Trạm");
	assert_true(text_is_nfc(span_str("")));
	assert_true(text_is_nfc(span_str("Trạm y tế xã Đống Đa")));
	assert_false(text_is_nfc(span_str("Tra\xcc\xa3m")));
	assert_false(text_is_nfc(span_str("\xff")));
}

static enum rc clean_line(struct span s, struct buf *out, struct err *reterr)
{
	return text_clean(s, false, out, reterr);
}

static enum rc clean_lines(struct span s, struct buf *out, struct err *reterr)
{
	return text_clean(s, true, out, reterr);
}

static void test_clean(void **state)
{
	(void)state;
	check_map(clean_line, "  Tra\xcc\xa3m \t y  tế \r\n", "Trạm y tế");
	check_map(clean_line,
		  "a\xc2\xa0\xe2\x80\x83"
		  "b",
		  "a b");
	check_map(clean_line,
		  "\xef\xbb\xbf"
		  "a\xe2\x80\x8b"
		  "b\x01"
		  "c",
		  "ab c");
	check_map(clean_line, " \t\n ", "");
	check_map(clean_line, "a\nb", "a b");
	/* litter between a letter and its mark must not leave them apart */
	check_map(clean_line, "a\xe2\x80\x8b\xcc\xa3", "ạ");
	check_map(clean_lines, "\n a \r\n\r\nb\rc  \n", "a\n\nb\nc");
	check_map(clean_lines, "a\tb", "a b");
}

static void test_fold(void **state)
{
	static const struct {
		const char *from, *want;
	} cases[] = {
	    {"Trạm  Y tế Đống Đa", "tram y te dong da"},
	    {"Tra\xcc\xa3m Y tê\xcc\x81 \xc4\x90"
	     "ô\xcc\x81ng \xc4\x90"
	     "a",
	     "tram y te dong da"},
	    {"ĐƯỜNG PHÚC THỌ", "duong phuc tho"},
	    {"Hòa Bình", "hoa binh"},
	    {"Hoà Bình", "hoa binh"},
	    {"M'Drắk", "m'drak"},
	    {"M’Drắk", "m'drak"},
	    {"M‘Drắk", "m'drak"},
	    {"MʼDrắk", "m'drak"},
	    {"Văn Miếu – Quốc Tử Giám", "van mieu - quoc tu giam"},
	    {"  \t", ""},
	    {"", ""},
	    {"Ê-đê", "e-de"},
	    {"ăâêôơưđ ĂÂÊÔƠƯĐ", "aaeooud aaeooud"},
	    {"Xã\xc2\xa0Hà\nGiang 2", "xa ha giang 2"},
	    {"Straße ŒUVRE", "strasse œuvre"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_map(text_fold, cases[i].from, cases[i].want);
		check_map(text_fold, cases[i].want, cases[i].want); /* idempotent */
	}
}

/* Every Vietnamese letter folds to ASCII: 12 vowels x 6 tones x 2 cases, and đ. */
static void test_fold_alphabet(void **state)
{
	static const char *const vowels[] = {"a", "ă", "â", "e", "ê", "i",
					     "o", "ô", "ơ", "u", "ư", "y"};
	static const char *const tones[] = {"",         "\xcc\x80", "\xcc\x81",
					    "\xcc\x83", "\xcc\x89", "\xcc\xa3"};
	static const char bare[] = "aaaeeiooouuy";

	(void)state;
	for (size_t v = 0; v < 12; v++) {
		for (size_t t = 0; t < 6; t++) {
			struct buf raw, nfc;
			char want[2] = {bare[v], 0};
			buf_init(&raw, 100);
			buf_init(&nfc, 100);
			buf_add_str(&raw, vowels[v]);
			buf_add_str(&raw, tones[t]);
			assert_int_equal(text_nfc(span_buf(&raw), &nfc, NULL), RC_OK);
			assert_int_equal(text_chars(span_buf(&nfc)), 1);
			check_map(text_fold, (char *)nfc.p, want);
			check_map(text_fold, (char *)raw.p, want);
			buf_free(&raw);
			buf_free(&nfc);
		}
	}
}

static void test_refused_text(void **state)
{
	text_fn *const fns[] = {text_nfc,  clean_line,    clean_lines,
				text_fold, text_sort_key, text_name_key};
	struct buf big;

	(void)state;
	buf_init(&big, LIMIT_TEXT + 1);
	while (big.len <= LIMIT_TEXT)
		buf_add_char(&big, 'x');
	for (size_t i = 0; i < sizeof(fns) / sizeof(fns[0]); i++) {
		struct buf out;
		struct err e = {0};
		buf_init(&out, SIZE_MAX / 2);
		assert_int_equal(fns[i](span_str("a\xff"), &out, &e), RC_INPUT);
		assert_string_equal(e.key, "text.utf8");
		assert_int_equal(fns[i](span_buf(&big), &out, &e), RC_LIMIT);
		assert_string_equal(e.key, "text.too_long");
		assert_int_equal(fns[i](span_of(big.p, LIMIT_TEXT), &out, &e), RC_OK);
		buf_free(&out);
		buf_init(&out, 1);
		assert_int_equal(fns[i](span_str("ab"), &out, &e), RC_LIMIT);
		assert_string_equal(e.key, "buf.ceiling");
		buf_free(&out);
	}
	buf_free(&big);
}

/* ------------------------------------------------------------------ sorting */

/* Each name's key is strictly below the next one's. */
static void check_order(text_fn *key, const char *const *names, size_t n)
{
	struct buf prev, next;

	buf_init(&prev, 1000);
	for (size_t i = 0; i < n; i++) {
		buf_init(&next, 1000);
		assert_int_equal(key(span_str(names[i]), &next, NULL), RC_OK);
		assert_true(text_is_utf8(span_buf(&next)));
		assert_null(memchr(next.p, 0, next.len));
		if (i > 0 && span_cmp(span_buf(&prev), span_buf(&next)) >= 0)
			fail_msg("%s does not sort before %s", names[i - 1], names[i]);
		buf_free(&prev);
		prev = next;
	}
	buf_free(&prev);
}

static void test_sort_key(void **state)
{
	static const char *const order[] = {
	    "",    "2",  "a",      "A",  "à",  "ả",  "ã",  "á",   "ạ",     "an",    "anh",
	    "ă",   "ắ",  "ăn",     "â",  "ấm", "ba", "bà", "bá",  "ba ba", "ba bà", "Ba Ta",
	    "ban", "ca", "da",     "đa", "đá", "e",  "ê",  "ế",   "gia",   "hoa",   "hòa",
	    "i",   "ly", "M'Drắk", "o",  "ô",  "ơ",  "ợ",  "pha", "quy",   "ra",    "u",
	    "ư",   "ự",  "va",     "w",  "xa", "y",  "ý",  "z",   "ж",
	};
	struct buf a, b;

	(void)state;
	check_order(text_sort_key, order, sizeof(order) / sizeof(order[0]));
	buf_init(&a, 100);
	buf_init(&b, 100);
	text_sort_key(span_str("Trạm"), &a, NULL);
	text_sort_key(span_str("Tra\xcc\xa3m"), &b, NULL);
	assert_true(span_eq(span_buf(&a), span_buf(&b)));
	buf_free(&a);
	buf_free(&b);
}

static void test_name_key(void **state)
{
	static const char *const order[] = {
	    "Nguyễn Văn An", "Trần Thị An", "Lê Bảo Anh",  "Đỗ Ân",       "Phạm Văn Bình",
	    "Bùi Văn Đức",   "Cao Thị Hà",  "Đinh Văn Hà", "Nguyễn Hạnh", "Lò Thị Ú",
	};

	(void)state;
	check_order(text_name_key, order, sizeof(order) / sizeof(order[0]));
}

/* ------------------------------------------------------------------ numbers */

static void test_int(void **state)
{
	static const struct {
		const char *text, *key; /* key NULL: accepted */
		int64_t value;
	} cases[] = {
	    {"0", NULL, 0},
	    {"1.234", NULL, 1234},
	    {"1234", NULL, 1234},
	    {"1.234.567", NULL, 1234567},
	    {"28.657.244.000", NULL, INT64_C(28657244000)},
	    {"-1.234", NULL, -1234},
	    {"  12 ", NULL, 12},
	    {"007", NULL, 7},
	    {"00", NULL, 0},
	    {"-0", NULL, 0},
	    {"12.345", NULL, 12345},
	    {"123.456", NULL, 123456},
	    {"9.223.372.036.854.775.807", NULL, INT64_MAX},
	    {"-9.223.372.036.854.775.808", NULL, INT64_MIN},
	    {"", "text.num_empty", 0},
	    {"   ", "text.num_empty", 0},
	    {"-", "text.num_char", 0},
	    {"abc", "text.num_char", 0},
	    {"12a", "text.num_char", 0},
	    {"1 234", "text.num_char", 0},
	    {"+5", "text.num_char", 0},
	    {"--5", "text.num_char", 0},
	    {"5,", "text.num_char", 0},
	    {",5", "text.num_char", 0},
	    {"1,2,3", "text.num_char", 0},
	    {"1,234.567", "text.num_char", 0},
	    {"1.23", "text.num_group", 0},
	    {"1.2345", "text.num_group", 0},
	    {"12.34.567", "text.num_group", 0},
	    {"1234.567", "text.num_group", 0},
	    {"1.234567", "text.num_group", 0},
	    {"1.234567.890", "text.num_group", 0},
	    {".123", "text.num_group", 0},
	    {"123.", "text.num_group", 0},
	    {"1..234", "text.num_group", 0},
	    {"0.123", "text.num_group", 0},
	    {"1,5", "text.num_places", 0},
	    {"1.234,00", "text.num_places", 0},
	    {"9.223.372.036.854.775.808", "text.num_range", 0},
	    {"99999999999999999999999999999999999999999", "text.num_range", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = {0};
		int64_t v = 4711;
		enum rc rc = text_int(span_str(cases[i].text), INT64_MIN, INT64_MAX, &v, &e);
		assert_string_equal(e.key, cases[i].key ? cases[i].key : "");
		assert_int_equal(rc == RC_OK, cases[i].key == NULL);
		assert_true(v == (rc == RC_OK ? cases[i].value : 4711));
	}
}

static void test_int_range(void **state)
{
	struct err e = {0};
	int64_t v = 0;

	(void)state;
	assert_int_equal(text_int(span_str("1.000"), 0, 1000, &v, &e), RC_OK);
	assert_int_equal(v, 1000);
	assert_int_equal(text_int(span_str("1.001"), -5, 1000, &v, &e), RC_LIMIT);
	assert_string_equal(e.key, "text.num_range");
	assert_string_equal(err_arg(&e, "min"), "-5");
	assert_string_equal(err_arg(&e, "max"), "1.000");
	assert_int_equal(text_int(span_str("1.23"), 0, 9, &v, &e), RC_INPUT);
	assert_string_equal(err_arg(&e, "value"), "1.23");
}

static void test_dec(void **state)
{
	static const struct {
		const char *text;
		unsigned places;
		const char *want; /* canonical, or a key with a point inside "text." */
	} cases[] = {
	    {"1.234.567,89", 2, "1234567.89"},
	    {"1.234", 2, "1234"},
	    {"0,5", 2, "0.5"},
	    {"0,50", 2, "0.5"},
	    {"12,00", 2, "12"},
	    {"-0,05", 2, "-0.05"},
	    {"-0,00", 2, "0"},
	    {"100.476", 2, "100476"},
	    {"14,29", 2, "14.29"},
	    {"7", 0, "7"},
	    {"92.233.720.368.547.758,07", 2, "92233720368547758.07"},
	    {"92.233.720.368.547.758,08", 2, "text.num_range"},
	    {"1,5", 0, "text.num_places"},
	    {"1,234", 2, "text.num_places"},
	    {"1.5", 2, "text.num_group"},
	    {"1.23", 2, "text.num_group"},
	    {"1,2.3", 2, "text.num_char"},
	    {"1,", 2, "text.num_char"},
	    {",5", 2, "text.num_char"},
	    {"1,-5", 2, "text.num_char"},
	    {"", 2, "text.num_empty"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[NUM_DEC_LEN] = "untouched";
		struct err e = {0};
		enum rc rc = text_dec(span_str(cases[i].text), cases[i].places, out, &e);
		assert_string_equal(rc == RC_OK ? out : e.key, cases[i].want);
		if (rc != RC_OK)
			assert_string_equal(out, "untouched");
	}
}

static void test_num_fmt(void **state)
{
	static const struct {
		int64_t value;
		const char *want;
	} ints[] = {
	    {0, "0"},
	    {999, "999"},
	    {1000, "1.000"},
	    {-1000, "-1.000"},
	    {1234567, "1.234.567"},
	    {100000, "100.000"},
	    {INT64_MIN, "-9.223.372.036.854.775.808"},
	};
	static const struct {
		const char *from, *want;
	} decs[] = {
	    {"1234567.89", "1.234.567,89"},
	    {"0.5", "0,5"},
	    {"-1234.05", "-1.234,05"},
	    {"7", "7"},
	    {"1000", "1.000"},
	};
	char out[TEXT_NUM_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++) {
		int64_t back;
		text_int_fmt(ints[i].value, out);
		assert_string_equal(out, ints[i].want);
		assert_int_equal(text_int(span_str(out), INT64_MIN, INT64_MAX, &back, NULL), RC_OK);
		assert_true(back == ints[i].value);
	}
	for (size_t i = 0; i < sizeof(decs) / sizeof(decs[0]); i++) {
		char back[NUM_DEC_LEN];
		assert_int_equal(text_dec_fmt(span_str(decs[i].from), out, NULL), RC_OK);
		assert_string_equal(out, decs[i].want);
		assert_int_equal(text_dec(span_str(out), 2, back, NULL), RC_OK);
		assert_string_equal(back, decs[i].from);
	}
	assert_int_equal(text_dec_fmt(span_str("1.50"), out, NULL), RC_INPUT);
	assert_int_equal(text_dec_fmt(span_str("1.234,5"), out, NULL), RC_INPUT);
}

/* -------------------------------------------------------------------- dates */

static void test_date(void **state)
{
	static const struct {
		const char *text, *want; /* ISO, or a key */
	} cases[] = {
	    {"25/11/2026", "2026-11-25"},
	    {"5/1/2026", "2026-01-05"},
	    {"05-01-2026", "2026-01-05"},
	    {"5.1.2026", "2026-01-05"},
	    {"2026-11-25", "2026-11-25"},
	    {" 25/11/2026 ", "2026-11-25"},
	    {"29/02/2024", "2024-02-29"},
	    {"29/02/2000", "2000-02-29"},
	    {"31/12/9999", "9999-12-31"},
	    {"1/1/1800", "1800-01-01"},
	    {"29/02/2026", "text.date_day"},
	    {"29/02/1900", "text.date_day"},
	    {"30/02/2024", "text.date_day"},
	    {"31/04/2026", "text.date_day"},
	    {"32/01/2026", "text.date_day"},
	    {"0/1/2026", "text.date_day"},
	    {"1/0/2026", "text.date_day"},
	    {"11/25/2026", "text.date_day"},
	    {"2026-13-01", "text.date_day"},
	    {"31/12/1799", "text.date_day"},
	    {"25/11/26", "text.date_form"},
	    {"25/11-2026", "text.date_form"},
	    {"25 11 2026", "text.date_form"},
	    {"2026/11/25", "text.date_form"},
	    {"2026-1-5", "text.date_form"},
	    {"25/11/2026x", "text.date_form"},
	    {"025/11/2026", "text.date_form"},
	    {"25/11/20266", "text.date_form"},
	    {"", "text.date_form"},
	    {"hôm nay", "text.date_form"},
	    {"+5/1/2026", "text.date_form"},
	    {"-2026-11-25", "text.date_form"},
	    {"25/11/", "text.date_form"},
	    {"25/", "text.date_form"},
	    {"4600/1/1", "text.date_form"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[TEXT_DATE_LEN] = "untouched";
		struct err e = {0};
		enum rc rc = text_date(span_str(cases[i].text), out, &e);
		assert_string_equal(rc == RC_OK ? out : e.key, cases[i].want);
		if (rc != RC_OK)
			assert_string_equal(out, "untouched");
	}
	assert_true(text_is_date(span_str("2026-11-25")));
	assert_false(text_is_date(span_str("2026-11-31")));
	assert_false(text_is_date(span_str("25/11/2026")));
	assert_false(text_is_date(span_of(NULL, 0)));
}

static void test_date_fmt(void **state)
{
	char out[TEXT_DATE_LEN];
	struct err e = {0};

	(void)state;
	assert_int_equal(text_date_fmt(span_str("2026-01-05"), out, NULL), RC_OK);
	assert_string_equal(out, "05/01/2026");
	assert_int_equal(text_date_fmt(span_str("05/01/2026"), out, &e), RC_INPUT);
	assert_string_equal(e.key, "text.date_form");
	assert_int_equal(text_date_fmt(span_str("2026-02-30"), out, &e), RC_INPUT);
	assert_string_equal(e.key, "text.date_day");
}

/* Four centuries day by day: dates count up, days come back, weeks start on Mondays. */
static void test_calendar(void **state)
{
	char date[TEXT_DATE_LEN], prev[TEXT_DATE_LEN] = "", week[TEXT_WEEK_LEN],
				  monday[TEXT_DATE_LEN];
	int64_t first, back, mon;

	(void)state;
	assert_int_equal(text_days(span_str("1970-01-01"), &first, NULL), RC_OK);
	assert_int_equal(first, 0);
	assert_int_equal(text_days(span_str("2000-03-01"), &first, NULL), RC_OK);
	assert_int_equal(first, 11017);
	assert_int_equal(text_days(span_str("1801-01-01"), &first, NULL), RC_OK);
	assert_int_equal(first, -61726);
	for (int64_t d = first; d < first + 146097; d++) {
		assert_int_equal(text_days_date(d, date, NULL), RC_OK);
		assert_true(strcmp(prev, date) < 0);
		memcpy(prev, date, sizeof(prev));
		assert_int_equal(text_days(span_str(date), &back, NULL), RC_OK);
		assert_true(back == d);
		if (d % 5 != 0)
			continue;
		assert_int_equal(text_week(span_str(date), week, NULL), RC_OK);
		assert_int_equal(text_week_monday(span_str(week), monday, NULL), RC_OK);
		assert_int_equal(text_days(span_str(monday), &mon, NULL), RC_OK);
		assert_true(mon <= d && d < mon + 7 && ((mon + 3) % 7 + 7) % 7 == 0);
	}
	assert_string_equal(date, "2200-12-31");
	struct err e = {0};
	assert_int_equal(text_days_date(INT64_MAX, date, &e), RC_LIMIT);
	assert_int_equal(text_days_date(INT64_MIN, date, &e), RC_LIMIT);
	assert_string_equal(e.key, "text.date_range");
}

static void test_weeks(void **state)
{
	static const struct {
		const char *date, *week;
	} cases[] = {
	    {"2026-11-25", "2026-W48"}, {"2026-11-23", "2026-W48"}, {"2026-11-22", "2026-W47"},
	    {"2020-12-31", "2020-W53"}, {"2021-01-01", "2020-W53"}, {"2021-01-03", "2020-W53"},
	    {"2021-01-04", "2021-W01"}, {"2024-12-30", "2025-W01"}, {"2026-01-01", "2026-W01"},
	    {"2027-01-01", "2026-W53"}, {"2028-01-01", "2027-W52"}, {"2016-01-03", "2015-W53"},
	};
	static const char *const bad[] = {"",          "2026-W00", "2026-W54",  "2025-W53",
					  "2026-w48",  "2026W48",  "2026-48",   "2026-W4",
					  "2026-W480", "26-W48",   " 2026-W48", "0000-W01",
					  "2026-W-1"};
	char out[TEXT_DATE_LEN], week[TEXT_WEEK_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(text_week(span_str(cases[i].date), week, NULL), RC_OK);
		assert_string_equal(week, cases[i].week);
		assert_true(text_is_week(span_str(cases[i].week)));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = {0};
		assert_false(text_is_week(span_str(bad[i])));
		assert_int_equal(text_week_monday(span_str(bad[i]), out, &e), RC_INPUT);
		assert_string_equal(e.key, "text.week_form");
	}
	assert_int_equal(text_week_monday(span_str("2026-W53"), out, NULL), RC_OK);
	assert_string_equal(out, "2026-12-28");
	text_time_week(1795054267, week);
	assert_string_equal(week, "2026-W47");
}

static void test_weeks_as_people_write_them(void **state)
{
	static const struct {
		const char *typed, *week;
	} cases[] = {
	    {"48/2026", "2026-W48"},           {"Tuần 48/2026", "2026-W48"},
	    {"tuan 5 nam 2027", "2027-W05"},   {"Tuần 5 năm 2027", "2027-W05"},
	    {"Week 48 of 2026", "2026-W48"},   {"week 48/2026", "2026-W48"},
	    {"25/11/2026", "2026-W48"},        {"1/1/2027", "2026-W53"},
	    {"2026-W48", "2026-W48"},          {"Tuần 48 (23/11 – 29/11/2026)", "2026-W48"},
	    {"TUẦN 48 (23/11 - 29/11/2026)", "2026-W48"},
	    {"Tuần 53 (28/12/2026 – 03/01/2027)", "2026-W53"},
	    {"Week 1 (29/12/2025 – 04/01/2026)", "2026-W01"},
	};
	static const char *const bad[] = {"",        "48",           "tuần 48",    "54/2026",
					  "53/2025", "0/2026",       "148/2026",   "48/26",
					  "48-2026", "31/11/2026",   "tháng 48/2026", "48/2026/",
					  "1/2/3/4/5/6/7/8", "12345/2026", "Tuần 48 (23/11 – 31/11/2026)",
					  /* number and days are of two weeks */
					  "Tuần 48 (1/1 - 7/1/2026)", "TUẦN 49 (23/11 - 29/11/2026)",
					  "Tuần 48 (16/11 – 29/11/2026)", "Week 2 (29/12/2025 – 04/01/2026)"};
	char week[TEXT_WEEK_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(text_week_read(span_str(cases[i].typed), week, NULL), RC_OK);
		assert_string_equal(week, cases[i].week);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = {0};
		assert_int_equal(text_week_read(span_str(bad[i]), week, &e), RC_INPUT);
		assert_string_equal(e.key, "text.week_form");
	}
}

static void test_weeks_as_people_say_them(void **state)
{
	static const struct {
		const char *week, *no, *from, *to;
	} cases[] = {
	    {"2026-W48", "48", "23/11", "29/11/2026"},
	    {"2027-W05", "5", "01/02", "07/02/2027"},
	    {"2026-W53", "53", "28/12/2026", "03/01/2027"},
	};
	struct text_week w;
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(text_week_say(span_str(cases[i].week), &w, NULL), RC_OK);
		assert_string_equal(w.no, cases[i].no);
		assert_string_equal(w.from, cases[i].from);
		assert_string_equal(w.to, cases[i].to);
	}
	assert_int_equal(text_week_say(span_str("2026-W54"), &w, &e), RC_INPUT);
	assert_string_equal(e.key, "text.week_form");
}

static void test_times(void **state)
{
	static const struct {
		int64_t unix_s;
		const char *time, *date;
	} cases[] = {
	    {0, "01/01/1970 07:00", "1970-01-01"},
	    {-1, "01/01/1970 06:59", "1970-01-01"},
	    {-25201, "31/12/1969 23:59", "1969-12-31"},
	    {1795054267, "19/11/2026 09:11", "2026-11-19"},
	    {1577811600, "01/01/2020 00:00", "2020-01-01"},
	    {1577811599, "31/12/2019 23:59", "2019-12-31"},
	    {INT64_MAX, "?", "?"},
	    {INT64_MIN, "?", "?"},
	    {INT64_C(253402275599), "31/12/9999 23:59", "9999-12-31"},
	    {INT64_C(253402275600), "?", "?"},
	};
	char time[TEXT_TIME_LEN], date[TEXT_DATE_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_time_fmt(cases[i].unix_s, time);
		text_time_date(cases[i].unix_s, date);
		assert_string_equal(time, cases[i].time);
		assert_string_equal(date, cases[i].date);
		int64_t back;
		if (time[0] != '?') {
			assert_int_equal(text_time(span_str(time), &back, NULL), RC_OK);
			assert_true(back <= cases[i].unix_s && cases[i].unix_s < back + 60);
		}
	}
	char week[TEXT_WEEK_LEN];
	text_time_week(INT64_MAX, week);
	assert_string_equal(week, "?");
}

static void test_time_parse(void **state)
{
	static const struct {
		const char *text, *key;
		int64_t want;
	} cases[] = {
	    {"2020-01-01 00:00", NULL, 1577811600},
	    {"2020-01-01T00:00", NULL, 1577811600},
	    {"1/1/2020 0:00", NULL, 1577811600},
	    {" 01/01/2020 23:59 ", NULL, 1577811600 + 86340},
	    {"2020-01-01", "text.time_form", 0},
	    {"2020-01-01 24:00", "text.time_form", 0},
	    {"2020-01-01 12:60", "text.time_form", 0},
	    {"2020-01-01 12:5", "text.time_form", 0},
	    {"2020-01-01 12:05:00", "text.time_form", 0},
	    {"2020-01-01  12:05", "text.time_form", 0},
	    {"2020-01-01 ", "text.time_form", 0},
	    {"2020-02-30 12:05", "text.date_day", 0},
	    {"12:05 2020-01-01", "text.date_form", 0},
	    {"", "text.time_form", 0},
	};
	int64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = {0};
		v = 4711;
		enum rc rc = text_time(span_str(cases[i].text), &v, &e);
		assert_string_equal(e.key, cases[i].key ? cases[i].key : "");
		assert_int_equal(v, rc == RC_OK ? cases[i].want : 4711);
	}
	assert_int_equal(text_time_of(span_str("2020-01-01"), 1440, &v, NULL), RC_INPUT);
	assert_int_equal(text_time_of(span_str("2020-01-01"), -1, &v, NULL), RC_INPUT);
	assert_int_equal(text_time_of(span_str("2020-01-01"), 1439, &v, NULL), RC_OK);
	assert_int_equal(v, 1577811600 + 86340);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_utf8),          cmocka_unit_test(test_nfc),
	    cmocka_unit_test(test_clean),         cmocka_unit_test(test_fold),
	    cmocka_unit_test(test_fold_alphabet), cmocka_unit_test(test_refused_text),
	    cmocka_unit_test(test_sort_key),      cmocka_unit_test(test_name_key),
	    cmocka_unit_test(test_int),           cmocka_unit_test(test_int_range),
	    cmocka_unit_test(test_dec),           cmocka_unit_test(test_num_fmt),
	    cmocka_unit_test(test_date),          cmocka_unit_test(test_date_fmt),
	    cmocka_unit_test(test_calendar),      cmocka_unit_test(test_weeks),
	    cmocka_unit_test(test_weeks_as_people_write_them),
	    cmocka_unit_test(test_weeks_as_people_say_them),
	    cmocka_unit_test(test_times),         cmocka_unit_test(test_time_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
