/*
 * acts_set: in which words the journal tells what an entry of the centre writes: given, ended, linked …; told by
 * the kind of the record, by what the entry sets in it, and by whether the record was there before. The words are
 * keys of lib/lang. Pure.
 */
#ifndef KK_COLLECTOR_ACTS_SET_H
#define KK_COLLECTOR_ACTS_SET_H

#include <stdbool.h>

#include "sync/entry.h"

/*
 * "acts.set.task" …; "acts.set" of a kind that the centre writes by nothing known here, and of a stub. e: of op
 * ENTRY_SET. first: it is the first entry of its record.
 */
const char *acts_set_key(const struct entry *e, bool first);

#endif
