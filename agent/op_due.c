/*
 * op due: what this PC's clerks have to do: what the centre's schedule asks for in the period we are
 * in, what the centre sent back with a comment and nobody has answered yet, and how many
 * values wait for a decision (op conflicts has them). Reads only. Not here: periods (sync/due).
 */
#include <stdlib.h>
#include <string.h>

#include "agent/draft.h"
#include "agent/home.h"
#include "agent/look.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "agent/record.h"
#include "lib/codec.h"
#include "lib/csv.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "sync/chain.h"
#include "sync/due.h"
#include "sync/errand.h"
#include "sync/retire.h"

enum { LEFT_MAX = 200, PROVINCE = 3, WEEK_DAYS = 7 };

struct work {
	struct look look;
	struct home_map map;
	char scope[ENTRY_SCOPE_LEN]; /* the commune that goes on (M18): nothing is due of one that ended */
	char end[ENTRY_SCOPE_LEN];   /* where the mergers lead from there, before this PC has it too */
	char province[PROVINCE]; /* "" until the catalogue is held */
	int64_t now;
	struct json *drafts;
	struct json *answers; /* [{"scope","kind","id","task"} …]: checks that name a task */
};

/* Does a record belong to the commune this PC writes for (M22)? */
static enum rc is_ours(struct work *w, const struct home_record *x, bool *ret, struct err *reterr)
{
	char end[ENTRY_SCOPE_LEN];
	enum rc rc = home_belongs(w->look.agent, &w->map, x, end, reterr);

	*ret = rc == RC_OK && strcmp(end, w->end) == 0;
	return rc;
}

/* Of what has not come nobody knows better than by its scope. */
static enum rc is_ours_named(struct work *w, const char *scope, const char *id, bool *ret,
			     struct err *reterr)
{
	struct store_entity *e = NULL;
	struct home_record x = {.scope = scope, .kind = ""};
	enum rc rc;

	if (store_entity_find(w->look.agent->store, NULL, id, &e, NULL) == RC_OK)
		x = (struct home_record){e->scope, e->kind, e->state, e->form};
	rc = is_ours(w, &x, ret, reterr);
	store_entity_free(e);
	return rc;
}

/* ---- which province ---- */

static bool take_record(void *arg, const struct look_item *x)
{
	struct json *all = arg, *o = json_object();
	char uuid[CODEC_UUID_LEN + 1];

	codec_uuid(x->id, uuid);
	json_set_str(o, "id", uuid);
	json_set_str(o, "scope", x->scope);
	json_set_int(o, "no", x->item->no);
	json_set_int(o, "changed_at", x->item->changed_at);
	json_set(o, "fields", merge_json(x->state, x->form));
	json_append(all, o);
	return true;
}

/* Every record of a kind in a commune (NULL: in all): [{"id","no","changed_at","fields"} …], newest first. */
static enum rc records(struct work *w, const char *kind, const char *scope, struct json **ret,
		       struct err *reterr)
{
	const struct store_filter f = {.kind = kind, .scope = scope};
	struct json *all = json_array();
	enum rc rc = look_each(w->look.agent, &f, take_record, all, reterr);

	if (rc == RC_OK)
		*ret = all;
	else
		json_free(all);
	return rc;
}

static size_t column(const struct csv *c, const char *name)
{
	size_t i = 0;

	while (i < c->n && strcmp(c->cell[i], name) != 0)
		i++;
	return i;
}

static void read_province(struct work *w, struct span text)
{
	struct csv c;
	size_t commune = 0, province = 0;
	struct span line;

	while (text.len > 0 && text.p[0] == '#')
		span_line(&text, &line); /* what the list says of itself */
	if (csv_open(&c, text, NULL) != RC_OK)
		return;
	if (csv_row(&c, NULL) == RC_OK) {
		commune = column(&c, "commune_code");
		province = column(&c, "province_code");
	}
	while (csv_row(&c, NULL) == RC_OK)
		if (commune < c.n && province < c.n && strcmp(c.cell[commune], w->scope) == 0 &&
		    strlen(c.cell[province]) < PROVINCE)
			memcpy(w->province, c.cell[province], strlen(c.cell[province]) + 1);
	csv_close(&c);
}

/* By the newest catalogue whose file is here; without one only schedules of provinces are not ours. */
static enum rc find_province(struct work *w, struct err *reterr)
{
	struct json *all = NULL;
	enum rc rc = records(w, "catalogue", "*", &all, reterr);

