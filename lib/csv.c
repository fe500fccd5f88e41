/*
 * csv: rows of a delimited text (RFC 4180 and its habits). See csv.h.
 * A row is copied cell by cell into one buffer, so that cells end with a NUL.
 */
#include "lib/csv.h"

#include <string.h>

#include "lib/text.h"

enum { ROW_MAX = 1024 * 1024 };

/* The delimiter that stands most often in the first line, quotes aside. */
static char detect(struct span text)
{
	static const char mark[] = {';', ',', '\t'};
	size_t count[sizeof(mark)] = {0}, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.len && (quoted || text.p[i] != '\n'); i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		for (size_t k = 0; !quoted && k < sizeof(mark); k++)
			count[k] += text.p[i] == (uint8_t)mark[k];
	}
	for (size_t k = 1; k < sizeof(mark); k++)
		if (count[k] > count[best])
			best = k;
	return mark[best];
}

static enum rc check_utf8(struct span text, struct err *reterr)
{
	struct span rest = text, line;
	int64_t n = 1;

	if (text_is_utf8(text))
		return RC_OK;
	while (span_line(&rest, &line) && text_is_utf8(line))
		n++;
	return err_num(reterr, RC_INPUT, NULL, "csv.utf8", "line", n);
}

enum rc csv_open(struct csv *c, struct span text, struct err *reterr)
{
	enum rc rc;

	if (text.len >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		text = span_of(text.p + 3, text.len - 3);
	rc = check_utf8(text, reterr);
	if (rc != RC_OK)
		return rc;
	memset(c, 0, sizeof(*c));
	c->rest = text;
	c->delimiter = detect(text);
	c->next_line = 1;
	buf_init(&c->text, ROW_MAX);
	return RC_OK;
}

void csv_close(struct csv *c)
{
	buf_free(&c->text);
}

static int take(struct csv *c)
{
	uint8_t b;

	if (c->rest.len == 0)
		return -1;
	b = c->rest.p[0];
	c->rest = span_of(c->rest.p + 1, c->rest.len - 1);
	if (b == '\n')
		c->next_line++;
	return b;
}

static int peek(const struct csv *c)
{
	return c->rest.len ? c->rest.p[0] : -1;
}

static enum rc bad_quote(const struct csv *c, struct err *reterr)
{
	return err_num(reterr, RC_INPUT, NULL, "csv.quote", "line", c->line);
}

/* The rest of a quoted cell; the opening quote is taken. */
static enum rc quoted(struct csv *c, struct err *reterr)
{
	for (;;) {
		int b = take(c);

		if (b < 0)
			return bad_quote(c, reterr);
		if (b == '"') {
			if (peek(c) != '"')
				return RC_OK;
			take(c);
		}
		buf_add_char(&c->text, (char)b);
	}
}

/* One cell; *retlast: the row ends behind it. */
static enum rc cell(struct csv *c, bool *retlast, struct err *reterr)
{
	bool was_quoted = peek(c) == '"';
	enum rc rc = RC_OK;

	if (was_quoted) {
		take(c);
		rc = quoted(c, reterr);
	}
	while (rc == RC_OK) {
		int b = take(c);

		if (b == '\r' && peek(c) == '\n')
			continue;
		*retlast = b < 0 || b == '\n';
		if (*retlast || b == c->delimiter)
			break;
		if (was_quoted)
			rc = bad_quote(c, reterr);
		buf_add_char(&c->text, (char)b);
	}
	buf_add_char(&c->text, '\0');
	return rc;
}

static bool is_empty(const struct csv *c, size_t ncell)
{
	return c->text.len == ncell; /* nothing but the NULs */
}

static enum rc row(struct csv *c, size_t *retn, struct err *reterr)
{
	bool last = false;
	size_t n = 0;

	c->line = c->next_line;
	buf_reset(&c->text);
	while (!last) {
		enum rc rc;

		if (n == CSV_CELLS)
			return err_num(reterr, RC_LIMIT, NULL, "csv.cells", "line", c->line);
		rc = cell(c, &last, reterr);
		if (rc != RC_OK)
			return rc;
		n++;
	}
	*retn = n;
	return buf_check(&c->text, reterr);
}

enum rc csv_row(struct csv *c, struct err *reterr)
{
	const char *p;

	do {
		enum rc rc;

		if (c->rest.len == 0)
			return err_set(reterr, RC_NOTFOUND, NULL, "csv.end", NULL);
		rc = row(c, &c->n, reterr);
		if (rc != RC_OK)
			return rc;
	} while (is_empty(c, c->n));
	p = (const char *)c->text.p;
	for (size_t i = 0; i < c->n; i++, p += strlen(p) + 1)
		c->cell[i] = p;
	return RC_OK;
}

void csv_add(struct buf *out, const char *s, char delimiter)
{
	const char special[] = {delimiter, '"', '\r', '\n', '\0'};

	if (!strpbrk(s, special)) {
		buf_add_str(out, s);
		return;
	}
	buf_add_char(out, '"');
	for (; *s; s++) {
		if (*s == '"')
			buf_add_char(out, '"');
		buf_add_char(out, *s);
	}
	buf_add_char(out, '"');
}
