/*
 * lang_test: choosing, loading, filling in; and the two embedded language files side by side:
 * the same keys, the same places to fill, NFC, nothing empty.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/embed.h"
#include "lib/lang.h"
#include "lib/limits.h"
#include "lib/text.h"

static void test_pick(void **state)
{
	static const char *const en[] = {"en", "EN", "en_US", "en-GB", "en.UTF-8", "en_US.UTF-8"};
	static const char *const vi[] = {"", "vi", "vi_VN.UTF-8", "C", "e", "eng", "fr", "english"};

	(void)state;
	for (size_t i = 0; i < sizeof(en) / sizeof(en[0]); i++)
		assert_string_equal(lang_pick(en[i]), "en");
	for (size_t i = 0; i < sizeof(vi) / sizeof(vi[0]); i++)
		assert_string_equal(lang_pick(vi[i]), "vi");
	assert_string_equal(lang_pick(NULL), "vi");
}

static struct lang *parse(const char *json)
{
	struct lang *l = NULL;

	assert_int_equal(lang_parse("t", span_str(json), &l, NULL), RC_OK);
	return l;
}

static void test_look_up(void **state)
{
	struct lang *l = parse("{\"b\":\"hai\",\"a.x\":\"một\",\"c\":\"\"}");

	(void)state;
	assert_string_equal(lang_name(l), "t");
	assert_string_equal(lang_text(l, "a.x"), "một");
	assert_string_equal(lang_text(l, "b"), "hai");
	assert_string_equal(lang_text(l, "c"), "");
	assert_int_equal(lang_missing(l), 0);
	assert_string_equal(lang_text(l, "a"), "a");
	assert_string_equal(lang_text(l, "zz"), "zz");
	assert_int_equal(lang_missing(l), 2);
	assert_true(lang_has(l, "b"));
	assert_false(lang_has(l, "bb"));
	assert_int_equal(lang_missing(l), 2);
	assert_string_equal(lang_key(l, 0), "a.x");
	assert_string_equal(lang_key(l, 2), "c");
	assert_null(lang_key(l, 3));
	lang_free(l);
	lang_free(NULL);
	assert_string_equal(lang_text(NULL, "k"), "k");
	assert_int_equal(lang_missing(NULL), 0);
}

static void check_text(struct buf *b, const char *want)
{
	assert_int_equal(buf_check(b, NULL), RC_OK);
	assert_string_equal((char *)b->p, want);
	buf_reset(b);
}

static void test_format(void **state)
{
	struct lang *l = parse(
	    "{\"a\":\"{n} dòng, {n} lần, {who}\",\"b\":\"trơn\",\"c\":\"{x\",\"d\":\"{}}{x}\"}");
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	lang_format(l, &b, "a", "n", "3", "who", "chị {n}", NULL);
	check_text(&b, "3 dòng, 3 lần, chị {n}");
	lang_format(l, &b, "a", "n", "3", NULL);
	check_text(&b, "3 dòng, 3 lần, {who}");
	lang_format(l, &b, "a", "n", (const char *)NULL, "who", "", NULL);
	check_text(&b, " dòng,  lần, ");
	lang_format(l, &b, "b", "n", "3", NULL);
	check_text(&b, "trơn");
	lang_format(l, &b, "c", "x", "3", NULL);
	check_text(&b, "{x");
	lang_format(l, &b, "d", "x", "3", NULL);
	check_text(&b, "{}}3");
	lang_format(l, &b, "none.{x}", "x", "3", NULL);
	check_text(&b, "none.3");
	buf_free(&b);
	lang_free(l);
}

static void test_err(void **state)
{
	struct lang *l = parse("{\"k\":\"sai ở {at}: {v}\",\"rc.io\":\"không ghi được\"}");
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 1000);
	err_set(&e, RC_REFUSED, "E7", "k", "at", "12", "v", "đ", NULL);
	lang_err(l, &e, &b);
	check_text(&b, "sai ở 12: đ"); /* a page has no codes in brackets */
	lang_err(l, &e, &b);
	lang_clause(e.clause, &b);
	check_text(&b, "sai ở 12: đ (E7)");
	err_set(&e, RC_REFUSED, NULL, "k", "at", "12", NULL);
	lang_err(l, &e, &b);
	lang_clause(e.clause, &b);
	lang_clause(NULL, &b);
	check_text(&b, "sai ở 12: {v}");
	err_set(&e, RC_REFUSED, NULL, "k", "at", "mục", "at_en", "field", "at_t", "trường", NULL);
	lang_err(l, &e, &b); /* this language is named "t" */
	check_text(&b, "sai ở trường: {v}");
	err_set(&e, RC_IO, NULL, "", NULL);
	lang_err(l, &e, &b);
	check_text(&b, "không ghi được");
	assert_int_equal(lang_missing(l), 0);
	err_set(&e, RC_FULL, "P1", NULL, NULL);
	lang_err(l, &e, &b);
	check_text(&b, "rc.full");
	assert_int_equal(lang_missing(l), 1);
	buf_free(&b);
	lang_free(l);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {"",
					  "[]",
					  "\"a\"",
					  "{\"a\":1}",
					  "{\"a\":{}}",
					  "{\"a\":null}",
					  "{\"a\":\"x\",\"a\":\"y\"}",
					  "{\"a\":\"\xff\"}",
					  "{"};
	struct lang *l = NULL;
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(lang_parse("t", span_str(bad[i]), &l, &e), RC_CORRUPT);
		assert_string_equal(e.key, "lang.corrupt");
		assert_null(l);
	}
	assert_int_equal(lang_load("fr", &l, &e), RC_NOTFOUND);
	assert_string_equal(e.key, "lang.unknown");
	assert_int_equal(lang_load("../../../../../../../../etc/passwd", &l, &e), RC_NOTFOUND);
	assert_int_equal(lang_load("", &l, &e), RC_NOTFOUND);
}

