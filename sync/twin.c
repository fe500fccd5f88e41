/*
 * twin: the values by which two records may be the same thing.
 */
#include "sync/twin.h"

#include <string.h>

#include "lib/limits.h"
#include "lib/text.h"

enum { FIELDS = 2 };

struct rule {
	const char *kind;
	const char *field[FIELDS]; /* all must be there and equal */
	bool names;
	size_t least; /* characters of the key, below which a value tells nothing */
};

static const struct rule rules[] = {
    {"asset", {"asset_code", NULL}, true, 1},
    {"asset", {"serial", NULL}, false, 3},
    {"asset", {"plate_no", NULL}, false, 4},
    {"facility", {"map_sheet", "parcel"}, true, 1},
};

/* What people write where there is nothing to write, as keys. */
static const char *const nothing[] = {"khong", "khongco", "khongro", "chuaco", "chuaro", "na",
				      "none",  "null",    "mat",     "mo",     "x",      "?"};

static const struct rule *rule(const char *kind, size_t i)
{
	for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++)
		if (strcmp(rules[r].kind, kind) == 0 && i-- == 0)
			return &rules[r];
	return NULL;
}

const char *twin_field(const char *kind, size_t i)
{
	const struct rule *r = rule(kind, i);

	return r ? r->field[0] : NULL;
}

bool twin_names(const char *kind, size_t i)
{
	const struct rule *r = rule(kind, i);

	return r && r->names;
}

static bool says_nothing(struct span key)
{
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
		if (span_eq_str(key, nothing[i]))
			return true;
	return false;
}

static struct span without_zeros(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return s;
	while (s.len > 0 && s.p[0] == '0')
		s = span_of(s.p + 1, s.len - 1);
	return s;
}

/* One value's part of the key; false when it tells nothing. */
static bool add_part(const struct rule *r, const char *field, const char *value, struct buf *out)
{
	struct buf fold, key;
	struct span s;
	bool ok;

	buf_init(&fold, LIMIT_TEXT);
	buf_init(&key, LIMIT_TEXT);
	ok = text_fold(span_str(value), &fold, NULL) == RC_OK;
	for (size_t i = 0; ok && i < fold.len; i++)
		if (!strchr(" .-/", fold.p[i]))
			buf_add_char(&key, (char)fold.p[i]);
	s = without_zeros(span_buf(&key));
	ok = ok && !key.failed && s.len >= r->least && !says_nothing(s);
	if (ok) {
		buf_add_str(out, field);
		buf_add_char(out, ' ');
		buf_add_span(out, s);
		buf_add_char(out, '\n');
	}
	buf_free(&fold);
	buf_free(&key);
	return ok;
}

void twin_key(const char *kind, size_t i, const struct json *rec, struct buf *out)
{
	const struct rule *r = rule(kind, i);
	size_t before = out->len;
	bool ok = r != NULL;

	for (size_t k = 0; ok && k < FIELDS && r->field[k]; k++) {
		const char *v = json_get_str(rec, r->field[k]);
		ok = v && add_part(r, r->field[k], v, out);
	}
	if (!ok && out->len > before) {
		out->len = before;
		out->p[before] = 0;
	}
}

void twin_text(const char *kind, size_t i, const struct json *rec, struct buf *out)
{
	const struct rule *r = rule(kind, i);

	for (size_t k = 0; r && k < FIELDS && r->field[k]; k++) {
		const char *v = json_get_str(rec, r->field[k]);
		if (k > 0)
			buf_add_str(out, ", ");
		buf_add_str(out, v ? v : "");
	}
}
