/*
 * schedules: what the centre asks for and when, all of it at once: each schedule as it stands, whom it
 * concerns by the catalogue, and which others ask the same of the same commune at the same time.
 * Reads only. When something is due is sync/due's.
 */
#ifndef KK_COLLECTOR_SCHEDULES_H
#define KK_COLLECTOR_SCHEDULES_H

#include "lib/lang.h"
#include "server-stub/collector.h"

struct schedule {
	uint8_t id[16];
	struct json *fields; /* as shown (merge_json) */
	int64_t conflicts;   /* fields with two values: it asks nothing of anybody until decided */
	int64_t index;       /* of its last entry */
};

struct schedules {
	struct schedule *s; /* by kind, then the day it begins */
	size_t n, cap;
	struct json *unit;  /* commune code -> {"name","province","province_name","closed"} */
	int64_t now;
};

enum rc schedules_read(struct collector *col, struct schedules *ret, struct err *reterr);
void schedules_free(struct schedules *x);

/* "coming", "in_force" or "ended", by its days. */
const char *schedules_state(const struct schedules *x, const struct json *fields);
/* How many communes of the catalogue it concerns that have not ended. */
int64_t schedules_units(const struct schedules *x, const struct json *fields);
/* Both ask for the same kind in the same sort of period, of a common commune, on a common day. */
bool schedules_overlap(const struct schedules *x, const struct json *a, const struct json *b);

#endif
