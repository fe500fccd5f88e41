/*
 * minutes: what stands in the minutes of a stocktake (see minutes.h).
 */
#include "agent/minutes.h"

#include <stdlib.h>
#include <string.h>

#include "agent/print.h"
#include "lib/limits.h"
#include "lib/printed.h"
#include "lib/text.h"

enum { COLUMNS = 14, SUMS = 9, FIRST_SUM = 4 };

struct minutes {
	const struct stocktake *t;
	const struct lang *lang;
	struct paper paper;
	struct json *session; /* texts of the session's fields */
	struct json *rows, *committee, *counts;
};

static const struct paper_style text = {PDF_REGULAR, PRINTED_TEXT, PDF_LEFT};
static const struct paper_style small = {PDF_ITALIC, PRINTED_SMALL, PDF_LEFT};

static const char *of(const struct minutes *m, const char *field)
{
	return print_str(m->session, field);
}

/* ---- above the table ---- */

/* "2027-01-02T08:30" as "08 giờ 30 phút ngày 02 tháng 01 năm 2027". */
static const char *moment(const struct minutes *m, const char *field, struct buf *b)
{
	const char *at = json_get_str(m->t->rec, field);
	char part[5][5] = {""};
	static const struct {
		int at, n;
	} cut[] = {{11, 2}, {14, 2}, {8, 2}, {5, 2}, {0, 4}};

	if (!at || strlen(at) != 16)
		return at ? at : "";
	for (int i = 0; i < 5; i++)
		memcpy(part[i], at + cut[i].at, (size_t)cut[i].n);
	lang_format(m->lang, b, "minutes.moment", "h", part[0], "min", part[1], "d", part[2], "mo",
		    part[3], "y", part[4], NULL);
	buf_add(b, "", 1);
	return b->failed ? "" : (const char *)b->p;
}

static void title(struct minutes *m)
{
	const struct paper_style big = {PDF_BOLD, PRINTED_TITLE, PDF_CENTRE},
				 under = {PDF_ITALIC, PRINTED_TEXT, PDF_CENTRE};
	struct buf b, cut;

	buf_init(&b, LIMIT_TEXT);
	buf_init(&cut, LIMIT_TEXT);
	printed_say(&m->paper, m->lang, &big, "minutes.title", NULL);
	printed_say(&m->paper, m->lang, &under, "minutes.at", "at", moment(m, "counted_at", &b),
		    "cut", moment(m, "cut_off", &cut), NULL);
	if (!m->t->finished)
		printed_say(&m->paper, m->lang, &under, "minutes.open", NULL);
	paper_space(&m->paper, 6);
	buf_free(&b);
	buf_free(&cut);
}

static void place(struct minutes *m)
{
	const char *room = of(m, "room"), *facility = of(m, "facility_id");

	if (facility[0])
		printed_say(&m->paper, m->lang, &text, "minutes.facility", "facility", facility,
			    NULL);
	if (room[0])
		printed_say(&m->paper, m->lang, &text, "minutes.room", "room", room, NULL);
}

static void committee(struct minutes *m)
{
	printed_say(&m->paper, m->lang, &text,
		    json_len(m->committee) > 0 ? "minutes.committee" : "minutes.no_committee",
		    NULL);
	for (const struct json *x = json_first(m->committee); x; x = json_next(x)) {
		const struct json *who = json_get_obj(x, "texts");
		if (strcmp(print_str(json_get_obj(x, "fields"), "role"), "da_thoi") == 0)
			continue;
		printed_say(&m->paper, m->lang, &text,
			    print_str(who, "represents")[0] ? "minutes.member_for"
							    : "minutes.member",
			    "name", print_str(who, "name"), "position", print_str(who, "position"),
			    "role", print_str(who, "role"), "for", print_str(who, "represents"),
			    NULL);
	}
	paper_space(&m->paper, 4);
	printed_say(&m->paper, m->lang, &text, "minutes.result", NULL);
	paper_space(&m->paper, 4);
}

/* ---- the table ---- */

static const char *const sum_of[] = {"book", "counted", "diff"};
static const char *const part_of[] = {"qty", "cost", "residual"};

struct sums {
	int64_t v[SUMS];
	bool known[SUMS];
};

