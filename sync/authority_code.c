/*
 * authority_code: what two people read to each other: fingerprints of keys and enrolment
 * codes. Clauses K11, K12. Not here: who may try how often, storing hashes.
 */
#include "sync/authority.h"

#include <stdio.h>
#include <string.h>

#include "lib/codec.h"

enum { CODE_CHARS = 12, CODE_GROUP = 4, GROUP_DIGITS = 5 };

/* Crockford's digits: no I, L, O, U. */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void authority_fingerprint(const uint8_t pk[CRYPT_PK_LEN], char ret[AUTHORITY_FINGERPRINT])
{
	static const char prefix[] = "kiemke fingerprint"; /* its NUL is hashed too */
	uint8_t h[CRYPT_HASH_LEN];
	unsigned n[4];

	crypt_sha256_2(span_of(prefix, sizeof(prefix)), span_of(pk, CRYPT_PK_LEN), h);
	for (size_t i = 0; i < 4; i++)
		n[i] = codec_get_be32(h + 4 * i) % 100000U;
	snprintf(ret, AUTHORITY_FINGERPRINT, "%05u %05u %05u %05u", n[0], n[1], n[2], n[3]);
}

bool authority_fingerprint_begins(const uint8_t pk[CRYPT_PK_LEN], const char *typed)
{
	char fingerprint[AUTHORITY_FINGERPRINT];
	const char *f = fingerprint;
	size_t n = 0;

	authority_fingerprint(pk, fingerprint);
	for (; *typed; typed++) {
		if (*typed == ' ')
			continue;
		f += *f == ' ';
		if (*f++ != *typed)
			return false;
		n++;
	}
	return n >= GROUP_DIGITS;
}

/* Twelve characters in three groups. */
static void grouped(const char c[CODE_CHARS], char ret[AUTHORITY_CODE])
{
	size_t at = 0;

	for (size_t i = 0; i < CODE_CHARS; i++) {
		if (i > 0 && i % CODE_GROUP == 0)
			ret[at++] = '-';
		ret[at++] = c[i];
	}
	ret[at] = '\0';
}

void authority_code_new(char ret[AUTHORITY_CODE])
{
	uint8_t random[CODE_CHARS];
	char c[CODE_CHARS];

	crypt_random(random, sizeof(random));
	for (size_t i = 0; i < CODE_CHARS; i++)
		c[i] = digits[random[i] & 31];
	grouped(c, ret);
	crypt_wipe(random, sizeof(random));
	crypt_wipe(c, sizeof(c));
}

/* The digit a typed character stands for; NUL for none. */
static char digit(uint8_t typed)
{
	char c = typed >= 'a' && typed <= 'z' ? (char)(typed - 'a' + 'A') : (char)typed;

	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	return c != '\0' && strchr(digits, c) ? c : '\0';
}

bool authority_code_read(struct span typed, char ret[AUTHORITY_CODE])
{
	char c[CODE_CHARS];
	size_t n = 0;

	for (size_t i = 0; i < typed.len; i++) {
		bool between = n > 0 && n < CODE_CHARS && n % CODE_GROUP == 0;
		if (typed.p[i] == '-' && between && typed.p[i - 1] != '-')
			continue;
		if (n == CODE_CHARS || (c[n] = digit(typed.p[i])) == '\0')
			return false;
		n++;
	}
	if (n != CODE_CHARS)
		return false;
	grouped(c, ret);
	return true;
}

void authority_code_hash(const char *scope, const char code[AUTHORITY_CODE], uint8_t ret[32])
{
	static const char prefix[] = "kiemke code"; /* its NUL is hashed too */
	struct crypt_sha256 h;

	crypt_sha256_init(&h);
	crypt_sha256_add(&h, prefix, sizeof(prefix));
	crypt_sha256_add(&h, scope, strlen(scope) + 1);
	for (const char *c = code; *c; c++)
		if (*c != '-')
			crypt_sha256_add(&h, c, 1);
	crypt_sha256_end(&h, ret);
}
