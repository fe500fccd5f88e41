/*
 * store: everything an agent keeps, in one SQLite file of one process.
 *
 * HOME/store.db holds entries (append-only), the merged state of each entity, the
 * receipts and the cursors; HOME/blobs/ holds bytes named by their SHA-256. The
 * store keeps the keyring and the forms in memory, made from its entries. It is
 * used by one thread at a time (the owner's mutex). Implements the client's side of
 * sync/session.h. Not here: sealing (agent/author), keys (agent/keys), HTTP.
 */
#ifndef KK_AGENT_STORE_H
#define KK_AGENT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/json.h"
#include "sync/chain.h"
#include "sync/entry.h"
#include "sync/form.h"
#include "sync/keyring.h"
#include "sync/merge.h"
#include "sync/same.h"
#include "sync/session.h"

struct store;

/* Open or (create) make HOME/store.db. clock is borrowed. RC_NOTFOUND "store.none". */
enum rc store_open(struct store **ret, const char *home, bool create, const struct clock *clock,
		   struct err *reterr);
void store_free(struct store *s);
const char *store_home(const struct store *s);
int64_t store_now(const struct store *s);                  /* unix seconds of the injected clock */
int64_t store_likely_now(struct store *s); /* for rules that speak of today (moment_likely) */
struct keyring *store_keyring(struct store *s);            /* borrowed */
const struct form_set *store_forms(const struct store *s); /* borrowed */
struct db *store_db(struct store *s); /* backup, checkpoints, counts in tests */

/* ---- settings: small texts by name (scope, url, root, unit name …) ---- */
/* *ret: the caller frees; NULL with RC_OK when not set. */
enum rc store_setting(struct store *s, const char *name, char **ret, struct err *reterr);
enum rc store_set_setting(struct store *s, const char *name, const char *value, struct err *reterr);

/* ---- writing own entries ---- */

/* The own feed of a key: next seq and last id. seq 0 means it has to be opened first. */
struct store_feed {
	uint8_t feed[ENTRY_FEED_LEN];
	int64_t next_seq;
	uint8_t last[ENTRY_ID_LEN];
	bool goes_on; /* a new one, after another of this key and scope that was closed (A15) */
	uint8_t before[ENTRY_ID_LEN]; /* the last entry written there: `last` of E25 */
};
/*
 * The feed in use for (key, scope) on the PC of that device key; a new one is thought up (not
 * stored) when there is none. A restored or copied store does not go on with another PC's feed.
 */
enum rc store_feed(struct store *s, const uint8_t pk[CRYPT_PK_LEN], const char *scope,
		   const uint8_t device[CRYPT_PK_LEN], struct store_feed *ret, struct err *reterr);
/* Every own feed ends here: the next entry of each clerk opens a new one (A15). */
enum rc store_feeds_close(struct store *s, struct err *reterr);
/* Last verified checkpoint, for `seen`: size 0 when none. */
enum rc store_seen(struct store *s, int64_t *retsize, uint8_t retroot[32], struct err *reterr);
/*
 * Keep n sealed own entries in one transaction with one fsync: entries, feeds, merged
 * states. All or nothing. They wait for sending from then on. RC_FULL on a full disk.
 */
enum rc store_append(struct store *s, struct entry *const *e, size_t n, struct err *reterr);
/* Append the newest checkpoint checked of the tree in use, as signed. RC_NOTFOUND. */
enum rc store_checkpoint(struct store *s, struct buf *rettext, struct err *reterr);
/*
 * Authority lines of an enrolment answer: verified, root first, kept without index. log: the log
 * key the answer names, NULL for none: of entries that follow another log (L12) it is the one in force.
 */
enum rc store_trust(struct store *s, struct span lines, const uint8_t *log, struct err *reterr);

/* ---- entities ---- */

struct store_entity {
	int64_t no;
	char scope[ENTRY_SCOPE_LEN];
	char kind[ENTRY_KIND_LEN];
	uint8_t id[16];
	struct merge_state *state; /* the entity's */
	const struct form *form;   /* newest known of its kind; NULL when unknown. Borrowed */
};
void store_entity_free(struct store_entity *e);
/* RC_NOTFOUND "store.no_entity". */
enum rc store_entity(struct store *s, const char *scope, const char *kind, const uint8_t id[16],
		     struct store_entity **ret, struct err *reterr);
