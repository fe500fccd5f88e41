/*
 * twin: which values two records of one thing would share: an asset code, a serial number,
 * a plate, map sheet and parcel. A hint for a person, never a decision; linking is M15.
 * One table. Not here: reading a store.
 */
#ifndef KK_SYNC_TWIN_H
#define KK_SYNC_TWIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

/* The first field of rule i of a kind, whose label names the reason; NULL past the last rule. */
const char *twin_field(const char *kind, size_t i);
/* Does the rule name a thing (a code, a parcel), or is it only a hint (a serial number)? */
bool twin_names(const char *kind, size_t i);
/*
 * Append the text that is equal for twins under rule i: the values (wire values of a record)
 * folded, without spaces, dots, dashes and slashes, leading zeros of a pure number gone. Nothing
 * is appended when a value is missing, or says that there is none ("không", "chưa có").
 */
void twin_key(const char *kind, size_t i, const struct json *rec, struct buf *out);
/* Append the values as they were written, ", " between. */
void twin_text(const char *kind, size_t i, const struct json *rec, struct buf *out);

/* ---- looking for twins among many records ---- */

struct twin_search;

enum rc twin_search_new(struct twin_search **ret, struct err *reterr);
void twin_search_free(struct twin_search *s);
/* A record; head: number of the thing it is of, the same for linked records (M15). */
enum rc twin_search_add(struct twin_search *s, const char *scope, const char *kind,
			const struct json *rec, int64_t no, int64_t head, struct err *reterr);
/*
 * Groups of two or more things of one scope and kind that share a value: take is called with the numbers of the
 * records, ascending, and the reasons [{"field","text"} …]; a group found by several rules
 * once, with all its reasons. RC_NOMEM.
 */
enum rc twin_search_each(struct twin_search *s,
			 enum rc (*take)(void *arg, const int64_t *no, size_t n,
					 const struct json *reasons, struct err *reterr),
			 void *arg, struct err *reterr);

#endif
