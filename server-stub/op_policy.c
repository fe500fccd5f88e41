/*
 * op policy set|show: the witnesses of the log and how many must sign. `set` writes a new `log` entry of the root with
 * the same key (W7); where each witness is reached stays with this collector. Clauses K8, W4-W7.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"
#include "server-stub/issuer.h"
#include "server-stub/ops.h"
#include "server-stub/witnesses.h"

enum { WORDS_MIN = 3, WORDS_MAX = 4 }; /* name, key, URL, perhaps the pin of its TLS key */

static const struct op_arg args[] = {
    {.name = "witness", .type = OP_LIST, .help = "policy.arg.witness", .meta = "'NAME KEY URL'"},
    {.name = "quorum",
     .type = OP_INT,
     .flags = OP_REQUIRED,
     .help = "policy.arg.quorum",
     .max = NOTE_WITNESS_MAX},
    {.name = "passphrase",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_SECRET,
     .help = "policy.arg.passphrase"},
};

/* What was asked for: the policy, and the address of each witness in the same order. */
struct wanted {
	struct note_policy policy;
	struct json *doc[NOTE_WITNESS_MAX];
	struct json *gone; /* names whose address is forgotten */
};

static void wanted_free(struct wanted *w)
{
	for (size_t i = 0; i < NOTE_WITNESS_MAX; i++)
		json_free(w->doc[i]);
	json_free(w->gone);
	free(w);
}

/* Words between blanks, as strings of their own; false when there are not 3 or 4. */
static bool split(const char *typed, char *word[WORDS_MAX], size_t *retn)
{
	for (*retn = 0; *typed; (*retn)++) {
		size_t skip = strspn(typed, " \t"), len;

		typed += skip;
		len = strcspn(typed, " \t");
		if (len == 0)
			break;
		if (*retn == WORDS_MAX)
			return false;
		word[*retn] = span_dup(span_of(typed, len));
		if (!word[*retn])
			return false;
		typed += len;
	}
	return *retn >= WORDS_MIN;
}

static enum rc bad(const char *key, const char *typed, struct err *reterr)
{
	return err_set(reterr, RC_INPUT, "K8", key, "witness", typed, NULL);
}

/* No name and no key twice (K8). */
static bool is_twice(const struct note_policy *p, const struct note_witness *w)
{
	for (size_t i = 0; i < p->nwitness; i++)
		if (strcmp(p->witness[i].name, w->name) == 0 ||
		    memcmp(p->witness[i].key, w->key, CRYPT_PK_LEN) == 0)
			return true;
	return false;
}

static enum rc read_words(struct wanted *w, const char *typed, char *const *word, size_t n,
			  struct err *reterr)
{
	struct note_policy *p = &w->policy;
	struct note_witness *x = &p->witness[p->nwitness];

	if (p->nwitness == NOTE_WITNESS_MAX)
		return err_num(reterr, RC_LIMIT, "K8", "policy.many", "max", NOTE_WITNESS_MAX);
	if (!note_name_ok(span_str(word[0])))
		return bad("note.name", typed, reterr);
	memset(x, 0, sizeof(*x));
	memcpy(x->name, word[0], strlen(word[0]));
	if (!codec_hex_32(span_str(word[1]), x->key) || crypt_pk_check(x->key, NULL) != RC_OK)
		return bad("policy.key", typed, reterr);
	if (is_twice(p, x))
		return bad("policy.twice", typed, reterr);
	enum rc rc =
	    witnesses_doc(word[2], n > WORDS_MIN ? word[3] : NULL, &w->doc[p->nwitness], reterr);
	if (rc == RC_OK)
		p->nwitness++;
	return rc;
}

static enum rc read_one(struct wanted *w, const char *typed, struct err *reterr)
{
	char *word[WORDS_MAX] = {NULL};
	size_t n = 0;
	enum rc rc = split(typed, word, &n) ? read_words(w, typed, word, n, reterr)
					    : bad("policy.words", typed, reterr);

	for (size_t i = 0; i < WORDS_MAX; i++)
		free(word[i]);
	return rc;
}

static enum rc read_wanted(const struct json *in, struct wanted *w, struct err *reterr)
{
	int64_t quorum = 0;
	enum rc rc = RC_OK;

	for (const struct json *s = json_first(json_get_arr(in, "witness")); rc == RC_OK && s;
	     s = json_next(s))
		rc = read_one(w, json_str(s), reterr);
	json_get_int(in, "quorum", &quorum);
	w->policy.quorum = (size_t)quorum;
	if (rc == RC_OK && w->policy.quorum > w->policy.nwitness)
		rc = err_set(reterr, RC_INPUT, "K8", "note.policy_count", NULL);
	return rc;
}

/* ---- writing ---- */

static bool take_gone(void *arg, const char *key, const struct json *doc)
{
	struct wanted *w = arg;
	bool stays = false;

	(void)doc;
	for (size_t i = 0; i < w->policy.nwitness; i++)
		stays |= strcmp(w->policy.witness[i].name, key) == 0;
	if (!stays)
		json_append_str(w->gone, key);
	return true;
}

static enum rc find_gone(struct collector *col, struct wanted *w, struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	w->gone = json_array();
	if (rc == RC_OK)
		rc = r->docs(r->ctx, WITNESSES_DOC, take_gone, w, reterr);
	archive_read_end(col->archive, r);
	return rc;
}

