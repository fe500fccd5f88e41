/*
 * desk: a clerk's PC in memory for tests of operations: an agent with a store in a new
 * folder, clerks, and a small collector to sync with (tests/support/exchange). Operations
 * run as the command line and the API run them. What goes wrong by itself fails the test.
 */
#ifndef KK_TESTS_SUPPORT_DESK_H
#define KK_TESTS_SUPPORT_DESK_H

#include "agent/agent.h"
#include "lib/json.h"
#include "lib/lang.h"
#include "lib/op.h"
#include "tests/support/exchange.h"

#define DESK_SCOPE "00004"
#define DESK_PIN   "135790"

struct desk {
	char *home;
	struct clock_manual clock;
	struct agent agent;
	struct actor root, registrar;
	struct exchange_server server;
	struct lang *lang;
	struct op_program program;
	struct err err; /* of the last operation */
};

/* The clerks "Nguyễn Văn An" and, with two, "Lò Thị Bé"; certified and unlocked. */
void desk_open(struct desk *d, size_t nclerk);
void desk_close(struct desk *d);
/* One whole contact with the collector. */
void desk_sync(struct desk *d);
/* The collector is told an entry of somebody else, an actor certified as role. */
void desk_tell(struct desk *d, struct entry *e);
void desk_certify(struct desk *d, const struct actor *a, enum role role);

/*
 * Run an operation with a body in JSON, ' standing for ". It must end as `want`; the
 * answer (NULL unless RC_OK) is the caller's. With RC_OK the print function runs too.
 */
struct json *desk_run(struct desk *d, const struct op *op, enum rc want, const char *body, ...)
    __attribute__((format(printf, 4, 5)));
/* What the operation prints; the caller frees. */
char *desk_print(struct desk *d, const struct op *op, const struct json *out);
/* Entries kept so far. */
int64_t desk_entries(struct desk *d);

#endif
