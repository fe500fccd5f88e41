/*
 * viet_legacy: every letter of the alphabet in TCVN3 and VNI, both ways, and what is told from what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "lib/text.h"
#include "lib/viet_legacy.h"

/* Letter, its sign in TCVN3 ("": none, fonts of capitals draw the small one), its spelling in VNI. */
/* clang-format off */
static const char *const letter[][3] = {
	{"à", "µ", "aø"}, {"ả", "¶", "aû"}, {"ã", "·", "aõ"}, {"á", "¸", "aù"}, {"ạ", "¹", "aï"},
	{"ă", "¨", "aê"}, {"ằ", "»", "aè"}, {"ẳ", "¼", "aú"}, {"ẵ", "½", "aü"}, {"ắ", "¾", "aé"},
	{"ặ", "Æ", "aë"}, {"â", "©", "aâ"}, {"ầ", "Ç", "aà"}, {"ẩ", "È", "aå"}, {"ẫ", "É", "aã"},
	{"ấ", "Ê", "aá"}, {"ậ", "Ë", "aä"}, {"è", "Ì", "eø"}, {"ẻ", "Î", "eû"}, {"ẽ", "Ï", "eõ"},
	{"é", "Ð", "eù"}, {"ẹ", "Ñ", "eï"}, {"ê", "ª", "eâ"}, {"ề", "Ò", "eà"}, {"ể", "Ó", "eå"},
	{"ễ", "Ô", "eã"}, {"ế", "Õ", "eá"}, {"ệ", "Ö", "eä"}, {"ì", "×", "ì"}, {"ỉ", "Ø", "æ"},
	{"ĩ", "Ü", "ó"}, {"í", "Ý", "í"}, {"ị", "Þ", "ò"}, {"ò", "ß", "oø"}, {"ỏ", "á", "oû"},
	{"õ", "â", "oõ"}, {"ó", "ã", "où"}, {"ọ", "ä", "oï"}, {"ô", "«", "oâ"}, {"ồ", "å", "oà"},
	{"ổ", "æ", "oå"}, {"ỗ", "ç", "oã"}, {"ố", "è", "oá"}, {"ộ", "é", "oä"}, {"ơ", "¬", "ô"},
	{"ờ", "ê", "ôø"}, {"ở", "ë", "ôû"}, {"ỡ", "ì", "ôõ"}, {"ớ", "í", "ôù"}, {"ợ", "î", "ôï"},
	{"ù", "ï", "uø"}, {"ủ", "ñ", "uû"}, {"ũ", "ò", "uõ"}, {"ú", "ó", "uù"}, {"ụ", "ô", "uï"},
	{"ư", "\xc2\xad", "ö"}, {"ừ", "õ", "öø"}, {"ử", "ö", "öû"}, {"ữ", "÷", "öõ"}, {"ứ", "ø", "öù"},
	{"ự", "ù", "öï"}, {"ỳ", "ú", "yø"}, {"ỷ", "û", "yû"}, {"ỹ", "ü", "yõ"}, {"ý", "ý", "yù"},
	{"ỵ", "þ", "î"}, {"đ", "®", "ñ"}, {"À", "", "AØ"}, {"Ả", "", "AÛ"}, {"Ã", "", "AÕ"},
	{"Á", "", "AÙ"}, {"Ạ", "", "AÏ"}, {"Ă", "¡", "AÊ"}, {"Ằ", "", "AÈ"}, {"Ẳ", "", "AÚ"},
	{"Ẵ", "", "AÜ"}, {"Ắ", "", "AÉ"}, {"Ặ", "", "AË"}, {"Â", "¢", "AÂ"}, {"Ầ", "", "AÀ"},
	{"Ẩ", "", "AÅ"}, {"Ẫ", "", "AÃ"}, {"Ấ", "", "AÁ"}, {"Ậ", "", "AÄ"}, {"È", "", "EØ"},
	{"Ẻ", "", "EÛ"}, {"Ẽ", "", "EÕ"}, {"É", "", "EÙ"}, {"Ẹ", "", "EÏ"}, {"Ê", "£", "EÂ"},
	{"Ề", "", "EÀ"}, {"Ể", "", "EÅ"}, {"Ễ", "", "EÃ"}, {"Ế", "", "EÁ"}, {"Ệ", "", "EÄ"},
	{"Ì", "", "Ì"}, {"Ỉ", "", "Æ"}, {"Ĩ", "", "Ó"}, {"Í", "", "Í"}, {"Ị", "", "Ò"}, {"Ò", "", "OØ"},
	{"Ỏ", "", "OÛ"}, {"Õ", "", "OÕ"}, {"Ó", "", "OÙ"}, {"Ọ", "", "OÏ"}, {"Ô", "¤", "OÂ"},
	{"Ồ", "", "OÀ"}, {"Ổ", "", "OÅ"}, {"Ỗ", "", "OÃ"}, {"Ố", "", "OÁ"}, {"Ộ", "", "OÄ"},
	{"Ơ", "¥", "Ô"}, {"Ờ", "", "ÔØ"}, {"Ở", "", "ÔÛ"}, {"Ỡ", "", "ÔÕ"}, {"Ớ", "", "ÔÙ"},
	{"Ợ", "", "ÔÏ"}, {"Ù", "", "UØ"}, {"Ủ", "", "UÛ"}, {"Ũ", "", "UÕ"}, {"Ú", "", "UÙ"},
	{"Ụ", "", "UÏ"}, {"Ư", "¦", "Ö"}, {"Ừ", "", "ÖØ"}, {"Ử", "", "ÖÛ"}, {"Ữ", "", "ÖÕ"},
	{"Ứ", "", "ÖÙ"}, {"Ự", "", "ÖÏ"}, {"Ỳ", "", "YØ"}, {"Ỷ", "", "YÛ"}, {"Ỹ", "", "YÕ"},
	{"Ý", "", "YÙ"}, {"Ỵ", "", "Î"}, {"Đ", "§", "Ñ"},
};
/* clang-format on */

