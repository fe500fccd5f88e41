/*
 * routes_odata: see routes_odata.h. Errors have OData's form (JSON Format 4.01, 21):
 * {"error":{"code","message",…}}.
 *
 * A token that does not exist counts like a wrong passphrase, by address and by what was given, but apart from those:
 * it is not to be guessed at, and no spreadsheet shuts its office out of the console. One that has ended is no guess
 * and does not count. What was read, by whom, is a line of console.log for each page.
 */
#include "server-stub/routes_odata.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/num.h"
#include "server-stub/access.h"
#include "server-stub/console.h"
#include "server-stub/gate.h"
#include "server-stub/odata_model.h"
#include "server-stub/ops.h"

enum { AGAIN_S = 2, BASE = 400, CREDENTIALS = 512, HEAD = 4096, TOKEN = 32 };

/* ---- saying no ---- */

static int status_of(enum rc rc)
{
	return rc == RC_INPUT ? 400 : rc == RC_USAGE ? 501 : rc == RC_LIMIT ? 400 : httpd_status(rc);
}

static enum rc error_body(const struct lang *lang, const struct err *e, struct buf *out)
{
	struct json *o = json_object(), *inner = json_object();
	struct buf text;
	enum rc rc;

	buf_init(&text, LIMIT_ERR_TEXT);
	lang_err(lang, e, &text);
	json_set_str(inner, "code", e->key);
	json_set_span(inner, "message", text.len ? span_buf(&text) : span_of("", 0));
	if (err_arg(e, "name") && err_arg(e, "name")[0] == '$')
		json_set_str(inner, "target", err_arg(e, "name"));
	json_set(o, "error", inner);
	rc = json_write(o, false, out, NULL);
	json_free(o);
	buf_free(&text);
	return rc;
}

/* status 0: by its rc. */
static void refuse(struct routes *rt, struct httpd_req *req, int status, const struct err *e)
{
	const struct lang *lang = rt->lang[strcmp(httpd_lang(req), "en") == 0];
	const char *seconds = err_arg(e, "seconds");
	struct buf b;

	if (seconds) {
		httpd_set(req, "Retry-After", seconds);
		status = 429;
	}
	if (status == 0)
		status = status_of(e->rc);
	if (status == 503)
		httpd_set_int(req, "Retry-After", AGAIN_S);
	if (status == 401)
		httpd_set(req, "WWW-Authenticate", "Basic realm=\"kiemke\", charset=\"UTF-8\"");
	httpd_set(req, "OData-Version", "4.0");
	buf_init(&b, LIMIT_JSON_TEXT);
	if (error_body(lang, e, &b) == RC_OK)
		httpd_reply_buf(req, status, "application/json", &b);
	else
		httpd_reply(req, 500, "application/json", span_str("{\"error\":{\"code\":\"\",\"message\":\"\"}}"));
	buf_free(&b);
}

/* ---- who asks ---- */

/* The token of "Basic …" (its password) or "Bearer …"; false: neither. */
static bool credentials(const char *header, char ret[CREDENTIALS])
{
	static const char basic[] = "Basic ", bearer[] = "Bearer ";
	struct span given = span_str(header), token = {NULL, 0};
	struct buf plain;
	bool good = false;

	buf_init(&plain, CREDENTIALS - 1);
	if (span_starts(given, bearer)) {
		token = span_of(given.p + sizeof(bearer) - 1, given.len - sizeof(bearer) + 1);
	} else if (span_starts(given, basic) &&
		   codec_b64_dec(span_of(given.p + sizeof(basic) - 1, given.len - sizeof(basic) + 1), &plain)) {
		const uint8_t *colon = plain.len ? memchr(plain.p, ':', plain.len) : NULL;

		if (colon)
			token = span_of(colon + 1, plain.len - (size_t)(colon + 1 - plain.p));
	}
	if (token.len > 0 && token.len < CREDENTIALS && !memchr(token.p, '\0', token.len)) {
		memcpy(ret, token.p, token.len);
		ret[token.len] = '\0';
		good = true;
	}
	if (plain.p)
		crypt_wipe(plain.p, plain.len);
	buf_free(&plain);
	return good;
}

static enum rc by_token(struct routes *rt, struct httpd_req *req, const char *header, struct who *ret,
			struct err *reterr)
{
	struct console *c = rt->console;
	const char *address = console_address(c, req);
	char token[CREDENTIALS], tried[ACCESS_HASH];
	int64_t wait_s = 0;
	uint64_t no;
	enum rc rc;