/* Does every {name} of a stand in b? */
static void check_places(const char *key, const char *a, const char *b)
{
	char place[64];

	for (const char *open = strchr(a, '{'); open; open = strchr(open + 1, '{')) {
		size_t n = strcspn(open, "}") + 1;
		assert_true(n < sizeof(place));
		memcpy(place, open, n);
		place[n] = '\0';
		if (!strstr(b, place))
			fail_msg("%s: %s in one language only", key, place);
	}
}

static void test_files_agree(void **state)
{
	struct lang *vi = NULL, *en = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(lang_load("vi", &vi, NULL), RC_OK);
	assert_int_equal(lang_load("en", &en, NULL), RC_OK);
	for (const char *key; (key = lang_key(vi, n)) != NULL; n++) {
		const char *other = lang_key(en, n);
		if (!other || strcmp(key, other) != 0)
			fail_msg("%s is in one language only", key);
		const char *a = lang_text(vi, key), *b = lang_text(en, key);
		assert_true(strlen(key) < ERR_KEY_LEN);
		assert_true(strlen(a) > 0 && strlen(b) > 0);
		assert_true(strlen(a) < LIMIT_ERR_TEXT && strlen(b) < LIMIT_ERR_TEXT);
		if (!text_is_nfc(span_str(a)) || !text_is_nfc(span_str(b)))
			fail_msg("%s is not in NFC", key);
		check_places(key, a, b);
		check_places(key, b, a);
	}
	assert_null(lang_key(en, n));
	assert_true(n >= 60);
	assert_int_equal(lang_missing(vi) + lang_missing(en), 0);
	lang_free(vi);
	lang_free(en);
}

/* Every rc has words of its own in both languages. */
static void test_rc_words(void **state)
{
	static const char *const names[] = {"vi", "en"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct lang *l = NULL;
		assert_int_equal(lang_load(names[i], &l, NULL), RC_OK);
		assert_string_equal(lang_name(l), names[i]);
		for (int rc = 0; rc < RC_N; rc++) {
			struct err e = {.rc = (enum rc)rc};
			struct buf b;
			buf_init(&b, 1000);
			lang_err(l, &e, &b);
			assert_int_equal(buf_check(&b, NULL), RC_OK);
			buf_free(&b);
		}
		assert_int_equal(lang_missing(l), 0);
		lang_free(l);
	}
}

static void test_embed(void **state)
{
	const struct embed_file *vi = embed_find("lang/vi.json"), *prev = NULL;

	(void)state;
	assert_non_null(vi);
	assert_int_equal(vi->data[0], '{');
	assert_int_equal(vi->data[vi->len], 0);
	assert_int_equal(strlen((const char *)vi->data), vi->len);
	assert_null(embed_find("vi.json"));
	assert_null(embed_find(""));
	size_t n = 0;
	for (const struct embed_file *f; (f = embed_at(n)) != NULL; n++) {
		assert_true(!prev || strcmp(prev->name, f->name) < 0);
		assert_ptr_equal(embed_find(f->name), f);
		prev = f;
	}
	assert_true(n >= 2);
	assert_null(embed_at(SIZE_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pick),     cmocka_unit_test(test_look_up),
	    cmocka_unit_test(test_format),   cmocka_unit_test(test_err),
	    cmocka_unit_test(test_refused),  cmocka_unit_test(test_files_agree),
	    cmocka_unit_test(test_rc_words), cmocka_unit_test(test_embed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
