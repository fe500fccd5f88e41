/*
 * report_base: from what records say to plain ones, of each kind as a report asks for it. Clauses A12, R2, R4, R7.
 *
 * There may be a million of them, so nothing is kept that no figure needs: of equipment only what is poor, of visits
 * those of the days that the schedules ask for, and corrections. Not here: which of them count
 * (report_read.c).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/merge.h"
#include "sync/report_part.h"
#include "sync/same.h"

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

void report_base_init(struct report_base *b, struct keyring *keyring, int64_t size,
		      const struct form_set *forms)
{
	*b = (struct report_base){
	    .keyring = keyring, .forms = forms, .size = size, .catalogue_first = -1};
}

static void free_check(struct report_check *c)
{
	if (c->said)
		free(c->said->obstacles);
	free(c->said);
}

void report_base_free(struct report_base *b)
{
	for (size_t k = 0; k < REPORT_CHECKS; k++) {
		for (size_t i = 0; i < b->ncheck[k]; i++)
			free_check(&b->check[k][i]);
		free(b->check[k]);
	}
	for (size_t i = 0; i < b->nchoice; i++)
		merge_free(b->choice[i].state);
	for (size_t i = 0; i < b->nschedule; i++)
		json_free(b->schedule[i]);
	free(b->child);
	free(b->place);
	free(b->line);
	free(b->verdict);
	free(b->choice);
	free(b->schedule);
	free(b->merger);
	keyring_free(b->keyring);
	*b = (struct report_base){.keyring = NULL};
}

/* Room for one more, zeros; the count of an array of that many. */
static void *more(void *array, size_t *n, size_t size)
{
	bool full = (*n & (*n - 1)) == 0; /* 0, 1, 2, 4, 8 … */
	void *p = full ? realloc(array, (*n ? *n * 2 : 1) * size) : array;

	if (p)
		memset((char *)p + (*n)++ * size, 0, size);
	return p;
}

/* ---- checks ---- */

static bool lists_any(const struct report_fact *f, const char *field)
{
	struct span raw = report_fact_value(f, field);

	return raw.len > 2 && raw.p[0] == '['; /* "[]" is none */
}

static enum rc read_said(const struct report_fact *f, struct report_check *c, struct err *reterr)
{
	struct json *obstacles = entry_value_json(report_fact_value(f, "obstacles"));
	const char *text = json_str(obstacles);
	struct report_said *s = calloc(1, sizeof(*s));
	bool whole;

	c->said = s;
	if (s && text && *text)
		s->obstacles = span_dup(span_str(text));
	if (!s || (text && *text && !s->obstacles)) {
		json_free(obstacles);
		return nomem(reterr);
	}
	json_free(obstacles);
	report_fact_text(f, "week", s->week, sizeof(s->week), &whole);
	if (!whole)
		s->week[0] = '\0';
	if (report_fact_says(f, "declared_adequate", "chua") || lists_any(f, "missing"))
		s->declared = REPORT_SAYS_NOT;
	else if (report_fact_says(f, "declared_adequate", "co"))
		s->declared = REPORT_SAYS_ADEQUATE;
	if (report_fact_says(f, "car", "chua"))
		s->car = REPORT_CAR_NONE;
	else if (report_fact_says(f, "car", "khong_thuoc_doi_tuong"))
		s->car = REPORT_CAR_NOT_ENTITLED;
	s->undecided = f->undecided;
	memcpy(s->newest, f->newest, sizeof(s->newest));
	return RC_OK;
}

/* The entries it names (E24). */
static enum rc read_children(struct report_base *b, const struct report_fact *f, size_t k, size_t place,
			     struct err *reterr)
{
	struct json *all = lists_any(f, "children") ? entry_value_json(report_fact_value(f, "children")) : NULL;
	enum rc rc = RC_OK;

	for (const struct json *c = json_first(all); rc == RC_OK && c; c = json_next(c)) {
		struct report_child x = {.check = (uint8_t)k, .place = (uint32_t)place};
		struct report_child *grown;

		if (!json_str(c) || !codec_b64u_32(span_str(json_str(c)), x.id))
			continue;
		grown = more(b->child, &b->nchild, sizeof(*grown));
		if (grown) {
			b->child = grown;
			grown[b->nchild - 1] = x;
		} else {
			rc = nomem(reterr);
		}
	}
	json_free(all);
	return rc;
}

static void read_day(const struct report_fact *f, char ret[TEXT_DATE_LEN])
{
	static const char *const field[] = {"checked_at", "counted_at"}; /* as due_holds asks */

	ret[0] = '\0';
	for (size_t i = 0; i < 2 && !ret[0]; i++)
		report_fact_text(f, field[i], ret, TEXT_DATE_LEN, NULL); /* "2026-11-25T08:30" */
	if (strlen(ret) < TEXT_DATE_LEN - 1)
		ret[0] = '\0';
}

/* A visit of no day that is asked for, which corrects nothing, changes no figure. */
static bool is_idle(const struct report_base *b, const struct report_check *c)
{
	return !c->has_of && (!c->day[0] || strcmp(c->day, b->since) < 0 || strcmp(c->day, b->until) >= 0);
}

