/*
 * store_verify: every stored entry as bytes, for `verify --all` and `entry`: nothing is
 * taken for verified, a row that does not parse does not end the walk. Reads only.
 */
#ifndef KK_AGENT_STORE_VERIFY_H
#define KK_AGENT_STORE_VERIFY_H

#include "agent/store.h"

struct store_raw {
	int64_t no, index; /* -1: not logged */
	const uint8_t *id, *sig, *key;
	struct span payload; /* p NULL: erased, by by_line */
	struct span by_line; /* the line of the erase */
	struct span logged;  /* signature in the log, when it is not sig (A11); p NULL: it is */
	bool proved;
};
/* In order of arrival, until take returns false. Everything is borrowed during the callback. */
enum rc store_verify_each(struct store *s, bool (*take)(void *arg, const struct store_raw *x),
			  void *arg, struct err *reterr);
/* The one of that id, the same way. RC_NOTFOUND "store.no_entry". */
enum rc store_verify_get(struct store *s, const uint8_t id[ENTRY_ID_LEN],
			 bool (*take)(void *arg, const struct store_raw *x), void *arg,
			 struct err *reterr);
/*
 * Open it as if it came from a peer: the id it is stored under, its clauses, its
 * signature. RC_REFUSED E1..E25, E20 "verify.id", A1; an erased one only by E21.
 */
enum rc store_verify_one(const struct store_raw *x, struct err *reterr);
/*
 * Its receipts derived anew, those of ended eras too (L12). RC_CORRUPT "L3", RC_REFUSED L2, L4; RC_OK
 * without one. *retn: how many.
 */
enum rc store_verify_receipt(struct store *s, const struct store_raw *x, int64_t *retn,
			     struct err *reterr);

#endif
