/*
 * check: see check.h.
 */
#include "tests/sim/collector_ops.h"
#include "tests/sim/check.h"

#include <stdlib.h>
#include <string.h>

#include "agent/draft.h"
#include "agent/ops.h"
#include "agent/store_verify.h"
#include "lib/codec.h"
#include "tests/sim/clerk.h"
#include "tests/sim/cosigner.h"
#include "tests/sim/office.h"
#include "tests/sim/oracle.h"

enum { ROUNDS_MAX = 12, STATE_MAX = 4 * 1024 * 1024 };

/* ---- until nothing moves ---- */

/* An act that was cut off half-way has revoked a PC in one of its communes: it is given nothing either (P7). */
static void note_revoked(struct world *w)
{
	const struct ingest_snapshot *s = ingest_snapshot(w->col->ingest);

	for (size_t i = 0; i < w->npc; i++) {
		struct crypt_signer *device = NULL;
		struct keyring_key k;
		struct os_sim *before = os_sim_enter(&w->pc[i].os);

		if (keys_device(w->pc[i].agent->keys, false, &device, NULL) == RC_OK &&
		    keyring_find(s->keyring, crypt_signer_pk(device), &k) && k.revoked_from >= 0)
			w->pc[i].revoked = true;
		os_sim_enter(before);
	}
	ingest_snapshot_end(w->col->ingest, s);
}

static void heal(struct world *w)
{
	w->step++;
	w->calm = true;
	for (size_t i = 0; i < w->npc; i++) {
		struct disk *d = w->pc[i].os.disk;

		w->pc[i].cut = 0;
		disk_fuse(d, 0);
		disk_fill(d, 0);
		disk_spoil(d, 0);
	}
	disk_fuse(w->centre.disk, 0);
	disk_fill(w->centre.disk, 0);
	disk_spoil(w->centre.disk, 0);
	disk_fuse(w->third.disk, 0);
	world_repair(w, true);
	if (w->must_recover)
		world_recover(w);
	while (net_late() > 0)
		net_deliver(0);
	note_revoked(w);
	world_say(w, "everything is healed");
}

/* A PC that was given a checkpoint it cannot place stops until a person has looked (L14): somebody does. */
static void end_alarms(struct world *w)
{
	for (size_t i = 0; i < w->npc; i++) {
		struct json *list = NULL, *out = NULL;
		struct err e = {0};

		if (world_op(w, i, &op_alarm_list, NULL, &list, &e) != RC_OK)
			world_fail(w, "%s cannot list its alarms: %s", w->pc[i].name, e.key);
		for (struct json *a = json_first(json_get_arr(list, "alarms")); a; a = json_next(a)) {
			struct json *in;
			bool open = false;
			int64_t no = 0;

			if (!json_get_bool(a, "open", &open) || !open || !json_get_int(a, "no", &no))
				continue;
			in = json_object();
			json_set_int(in, "no", no);
			json_set_str(in, "reason", "Đã gọi điện hỏi tỉnh");
			if (world_op(w, i, &op_alarm_close, in, &out, &e) != RC_OK)
				world_fail(w, "%s cannot end its alarm: %s", w->pc[i].name, e.key);
			world_say(w, "on %s an alarm is ended", w->pc[i].name);
			json_free(out);
		}
		json_free(list);
	}
}

/* One contact of every PC; the number of lines and blobs that moved. */
static int64_t sync_round(struct world *w, bool may_fail)
{
	int64_t moved = 0;

	for (size_t i = 0; i < w->npc; i++) {
		struct sync_run_report r;
		struct err e = {0};
		char text[96];
		enum rc rc = world_contact(w, i, &r, &e);

		world_say(w, "%s: sent %lld, accepted %lld, pulled %lld: %s", w->pc[i].name, (long long)r.sent,
			  (long long)r.accepted, (long long)r.pulled, world_outcome(rc, &e, text, sizeof(text)));
		if (rc != RC_OK && !may_fail && !w->pc[i].revoked)
			world_fail(w, "%s cannot sync although nothing is wrong: %s %s %s", w->pc[i].name,
				   err_name(rc), e.clause, e.key);
		moved += r.sent + r.pulled + r.blobs_up + (w->pc[i].revoked ? 0 : r.blobs_down);
		if (rc != RC_OK && !w->pc[i].revoked)
			moved++;
	}
	return moved;
}

