/*
 * board: where every commune of the catalogue stands this week, each in exactly one state, where
 * it stood in the weeks before, and whom to call. Read from narrow rows (server-stub/standing.h),
 * never from all records. Where a statement leaves a commune is R4, as the report has it at the newest
 * checkpoint; when somebody was heard of is the collector's own note of arrivals.
 */
#ifndef KK_COLLECTOR_BOARD_H
#define KK_COLLECTOR_BOARD_H

#include "server-stub/collector.h"
#include "server-stub/standing.h"
#include "sync/report_unit.h"

enum board_state {
	BOARD_NEVER,      /* no clerk was ever enrolled there */
	BOARD_UNDECIDED,  /* a statement, with two values */
	BOARD_RETURNED,   /* a statement, sent back and not corrected yet */
	BOARD_SHORT,      /* (5) */
	BOARD_UNVERIFIED, /* (6a) */
	BOARD_VERIFIED,   /* (4) */
	BOARD_OFFLINE,    /* nothing yet, and no PC of it was in contact for BOARD_SILENT_DAYS */
	BOARD_LATE,       /* nothing yet, after the Wednesday of the week */
	BOARD_WAITING,    /* nothing yet, and there is time */
	BOARD_STATES
};
enum { BOARD_SILENT_DAYS = 7, BOARD_WEEKS = 53 };
/* "never", "undecided" … */
const char *board_state_name(enum board_state s);

struct board_unit {
	const char *code, *name, *province; /* borrowed from the board; province: its code */
	enum board_state state;
	enum standing said;    /* by its statement of the week */
	int64_t heard;         /* unix s when its last entry was received; 0: never */
	int64_t seen;          /* unix s of the last contact, also one that brought nothing; 0: never */
	char *clerk;           /* name and title of one of its clerks; NULL: none was enrolled */
};
/* The state of one (its own is not read) at `now`; end: of the Wednesday of the week, unix s. Pure. */
enum board_state board_state_of(const struct board_unit *x, int64_t now, int64_t end);

struct board {
	int64_t size, at; /* of the newest checkpoint */
	struct report_units units;
	struct board_unit *unit; /* by code, as units.c */
	size_t n;
	char week[BOARD_WEEKS][TEXT_WEEK_LEN]; /* ascending; the last is the one asked for */
	size_t nweek;
	uint8_t *said; /* enum standing of unit i in week w at i * nweek + w */
};
/*
 * week "": the one it is. weeks: how many, up to it. now: unix s. RC_INPUT "text.week_form"; RC_NOTFOUND
 * "routes.no_checkpoint", "report.no_catalogue". Free with board_free.
 */
enum rc board_make(struct collector *col, const char *week, size_t weeks, int64_t now,
		   struct board *ret, struct err *reterr);
void board_free(struct board *b);
/* NULL: the catalogue has no such commune. */
const struct board_unit *board_find(const struct board *b, const char *code);

/* Documents of the collector by commune, {"name","phone"}: whom to call where no statement says (op contacts). */
#define BOARD_CONTACTS "contact"
/* Whom to call in a commune: what its newest statement says, else that list. Both the caller's; NULL: nothing. */
enum rc board_contact(struct collector *col, struct archive_reader *r, const char *code,
		      char **retname, char **retphone, struct err *reterr);

#endif
