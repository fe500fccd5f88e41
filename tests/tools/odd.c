/*
 * odd DIR SEED N: N small logs whose records hold what no form lets anybody write: values of another type, ids and
 * weeks that are none, days out of the calendar, second entries, erased ones, entries of another version. Every
 * author may write what it writes, so all of it is admitted. DIR/I.jsonl is the export (R10) of the report of one
 * week, DIR/I.csv its file; tests/outside/odd_test.py makes it again. Prints the root's key (b64u).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "sync/chain.h"
#include "sync/report_file.h"
#include "sync/unit.h"
#include "tests/support/ledger.h"
#include "tests/support/rng.h"

enum { WRITES = 70, FIELDS = 10, SANE = 6, TEXT = 8192, RECENT = 16 };

static const char *const odd[] = {
    "5", "-1", "0", "40", "true", "null", "9007199254740991", "-9007199254740991", "'x'", "''", "'zz'", "[]", "['x']",
    "['']", "['chua','co']", "'*'", "'01'", "'3x'", "'2026-W47x'", "'2026-W54'", "'2026-W47'", "'2026-11-25T08:30'",
    "'2026-11'", "'2026-11-2é'", "'2026-02-30'", "'20261125'", "'9999-12-31'", "'1799-12-31'", "'0001-01-01'",
    "'00000000-0000-0000-0000-000000000000'", "'00000000-0000-7000-8000-00000000000A'", "'\\\"\\\\\\u001f'",
    "'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'", "'đạt'", "'000010'", "'CO'",
    "{'sha256':'0000000000000000000000000000000000000000000000000000000000000000','size':1,'type':'t','name':'n'}"};

/* A kind, who writes it (c: the commune's clerk), and sane values of its fields. @: a record of that kind. */
static const struct kind {
	const char *name, *by;
	struct {
		const char *name, *sane[SANE];
	} field[FIELDS];
} kinds[] = {
    {"facility", "c",
     {{"commune_code", {"'00001'", "'00004'", "'00100'", "'00300'"}},
      {"surplus_status", {"'da_xu_ly'", "'dang_xu_ly'", "'khong'", "'da_xu_ly'"}},
      {"handling_purpose", {"'y_te'", "'tru_so'", "'cong_an'"}},
      {"same_as", {"@facility"}}}},
    {"weekly_statement", "c",
     {{"week", {"'2026-W48'", "'2026-W47'", "'2026-W48'"}},
      {"declared_adequate", {"'co'", "'co'", "'chua'"}},
      {"missing", {"[]", "['pccc']", "[]"}},
      {"car", {"'co'", "'chua'", "'khong_thuoc_doi_tuong'"}},
      {"obstacles", {"'Thiếu'", "''"}},
      {"supersedes", {"''", "''", "@weekly_statement"}},
      {"children", {"[]", "['$']"}}}},
    {"facility_check", "c",
     {{"facility_id", {"@facility"}},
      {"checked_at", {"'2026-11-20T08:00'", "'2026-11-25T08:00'"}},
      {"supersedes", {"@facility_check"}},
      {"children", {"['$']"}}}},
    {"equipment_check", "c", {{"checked_at", {"'2026-11-03T08:00'"}}, {"supersedes", {"@equipment_check"}}}},
    {"equipment_line", "c", {{"check", {"@equipment_check"}}, {"quality", {"'khong_dap_ung'", "'dap_ung'"}}}},
    {"inventory", "c", {{"counted_at", {"'2026-11-03T08:00'"}}, {"checked_at", {"'2026-11-03T08:00'"}}}},
    {"review", "v",
     {{"target", {"@weekly_statement"}},
      {"target_entry", {"'$'", "'$'", "''"}},
      {"state", {"'approved'", "'approved'", "'returned'", "'rejected'"}},
      {"level", {"'centre'", "'commune'", "'province'"}}}},
    {"choice", "c", {{"of", {"@weekly_statement"}}, {"chosen", {"@weekly_statement"}}, {"among", {"[@weekly_statement]"}}}},
    {"schedule", "r",
     {{"kind", {"'facility_check'", "'equipment_check'", "'inventory'", "'weekly_statement'"}},
      {"period", {"'hang_tuan'", "'hang_thang'", "'hang_quy'", "'hang_nam'", "'mot_lan'"}},
      {"due_weekday", {"'3'", "'5'"}},
      {"due_day", {"20", "31"}},
      {"due_month", {"11", "2"}},
      {"due_date", {"'2026-11-20'", "'2026-12-20'"}},
      {"due_hour", {"17", "0"}},
      {"scopes", {"['*']", "['01']", "['00100','02']"}},
      {"starts_on", {"'2026-01-01'", "'2027-01-01'"}},
      {"ends_on", {"'2026-12-31'"}}}},
    {"merger", "g", {{"closed", {"'00200'", "'00300'"}}, {"into", {"'00001'", "'00300'", "'00200'"}}}},
    {"report", "r",
     {{"week", {"'2026-W45'", "'2026-W46'"}},
      {"size", {"12", "3"}},
      {"root", {"'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'"}},
      {"csv", {"'0000000000000000000000000000000000000000000000000000000000000000'"}},
      {"previous", {"'2026-W44'"}}}},
    {"catalogue", "g", {{"blob", {"'none'"}}}},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), ODD = sizeof(odd) / sizeof(odd[0]) };
