/*
 * nation: what each commune writes (see nation.h).
 */
#include "tests/support/nation.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/text.h"

enum {
	FIRST_MONDAY = 1789923600, /* 2026-09-21T00:00+07:00, Monday of 2026-W39 */
	FIRST_WEEK = 39,
	WEEK_S = 604800,
	DAY_S = 86400,
	CLERKS = 2,
	SURPLUS = 6, /* places that may be surplus */
	LINES = 9,
	EDITS = 2,
	HELD_EACH = 3,
	SILENT_FROM = 6,
	REVOKED_AT = 4
};
enum fate { FATE_PLAIN, FATE_NEVER, FATE_SILENT, FATE_REVOKED };

struct thing {
	uint8_t id[16], last[ENTRY_ID_LEN];
};
struct nation_unit {
	char code[ENTRY_SCOPE_LEN];
	struct rng rng;
	enum fate fate;
	size_t nclerk;
	bool adequate;
	struct crypt_signer *clerk[CLERKS];
	struct herd_feed feed[CLERKS], registrar, verifier;
	struct thing place[NATION_PLACES], asset[NATION_ASSETS];
	unsigned stage[SURPLUS];
	bool differs; /* place 0 has two values: those of `other` and last */
	uint8_t other[ENTRY_ID_LEN];
	bool owes; /* the statement of the week before */
};

static const char *const stages[] = {"chua_phuong_an", "co_phuong_an", "dang_xu_ly", "da_xu_ly"};
enum { HANDLED = 3 };

void nation_init(struct nation *n, uint64_t seed, size_t often)
{
	*n = (struct nation){.seed = seed, .often = often};
}

void nation_free(struct nation *n)
{
	for (size_t i = 0; i < n->n; i++)
		for (size_t k = 0; k < CLERKS; k++)
			crypt_signer_free(n->unit[i].clerk[k]);
	free(n->unit);
	*n = (struct nation){.seed = 0};
}

static enum fate fate_of(struct rng *r, size_t often)
{
	size_t x = rng_below(r, 1000) / often;

	return x < 6 ? FATE_NEVER : x < 21 ? FATE_SILENT : x < 31 ? FATE_REVOKED : FATE_PLAIN;
}

void nation_add(struct nation *n, const char *code)
{
	struct nation_unit *u;

	if (n->n == n->cap) {
		n->cap = n->cap ? n->cap * 2 : 64;
		n->unit = realloc(n->unit, n->cap * sizeof(*n->unit));
		if (!n->unit)
			abort();
	}
	u = &n->unit[n->n];
	*u = (struct nation_unit){.rng = rng_case(n->seed, n->n)};
	memcpy(u->code, code, sizeof(u->code));
	u->fate = fate_of(&u->rng, n->often);
	u->nclerk = u->fate == FATE_REVOKED || rng_one_in(&u->rng, 12 / n->often) ? 2 : 1;
	u->adequate = !rng_one_in(&u->rng, 18);
	n->counts.never += u->fate == FATE_NEVER;
	n->counts.silent += u->fate == FATE_SILENT;
	n->n++;
}

int64_t nation_monday(unsigned week)
{
	return (int64_t)FIRST_MONDAY + (int64_t)week * WEEK_S;
}

void nation_week_name(unsigned week, char ret[TEXT_WEEK_LEN])
{
	text_time_week(nation_monday(week), ret);
}

/* ---- sealing ---- */

/* As herd_seal, with a salt out of the seed. */
static void seal(struct nation *n, struct nation_unit *u, struct herd_feed *f,
		 struct crypt_signer *key, int64_t at, struct entry_draft *d,
		 uint8_t retid[ENTRY_ID_LEN])
{
	struct entry *e = NULL;
	struct err why = {0};

	memcpy(d->feed, f->feed, sizeof(d->feed));
	memcpy(d->prev, f->prev, sizeof(d->prev));
	memcpy(d->seen_root, n->seen_root, sizeof(d->seen_root));
	d->seen_size = n->seen_size;
	d->seq = f->seq;
	d->at = at;
	d->scope = u->code;
	rng_bytes(&u->rng, d->salt, sizeof(d->salt));
	herd_must(entry_seal(d, key, &e, &why), &why);
	memcpy(f->prev, e->id, sizeof(f->prev));
	f->seq++;
	if (retid)
		memcpy(retid, e->id, ENTRY_ID_LEN);
	n->counts.records++;
	n->take(n->ctx, e);
}

static void open_feed(struct nation *n, struct nation_unit *u, struct herd_feed *f,
		      struct crypt_signer *key, int64_t at)
{
	struct entry_draft d = {.op = ENTRY_OPEN};

