/*
 * rng: splitmix64 (Steele, Lea, Flood 2014), which needs no state but a counter and
 * gives independent streams for neighbouring seeds. Not for secrets.
 */
#include "tests/support/rng.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

uint64_t rng_seed(uint64_t otherwise)
{
	const char *text = getenv("SEED");
	uint64_t seed = text && *text ? strtoull(text, NULL, 10) : otherwise;

	print_message("SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

struct rng rng_case(uint64_t seed, uint64_t number)
{
	struct rng a = {seed}, b = {number};

	return (struct rng){rng_next(&a) ^ (rng_next(&b) << 1)};
}

size_t rng_below(struct rng *r, size_t n)
{
	return (size_t)(rng_next(r) % n);
}

bool rng_one_in(struct rng *r, size_t n)
{
	return rng_below(r, n) == 0;
}

void rng_bytes(struct rng *r, uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(rng_next(r) >> 24);
}

void rng_shuffle(struct rng *r, size_t *v, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = rng_below(r, i), swap = v[i - 1];
		v[i - 1] = v[j];
		v[j] = swap;
	}
}
