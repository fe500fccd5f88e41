/*
 * store_part: what the files of the store share. Only store_*.c include it; everyone
 * else uses agent/store.h.
 *
 * Every change goes through a struct store_work: one transaction, in which each entity
 * is read once, merged in memory and written once at the end.
 */
#ifndef KK_AGENT_STORE_PART_H
#define KK_AGENT_STORE_PART_H

#include "agent/store.h"
#include "agent/store_sql.h"
#include "lib/db.h"
#include "sync/matter.h"

struct store {
	char *home, *blobs; /* folders */
	struct db *db;
	const struct clock *clock;
	struct keyring *keyring; /* never NULL: of a root of zeros while none is known */
	struct keyring
	    *trial; /* copy a session adds to; becomes the keyring when its result is kept */
	struct form_set *forms;
	struct session_client_store session;
	uint8_t device[CRYPT_PK_LEN]; /* whose requests the session writes */
	int64_t push_after;           /* the session pushes entries with a number above this */
	bool push_all;                /* also those whose author has no cert yet */
	struct entry **lent; /* to a session, until release */
	size_t nlent, caplent;
	char clause[8], why[ERR_KEY_LEN]; /* of the last store_entry_get */
	bool sweep;                       /* erased bytes may still be in files beside the tables */
};

enum {
	STORE_BUCKETS = 256,
	STORE_NO_INDEX = -1,
	STORE_TEXT_MAX = 2048 /* bytes of a title */
};

/* One entity while a transaction works on it. */
struct store_touch {
	int64_t no;
	char scope[ENTRY_SCOPE_LEN];
	char kind[ENTRY_KIND_LEN];
	uint8_t id[16];
	struct merge_state *state;
	bool rebuild;       /* the admission of one of its entries changed */
	int64_t changed_no; /* last entry added, 0: none */
	struct store_touch *next, *next_no; /* in the buckets of its id and of its number */
};

struct store_work {
	struct store *s;
	const struct keyring *keyring; /* that judges */
	int64_t now;
	bool forms;  /* what forms are in use may have changed */
	bool erased; /* a payload went */
	struct store_touch *bucket[STORE_BUCKETS], *by_no[STORE_BUCKETS];
	struct matter_again *again; /* entities whose things are counted again at the end */
};

/* A row of STORE_ROW. Texts are borrowed from the cursor. */
struct store_row {
	int64_t no, received_at, entity_no, index;
	uint8_t id[ENTRY_ID_LEN], key[CRYPT_PK_LEN], sig[CRYPT_SIG_LEN];
	enum entry_op op;
	bool proved, proven, counts;
	enum keyring_verdict verdict;
	enum store_fate fate;
	struct span clause, why, body; /* body.p NULL: erased, by by_line */
	struct span by_line;
	struct span logged; /* signature in the tree in use, when it is not sig */
};

/* ---- store_told.c ---- */

/* Keep which communes an answer says this PC has (P33), when they are others than before. */
enum rc store_told(struct store *s, const struct session_result *r, struct err *reterr);

/* ---- store_write.c ---- */

/* Begin a transaction. keyring: the one that judges. */
enum rc store_work_begin(struct store *s, const struct keyring *k, struct store_work *ret,
			 struct err *reterr);
/* Write the entities and commit when rc is RC_OK, else roll back. Always frees. */
enum rc store_work_end(struct store_work *w, enum rc rc, struct err *reterr);
/* How an entry comes to be here. */
struct store_arrival {
	enum store_fate fate;
	int64_t index; /* STORE_NO_INDEX */
	bool proved;
	bool carried; /* foreign, and to be handed on: its blobs too (B12) */
};
/* Add an entry that is not here yet: rows, judgement, merge, blobs it names. */
enum rc store_work_add(struct store_work *w, const struct entry *e, struct store_arrival how,
		       struct err *reterr);
/* Its number, 0 when it is not here. */
enum rc store_known(struct store *s, const struct entry *e, int64_t *ret, struct err *reterr);

/* ---- store_judge.c ---- */

/* True when no cert of the key has been seen. */
bool store_uncertified(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN]);
/* Verdict, and whether the entry takes part in the merge (docs/decisions/0004). */
enum keyring_verdict store_judge(const struct keyring *k, const struct entry *e, int64_t index,
				 bool own, bool *retcounts);
/* Judge anew what a change of the keyring touches; old: the keyring before it. */
enum rc store_rejudge(struct store_work *w, const struct keyring *old,
		      const struct keyring_change *change, struct err *reterr);
/* Judge one entry anew, for instance because it has an index now. */
enum rc store_rejudge_one(struct store_work *w, int64_t no, struct err *reterr);
/* Everything again, under another root. */
enum rc store_rejudge_all(struct store *s, const struct keyring *k, struct err *reterr);

/* ---- store_entity.c ---- */

enum rc store_touch(struct store_work *w, const char *scope, const char *kind, const uint8_t id[16],
		    struct store_touch **ret, struct err *reterr);
