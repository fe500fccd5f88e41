/*
 * report_base: what a prefix of the log says of the kinds a report reads. Clauses A12, M1, M2.
 *
 * Only the fields that are read are merged (the merge goes field by field, M2), and between two
 * entries of an entity its state lies as bytes: there may be a million of them. Not here:
 * which of them count (report_read.c).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "sync/kinds.h"
#include "sync/merge.h"
#include "sync/report_part.h"

enum { FIELDS = 12, HEADS = 1024 };

static const struct {
	const char *name;
	const char *field[FIELDS]; /* those read; NULL behind the last */
} kinds[REPORT_KIND_N] = {
    [REPORT_PLACE] = {"facility", {"commune_code", "surplus_status", "handling_purpose", "same_as"}},
    [REPORT_STATEMENT] = {"weekly_statement",
			  {"week", "declared_adequate", "missing", "car", "obstacles", "supersedes",
			   "children"}},
    [REPORT_VISIT] = {"facility_check", {"facility_id", "checked_at", "supersedes", "children"}},
    [REPORT_EQUIPMENT] = {"equipment_check", {"checked_at", "supersedes", "children"}},
    [REPORT_LINE] = {"equipment_line", {"check", "quality"}},
    [REPORT_INVENTORY] = {"inventory", {"counted_at"}},
    [REPORT_REVIEW] = {"review", {"target", "target_entry", "state", "level"}},
    [REPORT_CHOICE] = {"choice", {"of", "chosen", "among"}},
    [REPORT_SCHEDULE] = {"schedule",
			 {"kind", "period", "due_weekday", "due_day", "due_month", "due_date",
			  "due_hour", "scopes", "starts_on", "ends_on"}},
    [REPORT_CATALOGUE] = {"catalogue", {"blob"}},
    [REPORT_MERGER] = {UNIT_KIND, {"closed", "into"}},
    [REPORT_ISSUE] = {REPORT_KIND, {"week", "size", "root", "csv", "previous"}},
};

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

void report_base_init(struct report_base *b, struct keyring *keyring, const struct form_set *forms)
{
	*b = (struct report_base){.keyring = keyring, .forms = forms};
}

void report_base_free(struct report_base *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->e[i].state);
		free(b->e[i].entry);
	}
	for (size_t k = 0; k < REPORT_CHECKS; k++) {
		for (size_t i = 0; i < b->ncheck[k]; i++)
			json_free(b->check[k][i].fields);
		free(b->check[k]);
	}
	for (size_t i = 0; i < b->nplace; i++)
		json_free(b->place[i].fields);
	for (size_t i = 0; i < b->nschedule; i++)
		json_free(b->schedule[i]);
	free(b->e);
	free(b->head);
	free(b->id);
	free(b->place);
	free(b->line);
	free(b->verdict);
	free(b->schedule);
	free(b->merger);
	keyring_free(b->keyring);
	*b = (struct report_base){.keyring = NULL};
}

enum report_kind report_base_kind(const struct entry *e)
{
	enum report_kind k = REPORT_PLACE;

	if (e->op != ENTRY_SET)
		return REPORT_KIND_N;
	while (k < REPORT_KIND_N && strcmp(kinds[k].name, e->kind) != 0)
		k++;
	return k;
}

/* ---- entities ---- */

static size_t hash(const struct report_base *b, const char *scope, const uint8_t id[16])
{
	size_t h = 0;

	for (size_t i = 0; i < 16; i++)
		h = h * 31 + id[i];
	for (; *scope; scope++)
		h = h * 31 + (unsigned char)*scope;
	return h & (b->nhead - 1);
}

static bool rehash(struct report_base *b)
{
	size_t n = b->nhead ? b->nhead * 4 : HEADS;
	size_t *fresh = calloc(n, sizeof(*fresh));

	if (!fresh)
		return false;
	free(b->head);
	b->head = fresh;
	b->nhead = n;
	for (size_t i = 0; i < b->n; i++) {
		size_t h = hash(b, b->e[i].scope, b->e[i].id);
		b->e[i].next = b->head[h];
		b->head[h] = i + 1;
	}
	return true;
}

static struct report_entity *entity_new(struct report_base *b, enum report_kind kind,
					const struct entry *e, int64_t index)
{
	size_t cap = b->cap ? b->cap * 2 : HEADS;
	struct report_entity *x = b->n < b->cap ? b->e : realloc(b->e, cap * sizeof(*b->e));
	size_t h;

	if (!x)
		return NULL;
	b->cap = b->n < b->cap ? b->cap : cap;
	b->e = x;
	if (b->n >= b->nhead && !rehash(b))
		return NULL;
	x += b->n;
	*x = (struct report_entity){.kind = kind, .first = index};
	memcpy(x->scope, e->scope, sizeof(x->scope));
	memcpy(x->id, e->entity, sizeof(x->id));
	h = hash(b, x->scope, x->id);
	x->next = b->head[h];
	b->head[h] = ++b->n;
	return x;
}

static struct report_entity *entity_of(struct report_base *b, enum report_kind kind,
				       const struct entry *e, int64_t index)
{
	size_t i = b->nhead > 0 ? b->head[hash(b, e->scope, e->entity)] : 0;

	for (; i > 0; i = b->e[i - 1].next)
		if (b->e[i - 1].kind == kind && memcmp(b->e[i - 1].id, e->entity, 16) == 0 &&
		    strcmp(b->e[i - 1].scope, e->scope) == 0)
			return &b->e[i - 1];
	return entity_new(b, kind, e, index);
}

