/*
 * httpd_req: what a handler asks of its request, and the headers it sets on the reply. See httpd.h.
 */
#include "lib/httpd_req.h"

#include <string.h>

#include "lib/httpd_text.h"
#include "lib/num.h"

const char *const httpd_lang_names[HTTPD_LANGS] = {"vi", "en"};

const char *httpd_method(const struct httpd_req *req)
{
	return req->method;
}

const char *httpd_target(const struct httpd_req *req)
{
	return req->target;
}

struct span httpd_raw_path(const struct httpd_req *req)
{
	return req->raw_path;
}

struct span httpd_raw_query(const struct httpd_req *req)
{
	return req->raw_query;
}

const char *httpd_path(const struct httpd_req *req)
{
	return req->path;
}

const char *httpd_param(const struct httpd_req *req)
{
	return req->param;
}

const struct httpd_route *httpd_route(const struct httpd_req *req)
{
	return req->route;
}

struct span httpd_body(const struct httpd_req *req)
{
	return span_buf(&req->body);
}

int64_t httpd_content_length(const struct httpd_req *req)
{
	return req->length;
}

const char *httpd_peer(const struct httpd_req *req)
{
	return req->peer;
}

uint16_t httpd_own_port(const struct httpd_req *req)
{
	return req->d->port;
}

bool httpd_tls(const struct httpd_req *req)
{
	return req->d->conf.tls_cert_pem != NULL;
}

/* A decoded copy of a query part; its escapes were checked with the headers. */
static char *decode_query(struct httpd_req *req, struct span s)
{
	char *out = arena_alloc(&req->scratch, s.len + 1);
	size_t used, n = 0;

	if (!out)
		return NULL;
	while (s.len > 0) {
		int c = httpd_unescape(s, &used);
		out[n++] = (char)(s.p[0] == '+' ? ' ' : c);
		s = span_of(s.p + used, s.len - used);
	}
	out[n] = '\0';
	return out;
}

const char *httpd_query(const struct httpd_req *req, const char *name)
{
	struct httpd_req *r =
	    (struct httpd_req *)(uintptr_t)req; /* only its scratch memory changes */
	struct span rest = req->raw_query, item;

	while (httpd_next_item(&rest, '&', &item)) {
		struct span key = item, value = {0};
		const uint8_t *eq = item.len > 0 ? memchr(item.p, '=', item.len) : NULL;
		if (eq) {
			key.len = (size_t)(eq - item.p);
			value = span_of(eq + 1, item.len - key.len - 1);
		}
		char *k = decode_query(r, key);
		if (k && strcmp(k, name) == 0)
			return decode_query(r, value);
	}
	return NULL;
}

const char *httpd_cookie(const struct httpd_req *req, const char *name, size_t nth)
{
	struct httpd_req *r = (struct httpd_req *)(uintptr_t)req; /* as above */
	const char *all = httpd_header(req, "Cookie");
	struct span rest = span_str(all), item;
	size_t n = strlen(name);

	while (httpd_next_item(&rest, ';', &item))
		if (item.len > n && item.p[n] == '=' && memcmp(item.p, name, n) == 0 && nth-- == 0)
			return arena_str(&r->scratch, span_of(item.p + n + 1, item.len - n - 1));
	return NULL;
}

/* Weight of an Accept-Language item in thousandths: "en;q=0.8" is 800. */
static int weight(struct span params)
{
	int q = 0, unit = 1000;

	if (params.len < 3 || (params.p[0] != 'q' && params.p[0] != 'Q') || params.p[1] != '=')
		return 1000;
	for (size_t i = 2; i < params.len && unit > 0; i++) {
		if (params.p[i] == '.')
			continue;
		if (params.p[i] < '0' || params.p[i] > '9')
			return 0;
		q += (params.p[i] - '0') * unit;
		unit /= 10;
	}
	return q > 1000 ? 1000 : q;
}

static const char *accepted(const char *header)
{
	struct span rest = span_str(header), item;
	const char *best = NULL;
	int most = 0;

	while (httpd_next_item(&rest, ',', &item)) {
		struct span tag;
		int q;
		if (!httpd_next_item(&item, ';', &tag) || tag.len < 2)
			continue;
		q = weight(span_trim(item, " \t"));
		for (int i = 0; i < HTTPD_LANGS; i++) {
			bool whole = tag.len == 2 || tag.p[2] == '-';
			if (whole && q > most &&
			    httpd_same(span_of(tag.p, 2), httpd_lang_names[i])) {
				most = q;
				best = httpd_lang_names[i];
			}
		}
	}
	return best;
}

const char *httpd_lang(const struct httpd_req *req)
{
	const char *asked = req->raw_query.len > 0 ? httpd_query(req, "lang") : NULL;
	const char *header = httpd_header(req, "Accept-Language");
	const char *found = header ? accepted(header) : NULL;

	for (int i = 0; asked && i < HTTPD_LANGS; i++)
		if (strcmp(asked, httpd_lang_names[i]) == 0)
			return httpd_lang_names[i];
	return found ? found : lang_pick(req->d->conf.lang);
}

void httpd_own(struct httpd_req *req, void *p, void (*free_fn)(void *p))
{
	if (req->own && req->own_free && req->own != p)
		req->own_free(req->own);
	req->own = p;
	req->own_free = free_fn;
}

void *httpd_owned(const struct httpd_req *req)
{
	return req->own;
}

bool httpd_replied(const struct httpd_req *req)
{
	return req->replied;
}

void httpd_set(struct httpd_req *req, const char *name, const char *value)
{
	struct reply_header h;

	if (req->replied)
		return;
	if (req->nhead == HTTPD_REPLY_HEADERS || !httpd_token_name(name, strlen(name)) ||
	    !httpd_header_value(value, strlen(value))) {
		req->bad_head = true;
		return;
	}
	h.name = arena_str(&req->scratch, span_str(name));
	h.value = arena_str(&req->scratch, span_str(value));
	if (!h.name || !h.value) {
		req->bad_head = true;
		return;
	}
	req->head[req->nhead++] = h;
}

void httpd_set_int(struct httpd_req *req, const char *name, int64_t value)
{
	char s[NUM_I64_LEN];

	num_str(value, s);
	httpd_set(req, name, s);
}

void httpd_set_secure(struct httpd_req *req)
{
	req->secure = true;
}

void httpd_set_cookie(struct httpd_req *req, const char *name, const char *value, int64_t max_age_s)
{
	struct buf b;

	if (!httpd_token_name(name, strlen(name)) || !httpd_cookie_octets(value)) {
		req->bad_head = true;
		return;
	}
	buf_init(&b, HTTPD_HEADER_VALUE_MAX);
	buf_addf(&b, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s", name, value,
		 httpd_tls(req) || req->secure ? "; Secure" : "");
	if (max_age_s >= 0) {
		buf_add_str(&b, "; Max-Age=");
		buf_add_int(&b, max_age_s);
	}
	if (buf_check(&b, NULL) == RC_OK)
		httpd_set(req, "Set-Cookie", (const char *)b.p);
	else
		req->bad_head = true;
	buf_free(&b);
}

bool httpd_was_set(const struct httpd_req *req, const char *name)
{
	for (size_t i = 0; i < req->nhead; i++)
		if (httpd_same(span_str(req->head[i].name), name))
			return true;
	return false;
}
