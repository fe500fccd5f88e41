/*
 * note: checkpoints as C2SP signed notes, and cosignatures. Clauses L4, L5, L11.
 *
 *     origin LF size LF base64(root) LF LF
 *     "— " origin SP base64(key id 4 | signature 64) LF
 *     "— " name SP base64(key id 4 | time 8 | signature 64) LF …
 *
 * The log's line stands first. Other lines of the form of a note's signature are let through
 * and ignored, as C2SP asks. Policies are note_policy.c, receipts note_receipt.c.
 */
#include "sync/note.h"

#include <assert.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "sync/note_body.h"

#define DASH   "\xe2\x80\x94 " /* em dash, space */
#define ORIGIN "sigsum.org/v1/tree/"

enum { KEYID = 4, LOG_BLOB = KEYID + CRYPT_SIG_LEN, COSIG_BLOB = KEYID + 8 + CRYPT_SIG_LEN };
enum { TYPE_LOG = 0x01, TYPE_COSIG = 0x04 };

static enum rc refuse(const char *clause, const char *key, struct err *reterr)
{
	return err_set(reterr, RC_REFUSED, clause, key, NULL);
}

bool note_name_ok(struct span name)
{
	if (name.len == 0 || name.len >= NOTE_NAME_LEN || span_eq_str(name, "none"))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.p[i];
		if (c <= 0x20 || c >= 0x7f || c == '+' || c == '"' || c == '\\')
			return false;
	}
	return true;
}

void note_origin(const uint8_t logkey[CRYPT_PK_LEN], char ret[NOTE_ORIGIN_LEN])
{
	uint8_t hash[CRYPT_HASH_LEN];

	_Static_assert(NOTE_ORIGIN_LEN == sizeof(ORIGIN) + CODEC_HEX_LEN(CRYPT_HASH_LEN), "origin");
	crypt_sha256(logkey, CRYPT_PK_LEN, hash);
	memcpy(ret, ORIGIN, sizeof(ORIGIN) - 1);
	codec_hex(hash, sizeof(hash), ret + sizeof(ORIGIN) - 1);
}

void note_origin_hash(const char origin[NOTE_ORIGIN_LEN], uint8_t ret[CRYPT_HASH_LEN])
{
	bool ok = codec_hex_32(span_str(origin + sizeof(ORIGIN) - 1), ret);

	assert(ok);
	(void)ok;
}

void note_epoch(const uint8_t logkey[CRYPT_PK_LEN], char ret[5])
{
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256(logkey, CRYPT_PK_LEN, hash);
	codec_b64u(hash, 3, ret);
}

/* First four bytes of H(name LF type key). */
static void key_id(struct span name, uint8_t type, const uint8_t key[CRYPT_PK_LEN],
		   uint8_t ret[KEYID])
{
	const uint8_t between[2] = {'\n', type};
	struct crypt_sha256 h;
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256_init(&h);
	crypt_sha256_add(&h, name.p, name.len);
	crypt_sha256_add(&h, between, sizeof(between));
	crypt_sha256_add(&h, key, CRYPT_PK_LEN);
	crypt_sha256_end(&h, hash);
	memcpy(ret, hash, KEYID);
}

/* ------------------------------------------------------------------ messages */

void note_body(const uint8_t logkey[CRYPT_PK_LEN], uint64_t size, const uint8_t root[TREE_HASH],
	       struct buf *out)
{
	char origin[NOTE_ORIGIN_LEN];

	note_origin(logkey, origin);
	buf_add_str(out, origin);
	buf_add_char(out, '\n');
	buf_add_int(out, (int64_t)size);
	buf_add_char(out, '\n');
	codec_b64_buf(out, root, TREE_HASH);
	buf_add_char(out, '\n');
}

static void cosig_message(uint64_t time, const uint8_t logkey[CRYPT_PK_LEN], uint64_t size,
			  const uint8_t root[TREE_HASH], struct buf *out)
{
	buf_add_str(out, "cosignature/v1\ntime ");
	buf_add_int(out, (int64_t)time);
	buf_add_char(out, '\n');
	note_body(logkey, size, root, out);
}

bool note_body_verify(const uint8_t sig[CRYPT_SIG_LEN], const uint8_t logkey[CRYPT_PK_LEN],
		      uint64_t size, const uint8_t root[TREE_HASH])
{
	struct buf msg;

	buf_init(&msg, NOTE_BODY_MAX);
	note_body(logkey, size, root, &msg);
	bool ok = !msg.failed && crypt_verify(sig, span_buf(&msg), logkey);
	buf_free(&msg);
	return ok;
}

bool note_body_cosigned(const uint8_t sig[CRYPT_SIG_LEN], uint64_t time,
			const uint8_t witness[CRYPT_PK_LEN], const uint8_t logkey[CRYPT_PK_LEN],
			uint64_t size, const uint8_t root[TREE_HASH])
{
	struct buf msg;

	if (time > INT64_MAX)
		return false;
	buf_init(&msg, NOTE_BODY_MAX);
	cosig_message(time, logkey, size, root, &msg);
	bool ok = !msg.failed && crypt_verify(sig, span_buf(&msg), witness);
	buf_free(&msg);
	return ok;
}

