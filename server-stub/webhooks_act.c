/*
 * webhooks_act: what the administrator does with webhooks, and what is shown of them. Each act is one transaction with
 * the line that tells of it. Does NOT wait for a receiver, but for the one of `webhooks_try`.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/limits.h"
#include "server-stub/webhooks_part.h"

enum { ACT_KEY = 64, ACTS_SHOWN = 50 };

/* It is not told: there is none, or what is stored of it cannot be read. */
static enum rc none(const struct webhooks *w, const char *name, struct err *reterr)
{
	bool is;

	os_mutex_lock(w->mutex);
	is = webhooks_find_left_out(w, name) < w->nleft_out;
	os_mutex_unlock(w->mutex);
	return is ? err_set(reterr, RC_CORRUPT, NULL, "webhook.corrupt", "name", name, NULL)
		  : err_set(reterr, RC_NOTFOUND, NULL, "webhook.none", "name", name, NULL);
}

/* ---- one act, in one transaction ---- */

struct act {
	struct collector *col;
	const char *what; /* "add", "remove", "rotate", "resume" */
	const struct webhook *h;
	const struct webhook_stand *s; /* NULL: as it is kept */
	bool gone;                     /* it is removed */
	char oldest[ACT_KEY];
	int64_t acts;
};

static bool count_act(void *arg, const char *key, const struct json *doc)
{
	struct act *a = arg;

	(void)doc;
	if (a->acts++ == 0 && strlen(key) < sizeof(a->oldest))
		memcpy(a->oldest, key, strlen(key) + 1);
	return true;
}

/* Keys of acts sort by the moment. */
static enum rc put_act(struct act *a, struct archive_writer *w, struct err *reterr)
{
	struct json *o = json_object();
	struct buf key;
	enum rc rc;

	buf_init(&key, ACT_KEY - 1);
	buf_addf(&key, "%015lld %s", (long long)clock_now_ms(a->col->clock), a->h->name);
	json_set_int(o, "at", clock_now_s(a->col->clock));
	json_set_str(o, "act", a->what);
	json_set_str(o, "name", a->h->name);
	json_set_str(o, "url", a->h->url);
	json_set_bool(o, "private", a->h->private);
	rc = buf_check(&key, reterr);
	if (rc == RC_OK)
		rc = w->own->docs(w->own->ctx, WEBHOOKS_ACT, count_act, a, reterr);
	if (rc == RC_OK && a->acts >= LIMIT_WEBHOOK_ACTS)
		rc = w->doc_put(w->ctx, WEBHOOKS_ACT, a->oldest, NULL, reterr);
	if (rc == RC_OK)
		rc = w->doc_put(w->ctx, WEBHOOKS_ACT, (const char *)key.p, o, reterr);
	json_free(o);
	buf_free(&key);
	return rc;
}

static enum rc write_act(void *arg, struct archive_writer *w, struct err *reterr)
{
	struct act *a = arg;
	struct json *doc = a->gone ? NULL : webhook_json(a->h);
	struct json *stand = a->gone || !a->s ? NULL : webhook_stand_json(a->s);
	enum rc rc = w->doc_put(w->ctx, WEBHOOKS_DOC, a->h->name, doc, reterr);

	a->acts = 0; /* of a group that is made once more */
	if (rc == RC_OK && (stand || a->gone))
		rc = w->doc_put(w->ctx, WEBHOOKS_STAND, a->h->name, stand, reterr);
	if (rc == RC_OK)
		rc = put_act(a, w, reterr);
	json_free(doc);
	json_free(stand);
	return rc;
}

/* ---- add ---- */

static enum rc fits(const struct webhooks *w, const struct webhook *h, struct err *reterr)
{
	enum rc rc;

	if (!webhook_name_ok(span_str(h->name)))
		return err_set(reterr, RC_INPUT, NULL, "webhook.name", "name", h->name, NULL);
	rc = http_url_check(h->url, reterr);
	if (rc == RC_OK && !h->private && strncmp(h->url, "http://", 7) == 0)
		rc = err_set(reterr, RC_INPUT, NULL, "webhook.needs_private", "url", h->url, NULL);
	if (rc == RC_OK && webhooks_find(w, h->name))
		rc = err_set(reterr, RC_EXISTS, NULL, "webhook.exists", "name", h->name, NULL);
	if (rc == RC_OK && webhooks_find_left_out(w, h->name) < w->nleft_out)
		rc = none(w, h->name, reterr);
	if (rc == RC_OK && w->n + w->nleft_out >= WEBHOOK_MAX)
		rc = err_num(reterr, RC_LIMIT, NULL, "webhook.many", "max", WEBHOOK_MAX);
	return rc;
}

