/*
 * import_file: a table out of a file (see import_file.h). Reads only.
 */
#include "agent/import_file.h"

#include <string.h>

#include "lib/limits.h"
#include "lib/os.h"
#include "lib/text.h"
#include "lib/zip.h"

enum { GUESS_MAX = 1024 * 1024 /* bytes of texts a guess is made from */ };

/* ---- opening ---- */

/*
 * Every text that is not Unicode already counts for the guess, up to some length: what was typed in an
 * old font stands beside heads and lists of today. What is wrong with a row is told when it is read.
 */
static enum rc guess_rows(struct import_file *f, struct err *reterr)
{
	struct buf all;
	enum rc rc = import_file_begin(f, reterr);

	buf_init(&all, GUESS_MAX + LIMIT_MIB);
	while (rc == RC_OK && all.len < GUESS_MAX && (rc = import_file_row(f, reterr)) == RC_OK)
		for (size_t i = 0; i < f->n && all.len < GUESS_MAX; i++)
			if (!viet_legacy_is_unicode(span_str(f->cell[i]))) {
				buf_add_str(&all, f->cell[i]);
				buf_add_char(&all, ' ');
			}
	f->guess = viet_legacy_guess(span_buf(&all));
	buf_free(&all);
	if (rc == RC_NOTFOUND || rc == RC_INPUT || rc == RC_LIMIT) {
		err_clear(reterr);
		rc = RC_OK;
	}
	return rc;
}

/* Bytes that no text has, of whatever alphabet: a picture, a program. Old files of DOS end with a 1a. */
static bool is_binary(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] < 0x20 && !memchr("\t\n\v\f\r\x1a", text.p[i], 6))
			return true;
	return false;
}

static enum rc open_csv(struct import_file *f, struct err *reterr)
{
	struct span text = span_buf(&f->raw);

	if (text.len >= 2 &&
	    ((text.p[0] == 0xff && text.p[1] == 0xfe) || (text.p[0] == 0xfe && text.p[1] == 0xff)))
		return err_set(reterr, RC_INPUT, NULL, "import.utf16", NULL);
	if (is_binary(text))
		return err_set(reterr, RC_INPUT, NULL, "import.not_table", NULL);
	f->guess = viet_legacy_guess(text);
	if (text_is_utf8(text))
		return f->guess == VIET_TWICE ? RC_OK : guess_rows(f, reterr);
	if (f->guess == VIET_UNICODE)
		return err_set(reterr, RC_INPUT, NULL, "import.encoding", NULL);
	return viet_legacy_read(VIET_UNICODE, text, &f->latin, reterr);
}

static enum rc find_sheet(struct import_file *f, const char *sheet, struct err *reterr)
{
	const char *name;

	for (f->sheet = 0; (name = xlsx_sheet_name(f->xlsx, f->sheet)); f->sheet++)
		if (!sheet || strcmp(name, sheet) == 0)
			return RC_OK;
	return sheet ? err_set(reterr, RC_INPUT, NULL, "import.no_sheet", "sheet", sheet, NULL)
		     : err_set(reterr, RC_INPUT, NULL, "xlsx.none", NULL);
}

static enum rc open_xlsx(struct import_file *f, const char *sheet, struct err *reterr)
{
	enum rc rc = xlsx_open(&f->xlsx, span_buf(&f->raw), reterr);

	if (rc == RC_OK)
		rc = find_sheet(f, sheet, reterr);
	return rc == RC_OK ? guess_rows(f, reterr) : rc;
}

enum rc import_file_open(struct import_file *f, const char *path, const char *sheet,
			 struct err *reterr)
{
	enum rc rc;

	*f = (struct import_file){.from = VIET_UNICODE};
	buf_init(&f->raw, LIMIT_INPUT_FILE);
	buf_init(&f->latin, 2 * LIMIT_INPUT_FILE);
	buf_init(&f->text, CSV_CELLS * XLSX_CELL_MAX);
	rc = os_file_read(path, &f->raw, reterr);
	if (rc == RC_OK)
		rc = zip_is(span_buf(&f->raw)) ? open_xlsx(f, sheet, reterr) : open_csv(f, reterr);
	if (rc == RC_OK && f->guess == VIET_TWICE)
		rc = err_set(reterr, RC_INPUT, NULL, "import.twice", NULL);
	return rc;
}

void import_file_close(struct import_file *f)
{
	csv_close(&f->csv);
	xlsx_free(f->xlsx);
	buf_free(&f->raw);
	buf_free(&f->latin);
	buf_free(&f->text);
}

/* ---- rows ---- */

enum rc import_file_begin(struct import_file *f, struct err *reterr)
{
	f->line = 0;
	if (f->xlsx)
		return xlsx_sheet(f->xlsx, f->sheet, reterr);
	csv_close(&f->csv);
	return csv_open(&f->csv, span_buf(f->latin.len > 0 ? &f->latin : &f->raw), reterr);
}

