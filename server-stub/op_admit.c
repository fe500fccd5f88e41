/*
 * op admit: entries that a revoke holds back count after all: listed one by one, with a
 * reason (A7). All of one call lie in one scope, for an admit covers only its own.
 */
#include <string.h>

#include "lib/codec.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/who.h"
#include "sync/authority.h"

static const struct op_arg args[] = {
    {.name = "ids", .type = OP_LIST, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "admit.arg.ids"},
    {.name = "scope",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "admit.arg.scope",
     .meta = "CODE"},
    {.name = "reason",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "act.arg.reason",
     .meta = "TEXT"},
    ACT_ARGS,
};

static bool take_scope(void *arg, const struct archive_row *row)
{
	memcpy(arg, row->scope, ENTRY_SCOPE_LEN);
	return false;
}

/* A stored entry of that commune; of another it is as if it were not there. */
static enum rc check_entry(struct archive_reader *r, const char *scope, const uint8_t id[ENTRY_ID_LEN],
			   const char *told, struct err *reterr)
{
	char is[ENTRY_SCOPE_LEN] = "";
	int64_t index = -1;
	enum rc rc = r->entry_by_id(r->ctx, id, &index, reterr);

	if (rc == RC_OK && index >= 0)
		rc = r->rows(r->ctx, NULL, index, index + 1, take_scope, is, reterr);
	if (rc == RC_OK && strcmp(is, scope) != 0)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "admit.no_entry", "id", told, NULL);
	return rc;
}

/* Every id must be a stored entry: admitting what nobody has seen would be a blank cheque. */
static enum rc read_ids(struct collector *col, const struct json *in, uint8_t (*id)[ENTRY_ID_LEN],
			size_t *retn, struct err *reterr)
{
	const struct json *ids = json_get_arr(in, "ids");
	const char *scope = json_get_str(in, "scope");
	struct archive_reader *r = NULL;
	size_t n = 0;
	enum rc rc;

	if (json_len(ids) == 0 || json_len(ids) > AUTHORITY_IDS)
		return err_num(reterr, RC_USAGE, "K5", "admit.count", "max", AUTHORITY_IDS);
	rc = archive_read(col->archive, &r, reterr);
	if (rc != RC_OK)
		return rc;
	for (const struct json *t = json_first(ids); rc == RC_OK && t; t = json_next(t)) {
		if (!codec_b64u_32(span_str(json_str(t)), id[n]))
			rc = err_set(reterr, RC_INPUT, "E20", "admit.id", "id", json_str(t), NULL);
		else
			rc = check_entry(r, scope, id[n++], json_str(t), reterr);
	}
	archive_read_end(col->archive, r);
	*retn = n;
	return rc;
}

static enum rc seal(struct collector *col, const struct json *in, uint8_t (*id)[ENTRY_ID_LEN],
		    size_t n, int64_t *retindex, struct err *reterr)
{
	struct crypt_signer *signer = NULL;
	struct issuer *issuer = NULL;
	struct buf set;
	enum rc rc = act_signer(col, in, &signer, reterr);

	buf_init(&set, 16384);
	if (rc == RC_OK)
		rc = authority_admit_write((const uint8_t(*)[ENTRY_ID_LEN])id, n,
					   json_get_str(in, "reason"), &set, reterr);
	if (rc == RC_OK)
		rc = issuer_open(col, signer, json_get_str(in, "scope"), &issuer, reterr);
	if (rc == RC_OK)
		rc = issuer_add(issuer, ENTRY_ADMIT, span_buf(&set), NULL, reterr);
	if (rc == RC_OK)
		rc = issuer_keep(issuer, retindex, reterr);
	issuer_free(issuer);
	crypt_signer_free(signer);
	buf_free(&set);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	uint8_t id[AUTHORITY_IDS][ENTRY_ID_LEN];
	int64_t index = 0;
	size_t n = 0;
	enum rc rc = who_check(call, json_get_str(in, "scope"), reterr);

	if (rc == RC_OK)
		rc = read_ids(col, in, id, &n, reterr);
	if (rc == RC_OK)
		rc = seal(col, in, id, n, &index, reterr);
	if (rc != RC_OK)
		return rc;
	*ret = json_object();
	json_set_int(*ret, "admitted", (int64_t)n);
	json_set_int(*ret, "index", index);
	return RC_OK;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	struct buf b;
	int64_t n = 0;

	json_get_int(out, "admitted", &n);
	buf_init(&b, 32);
	buf_add_int(&b, n);
	lang_format(lang, text, "admit.done", "n", (const char *)b.p, NULL);
	buf_add_char(text, '\n');
	buf_free(&b);
}

const struct op op_admit = {
    "admit", "admit.summary", OP_WRITE, args, sizeof(args) / sizeof(args[0]), run, print, NULL};
