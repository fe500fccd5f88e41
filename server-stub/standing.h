/*
 * standing: what a weekly statement and a review of it say, in a number each, and where that leaves
 * a commune (R4). The numbers are kept beside the merged states (archive's statements), so that a board
 * of all communes and many weeks reads no record. Does NOT store or ask who is enrolled.
 */
#ifndef KK_COLLECTOR_STANDING_H
#define KK_COLLECTOR_STANDING_H

#include "server-stub/archive.h"
#include "server-stub/collector.h"
#include "sync/merge.h"

enum standing_says { /* bits */
	STANDING_ADEQUATE = 1,  /* declared_adequate "co" */
	STANDING_SHORT = 2,     /* declared "chua", or something missing */
	STANDING_UNDECIDED = 4, /* two values */
	STANDING_CHILDREN = 8   /* names children: may be not whole yet (M13) */
};
enum standing_verdict { STANDING_OPEN, STANDING_APPROVED, STANDING_RETURNED };
enum { STANDING_LEVEL = 2 }; /* bits of a verdict below the level of who decided (M19) */

/* Where a commune is by its statement of a week. */
enum standing {
	STANDING_IS_NOTHING, /* none that counts, or one that says neither */
	STANDING_IS_UNDECIDED,
	STANDING_IS_RETURNED,
	STANDING_IS_SHORT,      /* (5) */
	STANDING_IS_UNVERIFIED, /* (6a) */
	STANDING_IS_VERIFIED,   /* (4) */
	STANDINGS
};

/* Keep what an entity says, when it is a statement or a review. After entity_put. */
enum rc standing_put(struct archive_writer *w, const struct archive_entity *e,
		     const struct merge_state *s, const struct form_set *forms, struct err *reterr);
/* A store of before there were such rows: once. In the sequencer's transaction. */
enum rc standing_begin(struct collector *col, struct err *reterr);

/*
 * Every statement that counts (M12, M13, M17), of the weeks from … to: where it leaves its commune. Two that count for
 * one week come one after the other. scope NULL: everywhere; else the newest week first.
 */
struct standing_of {
	const char *scope, *week; /* borrowed for the call */
	const uint8_t *id;
	int64_t no;
	enum standing is;
};
enum rc standing_each(struct collector *col, struct archive_reader *r, const char *scope,
		      const char *from, const char *to,
		      enum rc (*take)(void *arg, const struct standing_of *x, struct err *reterr),
		      void *arg, struct err *reterr);

#endif