	for (const struct json *x = json_first(all); x && !w->province[0]; x = json_next(x)) {
		const struct json *blob = json_get_obj(json_get_obj(x, "fields"), "blob");
		const char *hex = json_get_str(blob, "sha256");
		uint8_t sha[CRYPT_HASH_LEN];
		struct buf text;

		buf_init(&text, LIMIT_BLOB);
		if (hex && codec_hex_32(span_str(hex), sha) &&
		    store_blob_get(w->look.agent->store, sha, &text, NULL) == RC_OK)
			read_province(w, span_buf(&text));
		buf_free(&text);
	}
	json_free(all);
	return rc;
}

/* ---- what is due ---- */

static bool is_of_province(const struct json *schedule)
{
	for (const struct json *s = json_first(json_get_arr(schedule, "scopes")); s;
	     s = json_next(s))
		if (json_str(s) && strlen(json_str(s)) == PROVINCE - 1)
			return true;
	return false;
}

/* Does a check of this period name the place? */
static bool is_checked(const struct json *checks, const struct due_period *p, const char *facility)
{
	for (const struct json *c = json_first(checks); c; c = json_next(c)) {
		const struct json *fields = json_get_obj(c, "fields");
		const char *of = json_get_str(fields, "facility_id");

		if (of && strcmp(of, facility) == 0 && due_holds(p, fields))
			return true;
	}
	return false;
}

struct places {
	struct work *w;
	const struct json *checks;
	const struct due_period *period;
	struct json *left;
	int64_t total, done;
	enum rc rc;
	struct err *reterr;
};

static bool take_place(void *arg, const struct look_item *x)
{
	const struct home_record place = {x->scope, x->kind, x->state, x->form};
	struct places *p = arg;
	char uuid[CODEC_UUID_LEN + 1];
	bool ours = false;

	codec_uuid(x->id, uuid);
	if (merge_fields(x->state) == 0 || retire_is(x->state))
		return true;
	p->rc = is_ours(p->w, &place, &ours, p->reterr);
	if (p->rc != RC_OK || !ours)
		return p->rc == RC_OK;
	p->total++;
	if (is_checked(p->checks, p->period, uuid)) {
		p->done++;
	} else if (json_len(p->left) < LEFT_MAX) {
		struct json *o = json_object();
		struct buf title;

		buf_init(&title, LIMIT_VIEW_TEXT);
		look_title(&p->w->look, x->form, x->state, &title);
		json_set_str(o, "id", uuid);
		json_set_str(o, "title", title.p ? (const char *)title.p : "");
		json_append(p->left, o);
		buf_free(&title);
	}
	return true;
}

/* One check that belongs here (M22) is enough: of a place that went elsewhere it is the other commune's. */
static enum rc count_one(struct places *p)
{
	p->total = 1;
	for (const struct json *c = json_first(p->checks); c && p->done == 0; c = json_next(c)) {
		bool ours = false;
		enum rc rc = RC_OK;

		if (!due_holds(p->period, json_get_obj(c, "fields")))
			continue;
		rc = is_ours_named(p->w, print_str(c, "scope"), print_str(c, "id"), &ours, p->reterr);
		if (rc != RC_OK)
			return rc;
		p->done = ours ? 1 : 0;
	}
	return RC_OK;
}

/*
 * A premises check is due of every place in the books that belongs here (M22), of those of a merged commune too; of
 * everything else, and where no place belongs here yet, one.
 */
static enum rc count(struct work *w, const char *kind, const struct due_period *period,
		     struct json *o, struct err *reterr)
{
	const struct store_filter f = {.kind = "facility"};
	const bool each_place = strcmp(kind, "facility_check") == 0;
	struct places p = {.w = w, .period = period, .left = json_array(), .reterr = reterr};
	struct json *all = NULL;
	enum rc rc = records(w, kind, each_place ? NULL : w->scope, &all, reterr);

	p.checks = all;
	if (rc == RC_OK && each_place)
		rc = look_each(w->look.agent, &f, take_place, &p, reterr);
	if (rc == RC_OK)
		rc = p.rc;
	if (rc == RC_OK && p.total == 0)
		rc = count_one(&p);
	json_set_int(o, "done", p.done);
	json_set_int(o, "total", p.total);
	json_set(o, "left", p.left);
	json_free(all);
	return rc;
}

/* Is it begun to be what is due: of that period, and not in the place of one that was submitted? */
static bool is_begun(const struct json *draft, const char *kind, const struct due_period *p)
{
	const struct json *fields = json_get_obj(draft, "fields");

	return strcmp(print_str(draft, "kind"), kind) == 0 && !json_get_str(draft, "edits") &&
	       !json_get_str(fields, CHAIN_FIELD) && due_holds(p, fields);
}

