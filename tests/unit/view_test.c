/*
 * view: an entity, its history and a conflict as people see them, with the built-in form of
 * assets and texts in both languages.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "sync/view.h"

enum { WRITES = 12, FIELDS = 4 };

struct write {
	uint8_t id[ENTRY_ID_LEN];
	struct entry_field field[FIELDS];
	uint8_t after[WRITES][ENTRY_ID_LEN];
};

struct desk {
	struct lang *vi, *en;
	struct form *form;
	struct merge_state *s;
	struct write w[WRITES];
	struct view_entry e[WRITES];
	uint8_t key[2][CRYPT_PK_LEN];
	size_t n;
	struct view_as as;
};

static const uint8_t entity[16] = {0x01, 0x8f, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1};

static bool title_of(void *ctx, const char *uuid, struct buf *out)
{
	(void)ctx;
	if (strcmp(uuid, "018f0000-0000-7000-8000-0000000000aa") != 0)
		return false;
	buf_add_str(out, "Trụ sở cũ");
	return true;
}

static bool by_second_key(void *ctx, const struct view_entry *e)
{
	(void)ctx;
	return e->key[0] == 1;
}

static int setup(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));
	struct buf text;

	buf_init(&text, LIMIT_MIB);
	assert_int_equal(os_file_read("sync/forms/asset.json", &text, NULL), RC_OK);
	assert_int_equal(form_parse(span_buf(&text), &d->form, NULL), RC_OK);
	buf_free(&text);
	assert_int_equal(lang_load("vi", &d->vi, NULL), RC_OK);
	assert_int_equal(lang_load("en", &d->en, NULL), RC_OK);
	assert_int_equal(merge_new(&d->s, NULL), RC_OK);
	memset(d->key[1], 1, CRYPT_PK_LEN);
	d->as = (struct view_as){.form = d->form, .lang = d->vi, .title = title_of, .mine = by_second_key};
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct desk *d = *state;

	merge_free(d->s);
	form_free(d->form);
	lang_free(d->vi);
	lang_free(d->en);
	free(d);
	return 0;
}

/* Write number n (id n, n, n …) by key `who`; fields are pairs name, raw ended by NULL. Merged if admitted. */
static struct view_entry *put(struct desk *d, size_t who, const size_t *after, size_t nafter,
			      enum keyring_verdict v, const char *const *field)
{
	struct write *w = &d->w[d->n];
	struct view_entry *e = &d->e[d->n];
	bool present[WRITES];
	size_t nfield = 0;

	memset(w->id, (int)++d->n, ENTRY_ID_LEN);
	for (; *field; field += 2, nfield++)
		w->field[nfield] =
		    (struct entry_field){.name = span_str(field[0]), .raw = span_str(field[1])};
	for (size_t i = 0; i < nafter; i++) {
		memset(w->after[i], (int)after[i], ENTRY_ID_LEN);
		present[i] = true;
	}
	*e = (struct view_entry){.in = {.id = w->id,
					.at = 1795054267 + (int64_t)d->n,
					.field = w->field,
					.nfield = nfield,
					.after = (const uint8_t(*)[ENTRY_ID_LEN])w->after,
					.nafter = nafter},
				 .index = (int64_t)d->n,
				 .verdict = v,
				 .key = d->key[who],
				 .author = who ? "Lê Văn Đức" : "Trần Thị Bích",
				 .lower = 1795000000,
				 .upper = -1};
	if (v == KEYRING_ADMITTED)
		assert_int_equal(merge_apply(d->s, &e->in, present, NULL, NULL), RC_OK);
	return e;
}

#define PUT(d, who, after, nafter, v, ...) \
	put(d, who, after, nafter, v, (const char *const[]){__VA_ARGS__, NULL})

static struct json *entity_of(struct desk *d, const struct json *derived)
{
	const struct view_id id = {.scope = "00004", .kind = "asset", .id = entity};
	struct json *o = NULL;

	assert_int_equal(view_entity(&d->as, &id, d->s, derived, &o, NULL), RC_OK);
	char *text = json_print(o);
	assert_non_null(text); /* whole, not broken for want of memory */
	free(text);
	return o;
}

