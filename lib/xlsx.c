/*
 * xlsx: a workbook, read part by part (see xlsx.h); the only file with expat.h. Each part is one
 * pass of an XML parser; the rows of a sheet come out one at a time because the parser is suspended
 * at the end of each. Element names are compared without their prefix.
 */
#include "lib/xlsx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"
#include "lib/xlsx_value.h"
#include "lib/zip.h"

enum { PIECE = 16 * 1024, REL_ID = 64, FORMATS_MAX = 1024 };

struct sheet {
	char rel[REL_ID];
	const char *name, *path;
};

struct format {
	int64_t id;
	enum xlsx_value_kind kind;
};

/* One pass over one part. */
struct pass {
	struct xlsx *x;
	XML_Parser xml;
	const char *name;      /* of the part */
	const struct part *on; /* what to do with it */
	int depth;
	bool taking; /* text goes to x->text */
	enum rc rc;
	struct err err;
};

struct part {
	void (*start)(struct pass *p, const char *name, const char **attr);
	void (*end)(struct pass *p, const char *name);
};

struct xlsx {
	struct zip *zip;
	struct arena mem;
	bool from_1904;
	char workbook[LIMIT_KIB]; /* path of the part */
	struct sheet *sheet;
	size_t nsheet;
	const char **string; /* shared ones */
	size_t nstring, capstring;
	enum xlsx_value_kind *style; /* of cell formats */
	size_t nstyle;
	struct format *format; /* number formats of the file's own */
	size_t nformat;
	bool in_xfs, in_phonetic;
	struct buf text; /* of the element or cell that is read */
	/* the sheet that is read */
	struct pass pass;
	bool paused, ended;
	uint8_t piece[PIECE];
	struct xlsx_row row;
	struct buf cells; /* texts of the row, each with a NUL */
	size_t offset[XLSX_CELLS];
	size_t col;
	int64_t rows;
	char type[16];
	int64_t cell_style;
};

/* ---- a pass ---- */

static void fail(struct pass *p, enum rc rc, const char *key)
{
	if (p->rc != RC_OK)
		return;
	p->rc = err_set(&p->err, rc, NULL, key, "part", p->name, NULL);
	XML_StopParser(p->xml, XML_FALSE);
}

static void nomem(struct pass *p)
{
	fail(p, RC_NOMEM, "buf.memory");
}

static const char *local(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon ? colon + 1 : name;
}

/* Value of an attribute; NULL without. */
static const char *attr_of(const char **attr, const char *name)
{
	for (; *attr; attr += 2)
		if (strcmp(local(attr[0]), name) == 0)
			return attr[1];
	return NULL;
}

static bool attr_num(const char **attr, const char *name, int64_t max, int64_t *ret)
{
	const char *v = attr_of(attr, name);

	return v && num_i64(span_str(v), 0, max, ret) == RC_OK;
}

static void XMLCALL on_start(void *arg, const XML_Char *name, const XML_Char **attr)
{
	struct pass *p = arg;

	if (++p->depth > LIMIT_XLSX_DEPTH)
		fail(p, RC_LIMIT, "xlsx.limit");
	else
		p->on->start(p, local(name), attr);
}

static void XMLCALL on_end(void *arg, const XML_Char *name)
{
	struct pass *p = arg;

	p->depth--;
	p->on->end(p, local(name));
}

static void XMLCALL on_text(void *arg, const XML_Char *s, int n)
{
	struct pass *p = arg;

	if (p->taking)
		buf_add(&p->x->text, s, (size_t)n);
}

/* Entities are where XML parsers are attacked; no workbook has a document type. */
static void XMLCALL on_doctype(void *arg, const XML_Char *name, const XML_Char *sys,
			       const XML_Char *pub, int internal)
{
	(void)name, (void)sys, (void)pub, (void)internal;
	fail(arg, RC_INPUT, "xlsx.dtd");
}

static enum rc begin(struct pass *p, struct xlsx *x, const char *name, const struct part *on,
		     struct err *reterr)
{
	*p = (struct pass){.x = x, .name = name, .on = on};
	p->xml = XML_ParserCreate(NULL);
	if (!p->xml)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	XML_SetUserData(p->xml, p);
	XML_SetElementHandler(p->xml, on_start, on_end);
	XML_SetCharacterDataHandler(p->xml, on_text);
	XML_SetStartDoctypeDeclHandler(p->xml, on_doctype);
	return zip_member(x->zip, name, reterr);
}