static bool number(const struct json *row, int i, int64_t *ret)
{
	return json_get_int(json_get_obj(row, sum_of[i / 3]), part_of[i % 3], ret);
}

static void add(struct sums *s, const struct json *row)
{
	int64_t v;

	for (int i = 0; i < SUMS; i++)
		if (number(row, i, &v)) {
			s->v[i] += v;
			s->known[i] = true;
		}
}

/* Cells of the sums; an empty one is not known, which is not zero. */
static void put_sums(const struct sums *s, char cells[SUMS][TEXT_NUM_LEN],
		     const char *cell[COLUMNS])
{
	for (int i = 0; i < SUMS; i++) {
		cells[i][0] = '\0';
		if (s->known[i])
			text_int_fmt(s->v[i], cells[i]);
		cell[FIRST_SUM + i] = cells[i];
	}
}

static void note_add(struct buf *b, const char *more)
{
	if (!more[0])
		return;
	if (b->len > 0)
		buf_add_str(b, "; ");
	buf_add_str(b, more);
}

/* What the columns do not say: the result, why, what is proposed. */
static const char *note_of(const struct minutes *m, const struct json *row, struct buf *b)
{
	static const char *const word[] = {"cause_text", "proposal_text", "note"};
	const char *status = print_str(row, "status");
	struct buf where;

	buf_init(&where, LIMIT_TEXT);
	if (strcmp(status, "da_kiem") != 0)
		note_add(b, print_str(row, "status_text"));
	else if (strcmp(print_str(row, "discrepancy"), "khop") != 0)
		note_add(b, print_str(row, "discrepancy_text"));
	if (print_str(row, "found_location")[0] &&
	    !look_same(print_str(row, "found_location"), print_str(row, "location")))
		note_add(b, printed_text(m->lang, &where, "minutes.found", "room",
					 print_str(row, "found_location"), NULL));
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		note_add(b, print_str(row, word[i]));
	if (strcmp(print_str(row, "condition"), "hong") == 0)
		note_add(b, print_str(row, "condition_text"));
	if (print_is(row, "undecided"))
		note_add(b, lang_text(m->lang, "minutes.undecided"));
	if (print_is(row, "late"))
		note_add(b, lang_text(m->lang, "minutes.late"));
	buf_free(&where);
	buf_add(b, "", 1);
	return b->failed ? "" : (const char *)b->p;
}

static void asset_row(struct minutes *m, const struct json *row, int64_t no)
{
	char cells[SUMS][TEXT_NUM_LEN], n[TEXT_NUM_LEN];
	const char *cell[COLUMNS] = {NULL}, *code = print_str(row, "code");
	struct sums one = {.v = {0}};
	struct buf note;

	buf_init(&note, LIMIT_TEXT);
	text_int_fmt(no, n);
	cell[0] = n;
	cell[1] = print_str(row, "name");
	cell[2] = code[0] ? code : print_str(row, "serial");
	cell[3] = print_str(row, "location");
	add(&one, row);
	put_sums(&one, cells, cell);
	cell[COLUMNS - 1] = note_of(m, row, &note);
	paper_row(&m->paper, PDF_REGULAR, 1, 0, cell);
	buf_free(&note);
}

static void sum_row(struct minutes *m, const char *name, const struct sums *s, double grey)
{
	char cells[SUMS][TEXT_NUM_LEN];
	const char *cell[COLUMNS] = {NULL};

	cell[0] = name;
	put_sums(s, cells, cell);
	paper_row(&m->paper, PDF_BOLD, grey, FIRST_SUM, cell);
}

/* The sums of a class stand above its assets, those of all below. */
static void rows(struct minutes *m)
{
	struct sums all = {.v = {0}};
	const char *class = NULL;
	int64_t no = 0;

	for (const struct json *x = json_first(m->rows); x; x = json_next(x)) {
		if (!class || strcmp(class, print_str(x, "class")) != 0) {
			struct sums group = {.v = {0}};
			class = print_str(x, "class");
			for (const struct json *y = x;
			     y && strcmp(class, print_str(y, "class")) == 0; y = json_next(y))
				add(&group, y);
			paper_room(&m->paper, 5 * PRINTED_TABLE * PAPER_LEADING);
			sum_row(m, print_str(x, "class_text"), &group, 0.97);
		}
		asset_row(m, x, ++no);
		add(&all, x);
	}
	sum_row(m, lang_text(m->lang, "minutes.sum"), &all, 0.93);
}