/* ------------------------------------------------------------------- writing */

static void add_line(struct buf *out, const char *name, const uint8_t *blob, size_t len)
{
	buf_add_str(out, DASH);
	buf_add_str(out, name);
	buf_add_char(out, ' ');
	codec_b64_buf(out, blob, len);
	buf_add_char(out, '\n');
}

enum rc note_sign(struct crypt_signer *log, uint64_t size, const uint8_t root[TREE_HASH],
		  struct buf *out, struct err *reterr)
{
	const uint8_t *pk = crypt_signer_pk(log);
	char origin[NOTE_ORIGIN_LEN];
	uint8_t blob[LOG_BLOB];
	struct buf msg;

	buf_init(&msg, NOTE_BODY_MAX);
	note_body(pk, size, root, &msg);
	enum rc rc = buf_check(&msg, reterr);
	if (rc == RC_OK) {
		note_origin(pk, origin);
		key_id(span_str(origin), TYPE_LOG, pk, blob);
		crypt_sign(log, span_buf(&msg), blob + KEYID);
		buf_add_span(out, span_buf(&msg));
		buf_add_char(out, '\n');
		add_line(out, origin, blob, sizeof(blob));
		rc = buf_check(out, reterr);
	}
	buf_free(&msg);
	return rc;
}

enum rc note_cosign(struct crypt_signer *witness, const char *name, uint64_t time_s,
		    const uint8_t logkey[CRYPT_PK_LEN], uint64_t size,
		    const uint8_t root[TREE_HASH], struct buf *out, struct err *reterr)
{
	uint8_t blob[COSIG_BLOB];
	struct buf msg;

	if (!note_name_ok(span_str(name)))
		return err_set(reterr, RC_INPUT, NULL, "note.name", NULL);
	buf_init(&msg, NOTE_BODY_MAX);
	cosig_message(time_s, logkey, size, root, &msg);
	enum rc rc = buf_check(&msg, reterr);
	if (rc == RC_OK) {
		key_id(span_str(name), TYPE_COSIG, crypt_signer_pk(witness), blob);
		codec_put_be64(blob + KEYID, time_s);
		crypt_sign(witness, span_buf(&msg), blob + KEYID + 8);
		add_line(out, name, blob, sizeof(blob));
		rc = buf_check(out, reterr);
	}
	buf_free(&msg);
	return rc;
}

/* ------------------------------------------------------------------- reading */

static bool origin_ok(struct span s)
{
	uint8_t hash[CRYPT_HASH_LEN];
	size_t len = sizeof(ORIGIN) - 1;

	return s.len == NOTE_ORIGIN_LEN - 1 && span_starts(s, ORIGIN) &&
	       codec_hex_32(span_of(s.p + len, s.len - len), hash);
}

/* The three lines and the empty one (L4); *rest moves to the signatures. */
static enum rc read_body(struct span *rest, struct note_text *t, struct err *reterr)
{
	struct span line;

	if (!span_line(rest, &line) || !origin_ok(line))
		return refuse("L4", "note.origin", reterr);
	memcpy(t->origin, line.p, line.len);
	if (!span_line(rest, &line) || num_u64(line, 0, INT64_MAX, &t->n.size) != RC_OK)
		return refuse("L4", "note.size", reterr);
	if (!span_line(rest, &line) || !codec_b64_32(line, t->n.root))
		return refuse("L4", "note.root", reterr);
	if (!span_line(rest, &line) || line.len != 0)
		return refuse("L4", "note.form", reterr);
	return RC_OK;
}

/* "— name base64": name and base64. */
static bool signature_line(struct span line, struct span *retname, struct span *retb64)
{
	size_t dash = sizeof(DASH) - 1;

	if (!span_starts(line, DASH))
		return false;
	struct span s = span_of(line.p + dash, line.len - dash);
	const uint8_t *sp = s.len > 0 ? memchr(s.p, ' ', s.len) : NULL;
	if (!sp || sp == s.p)
		return false;
	*retname = span_of(s.p, (size_t)(sp - s.p));
	*retb64 = span_of(sp + 1, s.len - retname->len - 1);
	return true;
}

/* The log's own line, the first. */
static enum rc read_log_line(struct span *rest, struct note_text *t, struct err *reterr)
{
	struct span line, name, b64;
	uint8_t blob[LOG_BLOB];

	if (!span_line(rest, &line) || !signature_line(line, &name, &b64) ||
	    !span_eq_str(name, t->origin) || !codec_b64_exact(b64, blob, sizeof(blob)))
		return refuse("L4", "note.log_line", reterr);
	memcpy(t->keyid, blob, sizeof(t->keyid));
	memcpy(t->n.sig, blob + KEYID, sizeof(t->n.sig));
	return RC_OK;
}

