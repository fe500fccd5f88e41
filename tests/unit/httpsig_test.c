/*
 * httpsig_test: signing and reading requests: round trips, the window of the clock, and
 * that no flipped bit of headers or request gets through. Byte-exact values and
 * refusals are in tests/vectors/protocol.json.
 * clause: P2 P3 P4 P5
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/num.h"
#include "sync/httpsig.h"
#include "tests/support/rng.h"

enum { HEADER_MAX = 1024, TEXT = 64, CREATED = 1795054267 };

struct signing {
	struct crypt_signer *key;
	struct buf input, signature;
	struct httpsig_req r;
};

static int setup(void **state)
{
	struct signing *s = calloc(1, sizeof(*s));
	uint8_t seed[CRYPT_SEED_LEN] = {5};

	if (!s || crypt_init(NULL) != RC_OK || crypt_signer_seed(seed, &s->key, NULL) != RC_OK)
		return -1;
	buf_init(&s->input, HEADER_MAX);
	buf_init(&s->signature, HEADER_MAX);
	s->r = (struct httpsig_req){.method = "PATCH",
				    .authority = "collector.example",
				    .path = "/v1/blobs/00",
				    .query = "x=1",
				    .digest = "sha-256=:AA==:",
				    .upload_offset = "0"};
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct signing *s = *state;

	crypt_signer_free(s->key);
	buf_free(&s->input);
	buf_free(&s->signature);
	free(s);
	return 0;
}

static void sign(struct signing *s, const struct httpsig_req *r, int64_t created)
{
	const uint8_t nonce[HTTPSIG_NONCE] = {1, 2, 3};

	buf_reset(&s->input);
	buf_reset(&s->signature);
	assert_int_equal(httpsig_sign(r, s->key, created, nonce, &s->input, &s->signature, NULL),
			 RC_OK);
}

static enum rc check(const struct signing *s, const struct httpsig_req *r, struct err *err)
{
	struct httpsig got;
	enum rc rc = httpsig_parse(span_buf(&s->input), span_buf(&s->signature), r, &got, err);

	return rc == RC_OK ? httpsig_verify(&got, r, err) : rc;
}

/* RFC 9530, appendix B.1. */
static void digest_of_the_rfc(void **state)
{
	char text[HTTPSIG_DIGEST_LEN];

	(void)state;
	httpsig_digest(span_str("{\"hello\": \"world\"}\n"), text);
	assert_string_equal(text, "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
}

/* Every mix of body and offset goes round, and is not the signature of another mix. */
static void round_trips(void **state)
{
	struct signing *s = *state;
	struct err err;

	for (unsigned made = 0; made < 4; made++)
		for (unsigned seen = 0; seen < 4; seen++) {
			struct httpsig_req a = s->r, b = s->r;

			a.digest = made & 1 ? a.digest : NULL;
			a.upload_offset = made & 2 ? a.upload_offset : NULL;
			b.digest = seen & 1 ? b.digest : NULL;
			b.upload_offset = seen & 2 ? b.upload_offset : NULL;
			sign(s, &a, CREATED);
			assert_int_equal(check(s, &b, &err), made == seen ? RC_OK : RC_REFUSED);
			if (made != seen)
				assert_string_equal(err.clause, "P3");
		}
	sign(s, &s->r, 0);
	assert_int_equal(check(s, &s->r, &err), RC_OK);
	sign(s, &s->r, NUM_SAFE_MAX);
	assert_int_equal(check(s, &s->r, &err), RC_OK);
}

/* The host may be written in any case; nothing else may. clause: P3 P4 */
static void case_of_the_authority(void **state)
{
	struct signing *s = *state;
	struct httpsig_req other = s->r;
	struct err err;

	other.authority = "Collector.EXAMPLE";
	sign(s, &other, CREATED);
	assert_int_equal(check(s, &s->r, &err), RC_OK);
	other.authority = "Collector.EXAMPLE:443";
	assert_int_equal(check(s, &other, &err), RC_OK);
	other.plain = true;
	assert_int_equal(check(s, &other, &err), RC_REFUSED);
	other.authority = "collector.example:80";
	assert_int_equal(check(s, &other, &err), RC_OK);
	other.path = "/V1/blobs/00";
	assert_int_equal(check(s, &other, &err), RC_REFUSED);
	assert_string_equal(err.clause, "P4");
}

/* clause: P5 */
static void clock_window(void **state)
{
	struct httpsig s = {.created = CREATED};
	struct err err;

	(void)state;
	assert_int_equal(httpsig_fresh(&s, CREATED, &err), RC_OK);
	assert_int_equal(httpsig_fresh(&s, CREATED - HTTPSIG_WINDOW_S, &err), RC_OK);
	assert_int_equal(httpsig_fresh(&s, CREATED + HTTPSIG_WINDOW_S, &err), RC_OK);
	assert_int_equal(httpsig_fresh(&s, CREATED - HTTPSIG_WINDOW_S - 1, &err), RC_REFUSED);
	assert_int_equal(httpsig_fresh(&s, CREATED + HTTPSIG_WINDOW_S + 1, &err), RC_REFUSED);
	assert_string_equal(err.clause, "P5");
	assert_string_equal(err.key, "httpsig.clock");
	assert_string_equal(err_arg(&err, "now"), "1795054568");
	s.created = NUM_SAFE_MAX;
	assert_int_equal(httpsig_fresh(&s, CREATED, &err), RC_REFUSED);
	s.created = 0;
	assert_int_equal(httpsig_fresh(&s, CREATED, &err), RC_REFUSED);
}

/* Each bit of both headers. clause: P3 P4 */
static void every_flipped_bit_of_a_header(void **state)
{
	struct signing *s = *state;
	struct err err;

	sign(s, &s->r, CREATED);
	assert_int_equal(check(s, &s->r, &err), RC_OK);
	struct buf *const part[2] = {&s->input, &s->signature};
	for (size_t i = 0; i < 2; i++)
		for (size_t bit = 0; bit < 8 * part[i]->len; bit++) {
			part[i]->p[bit / 8] ^= (uint8_t)(1U << bit % 8);
			if (check(s, &s->r, &err) != RC_REFUSED)
				fail_msg("header %zu: bit %zu counts for nothing", i, bit);
			part[i]->p[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
	/* cut anywhere */
	for (size_t i = 0; i < 2; i++)
		for (size_t len = part[i]->len; part[i]->len-- > 0;) {
			assert_int_equal(check(s, &s->r, &err), RC_REFUSED);
			assert_string_equal(err.clause, "P3");
			if (part[i]->len == 0) {
				part[i]->len = len;
				break;
			}
		}
}

/* Random bytes changed in the request that was signed. clause: P4 */
static void every_change_of_a_request(void **state)
{
	struct signing *s = *state;
	uint64_t seed = rng_seed(20261123);

	sign(s, &s->r, CREATED);
	for (uint64_t i = 0; i < 2000; i++) {
		const char *const from[6] = {s->r.method, s->r.authority, s->r.path,
					     s->r.query,  s->r.digest,    s->r.upload_offset};
		struct rng rng = rng_case(seed, i);
		size_t which = rng_below(&rng, 6), len = strlen(from[which]);
		char text[TEXT];
		struct httpsig_req bad = s->r;
		const char **const to[6] = {&bad.method, &bad.authority, &bad.path,
					    &bad.query,  &bad.digest,    &bad.upload_offset};
		struct err err;

		memcpy(text, from[which], len + 1);
		size_t at = rng_below(&rng, len);
		text[at] = (char)(text[at] ^ (1 << rng_below(&rng, 8)));
		*to[which] = text;
		bool only_case = which == 1 && text[at] >= 'A' && text[at] <= 'Z' &&
				 (text[at] | 0x20) == from[which][at];
		if (check(s, &bad, &err) != (only_case ? RC_OK : RC_REFUSED))
			fail_msg("case %llu: %s", (unsigned long long)i, text);
	}
}

/* What does not fit is an error of ours, not a signature. */
static void headers_have_a_ceiling(void **state)
{
	struct signing *s = *state;
	const uint8_t nonce[HTTPSIG_NONCE] = {0};
	char *path = malloc(32768);
	struct buf small;
	struct err err;

	assert_non_null(path);
	memset(path, '/', 32767);
	path[32767] = '\0';
	s->r.path = path;
	assert_int_equal(httpsig_sign(&s->r, s->key, CREATED, nonce, &s->input, &s->signature,
				      &err),
			 RC_LIMIT);
	assert_int_equal(s->input.len, 0);
	s->r.path = "/";
	buf_init(&small, 16);
	assert_int_equal(httpsig_sign(&s->r, s->key, CREATED, nonce, &small, &s->signature, &err),
			 RC_LIMIT);
	buf_free(&small);
	free(path);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(digest_of_the_rfc),
	    T(round_trips),
	    T(case_of_the_authority),
	    T(clock_window),
	    T(every_flipped_bit_of_a_header),
	    T(every_change_of_a_request),
	    T(headers_have_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
