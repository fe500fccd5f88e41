/*
 * archive: what a collector keeps, behind one interface. archive_sqlite.c implements it
 * on embedded SQLite; a PostgreSQL one comes beside it without a change above.
 *
 * Writing is the sequencer's alone: begin, any number of append and put, commit;
 * nothing is visible or durable before commit. Reading goes through readers, one per
 * thread at a time. Log index = place in the tree, from 0. Not here: judging, merging,
 * signing (server-stub/ingest), HTTP.
 */
#ifndef KK_COLLECTOR_ARCHIVE_H
#define KK_COLLECTOR_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/text.h"
#include "sync/entry.h"
#include "sync/keyring.h"
#include "sync/note.h"
#include "sync/report_fact.h"
#include "sync/tree.h"

struct archive_row {
	int64_t index;
	struct span payload; /* borrowed during the callback; p NULL when erased */
	struct span by_line; /* erased: the line of the erase, borrowed likewise */
	uint8_t id[ENTRY_ID_LEN];
	uint8_t sig[CRYPT_SIG_LEN];
	uint8_t key[CRYPT_PK_LEN];
	enum entry_op op;
	char scope[ENTRY_SCOPE_LEN];
	int64_t entity_no; /* 0: none */
	enum keyring_verdict verdict;
	unsigned flags;
	int64_t received_at; /* unix s, collector's clock */
};

enum { ARCHIVE_NONE = -2 }; /* last_index of an entity none of whose entries is admitted any more */
struct archive_entity {
	int64_t no;
	char scope[ENTRY_SCOPE_LEN];
	char kind[ENTRY_KIND_LEN];
	uint8_t id[16];
	int64_t conflicts;
	int64_t first_index, last_index;
	int64_t received_at; /* of the last entry */
	unsigned flags;      /* any of its entries ever had; which of ANEW_FLAGS they have now, their rows say */
	const char *title;   /* borrowed during a callback */
	struct span state;   /* merge_write bytes, borrowed likewise */
	bool has_same, has_supersedes, has_target;
	uint8_t same[16], supersedes[16], target[16]; /* the ids its fields of that name show (M15, M12, M19) */
};

/* What lists of checks and statements are filtered by; derived, written anew with what it depends on. */
enum archive_mark {
	ARCHIVE_LATE = 1,   /* more than a week after the day it speaks of */
	ARCHIVE_CLOCK = 2,  /* A9 clock */
	ARCHIVE_HELD = 4,   /* an entry of it is quarantined (A10) */
	ARCHIVE_FORK = 8,   /* A9 fork */
	ARCHIVE_TWO = 16,   /* something of it waits for a decision (M4, M17) */
	ARCHIVE_AFTER = 32, /* corrects what the centre had approved (M19) */
	ARCHIVE_MARKS = 6
};
struct archive_submission {
	int64_t index; /* of its first entry: its place in every list */
	int64_t no;    /* entity */
	char scope[ENTRY_SCOPE_LEN], kind[ENTRY_KIND_LEN], province[8];
	int state; /* enum stand_state, enum task_state */
	int64_t rank; /* level of the decision in force; of a task the day it is due (since 1970) */
	unsigned marks;
	int64_t received_at; /* of its first entry */
	int64_t subject;     /* equal for checks of one thing; see listing */
	const char *words;   /* folded, a space before, between and behind; borrowed */
};
/* NULL, -1, 0: any; tasks only where kind asks for them. */
struct archive_wanted {
	const char *scope, *province, *kind;
	int state;
	int64_t rank;
	unsigned states;          /* bits 1 << state: one of these; 0: any */
	int64_t rank_below;       /* 0: any */
	unsigned marks;           /* all of these */
	bool sound;               /* not ARCHIVE_HELD */
	int64_t subject;
	const char *words;        /* folded: each as a whole word */
	int64_t before;           /* index below this; INT64_MAX: from the newest */
	int64_t least;            /* index not below this */
	bool up;                  /* oldest first */
	int64_t from, until;      /* received at or after, at or before; unix s, -1: any */
	bool (*sees)(void *arg, const char *scope); /* whoever asks may see it; NULL: everybody */
	void *sees_arg;
	size_t limit;
};
struct archive_got {
	int64_t visited;  /* rows looked at: never more than ARCHIVE_VISITS */
	int64_t matching; /* of them; all there are when whole */
	bool whole;       /* nothing is left behind those */
	int64_t next;     /* `before` of what follows (oldest first: `least`); -1: nothing does */
};
enum { ARCHIVE_VISITS = 2000 };
#define ARCHIVE_TASK "task" /* kind of tasks, which stand among the rows */

