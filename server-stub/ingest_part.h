/*
 * ingest_part: what the parts of the sequencer share. Only ingest*.c include it.
 */
#ifndef KK_COLLECTOR_INGEST_PART_H
#define KK_COLLECTOR_INGEST_PART_H

#include <stdatomic.h>

#include "lib/os.h"
#include "server-stub/ingest.h"
#include "server-stub/units.h"
#include "sync/matter.h"
#include "sync/merge.h"

/* Entities touched by the group, merged in memory and written once at its end. */
struct ingest_entity {
	int64_t no;
	char scope[ENTRY_SCOPE_LEN];
	char kind[ENTRY_KIND_LEN];
	uint8_t id[16];
	struct merge_state *state;
	bool corrected;  /* it took the place of `was` (M12) before this group */
	uint8_t was[16];
	bool targeted;   /* a review of `target` (M19), or a check that answered that task (M20), before this group */
	uint8_t target[16];
	int64_t first_index, last_index; /* -1 before the first entry of this group */
	int64_t first_admitted;          /* likewise; after a rebuild of all its entries */
	uint8_t newest[ENTRY_ID_LEN];    /* id of the entry at last_index */
	unsigned flags;                  /* of this group's entries */
	bool rebuild;                    /* admission of one of its entries changed */
	struct ingest_entity *next;      /* in its bucket */
};
enum { INGEST_BUCKETS = 4096 };
struct ingest_entities {
	struct ingest_entity *bucket[INGEST_BUCKETS];
};

/* Forms of one moment, shared by snapshots. */
struct ingest_forms {
	struct form_set *set;
	int refs;
};

/* Mergers and splits, read when somebody first asks, and anew once the group has written one. */
struct ingest_units {
	struct units all;
	bool read;
};

/* What a group changes in memory, so that a failed one can be taken back. */
struct ingest_group {
	struct ingest *g;
	struct archive_writer *w;
	int64_t now;
	struct tree_frontier tree; /* the working copy */
	struct ingest_entities touched;
	struct matter_again *again;   /* entities whose things are counted again at the end */
	struct ingest_listed *listed; /* checks that lists may find otherwise now */
	size_t nlisted;
	struct ingest_units units;
	struct keyring_change change; /* keys to judge anew */
	bool keys_changed, forms_changed;
	int64_t entries;
};

struct ingest {
	struct archive *archive;
	const struct clock *clock;
	struct crypt_signer *log;
	uint8_t root[CRYPT_PK_LEN];
	char epoch[5];
	struct ingest_watch watch;
	_Atomic bool halted;
	bool threaded, stopping, recovers;
	struct os_thread *thread;
	struct os_mutex *mutex; /* queue, snapshot, counts */
	struct os_cond *work;
	struct ingest_job *head, **tail;
	/* the sequencer's own */
	struct keyring *keyring;
	struct ingest_forms *forms;
	struct tree_frontier tree;
	int64_t scanned; /* newest entries a look-up by hash goes through */
	bool untidy;     /* writer->tidy may have something to do */
	int64_t first_at; /* time of the first checkpoint, 0: none yet */
	struct {
		int64_t size, at;
		uint8_t root[TREE_HASH];
		bool found;
	} seen; /* last look-up */
	struct ingest_shared *snapshot;
	struct ingest_counts counts;
};

/* One line of a request, or one own entry: verdict, and everything stored but not committed. */
enum rc ingest_group_line(struct ingest_group *p, const struct session_line *line,
			  struct session_verdict *ret, struct err *reterr);
/* Judge anew what changed, write entities, sign and store the checkpoint. */
enum rc ingest_group_end(struct ingest_group *p, struct err *reterr);
void ingest_group_free(struct ingest_group *p);

/*
 * Before an entry is stored (A16): *retstub is what to store instead (the caller frees), NULL
 * for the entry itself; *retkey the message of a refusal, NULL when it may be stored.
 */
enum rc ingest_erase_arrival(struct ingest_group *p, const struct entry *e, struct entry **retstub,
			     const char **retkey, struct err *reterr);
/* An admitted erase takes effect; void when it does not fit what it names. */
enum rc ingest_erase_apply(struct ingest_group *p, const struct entry *by, struct err *reterr);

/* The entity, read once per group. */
enum rc ingest_entity_get(struct ingest_group *p, const char *scope, const char *kind,
			  const uint8_t id[16], struct ingest_entity **ret, struct err *reterr);
/* Apply an admitted entry; *retflags gets BLIND, AGAIN; *retmerged: not one that changes nothing (M21). */
enum rc ingest_entity_apply(struct ingest_group *p, struct ingest_entity *x, const struct entry *e,
			    unsigned *retflags, bool *retmerged, struct err *reterr);
/* Mark for rebuild by number (re-judging). */
enum rc ingest_entity_rebuild(struct ingest_group *p, int64_t no, struct err *reterr);
/* Write all: rebuilt ones from their rows. */
enum rc ingest_entities_put(struct ingest_group *p, struct err *reterr);
void ingest_entities_free(struct ingest_entities *s);

/* Which rows of lists (archive_submission) depend on x is noted. */
enum rc ingest_listing_note(struct ingest_group *p, const struct ingest_entity *x,
			    struct err *reterr);
/* Write the rows of all that were noted. */
enum rc ingest_listing_put(struct ingest_group *p, struct err *reterr);
/*
 * Rows for what an archive holds of kinds that are listed since: in steps, each a transaction of its own.
 * Between groups.
 */
enum rc ingest_listing_catch_up(struct ingest *g, struct err *reterr);

#endif
