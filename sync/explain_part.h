/*
 * explain_part: the report that the files of explain fill. Inside sync/explain* only.
 *
 * Rows stand in the order of the clauses, whatever the order in which they are found: a row is
 * shown unchecked, then kept or broken; broken stays broken, with its first reason.
 */
#ifndef KK_SYNC_EXPLAIN_PART_H
#define KK_SYNC_EXPLAIN_PART_H

#include "sync/explain.h"

enum { EXPLAIN_ROWS = 48 };

enum explain_state {
	EXPLAIN_HIDDEN, /* not a check of these bytes */
	EXPLAIN_UNCHECKED,
	EXPLAIN_KEPT,
	EXPLAIN_BROKEN
};

struct explain_report {
	const struct explain_in *in;
	struct json *members, *computed;
	enum explain_state row[EXPLAIN_ROWS];
	struct json *detail[EXPLAIN_ROWS];
};

/* The row is one of these bytes' checks. */
void explain_show(struct explain_report *r, const char *clause);
/* Not after all, unless it is broken. */
void explain_hide(struct explain_report *r, const char *clause);
/* It holds, unless something said otherwise before. */
void explain_ok(struct explain_report *r, const char *clause);
/* The clause named in *why is broken. */
void explain_fail(struct explain_report *r, const struct err *why);
/* The same with a message without arguments. */
void explain_break(struct explain_report *r, const char *clause, const char *key);
/* Nobody could look, for that reason; says nothing of a clause that is broken. */
void explain_skip(struct explain_report *r, const char *clause, const char *key);
bool explain_broken(const struct explain_report *r, const char *clause);

/* Append a member, the value being the report's afterwards; means: in words, or NULL. */
void explain_add(struct explain_report *r, const char *name, struct json *value, const char *means);
void explain_add_hex(struct explain_report *r, const char *name, const void *p, size_t len);
/* computed.NAME in b64u. */
void explain_computed(struct explain_report *r, const char *name, const void *p, size_t len);
/* computed.key and its fingerprint (K11). */
void explain_author(struct explain_report *r, const uint8_t key[CRYPT_PK_LEN]);

/* The given key of which H begins with these bytes; NULL when there is none. */
const uint8_t *explain_key_of(const struct explain_report *r, const void *hash, size_t len);

enum rc explain_entry(struct explain_report *r, bool payload_alone, struct err *reterr);
/* A line that has the shape of a stub (entry_stub_is). */
enum rc explain_stub(struct explain_report *r, struct err *reterr);
void explain_note(struct explain_report *r);
void explain_receipt(struct explain_report *r);

#endif