/* Among which entities one is looked for. */
struct archive_among {
	const char *scope, *kind;                   /* NULL: any */
	bool (*sees)(void *arg, const char *scope); /* whoever asks may see it; NULL: everybody */
	void *arg;
};

struct archive_filter {
	/* NULL: any. province: member "province" of the unit's document ("unit", commune code). */
	const char *scope, *kind, *province;
	const char *text;                    /* folded words */
	bool conflicts, quarantined;
	int64_t offset, limit;
};

/* Entities of which a field shows the id of another; NULL: any. */
enum archive_link { ARCHIVE_SAME, ARCHIVE_SUPERSEDES, ARCHIVE_TARGET };
struct archive_links {
	enum archive_link link;
	const char *scope, *kind;
	const uint8_t *to; /* 16 bytes; with ARCHIVE_TARGET always, with ARCHIVE_SAME never */
};

/* Records of one kind by number; those without an admitted entry are left out. */
struct archive_records {
	const char *kind, *scope; /* scope NULL: any */
	int64_t above, below;     /* both exclusive */
	bool down;                /* the highest first */
	size_t limit;
};

/* What a board asks of one weekly statement, and of one review of it (server-stub/standing.h). */
struct archive_standing {
	int64_t no; /* entity */
	char scope[ENTRY_SCOPE_LEN];
	char week[TEXT_WEEK_LEN];
	uint8_t id[16];
	unsigned says;          /* enum standing_says together */
	bool reviewed;          /* there is a review: the next two */
	unsigned verdict;       /* enum standing_verdict, and above it the level */
	int64_t verdict_index;  /* of its last entry */
};

/*
 * What a record says to a weekly report, and since which size of the log it says so: as of every size from there
 * on. ARCHIVE_NEVER: its entries have to be asked.
 */
struct archive_fact {
	int64_t no; /* entity */
	int64_t since;
	struct report_fact f; /* values borrowed during the callback */
};
#define ARCHIVE_NEVER INT64_MAX
/* What a group makes of one: of its admitted entries, or (whole) of all there are. */
struct archive_fact_put {
	enum report_kind kind;
	int64_t born;        /* index of the group's first entry of it, admitted or not; -1: none */
	int64_t first, last; /* of the admitted ones; -1: none */
	int64_t since;       /* size of the log behind the group, or ARCHIVE_NEVER */
	bool whole, undecided;
	const uint8_t *newest; /* id of the entry at last; NULL: nobody asks */
	struct span says;      /* report_fact_show */
};

