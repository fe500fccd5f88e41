/*
 * office: see office.h. Through the collector's operations, with the passphrases its people have.
 */
#include "tests/sim/collector_ops.h"
#include "tests/sim/office.h"

#include <string.h>

#include "lib/codec.h"
#include "tests/sim/start.h"

static struct json *sign_as(const char *who)
{
	struct json *in = json_object();

	json_set_str(in, "as", who);
	json_set_str(in, "passphrase", START_PASSPHRASE);
	return in;
}

/* *retout may be NULL. */
static enum rc act(struct world *w, const struct op *op, struct json *in, const char *what,
		   struct json **retout)
{
	struct json *out = NULL;
	struct err e = {0};
	char text[96];
	enum rc rc = world_centre_op(w, op, in, &out, &e);

	world_say(w, "at the centre: %s: %s", what, world_outcome(rc, &e, text, sizeof(text)));
	if (retout)
		*retout = out;
	else
		json_free(out);
	return rc;
}

void office_approve_all(struct world *w)
{
	struct json *list = NULL;
	struct err e = {0};

	if (world_centre_op(w, &collector_op_enrol_list, NULL, &list, &e) != RC_OK)
		return;
	for (struct json *x = json_first(json_get_arr(list, "waiting")); x; x = json_next(x)) {
		struct json *in = json_object();

		json_set_str(in, "key", json_get_str(x, "key"));
		json_set_str(in, "passphrase", START_PASSPHRASE);
		if (!world_centre_alive(w))
			json_free(in);
		else
			act(w, &collector_op_enrol_approve, in, "a clerk is let in", NULL);
	}
	json_free(list);
}

static const struct world_entity *any_entity(struct world *w)
{
	return &w->entity[world_pick(w, w->nentity)];
}

static void review(struct world *w)
{
	static const char *const how[] = {"approve", "return", "reject"};
	const struct world_entity *e = any_entity(w);
	size_t k = world_pick(w, 3);
	struct json *in = sign_as("verifier");

	json_set_str(in, "id", e->id);
	json_set_bool(in, how[k], true);
	json_set_str(in, "reason", "Cần xem lại");
	act(w, &collector_op_review, in, "a review", NULL);
}

static void decide(struct world *w)
{
	const struct world_entity *e = any_entity(w);
	struct json *in, *f;

	if (strcmp(e->kind, "asset") != 0)
		return;
	in = sign_as("verifier");
	f = json_object();
	json_set_str(f, "condition", world_chance(w, 2) ? "tot" : "hong");
	json_set_str(in, "id", e->id);
	json_set(in, "fields", f);
	json_set_str(in, "reason", "Theo biên bản");
	act(w, &collector_op_resolve, in, "a decision", NULL);
}

/* ---- revoking and admitting ---- */

static void set_key(struct json *in, const uint8_t pk[CRYPT_PK_LEN])
{
	char text[CODEC_B64U_32 + 1];

	codec_b64u(pk, CRYPT_PK_LEN, text);
	json_set_str(in, "key", text);
}

static bool key_of(struct world *w, size_t pc, bool device, uint8_t ret[CRYPT_PK_LEN])
{
	struct os_sim *before = os_sim_enter(&w->pc[pc].os);
	struct crypt_signer *s = NULL;
	struct store_clerk c;
	bool ok;

	if (device)
		ok = keys_device(w->pc[pc].agent->keys, false, &s, NULL) == RC_OK;
	else
		ok = store_clerk(w->pc[pc].agent->store, 0, &c, NULL) == RC_OK;
	if (ok)
		memcpy(ret, device ? crypt_signer_pk(s) : c.key, CRYPT_PK_LEN);
	os_sim_enter(before);
	return ok;
}

