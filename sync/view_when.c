/*
 * view_when: when an entry was made, as people see it: the interval the log proves, what the
 * PC's clock said where nothing better is known, and what does not fit together, in words.
 * Clauses E11, E12, A9 as they show. Not here: deriving them (sync/moment).
 */
#include <string.h>

#include "lib/text.h"
#include "sync/view.h"

static struct json *bound(int64_t at)
{
	return at < 0 ? json_null() : json_integer(at);
}

static struct json *flags_of(const struct view_as *as, unsigned flags)
{
	struct json *a = json_array();

	for (unsigned bit = 1; bit < KEYRING_FLAG_END; bit <<= 1) {
		if (!(flags & bit))
			continue;
		struct json *o = json_object();
		json_set_str(o, "flag", keyring_flag_name(bit));
		json_set_str(o, "text", lang_text(as->lang, keyring_flag_key(bit)));
		json_append(a, o);
	}
	return a;
}

void view_when(const struct view_as *as, const struct view_entry *e, struct json *o)
{
	struct json *interval = json_array();
	char at[TEXT_TIME_LEN];

	text_time_fmt(e->in.at, at);
	json_append(interval, bound(e->lower));
	json_append(interval, bound(e->upper));
	json_set_int(o, "at", e->in.at);
	json_set_str(o, "at_text",
		     e->in.erased ? "" : at); /* an erased entry no longer says when */
	json_set(o, "interval", interval);
	json_set(o, "flags", flags_of(as, e->flags));
}

void view_when_text(const struct lang *lang, const struct json *o, struct buf *out)
{
	const struct json *pair = json_get_arr(o, "interval");
	const char *at = json_get_str(o, "at_text");
	char lo[TEXT_TIME_LEN] = "", hi[TEXT_TIME_LEN] = "";
	int64_t v;

	if (json_int(json_first(pair), &v))
		text_time_fmt(v, lo);
	if (json_int(json_at(pair, 1), &v))
		text_time_fmt(v, hi);
	if (lo[0] && strcmp(lo, hi) == 0)
		lang_format(lang, out, "history.at", "at", hi, NULL);
	else if (lo[0] && hi[0])
		lang_format(lang, out, "history.between", "from", lo, "to", hi, NULL);
	else if (hi[0])
		lang_format(lang, out, "history.before", "to", hi, NULL);
	else if (lo[0])
		lang_format(lang, out, "history.after", "from", lo, "at", at ? at : "", NULL);
	else
		lang_format(lang, out, "history.claimed", "at", at ? at : "", NULL);
}

void view_flags_text(const struct json *o, const char *indent, struct buf *out)
{
	for (const struct json *f = json_first(json_get_arr(o, "flags")); f; f = json_next(f)) {
		const char *text = json_get_str(f, "text");

		buf_add_str(out, indent);
		buf_add_str(out, "! ");
		buf_add_str(out, text ? text : "");
		buf_add_char(out, '\n');
	}
}
