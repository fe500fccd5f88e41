/*
 * clerk: see clerk.h. After every success the entry is remembered as kept, and its author must see
 * exactly what was written: one value, by this entry.
 */
#include "tests/sim/clerk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/ops.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "tests/sim/start.h"

/* Fields that are changed, and what into; NULL values: a text, or (number) a number. */
struct change {
	const char *kind, *field;
	const char *const *value;
	size_t n;
	bool number;
};

static const char *const condition[] = {"tot", "kha", "trung_binh", "kem", "hong"};
static const char *const use_state[] = {"dung_muc_dich", "sai_muc_dich", "khong_su_dung"};
static const char *const surplus[] = {"khong", "chua_phuong_an", "co_phuong_an", "dang_xu_ly"};
static const char *const lifecycle[] = {"dang_theo_doi", "de_nghi_xu_ly"};
static const char *const counted[] = {"chua_kiem", "khong_tiep_can"};

#define FROM(list) list, sizeof(list) / sizeof((list)[0]), false
static const struct change changes[] = {
    {"asset", "condition", FROM(condition)},    {"asset", "use_state", FROM(use_state)},
    {"asset", "quantity", NULL, 0, true},       {"asset", "note", NULL, 0, false},
    {"asset", "location", NULL, 0, false},      {"asset", "name", NULL, 0, false},
    {"asset", "inv_code", NULL, 0, false},      {"asset", "lifecycle", FROM(lifecycle)},
    {"facility", "name", NULL, 0, false},       {"facility", "surplus_status", FROM(surplus)},
    {"facility", "note", NULL, 0, false},       {"facility", "parcel", NULL, 0, false},
    {"inventory", "chief_accountant", NULL, 0, false},
    {"inventory_line", "found_location", NULL, 0, false},
    {"inventory_line", "count_status", FROM(counted)},
};
enum { CHANGES = sizeof(changes) / sizeof(changes[0]) };

/* ---- what was written ---- */

static void check_field(struct world *w, size_t pc, const struct store_entity *x, struct span name,
			const uint8_t id[ENTRY_ID_LEN])
{
	char *field = span_dup(name);
	size_t n = 0;
	const struct merge_value *v = merge_siblings(x->state, field, &n);

	if (n != 1 || memcmp(v[0].id, id, ENTRY_ID_LEN) != 0)
		world_fail(w, "%s wrote %s of %s and sees %zu values there", w->pc[pc].name, field, x->kind, n);
	free(field);
}

/* The author sees only its own value after writing (wire fields of the answer are not told: the
   entry's own are read back). The commune it was written in, as the PCs have it. */
static const char *check_own(struct world *w, size_t pc, const char *text)
{
	struct store *s = w->pc[pc].agent->store;
	struct store_entry x;
	struct store_entity *e = NULL;
	uint8_t id[ENTRY_ID_LEN];
	struct err err = {0};
	const char *scope = NULL;
	struct os_sim *before = os_sim_enter(&w->pc[pc].os);
	enum rc rc;

	if (!codec_b64u_32(span_str(text), id) || store_entry_get(s, id, &x, &err) != RC_OK)
		world_fail(w, "%s was told of an entry %s that is not there", w->pc[pc].name, text);
	rc = store_entity(s, x.e->scope, x.e->kind, x.e->entity, &e, &err);
	if (rc != RC_OK)
		world_fail(w, "%s has an entry without its record: %s", w->pc[pc].name, err.key);
	if (x.verdict == KEYRING_ADMITTED || x.waiting)
		for (size_t i = 0; i < x.e->nfield; i++)
			check_field(w, pc, e, x.e->field[i].name, id);
	store_entity_free(e);
	for (size_t i = 0; i < START_PCS && !scope; i++)
		scope = strcmp(start_get()->pc[i].scope, x.e->scope) == 0 ? start_get()->pc[i].scope : NULL;
	entry_free(x.e);
	os_sim_enter(before);
	if (!scope)
		world_fail(w, "%s wrote into a commune nobody has", w->pc[pc].name);
	return scope;
}