static void quiesce(struct world *w)
{
	int64_t moved = 1;
	int rounds = 0;

	sync_round(w, true);
	if (ingest_halted(w->col->ingest)) /* as the board says: somebody runs recover (again) */
		world_recover(w);
	end_alarms(w);
	if (w->merged)
		office_finish_merger(w);
	for (; rounds < ROUNDS_MAX && (moved > 0 || rounds < 2); rounds++) {
		office_approve_all(w);
		moved = sync_round(w, rounds < 2);
	}
	cosigner_follow(w);
	if (moved > 0)
		world_fail(w, "after %d rounds of contacts there is still something to send", ROUNDS_MAX);
	note_revoked(w);
	world_say(w, "quiet after %d rounds", rounds);
}

/* ---- the collector ---- */

struct load {
	struct world *w;
	struct oracle *o;
};

static bool load_row(void *arg, const struct archive_row *row)
{
	struct load *l = arg;
	struct entry *e = NULL;
	struct err err = {0};

	if (row->index != (int64_t)l->o->n)
		world_fail(l->w, "L1: the log has line %lld where %zu should be", (long long)row->index, l->o->n);
	if (archive_read_entry(row, &e, &err) != RC_OK)
		world_fail(l->w, "line %lld of the log does not read: %s", (long long)row->index, err.key);
	oracle_add(l->o, e, row->verdict);
	return true;
}

static void load_log(struct world *w, struct archive_reader *r, struct oracle *o)
{
	struct load l = {w, o};
	struct err e = {0};
	uint8_t root[TREE_HASH];
	struct note note;
	struct buf text;
	int64_t size = 0, at;

	memcpy(o->root, w->col->root, sizeof(o->root));
	if (r->rows(r->ctx, NULL, 0, INT64_MAX, load_row, &l, &e) != RC_OK)
		world_fail(w, "the log does not read: %s", e.key);
	oracle_judge(o);
	buf_init(&text, NOTE_TEXT_MAX);
	if (r->head(r->ctx, &size, &text, &at, &e) != RC_OK ||
	    note_open(span_buf(&text), crypt_signer_pk(w->col->log), &note, &e) != RC_OK)
		world_fail(w, "L4: the collector's checkpoint does not open: %s", e.key);
	buf_free(&text);
	oracle_root(o, o->n, root);
	if (note.size != o->n || memcmp(note.root, root, TREE_HASH) != 0)
		world_fail(w, "L1: the checkpoint of size %lld is not the tree of the %zu lines",
			   (long long)note.size, o->n);
	for (size_t i = 0; i < o->n; i++)
		if (o->line[i].told != o->line[i].right)
			world_fail(w, "A3: line %zu is judged %d, and is %d", i, (int)o->line[i].told,
				   (int)o->line[i].right);
}

static void check_collector(struct world *w)
{
	struct json *in = json_object(), *out = NULL;
	struct err e = {0};
	int64_t wrong = -1;

	json_set_bool(in, "all", true);
	if (world_centre_op(w, &collector_op_verify, in, &out, &e) != RC_OK)
		world_fail(w, "verify --all of the collector: %s", e.key);
	json_get_int(out, "wrong", &wrong);
	if (wrong != 0) {
		const struct json *f = json_at(json_get_arr(out, "findings"), 0);

		world_fail(w, "verify --all of the collector finds %lld: %s %s %s", (long long)wrong,
			   json_get_str(f, "clause"), json_get_str(f, "key"), json_get_str(f, "what"));
	}
	json_free(out);
}

/* ---- merged states against the oracle ---- */

