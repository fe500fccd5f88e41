/*
 * parcel_test: files go in and come out as they were; a parcel with any byte changed, cut
 * anywhere, put together from two, or of another program is refused before anything is
 * written; names cannot leave the folder.
 */
#include "lib/parcel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/crypt.h"
#include "lib/limits.h"
#include "lib/os.h"

#define KIND "toy"

enum { BIG = 200000 };

static const struct parcel_tell quiet = {NULL, NULL};

struct fix {
	char *dir, *path, *out;
	struct buf big;
};

static char *in_dir(const struct fix *f, const char *name)
{
	char *path = NULL;

	assert_int_equal(os_path_join(&path, f->dir, name, NULL), RC_OK);
	return path;
}

static void add(struct parcel *p, const struct fix *f, const char *name, struct span bytes)
{
	char *from = in_dir(f, "from");

	assert_int_equal(os_file_write(from, bytes, OS_REPLACE, NULL), RC_OK);
	assert_int_equal(parcel_add(p, name, from, NULL), RC_OK);
	free(from);
}

static void make(const struct fix *f, const char *path, bool with_big)
{
	struct parcel *p = NULL;

	assert_int_equal(parcel_new(&p, path, KIND, quiet, NULL), RC_OK);
	add(p, f, "a", span_str("một\n"));
	add(p, f, "b/none", span_of(NULL, 0));
	add(p, f, "b/c-2.json", span_str("+ 3 x\n. 1 y\n"));
	if (with_big)
		add(p, f, "big", span_buf(&f->big));
	assert_false(os_file_exists(path)); /* not before it is whole */
	assert_int_equal(parcel_finish(p, NULL), RC_OK);
	parcel_free(p);
}

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(crypt_init(NULL), RC_OK);
	assert_int_equal(os_dir_temp(&f->dir, "parcel_test", NULL), RC_OK);
	f->path = in_dir(f, "parcel");
	f->out = in_dir(f, "out");
	buf_init(&f->big, BIG);
	for (size_t i = 0; i < BIG; i++)
		buf_add_char(&f->big, (char)(i * i / 7));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	assert_int_equal(os_dir_remove(f->dir, NULL), RC_OK);
	buf_free(&f->big);
	free(f->dir);
	free(f->path);
	free(f->out);
	free(f);
	return 0;
}

static void assert_file(const struct fix *f, const char *name, struct span want)
{
	char *path = NULL;
	struct buf b;

	buf_init(&b, BIG + 1);
	assert_int_equal(os_path_join(&path, f->out, name, NULL), RC_OK);
	assert_int_equal(os_file_read(path, &b, NULL), RC_OK);
	assert_true(span_eq(span_buf(&b), want));
	buf_free(&b);
	free(path);
}

static void test_round(void **state)
{
	struct fix *f = *state;
	struct parcel_sum sum;
	struct err e;

	make(f, f->path, true);
	assert_int_equal(parcel_check(f->path, KIND, &sum, NULL), RC_OK);
	assert_int_equal(sum.files, 4);
	assert_int_equal(parcel_extract(f->path, KIND, f->out, &sum, NULL), RC_OK);
	assert_int_equal(sum.files, 4);
	assert_int_equal(sum.bytes, 6 + 0 + 12 + BIG);
	assert_file(f, "a", span_str("một\n"));
	assert_file(f, "b/none", span_of(NULL, 0));
	assert_file(f, "b/c-2.json", span_str("+ 3 x\n. 1 y\n"));
	assert_file(f, "big", span_buf(&f->big));
	/* nothing is written over */
	assert_int_equal(parcel_extract(f->path, KIND, f->out, &sum, &e), RC_EXISTS);
	assert_int_equal(parcel_check(f->path, "other", &sum, &e), RC_REFUSED);
	assert_string_equal(e.key, "parcel.foreign");
	assert_int_equal(parcel_check(f->dir, KIND, &sum, &e) == RC_OK, false);
}

