/*
 * board_list: see board_list.h.
 */
#include "server-stub/board_list.h"

#include <stdlib.h>
#include <string.h>

#include "lib/csv.h"
#include "lib/limits.h"

enum { KEY_LEN = 40 };

const char *board_list_state(const struct lang *lang, const char *state)
{
	static const char prefix[] = "board.state.";
	char key[KEY_LEN] = "board.state.";

	if (strlen(state) >= sizeof(key) - sizeof(prefix))
		return "";
	memcpy(key + sizeof(prefix) - 1, state, strlen(state) + 1);
	return lang_text(lang, key);
}

enum rc board_list_add(struct collector *col, struct archive_reader *r, const struct lang *lang,
		       const struct board_unit *x, struct json *all, struct err *reterr)
{
	char *name = NULL, *phone = NULL, when[TEXT_TIME_LEN] = "", seen[TEXT_TIME_LEN] = "";
	enum rc rc = board_contact(col, r, x->code, &name, &phone, reterr);
	struct json *o = json_object();

	if (x->heard)
		text_time_fmt(x->heard, when);
	if (x->seen)
		text_time_fmt(x->seen, seen);
	json_set_str(o, "code", x->code);
	json_set_str(o, "name", x->name);
	json_set_str(o, "province", x->province);
	json_set_str(o, "state", board_state_name(x->state));
	json_set_str(o, "state_text", board_list_state(lang, board_state_name(x->state)));
	json_set(o, "heard", x->heard ? json_integer(x->heard) : json_null());
	json_set_str(o, "heard_text", when);
	json_set(o, "seen", x->seen ? json_integer(x->seen) : json_null());
	json_set_str(o, "seen_text", seen);
	json_set_str(o, "contact", name ? name : x->clerk ? x->clerk : "");
	json_set_str(o, "phone", phone ? phone : "");
	free(name);
	free(phone);
	if (rc == RC_OK)
		json_append(all, o);
	else
		json_free(o);
	return rc;
}

/* ---- CSV ---- */

static void cell(struct buf *out, const char *text, bool last)
{
	struct buf b;

	buf_init(&b, LIMIT_TEXT);
	if (text[0] && strchr("=+-@\t\r", text[0]))
		buf_add_char(&b, '\''); /* a spreadsheet would compute it */
	buf_add_str(&b, text);
	csv_add(out, b.p ? (const char *)b.p : "", ';');
	buf_add_str(out, last ? "\r\n" : ";");
	buf_free(&b);
}

/* A code or a number that must stay text: ="01201". */
static void code(struct buf *out, const char *text, bool last)
{
	struct buf b;

	buf_init(&b, LIMIT_TEXT);
	for (const char *c = text; *c; c++)
		if (*c != '"')
			buf_add_char(&b, *c);
	if (b.len > 0)
		buf_addf(out, "\"=\"\"%s\"\"\"", (const char *)b.p);
	buf_add_str(out, last ? "\r\n" : ";");
	buf_free(&b);
}

enum rc board_list_csv(const struct lang *lang, const struct json *all, struct buf *out,
		       struct err *reterr)
{
	static const char *const head[] = {"board.csv.province", "board.csv.code", "board.csv.name",
					   "board.csv.state",    "board.csv.heard", "board.csv.seen",
					   "board.csv.contact",  "board.csv.phone"};
	size_t n = sizeof(head) / sizeof(head[0]);

	buf_add_str(out, "\xef\xbb\xbf");
	for (size_t i = 0; i < n; i++)
		cell(out, lang_text(lang, head[i]), i + 1 == n);
	for (const struct json *u = json_first(all); u; u = json_next(u)) {
		code(out, json_get_str(u, "province"), false);
		code(out, json_get_str(u, "code"), false);
		cell(out, json_get_str(u, "name"), false);
		cell(out, json_get_str(u, "state_text"), false);
		cell(out, json_get_str(u, "heard_text"), false);
		cell(out, json_get_str(u, "seen_text"), false);
		cell(out, json_get_str(u, "contact"), false);
		code(out, json_get_str(u, "phone"), true);
	}
	return buf_check(out, reterr);
}