static const char *text_of(const struct json *o, const char *field)
{
	return json_get_str(json_get(json_get(o, "fields"), field), "text");
}

static void b64u_of(int byte, char out[CODEC_B64U_32 + 1])
{
	uint8_t id[ENTRY_ID_LEN];

	memset(id, byte, sizeof(id));
	codec_b64u(id, sizeof(id), out);
}

/* ---- texts ---- */

static void values_are_written_as_people_read_them(void **state)
{
	struct desk *d = *state;

	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "name", "\"Máy tính Dell\"", "condition",
	    "\"trung_binh\"", "use_year", "2019", "cost_budget", "14990000");
	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "use_date", "\"2019-03-05\"", "inv_code",
	    "[\"01_7663\",\"02\"]", "quantity", "12345", "facility_id",
	    "\"018f0000-0000-7000-8000-0000000000aa\"");
	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "same_as", "\"018f0000-0000-7000-8000-0000000000bb\"",
	    "unknown_field", "1234567", "other", "false", "accum_dep", "null");
	struct json *o = entity_of(d, NULL);
	assert_string_equal(text_of(o, "name"), "Máy tính Dell");
	assert_string_equal(text_of(o, "condition"), "Trung bình");
	assert_string_equal(text_of(o, "use_year"), "2019"); /* a year has no dot */
	assert_string_equal(text_of(o, "cost_budget"), "14.990.000");
	assert_string_equal(text_of(o, "use_date"), "05/03/2019");
	assert_string_equal(text_of(o, "inv_code"), "01_7663; 02");
	assert_string_equal(text_of(o, "quantity"), "12.345");
	assert_string_equal(text_of(o, "facility_id"), "Trụ sở cũ");
	assert_string_equal(text_of(o, "same_as"), "018f0000-0000-7000-8000-0000000000bb");
	assert_string_equal(text_of(o, "unknown_field"), "1.234.567");
	assert_string_equal(text_of(o, "other"), "Không");
	assert_string_equal(text_of(o, "accum_dep"), "");
	assert_string_equal(json_get_str(o, "title"),
			    "Máy tính Dell"); /* asset_code has no value */
	assert_string_equal(json_get_str(o, "id"), "018f0000-0000-7000-8000-000000000001");
	const struct json *f = json_get(json_get(o, "fields"), "condition");
	assert_string_equal(json_get_str(f, "label"), "Tình trạng");
	assert_string_equal(json_get_str(f, "value"), "trung_binh");
	assert_string_equal(json_get_str(f, "policy"), "keep");
	json_free(o);
	d->as.lang = d->en;
	o = entity_of(d, NULL);
	assert_string_equal(text_of(o, "condition"), "Average");
	assert_string_equal(text_of(o, "other"), "No");
	json_free(o);
}

