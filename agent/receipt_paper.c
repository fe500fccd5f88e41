/*
 * receipt_paper: what stands on the sheet (see receipt_paper.h).
 */
#include "agent/receipt_paper.h"

#include <stdlib.h>
#include <string.h>

#include "agent/print.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/printed.h"
#include "lib/text.h"

#define QR_SIDE (42 * PDF_MM)

/* Between which times of the collector it was received; before that the PC's own clock. */
static void put_when(struct look *l, const struct store_entry *x, struct json *o)
{
	struct json *pair = json_array(), *when = json_object();
	char at[TEXT_TIME_LEN];
	struct buf b;

	buf_init(&b, LIMIT_ERR_TEXT);
	text_time_fmt(x->e->at, at);
	json_append(pair, x->lower > 0 ? json_integer(x->lower) : json_null());
	json_append(pair, x->upper > 0 ? json_integer(x->upper) : json_null());
	json_set(when, "interval", pair);
	json_set_str(when, "at_text", at);
	view_when_text(l->lang, when, &b);
	json_set_str(o, "when", b.p ? (const char *)b.p : "");
	json_set_str(o, "at", at);
	json_free(when);
	buf_free(&b);
}

enum rc receipt_paper_put(struct look *l, const struct receipt_paper *r, struct json *o,
			  struct err *reterr)
{
	char name[AUTHORITY_NAME], office[AUTHORITY_NAME];
	struct store_entity *e = NULL;
	struct json *named;
	enum rc rc = store_author(l->agent->store, r->x->e->key, name, office, reterr);

	if (rc == RC_OK)
		rc = store_entity_no(l->agent->store, r->x->entity_no, &e, reterr);
	if (rc != RC_OK)
		return rc;
	named = look_named(l, e);
	json_set_str(o, "kind_label", print_str(named, "kind_label"));
	json_set_str(o, "title", print_str(named, "title"));
	json_set_str(o, "who", name);
	json_set_str(o, "office", office);
	json_set_int(o, "lines", r->lines);
	put_when(l, r->x, o);
	json_free(named);
	store_entity_free(e);
	return RC_OK;
}

/* ---- the sheet ---- */

static void row(struct paper *p, const char *label, const char *value)
{
	const struct paper_style left = {PDF_REGULAR, PRINTED_TEXT, PDF_LEFT},
				 right = {PDF_BOLD, PRINTED_TEXT, PDF_LEFT};
	double width = p->right - p->left, split = width * 0.36, top, end;

	if (!value[0])
		return;
	paper_room(p, 3 * PRINTED_TEXT);
	top = p->y;
	paper_text(p, &left, p->left, split - 8, label);
	end = p->y;
	p->y = top;
	paper_text(p, &right, p->left + split, width - split, value);
	p->y = (p->y > end ? p->y : end) + 5;
}

/* A number that is one word: smaller until it stands on one line, so that it is read and copied whole. */
static void whole_row(struct paper *p, const char *label, const char *value)
{
	const struct paper_style left = {PDF_REGULAR, PRINTED_TEXT, PDF_LEFT};
	struct paper_style right = {PDF_REGULAR, PRINTED_SMALL, PDF_LEFT};
	double width = p->right - p->left, split = width * 0.36, top, end;

	while (right.size > 1 && pdf_width(p->pdf, right.font, right.size, value) > width - split)
		right.size -= 0.25;
	paper_room(p, 2 * PRINTED_TEXT);
	top = p->y;
	paper_text(p, &left, p->left, split - 8, label);
	end = p->y;
	p->y = top + PRINTED_TEXT - right.size;
	paper_text(p, &right, p->left + split, width - split, value);
	p->y = (p->y > end ? p->y : end) + 5;
}

static void witnesses(const struct receipt_paper *r, struct buf *b)
{
	for (size_t i = 0; r->proven && i < r->policy->nwitness; i++) {
		if (b->len > 0)
			buf_add_str(b, ", ");
		buf_add_str(b, r->policy->witness[i].name);
	}
	buf_add(b, "", 1);
}

static void rows(struct look *l, const struct receipt_paper *r, const struct json *o,
		 struct paper *p)
{
	char n[TEXT_NUM_LEN], lines[TEXT_NUM_LEN], id[CODEC_B64U_32 + 1];
	struct buf who, seen;

