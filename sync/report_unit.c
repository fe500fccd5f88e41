/*
 * report_unit: the communes of a catalogue, and which one a place belongs to. Clause R3.
 *
 * The file is the one an entry of kind catalogue names: columns by name, remarks (#) above.
 * Names are as it has them; codes are text. Not here: which file (report_read.c).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/csv.h"
#include "sync/report_part.h"

enum { UNITS_MAX = 20000 };
enum { PROVINCE, PROVINCE_NAME, COMMUNE, COMMUNE_NAME, COLUMNS };
static const char *const column[COLUMNS] = {"province_code", "province_name", "commune_code",
					    "commune_name"};

static enum rc bad(int64_t line, struct err *reterr)
{
	return err_num(reterr, RC_REFUSED, "R3", "report.catalogue", "line", line);
}

static bool is_code(const char *s, size_t len)
{
	return strlen(s) == len && strspn(s, "0123456789") == len;
}

static enum rc read_header(struct csv *c, size_t at[COLUMNS], struct err *reterr)
{
	if (csv_row(c, reterr) != RC_OK)
		return bad(1, reterr);
	for (size_t k = 0; k < COLUMNS; k++) {
		at[k] = 0;
		while (at[k] < c->n && strcmp(c->cell[at[k]], column[k]) != 0)
			at[k]++;
		if (at[k] == c->n)
			return bad(c->line, reterr);
	}
	return RC_OK;
}

static struct report_province *province(struct report_units *u, const char *code, const char *name)
{
	struct report_province *p;

	for (size_t i = 0; i < u->np; i++)
		if (strcmp(u->p[i].code, code) == 0)
			return &u->p[i];
	p = realloc(u->p, (u->np + 1) * sizeof(*p));
	if (!p)
		return NULL;
	u->p = p;
	p += u->np;
	memset(p, 0, sizeof(*p));
	memcpy(p->code, code, sizeof(p->code));
	p->name = span_dup(span_str(name));
	u->np++;
	return p->name ? p : NULL;
}

static enum rc add(struct report_units *u, const struct csv *c, const size_t at[COLUMNS],
		   struct err *reterr)
{
	const char *v[COLUMNS];
	struct report_commune *x;
	struct report_province *p;

	for (size_t k = 0; k < COLUMNS; k++) {
		if (at[k] >= c->n || !c->cell[at[k]][0])
			return bad(c->line, reterr);
		v[k] = c->cell[at[k]];
	}
	if (!is_code(v[PROVINCE], 2) || !is_code(v[COMMUNE], 5) || u->nc == UNITS_MAX)
		return bad(c->line, reterr);
	x = realloc(u->c, (u->nc + 1) * sizeof(*x));
	u->c = x ? x : u->c;
	p = province(u, v[PROVINCE], v[PROVINCE_NAME]);
	if (!x || !p)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	x += u->nc++;
	memset(x, 0, sizeof(*x));
	memcpy(x->code, v[COMMUNE], sizeof(x->code));
	x->province = (size_t)(p - u->p);
	x->name = span_dup(span_str(v[COMMUNE_NAME]));
	return x->name ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static int by_code(const void *a, const void *b)
{
	return strcmp(((const struct report_commune *)a)->code,
		      ((const struct report_commune *)b)->code);
}

static int by_province(const void *a, const void *b)
{
	return strcmp(((const struct report_province *)a)->code,
		      ((const struct report_province *)b)->code);
}

/* Sort provinces, and let the communes follow. */
static enum rc sort(struct report_units *u, struct err *reterr)
{
	char(*code)[3] = calloc(u->np + 1, sizeof(*code));

	if (!code)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i < u->np; i++)
		memcpy(code[i], u->p[i].code, sizeof(*code));
	qsort(u->p, u->np, sizeof(*u->p), by_province);
	for (size_t i = 0; i < u->nc; i++) {
		size_t p = 0;

		while (strcmp(u->p[p].code, code[u->c[i].province]) != 0)
			p++;
		u->c[i].province = p;
	}
	qsort(u->c, u->nc, sizeof(*u->c), by_code);
	free(code);
	for (size_t i = 1; i < u->nc; i++)
		if (strcmp(u->c[i].code, u->c[i - 1].code) == 0)
			return bad(0, reterr);
	return RC_OK;
}

enum rc report_units_read(struct span text, struct report_units *ret, struct err *reterr)
{
	struct report_units u = {.np = 0};
	size_t at[COLUMNS];
	struct span line;
	struct csv c;
	enum rc rc;

	if (span_starts(text, "\xef\xbb\xbf"))
		text = span_of(text.p + 3, text.len - 3);
	while (span_starts(text, "#") && span_line(&text, &line))
		;
	if (csv_open(&c, text, NULL) != RC_OK)
		return bad(0, reterr);
	rc = read_header(&c, at, reterr);
	while (rc == RC_OK && (rc = csv_row(&c, reterr)) == RC_OK)
		rc = add(&u, &c, at, reterr);
	if (rc == RC_NOTFOUND)
		rc = u.nc > 0 ? sort(&u, reterr) : bad(c.line, reterr);
	else if (rc != RC_NOMEM && rc != RC_REFUSED)
		rc = bad(c.line, reterr);
	csv_close(&c);
	if (rc == RC_OK)
		*ret = u;
	else
		report_units_free(&u);
	return rc;
}

void report_units_free(struct report_units *u)
{
	for (size_t i = 0; i < u->np; i++)
		free(u->p[i].name);
	for (size_t i = 0; i < u->nc; i++)
		free(u->c[i].name);
	free(u->p);
	free(u->c);
	*u = (struct report_units){.np = 0};
}

ptrdiff_t report_units_find(const struct report_units *u, const char *code)
{
	struct report_commune key = {.province = 0};
	const struct report_commune *c;

	if (strlen(code) >= sizeof(key.code))
		return REPORT_NOWHERE;
	memcpy(key.code, code, strlen(code) + 1);
	c = u->nc > 0 ? bsearch(&key, u->c, u->nc, sizeof(*u->c), by_code) : NULL;
	return c ? c - u->c : REPORT_NOWHERE;
}

static enum rc step(void *ctx, const char *closed, char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	const struct report_base *b = ctx;

	(void)reterr;
	ret[0] = '\0';
	for (size_t i = 0; i < b->nmerger; i++)
		if (strcmp(b->merger[i].closed, closed) == 0)
			memcpy(ret, b->merger[i].into, ENTRY_SCOPE_LEN);
	return RC_OK;
}

/* The commune of a code, or the one it was merged into. */
static ptrdiff_t followed(const struct report_units *u, const struct report_base *b,
			  const char *code)
{
	ptrdiff_t i = report_units_find(u, code);
	char into[ENTRY_SCOPE_LEN];

	if (i != REPORT_NOWHERE || b->nmerger == 0 || strlen(code) >= sizeof(into) ||
	    unit_survivor(step, (void *)(uintptr_t)b, code, into, NULL) != RC_OK)
		return i;
	return report_units_find(u, into);
}

ptrdiff_t report_units_of(const struct report_units *u, const struct report_base *b,
			  const struct report_place *p)
{
	ptrdiff_t i = p->commune[0] ? followed(u, b, p->commune) : REPORT_NOWHERE;

	return i == REPORT_NOWHERE ? followed(u, b, p->scope) : i;
}