/*
 * What a person typed to name an entity: a UUID, the first 6 or more hex digits of
 * one, or a code (store_code). An id names that very record, a code of linked records
 * their head (M15). RC_NOTFOUND, RC_CONFLICT
 * "store.ambiguous" with count. kind NULL: any.
 */
enum rc store_entity_find(struct store *s, const char *kind, const char *typed,
			  struct store_entity **ret, struct err *reterr);

enum { STORE_CODE_MAX = 100 };
/* Things a code names: numbers of entities, of linked ones that of the head (M15). */
struct store_code {
	int64_t no[STORE_CODE_MAX];
	size_t n;     /* 0: unknown; the first STORE_CODE_MAX */
	bool mangled; /* only as a Vietnamese input method may have spoiled it, so perhaps another */
};
/*
 * What a code scanned or typed names (asset_code, inv_code, old_codes, serial, plate_no): case,
 * spaces, dots and dashes do not matter. When nothing has that code, those are looked for that a
 * Telex input method turns into what came ("DD12" typed by a scanner arrives as "Đ12"). kind NULL: any.
 */
enum rc store_code(struct store *s, const char *kind, const char *typed, struct store_code *ret,
		   struct err *reterr);

struct store_filter {
	const char *kind;      /* NULL: any */
	const char *scope;     /* NULL: any */
	const char *text;      /* folded search over all texts, all words; NULL: any */
	const char *parent;    /* UUID text of a parent entity, NULL: any */
	bool conflicts;        /* only with open conflicts */
	bool unsent;           /* only with entries not yet accepted */
	bool things;           /* linked records once, as their head, found by what any of them says */
	int64_t offset, limit; /* limit 0: all */
};
struct store_item {
	int64_t no;
	const char *scope, *kind, *title; /* borrowed during the callback */
	const uint8_t *id;
	struct span state; /* merge_write bytes */
	int64_t conflicts;
	int64_t unsent;     /* own entries waiting */
	int64_t changed_at; /* arrival of the last entry here, unix s */
	/* things: the other records of it; counts and changed_at are of all together. NULL: alone */
	const struct store_links *links;
	size_t node;
};
/* Newest first; until take returns false. *rettotal (may be NULL): matches without paging. */
enum rc store_list(struct store *s, const struct store_filter *f,
		   bool (*take)(void *arg, const struct store_item *item), void *arg,
		   int64_t *rettotal, struct err *reterr);

/* ---- a register as a table (store_table.c) ---- */

enum { STORE_WHERE_MAX = 16, STORE_PAGE_MAX = 500 };
struct store_where {
	const struct form_field *field;
	const char *value; /* as on the wire, one of a list's; "": has none */
};
struct store_table {
	const struct form *form; /* of class register */
	const char *text;        /* all words of it, or a code (store_code); NULL: any */
	struct store_where where[STORE_WHERE_MAX]; /* all of them */
	size_t nwhere;
	bool conflicts, unsent;       /* only those with open conflicts; with entries to be sent */
	const struct form_field *by;  /* in the order of this field; NULL: of the title */
	bool down;                    /* the other way round; what has no value is last in both */
	const uint8_t *after;         /* id of the record the page begins behind, if it is among them; or NULL */
	int64_t offset, limit;        /* limit at most STORE_PAGE_MAX */
};
struct store_table_count {
	int64_t total; /* matches */
	int64_t all;   /* things of the kind */
	int64_t first; /* place of the page's first row among the matches */
	int64_t code;  /* number of the one thing whose code the text is; 0: none, or several */
};
/* The things of a register, linked ones once; take gets those of the page, until it returns false. */
enum rc store_table(struct store *s, const struct store_table *t,
		    bool (*take)(void *arg, const struct store_item *item), void *arg,
		    struct store_table_count *ret, struct err *reterr);
