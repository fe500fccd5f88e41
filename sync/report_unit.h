/*
 * report_unit: the communes of a catalogue file (R3). Not here: which file counts, who belongs where.
 */
#ifndef KK_SYNC_REPORT_UNIT_H
#define KK_SYNC_REPORT_UNIT_H

#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "sync/entry.h"

struct report_province {
	char code[3], *name;
};
struct report_commune {
	char code[ENTRY_SCOPE_LEN], *name;
	size_t province; /* index */
};
struct report_units {
	struct report_province *p;
	size_t np;
	struct report_commune *c; /* by code */
	size_t nc;
};
/* RC_REFUSED "R3" "report.catalogue" {line}. Free with report_units_free. */
enum rc report_units_read(struct span text, struct report_units *ret, struct err *reterr);
void report_units_free(struct report_units *u);
enum { REPORT_NOWHERE = -1 };
/* Index of a commune, or REPORT_NOWHERE. */
ptrdiff_t report_units_find(const struct report_units *u, const char *code);

#endif