static void other_types_and_bad_values_have_a_text_too(void **state)
{
	struct desk *d = *state;
	static const struct {
		struct form_field f;
		const char *raw, *text;
	} cases[] = {
	    {{.type = FORM_DATETIME}, "\"2026-11-25T08:30\"", "25/11/2026 08:30"},
	    {{.type = FORM_DATETIME}, "\"soon\"", "soon"},
	    {{.type = FORM_DECIMAL}, "\"1234567.89\"", "1.234.567,89"},
	    {{.type = FORM_DECIMAL}, "\"1,5\"", "1,5"},
	    {{.type = FORM_DERIVED}, "\"2142071\"", "2.142.071"},
	    {{.type = FORM_DATE}, "\"2026-02-30\"", "2026-02-30"},
	    {{.type = FORM_MONEY}, "2019", "2.019"},
	    {{.type = FORM_INT}, "-12345", "-12.345"},
	    {{.type = FORM_BOOL}, "true", "Có"},
	    {{.type = FORM_BLOB},
	     "{\"sha256\":\"0\",\"size\":1,\"type\":\"image/jpeg\",\"name\":\"ảnh.jpg\"}",
	     "ảnh.jpg"},
	    {{.type = FORM_TEXT}, "\"\"", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json *v = entry_value_json(span_str(cases[i].raw));
		struct buf out;
		buf_init(&out, LIMIT_VIEW_TEXT);
		buf_add_str(&out, "");
		view_text(&d->as, &cases[i].f, v, &out);
		assert_string_equal((const char *)out.p, cases[i].text);
		buf_free(&out);
		json_free(v);
	}
}

static void a_week_is_said_as_people_say_it(void **state)
{
	struct desk *d = *state;
	struct form_field week = {.type = FORM_CODE}, code = {.type = FORM_CODE};
	struct json *v = json_string("2026-W48"), *none = json_string("2026-W54");
	const struct {
		const struct form_field *f;
		const struct json *v;
		const struct lang *lang;
		const char *text;
	} cases[] = {
	    {&week, v, d->vi, "Tuần 48 (23/11 – 29/11/2026)"},
	    {&week, v, d->en, "Week 48 (23/11 – 29/11/2026)"},
	    {&week, none, d->vi, "2026-W54"}, /* no year has it */
	    {&code, v, d->vi, "2026-W48"},    /* no pattern says that it is one */
	};

	assert_int_equal(re_compile(span_str("^[0-9]{4}-W[0-9]{2}$"), &week.re, NULL), RC_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;
		buf_init(&out, LIMIT_VIEW_TEXT);
		d->as.lang = cases[i].lang;
		view_text(&d->as, cases[i].f, cases[i].v, &out);
		assert_string_equal((const char *)out.p, cases[i].text);
		buf_free(&out);
	}
	re_free(week.re);
	json_free(v);
	json_free(none);
}

static void derived_values_stand_in_their_place(void **state)
{
	struct desk *d = *state;
	struct json *derived = json_object();

	json_set_int(derived, "original_cost", 14990000);
	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "cost_budget", "14990000", "accum_dep", "5");
	struct json *o = entity_of(d, derived);
	assert_string_equal(text_of(o, "original_cost"), "14.990.000");
	const struct json *f = json_get(json_get(o, "fields"), "original_cost");
	assert_string_equal(json_get_str(f, "type"), "derived");
	assert_string_equal(json_get_str(f, "unit"), "đồng");
	const struct json *first = json_first(json_get(o, "fields"));
	assert_string_equal(json_name(first), "cost_budget");
	assert_string_equal(json_name(json_next(first)), "original_cost");
	json_free(o);
	json_free(derived);
}

/* ---- conflicts ---- */

/* clause: M4 M10 */
static void a_conflict_shows_all_its_sides(void **state)
{
	struct desk *d = *state;
	char id[CODEC_B64U_32 + 1];
	bool conflict = false;
	int64_t n = 0;

	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "name", "\"Máy in\"", "condition", "\"tot\"");
	PUT(d, 0, ((size_t[]){1}), 1, KEYRING_ADMITTED, "condition", "\"kem\"");
	PUT(d, 1, ((size_t[]){1}), 1, KEYRING_ADMITTED, "condition", "\"hong\"", "name",
	    "\"Máy in Canon\"");
	struct json *o = entity_of(d, NULL);
	assert_true(json_get_int(o, "conflicts", &n) && n == 1);
	const struct json *f = json_get(json_get(o, "fields"), "condition");
	assert_true(json_get_bool(f, "conflict", &conflict) && conflict);
	assert_string_equal(json_get_str(f, "text"), "Hỏng"); /* the latest stands first */
	const struct json *s = json_get_arr(f, "siblings");
	assert_int_equal(json_len(s), 2);
	assert_string_equal(json_get_str(json_at(s, 0), "text"), "Kém");
	b64u_of(2, id);
	assert_string_equal(json_get_str(json_at(s, 0), "entry"), id);
	f = json_get(json_get(o, "fields"), "name");
	assert_true(json_get_bool(f, "conflict", &conflict) && !conflict);
	json_free(o);
}

