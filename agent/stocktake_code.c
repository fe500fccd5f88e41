/*
 * stocktake_code: from what a scanner typed to assets. A scanner is a keyboard: a burst may
 * hold several codes when an Enter got lost, and a Vietnamese input method may have been on
 * (store_code). Our own labels carry digits and '-' only, which no input method touches.
 */
#include "agent/stocktake.h"

#include <string.h>

enum {
	GROUP = 5,     /* digits of a group of our labels: 12345-67890-12345 */
	ID_BYTES = 6,  /* last bytes of an id, as a number: always below 10^15 */
	PIECE_MIN = 4, /* bytes of the shortest code that is looked for in a run of codes */
	PIECE_MAX = 40 /* bytes of the longest */
};

/* ---- our labels ---- */

static void id_label(const uint8_t id[16], char ret[STOCKTAKE_LABEL])
{
	uint64_t v = 0;

	for (size_t i = 16 - ID_BYTES; i < 16; i++)
		v = v << 8 | id[i];
	for (int i = STOCKTAKE_LABEL - 2; i >= 0; i--) {
		if ((i + 1) % (GROUP + 1) == 0) {
			ret[i] = '-';
			continue;
		}
		ret[i] = (char)('0' + v % 10);
		v /= 10;
	}
	ret[STOCKTAKE_LABEL - 1] = '\0';
}

void stocktake_label(const struct json *asset, const uint8_t id[16], char ret[STOCKTAKE_LABEL])
{
	const char *code = json_get_str(asset, "asset_code");

	if (code && strlen(code) < STOCKTAKE_LABEL && code[strspn(code, "0123456789-")] == '\0')
		memcpy(ret, code, strlen(code) + 1);
	else
		id_label(id, ret);
}

/* The digits alone; false when it is not one of our labels. */
static bool label_digits(const char *typed, char ret[3 * GROUP + 1])
{
	size_t n = 0;

	for (; *typed; typed++) {
		if (*typed == '-' || *typed == ' ')
			continue;
		if (*typed < '0' || *typed > '9' || n == (size_t)3 * GROUP)
			return false;
		ret[n++] = *typed;
	}
	ret[n] = '\0';
	return n == (size_t)3 * GROUP;
}

struct label_search {
	const char *digits;
	int64_t no;
	size_t n;
};

static bool label_take(void *arg, const struct store_item *item)
{
	struct label_search *s = arg;
	char label[STOCKTAKE_LABEL], digits[3 * GROUP + 1];

	id_label(item->id, label);
	if (label_digits(label, digits) && strcmp(digits, s->digits) == 0 && s->n++ == 0)
		s->no = item->no;
	return true;
}

/* ---- one code ---- */

enum rc stocktake_find(struct agent *agent, const char *code, struct store_entity **ret,
		       size_t *retn, struct err *reterr)
{
	const struct store_filter all = {.kind = "asset"};
	struct store_things things = {.n = 0};
	struct store_code c = {.n = 0};
	char digits[3 * GROUP + 1];
	struct label_search s = {.digits = digits};
	enum rc rc = store_code(agent->store, "asset", code, &c, reterr);

	*ret = NULL;
	if (rc == RC_OK && c.n == 0 && label_digits(code, digits)) {
		rc = store_list(agent->store, &all, label_take, &s, NULL, reterr);
		c.n = s.n;
		c.no[0] = s.no;
	}
	*retn = c.n;
	if (rc != RC_OK || c.n != 1)
		return rc;
	rc = store_entity_no(agent->store, c.no[0], ret, reterr);
	if (rc == RC_OK)
		rc = store_things(agent->store, "asset", &things, reterr);
	if (rc == RC_OK)
		rc = look_head(agent, &things, ret, reterr);
	store_things_free(&things);
	return rc;
}

/* ---- codes run together ---- */

/* ways[i]: how many ways there are to read the first i bytes as codes, 2 for more; from[i]: the last cut. */
struct run {
	struct agent *agent;
	const char *text;
	size_t len;
	unsigned char ways[STOCKTAKE_BURST + 1];
	size_t from[STOCKTAKE_BURST + 1];
};

static enum rc is_code(struct agent *agent, const char *text, size_t len, bool *ret,
		       struct err *reterr)
{
	char piece[PIECE_MAX + 1];
	struct store_entity *asset = NULL;
	size_t n = 0;
	enum rc rc;