static void take_answer(struct world *w, size_t pc, const struct json *out)
{
	for (const struct json *r = json_first(json_get_arr(out, "records")); r; r = json_next(r)) {
		const char *entry = json_get_str(r, "entry"), *state = json_get_str(r, "state");

		world_say(w, "  %s %s: %s%s", json_get_str(r, "kind"), json_get_str(r, "id"), state,
			  json_len(json_get_arr(r, "errors")) ? " (errors)" : "");
		if (strcmp(state, "draft") == 0)
			world_draft_keep(w, pc, json_get_str(r, "id"));
		if (strcmp(state, "submitted") == 0)
			world_draft_over(w, json_get_str(r, "id"));
		if (!entry || !entry[0])
			continue;
		world_keep(w, pc, entry);
		w->written++;
		world_entity_add(w, check_own(w, pc, entry), json_get_str(r, "kind"),
				 json_get_str(r, "id"));
	}
}

static void work(struct world *w, size_t pc, const struct op *op, struct json *in, const char *what)
{
	const struct world_pc *p = &w->pc[pc];
	const char *clerk = p->clerk[1] && !w->calm && world_chance(w, 3) ? p->clerk[1] : p->clerk[0];
	struct json *out = NULL;
	struct err e = {0};
	char text[96];
	enum rc rc;

	json_set_str(in, "clerk", clerk);
	json_set_str(in, "pin", START_PIN);
	rc = world_op(w, pc, op, in, &out, &e);
	world_say(w, "%s on %s: %s: %s", clerk, p->name, what, world_outcome(rc, &e, text, sizeof(text)));
	if (rc == RC_OK)
		take_answer(w, pc, out);
	json_free(out);
}

/* ---- values ---- */

static void put(struct json *o, const char *field, const char *value)
{
	json_set_str(o, field, value);
}

static void put_text(struct world *w, struct json *o, const char *field)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "giá trị %lld-%zu", (long long)w->step, world_pick(w, 3));
	put(o, field, text);
}

static void put_change(struct world *w, struct json *o, const struct change *c)
{
	if (c->value)
		put(o, c->field, c->value[world_pick(w, c->n)]);
	else if (c->number)
		json_set_int(o, c->field, (int64_t)world_pick(w, 5));
	else
		put_text(w, o, c->field);
}

/* A record of this PC's commune, when they are merged of any, of a kind (NULL: any); NULL when none was made yet. */
static const struct world_entity *any_entity(struct world *w, size_t pc, const char *kind)
{
	for (int i = 0; i < 24; i++) {
		const struct world_entity *e = &w->entity[world_pick(w, w->nentity)];

		if ((e->scope == w->pc[pc].scope || w->merged) && (!kind || strcmp(e->kind, kind) == 0))
			return e;
	}
	return NULL;
}

/* ---- things to do ---- */

void clerk_new_asset(struct world *w, size_t pc)
{
	struct json *in = json_object(), *f = json_object();

	json_set_str(in, "kind", "asset");
	put_text(w, f, "name");
	put(f, "unit_code", "0045106");
	put(f, "class", "may_moc_thiet_bi");
	put(f, "uom", "cai");
	json_set_int(f, "quantity", 1 + (int64_t)world_pick(w, 3));
	json_set_int(f, "use_year", 1990); /* whatever the clock says, not in the future */
	put(f, "value_basis", "so_ke_toan");
	put(f, "condition", condition[world_pick(w, 5)]);
	put(f, "use_state", "dung_muc_dich");
	put(f, "lifecycle", "dang_theo_doi");
	json_set(in, "fields", f);
	work(w, pc, &op_record, in, "a new asset");
}