/* clause: M10 */
static void a_conflict_names_what_both_sides_replaced(void **state)
{
	struct desk *d = *state;
	struct json *o = NULL;
	bool flag = false;

	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "condition", "\"tot\"");
	PUT(d, 0, ((size_t[]){1}), 1, KEYRING_ADMITTED, "condition", "\"kha\"");
	PUT(d, 0, ((size_t[]){2}), 1, KEYRING_ADMITTED, "condition", "\"trung_binh\"");
	PUT(d, 0, ((size_t[]){3}), 1, KEYRING_ADMITTED, "condition",
	    "\"kem\""); /* two steps from 2 */
	PUT(d, 1, ((size_t[]){2}), 1, KEYRING_ADMITTED, "condition", "\"hong\""); /* one */
	PUT(d, 1, ((size_t[]){4}), 1, KEYRING_Q_REVOKED, "condition",
	    "\"tot\""); /* counts nothing */
	assert_int_equal(view_conflict(&d->as, d->e, d->n, "condition", &o, NULL),
			 RC_OK);
	assert_true(json_get_bool(o, "conflict", &flag) && flag);
	assert_string_equal(json_get_str(o, "label"), "Tình trạng");
	const struct json *s = json_get_arr(o, "siblings"), *b = json_get_arr(o, "base");
	assert_int_equal(json_len(s), 2);
	assert_string_equal(json_get_str(json_at(s, 0), "text"), "Kém");
	assert_true(json_get_bool(json_at(s, 0), "mine", &flag) && !flag);
	assert_string_equal(json_get_str(json_at(s, 1), "text"), "Hỏng");
	assert_true(json_get_bool(json_at(s, 1), "mine", &flag) && flag);
	assert_string_equal(json_get_str(json_at(s, 1), "who"), "Lê Văn Đức");
	assert_int_equal(json_len(b), 1); /* 2, not 1 which 2 replaced */
	assert_string_equal(json_get_str(json_at(b, 0), "text"), "Khá");
	json_free(o);
	struct err err = {0};
	assert_int_equal(view_conflict(&d->as, d->e, d->n, "name", &o, &err), RC_NOTFOUND);
	assert_string_equal(err.key, "merge.no_value");
}

static void sides_without_anything_in_common_have_no_base(void **state)
{
	struct desk *d = *state;
	struct json *o = NULL;

	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "condition", "\"tot\"");
	PUT(d, 1, NULL, 0, KEYRING_ADMITTED, "condition", "\"kem\"");
	assert_int_equal(view_conflict(&d->as, d->e, d->n, "condition", &o, NULL), RC_OK);
	assert_int_equal(json_len(json_get_arr(o, "siblings")), 2);
	assert_int_equal(json_len(json_get_arr(o, "base")), 0);
	json_free(o);
}

/* Texts of an array of sides, "|" between. */
static void sides(const struct json *all, const char *want)
{
	char text[256] = "";

	for (const struct json *x = json_first(all); x; x = json_next(x))
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
			 text[0] ? "|" : "", json_get_str(x, "text"));
	assert_string_equal(text, want);
}

