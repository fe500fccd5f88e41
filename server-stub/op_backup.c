/*
 * op backup: the archive, the blobs and the sealed keys in one file, read back and compared
 * (server-stub/backup). op restore: a home made of such a file.
 */
#include "lib/num.h"
#include "server-stub/backup.h"
#include "server-stub/ops.h"

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
	json_set_int(o, "entries", s->entries);
	json_set_int(o, "blobs", s->blobs);
	json_set_int(o, "keys", s->keys);
	return o;
}

static void print_as(const struct lang *lang, const char *key, const struct json *out,
		     const char *where, struct buf *text)
{
	char n[NUM_I64_LEN], blobs[NUM_I64_LEN], keys[NUM_I64_LEN];
	int64_t v[3] = {0};

	json_get_int(out, "entries", &v[0]);
	json_get_int(out, "blobs", &v[1]);
	json_get_int(out, "keys", &v[2]);
	num_str(v[0], n);
	num_str(v[1], blobs);
	num_str(v[2], keys);
	lang_format(lang, text, key, "where", where, "n", n, "blobs", blobs, "keys", keys, NULL);
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
	print_as(lang, "backup.done_collector", out, json_get_str(out, "file"), text);
}

const struct op op_backup = {
    "backup", "backup.summary_collector", OP_WRITE | OP_CONCURRENT, args, 1, run, print, NULL};

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
	print_as(lang, "restore.done_collector", out, json_get_str(out, "home"), text);
}

const struct op op_restore = {"restore", "restore.summary", OP_WRITE | OP_NOSTORE, args, 1,
			      restore_run, restore_print,   NULL};