static void new_facility(struct world *w, size_t pc)
{
	struct json *in = json_object(), *f = json_object();

	json_set_str(in, "kind", "facility");
	put(f, "commune_code", w->pc[pc].scope);
	put_text(w, f, "name");
	put(f, "address", "Thôn Tây");
	put(f, "facility_type", "truong");
	put(f, "land_cert", "chua");
	put(f, "surplus_status", "khong");
	json_set(in, "fields", f);
	work(w, pc, &op_record, in, "a new facility");
}

static void edit(struct world *w, size_t pc)
{
	const struct change *first = &changes[world_pick(w, CHANGES)];
	const struct world_entity *e = any_entity(w, pc, first->kind);
	struct json *in, *f;

	if (!e)
		return;
	in = json_object();
	f = json_object();
	json_set_str(in, "kind", e->kind);
	json_set_str(in, "id", e->id);
	put_change(w, f, first);
	for (size_t i = 0; i < CHANGES; i++)
		if (strcmp(changes[i].kind, e->kind) == 0 && world_chance(w, 5))
			put_change(w, f, &changes[i]);
	json_set(in, "fields", f);
	work(w, pc, &op_record, in, "a change");
}

static void resolve(struct world *w, size_t pc)
{
	const struct change *c = &changes[world_pick(w, CHANGES)];
	const struct world_entity *e = any_entity(w, pc, c->kind);
	struct json *in, *f;

	if (!e)
		return;
	in = json_object();
	f = json_object();
	json_set_str(in, "id", e->id);
	put_change(w, f, c);
	json_set(in, "fields", f);
	json_set_str(in, "reason", "Đã xem tận nơi");
	work(w, pc, &op_resolve, in, "a decision");
}

static void facility_check(struct world *w, size_t pc)
{
	static const char *const field[][2] = {
	    {"checker_name", "Nguyễn Thị Hoa"},  {"checker_title", "Công chức"},
	    {"occupancy", "dung_muc_dich"},	 {"power", "on_dinh"},
	    {"water", "chap_chon"},		 {"internet", "di_dong"},
	    {"tslcd", "khong"},			 {"vc_room", "khong"},
	    {"fire_safety", "chua"},		 {"repair_need", "khong"},
	    {"adequacy", "du"},			 {"checked_at", "2020-01-02T08:00"},
	};
	const struct world_entity *e = any_entity(w, pc, "facility");
	struct json *in, *f;

	if (!e)
		return;
	in = json_object();
	f = json_object();
	json_set_str(in, "kind", "facility_check");
	put(f, "facility_id", e->id);
	put(f, "building_condition", condition[world_pick(w, 5)]);
	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++)
		put(f, field[i][0], field[i][1]);
	json_set(in, "fields", f);
	json_set_bool(in, "submit", !world_chance(w, 4));
	work(w, pc, &op_record, in, "a check of a facility");
}

static void put_line(struct world *w, struct json *lines, const char *type)
{
	struct json *o = json_object(), *f = json_object();
	int64_t working = (int64_t)world_pick(w, 4);

	json_set_str(o, "kind", "equipment_line");
	put(f, "equip_type", type);
	json_set_int(f, "qty_on_hand", 3);
	json_set_int(f, "qty_working", working);
	json_set_int(f, "qty_broken", 3 - working);
	json_set_int(f, "qty_needed", 3);
	put(f, "quality", "dap_ung");
	json_set(o, "fields", f);
	json_append(lines, o);
}

static void equipment_check(struct world *w, size_t pc)
{
	static const char *const type[] = {"may_tinh_ban", "xach_tay", "may_in", "may_scan"};
	struct json *in = json_object(), *file = json_object(), *f = json_object(), *lines = json_array();
	struct buf text;

	put(f, "checked_at", "2020-01-02T08:00");
	put(f, "checker_name", "Nguyễn Thị Hoa");
	put(f, "checker_title", "Công chức");
	json_set_int(f, "staff_approved", 20);
	json_set_int(f, "staff_present", 18);
	for (size_t i = 0, n = 1 + world_pick(w, 4); i < n; i++)
		put_line(w, lines, type[i]);
	json_set_str(file, "kind", "equipment_check");
	json_set(file, "fields", f);
	json_set(file, "children", lines);
	json_set_bool(file, "submit", !world_chance(w, 4));
	buf_init(&text, LIMIT_JSON_TEXT);
	json_write(file, false, &text, NULL);
	json_set_span(in, "file", span_buf(&text));
	buf_free(&text);
	json_free(file);
	work(w, pc, &op_record, in, "a check of equipment");
}

