/*
 * minutes: the minutes of a stocktake (biên bản kiểm kê) as a paper to sign, in the columns of
 * C53-HD, A4 landscape. An asset nobody counted has empty cells and is never a missing one.
 */
#ifndef KK_AGENT_MINUTES_H
#define KK_AGENT_MINUTES_H

#include "agent/stocktake.h"
#include "lib/pdf.h"

/* Draw them into pdf. RC_LIMIT, RC_NOMEM and what reading gives. */
enum rc minutes_draw(const struct stocktake *t, struct pdf *pdf, struct err *reterr);

#endif
