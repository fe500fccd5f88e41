/*
 * ledger: a log in memory with what a weekly report reads, sealed by real keys: a root, a
 * registrar, staff, and a clerk in each of some communes. Anything that goes wrong fails the test.
 */
#ifndef KK_TESTS_SUPPORT_LEDGER_H
#define KK_TESTS_SUPPORT_LEDGER_H

#include "sync/report.h"
#include "tests/support/actor.h"

enum { LEDGER_CLERKS = 6 };

struct ledger {
	struct actor root, registrar, verifier, reporter, clerk[LEDGER_CLERKS];
	const char *scope[LEDGER_CLERKS]; /* of each clerk */
	size_t nclerk;
	struct entry **e;
	size_t n, cap;
	char *blob[2]; /* texts of catalogues; missing ones are RC_NOTFOUND */
	uint32_t ids;
};

/* Keys of the centre, certified; scopes: of the clerks, separated by spaces. */
void ledger_init(struct ledger *l, const char *scopes);
void ledger_free(struct ledger *l);
/* Append an entry, which the ledger owns from here on; its index. */
int64_t ledger_add(struct ledger *l, struct entry *e);
/* A new id of version 7. */
void ledger_id(struct ledger *l, uint8_t ret[16]);
struct actor *ledger_clerk(struct ledger *l, const char *scope);

/* A catalogue (file text, ' for " is not needed) named by an entry. again: in place of the first. */
void ledger_catalogue(struct ledger *l, const char *text, bool again);
/* A set by the clerk of the scope; fields with ' for ". id NULL: a new one. Gives the entity's id. */
void ledger_set(struct ledger *l, const char *scope, const char *kind, const uint8_t *id,
		const char *fields, uint8_t retid[16]);
/* A statement of a week, at its key; more: further fields (",'car':'chua'"), or "". */
void ledger_statement(struct ledger *l, const char *scope, const char *week, const char *declared,
		      const char *more, uint8_t retid[16]);
/* A review by the verifier, of the record as its newest entry left it. */
void ledger_review(struct ledger *l, const char *scope, const uint8_t target[16],
		   const char *state);
/* An issue of the report of the first `size` leaves, by the reporter; root and hash as computed. */
void ledger_issue(struct ledger *l, int64_t size, const char *week);

/* Text of a catalogue, for report_blobs; ctx: the ledger. */
enum rc ledger_blob(void *ctx, const uint8_t sha[CRYPT_HASH_LEN], struct buf *out, struct err *reterr);
/* report_settle with the tree of all its leaves. */
enum rc ledger_settle(const struct ledger *l, struct report *r, struct err *reterr);
/* The report, finished. The caller frees. */
struct report *ledger_report(struct ledger *l, int64_t size, const char *week);
/* The same, when it fails. */
enum rc ledger_report_rc(struct ledger *l, int64_t size, const char *week, struct report **ret,
			 struct err *reterr);
/* A figure of all. */
int64_t ledger_total(struct ledger *l, const char *week, enum report_figure f);
/* Text with ' turned into ". The caller frees. */
char *ledger_quotes(const char *text);

#endif