/* Each value records of the form show in that field, with their number, by value; "" for none. */
enum rc store_table_values(struct store *s, const struct form *form, const struct form_field *ff,
			   bool (*take)(void *arg, struct span value, int64_t n), void *arg,
			   struct err *reterr);

/* ---- records of one thing (M15) ---- */

/* The linked records of one scope and kind; node numbers are entity numbers. */
struct store_links {
	char scope[ENTRY_SCOPE_LEN], kind[ENTRY_KIND_LEN];
	struct same same; /* joined */
};
/* All links as they stand now, of a kind (NULL: any). */
struct store_things {
	struct store_links *group;
	size_t n, cap;
};
enum rc store_things(struct store *s, const char *kind, struct store_things *ret,
		     struct err *reterr);
void store_things_free(struct store_things *t);
/* The group and node of an entity; false when it is linked with nothing. */
bool store_things_find(const struct store_things *t, int64_t entity_no,
		       const struct store_links **retgroup, size_t *retnode);
/* Number of the head; entity_no itself when it is linked with nothing. */
int64_t store_things_head(const struct store_things *t, int64_t entity_no);
/* By its number. RC_NOTFOUND "store.no_entity". */
enum rc store_entity_no(struct store *s, int64_t no, struct store_entity **ret,
			struct err *reterr);

/*
 * Which checks of a kind count, with their corrections and what was chosen between them (M12,
 * M17); settled. A correction of which lines are missing is left out (M13). Free with chain_free.
 */
enum rc store_chain(struct store *s, const char *kind, struct chain **ret, struct err *reterr);
/* Is a check whole, and does it count, so that it answers the task it names (M20)? */
enum rc store_answers(struct store *s, const char *scope, const char *kind, const uint8_t id[16],
		      bool *ret, struct err *reterr);

/* ---- entries ---- */

enum store_fate { STORE_UNSENT, STORE_ACCEPTED, STORE_REFUSED, STORE_FOREIGN };
struct store_entry {
	int64_t no;      /* arrival here */
	struct entry *e; /* a stub when the payload was erased (E26) */
	uint8_t id[ENTRY_ID_LEN];
	int64_t index; /* log index, -1: not logged yet, or not again since a turn (L13) */
	bool proved;   /* index verified by a range, not only claimed */
	bool proven;   /* proved under a checkpoint with the quorum the policy asks for (L8) */
	int64_t proof_index, proof_era; /* where its receipt stands, perhaps in an ended era; -1: none */
	uint8_t proof_sig[CRYPT_SIG_LEN]; /* the signature logged there (A11) */
	enum keyring_verdict verdict;
	bool waiting; /* own, its author's cert has not come: counts here as admitted until then */
	enum store_fate fate;
	const char *refused_clause, *refused_key; /* STORE_REFUSED; borrowed during the callback */
	int64_t received_at;                      /* unix s, this PC's clock */
	int64_t lower, upper; /* interval in collector time: 0 = unknown (contract idea 5) */
	unsigned flags;       /* enum keyring_flag: those of time (sync/moment) */
	int64_t entity_no;    /* 0: none */
};
/* Entries of one entity in log order, unlogged last; until take returns false. */
enum rc store_history(struct store *s, int64_t entity_no,
		      bool (*take)(void *arg, const struct store_entry *x), void *arg,
		      struct err *reterr);
/* Every entry in arrival order. */
enum rc store_each(struct store *s, bool (*take)(void *arg, const struct store_entry *x), void *arg,
		   struct err *reterr);
/* Where feeds part (A9 `fork`): of each such feed the entries with its lowest doubled number, one after the other. */
enum rc store_forks(struct store *s, bool (*take)(void *arg, const struct store_entry *x),
		    void *arg, struct err *reterr);
/* By id; *ret is filled, ret->e is the caller's. RC_NOTFOUND "store.no_entry". */
enum rc store_entry_get(struct store *s, const uint8_t id[ENTRY_ID_LEN], struct store_entry *ret,
			struct err *reterr);
/*
 * The receipt of a logged own entry: checkpoint text (appended), its note, and the
 * standard inclusion proof derived from the stored run. RC_NOTFOUND "store.no_receipt".
 */
