/*
 * json_test: the strict scanner against tests/vectors/json_scan.txt and json_escape.txt, its tape and
 * its limits; the tree: building, reading, printing, failing safely. Random trees and mutations
 * show that what an entry's rules accept has one writing only (SEED= repeats a run).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "lib/limits.h"
#include "lib/num.h"

enum { TAPE = 4096, LINE = 4096 };

static struct json_tok tape[TAPE];

static enum rc scan(struct span text, const struct json_rules *rules, size_t *retn, struct err *e)
{
	return json_scan(text, rules, tape, TAPE, retn, e);
}

/* ------------------------------------------------------------------ vectors */

struct vector {
	char verdict[32], rules, at[16];
	uint8_t text[LINE];
	size_t len;
};

/* %XX of a vector's text becomes its byte; a lone % at the end is nothing. */
static size_t unpercent(const char *s, uint8_t *out)
{
	size_t n = 0;

	for (; *s; s++) {
		if (*s != '%') {
			out[n++] = (uint8_t)*s;
		} else if (s[1]) {
			const char hex[3] = {(char)(s[1] | (s[1] > '9' ? 0x20 : 0)),
					     (char)(s[2] | (s[2] > '9' ? 0x20 : 0)), 0};
			assert_true(codec_hex_exact(span_str(hex), out + n, 1));
			n++;
			s += 2;
		}
	}
	return n;
}

/* Cut the next word, ended by one space, off *p. */
static void word(char **p, char *out, size_t cap)
{
	size_t n = strcspn(*p, " ");

	assert_true(n > 0 && n < cap && (*p)[n] == ' ');
	memcpy(out, *p, n);
	out[n] = '\0';
	*p += n + 1;
}

static bool read_vector(FILE *f, struct vector *v)
{
	char line[LINE], rules[4];

	do {
		if (!fgets(line, sizeof(line), f))
			return false;
	} while (line[0] == '#');
	char *p = line;
	p[strcspn(p, "\n")] = '\0';
	word(&p, v->verdict, sizeof(v->verdict));
	word(&p, rules, sizeof(rules));
	v->rules = rules[0];
	word(&p, v->at, sizeof(v->at));
	v->len = unpercent(p, v->text);
	return true;
}

static void check_vector(const struct vector *v, const struct json_rules *rules)
{
	/* A copy of its exact length, so that the sanitizer sees any byte read past the end. */
	uint8_t *copy = malloc(v->len + (v->len == 0));
	struct err e = {0};
	char key[48] = "", got[80], want[80];
	size_t n = 12345;

	assert_non_null(copy);
	memcpy(copy, v->text, v->len);
	enum rc rc = scan(span_of(copy, v->len), rules, &n, &e);
	if (strcmp(v->verdict, "ok") != 0)
		snprintf(key, sizeof(key), "json.%s", v->verdict);
	bool at = strcmp(v->at, "-") != 0;
	snprintf(want, sizeof(want), "%s %s", key, at ? v->at : "");
	snprintf(got, sizeof(got), "%s %s", e.key,
		 at && err_arg(&e, "at") ? err_arg(&e, "at") : "");
	if (strcmp(got, want) != 0)
		print_error("text: %.*s\n", (int)v->len, (const char *)v->text);
	assert_string_equal(got, want);
	assert_int_equal(rc, key[0] ? RC_REFUSED : RC_OK);
	if (rc != RC_OK)
		assert_int_equal(n, 12345);
	assert_string_equal(e.clause, "");
	free(copy);
}

static void test_vectors(void **state)
{
	FILE *f = fopen("tests/vectors/json_scan.txt", "rb");
	struct vector v;
	unsigned n = 0, refused = 0;

	(void)state;
	assert_non_null(f);
	for (; read_vector(f, &v); n++) {
		assert_non_null(strchr("etb", v.rules));
		if (v.rules != 't')
			check_vector(&v, &json_rules_entry);
		if (v.rules != 'e')
			check_vector(&v, &json_rules_tree);
		refused += strcmp(v.verdict, "ok") != 0;
	}
	fclose(f);
	assert_true(n >= 180 && refused >= 140);
}

