/*
 * webhook: see webhook.h. Waits and limits are a table; the reasons are in docs/decisions/0044.
 */
#include "server-stub/webhook.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/http.h"
#include "lib/num.h"

static const char prefix[] = "whsec_";

/* Seconds before the second, third, … try. */
static const int64_t waits[WEBHOOK_TRIES - 1] = {5, 60, 300, 1800, 7200, 21600, 43200, 86400, 86400};

static const char *const states[] = {"on", "failing", "gone", "no_key"};

const char *webhook_state_name(enum webhook_state s)
{
	return states[s];
}

bool webhook_name_ok(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", name.p[i]) || name.p[i] == '\0')
			return false;
	return name.len > 0 && name.len < WEBHOOK_NAME;
}

/* ---- documents ---- */

static void set_salt(struct json *o, const char *name, const struct webhook_salt *s)
{
	char text[CODEC_HEX_LEN(sizeof(*s)) + 1];

	codec_hex(s, sizeof(*s), text);
	json_set_str(o, name, text);
}

static bool get_salt(const struct json *o, const char *name, struct webhook_salt *ret)
{
	const char *text = json_get_str(o, name);

	return text && codec_hex_exact(span_str(text), ret, sizeof(*ret));
}

static bool get_text(const struct json *o, const char *name, char *ret, size_t cap)
{
	const char *s = json_get_str(o, name);

	if (!s || strlen(s) >= cap)
		return false;
	memcpy(ret, s, strlen(s) + 1);
	return true;
}

struct json *webhook_json(const struct webhook *h)
{
	struct json *o = json_object();

	json_set_str(o, "name", h->name);
	json_set_str(o, "url", h->url);
	json_set_bool(o, "private", h->private);
	json_set_int(o, "events", h->events);
	json_set_str(o, "province", h->province);
	json_set_int(o, "timeout_s", h->timeout_s);
	json_set_int(o, "added_at", h->added_at);
	set_salt(o, "salt", &h->now);
	set_salt(o, "old_salt", &h->old);
	json_set_int(o, "old_until", h->old_until);
	return o;
}

bool webhook_read(const struct json *doc, struct webhook *ret)
{
	struct webhook h = {.private = false};
	int64_t events = 0;

	if (!get_text(doc, "name", h.name, sizeof(h.name)) || !get_text(doc, "url", h.url, sizeof(h.url)) ||
	    !json_get_bool(doc, "private", &h.private) || !json_get_int(doc, "events", &events) ||
	    !get_text(doc, "province", h.province, sizeof(h.province)) ||
	    !json_get_int(doc, "timeout_s", &h.timeout_s) || !json_get_int(doc, "added_at", &h.added_at) ||
	    !get_salt(doc, "salt", &h.now) || !get_salt(doc, "old_salt", &h.old) ||
	    !json_get_int(doc, "old_until", &h.old_until))
		return false;
	h.events = (unsigned)events;
	*ret = h;
	return true;
}

struct json *webhook_stand_json(const struct webhook_stand *s)
{
	struct json *o = json_object();

	json_set_str(o, "state", states[s->state]);
	json_set_int(o, "next", s->next);
	json_set_int(o, "failures", s->failures);
	json_set_int(o, "retry_at", s->retry_at);
	json_set_int(o, "status", s->status);
	json_set_str(o, "why", s->why);
	return o;
}

bool webhook_stand_read(const struct json *doc, struct webhook_stand *ret)
{
	struct webhook_stand s = {.state = WEBHOOK_ON};
	const char *state = json_get_str(doc, "state");
	size_t i = 0;

	while (state && i < sizeof(states) / sizeof(states[0]) && strcmp(state, states[i]) != 0)
		i++;
	if (!state || i == sizeof(states) / sizeof(states[0]) || !json_get_int(doc, "next", &s.next) ||
	    !json_get_int(doc, "failures", &s.failures) || !json_get_int(doc, "retry_at", &s.retry_at) ||
	    !json_get_int(doc, "status", &s.status) ||
	    !get_text(doc, "why", s.why, sizeof(s.why)))
		return false;
	s.state = (enum webhook_state)i;
	*ret = s;
	return true;
}

/* ---- when it is tried again ---- */

static void set_why(struct webhook_stand *s, const char *why, int64_t status)
{
	size_t len = strlen(why) < sizeof(s->why) ? strlen(why) : sizeof(s->why) - 1;

	memcpy(s->why, why, len);
	s->why[len] = '\0';
	s->status = status;
}

void webhook_told(struct webhook_stand *s, int64_t next)
{
	s->next = next;
	s->failures = s->retry_at = s->status = 0;
	s->why[0] = '\0';
}

