/*
 * op_dispatch: in this process or through the owner. The lock decides, never
 * owner.json: a file left by a crash is removed by the next command that gets the
 * lock, and is believed only while its pid is the lock holder's and the listener
 * proves that it knows the token. So a PIN never goes to a stranger who happens
 * to listen on a dead owner's port.
 * Not here: the listener (op_owner).
 */
#include "lib/op_dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypt.h"
#include "lib/http.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/op_owner.h"

enum {
	HEX_LEN = 2 * OP_OWNER_TOKEN_LEN,
	BACKOFF_MIN_MS = 2,   /* first pause; a short command holds the lock for about 5 ms */
	BACKOFF_MAX_MS = 100, /* longest pause between two tries */
	NOTICE_MS = 1000,     /* say why we wait after this long, and how far it is that often */
	PROOF_MS = 3000,      /* an owner answers the proof without taking its mutex */
	PROOF_BODY = 4096     /* bytes of that answer */
};

static const char owner_url[] = "http://127.0.0.1:";

/* ---- owner.json ---- */

static enum rc owner_path(const char *home, char **ret, struct err *reterr)
{
	return os_path_join(ret, home, "owner.json", reterr);
}

static bool copy_text(char *dst, size_t cap, const char *src)
{
	size_t len = src ? strlen(src) : cap;

	if (len >= cap)
		return false;
	memcpy(dst, src, len + 1);
	return true;
}

enum rc op_dispatch_owner_read(const char *home, struct op_owner_file *ret, struct err *reterr)
{
	struct op_owner_file file = {0};
	struct json *o = NULL;
	char *path = NULL;
	struct buf text;
	enum rc rc;

	buf_init(&text, PROOF_BODY);
	text.secret = true;
	rc = owner_path(home, &path, reterr);
	if (rc == RC_OK)
		rc = os_file_read(path, &text, reterr);
	if (rc == RC_OK)
		rc = json_parse(span_buf(&text), NULL, &o, reterr);
	if (rc != RC_OK)
		goto out;
	if (!json_get_int(o, "pid", &file.pid) ||
	    !copy_text(file.url, sizeof(file.url), json_get_str(o, "url")) ||
	    !copy_text(file.token, sizeof(file.token), json_get_str(o, "token")) ||
	    strlen(file.token) != HEX_LEN || !span_starts(span_str(file.url), owner_url)) {
		rc = err_set(reterr, RC_CORRUPT, NULL, "op.owner_file", "path", path, NULL);
		goto out;
	}
	*ret = file;
out:
	crypt_wipe(file.token, sizeof(file.token));
	json_free(o);
	buf_free(&text);
	free(path);
	return rc;
}

enum rc op_dispatch_owner_write(const char *home, const struct op_owner_file *file,
				struct err *reterr)
{
	struct json *o = json_object();
	char *path = NULL;
	struct buf text;
	enum rc rc;

	buf_init(&text, PROOF_BODY);
	text.secret = true;
	json_set_int(o, "pid", file->pid);
	json_set_str(o, "url", file->url);
	json_set_str(o, "token", file->token);
	rc = json_write(o, false, &text, reterr);
	buf_add_char(&text, '\n');
	if (rc == RC_OK)
		rc = owner_path(home, &path, reterr);
	if (rc == RC_OK)
		rc = os_file_write(path, span_buf(&text), OS_REPLACE, reterr);
	json_free(o);
	buf_free(&text);
	free(path);
	return rc;
}

void op_dispatch_owner_remove(const char *home)
{
	char *path = NULL;

	if (owner_path(home, &path, NULL) == RC_OK && os_file_exists(path))
		(void)os_file_remove(path, NULL);
	free(path);
}

static void hex(const uint8_t *p, size_t len, char *ret)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		ret[2 * i] = digit[p[i] >> 4];
		ret[2 * i + 1] = digit[p[i] & 15];
	}
	ret[2 * len] = '\0';
}

