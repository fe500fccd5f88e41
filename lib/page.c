/*
 * page: see page.h. Tickets and sessions are rings of random tokens under one mutex; a
 * used ticket and an absent one look the same. A cookie knows no port, so its name does:
 * two stores on one PC do not shut each other out.
 */
#include "lib/page.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/crypt.h"
#include "lib/embed.h"
#include "lib/lang.h"
#include "lib/limits.h"
#include "lib/os.h"

enum { TOKEN = PAGE_TOKEN, ETAG_BYTES = 16, ETAG = 2 * ETAG_BYTES + 1, COOKIE = 16 };

struct page {
	struct httpd_asset *asset;
	char (*etag)[ETAG];
	size_t nasset;
	bool built; /* there is an index.html */
	atomic_uint port;
	bool tls;
	char *name[PAGE_NAMES]; /* besides loopback, by https */
	size_t nname;

	struct os_mutex *look; /* guards the rings */
	char ticket[PAGE_TICKETS][TOKEN], session[PAGE_SESSIONS][TOKEN];
	size_t next_ticket, next_session;
};

/* ---- files ---- */

static const char *type_of(const char *name)
{
	static const char *const type[][2] = {
	    {".html", "text/html; charset=utf-8"},
	    {".js", "text/javascript; charset=utf-8"},
	    {".css", "text/css; charset=utf-8"},
	    {".json", "application/json"},
	    {".svg", "image/svg+xml"},
	    {".webmanifest", "application/manifest+json"},
	};
	const char *end = strrchr(name, '.');

	for (size_t i = 0; end && i < sizeof(type) / sizeof(type[0]); i++)
		if (strcmp(end, type[i][0]) == 0)
			return type[i][1];
	return "application/octet-stream";
}

/* The path under which an embedded file is served; NULL: it is none of ours. Borrowed from its name. */
static const char *path_of(const char *file, const char *own)
{
	static const char pages[] = "pages", shared[] = "pages/lib/";

	if (strncmp(file, own, strlen(own)) == 0)
		return file + strlen(own) - 1;
	if (strncmp(file, shared, strlen(shared)) == 0)
		return file + strlen(pages);
	return NULL;
}

static void add_asset(struct page *page, const struct embed_file *f, const char *path)
{
	struct httpd_asset *a = &page->asset[page->nasset];
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256(f->data, f->len, hash);
	codec_hex(hash, ETAG_BYTES, page->etag[page->nasset]);
	*a = (struct httpd_asset){.path = path,
				  .type = type_of(path),
				  .encoding = "gzip",
				  .etag = page->etag[page->nasset],
				  .p = f->data,
				  .len = f->len};
	page->built = page->built || strcmp(path, "/index.html") == 0;
	page->nasset++;
}

static enum rc find_assets(struct page *page, const char *name, struct err *reterr)
{
	const struct embed_file *f;
	size_t n = 0;
	struct buf own;
	enum rc rc;

	while (embed_at(n))
		n++;
	buf_init(&own, LIMIT_PATH);
	buf_addf(&own, "pages/%s/", name);
	rc = buf_check(&own, reterr);
	page->asset = calloc(n + 1, sizeof(*page->asset));
	page->etag = calloc(n + 1, sizeof(*page->etag));
	if (rc == RC_OK && (!page->asset || !page->etag))
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; rc == RC_OK && (f = embed_at(i)) != NULL; i++) {
		const char *path = path_of(f->name, (const char *)own.p);

		if (path)
			add_asset(page, f, path);
	}
	buf_free(&own);
	return rc;
}

enum rc page_new(struct page **ret, const char *name, struct err *reterr)
{
	struct page *page = calloc(1, sizeof(*page));
	enum rc rc = page ? os_mutex_new(&page->look, reterr)
			  : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK && name)
		rc = find_assets(page, name, reterr);
	if (rc == RC_OK)
		*ret = page;
	else
		page_free(page);
	return rc;
}

void page_free(struct page *page)
{
	if (!page)
		return;
	os_mutex_free(page->look);
	for (size_t i = 0; i < page->nname; i++)
		free(page->name[i]);
	free(page->asset);
	free(page->etag);
	crypt_wipe(page->ticket, sizeof(page->ticket));
	crypt_wipe(page->session, sizeof(page->session));
	free(page);
}

void page_listens(struct page *page, uint16_t port, bool tls)
{
	page->tls = tls;
	atomic_store(&page->port, port);
}

