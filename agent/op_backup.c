/*
 * op backup: this PC's records, photos, drafts and sealed clerk keys in one file, read back
 * and compared (agent/backup). op restore: a home made of such a file, on this PC or another.
 */
#include "agent/backup.h"
#include "agent/ops.h"
#include "lib/num.h"

static const struct op_arg args[] = {
    {.name = "file",
     .type = OP_PATH,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "backup.arg.file"},
};

static struct json *answer(const struct backup_sum *s)
{
	struct json *o = json_object();

	json_set_int(o, "bytes", s->bytes);
	json_set_int(o, "saved", s->saved);
	json_set_int(o, "unsent", s->unsent);
	json_set_int(o, "drafts", s->drafts);
	json_set_int(o, "clerks", s->clerks);
	json_set_int(o, "blobs", s->blobs);
	return o;
}

/* One number of the answer as text. */
static const char *number(const struct json *out, const char *name, char text[NUM_I64_LEN])
{
	int64_t v = 0;

	json_get_int(out, name, &v);
	num_str(v, text);
	return text;
}

static void print_as(const struct lang *lang, const char *key, const struct json *out,
		     const char *where, struct buf *text)
{
	char saved[NUM_I64_LEN], unsent[NUM_I64_LEN], drafts[NUM_I64_LEN], clerks[NUM_I64_LEN],
	    blobs[NUM_I64_LEN];

	lang_format(lang, text, key, "where", where, "saved", number(out, "saved", saved), "unsent",
		    number(out, "unsent", unsent), "drafts", number(out, "drafts", drafts), "clerks",
		    number(out, "clerks", clerks), "blobs", number(out, "blobs", blobs), NULL);
	buf_add_char(text, '\n');
}

/* ---- backup ---- */

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	const char *path = json_get_str(in, "file");
	struct backup_sum s;
	enum rc rc = backup_make(call, path, &s, reterr);

	if (rc == RC_OK) {
		*ret = answer(&s);
		json_set_str(*ret, "file", path);
	}
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	print_as(lang, "backup.done", out, json_get_str(out, "file"), text);
}

const struct op op_backup = {
    "backup", "backup.summary", OP_WRITE | OP_CONCURRENT, args, 1, run, print, NULL};

/* ---- restore ---- */

static enum rc restore_run(const struct op_call *call, const struct json *in, struct json **ret,
			   struct err *reterr)
{
	struct backup_sum s;
	enum rc rc = call->home
			 ? backup_restore(call, json_get_str(in, "file"), &s, reterr)
			 : err_set(reterr, RC_USAGE, NULL, "op.no_home", "env",
				   call->program->home_env, NULL);

	if (rc == RC_OK) {
		*ret = answer(&s);
		json_set_str(*ret, "home", call->home);
	}
	return rc;
}

static void restore_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	print_as(lang, "restore.done", out, json_get_str(out, "home"), text);
}

const struct op op_restore = {"restore", "restore.summary", OP_WRITE | OP_NOSTORE, args, 1,
			      restore_run, restore_print,   NULL};
