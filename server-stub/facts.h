/*
 * facts: what a weekly report reads of each record, kept beside its merged state (archive's facts), so that an issue
 * of a country's records opens no entry. Clauses R2, M11.
 *
 * A fact tells since which size of the log it stands. Whatever changes the state (an entry, a correction of
 * admission, an erase) writes it anew; of a record that was changed at or above an issue's size the issue reads the
 * entries. Does NOT store, or make a report.
 */
#ifndef KK_COLLECTOR_FACTS_H
#define KK_COLLECTOR_FACTS_H

#include "server-stub/archive.h"
#include "server-stub/collector.h"
#include "sync/merge.h"

/* Keep what e says, when a report reads its kind; x: everything but kind, undecided and says. After entity_put. */
enum rc facts_put(struct archive_writer *w, const struct archive_entity *e, const struct merge_state *s,
		  const struct form_set *forms, const struct archive_fact_put *x, struct err *reterr);
/* Is what is kept of e what s says, and as of when? Of a kind that no report reads: true. */
enum rc facts_same(struct archive_reader *r, const struct archive_entity *e, const struct merge_state *s,
		   const struct form_set *forms, bool *ret, struct err *reterr);
/* A store of before there were facts: once. In the sequencer's transaction. */
enum rc facts_begin(struct collector *col, struct err *reterr);

#endif
