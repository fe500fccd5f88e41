/*
 * toy: a small program made of operations, with a store that is one file of
 * lines, for the tests of lib/op*. A test's executable becomes this program when
 * its first argument is "--toy", so that real processes meet over one store.
 * Its texts borrow keys of the real language files.
 */
#ifndef KK_TESTS_SUPPORT_TOY_H
#define KK_TESTS_SUPPORT_TOY_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/op.h"
#include "lib/os.h"

#define TOY_PIN "135790"

/*
 * init                       make the store
 * add NAME [--amount N] pin  append a line (write)
 * list                       all lines (read)
 * echo …                     the body it got, without secrets; every argument type
 * fail CODE [--clause C]     answer that error, with two arguments
 * slow N                     N ms with progress; note "rc.ok" at its start
 * lazy [--force] pin         optional secret that is needed unless --force
 * crash                      the process ends in the middle
 * note set / note get        two-word commands
 * judge CODE                 runs well, verdict CODE; no store
 * serve                      owner process until told to stop
 */
extern const struct op_program toy_program;

/* op_cli_main when argv[1] is "--toy": true, *retstatus set. */
bool toy_main(int argc, char **argv, int *retstatus);

/* Absolute path of this test's executable named `name`; the caller frees. */
char *toy_path(const char *name);

struct toy_run {
	int status;
	struct buf out, err;
};

/*
 * Run this test's executable as the toy with --home HOME and the words of `argv`
 * (NULL-terminated); pin NULL: none given; else it is handed over as --pin-fd. in: stdin, or
 * NULL for /dev/null. Fails the test when it does not end within 60 s.
 */
void toy_run(struct toy_run *r, const char *exe, const char *home, const char *const *argv,
	     const char *pin, const char *in);
void toy_run_free(struct toy_run *r);

/* Start `serve` and wait for its note; *returl (caller frees) may be NULL. */
struct os_proc *toy_serve(const char *exe, const char *home, char **returl);
/* SIGTERM and wait; the exit status. */
int toy_stop(struct os_proc *p);

#endif