enum rc op_dispatch_token(char ret[65], struct err *reterr)
{
	uint8_t raw[OP_OWNER_TOKEN_LEN];
	enum rc rc = os_random(raw, sizeof(raw), reterr);

	if (rc == RC_OK)
		hex(raw, sizeof(raw), ret);
	crypt_wipe(raw, sizeof(raw));
	return rc;
}

void op_dispatch_proof(const char *token, const char *nonce, char ret[65])
{
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256_2(span_str(token), span_str(nonce), hash);
	hex(hash, sizeof(hash), ret);
}

/* ---- talking to the owner ---- */

struct talk {
	const struct op_owner_file *file;
	char auth[sizeof("Bearer ") + HEX_LEN];
	const struct op_voice *voice;
	/* what the waiting thread shares with the talking one */
	struct os_mutex *mutex;
	struct os_cond *cond;
	bool done;
};

/*
 * One exchange on a connection of its own: on a kept one libcurl would send a
 * POST again by itself when the connection turned out to be dead.
 */
static enum rc exchange(const struct op_owner_file *file, const char *path,
			const struct http_req *how, struct http_res *ret, struct err *reterr)
{
	const struct http_conf conf = {.connect_ms = PROOF_MS,
				       .total_ms = (int64_t)OP_OWNER_TIMEOUT_S * 1000,
				       .low_bytes = 1,
				       .low_s = OP_OWNER_TIMEOUT_S};
	struct http_req req = *how;
	struct http *h = NULL;
	struct buf url;
	enum rc rc;

	buf_init(&url, LIMIT_PATH);
	buf_add_str(&url, file->url);
	buf_add_str(&url, path);
	rc = buf_check(&url, reterr);
	if (rc == RC_OK)
		rc = http_new(&h, &conf, reterr);
	if (rc == RC_OK) {
		req.url = (const char *)url.p;
		rc = http_exchange(h, &req, ret, reterr);
	}
	http_free(h);
	buf_free(&url);
	return rc;
}

/*
 * Ask the listener for its proof, and with `auth` for the running operation's progress
 * too. *ret: its answer, the caller frees. False: it is not the owner, or gone.
 */
static bool ask_owner(const struct op_owner_file *file, const char *auth, struct json **ret)
{
	char nonce[HEX_LEN + 1], want[65];
	const struct http_header head[] = {{"Kk-Nonce", nonce}, {"Authorization", auth}};
	const struct http_req req = {.method = "GET",
				     .head = head,
				     .nhead = auth ? 2 : 1,
				     .max_body = PROOF_BODY,
				     .total_ms = PROOF_MS};
	struct http_res res;
	struct json *o = NULL;
	bool good = false;

	if (op_dispatch_token(nonce, NULL) != RC_OK ||
	    exchange(file, "/api-owner", &req, &res, NULL) != RC_OK)
		return false;
	op_dispatch_proof(file->token, nonce, want);
	if (res.status == 200 && json_parse(span_buf(&res.body), NULL, &o, NULL) == RC_OK) {
		const char *proof = json_get_str(o, "proof");
		good = proof && strlen(proof) == strlen(want) &&
		       crypt_equal(proof, want, strlen(want));
	}
	http_res_free(&res);
	if (good && ret) {
		*ret = o;
		o = NULL;
	}
	json_free(o);
	return good;
}

/* While the other thread waits for the answer: once a second, say how far the owner is. */
static void watch(void *arg)
{
	struct talk *t = arg;
	struct json *o;

	os_mutex_lock(t->mutex);
	while (!t->done) {
		if (os_cond_wait_ms(t->cond, t->mutex, NOTICE_MS) || t->done)
			continue;
		os_mutex_unlock(t->mutex);
		o = NULL;
		if (ask_owner(t->file, t->auth, &o)) {
			const struct json *p = json_get_obj(o, "progress");
			const char *key = json_get_str(p, "key");
			int64_t done = 0, total = 0;
			json_get_int(p, "done", &done);
			json_get_int(p, "total", &total);
			t->voice->progress(t->voice->arg, key ? key : "op.owner_works", done,
					   total);
		}
		json_free(o);
		os_mutex_lock(t->mutex);
	}
	os_mutex_unlock(t->mutex);
}