/* clause: M10 M14 */
static void more_than_two_sides_and_an_erased_base(void **state)
{
	struct desk *d = *state;
	struct json *o = NULL;

	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "condition", "\"tot\"")->in.erased = true;
	PUT(d, 0, ((size_t[]){1}), 1, KEYRING_ADMITTED, "condition", "\"kem\"", "reason", "\"ẩm\"");
	PUT(d, 1, ((size_t[]){1}), 1, KEYRING_ADMITTED, "condition", "\"hong\"");
	PUT(d, 1, ((size_t[]){1}), 1, KEYRING_ADMITTED, "condition", "\"kha\"");
	assert_int_equal(view_conflict(&d->as, d->e, d->n, "condition", &o, NULL), RC_OK);
	sides(json_get_arr(o, "siblings"), "Kém|Hỏng|Khá");
	sides(json_get_arr(o, "mine"), "Hỏng|Khá");
	sides(json_get_arr(o, "theirs"), "Kém");
	sides(json_get_arr(o, "base"), "(đã xóa)");
	assert_null(json_str(json_get(json_at(json_get_arr(o, "base"), 0), "value")));
	assert_string_equal(json_get_str(json_at(json_get_arr(o, "theirs"), 0), "reason"), "ẩm");
	sides(json_get_arr(json_at(json_get_arr(o, "theirs"), 0), "old"), "(đã xóa)");
	json_free(o);
	/* a decision between two of the three, then another one against it: both stood before */
	PUT(d, 0, ((size_t[]){2, 3}), 2, KEYRING_ADMITTED, "condition", "\"hong\"");
	PUT(d, 1, ((size_t[]){2, 3}), 2, KEYRING_ADMITTED, "condition", "\"tot\"");
	PUT(d, 1, ((size_t[]){4}), 1, KEYRING_ADMITTED, "condition", "\"kem\"");
	assert_int_equal(view_conflict(&d->as, d->e, d->n, "condition", &o, NULL), RC_OK);
	sides(json_get_arr(o, "siblings"), "Hỏng|Tốt|Kém");
	sides(json_get_arr(o, "base"), "(đã xóa)"); /* what all three go back to */
	json_free(o);
	PUT(d, 1, ((size_t[]){7}), 1, KEYRING_Q_REVOKED, "condition", "\"kha\"");
	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "condition", "\"trung_binh\"");
	assert_int_equal(view_conflict(&d->as, d->e, d->n, "condition", &o, NULL), RC_OK);
	sides(json_get_arr(o, "siblings"), "Hỏng|Tốt|Kém|Trung bình");
	sides(json_get_arr(o, "base"), ""); /* one of them was written blindly */
	json_free(o);
}

/* clause: A9 */
static void blind_writes_are_told_by_the_entries_themselves(void **state)
{
	struct desk *d = *state;
	static const bool blind[] = {false, false, true, false, false, false};

	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "condition", "\"tot\"");
	PUT(d, 0, ((size_t[]){1}), 1, KEYRING_ADMITTED, "condition", "\"kem\"");
	PUT(d, 1, NULL, 0, KEYRING_ADMITTED, "condition", "\"hong\"");
	PUT(d, 1, NULL, 0, KEYRING_ADMITTED, "note", "\"mới\""); /* nothing stood there */
	PUT(d, 1, NULL, 0, KEYRING_Q_REVOKED, "condition", "\"tot\""); /* counts nothing */
	PUT(d, 1, ((size_t[]){3}), 1, KEYRING_ADMITTED, "condition", "\"tot\"");
	view_flags("asset", d->e, d->n);
	for (size_t i = 0; i < d->n; i++)
		assert_int_equal((d->e[i].flags & KEYRING_FLAG_BLIND) != 0, blind[i]);
	view_flags("facility_check", d->e, d->n);
	assert_int_equal(d->e[0].flags & KEYRING_FLAG_AGAIN, 0);
	assert_int_equal(d->e[1].flags & KEYRING_FLAG_AGAIN, KEYRING_FLAG_AGAIN);
}

/* clause: M16 */
static void an_edit_of_what_was_written_off_meanwhile_is_shown(void **state)
{
	struct desk *d = *state;
	struct json *o = NULL;
	bool mine = false;

	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "lifecycle", "\"dang_theo_doi\"", "location",
	    "\"Phòng 1\"");
	PUT(d, 0, ((size_t[]){1}), 1, KEYRING_ADMITTED, "lifecycle", "\"da_giam\"", "reason",
	    "\"hỏng hẳn\"");
	assert_int_equal(view_retired(&d->as, d->s, d->e, d->n, &o, NULL), RC_OK);
	assert_null(o);
	PUT(d, 1, ((size_t[]){1}), 1, KEYRING_ADMITTED, "location", "\"Kho\"");
	assert_int_equal(view_retired(&d->as, d->s, d->e, d->n, &o, NULL), RC_OK);
	sides(json_get_arr(o, "by"), "Đã ghi giảm");
	const struct json *e = json_at(json_get_arr(o, "edits"), 0), *f;
	assert_int_equal(json_len(json_get_arr(o, "edits")), 1);
	assert_true(json_get_bool(e, "mine", &mine) && mine);
	f = json_at(json_get_arr(e, "fields"), 0);
	assert_string_equal(json_get_str(f, "label"), "Nơi sử dụng");
	assert_string_equal(json_get_str(f, "text"), "Kho");
	sides(json_get_arr(f, "old"), "Phòng 1");
	json_free(o);
	PUT(d, 0, ((size_t[]){1, 2, 3}), 3, KEYRING_ADMITTED, "lifecycle", "\"da_giam\"");
	assert_int_equal(view_retired(&d->as, d->s, d->e, d->n, &o, NULL), RC_OK);
	assert_null(o);
}