/* A read view of everything committed; one thread at a time. */
struct archive_reader {
	void *ctx;
	struct tree_reader tree; /* complete subtrees of the committed tree */
	/* Until `let` everything is read as of one moment. */
	enum rc (*hold)(void *ctx, struct err *reterr);
	void (*let)(void *ctx);
	enum rc (*head)(void *ctx, int64_t *retsize, struct buf *retnote, int64_t *retat,
			struct err *reterr);
	/* Rows with index in [from, to) of scope or "*" (NULL: all), ascending. */
	enum rc (*rows)(void *ctx, const char *scope, int64_t from, int64_t to,
			bool (*take)(void *arg, const struct archive_row *row), void *arg,
			struct err *reterr);
	/* Rows of authority entries (op cert … log), ascending: what a start needs to know. */
	enum rc (*authority_rows)(void *ctx, bool (*take)(void *arg, const struct archive_row *row),
	                          void *arg, struct err *reterr);
	/* Rows of one entity, ascending. */
	enum rc (*entity_rows)(void *ctx, int64_t entity_no,
			       bool (*take)(void *arg, const struct archive_row *row), void *arg,
			       struct err *reterr);
	/* RC_NOTFOUND "archive.no_entity". state and title are appended to *retstate, *rettitle. */
	enum rc (*entity)(void *ctx, const char *scope, const char *kind, const uint8_t id[16],
			  struct archive_entity *ret, struct buf *retstate, struct buf *rettitle,
			  struct err *reterr);
	/* By UUID text or its first 6 or more hex digits, of those that may be seen. RC_CONFLICT "archive.ambiguous":
	   even a whole UUID may stand in several scopes and kinds (M1). */
	enum rc (*entity_find)(void *ctx, const struct archive_among *among, const char *typed,
			       struct archive_entity *ret, struct buf *retstate,
			       struct buf *rettitle, struct err *reterr);
	enum rc (*entities)(void *ctx, const struct archive_filter *f,
			    bool (*take)(void *arg, const struct archive_entity *e), void *arg,
			    int64_t *rettotal, struct err *reterr);
	/* By kind, scope, number. */
	enum rc (*linked)(void *ctx, const struct archive_links *f,
			  bool (*take)(void *arg, const struct archive_entity *e), void *arg,
			  struct err *reterr);
	/*
	 * Statements of the weeks from … to, one call for each review of one, or a single one. scope
	 * NULL: all, commune by commune, by week; else of that commune, the newest week first.
	 */
	enum rc (*statements)(void *ctx, const char *scope, const char *from, const char *to,
			      bool (*take)(void *arg, const struct archive_standing *x), void *arg,
			      struct err *reterr);
	/* Facts that stand as of size, of records with an admitted entry. In no order. */
	enum rc (*facts)(void *ctx, int64_t size, bool (*take)(void *arg, const struct archive_fact *x),
			 void *arg, struct err *reterr);
	/* Records that began below `below` whose fact does not stand as of size. In no order. */
	enum rc (*facts_after)(void *ctx, int64_t size, int64_t below,
			       bool (*take)(void *arg, int64_t no, int64_t born, int64_t since), void *arg,
			       struct err *reterr);
	/* Of one record, as it was put; says is appended to *retsays. RC_NOTFOUND "archive.no_entity". */
	enum rc (*fact)(void *ctx, int64_t no, struct archive_fact_put *ret, struct buf *retsays,
			struct err *reterr);
	/* Ids of the entries with index in [from, to), ascending. */
	enum rc (*entry_ids)(void *ctx, int64_t from, int64_t to,
			     bool (*take)(void *arg, const uint8_t id[ENTRY_ID_LEN], int64_t index),
			     void *arg, struct err *reterr);
	/* Of each feed its author, and scope and arrival of its newest entry. In no order. */
	enum rc (*heard)(void *ctx,
			 bool (*take)(void *arg, const uint8_t key[CRYPT_PK_LEN], const char *scope,
				      int64_t received_at),
			 void *arg, struct err *reterr);
	/*
	 * Newest first; at most w->limit are taken. Of the filters the one with the fewest rows leads, the others are
	 * looked at row by row, so that a page costs no more than ARCHIVE_VISITS rows whatever is asked.
	 */
	enum rc (*submissions)(void *ctx, const struct archive_wanted *w,
			       bool (*take)(void *arg, const struct archive_submission *s),
			       void *arg, struct archive_got *ret, struct err *reterr);
	/* The one of an index; words is appended to *retwords. RC_NOTFOUND "archive.no_entity". */
	enum rc (*submission)(void *ctx, int64_t index, struct archive_submission *ret,
			      struct buf *retwords, struct err *reterr);
	/* Numbers and scopes, nothing else is read of them. */
	enum rc (*records)(void *ctx, const struct archive_records *w,
			   bool (*take)(void *arg, int64_t no, const char *scope), void *arg,
			   struct err *reterr);
	/* Numbers of the entities of a kind above `after`, ascending, at most limit. */
	enum rc (*entity_nos)(void *ctx, const char *kind, int64_t after, size_t limit,
			      bool (*take)(void *arg, int64_t no), void *arg, struct err *reterr);
	/* Is an entry of it quarantined? */
	enum rc (*entity_held)(void *ctx, int64_t no, bool *ret, struct err *reterr);
	/* By its number. RC_NOTFOUND "archive.no_entity". */
	enum rc (*entity_no)(void *ctx, int64_t no, struct archive_entity *ret,
			     struct buf *retstate, struct buf *rettitle, struct err *reterr);
	/* Rows by author, ascending. */
	enum rc (*key_rows)(void *ctx, const uint8_t key[CRYPT_PK_LEN],
			    bool (*take)(void *arg, const struct archive_row *row), void *arg,
			    struct err *reterr);
	/* Where feeds part (A9 `fork`): of each such feed the rows with its lowest doubled seq, one after the other. */
	enum rc (*fork_rows)(void *ctx, bool (*take)(void *arg, const struct archive_row *row),
			     void *arg, struct err *reterr);
	/* Rows that are quarantined (A10), ascending. */
	enum rc (*held_rows)(void *ctx, bool (*take)(void *arg, const struct archive_row *row),
			     void *arg, struct err *reterr);
	/* P14: the seqs [*retfirst, *retlast] missing of a feed right before seq; *retfirst > *retlast: none. */
	enum rc (*hole)(void *ctx, const uint8_t feed[ENTRY_FEED_LEN], int64_t seq,
			int64_t *retfirst, int64_t *retlast, struct err *reterr);
	/* Ids and indexes of a feed's entries with seq in [from, to), ascending by seq. */
	enum rc (*feed_ids)(void *ctx, const uint8_t feed[ENTRY_FEED_LEN], int64_t from, int64_t to,
			    bool (*take)(void *arg, const uint8_t id[ENTRY_ID_LEN], int64_t index),
			    void *arg, struct err *reterr);
	/* Seqs held of a feed up to `to`, ascending; one with two entries comes twice. */
	enum rc (*feed_seqs)(void *ctx, const uint8_t feed[ENTRY_FEED_LEN], int64_t to,
			     bool (*take)(void *arg, int64_t seq), void *arg, struct err *reterr);
	/* Index of an entry by feed, seq, id: -1 when absent. */
	enum rc (*entry_index)(void *ctx, const uint8_t feed[ENTRY_FEED_LEN], int64_t seq,
			       const uint8_t id[ENTRY_ID_LEN], int64_t *ret, struct err *reterr);
	/* Index by entry id alone, or by leaf hash: -1 when absent. Costs a few dozen pages, at any size. */
	enum rc (*entry_by_id)(void *ctx, const uint8_t id[ENTRY_ID_LEN], int64_t *ret,
			       struct err *reterr);
	enum rc (*leaf_index)(void *ctx, const uint8_t leafhash[TREE_HASH], int64_t *ret,
			      struct err *reterr);
	/* Erases that took effect (A16): the id each names, also of one that is not here, and its line. In no order. */
	enum rc (*erasures)(void *ctx,
			    bool (*take)(void *arg, const uint8_t id[ENTRY_ID_LEN], struct span by_line),
			    void *arg, struct err *reterr);
	/* Root and time of the checkpoint of that size; RC_NOTFOUND when none was issued. */
	enum rc (*checkpoint_at)(void *ctx, int64_t size, uint8_t retroot[TREE_HASH], int64_t *retat,
	                         struct err *reterr);
	/* Text of the checkpoint of that size, as it was signed; appended. RC_NOTFOUND as above. */
	enum rc (*checkpoint_text)(void *ctx, int64_t size, struct buf *ret, struct err *reterr);
	/* Newest checkpoint issued not after a moment: its size, 0 for none. */
	enum rc (*checkpoint_by)(void *ctx, int64_t at, int64_t *retsize, struct err *reterr);
	/* Small texts by name; NULL when not set. Caller frees. */
	enum rc (*setting)(void *ctx, const char *name, char **ret, struct err *reterr);
	/* Does an admitted entry of scope or "*" name this blob? *retsize: the size it says. */
	enum rc (*blob_named)(void *ctx, const char *scope, const uint8_t sha[32], bool *ret,
			      int64_t *retsize, struct err *reterr);
	/* What admitted entries of just that scope (NULL: any, one named in two comes twice) name. */
	enum rc (*blob_names)(void *ctx, const char *scope,
			      bool (*take)(void *arg, const uint8_t sha[32], int64_t size), void *arg,
			      struct err *reterr);
	/*
	 * Small documents of the collector itself (codes, waiting enrolments, catalogue units). One that is no JSON any
	 * more stops nothing but what needs it: RC_CORRUPT "archive.doc" from doc, not there for doc_if and docs, named
	 * by docs_damaged.
	 */
	enum rc (*doc)(void *ctx, const char *table, const char *key, struct json **ret,
		       struct err *reterr);
	/* The same; *ret NULL: there is none that can be read. */
	enum rc (*doc_if)(void *ctx, const char *table, const char *key, struct json **ret, struct err *reterr);
	enum rc (*docs)(void *ctx, const char *table,
			bool (*take)(void *arg, const char *key, const struct json *doc), void *arg,
			struct err *reterr);
	/* table NULL: of every table but ARCHIVE_ISSUES. */
	enum rc (*docs_damaged)(void *ctx, const char *table,
				bool (*take)(void *arg, const char *table, const char *key), void *arg,
				struct err *reterr);
};

