/*
 * stocktake: a session, its range, one asset of it with its line (see stocktake.h).
 */
#include "agent/stocktake.h"

#include <stdlib.h>
#include <string.h>

#include "agent/seen.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "sync/form_check.h"
#include "sync/late.h"

#define SESSION  "inventory"
#define LINE     "inventory_line"
#define FINISHED "da_chot"

/* ---- a session ---- */

struct found {
	char at[TEXT_TIME_LEN + 8];
	struct stocktake_past past;
};
struct past_search {
	const struct stocktake *t;
	struct found best[STOCKTAKE_PAST]; /* newest first */
	size_t n;
};

static void keep_past(struct past_search *s, const struct found *p)
{
	size_t i = s->n;

	while (i > 0 && strcmp(s->best[i - 1].at, p->at) < 0)
		i--;
	if (i == STOCKTAKE_PAST)
		return;
	if (s->n < STOCKTAKE_PAST)
		s->n++;
	memmove(&s->best[i + 1], &s->best[i], (s->n - 1 - i) * sizeof(s->best[0]));
	s->best[i] = *p;
}

static bool past_take(void *arg, const struct look_item *x)
{
	struct past_search *s = arg;
	struct json *rec = merge_json(x->state, x->form);
	const char *at = json_get_str(rec, "counted_at"),
		   *now = json_get_str(s->t->rec, "counted_at");
	struct found p;

	if (at && now && strcmp(at, now) < 0 && strlen(at) < sizeof(p.at)) {
		memcpy(p.at, at, strlen(at) + 1);
		codec_uuid(x->id, p.past.uuid);
		memcpy(p.past.scope, x->scope, strlen(x->scope) + 1);
		keep_past(s, &p);
	}
	json_free(rec);
	return true;
}

/* In any commune of this PC: what was taken over was counted where it came from (M18, M22). */
static enum rc find_past(struct stocktake *t, struct err *reterr)
{
	const struct store_filter f = {.kind = SESSION};
	struct past_search s = {.t = t};
	enum rc rc = look_each(t->look->agent, &f, past_take, &s, reterr);

	t->npast = s.n;
	for (size_t i = 0; i < s.n; i++)
		t->past[i] = s.best[i].past;
	return rc;
}

enum rc stocktake_open(struct stocktake *t, struct look *l, const char *typed, struct err *reterr)
{
	const char *state;
	enum rc rc;

	*t = (struct stocktake){.look = l};
	rc = look_form(l->agent, LINE, &t->line, reterr);
	if (rc == RC_OK)
		rc = look_find(l->agent, SESSION, typed, &t->e, reterr);
	if (rc != RC_OK)
		return rc;
	t->rec = merge_json(t->e->state, t->e->form);
	codec_uuid(t->e->id, t->uuid);
	state = json_get_str(t->rec, "state");
	t->finished = state && strcmp(state, FINISHED) == 0;
	return find_past(t, reterr);
}

void stocktake_close(struct stocktake *t)
{
	store_entity_free(t->e);
	json_free(t->rec);
	*t = (struct stocktake){.look = NULL};
}

enum rc stocktake_counting(const struct stocktake *t, struct err *reterr)
{
	return t->finished ? err_set(reterr, RC_CONFLICT, NULL, "stocktake.finished", NULL) : RC_OK;
}

/* ---- its range ---- */

static bool same_text(const struct json *asset, const char *field, const char *want)
{
	const char *is = json_get_str(asset, field);

	return is && strcmp(is, want) == 0;
}

bool stocktake_in_room(const struct json *asset, const char *room)
{
	const char *is = json_get_str(asset, "location");

	return !room || !room[0] || (is && look_same(is, room));
}

bool stocktake_covers(const struct stocktake *t, const struct json *asset)
{
	const char *unit = json_get_str(t->rec, "unit_code");
	const char *place = json_get_str(t->rec, "facility_id");

	return unit && same_text(asset, "unit_code", unit) &&
	       !same_text(asset, "lifecycle", "da_giam") &&
	       (!place || same_text(asset, "facility_id", place)) &&
	       stocktake_in_room(asset, json_get_str(t->rec, "room"));
}

/* ---- lines ---- */

/* Lines stand where their session does. */
static enum rc line_of(const struct stocktake *t, const char *scope, const char *session, const char *asset,
		       struct store_entity **ret, struct err *reterr)
{
	const struct span part[] = {span_str(session), span_str(asset)};
	uint8_t id[16];
	enum rc rc;

	entry_uuid_key(LINE, part, 2, id);
	*ret = NULL;
	rc = store_entity(t->look->agent->store, scope, LINE, id, ret, reterr);
	if (rc == RC_NOTFOUND) {
		err_clear(reterr);
		rc = RC_OK;
	}
	return rc;
}

enum rc stocktake_line(const struct stocktake *t, const char *asset, struct store_entity **ret,
		       struct err *reterr)
{
	return line_of(t, t->e->scope, t->uuid, asset, ret, reterr);
}

