/*
 * op limits: how much one PC may bring in a day: lines, photos and files, their bytes (A14). Without
 * arguments it shows them. Settings of the archive; counting is server-stub/quota.
 */
#include "lib/num.h"
#include "server-stub/collector.h"
#include "server-stub/ops.h"
#include "server-stub/quota.h"

static const struct op_arg args[] = {
    {.name = "lines_day", .type = OP_INT, .help = "limits.arg.lines_day", .meta = "N", .min = 1, .max = NUM_SAFE_MAX},
    {.name = "files_day", .type = OP_INT, .help = "limits.arg.files_day", .meta = "N", .min = 1, .max = NUM_SAFE_MAX},
    {.name = "bytes_day", .type = OP_INT, .help = "limits.arg.bytes_day", .meta = "N", .min = 1, .max = NUM_SAFE_MAX},
};

static enum rc keep(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct json *in = arg;
	char text[NUM_I64_LEN];
	enum rc rc = RC_OK;
	int64_t v;

	for (size_t i = 0; rc == RC_OK && i < QUOTA_N; i++)
		if (json_get_int(in, quota_kind[i].setting, &v)) {
			num_str(v, text);
			rc = w->set(w->ctx, quota_kind[i].setting, text, reterr);
		}
	return rc;
}

static enum rc show(struct collector *col, struct json **ret, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct quota_use max;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = quota_limits(r, &max, reterr);
	archive_read_end(col->archive, r);
	if (rc != RC_OK)
		return rc;
	*ret = json_object();
	json_set_int(*ret, "lines_day", max.lines);
	json_set_int(*ret, "files_day", max.files);
	json_set_int(*ret, "bytes_day", max.bytes);
	return RC_OK;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct json *asked = json_copy(in);
	enum rc rc = json_len(in) > 0 ? ingest_write(col->ingest, keep, asked, reterr) : RC_OK;

	json_free(asked);
	return rc == RC_OK ? show(col, ret, reterr) : rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	char n[QUOTA_N][NUM_I64_LEN];

	for (size_t i = 0; i < QUOTA_N; i++) {
		int64_t v = 0;

		json_get_int(out, quota_kind[i].setting, &v);
		num_str(v, n[i]);
	}
	lang_format(lang, text, "limits.line", "lines", n[0], "files", n[1], "bytes", n[2], NULL);
	buf_add_char(text, '\n');
}

const struct op op_limits = {.name = "limits",
			     .summary = "limits.summary",
			     .flags = OP_WRITE,
			     .arg = args,
			     .narg = sizeof(args) / sizeof(args[0]),
			     .run = run,
			     .print = print};