static void table(struct minutes *m)
{
	const struct lang *l = m->lang;
	const char *qty = lang_text(l, "minutes.col.qty"), *cost = lang_text(l, "minutes.col.cost"),
		   *rest = lang_text(l, "minutes.col.residual");
	const struct paper_column column[COLUMNS] = {
	    {3.1, PDF_CENTRE, lang_text(l, "minutes.col.no"), "A"},
	    {12.0, PDF_LEFT, lang_text(l, "minutes.col.name"), "B"},
	    {9.0, PDF_LEFT, lang_text(l, "minutes.col.code"), "C"},
	    {7.6, PDF_LEFT, lang_text(l, "minutes.col.room"), "D"},
	    {3.2, PDF_RIGHT, qty, "1"},
	    {7.0, PDF_RIGHT, cost, "2"},
	    {7.0, PDF_RIGHT, rest, "3"},
	    {3.2, PDF_RIGHT, qty, "4"},
	    {7.0, PDF_RIGHT, cost, "5"},
	    {7.0, PDF_RIGHT, rest, "6"},
	    {3.2, PDF_RIGHT, qty, "7"},
	    {6.8, PDF_RIGHT, cost, "8"},
	    {6.8, PDF_RIGHT, rest, "9"},
	    {8.8, PDF_LEFT, lang_text(l, "minutes.col.note"), "E"},
	};
	const struct paper_group group[] = {{4, 3, lang_text(l, "minutes.col.book")},
					    {7, 3, lang_text(l, "minutes.col.counted")},
					    {10, 3, lang_text(l, "minutes.col.diff")}};
	const struct paper_table t = {column, COLUMNS, group, 3, PRINTED_TABLE};

	paper_table_begin(&m->paper, &t);
	rows(m);
	paper_table_end(&m->paper);
	paper_space(&m->paper, 8);
}

/* ---- below the table ---- */

static void summary(struct minutes *m)
{
	static const char *const line[][2] = {
	    {"counted", "minutes.n.counted"},     {"missing", "minutes.n.missing"},
	    {"surplus", "minutes.n.surplus"},     {"misplaced", "minutes.n.misplaced"},
	    {"unreached", "minutes.n.unreached"}, {"not_counted", "minutes.n.not_counted"},
	    {"undecided", "minutes.n.undecided"}, {"late", "minutes.n.late"}};
	char n[TEXT_NUM_LEN], book[TEXT_NUM_LEN];

	text_int_fmt(print_num(m->counts, "book"), book);
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
		int64_t v = print_num(m->counts, line[i][0]);
		if (v == 0 && i > 2)
			continue;
		text_int_fmt(v, n);
		printed_say(&m->paper, m->lang, &text, line[i][1], "n", n, "book", book, NULL);
	}
	paper_space(&m->paper, 4);
	printed_say(&m->paper, m->lang, &text, "minutes.opinion", "text",
		    of(m, "resolution")[0] ? of(m, "resolution")
					   : lang_text(m->lang, "minutes.dots"),
		    NULL);
	if (of(m, "note")[0])
		printed_say(&m->paper, m->lang, &text, "minutes.note", "text", of(m, "note"), NULL);
	paper_space(&m->paper, 10);
}

static const char *head_of_committee(const struct minutes *m)
{
	for (const struct json *x = json_first(m->committee); x; x = json_next(x))
		if (strcmp(print_str(json_get_obj(x, "fields"), "role"), "truong_ban") == 0)
			return print_str(json_get_obj(x, "texts"), "name");
	return NULL;
}

static const char *or_null(const char *s)
{
	return s[0] ? s : NULL;
}