static void test_not_finished(void **state)
{
	struct fix *f = *state;
	struct parcel *p = NULL;
	struct os_names names;
	struct err e;
	char *gone = in_dir(f, "gone");

	make(f, f->path, false);
	assert_int_equal(parcel_new(&p, f->path, KIND, quiet, &e), RC_EXISTS);
	assert_int_equal(os_file_remove(f->path, NULL), RC_OK);
	assert_int_equal(parcel_new(&p, f->path, KIND, quiet, NULL), RC_OK);
	add(p, f, "a", span_str("x"));
	assert_int_equal(parcel_add(p, "b", gone, &e), RC_NOTFOUND);
	parcel_free(p);
	assert_int_equal(os_dir_list(f->dir, &names, NULL), RC_OK);
	assert_int_equal(names.n, 1); /* "from" */
	os_names_free(&names);
	free(gone);
}

/* Refused, and nothing of it lies in the folder. */
static void refused(const struct fix *f, struct span bytes, const char *what, size_t at)
{
	struct parcel_sum sum;
	enum rc rc;

	assert_int_equal(os_file_write(f->path, bytes, OS_REPLACE, NULL), RC_OK);
	rc = parcel_extract(f->path, KIND, f->out, &sum, NULL);
	if (rc != RC_CORRUPT && rc != RC_REFUSED)
		fail_msg("%s at %zu: %s", what, at, err_name(rc));
	assert_false(os_file_exists(f->out));
}

static void test_damage(void **state)
{
	struct fix *f = *state;
	struct buf whole, bad;

	make(f, f->path, false);
	buf_init(&whole, LIMIT_MIB);
	buf_init(&bad, LIMIT_MIB);
	assert_int_equal(os_file_read(f->path, &whole, NULL), RC_OK);
	for (size_t i = 0; i < whole.len; i++) {
		whole.p[i] ^= (uint8_t)(1U << (i % 8));
		refused(f, span_buf(&whole), "flipped", i);
		whole.p[i] ^= (uint8_t)(1U << (i % 8));
		refused(f, span_of(whole.p, i), "cut", i);
	}
	buf_add_span(&bad, span_buf(&whole));
	buf_add_char(&bad, '\n');
	refused(f, span_buf(&bad), "more", bad.len);
	buf_reset(&bad);
	buf_add_span(&bad, span_buf(&whole));
	buf_add_span(&bad, span_buf(&whole));
	refused(f, span_buf(&bad), "twice", bad.len);
	buf_free(&whole);
	buf_free(&bad);
}

/* A parcel of one empty file with any name, hashes right. */
static void forge(struct buf *out, const char *name)
{
	uint8_t hash[32];

	buf_reset(out);
	buf_addf(out, "kiemke-parcel 1 " KIND "\n+ 0 %s\n", name);
	crypt_sha256(NULL, 0, hash);
	for (size_t i = 0; i < 32; i++)
		buf_addf(out, "%02x", hash[i]);
	buf_add_char(out, '\n');
	crypt_sha256(out->p, out->len, hash);
	buf_add_str(out, ". 1 ");
	for (size_t i = 0; i < 32; i++)
		buf_addf(out, "%02x", hash[i]);
	buf_add_char(out, '\n');
}

static void test_names(void **state)
{
	static const char *const bad[] = {"",     "/a",   "../a", "a/../b", "a//b", "a/",  ".a",
					  "a/.b", "a\\b", "a b",  "ă",      "..",   "a/.."};
	struct fix *f = *state;
	struct parcel_sum sum;
	struct parcel *p = NULL;
	struct buf b;
	char name[300];

	buf_init(&b, LIMIT_KIB);
	forge(&b, "a/b.c");
	assert_int_equal(os_file_write(f->path, span_buf(&b), OS_REPLACE, NULL), RC_OK);
	assert_int_equal(parcel_check(f->path, KIND, &sum, NULL), RC_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		forge(&b, bad[i]);
		refused(f, span_buf(&b), bad[i], i);
	}
	memset(name, 'a', sizeof(name));
	name[PARCEL_NAME] = '\0';
	forge(&b, name);
	refused(f, span_buf(&b), "long", 0);
	assert_int_equal(os_file_remove(f->path, NULL), RC_OK);
	assert_int_equal(parcel_new(&p, f->path, KIND, quiet, NULL), RC_OK);
	assert_int_equal(parcel_add(p, "../a", f->path, NULL), RC_INTERNAL);
	parcel_free(p);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_round, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_not_finished, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_names, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