enum rc store_receipt(struct store *s, const struct store_entry *x, struct buf *rettext,
		      struct note *retnote, struct tree_proof *ret, struct err *reterr);
/* Name and title of a key as its cert (or the own clerk list) says; "" when unknown. */
enum rc store_author(struct store *s, const uint8_t pk[CRYPT_PK_LEN], char retname[AUTHORITY_NAME],
		     char rettitle[AUTHORITY_NAME], struct err *reterr);

/* ---- sync ---- */

/* vtable over this store, for requests of that device; the clock is the store's. Valid as long as the store. */
const struct session_client_store *store_session(struct store *s,
						 const uint8_t device[CRYPT_PK_LEN]);

/* Evidence against the collector's log (L10). */
struct store_alarm {
	int64_t no, at; /* unix s, this PC's clock */
	int64_t era;
	char scope[ENTRY_SCOPE_LEN], clause[8];
	char why[ERR_KEY_LEN]; /* "session.smaller": ends by itself; else a person ends it (L14) */
	struct span given;     /* what was shown: a signed note, or a log entry's line */
	struct span known;     /* the note it goes against */
	bool closed;
	struct span reason; /* of the person who ended it; empty: ended by itself, or open */
};
/* no 0: all, in order. Borrowed during the callback; until take returns false. */
enum rc store_alarms(struct store *s, int64_t no,
		     bool (*take)(void *arg, const struct store_alarm *a), void *arg,
		     struct err *reterr);
/*
 * A person ends an alarm: what was checked of this log counts no more, everything is asked
 * for and offered anew. RC_NOTFOUND "alarm.none", RC_CONFLICT "alarm.closed".
 */
enum rc store_alarm_close(struct store *s, int64_t no, const char *reason, struct err *reterr);
/* Of the log in use: how many witnesses must sign, 0: none, or no log is known. */
int64_t store_quorum(struct store *s);

struct store_counts {
	int64_t saved, sent, accepted, proven, refused, quarantined, unsent, conflicts, alarms;
	int64_t forks;       /* own feeds that part */
	int64_t newest;      /* number of the newest entry here, whoever wrote it; it only grows */
	int64_t offered;     /* entries that wait to be known again after a turn (L13) */
	int64_t alarms_open; /* alarms (L10) that nothing and nobody has ended yet */
};
enum rc store_counts(struct store *s, struct store_counts *ret, struct err *reterr);
/*
 * Add the communes of which lines of the centre are offered (L13) and that are not in *s yet: after a restore the
 * collector may have lost the certs by which this PC has them, and takes them only of that commune (P30).
 */
enum rc store_offered_scopes(struct store *s, struct keyring_scopes *ret, struct err *reterr);
/* Highest number of an own entry that waits to be sent, 0 when none does; cheap. */
enum rc store_unsent_last(struct store *s, int64_t *ret, struct err *reterr);
/* Own entries of one commune that wait to be sent. */
enum rc store_unsent_in(struct store *s, const char *scope, int64_t *ret, struct err *reterr);
/* Own entries that wait because their author has no cert yet (docs/decisions/0004). */
enum rc store_uncertified_count(struct store *s, int64_t *ret, struct err *reterr);

/* Last contact: what happened, when, and when next. */
struct store_contact {
	int64_t last_ok, last_try, next_at; /* unix s; 0: never */
	struct err why;                     /* what went wrong last, RC_OK when nothing did */
	int64_t failures;                   /* in a row */
	int64_t hold_at;                    /* the collector asked for quiet until then (Retry-After), 0 */
	int64_t clock_off; /* collector's clock minus this PC's at the last answer, s */
};
enum rc store_contact(struct store *s, struct store_contact *ret, struct err *reterr);
enum rc store_set_contact(struct store *s, const struct store_contact *c, struct err *reterr);

/* ---- own clerks ---- */