enum rc page_name(struct page *page, const char *name, struct err *reterr)
{
	if (page->nname == PAGE_NAMES)
		return err_num(reterr, RC_LIMIT, NULL, "page.names", "max", PAGE_NAMES);
	page->name[page->nname] = span_dup(span_str(name));
	if (!page->name[page->nname])
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (char *c = page->name[page->nname]; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	page->nname++;
	return RC_OK;
}

static void say_none(struct httpd_req *req)
{
	struct lang *lang = NULL;
	struct buf text;

	buf_init(&text, LIMIT_ERR_TEXT);
	if (lang_load(httpd_lang(req), &lang, NULL) == RC_OK)
		buf_add_str(&text, lang_text(lang, "page.none"));
	buf_add_char(&text, '\n');
	httpd_reply_buf(req, 404, "text/plain; charset=utf-8", &text);
	lang_free(lang);
	buf_free(&text);
}

/* The texts are not packed: the program itself reads them too. */
static void reply_texts(struct httpd_req *req, const struct embed_file *f)
{
	char etag[ETAG];
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256(f->data, f->len, hash);
	codec_hex(hash, ETAG_BYTES, etag);
	const struct httpd_asset a = {.type = type_of(f->name),
				      .etag = etag,
				      .p = f->data,
				      .len = f->len};
	httpd_reply_asset(req, &a);
}

void page_file(const struct page *page, struct httpd_req *req)
{
	const char *path = httpd_path(req);
	const struct embed_file *texts;
	const struct httpd_asset *a;
	struct err e;

	if (page_guard(page, req, &e) != RC_OK) {
		httpd_problem(req, 403, &e, span_str(""));
		return;
	}
	if (strcmp(path, "/") == 0) {
		if (!page->built) {
			say_none(req);
			return;
		}
		path = "/index.html";
	}
	httpd_set(req, "Cross-Origin-Opener-Policy", "same-origin");
	httpd_set(req, "Cross-Origin-Resource-Policy", "same-origin");
	a = httpd_asset(page->asset, page->nasset, path);
	texts = strncmp(path, "/lang/", 6) == 0 ? embed_find(path + 1) : NULL;
	if (a) {
		httpd_reply_asset(req, a);
	} else if (texts) {
		reply_texts(req, texts);
	} else {
		err_set(&e, RC_NOTFOUND, NULL, "httpd.not_found", NULL);
		httpd_problem(req, 404, &e, span_str(""));
	}
}

/* ---- who may ask ---- */

/* text = scheme + ("127.0.0.1" | "localhost") + ":" + port; the scheme of an Origin, "" of a Host */
static bool is_loopback(const struct page *page, const char *scheme, const char *text)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost"};
	unsigned port = atomic_load(&page->port);
	bool ours = false;

	for (size_t i = 0; i < 2 && !ours; i++) {
		struct buf b;
		buf_init(&b, LIMIT_PATH);
		buf_addf(&b, "%s%s:%u", scheme, hosts[i], port);
		ours = port != 0 && !b.failed && span_eq_str(span_buf(&b), text);
		buf_free(&b);
	}
	return ours;
}

/* text = scheme + one of our names; browsers send both in small letters */
static bool is_name(const struct page *page, const char *scheme, const char *text)
{
	size_t skip = strlen(scheme);

	if (strncmp(text, scheme, skip) != 0)
		return false;
	for (size_t i = 0; i < page->nname; i++)
		if (strcmp(page->name[i], text + skip) == 0)
			return true;
	return false;
}

enum rc page_guard(const struct page *page, const struct httpd_req *req, struct err *reterr)
{
	const char *host = NULL, *origin = NULL;

	if (httpd_header_once(req, "Host", &host, NULL) != RC_OK ||
	    !(is_loopback(page, "", host) || is_name(page, "", host)))
		return err_set(reterr, RC_DENIED, NULL, "op.host", NULL);
	switch (httpd_header_once(req, "Origin", &origin, NULL)) {
	case RC_NOTFOUND: return RC_OK;
	case RC_OK:
		if (is_loopback(page, page->tls ? "https://" : "http://", origin) ||
		    is_name(page, "https://", origin))
			return RC_OK;
		break;
	default: break;
	}
	return err_set(reterr, RC_DENIED, NULL, "op.origin", NULL);
}

bool page_by_name(const struct page *page, const struct httpd_req *req)
{
	const char *host = httpd_header(req, "Host");

	return host && is_name(page, "", host);
}

/*
 * Browsers tell where a request comes from. One that does not (an old one, for GET) is
 * taken at its cookie, which is SameSite=Strict; for what changes something that is not enough.
 */
static bool from_our_page(const struct httpd_req *req)
{
	const char *site = NULL, *origin = NULL, *method = httpd_method(req);
	bool asks = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

	switch (httpd_header_once(req, "Sec-Fetch-Site", &site, NULL)) {
	case RC_OK: return strcmp(site, "same-origin") == 0 || (asks && strcmp(site, "none") == 0);
	case RC_NOTFOUND: break;
	default: return false;
	}
	return asks || httpd_header_once(req, "Origin", &origin, NULL) == RC_OK;
}