static enum rc head(struct collector *col, int64_t *ret, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct buf note;
	int64_t at;
	enum rc rc = archive_read(col->archive, &r, reterr);

	buf_init(&note, NOTE_TEXT_MAX);
	if (rc == RC_OK)
		rc = r->head(r->ctx, ret, &note, &at, reterr);
	archive_read_end(col->archive, r);
	buf_free(&note);
	return rc;
}

/* The key there is, or a new one. */
static enum rc have_key(struct webhooks *w, struct err *reterr)
{
	struct crypt_secret *key = NULL;
	enum rc rc;

	if (w->key)
		return RC_OK;
	rc = vault_secret(w->col->home, WEBHOOKS_KEY, true, &key, reterr);
	os_mutex_lock(w->mutex);
	w->key = key;
	os_mutex_unlock(w->mutex);
	return rc;
}

/* It is in the archive: now it is told. */
static void enter(struct webhooks *w, struct webhooks_one *o)
{
	os_mutex_lock(w->mutex);
	w->one[w->n++] = o;
	os_mutex_unlock(w->mutex);
	if (w->running)
		webhooks_begin(o);
}

enum rc webhooks_add(struct webhooks *w, const struct webhook *h, char retsecret[WEBHOOK_SECRET], struct err *reterr)
{
	struct webhooks_one *o = calloc(1, sizeof(*o));
	struct act a = {.col = w->col, .what = "add"};
	enum rc rc = o ? fits(w, h, reterr) : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		rc = have_key(w, reterr);
	if (rc == RC_OK)
		rc = head(w->col, &o->s.next, reterr);
	if (rc == RC_OK) {
		o->all = w;
		o->h = *h;
		o->h.added_at = clock_now_s(w->col->clock);
		o->kept = o->s.next;
		webhook_salt_new(w->key, &o->h.now);
		a.h = &o->h;
		a.s = &o->s;
		rc = ingest_write(w->col->ingest, write_act, &a, reterr);
	}
	if (rc != RC_OK) {
		free(o);
		return rc;
	}
	webhook_secret(w->key, &o->h.now, retsecret);
	enter(w, o);
	return RC_OK;
}

/* ---- remove ---- */

/* Free those whose threads have ended by themselves. */
static void reap(struct webhooks *w)
{
	struct webhooks_one **at = &w->removed, *o;
	bool ended;

	while ((o = *at)) {
		os_mutex_lock(w->mutex);
		ended = o->ended;
		os_mutex_unlock(w->mutex);
		if (!ended) {
			at = &o->next;
			continue;
		}
		*at = o->next;
		os_thread_join(o->thread);
		http_free(o->http);
		free(o);
	}
}

/* Out of the list; its thread, if any, ends by itself: it may be within an exchange. */
static void take_out(struct webhooks *w, struct webhooks_one *o)
{
	size_t i = 0;

	os_mutex_lock(w->mutex);
	while (w->one[i] != o)
		i++;
	memmove(&w->one[i], &w->one[i + 1], (w->n - i - 1) * sizeof(w->one[0]));
	w->n--;
	o->removed = true;
	o->ended = !o->thread;
	if (o->http)
		http_cancel(o->http);
	os_cond_broadcast(w->work);
	os_mutex_unlock(w->mutex);
	o->next = w->removed;
	w->removed = o;
	reap(w);
}

/* One that could not be read: nothing runs of it, its documents go. */
static enum rc remove_left_out(struct webhooks *w, size_t i, struct err *reterr)
{
	struct webhook h = {.timeout_s = 0}; /* nothing but the name is known */
	struct act a = {.col = w->col, .what = "remove", .gone = true, .h = &h};
	enum rc rc;

	memcpy(h.name, w->left_out[i], sizeof(h.name));
	rc = ingest_write(w->col->ingest, write_act, &a, reterr);
	if (rc != RC_OK)
		return rc;
	os_mutex_lock(w->mutex);
	w->nleft_out--;
	memmove(&w->left_out[i], &w->left_out[i + 1], (w->nleft_out - i) * sizeof(w->left_out[0]));
	os_mutex_unlock(w->mutex);
	return RC_OK;
}

enum rc webhooks_remove(struct webhooks *w, const char *name, struct err *reterr)
{
	struct webhooks_one *o = webhooks_find(w, name);
	struct act a = {.col = w->col, .what = "remove", .gone = true};
	size_t left_out = webhooks_find_left_out(w, name);
	enum rc rc;