enum { LETTERS = sizeof(letter) / sizeof(letter[0]), TCVN3 = 1, VNI = 2 };

static void assert_read(enum viet_legacy from, const char *text, const char *want)
{
	struct buf b;

	buf_init(&b, LIMIT_KIB);
	assert_int_equal(viet_legacy_read(from, span_str(text), &b, NULL), RC_OK);
	buf_add_char(&b, '\0');
	assert_string_equal((const char *)b.p, want);
	buf_free(&b);
}

/* The other way: each letter of a text spelt in the old alphabet. */
static void write_old(const char *text, int how, char *out, size_t cap)
{
	const uint8_t *p = (const uint8_t *)text, *end = p + strlen(text);

	out[0] = '\0';
	for (size_t step; p < end && (step = text_utf8_step(p, end)) > 0; p += step) {
		char one[8] = "";
		const char *as = one;

		memcpy(one, p, step);
		for (size_t i = 0; i < LETTERS; i++)
			if (strcmp(letter[i][0], one) == 0)
				as = letter[i][how];
		snprintf(out + strlen(out), cap - strlen(out), "%s", as);
	}
}

static void every_letter_is_read(void **state)
{
	(void)state;
	assert_int_equal(LETTERS, 134);
	for (size_t i = 0; i < LETTERS; i++) {
		if (letter[i][TCVN3][0])
			assert_read(VIET_TCVN3, letter[i][TCVN3], letter[i][0]);
		assert_read(VIET_VNI, letter[i][VNI], letter[i][0]);
	}
}

static void no_two_letters_are_spelt_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < LETTERS; i++)
		for (size_t k = 0; k < i; k++) {
			assert_true(!letter[i][TCVN3][0] ||
				    strcmp(letter[i][TCVN3], letter[k][TCVN3]) != 0);
			assert_string_not_equal(letter[i][VNI], letter[k][VNI]);
		}
}