static void end(struct pass *p)
{
	if (p->xml)
		XML_ParserFree(p->xml);
	p->xml = NULL;
}

static enum rc finished(struct pass *p, enum XML_Status st, struct err *reterr)
{
	if (p->rc == RC_OK && st == XML_STATUS_ERROR)
		p->rc = XML_GetErrorCode(p->xml) == XML_ERROR_NO_MEMORY
			    ? err_set(&p->err, RC_NOMEM, NULL, "buf.memory", NULL)
			    : err_set(&p->err, RC_INPUT, NULL, "xlsx.xml", "part", p->name, NULL);
	if (p->rc != RC_OK && reterr)
		*reterr = p->err;
	return p->rc;
}

static enum rc run(struct xlsx *x, const char *name, const struct part *on, struct err *reterr)
{
	struct pass p;
	size_t n = 1;
	enum rc rc = begin(&p, x, name, on, reterr);

	while (rc == RC_OK && n > 0) {
		rc = zip_read(x->zip, x->piece, sizeof(x->piece), &n, reterr);
		if (rc == RC_OK)
			rc = finished(&p, XML_Parse(p.xml, (const char *)x->piece, (int)n, n == 0),
				      reterr);
	}
	end(&p);
	return rc;
}

static void no_end(struct pass *p, const char *name)
{
	(void)p, (void)name;
}

/* Path of a target beside the part `from`. */
static const char *beside(struct xlsx *x, const char *from, const char *target)
{
	const char *slash = strrchr(from, '/');
	size_t dir = slash ? (size_t)(slash - from) + 1 : 0, n = strlen(target);
	char *path;

	if (target[0] == '/')
		return arena_str(&x->mem, span_str(target + 1));
	path = arena_alloc(&x->mem, dir + n + 1);
	if (path) {
		memcpy(path, from, dir);
		memcpy(path + dir, target, n + 1);
	}
	return path;
}

/* ---- _rels/.rels: where the workbook is ---- */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static void root_start(struct pass *p, const char *name, const char **attr)
{
	const char *type = attr_of(attr, "Type"), *target = attr_of(attr, "Target");

	if (strcmp(name, "Relationship") != 0 || !type || !target ||
	    !ends_with(type, "/officeDocument"))
		return;
	target += target[0] == '/';
	if (strlen(target) < sizeof(p->x->workbook))
		memcpy(p->x->workbook, target, strlen(target) + 1);
}

static const struct part root_part = {root_start, no_end};

/* ---- the workbook: calendar and sheets ---- */

static void book_start(struct pass *p, const char *name, const char **attr)
{
	struct xlsx *x = p->x;
	const char *v;

	if (strcmp(name, "workbookPr") == 0) {
		v = attr_of(attr, "date1904");
		x->from_1904 = v && (strcmp(v, "1") == 0 || strcmp(v, "true") == 0);
	} else if (strcmp(name, "sheet") == 0) {
		const char *state = attr_of(attr, "state"), *rel = NULL;
		struct sheet *s;

		for (const char **a = attr; *a; a += 2) /* r:id, beside which sheetId stands */
			if (strchr(a[0], ':') && strcmp(local(a[0]), "id") == 0)
				rel = a[1];
		if ((state && strcmp(state, "visible") != 0) || !rel || strlen(rel) >= REL_ID)
			return;
		if (x->nsheet == LIMIT_XLSX_SHEETS) {
			fail(p, RC_LIMIT, "xlsx.limit");
			return;
		}
		s = &x->sheet[x->nsheet++];
		memcpy(s->rel, rel, strlen(rel) + 1);
		v = attr_of(attr, "name");
		s->name = arena_str(&x->mem, span_str(v ? v : ""));
		if (!s->name)
			nomem(p);
	}
}

static const struct part book_part = {book_start, no_end};

static void rels_start(struct pass *p, const char *name, const char **attr)
{
	struct xlsx *x = p->x;
	const char *id = attr_of(attr, "Id"), *target = attr_of(attr, "Target");

	if (strcmp(name, "Relationship") != 0 || !id || !target)
		return;
	for (size_t i = 0; i < x->nsheet; i++)
		if (strcmp(x->sheet[i].rel, id) == 0) {
			x->sheet[i].path = beside(x, x->workbook, target);
			if (!x->sheet[i].path)
				nomem(p);
		}
}