/* Each text that is accepted is refused when cut anywhere. */
static void test_every_cut(void **state)
{
	static const char text[] =
	    "{\"v\":\"kk1\",\"n\":[1,-20,{}],\"t\":true,\"s\":\"a\\n\\u0001đ😀\",\"x\":null}";
	size_t n;

	(void)state;
	assert_int_equal(scan(span_str(text), &json_rules_entry, &n, NULL), RC_OK);
	for (size_t len = 0; len < strlen(text); len++) {
		uint8_t *copy = malloc(len + 1);
		assert_non_null(copy);
		memcpy(copy, text, len);
		assert_int_equal(scan(span_of(copy, len), &json_rules_entry, &n, NULL), RC_REFUSED);
		assert_int_equal(scan(span_of(copy, len), &json_rules_tree, &n, NULL), RC_REFUSED);
		free(copy);
	}
}

/* --------------------------------------------------------------------- tape */

static void test_tape(void **state)
{
	static const char text[] = "{\"a\":[1,{\"b\":\"x\"},[]],\"c\":-7,\"d\\n\":false}";
	static const struct {
		uint8_t type;
		uint32_t off, len, n, next;
	} want[] = {
	    {JSON_OBJECT, 0, 41, 3, 13}, {JSON_STRING, 1, 3, 0, 2},   {JSON_ARRAY, 5, 16, 3, 8},
	    {JSON_INT, 6, 1, 0, 4},      {JSON_OBJECT, 8, 9, 1, 7},   {JSON_STRING, 9, 3, 0, 6},
	    {JSON_STRING, 13, 3, 0, 7},  {JSON_ARRAY, 18, 2, 0, 8},   {JSON_STRING, 22, 3, 0, 9},
	    {JSON_INT, 26, 2, 0, 10},    {JSON_STRING, 29, 5, 0, 11}, {JSON_FALSE, 35, 5, 0, 12},
	};
	size_t n;

	(void)state;
	assert_int_equal(strlen(text), 41);
	assert_int_equal(scan(span_str(text), &json_rules_entry, &n, NULL), RC_OK);
	assert_int_equal(n, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < n; i++) {
		bool key = i == 1 || i == 5 || i == 8 || i == 10;
		assert_int_equal(tape[i].type, want[i].type);
		assert_int_equal(tape[i].off, want[i].off);
		assert_int_equal(tape[i].len, want[i].len);
		if (!key) {
			assert_int_equal(tape[i].n, want[i].n);
			assert_int_equal(tape[i].next, i == 0 ? n : want[i].next);
		}
		assert_int_equal(tape[i].escaped, i == 10);
	}
}

static void test_token_helpers(void **state)
{
	static const char text[] =
	    "{\"a\":1,\"é\":\"t\\u1ebf \\ud83d\\ude00\\n/\",\"b\\u0063\":[-42],"
	    "\"o\":{\"a\":2,\"z\":9007199254740991}}";
	struct span s = span_str(text);
	struct buf b;
	size_t n;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(scan(s, &json_rules_tree, &n, NULL), RC_OK);
	size_t a = json_tok_find(s, tape, 0, "a"), e = json_tok_find(s, tape, 0, "é");
	assert_int_equal(json_tok_int(s, &tape[a]), 1);
	json_tok_str(s, &tape[e], &b);
	assert_true(span_eq_str(span_buf(&b), "tế 😀\n/"));
	assert_true(json_tok_eq(s, &tape[e], "tế 😀\n/"));
	assert_false(json_tok_eq(s, &tape[e], "tế 😀\n"));
	assert_false(json_tok_eq(s, &tape[e], "tế 😀\n//"));
	assert_false(json_tok_eq(s, &tape[e], "t"));
	assert_false(json_tok_eq(s, &tape[a], "1"));
	assert_true(json_tok_eq(s, &tape[e - 1], "é"));
	size_t bc = json_tok_find(s, tape, 0, "bc");
	assert_int_equal(tape[bc].type, JSON_ARRAY);
	assert_int_equal(json_tok_int(s, &tape[bc + 1]), -42);
	assert_true(span_eq_str(json_tok_raw(s, &tape[bc]), "[-42]"));
	size_t o = json_tok_find(s, tape, 0, "o");
	assert_int_equal(json_tok_int(s, &tape[json_tok_find(s, tape, o, "a")]), 2);
	assert_int_equal(json_tok_int(s, &tape[json_tok_find(s, tape, o, "z")]), NUM_SAFE_MAX);
	assert_int_equal(json_tok_find(s, tape, 0, "z"), 0);
	assert_int_equal(json_tok_find(s, tape, o, "A"), 0);
	assert_int_equal(json_tok_find(s, tape, bc, "a"), 0);
	assert_int_equal(json_tok_find(s, tape, a, "a"), 0);
	assert_true(span_eq_str(json_tok_inner(s, &tape[e - 1]), "é"));
	buf_free(&b);
}

