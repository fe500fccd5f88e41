/*
 * sync_run: one whole contact with the collector. Clauses P17-P20, P26, and what follows a
 * refusal that the session can mend: L13, P29, P30.
 * Records go before blobs; each scope (home_scopes) has its own cursor. Not here: blobs (sync_blob).
 */
#include "agent/sync_run.h"

#include <stdlib.h>
#include <string.h>

#include "agent/home.h"
#include "agent/sync_blob.h"
#include "agent/sync_wait.h"
#include "lib/codec.h"
#include "lib/limits.h"

enum {
	ROUNDS_MAX = 10000, /* of one contact: a broken collector must not hold us for ever */
	STUCK_MAX = 2,      /* the first time it may have told what is missing before them (P14) */
	CLOCK_SLACK_S = 300 /* P5 allows so much */
};

static void lock(const struct op_call *call)
{
	if (call)
		op_lock(call);
}

static void unlock(const struct op_call *call)
{
	if (call)
		op_unlock(call);
}

static void add_report(struct sync_run_report *r, const struct session_report *s, int64_t now)
{
	r->rounds++;
	r->sent += (int64_t)s->sent;
	r->accepted += (int64_t)s->accepted;
	r->duplicate += (int64_t)s->duplicate;
	r->quarantined += (int64_t)s->quarantined;
	r->refused += (int64_t)s->refused;
	r->pulled += (int64_t)s->pulled;
	r->unknown += (int64_t)s->unknown;
	r->asked += (int64_t)s->asked;
	r->next_s = s->next_s;
	r->clock_off = s->now - now;
}

/* One scope's rounds. */
struct rounds {
	struct agent *agent;
	struct transport *t;
	const struct op_call *call;
	struct session_client *c;
	struct session_report rep;
	bool central;           /* the next request hands in lines of central keys (P30) */
	int stuck;              /* so often running the collector took none of those handed in */
	enum session_next next; /* after a refusal */
};

static enum rc take_answer(struct rounds *x, const struct transport_res *res, struct err *reterr)
{
	enum rc rc = transport_answer(res, "application/x-ndjson", reterr), kept;

	lock(x->call);
	if (rc == RC_OK) {
		rc = session_client_reply(x->c, span_buf(&res->body), &x->rep, reterr);
	} else if (res->status >= 400) {
		kept = session_client_refused(x->c, span_buf(&res->body), &x->next, NULL);
		x->next = kept == RC_OK ? x->next : SESSION_GIVE_UP;
	}
	unlock(x->call);
	return rc;
}

static enum rc round_trip(struct rounds *x, struct sync_run_report *r, struct err *reterr)
{
	struct transport_req req = {.method = "POST",
				    .path = x->central ? "/v1/authority" : "/v1/sync",
				    .type = "application/x-ndjson",
				    .upload_offset = -1,
				    .range_from = -1,
				    .max = SESSION_BODY};
	struct transport_res res;
	struct buf body;
	size_t lines;
	enum rc rc;

	x->next = SESSION_GIVE_UP;
	buf_init(&body, SESSION_BODY);
	lock(x->call);
	rc = session_client_request(x->c, &body, &lines, reterr);
	unlock(x->call);
	req.body = span_buf(&body);
	if (rc == RC_OK)
		rc = x->t->exchange(x->t->ctx, &req, &res, reterr);
	if (rc != RC_OK) {
		buf_free(&body);
		return rc;
	}
	rc = take_answer(x, &res, reterr);
	r->retry_after_s = res.retry_after_s;
	r->bytes_up += (int64_t)body.len;
	r->bytes_down += (int64_t)res.body.len;
	buf_free(&res.body);
	buf_free(&body);
	return rc;
}

/* P29: the checkpoint that shows the collector that it has gone back. What it answers changes nothing here. */
static void show_checkpoint(struct rounds *x)
{
	struct transport_req req = {.method = "POST",
				    .path = "/v1/checkpoint",
				    .type = "text/plain",
				    .upload_offset = -1,
				    .range_from = -1,
				    .max = LIMIT_JSON_TEXT};
	struct transport_res res;
	struct buf note;
	enum rc rc;

	buf_init(&note, NOTE_TEXT_MAX);
	lock(x->call);
	rc = store_checkpoint(x->agent->store, &note, NULL);
	unlock(x->call);
	req.body = span_buf(&note);
	if (rc == RC_OK && x->t->exchange(x->t->ctx, &req, &res, NULL) == RC_OK)
		buf_free(&res.body);
	buf_free(&note);
}