/* One cell as it is to be read, NUL behind it. In a file of Unicode what is Unicode already stays. */
static enum rc add_cell(struct import_file *f, size_t i, const char *cell, struct err *reterr)
{
	enum rc rc = RC_OK;

	f->offset[i] = f->text.len;
	if (f->from == VIET_UNICODE ||
	    (f->latin.len == 0 && viet_legacy_is_unicode(span_str(cell))))
		buf_add_str(&f->text, cell);
	else
		rc = viet_legacy_read(f->from, span_str(cell), &f->text, reterr);
	buf_add_char(&f->text, '\0');
	return rc;
}

static enum rc csv_next(struct import_file *f, struct err *reterr)
{
	enum rc rc = csv_row(&f->csv, reterr);

	f->n = rc == RC_OK ? f->csv.n : 0;
	f->line = f->csv.line;
	for (size_t i = 0; rc == RC_OK && i < f->n; i++) {
		f->number[i] = f->fault[i] = false;
		rc = add_cell(f, i, f->csv.cell[i], reterr);
	}
	return rc;
}

static enum rc xlsx_next(struct import_file *f, struct err *reterr)
{
	const struct xlsx_row *row = NULL;
	enum rc rc = xlsx_row(f->xlsx, &row, reterr);

	f->n = rc == RC_OK ? row->n : 0;
	for (size_t i = 0; rc == RC_OK && i < f->n; i++) {
		f->line = row->line;
		f->number[i] = row->type[i] == XLSX_NUMBER;
		f->fault[i] = row->type[i] == XLSX_ERROR;
		rc = add_cell(f, i, row->cell[i], reterr);
	}
	return rc;
}

enum rc import_file_row(struct import_file *f, struct err *reterr)
{
	enum rc rc;

	buf_reset(&f->text);
	rc = f->xlsx ? xlsx_next(f, reterr) : csv_next(f, reterr);
	if (rc == RC_OK)
		rc = buf_check(&f->text, reterr);
	for (size_t i = 0; rc == RC_OK && i < f->n; i++)
		f->cell[i] = (const char *)f->text.p + f->offset[i];
	return rc;
}

char import_file_delimiter(const struct import_file *f)
{
	return f->xlsx || !f->csv.delimiter ? ';' : f->csv.delimiter;
}

/* ---- what it is ---- */

struct json *import_file_about(const struct import_file *f)
{
	struct json *o = json_object(), *sheets = json_array();
	const char *name;

	json_set_str(o, "type", f->xlsx ? "xlsx" : "csv");
	for (size_t i = 0; f->xlsx && (name = xlsx_sheet_name(f->xlsx, i)); i++)
		json_append_str(sheets, name);
	json_set(o, "sheets", sheets);
	json_set_str(o, "sheet", f->xlsx ? xlsx_sheet_name(f->xlsx, f->sheet) : "");
	json_set_str(o, "encoding", viet_legacy_name(f->from));
	json_set_str(o, "guess", viet_legacy_name(f->guess));
	return o;
}

/* The text as it stands and as each alphabet reads it; NULL when they all agree. */
static struct json *sample(const struct import_file *f, const char *text)
{
	struct json *o;
	bool differs = false;

	if (f->latin.len == 0 && viet_legacy_is_unicode(span_str(text)))
		return NULL;
	o = json_object();
	json_set_str(o, "text", text);
	for (int from = VIET_TCVN3; from <= VIET_VNI; from++) {
		struct buf b;

		buf_init(&b, 4 * XLSX_CELL_MAX);
		if (viet_legacy_read((enum viet_legacy)from, span_str(text), &b, NULL) == RC_OK)
			json_set_span(o, viet_legacy_name((enum viet_legacy)from), span_buf(&b));
		differs = differs || !span_eq_str(span_buf(&b), text);
		buf_free(&b);
	}
	if (differs)
		return o;
	json_free(o);
	return NULL;
}

static bool is_there(const struct json *all, const char *text)
{
	for (const struct json *x = json_first(all); x; x = json_next(x))
		if (strcmp(json_get_str(x, "text"), text) == 0)
			return true;
	return false;
}

enum rc import_file_samples(struct import_file *f, size_t max, struct json **ret,
			    struct err *reterr)
{
	struct json *all = json_array();
	enum viet_legacy from = f->from;
	enum rc rc;

	f->from = VIET_UNICODE;
	rc = import_file_begin(f, reterr);
	while (rc == RC_OK && json_len(all) < max && (rc = import_file_row(f, reterr)) == RC_OK)
		for (size_t i = 0; i < f->n && json_len(all) < max; i++) {
			struct json *o = is_there(all, f->cell[i]) ? NULL : sample(f, f->cell[i]);

			if (o)
				json_append(all, o);
		}
	f->from = from;
	if (rc == RC_OK || rc == RC_NOTFOUND) {
		err_clear(reterr);
		*ret = all;
		return RC_OK;
	}
	json_free(all);
	return rc;
}