/* ------------------------------------------------------------------- limits */

static void check_key(struct span text, const struct json_rules *rules, size_t max, const char *key)
{
	struct err e = {0};
	size_t n = 0;
	enum rc rc = json_scan(text, rules, tape, max, &n, &e);

	assert_string_equal(e.key, key);
	assert_int_equal(rc, key[0] ? RC_REFUSED : RC_OK);
}

static void test_limits(void **state)
{
	const struct json_rules few = {.max_len = 40, .depth = 2, .max_members = 2};

	(void)state;
	check_key(span_str("{\"a\":1,\"b\":2}"), &few, TAPE, "");
	check_key(span_str("{\"a\":1,\"b\":2,\"c\":3}"), &few, TAPE, "json.members");
	check_key(span_str("\"34567890123456789012345678901234567890\""), &few, TAPE, "");
	check_key(span_str("\"345678901234567890123456789012345678901\""), &few, TAPE,
		  "json.too_long");
	check_key(span_str("[[[]]]"), &few, TAPE, "json.depth");
	check_key(span_str("[1,2,3]"), &few, 4, "");
	check_key(span_str("[1,2,3]"), &few, 3, "json.tokens");
	check_key(span_str("[]"), &few, 0, "json.tokens");
	check_key(span_str("{\"a\":1}"), &few, 1, "json.tokens");
	check_key(span_str("{\"a\":1}"), &few, 2, "json.tokens");
	check_key(span_str("[true]"), &few, 1, "json.tokens");
	check_key(span_str("[\"a\"]"), &few, 1, "json.tokens");
	check_key(span_str("[{}]"), &few, 1, "json.tokens");
	check_key(span_str("\"\""), &(struct json_rules){.depth = 4}, 1, "json.too_long");
	/* depth 0 admits scalars alone */
	check_key(span_str("1"), &(struct json_rules){.max_len = 9}, 1, "");
	check_key(span_str("[]"), &(struct json_rules){.max_len = 9}, 1, "json.depth");
}

/* An entry's ceilings to the byte. */
static void test_entry_ceiling(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, LIMIT_ENTRY_PAYLOAD + 8);
	buf_add_char(&b, '"');
	while (b.len < LIMIT_ENTRY_PAYLOAD - 1)
		buf_add_char(&b, 'x');
	buf_add_char(&b, '"');
	check_key(span_buf(&b), &json_rules_entry, TAPE, "");
	b.p[b.len - 1] = 'x';
	buf_add_char(&b, '"');
	check_key(span_buf(&b), &json_rules_entry, TAPE, "json.too_long");
	buf_free(&b);
}

/* As many members as the rules allow, all told apart; one more, or one again, is refused. */
static void test_many_members(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	for (int i = 0; i < LIMIT_ENTRY_MEMBERS; i++)
		buf_addf(&b, "%s\"m%d\":%d", i ? "," : "{", i, i);
	size_t open = b.len;
	buf_add_char(&b, '}');
	check_key(span_buf(&b), &json_rules_entry, TAPE, "");
	b.len = open;
	buf_add_str(&b, ",\"n\":0}");
	check_key(span_buf(&b), &json_rules_entry, TAPE, "json.members");
	const struct json_rules wide = {.max_len = LIMIT_ENTRY_PAYLOAD,
					.depth = 1,
					.max_members = 999};
	for (int i = 0; i < LIMIT_ENTRY_MEMBERS; i += 51) {
		b.len = open;
		buf_addf(&b, ",\"m%d\":0}", i);
		check_key(span_buf(&b), &wide, TAPE, "json.duplicate");
	}
	buf_free(&b);
}

