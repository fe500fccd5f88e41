/*
 * print: plain tables and findings for a terminal, from the JSON an operation gave.
 * Columns are as wide as their widest cell (in characters), a long cell is cut. Not
 * here: what an operation says around them.
 */
#ifndef KK_AGENT_PRINT_H
#define KK_AGENT_PRINT_H

#include "lib/buf.h"
#include "lib/json.h"
#include "lib/lang.h"

struct print_table {
	struct json *rows; /* arrays of strings; the first is the heading */
	struct json *row;  /* the last of them */
};
void print_table_init(struct print_table *t);
/* Begin a row; then its cells in order. NULL is "". */
void print_row(struct print_table *t);
void print_cell(struct print_table *t, const char *s);
void print_cell_int(struct print_table *t, int64_t v);       /* 1.234 */
void print_cell_time(struct print_table *t, int64_t unix_s); /* 0 or less: "" */
/* Append the table, each line with `indent` blanks before it, and free it. */
void print_table_end(struct print_table *t, unsigned indent, struct buf *out);

/* A message and LF. */
void print_line(const struct lang *lang, struct buf *out, const char *key);
/* The findings of a record: errors, warnings, fields emptied. */
void print_findings(const struct lang *lang, const struct json *rec, struct buf *out);
/* What an operation that writes did: {"records":[…],"saved":bool}; and its verdict. */
void print_records(const struct lang *lang, const struct json *out, struct buf *text);
enum rc print_saved(const struct json *out);
/* Text of a member, "" when absent. */
const char *print_str(const struct json *o, const char *name);
int64_t print_num(const struct json *o, const char *name);
bool print_is(const struct json *o, const char *name);

#endif