	if (!credentials(header, token))
		return err_set(reterr, RC_DENIED, NULL, "access.unknown", NULL);
	access_hash(token, tried);
	no = tries_take(c->tokens, tried, address, console_now_s(), &wait_s);
	if (no > 0)
		rc = access_who(rt->col, token, ret, reterr);
	else
		rc = err_num(reterr, RC_BUSY, NULL, "signin.wait", "seconds", wait_s);
	if (rc == RC_OK || strcmp(reterr->key, "access.unknown") != 0)
		tries_return(c->tokens, no, rc == RC_OK);
	if (rc == RC_DENIED)
		log_event(c->log, LOG_WARN, "token_refused",
			  LOG_KV(log_str("key", reterr->key), log_str("address", address)));
	crypt_wipe(token, sizeof(token));
	return rc;
}

/* On failure answered: false. */
static bool admit(struct routes *rt, struct httpd_req *req, struct who *ret)
{
	const char *header = NULL;
	struct signin_session s;
	struct err e;
	int status = 403;
	enum rc rc = page_guard(rt->console->page, req, &e);

	if (rc == RC_OK)
		rc = page_ours(req, &e);
	if (rc == RC_OK) {
		rc = httpd_header_once(req, "Authorization", &header, &e);
		status = 401;
		if (rc == RC_OK)
			rc = by_token(rt, req, header, ret, &e);
		else if (rc == RC_NOTFOUND)
			rc = console_session(rt, req, &s, ret, &status, &e);
	}
	if (rc != RC_OK)
		refuse(rt, req, rc == RC_DENIED || rc == RC_REFUSED ? status : 0, &e);
	return rc == RC_OK;
}

/* ---- the question ---- */

struct asking {
	struct routes *rt;
	struct httpd_req *req;
	const struct who *who;
	struct odata_model *model;
	char base[BASE]; /* "https://kk.example.vn/odata/" */
	struct odata_query q;
	struct odata_walk w;
	enum rc (*walk)(struct odata_walk *w, struct err *reterr);
	bool large; /* whole numbers as strings */
};

static void set_base(struct asking *a)
{
	bool tls = httpd_tls(a->req) || page_by_name(a->rt->console->page, a->req);
	const char *host = httpd_header(a->req, "Host");
	struct buf b;

	buf_init(&b, BASE - 1);
	buf_addf(&b, "%s://%s/odata/", tls ? "https" : "http", host ? host : "");
	memcpy(a->base, b.p ? (const char *)b.p : "", b.len + 1);
	buf_free(&b);
}

static void reply(struct asking *a, const char *type, struct buf *body)
{
	struct err e;

	if (buf_check(body, &e) != RC_OK) {
		refuse(a->rt, a->req, 0, &e);
		return;
	}
	httpd_set(a->req, "OData-Version", "4.0");
	httpd_reply_buf(a->req, 200, type, body);
}

static const char *json_type(const struct asking *a)
{
	return a->large ? "application/json;odata.metadata=minimal;IEEE754Compatible=true"
			: "application/json;odata.metadata=minimal";
}

/* What the asker takes: of $format, else of Accept. xml: the other one. RC_USAGE "odata.type" */
static enum rc check_type(struct asking *a, bool xml, struct err *reterr)
{
	const char *format = a->q.format, *accept = httpd_header(a->req, "Accept");
	const char *most = httpd_header(a->req, "OData-MaxVersion");
	const char *asked = format ? format : accept ? accept : "*/*";

	a->large = strstr(asked, "IEEE754Compatible=true") != NULL;
	if (most && strcmp(most, "4.0") < 0)
		return err_set(reterr, RC_USAGE, NULL, "odata.version", NULL);
	if (strstr(asked, xml ? "xml" : "json") || strstr(asked, "*/*") || strstr(asked, "application/*"))
		return RC_OK;
	return err_set(reterr, RC_USAGE, NULL, "odata.type", "type",
		       xml ? "application/xml" : "application/json", NULL);
}

/* Rows of a page, as Prefer: odata.maxpagesize=N asks; said back when it was followed. */
static size_t room(struct asking *a)
{
	static const char name[] = "maxpagesize=";
	const char *prefer = httpd_header(a->req, "Prefer"), *at = prefer ? strstr(prefer, name) : NULL;
	char said[sizeof("odata.") + sizeof(name) + NUM_I64_LEN] = "odata.maxpagesize=", n[NUM_I64_LEN];
	int64_t rows = 0;

	if (at)
		at += sizeof(name) - 1;
	if (!at || num_i64(span_of(at, strspn(at, "0123456789")), 1, INT32_MAX, &rows) != RC_OK)
		return ODATA_ROWS;
	rows = rows > LIMIT_ODATA_ROWS ? LIMIT_ODATA_ROWS : rows;
	num_str(rows, n);
	memcpy(said + strlen(said), n, strlen(n) + 1);
	httpd_set(a->req, "Preference-Applied", said);
	return (size_t)rows;
}