static const char *const scopes[] = {"00001", "00004", "00100", "00200"};

struct world {
	struct rng g;
	struct ledger l;
	struct recent { /* ids by kind, of any scope */
		uint8_t id[RECENT][16];
		const char *scope[RECENT];
		size_t n;
	} recent[KINDS];
};

static size_t kind_no(struct span name)
{
	size_t k = 0;

	while (k < KINDS && !span_eq_str(name, kinds[k].name))
		k++;
	assert_true(k < KINDS);
	return k;
}

/* A sane value with its @kind and $ filled in. */
static void fill(struct world *w, const char *value, struct buf *out)
{
	char text[CODEC_B64U_32 + 1];

	for (const char *p = value; *p; p++) {
		if (*p == '@') {
			size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_");
			const struct recent *r = &w->recent[kind_no(span_of(p + 1, n))];
			uint8_t none[16] = {[6] = 0x70, [8] = 0x80};

			codec_uuid(r->n > 0 ? r->id[rng_below(&w->g, r->n)] : none, text);
			buf_addf(out, "'%s'", text);
			p += n;
		} else if (*p == '$') {
			codec_b64u(w->l.e[w->l.n - 1 - rng_below(&w->g, 4)]->id, ENTRY_ID_LEN, text);
			buf_add_str(out, text);
		} else {
			buf_add_char(out, *p);
		}
	}
}

static void write_fields(struct world *w, const struct kind *k, struct buf *out)
{
	bool any = false;

	buf_add_char(out, '{');
	for (size_t i = 0; i < FIELDS && k->field[i].name; i++) {
		size_t n = 0;

		while (n < SANE && k->field[i].sane[n])
			n++;
		if (rng_one_in(&w->g, 8))
			continue;
		buf_addf(out, "%s'%s':", any ? "," : "", k->field[i].name);
		any = true;
		if (rng_one_in(&w->g, 5))
			buf_add_str(out, odd[rng_below(&w->g, ODD)]);
		else
			fill(w, k->field[i].sane[rng_below(&w->g, n)], out);
	}
	buf_add_str(out, any ? "}" : "'reason':5}");
}

/* The id that the fields as they are written give by the key of their kind (E23), mostly. */
static bool keyed(const struct kind *k, const char *scope, const char *fields, uint8_t ret[16])
{
	struct json *o = NULL;
	char *text = ledger_quotes(fields);
	const char *v;
	struct span part[2] = {span_str(scope)};

	assert_int_equal(json_parse(span_str(text), NULL, &o, NULL), RC_OK);
	v = json_get_str(o, k->field[0].name);
	part[1] = span_str(v ? v : "");
	if (v && strcmp(k->name, "weekly_statement") == 0)
		entry_uuid_key(k->name, part, 2, ret);
	else if (v)
		entry_uuid_key(k->name, part + 1, 1, ret);
	json_free(o);
	free(text);
	return v != NULL;
}