	memcpy(piece, text, len);
	piece[len] = '\0';
	rc = stocktake_find(agent, piece, &asset, &n, reterr);
	store_entity_free(asset);
	*ret = rc == RC_OK && n > 0;
	return rc;
}

static bool may_cut(const struct run *r, size_t at)
{
	char c = r->text[at];

	return ((unsigned char)c & 0xc0) != 0x80 && c != '-'; /* no code begins inside a letter */
}

static enum rc read_run(struct run *r, struct err *reterr)
{
	enum rc rc = RC_OK;

	r->ways[0] = 1;
	for (size_t end = PIECE_MIN; end <= r->len; end++) {
		size_t least = end > PIECE_MAX ? end - PIECE_MAX : 0;

		if (end < r->len && !may_cut(r, end))
			continue;
		for (size_t at = least; rc == RC_OK && at + PIECE_MIN <= end; at++) {
			bool yes = false;
			if (r->ways[at] == 0)
				continue;
			rc = is_code(r->agent, r->text + at, end - at, &yes, reterr);
			if (!yes)
				continue;
			r->ways[end] = r->ways[end] + r->ways[at] > 1 ? 2 : 1;
			r->from[end] = at;
		}
	}
	return rc;
}

static void put_pieces(const struct run *r, struct json *codes)
{
	size_t end[STOCKTAKE_BURST / PIECE_MIN + 1], n = 0, at = 0;

	for (size_t i = r->len; i > 0; i = r->from[i])
		end[n++] = i;
	for (; n > 0; at = end[n]) {
		n--;
		json_append(codes, json_string_span(span_of(r->text + at, end[n] - at)));
	}
}

/* One word of a burst: a code, or codes run together; as it stands when it is neither. */
static enum rc split_word(struct agent *agent, const char *word, struct json *codes,
			  struct err *reterr)
{
	struct run r = {.agent = agent, .text = word, .len = strlen(word)};
	struct store_entity *asset = NULL;
	size_t n = 0;
	enum rc rc = stocktake_find(agent, word, &asset, &n, reterr);

	store_entity_free(asset);
	if (rc == RC_OK && n == 0 && r.len >= 2 * (size_t)PIECE_MIN)
		rc = read_run(&r, reterr);
	if (rc != RC_OK)
		return rc;
	if (r.ways[r.len] == 1)
		put_pieces(&r, codes);
	else
		json_append_str(codes, word);
	return RC_OK;
}

/* The next part of what is left, borrowed; empty at the end. */
static struct span next_part(const char **rest, const char *until)
{
	struct span part;

	*rest += strspn(*rest, until);
	part = span_of(*rest, strcspn(*rest, until));
	*rest += part.len;
	return part;
}

/* As text of its own; part: no longer than a burst. */
static void put_part(struct span part, char ret[STOCKTAKE_BURST + 1])
{
	memcpy(ret, part.p, part.len);
	ret[part.len] = '\0';
}

static enum rc split_line(struct agent *agent, const char *line, struct json *codes,
			  struct err *reterr)
{
	char word[STOCKTAKE_BURST + 1];
	struct store_entity *asset = NULL;
	size_t n = 0;
	enum rc rc = stocktake_find(agent, line, &asset, &n, reterr);

	store_entity_free(asset);
	if (rc == RC_OK && n > 0) { /* a serial number may hold blanks */
		json_append_str(codes, line);
		return RC_OK;
	}
	for (struct span part = next_part(&line, " "); rc == RC_OK && part.len > 0;
	     part = next_part(&line, " ")) {
		put_part(part, word);
		rc = split_word(agent, word, codes, reterr);
	}
	return rc;
}

enum rc stocktake_split(struct agent *agent, const char *burst, struct json *codes,
			struct err *reterr)
{
	static const char ends[] = "\t\r\n";
	char line[STOCKTAKE_BURST + 1];
	enum rc rc = RC_OK;

	for (struct span part = next_part(&burst, ends); rc == RC_OK && part.len > 0;
	     part = next_part(&burst, ends)) {
		if (part.len > STOCKTAKE_BURST) {
			json_append(codes, json_string_span(part));
			continue;
		}
		put_part(part, line);
		rc = split_line(agent, line, codes, reterr);
	}
	return rc;
}