static enum rc rc_of(const char *code)
{
	for (unsigned rc = RC_USAGE; code && rc < RC_N; rc++)
		if (strcmp(err_name((enum rc)rc), code) == 0)
			return (enum rc)rc;
	return RC_REMOTE;
}

/* The owner's refusal as the struct err it was there. */
static enum rc read_problem(const struct http_res *res, struct err *reterr)
{
	struct json *o = NULL;
	enum rc rc;

	if (json_parse(span_buf(&res->body), NULL, &o, NULL) != RC_OK || !json_get_str(o, "key"))
		rc = err_num(reterr, RC_REMOTE, NULL, "op.owner_answer", "status", res->status);
	else
		rc = err_set(reterr, rc_of(json_get_str(o, "code")), json_get_str(o, "clause"),
			     json_get_str(o, "key"), NULL);
	for (const struct json *a = json_first(json_get_obj(o, "args")); a; a = json_next(a))
		err_add(reterr, json_name(a), json_str(a));
	json_free(o);
	return rc;
}

static enum rc post(struct talk *t, const struct op *op, struct span body, struct json **ret,
		    struct err *reterr)
{
	const char *lang = t->voice ? t->voice->lang : NULL;
	const struct http_header head[] = {{"Authorization", t->auth},
					   {"Content-Type", "application/json"},
					   {"Kk-Nonce", "proved"},
					   {"Accept-Language", lang}};
	const struct http_req req = {.method = "POST",
				     .head = head,
				     .nhead = lang ? 4 : 3,
				     .body = body,
				     .has_body = true,
				     .max_body = LIMIT_JSON_TEXT + 1};
	char api[OP_NAME_MAX], path[OP_NAME_MAX + 8] = "/api/", pid[NUM_I64_LEN];
	struct http_res res;
	struct err why = {0};
	enum rc rc;

	op_api_name(op, api);
	memcpy(path + strlen("/api/"), api, strlen(api) + 1);
	rc = exchange(t->file, path, &req, &res, &why);
	if (rc == RC_OK) {
		rc = res.status == 200 ? json_parse(span_buf(&res.body), NULL, ret, reterr)
				       : read_problem(&res, reterr);
		http_res_free(&res);
		return rc;
	}
	/* Not connected: nothing was sent. Cut or silent: a write may have happened. */
	if (strcmp(why.key, "http.connect") == 0 || (rc == RC_UNAVAILABLE && (op->flags & OP_READ)))
		return err_set(reterr, RC_BUSY, NULL, "op.owner_stopping", NULL);
	if (rc != RC_UNAVAILABLE) {
		if (reterr)
			*reterr = why;
		return rc;
	}
	num_str(t->file->pid, pid);
	return err_set(reterr, RC_UNAVAILABLE, NULL, "op.owner_lost", "pid", pid, NULL);
}

/* post, with a second thread that reports progress when somebody listens. */
static enum rc post_watched(struct talk *t, const struct op *op, struct span body,
			    struct json **ret, struct err *reterr)
{
	struct os_thread *thread = NULL;
	enum rc rc = RC_OK;

	if (!t->voice || !t->voice->progress)
		return post(t, op, body, ret, reterr);
	rc = os_mutex_new(&t->mutex, reterr);
	if (rc == RC_OK)
		rc = os_cond_new(&t->cond, reterr);
	if (rc == RC_OK)
		rc = os_thread_start(&thread, watch, t, reterr);
	if (rc == RC_OK) {
		rc = post(t, op, body, ret, reterr);
		os_mutex_lock(t->mutex);
		t->done = true;
		os_cond_signal(t->cond);
		os_mutex_unlock(t->mutex);
		os_thread_join(thread);
	}
	os_cond_free(t->cond);
	os_mutex_free(t->mutex);
	return rc;
}