/* A correction of the record, or a change of it, that is begun; "": none. */
static const char *answer_begun(const struct work *w, const char *id)
{
	for (const struct json *d = json_first(w->drafts); d; d = json_next(d))
		if (record_draft_is_of(d, id))
			return print_str(d, "id");
	return "";
}

/* None where each place is due: which of them it would be, the draft alone knows. */
static void put_draft(const struct work *w, const char *kind, const struct due_period *p, struct json *o)
{
	const struct json *d = print_num(o, "total") > 1 ? NULL : json_first(w->drafts);

	while (d && !is_begun(d, kind, p))
		d = json_next(d);
	json_set_str(o, "draft", d ? print_str(d, "id") : "");
}

static void put_label(struct work *w, const struct json *fields, const char *field,
		      const char *member, struct json *o)
{
	const struct form *f = form_set_newest(store_forms(w->look.agent->store), "schedule");
	struct view_as as = look_as(&w->look, f);
	struct buf text;

	buf_init(&text, LIMIT_VIEW_TEXT);
	view_text(&as, f ? form_field(f, field) : NULL, json_get(fields, field), &text);
	json_set_str(o, member, text.p ? (const char *)text.p : "");
	buf_free(&text);
}

/* Which week is meant, else how often. */
static void put_period(struct work *w, const struct json *fields, const struct due_period *p, struct json *o)
{
	const char *period = json_get_str(fields, "period");
	struct text_week week;
	struct buf text;

	put_label(w, fields, "period", "period_label", o);
	buf_init(&text, LIMIT_VIEW_TEXT);
	if (period && strcmp(period, "hang_tuan") == 0 && text_week_say(span_str(p->week), &week, NULL) == RC_OK)
		lang_format(w->look.lang, &text, "view.week", "n", week.no, "from", week.from, "to", week.to, NULL);
	json_set_str(o, "period_text", text.len ? (const char *)text.p : print_str(o, "period_label"));
	buf_free(&text);
}

static bool in_this_week(int64_t at, int64_t now)
{
	char week[TEXT_WEEK_LEN], monday[TEXT_DATE_LEN];
	int64_t start = 0;

	text_time_week(now, week);
	return text_week_monday(span_str(week), monday, NULL) == RC_OK &&
	       text_time_of(span_str(monday), 0, &start, NULL) == RC_OK &&
	       at < start + (int64_t)WEEK_DAYS * 86400;
}

static enum rc add_due(struct work *w, const struct json *schedule, struct json *all,
		       struct err *reterr)
{
	const struct json *fields = json_get_obj(schedule, "fields");
	const char *kind = json_get_str(fields, "kind");
	struct due_period p;
	struct json *o;
	enum rc rc;

	if (!kind || !due_concerns(fields, w->scope, w->province[0] ? w->province : NULL) ||
	    !due_period(fields, w->now, &p))
		return RC_OK;
	o = json_object();
	json_set_str(o, "schedule", print_str(schedule, "id"));
	json_set_str(o, "kind", kind);
	put_label(w, fields, "kind", "kind_label", o);
	put_period(w, fields, &p, o);
	json_set_int(o, "due_at", p.due_at);
	rc = count(w, kind, &p, o, reterr);
	put_draft(w, kind, &p, o);
	json_set_str(o, "state",
		     print_num(o, "done") >= print_num(o, "total") ? "done"
		     : w->now > p.due_at                           ? "late"
								   : "open");
	json_set_bool(o, "this_week", in_this_week(p.due_at, w->now));
	json_append(all, o);
	return rc;
}

static enum rc set_due(struct work *w, struct json *out, struct err *reterr)
{
	struct json *schedules = NULL, *due = json_array();
	bool sought = false;
	enum rc rc = records(w, "schedule", "*", &schedules, reterr);

	json_set(out, "due", due);
	for (const struct json *s = json_first(schedules); rc == RC_OK && s; s = json_next(s)) {
		if (!sought && is_of_province(json_get_obj(s, "fields"))) {
			sought = true;
			rc = find_province(w, reterr);
		}
		if (rc == RC_OK)
			rc = add_due(w, s, due, reterr);
	}
	json_free(schedules);
	return rc;
}

/* ---- what came back ---- */

