/*
 * xlsform_fuzz: what a person may bring as a form in a workbook. Sheets are ended by a form feed, rows by LF, cells by
 * a tab: settings, choices, survey. Whatever they say, either no form comes out, or each is one that form_parse reads.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "server-stub/xlsform.h"
#include "sync/form.h"
#include "tests/support/zipped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SHEETS = 3, TEXT_MAX = 1 << 20 };

#define MAIN    "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define OFFICE  "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/relationships"
#define SHEET(n) \
	"<Relationship Id='r" n "' Type='" OFFICE "/worksheet' Target='worksheets/s" n ".xml'/>"

static void add_cell(struct buf *out, struct span s)
{
	buf_add_str(out, "<c t='inlineStr'><is><t xml:space='preserve'>");
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '<' || s.p[i] == '&' || s.p[i] == '>')
			buf_addf(out, "&#%d;", s.p[i]);
		else
			buf_add_char(out, (char)s.p[i]);
	buf_add_str(out, "</t></is></c>");
}

static void add_sheet(struct zipped *z, const char *name, struct span s)
{
	struct buf b;
	size_t from = 0;

	buf_init(&b, TEXT_MAX);
	buf_add_str(&b, "<worksheet xmlns='" MAIN "'><sheetData><row>");
	for (size_t i = 0; i <= s.len; i++) {
		if (i < s.len && s.p[i] != '\t' && s.p[i] != '\n')
			continue;
		add_cell(&b, span_of(s.p + from, i - from));
		if (i < s.len && s.p[i] == '\n')
			buf_add_str(&b, "</row><row>");
		from = i + 1;
	}
	buf_add_str(&b, "</row></sheetData></worksheet>");
	zipped_add(z, name, span_buf(&b));
	buf_free(&b);
}

static void book(struct zipped *z, struct span all)
{
	static const char *const name[SHEETS] = {"xl/worksheets/s1.xml", "xl/worksheets/s2.xml",
						 "xl/worksheets/s3.xml"};

	zipped_init(z);
	zipped_add(z, "_rels/.rels",
		   span_str("<Relationships xmlns='" PACKAGE "'><Relationship Id='r1' Type='" OFFICE
			    "/officeDocument' Target='xl/workbook.xml'/></Relationships>"));
	zipped_add(z, "xl/_rels/workbook.xml.rels",
		   span_str("<Relationships xmlns='" PACKAGE "'>" SHEET("1") SHEET("2") SHEET("3")
			    "</Relationships>"));
	zipped_add(z, "xl/workbook.xml",
		   span_str("<workbook xmlns='" MAIN "' xmlns:r='" OFFICE "'><sheets>"
			    "<sheet name='settings' sheetId='1' r:id='r1'/>"
			    "<sheet name='choices' sheetId='2' r:id='r2'/>"
			    "<sheet name='survey' sheetId='3' r:id='r3'/></sheets></workbook>"));
	for (size_t i = 0; i < SHEETS; i++) {
		const uint8_t *end = all.len ? memchr(all.p, '\f', all.len) : NULL;
		size_t n = end ? (size_t)(end - all.p) : all.len;

		add_sheet(z, name[i], span_of(all.p, n));
		all = end ? span_of(end + 1, all.len - n - 1) : span_of(NULL, 0);
	}
	zipped_end(z);
}

static unsigned first(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return 1;
}

static void check(const struct xlsform *x)
{
	if ((x->forms == NULL) != (x->nerror > 0))
		abort();
	for (const struct json *def = json_first(x->forms); def; def = json_next(def)) {
		struct form *f = NULL;
		struct buf text;

		buf_init(&text, LIMIT_FORM_JSON);
		if (json_write(def, false, &text, NULL) != RC_OK ||
		    form_parse(span_buf(&text), &f, NULL) != RC_OK)
			abort();
		form_free(f);
		buf_free(&text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xlsform_ask ask = {.version = first};
	struct xlsform x = {.nerror = 0};
	struct lang *lang = NULL;
	struct zipped z;

	if (size > TEXT_MAX / 64 || lang_parse("vi", span_str("{}"), &lang, NULL) != RC_OK)
		return 0;
	ask.lang = lang;
	book(&z, span_of(data, size));
	if (xlsform_read(span_buf(&z.bytes), &ask, &x, NULL) == RC_OK)
		check(&x);
	xlsform_free(&x);
	zipped_free(&z);
	lang_free(lang);
	return 0;
}
