/*
 * rng: reproducible random numbers for property tests. rng_seed prints SEED=… so that a
 * failing run can be repeated with the same environment variable.
 */
#ifndef KK_TESTS_SUPPORT_RNG_H
#define KK_TESTS_SUPPORT_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

/* Seed from the environment variable SEED, else `otherwise`; printed either way. */
uint64_t rng_seed(uint64_t otherwise);
/* The generator of one case: cases are independent, so a case can be repeated alone. */
struct rng rng_case(uint64_t seed, uint64_t number);
uint64_t rng_next(struct rng *r);
/* 0 .. n-1; n > 0. */
size_t rng_below(struct rng *r, size_t n);
/* True in one of n. */
bool rng_one_in(struct rng *r, size_t n);
void rng_bytes(struct rng *r, uint8_t *p, size_t len);
/* Shuffle n indexes. */
void rng_shuffle(struct rng *r, size_t *v, size_t n);

#endif
