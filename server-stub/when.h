/*
 * when: the interval of a stored entry and what of its times does not fit together, from
 * the collector's own checkpoints and arrivals. Clauses E11, E12, A9. Reads only.
 */
#ifndef KK_COLLECTOR_WHEN_H
#define KK_COLLECTOR_WHEN_H

#include "server-stub/archive.h"
#include "sync/view.h"

/*
 * Fill lower, upper and flags of v: e loaded from row. The flags stored with the row are kept,
 * those of time are derived anew and added. Errors of the archive.
 */
enum rc when_of(struct archive_reader *r, const struct entry *e, const struct archive_row *row,
		struct view_entry *v, struct err *reterr);

#endif
