/*
 * op network: how this PC's line may be used: records always go; files (photos) wait while the
 * line is paid by volume, and may be held to a rate. Kept as settings of the store; read by
 * every contact (sync_op). P19, P20.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "lib/num.h"

enum { RATE_MAX = 1000000 /* KiB/s: more is no cap */ };

static const char *const metered[] = {"auto", "yes", "no", NULL};

static const struct op_arg args[] = {
    {.name = "metered", .type = OP_STRING, .help = "network.arg.metered", .choice = metered},
    {.name = "file_rate",
     .type = OP_INT,
     .help = "network.arg.file_rate",
     .meta = "KIB",
     .max = RATE_MAX},
};

static enum rc keep(struct agent *agent, const struct json *in, struct err *reterr)
{
	const char *m = json_get_str(in, "metered");
	char rate[NUM_I64_LEN];
	enum rc rc = RC_OK;
	int64_t v;

	if (m)
		rc = store_set_setting(agent->store, "metered", m, reterr);
	if (rc == RC_OK && json_get_int(in, "file_rate", &v)) {
		num_str(v, rate);
		rc = store_set_setting(agent->store, "file_rate", rate, reterr);
	}
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct agent *agent = call->app;
	char *m = NULL, *rate = NULL;
	int64_t v = 0;
	enum rc rc = keep(agent, in, reterr);

	if (rc == RC_OK)
		rc = store_setting(agent->store, "metered", &m, reterr);
	if (rc == RC_OK)
		rc = store_setting(agent->store, "file_rate", &rate, reterr);
	if (rc == RC_OK && rate)
		rc = num_i64(span_str(rate), 0, RATE_MAX, &v);
	if (rc == RC_OK) {
		*ret = json_object();
		json_set_str(*ret, "metered", m ? m : "auto");
		json_set_int(*ret, "file_rate", v);
		json_set_int(*ret, "files_wait", agent->blobs_wait);
	}
	free(m);
	free(rate);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const say[][2] = {
	    {"auto", "network.auto"}, {"yes", "network.yes"}, {"no", "network.no"}};
	char n[NUM_I64_LEN];

	for (size_t i = 0; i < sizeof(say) / sizeof(say[0]); i++)
		if (strcmp(print_str(out, "metered"), say[i][0]) == 0)
			print_line(lang, text, say[i][1]);
	if (print_num(out, "file_rate") == 0) {
		print_line(lang, text, "network.no_cap");
		return;
	}
	num_str(print_num(out, "file_rate"), n);
	lang_format(lang, text, "network.cap", "n", n, NULL);
	buf_add_char(text, '\n');
}

const struct op op_network = {
    "network", "network.summary", OP_WRITE, args, sizeof(args) / sizeof(args[0]), run, print, NULL};
