/*
 * op_cli: the command line of a program that is a table of operations.
 *
 * Parses (lib/op_args), dispatches (lib/op_dispatch), prints. Holds no work of its
 * own. Every main() is `return op_cli_main(&program, argc, argv);`.
 */
#ifndef KK_LIB_OP_CLI_H
#define KK_LIB_OP_CLI_H

#include "lib/op.h"

/*
 * Run one command and give the exit status (err_exit of the outcome).
 *
 *   PROGRAM [global options] COMMAND [arguments] [options, global ones too]
 *
 * Global options: --home DIR (else $home_env, else the user's data folder/home_dir),
 * --json, --lang vi|en (else $KIEMKE_LANG, else vi), --wait SECONDS (how long to wait
 * for a store another command holds; 30), --help/-h, --version, --help-json (the
 * table of operations for checks of the documents; not in --help). "--" ends options.
 *
 * stdout: the result as text, or with --json the exact body of the API's answer
 * (compact JSON and LF); notes as they come (with --json a line {"note":key,
 * "args":{…}}). stderr: progress, and "PROGRAM: message (E7)"; with --json an
 * error also goes to stdout as {"error":{"code","clause","key","message","args"}}.
 */
int op_cli_main(const struct op_program *program, int argc, char **argv);

#endif
