/*
 * explain_note: checkpoints and receipts, check by check. Clauses L2, L4-L6, L11, E20-E22.
 *
 * Their form is all or nothing (sync/note); what hangs on a key or a payload is checked one by one
 * with whatever was given. Not here: which witnesses are asked for (a policy says that).
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/num.h"
#include "lib/text.h"
#include "sync/entry.h"
#include "sync/explain_part.h"
#include "sync/note.h"
#include "sync/note_body.h"
#include "sync/sign.h"

/* A cosignature as a member: name, time, signature. */
static void add_cosig(struct explain_report *r, const char *name, uint64_t time,
		      const uint8_t sig[CRYPT_SIG_LEN])
{
	char hex[CODEC_HEX_LEN(CRYPT_SIG_LEN) + 1], when[TEXT_TIME_LEN];
	struct json *o = json_object();
	bool safe = time <= (uint64_t)NUM_SAFE_MAX;

	codec_hex(sig, CRYPT_SIG_LEN, hex);
	json_set_str(o, "name", name);
	if (safe) {
		json_set_int(o, "time", (int64_t)time);
		text_time_fmt((int64_t)time, when);
	}
	json_set_str(o, "signature", hex);
	explain_add(r, "cosignature", o, safe ? when : NULL);
}

/* A size or index: beyond 2^53-1 as text. */
static void add_number(struct explain_report *r, const char *name, uint64_t n)
{
	struct buf text;

	if (n <= (uint64_t)NUM_SAFE_MAX) {
		explain_add(r, name, json_integer((int64_t)n), NULL);
		return;
	}
	buf_init(&text, NUM_I64_LEN);
	buf_add_int(&text, (int64_t)n); /* at most 2^63-1 by the form */
	explain_add(r, name, json_string_span(span_buf(&text)), NULL);
	buf_free(&text);
}

/* ---------------------------------------------------------------- checkpoints */

/* Answer for one cosignature: kept, broken, or no key for it. */
static enum explain_state cosig_state(const struct explain_report *r, const struct note *n,
				      const struct note_cosig *c)
{
	struct note_witness w = {0};

	for (size_t i = 0; i < r->in->nkey; i++) {
		if (!note_body_cosig_names(c, r->in->key[i]))
			continue;
		memcpy(w.key, r->in->key[i], sizeof(w.key));
		return note_body_cosig_of(n, c, &w) ? EXPLAIN_KEPT : EXPLAIN_BROKEN;
	}
	return EXPLAIN_UNCHECKED;
}

static void state_cosig(struct explain_report *r, enum explain_state state)
{
	if (state == EXPLAIN_KEPT)
		explain_ok(r, "L5");
	else if (state == EXPLAIN_BROKEN)
		explain_break(r, "L5", "explain.cosignature");
	else
		explain_skip(r, "L5", "explain.no_witness");
}

/* The log's key: the one the origin names, or the only one there is. */
static const uint8_t *log_key(const struct explain_report *r, const char *origin)
{
	uint8_t hash[CRYPT_HASH_LEN];
	const char *hex = strrchr(origin, '/') + 1;
	const uint8_t *key = NULL;

	if (codec_hex_32(span_str(hex), hash))
		key = explain_key_of(r, hash, sizeof(hash));
	return !key && r->in->nkey == 1 ? r->in->key[0] : key;
}

static void add_log(struct explain_report *r, const uint8_t key[CRYPT_PK_LEN])
{
	char epoch[5];

	note_epoch(key, epoch);
	json_set_str(r->computed, "epoch", epoch);
	explain_author(r, key);
}

static void note_keys(struct explain_report *r, struct note_text *t)
{
	const uint8_t *key = log_key(r, t->origin);
	struct err why;

	if (!key) {
		explain_skip(r, "L4", "explain.no_key");
	} else if (note_body_check(t, key, &why) != RC_OK) {
		explain_fail(r, &why);
	} else {
		explain_ok(r, "L4");
		add_log(r, key);
		memcpy(t->n.log, key, sizeof(t->n.log));
	}
	for (size_t i = 0; i < t->n.ncosig; i++)
		state_cosig(r, key && !explain_broken(r, "L4")
				   ? cosig_state(r, &t->n, &t->n.cosig[i])
				   : EXPLAIN_UNCHECKED);
}

