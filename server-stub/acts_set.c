/*
 * acts_set: see acts_set.h.
 */
#include "server-stub/acts_set.h"

#include <string.h>

#include "lib/json.h"
#include "server-stub/access.h"
#include "sync/chain.h"
#include "sync/decision.h"
#include "sync/errand.h"
#include "sync/report.h"
#include "sync/same.h"

/* What an entry has in a field. */
enum has { ANYTHING, GIVEN, EMPTIED };

/* The first row that fits says it. */
static const struct {
	const char *kind;  /* NULL: any */
	const char *field; /* NULL: whatever it sets */
	const char *value; /* NULL: any value */
	enum has has;
	bool later; /* only of a record that was there */
	const char *key;
} rows[] = {
    {.kind = DECISION_KIND, .key = "acts.set.review"},
    {TASK_KIND, "state", "xong", GIVEN, true, "acts.set.task_done"},
    {TASK_KIND, "state", "huy", GIVEN, true, "acts.set.task_cancelled"},
    {.kind = TASK_KIND, .key = "acts.set.task"},
    {"schedule", "ends_on", NULL, GIVEN, true, "acts.set.schedule_ended"},
    {.kind = "schedule", .key = "acts.set.schedule"},
    {ACCESS_KIND, "closed_on", NULL, GIVEN, true, "acts.set.access_ended"},
    {.kind = ACCESS_KIND, .key = "acts.set.access"},
    {.kind = REPORT_KIND, .key = "acts.set.report"},
    {.kind = CHAIN_KIND, .key = "acts.set.choice"},
    {.kind = "catalogue", .key = "acts.set.catalogue"},
    {.kind = "merger", .key = "acts.set.merger"},
    {.kind = "split", .key = "acts.set.split"},
    {NULL, SAME_FIELD, NULL, GIVEN, true, "acts.set.link"},
    {NULL, SAME_FIELD, NULL, EMPTIED, true, "acts.set.unlink"},
    {.later = true, .key = "acts.set.value"},
};

static bool sets(const struct entry *e, const char *field, const char *value, enum has has)
{
	const struct entry_field *f = field ? entry_field(e, field) : NULL;
	struct json *v = NULL;
	bool fits;

	if (!field || !f)
		return !field;
	if (!value)
		return (f->type == JSON_NULL) == (has == EMPTIED);
	v = entry_value_json(f->raw);
	fits = json_str(v) && strcmp(json_str(v), value) == 0;
	json_free(v);
	return fits;
}

const char *acts_set_key(const struct entry *e, bool first)
{
	if (e->erased)
		return "acts.set"; /* what it said is gone */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((!rows[i].kind || strcmp(rows[i].kind, e->kind) == 0) &&
		    !(rows[i].later && first) &&
		    sets(e, rows[i].field, rows[i].value, rows[i].has))
			return rows[i].key;
	return "acts.set";
}
