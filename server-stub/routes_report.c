/*
 * routes_report: see routes_report.h. `op report` writes the file, as for a command, into a folder of
 * its own, from where it goes out piece by piece: an export may have hundreds of MiB.
 */
#include "server-stub/routes_report.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/os.h"
#include "lib/text.h"
#include "server-stub/console.h"
#include "server-stub/ops.h"

static const struct {
	const char *form, *type, *end; /* end of the file's name */
	bool all; /* only for who sees every commune */
} files[] = {
    {"csv", "text/csv", "csv", false},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", false},
    {"pdf", "application/pdf", "pdf", false},
    {"lines", "application/x-ndjson", "jsonl", true},
};
enum { FILES = sizeof(files) / sizeof(files[0]) };

static size_t find(const char *form)
{
	size_t i = 0;

	while (i < FILES && strcmp(files[i].form, form) != 0)
		i++;
	return i;
}

/* "2026-W48" as bao-cao-tuan-2026-48.pdf. */
static void set_name(struct httpd_req *req, const char *week, size_t i)
{
	struct buf how;

	buf_init(&how, LIMIT_ERR_TEXT);
	buf_addf(&how, "attachment; filename=\"bao-cao-tuan-%.4s-%s.%s\"", week, week + 6,
		 files[i].end);
	buf_add(&how, "", 1);
	if (!how.failed)
		httpd_set(req, "Content-Disposition", (const char *)how.p);
	buf_free(&how);
}

static enum rc write_file(struct routes *rt, struct httpd_req *req, const struct who *who,
			  const char *week, const char *form, const char *path, struct err *reterr)
{
	const struct op_voice voice = {.lang = httpd_lang(req)};
	struct op_call call = op_owner_call(rt->owner);
	struct json *in = json_object(), *out = NULL;
	enum rc rc;

	call.voice = &voice;
	call.who = who;
	json_set_str(in, "week", week);
	json_set_str(in, form, path);
	rc = op_run(&op_report, &call, in, &out, reterr);
	json_free(in);
	json_free(out);
	return rc;
}

static void give(struct routes *rt, struct httpd_req *req, const struct who *who, const char *week,
		 size_t i)
{
	char *dir = NULL, *path = NULL;
	struct err e;
	enum rc rc = os_dir_temp(&dir, "kiemke-report", &e);

	if (rc == RC_OK)
		rc = os_path_join(&path, dir, files[i].form, &e);
	if (rc == RC_OK)
		rc = write_file(rt, req, who, week, files[i].form, path, &e);
	if (rc == RC_OK) {
		set_name(req, week, i);
		httpd_reply_file(req, 200, files[i].type, path, 0, -1);
	} else {
		console_refuse(req, 0, &e);
	}
	if (dir)
		os_dir_remove(dir, NULL);
	free(path);
	free(dir);
}

void routes_report(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	const char *week = httpd_query(req, "week");
	size_t i = find(httpd_param(req));
	struct who who;
	struct err e;

	if (!console_admit(rt, req, &op_report, &who))
		return;
	if (i == FILES) {
		err_set(&e, RC_NOTFOUND, NULL, "op.paper_none", NULL);
		console_refuse(req, 0, &e);
	} else if (!week || !text_is_week(span_str(week))) {
		err_set(&e, RC_INPUT, NULL, "text.week_form", "value", week ? week : "", NULL);
		console_refuse(req, 0, &e);
	} else if (files[i].all && !who.all) {
		err_set(&e, RC_DENIED, NULL, "who.all", NULL);
		console_refuse(req, 403, &e);
	} else {
		give(rt, req, &who, week, i);
	}
	who_free(&who);
}