static struct actor *author(struct world *w, const struct kind *k, const char *scope)
{
	return *k->by == 'c' ? ledger_clerk(&w->l, scope) : *k->by == 'v' ? &w->l.verifier
	     : *k->by == 'r' ? &w->l.reporter : &w->l.registrar;
}

static void write_one(struct world *w)
{
	size_t no = rng_below(&w->g, KINDS);
	const struct kind *k = &kinds[no];
	struct recent *r = &w->recent[no];
	bool central = *k->by == 'r' || *k->by == 'g', key = strstr("weekly_statement choice merger report", k->name);
	const char *scope = central ? "*" : scopes[rng_below(&w->g, 4) & rng_below(&w->g, 4)];
	const struct entry *last = w->l.e[w->l.n - 1];
	uint8_t id[16];
	struct buf fields;
	char *text;

	buf_init(&fields, TEXT);
	write_fields(w, k, &fields);
	text = buf_take(&fields, NULL);
	ledger_id(&w->l, id);
	if (r->n > 0 && rng_one_in(&w->g, 4)) {
		size_t i = rng_below(&w->g, r->n);

		scope = r->scope[i];
		memcpy(id, r->id[i], sizeof(id));
	} else if (key && !rng_one_in(&w->g, 4)) {
		keyed(k, scope, text, id);
	}
	char *json = ledger_quotes(text);
	bool names = rng_one_in(&w->g, 4);
	ledger_add(&w->l, actor_set(author(w, k, scope), scope, k->name, id, json,
				    names ? (const uint8_t(*)[ENTRY_ID_LEN])last->id : NULL, names ? 1 : 0));
	if (r->n < RECENT) {
		memcpy(r->id[r->n], id, sizeof(id));
		r->scope[r->n++] = scope;
	}
	free(json);
	free(text);
}

/* A statement with two corrections and a choice between them, at its key or anywhere; one of them approved. */
static void dispute(struct world *w)
{
	char fields[512], uuid[3][CODEC_UUID_LEN + 1];
	const char *scope = scopes[rng_below(&w->g, 3)];
	uint8_t id[3][16], at[16];

	ledger_statement(&w->l, scope, "2026-W48", "co", "", id[0]);
	codec_uuid(id[0], uuid[0]);
	for (size_t i = 1; i < 3; i++) {
		(void)snprintf(fields, sizeof(fields), "{'week':'2026-W48','declared_adequate':'co','supersedes':'%s'}",
			       uuid[0]);
		ledger_set(&w->l, scope, "weekly_statement", NULL, fields, id[i]);
		codec_uuid(id[i], uuid[i]);
	}
	if (rng_one_in(&w->g, 2))
		ledger_id(&w->l, at);
	else
		chain_choice_id(id[0], at);
	(void)snprintf(fields, sizeof(fields), "{'of':'%s','chosen':'%s','among':['%s','%s']}", uuid[0],
		       uuid[rng_below(&w->g, 3)], uuid[1], uuid[2]);
	ledger_set(&w->l, scope, CHAIN_KIND, at, fields, NULL);
	ledger_review(&w->l, scope, id[rng_below(&w->g, 3)], "approved");
}

/* What a later program may write (E8): it looks like a record, a cert or nothing we know. */
static void write_later(struct world *w)
{
	static const struct {
		const char *op, *more;
	} row[] = {{"anything", ""},
		   {"set", ",\"id\":5,\"kind\":\"review\",\"after\":{},\"set\":[1]"},
		   {"cert", ",\"set\":{\"role\":\"root\"},\"salt\":\"\""},
		   {"erase", ",\"x\":[true,null]"}};
	const char *scope = scopes[rng_below(&w->g, 3)];
	size_t i = rng_below(&w->g, sizeof(row) / sizeof(row[0]));
	unsigned version = rng_one_in(&w->g, 2) ? 2 : 9999;

	struct actor *by = rng_one_in(&w->g, 4) ? &w->l.registrar : ledger_clerk(&w->l, scope);

	ledger_add(&w->l, actor_later(by, scope, version, row[i].op, row[i].more));
}

