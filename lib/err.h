/*
 * err: what every fallible function returns, and the detail of a refusal.
 *
 * A function returns enum rc and, on failure, fills the last argument
 * `struct err *reterr` (which may be NULL) with the broken clause and the key of
 * a message in lib/lang/. Words are chosen by the program that prints them,
 * never here: lib and sync do not know which language the reader speaks.
 */
#ifndef KK_LIB_ERR_H
#define KK_LIB_ERR_H

/* Order is the index of the table in err.c (name, exit status). */
enum rc {
	RC_OK = 0,
	RC_USAGE,       /* the command line or request is off: exit 64 */
	RC_INPUT,       /* a value the user typed breaks a rule: exit 65 */
	RC_REFUSED,     /* bytes from a peer or file break a numbered clause: exit 65 */
	RC_NOTFOUND,    /* no such thing: exit 66 */
	RC_EXISTS,      /* there already: exit 73 */
	RC_CONFLICT,    /* two values wait for a person, or a state forbids it: exit 65 */
	RC_UNAVAILABLE, /* no connection, or something needed is missing: exit 69 */
	RC_REMOTE,      /* the other side answered with an error: exit 76 */
	RC_INTERNAL,    /* our bug: exit 70 */
	RC_NOMEM,       /* exit 71 */
	RC_IO,          /* read or write failed: exit 74 */
	RC_FULL,        /* disk full: exit 74 */
	RC_BUSY,        /* owned or locked by another process, try again: exit 75 */
	RC_LIMIT,       /* a ceiling of limits.h was met: exit 65 */
	RC_DENIED,      /* wrong PIN, no right: exit 77 */
	RC_CORRUPT,     /* our own stored bytes do not verify: exit 65 */
	RC_N
};

enum { ERR_ARGS = 4, ERR_KEY_LEN = 48, ERR_ARG_LEN = 160 };

struct err_arg {
	char name[16];
	char val[ERR_ARG_LEN]; /* UTF-8, cut at a character boundary */
};

struct err {
	enum rc rc;
	char clause[8];         /* "E7", or "" when no clause is broken */
	char key[ERR_KEY_LEN];  /* message key, e.g. "entry.member_order" */
	struct err_arg arg[ERR_ARGS];
	int nargs;
};

/*
 * Fill *e (if not NULL) and return rc. The variadic part is pairs
 * (const char *name, const char *value) ended by NULL; they replace {name} in
 * the message. A NULL clause means none. Values are copied and cut to fit.
 *   return err_set(reterr, RC_REFUSED, "E5", "entry.duplicate_member", "name", n, NULL);
 */
enum rc err_set(struct err *e, enum rc rc, const char *clause, const char *key, ...)
    __attribute__((sentinel));

/* The same with one signed number as the only argument. */
enum rc err_num(struct err *e, enum rc rc, const char *clause, const char *key,
                const char *name, long long value);

/* Add one more argument to a filled error; silently dropped when full. */
void err_add(struct err *e, const char *name, const char *value);

/* Value of argument `name`, or NULL. Borrowed from *e. */
const char *err_arg(const struct err *e, const char *name);

/* Stable lower-case name of rc ("refused"): used in JSON. Never NULL. */
const char *err_name(enum rc rc);

/* Process exit status of rc, 0..125, by the table above. */
int err_exit(enum rc rc);

/* Forget what *e holds (RC_OK, no text). NULL is fine. */
void err_clear(struct err *e);

#endif