static const struct part rels_part = {rels_start, no_end};

/* ---- styles: which numbers are dates ---- */

static enum xlsx_value_kind format_kind(const struct xlsx *x, int64_t id)
{
	for (size_t i = 0; i < x->nformat; i++)
		if (x->format[i].id == id)
			return x->format[i].kind;
	return xlsx_value_builtin(id);
}

static void style_start(struct pass *p, const char *name, const char **attr)
{
	struct xlsx *x = p->x;
	int64_t id = 0;

	if (strcmp(name, "cellXfs") == 0) {
		x->in_xfs = true;
	} else if (strcmp(name, "numFmt") == 0 && x->nformat < FORMATS_MAX) {
		const char *code = attr_of(attr, "formatCode");

		if (code && attr_num(attr, "numFmtId", INT32_MAX, &id))
			x->format[x->nformat++] = (struct format){id, xlsx_value_format(code)};
	} else if (strcmp(name, "xf") == 0 && x->in_xfs) {
		if (x->nstyle == LIMIT_XLSX_STYLES) {
			fail(p, RC_LIMIT, "xlsx.limit");
			return;
		}
		(void)attr_num(attr, "numFmtId", INT32_MAX, &id);
		x->style[x->nstyle++] = format_kind(x, id);
	}
}

static void style_end(struct pass *p, const char *name)
{
	if (strcmp(name, "cellXfs") == 0)
		p->x->in_xfs = false;
}

static const struct part style_part = {style_start, style_end};

/* ---- shared strings ---- */

static void string_start(struct pass *p, const char *name, const char **attr)
{
	(void)attr;
	if (strcmp(name, "si") == 0)
		buf_reset(&p->x->text);
	else if (strcmp(name, "rPh") == 0) /* how it is read aloud, in some languages */
		p->x->in_phonetic = true;
	else if (strcmp(name, "t") == 0)
		p->taking = !p->x->in_phonetic;
}

static bool room_for_string(struct xlsx *x)
{
	size_t cap = x->capstring ? x->capstring * 2 : 1024;
	void *grown;

	if (x->nstring < x->capstring)
		return true;
	grown = realloc(x->string, cap * sizeof(*x->string));
	if (!grown)
		return false;
	x->string = grown;
	x->capstring = cap;
	return true;
}

static void string_end(struct pass *p, const char *name)
{
	struct xlsx *x = p->x;
	const char *s;

	if (strcmp(name, "rPh") == 0)
		x->in_phonetic = false;
	else if (strcmp(name, "t") == 0)
		p->taking = false;
	else if (strcmp(name, "si") == 0) {
		if (x->nstring == LIMIT_XLSX_STRINGS || buf_check(&x->text, NULL) != RC_OK) {
			fail(p, RC_LIMIT, "xlsx.limit");
			return;
		}
		s = room_for_string(x) ? arena_str(&x->mem, span_buf(&x->text)) : NULL;
		if (s)
			x->string[x->nstring++] = s;
		else
			fail(p, RC_LIMIT, "xlsx.limit");
	}
}

static const struct part string_part = {string_start, string_end};

/* ---- a sheet ---- */

/* "AB12" -> 27, from 0; the column before, and one, when there is no reference. */
static size_t column(const char *ref, size_t next)
{
	size_t col = 0;

	if (!ref || *ref < 'A' || *ref > 'Z')
		return next;
	for (; *ref >= 'A' && *ref <= 'Z' && col <= XLSX_CELLS; ref++)
		col = col * 26 + (size_t)(*ref - 'A' + 1);
	return col - 1;
}

static void row_start(struct xlsx *x, const char **attr)
{
	int64_t line;

	x->row.line = attr_num(attr, "r", INT32_MAX, &line) ? line : x->row.line + 1;
	x->row.n = 0;
	x->col = 0;
	buf_reset(&x->cells);
	buf_add_char(&x->cells, '\0'); /* what empty cells show */
}

static void cell_start(struct xlsx *x, const char **attr)
{
	const char *type = attr_of(attr, "t");

	x->col = column(attr_of(attr, "r"), x->col);
	x->type[0] = '\0';
	if (type && strlen(type) < sizeof(x->type))
		memcpy(x->type, type, strlen(type) + 1);
	if (!attr_num(attr, "s", LIMIT_XLSX_STYLES, &x->cell_style))
		x->cell_style = 0;
	buf_reset(&x->text);
}

