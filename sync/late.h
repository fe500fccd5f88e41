/*
 * late: did the one who finished something know of what somebody else wrote into it?
 *
 * A stocktake that was finished on one PC while another still counted gets lines afterwards.
 * They are kept and shown (nothing is lost), and said to be late. What is known of an entry is
 * what both ends know: its place in the log, what its author had seen of the log (E12), the
 * PC it was written on. Pure. Not here: whose PC a key is of (sync/keyring).
 */
#ifndef KK_SYNC_LATE_H
#define KK_SYNC_LATE_H

#include <stdbool.h>
#include <stdint.h>

struct late_entry {
	int64_t index; /* in the log; -1: not there yet */
	int64_t no;    /* order of arrival at who asks */
	int64_t seen;  /* size of the log its author had seen */
	int pc;        /* equal for entries of one PC; -1: not known */
};

/*
 * True unless whoever wrote `end` can have known of x: it stands in the log `end` had seen, or
 * the same PC wrote it before (a PC sends what it wrote in that order).
 */
bool late_is(const struct late_entry *x, const struct late_entry *end);

#endif