/* Documents of frozen reports: long ones, each looked at when it is asked for (server-stub/report_keep). */
#define ARCHIVE_ISSUES "issue"

/* The writer: the sequencer's thread only. */
struct archive_writer {
	void *ctx;
	enum rc (*begin)(void *ctx, struct err *reterr);
	/* Durable (one fsync) when RC_OK. Otherwise nothing of the group is there. */
	enum rc (*commit)(void *ctx, struct err *reterr);
	void (*rollback)(void *ctx);
	/* Index and signature of the same payload, -1 when new; *retfork: another payload at (feed, seq);
	   *retnext: one more than the highest seq below its own that is held, so that less than its seq
	   is a gap (A9). Sees this group's own rows. */
	enum rc (*known)(void *ctx, const struct entry *e, int64_t *retindex,
			 uint8_t retsig[CRYPT_SIG_LEN], bool *retfork, int64_t *retnext,
			 struct err *reterr);
	/* Scope in which a feed was opened (A13); RC_NOTFOUND for a new one. Sees this group's rows. */
	enum rc (*feed_scope)(void *ctx, const uint8_t feed[ENTRY_FEED_LEN],
	                      char ret[ENTRY_SCOPE_LEN], struct err *reterr);
	/* Append one entry at the next index with everything known of it. */
	enum rc (*append)(void *ctx, const struct entry *e, int64_t index, int64_t entity_no,
			  enum keyring_verdict verdict, unsigned flags, int64_t now,
			  struct err *reterr);
	/* Of an appended entry, the flags of the mask are these now. */
	enum rc (*flags_put)(void *ctx, int64_t index, unsigned mask, unsigned flags, struct err *reterr);
	/* Entity row, made when absent: its number and merged state (appended). */
	enum rc (*entity)(void *ctx, const char *scope, const char *kind, const uint8_t id[16],
			  int64_t *retno, struct buf *retstate, struct err *reterr);
	/* The sequencer's own reader: sees this group's rows. Not its tree. */
	struct archive_reader *own;
	/* Another number of conflicts for an entity. */
	enum rc (*entity_conflicts)(void *ctx, int64_t no, int64_t conflicts, struct err *reterr);
	/* By its number; flags are added to those it has, first_index is kept when -1 or already set,
	   last_index (of an admitted entry) when -1, and none any more when ARCHIVE_NONE; received_at when -1. */
	enum rc (*entity_put)(void *ctx, const struct archive_entity *e, const char *fold,
			      struct err *reterr);
	/* What a statement says, or a review; after entity_put. week, target NULL: nothing (any more). seen: the
	   entry id that a review is bound to (M19), or NULL. */
	enum rc (*statement_put)(void *ctx, int64_t no, const char *week, unsigned says,
				 struct err *reterr);
	enum rc (*review_put)(void *ctx, int64_t no, const uint8_t *target, unsigned says,
			       const uint8_t *seen, struct err *reterr);
	/* After entity_put. */
	enum rc (*fact_put)(void *ctx, int64_t no, const struct archive_fact_put *x, struct err *reterr);
	/* The same of an entity of before there were facts, as it stands: born, first, last, newest are found, and
	   since where its admission never changed. */
	enum rc (*fact_begin)(void *ctx, int64_t no, const struct archive_fact_put *x, struct err *reterr);
	/* Written anew under its index, words too. */
	enum rc (*submission_put)(void *ctx, const struct archive_submission *s, struct err *reterr);
	/* Another province of a commune. */
	enum rc (*submission_province)(void *ctx, const char *scope, const char *province,
				       struct err *reterr);
	/* Is this id an admitted entry of the entity (present[] of merge_apply)? */
	enum rc (*entity_has)(void *ctx, int64_t entity_no, const uint8_t id[ENTRY_ID_LEN],
			      bool *ret, struct err *reterr);
	enum rc (*verdict_put)(void *ctx, int64_t index, enum keyring_verdict verdict,
			       struct err *reterr);
	/* The row with that id, if any, for re-judging what an admit lists (A7). */
	enum rc (*id_rows)(void *ctx, const uint8_t id[ENTRY_ID_LEN],
	                   bool (*take)(void *arg, const struct archive_row *row), void *arg,
	                   struct err *reterr);
	/* Rows by author, for re-judging (A10). */
	enum rc (*key_rows)(void *ctx, const uint8_t key[CRYPT_PK_LEN],
			    bool (*take)(void *arg, const struct archive_row *row), void *arg,
			    struct err *reterr);
	enum rc (*entity_rows)(void *ctx, int64_t entity_no,
			       bool (*take)(void *arg, const struct archive_row *row), void *arg,
			       struct err *reterr);
	enum rc (*entity_by_no)(void *ctx, int64_t entity_no, struct archive_entity *ret,
				struct buf *retstate, struct err *reterr);
	void (*tree_node)(void *ctx, unsigned level, uint64_t index, const uint8_t hash[TREE_HASH]);
	enum rc (*checkpoint)(void *ctx, int64_t size, const uint8_t root[TREE_HASH],
			      struct span text, int64_t now, struct err *reterr);
	enum rc (*checkpoint_at)(void *ctx, int64_t size, uint8_t retroot[TREE_HASH], int64_t *retat,
	                         struct err *reterr);
	enum rc (*set)(void *ctx, const char *name, const char *value, struct err *reterr);
	enum rc (*doc_put)(void *ctx, const char *table, const char *key, const struct json *doc,
			   struct err *reterr); /* NULL doc removes */
	enum rc (*blob_name)(void *ctx, const char *scope, const uint8_t sha[32], int64_t size,
			     struct err *reterr);
	/* Line of the erase noted for an entry id (A16); appended, nothing when there is none. */
	enum rc (*erasure)(void *ctx, const uint8_t id[ENTRY_ID_LEN], struct buf *retby,
			   struct err *reterr);
	/* Note it; by.p NULL takes a note back. A note once there is not replaced. */
	enum rc (*erasure_put)(void *ctx, const uint8_t id[ENTRY_ID_LEN], struct span by,
			       struct err *reterr);
	/* The payload of e at this index goes, noted before; what only it named of blobs goes too. */
	enum rc (*erase)(void *ctx, int64_t index, const struct entry *e, struct err *reterr);
	/*
	 * A bounded step of what makes entry_by_id and leaf_index fast, between groups, in a
	 * transaction of its own; size: of the log. *retleft: newest entries that a look-up still
	 * scans; *retmore: there is more to do. A failure harms nothing but speed.
	 */
	enum rc (*tidy)(void *ctx, int64_t size, int64_t *retleft, bool *retmore,
			struct err *reterr);
};