static enum rc read_check(struct report_base *b, const struct report_fact *f, struct err *reterr)
{
	size_t k = (size_t)(f->kind - REPORT_STATEMENT);
	struct report_check c = {.first = f->first, .whole = true}, *grown;
	enum rc rc;

	read_day(f, c.day);
	c.has_of = report_fact_uuid(f, CHAIN_FIELD, c.of);
	if (f->kind == REPORT_VISIT && is_idle(b, &c))
		return RC_OK;
	memcpy(c.scope, f->scope, sizeof(c.scope));
	memcpy(c.id, f->id, sizeof(c.id));
	report_fact_uuid(f, "facility_id", c.place);
	grown = more(b->check[k], &b->ncheck[k], sizeof(c));
	if (!grown)
		return nomem(reterr);
	b->check[k] = grown;
	grown[b->ncheck[k] - 1] = c;
	rc = f->kind == REPORT_STATEMENT ? read_said(f, &grown[b->ncheck[k] - 1], reterr) : RC_OK;
	return rc == RC_OK ? read_children(b, f, k, b->ncheck[k] - 1, reterr) : rc;
}

/* ---- the other kinds ---- */

static enum report_figure purpose(const struct report_fact *f)
{
	static const struct {
		const char *purpose;
		enum report_figure figure;
	} to[] = {{"tru_so", REPORT_TO_OFFICE}, {"hdsn", REPORT_TO_SERVICE},
		  {"y_te", REPORT_TO_HEALTH},   {"giao_duc", REPORT_TO_SCHOOL},
		  {"vh_tt", REPORT_TO_CULTURE}};

	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++)
		if (report_fact_says(f, "handling_purpose", to[i].purpose))
			return to[i].figure;
	return REPORT_TO_OTHER;
}

static enum rc read_place(struct report_base *b, const struct report_fact *f, struct err *reterr)
{
	static const char *const remaining[] = {"chua_phuong_an", "co_phuong_an", "dang_xu_ly"};
	struct report_place *p = more(b->place, &b->nplace, sizeof(*p));
	bool whole;

	if (!p)
		return nomem(reterr);
	b->place = p;
	p += b->nplace - 1;
	memcpy(p->scope, f->scope, sizeof(p->scope));
	memcpy(p->id, f->id, sizeof(p->id));
	report_fact_text(f, "commune_code", p->commune, sizeof(p->commune), &whole);
	if (!whole)
		p->commune[0] = '\0';
	p->undecided = f->undecided;
	p->has_same = report_fact_uuid(f, SAME_FIELD, p->same);
	p->handled = report_fact_says(f, "surplus_status", "da_xu_ly");
	for (size_t i = 0; i < sizeof(remaining) / sizeof(remaining[0]); i++)
		p->remaining = p->remaining || report_fact_says(f, "surplus_status", remaining[i]);
	p->to = purpose(f);
	return RC_OK;
}

static enum rc read_line(struct report_base *b, const struct report_fact *f, struct err *reterr)
{
	struct report_line l, *grown;

	if (f->undecided || !report_fact_says(f, "quality", "khong_dap_ung") ||
	    !report_fact_uuid(f, "check", l.check))
		return RC_OK;
	memcpy(l.scope, f->scope, sizeof(l.scope));
	grown = more(b->line, &b->nline, sizeof(*grown));
	if (!grown)
		return nomem(reterr);
	b->line = grown;
	grown[b->nline - 1] = l;
	return RC_OK;
}

static enum rc read_review(struct report_base *b, const struct report_fact *f, struct err *reterr)
{
	struct report_verdict v, *grown;
	struct json *fields;

	if (!report_fact_uuid(f, DECISION_TARGET, v.target))
		return RC_OK;
	fields = report_fact_json(f);
	grown = fields ? more(b->verdict, &b->nverdict, sizeof(*grown)) : NULL;
	if (grown) {
		memcpy(v.scope, f->scope, sizeof(v.scope));
		v.decision = decision_of(fields, f->last);
		b->verdict = grown;
		grown[b->nverdict - 1] = v;
	}
	json_free(fields);
	return grown ? RC_OK : nomem(reterr);
}

static enum rc read_schedule(struct report_base *b, const struct report_fact *f, struct err *reterr)
{
	struct json *fields = f->undecided ? NULL : report_fact_json(f), **grown;

	if (f->undecided)
		return RC_OK;
	grown = fields ? more(b->schedule, &b->nschedule, sizeof(struct json *)) : NULL;
	if (!grown) {
		json_free(fields);
		return nomem(reterr);
	}
	b->schedule = grown;
	grown[b->nschedule - 1] = fields;
	return RC_OK;
}

/* The one that is oldest: importing again goes on with it. */
static enum rc read_catalogue(struct report_base *b, const struct report_fact *f, struct err *reterr)
{
	struct json *fields = report_fact_json(f);
	const char *hex = json_get_str(json_get_obj(fields, "blob"), "sha256");
	uint8_t sha[CRYPT_HASH_LEN];

