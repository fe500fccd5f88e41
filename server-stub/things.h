/*
 * things: records of one thing at the centre: links read from the archive, and what a
 * thing's other records say otherwise. Clause M15. Reads only.
 */
#ifndef KK_COLLECTOR_THINGS_H
#define KK_COLLECTOR_THINGS_H

#include "lib/json.h"
#include "server-stub/act.h"
#include "sync/same.h"

/*
 * The linked records of one scope and kind, joined; node numbers are entity numbers. with:
 * a record to have among them, linked or not; -1: none. Free with same_free.
 */
enum rc things_read(struct collector *col, const char *scope, const char *kind, int64_t with,
		    struct same *ret, struct err *reterr);
/* Put its head in the place of *x when it is linked. */
enum rc things_head(struct collector *col, struct act_entity *x, struct err *reterr);
/* {"scope","kind","kind_label","id","title"}, as whoever asks may see it. */
struct json *things_name(const struct op_call *call, const struct lang *lang,
			 const struct act_entity *x);
/*
 * The others of the thing x is the head of: as things_name, with "same_as" if it shows one and
 * "differ": [{"field","label","value","text"} …]. Empty array when it is alone. Caller frees.
 */
enum rc things_members(const struct op_call *call, const struct lang *lang,
		       const struct act_entity *x, struct json **ret, struct err *reterr);

#endif