	if (!o && left_out < w->nleft_out)
		return remove_left_out(w, left_out, reterr);
	if (!o)
		return none(w, name, reterr);
	os_mutex_lock(w->mutex);
	o->leaving = true; /* from now on nothing of it is kept; it is told until that is committed */
	os_mutex_unlock(w->mutex);
	a.h = &o->h;
	rc = ingest_write(w->col->ingest, write_act, &a, reterr);
	if (rc == RC_OK) {
		take_out(w, o);
		return RC_OK;
	}
	os_mutex_lock(w->mutex);
	o->leaving = false;
	o->unkept = true; /* what was not kept meanwhile */
	o->keep_ms = 0;
	os_cond_broadcast(w->work);
	os_mutex_unlock(w->mutex);
	return rc;
}

/* ---- rotate, resume ---- */

/* As it is now, with the stand; false: there is none. */
static bool copy(struct webhooks *w, const char *name, struct webhooks_one **ret, struct webhook *h,
		 struct webhook_stand *s)
{
	os_mutex_lock(w->mutex);
	*ret = webhooks_find(w, name);
	if (*ret) {
		*h = (*ret)->h;
		*s = (*ret)->s;
	}
	os_mutex_unlock(w->mutex);
	return *ret != NULL;
}

/* Changed in the archive, and here; what is told meanwhile stays told. again: it goes on at once. */
static enum rc change(struct webhooks *w, struct webhooks_one *o, const char *what, const struct webhook *h,
		      bool again, struct err *reterr)
{
	struct act a = {.col = w->col, .what = what, .h = h};
	enum rc rc = ingest_write(w->col->ingest, write_act, &a, reterr);

	if (rc != RC_OK)
		return rc;
	os_mutex_lock(w->mutex);
	o->h = *h;
	again = again || o->s.state == WEBHOOK_NO_KEY; /* it may have become so meanwhile */
	if (again) {
		webhook_resumed(&o->s);
		o->retry_ms = 0;
		o->dirty = true;
		os_cond_broadcast(w->work);
	}
	os_mutex_unlock(w->mutex);
	if (again && w->running && !o->thread)
		webhooks_begin(o);
	return again ? webhooks_keep(o, reterr) : RC_OK;
}

enum rc webhooks_rotate(struct webhooks *w, const char *name, bool at_once, char retsecret[WEBHOOK_SECRET],
			struct err *reterr)
{
	struct webhooks_one *o;
	struct webhook_stand s;
	struct webhook h;
	enum rc rc;

	if (!copy(w, name, &o, &h, &s))
		return none(w, name, reterr);
	rc = have_key(w, reterr);
	if (rc != RC_OK)
		return rc;
	webhook_rotate(w->key, &h, clock_now_s(w->col->clock), at_once);
	rc = change(w, o, "rotate", &h, s.state == WEBHOOK_NO_KEY, reterr);
	if (rc == RC_OK)
		webhook_secret(w->key, &h.now, retsecret);
	return rc;
}

enum rc webhooks_resume(struct webhooks *w, const char *name, struct err *reterr)
{
	struct webhooks_one *o;
	struct webhook_stand s;
	struct webhook h;

	if (!copy(w, name, &o, &h, &s))
		return none(w, name, reterr);
	if (!w->key || !webhook_salt_fits(w->key, &h.now))
		return err_set(reterr, RC_CONFLICT, NULL, "webhook.no_key", "name", name, NULL);
	return change(w, o, "resume", &h, true, reterr);
}

/* ---- try ---- */

enum rc webhooks_try(struct webhooks *w, const char *name, struct json **ret, struct err *reterr)
{
	struct webhook_message m = {.index = -1};
	struct webhooks_sent sent;
	struct webhooks_one *o;
	struct webhook_stand s;
	struct webhook h;
	struct http *http = NULL;
	struct crypt_secret *key;
	char origin[NOTE_ORIGIN_LEN];
	enum rc rc;

	if (!copy(w, name, &o, &h, &s))
		return none(w, name, reterr);
	os_mutex_lock(w->mutex);
	key = w->key;
	os_mutex_unlock(w->mutex);
	note_origin(crypt_signer_pk(w->col->log), origin);
	rc = webhook_event_test(origin, clock_now_s(w->col->clock), &m, reterr);
	if (rc == RC_OK)
		rc = webhooks_http(&h, &http, reterr);
	if (rc == RC_OK) {
		webhooks_send(w->col, key, &h, http, &m, &sent);
		if (sent.end == WEBHOOKS_KEYLESS)
			rc = err_set(reterr, RC_CONFLICT, NULL, "webhook.no_key", "name", name, NULL);
	}
	if (rc == RC_OK) {
		*ret = json_object();
		json_set_bool(*ret, "delivered", sent.end == WEBHOOKS_GOOD);
		json_set_str(*ret, "id", sent.id);
		json_set_int(*ret, "status", sent.status);
		json_set_str(*ret, "why", sent.why);
		json_set_str(*ret, "url", h.url);
	}
	http_free(http);
	buf_free(&m.body);
	return rc;
}

/* ---- what is shown ---- */

