/*
 * board: where every commune of the catalogue stands this week, each in exactly one state, and whom
 * to call. Figures come from sync/report at the newest checkpoint; when somebody was heard of, from
 * the collector's own note of arrivals. Reads only; nothing of it goes into a report.
 */
#ifndef KK_COLLECTOR_BOARD_H
#define KK_COLLECTOR_BOARD_H

#include "server-stub/report_make.h"

enum board_state {
	BOARD_NEVER,      /* no clerk was ever enrolled there */
	BOARD_UNDECIDED,  /* a statement, with two values */
	BOARD_RETURNED,   /* a statement, sent back and not corrected yet */
	BOARD_SHORT,      /* (5) */
	BOARD_UNVERIFIED, /* (6a) */
	BOARD_VERIFIED,   /* (4) */
	BOARD_OFFLINE,    /* nothing yet, and nothing at all was received for BOARD_SILENT_DAYS */
	BOARD_LATE,       /* nothing yet, after the Wednesday of the week */
	BOARD_WAITING,    /* nothing yet, and there is time */
	BOARD_STATES
};
enum { BOARD_SILENT_DAYS = 7 };
/* "never", "undecided" … */
const char *board_state_name(enum board_state s);

struct board_unit {
	const struct report_unit *u;
	enum board_state state;
	int64_t heard;               /* unix s when its last entry was received; 0: never */
	char *contact, *phone;       /* of its newest statement of any week; NULL: none */
	char *clerk;                 /* name and title of a clerk, where there is no contact */
};
/* The state of one (its own is not read) at `now`; end: of the Wednesday of the week, unix s. Pure. */
enum board_state board_state_of(const struct board_unit *x, int64_t now, int64_t end);

struct board {
	struct report_make m;
	struct report *r;
	struct board_unit *unit; /* in the order of report_unit */
	size_t n;
};
/* week "": the one it is. now: unix s. Errors of report_make. Free with board_free. */
enum rc board_make(struct collector *col, const char *week, int64_t now, struct board *ret,
		   struct err *reterr);
void board_free(struct board *b);

#endif
