/*
 * explain: the report itself, and which kind of bytes is before us. See explain.h.
 * Lines and payloads are explain_entry.c, checkpoints and receipts explain_note.c.
 */
#include "sync/explain.h"

#include <assert.h>
#include <string.h>

#include "lib/codec.h"
#include "sync/authority.h"
#include "sync/entry_stub.h"
#include "sync/explain_part.h"
#include "sync/note.h"

/* The rows, in the order of FORMAT.md. */
static const char *const order[] = {
    "E1",  "E2",  "E3",  "E4",  "E5",  "E6",  "E7",  "E8",  "E9",  "E10", "E11", "E12",
    "E13", "E14", "E15", "E16", "E17", "E18", "E19", "E20", "E21", "E22", "E25", "E26",
    "K1",  "K2",  "K3",  "K4",  "K5",  "K6",  "K7",  "K8",  "A1",  "L2",  "L4",  "L5",  "L6",
};

enum { ORDER_N = sizeof(order) / sizeof(order[0]) };

static_assert((int)ORDER_N <= (int)EXPLAIN_ROWS, "rows");

static const char *const kinds[EXPLAIN_KIND_N] = {
    [EXPLAIN_AUTO] = "auto", [EXPLAIN_LINE] = "line",       [EXPLAIN_PAYLOAD] = "payload",
    [EXPLAIN_NOTE] = "note", [EXPLAIN_RECEIPT] = "receipt", [EXPLAIN_STUB] = "stub",
};

const char *explain_kind_name(enum explain_kind kind)
{
	return (unsigned)kind < EXPLAIN_KIND_N ? kinds[kind] : "";
}

bool explain_kind_parse(struct span name, enum explain_kind *ret)
{
	for (unsigned k = 0; k < EXPLAIN_KIND_N; k++) {
		if (span_eq_str(name, kinds[k])) {
			*ret = (enum explain_kind)k;
			return true;
		}
	}
	return false;
}

/* ---------------------------------------------------------------------- rows */

static size_t row(const char *clause)
{
	size_t i = 0;

	while (i < ORDER_N && strcmp(order[i], clause) != 0)
		i++;
	assert(i < ORDER_N);
	return i;
}

static struct json *message(const char *key)
{
	struct json *o = json_object();

	json_set_str(o, "key", key);
	return o;
}

static void set_row(struct explain_report *r, size_t i, enum explain_state state,
		    struct json *detail)
{
	json_free(r->detail[i]);
	r->row[i] = state;
	r->detail[i] = detail;
}

void explain_show(struct explain_report *r, const char *clause)
{
	size_t i = row(clause);

	if (r->row[i] == EXPLAIN_HIDDEN)
		r->row[i] = EXPLAIN_UNCHECKED;
}

void explain_hide(struct explain_report *r, const char *clause)
{
	size_t i = row(clause);

	if (r->row[i] != EXPLAIN_BROKEN)
		set_row(r, i, EXPLAIN_HIDDEN, NULL);
}

void explain_ok(struct explain_report *r, const char *clause)
{
	size_t i = row(clause);

	explain_show(r, clause);
	if (r->row[i] == EXPLAIN_UNCHECKED && !r->detail[i])
		r->row[i] = EXPLAIN_KEPT;
}

void explain_fail(struct explain_report *r, const struct err *why)
{
	size_t i = row(why->clause);

	if (r->row[i] == EXPLAIN_BROKEN)
		return;
	struct json *detail = message(why->key), *args = json_object();
	for (int a = 0; a < why->nargs; a++)
		json_set_str(args, why->arg[a].name, why->arg[a].val);
	json_set(detail, "args", args);
	set_row(r, i, EXPLAIN_BROKEN, detail);
}

void explain_break(struct explain_report *r, const char *clause, const char *key)
{
	struct err why;

	err_set(&why, RC_REFUSED, clause, key, NULL);
	explain_fail(r, &why);
}

void explain_skip(struct explain_report *r, const char *clause, const char *key)
{
	size_t i = row(clause);

	if (r->row[i] != EXPLAIN_BROKEN)
		set_row(r, i, EXPLAIN_UNCHECKED, message(key));
}

bool explain_broken(const struct explain_report *r, const char *clause)
{
	return r->row[row(clause)] == EXPLAIN_BROKEN;
}

/* ------------------------------------------------------------------- members */

void explain_add(struct explain_report *r, const char *name, struct json *value, const char *means)
{
	struct json *m = json_object();

	json_set_str(m, "name", name);
	json_set(m, "value", value);
	if (means)
		json_set_str(m, "means", means);
	json_append(r->members, m);
}