/* ---- entries ---- */

static bool has(const struct report_entity *x, const uint8_t id[ENTRY_ID_LEN])
{
	for (size_t i = 0; i < x->n; i++)
		if (memcmp(x->entry[i], id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

static bool is_read(enum report_kind kind, struct span field)
{
	for (size_t i = 0; i < FIELDS && kinds[kind].field[i]; i++)
		if (span_eq_str(field, kinds[kind].field[i]))
			return true;
	return false;
}

static enum rc keep(struct report_entity *x, const struct merge_state *s, struct err *reterr)
{
	struct buf bytes;
	enum rc rc;

	buf_init(&bytes, LIMIT_MERGE_STATE);
	rc = merge_write(s, &bytes, reterr);
	if (rc == RC_OK) {
		free(x->state);
		x->state = (uint8_t *)buf_take(&bytes, &x->len);
	}
	buf_free(&bytes);
	return rc == RC_OK && !x->state ? nomem(reterr) : rc;
}

static enum rc merge(struct report_entity *x, const struct merge_input *in, struct err *reterr)
{
	bool present[LIMIT_ENTRY_AFTER];
	struct merge_state *s = NULL;
	enum rc rc = x->state ? merge_read(span_of(x->state, x->len), &s, reterr)
			      : merge_new(&s, reterr);

	for (size_t i = 0; i < in->nafter; i++)
		present[i] = has(x, in->after[i]);
	if (rc == RC_OK)
		rc = merge_apply(s, in, present, NULL, reterr);
	if (rc == RC_OK)
		rc = keep(x, s, reterr);
	merge_free(s);
	return rc;
}

static enum rc apply(struct report_base *b, enum report_kind kind, const struct entry *e,
		     int64_t index, struct err *reterr)
{
	struct merge_input in = merge_input_of(e, keyring_central(b->keyring, e->key));
	struct entry_field field[FIELDS];
	struct report_entity *x = entity_of(b, kind, e, index);
	void *grown;
	size_t n = 0;
	enum rc rc;

	if (x && x->n > 0 && kinds_single(e->kind))
		return RC_OK; /* entries come in the order of the log: it has its one (M21) */
	grown = x ? realloc(x->entry, (x->n + 1) * sizeof(*x->entry)) : NULL;
	if (!grown)
		return nomem(reterr);
	x->entry = grown;
	for (size_t i = 0; i < e->nfield; i++)
		if (is_read(kind, e->field[i].name))
			field[n++] = e->field[i];
	in.field = field;
	in.nfield = n;
	rc = merge(x, &in, reterr);
	if (rc != RC_OK)
		return rc;
	memcpy(x->entry[x->n++], e->id, ENTRY_ID_LEN);
	x->first = index < x->first ? index : x->first;
	if (index >= x->last) {
		x->last = index;
		x->at_last = x->n - 1;
	}
	return RC_OK;
}

enum rc report_base_add(struct report_base *b, const struct entry *e, int64_t index,
			struct err *reterr)
{
	enum report_kind kind = report_base_kind(e);

	if (b->nid == b->capid) {
		size_t cap = b->capid ? b->capid * 2 : HEADS;
		void *grown = realloc(b->id, cap * sizeof(*b->id));

		if (!grown)
			return nomem(reterr);
		b->id = grown;
		b->capid = cap;
	}
	memcpy(b->id[b->nid++], e->id, ENTRY_ID_LEN);
	if (kind == REPORT_KIND_N || keyring_judge(b->keyring, e, index) != KEYRING_ADMITTED)
		return RC_OK;
	return apply(b, kind, e, index, reterr);
}

/* ---- reading ---- */

/* Of a place only two values of surplus_status are a question; an unclear purpose is none. */
static bool place_conflict(const struct merge_state *s, const struct form *f, struct json *fields)
{
	static const char *const field[] = {"surplus_status", "handling_purpose"};
	bool conflict[2] = {false, false};
	struct merge_value v;
	struct buf scratch;

	buf_init(&scratch, LIMIT_MERGE_STATE);
	for (size_t i = 0; i < 2; i++)
		merge_show(s, field[i], merge_policy(f, field[i]), &scratch, &v, &conflict[i], NULL);
	buf_free(&scratch);
	if (conflict[1])
		json_remove(fields, field[1]);
	return conflict[0];
}

enum rc report_base_fields(const struct report_base *b, const struct report_entity *e,
			   struct json **ret, bool *retconflict, struct err *reterr)
{
	const struct form *f = form_set_get(b->forms, kinds[e->kind].name, 1);
	struct merge_state *s = NULL;
	struct json *fields = NULL;
	enum rc rc = merge_read(span_of(e->state, e->len), &s, reterr);

	if (rc == RC_OK && !(fields = merge_json(s, f)))
		rc = nomem(reterr);
	if (rc == RC_OK) {
		*retconflict = e->kind == REPORT_PLACE ? place_conflict(s, f, fields)
						       : merge_conflicts(s, f) > 0;
		*ret = fields;
	}
	merge_free(s);
	return rc;
}