/* Do the live writes of one field in a state equal the oracle's? */
static void check_field(struct world *w, const char *who, const struct oracle *o, const struct entry *x,
			const struct merge_state *m, struct span name)
{
	char *field = span_dup(name);
	size_t n = 0, want = 0;
	const struct merge_value *v = merge_siblings(m, field, &n);

	for (size_t i = 0; i < o->n; i++) {
		const struct oracle_line *l = &o->line[i];
		const struct entry_field *f = entry_field(l->e, field);
		bool there = false;

		if (!oracle_same_entity(l->e, x) || !f)
			continue;
		for (size_t k = 0; k < n; k++)
			there = there || (memcmp(v[k].id, l->e->id, ENTRY_ID_LEN) == 0 && span_eq(v[k].raw, f->raw));
		if (there != oracle_alive(o, l, name))
			world_fail(w, "M2: %s: the value of line %zu for %s of %s is %s", who, i, field, x->kind,
				   there ? "alive and should be dead" : "dead and should be alive");
		want += there;
	}
	if (n != want)
		world_fail(w, "M2: %s: %s of %s has %zu values, %zu of them from the log", who, field, x->kind, n,
			   want);
	free(field);
}

/* Was the entity of this line seen at an earlier line? */
static bool seen_before(const struct oracle *o, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (oracle_same_entity(o->line[i].e, o->line[at].e))
			return true;
	return false;
}

static void check_state(struct world *w, const char *who, const struct oracle *o, const struct entry *x,
			const struct merge_state *m)
{
	size_t alive = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct entry *e = o->line[i].e;

		if (!oracle_same_entity(e, x))
			continue;
		for (size_t k = 0; k < e->nfield; k++) {
			bool first = true;

			for (size_t j = 0; j < i && first; j++)
				if (oracle_same_entity(o->line[j].e, x))
					for (size_t f = 0; f < o->line[j].e->nfield; f++)
						first = first && !span_eq(o->line[j].e->field[f].name,
									  e->field[k].name);
			if (first) {
				char *name = span_dup(e->field[k].name);
				size_t n = 0;

				check_field(w, who, o, x, m, e->field[k].name);
				merge_siblings(m, name, &n);
				alive += n > 0;
				free(name);
			}
		}
	}
	if (alive != merge_fields(m))
		world_fail(w, "M2: %s: %s has %zu fields with values and should have %zu", who, x->kind,
			   merge_fields(m), alive);
}

static void check_centre_states(struct world *w, const struct oracle *o, struct archive_reader *r)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct entry *e = o->line[i].e;
		struct archive_entity a;
		struct merge_state *m = NULL;
		struct buf state, title;
		struct err err = {0};
		enum rc rc;

		if (e->op != ENTRY_SET || seen_before(o, i))
			continue;
		buf_init(&state, STATE_MAX);
		buf_init(&title, STATE_MAX);
		rc = r->entity(r->ctx, e->scope, e->kind, e->entity, &a, &state, &title, &err);
		if (rc == RC_OK)
			rc = state.len ? merge_read(span_buf(&state), &m, &err) : merge_new(&m, &err);
		if (rc != RC_OK)
			world_fail(w, "the collector has no record for line %zu: %s", i, err.key);
		check_state(w, "the collector", o, e, m);
		merge_free(m);
		buf_free(&state);
		buf_free(&title);
	}
}

/* K14: the communes of all certs of this PC. */
static bool in_scope(const struct world_pc *p, const struct oracle *o, const char *scope)
{
	struct crypt_signer *device = NULL;

	return strcmp(scope, "*") == 0 ||
	       (keys_device(p->agent->keys, false, &device, NULL) == RC_OK &&
		oracle_covers(o, crypt_signer_pk(device), scope));
}

static void check_pc_states(struct world *w, const struct oracle *o, size_t pc)
{
	const struct world_pc *p = &w->pc[pc];

	for (size_t i = 0; i < o->n; i++) {
		const struct entry *e = o->line[i].e;
		struct store_entity *x = NULL;
		struct err err = {0};

		if (e->op != ENTRY_SET || !in_scope(p, o, e->scope) || seen_before(o, i))
			continue;
		if (store_entity(p->agent->store, e->scope, e->kind, e->entity, &x, &err) != RC_OK)
			world_fail(w, "%s has no record for line %zu: %s", p->name, i, err.key);
		check_state(w, p->name, o, e, x->state);
		store_entity_free(x);
	}
}