static enum rc write_addresses(void *arg, struct archive_writer *a, struct err *reterr)
{
	const struct wanted *w = arg;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < w->policy.nwitness; i++)
		rc =
		    a->doc_put(a->ctx, WITNESSES_DOC, w->policy.witness[i].name, w->doc[i], reterr);
	for (const struct json *s = json_first(w->gone); rc == RC_OK && s; s = json_next(s))
		rc = a->doc_put(a->ctx, WITNESSES_DOC, json_str(s), NULL, reterr);
	return rc;
}

/* The log entry in force with another policy: same key, and no log before it (W7). */
static enum rc seal(struct collector *col, struct crypt_signer *root, struct wanted *w,
		    int64_t *retindex, struct err *reterr)
{
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	struct authority_log *log = calloc(1, sizeof(*log));
	struct issuer *i = NULL;
	struct buf set;
	bool known = log && keyring_log(s->keyring, log);
	enum rc rc =
	    known ? RC_OK : err_set(reterr, RC_NOTFOUND, "K8", "collector.not_set_up", NULL);

	ingest_snapshot_end(col->ingest, s);
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	if (rc == RC_OK) {
		log->has_old = false;
		log->size = 0;
		log->policy = w->policy;
		memcpy(log->policy.log, log->key, CRYPT_PK_LEN);
		rc = authority_log_write(log, &set, reterr);
	}
	if (rc == RC_OK)
		rc = issuer_open(col, root, "*", &i, reterr);
	if (rc == RC_OK)
		rc = issuer_add(i, ENTRY_LOG, span_buf(&set), NULL, reterr);
	if (rc == RC_OK) {
		issuer_also(i, write_addresses, w);
		rc = issuer_keep(i, retindex, reterr);
	}
	issuer_free(i);
	buf_free(&set);
	free(log);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct wanted *w = calloc(1, sizeof(*w));
	struct crypt_signer *root = NULL;
	int64_t index = 0;
	enum rc rc =
	    w ? read_wanted(in, w, reterr) : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		rc = vault_unseal(col->home, "root", json_get_str(in, "passphrase"), &root, reterr);
	if (rc == RC_OK)
		rc = find_gone(col, w, reterr);
	/* entry and addresses in one: a policy whose witnesses nobody can reach would prove nothing any more */
	if (rc == RC_OK)
		rc = seal(col, root, w, &index, reterr);
	if (rc == RC_OK)
		rc = witnesses_changed(col->witnesses, reterr);
	if (rc == RC_OK)
		rc = witnesses_state(col->witnesses, ret, reterr);
	if (rc == RC_OK)
		json_set_int(*ret, "index", index);
	crypt_signer_free(root);
	if (w)
		wanted_free(w);
	return rc;
}

/* ---- what it says ---- */

static void num(const struct json *o, const char *name, char ret[NUM_I64_LEN])
{
	int64_t n = 0;

	json_get_int(o, name, &n);
	num_str(n, ret);
}

static void print_witness(const struct lang *lang, const struct json *x, struct buf *text)
{
	char size[NUM_I64_LEN], when[TEXT_TIME_LEN] = "";
	const char *why = json_get_str(x, "why"), *url = json_get_str(x, "url");
	int64_t at = 0;

	num(x, "size", size);
	json_get_int(x, "at", &at);
	if (at > 0)
		text_time_fmt(at, when);
	lang_format(lang, text, at > 0 ? "policy.witness" : "policy.witness_none", "name",
		    json_get_str(x, "name"), "size", size, "at", when, "url", url, NULL);
	buf_add_char(text, '\n');
	if (why && why[0]) {
		buf_add_str(text, "    ");
		lang_format(lang, text, why, "name", json_get_str(x, "name"), "url", url, "size",
			    size, "why", "", NULL);
		buf_add_char(text, '\n');
	}
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	char quorum[NUM_I64_LEN], proven[NUM_I64_LEN];
	const struct json *all = json_get_arr(out, "witnesses");
	bool halted = false;

	num(out, "quorum", quorum);
	num(out, "proven", proven);
	lang_format(lang, text, strcmp(quorum, "0") == 0 ? "policy.none" : "policy.quorum",
		    "quorum", quorum, "proven", proven, NULL);
	buf_add_char(text, '\n');
	for (const struct json *x = json_first(all); x; x = json_next(x))
		print_witness(lang, x, text);
	if (json_get_bool(out, "halted", &halted) && halted) {
		lang_format(lang, text, "ingest.halted", NULL);
		buf_add_char(text, '\n');
	}
}

const struct op op_policy_set = {.name = "policy set",
				 .summary = "policy.set.summary",
				 .flags = OP_WRITE | OP_NET,
				 .arg = args,
				 .narg = sizeof(args) / sizeof(args[0]),
				 .run = run,
				 .print = print};

static enum rc show(const struct op_call *call, const struct json *in, struct json **ret,
		    struct err *reterr)
{
	struct collector *col = call->app;

	(void)in;
	return witnesses_state(col->witnesses, ret, reterr);
}

const struct op op_policy_show = {.name = "policy show",
				  .summary = "policy.show.summary",
				  .flags = OP_READ,
				  .run = show,
				  .print = print};
