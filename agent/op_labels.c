/*
 * op labels: labels with QR codes for assets, 24 to a sheet of A4 (70 by 37 mm). The code on a
 * label has digits and '-' only, so that no input method spoils what a scanner types.
 */
#include <string.h>

#include "agent/ops.h"
#include "agent/print.h"
#include "agent/stocktake.h"
#include "lib/limits.h"
#include "lib/printed.h"

#define LABEL_WIDTH  (70 * PDF_MM)
#define LABEL_HEIGHT (37 * PDF_MM)
#define QR_SIDE      (25 * PDF_MM)
#define GAP          (4 * PDF_MM)

enum { ACROSS = 3, DOWN = 8, LABELS_MAX = 5000, NAME_LINES = 3 };

static const struct op_arg args[] = {
    {.name = "assets",
     .type = OP_LIST,
     .flags = OP_POSITIONAL,
     .help = "labels.arg.assets",
     .meta = "ASSET"},
    {.name = "room", .type = OP_STRING, .flags = 0, .help = "labels.arg.room", .meta = "ROOM"},
    {.name = "out", .type = OP_PATH, .flags = 0, .help = "paper.arg.out", .meta = "FILE"},
};

struct labels {
	struct look *look;
	const char *room;
	struct pdf *pdf;
	struct paper paper;
	int n;
	enum rc rc;
	struct err *reterr;
};

/* ---- one label ---- */

/* The name, at most so many lines of it. */
static void put_name(struct labels *s, double x, double width, const char *name)
{
	const struct paper_style style = {PDF_BOLD, 9.5, PDF_LEFT};
	double most = NAME_LINES * style.size * PAPER_LEADING + 0.1;
	struct buf b;

	buf_init(&b, LIMIT_TEXT);
	buf_add_str(&b, name);
	while (b.len > 0 && !b.failed &&
	       paper_height(&s->paper, &style, width, (char *)b.p) > most) {
		while (b.len > 0 && b.p[b.len - 1] != ' ')
			b.len--;
		while (b.len > 0 && b.p[b.len - 1] == ' ')
			b.len--;
		b.p[b.len] = '\0';
	}
	paper_text(&s->paper, &style, x, width, b.len > 0 ? (char *)b.p : name);
	buf_free(&b);
}

static enum rc put_label(struct labels *s, const char *code, const struct json *asset,
			 struct err *reterr)
{
	static const struct paper_style plain = {PDF_REGULAR, 8.5, PDF_LEFT},
					big = {PDF_BOLD, 11, PDF_LEFT};
	int at = s->n % (ACROSS * DOWN);
	double x = at % ACROSS * LABEL_WIDTH, y = at / ACROSS * LABEL_HEIGHT;
	double left = x + QR_SIDE + 2 * GAP, width = LABEL_WIDTH - QR_SIDE - 3 * GAP;
	struct qr qr;
	enum rc rc = qr_make(code, &qr, reterr);

	if (rc != RC_OK)
		return rc;
	if (at == 0)
		pdf_page(s->pdf, PDF_A4_SHORT, PDF_A4_LONG);
	pdf_qr(s->pdf, &qr, x + GAP, y + (LABEL_HEIGHT - QR_SIDE) / 2, QR_SIDE);
	s->paper.y = y + GAP;
	put_name(s, left, width, print_str(asset, "name"));
	paper_text(&s->paper, &plain, left, width, print_str(asset, "location"));
	s->paper.y = y + LABEL_HEIGHT - GAP - 2 * big.size * PAPER_LEADING;
	paper_text(&s->paper, &plain, left, width, lang_text(s->look->lang, "labels.owner"));
	paper_text(&s->paper, &big, left, width, code);
	s->n++;
	return RC_OK;
}

static enum rc one(struct labels *s, const uint8_t id[16], const struct merge_state *state,
		   const struct form *form, struct err *reterr)
{
	struct json *rec = merge_json(state, form);
	char label[STOCKTAKE_LABEL];
	enum rc rc = RC_OK;

	stocktake_label(rec, id, label);
	if (s->n >= LABELS_MAX)
		rc = err_num(reterr, RC_LIMIT, NULL, "labels.many", "max", LABELS_MAX);
	else
		rc = put_label(s, label, rec, reterr);
	json_free(rec);
	return rc;
}

/* ---- which ---- */

static bool take(void *arg, const struct look_item *x)
{
	struct labels *s = arg;
	struct json *rec = merge_json(x->state, x->form);
	bool wanted =
	    stocktake_in_room(rec, s->room) && strcmp(print_str(rec, "lifecycle"), "da_giam") != 0;

	json_free(rec);
	if (wanted)
		s->rc = one(s, x->id, x->state, x->form, s->reterr);
	return s->rc == RC_OK;
}

static enum rc some(struct labels *s, const struct json *typed, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (const struct json *x = json_first(typed); rc == RC_OK && x; x = json_next(x)) {
		struct store_entity *e = NULL;
		rc = look_find(s->look->agent, "asset", json_str(x), &e, reterr);
		if (rc == RC_OK)
			rc = one(s, e->id, e->state, e->form, reterr);
		store_entity_free(e);
	}
	return rc;
}

static enum rc draw(struct labels *s, const struct json *in, struct err *reterr)
{
	const struct store_filter f = {.kind = "asset", .things = true};
	enum rc rc = pdf_new(&s->pdf, lang_text(s->look->lang, "labels.summary"), reterr);

	if (rc != RC_OK)
		return rc;
	s->paper = (struct paper){.pdf = s->pdf, .bottom = PDF_A4_LONG};
	if (json_len(json_get_arr(in, "assets")) > 0)
		rc = some(s, json_get_arr(in, "assets"), reterr);
	else
		rc = look_each(s->look->agent, &f, take, s, reterr);
	if (rc == RC_OK)
		rc = s->rc;
	if (rc == RC_OK && s->n == 0)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "labels.none", NULL);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct json *o = json_object();
	struct look l;
	struct labels s = {.look = &l,
			   .room = json_get_str(in, "room"),
			   .rc = RC_OK,
			   .reterr = reterr};
	enum rc rc = look_open(&l, call, reterr);

	if (rc == RC_OK)
		rc = draw(&s, in, reterr);
	if (rc == RC_OK)
		rc = printed_give(s.pdf, in, "out", "tem-tai-san.pdf", o, reterr);
	json_set_int(o, "labels", s.n);
	pdf_free(s.pdf);
	look_close(&l);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

const struct op op_labels = {
    "labels", "labels.summary", OP_READ, args, sizeof(args) / sizeof(args[0]),
    run,      printed_told,     NULL};