void explain_note(struct explain_report *r)
{
	struct note_text t;
	struct err why;

	explain_show(r, "L4");
	if (note_body_parse(r->in->bytes, &t, &why) != RC_OK) {
		explain_fail(r, &why);
		return;
	}
	explain_add(r, "origin", json_string(t.origin), NULL);
	add_number(r, "size", t.n.size);
	explain_add_hex(r, "root", t.n.root, sizeof(t.n.root));
	explain_add_hex(r, "key_id", t.keyid, sizeof(t.keyid));
	explain_add_hex(r, "signature", t.n.sig, sizeof(t.n.sig));
	for (size_t i = 0; i < t.n.ncosig; i++)
		add_cosig(r, t.n.cosig[i].name, t.n.cosig[i].time, t.n.cosig[i].sig);
	note_keys(r, &t);
}

/* ------------------------------------------------------------------- receipts */

static void add_receipt(struct explain_report *r, const struct note_receipt *p)
{
	char name[CODEC_HEX_LEN(CRYPT_HASH_LEN) + 1];
	uint8_t hash[CRYPT_HASH_LEN], sig[CRYPT_SIG_LEN];
	struct span rest = p->cosigs;
	uint64_t time;

	explain_add(r, "version", json_integer(2), NULL);
	explain_add_hex(r, "log", p->log, sizeof(p->log));
	explain_add_hex(r, "leaf.key_hash", p->keyhash, sizeof(p->keyhash));
	explain_add_hex(r, "leaf.signature", p->sig, sizeof(p->sig));
	add_number(r, "size", p->size);
	explain_add_hex(r, "root_hash", p->root, sizeof(p->root));
	explain_add_hex(r, "signature", p->logsig, sizeof(p->logsig));
	while (note_receipt_cosig(&rest, hash, &time, sig)) {
		codec_hex(hash, sizeof(hash), name);
		add_cosig(r, name, time, sig);
	}
	if (p->size > 1)
		add_number(r, "leaf_index", p->index);
	for (size_t i = 0; i < p->inclusion.n; i++)
		explain_add_hex(r, "node_hash", p->inclusion.hash[i], TREE_HASH);
}

/* The tree head: the log's signature and those of its witnesses. */
static void receipt_head(struct explain_report *r, const struct note_receipt *p)
{
	uint8_t hash[CRYPT_HASH_LEN], sig[CRYPT_SIG_LEN];
	const uint8_t *log = explain_key_of(r, p->log, sizeof(p->log));
	struct span rest = p->cosigs;
	uint64_t time;

	if (!log)
		explain_skip(r, "L4", "explain.no_key");
	else if (note_body_verify(p->logsig, log, p->size, p->root))
		explain_ok(r, "L4");
	else
		explain_break(r, "L4", "note.log_signature");
	while (note_receipt_cosig(&rest, hash, &time, sig)) {
		const uint8_t *w = explain_key_of(r, hash, sizeof(hash));
		if (!log || !w)
			state_cosig(r, EXPLAIN_UNCHECKED);
		else if (note_body_cosigned(sig, time, w, log, p->size, p->root))
			state_cosig(r, EXPLAIN_KEPT);
		else
			state_cosig(r, EXPLAIN_BROKEN);
	}
}

/* What hangs on the payload: the leaf's signature and its place in the tree. */
static void receipt_leaf(struct explain_report *r, const struct note_receipt *p)
{
	static const char *const need[] = {"E20", "E21", "E22", "L2"};
	const uint8_t *author = explain_key_of(r, p->keyhash, sizeof(p->keyhash));
	uint8_t id[ENTRY_ID_LEN], leaf[CRYPT_HASH_LEN];
	struct err why;

	if (author)
		explain_author(r, author);
	if (r->in->payload.len == 0) {
		for (size_t i = 0; i < sizeof(need) / sizeof(need[0]); i++)
			explain_skip(r, need[i], "explain.no_payload");
		return;
	}
	entry_id(r->in->payload, id);
	explain_computed(r, "id", id, sizeof(id));
	explain_ok(r, "E20");
	sign_leaf_hash(id, p->sig, p->keyhash, leaf);
	explain_computed(r, "leaf_hash", leaf, sizeof(leaf));
	explain_ok(r, "E22");
	if (!author)
		explain_skip(r, "E21", "explain.no_key");
	else if (sign_verify(id, p->sig, author))
		explain_ok(r, "E21");
	else
		explain_break(r, "E21", "entry.signature");
	if (tree_check_inclusion(leaf, p->index, p->size, &p->inclusion, p->root, &why) == RC_OK)
		explain_ok(r, "L2");
	else
		explain_fail(r, &why);
}

void explain_receipt(struct explain_report *r)
{
	struct note_receipt p;

	explain_show(r, "L6");
	if (!note_receipt_parse(r->in->bytes, &p)) {
		explain_break(r, "L6", "note.receipt_form");
		return;
	}
	explain_ok(r, "L6");
	add_receipt(r, &p);
	receipt_head(r, &p);
	receipt_leaf(r, &p);
}
