/*
 * units: which communes were merged into which, as the log has it (M18), and what follows for whoever
 * needs certs (K14). Reads only. Not here: names and provinces (the catalogue's documents),
 * the merging itself (op_unit.c).
 */
#ifndef KK_COLLECTOR_UNITS_H
#define KK_COLLECTOR_UNITS_H

#include "server-stub/collector.h"
#include "sync/unit.h"

struct units {
	struct unit_merger *merger;
	size_t n, cap;
};

/* Every merger that leads somewhere. Free with units_free. */
enum rc units_read(struct collector *col, struct units *ret, struct err *reterr);
void units_free(struct units *u);
/* Where scope goes on; scope itself when it did not end. */
void units_survivor(const struct units *u, const char *scope, char ret[ENTRY_SCOPE_LEN]);

/* Communes joined by mergers, in any direction and through any number of them. */
struct units_group {
	char scope[AUTHORITY_SCOPES][ENTRY_SCOPE_LEN];
	size_t n;
};
/* Add scope, if it is not there, and all that hangs together with it. RC_LIMIT "units.many". */
enum rc units_join(const struct units *u, const char *scope, struct units_group *g,
		   struct err *reterr);

/* RC_DENIED "A4" "issuer.other_scope": a key that does not serve every commune of the group. */
enum rc units_served(struct collector *col, const uint8_t registrar[CRYPT_PK_LEN],
		     const struct units_group *g, struct err *reterr);

#endif