static struct json *sent_json(const struct webhooks_sent *s)
{
	struct json *o = json_object();

	json_set_int(o, "at", s->at);
	json_set_str(o, "id", s->id);
	json_set_str(o, "event", s->event);
	json_set_int(o, "index", s->index);
	json_set_int(o, "status", s->status);
	json_set_str(o, "why", s->why);
	return o;
}

enum rc webhooks_deliveries(struct webhooks *w, const char *name, struct json **ret, struct err *reterr)
{
	struct json *all = json_array();
	const struct webhooks_one *o;

	os_mutex_lock(w->mutex);
	o = webhooks_find(w, name);
	for (int64_t i = o ? o->nlast : 0; i > 0 && i > o->nlast - WEBHOOKS_LAST; i--)
		json_append(all, sent_json(&o->last[(i - 1) % WEBHOOKS_LAST]));
	os_mutex_unlock(w->mutex);
	if (!o) {
		json_free(all);
		return none(w, name, reterr);
	}
	*ret = json_object();
	json_set(*ret, "deliveries", all);
	return RC_OK;
}

static struct json *one_json(const struct webhooks_one *o, int64_t size, int64_t now)
{
	struct json *j = json_object(), *events = json_array();

	for (int e = 0; e < WEBHOOK_EVENTS; e++)
		if (o->h.events >> e & 1U)
			json_append_str(events, webhook_event_names[e]);
	json_set_str(j, "name", o->h.name);
	json_set_str(j, "url", o->h.url);
	json_set_bool(j, "private", o->h.private);
	json_set(j, "events", events);
	json_set_str(j, "province", o->h.province);
	json_set_int(j, "timeout_s", o->h.timeout_s);
	json_set_int(j, "added_at", o->h.added_at);
	json_set_int(j, "both_until", o->h.old_until > now ? o->h.old_until : 0);
	json_set_str(j, "state", webhook_state_name(o->s.state));
	json_set_int(j, "next", o->s.next);
	json_set_int(j, "lag", size > o->s.next ? size - o->s.next : 0);
	json_set_int(j, "failures", o->s.failures);
	json_set_int(j, "retry_at", o->s.retry_at);
	json_set_int(j, "status", o->s.status);
	json_set_str(j, "why", o->s.why);
	return j;
}

struct acts {
	struct json *last[ACTS_SHOWN];
	size_t n;
};

static bool take_act(void *arg, const char *key, const struct json *doc)
{
	struct acts *a = arg;
	size_t at = a->n++ % ACTS_SHOWN;

	(void)key;
	json_free(a->last[at]);
	a->last[at] = json_copy(doc);
	return true;
}

/* The newest acts, newest first. */
static enum rc acts_json(struct collector *col, struct json *all, struct err *reterr)
{
	struct acts a = {.n = 0};
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);
	size_t shown;

	if (rc == RC_OK)
		rc = r->docs(r->ctx, WEBHOOKS_ACT, take_act, &a, reterr);
	archive_read_end(col->archive, r);
	shown = a.n < ACTS_SHOWN ? a.n : ACTS_SHOWN;
	for (size_t i = 1; i <= shown; i++)
		json_append(all, a.last[(a.n - i) % ACTS_SHOWN]);
	return rc;
}

enum rc webhooks_list(struct webhooks *w, struct json **ret, struct err *reterr)
{
	struct json *all = json_array(), *acts = json_array(), *left_out = json_array();
	int64_t size = 0;
	enum rc rc = head(w->col, &size, reterr);

	os_mutex_lock(w->mutex);
	for (size_t i = 0; i < w->n; i++)
		json_append(all, one_json(w->one[i], size, clock_now_s(w->col->clock)));
	for (size_t i = 0; i < w->nleft_out; i++)
		json_append_str(left_out, w->left_out[i]);
	os_mutex_unlock(w->mutex);
	if (rc == RC_OK)
		rc = acts_json(w->col, acts, reterr);
	*ret = json_object();
	json_set(*ret, "webhooks", all);
	json_set(*ret, "left_out", left_out);
	json_set(*ret, "acts", acts);
	if (rc != RC_OK) {
		json_free(*ret);
		*ret = NULL;
	}
	return rc;
}

bool webhooks_count(struct webhooks *w, size_t i, int64_t size, struct webhooks_count *ret)
{
	bool is;

	os_mutex_lock(w->mutex);
	is = i < w->n;
	if (is) {
		const struct webhooks_one *o = w->one[i];

		memcpy(ret->name, o->h.name, sizeof(ret->name));
		ret->delivered = o->good;
		ret->failed = o->failed;
		ret->lag = size > o->s.next ? size - o->s.next : 0;
		ret->stopped = o->s.state != WEBHOOK_ON;
	}
	os_mutex_unlock(w->mutex);
	return is;
}