/*
 * After a refusal: is there another request to make? A collector that takes nothing of what
 * is handed in is not asked for ever.
 */
static bool goes_on(struct rounds *x)
{
	x->central = x->next == SESSION_CENTRAL && x->stuck < STUCK_MAX;
	if (x->next == SESSION_SHOW)
		show_checkpoint(x);
	return x->next == SESSION_AGAIN || x->central;
}

static enum rc run_rounds(struct rounds *x, struct sync_run_report *r, struct err *reterr)
{
	enum rc rc = RC_OK;

	x->rep.more = true;
	for (int i = 0; rc == RC_OK && x->rep.more && i < ROUNDS_MAX; i++) {
		rc = round_trip(x, r, reterr);
		if (rc == RC_OK) {
			add_report(r, &x->rep, store_now(x->agent->store));
			x->rep.more = x->rep.more || x->central; /* then as usual */
			x->stuck = x->central && x->rep.accepted + x->rep.duplicate == 0 ? x->stuck + 1 : 0;
			x->central = false;
		} else if (goes_on(x)) {
			err_clear(reterr);
			rc = RC_OK;
			x->rep.more = true;
		}
		if (x->call)
			op_progress(x->call, "sync.progress", r->sent + r->pulled, 0);
	}
	return rc;
}

static enum rc run_scope(struct agent *agent, const char *scope, struct transport *t,
			 const struct op_call *call, struct sync_run_report *r, struct err *reterr)
{
	struct rounds x = {.agent = agent, .t = t, .call = call};
	struct crypt_signer *device = NULL;
	enum rc rc = keys_device(agent->keys, false, &device, reterr);

	if (rc == RC_OK)
		rc = session_client_new(store_session(agent->store, crypt_signer_pk(device)), scope,
					store_now(agent->store), &x.c, reterr);
	if (rc == RC_OK)
		rc = run_rounds(&x, r, reterr);
	lock(call);
	session_client_free(x.c);
	unlock(call);
	return rc;
}

static bool has(const struct keyring_scopes *s, const char *scope)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->scope[i], scope) == 0)
			return true;
	return false;
}

/*
 * The next commune whose turn it is: an answer may have told of another one (P33). *retany
 * false: all had it. done: as many as there is room for; what is beyond waits for the next contact.
 */
static enum rc next_scope(struct agent *agent, struct keyring_scopes *done, bool *retany,
			  struct err *reterr)
{
	struct keyring_scopes s = {0};
	enum rc rc = home_scopes(agent, &s, reterr);

	*retany = false;
	if (rc == RC_OK)
		rc = store_offered_scopes(agent->store, &s, reterr);
	for (size_t i = 0; rc == RC_OK && !*retany && i < s.n && done->n < AUTHORITY_SCOPES; i++) {
		if (has(done, s.scope[i]))
			continue;
		memcpy(done->scope[done->n++], s.scope[i], ENTRY_SCOPE_LEN);
		*retany = true;
	}
	keyring_scopes_free(&s);
	return rc;
}

/*
 * Every commune by itself: what one of them is refused does not hold up the others. Without a
 * connection it ends at once. The first error is told.
 */
static enum rc run_scopes(struct agent *agent, struct transport *t, const struct op_call *call,
			  struct sync_run_report *r, struct err *reterr)
{
	char room[AUTHORITY_SCOPES][ENTRY_SCOPE_LEN];
	struct keyring_scopes done = {.scope = room};
	enum rc first = RC_OK, rc = RC_OK;
	struct err why;
	bool any = true;

	r->asked = 0;
	while (any && rc != RC_UNAVAILABLE) {
		err_clear(&why);
		lock(call);
		rc = next_scope(agent, &done, &any, &why);
		unlock(call);
		if (rc == RC_OK && any)
			rc = run_scope(agent, done.scope[done.n - 1], t, call, r, &why);
		else
			any = false;
		if (rc == RC_OK || first != RC_OK)
			continue;
		first = rc;
		if (reterr)
			*reterr = why;
	}
	return first;
}