/* "Bearer " and the owner's token; wipe it. */
static void make_auth(struct talk *t)
{
	memcpy(t->auth, "Bearer ", strlen("Bearer "));
	memcpy(t->auth + strlen("Bearer "), t->file->token, HEX_LEN + 1);
}

static enum rc hand_over(const struct op_owner_file *file, const struct op *op,
			 const struct json *in, const struct op_voice *voice, struct json **ret,
			 struct err *reterr)
{
	struct talk t = {.file = file, .voice = voice};
	struct buf body;
	enum rc rc;

	make_auth(&t);
	buf_init(&body, LIMIT_JSON_TEXT);
	body.secret = true;
	rc = json_write(in, false, &body, reterr);
	if (rc == RC_OK)
		rc = post_watched(&t, op, span_buf(&body), ret, reterr);
	buf_free(&body);
	crypt_wipe(t.auth, sizeof(t.auth));
	return rc;
}

enum rc op_dispatch_link(const char *home, struct buf *retlink, struct err *reterr)
{
	struct op_owner_file file;
	struct talk t = {.file = &file};
	const struct http_header head[] = {{"Authorization", t.auth}};
	const struct http_req req = {.method = "POST",
				     .head = head,
				     .nhead = 1,
				     .has_body = true,
				     .max_body = PROOF_BODY,
				     .total_ms = PROOF_MS};
	struct http_res res;
	struct json *o = NULL;
	enum rc rc = op_dispatch_owner_read(home, &file, reterr);

	if (rc != RC_OK)
		return rc;
	make_auth(&t);
	if (!ask_owner(&file, NULL, NULL))
		rc = err_num(reterr, RC_BUSY, NULL, "op.busy", "pid", file.pid);
	if (rc == RC_OK)
		rc = exchange(&file, "/api-ticket", &req, &res, reterr);
	if (rc == RC_OK) {
		rc = res.status == 200 ? json_parse(span_buf(&res.body), NULL, &o, reterr)
				       : read_problem(&res, reterr);
		http_res_free(&res);
	}
	if (rc == RC_OK)
		buf_add_str(retlink, json_get_str(o, "url") ? json_get_str(o, "url") : "");
	json_free(o);
	crypt_wipe(t.auth, sizeof(t.auth));
	crypt_wipe(&file, sizeof(file));
	return rc;
}

/* ---- here, or there ---- */

static enum rc run_here(const struct op_program *program, const struct op *op, const char *home,
			const struct json *in, const struct op_voice *voice, struct json **ret,
			struct err *reterr)
{
	struct op_call call = {.program = program, .home = home, .voice = voice};
	const struct op_group *group = op_group_of(program, op);
	const bool create = (op->flags & OP_CREATE) != 0;
	enum rc rc = RC_OK;

	if (!(op->flags & OP_NOSTORE)) {
		op_dispatch_owner_remove(home); /* we hold the lock: whoever wrote it is gone */
		rc = (group ? group->open : program->open)(home, create, &call.app, reterr);
	}
	if (rc == RC_OK) {
		rc = op_run(op, &call, in, ret, reterr);
		if (call.app)
			(group ? group->close : program->close)(call.app);
	}
	return rc;
}

struct patience {
	int64_t start, until; /* os_mono_ms */
	int64_t pause;        /* ms, before the jitter */
	int64_t noticed;      /* when the last notice was given */
};

/* Pause with jitter, so that many waiting commands do not wake together. False: time is over. */
static bool be_patient(struct patience *p, const struct op_voice *voice)
{
	int64_t now = os_mono_ms();
	uint8_t jitter = 0;

	if (now >= p->until || os_stopping())
		return false;
	if (now - p->noticed >= NOTICE_MS && voice && voice->progress) {
		voice->progress(voice->arg, "op.waiting", (now - p->start) / 1000,
				(p->until - p->start) / 1000);
		p->noticed = now;
	}
	(void)os_random(&jitter, 1, NULL);
	os_sleep_ms(p->pause + p->pause * jitter / 256);
	p->pause = p->pause * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : p->pause * 2;
	return true;
}