	if (!fields)
		return nomem(reterr);
	if (!f->undecided && hex && codec_hex_32(span_str(hex), sha) &&
	    (!b->has_catalogue || f->first < b->catalogue_first)) {
		b->has_catalogue = true;
		b->catalogue_first = f->first;
		memcpy(b->catalogue, sha, sizeof(sha));
	}
	json_free(fields);
	return RC_OK;
}

/* One that leads anywhere (M18). */
static enum rc read_merger(struct report_base *b, const struct report_fact *f, struct err *reterr)
{
	struct unit_merger m = {.closed = ""}, *grown;
	bool closed, into;
	uint8_t id[16];

	report_fact_text(f, "closed", m.closed, sizeof(m.closed), &closed);
	report_fact_text(f, "into", m.into, sizeof(m.into), &into);
	if (f->undecided || !closed || !into || !m.closed[0] || !m.into[0])
		return RC_OK;
	unit_merger_id(m.closed, id);
	if (memcmp(id, f->id, sizeof(id)) != 0)
		return RC_OK;
	grown = more(b->merger, &b->nmerger, sizeof(*grown));
	if (!grown)
		return nomem(reterr);
	b->merger = grown;
	grown[b->nmerger - 1] = m;
	return RC_OK;
}

/* Is its id that of its key (E23)? Another one decides nothing, as everywhere: nobody would look for it there. */
static bool is_choice(const struct report_base *b, const struct report_fact *f, const struct merge_state *state)
{
	uint8_t of[16], id[16];

	if (!merge_ref(state, form_set_get(b->forms, CHAIN_KIND, 1), "of", of))
		return false;
	chain_choice_id(of, id);
	return memcmp(id, f->id, sizeof(id)) == 0;
}

static enum rc read_choice(struct report_base *b, const struct report_fact *f, struct merge_state *state,
			   struct err *reterr)
{
	struct report_choice *grown;

	if (!is_choice(b, f, state)) {
		merge_free(state);
		return RC_OK;
	}
	grown = more(b->choice, &b->nchoice, sizeof(*grown));
	if (!grown) {
		merge_free(state);
		return nomem(reterr);
	}
	b->choice = grown;
	grown += b->nchoice - 1;
	memcpy(grown->scope, f->scope, sizeof(grown->scope));
	grown->state = state;
	return RC_OK;
}

static enum rc (*const readers[REPORT_KIND_N])(struct report_base *b, const struct report_fact *f,
					       struct err *reterr) = {
    [REPORT_PLACE] = read_place,         [REPORT_STATEMENT] = read_check,
    [REPORT_VISIT] = read_check,         [REPORT_EQUIPMENT] = read_check,
    [REPORT_LINE] = read_line,           [REPORT_INVENTORY] = read_check,
    [REPORT_REVIEW] = read_review,       [REPORT_SCHEDULE] = read_schedule,
    [REPORT_CATALOGUE] = read_catalogue, [REPORT_MERGER] = read_merger,
};

enum rc report_base_take(struct report_base *b, const struct report_fact *f, struct merge_state *state,
			 struct err *reterr)
{
	if (f->kind == REPORT_CHOICE)
		return read_choice(b, f, state, reterr);
	return readers[f->kind] ? readers[f->kind](b, f, reterr) : RC_OK;
}

/* ---- all of a log ---- */

static enum rc read_some(struct report_base *b, const struct report_log *l, unsigned prefix, bool schedules,
			 struct err *reterr)
{
	struct report_fact f;
	struct buf says;
	enum rc rc = RC_OK;

	buf_init(&says, LIMIT_MERGE_STATE);
	for (size_t i = 0; rc == RC_OK && i < l->n; i++) {
		struct merge_state *state = NULL;
		bool any;

		if (!(l->e[i].prefixes & prefix) || (l->e[i].kind == REPORT_SCHEDULE) != schedules)
			continue;
		rc = report_log_fact(l, &l->e[i], b->keyring, b->size, b->forms, &f, &state, &says, &any,
				     reterr);
		if (rc == RC_OK && any)
			rc = report_base_take(b, &f, state, reterr);
	}
	buf_free(&says);
	return rc;
}

/* The days of all periods that visits are asked for in these weeks. */
static void find_days(struct report_base *b, const char *week)
{
	for (size_t i = 0; week && i < b->nschedule; i++) {
		struct due_period p;

		if (!report_week_period(week, b->schedule[i], &p))
			continue;
		if (!b->since[0] || strcmp(p.from, b->since) < 0)
			memcpy(b->since, p.from, sizeof(b->since));
		if (strcmp(p.until, b->until) > 0)
			memcpy(b->until, p.until, sizeof(b->until));
	}
}

enum rc report_base_read(struct report_base *b, const struct report_log *l, unsigned prefix,
			 const char *week, const char *other, struct err *reterr)
{
	enum rc rc = read_some(b, l, prefix, true, reterr);

	find_days(b, week);
	find_days(b, other);
	return rc == RC_OK ? read_some(b, l, prefix, false, reterr) : rc;
}
