/*
 * verify_report: an exported weekly report checked on any PC. Clause R10. The work is
 * sync/report_check.c; here findings become JSON. Does NOT open a store.
 */
#include <stdlib.h>

#include "agent/verify.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/os.h"
#include "sync/report_file.h"

struct asking {
	struct verify *v;
	const struct op_call *call;
};

static void fail(void *ctx, const uint8_t *id, int64_t index, int64_t line, const struct err *why)
{
	const struct asking *a = ctx;
	char no[NUM_I64_LEN];
	struct json *o;

	num_str(line, no);
	o = verify_fail(a->v, id, line > 0 ? no : "checkpoint", why);
	if (o && index >= 0)
		json_set_int(o, "index", index);
	if (o && line > 0)
		json_set_int(o, "line", line);
}

static void progress(void *ctx, int64_t done, int64_t total)
{
	const struct asking *a = ctx;

	op_progress(a->call, "verify.progress", done, total);
}

static enum rc read_key(const char *path, uint8_t ret[CRYPT_PK_LEN], struct err *reterr)
{
	struct buf file;
	enum rc rc;

	buf_init(&file, NOTE_TEXT_MAX);
	rc = os_file_read(path, &file, reterr);
	if (rc == RC_OK)
		rc = note_sshkey_read(span_buf(&file), ret, reterr);
	buf_free(&file);
	return rc;
}

static enum rc read_policy(const char *path, struct note_policy *ret, struct err *reterr)
{
	struct buf file;
	enum rc rc;

	buf_init(&file, NOTE_TEXT_MAX);
	rc = os_file_read(path, &file, reterr);
	if (rc == RC_OK)
		rc = note_policy_read(span_buf(&file), ret, reterr);
	buf_free(&file);
	return rc;
}

bool verify_is_report(const char *path)
{
	return report_file_is(path);
}

enum rc verify_report(struct verify *v, const struct op_call *call, const char *path,
		      const char *key, const char *policy, struct json **ret, struct err *reterr)
{
	struct asking a = {v, call};
	struct report_file_check c = {.ctx = &a, .fail = fail, .progress = progress};
	struct note_policy witnesses;
	uint8_t root[CRYPT_PK_LEN];
	enum rc rc;

	if (!key)
		return err_set(reterr, RC_USAGE, NULL, "verify.report_key", NULL);
	rc = read_key(key, root, reterr);
	if (rc == RC_OK && policy)
		rc = read_policy(policy, &witnesses, reterr);
	c.root = root;
	c.policy = policy ? &witnesses : NULL;
	if (rc == RC_OK)
		rc = report_file_check(path, &c, reterr);
	v->entries += c.entries;
	v->signatures += c.signatures;
	if (rc == RC_OK) {
		*ret = verify_answer(v);
		if (c.report) {
			struct json *o = report_json(c.report, c.csv);

			json_set_bool(o, "frozen", c.frozen);
			json_set_int(o, "erased", c.erased);
			json_set(*ret, "report", o);
		}
		if (!c.report && c.erased > 0)
			json_set_int(*ret, "erased", c.erased);
	}
	report_free(c.report);
	return rc;
}