enum rc store_touch_no(struct store_work *w, int64_t no, struct store_touch **ret,
		       struct err *reterr);
/* Merge an entry that counts and was not merged before. */
enum rc store_touch_apply(struct store_work *w, struct store_touch *t, const struct entry *e,
			  struct err *reterr);
enum rc store_touch_put_all(struct store_work *w, struct err *reterr);
void store_touch_free_all(struct store_work *w);
/* The state its entries give, made anew. */
enum rc store_entity_build(struct store *s, const struct keyring *k, int64_t entity_no,
			   struct merge_state **ret, struct err *reterr);

/* ---- store_matter.c ---- */

/* How many things of an entity wait for a person (matter_count). Its entries are written before. */
enum rc store_matter(struct store *s, const struct matter_entity *e, int64_t *ret,
		     struct err *reterr);
/* Before its row is written: note what else is to be counted again. */
enum rc store_matter_note(struct store_work *w, const struct matter_entity *e, struct err *reterr);
/* Count again what was noted. */
enum rc store_matter_again(struct store_work *w, struct err *reterr);

/* ---- store_fold.c ---- */

/* What a list shows, and what a search looks through: both appended. */
enum rc store_fold_title(const struct merge_state *m, const struct form *f, struct buf *title,
			 struct err *reterr);
enum rc store_fold_text(const struct merge_state *m, const struct form *f, struct buf *fold,
			struct err *reterr);
/* Calls take with each string or number of a wire value, decoded. */
typedef enum rc store_fold_take(void *arg, struct span text, struct err *reterr);
enum rc store_fold_each(struct span raw, store_fold_take *take, void *arg, struct err *reterr);
/* UUID the parent field holds; false when none. */
bool store_fold_parent(const struct merge_state *m, const struct form *f, uint8_t ret[16]);

/* ---- store_card.c ---- */

/* In cells: ends a value, stands between name and value, between the parts of a list. */
enum { STORE_CELL = 0x1e, STORE_CELL_IS = 0x1f, STORE_CELL_PART = 0x1d };
/* Write the card of a record of a register; of other kinds nothing. */
enum rc store_card_put(struct store *s, const struct store_touch *t, const struct form *f,
		       struct span title, struct span fold, struct err *reterr);

/* The value of a field in cells; empty when it has none. */
struct span store_card_value(struct span cells, const char *name);
/* Is it that value, or one of its parts? "" is only the value that is not there. */
bool store_card_is(struct span value, const char *want);

/* ---- store_list.c ---- */

/* Are all words (split at spaces) somewhere in text? Both folded. */
bool store_list_matches(struct span text, struct span words);
/* Give one thing to take: no is its head; g NULL: it is linked with nothing. */
enum rc store_list_row(struct store *s, int64_t no, const struct store_links *g, size_t node,
		       bool (*take)(void *arg, const struct store_item *item), void *arg,
		       bool *retgo, struct err *reterr);
/* Append the folded texts of all records of a thing, LF behind each. */
enum rc store_list_text(struct store *s, const struct store_links *g, size_t node, struct buf *out,
			struct err *reterr);

/* ---- store_code.c ---- */

/* Replace the codes an entity is found by. */
enum rc store_code_put(struct store *s, int64_t entity_no, const struct merge_state *m,
		       struct err *reterr);
/* Append the key of a code: folded, without spaces, dots and dashes. */
enum rc store_code_key(struct span typed, struct buf *out, struct err *reterr);
/* Append what is the same of a code before and after a Telex input method has read it (store_code.c). */
enum rc store_code_telex(struct span typed, struct buf *out, struct err *reterr);

/* ---- store_turn.c ---- */

/* Number of turns so far: the era that runs (L12). */
enum rc store_era(struct store *s, int64_t *ret, struct err *reterr);
/* Of the session's vtable. */
enum rc store_turn(void *ctx, const struct entry *open, const struct entry *log, bool *rettook,
		   struct err *reterr);
enum rc store_insist(void *ctx, const char *scope, bool *retany, struct err *reterr);
enum rc store_heads(void *ctx, const char *scope, struct session_head *ret, size_t *retn,
		    struct err *reterr);
/*
 * What may go out (L13): while lines of the root are offered only those, for nobody's key is
 * known without them; then those of central keys; then everything.
 */
enum store_level { STORE_ALL, STORE_CENTRAL, STORE_ROOT };
enum rc store_level(struct store *s, const char *scope, enum store_level *ret, struct err *reterr);
enum store_level store_level_of(const struct store *s, const uint8_t pk[CRYPT_PK_LEN]);
/* P14: of the feeds offered, what is not wanted is there. After every store_want of the answer. */
enum rc store_there(struct store *s, const struct session_head *head, size_t n,
		    const struct json *want, struct err *reterr);
/* P14: these seqs of the feed are wanted. */
enum rc store_want(struct store *s, const uint8_t feed[ENTRY_FEED_LEN], int64_t first, int64_t last,
		   struct err *reterr);
