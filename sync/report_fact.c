/*
 * report_fact: see report_fact.h. Packed: of each field of the kind's table, in its order, four bytes of
 * length (little endian) and the wire value.
 */
#include "sync/report_fact.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/chain.h"
#include "sync/decision.h"
#include "sync/report.h"
#include "sync/unit.h"

enum { LENGTH = 4 };

static const struct {
	const char *name;
	const char *field[REPORT_FIELDS + 1]; /* those read; NULL behind the last */
	bool kept;
} kinds[REPORT_KIND_N] = {
    [REPORT_PLACE] = {"facility", {"commune_code", "surplus_status", "handling_purpose", "same_as"}, true},
    [REPORT_STATEMENT] = {"weekly_statement",
			  {"week", "declared_adequate", "missing", "car", "obstacles", "supersedes",
			   "children"},
			  true},
    [REPORT_VISIT] = {"facility_check", {"facility_id", "checked_at", "supersedes", "children"}, true},
    [REPORT_EQUIPMENT] = {"equipment_check", {"checked_at", "supersedes", "children"}, true},
    [REPORT_LINE] = {"equipment_line", {"check", "quality"}, true},
    [REPORT_INVENTORY] = {"inventory", {"counted_at"}, true},
    [REPORT_REVIEW] = {DECISION_KIND, {"target", "target_entry", "state", "level"}, true},
    [REPORT_CHOICE] = {CHAIN_KIND, {"of", "chosen", "among"}, false},
    [REPORT_SCHEDULE] = {"schedule",
			 {"kind", "period", "due_weekday", "due_day", "due_month", "due_date",
			  "due_hour", "scopes", "starts_on", "ends_on"},
			 false},
    [REPORT_CATALOGUE] = {"catalogue", {"blob"}, false},
    [REPORT_MERGER] = {UNIT_KIND, {"closed", "into"}, false},
    [REPORT_ISSUE] = {REPORT_KIND, {"week", "size", "root", "csv", "previous"}, false},
};

enum report_kind report_fact_kind(const char *name)
{
	enum report_kind k = REPORT_PLACE;

	while (k < REPORT_KIND_N && strcmp(kinds[k].name, name) != 0)
		k++;
	return k;
}

const char *report_fact_name(enum report_kind k)
{
	return kinds[k].name;
}

const char *report_fact_field(enum report_kind k, size_t i)
{
	return i < REPORT_FIELDS ? kinds[k].field[i] : NULL;
}

bool report_fact_kept(enum report_kind k)
{
	return kinds[k].kept;
}

bool report_fact_bound(enum report_kind k)
{
	return k == REPORT_STATEMENT;
}

/* ---- packing ---- */

static void pack(struct span raw, struct buf *out)
{
	uint8_t len[LENGTH];

	codec_put_le32(len, (uint32_t)raw.len);
	buf_add(out, len, sizeof(len));
	buf_add_span(out, raw);
}

/* Of a place only two values of surplus_status are a question; an unclear purpose is none. */
static bool decides(enum report_kind k, const char *field)
{
	return k != REPORT_PLACE || strcmp(field, "surplus_status") == 0;
}

static bool is_left_out(enum report_kind k, const char *field, bool conflict)
{
	return conflict && k == REPORT_PLACE && strcmp(field, "handling_purpose") == 0;
}

enum rc report_fact_show(enum report_kind k, const struct merge_state *s, const struct form_set *forms,
			 struct buf *out, bool *retundecided, struct err *reterr)
{
	const struct form *f = form_set_get(forms, kinds[k].name, 1);
	struct buf scratch;

	*retundecided = false;
	buf_init(&scratch, LIMIT_MERGE_STATE);
	for (size_t i = 0; kinds[k].field[i]; i++) {
		const char *field = kinds[k].field[i];
		struct merge_value v = {.erased = true};
		bool conflict = false;
		enum rc rc = merge_show(s, field, merge_policy(f, field), &scratch, &v, &conflict, reterr);

		if (rc != RC_OK && rc != RC_NOTFOUND) {
			buf_free(&scratch);
			return rc;
		}
		if (rc == RC_NOTFOUND)
			err_clear(reterr);
		*retundecided = *retundecided || (conflict && decides(k, field));
		pack(rc != RC_OK || v.erased || is_left_out(k, field, conflict) ? span_of(NULL, 0) : v.raw,
		     out);
	}
	buf_free(&scratch);
	return buf_check(out, reterr);
}

void report_fact_pack(enum report_kind k, const struct entry_field *field, size_t n, struct buf *out)
{
	for (size_t i = 0; kinds[k].field[i]; i++) {
		struct span raw = span_of(NULL, 0);

		for (size_t j = 0; j < n; j++)
			if (span_eq_str(field[j].name, kinds[k].field[i]))
				raw = field[j].raw;
		pack(raw, out);
	}
}

bool report_fact_unpack(enum report_kind k, struct span says, struct span value[REPORT_FIELDS])
{
	memset(value, 0, REPORT_FIELDS * sizeof(*value));
	for (size_t i = 0; kinds[k].field[i]; i++) {
		size_t len;

		if (says.len < LENGTH)
			return false;
		len = codec_get_le32(says.p);
		if (len > says.len - LENGTH)
			return false;
		value[i] = span_of(says.p + LENGTH, len);
		says = span_of(says.p + LENGTH + len, says.len - LENGTH - len);
	}
	return says.len == 0;
}

/* ---- reading ---- */

struct span report_fact_value(const struct report_fact *f, const char *field)
{
	for (size_t i = 0; kinds[f->kind].field[i]; i++)
		if (strcmp(kinds[f->kind].field[i], field) == 0)
			return f->value[i];
	return span_of(NULL, 0);
}

/* Between its quotes; empty for anything but a string. Escapes, where there are any, as they are. */
static struct span inner(struct span raw)
{
	return raw.len >= 2 && raw.p[0] == '"' ? span_of(raw.p + 1, raw.len - 2) : span_of(NULL, 0);
}

/* No word that is asked for needs an escape, and what needs none has none (E4). */
bool report_fact_says(const struct report_fact *f, const char *field, const char *value)
{
	struct span s = inner(report_fact_value(f, field));

	return s.p && span_eq_str(s, value);
}

static void copy(const char *text, size_t n, char *ret, size_t len, bool *retwhole)
{
	size_t room = n < len ? n : len - 1;

	memcpy(ret, text, room);
	ret[room] = '\0';
	if (retwhole)
		*retwhole = room == n;
}

void report_fact_text(const struct report_fact *f, const char *field, char *ret, size_t len, bool *retwhole)
{
	struct span raw = report_fact_value(f, field), s = inner(raw);
	struct json *v;
	const char *text;

	if (!s.p || !memchr(s.p, '\\', s.len)) {
		copy(s.p ? (const char *)s.p : "", s.len, ret, len, retwhole);
		return;
	}
	v = entry_value_json(raw);
	text = json_str(v);
	copy(text ? text : "", text ? strlen(text) : 0, ret, len, retwhole);
	json_free(v);
}

bool report_fact_uuid(const struct report_fact *f, const char *field, uint8_t ret[16])
{
	struct span s = inner(report_fact_value(f, field));

	return s.p && codec_uuid_dec(s, ret);
}

struct json *report_fact_json(const struct report_fact *f)
{
	struct json *o = json_object();

	for (size_t i = 0; o && kinds[f->kind].field[i]; i++) {
		struct json *v = f->value[i].len > 0 ? entry_value_json(f->value[i]) : NULL;

		if (v)
			json_set(o, kinds[f->kind].field[i], v);
	}
	return o;
}
