/*
 * pdf_test: what is printed comes back letter by letter (pdftotext), from one page and from
 * tables over many; and a QR code has its three corners.
 */
#define _GNU_SOURCE /* fork, execlp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "lib/os.h"
#include "lib/paper.h"
#include "lib/text.h"

/* Every letter with every tone: 12 vowels by 6, đ, both cases. */
static const char *const letters[] = {
    "aàảãáạ ăằẳẵắặ âầẩẫấậ eèẻẽéẹ êềểễếệ iìỉĩíị oòỏõóọ ôồổỗốộ ơờởỡớợ uùủũúụ ưừửữứự yỳỷỹýỵ đ",
    "AÀẢÃÁẠ ĂẰẲẴẮẶ ÂẦẨẪẤẬ EÈẺẼÉẸ ÊỀỂỄẾỆ IÌỈĨÍỊ OÒỎÕÓỌ ÔỒỔỖỐỘ ƠỜỞỠỚỢ UÙỦŨÚỤ ƯỪỬỮỨỰ YỲỶỸÝỴ Đ",
    "H'Lan Niê, M'Drắk, Ê-đê: “1.234.567,89” – 100 % § m² …",
};

static void pdftotext(const char *from, const char *to)
{
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		execlp("pdftotext", "pdftotext", "-q", "-layout", from, to, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* What pdftotext reads in the document, layout kept. The caller frees. */
static char *read_back(struct pdf *p)
{
	char *dir = NULL, *pdf = NULL, *txt = NULL, *text;
	struct buf b, read;

	buf_init(&b, 16 * LIMIT_MIB);
	buf_init(&read, 16 * LIMIT_MIB);
	assert_int_equal(pdf_write(p, &b, NULL), RC_OK);
	assert_memory_equal(b.p, "%PDF-1.", 7);
	assert_int_equal(os_dir_temp(&dir, "pdf_test", NULL), RC_OK);
	assert_int_equal(os_path_join(&pdf, dir, "a.pdf", NULL), RC_OK);
	assert_int_equal(os_path_join(&txt, dir, "a.txt", NULL), RC_OK);
	assert_int_equal(os_file_write(pdf, span_buf(&b), OS_REPLACE, NULL), RC_OK);
	pdftotext(pdf, txt);
	assert_int_equal(os_file_read(txt, &read, NULL), RC_OK);
	assert_int_equal(os_dir_remove(dir, NULL), RC_OK);
	free(dir);
	free(pdf);
	free(txt);
	buf_free(&b);
	text = buf_take(&read, NULL);
	assert_non_null(text);
	buf_free(&read);
	return text;
}

static void expect_has(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("\"%s\" is not in: %s", what, text);
}

/*
 * What pdftotext reads says nothing of how it looks: a letter the font lacks is a box. The box is as
 * wide as no small letter, and a letter with a tone as wide as without.
 */
static void expect_drawn(struct pdf *p, enum pdf_font font, const char *alphabet, bool capitals)
{
	double box = pdf_width(p, font, 10, "\xee\x80\x80"); /* private use: no font has it */
	double first = 0;

	for (size_t n; *alphabet; alphabet += n) {
		char letter[5] = "";
		double wide;
		n = text_utf8_step((const uint8_t *)alphabet, (const uint8_t *)alphabet + 4);
		memcpy(letter, alphabet, n);
		wide = pdf_width(p, font, 10, letter);
		if (first == 0)
			first = wide;
		if (letter[0] != ' ' && (wide != first || (!capitals && wide == box)))
			fail_msg("no letter %s in font %d", letter, font);
		if (letter[0] == ' ')
			first = 0;
	}
}

static void test_letters(void **state)
{
	struct pdf *p = NULL;
	char *text;

	(void)state;
	assert_int_equal(pdf_new(&p, "Biên bản", NULL), RC_OK);
	pdf_page(p, PDF_A4_SHORT, PDF_A4_LONG);
	for (int font = 0; font < PDF_FONTS; font++)
		for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
			pdf_text(p, (enum pdf_font)font, 8, 20, 40.0 + 20 * (font * 3 + (int)i),
				 PDF_LEFT, letters[i]);
	for (int font = 0; font < PDF_FONTS; font++)
		for (size_t i = 0; i < 2; i++)
			expect_drawn(p, (enum pdf_font)font, letters[i], i == 1);
	text = read_back(p);
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		const char *at = text;
		for (int font = 0; font < PDF_FONTS; font++) {
			expect_has(at, letters[i]);
			at = strstr(at, letters[i]) + 1;
		}
	}
	free(text);
	pdf_free(p);
}

/* Typed apart (NFD) it is printed composed, and no line break gets in. */
static void test_composed(void **state)
{
	struct pdf *p = NULL;
	char *text;

	(void)state;
	assert_int_equal(pdf_new(&p, "", NULL), RC_OK);
	pdf_page(p, PDF_A4_SHORT, PDF_A4_LONG);
	pdf_text(p, PDF_REGULAR, 13, 300, 100, PDF_CENTRE, "Tra\xcc\xa3m\ny te\xcc\x82\xcc\x81");
	text = read_back(p);
	expect_has(text, "Trạm y tế");
	free(text);
	assert_true(pdf_width(p, PDF_BOLD, 13, "Trạm") > pdf_width(p, PDF_REGULAR, 13, "Trạ"));
	pdf_free(p);
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static void test_table(void **state)
{
	static const struct paper_column column[] = {{1, PDF_RIGHT, "STT", "A"},
						     {6, PDF_LEFT, "Tên tài sản", "B"},
						     {2, PDF_RIGHT, "Số lượng", "1"},
						     {2, PDF_RIGHT, "Nguyên giá", "2"}};
	static const struct paper_group group[] = {{2, 2, "Theo sổ kế toán"}};
	static const struct paper_table table = {column, 4, group, 1, 10};
	struct pdf *p = NULL;
	struct paper paper;
	char *text;
	size_t pages;

	(void)state;
	assert_int_equal(pdf_new(&p, "", NULL), RC_OK);
	paper_begin(&paper, p, true);
	paper_table_begin(&paper, &table);
	for (int i = 1; i <= 200; i++) {
		char no[16];
		snprintf(no, sizeof(no), "%d", i);
		paper_row(&paper, PDF_REGULAR, 1, 0,
			  (const char *const[]){no, "Máy vi tính để bàn", "1", "28.657.244.000"});
	}
	paper_row(&paper, PDF_BOLD, 0.9, 2, (const char *const[]){"Cộng", NULL, "200", NULL});
	paper_table_end(&paper);
	paper_end(&paper, "Đợt kiểm kê");
	pages = pdf_pages(p);
	assert_true(pages > 3);
	text = read_back(p);
	assert_int_equal(count(text, "Theo sổ kế toán"), pages);
	assert_int_equal(count(text, "Đợt kiểm kê"), pages);
	assert_int_equal(count(text, "Máy vi tính để bàn"), 200);
	assert_int_equal(count(text, "28.657.244.000"), 200);
	expect_has(text, "1/");
	free(text);
	pdf_free(p);
}

/* A word without blanks is cut, a paragraph keeps its breaks, nothing is left out. */
static void test_lines(void **state)
{
	const struct paper_style s = {PDF_REGULAR, 13, PDF_LEFT};
	struct pdf *p = NULL;
	struct paper paper;
	char *text;

	(void)state;
	assert_int_equal(pdf_new(&p, "", NULL), RC_OK);
	paper_begin(&paper, p, false);
	paper_text(&paper, &s, 50, 60, "Đặng\nThị Hường Nguyễn-Phước-Bảo-Quỳnh-Hương");
	assert_true(paper_height(&paper, &s, 60, "Đặng\nThị Hường") > 2 * 13);
	text = read_back(p);
	expect_has(text, "Đặng\n");
	expect_has(text, "Thị Hường\n");
	assert_null(strstr(text, "Nguyễn-Phước-Bảo-Quỳnh-Hương"));
	expect_has(text, "Nguyễn-");
	free(text);
	pdf_free(p);
}

static void test_qr(void **state)
{
	static struct qr q;
	static char long_text[3000];
	struct err e;

	(void)state;
	assert_int_equal(qr_make("0045101-000014", &q, NULL), RC_OK);
	assert_int_equal(q.side, 21); /* the smallest there is */
	for (int i = 0; i < 7; i++) {
		assert_true(qr_dark(&q, i, 0) && qr_dark(&q, 0, i));
		assert_true(qr_dark(&q, 20 - i, 0) && qr_dark(&q, 0, 20 - i));
		assert_false(i > 0 && i < 6 && qr_dark(&q, i, 1));
	}
	memset(long_text, '1', sizeof(long_text) - 1);
	assert_int_equal(qr_make(long_text, &q, &e), RC_LIMIT);
	assert_string_equal(e.key, "qr.too_long");
	assert_int_equal(qr_make("", &q, &e), RC_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_letters), cmocka_unit_test(test_composed),
	    cmocka_unit_test(test_table),   cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_qr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