static void signers(struct minutes *m)
{
	const struct lang *l = m->lang;
	const char *sign = lang_text(l, "minutes.sign");
	const struct printed_signer s[] = {
	    {lang_text(l, "minutes.head"), lang_text(l, "minutes.sign_head"),
	     or_null(of(m, "unit_head"))},
	    {lang_text(l, "minutes.accountant"), sign, or_null(of(m, "chief_accountant"))},
	    {lang_text(l, "minutes.custodian"), sign, NULL},
	    {lang_text(l, "minutes.chair"), sign, head_of_committee(m)},
	};

	printed_signers(&m->paper, s, sizeof(s) / sizeof(s[0]));
	paper_space(&m->paper, 18);
}

/* The other members sign, too, three side by side. */
static void members(struct minutes *m)
{
	struct printed_signer s[3];
	size_t n = 0;

	for (const struct json *x = json_first(m->committee); x; x = json_next(x)) {
		const struct json *f = json_get_obj(x, "fields"), *who = json_get_obj(x, "texts");
		const char *role = print_str(f, "role");
		if (strcmp(role, "truong_ban") == 0 || strcmp(role, "da_thoi") == 0)
			continue;
		s[n++] = (struct printed_signer){print_str(who, "role"),
						 lang_text(m->lang, "minutes.sign"),
						 print_str(who, "name")};
		if (n == 3) {
			printed_signers(&m->paper, s, n);
			n = 0;
		}
	}
	if (n > 0)
		printed_signers(&m->paper, s, n);
}

/* Who sealed the session last, and the number by which anyone finds what was sealed. */
static enum rc seal(struct minutes *m, struct err *reterr)
{
	char name[AUTHORITY_NAME], office[AUTHORITY_NAME], at[TEXT_TIME_LEN], id[CODEC_B64U_32 + 1];
	struct store *s = m->t->look->agent->store;
	struct store_entry x = {.e = NULL};
	size_t n = 0;
	const struct merge_value *v = merge_siblings(m->t->e->state, "state", &n);
	enum rc rc;

	if (n == 0)
		return RC_OK;
	rc = store_entry_get(s, v[0].id, &x, reterr);
	if (rc == RC_OK)
		rc = store_author(s, x.e->key, name, office, reterr);
	if (rc == RC_OK) {
		text_time_fmt(x.e->at, at);
		codec_b64u(x.id, ENTRY_ID_LEN, id);
		paper_space(&m->paper, 12);
		printed_say(&m->paper, m->lang, &small, "minutes.seal", "name", name, "at", at,
			    "id", id, NULL);
	}
	entry_free(x.e);
	return rc;
}

/* ---- all of it ---- */

static void free_minutes(struct minutes *m)
{
	json_free(m->session);
	json_free(m->rows);
	json_free(m->committee);
	json_free(m->counts);
}

static void foot(struct minutes *m)
{
	char end[LOOK_SHORT];
	struct buf b;

	buf_init(&b, LIMIT_TEXT);
	look_short(m->t->e->id, end);
	paper_end(&m->paper, printed_text(m->lang, &b, "minutes.foot", "unit", of(m, "unit_name"),
					  "id", end, NULL));
	buf_free(&b);
}

static enum rc draw(struct minutes *m, struct pdf *pdf, struct err *reterr)
{
	struct buf under;
	enum rc rc;

	buf_init(&under, LIMIT_TEXT);
	paper_begin(&m->paper, pdf, true);
	printed_heading(&m->paper, m->lang, of(m, "unit_name"),
			printed_text(m->lang, &under, "minutes.unit", "code", of(m, "unit_code"),
				     NULL));
	title(m);
	place(m);
	committee(m);
	table(m);
	summary(m);
	signers(m);
	members(m);
	rc = seal(m, reterr);
	foot(m);
	buf_free(&under);
	return rc;
}

enum rc minutes_draw(const struct stocktake *t, struct pdf *pdf, struct err *reterr)
{
	const struct stocktake_want all = {.room = NULL};
	struct minutes m = {.t = t, .lang = t->look->lang};
	enum rc rc = stocktake_rows(t, &all, &m.rows, reterr);

	if (rc == RC_OK)
		rc = stocktake_committee(t, &m.committee, reterr);
	if (rc == RC_OK) {
		m.session = stocktake_texts(t->look, t->e->form, t->rec);
		m.counts = stocktake_counts(m.rows);
		rc = draw(&m, pdf, reterr);
	}
	free_minutes(&m);
	return rc;
}
