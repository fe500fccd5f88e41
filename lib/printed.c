/*
 * printed: heading, signers and delivery of papers (see printed.h).
 */
#include "lib/printed.h"

#include <stdarg.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/os.h"

#define SIGN_HEIGHT 62.0 /* points left for a signature and a seal */

static enum rc put_bytes(struct json *o, const char *name, struct span bytes, struct err *reterr)
{
	struct json *file = json_object();
	struct buf text;
	enum rc rc;

	buf_init(&text, LIMIT_JSON_TEXT);
	codec_b64_buf(&text, bytes.p, bytes.len);
	rc = buf_check(&text, reterr);
	json_set_str(file, "name", name);
	json_set_str(file, "type", "application/pdf");
	json_set_span(file, "content", span_buf(&text));
	json_set(o, "file", file);
	buf_free(&text);
	return rc;
}

enum rc printed_give(struct pdf *pdf, const struct json *in, const char *arg, const char *name,
		     struct json *o, struct err *reterr)
{
	const char *path = json_get_str(in, arg);
	struct buf bytes;
	enum rc rc;

	buf_init(&bytes, LIMIT_INPUT_FILE);
	rc = pdf_write(pdf, &bytes, reterr);
	json_set_int(o, "pages", (int64_t)pdf_pages(pdf));
	if (rc == RC_OK && path) {
		rc = os_file_write(path, span_buf(&bytes), OS_REPLACE, reterr);
		json_set_str(o, arg, path);
	} else if (rc == RC_OK) {
		rc = put_bytes(o, name, span_buf(&bytes), reterr);
	}
	buf_free(&bytes);
	return rc;
}

void printed_told(const struct lang *lang, const struct json *out, struct buf *text)
{
	const char *path = json_get_str(out, "out");
	char n[NUM_I64_LEN];
	int64_t pages = 0;

	json_get_int(out, "pages", &pages);
	num_str(pages, n);
	lang_format(lang, text, path ? "paper.written" : "paper.not_written", "n", n, "path",
		    path ? path : "", NULL);
	buf_add_char(text, '\n');
}

/* ---- texts ---- */

static void format(const struct lang *lang, struct buf *b, const char *key, va_list ap)
{
	const char *pair[9] = {NULL};
	size_t n = 0;

	for (const char *s; n < 8 && (s = va_arg(ap, const char *)); n++)
		pair[n] = s;
	/* an unused pair replaces nothing: no text holds {} */
	for (size_t i = n; i < 8; i++)
		pair[i] = "";
	lang_format(lang, b, key, pair[0], pair[1], pair[2], pair[3], pair[4], pair[5], pair[6],
		    pair[7], NULL);
	buf_add(b, "", 1);
}

const char *printed_text(const struct lang *lang, struct buf *b, const char *key, ...)
{
	va_list ap;

	va_start(ap, key);
	format(lang, b, key, ap);
	va_end(ap);
	return b->failed ? "" : (const char *)b->p;
}

void printed_say(struct paper *p, const struct lang *lang, const struct paper_style *style,
		 const char *key, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, LIMIT_TEXT);
	va_start(ap, key);
	format(lang, &b, key, ap);
	va_end(ap);
	if (!b.failed)
		paper_text(p, style, p->left, p->right - p->left, (const char *)b.p);
	buf_free(&b);
}

/* ---- the heading ---- */

void printed_heading(struct paper *p, const struct lang *lang, const char *unit, const char *under)
{
	const struct paper_style bold = {PDF_BOLD, PRINTED_TEXT, PDF_CENTRE},
				 plain = {PDF_REGULAR, PRINTED_TEXT - 1, PDF_CENTRE};
	const char *state = lang_text(lang, "paper.state"), *motto = lang_text(lang, "paper.motto");
	double wide = pdf_width(p->pdf, PDF_BOLD, PRINTED_TEXT, state) + 2;
	double right = p->right - wide, half = (right - p->left) * 0.92;
	double top = p->y, end, rule;

	paper_text(p, &bold, p->left, half, unit);
	paper_text(p, &plain, p->left, half, under);
	end = p->y;
	p->y = top;
	paper_text(p, &bold, right, wide, state);
	paper_text(p, &bold, right, wide, motto);
	rule = pdf_width(p->pdf, PDF_BOLD, PRINTED_TEXT, motto);
	pdf_line(p->pdf, right + (wide - rule) / 2, p->y + 2, right + (wide + rule) / 2, p->y + 2,
		 0.8);
	p->y = (p->y > end ? p->y : end) + 14;
}

/* ---- signers ---- */

static void centred(struct paper *p, enum pdf_font font, double size, double x, double width,
		    const char *text)
{
	const struct paper_style s = {font, size, PDF_CENTRE};

	paper_text(p, &s, x, width, text);
}

void printed_signers(struct paper *p, const struct printed_signer *s, size_t n)
{
	double width = (p->right - p->left) / (double)n, top, below = 0;

	paper_room(p, SIGN_HEIGHT + 5 * PRINTED_TEXT * PAPER_LEADING);
	top = p->y;
	for (size_t i = 0; i < n; i++) {
		double x = p->left + width * (double)i + 4;
		p->y = top;
		centred(p, PDF_BOLD, PRINTED_TEXT, x, width - 8, s[i].office);
		centred(p, PDF_ITALIC, PRINTED_SMALL, x, width - 8, s[i].note);
		below = p->y > below ? p->y : below;
	}
	top = below + SIGN_HEIGHT;
	for (size_t i = 0; i < n; i++) {
		p->y = top;
		if (s[i].name)
			centred(p, PDF_BOLD, PRINTED_TEXT, p->left + width * (double)i + 4,
				width - 8, s[i].name);
		below = p->y > below ? p->y : below;
	}
	p->y = below;
}