/* ---- answers ---- */

static enum rc metadata(struct asking *a, struct err *reterr)
{
	struct buf b;
	enum rc rc = odata_query_parse(NULL, httpd_raw_query(a->req), &a->q, reterr);

	if (rc == RC_OK)
		rc = check_type(a, true, reterr);
	if (rc != RC_OK)
		return rc;
	buf_init(&b, LIMIT_JSON_TEXT);
	odata_write_csdl(a->model->set, a->model->n, &b);
	reply(a, "application/xml", &b);
	buf_free(&b);
	return RC_OK;
}

static enum rc service(struct asking *a, struct err *reterr)
{
	struct buf b;
	enum rc rc = odata_query_parse(NULL, httpd_raw_query(a->req), &a->q, reterr);

	if (rc == RC_OK)
		rc = check_type(a, false, reterr);
	if (rc != RC_OK)
		return rc;
	buf_init(&b, LIMIT_JSON_TEXT);
	odata_write_service(a->model->set, a->model->n, a->base, &b);
	reply(a, json_type(a), &b);
	buf_free(&b);
	return RC_OK;
}

static void add_text(struct buf *out, const char *name, const struct buf *text)
{
	buf_addf(out, "\"%s\":", name);
	json_add_escaped(out, text->len ? span_buf(text) : span_of("", 0));
}

/*
 * Where the next page is, if there is one. Keys grow from page to page: TOKEN bytes are kept for them, so that a link
 * nobody could follow is refused with the first page. RC_LIMIT "odata.long"
 */
static enum rc next_link(struct asking *a, const struct odata_page *page, struct buf *ret, struct err *reterr)
{
	size_t origin = strlen(a->base) - strlen("/odata/"), key = strlen(page->token);

	if (!page->more)
		return RC_OK;
	odata_query_next(&a->q, a->base, page->token, page->top, page->skip, ret);
	if (ret->len - origin + (key < TOKEN ? TOKEN - key : 0) > HTTPD_URI_MAX)
		return err_set(reterr, RC_LIMIT, NULL, "odata.long", NULL);
	return RC_OK;
}

static enum rc rows(struct asking *a, struct err *reterr)
{
	struct odata_page page = {.n = 0};
	struct buf out, text, link;
	int64_t total = 0;
	enum rc rc = RC_OK;

	buf_init(&out, 5 * LIMIT_ODATA_PAGE);
	buf_init(&text, HEAD + LIMIT_ODATA_MEM);
	buf_init(&link, HEAD + 3 * LIMIT_ODATA_MEM);
	if (a->q.count)
		rc = odata_walk_count(&a->w, a->walk, &total, reterr);
	if (rc == RC_OK)
		rc = odata_walk_page(&a->w, a->walk, room(a), a->large, &page, reterr);
	if (rc == RC_OK)
		rc = next_link(a, &page, &link, reterr);
	if (rc == RC_OK) {
		odata_write_context(&a->q, a->base, false, &text);
		buf_add_char(&out, '{');
		add_text(&out, "@odata.context", &text);
		if (a->q.count)
			buf_addf(&out, a->large ? ",\"@odata.count\":\"%lld\"" : ",\"@odata.count\":%lld",
				 (long long)total);
		buf_add_str(&out, ",\"value\":[");
		buf_add_span(&out, span_buf(&page.rows));
		buf_add_char(&out, ']');
		if (page.more) {
			buf_add_char(&out, ',');
			add_text(&out, "@odata.nextLink", &link);
		}
		buf_add_char(&out, '}');
		reply(a, json_type(a), &out);
	}
	buf_free(&page.rows);
	buf_free(&link);
	buf_free(&text);
	buf_free(&out);
	return rc;
}

static enum rc count(struct asking *a, struct err *reterr)
{
	struct buf b;
	int64_t n = 0;
	enum rc rc = odata_walk_count(&a->w, a->walk, &n, reterr);

	if (rc != RC_OK)
		return rc;
	buf_init(&b, HEAD);
	buf_add_int(&b, n);
	reply(a, "text/plain", &b);
	buf_free(&b);
	return RC_OK;
}

/* The one that a key names: as a page, but its only row stands by itself. */
static enum rc one(struct asking *a, struct err *reterr)
{
	struct odata_page page = {.n = 0};
	struct buf out, text;
	enum rc rc;