struct store_clerk {
	uint8_t key[CRYPT_PK_LEN];
	char name[AUTHORITY_NAME], title[AUTHORITY_NAME];
	char scope[ENTRY_SCOPE_LEN];
	bool certified;
	bool retired; /* has a newer key: the PIN of this one was lost */
};
enum rc store_clerk_add(struct store *s, const struct store_clerk *c, struct err *reterr);
/* c takes the place of the clerk with this key, who signs no more: both in one transaction. */
enum rc store_clerk_renew(struct store *s, const uint8_t old[CRYPT_PK_LEN],
			  const struct store_clerk *c, struct err *reterr);
/* The i-th, retired ones last; RC_NOTFOUND "store.no_clerk" past the end. */
enum rc store_clerk(struct store *s, size_t i, struct store_clerk *ret, struct err *reterr);

/* ---- blobs ---- */

/* Keep bytes under their hash (idempotent). */
enum rc store_blob_put(struct store *s, struct span bytes, uint8_t retsha[32], struct err *reterr);
/* RC_NOTFOUND "store.no_blob". */
enum rc store_blob_get(struct store *s, const uint8_t sha[32], struct buf *ret, struct err *reterr);
/* A form version came whole: parse, keep, use from now on. */
enum rc store_form_published(struct store *s, const struct authority_form *f, struct err *reterr);
/* Hashes named by admitted entries and not held (down), or held and not yet at the collector (up). */
/* send: held, and not known to be at the collector, also of entries it does not have yet. */
enum store_blob_way { STORE_BLOB_DOWN, STORE_BLOB_UP, STORE_BLOB_SEND };
struct store_blob {
	uint8_t sha[32];
	int64_t size;
};
enum rc store_blobs(struct store *s, enum store_blob_way way, struct store_blob *ret, size_t max,
		    size_t *retn, struct err *reterr);
/* The collector holds it whole now. */
enum rc store_blob_sent(struct store *s, const uint8_t sha[32], struct err *reterr);
/* Partial download: file to append to. */
enum rc store_blob_part(struct store *s, const uint8_t sha[32], char *retpath, size_t len,
			struct err *reterr);
/* Where its bytes are, or would be. */
enum rc store_blob_file(struct store *s, const uint8_t sha[32], char *retpath, size_t len,
			struct err *reterr);
/* Its size when an entry here names it and it is not held; else 0. */
enum rc store_blob_wanted(struct store *s, const uint8_t sha[32], int64_t *retsize,
			  struct err *reterr);
/* A file in HOME/blobs whose bytes the caller has hashed and made durable becomes the blob. */
enum rc store_blob_adopt(struct store *s, const uint8_t sha[32], const char *path, int64_t size,
			 struct err *reterr);

/* ---- blobs as files, and those in trouble (agent/store_file.c; P31) ---- */

/* What one contact may move now. */
struct store_due {
	int64_t contact; /* its number: what failed in it is not tried twice */
	int64_t now;     /* unix s; INT64_MAX: also what waits, a person asks */
	int64_t max;     /* bytes: larger ones wait */
};
enum rc store_blobs_due(struct store *s, enum store_blob_way way, const struct store_due *d,
			struct store_blob *ret, size_t max, size_t *retn, struct err *reterr);
/* Has the file at path that hash? */
enum rc store_blob_is(const char *path, const uint8_t sha[32], bool *ret, struct err *reterr);
/* Read it and hash it, in steps. RC_NOTFOUND "store.no_blob", RC_CORRUPT "P23" "store.blob_broken". Needs no lock. */
enum rc store_blob_check(struct store *s, const uint8_t sha[32], struct err *reterr);
/* A file is damaged or gone: what is left of it moves to HOME/blobs/bad, and the blob is missing from now on. */
enum rc store_blob_aside(struct store *s, const uint8_t sha[32], struct err *reterr);
/*
 * It failed in this contact: it waits with its reason, twice as long each time, and at least
 * least_s. sha NULL: all of them, for just that long (429, 503).
 */
enum rc store_blob_failed(struct store *s, const uint8_t sha[32], int64_t contact,
			  const struct err *why, int64_t least_s, struct err *reterr);
