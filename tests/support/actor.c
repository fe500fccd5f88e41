/*
 * actor: drafts for the tests, sealed by entry_seal like every other entry.
 */
#include "tests/support/actor.h"

#include <stdarg.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/sign.h"

static void must(enum rc rc, const struct err *err)
{
	if (rc)
		fail_msg("%s %s %s", err_name(rc), err->clause, err->key);
}

void actor_init(struct actor *a, uint32_t number)
{
	uint8_t seed[CRYPT_SEED_LEN] = {0};
	struct err err = {0};

	must(crypt_init(&err), &err);
	memset(a, 0, sizeof(*a));
	memcpy(seed, "actor", 5);
	codec_put_be32(seed + 5, number);
	must(crypt_signer_seed(seed, &a->signer, &err), &err);
	memcpy(a->pk, crypt_signer_pk(a->signer), CRYPT_PK_LEN);
	entry_feed_new(a->pk, a->feed);
	memset(a->feed + 8, 0, ENTRY_FEED_LEN - 8);
	a->at = 1795000000;
}

void actor_free(struct actor *a)
{
	crypt_signer_free(a->signer);
	memset(a, 0, sizeof(*a));
}

static struct entry *seal(struct actor *a, struct entry_draft *d)
{
	struct entry *e = NULL;
	struct err err = {0};

	if (a->seq == 0 && d->op != ENTRY_OPEN)
		entry_free(actor_open(a, d->scope));
	memcpy(d->feed, a->feed, sizeof(d->feed));
	memcpy(d->prev, a->prev, sizeof(d->prev));
	d->seq = a->seq;
	d->at = a->at++;
	codec_put_be32(d->salt, a->salt++);
	must(entry_seal(d, a->signer, &e, &err), &err);
	memcpy(a->prev, e->id, sizeof(a->prev));
	a->seq++;
	return e;
}

struct entry *actor_later(struct actor *a, const char *scope, unsigned version, const char *op, const char *more)
{
	char feed[CODEC_B64U_16 + 1], prev[CODEC_B64U_32 + 1];
	uint8_t id[ENTRY_ID_LEN], message[SIGN_MESSAGE_LEN], sig[CRYPT_SIG_LEN];
	struct buf payload, line;
	struct entry *e = NULL;
	struct err err = {0};

	if (a->seq == 0)
		entry_free(actor_open(a, scope));
	codec_b64u(a->feed, sizeof(a->feed), feed);
	codec_b64u(a->prev, sizeof(a->prev), prev);
	buf_init(&payload, LIMIT_ENTRY_PAYLOAD);
	buf_init(&line, LIMIT_ENTRY_LINE);
	buf_addf(&payload, "{\"v\":\"kk%u\",\"feed\":\"%s\",\"seq\":%lld,\"prev\":\"%s\",\"at\":%lld,\"seen\":[0,\"\"],", version,
		 feed, (long long)a->seq, prev, (long long)a->at++);
	buf_addf(&payload, "\"op\":\"%s\",\"scope\":\"%s\"%s}", op, scope, more);
	entry_id(span_buf(&payload), id);
	sign_message(id, message);
	crypt_sign(a->signer, span_of(message, sizeof(message)), sig);
	codec_b64u_buf(&line, sig, sizeof(sig));
	buf_add_char(&line, ' ');
	buf_add_span(&line, span_buf(&payload));
	must(entry_open_key(span_buf(&line), a->pk, &e, &err), &err);
	memcpy(a->prev, e->id, sizeof(a->prev));
	a->seq++;
	buf_free(&payload);
	buf_free(&line);
	return e;
}

struct entry *actor_open(struct actor *a, const char *scope)
{
	struct entry_draft d = {.op = ENTRY_OPEN, .scope = scope};

	return seal(a, &d);
}

struct entry *actor_open_on(struct actor *a, const char *scope, const uint8_t device[CRYPT_PK_LEN])
{
	struct entry_draft d = {.op = ENTRY_OPEN, .scope = scope};
	char key[CODEC_B64U_32 + 1];
	struct entry *e;
	struct buf b;

	codec_b64u(device, CRYPT_PK_LEN, key);
	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	buf_addf(&b, "{\"device\":\"%s\"}", key);
	d.set = span_buf(&b);
	e = seal(a, &d);
	buf_free(&b);
	return e;
}