/* ---- history ---- */

/* clause: M10 A10 */
static void a_history_says_who_changed_what_from_what_and_why(void **state)
{
	struct desk *d = *state;
	struct json *h = NULL;
	int64_t n = 0;

	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "name", "\"Máy in\"", "condition", "\"tot\"");
	PUT(d, 0, ((size_t[]){1}), 1, KEYRING_ADMITTED, "condition", "\"kem\"");
	PUT(d, 1, ((size_t[]){1}), 1, KEYRING_ADMITTED, "condition", "\"hong\"");
	struct view_entry *e = PUT(d, 1, ((size_t[]){2, 3}), 2, KEYRING_ADMITTED, "condition",
				   "\"hong\"", "reason", "\"đã xem tận nơi\"");
	e->flags = KEYRING_FLAG_CLOCK | KEYRING_FLAG_GAP;
	e = PUT(d, 0, ((size_t[]){4}), 1, KEYRING_Q_REVOKED, "condition", "\"tot\"");
	e->index = KEYRING_NO_INDEX;
	assert_int_equal(view_history(&d->as, d->e, d->n, &h, NULL), RC_OK);
	assert_int_equal(json_len(h), 6);
	const struct json *first = json_at(h, 0), *decision = json_at(h, 4), *held = json_at(h, 5);
	assert_string_equal(json_get_str(first, "label"), "Tên tài sản");
	assert_int_equal(json_len(json_get_arr(first, "old")), 0);
	assert_string_equal(json_get_str(first, "new_text"), "Máy in");
	assert_int_equal(json_kind(json_get(first, "reason")), JSON_NULL);
	assert_string_equal(json_get_str(first, "at_text"), "19/11/2026 09:11");
	assert_true(json_int(json_at(json_get_arr(first, "interval"), 0), &n) && n == 1795000000);
	assert_int_equal(json_kind(json_at(json_get_arr(first, "interval"), 1)), JSON_NULL);
	assert_string_equal(json_get_str(decision, "who"), "Lê Văn Đức");
	assert_string_equal(json_get_str(decision, "reason"), "đã xem tận nơi");
	assert_int_equal(json_len(json_get_arr(decision, "old")), 2);
	assert_string_equal(json_get_str(json_at(json_get_arr(decision, "old"), 0), "text"), "Kém");
	assert_int_equal(json_len(json_get_arr(decision, "flags")), 2);
	assert_string_equal(json_get_str(json_at(json_get_arr(decision, "flags"), 0), "flag"),
			    "clock");
	assert_null(json_get(decision, "why"));
	assert_string_equal(json_get_str(held, "verdict"), "revoked");
	assert_string_equal(json_get_str(held, "why"), lang_text(d->vi, "keyring.why.revoked"));
	assert_int_equal(json_kind(json_get(held, "index")), JSON_NULL);
	json_free(h);
}

/* clause: M14 */
static void an_erased_entry_stays_in_history_without_its_values(void **state)
{
	struct desk *d = *state;
	struct json *h = NULL, *o;
	bool erased = false;

	struct view_entry *e = PUT(d, 0, NULL, 0, KEYRING_Q_ROLE, "name", "\"bí mật\"");
	d->w[0].field[0].raw = span_of(NULL, 0);
	e->in.erased = true;
	e->in.at = 0;
	e->verdict = KEYRING_ADMITTED;
	assert_int_equal(merge_apply(d->s, &e->in, NULL, NULL, NULL), RC_OK);
	o = entity_of(d, NULL);
	assert_string_equal(text_of(o, "name"), "(đã xóa)");
	assert_string_equal(json_get_str(o, "title"), "");
	json_free(o);
	PUT(d, 0, ((size_t[]){1}), 1, KEYRING_ADMITTED, "name", "\"mới\"");
	assert_int_equal(view_history(&d->as, d->e, d->n, &h, NULL), RC_OK);
	assert_true(json_get_bool(json_at(h, 0), "erased", &erased) && erased);
	assert_string_equal(json_get_str(json_at(h, 0), "at_text"), "");
	assert_string_equal(json_get_str(json_at(json_get_arr(json_at(h, 1), "old"), 0), "text"),
			    "(đã xóa)");
	json_free(h);
}

