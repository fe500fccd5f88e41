/*
 * zipped: see zipped.h. Every member is stored, not deflated.
 */
#include "tests/support/zipped.h"

#include <stdio.h>
#include <string.h>

enum { ZIPPED_MAX = 64 * 1024 * 1024 };

static uint32_t crc32_of(struct span s)
{
	uint32_t c = 0xffffffffU;

	for (size_t i = 0; i < s.len; i++) {
		c ^= s.p[i];
		for (int k = 0; k < 8; k++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320U : 0);
	}
	return ~c;
}

static void le(struct buf *b, uint64_t v, unsigned n)
{
	for (; n > 0; n--, v >>= 8)
		buf_add_char(b, (char)(v & 0xff));
}

void zipped_init(struct zipped *z)
{
	buf_init(&z->bytes, ZIPPED_MAX);
	buf_init(&z->directory, ZIPPED_MAX);
	z->n = 0;
}

/* version, flags, method, time and date, checksum, both sizes, length of the name, of the extra */
static void common(struct buf *b, const char *name, struct span text)
{
	le(b, 20, 2);
	le(b, 0x800, 2); /* names are UTF-8 */
	le(b, 0, 2);
	le(b, 0x21, 4);
	le(b, crc32_of(text), 4);
	le(b, text.len, 4);
	le(b, text.len, 4);
	le(b, strlen(name), 2);
	le(b, 0, 2);
}

void zipped_add(struct zipped *z, const char *name, struct span text)
{
	size_t at = z->bytes.len;

	buf_add_str(&z->bytes, "PK\x03\x04");
	common(&z->bytes, name, text);
	buf_add_str(&z->bytes, name);
	buf_add_span(&z->bytes, text);
	buf_add_str(&z->directory, "PK\x01\x02");
	le(&z->directory, 20, 2);
	common(&z->directory, name, text);
	le(&z->directory, 0, 10); /* comment, disk, attributes */
	le(&z->directory, at, 4);
	buf_add_str(&z->directory, name);
	z->n++;
}

void zipped_end(struct zipped *z)
{
	size_t at = z->bytes.len;

	buf_add_span(&z->bytes, span_buf(&z->directory));
	buf_add_str(&z->bytes, "PK\x05\x06");
	le(&z->bytes, 0, 4);
	le(&z->bytes, z->n, 2);
	le(&z->bytes, z->n, 2);
	le(&z->bytes, z->directory.len, 4);
	le(&z->bytes, at, 4);
	le(&z->bytes, 0, 2);
}

void zipped_free(struct zipped *z)
{
	buf_free(&z->bytes);
	buf_free(&z->directory);
}

/* ---- a workbook ---- */

#define HEAD   "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define MAIN   "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define RELS \
	"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"

static void add(struct zipped *z, const char *name, const char *before, struct span text,
		const char *after)
{
	struct buf b;

	buf_init(&b, ZIPPED_MAX);
	buf_add_str(&b, HEAD);
	buf_add_str(&b, before);
	buf_add_span(&b, text);
	buf_add_str(&b, after);
	zipped_add(z, name, span_buf(&b));
	buf_free(&b);
}

void zipped_book(struct zipped *z, struct span rows, const char *strings, bool from_1904)
{
	static const char rel[] =
	    RELS "<Relationship Id=\"rId1\" Type=\"" OFFICE
		 "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
	static const char sheet[] =
	    RELS "<Relationship Id=\"rId7\" Type=\"" OFFICE
		 "/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>";
	static const char styles[] =
	    "<styleSheet " MAIN "><numFmts count=\"1\"><numFmt numFmtId=\"164\" "
	    "formatCode=\"[$-42A]dd/mm/yyyy\\ hh:mm\"/></numFmts><cellStyleXfs count=\"1\"><xf "
	    "numFmtId=\"14\"/>"
	    "</cellStyleXfs><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf "
	    "numFmtId=\"164\"/></cellXfs></styleSheet>";
	const struct span none = span_of(NULL, 0);

	zipped_init(z);
	add(z, "_rels/.rels", rel, none, "");
	add(z, "xl/_rels/workbook.xml.rels", sheet, none, "");
	add(z, "xl/workbook.xml",
	    from_1904 ? "<workbook " MAIN " xmlns:r=\"" OFFICE "\"><workbookPr date1904=\"1\"/>"
		      : "<workbook " MAIN " xmlns:r=\"" OFFICE "\"><workbookPr/>",
	    span_str("<sheets><sheet name=\"Ẩn\" sheetId=\"1\" state=\"hidden\" r:id=\"rId9\"/>"
		     "<sheet name=\"Sổ\" sheetId=\"2\" r:id=\"rId7\"/></sheets>"),
	    "</workbook>");
	add(z, "xl/styles.xml", styles, none, "");
	if (strings)
		add(z, "xl/sharedStrings.xml", "<sst " MAIN ">", span_str(strings), "</sst>");
	add(z, "xl/worksheets/sheet1.xml", "<worksheet " MAIN "><sheetData>", rows,
	    "</sheetData></worksheet>");
	zipped_end(z);
}