/* A line after the log's: a cosignature is kept, another signature ignored. */
static enum rc read_cosig_line(struct span line, struct note *n, struct err *reterr)
{
	struct span name, b64;
	uint8_t blob[COSIG_BLOB];
	struct buf any;

	if (!signature_line(line, &name, &b64))
		return refuse("L5", "note.cosig_line", reterr);
	if (note_name_ok(name) && codec_b64_exact(b64, blob, sizeof(blob))) {
		if (n->ncosig == NOTE_WITNESS_MAX)
			return refuse("L5", "note.cosig_many", reterr);
		struct note_cosig *c = &n->cosig[n->ncosig++];
		memcpy(c->name, name.p, name.len);
		c->name[name.len] = '\0';
		memcpy(c->keyid, blob, KEYID);
		c->time = codec_get_be64(blob + KEYID);
		memcpy(c->sig, blob + KEYID + 8, CRYPT_SIG_LEN);
		return RC_OK;
	}
	buf_init(&any, NOTE_TEXT_MAX);
	bool ok = codec_b64_dec(b64, &any) && any.len > KEYID;
	buf_free(&any);
	return ok ? RC_OK : refuse("L5", "note.cosig_line", reterr);
}

enum rc note_body_parse(struct span text, struct note_text *ret, struct err *reterr)
{
	struct note_text t = {0};
	struct span rest = text, line;

	if (text.len > NOTE_TEXT_MAX)
		return refuse("L4", "note.form", reterr);
	enum rc rc = read_body(&rest, &t, reterr);
	if (rc == RC_OK)
		rc = read_log_line(&rest, &t, reterr);
	while (rc == RC_OK && span_line(&rest, &line))
		rc = read_cosig_line(line, &t.n, reterr);
	if (rc == RC_OK && rest.len > 0)
		rc = refuse("L5", "note.form", reterr);
	if (rc == RC_OK)
		*ret = t;
	return rc;
}

enum rc note_body_check(const struct note_text *t, const uint8_t logkey[CRYPT_PK_LEN],
			struct err *reterr)
{
	char origin[NOTE_ORIGIN_LEN];
	uint8_t id[KEYID];

	note_origin(logkey, origin);
	if (strcmp(t->origin, origin) != 0)
		return refuse("L4", "note.origin", reterr);
	key_id(span_str(origin), TYPE_LOG, logkey, id);
	if (memcmp(t->keyid, id, sizeof(id)) != 0)
		return refuse("L4", "note.log_line", reterr);
	if (!note_body_verify(t->n.sig, logkey, t->n.size, t->n.root))
		return refuse("L4", "note.log_signature", reterr);
	return RC_OK;
}

enum rc note_open(struct span text, const uint8_t logkey[CRYPT_PK_LEN], struct note *ret,
		  struct err *reterr)
{
	struct note_text t;
	enum rc rc = note_body_parse(text, &t, reterr);

	if (rc == RC_OK)
		rc = note_body_check(&t, logkey, reterr);
	if (rc != RC_OK)
		return rc;
	memcpy(t.n.log, logkey, sizeof(t.n.log));
	*ret = t.n;
	return RC_OK;
}

void note_strip(struct span text, struct buf *out)
{
	struct span rest = text, line;

	for (int i = 0; i < NOTE_LINES && span_line(&rest, &line); i++) {
		buf_add_span(out, line);
		buf_add_char(out, '\n');
	}
}

/* -------------------------------------------------------------------- quorum */

bool note_body_cosig_of(const struct note *n, const struct note_cosig *c,
			const struct note_witness *w)
{
	return note_body_cosig_names(c, w->key) &&
	       note_body_cosigned(c->sig, c->time, w->key, n->log, n->size, n->root);
}

bool note_body_cosig_names(const struct note_cosig *c, const uint8_t key[CRYPT_PK_LEN])
{
	uint8_t id[KEYID];

	key_id(span_str(c->name), TYPE_COSIG, key, id);
	return memcmp(id, c->keyid, KEYID) == 0;
}

size_t note_quorum(const struct note *n, const struct note_policy *p, bool *ok, uint64_t *rettime)
{
	uint64_t times[NOTE_WITNESS_MAX];
	size_t valid = 0;

	for (size_t w = 0; w < p->nwitness; w++) {
		uint64_t latest = 0;
		bool any = false;
		for (size_t i = 0; i < n->ncosig; i++) {
			if (note_body_cosig_of(n, &n->cosig[i], &p->witness[w])) {
				any = true;
				if (n->cosig[i].time > latest)
					latest = n->cosig[i].time;
			}
		}
		if (!any)
			continue;
		size_t at = valid++; /* times stay sorted, latest first */
		for (; at > 0 && times[at - 1] < latest; at--)
			times[at] = times[at - 1];
		times[at] = latest;
	}
	*ok = valid >= p->quorum;
	*rettime = p->quorum > 0 && valid >= p->quorum ? times[p->quorum - 1] : 0;
	return valid;
}
