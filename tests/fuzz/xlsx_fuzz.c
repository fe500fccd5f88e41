/*
 * xlsx: what a person may bring as a workbook. A ZIP is opened as it is; anything else is taken for
 * the rows of a sheet (before a NUL) and its shared strings, so that mutations reach the parser.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xlsx.h"
#include "lib/zip.h"
#include "tests/support/zipped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct span bytes)
{
	const struct xlsx_row *row;
	struct xlsx *x = NULL;

	if (xlsx_open(&x, bytes, NULL) != RC_OK)
		return;
	for (size_t i = 0; xlsx_sheet_name(x, i); i++)
		if (xlsx_sheet(x, i, NULL) == RC_OK)
			while (xlsx_row(x, &row, NULL) == RC_OK)
				for (size_t k = 0; k < row->n; k++)
					if (strlen(row->cell[k]) > XLSX_CELL_MAX)
						abort();
	xlsx_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span all = span_of(data, size);
	const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
	struct zipped z;
	char *strings = NULL;

	if (zip_is(all)) {
		read_all(all);
		return 0;
	}
	if (nul)
		strings = span_dup(span_of(nul + 1, size - (size_t)(nul - data) - 1));
	zipped_book(&z, nul ? span_of(data, (size_t)(nul - data)) : all, strings, size % 2);
	read_all(span_buf(&z.bytes));
	zipped_free(&z);
	free(strings);
	return 0;
}
