/*
 * os_posix_late: a shared library that is loaded when something of it is first needed (os_late of lib/os.h).
 * Does NOT search: the name is the one a linker would have written into the program.
 */
#include "lib/os.h"

#include <dlfcn.h>
#include <string.h>

bool os_late(const char *so, const char *const *name, size_t n, void *retcalls)
{
	void *lib = dlopen(so, RTLD_NOW | RTLD_LOCAL);
	char *to = retcalls;

	for (size_t i = 0; lib && i < n; i++) {
		void *call = dlsym(lib, name[i]);

		if (!call)
			return false;
		memcpy(to + i * sizeof(call), &call, sizeof(call)); /* POSIX: as large as a pointer to a function */
	}
	return lib != NULL;
}