/* ---- what each PC holds ---- */

struct holds {
	struct world *w;
	const struct world_pc *p;
	const struct oracle *o;
	size_t n; /* lines of the log it has */
};

static bool holds_entry(void *arg, const struct store_entry *x)
{
	struct holds *h = arg;
	const struct oracle_line *l = oracle_find(h->o, x->id);
	const char *name = h->p->name;

	if (!in_scope(h->p, h->o, x->e->scope))
		world_fail(h->w, "M1: %s holds an entry of commune %s", name, x->e->scope);
	if (!l)
		world_fail(h->w, "%s holds an entry (%s %s of commune %s, seq %lld, fate %d, clause %s) that is not in the log",
			   name, entry_op_name(x->e->op), x->e->op == ENTRY_SET ? x->e->kind : "", x->e->scope,
			   (long long)x->e->seq, (int)x->fate, x->refused_clause ? x->refused_clause : "");
	if (x->index != l->index)
		world_fail(h->w, "L8: %s has line %lld of the log at %lld", name, (long long)l->index,
			   (long long)x->index);
	if (x->verdict != l->right || x->waiting)
		world_fail(h->w, "A12: %s judges line %lld %d, and it is %d", name, (long long)l->index,
			   (int)x->verdict, (int)l->right);
	if (x->fate == STORE_UNSENT || x->fate == STORE_REFUSED)
		world_fail(h->w, "P19: line %lld of the log is %s on %s", (long long)l->index,
			   x->fate == STORE_UNSENT ? "unsent" : "refused", name);
	if (x->e->erased != l->e->erased)
		world_fail(h->w, "M14: line %lld is %s on %s alone", (long long)l->index,
			   x->e->erased ? "erased" : "not erased", name);
	h->n++;
	return true;
}

static bool receipt(void *arg, const struct store_raw *x)
{
	struct holds *h = arg;
	struct err e = {0};
	int64_t n;

	if (store_verify_receipt(h->p->agent->store, x, &n, &e) != RC_OK)
		world_fail(h->w, "L3: a receipt of %s does not verify: %s %s", h->p->name, e.clause, e.key);
	return true;
}

static void check_pc(struct world *w, const struct oracle *o, size_t pc)
{
	struct holds h = {.w = w, .p = &w->pc[pc], .o = o};
	struct store *s = h.p->agent->store;
	int64_t entities = 0, differ = 0, size = 0;
	uint8_t root[TREE_HASH], right[TREE_HASH];
	struct err e = {0};
	size_t want = 0;
	enum rc rc = store_rebuild_check(s, &entities, &differ, &e);

	if (rc != RC_OK || differ > 0)
		world_fail(w, "M11: on %s %lld of %lld records are not what their entries give %s", h.p->name,
			   (long long)differ, (long long)entities, e.key);
	rc = store_verify_each(s, receipt, &h, &e);
	if (rc == RC_OK)
		rc = store_seen(s, &size, root, &e);
	if (rc != RC_OK)
		world_fail(w, "%s does not read: %s", h.p->name, e.key);
	oracle_root(o, (size_t)size < o->n ? (size_t)size : o->n, right);
	if (size > (int64_t)o->n || memcmp(root, right, TREE_HASH) != 0)
		world_fail(w, "L10: the checkpoint %s holds (%lld) is not of this log", h.p->name, (long long)size);
	if (w->pc[pc].revoked)
		return; /* it is told nothing any more */
	if (store_each(s, holds_entry, &h, &e) != RC_OK)
		world_fail(w, "%s does not read: %s", h.p->name, e.key);
	for (size_t i = 0; i < o->n; i++)
		want += in_scope(h.p, o, o->line[i].e->scope);
	if (h.n != want)
		world_fail(w, "P17: %s holds %zu of %zu lines", h.p->name, h.n, want);
	check_pc_states(w, o, pc);
}

/* ---- nothing saved is lost ---- */