	buf_init(&who, LIMIT_TEXT);
	buf_init(&seen, LIMIT_TEXT);
	text_int_fmt(r->x->proof_index, n);
	text_int_fmt(r->lines, lines);
	codec_b64u(r->x->id, ENTRY_ID_LEN, id);
	buf_addf(&who, "%s%s%s", print_str(o, "who"), print_str(o, "office")[0] ? ", " : "",
		 print_str(o, "office"));
	witnesses(r, &seen);
	row(p, lang_text(l->lang, "slip.kind"), print_str(o, "kind_label"));
	row(p, lang_text(l->lang, "slip.title"), print_str(o, "title"));
	row(p, lang_text(l->lang, "slip.who"), who.p ? (const char *)who.p : "");
	row(p, lang_text(l->lang, "slip.at"), print_str(o, "at"));
	row(p, lang_text(l->lang, "slip.when"), print_str(o, "when"));
	if (r->lines > 0)
		row(p, lang_text(l->lang, "slip.lines"), lines);
	row(p, lang_text(l->lang, "slip.index"), n);
	row(p, lang_text(l->lang, "slip.witness"), seen.p ? (const char *)seen.p : "");
	whole_row(p, lang_text(l->lang, "slip.id"), id);
	buf_free(&who);
	buf_free(&seen);
}

/* What a check needs to find the entry and the tree it stands in. */
static enum rc code(const struct receipt_paper *r, struct qr *ret, struct err *reterr)
{
	char id[CODEC_B64U_32 + 1], log[CODEC_B64U_32 + 1], root[CODEC_B64U_32 + 1];
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_ERR_TEXT);
	codec_b64u(r->x->id, ENTRY_ID_LEN, id);
	codec_b64u(r->note->log, CRYPT_PK_LEN, log);
	codec_b64u(r->note->root, TREE_HASH, root);
	buf_addf(&b, "KK1 %s %lld %s %llu %s", id, (long long)r->x->proof_index, log,
		 (unsigned long long)r->note->size, root);
	rc = buf_check(&b, reterr);
	if (rc == RC_OK)
		rc = qr_make((const char *)b.p, ret, reterr);
	buf_free(&b);
	return rc;
}

static void under_code(struct look *l, const struct receipt_paper *r, struct paper *p)
{
	const struct paper_style style = {PDF_REGULAR, PRINTED_SMALL, PDF_LEFT},
				 bold = {PDF_BOLD, PRINTED_TEXT, PDF_LEFT};
	double left = p->left + QR_SIDE + 24;

	paper_text(p, &bold, left, p->right - left, lang_text(l->lang, "slip.good"));
	paper_text(p, &style, left, p->right - left,
		   lang_text(l->lang, r->proven                 ? "receipt.proven"
				      : r->policy->nwitness > 0 ? "receipt.accepted"
								: "receipt.no_witness"));
	paper_space(p, 6);
	paper_text(p, &style, left, p->right - left, lang_text(l->lang, "slip.check"));
}

enum rc receipt_paper_draw(struct look *l, const struct receipt_paper *r, struct pdf *pdf,
			   struct err *reterr)
{
	const struct paper_style big = {PDF_BOLD, PRINTED_TITLE + 1, PDF_CENTRE};
	struct json *o = json_object();
	struct paper p;
	struct qr qr;
	char *unit = NULL, n[TEXT_NUM_LEN];
	enum rc rc = receipt_paper_put(l, r, o, reterr);

	if (rc == RC_OK)
		rc = store_setting(l->agent->store, "unit", &unit, reterr);
	if (rc == RC_OK)
		rc = code(r, &qr, reterr);
	if (rc == RC_OK) {
		text_int_fmt(r->x->proof_index, n);
		paper_begin(&p, pdf, false);
		printed_heading(&p, l->lang, unit ? unit : "", lang_text(l->lang, "slip.product"));
		paper_space(&p, 18);
		printed_say(&p, l->lang, &big, "slip.heading", "n", n, NULL);
		paper_space(&p, 18);
		rows(l, r, o, &p);
		paper_space(&p, 14);
		paper_room(&p, QR_SIDE);
		pdf_qr(pdf, &qr, p.left, p.y, QR_SIDE);
		under_code(l, r, &p);
		paper_end(&p, lang_text(l->lang, "slip.foot"));
	}
	free(unit);
	json_free(o);
	return rc;
}