static enum rc unsent(struct agent *agent, const struct op_call *call, int64_t *ret,
		      struct err *reterr)
{
	enum rc rc;

	lock(call);
	rc = store_unsent_last(agent->store, ret, reterr);
	unlock(call);
	return rc;
}

/*
 * Records, then blobs; records again when some were made meanwhile, and when the collector asked for as
 * many blobs as an answer has room for and got some: it may lack more of them.
 */
enum rc sync_run(struct agent *agent, struct transport *t, const struct op_call *call,
		 const struct sync_run_how *how, struct sync_run_report *r, struct err *reterr)
{
	struct sync_blob b = {.agent = agent, .t = t, .call = call, .how = how, .r = r};
	bool yield = true;
	enum rc rc = RC_OK;

	b.rate.bytes_s = how->file_rate;
	crypt_random(&b.contact, sizeof(b.contact));
	b.contact = (b.contact & INT32_MAX) + 1;
	for (int i = 0; rc == RC_OK && yield && i < ROUNDS_MAX; i++) {
		int64_t sent = r->blobs_up;

		rc = unsent(agent, call, &b.unsent, reterr); /* what cannot go yet overtakes nothing */
		if (rc == RC_OK)
			rc = run_scopes(agent, t, call, r, reterr);
		if (rc == RC_OK)
			rc = sync_blob_run(&b, &yield, reterr);
		r->overtaken += rc == RC_OK && yield;
		yield = yield || (r->asked >= SESSION_BLOBS && r->blobs_up > sent);
	}
	return rc;
}

enum rc sync_run_keep(struct agent *agent, const struct sync_run_report *r, const struct err *why,
		      struct err *reterr)
{
	struct sync_wait w = {.kind = sync_wait_kind(why->key),
			      .next_s = r->next_s,
			      .retry_after_s = r->retry_after_s};
	struct store_contact c;
	int64_t unsent = 0;
	uint64_t random;
	enum rc rc = store_contact(agent->store, &c, reterr);

	if (rc == RC_OK)
		rc = store_unsent_last(agent->store, &unsent, reterr);
	if (rc != RC_OK)
		return rc;
	crypt_random(&random, sizeof(random));
	c.last_try = store_now(agent->store);
	c.failures = w.kind == SYNC_WAIT_FINE ? 0 : c.failures + 1;
	c.why = *why;
	w.failures = c.failures;
	w.urgent = unsent > 0;
	c.next_at = c.last_try + sync_wait_s(&w, random);
	c.hold_at = r->retry_after_s > 0 ? c.next_at : 0;
	if (r->rounds > 0)
		c.clock_off = r->clock_off;
	if (w.kind == SYNC_WAIT_FINE)
		c.last_ok = c.last_try;
	return store_set_contact(agent->store, &c, reterr);
}

bool sync_run_clock_is_off(const struct store_contact *c)
{
	return c->clock_off > CLOCK_SLACK_S || c->clock_off < -CLOCK_SLACK_S;
}

enum rc sync_run_transport(const struct op_call *call, struct transport *ret, struct err *reterr)
{
	struct agent *agent = call->app;
	struct transport_conf conf = {.clock = agent->clock, .lang = op_lang(call)};
	char *url = NULL, *ca = NULL, *pin = NULL;
	struct store_contact last;
	uint8_t key[32];
	enum rc rc = store_setting(agent->store, "url", &url, reterr);

	if (rc == RC_OK && !url)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "sync.not_enrolled", NULL);
	if (rc == RC_OK)
		rc = store_setting(agent->store, "ca", &ca, reterr);
	if (rc == RC_OK)
		rc = store_setting(agent->store, "pin", &pin, reterr);
	if (rc == RC_OK)
		rc = keys_device(agent->keys, false, &conf.device, reterr);
	if (rc == RC_OK)
		rc = store_contact(agent->store, &last, reterr);
	if (rc == RC_OK && sync_run_clock_is_off(&last))
		conf.clock_off = last.clock_off;
	conf.url = url;
	conf.ca_file = ca;
	if (pin && codec_b64u_32(span_str(pin), key))
		conf.pin = key;
	if (rc == RC_OK)
		rc = transport_http(ret, &conf, reterr);
	free(url);
	free(ca);
	free(pin);
	return rc;
}
