/*
 * about: what was said of a record at the centre: the reviews and tasks that name it, each with who wrote it; and
 * on demand what its own bytes say clause by clause. Clauses M19, M20. Reads only.
 */
#ifndef KK_COLLECTOR_ABOUT_H
#define KK_COLLECTOR_ABOUT_H

#include "server-stub/act.h"
#include "server-stub/proof.h"

/*
 * "reviews", in the order of the log: [{"id","state","state_label","level","level_label","reason","comments":
 * [{"field","label","text"} …],"at","who","who_title","custody","fingerprint","verified"} …]; "tasks": [{task_json} …].
 */
enum rc about_add(struct proof *p, const struct lang *lang, const struct act_entity *x,
		  struct json *o, struct err *reterr);
/* "explain": explain_bytes of each of its lines, in the order of the log. */
void about_explain(struct proof *p, const struct act_entity *x, struct json *o);

#endif
