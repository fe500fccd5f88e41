/*
 * slip_paper: see slip_paper.h. The QR code holds the slip's JSON, as the file would, so that a
 * PC with a scanner needs no typing.
 */
#include "server-stub/slip_paper.h"

#include <string.h>

#include "lib/limits.h"
#include "lib/num.h"
#include "lib/printed.h"

#define QR_SIDE (56 * PDF_MM)

enum { CODE_SIZE = 30 };

static const char *str(const struct json *o, const char *name)
{
	const char *s = json_get_str(o, name);

	return s ? s : "";
}

static void line(struct paper *p, const struct lang *lang, const char *key, const char *value)
{
	const struct paper_style label = {PDF_REGULAR, PRINTED_SMALL, PDF_LEFT},
				 bold = {PDF_BOLD, PRINTED_TEXT, PDF_LEFT};

	paper_text(p, &label, p->left, p->right - p->left, lang_text(lang, key));
	paper_text(p, &bold, p->left, p->right - p->left, value);
	paper_space(p, 8);
}

static void steps(struct paper *p, const struct lang *lang, double left)
{
	static const char *const step[] = {"slip_paper.step1", "slip_paper.step2",
					   "slip_paper.step3"};
	const struct paper_style style = {PDF_REGULAR, PRINTED_TEXT, PDF_LEFT};

	for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
		paper_text(p, &style, left, p->right - left, lang_text(lang, step[i]));
		paper_space(p, 8);
	}
}

static void sheet(struct paper *p, const struct lang *lang, const struct json *answer,
		  const struct qr *qr, struct pdf *pdf)
{
	const struct paper_style big = {PDF_BOLD, PRINTED_TITLE + 1, PDF_CENTRE},
				 small = {PDF_REGULAR, PRINTED_SMALL, PDF_CENTRE},
				 huge = {PDF_BOLD, CODE_SIZE, PDF_CENTRE};
	const struct json *slip = json_get_obj(answer, "slip");
	char n[NUM_I64_LEN];
	int64_t clerks = 0;

	json_get_int(answer, "clerks", &clerks);
	num_str(clerks, n);
	printed_heading(p, lang, lang_text(lang, "slip_paper.office"), "");
	paper_space(p, 18);
	printed_say(p, lang, &big, "slip_paper.title", NULL);
	paper_space(p, 12);
	printed_say(p, lang, &small, "slip_paper.code", NULL);
	paper_text(p, &huge, p->left, p->right - p->left, str(slip, "code"));
	paper_space(p, 18);
	line(p, lang, "slip_paper.unit", str(slip, "unit")[0] ? str(slip, "unit") : str(slip, "scope"));
	line(p, lang, "slip_paper.scope", str(slip, "scope"));
	line(p, lang, "slip_paper.url", str(slip, "url"));
	line(p, lang, "slip_paper.clerks", n);
	line(p, lang, "slip_paper.fingerprint", str(answer, "fingerprint"));
	paper_space(p, 12);
	paper_room(p, QR_SIDE + 24);
	pdf_qr(pdf, qr, p->left, p->y, QR_SIDE);
	steps(p, lang, p->left + QR_SIDE + 24);
}

static enum rc code_of(const struct json *slip, struct qr *ret, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_ERR_TEXT);
	rc = json_write(slip, false, &b, reterr);
	buf_add(&b, "", 1);
	if (rc == RC_OK)
		rc = buf_check(&b, reterr);
	if (rc == RC_OK)
		rc = qr_make((const char *)b.p, ret, reterr);
	buf_free(&b);
	return rc;
}

enum rc slip_paper(const struct op_call *call, const struct json *in, struct json *answer,
		   struct err *reterr)
{
	struct lang *lang = NULL;
	struct pdf *pdf = NULL;
	bool within = false;
	struct paper p;
	struct qr qr;
	enum rc rc;

	json_get_bool(in, "paper", &within);
	if (!within && !json_get_str(in, "pdf"))
		return RC_OK;
	rc = lang_load(op_lang(call), &lang, reterr);
	if (rc == RC_OK)
		rc = code_of(json_get_obj(answer, "slip"), &qr, reterr);
	if (rc == RC_OK)
		rc = pdf_new(&pdf, lang_text(lang, "slip_paper.title"), reterr);
	if (rc == RC_OK) {
		paper_begin(&p, pdf, false);
		sheet(&p, lang, answer, &qr, pdf);
		paper_end(&p, lang_text(lang, "slip_paper.foot"));
		rc = printed_give(pdf, in, "pdf", "phieu-dang-ky.pdf", answer, reterr);
	}
	pdf_free(pdf);
	lang_free(lang);
	return rc;
}