static void sheet_start(struct pass *p, const char *name, const char **attr)
{
	if (strcmp(name, "row") == 0)
		row_start(p->x, attr);
	else if (strcmp(name, "c") == 0)
		cell_start(p->x, attr);
	else if (strcmp(name, "rPh") == 0)
		p->x->in_phonetic = true;
	else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
		p->taking = !p->x->in_phonetic;
}

/* The text of a cell as a person would type it, into out. */
static enum xlsx_type cell_text(const struct xlsx *x, struct buf *out)
{
	enum xlsx_value_kind kind =
	    x->cell_style < (int64_t)x->nstyle ? x->style[x->cell_style] : XLSX_VALUE_NUMBER;
	struct span raw = span_buf(&x->text);
	uint64_t i;

	if (strcmp(x->type, "s") == 0) {
		if (num_u64(raw, 0, x->nstring, &i) == RC_OK && i < x->nstring)
			buf_add_str(out, x->string[i]);
		return XLSX_TEXT;
	}
	if (strcmp(x->type, "b") == 0 || strcmp(x->type, "e") == 0) {
		buf_add_span(out, raw);
		return x->type[0] == 'b' ? XLSX_BOOL : XLSX_ERROR;
	}
	if (strcmp(x->type, "d") == 0) {
		xlsx_value_iso(raw, out);
		return XLSX_DATE;
	}
	if (x->type[0] == '\0' || strcmp(x->type, "n") == 0) {
		if (kind != XLSX_VALUE_NUMBER && xlsx_value_date(raw, x->from_1904, out))
			return XLSX_DATE;
		return xlsx_value_number(raw, out) ? XLSX_NUMBER : XLSX_TEXT;
	}
	buf_add_span(out, raw);
	return XLSX_TEXT;
}

static void cell_end(struct pass *p)
{
	struct xlsx *x = p->x;
	size_t at = x->cells.len;
	enum xlsx_type type;

	if (x->text.len == 0) {
		x->col++;
		return;
	}
	if (x->col >= XLSX_CELLS) {
		if (p->rc == RC_OK) {
			p->rc = err_num(&p->err, RC_LIMIT, NULL, "csv.cells", "line", x->row.line);
			XML_StopParser(p->xml, XML_FALSE);
		}
		return;
	}
	type = cell_text(x, &x->cells);
	if (x->cells.len == at)
		type = XLSX_EMPTY;
	buf_add_char(&x->cells, '\0');
	for (size_t i = x->row.n; i < x->col; i++) {
		x->offset[i] = 0;
		x->row.type[i] = XLSX_EMPTY;
	}
	x->offset[x->col] = type == XLSX_EMPTY ? 0 : at;
	x->row.type[x->col] = type;
	if (x->row.n < x->col + 1)
		x->row.n = x->col + 1;
	x->col++;
}

static void sheet_end(struct pass *p, const char *name)
{
	if (strcmp(name, "rPh") == 0)
		p->x->in_phonetic = false;
	else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
		p->taking = false;
	else if (strcmp(name, "c") == 0)
		cell_end(p);
	else if (strcmp(name, "row") == 0)
		XML_StopParser(p->xml, XML_TRUE);
	if (buf_check(&p->x->text, NULL) != RC_OK || buf_check(&p->x->cells, NULL) != RC_OK)
		fail(p, RC_LIMIT, "xlsx.limit");
}

static const struct part sheet_part = {sheet_start, sheet_end};

/* ---- opening ---- */

static enum rc optional(struct xlsx *x, const char *name, const struct part *on, struct err *reterr)
{
	struct err why;
	enum rc rc = run(x, name, on, &why);

	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

static enum rc read_parts(struct xlsx *x, struct err *reterr)
{
	char rels[LIMIT_KIB + 16];
	const char *slash, *path;
	struct err why;
	enum rc rc = run(x, "_rels/.rels", &root_part, &why);