static void a_text_comes_back_from_each_alphabet(void **state)
{
	static const char *const text[] = {
	    "trường tiểu học hoà khê, phòng máy số 3 (tầng 2)",
	    "máy vi tính để bàn của trạm y tế xã đông thượng; nguyên giá 14.500.000",
	    "nguyễn văn ảnh, lò thị bé, đỗ quỳnh; kỹ thuật ở nơi ấy rất yếu, ngã ngửa",
	    "thửa đất số 145, tờ bản đồ 12, quyển sổ hồng, giếng khơi, bể nước, ăng ten",
	};
	char old[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		write_old(text[i], TCVN3, old, sizeof(old));
		assert_int_equal(viet_legacy_guess(span_str(old)), VIET_TCVN3);
		assert_read(VIET_TCVN3, old, text[i]);
		write_old(text[i], VNI, old, sizeof(old));
		assert_int_equal(viet_legacy_guess(span_str(old)), VIET_VNI);
		assert_read(VIET_VNI, old, text[i]);
	}
	write_old("TRƯỜNG MẦM NON, ĐIỂM TRƯỜNG BẢN NÀ LỐC, SỬA NĂM", VNI, old, sizeof(old));
	assert_read(VIET_VNI, old, "TRƯỜNG MẦM NON, ĐIỂM TRƯỜNG BẢN NÀ LỐC, SỬA NĂM");
}

static void single_bytes_are_read_as_latin(void **state)
{
	(void)state;
	assert_read(VIET_TCVN3, "Nguy\xd4n V\xa8n \xb6nh", "Nguyễn Văn ảnh");
	assert_read(VIET_VNI,
		    "Nguye\xe3n Va\xea"
		    "n",
		    "Nguyễn Văn"); /* the sign stands behind its vowel */
}

static void what_is_unicode_already_is_left(void **state)
{
	static const char *const plain[] = {"Trạm Y tế Đống Đa", "Máy in A4, số sê-ri VN3K-0117",
					    "", "Citroën, Peugeot, naïve, façade", "¥ 100 «giá» ½"};

	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		assert_int_equal(viet_legacy_guess(span_str(plain[i])), VIET_UNICODE);
	for (size_t i = 0; i < 3; i++)
		assert_true(viet_legacy_is_unicode(span_str(plain[i])));
	assert_true(viet_legacy_is_unicode(span_str("Trạm Y tế «cũ»")));
	assert_true(viet_legacy_is_unicode(span_str("Cái")));
	assert_false(viet_legacy_is_unicode(span_str("Bµn häp")));
	assert_false(viet_legacy_is_unicode(span_str("Taøi saûn")));
	assert_read(VIET_UNICODE, "NguyÔn", "NguyÔn");
	assert_int_equal(viet_legacy_guess(
			     span_str("Tráº¡m Y táº¿, Äá»‘ng Äa, xÃ£ HÃ²a Khê, huyá»‡n")),
			 VIET_TWICE);
}

static void alphabets_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < VIET_TWICE; i++)
		assert_int_equal(viet_legacy_named(viet_legacy_name((enum viet_legacy)i)), i);
	assert_int_equal(viet_legacy_named("twice"), VIET_LEGACY_N);
	assert_int_equal(viet_legacy_named("latin"), VIET_LEGACY_N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_letter_is_read),
	    cmocka_unit_test(no_two_letters_are_spelt_alike),
	    cmocka_unit_test(a_text_comes_back_from_each_alphabet),
	    cmocka_unit_test(single_bytes_are_read_as_latin),
	    cmocka_unit_test(what_is_unicode_already_is_left),
	    cmocka_unit_test(alphabets_have_names),
	};

	return cmocka_run_group_tests_name("viet_legacy", tests, NULL, NULL);
}
