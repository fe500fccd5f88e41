/*
 * page: what a browser may have of a process: the files of its pages, which are part of the
 * program, the texts, and whether a request comes from a page of ours, by a name of ours.
 *
 * On loopback a link with a ticket (page_ticket) opens a session once: GET /open gives the
 * browser a cookie of this listener and sends it on to "/". A program with sessions of its own
 * (the collector's console, where people sign in) uses page_guard, page_ours and the cookie, and
 * no tickets. Does NOT know operations or who hands out the link (lib/op_owner), nor what a
 * page shows (lib/web, agent/web, server-stub/web).
 */
#ifndef KK_LIB_PAGE_H
#define KK_LIB_PAGE_H

#include "lib/httpd.h"

enum {
	PAGE_TOKEN_LEN = 32, /* random bytes of a ticket and of a session; 64 hex digits */
	PAGE_TOKEN = 2 * PAGE_TOKEN_LEN + 1, /* the digits and a NUL */
	PAGE_NAMES = 8,      /* names besides loopback by which we are reached */
	PAGE_TICKETS = 8,    /* links not yet used; the oldest gives way */
	PAGE_SESSIONS = 32,  /* browsers let in since the start; the oldest gives way */
	PAGE_LINK = 160      /* bytes of a link, with the NUL */
};

/*
 * Nothing but our own files runs, is shown or is asked; nobody frames us; no string becomes
 * code. data: in images is what Pico's arrows are; blob: is a photo before it is saved.
 */
#define PAGE_CSP                                                                                \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " \
	"connect-src 'self'; font-src 'none'; form-action 'none'; frame-ancestors 'none'; "     \
	"base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

struct page;

/*
 * The pages of one program: the embedded folder pages/NAME, what all share in pages/lib,
 * and the texts. name NULL, or a program built without pages: the guard alone, and "/"
 * says what is lacking. Free with page_free.
 */
enum rc page_new(struct page **ret, const char *name, struct err *reterr);
void page_free(struct page *page);
/* Once it is known; before that nothing passes the guard. tls: https, also on loopback. */
void page_listens(struct page *page, uint16_t port, bool tls);
/*
 * We are also reached by this name, always over https, which may end before us ("kk.example.vn",
 * "10.0.0.5:8443": as a browser sends it in Host). Before page_listens. RC_LIMIT "page.names".
 */
enum rc page_name(struct page *page, const char *name, struct err *reterr);

/*
 * RC_OK when the request names this listener (Host 127.0.0.1:PORT, localhost:PORT or one of its
 * names) and comes from no foreign page (Origin absent or ours); else RC_DENIED "op.host" / "op.origin".
 */
enum rc page_guard(const struct page *page, const struct httpd_req *req, struct err *reterr);

/*
 * RC_OK when it also has the cookie of a session and comes from a page of ours: anything but
 * GET and HEAD must say so by Origin or Sec-Fetch-Site, and no other site may ask for
 * anything. RC_DENIED: page_guard's, "page.session" (no cookie or an old one), "op.origin".
 */
enum rc page_session(struct page *page, const struct httpd_req *req, struct err *reterr);

/*
 * For sessions of the program's own: the guard has passed, and the request comes from a page of
 * ours, as for page_session. RC_DENIED "op.origin".
 */
enum rc page_ours(const struct httpd_req *req, struct err *reterr);
void page_token(char ret[PAGE_TOKEN]); /* a new random one */
/*
 * The i-th cookie of our name in the request, NULL past the last: a server at another port of this host may have set
 * one, which the browser sends, too. Each is to be tried. Borrowed.
 */
const char *page_cookie(const struct page *page, const struct httpd_req *req, size_t i);
/* Give the browser the token, until it is closed; NULL: take it away. */
void page_set_cookie(const struct page *page, struct httpd_req *req, const char *token);
/* Is that request reached by one of the names, so that a proxy may stand between? */
bool page_by_name(const struct page *page, const struct httpd_req *req);

/* A link that opens a session once. RC_NOTFOUND "page.none": there are no pages. */
enum rc page_ticket(struct page *page, char ret[PAGE_LINK], struct err *reterr);

/* GET /open: with a good ticket the cookie; always on to "/". */
void page_open(struct page *page, struct httpd_req *req);
/* GET of a file: "/", "/app.js", "/lib/base.js", "/lang/vi.json". Needs no session: the same for all. */
void page_file(const struct page *page, struct httpd_req *req);

#endif
