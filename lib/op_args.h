/*
 * op_args: argv -> which command, global options, and the body (struct json).
 * Reads files, stdin and secret descriptors that the arguments name. Does NOT run
 * or print anything.
 */
#ifndef KK_LIB_OP_ARGS_H
#define KK_LIB_OP_ARGS_H

#include "lib/op.h"

/* The options every command has, in the order --help shows. */
struct op_args_global {
	const char *name;
	char letter;      /* or 0 */
	const char *meta; /* NULL: takes no value */
	const char *help; /* message key */
	bool hidden;      /* not in --help */
};
extern const struct op_args_global op_args_globals[];
extern const size_t op_args_nglobals;

struct op_args {
	/* global options */
	const char *home, *lang; /* borrowed from argv; NULL: not given */
	bool json, help, version, help_json;
	int64_t wait_ms; /* -1: not given */

	const struct op *op; /* NULL: none named */
	const char *group; /* "clerk" of `clerk --help`: first word of several commands; or NULL */
	struct json *in;   /* the body without secrets still to be asked */
};

/*
 * Parse argv[1..]. *ret is filled as far as parsing came, on failure too, so that
 * --json and --lang hold for the error; free with op_args_free either way.
 * All RC_USAGE unless a file fails to be read:
 *   op.no_command  op.unknown_command[_near] {command, near}  op.command_part {command}
 *   op.unknown_option[_near] {option, near}  op.option_value {option}  op.option_no_value {option}
 *   op.option_twice {option}  op.extra {value}  op.pair_form {value}  op.pair_twice {name}
 *   op.int_form {option, value}  op.secret_argv {name}  op.secret_utf8 {name}  op.lang_value {value}
 *   op.stdin_twice  op.word_utf8 {option}  op.missing {name} (before any secret is asked for)
 * RC_INPUT op.file_utf8 {path}; json's own refusals with {path}
 */
enum rc op_args_parse(const struct op_program *program, int argc, char **argv, struct op_args *ret,
		      struct err *reterr);
void op_args_free(struct op_args *args); /* wipes secrets; NULL is fine */

/*
 * Ask on the terminal for every required secret not given yet (`only` NULL), or for
 * the one named, required or not. Prompts are "op.prompt" / "op.prompt_again" with the
 * argument's help text. RC_USAGE "op.secret_missing" {name, option} without a terminal;
 * RC_INPUT "op.secret_differ" when the repetition differs.
 */
enum rc op_args_ask(struct op_args *args, const struct lang *lang, const char *only,
		    struct err *reterr);

#endif
