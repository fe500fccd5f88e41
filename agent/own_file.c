/*
 * own_file: see own_file.h.
 */
#include "agent/own_file.h"

#include <stdlib.h>

#include "lib/os.h"

enum rc own_file_state(const char *path, const char *mark, struct span want,
		       enum own_file_state *ret, struct err *reterr)
{
	struct buf is;
	enum rc rc;

	if (!os_file_exists(path)) {
		*ret = OWN_FILE_NONE;
		return RC_OK;
	}
	buf_init(&is, OWN_FILE_MAX);
	rc = os_file_read(path, &is, reterr);
	if (rc == RC_OK && span_eq(span_buf(&is), want))
		*ret = OWN_FILE_CURRENT;
	else if (rc == RC_OK)
		*ret = span_starts(span_buf(&is), mark) ? OWN_FILE_OLD : OWN_FILE_OTHER;
	else if (rc == RC_LIMIT) { /* larger than any of ours */
		*ret = OWN_FILE_OTHER;
		err_clear(reterr);
		rc = RC_OK;
	}
	buf_free(&is);
	return rc;
}

static enum rc is_ours(const char *path, const char *mark, struct span want,
		       enum own_file_state *ret, struct err *reterr)
{
	enum rc rc = own_file_state(path, mark, want, ret, reterr);

	if (rc == RC_OK && *ret == OWN_FILE_OTHER)
		rc = err_set(reterr, RC_EXISTS, NULL, "autostart.other", "path", path, NULL);
	return rc;
}

enum rc own_file_write(const char *path, const char *mark, struct span want, struct err *reterr)
{
	enum own_file_state s;
	char *dir = NULL;
	enum rc rc = is_ours(path, mark, want, &s, reterr);

	if (rc != RC_OK || s == OWN_FILE_CURRENT)
		return rc;
	rc = os_path_dir(&dir, path, reterr);
	if (rc == RC_OK)
		rc = os_dir_make(dir, reterr);
	if (rc == RC_OK)
		rc = os_file_write(path, want, OS_REPLACE, reterr);
	free(dir);
	return rc;
}

enum rc own_file_remove(const char *path, const char *mark, struct err *reterr)
{
	enum own_file_state s;
	enum rc rc = is_ours(path, mark, span_of(NULL, 0), &s, reterr);

	return rc == RC_OK && s != OWN_FILE_NONE ? os_file_remove(path, reterr) : rc;
}