struct entry *actor_set(struct actor *a, const char *scope, const char *kind,
			const uint8_t entity[16], const char *set,
			const uint8_t (*after)[ENTRY_ID_LEN], size_t nafter)
{
	struct entry_draft d = {.op = ENTRY_SET,
				.scope = scope,
				.kind = kind,
				.entity = entity,
				.set = span_str(set),
				.after = after,
				.nafter = nafter};

	return seal(a, &d);
}

/* Seal a body that was written (rc) into b. */
static struct entry *seal_body(struct actor *a, enum entry_op op, const char *scope, struct buf *b,
			       enum rc rc, const struct err *err)
{
	struct entry_draft d = {.op = op, .scope = scope, .set = span_buf(b)};

	must(rc, err);
	struct entry *e = seal(a, &d);
	buf_free(b);
	return e;
}

struct entry *actor_cert(struct actor *by, const char *scope, const uint8_t key[CRYPT_PK_LEN],
			 enum role role, const char *scopes, const uint8_t *device)
{
	struct authority_cert c = {.role = role, .name = "Trần Thị Bích", .title = "Công chức"};
	struct err err = {0};
	struct buf b;

	for (const char *p = scopes; *p; p += *p == ' ') {
		size_t len = strcspn(p, " ");
		assert_true(len < ENTRY_SCOPE_LEN && c.nscope < AUTHORITY_SCOPES);
		memcpy(c.scope[c.nscope++], p, len);
		p += len;
	}
	memcpy(c.key, key, CRYPT_PK_LEN);
	c.has_device = device != NULL;
	if (device)
		memcpy(c.device, device, CRYPT_PK_LEN);
	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	enum rc rc = authority_cert_write(&c, &b, &err);
	return seal_body(by, ENTRY_CERT, scope, &b, rc, &err);
}

struct entry *actor_revoke(struct actor *by, const char *scope, const uint8_t key[CRYPT_PK_LEN],
			   int64_t from)
{
	struct err err = {0};
	struct buf b;

	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	enum rc rc = authority_revoke_write(key, from, "Mất máy", &b, &err);
	return seal_body(by, ENTRY_REVOKE, scope, &b, rc, &err);
}

struct entry *actor_erase(struct actor *by, const struct entry *e)
{
	struct err err = {0};
	struct buf b;

	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	enum rc rc = authority_erase_write(e, "Theo yêu cầu", &b, &err);
	return seal_body(by, ENTRY_ERASE, e->scope, &b, rc, &err);
}

struct entry *actor_admit(struct actor *by, const char *scope, const uint8_t (*id)[ENTRY_ID_LEN],
			  size_t n)
{
	struct err err = {0};
	struct buf b;

	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	enum rc rc = authority_admit_write(id, n, "Đã hỏi lại", &b, &err);
	return seal_body(by, ENTRY_ADMIT, scope, &b, rc, &err);
}

struct entry *actor_form(struct actor *by, const char *name, unsigned version, const uint8_t sha256[32],
			 int64_t size)
{
	struct err err = {0};
	struct buf b;

	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	enum rc rc = authority_form_write(name, version, false, sha256, size, &b, &err);
	return seal_body(by, ENTRY_FORM, "*", &b, rc, &err);
}

static struct entry *seal_log(struct actor *by, const uint8_t logkey[CRYPT_PK_LEN],
			      const uint8_t *witness)
{
	struct authority_log l = {0};
	struct err err = {0};
	struct buf b;

	memcpy(l.key, logkey, CRYPT_PK_LEN);
	memcpy(l.policy.log, logkey, CRYPT_PK_LEN);
	memset(l.box, 9, sizeof(l.box));
	if (witness) {
		memcpy(l.policy.witness[0].name, "w1", 3);
		memcpy(l.policy.witness[0].key, witness, CRYPT_PK_LEN);
		l.policy.nwitness = l.policy.quorum = 1;
	}
	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	enum rc rc = authority_log_write(&l, &b, &err);
	return seal_body(by, ENTRY_LOG, "*", &b, rc, &err);
}

struct entry *actor_log(struct actor *by, const uint8_t logkey[CRYPT_PK_LEN])
{
	return seal_log(by, logkey, NULL);
}

struct entry *actor_log_witness(struct actor *by, const uint8_t logkey[CRYPT_PK_LEN],
				const uint8_t witness[CRYPT_PK_LEN])
{
	return seal_log(by, logkey, witness);
}