/* A revoked PC is told nothing, so the cert of a clerk who waits there never comes: the work stays on it. */
static bool stays(const struct world *w, const struct world_kept *k)
{
	struct os_sim *before = os_sim_enter((struct os_sim *)(uintptr_t)&w->pc[k->pc].os);
	struct store_entry x = {.e = NULL};
	bool there = w->pc[k->pc].revoked &&
		     store_entry_get(w->pc[k->pc].agent->store, k->id, &x, NULL) == RC_OK && x.waiting;

	entry_free(x.e);
	os_sim_enter(before);
	return there;
}

static void check_kept(struct world *w, const struct oracle *o)
{
	for (size_t i = 0; i < w->nkept; i++) {
		const struct world_kept *k = &w->kept[i];
		char text[CODEC_B64U_32 + 1];

		if (k->gone || oracle_find(o, k->id) || stays(w, k))
			continue;
		codec_b64u(k->id, ENTRY_ID_LEN, text);
		world_fail(w, "an entry saved on %s at step %lld is lost: %s", w->pc[k->pc].name,
			   (long long)k->step, text);
	}
}

/* E24: a header that is logged has its children, logged before it. */
static void check_children(struct world *w, const struct oracle *o)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct entry_field *f =
		    o->line[i].e->op == ENTRY_SET ? entry_field(o->line[i].e, "children") : NULL;
		struct json *v = f ? entry_value_json(f->raw) : NULL;

		const struct entry_field *p = entry_field(o->line[i].e, "check");
		bool header = !p || o->line[i].e->op != ENTRY_SET || o->line[i].e->erased;

		for (size_t k = 0; k < o->n && !header; k++) {
			char uuid[CODEC_UUID_LEN + 1];

			codec_uuid(o->line[k].e->entity, uuid);
			header = o->line[k].e->op == ENTRY_SET && p->raw.len > CODEC_UUID_LEN &&
				 memcmp(p->raw.p + 1, uuid, CODEC_UUID_LEN) == 0;
		}
		if (!header)
			world_fail(w, "E24: line %zu belongs to a submission of which nothing else was saved", i);
		for (const struct json *c = json_first(v); c; c = json_next(c)) {
			uint8_t id[ENTRY_ID_LEN];

			if (!json_str(c) || !codec_b64u_32(span_str(json_str(c)), id) || !oracle_find(o, id))
				world_fail(w, "M13: the submission of line %zu lacks a child", i);
		}
		json_free(v);
	}
}

/* ... and no draft: it is there, or was handed in by an act that nobody was told of. */
static void check_drafts(struct world *w, const struct oracle *o)
{
	for (size_t i = 0; i < w->ndraft; i++) {
		const struct world_draft *d = &w->draft[i];
		struct os_sim *before = os_sim_enter(&w->pc[d->pc].os);
		struct json *draft = NULL;
		bool there = d->over || draft_find(w->pc[d->pc].agent, NULL, d->id, &draft, NULL) == RC_OK;
		uint8_t uuid[16];

		os_sim_enter(before);
		json_free(draft);
		codec_uuid_dec(span_str(d->id), uuid);
		for (size_t k = 0; k < o->n && !there; k++)
			there = o->line[k].e->op == ENTRY_SET && memcmp(o->line[k].e->entity, uuid, 16) == 0;
		if (!there)
			world_fail(w, "the draft kept on %s at step %lld is lost: %s", w->pc[d->pc].name,
				   (long long)d->step, d->id);
	}
}

/* ---- feeds ---- */

static bool same_place(const struct oracle_line *a, const struct oracle_line *b)
{
	return memcmp(a->e->feed, b->e->feed, ENTRY_FEED_LEN) == 0 && a->e->seq == b->e->seq;
}

/* Two lines with one number in one feed: only copies make them, and never the centre (A9, A13). */
static size_t count_forks(struct world *w, const struct oracle *o, struct archive_reader *r)
{
	size_t n = 0;

	(void)r;
	for (size_t i = 0; i < o->n; i++)
		for (size_t k = 0; k < i; k++)
			if (same_place(&o->line[k], &o->line[i])) {
				if (!w->restored && (!w->copied || o->line[i].e->op >= ENTRY_CERT))
					world_fail(w, "A9: lines %zu and %zu have one number though nothing was copied", k,
						   i);
				n++;
			}
	return n;
}

