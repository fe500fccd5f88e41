/*
 * shortcut: the icon that opens the clerk's page: a desktop entry (freedesktop.org) in the menu of
 * applications, which runs `kiemke serve --open`. Text and place of the file.
 */
#ifndef KK_AGENT_SHORTCUT_H
#define KK_AGENT_SHORTCUT_H

#include "agent/autostart.h"

extern const char shortcut_mark[]; /* its first line */

/* Below XDG_DATA_HOME or ~/.local/share; the caller frees. RC_USAGE "autostart.no_home". */
enum rc shortcut_path(const struct autostart *a, char **ret, struct err *reterr);
/* Append the file for the program and home of *a, its words in both languages. */
enum rc shortcut_text(const struct autostart *a, struct buf *out, struct err *reterr);

#endif
