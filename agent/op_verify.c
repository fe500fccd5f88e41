/*
 * op verify: check with nothing but mathematics that what was written was not changed: a
 * receipt folder, an exported report, a file of entry lines, or (--all, op verify store) everything this PC
 * holds. A receipt needs no store and no network. Every failure names its entry and clause.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/ops.h"
#include "agent/store_verify.h"
#include "agent/verify.h"
#include "lib/codec.h"
#include "lib/db.h"
#include "lib/limits.h"
#include "lib/op_dispatch.h"
#include "sync/note.h"

static const struct op_arg args[] = {
    {.name = "file",
     .type = OP_PATH,
     .flags = OP_POSITIONAL,
     .help = "verify.arg.file",
     .meta = "FILE"},
    {.name = "all", .type = OP_BOOL, .flags = 0, .help = "verify.arg.all"},
    {.name = "key", .type = OP_PATH, .flags = 0, .help = "verify.arg.key", .meta = "FILE"},
    {.name = "policy", .type = OP_PATH, .flags = 0, .help = "verify.arg.policy", .meta = "FILE"},
};

static const struct op_arg store_args[] = {
    {.name = "file",
     .type = OP_PATH,
     .flags = OP_POSITIONAL,
     .help = "verify.arg.file",
     .meta = "FILE"},
};

/* ---- a file ---- */

static bool key_find(void *ctx, const uint8_t prefix[8], uint8_t retpk[CRYPT_PK_LEN])
{
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256(ctx, CRYPT_PK_LEN, hash);
	if (memcmp(hash, prefix, 8) != 0)
		return false;
	memcpy(retpk, ctx, CRYPT_PK_LEN);
	return true;
}

static enum rc with_key(struct verify *v, struct span text, const char *path, struct err *reterr)
{
	uint8_t pk[CRYPT_PK_LEN];
	struct entry_keys keys = {pk, key_find};
	struct buf file;
	enum rc rc;

	buf_init(&file, NOTE_TEXT_MAX);
	rc = os_file_read(path, &file, reterr);
	if (rc == RC_OK)
		rc = note_sshkey_read(span_buf(&file), pk, reterr);
	buf_free(&file);
	return rc == RC_OK ? verify_lines(v, text, &keys) : rc;
}

/* A receipt's folder when path is one, or one of its files; NULL: something else. Caller frees. */
static enum rc folder_of(const char *path, char **ret, struct err *reterr)
{
	const char *base = os_path_base(path);

	*ret = NULL;
	if (os_dir_exists(path))
		return (*ret = span_dup(span_str(path)))
			   ? RC_OK
			   : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (strcmp(base, "proof") == 0 || strcmp(base, "payload") == 0)
		return os_path_dir(ret, path, reterr);
	return RC_OK;
}

/* Where the keys are: in the store of this PC, or its owner's hands. */
static enum rc in_store(const struct op_call *call, const char *file, struct json **ret,
			struct err *reterr)
{
	const struct op *op = op_find_api(call->program, "verify_store");
	struct json *body = json_object();
	enum rc rc;

	if (file)
		json_set_str(body, "file", file);
	rc = op_dispatch(call->program, op, call->home, body, OP_DISPATCH_WAIT_MS, call->voice, ret,
			 reterr);
	json_free(body);
	return rc;
}

static enum rc check_file(struct verify *v, const struct op_call *call, const struct json *in,
			  struct json **ret, struct err *reterr)
{
	const char *path = json_get_str(in, "file"), *key = json_get_str(in, "key");
	struct buf text;
	char *dir = NULL;
	enum rc rc;

	if (verify_is_report(path))
		return verify_report(v, call, path, key, json_get_str(in, "policy"), ret, reterr);
	rc = folder_of(path, &dir, reterr);
	if (rc == RC_OK && dir) {
		rc = verify_folder(v, dir, key, json_get_str(in, "policy"), reterr);
	} else if (rc == RC_OK && !key) {
		return in_store(call, path, ret, reterr);
	} else if (rc == RC_OK) {
		buf_init(&text, LIMIT_INPUT_FILE);
		rc = os_file_read(path, &text, reterr);
		if (rc == RC_OK)
			rc = with_key(v, span_buf(&text), key, reterr);
		buf_free(&text);
	}
	free(dir);
	if (rc == RC_OK)
		*ret = verify_answer(v);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct verify v;
	bool all = false;
	enum rc rc;

	json_get_bool(in, "all", &all);
	if (all == (json_get_str(in, "file") != NULL))
		return err_set(reterr, RC_USAGE, NULL, "verify.what", NULL);
	rc = crypt_init(reterr);
	if (rc == RC_OK && all)
		return in_store(call, NULL, ret, reterr);
	if (rc != RC_OK)
		return rc;
	rc = verify_init(&v, call, reterr);
	if (rc == RC_OK)
		rc = check_file(&v, call, in, ret, reterr);
	verify_free(&v);
	return rc;
}

const struct op op_verify = {
    "verify", "verify.summary", OP_NOSTORE,    args, sizeof(args) / sizeof(args[0]),
    run,      verify_print,     verify_verdict};

/* ---- everything here ---- */

struct walk {
	struct verify *v;
	struct store *store;
	const struct op_call *call;
	int64_t erased, files;
	struct json *unadmitted; /* ids of erased entries whose erase does not count (any more) */
};

enum { UNADMITTED_MAX = 200 };

