/*
 * op checkpoint: the newest signed note of the log (L4) with the quorum of its witnesses; without
 * witnesses, or before they signed, the newest one (W6).
 */
#include "lib/codec.h"
#include "lib/text.h"
#include "lib/num.h"
#include "server-stub/collector.h"
#include "server-stub/ops.h"
#include "server-stub/witnesses.h"

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct archive_reader *r = NULL;
	struct note note;
	struct buf text;
	char root[CODEC_HEX_LEN(TREE_HASH) + 1];
	int64_t size = 0, at = 0;
	enum rc rc = archive_read(col->archive, &r, reterr);

	(void)in;
	buf_init(&text, NOTE_TEXT_MAX);
	if (rc == RC_OK)
		rc = witnesses_shown(col->witnesses, r, &text, &size, &at, reterr);
	archive_read_end(col->archive, r);
	if (rc == RC_OK && size == 0)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "routes.no_checkpoint", NULL);
	if (rc == RC_OK)
		rc = note_open(span_buf(&text), crypt_signer_pk(col->log), &note, reterr);
	if (rc == RC_OK) {
		codec_hex(note.root, TREE_HASH, root);
		*ret = json_object();
		json_set_str(*ret, "epoch", ingest_epoch(col->ingest));
		json_set_int(*ret, "size", size);
		json_set_str(*ret, "root_hash", root);
		json_set_int(*ret, "at", at);
		json_set_span(*ret, "text", span_buf(&text));
	}
	buf_free(&text);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	char size[NUM_I64_LEN], when[TEXT_TIME_LEN];
	int64_t n = 0, at = 0;

	json_get_int(out, "size", &n);
	json_get_int(out, "at", &at);
	num_str(n, size);
	text_time_fmt(at, when);
	lang_format(lang, text, "checkpoint.line", "size", size, "at", when, NULL);
	buf_add_str(text, "\n\n");
	buf_add_str(text, json_get_str(out, "text"));
}

const struct op op_checkpoint = {.name = "checkpoint",
				 .summary = "checkpoint.summary",
				 .flags = OP_READ,
				 .run = run,
				 .print = print};