/* A check that was left a draft is handed in. */
static void submit(struct world *w, size_t pc)
{
	struct json *in;

	for (size_t i = 0; i < w->ndraft; i++) {
		const struct world_draft *d = &w->draft[(i + (size_t)w->step) % w->ndraft];

		if (d->pc != pc || d->over)
			continue;
		in = json_object();
		json_set_str(in, "id", d->id);
		work(w, pc, &op_submit, in, "a draft is handed in");
		return;
	}
}

static void statement(struct world *w, size_t pc)
{
	struct json *in = json_object(), *f = json_object();
	char week[16];

	(void)snprintf(week, sizeof(week), "2026-W%02zu", 1 + world_pick(w, 4));
	json_set_str(in, "kind", "weekly_statement");
	put(f, "week", week);
	put(f, "checked_at", "2020-01-02T08:00");
	put(f, "declared_adequate", "co");
	put(f, "checklist", "dm_2026_1");
	put(f, "car", world_chance(w, 2) ? "co" : "chua");
	put(f, "contact_name", w->pc[pc].clerk[0]);
	put(f, "contact_phone", "0900045101");
	json_set(in, "fields", f);
	json_set_bool(in, "submit", true);
	work(w, pc, &op_record, in, "a weekly statement");
}

static void correct(struct world *w, size_t pc)
{
	bool check = world_chance(w, 2);
	const struct world_entity *e = any_entity(w, pc, check ? "facility_check" : "weekly_statement");
	struct json *in, *f;

	if (!e)
		return;
	in = json_object();
	f = json_object();
	json_set_str(in, "id", e->id);
	if (check)
		put(f, "building_condition", condition[world_pick(w, 5)]);
	else
		put(f, "car", world_chance(w, 2) ? "co" : "chua");
	json_set(in, "fields", f);
	json_set_str(in, "reason", "Ghi nhầm");
	work(w, pc, &op_correct, in, "a correction");
}

static void stocktake(struct world *w, size_t pc)
{
	const struct world_entity *session = any_entity(w, pc, "inventory");
	const struct world_entity *asset = any_entity(w, pc, "asset");
	struct json *in = json_object(), *f = json_object();

	if (!session || !asset) {
		json_set_str(in, "kind", "inventory");
		put(f, "unit_name", "Trường Tiểu học");
		put(f, "unit_code", "0045106");
		put(f, "cut_off", "2026-01-01T00:00");
		put(f, "counted_at", "2026-01-02T08:00");
		put(f, "state", "dang_kiem");
	} else {
		json_set_str(in, "kind", "inventory_line");
		json_set_str(in, "parent", session->id);
		put(f, "asset", asset->id);
		put(f, "count_status", counted[world_pick(w, 2)]);
	}
	json_set(in, "fields", f);
	work(w, pc, &op_record, in, session && asset ? "a line of a stocktake" : "a stocktake");
}

static const struct {
	unsigned weight;
	void (*run)(struct world *w, size_t pc);
} table[] = {
    {14, edit}, {4, clerk_new_asset}, {1, new_facility}, {7, resolve}, {3, facility_check}, {3, equipment_check},
    {2, submit}, {2, statement}, {3, correct}, {4, stocktake},
};

void clerk_step(struct world *w, size_t pc)
{
	size_t sum = 0, dice;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		sum += table[i].weight;
	dice = world_pick(w, sum);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (dice < table[i].weight) {
			table[i].run(w, pc);
			return;
		}
		dice -= table[i].weight;
	}
}
