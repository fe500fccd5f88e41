/*
 * op: an operation is all a program does: one JSON object in, one JSON value out.
 *
 * A program is a table of operations. The command line (lib/op_cli) turns
 * arguments into the object, the owner's loopback API (lib/op_owner) takes the
 * same object as the body of POST /api/NAME, and both end in op_run, which checks
 * it against the table: an operation sees only members it declared, of the type
 * it declared. Does NOT know argv, HTTP, locks, or any sentence a person reads.
 */
#ifndef KK_LIB_OP_H
#define KK_LIB_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/lang.h"
#include "lib/os.h"

enum {
	OP_ARGS_MAX = 24, /* arguments of one operation */
	OP_NAME_MAX = 48, /* bytes of a command or argument name, with the NUL */
	OP_WORDS_MAX = 3  /* words of a command: "catalogue import" */
};

/* What an argument is in the body, and how the command line makes it. */
enum op_type {
	OP_STRING, /* string */
	OP_INT,    /* integer within [min,max], both 0: any JSON integer */
	OP_BOOL,   /* true/false; on the command line an option without value = true */
	OP_LIST,   /* array of strings; the option may be repeated; positional: all that follow */
	OP_PAIRS,  /* object of strings, integers, booleans, nulls, arrays of strings;
	              on the command line name=value…, each value a string (positional only) */
	OP_TEXT,   /* string; on the command line a path whose text is read, "-" = stdin */
	OP_JSON,   /* any value; on the command line a path of a JSON file, "-" = stdin */
	OP_PATH    /* string, an absolute path the operation itself opens or writes; the
	              command line makes a relative one absolute, because an owner process
	              runs in another folder */
};

enum op_arg_flag {
	OP_REQUIRED = 1,
	OP_POSITIONAL = 2, /* given by place, not by --name */
	OP_SECRET = 4,     /* OP_STRING only: a PIN or passphrase. Never from argv or the
	                      environment: --NAME-fd N, or asked on a terminal without echo when
	                      required; neither: RC_USAGE "op.secret_missing". 1..LIMIT_PIN bytes;
	                      wiped from the body as soon as the operation has run */
	OP_CONFIRM = 8,    /* a new secret: on a terminal asked twice */
	OP_STDIN = 16,     /* OP_TEXT or OP_JSON: a lone "-" on the command line means this one */
	OP_ALONE = 32      /* an option: when the command line gives a single value by place and not this
	                      option, the value means this one ("import FILE" beside "import KIND FILE") */
};

/*
 * name is the JSON member; the option is "--" + name with '_' as '-'. An optional
 * secret may be found necessary while running: return op_need_secret(…) and the
 * command line asks for it (on a terminal) and runs the operation once more.
 */
struct op_arg {
	const char *name; /* "reason", "new_pin" */
	enum op_type type;
	unsigned flags;   /* enum op_arg_flag */
	const char *help; /* message key: one line, no full stop needed */
	const char *meta; /* word in the usage line ("FILE"); NULL: name in capitals */
	char letter;      /* short option 'o', or 0 */
	int64_t min, max; /* OP_INT */
	const char *const
	    *choice; /* OP_STRING, OP_LIST: the only values, NULL-terminated; or NULL */
};

enum op_flag {
	OP_READ = 1,  /* changes nothing: may be repeated after a broken answer */
	OP_WRITE = 2, /* changes the store */
	OP_NET = 4,   /* may talk to another machine */
	OP_LOCAL = 8, /* needs the store in this very process (serve): never handed to an owner,
	                      RC_BUSY when there is one; not in the API */
	OP_NOSTORE =
	    16, /* neither lock nor store (explain, verify FILE): app is NULL; not in the API */
	OP_CREATE =
	    32, /* the store may be made (init, enrol); else a missing folder is RC_NOTFOUND */
	OP_OWNED = 128, /* with OP_LOCAL: when an owner runs already, run all the same, in this
	                      process and with app NULL, to ask that owner for something */
	OP_CONCURRENT = 64 /* runs without the owner's mutex and takes it itself in slices with
	                      op_lock/op_unlock (sync) */
};

struct op_program;
struct op;

/*
 * For whom an operation runs: where it reports meanwhile, from the running thread, and in
 * which language. Any member may be NULL.
 */
struct op_voice {
	void *arg;
	/* done of total (total <= 0: unknown); key is a message with {done} and {total}. */
	void (*progress)(void *arg, const char *key, int64_t done, int64_t total);
	/* A line to print now (serve: its address): *msg carries key and arguments, rc RC_OK. */
	void (*note)(void *arg, const struct err *msg);
	const char *lang; /* "vi" or "en": of the texts within the answer; NULL: see op_lang */
};

/* What a running operation knows besides its body. */
struct op_call {
	const struct op_program *program;
	const struct op *op;          /* set by op_run */
	const char *home;             /* store folder, absolute; OP_NOSTORE: may be NULL */
	void *app;                    /* what program->open made; NULL for OP_NOSTORE */
	struct os_mutex *mutex;       /* the owner's, NULL when there is none: use op_lock */
	const struct op_voice *voice; /* NULL: silent */
	const void *who; /* for whom, in the program's own terms; NULL: the machine's owner */
};