/* The line before is in the log, and says so (E10): nothing of a feed was left out. */
static void check_feeds(struct world *w, const struct oracle *o)
{
	for (size_t i = 0; i < o->n; i++) {
		bool found = o->line[i].e->seq == 0;

		for (size_t k = 0; k < o->n && !found; k++)
			found = memcmp(o->line[k].e->id, o->line[i].e->prev, ENTRY_ID_LEN) == 0;
		if (!found)
			world_fail(w, "E10: the entry before line %zu is not in the log", i);
	}
}

/* What the witness has signed since the PCs were told: another contact, and every accepted entry is proven (W8). */
static void check_proven(struct world *w)
{
	sync_round(w, false);
	for (size_t i = 0; i < w->npc; i++) {
		struct json *out = NULL;
		struct err e = {0};
		int64_t accepted = -1, proven = -2;

		if (w->pc[i].revoked)
			continue;
		if (world_op(w, i, &op_status, NULL, &out, &e) != RC_OK)
			world_fail(w, "%s does not tell its status: %s", w->pc[i].name, e.key);
		json_get_int(out, "accepted", &accepted);
		json_get_int(out, "proven", &proven);
		json_free(out);
		if (accepted != proven)
			world_fail(w, "W8: %s holds %lld entries as accepted and %lld as proven", w->pc[i].name,
				   (long long)accepted, (long long)proven);
	}
}

/* ---- all of it ---- */

/* Lines of the log with the number of another, and its lines for the checks (freed by the caller). */
static size_t look_at_log(struct world *w, struct oracle *o, bool states)
{
	struct os_sim *before = os_sim_enter(&w->centre);
	struct archive_reader *r = NULL;
	struct err e = {0};
	size_t forks;

	if (archive_read(w->col->archive, &r, &e) != RC_OK)
		world_fail(w, "the collector does not read: %s", e.key);
	load_log(w, r, o);
	forks = count_forks(w, o, r);
	if (states)
		check_centre_states(w, o, r);
	archive_read_end(w->col->archive, r);
	os_sim_enter(before);
	return forks;
}

/*
 * After a copy has come to light everybody goes on in a feed of its own (A15): another record of
 * every PC parts no feed any more. The first one may still, for two copies that have said nothing yet.
 */
static void go_on(struct world *w)
{
	size_t forks[2];

	if (!w->copied)
		return;
	for (size_t i = 0; i < 2; i++) {
		struct oracle o = {.n = 0};

		for (size_t pc = 0; pc < w->npc; pc++)
			if (!w->pc[pc].revoked) /* is told nothing: it cannot know that there is another */
				clerk_new_asset(w, pc);
		quiesce(w);
		forks[i] = look_at_log(w, &o, false);
		oracle_free(&o);
	}
	if (forks[1] != forks[0])
		world_fail(w, "A15: a copied PC goes on in the feed of the other");
}

void check_end(struct world *w)
{
	struct oracle o = {.n = 0};
	uint8_t root[TREE_HASH];
	char text[CODEC_B64U_32 + 1];

	heal(w);
	quiesce(w);
	go_on(w);
	check_collector(w);
	look_at_log(w, &o, true);
	cosigner_check(w, &o);
	check_proven(w);
	check_kept(w, &o);
	check_drafts(w, &o);
	check_feeds(w, &o);
	check_children(w, &o);
	for (size_t i = 0; i < w->npc; i++) {
		struct os_sim *before = os_sim_enter(&w->pc[i].os);

		check_pc(w, &o, i);
		os_sim_enter(before);
	}
	oracle_root(&o, o.n, root);
	codec_b64u(root, TREE_HASH, text);
	world_say(w, "the log has %zu lines, root %s", o.n, text);
	w->log_size = (int64_t)o.n;
	oracle_free(&o);
}
