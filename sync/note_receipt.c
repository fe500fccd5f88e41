/*
 * note_receipt: receipts as sigsum proofs, version 2. Clauses L6, L8, E21, L2, L4, L5.
 *
 *     version=2 / log=KEYHASH / leaf=KEYHASH SIGNATURE
 *     (empty line) size=N / root_hash=H / signature=S / cosignature=KEYHASH TIME S …
 *     (empty line, for N > 1) leaf_index=I / node_hash=H …
 *
 * Format: sigsum-go, doc/sigsum-proof.md. As sigsum-verify does, a cosignature that is
 * unknown or wrong is not counted. Not here: choosing the checkpoint, storing receipts.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/num.h"
#include "sync/note.h"
#include "sync/note_body.h"
#include "sync/sign.h"

static enum rc refuse(const char *clause, const char *key, struct err *reterr)
{
	return err_set(reterr, RC_REFUSED, clause, key, NULL);
}

/* ------------------------------------------------------------------- writing */

static void add_hex(struct buf *out, const char *name, const uint8_t *p, size_t len)
{
	buf_add_str(out, name);
	codec_hex_buf(out, p, len);
}

/* The latest valid cosignature of the witness, if there is one. */
static void add_cosig(struct buf *out, const struct note *n, const struct note_witness *w)
{
	const struct note_cosig *best = NULL;
	uint8_t hash[CRYPT_HASH_LEN];

	for (size_t i = 0; i < n->ncosig; i++)
		if (note_body_cosig_of(n, &n->cosig[i], w) &&
		    (!best || n->cosig[i].time > best->time))
			best = &n->cosig[i];
	if (!best)
		return;
	crypt_sha256(w->key, sizeof(w->key), hash);
	add_hex(out, "cosignature=", hash, sizeof(hash));
	buf_add_char(out, ' ');
	buf_add_int(out, (int64_t)best->time);
	add_hex(out, " ", best->sig, sizeof(best->sig));
	buf_add_char(out, '\n');
}

void note_cosignatures_write(const struct note *n, const struct note_policy *policy,
			     struct buf *out)
{
	for (size_t i = 0; i < policy->nwitness; i++)
		add_cosig(out, n, &policy->witness[i]);
}

enum rc note_receipt_write(const uint8_t keyhash[CRYPT_HASH_LEN], const uint8_t sig[CRYPT_SIG_LEN],
			   uint64_t index, const struct note *n, const struct note_policy *policy,
			   const struct tree_proof *inclusion, struct buf *out, struct err *reterr)
{
	uint8_t hash[CRYPT_HASH_LEN];

	if (index >= n->size || memcmp(n->log, policy->log, sizeof(n->log)) != 0)
		return err_set(reterr, RC_INPUT, NULL, "note.receipt_log", NULL);
	crypt_sha256(n->log, sizeof(n->log), hash);
	add_hex(out, "version=2\nlog=", hash, sizeof(hash));
	add_hex(out, "\nleaf=", keyhash, CRYPT_HASH_LEN);
	add_hex(out, " ", sig, CRYPT_SIG_LEN);
	buf_add_str(out, "\n\nsize=");
	buf_add_int(out, (int64_t)n->size);
	add_hex(out, "\nroot_hash=", n->root, sizeof(n->root));
	add_hex(out, "\nsignature=", n->sig, sizeof(n->sig));
	buf_add_char(out, '\n');
	note_cosignatures_write(n, policy, out);
	if (n->size > 1) {
		buf_add_str(out, "\nleaf_index=");
		buf_add_int(out, (int64_t)index);
		buf_add_char(out, '\n');
		for (size_t i = 0; i < inclusion->n; i++) {
			add_hex(out, "node_hash=", inclusion->hash[i], TREE_HASH);
			buf_add_char(out, '\n');
		}
	}
	return buf_check(out, reterr);
}

/* ------------------------------------------------------------------- reading */

/* The next line when it is "name=value": its value. */
static bool field(struct span *rest, const char *name, struct span *ret)
{
	size_t len = strlen(name);
	struct span after = *rest, line;

	if (!span_line(&after, &line) || !span_starts(line, name))
		return false;
	*ret = span_of(line.p + len, line.len - len);
	*rest = after;
	return true;
}

static bool hex_field(struct span *rest, const char *name, uint8_t *ret, size_t len)
{
	struct span v;

	return field(rest, name, &v) && codec_hex_exact(v, ret, len);
}

static bool number_field(struct span *rest, const char *name, uint64_t *ret)
{
	struct span v;

	return field(rest, name, &v) && num_u64(v, 0, INT64_MAX, ret) == RC_OK;
}

static bool empty_line(struct span *rest)
{
	struct span line;

	return span_line(rest, &line) && line.len == 0;
}

/* "KEYHASH SIGNATURE" */
static bool leaf_value(struct span v, struct note_receipt *r)
{
	size_t at = CODEC_HEX_LEN(CRYPT_HASH_LEN);

	return v.len > at && v.p[at] == ' ' && codec_hex_32(span_of(v.p, at), r->keyhash) &&
	       codec_hex_exact(span_of(v.p + at + 1, v.len - at - 1), r->sig, sizeof(r->sig));
}

/* "KEYHASH TIME SIGNATURE" */
static bool cosig_value(struct span v, uint8_t hash[CRYPT_HASH_LEN], uint64_t *time,
			uint8_t sig[CRYPT_SIG_LEN])
{
	size_t at = CODEC_HEX_LEN(CRYPT_HASH_LEN), hex = CODEC_HEX_LEN(CRYPT_SIG_LEN);

	if (v.len < at + 1 + 1 + 1 + hex || v.p[at] != ' ' || v.p[v.len - hex - 1] != ' ')
		return false;
	struct span number = span_of(v.p + at + 1, v.len - at - hex - 2);
	return codec_hex_32(span_of(v.p, at), hash) &&
	       num_u64(number, 0, INT64_MAX, time) == RC_OK &&
	       codec_hex_exact(span_of(v.p + v.len - hex, hex), sig, CRYPT_SIG_LEN);
}

