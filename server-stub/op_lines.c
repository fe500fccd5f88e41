/*
 * op lines: every stored line in log order into a file, with the checkpoint it gives:
 * what an outside verifier needs, and nothing that only this program could read.
 */
#include "lib/limits.h"
#include "lib/codec.h"
#include "server-stub/collector.h"
#include "server-stub/ops.h"

enum { FLUSH_AT = 1024 * 1024 };

static const struct op_arg args[] = {
    {.name = "file",
     .type = OP_PATH,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "lines.arg.file"},
};

struct out {
	struct os_file *f;
	struct buf b;
	int64_t n;
	enum rc rc;
	struct err *reterr;
};

static void flush(struct out *o)
{
	if (o->rc == RC_OK)
		o->rc = buf_check(&o->b, o->reterr);
	if (o->rc == RC_OK)
		o->rc = os_file_append(o->f, span_buf(&o->b), o->reterr);
	buf_reset(&o->b);
}

static bool take(void *arg, const struct archive_row *row)
{
	struct out *o = arg;

	archive_read_line(row, &o->b);
	buf_add_char(&o->b, '\n');
	o->n++;
	if (o->b.len > FLUSH_AT)
		flush(o);
	return o->rc == RC_OK;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	const char *path = json_get_str(in, "file");
	struct out o = {.rc = RC_OK, .reterr = reterr};
	struct archive_reader *r = NULL;
	struct buf note;
	int64_t size = 0, at = 0;
	enum rc rc = os_file_exists(path) ? os_file_remove(path, reterr) : RC_OK;

	buf_init(&o.b, FLUSH_AT * 2);
	buf_init(&note, NOTE_TEXT_MAX);
	if (rc == RC_OK)
		rc = os_file_open(&o.f, path, OS_APPEND, reterr);
	if (rc == RC_OK)
		rc = archive_read(col->archive, &r, reterr);
	if (rc == RC_OK) {
		rc = r->head(r->ctx, &size, &note, &at, reterr);
		if (rc == RC_OK)
			rc = r->rows(r->ctx, NULL, 0, size, take, &o, reterr);
		flush(&o);
		archive_read_end(col->archive, r);
	}
	if (rc == RC_OK)
		rc = o.rc;
	if (rc == RC_OK)
		rc = os_file_flush(o.f, reterr);
	os_file_close(o.f);
	if (rc == RC_OK) {
		*ret = json_object();
		json_set_str(*ret, "file", path);
		json_set_int(*ret, "lines", o.n);
		json_set_span(*ret, "checkpoint", span_buf(&note));
	}
	buf_free(&o.b);
	buf_free(&note);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	int64_t n = 0;
	struct buf b;

	json_get_int(out, "lines", &n);
	buf_init(&b, 32);
	buf_add_int(&b, n);
	lang_format(lang, text, "lines.done", "n", (const char *)b.p, "file",
		    json_get_str(out, "file"), NULL);
	buf_add_char(text, '\n');
	buf_free(&b);
}

const struct op op_lines = {"lines", "lines.summary", OP_READ, args, 1, run, print, NULL};
