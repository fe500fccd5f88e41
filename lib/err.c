/*
 * err: fill, name and forget refusals. One table ties each rc to its stable name
 * and the exit status of a program (sysexits where one fits).
 * Not here: any sentence; lib/lang renders keys.
 */
#include "lib/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int status;
} err_table[RC_N] = {
    [RC_OK] = {"ok", 0},
    [RC_USAGE] = {"usage", 64},
    [RC_INPUT] = {"input", 65},
    [RC_REFUSED] = {"refused", 65},
    [RC_NOTFOUND] = {"notfound", 66},
    [RC_EXISTS] = {"exists", 73},
    [RC_CONFLICT] = {"conflict", 65},
    [RC_UNAVAILABLE] = {"unavailable", 69},
    [RC_REMOTE] = {"remote", 76},
    [RC_INTERNAL] = {"internal", 70},
    [RC_NOMEM] = {"nomem", 71},
    [RC_IO] = {"io", 74},
    [RC_FULL] = {"full", 74},
    [RC_BUSY] = {"busy", 75},
    [RC_LIMIT] = {"limit", 65},
    [RC_DENIED] = {"denied", 77},
    [RC_CORRUPT] = {"corrupt", 65},
};

/* Copy src into dst[cap], cut before the first character that does not fit whole. */
static void err_copy(char *dst, size_t cap, const char *src)
{
	size_t len = strlen(src);

	if (len >= cap) {
		len = cap - 1;
		while (len > 0 && ((unsigned char)src[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(dst, src, len);
	dst[len] = '\0';
}

static void err_begin(struct err *e, enum rc rc, const char *clause, const char *key)
{
	memset(e, 0, sizeof(*e));
	e->rc = rc;
	err_copy(e->clause, sizeof(e->clause), clause ? clause : "");
	err_copy(e->key, sizeof(e->key), key ? key : "");
}

enum rc err_set(struct err *e, enum rc rc, const char *clause, const char *key, ...)
{
	va_list ap;
	const char *name;

	if (!e)
		return rc;
	/* A value may be borrowed from *e itself, so it is filled aside. */
	struct err fresh;
	err_begin(&fresh, rc, clause, key);
	va_start(ap, key);
	while ((name = va_arg(ap, const char *)) != NULL) {
		const char *val = va_arg(ap, const char *);
		err_add(&fresh, name, val);
	}
	va_end(ap);
	*e = fresh;
	return rc;
}

enum rc err_num(struct err *e, enum rc rc, const char *clause, const char *key, const char *name,
		long long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", value);
	return err_set(e, rc, clause, key, name, text, NULL);
}

void err_add(struct err *e, const char *name, const char *value)
{
	if (!e || e->nargs >= ERR_ARGS || !name)
		return;
	struct err_arg *a = &e->arg[e->nargs++];
	err_copy(a->name, sizeof(a->name), name);
	err_copy(a->val, sizeof(a->val), value ? value : "");
}

const char *err_arg(const struct err *e, const char *name)
{
	for (int i = 0; e && i < e->nargs; i++)
		if (strcmp(e->arg[i].name, name) == 0)
			return e->arg[i].val;
	return NULL;
}

const char *err_name(enum rc rc)
{
	return (unsigned)rc < RC_N ? err_table[rc].name : "internal";
}

int err_exit(enum rc rc)
{
	return (unsigned)rc < RC_N ? err_table[rc].status : err_table[RC_INTERNAL].status;
}

void err_clear(struct err *e)
{
	if (e)
		memset(e, 0, sizeof(*e));
}
