/*
 * import_head: which row of a table names its columns, and which field each column is. Not here:
 * the rows below.
 */
#ifndef KK_AGENT_IMPORT_HEAD_H
#define KK_AGENT_IMPORT_HEAD_H

#include "agent/import_file.h"
#include "agent/look.h"

enum { IMPORT_HEAD_ROWS = 20 /* a sheet has a title and a date above its head */ };

struct import_head {
	int64_t line;
	size_t n;
	const struct form_field *column[CSV_CELLS]; /* NULL: not used */
	size_t used;
	struct json
	    *columns; /* [{"column","field" or null,"label","sample","numbers"} …]; of this */
	struct json *about[CSV_CELLS]; /* each of them, borrowed */
	struct json *missing; /* required fields without a column: [{"field","label"} …]; of this */
};

/*
 * Find and read the head, and leave f behind it. match: {column name: field name, or null for none}
 * a person has chosen, NULL: by names and labels alone. line: where the head is, 0: the row
 * of the first IMPORT_HEAD_ROWS that names most fields. Its cells are f's row until the next is read.
 * RC_INPUT "import.empty", "import.column_twice" {column}, "import.head" {line}.
 */
enum rc import_head_read(struct import_head *h, struct import_file *f, const struct form *form,
			 const struct json *match, int64_t line, const char *lang,
			 struct err *reterr);
void import_head_free(struct import_head *h); /* fine when it was zeroed */
/* A row below: note what its cells are. */
void import_head_note(struct import_head *h, const struct import_file *f);

#endif