/* Put a field's text as people read it under `name`; nothing when it has none. */
static void put_text(struct look *l, struct json *o, const char *name, const struct form *f,
		     const struct json *rec, const char *field)
{
	struct view_as as = look_as(l, f);
	struct buf text;

	if (!json_get(rec, field))
		return;
	buf_init(&text, LIMIT_VIEW_TEXT);
	view_text(&as, form_field(f, field), json_get(rec, field), &text);
	if (text.p)
		json_set_str(o, name, (const char *)text.p);
	buf_free(&text);
}

static void put_choice(struct look *l, struct json *o, const char *name, const struct form *f,
		       const struct json *rec, const char *field)
{
	struct buf b;

	if (!json_get_str(rec, field))
		return;
	json_set_str(o, name, json_get_str(rec, field));
	buf_init(&b, LIMIT_FIELD_NAME + 8);
	buf_addf(&b, "%s_text", name);
	put_text(l, o, (const char *)b.p, f, rec, field);
	buf_free(&b);
}

enum rc stocktake_last(const struct stocktake *t, const char *asset, struct json **ret,
		       struct err *reterr)
{
	enum rc rc = RC_OK;

	*ret = NULL;
	for (size_t i = 0; rc == RC_OK && !*ret && i < t->npast; i++) {
		struct store_entity *line = NULL, *session = NULL;
		struct json *rec = NULL, *when = NULL, *o;

		rc = line_of(t, t->past[i].scope, t->past[i].uuid, asset, &line, reterr);
		if (rc == RC_OK && line)
			rc = store_entity_find(t->look->agent->store, SESSION, t->past[i].uuid,
					       &session, reterr);
		if (rc == RC_OK && line) {
			rec = merge_json(line->state, line->form);
			when = merge_json(session->state, session->form);
			*ret = o = look_named(t->look, session);
			put_text(t->look, o, "counted_at", session->form, when, "counted_at");
			put_choice(t->look, o, "status", line->form, rec, "count_status");
			put_text(t->look, o, "condition_text", line->form, rec, "condition");
			put_text(t->look, o, "discrepancy_text", line->form, rec, "discrepancy");
			put_text(t->look, o, "found_location", line->form, rec, "found_location");
		}
		json_free(rec);
		json_free(when);
		store_entity_free(line);
		store_entity_free(session);
	}
	return rc;
}

/* ---- late ---- */

/* Which PC wrote it, as a number: the place of its key's device among those seen here. */
struct pcs {
	uint8_t device[8][CRYPT_PK_LEN];
	int n;
};

static int pc_of(const struct stocktake *t, struct pcs *pcs, const struct entry *e)
{
	const struct keyring *k = store_keyring(t->look->agent->store);
	struct keyring_key key;
	const uint8_t *device = e->key;

	if (k && keyring_find(k, e->key, &key) && key.seen && key.seen->has_device)
		device = key.seen->device;
	for (int i = 0; i < pcs->n; i++)
		if (memcmp(pcs->device[i], device, CRYPT_PK_LEN) == 0)
			return i;
	if (pcs->n == (int)(sizeof(pcs->device) / sizeof(pcs->device[0])))
		return -1;
	memcpy(pcs->device[pcs->n], device, CRYPT_PK_LEN);
	return pcs->n++;
}

static enum rc late_entry(const struct stocktake *t, struct pcs *pcs,
			  const uint8_t id[ENTRY_ID_LEN], struct late_entry *ret,
			  struct err *reterr)
{
	struct store_entry x = {.e = NULL};
	enum rc rc = store_entry_get(t->look->agent->store, id, &x, reterr);

	if (rc == RC_OK)
		*ret = (struct late_entry){x.index, x.no, x.e->seen_size, pc_of(t, pcs, x.e)};
	entry_free(x.e);
	return rc;
}

enum rc stocktake_late(const struct stocktake *t, const struct merge_state *line, bool *ret,
		       struct err *reterr)
{
	static const char *const counted[] = {"count_status", "counted_qty"};
	const struct merge_value *end, *v;
	struct late_entry finish, x;
	struct pcs pcs = {.n = 0};
	size_t nend = 0, n = 0;
	enum rc rc;

	*ret = false;
	end = t->finished ? merge_siblings(t->e->state, "state", &nend) : NULL;
	if (nend == 0)
		return RC_OK;
	rc = late_entry(t, &pcs, end[0].id, &finish, reterr);
	for (size_t i = 0; rc == RC_OK && i < 2; i++) {
		v = merge_siblings(line, counted[i], &n);
		for (size_t k = 0; rc == RC_OK && k < n && !*ret; k++) {
			rc = late_entry(t, &pcs, v[k].id, &x, reterr);
			*ret = rc == RC_OK && late_is(&x, &finish);
		}
	}
	return rc;
}

/* ---- one row ---- */

