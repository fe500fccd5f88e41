/*
 * oracle: what must be true of a log, worked out the slow and plain way from its lines alone:
 * who was allowed to write what (A3-A8), which writes are alive (M2), and the root of the tree
 * at any size (L1). It shares the readers of bytes with the programs, none of their rules.
 *
 * It knows the authority entries the simulator makes: certs by the root and by registrars nobody
 * revokes, revokes of clerks and PCs, admits.
 */
#ifndef KK_TESTS_SIM_ORACLE_H
#define KK_TESTS_SIM_ORACLE_H

#include "sync/authority.h"
#include "sync/entry.h"
#include "sync/keyring.h"
#include "sync/tree.h"

struct oracle_line {
	struct entry *e;
	int64_t index;
	uint8_t leaf[TREE_HASH];
	enum keyring_verdict told;  /* by the collector */
	enum keyring_verdict right; /* by the oracle */
	union {
		struct authority_cert *cert;
		struct authority_revoke revoke;
		struct authority_admit *admit;
	};
};
struct oracle {
	uint8_t root[CRYPT_PK_LEN]; /* key of the root */
	struct oracle_line *line;   /* by index */
	size_t n, cap;
};

/* The next line of the log; e becomes the oracle's. */
void oracle_add(struct oracle *o, struct entry *e, enum keyring_verdict told);
void oracle_judge(struct oracle *o); /* all lines are there: fill `right` */
void oracle_free(struct oracle *o);
const struct oracle_line *oracle_find(const struct oracle *o, const uint8_t id[ENTRY_ID_LEN]);
/* Has the key an admitted cert for this scope (K14)? After oracle_judge. */
bool oracle_covers(const struct oracle *o, const uint8_t key[CRYPT_PK_LEN], const char *scope);
/* Root of the tree of the first n lines. */
void oracle_root(const struct oracle *o, size_t n, uint8_t ret[TREE_HASH]);
/*
 * Is this line's write of the field alive (M2)? Lines without an own index see as admitted what
 * the log admits.
 */
bool oracle_alive(const struct oracle *o, const struct oracle_line *l, struct span field);
bool oracle_same_entity(const struct entry *a, const struct entry *b);

#endif