/* ------------------------------------------------------------------- escapes */

static void test_escape_vectors(void **state)
{
	FILE *f = fopen("tests/vectors/json_escape.txt", "rb");
	char line[LINE];
	unsigned count = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		struct buf raw, out, back;
		size_t n;
		if (line[0] == '#')
			continue;
		line[strcspn(line, "\n")] = '\0';
		char *text = strchr(line, ' ');
		assert_non_null(text);
		*text++ = '\0';
		buf_init(&raw, LINE);
		buf_init(&out, LINE);
		buf_init(&back, LINE);
		if (strcmp(line, "-") != 0)
			assert_true(codec_hex_dec(span_str(line), &raw));
		json_add_escaped(&out, span_buf(&raw));
		assert_int_equal(buf_check(&out, NULL), RC_OK);
		assert_true(span_eq_str(span_buf(&out), text));
		assert_int_equal(scan(span_buf(&out), &json_rules_entry, &n, NULL), RC_OK);
		json_tok_str(span_buf(&out), &tape[0], &back);
		assert_true(span_eq(span_buf(&back), span_buf(&raw)));
		buf_free(&raw);
		buf_free(&out);
		buf_free(&back);
		count++;
	}
	fclose(f);
	assert_true(count > 40);
}

static void test_escape_refuses_bad_utf8(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	json_add_escaped(&b, span_of("a\xff", 2));
	assert_int_equal(buf_check(&b, NULL), RC_LIMIT);
	buf_free(&b);
	buf_init(&b, 3);
	json_add_escaped_str(&b, "abc");
	assert_true(b.failed);
	buf_free(&b);
}

/* --------------------------------------------------------------------- tree */

static struct json *must_parse(const char *text)
{
	struct json *v = NULL;

	assert_int_equal(json_parse(span_str(text), NULL, &v, NULL), RC_OK);
	assert_non_null(v);
	return v;
}

static void check_print(const struct json *v, const char *want)
{
	char *got = json_print(v);

	assert_non_null(got);
	assert_string_equal(got, want);
	free(got);
}

static void test_tree_read(void **state)
{
	struct json *v = must_parse(" {\"s\":\"x\",\"i\":-5,\"t\":true,\"f\":false,\"n\":null,"
				    "\"o\":{\"k\":1},\"a\":[1,\"b\"],\"S\":\"big\"} ");
	int64_t i = 99;
	bool t = false;

	(void)state;
	assert_string_equal(json_get_str(v, "s"), "x");
	assert_string_equal(json_get_str(v, "S"), "big");
	assert_null(json_get_str(v, "i"));
	assert_null(json_get_str(v, "missing"));
	assert_true(json_get_int(v, "i", &i));
	assert_int_equal(i, -5);
	assert_false(json_get_int(v, "s", &i));
	assert_false(json_get_int(v, "I", &i));
	assert_int_equal(i, -5);
	assert_true(json_get_bool(v, "t", &t) && t);
	assert_true(json_get_bool(v, "f", &t) && !t);
	assert_false(json_get_bool(v, "n", &t));
	assert_int_equal(json_kind(json_get(v, "n")), JSON_NULL);
	assert_int_equal(json_kind(json_get(v, "none")), 0);
	assert_true(json_get_int(json_get_obj(v, "o"), "k", &i) && i == 1);
	assert_null(json_get_obj(v, "a"));
	assert_null(json_get_arr(v, "o"));
	const struct json *a = json_get_arr(v, "a");
	assert_int_equal(json_len(a), 2);
	assert_string_equal(json_str(json_at(a, 1)), "b");
	assert_null(json_at(a, 2));
	assert_null(json_get(a, "s"));
	assert_int_equal(json_len(v), 8);
	assert_int_equal(json_len(json_get(v, "s")), 0);
	json_free(v);
}

