/*
 * before: the check that stands beside one: of a correction the one it corrects, else the last one before
 * it of the same thing that counts; and what changed since. Not here: showing either.
 */
#ifndef KK_COLLECTOR_BEFORE_H
#define KK_COLLECTOR_BEFORE_H

#include "lib/json.h"
#include "server-stub/archive.h"
#include "sync/form.h"
#include "sync/merge.h"

struct before {
	int64_t no; /* entity; 0: there is none */
	bool corrected;
};
enum rc before_find(struct archive_reader *r, const struct form_set *forms,
		    const struct archive_entity *e, const struct merge_state *state,
		    struct before *ret, struct err *reterr);
/*
 * Of two records as view_entity has them, with their "lines": [{"line": title, "" for the record itself,
 * "field","label","old","new"} …]. A line that came or went has "field" "". Caller frees.
 */
struct json *before_changed(const struct json *now, const struct json *then);

#endif
