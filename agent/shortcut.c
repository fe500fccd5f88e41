/*
 * shortcut: see shortcut.h.
 */
#include "agent/shortcut.h"

#include <stdlib.h>
#include <string.h>

#include "lib/lang.h"
#include "lib/limits.h"
#include "lib/os.h"

enum { SUFFIX = sizeof(".service") - 1 };

const char shortcut_mark[] =
    "# kiemke shortcut: written by `kiemke autostart --install`, which also takes it away\n";

enum rc shortcut_path(const struct autostart *a, char **ret, struct err *reterr)
{
	const char *data = os_env("XDG_DATA_HOME"), *user = os_env("HOME");
	char *share = NULL, *dir = NULL;
	struct buf name;
	enum rc rc = RC_OK;

	if (!data && !user)
		return err_set(reterr, RC_USAGE, NULL, "autostart.no_home", NULL);
	buf_init(&name, LIMIT_PATH);
	buf_add(&name, a->name, strlen(a->name) - SUFFIX);
	buf_add_str(&name, ".desktop");
	rc = buf_check(&name, reterr);
	if (rc == RC_OK && !data)
		rc = os_path_join(&share, user, ".local/share", reterr);
	if (rc == RC_OK)
		rc = os_path_join(&dir, data ? data : share, "applications", reterr);
	if (rc == RC_OK)
		rc = os_path_join(ret, dir, (const char *)name.p, reterr);
	free(share);
	free(dir);
	buf_free(&name);
	return rc;
}

/*
 * An argument of Exec: in quotes, where `"`, a back quote, `$` and `\` take a back slash, which the
 * string around it doubles; `%` is doubled.
 */
static void add_quoted(struct buf *out, const char *s)
{
	buf_add_char(out, '"');
	for (; *s; s++) {
		if (*s == '\\')
			buf_add_str(out, "\\\\\\");
		else if (*s == '"' || *s == '`' || *s == '$')
			buf_add_str(out, "\\\\");
		else if (*s == '%')
			buf_add_char(out, '%');
		buf_add_char(out, *s);
	}
	buf_add_char(out, '"');
}

static enum rc add_words(struct buf *out, const char *name, const char *suffix, struct err *reterr)
{
	struct lang *lang = NULL;
	enum rc rc = lang_load(name, &lang, reterr);

	if (rc != RC_OK)
		return rc;
	buf_addf(out, "Name%s=%s\n", suffix, lang_text(lang, "page.product"));
	buf_addf(out, "Comment%s=%s\n", suffix, lang_text(lang, "shortcut.comment"));
	lang_free(lang);
	return RC_OK;
}

enum rc shortcut_text(const struct autostart *a, struct buf *out, struct err *reterr)
{
	enum rc rc;

	buf_add_str(out, shortcut_mark);
	buf_add_str(out, "[Desktop Entry]\nType=Application\nVersion=1.0\n");
	rc = add_words(out, "vi", "", reterr);
	if (rc == RC_OK)
		rc = add_words(out, "en", "[en]", reterr);
	buf_add_str(out, "Exec=");
	add_quoted(out, a->program);
	buf_add_str(out, " --home ");
	add_quoted(out, a->home);
	buf_add_str(
	    out, " serve --open\nIcon=x-office-spreadsheet\nTerminal=false\nCategories=Office;\n");
	return rc == RC_OK ? buf_check(out, reterr) : rc;
}