static void test_tree_null_chains(void **state)
{
	int64_t i = 7;
	bool b = true;

	(void)state;
	assert_null(json_get(NULL, "a"));
	assert_null(json_get_str(json_get_obj(NULL, "a"), "b"));
	assert_false(json_get_int(NULL, "a", &i));
	assert_false(json_get_bool(NULL, "a", &b));
	assert_false(json_int(NULL, &i));
	assert_false(json_bool(NULL, &b));
	assert_null(json_first(NULL));
	assert_null(json_next(NULL));
	assert_null(json_name(NULL));
	assert_null(json_at(NULL, 0));
	assert_null(json_copy(NULL));
	assert_int_equal(json_len(NULL), 0);
	assert_true(json_equal(NULL, NULL));
	json_remove(NULL, "a");
	json_free(NULL);
	assert_int_equal(i, 7);
	assert_true(b);
}

static void test_tree_iterate(void **state)
{
	struct json *v = must_parse("{\"b\":1,\"a\":[10,20,30]}");
	int64_t i, sum = 0;
	char names[8] = "";

	(void)state;
	for (const struct json *m = json_first(v); m; m = json_next(m))
		memcpy(names + strlen(names), json_name(m), 2);
	assert_string_equal(names, "ba");
	for (const struct json *m = json_first(json_get(v, "a")); m; m = json_next(m)) {
		assert_null(json_name(m));
		assert_true(json_int(m, &i));
		sum += i;
	}
	assert_int_equal(sum, 60);
	assert_null(json_first(json_get(v, "b")));
	json_free(v);
}

static void test_tree_build(void **state)
{
	struct json *v = json_object(), *a = json_array();

	(void)state;
	json_set_str(v, "tên", "Trạm y tế \"A\"\n");
	json_set_str(v, "none", NULL);
	json_set_int(v, "big", NUM_SAFE_MAX);
	json_set_int(v, "low", -NUM_SAFE_MAX);
	json_set_int(v, "million", 1000000000000000);
	json_set_bool(v, "yes", true);
	json_set_span(v, "span", span_of("abcdef", 3));
	json_append_str(a, "x");
	json_append(a, json_integer(0));
	json_append(a, json_null());
	json_append(a, json_object());
	json_set(v, "list", a);
	json_set_int(v, "yes", 2); /* replaces, in place */
	check_print(v, "{\"tên\":\"Trạm y tế \\\"A\\\"\\n\",\"none\":null,\"big\":9007199254740991,"
		       "\"low\":-9007199254740991,\"million\":1000000000000000,\"yes\":2,"
		       "\"span\":\"abc\",\"list\":[\"x\",0,null,{}]}");
	json_remove(v, "tên");
	json_remove(v, "tên");
	json_remove(v, "SPAN");
	assert_int_equal(json_len(v), 7);
	assert_null(json_get(v, "tên"));
	json_free(v);
}

static void test_tree_pretty(void **state)
{
	struct json *v = must_parse("{\"a\":[1,2],\"b\":{},\"c\":[],\"d\":{\"e\":null}}");
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(json_write(v, true, &b, NULL), RC_OK);
	assert_true(span_eq_str(span_buf(&b),
				"{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n"
				"  \"c\": [],\n  \"d\": {\n    \"e\": null\n  }\n}\n"));
	json_free(v);
	buf_free(&b);
}

/* Whatever goes wrong while building, printing says so. */
static void check_broken(struct json *v)
{
	struct err e = {0};
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(json_write(v, false, &b, &e), RC_NOMEM);
	assert_string_equal(e.key, "json.memory");
	assert_null(json_print(v));
	buf_free(&b);
	json_free(v);
}

static void test_tree_fails_safely(void **state)
{
	struct json *v = json_object(), *inner = json_object();

	(void)state;
	json_set(v, "x", NULL);
	check_broken(v);
	v = json_object();
	json_set_int(v, "x", NUM_SAFE_MAX + 1);
	check_broken(v);
	v = json_object();
	json_set_str(v, "x", "\xff");
	check_broken(v);
	v = json_object();
	json_set_span(v, "x", span_of("a\0b", 3));
	check_broken(v);
	v = json_object();
	json_set_int(v, "\xc0", 1);
	check_broken(v);
	v = json_array();
	json_append(v, NULL);
	check_broken(v);
	v = json_array();
	json_set_int(v, "no object", 1);
	check_broken(v);
	v = json_object();
	json_append(v, json_integer(1));
	check_broken(v);
	/* a broken part breaks the whole, also through a copy */
	v = json_object();
	json_set(inner, "x", NULL);
	json_set(v, "inner", inner);
	struct json *copy = json_copy(v);
	assert_non_null(copy);
	check_broken(copy);
	check_broken(v);
	check_broken(NULL);
	json_set_str(NULL, "a", "b"); /* frees the value */
	json_append(NULL, json_object());
}

