/*
 * witnesses: what is known of each witness and of the checkpoints they cosigned, and the thread that asks. Clauses
 * W4, W6. One question to one witness is witnesses_ask.c.
 *
 * Two locks. `ask` is held for a round, so that there is one at a time; `mutex` guards what is shown. Nobody who holds
 * `ask` waits for the sequencer: what a round brought is stored after it.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/http.h"
#include "lib/limits.h"
#include "server-stub/witnesses_part.h"

enum {
	PACE_MS = 1000, /* between two rounds: a herd's commits share one */
	BACKOFF_FIRST_MS = 2000,
	BACKOFF_MAX_MS = 600000,
	CONNECT_MS = 3000,
	TOTAL_MS = 8000, /* of one exchange: it verifies two signatures and writes one row */
	KEY_LEN = 20,
	DASH_LEN = 4 /* bytes of the dash and the space a signature line begins with */
};

/* ---- whom to ask ---- */

static void peer_free(struct witnesses_peer *p)
{
	http_free(p->http);
	free(p->url);
	free(p->pin);
	memset(p, 0, sizeof(*p));
}

static char *dup(const char *s)
{
	return s ? span_dup(span_str(s)) : NULL;
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static enum rc peer_connect(struct witnesses_peer *p, struct err *reterr)
{
	const struct http_conf conf = {.agent = "kiemke-collector",
				       .pin = p->pin,
				       .connect_ms = CONNECT_MS,
				       .total_ms = TOTAL_MS};

	return http_new(&p->http, &conf, reterr);
}

/* The address it was told; without one it is not asked. */
static enum rc peer_address(struct archive_reader *r, struct witnesses_peer *p, struct err *reterr)
{
	struct json *doc = NULL;
	enum rc rc = r->doc_if(r->ctx, WITNESSES_DOC, p->who.name, &doc, reterr);
	const char *url = json_get_str(doc, "url"), *pin = json_get_str(doc, "pin");

	if (rc == RC_OK && (!same(url, p->url) || !same(pin, p->pin))) {
		http_free(p->http);
		free(p->url);
		free(p->pin);
		p->http = NULL;
		p->url = dup(url);
		p->pin = dup(pin);
		p->failures = 0;
		p->next_ms = 0;
		rc = p->url ? peer_connect(p, reterr) : RC_OK;
	}
	json_free(doc);
	return rc;
}

/* The witnesses of the policy in force, with what is known of those that were there before. `ask` and `mutex` held. */
static enum rc refresh_peers(struct witnesses *w, struct archive_reader *r, struct err *reterr)
{
	struct witnesses_peer old[NOTE_WITNESS_MAX];
	size_t nold = w->npeer;
	enum rc rc = RC_OK;

	memcpy(old, w->peer, sizeof(old));
	memset(w->peer, 0, sizeof(w->peer));
	w->npeer = 0;
	for (size_t i = 0; i < w->policy.nwitness; i++) {
		struct witnesses_peer *p = &w->peer[w->npeer++];

		p->who = w->policy.witness[i];
		for (size_t j = 0; j < nold; j++)
			if (strcmp(old[j].who.name, p->who.name) == 0 &&
			    memcmp(old[j].who.key, p->who.key, CRYPT_PK_LEN) == 0) {
				*p = old[j];
				memset(&old[j], 0, sizeof(old[j]));
			}
		if (rc == RC_OK)
			rc = peer_address(r, p, reterr);
	}
	for (size_t j = 0; j < nold; j++)
		peer_free(&old[j]);
	return rc;
}

/* ---- what has been cosigned ---- */

static bool has_quorum(const struct note_policy *p, struct span text)
{
	struct note n;
	uint64_t time;
	bool ok = false;

	if (p->quorum > 0 && note_open(text, p->log, &n, NULL) == RC_OK)
		note_quorum(&n, p, &ok, &time);
	return ok;
}

static void set_text(struct witnesses_text *t, int64_t size, int64_t at, struct span text)
{
	buf_reset(&t->text);
	buf_add_span(&t->text, text);
	t->size = t->text.failed ? 0 : size;
	t->at = at;
}

/* What may be shown as proven under the policy in force. mutex held. */
static void judge(struct witnesses *w)
{
	if (w->last.size > 0 && has_quorum(&w->policy, span_buf(&w->last.text)))
		set_text(&w->proven, w->last.size, w->last.at, span_buf(&w->last.text));
	else if (w->proven.size > 0 && !has_quorum(&w->policy, span_buf(&w->proven.text)))
		w->proven.size = 0;
}

static void read_policy(struct witnesses *w)
{
	const struct ingest_snapshot *s = ingest_snapshot(w->col->ingest);
	struct authority_log log;

	memset(&w->policy, 0, sizeof(w->policy));
	if (keyring_log(s->keyring, &log) &&
	    memcmp(log.key, crypt_signer_pk(w->col->log), CRYPT_PK_LEN) == 0)
		w->policy = log.policy;
	ingest_snapshot_end(w->col->ingest, s);
}

/* Documents come by size, ascending: the last is the newest, the last with the quorum is proven. */
static bool take_doc(void *arg, const char *key, const struct json *doc)
{
	struct witnesses *w = arg;
	const char *text = json_get_str(doc, "text");
	int64_t size = 0, at = 0;

	(void)key;
	if (!text || !json_get_int(doc, "size", &size) || !json_get_int(doc, "at", &at))
		return true;
	set_text(&w->last, size, at, span_str(text));
	judge(w);
	return true;
}

enum rc witnesses_load(struct witnesses *w, struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(w->col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	os_mutex_lock(w->mutex);
	read_policy(w);
	w->last.size = w->proven.size = 0;
	rc = r->docs(r->ctx, WITNESSES_COSIGNED, take_doc, w, reterr);
	w->kept[0] = w->last.size;
	w->kept[1] = w->proven.size;
	if (rc == RC_OK)
		rc = refresh_peers(w, r, reterr);
	os_mutex_unlock(w->mutex);
	archive_read_end(w->col->archive, r);
	return rc;
}

static void doc_key(int64_t size, char ret[KEY_LEN])
{
	for (int i = KEY_LEN - 2; i >= 0; i--, size /= 10)
		ret[i] = (char)('0' + size % 10);
	ret[KEY_LEN - 1] = '\0';
}

struct store {
	struct json *doc;
	int64_t size, drop[2]; /* sizes whose documents go; 0: none */
	char damaged[KEY_LEN]; /* goes, too: nobody else would ever take it away */
};

static bool take_damaged(void *arg, const char *table, const char *key)
{
	struct store *s = arg;

	(void)table;
	if (strlen(key) < sizeof(s->damaged))
		memcpy(s->damaged, key, strlen(key) + 1);
	return s->damaged[0] == '\0';
}

static enum rc write_docs(void *arg, struct archive_writer *w, struct err *reterr)
{
	struct store *s = arg;
	char key[KEY_LEN];
	enum rc rc;

	doc_key(s->size, key);
	rc = w->doc_put(w->ctx, WITNESSES_COSIGNED, key, s->doc, reterr);
	for (size_t i = 0; rc == RC_OK && i < 2; i++)
		if (s->drop[i] > 0) {
			doc_key(s->drop[i], key);
			rc = w->doc_put(w->ctx, WITNESSES_COSIGNED, key, NULL, reterr);
		}
	if (rc == RC_OK)
		rc = w->own->docs_damaged(w->own->ctx, WITNESSES_COSIGNED, take_damaged, s, reterr);
	if (rc == RC_OK && s->damaged[0])
		rc = w->doc_put(w->ctx, WITNESSES_COSIGNED, s->damaged, NULL, reterr);
	return rc;
}

/* Keep what a round brought; only the newest text, and the newest with the quorum, stay. `ask` is not held. */
static enum rc keep(struct witnesses *w, struct err *reterr)
{
	struct store s = {.doc = json_object()};
	int64_t before[2];
	enum rc rc;

	os_mutex_lock(w->mutex);
	if (!w->unkept) {
		os_mutex_unlock(w->mutex);
		json_free(s.doc);
		return RC_OK;
	}
	w->unkept = false;
	before[0] = w->kept[0];
	before[1] = w->kept[1];
	judge(w);
	s.size = w->last.size;
	w->kept[0] = w->last.size;
	w->kept[1] = w->proven.size;
	for (size_t i = 0; i < 2; i++)
		if (before[i] != w->kept[0] && before[i] != w->kept[1])
			s.drop[i] = before[i];
	json_set_int(s.doc, "size", w->last.size);
	json_set_int(s.doc, "at", w->last.at);
	json_set_span(s.doc, "text", span_buf(&w->last.text));
	os_mutex_unlock(w->mutex);
	rc = ingest_write(w->col->ingest, write_docs, &s, reterr);
	json_free(s.doc);
	if (rc != RC_OK) {
		os_mutex_lock(w->mutex);
		w->unkept = true;
		os_mutex_unlock(w->mutex);
	}
	return rc;
}

/* ---- a round ---- */

struct head {
	struct archive_reader *r;
	struct buf text;
	int64_t size, at;
};

static enum rc open_head(struct witnesses *w, struct head *h, struct err *reterr)
{
	enum rc rc = archive_read(w->col->archive, &h->r, reterr);

	if (rc == RC_OK)
		rc = h->r->head(h->r->ctx, &h->size, &h->text, &h->at, reterr);
	if (rc == RC_OK) {
		os_mutex_lock(w->mutex);
		read_policy(w);
		judge(w);
		rc = refresh_peers(w, h->r, reterr);
		os_mutex_unlock(w->mutex);
	}
	return rc;
}

/* The cosignatures of the text by others than this one. */
static void add_others(struct span text, const char *line, struct buf *out)
{
	size_t len = strcspn(line + DASH_LEN, " ") + DASH_LEN + 1;
	struct span rest = text, l;

	for (int i = 0; span_line(&rest, &l); i++)
		if (i >= NOTE_LINES && (l.len < len || memcmp(l.p, line, len) != 0)) {
			buf_add_span(out, l);
			buf_add_char(out, '\n');
		}
}

/* A cosignature came: beside those of others for that checkpoint, or behind the checkpoint alone. mutex held. */
static void take_line(struct witnesses *w, const struct head *h, const char *line)
{
	struct buf text;

	buf_init(&text, NOTE_TEXT_MAX);
	note_strip(span_buf(&h->text), &text);
	if (w->last.size == h->size)
		add_others(span_buf(&w->last.text), line, &text);
	buf_add_str(&text, line);
	set_text(&w->last, h->size, clock_now_s(w->col->clock), span_buf(&text));
	w->unkept = true;
	buf_free(&text);
}

/* Full jitter: 1 ms to the window, which doubles. */
static int64_t backoff_ms(int64_t failures)
{
	int64_t window = BACKOFF_FIRST_MS;
	uint64_t random;

	for (int64_t i = 1; i < failures && window < BACKOFF_MAX_MS; i++)
		window *= 2;
	if (window > BACKOFF_MAX_MS)
		window = BACKOFF_MAX_MS;
	crypt_random(&random, sizeof(random));
	return 1 + (int64_t)(random % (uint64_t)window);
}

/* Its answer, as it is shown. mutex held. */
static void note_answer(struct witnesses *w, struct witnesses_peer *p, const struct head *h,
			const struct cosign_reply *reply, enum rc rc, const struct err *why)
{
	if (rc == RC_OK && reply->verdict == COSIGN_GIVEN) {
		p->size = p->cosigned = h->size;
		p->at = (int64_t)reply->time;
		p->failures = 0;
		p->next_ms = 0;
		p->why[0] = '\0';
		take_line(w, h, reply->line);
		return;
	}
	p->failures++;
	p->next_ms = os_mono_ms() + backoff_ms(p->failures);
	memcpy(p->why, why->key, sizeof(p->why));
}

static bool is_due(const struct witnesses_peer *p, int64_t size)
{
	return p->url && p->cosigned != size && os_mono_ms() >= p->next_ms;
}

/* Ask everybody who is due for the newest checkpoint. What stops the log is appended to *rethalt. `ask` held. */
static void ask_all(struct witnesses *w, struct buf *rethalt)
{
	struct head h = {.r = NULL};
	struct err why;
	enum rc rc;

	buf_init(&h.text, NOTE_TEXT_MAX);
	err_clear(&why);
	rc = open_head(w, &h, &why);
	for (size_t i = 0; rc == RC_OK && h.size > 0 && i < w->npeer && rethalt->len == 0; i++) {
		struct witnesses_peer *p = &w->peer[i];
		struct cosign_reply reply = {.verdict = COSIGN_MALFORMED};
		struct witnesses_question q = {.r = h.r,
					       .size = h.size,
					       .text = span_buf(&h.text),
					       .old = p->size,
					       .col = w->col};
		enum rc asked;

		if (!is_due(p, h.size) || atomic_load(&w->stopping))
			continue;
		err_clear(&why);
		asked = witnesses_ask(p, &q, &reply, rethalt, &why);
		os_mutex_lock(w->mutex);
		note_answer(w, p, &h, &reply, asked, &why);
		os_mutex_unlock(w->mutex);
	}
	archive_read_end(w->col->archive, h.r);
	buf_free(&h.text);
}

void witnesses_check(struct witnesses *w, struct buf *rethalt)
{
	if (atomic_load(&w->checked))
		return;
	os_mutex_lock(w->ask);
	if (!atomic_load(&w->checked))
		ask_all(w, rethalt);
	atomic_store(&w->checked, true);
	os_mutex_unlock(w->ask);
}

/* ---- the thread ---- */

/* Milliseconds until somebody who failed is due again; -1: nobody waits. mutex held. */
static int64_t next_due(const struct witnesses *w)
{
	int64_t now = os_mono_ms(), next = -1;

	for (size_t i = 0; i < w->npeer; i++)
		if (w->peer[i].url && w->peer[i].failures > 0) {
			int64_t left = w->peer[i].next_ms > now ? w->peer[i].next_ms - now : 0;

			if (next < 0 || left < next)
				next = left;
		}
	return next;
}

/* Until there is a reason for a round; false: the end. */
static bool wait_round(struct witnesses *w, int64_t not_before_ms)
{
	bool go;

	os_mutex_lock(w->mutex);
	while (!atomic_load(&w->stopping)) {
		int64_t left = not_before_ms - os_mono_ms(), due = next_due(w);

		if (left > 0) {
			os_cond_wait_ms(w->work, w->mutex, left);
			continue;
		}
		if (w->dirty || due == 0)
			break;
		if (due < 0)
			os_cond_wait(w->work, w->mutex);
		else
			os_cond_wait_ms(w->work, w->mutex, due);
	}
	w->dirty = false;
	go = !atomic_load(&w->stopping);
	os_mutex_unlock(w->mutex);
	return go;
}

void witnesses_round(struct witnesses *w)
{
	struct buf halt;

	buf_init(&halt, NOTE_TEXT_MAX);
	os_mutex_lock(w->ask);
	ask_all(w, &halt);
	os_mutex_unlock(w->ask);
	(void)keep(w, NULL); /* a full disk: again with the next round */
	if (halt.len > 0)
		(void)ingest_halt(w->col->ingest, span_buf(&halt), NULL);
	buf_free(&halt);
}

static void run_thread(void *arg)
{
	struct witnesses *w = arg;
	int64_t not_before = 0;

	while (wait_round(w, not_before)) {
		witnesses_round(w);
		not_before = os_mono_ms() + PACE_MS;
	}
}

void witnesses_wake(struct witnesses *w)
{
	os_mutex_lock(w->mutex);
	w->dirty = true;
	os_cond_signal(w->work);
	os_mutex_unlock(w->mutex);
}

enum rc witnesses_changed(struct witnesses *w, struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(w->col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	os_mutex_lock(w->ask);
	os_mutex_lock(w->mutex);
	read_policy(w);
	judge(w);
	rc = refresh_peers(w, r, reterr);
	os_mutex_unlock(w->mutex);
	os_mutex_unlock(w->ask);
	archive_read_end(w->col->archive, r);
	witnesses_wake(w);
	return rc;
}

/* ---- life ---- */

enum rc witnesses_new(struct witnesses **ret, struct collector *col, struct err *reterr)
{
	struct witnesses *w = calloc(1, sizeof(*w));
	enum rc rc;

	if (!w)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	w->col = col;
	w->dirty = true;
	buf_init(&w->last.text, NOTE_TEXT_MAX);
	buf_init(&w->proven.text, NOTE_TEXT_MAX);
	rc = os_mutex_new(&w->mutex, reterr);
	if (rc == RC_OK)
		rc = os_mutex_new(&w->ask, reterr);
	if (rc == RC_OK)
		rc = os_cond_new(&w->work, reterr);
	if (rc == RC_OK)
		*ret = w;
	else
		witnesses_free(w);
	return rc;
}

enum rc witnesses_start(struct witnesses *w, struct err *reterr)
{
	return os_thread_start(&w->thread, run_thread, w, reterr);
}

void witnesses_free(struct witnesses *w)
{
	if (!w)
		return;
	if (w->thread) {
		os_mutex_lock(w->mutex);
		atomic_store(&w->stopping, true);
		for (size_t i = 0; i < w->npeer; i++)
			if (w->peer[i].http)
				http_cancel(w->peer[i].http);
		os_cond_broadcast(w->work);
		os_mutex_unlock(w->mutex);
		os_thread_join(w->thread);
	}
	for (size_t i = 0; i < w->npeer; i++)
		peer_free(&w->peer[i]);
	buf_free(&w->last.text);
	buf_free(&w->proven.text);
	os_cond_free(w->work);
	os_mutex_free(w->ask);
	os_mutex_free(w->mutex);
	free(w);
}

/* ---- what is shown ---- */

void witnesses_proven(struct witnesses *w, struct buf *text, int64_t *retsize)
{
	*retsize = 0;
	if (!w)
		return;
	os_mutex_lock(w->mutex);
	if (w->policy.quorum > 0 && w->proven.size > 0) {
		*retsize = w->proven.size;
		buf_add_span(text, span_buf(&w->proven.text));
	}
	os_mutex_unlock(w->mutex);
}

enum rc witnesses_shown(struct witnesses *w, struct archive_reader *r, struct buf *text,
			int64_t *retsize, int64_t *retat, struct err *reterr)
{
	uint8_t root[TREE_HASH];

	witnesses_proven(w, text, retsize);
	if (*retsize > 0)
		return r->checkpoint_at(r->ctx, *retsize, root, retat, reterr);
	return r->head(r->ctx, retsize, text, retat, reterr);
}

enum rc witnesses_doc(const char *url, const char *pin, struct json **ret, struct err *reterr)
{
	uint8_t hash[32];
	enum rc rc = http_url_check(url, reterr);

	if (rc != RC_OK)
		return rc;
	if (pin && (strncmp(pin, "sha256//", 8) != 0 || !codec_b64_32(span_str(pin + 8), hash)))
		return err_set(reterr, RC_INPUT, "K8", "init.pin", NULL);
	*ret = json_object();
	json_set_str(*ret, "url", url);
	if (pin)
		json_set_str(*ret, "pin", pin);
	return RC_OK;
}

static struct json *peer_json(const struct witnesses_peer *p)
{
	struct json *o = json_object();
	char key[CODEC_HEX_LEN(CRYPT_PK_LEN) + 1];

	codec_hex(p->who.key, CRYPT_PK_LEN, key);
	json_set_str(o, "name", p->who.name);
	json_set_str(o, "key", key);
	json_set_str(o, "url", p->url ? p->url : "");
	json_set_int(o, "size", p->cosigned);
	json_set_int(o, "at", p->at);
	json_set_int(o, "failures", p->failures);
	json_set_str(o, "why", p->why);
	return o;
}

enum rc witnesses_state(struct witnesses *w, struct json **ret, struct err *reterr)
{
	struct json *o = json_object(), *all = json_array();
	enum rc rc = RC_OK;

	if (!w->thread) /* nobody keeps it up to date */
		rc = witnesses_load(w, reterr);
	os_mutex_lock(w->mutex);
	json_set_int(o, "quorum", (int64_t)w->policy.quorum);
	for (size_t i = 0; i < w->npeer; i++)
		json_append(all, peer_json(&w->peer[i]));
	json_set(o, "witnesses", all);
	json_set_int(o, "proven", w->policy.quorum > 0 ? w->proven.size : 0);
	json_set_int(o, "proven_at", w->policy.quorum > 0 && w->proven.size > 0 ? w->proven.at : 0);
	os_mutex_unlock(w->mutex);
	json_set_bool(o, "halted", ingest_halted(w->col->ingest));
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}
