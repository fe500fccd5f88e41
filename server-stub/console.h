/*
 * console: the console of the centre's staff behind its routes: by which names it is reached, who
 * is signed in, and running an operation for them. What a role may ask for is in
 * server-stub/gate.h, what somebody sees in server-stub/who.h. Does NOT know what operations do.
 */
#ifndef KK_COLLECTOR_CONSOLE_H
#define KK_COLLECTOR_CONSOLE_H

#include "lib/log.h"
#include "server-stub/routes.h"
#include "server-stub/signin.h"

struct console {
	struct page *page;
	struct signin *signin;
	struct tries *tokens; /* access tokens that do not exist: apart from passphrases, neither shuts out the other */
	struct log *log;       /* HOME/console.log: who signed in from where, and what was asked for */
	struct os_mutex *once; /* guards decoy */
	struct buf decoy;      /* a sealed key nobody has the passphrase of */
};

/* names: further ones by which browsers reach us, an array of strings or NULL. */
enum rc console_new(struct console **ret, struct routes *rt, const struct json *names,
		    struct err *reterr);
void console_free(struct console *c);                             /* NULL is fine */
void console_listens(struct console *c, uint16_t port, bool tls); /* before that it refuses */
int64_t console_now_s(void); /* the clock of sessions: it never goes back */

/* The browser's address: of a proxy's words only when it stands beside us and names us. Borrowed. */
const char *console_address(const struct console *c, const struct httpd_req *req);
/* Answer with a problem; status 0: by its rc. One with {seconds} is 429 with Retry-After, as is 503. */
void console_refuse(struct httpd_req *req, int status, const struct err *e);
/* What the log says now of the key a session was opened with. Errors of who_read. */
enum rc console_who(struct routes *rt, const struct signin_session *s, struct who *ret,
		    struct err *reterr);
/*
 * The session of the request, if a page of ours asks and the key still counts. A question that a
 * page asks by itself (header Kk-Watch) does not keep a session alive. *retstatus: of the refusal.
 * Free *retwho with who_free.
 */
enum rc console_session(struct routes *rt, struct httpd_req *req, struct signin_session *ret,
			struct who *retwho, int *retstatus, struct err *reterr);

/*
 * For routes of their own (files of a record, papers): whose session it is, and may they ask for
 * op (NULL: anything)? On failure answered: false. Free *ret with who_free.
 */
bool console_admit(struct routes *rt, struct httpd_req *req, const struct op *op, struct who *ret);
/* Run an operation for them as for the page: gate, `as`, tries of a passphrase. Takes in; not answered. */
enum rc console_run(struct routes *rt, struct httpd_req *req, const struct op *op,
		    const struct who *who, struct json *in, struct json **ret, struct err *reterr);

#endif
