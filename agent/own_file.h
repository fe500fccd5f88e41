/*
 * own_file: a file outside the store that this program wrote, beside those of others: known by its first
 * line, and no other file is ever touched. Not here: what is in it (autostart, shortcut).
 */
#ifndef KK_AGENT_OWN_FILE_H
#define KK_AGENT_OWN_FILE_H

#include "lib/buf.h"
#include "lib/err.h"

enum { OWN_FILE_MAX = 32768 }; /* bytes; what is larger is none of ours */

enum own_file_state {
	OWN_FILE_NONE,  /* no file */
	OWN_FILE_OTHER, /* one that is not ours: left alone */
	OWN_FILE_OLD,   /* ours, and not what would be written now */
	OWN_FILE_CURRENT
};

/* mark: the first line of ours, with its LF; want: the whole text of today's, which begins with it. */
enum rc own_file_state(const char *path, const char *mark, struct span want,
		       enum own_file_state *ret, struct err *reterr);
/* Write or renew it, with the folders above. RC_EXISTS "autostart.other" {path}. */
enum rc own_file_write(const char *path, const char *mark, struct span want, struct err *reterr);
/* None: RC_OK. RC_EXISTS "autostart.other" {path}. */
enum rc own_file_remove(const char *path, const char *mark, struct err *reterr);

#endif
