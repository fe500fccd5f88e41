/*
 * op machine: what became of this PC when its store woke up on another machine: moved, or
 * copied. op forks: entries of one feed with one number, both lines as proof (A9, A15).
 */
#include <string.h>

#include "agent/look.h"
#include "agent/machine.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "lib/text.h"
#include "sync/fork.h"

static const char *const answers[] = {"moved", "copy", NULL};

static const struct op_arg machine_args[] = {
    {.name = "answer",
     .type = OP_STRING,
     .flags = OP_POSITIONAL,
     .help = "machine.arg.answer",
     .choice = answers},
};

static enum rc machine_run(const struct op_call *call, const struct json *in, struct json **ret,
			   struct err *reterr)
{
	const char *answer = json_get_str(in, "answer");
	struct machine_state m;
	enum rc rc = RC_OK;

	if (answer)
		rc = machine_answer(call->app,
				    strcmp(answer, "copy") == 0 ? MACHINE_COPY : MACHINE_MOVED,
				    reterr);
	if (rc == RC_OK)
		rc = machine_state(call->app, &m, reterr);
	if (rc != RC_OK)
		return rc;
	*ret = json_object();
	json_set_int(*ret, "changed_at", m.changed_at);
	json_set_int(*ret, "answered_at", m.answered_at);
	json_set_str(*ret, "answer", m.answer == MACHINE_NONE ? "" : answers[m.answer - 1]);
	return RC_OK;
}

static void machine_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const line[][2] = {{"moved", "machine.moved"}, {"copy", "machine.copy"}};
	char at[TEXT_TIME_LEN];

	if (print_num(out, "changed_at") == 0) {
		print_line(lang, text, "machine.same");
		return;
	}
	text_time_fmt(print_num(out, "changed_at"), at);
	lang_format(lang, text, "machine.changed", "at", at, NULL);
	buf_add_char(text, '\n');
	for (size_t i = 0; i < 2; i++)
		if (strcmp(print_str(out, "answer"), line[i][0]) == 0)
			print_line(lang, text, line[i][1]);
	if (print_num(out, "answered_at") == 0)
		print_line(lang, text, "machine.question");
}

const struct op op_machine = {
    "machine",   "machine.summary", OP_WRITE,      machine_args, 1,
    machine_run, machine_print,     NULL};

/* ---- forks ---- */

struct forks {
	struct agent *agent;
	struct json *all;
};

static bool take(void *arg, const struct store_entry *x)
{
	struct forks *f = arg;
	struct fork_side side = {.e = x->e, .index = x->index, .received_at = x->received_at};

	if (!x->e)
		return true;
	side.own = look_is_own(f->agent, x->e->key);
	fork_add(f->all, store_keyring(f->agent->store), &side);
	return true;
}

static enum rc forks_run(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	struct forks f = {.agent = call->app, .all = json_array()};
	enum rc rc = store_forks(f.agent->store, take, &f, reterr);

	(void)in;
	if (rc != RC_OK) {
		json_free(f.all);
		return rc;
	}
	*ret = json_object();
	json_set(*ret, "forks", f.all);
	return RC_OK;
}

const struct op op_forks = {"forks", "fork.summary", OP_READ, NULL, 0, forks_run, fork_print, NULL};