/* An entry of a commune loses its payload. */
static void erase_one(struct world *w)
{
	size_t i = rng_below(&w->g, w->l.n);
	struct entry *e = w->l.e[i], *by;

	if (e->op != ENTRY_SET || e->erased || strcmp(e->scope, "*") == 0)
		return;
	by = actor_erase(&w->l.registrar, e);
	assert_int_equal(entry_load_stub(by->line, e->sig, e->key, &w->l.e[i], NULL), RC_OK);
	entry_free(e);
	ledger_add(&w->l, by);
}

static void save(const char *dir, size_t i, const char *end, const struct buf *b)
{
	char path[LIMIT_PATH];

	(void)snprintf(path, sizeof(path), "%s/%zu.%s", dir, i, end);
	assert_int_equal(os_file_write(path, span_buf(b), OS_REPLACE, NULL), RC_OK);
}

static void export_report(struct world *w, struct crypt_signer *log, const char *dir, size_t no)
{
	struct report *r = ledger_report(&w->l, (int64_t)w->l.n, "2026-W48");
	struct report_head h = {.issue = {.size = (int64_t)w->l.n, .week = "2026-W48"}};
	struct buf csv, note, out;
	uint8_t sha[CRYPT_HASH_LEN];

	buf_init(&csv, LIMIT_BLOB);
	buf_init(&note, NOTE_TEXT_MAX);
	buf_init(&out, LIMIT_BLOB);
	assert_int_equal(report_csv(r, &csv, h.issue.csv, NULL), RC_OK);
	report_root(r, h.issue.root);
	if (report_previous(r))
		memcpy(h.issue.previous, report_previous(r)->week, sizeof(h.issue.previous));
	assert_int_equal(note_sign(log, w->l.n, h.issue.root, &note, NULL), RC_OK);
	h.checkpoint = span_buf(&note);
	report_file_head(&h, &out);
	for (size_t i = 0; report_needs(r, i, sha); i++)
		report_file_blob(sha, span_str(w->l.blob[0]), &out);
	for (size_t i = 0; i < w->l.n; i++)
		report_file_line(w->l.e[i]->line, &out);
	save(dir, no, "csv", &csv);
	save(dir, no, "jsonl", &out);
	report_free(r);
	buf_free(&csv);
	buf_free(&note);
	buf_free(&out);
}

int main(int argc, char **argv)
{
	static const uint8_t seed[CRYPT_SEED_LEN] = {7};
	struct crypt_signer *log = NULL;
	char root[CODEC_B64U_32 + 1] = "";

	assert_int_equal(argc, 4);
	assert_int_equal(crypt_init(NULL), RC_OK);
	assert_int_equal(crypt_signer_seed(seed, &log, NULL), RC_OK);
	for (size_t i = 0; i < strtoull(argv[3], NULL, 10); i++) {
		struct world w = {.g = rng_case(strtoull(argv[2], NULL, 10), i)};

		ledger_init(&w.l, "00001 00004 00100 00200");
		ledger_add(&w.l, actor_log(&w.l.root, crypt_signer_pk(log)));
		ledger_catalogue(&w.l, "province_code,province_name,commune_code,commune_name,kind\n"
				       "01,A,00001,a,xa\n01,A,00004,b,xa\n02,B,00100,c,xa\n", false);
		for (size_t n = 0; n < WRITES; n++) {
			write_one(&w);
			if (rng_one_in(&w.g, 20))
				write_later(&w);
			if (rng_one_in(&w.g, 20))
				erase_one(&w);
			if (rng_one_in(&w.g, 40))
				dispute(&w);
			if (n == WRITES / 2 && rng_one_in(&w.g, 2))
				ledger_issue(&w.l, (int64_t)w.l.n, "2026-W47");
		}
		export_report(&w, log, argv[1], i);
		codec_b64u(w.l.root.pk, CRYPT_PK_LEN, root);
		ledger_free(&w.l);
	}
	crypt_signer_free(log);
	(void)printf("%s\n", root);
	return 0;
}