/*
 * The same as unverified bytes, signature and all (entry_open); keys find the author of the
 * erase of a stub. RC_REFUSED also "E20" "verify.facts" for another author than the row's.
 */
enum rc archive_read_open(const struct archive_row *row, const struct entry_keys *keys,
			  struct entry **ret, struct err *reterr);

struct archive; /* one process, one store (its lock is held by lib/op_dispatch) */

enum rc archive_sqlite_open(struct archive **ret, const char *home, bool create,
			    struct err *reterr);
void archive_free(struct archive *s);
struct archive_writer *archive_writer(struct archive *s);
/* A reader from the pool (made when all are in use), given back with archive_read_end. */
enum rc archive_read(struct archive *s, struct archive_reader **ret, struct err *reterr);
void archive_read_end(struct archive *s, struct archive_reader *r);
/* Append the line (E1, erased E26) of a row, without LF. */
void archive_read_line(const struct archive_row *row, struct buf *out);
/* Its entry, or its stub. RC_CORRUPT "archive.no_payload". The caller frees. */
enum rc archive_read_entry(const struct archive_row *row, struct entry **ret, struct err *reterr);
enum rc archive_backup(struct archive *s, const char *path, struct err *reterr);
/* fsync-causing commits so far: for counts in tests and benches. */
int64_t archive_commits(const struct archive *s);

