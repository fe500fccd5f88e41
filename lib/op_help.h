/*
 * op_help: everything --help prints, made from the table of operations, and the
 * same table as JSON for the checks that compare documents and code.
 */
#ifndef KK_LIB_OP_HELP_H
#define KK_LIB_OP_HELP_H

#include "lib/op.h"

/* Usage, commands with their summaries, global options, exit statuses. group: only its commands. */
void op_help_program(const struct op_program *program, const struct lang *lang, const char *group,
		     struct buf *out);
/* Usage line, summary, each argument and option. */
void op_help_op(const struct op_program *program, const struct op *op, const struct lang *lang,
		struct buf *out);
/* "kiemke record KIND [ID] FIELD=VALUE… [--file FILE] --pin-fd N", no LF. */
void op_help_usage(const struct op_program *program, const struct op *op, struct buf *out);

/*
 * {"program","version","summary","home_env","groups":[{"word","home_env"}],"options":[…],"exit":[{"code","status"}],
 *  "ops":[{"name","api","summary","flags":[…],"usage","args":[{"name","option","letter","type",
 *  "required","positional","secret","meta","help","choices","min","max"}]}]}
 * api is null for an operation that is not in the API. The caller frees *ret.
 */
enum rc op_help_json(const struct op_program *program, const struct lang *lang, struct json **ret,
		     struct err *reterr);

#endif
