/*
 * start: see start.h. Nothing here is random: the same images in every process.
 */
#include "tests/sim/collector_ops.h"
#include "tests/sim/cosigner.h"
#include "tests/sim/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/ops.h"
#include "agent/sync_op.h"
#include "lib/json.h"
#include "lib/os.h"
#include "tests/sim/vfs.h"

enum { SEED = 20261128 };

static const int64_t first_ms = INT64_C(1795000000000);

static void must(enum rc rc, const struct err *e, const char *what)
{
	if (rc == RC_OK)
		return;
	(void)fprintf(stderr, "start: %s: %s %s %s\n", what, err_name(rc), e->clause, e->key);
	abort();
}

static struct json *parse(const char *text)
{
	struct json *v = NULL;
	struct err e = {0};

	must(json_parse(span_str(text), NULL, &v, &e), &e, text);
	return v;
}

static struct json *run(struct os_sim *m, void *app, const struct op *op, struct json *in)
{
	static const struct op_program program = {.name = "sim"};
	struct op_call call = {.program = &program, .home = START_HOME, .app = app};
	struct json *out = NULL;
	struct err e = {0};

	os_sim_enter(m);
	must(op_run(op, &call, in, &out, &e), &e, op->name);
	json_free(in);
	os_sim_enter(NULL);
	return out;
}

/* ---- the collector ---- */

static const char init_body[] =
    "{\"name\":\"Tỉnh Giả định\",\"url\":\"http://127.0.0.1:8080\",\"passphrase\":\"" START_PASSPHRASE
    "\",\"registrar_passphrase\":\"" START_PASSPHRASE "\"}";
static const char staff_body[] =
    "{\"as\":\"verifier\",\"name\":\"Phạm Thị Yến\",\"role\":\"verifier\",\"scope\":[\"*\"],\"passphrase\":\""
    START_PASSPHRASE "\",\"staff_passphrase\":\"" START_PASSPHRASE "\"}";

static const char catalogue_body[] =
    "{\"file\":\"province_code,province_name,commune_code,commune_name,kind\\n"
    "01,Tỉnh Giả định,00004,Xã Hòa Khê,xa\\n01,Tỉnh Giả định,00007,Xã Khê Thượng,xa\\n\",\"passphrase\":\""
    START_PASSPHRASE "\"}";

static void make_centre(struct os_sim *m)
{
	struct err e = {0};
	void *app = NULL;

	os_sim_enter(m);
	must(os_dir_make(START_HOME, &e), &e, "folder");
	must(collector_open(START_HOME, true, &app, &e), &e, "collector");
	json_free(run(m, app, &collector_op_init, parse(init_body)));
	json_free(run(m, app, &collector_op_staff_add, parse(staff_body)));
	json_free(run(m, app, &collector_op_catalogue_import, parse(catalogue_body)));
	os_sim_enter(m);
	collector_close(app);
	os_sim_enter(NULL);
}

/* The root names the witness, one of one that must sign. */
static void name_witness(struct os_sim *m, struct collector *col, char *word)
{
	struct json *in = json_object(), *list = json_array();

	json_append_str(list, word);
	json_set(in, "witness", list);
	json_set_int(in, "quorum", 1);
	json_set_str(in, "passphrase", START_PASSPHRASE);
	json_free(run(m, col, &collector_op_policy_set, in));
	free(word);
}

/* ---- PCs ---- */

struct build {
	struct start *s;
	struct os_sim centre, third, os[START_PCS];
	struct collector *col;
	struct routes *rt;
	void *agent[START_PCS];
};

static void approve_all(struct build *b)
{
	struct json *list = run(&b->centre, b->col, &collector_op_enrol_list, NULL);

	for (struct json *x = json_first(json_get_arr(list, "waiting")); x; x = json_next(x)) {
		struct json *in = json_object();

		json_set_str(in, "key", json_get_str(x, "key"));
		json_set_str(in, "passphrase", START_PASSPHRASE);
		json_free(run(&b->centre, b->col, &collector_op_enrol_approve, in));
	}
	json_free(list);
}

static void contact(struct build *b, size_t i)
{
	struct op_call call = {.app = b->agent[i]};
	struct sync_run_report rep;
	struct err e = {0};
	bool waiting;

	os_sim_enter(&b->os[i]);
	must(sync_op_contact(b->agent[i], &call, true, &rep, &waiting, &e), &e, "contact");
	os_sim_enter(NULL);
}

static void enrol(struct build *b, size_t i)
{
	const struct start_pc *p = &b->s->pc[i];
	struct json *in = json_object(), *code;
	struct err e = {0};

	json_set_str(in, "scope", p->scope);
	json_set_int(in, "clerks", WORLD_PEOPLE);
	code = run(&b->centre, b->col, &collector_op_enrol_code, in);
	in = json_object();
	json_set(in, "slip", json_copy(json_get_obj(code, "slip")));
	json_set_str(in, "clerk", p->clerk[0]);
	json_set_str(in, "pin", START_PIN);
	json_free(code);
	os_sim_enter(&b->os[i]);
	must(os_dir_make(START_HOME, &e), &e, "folder");
	must(agent_open(START_HOME, true, &b->agent[i], &e), &e, "agent");
	json_free(run(&b->os[i], b->agent[i], &op_enrol, in));
	approve_all(b);
	contact(b, i);
}