/* Has somebody answered: a correction of it, or of a register a change, since then. */
static enum rc is_answered(struct work *w, const struct store_entity *e, const struct json *review,
			   bool *ret, struct err *reterr)
{
	struct look_history h = {0};
	struct chain *c = NULL;
	enum rc rc = RC_OK;

	*ret = false;
	if (e->form && form_field(e->form, CHAIN_FIELD)) {
		rc = store_chain(w->look.agent->store, e->kind, &c, reterr);
		*ret = rc == RC_OK && chain_correction(c, e->scope, e->id, 0) != NULL;
		chain_free(c);
		return rc;
	}
	rc = look_history(w->look.agent, e->no, &h, reterr);
	for (size_t i = 0; rc == RC_OK && i < h.n; i++)
		*ret = *ret || (look_is_own(w->look.agent, h.entry[i].e->key) &&
				h.entry[i].e->at > print_num(review, "changed_at"));
	look_history_free(&h);
	return rc;
}

/* Who decided, or gave the task: the author of the first entry that counts (M21). */
static enum rc put_who(struct work *w, const struct json *review, struct json *o,
		       struct err *reterr)
{
	struct look_history h = {0};
	enum rc rc = look_history(w->look.agent, print_num(review, "no"), &h, reterr);

	size_t i = 0;

	while (i < h.n && h.entry[i].x.verdict != KEYRING_ADMITTED)
		i++;
	json_set_str(o, "who", i < h.n ? h.entry[i].name : "");
	json_set_str(o, "who_title", i < h.n ? h.entry[i].title : "");
	look_history_free(&h);
	return rc;
}

/* Unless another of the reviews is in force about its record, or it speaks of what has changed since (M19). */
static enum rc add_returned(struct work *w, const struct json *reviews, const struct json *review,
			    struct json *all, struct err *reterr)
{
	const struct json *in_force = NULL;
	struct decision d;
	const struct json *fields = json_get_obj(review, "fields");
	const char *state = print_str(fields, "state");
	struct store_entity *e = NULL;
	bool answered = false, ours = false;
	struct json *o;
	enum rc rc;

	if (strcmp(state, "returned") != 0 && strcmp(state, "rejected") != 0)
		return RC_OK;
	rc = store_entity_find(w->look.agent->store, NULL, print_str(fields, "target"), &e, NULL);
	if (rc != RC_OK)
		return RC_OK; /* the record has not come yet, or is erased */
	rc = is_ours(w, &(struct home_record){e->scope, e->kind, e->state, e->form}, &ours, reterr);
	if (rc == RC_OK && ours)
		rc = look_in_force(w->look.agent, reviews, e, &in_force, &d, reterr);
	if (rc == RC_OK && in_force == review)
		rc = is_answered(w, e, review, &answered, reterr);
	if (rc == RC_OK && in_force == review && !answered) {
		o = look_named(&w->look, e);
		json_set_str(o, "state", state);
		json_set_str(o, "review", print_str(review, "id"));
		json_set_str(o, "draft", answer_begun(w, print_str(o, "id")));
		json_set_str(o, "reason", print_str(fields, "reason"));
		json_set(o, "comments",
			 look_comments(&w->look, e->form, json_get_arr(fields, "comments")));
		json_set_int(o, "at", print_num(review, "changed_at"));
		rc = put_who(w, review, o, reterr);
		json_append(all, o);
	}
	store_entity_free(e);
	return rc;
}

static enum rc set_returned(struct work *w, struct json *out, struct err *reterr)
{
	struct json *reviews = NULL, *all = json_array();
	enum rc rc = look_reviews(w->look.agent, NULL, &reviews, reterr);

	json_set(out, "returned", all);
	for (const struct json *r = json_first(reviews); rc == RC_OK && r; r = json_next(r))
		rc = add_returned(w, reviews, r, all, reterr);
	json_free(reviews);
	return rc;
}

/* ---- what the centre asks to be done ---- */

static bool take_answer(void *arg, const struct look_item *x)
{
	struct json *all = arg, *o;
	char uuid[CODEC_UUID_LEN + 1], task[CODEC_UUID_LEN + 1];
	uint8_t of[16];

	if (!merge_ref(x->state, x->form, TASK_FIELD, of))
		return true;
	o = json_object();
	codec_uuid(x->id, uuid);
	codec_uuid(of, task);
	json_set_str(o, "scope", x->scope);
	json_set_str(o, "kind", x->kind);
	json_set_str(o, "id", uuid);
	json_set_str(o, "task", task);
	json_append(all, o);
	return true;
}