/*
 * Begin anew with the same log, as if nothing of its tree had been checked: every index is
 * lost, everything is offered. What a person decides who ends an alarm (L14).
 */
enum rc store_restart(struct store *s, struct err *reterr);

/* ---- store_entry.c ---- */

enum { STORE_PLACES = 16 };
/* Where an entry stands or stood in a tree, proved. */
struct store_place {
	int64_t era, index;
	uint8_t sig[CRYPT_SIG_LEN]; /* as logged there, which may be another than the row's (A11) */
};
/* The place in the tree in use, if it is proved, then those of ended eras, newest first. */
enum rc store_places(struct store *s, const struct store_row *row,
		     struct store_place ret[STORE_PLACES], size_t *retn, struct err *reterr);

void store_row_read(const struct db_q *q, struct store_row *ret);
/* The entry of a row; its stub when the payload was erased. RC_CORRUPT "store.no_payload". */
enum rc store_row_load(const struct store_row *r, struct entry **ret, struct err *reterr);

/* ---- store_erase.c ---- */

/*
 * Before an entry that is not here is added: *retstub is what to add instead (the caller
 * frees), NULL for the entry itself. A stub that comes is noted with its erase (A16).
 */
enum rc store_erase_arrival(struct store_work *w, const struct entry *e, struct entry **retstub,
			    struct err *reterr);
/* An erase that counts takes effect; void when it does not fit what it names. */
enum rc store_erase_apply(struct store_work *w, const struct entry *by, struct err *reterr);
/*
 * After a commit: files of blobs go, and what the write-ahead file still holds. What does not
 * succeed now is tried after the next commit, and at the next start.
 */
void store_erase_done(struct store *s);
/* Remove the files a stop has left. */
enum rc store_erase_sweep(struct store *s, struct err *reterr);

/* ---- store_open.c ---- */

/* A keyring of the root set, from the entries here. */
enum rc store_keyring_load(struct store *s, struct keyring **ret, struct err *reterr);
/* The keyring is now k; the old one and the trial go. */
void store_keyring_swap(struct store *s, struct keyring *k);

/* ---- store_blob.c ---- */

/* The blobs an entry names, before or after they are here. sent: the collector has them, or will from others. */
enum rc store_blob_named(struct store *s, const struct entry *e, int64_t no, bool sent,
			 struct err *reterr);
/* HOME/blobs/HEX and `end`. RC_LIMIT "store.path_long". */
enum rc store_blob_path(struct store *s, const uint8_t sha[32], const char *end, char *ret,
			size_t len, struct err *reterr);
/* Use every admitted form whose definition is here. */
enum rc store_forms_load(struct store *s, struct err *reterr);

/* ---- store_file.c ---- */

/* The quiet the collector asked for about blobs (P31) is over. */
enum rc store_blob_let_go(struct store *s, struct err *reterr);

/* ---- store_contact.c ---- */

/* Clause and arguments of a refusal as one text: {"clause","args":{…}}; and back, with its key. */
enum rc store_why_write(const struct err *why, struct buf *out, struct err *reterr);
void store_why_read(struct span key, struct span detail, struct err *ret);

/* ---- store_skipped.c ---- */

/* Lower *cursor to the first line skipped in this scope whose key is known by now. */
enum rc store_skipped_from(struct store *s, const char *scope, int64_t *cursor, struct err *reterr);
/* In the transaction of a result: forget what it went through, note what it skipped. k: the keyring after it. */
enum rc store_skipped_note(struct store *s, const struct session_result *r, const struct keyring *k,
			   struct err *reterr);

/* ---- store_receipt.c ---- */

/* Leaf hashes of the entries at [lo, hi) of that era. RC_CORRUPT "L3" when one is not held here. */
enum rc store_leaves(struct store *s, int64_t lo, int64_t hi, int64_t era,
		     uint8_t (*leaf)[TREE_HASH], struct err *reterr);

/* ---- store_proven.c ---- */

/* Of the session's vtable (W8). */
enum rc store_unproven(void *ctx, struct session_run *ret, size_t max, size_t *retn,
		       struct err *reterr);
enum rc store_unproven_leaves(void *ctx, int64_t start, int64_t end, uint8_t (*ret)[TREE_HASH],
			      struct err *reterr);
/* In the transaction of a result: keep what the witnesses' checkpoint proves. */
enum rc store_proven_take(struct store *s, const struct session_result *r, struct err *reterr);
/* The same: k has another policy than the keyring before (W7): judge anew what is proven. */
enum rc store_proven_policy(struct store *s, const struct keyring *k, struct err *reterr);
/* Does the policy in force ask for witnesses, and has the checkpoint enough of them? */
bool store_proven_quorum(const struct keyring *k, const struct note *n);

/* ---- store_session.c ---- */

void store_session_init(struct store *s);
void store_session_release(void *ctx);

#endif
