/*
 * task: see task.h.
 */
#include "server-stub/task.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "server-stub/matter.h"
#include "server-stub/submission.h"
#include "server-stub/units.h"

const char *task_state_name(enum task_state s)
{
	static const char *const name[] = {"open", "done", "cancelled"};

	return name[s - TASK_OPEN];
}

/* ---- which check answers it ---- */

struct answering {
	struct archive_reader *r;
	const struct matter_store *m;
	const char *scope;   /* of the task */
	struct unit_way way; /* the communes it may be of, read when there is one of another */
	struct task *task;
	enum rc rc;
	struct err *reterr;
};

/* Is it of the task's commune, or of one that goes on from there? */
static enum rc may(struct answering *a, const char *scope, bool *ret)
{
	struct units u = {0};
	enum rc rc = RC_OK;

	*ret = strcmp(scope, a->scope) == 0;
	if (*ret)
		return RC_OK;
	if (a->way.n == 0) {
		rc = units_read_from(a->r, a->m->forms, &u, a->reterr);
		const struct unit_map map = units_map(&u);

		if (rc == RC_OK)
			rc = unit_reach(&map, a->scope, &a->way, a->reterr);
		units_free(&u);
	}
	*ret = rc == RC_OK && unit_on(&a->way, scope);
	return rc;
}

static bool take_answer(void *arg, const struct archive_entity *e)
{
	struct answering *a = arg;
	bool yes = false;

	a->rc = may(a, e->scope, &yes);
	if (a->rc == RC_OK && yes)
		a->rc = errand_answers(a->m, e->scope, e->kind, e->id, &yes, a->reterr);
	if (a->rc == RC_OK && yes) {
		a->task->answered = true;
		memcpy(a->task->by, e->id, sizeof(a->task->by));
		memcpy(a->task->by_kind, e->kind, sizeof(a->task->by_kind));
	}
	return a->rc == RC_OK && !yes;
}

static enum rc find_answer(struct archive_reader *r, const struct form_set *forms,
			   const struct archive_entity *e, struct task *t, struct err *reterr)
{
	const struct matter_store m = matter_archive(r, forms);
	struct answering a = {.r = r, .m = &m, .scope = e->scope, .task = t, .reterr = reterr};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && !t->answered; i++) {
		const struct form *f = form_set_at(forms, i, NULL);

		if (!f)
			break;
		if (f != form_set_newest(forms, f->name) || !form_field(f, TASK_FIELD))
			continue;
		const struct archive_links of = {ARCHIVE_TARGET, NULL, f->name, e->id};

		rc = r->linked(r->ctx, &of, take_answer, &a, reterr);
		rc = rc == RC_OK ? a.rc : rc;
	}
	return rc;
}

enum rc task_of(struct archive_reader *r, const struct form_set *forms,
		const struct archive_entity *e, struct task *ret, struct err *reterr)
{
	static const enum task_state of[] = {[ERRAND_OPEN] = TASK_OPEN,
					     [ERRAND_DONE] = TASK_DONE,
					     [ERRAND_CANCELLED] = TASK_CANCELLED};
	const struct form *f = form_set_newest(forms, TASK_KIND);
	struct task t = {.state = TASK_OPEN};
	struct merge_state *s = NULL;
	enum rc rc = RC_OK;

	if (e->state.len > 0)
		rc = merge_read(e->state, &s, reterr);
	if (rc == RC_OK && s) {
		t.state = of[errand_state(s, f)];
		t.due_day = errand_due(s, f);
		rc = find_answer(r, forms, e, &t, reterr);
	}
	if (t.answered && t.state == TASK_OPEN)
		t.state = TASK_DONE;
	merge_free(s);
	if (rc == RC_OK)
		*ret = t;
	return rc;
}

/* ---- as people read it ---- */

static void add_fields(const struct json *fields, struct json *o)
{
	static const char *const name[] = {"title", "target", "owner", "due", "note", "closed_by"};
	char text[TEXT_DATE_LEN];
	const char *due = json_get_str(fields, "due");

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		json_set_str(o, name[i], json_get_str(fields, name[i]));
	if (due && text_date_fmt(span_str(due), text, NULL) == RC_OK)
		json_set_str(o, "due_text", text);
}

static void add_state(const struct task *t, int64_t now, struct json *o)
{
	char today[TEXT_DATE_LEN], id[CODEC_UUID_LEN + 1];
	int64_t day = 0;
	struct json *by;

	text_time_date(now, today);
	text_days(span_str(today), &day, NULL);
	json_set_str(o, "state", task_state_name(t->state));
	json_set_bool(o, "overdue", t->state == TASK_OPEN && t->due_day > 0 && t->due_day < day);
	if (!t->answered)
		return;
	by = json_object();
	codec_uuid(t->by, id);
	json_set_str(by, "kind", t->by_kind);
	json_set_str(by, "id", id);
	json_set(o, "answer", by);
}

enum rc task_json(struct proof *p, const struct lang *lang, const struct archive_entity *e,
		  struct json **ret, struct err *reterr)
{
	const struct form_set *forms = proof_snapshot(p)->forms;
	struct json *o = json_object(), *who = json_object(), *fields = NULL;
	struct merge_state *s = NULL;
	char id[CODEC_UUID_LEN + 1];
	struct task t;
	enum rc rc = task_of(proof_reader(p), forms, e, &t, reterr);

	if (rc == RC_OK && e->state.len > 0)
		rc = merge_read(e->state, &s, reterr);
	if (rc == RC_OK)
		rc = submission_proof(p, e, lang, false, who, reterr);
	if (rc == RC_OK) {
		fields = s ? merge_json(s, form_set_newest(forms, TASK_KIND)) : json_object();
		codec_uuid(e->id, id);
		json_set_str(o, "id", id);
		json_set_str(o, "scope", e->scope);
		add_fields(fields, o);
		add_state(&t, clock_now_s(proof_clock(p)), o);
		json_set_int(o, "at", e->received_at);
		json_set_str(o, "who", json_get_str(who, "author"));
		json_set_str(o, "who_title", json_get_str(who, "author_title"));
		json_set(o, "verified", json_copy(json_get(who, "verified")));
		*ret = o;
		o = NULL;
	}
	json_free(o);
	json_free(who);
	json_free(fields);
	merge_free(s);
	return rc;
}
