/*
 * units: which communes were merged into which, and where parts of one went, as the log has it (M18, M22), and what
 * follows for whoever needs certs (K14). Reads only. Not here: names and provinces (the catalogue's documents),
 * the merging and splitting itself (op_unit.c, op_split.c).
 */
#ifndef KK_COLLECTOR_UNITS_H
#define KK_COLLECTOR_UNITS_H

#include "server-stub/collector.h"
#include "sync/unit.h"

struct units {
	struct unit_merger *merger;
	size_t n, cap;
	struct unit_split *split;
	size_t nsplit, splitcap;
};

/* Every merger and split that leads somewhere. Free with units_free. */
enum rc units_read(struct collector *col, struct units *ret, struct err *reterr);
/* The same through a reader; forms: those in force. */
enum rc units_read_from(struct archive_reader *r, const struct form_set *forms, struct units *ret,
			struct err *reterr);
void units_free(struct units *u); /* empty again, {0} */
/* As sync/unit asks them; valid while u is as it is. */
struct unit_map units_map(const struct units *u);
/* One that is not in the log yet. RC_NOMEM. */
enum rc units_add_split(struct units *u, const char *unit, const char *into, struct err *reterr);
/* Where scope goes on; scope itself when it did not end. */
void units_survivor(const struct units *u, const char *scope, char ret[ENTRY_SCOPE_LEN]);
/* Where a key writes what is new (M18, M22): from the commune it was certified for first. *ret "": it has none. */
enum rc units_home(const struct units *u, const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN],
		   char ret[ENTRY_SCOPE_LEN], struct err *reterr);
/* The communes that go on in scope, or of which a part does, in any number of steps, and itself: as many as fit. */
enum rc units_before(const struct units *u, const char *scope, struct unit_way *ret,
		     struct err *reterr);

/*
 * What merging `from` into `into` would break (M22): a ring of splits and mergers from `into` back to it, past a
 * commune that goes on beside it. *retapart: that one; "": there is none. The ring, "A → B → C → A", is appended to
 * out.
 */
void units_ring(const struct units *u, const char *from, const char *into, char retapart[ENTRY_SCOPE_LEN],
		struct buf *out);

/*
 * Whoever looks after one of the first `nown`, which hang together by mergers in any direction and through any
 * number of them, needs all: the others are those of which a part went to one of these, and what was merged into
 * those before.
 */
struct units_group {
	char scope[AUTHORITY_SCOPES][ENTRY_SCOPE_LEN];
	size_t n, nown;
};
/* The group of scope, or (other: NULL or a commune) of both as if they hung together. RC_LIMIT "units.many". */
enum rc units_join(const struct units *u, const char *scope, const char *other, struct units_group *ret,
		   struct err *reterr);

/* And the communes a PC has, as far as it is not revoked there. RC_LIMIT "units.many". */
enum rc units_add_pc(struct collector *col, const uint8_t device[CRYPT_PK_LEN], struct units_group *g,
		     struct err *reterr);
/* RC_DENIED "A4" "issuer.other_scope": a key that does not serve every commune of the group. */
enum rc units_served(struct collector *col, const uint8_t registrar[CRYPT_PK_LEN],
		     const struct units_group *g, struct err *reterr);

#endif