/* ---- blobs: files under HOME/blobs, named by SHA-256 ---- */
enum rc archive_blob_put(struct archive *s, struct span bytes, uint8_t retsha[32],
			 struct err *reterr);
/* Whole: *retwhole, its size; else the size of the device's partial upload, 0 for none. */
enum rc archive_blob_stat(struct archive *s, const uint8_t sha[32], const uint8_t device[32],
			  int64_t *retsize, bool *retwhole, struct err *reterr);
/* One upload: what, by whom, and what the entry says of it. */
struct archive_upload {
	const uint8_t *sha, *device; /* 32 bytes each */
	char scope[ENTRY_SCOPE_LEN]; /* in which, or in "*", it is named */
	int64_t size;
};
/*
 * Append at offset (RC_CONFLICT "P23" "blob.offset" with {offset} otherwise); when size is reached, verify
 * and make whole, or discard: RC_REFUSED "P23" "blob.hash". RC_NOTFOUND "P24" "blob.not_named" when its name went
 * meanwhile (A16): nothing is left of it.
 */
enum rc archive_blob_append(struct archive *s, const struct archive_upload *u, int64_t offset,
			    struct span bytes, bool *retwhole, struct err *reterr);
/*
 * What was begun and never ended goes: uploads, and what a kill left half written under blobs, untouched since before_s
 * (unix s, by the disk's clock).
 */
