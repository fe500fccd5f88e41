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

/* One that has its own name meanwhile is none any more. */
static enum rc remove_temp(const char *dir, const char *name, int64_t before_s, struct err *reterr)
{
	char *path = NULL;
	int64_t at = 0;
	enum rc rc = os_path_join(&path, dir, name, reterr);

	if (rc == RC_OK && before_s < INT64_MAX)
		rc = os_file_mtime(path, &at, reterr);
	if (rc == RC_OK && at < before_s)
		rc = os_file_remove(path, reterr);
	free(path);
	if (rc == RC_NOTFOUND) {
		err_clear(reterr);
		rc = RC_OK;
	}
	return rc;
}

static enum rc sweep(const char *dir, int64_t before_s, struct err *reterr)
{
	struct os_names names = {.name = NULL};
	enum rc rc = os_dir_exists(dir) ? os_dir_list(dir, &names, reterr) : RC_OK;

	for (size_t i = 0; rc == RC_OK && i < names.n; i++)
		if (is_temp(names.name[i]))
			rc = remove_temp(dir, names.name[i], before_s, reterr);
	os_names_free(&names);
	return rc;
}

enum rc sweep_old(const char *dir, const char *below, int64_t before_s, struct err *reterr)
{
	char *path = NULL;
	enum rc rc;

	if (!below)
		return sweep(dir, before_s, reterr);
	rc = os_path_join(&path, dir, below, reterr);
	if (rc == RC_OK)
		rc = sweep(path, before_s, reterr);
	free(path);
	return rc;
}

enum rc sweep_dir(const char *dir, const char *below, struct err *reterr)
{
	return sweep_old(dir, below, INT64_MAX, reterr);
}
