/*
 * op task list: tasks of the centre with how they stand: open, overdue, answered, ended. Found as
 * submissions are, at the same cost (archive_submission). Clause M20. Reads only.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/text.h"
#include "server-stub/act.h"
#include "server-stub/enrolment.h"
#include "server-stub/listing.h"
#include "server-stub/ops.h"
#include "server-stub/task.h"
#include "server-stub/who.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MOST = 200 };


static const char *const states[] = {"open", "overdue", "done", "cancelled", NULL};
static const struct op_arg list_args[] = {
    {.name = "scope", .type = OP_STRING, .help = "submissions.arg.scope", .meta = "CODE"},
    {.name = "province", .type = OP_STRING, .help = "submissions.arg.province", .meta = "CODE"},
    {.name = "state", .type = OP_STRING, .help = "task.arg.state", .choice = states},
    {.name = "text", .type = OP_STRING, .help = "submissions.arg.text", .meta = "WORDS"},
    {.name = "before",
     .type = OP_INT,
     .help = "submissions.arg.before",
     .min = 0,
     .max = INT64_C(0x1fffffffffffff)},
    {.name = "limit", .type = OP_INT, .help = "submissions.arg.limit", .min = 1, .max = LIMIT_MOST},
};

struct page {
	int64_t no[LIMIT_MOST];
	size_t n;
};

static bool take(void *arg, const struct archive_submission *s)
{
	struct page *p = arg;

	p->no[p->n++] = s->no;
	return true;
}

static bool sees(void *arg, const char *scope)
{
	return who_sees(arg, scope);
}

static enum rc read_wanted(const struct op_call *call, const struct json *in, int64_t now,
			   struct buf *words, struct archive_wanted *w, struct err *reterr)
{
	const char *state = json_get_str(in, "state"), *text = json_get_str(in, "text");
	int64_t limit = LIMIT_DEFAULT;
	char today[TEXT_DATE_LEN];
	enum rc rc = RC_OK;

	*w = (struct archive_wanted){.scope = json_get_str(in, "scope"),
				     .province = json_get_str(in, "province"),
				     .kind = TASK_KIND,
				     .state = -1,
				     .rank = -1,
				     .before = INT64_MAX,
				     .from = -1,
				     .until = -1,
				     .sees = sees,
				     .sees_arg = (void *)(uintptr_t)call};
	if (state && strcmp(state, "overdue") == 0) {
		w->state = TASK_OPEN;
		text_time_date(now, today);
		rc = text_days(span_str(today), &w->rank_below, reterr);
	} else if (state) {
		w->state = strcmp(state, "open") == 0   ? TASK_OPEN
			   : strcmp(state, "done") == 0 ? TASK_DONE
							: TASK_CANCELLED;
	}
	json_get_int(in, "before", &w->before);
	json_get_int(in, "limit", &limit);
	w->limit = (size_t)limit;
	if (rc == RC_OK && text)
		rc = listing_words(text, words, reterr);
	w->words = words->p ? (const char *)words->p : "";
	return rc;
}

static enum rc list_one(struct collector *col, struct proof *proof, const struct lang *lang,
			int64_t no, struct json *all, struct err *reterr)
{
	struct archive_reader *r = proof_reader(proof);
	struct archive_entity e;
	struct json *o = NULL;
	struct buf state, title;
	char *unit;
	enum rc rc;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	rc = r->entity_no(r->ctx, no, &e, &state, &title, reterr);
	if (rc == RC_OK)
		rc = task_json(proof, lang, &e, &o, reterr);
	if (rc == RC_OK) {
		unit = enrolment_unit(col, e.scope);
		json_set_str(o, "unit", unit);
		json_append(all, o);
		free(unit);
	}
	buf_free(&state);
	buf_free(&title);
	return rc;
}

static enum rc list(const struct op_call *call, const struct json *in, const struct lang *lang,
		    struct json *o, struct err *reterr)
{
	struct collector *col = call->app;
	struct json *all = json_array();
	struct page p = {.n = 0};
	struct proof *proof = NULL;
	struct archive_wanted w;
	struct archive_got got;
	struct buf words;
	enum rc rc;

	buf_init(&words, LIMIT_TEXT);
	json_set(o, "tasks", all);
	rc = read_wanted(call, in, clock_now_s(col->clock), &words, &w, reterr);
	if (rc == RC_OK)
		rc = proof_open(col, lang, &proof, reterr);
	if (rc == RC_OK)
		rc = proof_reader(proof)->submissions(proof_reader(proof)->ctx, &w, take, &p, &got,
						      reterr);
	for (size_t i = 0; rc == RC_OK && i < p.n; i++)
		rc = list_one(col, proof, lang, p.no[i], all, reterr);
	if (rc == RC_OK) {
		json_set_int(o, "total", got.matching);
		json_set_bool(o, "more_than", !got.whole);
		if (got.next >= 0)
			json_set_int(o, "next", got.next);
	}
	proof_free(proof);
	buf_free(&words);
	return rc;
}

static enum rc list_run(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct lang *lang = NULL;
	struct json *o = json_object();
	enum rc rc = act_lang(call, &lang, reterr);

	if (rc == RC_OK)
		rc = list(call, in, lang, o, reterr);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	lang_free(lang);
	return rc;
}

static void list_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "tasks");
	struct buf key;

	if (json_len(all) == 0)
		buf_addf(text, "%s\n", lang_text(lang, "task.none"));
	for (const struct json *o = json_first(all); o; o = json_next(o)) {
		bool overdue = false;
		const char *unit = json_get_str(o, "unit"), *due = json_get_str(o, "due_text");

		json_get_bool(o, "overdue", &overdue);
		buf_init(&key, ERR_KEY_LEN);
		buf_addf(&key, "task.state.%s", overdue ? "overdue" : json_get_str(o, "state"));
		lang_format(lang, text, "task.line", "title", json_get_str(o, "title"), "unit",
			    unit && unit[0] ? unit : json_get_str(o, "scope"), "owner",
			    json_get_str(o, "owner"), "due", due ? due : "", "state",
			    lang_text(lang, (const char *)key.p), "id", json_get_str(o, "id"), NULL);
		buf_add_char(text, '\n');
		buf_free(&key);
	}
}

const struct op op_task_list = {.name = "task list",
				.summary = "task.list_summary",
				.flags = OP_READ,
				.arg = list_args,
				.narg = sizeof(list_args) / sizeof(list_args[0]),
				.run = list_run,
				.print = list_print};