static void test_write_obeys_ceiling(void **state)
{
	struct json *v = must_parse("[1,2,3]");
	struct err e = {0};
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_int_equal(json_write(v, false, &b, &e), RC_LIMIT);
	assert_string_equal(e.key, "buf.ceiling");
	buf_free(&b);
	json_free(v);
}

static void test_parse_refuses(void **state)
{
	static const struct {
		const char *text, *key;
	} bad[] = {
	    {"", "json.empty"},        {"{\"a\":1,\"a\":2}", "json.duplicate"},
	    {"{} x", "json.trailing"}, {"1.5", "json.fraction"},
	    {"\"\xff\"", "json.utf8"},
	};
	struct json *v = (struct json *)0x1;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&e);
		assert_int_equal(json_parse(span_str(bad[i].text), NULL, &v, &e), RC_REFUSED);
		assert_string_equal(e.key, bad[i].key);
	}
	assert_ptr_equal(v, (struct json *)0x1);
	const struct json_rules small = {.max_len = 4, .depth = 1, .max_members = 1};
	assert_int_equal(json_parse(span_str("[1,2]"), &small, &v, &e), RC_REFUSED);
	assert_string_equal(e.key, "json.too_long");
}

/* A value that is not ended by a NUL, nor by anything. */
static void test_parse_exact_length(void **state)
{
	static const char *const texts[] = {"12345", "true", "\"abc\"", "[1]", "-9007199254740991"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t len = strlen(texts[i]);
		uint8_t *copy = malloc(len);
		struct json *v = NULL;
		assert_non_null(copy);
		memcpy(copy, texts[i], len);
		assert_int_equal(json_parse(span_of(copy, len), NULL, &v, NULL), RC_OK);
		check_print(v, texts[i]);
		json_free(v);
		free(copy);
	}
}

static void test_equal(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} pairs[] = {
	    {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true},
	    {"{\"a\":1}", "{\"a\":1,\"b\":2}", false},
	    {"{\"a\":1,\"b\":2}", "{\"a\":1}", false},
	    {"{\"a\":1}", "{\"A\":1}", false},
	    {"[1,2]", "[2,1]", false},
	    {"[1,2]", "[1,2]", true},
	    {"[]", "{}", false},
	    {"1", "\"1\"", false},
	    {"9007199254740991", "9007199254740990", false},
	    {"null", "false", false},
	    {"true", "true", true},
	    {"\"\\u00e9\"", "\"é\"", true},
	    {"{\"a\":{\"b\":[1,{\"c\":null}]}}", "{\"a\":{\"b\":[1,{\"c\":null}]}}", true},
	    {"{\"a\":{\"b\":[1,{\"c\":null}]}}", "{\"a\":{\"b\":[1,{\"c\":0}]}}", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct json *a = must_parse(pairs[i].a), *b = must_parse(pairs[i].b),
			    *c = json_copy(a);
		assert_int_equal(json_equal(a, b), pairs[i].equal);
		assert_int_equal(json_equal(b, a), pairs[i].equal);
		assert_true(json_equal(a, c));
		assert_false(json_equal(a, NULL));
		json_free(a);
		json_free(b);
		json_free(c);
	}
}

/* ----------------------------------------------------------------- property */

static uint64_t rnd_state;

static uint32_t rnd(uint32_t below)
{
	rnd_state = rnd_state * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(rnd_state >> 33) % below;
}