/* Does the erase count? One that has not come by itself yet (A16) is judged like one without an index. */
static bool is_admitted(struct store *s, struct span by_line)
{
	const struct keyring *k = store_keyring(s);
	const struct entry_keys keys = keyring_keys(k);
	struct store_entry x = {.e = NULL};
	struct entry *by = NULL;
	bool yes = entry_open(by_line, &keys, &by, NULL) == RC_OK;

	if (yes && store_entry_get(s, by->id, &x, NULL) == RC_OK)
		yes = x.verdict == KEYRING_ADMITTED;
	else if (yes)
		yes = keyring_judge(k, by, KEYRING_NO_INDEX) == KEYRING_ADMITTED;
	entry_free(x.e);
	entry_free(by);
	return yes;
}

/* What was taken stays taken (A16), so this is told and is no failure. */
static void note_erased(struct walk *w, const struct store_raw *x)
{
	char id[CODEC_B64U_32 + 1];

	w->erased++;
	if (is_admitted(w->store, x->by_line) || json_len(w->unadmitted) == UNADMITTED_MAX)
		return;
	codec_b64u(x->id, ENTRY_ID_LEN, id);
	json_append_str(w->unadmitted, id);
}

static bool take(void *arg, const struct store_raw *x)
{
	struct walk *w = arg;
	struct err why;
	int64_t receipts = 0;

	w->v->entries++;
	if (!x->payload.p)
		note_erased(w, x);
	err_clear(&why);
	if (store_verify_one(x, &why) == RC_OK)
		w->v->signatures++;
	else
		verify_fail(w->v, x->id, NULL, &why);
	err_clear(&why);
	if (store_verify_receipt(w->store, x, &receipts, &why) != RC_OK)
		verify_fail(w->v, x->id, NULL, &why);
	else
		w->v->receipts += receipts;
	if (w->v->entries % 100 == 0)
		op_progress(w->call, "verify.progress", w->v->entries, 0);
	return true;
}

/* One that is damaged, or gone, is missing from now on, and is fetched like any other (P31). */
static bool take_file(void *arg, const struct store_blob *b)
{
	struct walk *w = arg;
	char hex[CODEC_HEX_LEN(32) + 1];
	struct err why;

	err_clear(&why);
	w->files++;
	if (store_blob_check(w->store, b->sha, &why) == RC_OK)
		return true;
	codec_hex(b->sha, 32, hex);
	verify_fail(w->v, NULL, hex, &why);
	store_blob_aside(w->store, b->sha, NULL); /* else it stays, and is found again */
	return true;
}

static enum rc whole_store(struct walk *w, struct json **ret, struct err *reterr)
{
	int64_t entities = 0, differ = 0;
	struct err why;
	enum rc rc = store_verify_each(w->store, take, w, reterr);

	if (rc != RC_OK)
		return rc;
	err_clear(&why);
	if (db_check(store_db(w->store), &why) != RC_OK)
		verify_fail(w->v, NULL, "store.db", &why);
	err_clear(&why);
	rc = store_rebuild_check(w->store, &entities, &differ, &why);
	if (rc != RC_OK) /* an entry that does not open: it is named above */
		verify_fail(w->v, NULL, "store.db", &why);
	if (differ > 0) {
		err_num(&why, RC_CORRUPT, "M11", "verify.rebuild", "n", differ);
		verify_fail(w->v, NULL, "store.db", &why);
	}
	rc = store_blob_each(w->store, take_file, w, reterr);
	if (rc != RC_OK)
		return rc;
	*ret = verify_answer(w->v);
	json_set_int(*ret, "files", w->files);
	json_set_int(*ret, "erased", w->erased);
	json_set(*ret, "unadmitted", w->unadmitted);
	w->unadmitted = NULL;
	json_set_int(*ret, "entities", entities);
	json_set_int(*ret, "differ", differ);
	return RC_OK;
}

/* Keys of this PC's own clerks too, though no cert of them has come yet. */
static bool any_find(void *ctx, const uint8_t prefix[8], uint8_t retpk[CRYPT_PK_LEN])
{
	struct store *s = ctx;
	struct entry_keys ring = keyring_keys(store_keyring(s));
	struct store_clerk c;

	if (ring.find(ring.ctx, prefix, retpk))
		return true;
	for (size_t i = 0; store_clerk(s, i, &c, NULL) == RC_OK; i++)
		if (key_find(c.key, prefix, retpk))
			return true;
	return false;
}

static enum rc store_run(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	struct agent *agent = call->app;
	const char *path = json_get_str(in, "file");
	struct entry_keys keys = {agent->store, any_find};
	struct verify v;
	struct walk w = {.v = &v, .store = agent->store, .call = call};
	struct buf text;
	enum rc rc = verify_init(&v, call, reterr);

	buf_init(&text, LIMIT_INPUT_FILE);
	if (rc == RC_OK && path) {
		rc = os_file_read(path, &text, reterr);
		if (rc == RC_OK)
			rc = verify_lines(&v, span_buf(&text), &keys);
		if (rc == RC_OK)
			*ret = verify_answer(&v);
	} else if (rc == RC_OK) {
		w.unadmitted = json_array();
		rc = whole_store(&w, ret, reterr);
		json_free(w.unadmitted);
	}
	buf_free(&text);
	verify_free(&v);
	return rc;
}

const struct op op_verify_store = {"verify store",
				   "verify.store.summary",
				   OP_WRITE,
				   store_args,
				   sizeof(store_args) / sizeof(store_args[0]),
				   store_run,
				   verify_print,
				   verify_verdict};
