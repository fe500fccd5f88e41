/*
 * due: what the centre's schedule asks of a commune now: of each schedule the period we are in,
 * and whether a record belongs to it. Dates are those of Vietnam (+07:00). Pure. One rule for what a
 * clerk is shown as due and what the report counts (R5). Not here: which records there are.
 */
#ifndef KK_SYNC_DUE_H
#define KK_SYNC_DUE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/json.h"
#include "lib/text.h"

struct due_period {
	char from[TEXT_DATE_LEN], until[TEXT_DATE_LEN]; /* ISO; until is the first day after it */
	char week[TEXT_WEEK_LEN];                       /* of its first day */
	int64_t due_at;                                 /* unix s */
};

/*
 * The period of a schedule (fields of the form `schedule`) that now lies in. Weekly: the ISO week;
 * monthly and quarterly: that month or quarter, due in its last month; yearly: the year; once: from
 * the day it is in force until it is done. A day a month lacks means its last. False: not in
 * force, or it lacks what its period needs, of the form that R12 says.
 */
bool due_period(const struct json *schedule, int64_t now, struct due_period *ret);

/* Is a commune meant: "*", its own code, or that of its province (NULL: not known, then no). */
bool due_concerns(const struct json *schedule, const char *scope, const char *province);

/* Does a record say that it is of this period: by its week, else by the day it was checked or counted. */
bool due_holds(const struct due_period *p, const struct json *fields);
/* Is the day (ISO; "": none) in it? */
bool due_on(const struct due_period *p, const char *day);

#endif
