/*
 * replay_main: runs a fuzz harness without libFuzzer.
 *
 * Feeds every file of the corpus folder given as argument to
 * LLVMFuzzerTestOneInput, then a fixed number of seeded mutations of each, so
 * that every ordinary test run re-plays old crashes on any compiler. SEED= and
 * ROUNDS= in the environment change the mutations. It finds nothing new by
 * coverage: that is what the fuzz preset is for.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 1 << 16, ROUNDS_DEFAULT = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* xorshift64: small, and the same on every machine. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t env_number(const char *name, uint64_t fallback)
{
	const char *s = getenv(name);

	return s != NULL ? strtoull(s, NULL, 10) : fallback;
}

/* Read one file whole; bytes past INPUT_MAX are left out. Returns false when it cannot be read. */
static int read_input(const char *path, uint8_t *data, size_t *retlen)
{
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		return 0;
	*retlen = fread(data, 1, INPUT_MAX, f);
	(void)fclose(f);
	return 1;
}

/* Change 1 to 4 places: flip a bit, overwrite a byte, cut the tail or repeat a piece. */
static size_t mutate(uint8_t *data, size_t len, uint64_t *rnd)
{
	for (uint64_t n = 1 + next_random(rnd) % 4; n > 0 && len > 0; n--) {
		size_t at = (size_t)(next_random(rnd) % len);
		size_t piece;

		switch (next_random(rnd) % 4) {
		case 0: data[at] = (uint8_t)(data[at] ^ (1U << next_random(rnd) % 8)); break;
		case 1: data[at] = (uint8_t)next_random(rnd); break;
		case 2: len = at; break;
		default:
			piece = (size_t)(next_random(rnd) % 16);
			if (at + piece < len && len + piece <= INPUT_MAX) {
				memmove(data + at + piece, data + at, len - at);
				len += piece;
			}
			break;
		}
	}
	return len;
}

/* Exact-size heap copy, so that the sanitizer sees a read one byte past the end. */
static void run_one(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, data, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

int main(int argc, char **argv)
{
	static uint8_t orig[INPUT_MAX], work[INPUT_MAX];
	uint64_t seed = env_number("SEED", 20261123), rounds = env_number("ROUNDS", ROUNDS_DEFAULT);
	unsigned files = 0;
	struct dirent *ent;
	char path[1024];
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;

	if (dir == NULL) {
		(void)fprintf(stderr, "usage: %s CORPUS-FOLDER (it must exist)\n", argv[0]);
		return 1;
	}
	while ((ent = readdir(dir)) != NULL) {
		uint64_t rnd = seed | 1;
		size_t len;

		if (ent->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", argv[1], ent->d_name);
		if (!read_input(path, orig, &len))
			continue;
		files++;
		run_one(orig, len);
		for (uint64_t i = 0; i < rounds; i++) {
			memcpy(work, orig, len);
			run_one(work, mutate(work, len, &rnd));
		}
	}
	(void)closedir(dir);
	if (files == 0) {
		(void)fprintf(stderr, "%s: no file in %s\n", argv[0], argv[1]);
		return 1;
	}
	(void)printf("ok 1 - %u files, %llu mutations each, SEED=%llu\n", files,
	             (unsigned long long)rounds, (unsigned long long)seed);
	return 0;
}
