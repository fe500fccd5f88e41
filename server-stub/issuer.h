/*
 * issuer: seal entries in the collector's own hands (root, registrars, staff) and hand
 * them to the sequencer. Keeps feed, seq, prev and seen right (E9-E12); a registrar has
 * one feed per scope it serves (contract: a PC carries only its own). Not here: which
 * key may say what (sync/kinds judges it).
 */
#ifndef KK_COLLECTOR_ISSUER_H
#define KK_COLLECTOR_ISSUER_H

#include "lib/json.h"
#include "server-stub/collector.h"
#include "sync/authority.h"

struct issuer;

/* Write as `signer` (borrowed) in `scope` ("*" or a commune). Opens the feed when there is none. */
enum rc issuer_open(struct collector *collector, struct crypt_signer *signer, const char *scope,
		    struct issuer **ret, struct err *reterr);
void issuer_free(struct issuer *i); /* what was not kept is dropped */
/* Seal one authority entry (op cert … log) with a body from authority_*_write. retid may be NULL. */
enum rc issuer_add(struct issuer *i, enum entry_op op, struct span set, uint8_t retid[ENTRY_ID_LEN],
		   struct err *reterr);
/* Seal one `set` (review, schedule, task, catalogue, a decision). after: 32-byte ids or empty. */
enum rc issuer_set(struct issuer *i, const char *kind, unsigned version, const uint8_t entity[16],
		   const struct json *fields, struct span after, uint8_t retid[ENTRY_ID_LEN],
		   struct err *reterr);
/* Write this too, in the same group as the entries: both or neither. Once, before issuer_keep. */
void issuer_also(struct issuer *i,
		 enum rc (*also)(void *arg, struct archive_writer *w, struct err *reterr), void *arg);
/* Log all of them as one group; *retindex: of the first, behind the opening of the feed where it is new. A quarantined
 * one is RC_DENIED "issuer.…". */
enum rc issuer_keep(struct issuer *i, int64_t *retindex, struct err *reterr);
/* The sealed entries, for enrolment answers. Borrowed. */
const struct entry *issuer_entry(const struct issuer *i, size_t n); /* NULL past the end */

#endif
