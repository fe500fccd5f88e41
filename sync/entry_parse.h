/*
 * entry_parse: the strict parser between a line and a struct entry. Clauses E1-E19, E25.
 *
 * Inside sync/entry* only: what it makes is not verified yet, and a struct entry that
 * leaves sync/entry.c is. The steps it is made of stand here too, for sync/explain alone, which
 * goes on after a fault. Not here: keys and signatures, bodies of authority entries.
 */
#ifndef KK_SYNC_ENTRY_PARSE_H
#define KK_SYNC_ENTRY_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "sync/entry.h"

/*
 * Everything but key, keyhash and the signature's check; id and sig are filled. The
 * line is copied. RC_REFUSED with E1-E19, E25; RC_NOMEM. The caller frees *ret.
 */
enum rc entry_parse(struct span line, struct entry **ret, struct err *reterr);

/* ---- the steps, in their order; each answers RC_OK, or RC_REFUSED into p->err ---- */

/* Members, v … salt, of every op in the order of E7; and the indexes of three of them. */
enum { ENTRY_PARSE_V = 0, ENTRY_PARSE_FEED = 1, ENTRY_PARSE_OP = 6, ENTRY_PARSE_MEMBERS = 13 };

/* Set line, tok and err (not NULL) before the first step; the rest is {0}. */
struct entry_parse {
	struct span line, text; /* text: the payload in line */
	struct json_tok *tok;
	size_t ntok;
	struct span value[ENTRY_PARSE_MEMBERS]; /* raw; .p NULL when absent */
	size_t set;                             /* token of `set`, 0 without */
	unsigned version;                       /* 0: none that E8 knows */
	enum entry_op op;                       /* ENTRY_OP_N: none that E13 knows */
	uint8_t (*after)[ENTRY_ID_LEN];         /* room in the struct that layout made */
	struct err *err;
};

/* E1: cut the line into signature and payload. */
enum rc entry_parse_line(struct entry_parse *p, uint8_t retsig[CRYPT_SIG_LEN]);
/* E2, except what UTF-8 is. */
enum rc entry_parse_bytes(const struct entry_parse *p);
/* E3-E6 and UTF-8, with the rules given; max is the room of tok. RC_REFUSED "json.tokens" without clause. */
enum rc entry_parse_scan(struct entry_parse *p, const struct json_rules *rules, size_t max);
/* E7 (of a later version E8): the eight common members in their place; E8: `v`. */
enum rc entry_parse_common(struct entry_parse *p);
/* Instead, where members stand anyhow: the value of each that is there. */
void entry_parse_find(struct entry_parse *p);
/* E8: what `v` says. */
enum rc entry_parse_version(struct entry_parse *p);
/* E13, of a later version E8: what `op` says. */
enum rc entry_parse_op(struct entry_parse *p);
/* E7: what follows the common members in version 1. */
enum rc entry_parse_members(struct entry_parse *p);
/* E18, E25, K2-K8: `set` is an object. If not, p->set is 0 afterwards. */
enum rc entry_parse_set(struct entry_parse *p);
/* One block: the struct with its fields and a copy of the line, no value read yet. RC_NOMEM. */
enum rc entry_parse_layout(struct entry_parse *p, struct entry **ret);

/* E9-E19, E25: what one member's value must be, read into the struct. */
struct entry_parse_check {
	const char *clause;
	size_t member; /* skipped when that is absent */
	unsigned ops;  /* bits of enum entry_op it is for */
	enum rc (*run)(const struct entry_parse *p, struct entry *e);
};
/* The i-th check; NULL past the end. */
const struct entry_parse_check *entry_parse_check(size_t i);
/* Is the check for an entry of this op (which may be ENTRY_OP_N)? */
bool entry_parse_applies(const struct entry_parse_check *c, enum entry_op op);

/* Name of the i-th member. */
const char *entry_parse_member(size_t i);

#endif
