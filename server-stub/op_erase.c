/*
 * op erase: what a record says goes for good, here and on every PC (K7, A16); its stub, its place
 * in the log and every proof stay. Without `apply` it only tells what would go: nothing
 * brings it back. One entry of op erase for each entry of the record, in one group.
 * Not here: copies outside (backups, prints, exported bundles); records that are lines of this one.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "sync/authority.h"
#include "sync/entry_read.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "act.arg.id",
     .meta = "ID"},
    ACT_WHICH,
    {.name = "entries", .type = OP_LIST, .help = "erase.arg.entries", .meta = "ENTRY"},
    {.name = "reason",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "act.arg.reason",
     .meta = "TEXT"},
    {.name = "apply", .type = OP_BOOL, .help = "erase.arg.apply"},
    {.name = "as", .type = OP_STRING, .help = "act.arg.as", .meta = "NAME"},
    {.name = "passphrase", .type = OP_STRING, .flags = OP_SECRET, .help = "act.arg.passphrase"},
};

struct erasing {
	const struct json *only; /* ids as texts, or NULL: every entry */
	struct act_history h;
	size_t *pick, n; /* places in h of what goes */
	size_t blobs;
};

static bool wanted(const struct erasing *x, const uint8_t id[ENTRY_ID_LEN])
{
	char text[CODEC_B64U_32 + 1];

	codec_b64u(id, ENTRY_ID_LEN, text);
	for (const struct json *t = json_first(x->only); t; t = json_next(t))
		if (strcmp(json_str(t), text) == 0)
			return true;
	return json_len(x->only) == 0;
}

static size_t count_blobs(const struct entry *e)
{
	struct entry_blob b;
	size_t n = 0;

	for (size_t i = 0; i < e->nfield; i++)
		n += e->field[i].type == JSON_OBJECT && entry_read_blob(e->field[i].raw, &b);
	return n;
}

static enum rc choose(struct erasing *x, struct err *reterr)
{
	x->pick = calloc(x->h.n + 1, sizeof(*x->pick));
	if (!x->pick)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i < x->h.n; i++)
		if (!x->h.e[i]->erased && wanted(x, x->h.e[i]->id)) {
			x->pick[x->n++] = i;
			x->blobs += count_blobs(x->h.e[i]);
		}
	return x->n > 0 ? RC_OK : err_set(reterr, RC_NOTFOUND, "K7", "erase.nothing", NULL);
}

static struct json *entry_json(const struct erasing *x, size_t i)
{
	const struct entry *e = x->h.e[i];
	struct json *o = json_object(), *fields = json_array();
	char id[CODEC_B64U_32 + 1];

	codec_b64u(e->id, ENTRY_ID_LEN, id);
	json_set_str(o, "entry", id);
	json_set_int(o, "index", x->h.v[i].index);
	json_set_str(o, "author", x->h.v[i].author ? x->h.v[i].author : "");
	for (size_t f = 0; f < e->nfield; f++)
		json_append(fields, json_string_span(e->field[f].name));
	json_set(o, "fields", fields);
	return o;
}

static enum rc add_all(struct issuer *issuer, const struct erasing *x, const char *reason,
		       struct err *reterr)
{
	struct buf set;
	enum rc rc = RC_OK;

	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	for (size_t i = 0; rc == RC_OK && i < x->n; i++) {
		buf_reset(&set);
		rc = authority_erase_write(x->h.e[x->pick[i]], reason, &set, reterr);
		if (rc == RC_OK)
			rc = issuer_add(issuer, ENTRY_ERASE, span_buf(&set), NULL, reterr);
	}
	buf_free(&set);
	return rc;
}

static enum rc seal(struct collector *col, const struct json *in, const char *scope,
		    const struct erasing *x, int64_t *retindex, struct err *reterr)
{
	struct crypt_signer *signer = NULL;
	struct issuer *issuer = NULL;
	enum rc rc;

	if (!json_get(in, "as"))
		return err_set(reterr, RC_USAGE, NULL, "op.missing", "name", "as", NULL);
	if (!json_get(in, "passphrase"))
		return op_need_secret("passphrase", reterr);
	rc = act_signer(col, in, &signer, reterr);
	if (rc == RC_OK)
		rc = issuer_open(col, signer, scope, &issuer, reterr);
	if (rc == RC_OK)
		rc = add_all(issuer, x, json_get_str(in, "reason"), reterr);
	if (rc == RC_OK)
		rc = issuer_keep(issuer, retindex, reterr);
	issuer_free(issuer);
	crypt_signer_free(signer);
	return rc;
}

static struct json *answer(const struct act_entity *a, const struct erasing *x, bool apply,
			   int64_t index)
{
	struct json *o = json_object(), *all = json_array();
	char id[CODEC_UUID_LEN + 1];

	codec_uuid(a->e.id, id);
	json_set_str(o, "id", id);
	json_set_str(o, "kind", a->e.kind);
	json_set_str(o, "scope", a->e.scope);
	for (size_t i = 0; i < x->n; i++)
		json_append(all, entry_json(x, x->pick[i]));
	json_set(o, "entries", all);
	json_set_int(o, "blobs", (int64_t)x->blobs);
	json_set_bool(o, "applied", apply);
	if (apply)
		json_set_int(o, "index", index);
	return o;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct erasing x = {.only = json_get_arr(in, "entries")};
	struct act_entity a = {0};
	bool apply = false;
	int64_t index = 0;
	enum rc rc = act_named(call, in, &a, reterr);

	json_get_bool(in, "apply", &apply);
	if (rc != RC_OK)
		return rc;
	rc = act_history(col, &a, &x.h, reterr);
	if (rc == RC_OK)
		rc = choose(&x, reterr);
	if (rc == RC_OK && apply)
		rc = seal(col, in, a.e.scope, &x, &index, reterr);
	if (rc == RC_OK)
		*ret = answer(&a, &x, apply, index);
	free(x.pick);
	act_history_free(&x.h);
	act_entity_free(col, &a);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "entries");
	bool applied = false;
	int64_t blobs = 0;
	struct buf n, b;

	json_get_bool(out, "applied", &applied);
	json_get_int(out, "blobs", &blobs);
	buf_init(&n, 32);
	buf_init(&b, 32);
	buf_add_int(&n, (int64_t)json_len(all));
	buf_add_int(&b, blobs);
	lang_format(lang, text, applied ? "erase.done" : "erase.preview", "n", (const char *)n.p,
		    "blobs", (const char *)b.p, "id", json_get_str(out, "id"), NULL);
	buf_add_char(text, '\n');
	for (const struct json *o = json_first(all); !applied && o; o = json_next(o)) {
		buf_addf(text, "  %s  %s\n", json_get_str(o, "entry"), json_get_str(o, "author"));
	}
	buf_free(&n);
	buf_free(&b);
}

const struct op op_erase = {
    "erase", "erase.summary", OP_WRITE, args, sizeof(args) / sizeof(args[0]), run, print, NULL};
