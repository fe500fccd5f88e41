/*
 * kinds: the table of who may write what (K9, K10). One table, read by the keyring
 * on both ends, printed by `explain --roles`, and compared with FORMAT.md by a test.
 * Not here: whose key has which role (sync/keyring), what a form asks (sync/form).
 */
#ifndef KK_SYNC_KINDS_H
#define KK_SYNC_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "sync/authority.h"
#include "sync/decision.h"
#include "sync/entry.h"

/* Classes of kinds known to the contract; a kind that is not in the table is KINDS_OTHER. */
enum kinds_class {
	KINDS_REGISTER, /* facility, asset: edited with `after` */
	KINDS_SESSION,  /* inventory, inventory_line, committee_member */
	KINDS_CHECK, /* facility_check, equipment_check, equipment_line, photo, weekly_statement: set once */
	KINDS_CHOICE,    /* choice: which of several corrections counts (M17) */
	KINDS_REVIEW,    /* review: a decision on a submission, one entry (M21) */
	KINDS_TASK,      /* task */
	KINDS_SCHEDULE,  /* schedule: scope * */
	KINDS_CATALOGUE, /* catalogue: scope * */
	KINDS_REPORT,    /* report: an issue of the weekly report, one entry (M21), scope * */
	KINDS_ACCESS,    /* access: a token by which a program reads, scope * */
	KINDS_OTHER,     /* a form published later: clerks write it, in a commune's scope */
	KINDS_CLASS_N
};
enum kinds_class kinds_class(const char *kind);
/* Name in FORMAT.md: "register". Never NULL. */
const char *kinds_class_name(enum kinds_class c);
/* Does the class live in scope "*"? Otherwise in the scope of a commune. */
bool kinds_class_central(enum kinds_class c);
/* Set once (M12, M21)? */
bool kinds_once(const char *kind);
/* Is an entity of it the one entry that is the first of those that count, whatever is written into it later (M21)? */
bool kinds_single(const char *kind);
/* The i-th kind of the table with its class; NULL past the end. */
const char *kinds_at(size_t i, enum kinds_class *retclass);

/* One row of K9. Sets are bits: 1U << value. */
struct kinds_rule {
	unsigned central;   /* enum entry_op, without set: in scope "*" */
	unsigned commune;   /* the same in the scope of a commune */
	unsigned sets;      /* enum kinds_class, each in the scope of its class */
	unsigned certifies; /* enum role (K10) */
	unsigned revokes;   /* enum role (A8) */
	enum decision_level decides; /* the highest level of its reviews (A5) */
};
/* Row of a role; of an auditor or device an empty one. Never NULL. */
const struct kinds_rule *kinds_rule(enum role role);

/* May the role write this op (for op set: this kind) in this scope? */
bool kinds_may(enum role role, enum entry_op op, const char *kind, const char *scope);
/* May a key of role `by` certify a key of role `role` (K10)? */
bool kinds_may_certify(enum role by, enum role role);
/* May a key of role `by` revoke a key of role `role` (A8)? */
bool kinds_may_revoke(enum role by, enum role role);

/* Append the two tables (roles, classes) as they stand in FORMAT.md under K9: Markdown. */
void kinds_print(struct buf *out);

#endif