/* The lock is somebody's: the owner answers, or RC_BUSY with a key that says whether to try again. */
static enum rc try_owner(const struct op_program *program, const struct op *op, const char *home,
			 const char *pid, const struct json *in, const struct op_voice *voice,
			 struct json **ret, struct err *reterr)
{
	struct op_owner_file file;
	char owner[NUM_I64_LEN];
	enum rc rc;

	if (op_dispatch_owner_read(home, &file, NULL) != RC_OK)
		return err_set(reterr, RC_BUSY, NULL, "op.busy", "pid", pid, NULL);
	num_str(file.pid, owner);
	if (strcmp(owner, pid) != 0 || !ask_owner(&file, NULL, NULL))
		rc = err_set(reterr, RC_BUSY, NULL, "op.busy", "pid", pid, NULL);
	else if (op->flags & OP_OWNED)
		rc = op_run(op, &(struct op_call){.program = program, .home = home, .voice = voice},
			    in, ret, reterr);
	else if (op->flags & OP_LOCAL)
		rc = err_set(reterr, RC_BUSY, NULL, "op.owned", "pid", pid, NULL);
	else
		rc = hand_over(&file, op, in, voice, ret, reterr);
	crypt_wipe(&file, sizeof(file));
	return rc;
}

static bool try_again(enum rc rc, const struct err *why)
{
	return rc == RC_BUSY &&
	       (strcmp(why->key, "op.busy") == 0 || strcmp(why->key, "op.owner_stopping") == 0);
}

/* Lock, or owner, or wait for one of them. */
static enum rc run_locked(const struct op_program *program, const struct op *op, const char *home,
			  const char *lock_path, const struct json *in, int64_t wait_ms,
			  const struct op_voice *voice, struct json **ret, struct err *reterr)
{
	int64_t now = os_mono_ms();
	struct patience p = {now, now + wait_ms, BACKOFF_MIN_MS, now};
	struct err why;
	enum rc rc;

	do {
		struct os_lock *lock = NULL;
		err_clear(&why);
		rc = os_lock_take(&lock, lock_path, &why);
		if (rc == RC_OK) {
			rc = run_here(program, op, home, in, voice, ret, &why);
			os_lock_free(lock);
			break;
		}
		if (rc != RC_BUSY)
			break;
		struct err held = why;
		const char *pid = err_arg(&held, "pid");
		rc = try_owner(program, op, home, pid ? pid : "", in, voice, ret, &why);
	} while (try_again(rc, &why) && be_patient(&p, voice));
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

enum rc op_dispatch(const struct op_program *program, const struct op *op, const char *home,
		    const struct json *in, int64_t wait_ms, const struct op_voice *voice,
		    struct json **ret, struct err *reterr)
{
	struct json *empty = NULL, *out = NULL;
	char *lock_path = NULL;
	enum rc rc = op_check(op, in, reterr);

	if (rc != RC_OK)
		return rc;
	if (!in)
		in = empty = json_object();
	if (op->flags & OP_NOSTORE) {
		rc = run_here(program, op, home, in, voice, &out, reterr);
		goto out;
	}
	if (!os_dir_exists(home))
		rc = op->flags & OP_CREATE
			 ? os_dir_make(home, reterr)
			 : err_set(reterr, RC_NOTFOUND, NULL, "op.no_store", "home", home, NULL);
	if (rc == RC_OK)
		rc = os_path_join(&lock_path, home, "lock", reterr);
	if (rc == RC_OK)
		rc = run_locked(program, op, home, lock_path, in, wait_ms, voice, &out, reterr);
out:
	if (rc == RC_OK)
		*ret = out;
	json_free(empty);
	free(lock_path);
	return rc;
}
