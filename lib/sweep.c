/*
 * sweep: see sweep.h.
 */
#include "lib/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "lib/os.h"

enum { TAIL_LEN = sizeof(OS_TEMP_TAIL) - 1, TAIL_FIXED = sizeof(".new-") - 1 };

static const char alphanumeric[] =
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"; /* what mkstemp puts there */

static bool is_temp(const char *name)
{
	size_t len = strlen(name);

	return len > TAIL_LEN && memcmp(name + len - TAIL_LEN, OS_TEMP_TAIL, TAIL_FIXED) == 0 &&
	       strspn(name + len - TAIL_LEN + TAIL_FIXED, alphanumeric) == TAIL_LEN - TAIL_FIXED;
}

static enum rc remove_temp(const char *dir, const char *name, struct err *reterr)
{
	char *path = NULL;
	enum rc rc = os_path_join(&path, dir, name, reterr);

	if (rc == RC_OK)
		rc = os_file_remove(path, reterr);
	free(path);
	return rc;
}

static enum rc sweep(const char *dir, struct err *reterr)
{
	struct os_names names = {.name = NULL};
	enum rc rc = os_dir_exists(dir) ? os_dir_list(dir, &names, reterr) : RC_OK;

	for (size_t i = 0; rc == RC_OK && i < names.n; i++)
		if (is_temp(names.name[i]))
			rc = remove_temp(dir, names.name[i], reterr);
	os_names_free(&names);
	return rc;
}

enum rc sweep_dir(const char *dir, const char *below, struct err *reterr)
{
	char *path = NULL;
	enum rc rc;

	if (!below)
		return sweep(dir, reterr);
	rc = os_path_join(&path, dir, below, reterr);
	if (rc == RC_OK)
		rc = sweep(path, reterr);
	free(path);
	return rc;
}
