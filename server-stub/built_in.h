/*
 * built_in: the forms this program carries, published as they stand: all of them by init, and by whoever has the
 * root's key those that came with a newer program (form publish --missing). Clause K6.
 */
#ifndef KK_COLLECTOR_BUILT_IN_H
#define KK_COLLECTOR_BUILT_IN_H

#include "server-stub/collector.h"
#include "server-stub/issuer.h"

/* Names of built-in forms of which no version was ever published here, appended to names. */
enum rc built_in_missing(const struct form_set *have, struct json *names, struct err *reterr);
/*
 * Keep their definitions and add an entry for each to i, the root's. have NULL: of all built-in forms. The names are
 * appended to names.
 */
enum rc built_in_add(struct collector *col, const struct form_set *have, struct issuer *i, struct json *names,
		     struct err *reterr);

#endif