	buf_init(&out, 5 * LIMIT_ODATA_PAGE);
	buf_init(&text, HEAD + LIMIT_ODATA_MEM);
	rc = odata_walk_page(&a->w, a->walk, 1, a->large, &page, reterr);
	if (rc == RC_OK && page.n == 0)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "odata.no_row", NULL);
	if (rc == RC_OK) {
		odata_write_context(&a->q, a->base, true, &text);
		buf_add_char(&out, '{');
		add_text(&out, "@odata.context", &text);
		buf_add_char(&out, ',');
		buf_add_span(&out, span_of(page.rows.p + 1, page.rows.len - 1));
		reply(a, json_type(a), &out);
	}
	buf_free(&page.rows);
	buf_free(&text);
	buf_free(&out);
	return rc;
}

/* ---- which table ---- */

/* "Submissions", "Submissions(12)", "Submissions/$count": its parts. */
static bool read_path(const char *path, struct span *name, struct span *key, bool *retcount)
{
	static const char counted[] = "/$count";
	size_t n = strlen(path), open = strcspn(path, "(/"), tail = sizeof(counted) - 1;

	*retcount = n > tail && strcmp(path + n - tail, counted) == 0;
	if (*retcount)
		n -= tail;
	*name = span_of(path, open < n ? open : n);
	*key = span_of(NULL, 0);
	if (open >= n)
		return true;
	if (path[open] != '(' || path[n - 1] != ')' || *retcount)
		return false;
	*key = span_of(path + open + 1, n - open - 2);
	return true;
}

static enum rc no_table(struct asking *a, struct err *reterr)
{
	return err_set(reterr, RC_NOTFOUND, NULL, "odata.no_table", "name", httpd_param(a->req), NULL);
}

/* op_call with the eyes of whoever asks; voice and call outlive the walk. */
static enum rc answer(struct asking *a, size_t i, struct span key, bool counted, struct err *reterr)
{
	struct log *log = a->rt->console->log;
	enum rc rc = gate_check(a->model->source[i]->op, a->who, reterr);

	if (rc == RC_OK)
		rc = odata_query_parse(&a->model->set[i], httpd_raw_query(a->req), &a->q, reterr);
	if (rc == RC_OK && !counted)
		rc = check_type(a, false, reterr);
	if (rc == RC_OK && key.p)
		rc = odata_query_key(&a->q, key, reterr);
	if (rc != RC_OK)
		return rc;
	a->w.q = &a->q;
	a->w.form = a->model->form[i];
	a->walk = a->model->source[i]->walk;
	log_event(log, LOG_INFO, "odata",
		  LOG_KV(log_str("account", a->who->account), log_str("table", a->model->set[i].name),
			 log_str("address", console_address(a->rt->console, a->req))));
	return key.p ? one(a, reterr) : counted ? count(a, reterr) : rows(a, reterr);
}

static enum rc table(struct asking *a, struct err *reterr)
{
	const char *path = httpd_param(a->req);
	struct span name, key;
	bool counted;
	size_t i;

	if (!path[0])
		return service(a, reterr);
	if (strcmp(path, "$metadata") == 0)
		return metadata(a, reterr);
	if (!read_path(path, &name, &key, &counted))
		return no_table(a, reterr);
	i = odata_model_find(a->model, name);
	return i == SIZE_MAX ? no_table(a, reterr) : answer(a, i, key, counted, reterr);
}

static enum rc ask(struct asking *a, struct err *reterr)
{
	const struct op_voice voice = {.lang = httpd_lang(a->req)};
	struct op_call call = op_owner_call(a->rt->owner);
	const struct lang *lang = a->rt->lang[strcmp(voice.lang, "en") == 0];
	const struct ingest_snapshot *snap = ingest_snapshot(a->rt->col->ingest);
	enum rc rc = odata_model_make(snap->forms, lang, &a->model, reterr);

	call.voice = &voice;
	call.who = a->who;
	set_base(a);
	a->w = (struct odata_walk){.col = a->rt->col, .call = &call, .snap = snap, .issues = a->rt->issues};
	if (rc == RC_OK)
		rc = table(a, reterr);
	odata_query_free(&a->q);
	odata_model_free(a->model);
	ingest_snapshot_end(a->rt->col->ingest, snap);
	return rc;
}

void routes_odata(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	struct asking a = {.rt = rt, .req = req};
	struct who who;
	struct err e;
	enum rc rc;

	if (!admit(rt, req, &who))
		return;
	a.who = &who;
	if (places_take(rt->reading, who.account)) {
		rc = ask(&a, &e);
		places_leave(rt->reading, who.account);
	} else {
		rc = err_num(&e, RC_BUSY, NULL, "odata.busy", "seconds", AGAIN_S);
	}
	if (rc != RC_OK)
		refuse(rt, req, strcmp(e.key, "odata.type") == 0 ? 406 : 0, &e);
	who_free(&who);
}