/* What is asked for by the collector (P32) and held here goes out again. */
enum rc store_blob_asked(struct store *s, const uint8_t sha[32], struct err *reterr);

struct store_blob_state {
	bool known, held, sent;
	bool damaged; /* it was here */
	bool own;     /* an entry of this PC, not refused, names it */
	int64_t size, part; /* bytes; part: of a download that goes on */
	int64_t failures, until; /* 0: nothing failed */
	struct err why;
};
/* sha NULL: of all blobs, as far as `until` and `why` (the collector asked for quiet). */
enum rc store_blob_state(struct store *s, const uint8_t sha[32], struct store_blob_state *ret,
			 struct err *reterr);
struct store_blob_counts {
	int64_t own, sent; /* named by own entries; of them whole at the collector */
	int64_t missing;   /* named by what counts, and not here */
	int64_t failed;    /* wait after a failure */
	int64_t damaged;   /* of those missing: were here and are damaged */
};
enum rc store_blob_counts(struct store *s, struct store_blob_counts *ret, struct err *reterr);
/* Each blob held, by hash, until take returns false. */
enum rc store_blob_each(struct store *s, bool (*take)(void *arg, const struct store_blob *b),
			void *arg, struct err *reterr);

/* ---- sealed files (agent/store_export.c) ---- */

/* What one request in an export asked; a reply is taken against it (B10). */
struct store_asked {
	char scope[ENTRY_SCOPE_LEN];
	struct session_position pos;
	int64_t *line; /* numbers of the entries sent; the struct's */
	size_t nline;
	struct session_run run[SESSION_RUNS]; /* asked to be proven (W8) */
	size_t nrun;
};
void store_asked_free(struct store_asked *a, size_t n); /* the array too */
/* Remember an export before its file is handed out. Of older ones than STORE_EXPORTS nothing is kept. */
enum { STORE_EXPORTS = 200 };
enum rc store_export_add(struct store *s, const uint8_t id[16], const struct store_asked *a,
			 size_t n, struct err *reterr);
/* *ret: the caller frees. RC_NOTFOUND "B10" "usb.unasked" when this PC has made no such export. */
enum rc store_export_get(struct store *s, const uint8_t id[16], struct store_asked **ret,
			 size_t *retn, struct err *reterr);
/* Bundles that were taken in to the end. */
enum rc store_imported(struct store *s, const uint8_t id[16], bool *ret, struct err *reterr);
enum rc store_imported_add(struct store *s, const uint8_t id[16], struct err *reterr);
/*
 * From now on the session pushes only entries with a number above `after`, and with `all` also
 * those whose author has no cert yet: for one request after the other. Set back to 0, false.
 */
void store_push_from(struct store *s, int64_t after, bool all);
/* An entry by its number, lent to the session until it is released. */
enum rc store_lend(struct store *s, int64_t no, const struct entry **ret, struct err *reterr);
/*
 * Append the authority lines held, and the lines of scope that wait for a receipt and whose author
 * is known, as far as the buffers go; *retn of them. *retmore: there are further ones.
 */
enum rc store_carry_out(struct store *s, const char *scope, struct buf *rettrust,
			struct buf *retlines, int64_t *retn, bool *retmore, struct err *reterr);
struct store_carried {
	int64_t taken, known, refused, unknown; /* unknown: no cert of the author is here */
};
/*
 * Take the parts of a carry: authority lines that verify are trusted, entries kept as foreign,
 * without index, to be handed on (B12). A bad line is counted and stops no other. RC_REFUSED "B8"
 * "usb.not_pc" when `from` is not, with those certs, a device of the scope: nothing is kept.
 */
enum rc store_carry_in(struct store *s, const uint8_t from[CRYPT_PK_LEN], struct span trust,
		       struct span lines, const char *scope, struct store_carried *ret,
		       struct err *reterr);

/* ---- upkeep ---- */

/* Build every entity anew and compare with what is stored; *retdiffer entities differ. */
enum rc store_rebuild_check(struct store *s, int64_t *retentities, int64_t *retdiffer,
			    struct err *reterr);
enum rc store_backup(struct store *s, const char *path, struct err *reterr);

#endif