enum rc archive_blob_tidy(struct archive *s, int64_t before_s, struct err *reterr);
/*
 * Whole blobs untouched since before_s that no entry names, as far as one look tells: a form or catalogue whose entry
 * was never sealed. False ends. RC_IO, RC_NOMEM (eight bytes for each name there is).
 */
enum rc archive_blob_orphans(struct archive *s, int64_t before_s, bool (*take)(void *arg, const uint8_t sha[32]),
			     void *arg, struct err *reterr);
/* One of them goes, if that is still so. Only within ingest_write: so nobody names it meanwhile. */
enum rc archive_blob_orphan(struct archive *s, const uint8_t sha[32], int64_t before_s, bool *retgone,
			    struct err *reterr);
/* Is there a file under its final name? */
enum rc archive_blob_here(struct archive *s, const uint8_t sha[32], bool *ret, struct err *reterr);
/*
 * Read it: is it what its name says? If not, it moves to HOME/blobs/bad as evidence and is not here any more.
 * *ret false: so it was, or there is none.
 */
enum rc archive_blob_sound(struct archive *s, const uint8_t sha[32], bool *ret, struct err *reterr);
/* SHA-256 of a file. */
enum rc archive_blob_hash(const char *path, uint8_t ret[32], struct err *reterr);
enum rc archive_blob_path(struct archive *s, const uint8_t sha[32], char *ret, size_t len,
			  struct err *reterr);

#endif
