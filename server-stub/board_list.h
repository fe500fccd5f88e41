/*
 * board_list: the communes of a board as JSON and as CSV for a spreadsheet, with whom to call.
 */
#ifndef KK_COLLECTOR_BOARD_LIST_H
#define KK_COLLECTOR_BOARD_LIST_H

#include "lib/lang.h"
#include "server-stub/board.h"

/* Append communes to an array. */
enum rc board_list_add(struct collector *col, struct archive_reader *r, const struct lang *lang,
		       const struct board_unit *x, struct json *all, struct err *reterr);
/* The array as CSV: UTF-8 with byte order mark, `;`, codes and numbers as text. Appended. */
enum rc board_list_csv(const struct lang *lang, const struct json *all, struct buf *out,
		       struct err *reterr);
/* "board.state.late" of lib/lang for "late". */
const char *board_list_state(const struct lang *lang, const char *state);

#endif