/* Of all communes this PC has, once for all tasks. */
static enum rc find_answers(struct work *w, struct err *reterr)
{
	const struct form_set *forms = store_forms(w->look.agent->store);
	const struct form *f;
	enum rc rc = RC_OK;

	w->answers = json_array();
	for (size_t i = 0; rc == RC_OK && (f = form_set_at(forms, i, NULL)) != NULL; i++) {
		const struct store_filter of = {.kind = f->name};

		if (f == form_set_newest(forms, f->name) && form_field(f, TASK_FIELD))
			rc = look_each(w->look.agent, &of, take_answer, w->answers, reterr);
	}
	return rc;
}

/* A check that names it, of its commune or of one that goes on from there, that is whole and counts (M20). */
static enum rc is_done(struct work *w, const char *scope, const char *task, bool *ret,
		       struct err *reterr)
{
	struct unit_way way;
	enum rc rc = unit_reach(&w->map.map, scope, &way, reterr);

	for (const struct json *a = json_first(w->answers); rc == RC_OK && a && !*ret; a = json_next(a)) {
		uint8_t id[16];

		if (strcmp(print_str(a, "task"), task) == 0 && unit_on(&way, print_str(a, "scope")) &&
		    codec_uuid_dec(span_str(print_str(a, "id")), id))
			rc = store_answers(w->look.agent->store, print_str(a, "scope"),
					   print_str(a, "kind"), id, ret, reterr);
	}
	return rc;
}

static void put_target(struct work *w, const char *target, struct json *o)
{
	struct store_entity *e = NULL;
	struct json *named;

	if (store_entity_find(w->look.agent->store, NULL, target, &e, NULL) != RC_OK)
		return; /* it has not come, or is erased */
	named = look_named(&w->look, e);
	json_set_str(o, "target", target);
	json_set_str(o, "target_kind", print_str(named, "kind"));
	json_set_str(o, "target_title", print_str(named, "title"));
	json_set_str(o, "target_label", print_str(named, "kind_label"));
	json_free(named);
	store_entity_free(e);
}

static void put_task(struct work *w, const struct json *task, struct json *o)
{
	static const char *const name[] = {"title", "owner", "due", "note"};
	const struct json *fields = json_get_obj(task, "fields");
	char today[TEXT_DATE_LEN], due[TEXT_DATE_LEN];

	json_set_str(o, "id", print_str(task, "id"));
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		json_set_str(o, name[i], print_str(fields, name[i]));
	if (text_date_fmt(span_str(print_str(fields, "due")), due, NULL) == RC_OK)
		json_set_str(o, "due_text", due);
	text_time_date(w->now, today);
	json_set_bool(o, "overdue", print_str(fields, "due")[0] && strcmp(print_str(fields, "due"), today) < 0);
	put_target(w, print_str(fields, "target"), o);
}

/* One that nobody answered, about something that belongs here. */
static enum rc add_task(struct work *w, const struct json *task, struct json *all,
			struct err *reterr)
{
	const char *target = print_str(json_get_obj(task, "fields"), "target"), *scope = print_str(task, "scope");
	bool done = false, ours = false;
	struct json *o;
	enum rc rc = is_done(w, scope, print_str(task, "id"), &done, reterr);

	if (rc == RC_OK && !done)
		rc = is_ours_named(w, scope, target, &ours, reterr);
	if (rc != RC_OK || !ours)
		return rc;
	o = json_object();
	put_task(w, task, o);
	rc = put_who(w, task, o, reterr);
	json_append(all, o);
	return rc;
}

static bool take_task(void *arg, const struct look_item *x)
{
	return errand_state(x->state, x->form) != ERRAND_OPEN || take_record(arg, x);
}

static enum rc set_tasks(struct work *w, struct json *out, struct err *reterr)
{
	const struct store_filter f = {.kind = TASK_KIND};
	struct json *tasks = json_array(), *all = json_array();
	enum rc rc = look_each(w->look.agent, &f, take_task, tasks, reterr);

	json_set(out, "tasks", all);
	if (rc == RC_OK && json_len(tasks) > 0)
		rc = find_answers(w, reterr);
	for (const struct json *t = json_first(tasks); rc == RC_OK && t; t = json_next(t))
		rc = add_task(w, t, all, reterr);
	json_free(tasks);
	return rc;
}

/* ---- run ---- */

static enum rc find_place(struct work *w, struct err *reterr)
{
	enum rc rc = home_here(w->look.agent, w->scope, reterr);