static void put_sum(struct json *o, const char *name, const struct json *rec,
		    const char *const field[3])
{
	static const char *const part[] = {"qty", "cost", "residual"};
	struct json *sum = json_object();
	int64_t v;

	for (size_t i = 0; i < 3; i++)
		if (json_get_int(rec, field[i], &v))
			json_set_int(sum, part[i], v);
	json_set(o, name, sum);
}

static void put_asset(const struct stocktake *t, struct json *o,
		      const struct stocktake_asset *asset, const struct json *rec)
{
	char uuid[CODEC_UUID_LEN + 1], end[LOOK_SHORT], label[STOCKTAKE_LABEL];

	codec_uuid(asset->id, uuid);
	look_short(asset->id, end);
	stocktake_label(rec, asset->id, label);
	json_set_str(o, "asset", uuid);
	json_set_str(o, "short", end);
	json_set_str(o, "label", label);
	put_text(t->look, o, "name", asset->form, rec, "name");
	put_text(t->look, o, "code", asset->form, rec, "asset_code");
	put_text(t->look, o, "serial", asset->form, rec, "serial");
	put_text(t->look, o, "location", asset->form, rec, "location");
	put_text(t->look, o, "facility", asset->form, rec, "facility_id");
	put_choice(t->look, o, "class", asset->form, rec, "class");
	put_text(t->look, o, "uom_text", asset->form, rec, "uom");
}

static void put_line(const struct stocktake *t, struct json *o, const struct store_entity *line,
		     const struct json *rec)
{
	static const char *const choice[] = {"condition", "use_state", "discrepancy", "cause",
					     "proposal"};
	char uuid[CODEC_UUID_LEN + 1];

	codec_uuid(line->id, uuid);
	json_set_str(o, "line", uuid);
	put_choice(t->look, o, "status", line->form, rec, "count_status");
	for (size_t i = 0; i < sizeof(choice) / sizeof(choice[0]); i++)
		put_choice(t->look, o, choice[i], line->form, rec, choice[i]);
	put_text(t->look, o, "found_location", line->form, rec, "found_location");
	put_text(t->look, o, "note", line->form, rec, "note");
	json_set_bool(o, "undecided", merge_conflicts(line->state, line->form) > 0);
	json_set(o, "seen", seen_all(line->state));
}

/* Shown values with the derived ones. */
static enum rc whole(const struct stocktake *t, const struct merge_state *s, const struct form *f,
		     struct json **ret, struct err *reterr)
{
	struct form_around around = {.set = store_forms(t->look->agent->store),
				     .now_s = store_likely_now(t->look->agent->store)};
	struct json *rec = merge_json(s, f), *derived = NULL;
	enum rc rc = RC_OK;

	if (f)
		rc = form_check_derived(f, rec, &around, &derived, reterr);
	for (const struct json *v = json_first(derived); rc == RC_OK && v; v = json_next(v))
		json_set(rec, json_name(v), json_copy(v));
	json_free(derived);
	if (rc == RC_OK)
		*ret = rec;
	else
		json_free(rec);
	return rc;
}

enum rc stocktake_put_line(const struct stocktake *t, struct json *o,
			   const struct store_entity *line, struct err *reterr)
{
	static const char *const book[] = {"book_qty", "book_cost", "book_residual"},
				 *const counted[] = {"counted_qty", "counted_cost",
						     "counted_residual"},
				 *const diff[] = {"diff_qty", "diff_cost", "diff_residual"};
	struct json *rec = NULL;
	bool late = false;
	enum rc rc = whole(t, line->state, line->form, &rec, reterr);

	if (rc == RC_OK)
		rc = stocktake_late(t, line->state, &late, reterr);
	if (rc == RC_OK) {
		put_line(t, o, line, rec);
		put_sum(o, "book", rec, book);
		put_sum(o, "counted", rec, counted);
		put_sum(o, "diff", rec, diff);
		json_set_bool(o, "late", late);
	}
	json_free(rec);
	return rc;
}

static enum rc put_books(const struct stocktake *t, struct json *o,
			 const struct stocktake_asset *asset, struct err *reterr)
{
	static const char *const book[] = {"quantity", "original_cost", "residual"};
	struct json *rec = NULL, *fresh;
	enum rc rc = whole(t, asset->state, asset->form, &rec, reterr);

	if (rc != RC_OK)
		return rc;
	fresh = json_object();
	json_set_str(fresh, "count_status", "chua_kiem");
	put_choice(t->look, o, "status", t->line, fresh, "count_status");
	put_sum(o, "book", rec, book);
	json_free(fresh);
	json_free(rec);
	return RC_OK;
}

enum rc stocktake_row(const struct stocktake *t, const struct stocktake_asset *asset,
		      const struct store_entity *line, struct json **ret, struct err *reterr)
{
	struct json *rec = merge_json(asset->state, asset->form), *o = json_object();
	enum rc rc;

	put_asset(t, o, asset, rec);
	json_set_bool(o, "inside", stocktake_covers(t, rec));
	rc = line ? stocktake_put_line(t, o, line, reterr) : put_books(t, o, asset, reterr);
	json_free(rec);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}