void webhook_stopped(struct webhook_stand *s, enum webhook_state state, const char *why, int64_t status)
{
	s->state = state;
	s->retry_at = 0;
	set_why(s, why, status);
}

void webhook_failed(struct webhook_stand *s, const char *why, int64_t status, int64_t now, int64_t retry_after,
		    uint32_t chance)
{
	int64_t wait;

	if (++s->failures >= WEBHOOK_TRIES) {
		webhook_stopped(s, WEBHOOK_FAILING, why, status);
		return;
	}
	wait = waits[s->failures - 1];
	wait += wait * (int64_t)(chance % 1000) / 5000;
	if (retry_after > WEBHOOK_RETRY_S)
		retry_after = WEBHOOK_RETRY_S;
	s->retry_at = now + (retry_after > wait ? retry_after : wait);
	set_why(s, why, status);
}

void webhook_resumed(struct webhook_stand *s)
{
	s->state = WEBHOOK_ON;
	webhook_told(s, s->next);
}

int64_t webhook_retry_after(const char *value, int64_t now)
{
	int64_t s = 0;
	enum rc rc = num_i64(span_str(value), 0, INT64_MAX, &s);

	if (rc == RC_INPUT) {
		s = http_date(value);
		s = s > now ? s - now : 0;
	}
	return rc == RC_LIMIT ? 0 : s;
}

/* ---- secrets ---- */

static void derive(struct crypt_secret *key, const uint8_t salt[WEBHOOK_SALT], uint8_t ret[CRYPT_HASH_LEN])
{
	static const char what[] = "kiemke webhook";
	const struct span part[] = {span_of(what, sizeof(what)), span_of(salt, WEBHOOK_SALT)};

	crypt_hmac_sha256(span_of(crypt_secret_open(key), crypt_secret_len(key)), part, 2, ret);
	crypt_secret_close(key);
}

/* First bytes of a hash of 256 random bits: tells nothing of them. */
static void check_of(const uint8_t secret[CRYPT_HASH_LEN], uint8_t ret[WEBHOOK_CHECK])
{
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256(secret, CRYPT_HASH_LEN, hash);
	memcpy(ret, hash, WEBHOOK_CHECK);
}

void webhook_salt_new(struct crypt_secret *key, struct webhook_salt *ret)
{
	uint8_t secret[CRYPT_HASH_LEN];

	crypt_random(ret->salt, sizeof(ret->salt));
	derive(key, ret->salt, secret);
	check_of(secret, ret->check);
	crypt_wipe(secret, sizeof(secret));
}

void webhook_secret(struct crypt_secret *key, const struct webhook_salt *s, char ret[WEBHOOK_SECRET])
{
	uint8_t secret[CRYPT_HASH_LEN];

	derive(key, s->salt, secret);
	memcpy(ret, prefix, sizeof(prefix) - 1);
	codec_b64(secret, sizeof(secret), ret + sizeof(prefix) - 1);
	crypt_wipe(secret, sizeof(secret));
}

bool webhook_salt_fits(struct crypt_secret *key, const struct webhook_salt *s)
{
	uint8_t secret[CRYPT_HASH_LEN], check[WEBHOOK_CHECK];

	derive(key, s->salt, secret);
	check_of(secret, check);
	crypt_wipe(secret, sizeof(secret));
	return crypt_equal(check, s->check, sizeof(check));
}

void webhook_rotate(struct crypt_secret *key, struct webhook *h, int64_t now, bool at_once)
{
	h->old = h->now;
	h->old_until = at_once || !webhook_salt_fits(key, &h->old) ? 0 : now + WEBHOOK_BOTH_S;
	webhook_salt_new(key, &h->now);
}

static void add_signature(struct crypt_secret *key, const struct webhook_salt *s, const struct span *part,
			  size_t npart, struct buf *out)
{
	uint8_t secret[CRYPT_HASH_LEN], mac[CRYPT_HASH_LEN];

	derive(key, s->salt, secret);
	crypt_hmac_sha256(span_of(secret, sizeof(secret)), part, npart, mac);
	crypt_wipe(secret, sizeof(secret));
	buf_add_str(out, out->len > 0 ? " v1," : "v1,");
	codec_b64_buf(out, mac, sizeof(mac));
}

void webhook_sign(struct crypt_secret *key, const struct webhook *h, const char *id, int64_t now, struct span body,
		  struct buf *out)
{
	struct span part[] = {span_str(id), span_str("."), {0}, span_str("."), body};
	char time[NUM_I64_LEN];

	num_str(now, time);
	part[2] = span_str(time);
	add_signature(key, &h->now, part, sizeof(part) / sizeof(part[0]), out);
	if (h->old_until > now)
		add_signature(key, &h->old, part, sizeof(part) / sizeof(part[0]), out);
}
