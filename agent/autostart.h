/*
 * autostart: the systemd user unit that runs `kiemke serve` whenever this user is logged in, so
 * that nobody has to think of sending. Text and place of the file; it is known by its first line,
 * and no other file is ever touched. Never needs root. Not here: asking systemd (op_autostart).
 */
#ifndef KK_AGENT_AUTOSTART_H
#define KK_AGENT_AUTOSTART_H

#include <stdbool.h>

#include "agent/own_file.h"
#include "lib/buf.h"
#include "lib/err.h"

enum { AUTOSTART_NAME = 32 }; /* bytes of a unit's name, with the NUL */

struct autostart {
	char *program, *home; /* absolute paths the unit names */
	char name
	    [AUTOSTART_NAME]; /* "kiemke.service"; of another home than the default "kiemke-XXXXXXXX.service" */
	char *path; /* of the unit file, below XDG_CONFIG_HOME or ~/.config */
	char *link; /* where systemd's enable puts a link to it */
};

/*
 * For this program and a store's folder (absolute). Free with autostart_free. RC_INPUT "autostart.path" {path}: a
 * path no unit file can name; RC_USAGE "autostart.no_home": neither XDG_CONFIG_HOME nor HOME.
 */
enum rc autostart_for(const char *program_name, const char *home, struct autostart *ret,
		      struct err *reterr);
void autostart_free(struct autostart *a);

/* Append the unit file. */
enum rc autostart_unit(const struct autostart *a, struct buf *out, struct err *reterr);

enum rc autostart_state(const struct autostart *a, enum own_file_state *ret, struct err *reterr);
/* Write or renew the file. RC_EXISTS "autostart.other" {path}. */
enum rc autostart_write(const struct autostart *a, struct err *reterr);
/* Remove the file and the link to it. RC_EXISTS "autostart.other" {path}; none: RC_OK. */
enum rc autostart_remove(const struct autostart *a, struct err *reterr);

#endif
