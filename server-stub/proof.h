/*
 * proof: is what is stored of an entity what its authors sealed? Found out from the stored bytes, now:
 * every entry is opened again (canonical form, id, signature), its author's cert and that of whoever
 * certified him likewise up to the root, it is judged anew, its leaf is looked for under the newest
 * signed checkpoint, and the state is built anew. No verdict, flag or state that is stored is believed.
 * Clauses E1-E21, A1-A8, L1, L2, L4, M1, M11. Reads only. Not here: what the record says.
 */
#ifndef KK_COLLECTOR_PROOF_H
#define KK_COLLECTOR_PROOF_H

#include "lib/json.h"
#include "lib/lang.h"
#include "server-stub/collector.h"

/* One look at the store: the newest checkpoint, the keys, the certs opened already. */
struct proof;

enum rc proof_open(struct collector *col, const struct lang *lang, struct proof **ret,
		   struct err *reterr);
void proof_free(struct proof *p); /* NULL is fine */

/* What is asked of an entity. */
struct proof_of {
	int64_t no;
	/* Told each entry that is sound, with its row; NULL: nobody. begin: forget what was told, it begins anew. */
	void (*begin)(void *arg);
	enum rc (*take)(void *arg, const struct archive_row *row, struct entry *e, struct err *reterr);
	void *arg;
};
struct proof_found {
	int64_t entries, sound, held; /* held: sound, and quarantined (A10) */
	struct json *wrong;           /* appended to: {"clause","key","text","entry","index"} */
};
/*
 * Check an entity. found->wrong is the caller's array; the counts are added to. RC_CORRUPT only where there is
 * nothing to check with: no checkpoint, or one that does not verify (L4).
 */
enum rc proof_entity(struct proof *p, const struct proof_of *of, struct proof_found *found,
		     struct err *reterr);
/*
 * Of a logged entry, into o: "size", "root", "log" and "checkpoint_at" of the newest checkpoint, "leaf_index",
 * "leaf_hash" and "nodes": the audit path (L2), all hex.
 */
enum rc proof_receipt(struct proof *p, const struct entry *e, int64_t index, struct json *o,
		      struct err *reterr);
struct archive_reader *proof_reader(struct proof *p);
const struct clock *proof_clock(const struct proof *p);
const struct ingest_snapshot *proof_snapshot(const struct proof *p);

#endif