struct op {
	const char *name;    /* as typed: "record", "clerk add"; API name: "clerk_add" */
	const char *summary; /* message key, one line */
	unsigned flags;      /* enum op_flag */
	const struct op_arg *arg;
	size_t narg;

	/*
	 * in: a checked object, borrowed. *ret: the caller frees; left NULL = {}.
	 * *ret is untouched on failure.
	 */
	enum rc (*run)(const struct op_call *call, const struct json *in, struct json **ret,
		       struct err *reterr);
	/* The result for people, in their language, ending in LF. NULL: indented JSON is shown. */
	void (*print)(const struct lang *lang, const struct json *out, struct buf *text);
	/*
	 * For operations whose result is itself a finding (verify): the rc whose exit
	 * status the command has although it ran well. NULL: RC_OK.
	 */
	enum rc (*verdict)(const struct json *out);
};

/* The commands whose first word is `word` work on a store of another kind, in a folder of its own. */
struct op_group {
	const char *word;                /* "witness" */
	const char *home_env, *home_dir; /* as in op_program, and the two below */
	enum rc (*open)(const char *home, bool create, void **retapp, struct err *reterr);
	void (*close)(void *app);
};

struct op_program {
	const char *name;    /* "kiemke" */
	const char *summary; /* message key, one line */
	const char *version;
	const char *home_env; /* "KIEMKE_HOME": store folder when --home is not given */
	const char *home_dir; /* folder below the user's data folder when that is not set either */
	const struct op *op;  /* in the order --help shows */
	size_t nop;
	/*
	 * Open the store in folder home, which exists and whose lock this process holds.
	 * create: the operation may make a new store; else a folder without one is
	 * RC_NOTFOUND. *retapp is closed with close.
	 */
	enum rc (*open)(const char *home, bool create, void **retapp, struct err *reterr);
	void (*close)(void *app); /* NULL is fine */
	const struct op_group *group; /* groups with stores of their own, ngroup of them */
	size_t ngroup;
};
/* The group of an operation that has a store of its own; NULL: it works on the program's. Borrowed. */
const struct op_group *op_group_of(const struct op_program *program, const struct op *op);

/* API name of a command: ' ' and '-' as '_'. "clerk add" -> "clerk_add". */
void op_api_name(const struct op *op, char ret[OP_NAME_MAX]);
/* Option of an argument without dashes: "reason", "new-pin-fd". For a positional its name. */
void op_option_name(const struct op_arg *arg, char ret[OP_NAME_MAX]);

/* By API name; NULL when unknown. Borrowed. */
const struct op *op_find_api(const struct op_program *program, const char *api_name);
const struct op_arg *op_find_arg(const struct op *op, const char *name);

/* May an owner process run it for another process or a page? */
static inline bool op_in_api(const struct op *op)
{
	return (op->flags & (OP_LOCAL | OP_NOSTORE)) == 0;
}

/*
 * Check a body against the table. NULL in = {}. All RC_USAGE, argument `name`:
 *   op.body_object   in is no object
 *   op.unknown_member  op.missing  op.secret_missing (also an empty one)
 *   op.type_string  op.type_int  op.type_bool  op.type_list  op.type_pairs
 *   op.int_range (min, max)  op.choice (value, choices)  op.path_relative  op.secret_long
 */
enum rc op_check(const struct op *op, const struct json *in, struct err *reterr);

/*
 * Check, then run. *call is copied, with op filled in. *ret is never NULL on RC_OK;
 * the caller frees it. The owner's mutex, if any, is held around run unless
 * OP_CONCURRENT. Errors: op_check's and the operation's own.
 */
enum rc op_run(const struct op *op, const struct op_call *call, const struct json *in,
	       struct json **ret, struct err *reterr);

/* Overwrite the values of all secret members of a body. NULL is fine. */
void op_wipe(const struct op *op, struct json *in);

/* ---- for operations ---- */

/* Take and give back the store within an OP_CONCURRENT operation; without an owner nothing happens. */
void op_lock(const struct op_call *call);
void op_unlock(const struct op_call *call);

/* Language of the texts an operation puts into its answer: the caller's, else KIEMKE_LANG's. */
const char *op_lang(const struct op_call *call);

/* Report progress; cheap to call often (the command line prints once a second, after the first). */
void op_progress(const struct op_call *call, const char *key, int64_t done, int64_t total);

/* Print a line now; pairs (const char *name, const char *value) ended by NULL fill the message. */
void op_note(const struct op_call *call, const char *key, ...) __attribute__((sentinel));

/* RC_USAGE "op.secret_missing" {name, option} for the optional secret `name`: see struct op_arg. */
enum rc op_need_secret(const char *name, struct err *reterr);

#endif