	if (rc == RC_OK)
		rc = home_map(w->look.agent, &w->map, reterr);
	return rc == RC_OK && w->scope[0]
		   ? unit_survivor(w->map.map.step, w->map.map.ctx, w->scope, w->end, reterr)
		   : rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct agent *agent = call->app;
	struct work w = {.now = store_now(agent->store)};
	struct json *o = json_object();
	struct store_counts counts;
	enum rc rc = look_open(&w.look, call, reterr);

	(void)in;
	if (rc == RC_OK)
		rc = find_place(&w, reterr);
	if (rc == RC_OK)
		rc = draft_list(agent, &w.drafts, NULL, reterr);
	if (rc == RC_OK)
		rc = store_counts(agent->store, &counts, reterr);
	if (rc == RC_OK && w.scope[0]) {
		json_set_int(o, "now", w.now);
		rc = set_due(&w, o, reterr);
	} else if (rc == RC_OK) {
		rc = err_set(reterr, RC_NOTFOUND, NULL, "sync.not_enrolled", NULL);
	}
	if (rc == RC_OK)
		rc = set_returned(&w, o, reterr);
	if (rc == RC_OK)
		rc = set_tasks(&w, o, reterr);
	if (rc == RC_OK) {
		json_set_int(o, "decide", counts.conflicts);
		json_set_int(o, "drafts", (int64_t)json_len(w.drafts));
		*ret = o;
	} else {
		json_free(o);
	}
	json_free(w.drafts);
	json_free(w.answers);
	home_map_free(&w.map);
	look_close(&w.look);
	return rc;
}

/* ---- print ---- */

static void print_due(const struct lang *lang, const struct json *d, struct buf *text)
{
	static const char *const said[][2] = {{"open", "due.open"},
					      {"late", "due.late"},
					      {"done", "due.done"}};
	char at[TEXT_TIME_LEN], done[NUM_I64_LEN], total[NUM_I64_LEN];
	const char *key = said[0][1];

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (strcmp(print_str(d, "state"), said[i][0]) == 0)
			key = said[i][1];
	text_time_fmt(print_num(d, "due_at"), at);
	num_str(print_num(d, "done"), done);
	num_str(print_num(d, "total"), total);
	lang_format(lang, text, key, "kind", print_str(d, "kind_label"), "period",
		    print_str(d, "period_label"), "at", at, "done", done, "total", total, NULL);
	buf_add_char(text, '\n');
}

static void print_returned(const struct lang *lang, const struct json *r, struct buf *text)
{
	lang_format(lang, text, "due.returned", "kind", print_str(r, "kind_label"), "title",
		    print_str(r, "title"), "id", print_str(r, "short"), "who", print_str(r, "who"),
		    "reason", print_str(r, "reason"), NULL);
	buf_add_char(text, '\n');
	for (const struct json *c = json_first(json_get_arr(r, "comments")); c; c = json_next(c)) {
		buf_add_str(text, "  ");
		if (print_str(c, "label")[0])
			buf_addf(text, "%s: ", print_str(c, "label"));
		buf_addf(text, "%s\n", print_str(c, "text"));
	}
}

static void print_task(const struct lang *lang, const struct json *t, struct buf *text)
{
	bool overdue = false;

	json_get_bool(t, "overdue", &overdue);
	lang_format(lang, text, overdue ? "due.task_late" : "due.task", "title",
		    print_str(t, "title"), "target", print_str(t, "target_title"), "owner",
		    print_str(t, "owner"), "due", print_str(t, "due_text"), "who",
		    print_str(t, "who"), NULL);
	buf_add_char(text, '\n');
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *tasks = json_get_arr(out, "tasks");
	const struct json *due = json_get_arr(out, "due"),
			  *returned = json_get_arr(out, "returned");
	char n[NUM_I64_LEN];

	for (const struct json *d = json_first(due); d; d = json_next(d))
		print_due(lang, d, text);
	for (const struct json *r = json_first(returned); r; r = json_next(r))
		print_returned(lang, r, text);
	for (const struct json *t = json_first(tasks); t; t = json_next(t))
		print_task(lang, t, text);
	if (print_num(out, "decide") > 0) {
		num_str(print_num(out, "decide"), n);
		lang_format(lang, text, "status.two_values", "n", n, NULL);
		buf_add_char(text, '\n');
	}
	if (json_len(due) + json_len(returned) + json_len(tasks) == 0 && print_num(out, "decide") == 0)
		print_line(lang, text, "due.nothing");
}

const struct op op_due = {"due", "due.summary", OP_READ, NULL, 0, run, print, NULL};