/* A second clerk whose cert has not come when the history begins. */
static void second_clerk(struct build *b, size_t i)
{
	struct json *in;

	if (!b->s->pc[i].clerk[1])
		return;
	in = json_object();
	json_set_str(in, "name", b->s->pc[i].clerk[1]);
	json_set_str(in, "pin", START_PIN);
	json_free(run(&b->os[i], b->agent[i], &op_clerk_add, in));
}

static void record(struct build *b, size_t pc, size_t n, const char *kind, const char *fields)
{
	struct world_entity *x = &b->s->entity[n];
	struct json *in = json_object(), *out;
	const struct json *one;

	json_set_str(in, "kind", kind);
	json_set(in, "fields", parse(fields));
	json_set_str(in, "clerk", b->s->pc[pc].clerk[0]);
	json_set_str(in, "pin", START_PIN);
	out = run(&b->os[pc], b->agent[pc], &op_record, in);
	one = json_at(json_get_arr(out, "records"), 0);
	if (!json_get_str(one, "entry"))
		abort();
	memcpy(x->kind, kind, strlen(kind) + 1);
	memcpy(x->id, json_get_str(one, "id"), strlen(json_get_str(one, "id")) + 1);
	x->scope = b->s->pc[pc].scope;
	json_free(out);
}

static const char facility_fields[] =
    "{\"commune_code\":\"%s\",\"name\":\"Trụ sở cũ\",\"address\":\"Thôn Đông\",\"facility_type\":\"tru_so\","
    "\"land_cert\":\"co\",\"surplus_status\":\"khong\"}";
static const char asset_fields[] =
    "{\"name\":\"Máy bơm\",\"unit_code\":\"0045106\",\"class\":\"may_moc_thiet_bi\",\"uom\":\"cai\",\"quantity\":2,"
    "\"use_year\":2019,\"value_basis\":\"so_ke_toan\",\"condition\":\"tot\",\"use_state\":\"dung_muc_dich\","
    "\"lifecycle\":\"dang_theo_doi\"}";

static void first_records(struct build *b)
{
	char text[512];

	for (size_t k = 0; k < 2; k++) {
		size_t pc = k * 3;

		(void)snprintf(text, sizeof(text), facility_fields, b->s->pc[pc].scope);
		record(b, pc, k * 3, "facility", text);
		record(b, pc, k * 3 + 1, "asset", asset_fields);
		record(b, pc, k * 3 + 2, "asset", asset_fields);
	}
}

static void make_pcs(struct build *b)
{
	for (size_t i = 0; i < START_PCS; i++)
		enrol(b, i);
	first_records(b);
	for (size_t i = 0; i < 2 * START_PCS; i++)
		contact(b, i % START_PCS);
	for (size_t i = 0; i < START_PCS; i++) {
		second_clerk(b, i);
		os_sim_enter(&b->os[i]);
		agent_close(b->agent[i]);
	}
}

static struct start make(void)
{
	struct start s = {.pc = {{.name = "PC 1", .scope = "00004", .clerk = {"An"}},
				 {.name = "PC 2", .scope = "00004", .clerk = {"Bình", "Hoa"}},
				 {.name = "PC 3", .scope = "00004", .clerk = {"Chi"}},
				 {.name = "PC 4", .scope = "00007", .clerk = {"Dung"}},
				 {.name = "PC 5", .scope = "00007", .clerk = {"Giang"}}},
			  .now_ms = first_ms};
	struct build b = {.s = &s, .centre = {.disk = disk_new()}, .third = {.disk = disk_new()}};
	struct routes_conf conf = {.address = "127.0.0.1"};
	struct err e = {0};
	struct witness *witness;
	struct httpd *d;
	void *app = NULL;
	char *word = NULL;

	for (size_t i = 0; i < START_PCS; i++) {
		b.os[i] = (struct os_sim){.disk = disk_new(), .hardware = {(uint8_t)(i + 1)}};
		memcpy(s.pc[i].hardware, b.os[i].hardware, sizeof(s.pc[i].hardware));
		s.pc[i].disk = b.os[i].disk;
	}
	make_centre(&b.centre);
	witness = cosigner_make(&b.third, &word);
	os_sim_enter(&b.centre);
	must(collector_open(START_HOME, false, &app, &e), &e, "collector");
	conf.col = b.col = app;
	net_port(WORLD_PORT);
	must(routes_start(&b.rt, &conf, &e), &e, "routes");
	os_sim_enter(&b.third);
	d = cosigner_serve(witness, crypt_signer_pk(b.col->log));
	name_witness(&b.centre, b.col, word);
	make_pcs(&b);
	os_sim_enter(&b.third);
	httpd_stop(d, 0);
	witness_free(witness);
	os_sim_enter(&b.centre);
	routes_stop(b.rt);
	collector_close(b.col);
	os_sim_enter(NULL);
	s.centre = b.centre.disk;
	s.witness = b.third.disk;
	return s;
}

const struct start *start_get(void)
{
	static struct start s;
	struct err e = {0};

	if (s.centre)
		return &s;
	os_sim_seed(SEED);
	vfs_install();
	vfs_seed(SEED);
	os_sim_time(first_ms);
	must(crypt_init(&e), &e, "crypt");
	s = make();
	s.now_ms += 1000;
	return &s;
}
