/*
 * zipped: a ZIP file made of named texts, stored as they are, for tests of what reads one.
 */
#ifndef KK_TESTS_SUPPORT_ZIPPED_H
#define KK_TESTS_SUPPORT_ZIPPED_H

#include "lib/buf.h"

struct zipped {
	struct buf bytes, directory;
	size_t n;
};
void zipped_init(struct zipped *z);
void zipped_add(struct zipped *z, const char *name, struct span text);
/* Write the directory; the file is z->bytes. */
void zipped_end(struct zipped *z);
void zipped_free(struct zipped *z);

/*
 * A workbook of one sheet "Sổ" with these rows (what stands in <sheetData>), shared strings (<si> …),
 * and cell formats 0 general, 1 dd/mm/yyyy, 2 of its own "[$-42A]dd/mm/yyyy hh:mm". An element of
 * NULL: that part is left out. z is initialised here.
 */
void zipped_book(struct zipped *z, struct span rows, const char *strings, bool from_1904);

#endif