void explain_add_hex(struct explain_report *r, const char *name, const void *p, size_t len)
{
	char hex[CODEC_HEX_LEN(CRYPT_SIG_LEN) + 1];

	assert(len <= CRYPT_SIG_LEN);
	codec_hex(p, len, hex);
	explain_add(r, name, json_string(hex), NULL);
}

void explain_computed(struct explain_report *r, const char *name, const void *p, size_t len)
{
	char text[CODEC_B64U_LEN(CRYPT_SIG_LEN) + 1];

	assert(len <= CRYPT_SIG_LEN);
	codec_b64u(p, len, text);
	json_set_str(r->computed, name, text);
}

void explain_author(struct explain_report *r, const uint8_t key[CRYPT_PK_LEN])
{
	char fingerprint[AUTHORITY_FINGERPRINT];

	explain_computed(r, "key", key, CRYPT_PK_LEN);
	authority_fingerprint(key, fingerprint);
	json_set_str(r->computed, "fingerprint", fingerprint);
}

/* ---------------------------------------------------------------------- keys */

const uint8_t *explain_key_of(const struct explain_report *r, const void *hash, size_t len)
{
	uint8_t h[CRYPT_HASH_LEN];

	for (size_t i = 0; i < r->in->nkey; i++) {
		crypt_sha256(r->in->key[i], CRYPT_PK_LEN, h);
		if (memcmp(h, hash, len) == 0)
			return r->in->key[i];
	}
	return NULL;
}

enum rc explain_key(struct span text, uint8_t retpk[CRYPT_PK_LEN], struct err *reterr)
{
	if (codec_b64u_32(text, retpk) || codec_hex_32(text, retpk) ||
	    note_sshkey_read(text, retpk, NULL) == RC_OK)
		return RC_OK;
	return err_set(reterr, RC_USAGE, NULL, "explain.key_form", NULL);
}

/* ----------------------------------------------------------------- the whole */

static enum explain_kind guess(struct span bytes)
{
	if (span_starts(bytes, "{"))
		return EXPLAIN_PAYLOAD;
	if (span_starts(bytes, "sigsum.org/v1/tree/"))
		return EXPLAIN_NOTE;
	if (span_starts(bytes, "version="))
		return EXPLAIN_RECEIPT;
	return entry_stub_is(bytes) ? EXPLAIN_STUB : EXPLAIN_LINE;
}

/* The rows that are shown; counts of the broken and the unchecked. */
static struct json *checks(struct explain_report *r, int64_t *retbroken, int64_t *retopen)
{
	struct json *a = json_array();

	for (size_t i = 0; i < ORDER_N; i++) {
		if (r->row[i] == EXPLAIN_HIDDEN)
			continue;
		struct json *o = json_object();
		json_set_str(o, "clause", order[i]);
		if (r->row[i] == EXPLAIN_UNCHECKED)
			json_set_str(o, "ok", "unchecked");
		else
			json_set_bool(o, "ok", r->row[i] == EXPLAIN_KEPT);
		if (r->detail[i])
			json_set(o, "detail", r->detail[i]);
		r->detail[i] = NULL;
		json_append(a, o);
		*retbroken += r->row[i] == EXPLAIN_BROKEN;
		*retopen += r->row[i] == EXPLAIN_UNCHECKED;
	}
	return a;
}

enum rc explain_bytes(const struct explain_in *in, struct json **ret, struct err *reterr)
{
	struct explain_report r = {.in = in, .members = json_array(), .computed = json_object()};
	enum explain_kind kind = in->kind == EXPLAIN_AUTO ? guess(in->bytes) : in->kind;
	struct json *o = json_object(), *rows;
	int64_t broken = 0, open = 0;
	enum rc rc = RC_OK;

	if (kind == EXPLAIN_NOTE)
		explain_note(&r);
	else if (kind == EXPLAIN_RECEIPT)
		explain_receipt(&r);
	else if (kind == EXPLAIN_STUB)
		rc = explain_stub(&r, reterr);
	else
		rc = explain_entry(&r, kind == EXPLAIN_PAYLOAD, reterr);
	rows = checks(&r, &broken, &open);
	json_set_str(o, "kind", kinds[kind]);
	json_set_bool(o, "ok", broken == 0);
	json_set_int(o, "broken", broken);
	json_set_int(o, "unchecked", open);
	json_set(o, "members", r.members);
	json_set(o, "checks", rows);
	json_set(o, "computed", r.computed);
	if (rc != RC_OK)
		json_free(o);
	else
		*ret = o;
	return rc;
}