/* The cosignature lines: all well-formed, no key twice. */
static bool cosig_lines(struct span *rest, struct note_receipt *r)
{
	uint8_t hash[CRYPT_HASH_LEN], other[CRYPT_HASH_LEN], sig[CRYPT_SIG_LEN];
	const uint8_t *begin = rest->p;
	uint64_t time;
	struct span v;

	while (field(rest, "cosignature=", &v)) {
		struct span before = span_of(begin, (size_t)(v.p - begin)), w;
		if (!cosig_value(v, hash, &time, sig))
			return false;
		while (field(&before, "cosignature=", &w))
			if (cosig_value(w, other, &time, sig) &&
			    memcmp(hash, other, sizeof(hash)) == 0)
				return false;
	}
	r->cosigs = span_of(begin, (size_t)(rest->p - begin));
	return true;
}

/* The whole text, in its one order. */
static bool parse(struct span text, struct note_receipt *r)
{
	struct span rest = text, v;

	if (text.len > NOTE_RECEIPT_MAX || !field(&rest, "version=", &v) || !span_eq_str(v, "2") ||
	    !hex_field(&rest, "log=", r->log, sizeof(r->log)) || !field(&rest, "leaf=", &v) ||
	    !leaf_value(v, r) || !empty_line(&rest) || !number_field(&rest, "size=", &r->size) ||
	    r->size == 0 || !hex_field(&rest, "root_hash=", r->root, sizeof(r->root)) ||
	    !hex_field(&rest, "signature=", r->logsig, sizeof(r->logsig)) || !cosig_lines(&rest, r))
		return false;
	if (r->size == 1)
		return rest.len == 0;
	if (!empty_line(&rest) || !number_field(&rest, "leaf_index=", &r->index))
		return false;
	while (rest.len > 0) {
		if (r->inclusion.n == 64 ||
		    !hex_field(&rest, "node_hash=", r->inclusion.hash[r->inclusion.n], TREE_HASH))
			return false;
		r->inclusion.n++;
	}
	return true;
}

bool note_receipt_parse(struct span text, struct note_receipt *ret)
{
	struct note_receipt r = {0};

	if (!parse(text, &r))
		return false;
	*ret = r;
	return true;
}

bool note_receipt_cosig(struct span *rest, uint8_t rethash[CRYPT_HASH_LEN], uint64_t *rettime,
			uint8_t retsig[CRYPT_SIG_LEN])
{
	struct span v;

	return field(rest, "cosignature=", &v) && cosig_value(v, rethash, rettime, retsig);
}

/* ------------------------------------------------------------------ checking */

/* Cosignatures of the policy's witnesses: how many verify, how many do not. */
static void count(const struct note_receipt *r, const struct note_policy *p, size_t *good,
		  size_t *bad)
{
	uint8_t hash[CRYPT_HASH_LEN], known[CRYPT_HASH_LEN], sig[CRYPT_SIG_LEN];
	struct span rest = r->cosigs;
	uint64_t time;

	while (note_receipt_cosig(&rest, hash, &time, sig)) {
		for (size_t i = 0; i < p->nwitness; i++) {
			const uint8_t *key = p->witness[i].key;
			crypt_sha256(key, CRYPT_PK_LEN, known);
			if (memcmp(hash, known, sizeof(hash)) != 0)
				continue;
			if (note_body_cosigned(sig, time, key, p->log, r->size, r->root))
				++*good;
			else
				++*bad;
		}
	}
}

static enum rc check_head(const struct note_receipt *r, const struct note_policy *p,
			  struct err *reterr)
{
	size_t good = 0, bad = 0;
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256(p->log, sizeof(p->log), hash);
	if (memcmp(hash, r->log, sizeof(hash)) != 0)
		return refuse("L8", "note.receipt_log", reterr);
	if (!note_body_verify(r->logsig, p->log, r->size, r->root))
		return refuse("L4", "note.log_signature", reterr);
	count(r, p, &good, &bad);
	if (good < p->quorum)
		return refuse(bad > 0 ? "L5" : "L8", "note.receipt_quorum", reterr);
	return RC_OK;
}

enum rc note_receipt_check(struct span payload, struct span proof,
			   const uint8_t author[CRYPT_PK_LEN], const struct note_policy *policy,
			   uint64_t *retindex, struct err *reterr)
{
	struct note_receipt r = {0};
	uint8_t id[CRYPT_HASH_LEN], hash[CRYPT_HASH_LEN], leafhash[TREE_HASH];

	if (!parse(proof, &r))
		return refuse("L6", "note.receipt_form", reterr);
	crypt_sha256(author, CRYPT_PK_LEN, hash);
	if (memcmp(hash, r.keyhash, sizeof(hash)) != 0)
		return refuse("E21", "note.receipt_author", reterr);
	crypt_sha256(payload.p, payload.len, id);
	if (!sign_verify(id, r.sig, author))
		return refuse("E21", "entry.signature", reterr);
	enum rc rc = check_head(&r, policy, reterr);
	if (rc != RC_OK)
		return rc;
	sign_leaf_hash(id, r.sig, hash, leafhash);
	rc = tree_check_inclusion(leafhash, r.index, r.size, &r.inclusion, r.root, reterr);
	if (rc == RC_OK && retindex)
		*retindex = r.index;
	return rc;
}
