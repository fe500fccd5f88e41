/*
 * op entry: one stored entry as the line that was sealed, with its author's key, for explain,
 * for an auditor, for another tool. Reads only.
 */
#include "agent/agent.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "lib/codec.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "entry.arg.id",
     .meta = "ID"},
};

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct agent *agent = call->app;
	char name[AUTHORITY_NAME], title[AUTHORITY_NAME], key[CODEC_B64U_32 + 1];
	struct store_entry x = {.e = NULL};
	uint8_t id[ENTRY_ID_LEN];
	struct json *o;
	enum rc rc;

	if (!codec_b64u_32(span_str(json_get_str(in, "id")), id))
		return err_set(reterr, RC_INPUT, NULL, "entry.id_form", NULL);
	rc = store_entry_get(agent->store, id, &x, reterr);
	if (rc == RC_OK)
		rc = store_author(agent->store, x.e->key, name, title, reterr);
	if (rc == RC_OK) {
		codec_b64u(x.e->key, CRYPT_PK_LEN, key);
		o = json_object();
		json_set_span(o, "line", x.e->line);
		json_set_str(o, "key", key);
		json_set_str(o, "author", name);
		json_set_int(o, "index", x.index);
		*ret = o;
	}
	entry_free(x.e);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	(void)lang;
	buf_add_str(text, print_str(out, "line"));
	buf_add_char(text, '\n');
}

const struct op op_entry = {"entry", "entry.summary", OP_READ, args, sizeof(args) / sizeof(args[0]),
			    run,     print,           NULL};