enum rc page_ours(const struct httpd_req *req, struct err *reterr)
{
	return from_our_page(req) ? RC_OK : err_set(reterr, RC_DENIED, NULL, "op.origin", NULL);
}

static void cookie_name(const struct page *page, char ret[COOKIE])
{
	struct buf b;

	buf_init(&b, COOKIE - 1);
	buf_addf(&b, "kk_%u", atomic_load(&page->port));
	memcpy(ret, b.p, b.len + 1);
	buf_free(&b);
}

/* Is it one of the n tokens? Each is compared, in the same time. forget: it is none from now on. */
static bool among(char (*token)[TOKEN], size_t n, const char *given, bool forget)
{
	bool found = false;

	if (!given || strlen(given) != TOKEN - 1)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool same = token[i][0] && crypt_equal(token[i], given, TOKEN - 1);

		if (same && forget)
			crypt_wipe(token[i], TOKEN);
		found = found || same;
	}
	return found;
}

const char *page_cookie(const struct page *page, const struct httpd_req *req, size_t i)
{
	char name[COOKIE];

	cookie_name(page, name);
	return httpd_cookie(req, name, i);
}

void page_set_cookie(const struct page *page, struct httpd_req *req, const char *token)
{
	char name[COOKIE];

	cookie_name(page, name);
	if (page_by_name(page, req))
		httpd_set_secure(req);
	httpd_set_cookie(req, name, token ? token : "", token ? -1 : 0);
}

enum rc page_session(struct page *page, const struct httpd_req *req, struct err *reterr)
{
	const char *given;
	bool known = false;
	enum rc rc = page_guard(page, req, reterr);

	if (rc != RC_OK)
		return rc;
	os_mutex_lock(page->look);
	for (size_t i = 0; !known && (given = page_cookie(page, req, i)) != NULL; i++)
		known = among(page->session, PAGE_SESSIONS, given, false);
	os_mutex_unlock(page->look);
	if (!known)
		return err_set(reterr, RC_DENIED, NULL, "page.session", NULL);
	return page_ours(req, reterr);
}

/* ---- letting in ---- */

void page_token(char ret[PAGE_TOKEN])
{
	uint8_t raw[PAGE_TOKEN_LEN];

	crypt_random(raw, sizeof(raw));
	codec_hex(raw, sizeof(raw), ret);
	crypt_wipe(raw, sizeof(raw));
}

enum rc page_ticket(struct page *page, char ret[PAGE_LINK], struct err *reterr)
{
	char token[TOKEN];
	struct buf b;
	enum rc rc;

	if (!page->built)
		return err_set(reterr, RC_NOTFOUND, NULL, "page.none", NULL);
	page_token(token);
	buf_init(&b, PAGE_LINK - 1);
	buf_addf(&b, "http://127.0.0.1:%u/open?ticket=%s", atomic_load(&page->port), token);
	rc = buf_check(&b, reterr);
	if (rc == RC_OK) {
		memcpy(ret, b.p, b.len + 1);
		os_mutex_lock(page->look);
		memcpy(page->ticket[page->next_ticket], token, TOKEN);
		page->next_ticket = (page->next_ticket + 1) % PAGE_TICKETS;
		os_mutex_unlock(page->look);
	}
	buf_free(&b);
	crypt_wipe(token, sizeof(token));
	return rc;
}

/* True with a new session in ret when the ticket is good; it is used up. */
static bool use_ticket(struct page *page, const char *ticket, char ret[TOKEN])
{
	bool good;

	page_token(ret);
	os_mutex_lock(page->look);
	good = among(page->ticket, PAGE_TICKETS, ticket, true);
	if (good) {
		memcpy(page->session[page->next_session], ret, TOKEN);
		page->next_session = (page->next_session + 1) % PAGE_SESSIONS;
	}
	os_mutex_unlock(page->look);
	return good;
}

void page_open(struct page *page, struct httpd_req *req)
{
	char session[TOKEN];
	struct err e;

	if (page_guard(page, req, &e) != RC_OK) {
		httpd_problem(req, 403, &e, span_str(""));
		return;
	}
	if (strcmp(httpd_method(req), "GET") == 0 &&
	    use_ticket(page, httpd_query(req, "ticket"), session))
		page_set_cookie(page, req, session);
	crypt_wipe(session, sizeof(session));
	httpd_set(req, "Location", "/");
	httpd_set(req, "Referrer-Policy", "no-referrer");
	httpd_reply(req, 303, "text/plain; charset=utf-8", span_str(""));
}
