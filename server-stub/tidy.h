/*
 * tidy: what lies under HOME/blobs and nobody will ask for: uploads that were not gone on with, halves that a kill
 * left, files whose entry was never sealed. Clause P24. Never one that an entry names. Not here: when it is done.
 */
#ifndef KK_COLLECTOR_TIDY_H
#define KK_COLLECTOR_TIDY_H

#include "server-stub/collector.h"

/* Untouched since before_s (unix s, by the disk's clock). While others read, write and record. RC_IO, RC_NOMEM. */
enum rc tidy_blobs(struct collector *col, int64_t before_s, struct err *reterr);

#endif
