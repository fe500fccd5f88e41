/*
 * op_table: a program's table of operations obeys the rules of lib/op.h that no
 * compiler sees. Each program's tests call it once.
 */
#ifndef KK_TESTS_SUPPORT_OP_TABLE_H
#define KK_TESTS_SUPPORT_OP_TABLE_H

#include "lib/op.h"

/*
 * Fail the running cmocka test, naming the operation and argument, unless: names
 * fit and are unique (as commands and in the API); a command of one word is not
 * the first word of another; options and letters clash neither with
 * each other nor with the global ones; secrets are OP_STRING options; positionals
 * required before optional, a positional list last; pairs are positional; at most one "-";
 * exactly one of OP_READ and OP_WRITE; every text exists in Vietnamese and English.
 */
void op_table_assert(const struct op_program *program);

#endif
