/*
 * verifies: put in front of libsodium (LD_PRELOAD) to count Ed25519 checks of a running program.
 * The count is the first eight bytes of the file named by KK_VERIFIES, in the machine's order, so
 * that it can be read meanwhile. bench.py compiles it; it is part of no program.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef int verify_fn(const unsigned char *sig, const unsigned char *m, unsigned long long len,
		      const unsigned char *pk);

verify_fn crypto_sign_verify_detached;

static _Atomic long long *count;
static verify_fn *real;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("KK_VERIFIES");
	int fd = path ? open(path, O_RDWR | O_CREAT, 0600) : -1;
	void *at = MAP_FAILED, *found = dlsym(RTLD_NEXT, "crypto_sign_verify_detached");

	if (fd >= 0 && ftruncate(fd, sizeof(*count)) == 0)
		at = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED || !found)
		abort();
	memcpy(&real, &found, sizeof(real)); /* ISO C has no cast from data to function */
	count = at;
	close(fd);
}

int crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m,
				unsigned long long len, const unsigned char *pk)
{
	atomic_fetch_add(count, 1);
	return real(sig, m, len, pk);
}
