/*
 * op_paper: documents for a browser (see op_paper.h).
 */
#include "lib/op_paper.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"

static const char *const types[] = {"application/pdf"};

static void take(struct json *body, const struct op_arg *arg, const char *value)
{
	struct json *list;

	if (arg->type == OP_STRING && !(arg->flags & OP_SECRET)) {
		json_set_str(body, arg->name, value);
	} else if (arg->type == OP_BOOL) {
		json_set_bool(body, arg->name, strcmp(value, "true") == 0);
	} else if (arg->type == OP_LIST) {
		list = json_array();
		json_append_str(list, value);
		json_set(body, arg->name, list);
	}
}

enum rc op_paper_body(const struct op *op, const struct httpd_req *req, struct json **ret,
		      struct err *reterr)
{
	struct json *body;

	if (!(op->flags & OP_READ))
		return err_set(reterr, RC_DENIED, NULL, "op.paper_only", "name", op->name, NULL);
	body = json_object();
	for (size_t i = 0; i < op->narg; i++) {
		const char *value = httpd_query(req, op->arg[i].name);
		if (value)
			take(body, &op->arg[i], value);
	}
	*ret = body;
	return RC_OK;
}

/* A name that may stand in a header: ours are, and nothing else gets in. */
static bool is_plain(const char *name)
{
	return name && name[0] &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.")] == '\0';
}

enum rc op_paper_reply(struct httpd_req *req, const struct json *res, struct err *reterr)
{
	const struct json *file = json_get_obj(res, "file");
	const char *name = json_get_str(file, "name"), *type = json_get_str(file, "type"),
		   *content = json_get_str(file, "content");
	struct buf bytes, how;
	bool listed = false;
	enum rc rc = RC_OK;

	for (size_t i = 0; type && i < sizeof(types) / sizeof(types[0]); i++)
		listed = listed || strcmp(types[i], type) == 0;
	if (!listed || !content || !is_plain(name))
		return err_set(reterr, RC_NOTFOUND, NULL, "op.paper_none", NULL);
	buf_init(&bytes, LIMIT_JSON_TEXT);
	buf_init(&how, LIMIT_ERR_TEXT);
	if (!codec_b64_dec(span_str(content), &bytes))
		rc = err_set(reterr, RC_NOTFOUND, NULL, "op.paper_none", NULL);
	buf_addf(&how, "inline; filename=\"%s\"", name);
	if (rc == RC_OK)
		rc = buf_check(&how, reterr);
	if (rc == RC_OK) {
		httpd_set(req, "Content-Disposition", (const char *)how.p);
		httpd_reply_buf(req, 200, type, &bytes);
	}
	buf_free(&bytes);
	buf_free(&how);
	return rc;
}
