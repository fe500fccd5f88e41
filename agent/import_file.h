/*
 * import_file: the rows of a table a person brings, CSV or Excel, one at a time and in Unicode.
 *
 * Which of the two it is, its first bytes say. A text in an alphabet of before Unicode is read only in
 * the one the person has chosen. Not here: what the columns mean (op_import.c), other files (usb).
 */
#ifndef KK_AGENT_IMPORT_FILE_H
#define KK_AGENT_IMPORT_FILE_H

#include "lib/csv.h"
#include "lib/json.h"
#include "lib/viet_legacy.h"
#include "lib/xlsx.h"

struct import_file {
	struct buf raw, latin; /* latin: raw in UTF-8, when it is none */
	struct csv csv;
	struct xlsx *xlsx; /* NULL: CSV */
	size_t sheet;
	enum viet_legacy guess; /* of the whole file */
	enum viet_legacy from;  /* what its texts are read in */
	/* the row read last */
	int64_t line;
	size_t n;
	const char *cell[CSV_CELLS];
	bool number[CSV_CELLS]; /* a number in Excel: zeros in front of it are lost */
	bool fault[CSV_CELLS];  /* an error Excel could not compute */
	struct buf text;
	size_t offset[CSV_CELLS];
};

/*
 * sheet: name of the sheet of a workbook, NULL: the first. RC_INPUT "import.utf16", "import.twice",
 * "import.not_table" (no text at all), "import.encoding" (no alphabet we know), "import.no_sheet" {sheet};
 * those of csv and xlsx.
 */
enum rc import_file_open(struct import_file *f, const char *path, const char *sheet,
			 struct err *reterr);
void import_file_close(struct import_file *f); /* fine when it was zeroed and never opened */
/* Begin anew with the first row. */
enum rc import_file_begin(struct import_file *f, struct err *reterr);
/* Next row that is not empty; RC_NOTFOUND "csv.end". */
enum rc import_file_row(struct import_file *f, struct err *reterr);
char import_file_delimiter(const struct import_file *f); /* of a CSV like it */
/* "csv" or "xlsx"; names of the sheets. The caller frees. */
struct json *import_file_about(const struct import_file *f);
/*
 * Up to `max` different texts that read otherwise in an alphabet of before Unicode: [{"text","tcvn3",
 * "vni"} …]. Begins anew. The caller frees *ret.
 */
enum rc import_file_samples(struct import_file *f, size_t max, struct json **ret,
			    struct err *reterr);

#endif
