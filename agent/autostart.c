/*
 * autostart: see autostart.h. What the service may not do is limited to what works without
 * root and without namespaces of its own: an old kernel or a hardened one would not start it.
 */
#include "agent/autostart.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/crypt.h"
#include "lib/limits.h"
#include "lib/os.h"

enum { HASH_HEX = 4 };

static const char mark[] = "# kiemke autostart: written by `kiemke autostart --install`, which "
			   "also takes it away\n";
/* Before and after the line that starts the program. */
static const char head[] = "[Unit]\n"
			   "Description=kiemke: records are sent and received in the background\n"
			   "Documentation=man:kiemke(1)\n"
			   "StartLimitIntervalSec=0\n"
			   "\n"
			   "[Service]\n"
			   "Type=exec\n";
static const char tail[] = "Restart=on-failure\n"
			   "RestartSec=15\n"
			   "TimeoutStopSec=30\n"
			   "UMask=0077\n"
			   "LimitCORE=0\n"
			   "NoNewPrivileges=yes\n"
			   "LockPersonality=yes\n"
			   "MemoryDenyWriteExecute=yes\n"
			   "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n"
			   "RestrictNamespaces=yes\n"
			   "RestrictRealtime=yes\n"
			   "RestrictSUIDSGID=yes\n"
			   "SystemCallArchitectures=native\n"
			   "SystemCallFilter=@system-service\n"
			   "SystemCallErrorNumber=EPERM\n"
			   "\n"
			   "[Install]\n"
			   "WantedBy=default.target\n";

/* The folder the store has when nothing else is said: find_home of lib/op_cli. */
static bool is_default(const char *home)
{
	const char *data = os_env("XDG_DATA_HOME"), *user = os_env("HOME");
	char *share = NULL, *dir = NULL;
	bool same = false;

	if (!data && user && os_path_join(&share, user, ".local/share", NULL) == RC_OK)
		data = share;
	if (data && os_path_join(&dir, data, "kiemke", NULL) == RC_OK)
		same = strcmp(dir, home) == 0;
	free(share);
	free(dir);
	return same;
}

static void unit_name(const char *home, char ret[AUTOSTART_NAME])
{
	uint8_t hash[CRYPT_HASH_LEN];
	char hex[2 * HASH_HEX + 1];
	struct buf b;

	buf_init(&b, AUTOSTART_NAME);
	buf_add_str(&b, "kiemke");
	if (!is_default(home)) {
		crypt_sha256(home, strlen(home), hash);
		codec_hex(hash, HASH_HEX, hex);
		buf_add_char(&b, '-');
		buf_add_str(&b, hex);
	}
	buf_add_str(&b, ".service");
	memcpy(ret, b.p, b.len + 1);
	buf_free(&b);
}

/* systemd would read a line end as one, and a `$` in the program's own place as it stands. */
static enum rc check_path(const char *path, bool program, struct err *reterr)
{
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f || (program && *p == '$'))
			return err_set(reterr, RC_INPUT, NULL, "autostart.path", "path", path,
				       NULL);
	return RC_OK;
}

static enum rc place(struct autostart *a, struct err *reterr)
{
	const char *conf = os_env("XDG_CONFIG_HOME"), *user = os_env("HOME");
	char *below = NULL, *dir = NULL, *wants = NULL;
	enum rc rc = RC_OK;

	if (!conf && !user)
		return err_set(reterr, RC_USAGE, NULL, "autostart.no_home", NULL);
	if (!conf)
		rc = os_path_join(&below, user, ".config", reterr);
	if (rc == RC_OK)
		rc = os_path_join(&dir, conf ? conf : below, "systemd/user", reterr);
	if (rc == RC_OK)
		rc = os_path_join(&wants, dir, "default.target.wants", reterr);
	if (rc == RC_OK)
		rc = os_path_join(&a->path, dir, a->name, reterr);
	if (rc == RC_OK)
		rc = os_path_join(&a->link, wants, a->name, reterr);
	free(below);
	free(dir);
	free(wants);
	return rc;
}

enum rc autostart_for(const char *program_name, const char *home, struct autostart *ret,
		      struct err *reterr)
{
	struct autostart a = {.home = span_dup(span_str(home))};
	char *dir = NULL;
	enum rc rc = a.home ? os_program_dir(&dir, reterr)
			    : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		rc = os_path_join(&a.program, dir, program_name, reterr);
	if (rc == RC_OK)
		rc = check_path(a.program, true, reterr);
	if (rc == RC_OK)
		rc = check_path(a.home, false, reterr);
	if (rc == RC_OK) {
		unit_name(home, a.name);
		rc = place(&a, reterr);
	}
	free(dir);
	if (rc == RC_OK)
		*ret = a;
	else
		autostart_free(&a);
	return rc;
}

void autostart_free(struct autostart *a)
{
	free(a->program);
	free(a->home);
	free(a->path);
	free(a->link);
	*a = (struct autostart){0};
}

/* In quotes, as systemd.service(5) and systemd.unit(5) read it: `\`, `"`, `%`, and `$` in arguments. */
static void add_quoted(struct buf *out, const char *s, bool program)
{
	buf_add_char(out, '"');
	for (; *s; s++) {
		if (*s == '\\' || *s == '"')
			buf_add_char(out, '\\');
		if (*s == '%' || (*s == '$' && !program))
			buf_add_char(out, *s);
		buf_add_char(out, *s);
	}
	buf_add_char(out, '"');
}

enum rc autostart_unit(const struct autostart *a, struct buf *out, struct err *reterr)
{
	buf_add_str(out, mark);
	buf_add_str(out, head);
	buf_add_str(out, "ExecStart=");
	add_quoted(out, a->program, true);
	buf_add_str(out, " --home ");
	add_quoted(out, a->home, false);
	buf_add_str(out, " serve\n");
	buf_add_str(out, tail);
	return buf_check(out, reterr);
}

enum rc autostart_state(const struct autostart *a, enum own_file_state *ret, struct err *reterr)
{
	struct buf want;
	enum rc rc;

	buf_init(&want, OWN_FILE_MAX);
	rc = autostart_unit(a, &want, reterr);
	if (rc == RC_OK)
		rc = own_file_state(a->path, mark, span_buf(&want), ret, reterr);
	buf_free(&want);
	return rc;
}

enum rc autostart_write(const struct autostart *a, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, OWN_FILE_MAX);
	rc = autostart_unit(a, &b, reterr);
	if (rc == RC_OK)
		rc = own_file_write(a->path, mark, span_buf(&b), reterr);
	buf_free(&b);
	return rc;
}

enum rc autostart_remove(const struct autostart *a, struct err *reterr)
{
	enum rc rc = own_file_remove(a->path, mark, reterr);

	if (rc != RC_OK)
		return rc;
	rc = os_file_remove(a->link,
			    reterr); /* what systemd's disable leaves when it does not answer */
	if (rc != RC_NOTFOUND)
		return rc;
	err_clear(reterr);
	return RC_OK;
}