static void without_a_form_names_and_plain_values_remain(void **state)
{
	struct desk *d = *state;
	bool conflict = false;

	d->as.form = NULL;
	PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "condition", "\"tot\"", "reason", "\"a\"");
	PUT(d, 1, NULL, 0, KEYRING_ADMITTED, "condition", "\"kem\"", "reason", "\"b\"");
	struct json *o = entity_of(d, NULL);
	const struct json *f = json_get(json_get(o, "fields"), "condition");
	assert_string_equal(json_get_str(f, "label"), "condition");
	assert_string_equal(json_get_str(f, "text"), "kem");
	assert_true(json_get_bool(f, "conflict", &conflict) && conflict);
	f = json_get(json_get(o, "fields"), "reason");
	assert_string_equal(json_get_str(f, "label"), "Lý do");
	assert_true(json_get_bool(f, "conflict", &conflict) && !conflict);
	assert_string_equal(json_get_str(o, "title"), "");
	json_free(o);
}

static void said(const struct lang *lang, struct view_entry *e, int64_t lower, int64_t upper,
		 const char *want)
{
	const struct view_as as = {.lang = lang};
	struct json *o = json_object();
	struct buf b;

	buf_init(&b, LIMIT_TEXT);
	e->lower = lower;
	e->upper = upper;
	view_when(&as, e, o);
	view_when_text(lang, o, &b);
	view_flags_text(o, " ", &b);
	assert_string_equal((const char *)b.p, want);
	buf_free(&b);
	json_free(o);
}

/* clause: A9 E11 */
static void when_is_said_by_what_is_known(void **state)
{
	struct desk *d = *state;
	struct view_entry *e = PUT(d, 0, NULL, 0, KEYRING_ADMITTED, "name", "\"Máy in\"");

	said(d->vi, e, 1795000000, 1795003600, "trong khoảng 18/11/2026 18:06 đến 18/11/2026 19:06");
	said(d->vi, e, 1795000000, 1795000001, "lúc 18/11/2026 18:06");
	said(d->vi, e, -1, 1795003600, "trước 18/11/2026 19:06");
	said(d->vi, e, 1795000000, -1,
	     "sau 18/11/2026 18:06, chưa gửi (19/11/2026 09:11 theo đồng hồ máy)");
	said(d->en, e, -1, -1, "19/11/2026 09:11 by the PC's clock, not sent yet");
	e->flags = KEYRING_FLAG_JUMP;
	said(d->en, e, -1, 1795003600,
	     "before 18/11/2026 19:06 ! The clock of the recording computer went back since the entry before this one.\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(values_are_written_as_people_read_them),
	    TEST(other_types_and_bad_values_have_a_text_too),
	    TEST(a_week_is_said_as_people_say_it),
	    TEST(derived_values_stand_in_their_place),
	    TEST(a_conflict_shows_all_its_sides),
	    TEST(a_conflict_names_what_both_sides_replaced),
	    TEST(sides_without_anything_in_common_have_no_base),
	    TEST(more_than_two_sides_and_an_erased_base),
	    TEST(blind_writes_are_told_by_the_entries_themselves),
	    TEST(an_edit_of_what_was_written_off_meanwhile_is_shown),
	    TEST(a_history_says_who_changed_what_from_what_and_why),
	    TEST(an_erased_entry_stays_in_history_without_its_values),
	    TEST(without_a_form_names_and_plain_values_remain),
	    TEST(when_is_said_by_what_is_known),
	};

	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
