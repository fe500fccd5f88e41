/*
 * page_paper: documents and sealed files for a browser (see page_paper.h). A sealed file lies in a
 * folder of its own while it goes through an operation, and only so long.
 */
#include "agent/page_paper.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/op.h"
#include "lib/op_owner.h"
#include "lib/op_paper.h"
#include "lib/os.h"

#define STICK_NAME "gui.kkb"

static void admit(void *ctx, struct httpd_req *req)
{
	struct err e;

	if (op_owner_admit(ctx, req, &e) != RC_OK)
		httpd_problem(req, strcmp(e.key, "page.session") == 0 ? 401 : 403, &e,
			      span_str(""));
}

/* Run it as /api/NAME does, in the reader's language. */
static enum rc run(struct op_owner *owner, const struct httpd_req *req, const struct op *op,
		   const struct json *in, struct json **ret, struct err *reterr)
{
	const struct op_voice voice = {.lang = httpd_lang(req)};
	struct op_call call = op_owner_call(owner);

	call.voice = &voice;
	return op_run(op, &call, in, ret, reterr);
}

static const struct op *find(struct op_owner *owner, const char *name)
{
	const struct op_call call = op_owner_call(owner);
	const struct op *op = op_find_api(call.program, name);

	return op && op_in_api(op) ? op : NULL;
}

/* ---- papers ---- */

static void show_paper(void *ctx, struct httpd_req *req)
{
	const struct op *op = find(ctx, httpd_param(req));
	struct json *in = NULL, *res = NULL;
	struct err e;
	enum rc rc = op ? op_paper_body(op, req, &in, &e)
			: err_set(&e, RC_NOTFOUND, NULL, "op.paper_none", NULL);

	if (rc == RC_OK)
		rc = run(ctx, req, op, in, &res, &e);
	if (rc == RC_OK)
		rc = op_paper_reply(req, res, &e);
	if (rc != RC_OK)
		httpd_problem(req, 0, &e, span_str(""));
	json_free(in);
	json_free(res);
}

/* ---- the stick ---- */

static enum rc make_place(char **retdir, char **retpath, struct err *reterr)
{
	enum rc rc = os_dir_temp(retdir, "kiemke-usb", reterr);

	return rc == RC_OK ? os_path_join(retpath, *retdir, STICK_NAME, reterr) : rc;
}

static void leave_place(char *dir, char *path)
{
	if (dir)
		os_dir_remove(dir, NULL);
	free(dir);
	free(path);
}

static void give_file(void *ctx, struct httpd_req *req)
{
	struct json *in = json_object(), *res = NULL;
	char *dir = NULL, *path = NULL;
	struct err e;
	int64_t n = 0;
	enum rc rc = make_place(&dir, &path, &e);

	json_set_str(in, "usb", path);
	if (rc == RC_OK)
		rc = run(ctx, req, find(ctx, "export"), in, &res, &e);
	if (rc == RC_OK) {
		json_get_int(res, "records", &n);
		httpd_set_int(req, "Kk-Records", n);
		httpd_set(req, "Content-Disposition", "attachment; filename=\"" STICK_NAME "\"");
		httpd_reply_file(req, 200, "application/octet-stream", path, 0, -1);
	} else {
		httpd_problem(req, 0, &e, span_str(""));
	}
	leave_place(dir, path);
	json_free(in);
	json_free(res);
}

static void take_file(void *ctx, struct httpd_req *req)
{
	struct json *in = json_object(), *res = NULL;
	char *dir = NULL, *path = NULL;
	struct buf out;
	struct err e;
	enum rc rc = make_place(&dir, &path, &e);

	buf_init(&out, LIMIT_JSON_TEXT);
	if (rc == RC_OK)
		rc = os_file_write(path, httpd_body(req), OS_REPLACE, &e);
	json_set_str(in, "usb", path);
	if (rc == RC_OK)
		rc = run(ctx, req, find(ctx, "import"), in, &res, &e);
	if (rc == RC_OK)
		rc = json_write(res, false, &out, &e);
	if (rc == RC_OK)
		httpd_reply_buf(req, 200, "application/json", &out);
	else
		httpd_problem(req, 0, &e, span_str(""));
	leave_place(dir, path);
	json_free(in);
	json_free(res);
	buf_free(&out);
}

const struct httpd_route *page_paper_routes(size_t *retn)
{
	static const struct httpd_route route[] = {
	    {.method = "GET", .path = "/paper/{name}", .early = admit, .handle = show_paper},
	    {.method = "POST", .path = "/usb-export", .early = admit, .handle = give_file},
	    {.method = "POST",
	     .path = "/usb-import",
	     .flags = HTTPD_LENGTH,
	     .body_max = LIMIT_INPUT_FILE,
	     .type = "application/octet-stream",
	     .early = admit,
	     .handle = take_file},
	};

	*retn = sizeof(route) / sizeof(route[0]);
	return route;
}
