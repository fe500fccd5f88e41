/*
 * bundle_slip: the sheet of plain text that lies beside a bundle, to print and to read out over
 * the telephone. Clause B6. It tells nothing that a record says.
 */
#include "lib/text.h"
#include "sync/bundle.h"

static void line(const struct lang *lang, struct buf *out, const char *key, const char *name,
		 const char *value)
{
	lang_format(lang, out, key, name, value, NULL);
	buf_add_char(out, '\n');
}

static void number(const struct lang *lang, struct buf *out, const char *key, int64_t n)
{
	char text[TEXT_NUM_LEN];

	text_int_fmt(n, text);
	line(lang, out, key, "n", text);
}

void bundle_slip_write(const struct bundle_slip *s, const struct lang *lang, struct buf *out)
{
	static const char *const title[] = {"bundle.slip.title.request", "bundle.slip.title.answer",
					    "bundle.slip.title.carry"};
	const struct bundle_head *h = s->head;
	char at[TEXT_TIME_LEN];

	text_time_fmt(h->at, at);
	buf_add_str(out, lang_text(lang, title[h->kind]));
	buf_add_str(out, "\n\n");
	line(lang, out, "bundle.slip.from", "name", h->name);
	lang_format(lang, out, "bundle.slip.unit", "unit", s->unit[0] ? s->unit : "—", "scope",
		    h->scope, NULL);
	buf_add_char(out, '\n');
	line(lang, out, "bundle.slip.at", "at", at);
	number(lang, out, "bundle.slip.records", h->records);
	number(lang, out, "bundle.slip.blobs", h->blobs);
	line(lang, out, "bundle.slip.file", "file", s->file);
	number(lang, out, "bundle.slip.bytes", s->bytes);
	line(lang, out, "bundle.slip.number", "number", s->number);
	buf_add_char(out, '\n');
	buf_add_str(out, lang_text(lang, "bundle.slip.advice"));
	buf_add_char(out, '\n');
}
