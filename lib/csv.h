/*
 * csv: rows of a delimited text, as offices export them (RFC 4180 and its habits).
 *
 * Delimiter `;`, `,` or tab, told by the first line; quoted fields with doubled quotes and
 * line breaks; CR LF or LF; a byte order mark is skipped. Does NOT know headers,
 * types or encodings: the text must be UTF-8 already.
 */
#ifndef KK_LIB_CSV_H
#define KK_LIB_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

enum { CSV_CELLS = 256, CSV_CELL_MAX = 65536 };

struct csv {
	struct span rest;
	char delimiter;
	int64_t line; /* of the row read last, from 1 */
	int64_t next_line;
	struct buf text; /* cells of the row read last, each with a NUL behind */
	const char *cell[CSV_CELLS];
	size_t n; /* cells */
};

/* Begin; text is borrowed. RC_INPUT "csv.utf8" {line} when it is not UTF-8. */
enum rc csv_open(struct csv *c, struct span text, struct err *reterr);
void csv_close(struct csv *c);
/*
 * Next row that is not empty into c->cell; RC_NOTFOUND "csv.end" after the last.
 * RC_INPUT "csv.quote" {line}: a quote that never closes, or text behind a closing one;
 * RC_LIMIT "csv.cells" / "buf.ceiling".
 */
enum rc csv_row(struct csv *c, struct err *reterr);
/* Append one cell, quoted when it must be. */
void csv_add(struct buf *out, const char *cell, char delimiter);

#endif