	memset(f, 0, sizeof(*f));
	entry_feed_new(crypt_signer_pk(key), f->feed);
	rng_bytes(&u->rng, f->feed + 8, sizeof(f->feed) - 8);
	seal(n, u, f, key, at, &d, NULL);
}

static void new_id(struct nation_unit *u, int64_t at, uint8_t ret[16])
{
	rng_bytes(&u->rng, ret, 16);
	codec_put_be32(ret, (uint32_t)((uint64_t)at * 1000 >> 16));
	codec_uuid_stamp(ret, 7);
}

struct author {
	struct herd_feed *feed;
	struct crypt_signer *key;
	int64_t at;
};

static struct author clerk(struct nation_unit *u, size_t k, int64_t at)
{
	return (struct author){&u->feed[k], u->clerk[k], at};
}

/* A set whose fields are printed, ' for ". */
__attribute__((format(printf, 9, 10))) static void
set(struct nation *n, struct nation_unit *u, struct author by, const char *kind,
    const uint8_t id[16], const uint8_t (*after)[ENTRY_ID_LEN], size_t nafter,
    uint8_t retid[ENTRY_ID_LEN], const char *format, ...)
{
	struct entry_draft d = {.op = ENTRY_SET, .kind = kind, .entity = id, .after = after,
				.nafter = nafter};
	char fields[2048];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(fields, sizeof(fields), format, ap);
	va_end(ap);
	for (char *p = fields; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	d.set = span_str(fields);
	seal(n, u, by.feed, by.key, by.at, &d, retid);
}

/* ---- the beginning ---- */

static void cert(struct nation *n, struct nation_unit *u, const struct authority_cert *c)
{
	struct entry_draft d = {.op = ENTRY_CERT};
	struct err e = {0};
	struct buf body;

	buf_init(&body, LIMIT_ENTRY_PAYLOAD);
	herd_must(authority_cert_write(c, &body, &e), &e);
	d.set = span_buf(&body);
	seal(n, u, &u->registrar, n->registrar, nation_monday(0), &d, NULL);
	buf_free(&body);
}

static void certify(struct nation *n, struct nation_unit *u, size_t i)
{
	struct authority_cert c = {.nscope = 1};

	memcpy(c.scope[0], u->code, sizeof(u->code));
	open_feed(n, u, &u->registrar, n->registrar, nation_monday(0));
	for (size_t k = 0; k < u->nclerk; k++) {
		unsigned no = (unsigned)(i * CLERKS + k);
		struct crypt_signer *device = herd_signer(no, HERD_DEVICE);

		u->clerk[k] = herd_signer(no, HERD_CLERK);
		c.role = ROLE_DEVICE;
		c.has_device = false;
		(void)snprintf(c.name, sizeof(c.name), "Máy %zu", k + 1);
		memcpy(c.key, crypt_signer_pk(device), CRYPT_PK_LEN);
		cert(n, u, &c);
		c.role = ROLE_CLERK;
		c.has_device = true;
		memcpy(c.device, c.key, CRYPT_PK_LEN);
		memcpy(c.key, crypt_signer_pk(u->clerk[k]), CRYPT_PK_LEN);
		(void)snprintf(c.name, sizeof(c.name), "Cán bộ %s", k ? "Hai" : "Một");
		cert(n, u, &c);
		crypt_signer_free(device);
	}
	for (size_t k = 0; k < u->nclerk; k++)
		open_feed(n, u, &u->feed[k], u->clerk[k], nation_monday(0) + 3600);
}

static void register_places(struct nation *n, struct nation_unit *u)
{
	static const char *const type[] = {"tru_so", "truong", "nha_van_hoa", "tram_y_te", "khac"};

	for (size_t p = 0; p < NATION_PLACES; p++) {
		struct author by = clerk(u, 0, nation_monday(0) + 7200 + (int64_t)p);
		bool surplus = p < SURPLUS && !rng_one_in(&u->rng, 6);

		if (p < SURPLUS)
			u->stage[p] = surplus ? 0 : HANDLED + 1;
		n->counts.surplus += surplus;
		new_id(u, by.at, u->place[p].id);
		set(n, u, by, "facility", u->place[p].id, NULL, 0, u->place[p].last,
		    "{'commune_code':'%s','name':'Cơ sở số %zu','address':'Thôn %zu',"
		    "'facility_type':'%s','land_cert':'co','surplus_status':'%s'}",
		    u->code, p + 1, p + 1, type[p % 5], surplus ? stages[0] : "khong");
	}
}

static void register_assets(struct nation *n, struct nation_unit *u)
{
	for (size_t a = 0; a < NATION_ASSETS; a++) {
		struct author by = clerk(u, 0, nation_monday(0) + 9000 + (int64_t)a);

		new_id(u, by.at, u->asset[a].id);
		set(n, u, by, "asset", u->asset[a].id, NULL, 0, u->asset[a].last,
		    "{'unit_code':'0%s1','name':'Máy tính để bàn số %zu','class':'may_moc_thiet_bi',"
		    "'equip_type':'may_tinh_ban','uom':'cai','quantity':1,'use_year':%zu,"
		    "'cost_budget':%zu,'value_basis':'so_ke_toan','condition':'tot',"
		    "'use_state':'dung_muc_dich','lifecycle':'dang_theo_doi'}",
		    u->code, a + 1, 2015 + rng_below(&u->rng, 11),
		    (1000 + rng_below(&u->rng, 9000)) * 10000);
	}
}

void nation_begin(struct nation *n, size_t i)
{
	struct nation_unit *u = &n->unit[i];

	if (u->fate == FATE_NEVER)
		return;
	certify(n, u, i);
	register_places(n, u);
	register_assets(n, u);
}

/* ---- a week ---- */

static void stamp(int64_t at, char ret[17])
{
	char date[TEXT_DATE_LEN];
	int64_t minute = (at + 25200) % DAY_S / 60;

	text_time_date(at, date);
	(void)snprintf(ret, 17, "%sT%02d:%02d", date, (int)(minute / 60), (int)(minute % 60));
}

/* Four places in five each week; in two weeks all of them. */
static void visits(struct nation *n, struct nation_unit *u, unsigned week)
{
	for (size_t p = 0; p < NATION_PLACES; p++) {
		struct author by = clerk(u, 0, nation_monday(week) + 30000 + (int64_t)p * 600);
		char at[17], place[CODEC_UUID_LEN + 1];
		uint8_t id[16];

		if ((p + week) % 5 == 0)
			continue;
		stamp(by.at, at);
		codec_uuid(u->place[p].id, place);
		new_id(u, by.at, id);
		n->counts.visits++;
		set(n, u, by, "facility_check", id, NULL, 0, NULL,
		    "{'facility_id':'%s','checked_at':'%s','checker_name':'Nguyễn Văn An',"
		    "'checker_title':'Công chức','building_condition':'%s',"
		    "'occupancy':'dung_muc_dich','power':'on_dinh','water':'on_dinh',"
		    "'internet':'cap_quang','tslcd':'co','vc_room':'khong','fire_safety':'dat',"
		    "'repair_need':'khong','adequacy':'du'}",
		    place, at, rng_one_in(&u->rng, 4) ? "trung_binh" : "kha");
	}
}

/* Lines first: the check names them. */
static void equipment(struct nation *n, struct nation_unit *u, unsigned week)
{
	static const char *const type[LINES] = {"may_tinh_ban", "xach_tay", "may_in", "may_scan", "photocopy",
						"thiet_bi_vc", "switch", "wifi", "dieu_hoa"};
	struct author by = clerk(u, 0, nation_monday(week) + 90000);
	char check[CODEC_UUID_LEN + 1], at[17], child[LINES][CODEC_B64U_32 + 1];
	uint8_t id[16], line[16], entry[ENTRY_ID_LEN];

	new_id(u, by.at, id);
	codec_uuid(id, check);
	stamp(by.at, at);
	for (size_t k = 0; k < LINES; k++) {
		const struct span part[] = {span_str(check), span_str(type[k])};
		size_t have = 1 + rng_below(&u->rng, 20), bad = rng_below(&u->rng, have);

		entry_uuid_key("equipment_line", part, 2, line);
		set(n, u, by, "equipment_line", line, NULL, 0, entry,
		    "{'check':'%s','equip_type':'%s','qty_on_hand':%zu,'qty_working':%zu,"
		    "'qty_broken':%zu,'qty_needed':%zu,'quality':'%s'}",
		    check, type[k], have, have - bad, bad, have,
		    rng_one_in(&u->rng, 60) ? "khong_dap_ung" : "dap_ung");
		codec_b64u(entry, ENTRY_ID_LEN, child[k]);
		n->counts.lines++;
	}
	set(n, u, by, "equipment_check", id, NULL, 0, NULL,
	    "{'checked_at':'%s','checker_name':'Nguyễn Văn An','checker_title':'Công chức',"
	    "'staff_approved':%zu,'staff_present':%zu,"
	    "'children':['%s','%s','%s','%s','%s','%s','%s','%s','%s']}",
	    at, 20 + rng_below(&u->rng, 20), 15 + rng_below(&u->rng, 20), child[0], child[1],
	    child[2], child[3], child[4], child[5], child[6], child[7], child[8]);
}

static void assets(struct nation *n, struct nation_unit *u, unsigned week)
{
	static const char *const condition[] = {"tot", "kha", "trung_binh", "kem", "hong"};

	for (size_t k = 0; k < EDITS; k++) {
		struct thing *a = &u->asset[rng_below(&u->rng, NATION_ASSETS)];
		uint8_t after[1][ENTRY_ID_LEN];

		memcpy(after[0], a->last, ENTRY_ID_LEN);
		set(n, u, clerk(u, 0, nation_monday(week) + 100000), "asset", a->id,
		    (const uint8_t(*)[ENTRY_ID_LEN])after, 1, a->last,
		    "{'condition':'%s','reason':'Kiểm tra định kỳ'}",
		    condition[rng_below(&u->rng, 5)]);
	}
}

/* ---- surplus places ---- */

static void move_on(struct nation *n, struct nation_unit *u, size_t p, struct author by,
		    const uint8_t (*after)[ENTRY_ID_LEN], size_t nafter, uint8_t retid[ENTRY_ID_LEN])
{
	static const char *const purpose[] = {"tru_so", "hdsn", "y_te", "giao_duc", "vh_tt", "cong_an"};
	char date[TEXT_DATE_LEN];

	text_time_date(by.at, date);
	set(n, u, by, "facility", u->place[p].id, after, nafter, retid,
	    "{'surplus_status':'%s','handling_form':'dieu_chuyen','handling_purpose':'%s',"
	    "'decision_no':'%zu/QĐ-UBND','decision_date':'%s','reason':'Theo quyết định'}",
	    stages[u->stage[p]], purpose[rng_below(&u->rng, 6)], rng_below(&u->rng, 900) + 1, date);
}

static void surplus(struct nation *n, struct nation_unit *u, unsigned week)
{
	for (size_t p = 1; p < SURPLUS; p++) {
		uint8_t after[1][ENTRY_ID_LEN];

		if (u->stage[p] >= HANDLED || !rng_one_in(&u->rng, 6))
			continue;
		u->stage[p]++;
		n->counts.handled += u->stage[p] == HANDLED;
		memcpy(after[0], u->place[p].last, ENTRY_ID_LEN);
		move_on(n, u, p, clerk(u, 0, nation_monday(week) + 110000), (const uint8_t(*)[32])after,
			1, u->place[p].last);
	}
}

/* Two clerks who have not seen each other; half of what differs is settled a week later. */
static void differ(struct nation *n, struct nation_unit *u, unsigned week)
{
	struct author one = clerk(u, 0, nation_monday(week) + 120000);
	struct author two = clerk(u, 1, nation_monday(week) + 120001);
	uint8_t after[2][ENTRY_ID_LEN], first[ENTRY_ID_LEN];

	if (u->nclerk < 2 || u->fate == FATE_REVOKED || u->stage[0] > HANDLED)
		return;
	memcpy(after[0], u->place[0].last, ENTRY_ID_LEN);
	if (u->differs && rng_one_in(&u->rng, 2)) {
		memcpy(after[1], u->other, ENTRY_ID_LEN);
		u->stage[0] = 1;
		move_on(n, u, 0, one, (const uint8_t(*)[32])after, 2, u->place[0].last);
		u->differs = false;
		n->counts.differing--;
	} else if (!u->differs && rng_one_in(&u->rng, 4)) {
		u->stage[0] = 1;
		move_on(n, u, 0, one, (const uint8_t(*)[32])after, 1, first);
		u->stage[0] = 2;
		move_on(n, u, 0, two, (const uint8_t(*)[32])after, 1, u->other);
		memcpy(u->place[0].last, first, ENTRY_ID_LEN);
		u->differs = true;
		n->counts.differing++;
	}
}

/* ---- statements ---- */

static void review(struct nation *n, struct nation_unit *u, const uint8_t target[16], unsigned week)
{
	struct author by = {&u->verifier, n->verifier, nation_monday(week) + 190000};
	size_t x = rng_below(&u->rng, 100);
	char uuid[CODEC_UUID_LEN + 1];
	uint8_t id[16];

	if (x >= 97)
		return;
	if (u->verifier.seq == 0)
		open_feed(n, u, &u->verifier, n->verifier, by.at);
	codec_uuid(target, uuid);
	new_id(u, by.at, id);
	n->counts.returned += x >= 93;
	set(n, u, by, "review", id, NULL, 0, NULL, "{'target':'%s','state':'%s','level':'centre'%s}",
	    uuid, x >= 93 ? "returned" : "approved", x >= 93 ? ",'reason':'Thiếu ảnh'" : "");
}

static void correct(struct nation *n, struct nation_unit *u, struct author by, const uint8_t of[16],
		    const char *week, const char *at, uint8_t retid[16])
{
	char uuid[CODEC_UUID_LEN + 1];

	codec_uuid(of, uuid);
	new_id(u, by.at, retid);
	n->counts.corrected++;
	set(n, u, by, "weekly_statement", retid, NULL, 0, NULL,
	    "{'week':'%s','checked_at':'%s','declared_adequate':'chua','checklist':'dm_2026_1',"
	    "'missing':['may_scan'],'car':'co','contact_name':'Trần Đức Ân',"
	    "'contact_phone':'0900045101','supersedes':'%s','reason':'Kê thiếu'}",
	    week, at, uuid);
}

/* The statement of `of`, written in `week`. */
static void statement(struct nation *n, struct nation_unit *u, unsigned of, unsigned week)
{
	struct author by = clerk(u, 0, nation_monday(week) + (of < week ? 3000 : 120000 + 1800));
	const char *missing = u->adequate ? "" : "'missing':['may_tinh','kho_luu_tru'],";
	char name[TEXT_WEEK_LEN], at[17];
	uint8_t id[16], fix[16];

	nation_week_name(of, name);
	stamp(by.at, at);
	entry_uuid_key("weekly_statement",
		       (const struct span[]){span_str(u->code), span_str(name)}, 2, id);
	n->counts.statements++;
	n->counts.late += of < week;
	set(n, u, by, "weekly_statement", id, NULL, 0, NULL,
	    "{'week':'%s','checked_at':'%s','declared_adequate':'%s','checklist':'dm_2026_1',%s"
	    "'car':'%s',%s'contact_name':'Trần Đức Ân','contact_phone':'0900045101'}",
	    name, at, u->adequate ? "co" : "chua", missing,
	    rng_one_in(&u->rng, 30) ? "chua" : "co",
	    rng_one_in(&u->rng, 40) ? "'obstacles':'Đường truyền chậm; hay mất điện'," : "");
	if (rng_one_in(&u->rng, 70)) {
		correct(n, u, by, id, name, at, fix);
		memcpy(id, fix, sizeof(id));
	}
	review(n, u, id, week);
}

/* ---- a key revoked while its PC goes on ---- */

static void revoked(struct nation *n, struct nation_unit *u, unsigned week)
{
	struct entry_draft d = {.op = ENTRY_REVOKE};
	struct err e = {0};
	struct buf body;
	uint8_t id[16];

	if (week == REVOKED_AT) {
		buf_init(&body, LIMIT_ENTRY_PAYLOAD);
		herd_must(authority_revoke_write(crypt_signer_pk(u->clerk[1]), n->seen_size,
						 "Máy bị mất", &body, &e),
			  &e);
		d.set = span_buf(&body);
		seal(n, u, &u->registrar, n->registrar, nation_monday(week), &d, NULL);
		buf_free(&body);
	}
	for (size_t k = 0; week > REVOKED_AT && k < HELD_EACH; k++) {
		struct author by = clerk(u, 1, nation_monday(week) + 40000 + (int64_t)k);

		new_id(u, by.at, id);
		n->counts.held++;
		set(n, u, by, "facility", id, NULL, 0, NULL,
		    "{'commune_code':'%s','name':'Nhà kho %zu','address':'Thôn 9','facility_type':"
		    "'kho','land_cert':'chua','surplus_status':'khong'}",
		    u->code, k + 1);
	}
}

void nation_week(struct nation *n, size_t i, unsigned week)
{
	struct nation_unit *u = &n->unit[i];
	bool late = rng_one_in(&u->rng, 33);

	if (u->fate == FATE_NEVER || (u->fate == FATE_SILENT && week >= SILENT_FROM))
		return;
	if (u->owes)
		statement(n, u, week - 1, week);
	visits(n, u, week);
	if ((i + week) % 2 == 0)
		equipment(n, u, week);
	assets(n, u, week);
	surplus(n, u, week);
	differ(n, u, week);
	if (u->fate == FATE_REVOKED)
		revoked(n, u, week);
	u->owes = late;
	if (!late)
		statement(n, u, week, week);
}
