/*
 * enrolment_lines: whole feeds in log order, for the answer to an enrolment (P25).
 * Does NOT choose by verdict: a feed with holes would look like withholding (A13).
 */
#include "server-stub/enrolment_lines.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"

struct found {
	int64_t index;
	char *line;
};
struct lines {
	const char *scope; /* NULL: every scope */
	struct found *f;
	size_t n, cap;
	bool nomem;
};

static bool take(void *arg, const struct archive_row *row)
{
	struct lines *l = arg;
	struct buf b;

	if (l->scope && strcmp(row->scope, l->scope) != 0)
		return true;
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		void *grown = realloc(l->f, cap * sizeof(*l->f));

		if (!grown) {
			l->nomem = true;
			return false;
		}
		l->f = grown;
		l->cap = cap;
	}
	buf_init(&b, LIMIT_ENTRY_STUB + 1);
	archive_read_line(row, &b);
	l->f[l->n].index = row->index;
	l->f[l->n].line = buf_take(&b, NULL);
	l->nomem = l->f[l->n++].line == NULL;
	return !l->nomem;
}

static int by_index(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

static enum rc collect(struct archive_reader *r, const struct keyring *k, struct lines *l,
		       const char *scope, struct err *reterr)
{
	struct keyring_key key;
	enum rc rc = r->key_rows(r->ctx, keyring_root(k), take, l, reterr);

	l->scope = scope;
	for (size_t i = 0; rc == RC_OK && !l->nomem && keyring_at(k, i, &key); i++)
		if (key.role == ROLE_REGISTRAR)
			rc = r->key_rows(r->ctx, key.key, take, l, reterr);
	if (rc == RC_OK && l->nomem)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	return rc;
}

enum rc enrolment_lines(struct collector *col, const struct keyring *k, const char *scope,
			struct json **ret, struct err *reterr)
{
	struct lines l = {.scope = NULL};
	struct archive_reader *r = NULL;
	struct json *all = json_array();
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = collect(r, k, &l, scope, reterr);
	archive_read_end(col->archive, r);
	if (rc == RC_OK && l.n > 0)
		qsort(l.f, l.n, sizeof(*l.f), by_index);
	for (size_t i = 0; i < l.n; i++) {
		json_append_str(all, l.f[i].line);
		free(l.f[i].line);
	}
	free(l.f);
	if (rc == RC_OK)
		*ret = all;
	else
		json_free(all);
	return rc;
}