static void revoke(struct world *w)
{
	size_t pc = world_pick(w, w->npc);
	bool device = world_chance(w, 3), back = world_chance(w, 2);
	uint8_t key[CRYPT_PK_LEN], known[CRYPT_PK_LEN];
	struct json *in;

	if (!world_has(w, TROUBLE_REVOKE) || !world_alive(w, pc) || !key_of(w, pc, device, key))
		return;
	in = sign_as("registrar");
	set_key(in, key);
	json_set_str(in, "reason", "Mất máy");
	if (back)
		json_set_int(in, "from", (int64_t)world_pick(w, (size_t)w->log_size + 8));
	if (act(w, &collector_op_revoke, in, device ? "a PC is revoked" : "a clerk is revoked", NULL) != RC_OK || !device)
		return;
	for (size_t i = 0; i < w->npc; i++) /* copies have the same key */
		if (w->pc[i].agent && key_of(w, i, true, known) && memcmp(known, key, CRYPT_PK_LEN) == 0)
			w->pc[i].revoked = true;
}

struct held {
	struct world *w;
	char id[CODEC_B64U_32 + 1], scope[ENTRY_SCOPE_LEN];
	size_t n;
};

static bool held_row(void *arg, const struct archive_row *row)
{
	struct held *h = arg;

	if (row->verdict != KEYRING_Q_REVOKED || (h->n++ > 0 && !world_chance(h->w, 3)))
		return true;
	codec_b64u(row->id, ENTRY_ID_LEN, h->id);
	memcpy(h->scope, row->scope, sizeof(h->scope));
	return true;
}

static void admit(struct world *w)
{
	struct held h = {.w = w};
	struct os_sim *before = os_sim_enter(&w->centre);
	struct archive_reader *r = NULL;
	struct json *in, *ids;

	if (archive_read(w->col->archive, &r, NULL) == RC_OK)
		r->rows(r->ctx, NULL, 0, INT64_MAX, held_row, &h, NULL);
	archive_read_end(w->col->archive, r);
	os_sim_enter(before);
	if (h.n == 0)
		return;
	in = sign_as("registrar");
	ids = json_array();
	json_append_str(ids, h.id);
	json_set(in, "ids", ids);
	json_set_str(in, "scope", h.scope);
	json_set_str(in, "reason", "Đã hỏi lại");
	act(w, &collector_op_admit, in, "an entry held back is admitted", NULL);
}

static void erase(struct world *w)
{
	const struct world_entity *e = any_entity(w);
	struct json *in;

	if (!world_has(w, TROUBLE_ERASE) || !world_chance(w, 3))
		return;
	in = sign_as("registrar");
	json_set_str(in, "id", e->id);
	json_set_str(in, "reason", "Theo yêu cầu");
	json_set_bool(in, "apply", true);
	act(w, &collector_op_erase, in, "a record is erased", NULL);
}

static struct json *merger(bool apply)
{
	struct json *in = json_object();

	json_set_str(in, "from", "00007");
	json_set_str(in, "into", "00004");
	json_set_str(in, "passphrase", START_PASSPHRASE);
	json_set_bool(in, "apply", apply);
	return in;
}

/* One commune goes on in the other; a power cut may part it, the next time it is finished. */
static void merge(struct world *w)
{
	w->merged = true;
	act(w, &collector_op_unit_merge, merger(true), "one commune is merged into the other", NULL);
}

void office_finish_merger(struct world *w)
{
	struct json *out = NULL;
	bool done = false;

	if (act(w, &collector_op_unit_merge, merger(true), "the merger is finished", NULL) != RC_OK ||
	    act(w, &collector_op_unit_merge, merger(false), "the merger is looked at", &out) != RC_OK)
		world_fail(w, "K14: a merger that was cut off cannot be finished");
	if (!json_get_bool(out, "merged", &done) || !done || json_len(json_get_arr(out, "certs")) > 0)
		world_fail(w, "K14: after a merger %zu certs are missing",
			   json_len(json_get_arr(out, "certs")));
	json_free(out);
}

static void approve(struct world *w)
{
	office_approve_all(w);
}

void office_step(struct world *w)
{
	static void (*const usual[])(struct world *w) = {approve, review, decide, decide, erase};
	static void (*const wary[])(struct world *w) = {approve, decide, erase, revoke, admit, admit, admit};

	if (world_has(w, TROUBLE_MERGE) && world_chance(w, w->merged ? 12 : 4))
		merge(w);
	else if (world_has(w, TROUBLE_REVOKE))
		wary[world_pick(w, sizeof(wary) / sizeof(wary[0]))](w);
	else
		usual[world_pick(w, sizeof(usual) / sizeof(usual[0]))](w);
}