	if (rc == RC_NOTFOUND || (rc == RC_OK && !x->workbook[0]))
		return err_set(reterr, RC_INPUT, NULL, "xlsx.none", NULL);
	if (rc != RC_OK) {
		if (reterr)
			*reterr = why;
		return rc;
	}
	slash = strrchr(x->workbook, '/');
	size_t dir = slash ? (size_t)(slash - x->workbook) + 1 : 0;
	snprintf(rels, sizeof(rels), "%.*s_rels/%s.rels", (int)dir, x->workbook, x->workbook + dir);
	rc = run(x, x->workbook, &book_part, reterr);
	if (rc == RC_OK)
		rc = run(x, rels, &rels_part, reterr);
	path = rc == RC_OK ? beside(x, x->workbook, "styles.xml") : NULL;
	if (path)
		rc = optional(x, path, &style_part, reterr);
	path = rc == RC_OK ? beside(x, x->workbook, "sharedStrings.xml") : NULL;
	return path ? optional(x, path, &string_part, reterr) : rc;
}

enum rc xlsx_open(struct xlsx **ret, struct span bytes, struct err *reterr)
{
	struct xlsx *x = calloc(1, sizeof(*x));
	enum rc rc;

	if (!x)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	arena_init(&x->mem, LIMIT_XLSX_TEXTS);
	buf_init(&x->text, XLSX_CELL_MAX);
	buf_init(&x->cells, XLSX_CELLS * XLSX_CELL_MAX);
	x->sheet = calloc(LIMIT_XLSX_SHEETS, sizeof(*x->sheet));
	x->style = calloc(LIMIT_XLSX_STYLES, sizeof(*x->style));
	x->format = calloc(FORMATS_MAX, sizeof(*x->format));
	rc = x->sheet && x->style && x->format
		 ? zip_open(&x->zip, bytes, LIMIT_XLSX_INFLATED, reterr)
		 : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc == RC_OK)
		rc = read_parts(x, reterr);
	if (rc == RC_OK)
		*ret = x;
	else
		xlsx_free(x);
	return rc;
}

void xlsx_free(struct xlsx *x)
{
	if (!x)
		return;
	end(&x->pass);
	zip_free(x->zip);
	arena_free(&x->mem);
	buf_free(&x->text);
	buf_free(&x->cells);
	free(x->string);
	free(x->sheet);
	free(x->style);
	free(x->format);
	free(x);
}

const char *xlsx_sheet_name(const struct xlsx *x, size_t i)
{
	return i < x->nsheet ? x->sheet[i].name : NULL;
}

enum rc xlsx_sheet(struct xlsx *x, size_t i, struct err *reterr)
{
	if (i >= x->nsheet || !x->sheet[i].path)
		return err_set(reterr, RC_INPUT, NULL, "xlsx.none", NULL);
	end(&x->pass);
	x->paused = x->ended = false;
	x->rows = 0;
	x->row = (struct xlsx_row){.line = 0};
	x->in_phonetic = false;
	return begin(&x->pass, x, x->sheet[i].path, &sheet_part, reterr);
}

/* ---- rows ---- */

/* Go on until the parser pauses behind a row, or the part ends. */
static enum rc go_on(struct xlsx *x, struct err *reterr)
{
	struct pass *p = &x->pass;
	enum XML_Status st;
	size_t n = 1;
	enum rc rc;

	if (x->paused) {
		st = XML_ResumeParser(p->xml);
	} else {
		rc = zip_read(x->zip, x->piece, sizeof(x->piece), &n, reterr);
		if (rc != RC_OK)
			return rc;
		x->ended = n == 0;
		st = XML_Parse(p->xml, (const char *)x->piece, (int)n, n == 0);
	}
	x->paused = st == XML_STATUS_SUSPENDED && p->rc == RC_OK;
	return finished(p, st, reterr);
}

static bool is_empty(const struct xlsx_row *row)
{
	for (size_t i = 0; i < row->n; i++)
		if (row->type[i] != XLSX_EMPTY)
			return false;
	return true;
}

enum rc xlsx_row(struct xlsx *x, const struct xlsx_row **ret, struct err *reterr)
{
	while (x->pass.xml && !(x->ended && !x->paused)) {
		enum rc rc = go_on(x, reterr);

		if (rc != RC_OK)
			return rc;
		if (!x->paused || is_empty(&x->row))
			continue;
		if (++x->rows > LIMIT_XLSX_ROWS)
			return err_set(reterr, RC_LIMIT, NULL, "xlsx.limit", "part", x->pass.name,
				       NULL);
		for (size_t i = 0; i < x->row.n; i++)
			x->row.cell[i] = (const char *)x->cells.p + x->offset[i];
		*ret = &x->row;
		return RC_OK;
	}
	return err_set(reterr, RC_NOTFOUND, NULL, "csv.end", NULL);
}
