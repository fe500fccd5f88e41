/*
 * report_log: the entries of the records that a report reads, kept as small as it reads them. Shared by
 * report*.c only. Clauses A12, M1, M2.
 *
 * Of each entry its id, author, place in the log and the fields that are read; nothing is judged or merged before
 * it is asked what a record says below a size by the keys of then. So one pass over a log is enough
 * for the issue and the one before, and a key revoked at the end counts from the beginning. Not here: which
 * records count.
 */
#ifndef KK_SYNC_REPORT_LOG_H
#define KK_SYNC_REPORT_LOG_H

#include "sync/keyring.h"
#include "sync/report_fact.h"

struct report_write; /* an entry as it is kept */
struct report_author;
struct report_block;

struct report_entity {
	uint8_t kind; /* enum report_kind */
	uint8_t prefixes; /* bits: of which prefixes of the log it is asked */
	char scope[ENTRY_SCOPE_LEN];
	uint8_t id[16];
	struct report_write *first, *last; /* by index */
	size_t next;                       /* hash chain, + 1 */
};

struct report_log {
	struct report_entity *e;
	size_t n, cap, *head, nhead;
	struct report_block *block;
	struct report_author *author;
	size_t nauthor, capauthor, *author_head, nauthor_head;
};
void report_log_free(struct report_log *l); /* {0} is an empty one */

/* Kind of the record an entry sets; REPORT_KIND_N: none that matters. */
enum report_kind report_log_kind(const struct entry *e);
/*
 * Any entry; of other kinds nothing is kept. Those of one record in the order of the log. prefixes: bits, added to
 * those of its record. RC_NOMEM, RC_LIMIT.
 */
enum rc report_log_add(struct report_log *l, const struct entry *e, int64_t index, unsigned prefixes,
		       struct err *reterr);
/*
 * What a record says by its entries below size that these keys admit. *retany false: there is none. Values of
 * *ret are borrowed from the log or from *says, which is emptied. retstate: of a choice its merged state, which
 * the caller frees, else NULL.
 */
enum rc report_log_fact(const struct report_log *l, const struct report_entity *x, const struct keyring *keys,
			int64_t size, const struct form_set *forms, struct report_fact *ret,
			struct merge_state **retstate, struct buf *says, bool *retany, struct err *reterr);

#endif
