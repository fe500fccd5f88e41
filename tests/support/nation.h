/*
 * nation: a whole country's records out of a seed: every commune of a catalogue with its places, assets
 * and clerks, week after week of visits, equipment checks and statements, with what goes wrong in
 * life: late and missing statements, two values, corrections, a key revoked while its PC goes on.
 *
 * The same seed, keys and catalogue give the same records. Knows no collector: who uses it
 * sequences what it is given, in that order, and tells the checkpoint that the PCs have seen.
 */
#ifndef KK_TESTS_SUPPORT_NATION_H
#define KK_TESTS_SUPPORT_NATION_H

#include "lib/text.h"
#include "tests/support/herd.h"
#include "tests/support/rng.h"

enum { NATION_PLACES = 20, NATION_ASSETS = 25, NATION_WEEKS = 10 };

struct nation_counts {
	int64_t records, statements, late, returned, corrected, visits, lines, surplus, handled;
	int64_t differing; /* fields of places with two values, not settled */
	int64_t held;      /* records by a revoked key */
	int64_t never, silent; /* communes without a PC; whose PC went silent */
};

struct nation_unit;

struct nation {
	uint64_t seed;
	size_t often;
	struct crypt_signer *registrar, *verifier; /* borrowed */
	struct nation_unit *unit;
	size_t n, cap;
	int64_t seen_size; /* newest checkpoint that PCs have seen, and what a revocation names */
	uint8_t seen_root[CRYPT_HASH_LEN];
	void (*take)(void *ctx, struct entry *e); /* takes it over */
	void *ctx;
	struct nation_counts counts;
};

/* No communes yet. often: how many times as many have a rare fate (a small sample has some, too). */
void nation_init(struct nation *n, uint64_t seed, size_t often);
void nation_free(struct nation *n);
/* Add a commune; ends the program when there is no memory. */
void nation_add(struct nation *n, const char *code);
/* Commune i begins: certs, its register. Week 0 to NATION_WEEKS - 1 of it. */
void nation_begin(struct nation *n, size_t i);
void nation_week(struct nation *n, size_t i, unsigned week);
/* "2026-W39" for week 0; unix s of its Monday. */
void nation_week_name(unsigned week, char ret[TEXT_WEEK_LEN]);
int64_t nation_monday(unsigned week);

#endif
