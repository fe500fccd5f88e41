/*
 * seen: see seen.h. The lists are short: as many entries as have a live value in one record.
 */
#include "agent/seen.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"

static bool holds(const struct json *seen, const uint8_t id[ENTRY_ID_LEN])
{
	char text[CODEC_B64U_32 + 1];

	codec_b64u(id, ENTRY_ID_LEN, text);
	for (const struct json *x = json_first(seen); x; x = json_next(x))
		if (json_str(x) && strcmp(json_str(x), text) == 0)
			return true;
	return false;
}

void seen_add(struct json *seen, const struct merge_state *s, const char *field)
{
	size_t n = 0;
	const struct merge_value *v = merge_siblings(s, field, &n);

	for (size_t i = 0; i < n; i++) {
		char text[CODEC_B64U_32 + 1];

		if (holds(seen, v[i].id))
			continue;
		codec_b64u(v[i].id, ENTRY_ID_LEN, text);
		json_append_str(seen, text);
	}
}

struct json *seen_all(const struct merge_state *s)
{
	struct json *seen = json_array();

	for (size_t i = 0; i < merge_fields(s); i++)
		seen_add(seen, s, merge_field_name(s, i));
	return seen;
}

bool seen_covers(const struct json *seen, const struct merge_state *s, const char *field)
{
	size_t n = 0;
	const struct merge_value *v = merge_siblings(s, field, &n);

	for (size_t i = 0; i < n; i++)
		if (!holds(seen, v[i].id))
			return false;
	return true;
}

static bool named(const struct buf *after, const uint8_t id[ENTRY_ID_LEN])
{
	for (size_t i = 0; i < after->len; i += ENTRY_ID_LEN)
		if (memcmp(after->p + i, id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

/* All that was seen, of what is an entry's id at all; each once (E17). */
static void name_all(const struct json *seen, struct buf *after)
{
	uint8_t id[ENTRY_ID_LEN];

	for (const struct json *x = json_first(seen); x; x = json_next(x))
		if (json_str(x) && codec_b64u_32(span_str(json_str(x)), id) && !named(after, id) &&
		    after->len < (size_t)LIMIT_ENTRY_AFTER * ENTRY_ID_LEN)
			buf_add(after, id, ENTRY_ID_LEN);
}

enum rc seen_after(const struct json *seen, struct buf *after, struct err *reterr)
{
	size_t kept = 0, had = after->len;

	for (size_t i = 0; i < had; i += ENTRY_ID_LEN)
		if (holds(seen, after->p + i)) {
			memmove(after->p + kept, after->p + i, ENTRY_ID_LEN);
			kept += ENTRY_ID_LEN;
		}
	after->len = kept;
	if (had > 0 && kept == 0)
		name_all(seen, after);
	return buf_check(after, reterr);
}