static void seed_rnd(void)
{
	const char *env = getenv("SEED");
	uint64_t seed = 20261123;

	if (env)
		assert_int_equal(num_u64(span_str(env), 0, UINT64_MAX, &seed), RC_OK);
	print_message("SEED=%llu\n", (unsigned long long)seed);
	rnd_state = seed;
}

/* Append a random value in its canonical writing. */
static void random_value(struct buf *b, int depth)
{
	static const char *const pieces[] = {"a", "đ",    "\n",   "\"", "\\",
					     "/", "\x01", "\x7f", "😀",  "ế"};
	struct buf s;

	switch (rnd(depth > 0 ? 7 : 5)) {
	case 0: buf_add_int(b, (int64_t)rnd(1u << 30) - (1 << 29)); return;
	case 1: buf_add_str(b, rnd(2) ? "true" : "false"); return;
	case 2: buf_add_str(b, "null"); return;
	case 3:
	case 4:
		buf_init(&s, 100);
		for (uint32_t n = rnd(6); n > 0; n--)
			buf_add_str(&s, pieces[rnd(10)]);
		json_add_escaped(b, span_buf(&s));
		buf_free(&s);
		return;
	case 5:
		buf_add_char(b, '[');
		for (uint32_t i = 0, n = rnd(4); i < n; i++) {
			if (i > 0)
				buf_add_char(b, ',');
			random_value(b, depth - 1);
		}
		buf_add_char(b, ']');
		return;
	default:
		buf_add_char(b, '{');
		for (uint32_t i = 0, n = rnd(4); i < n; i++) {
			buf_addf(b, "%s\"%s%u\":", i ? "," : "", pieces[rnd(2)], i);
			random_value(b, depth - 1);
		}
		buf_add_char(b, '}');
	}
}

/* What an entry's rules accept is the one writing of its value: parse and print give the same bytes. */
static bool one_writing(struct span text)
{
	struct json *v;
	size_t n;

	if (scan(text, &json_rules_entry, &n, NULL) != RC_OK)
		return false;
	assert_int_equal(json_parse(text, NULL, &v, NULL), RC_OK);
	char *again = json_print(v);
	assert_non_null(again);
	if (!span_eq_str(text, again))
		print_error("%.*s\nis not\n%s\n", (int)text.len, (const char *)text.p, again);
	assert_true(span_eq_str(text, again));
	free(again);
	json_free(v);
	return true;
}

static void test_one_writing(void **state)
{
	static const uint8_t odd[] = "\"\\{}[]:,0 -9.eEu/\n\x80\xc3\xff";
	unsigned accepted = 0;
	struct buf b;

	(void)state;
	seed_rnd();
	buf_init(&b, 1 << 16);
	for (int round = 0; round < 2000; round++) {
		buf_reset(&b);
		random_value(&b, 4);
		assert_true(one_writing(span_buf(&b)));
		for (int k = 0; k < 5; k++) {
			size_t at = rnd((uint32_t)b.len);
			uint8_t was = b.p[at];
			b.p[at] =
			    (uint8_t)(rnd(2) ? odd[rnd(sizeof(odd) - 1)] : was ^ (1u << rnd(8)));
			accepted += one_writing(span_buf(&b));
			b.p[at] = was;
		}
	}
	print_message("%u mutations of 10000 were still accepted\n", accepted);
	assert_true(accepted > 0 && accepted < 9000);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_every_cut),
	    cmocka_unit_test(test_tape),
	    cmocka_unit_test(test_token_helpers),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_entry_ceiling),
	    cmocka_unit_test(test_many_members),
	    cmocka_unit_test(test_escape_vectors),
	    cmocka_unit_test(test_escape_refuses_bad_utf8),
	    cmocka_unit_test(test_tree_read),
	    cmocka_unit_test(test_tree_null_chains),
	    cmocka_unit_test(test_tree_iterate),
	    cmocka_unit_test(test_tree_build),
	    cmocka_unit_test(test_tree_pretty),
	    cmocka_unit_test(test_tree_fails_safely),
	    cmocka_unit_test(test_write_obeys_ceiling),
	    cmocka_unit_test(test_parse_refuses),
	    cmocka_unit_test(test_parse_exact_length),
	    cmocka_unit_test(test_equal),
	    cmocka_unit_test(test_one_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
