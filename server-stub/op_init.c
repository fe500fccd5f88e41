/*
 * op init: make a collector: its root, log and box keys, the first registrar, and the
 * root's first entries: open, log, the registrar's cert, one entry for each built-in form.
 * Clauses K2, K6, K8, K10.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/os.h"
#include "lib/text.h"
#include "server-stub/account.h"
#include "server-stub/built_in.h"
#include "server-stub/collector.h"
#include "server-stub/issuer.h"
#include "server-stub/ops.h"

enum { PASSPHRASE_MIN = 10 };

static const struct op_arg args[] = {
    {.name = "name",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "init.arg.name",
     .meta = "NAME"},
    {.name = "url", .type = OP_STRING, .help = "init.arg.url", .meta = "URL"},
    {.name = "pin", .type = OP_STRING, .help = "init.arg.pin", .meta = "SHA256"},
    {.name = "passphrase",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_SECRET | OP_CONFIRM,
     .help = "init.arg.passphrase"},
    {.name = "registrar_passphrase",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_SECRET | OP_CONFIRM,
     .help = "init.arg.registrar_passphrase"},
};

/* The keys a collector begins with. */
struct keys {
	struct crypt_signer *root, *registrar, *box;
};

static void keys_free(struct keys *k)
{
	crypt_signer_free(k->root);
	crypt_signer_free(k->registrar);
	crypt_signer_free(k->box);
}

static const char *const key_names[] = {"root", "registrar", "box", "log"};

/* Nothing was set up: the keys made for it are no use to anybody. */
static void drop_keys(struct collector *col)
{
	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++) {
		struct buf path;

		buf_init(&path, LIMIT_PATH);
		buf_addf(&path, "%s/keys/%s.key", col->home, key_names[i]);
		if (buf_check(&path, NULL) == RC_OK)
			os_file_remove((const char *)path.p, NULL);
		buf_free(&path);
	}
}

/* Before anything is made: one with keys but without a log was left half way. */
static enum rc check_new(struct collector *col, const struct json *in, struct err *reterr)
{
	const char *name = json_get_str(in, "name");

	if (col->ingest || col->lost_key)
		return err_set(reterr, RC_EXISTS, NULL, "init.exists", NULL);
	if (strlen(json_get_str(in, "passphrase")) < PASSPHRASE_MIN ||
	    strlen(json_get_str(in, "registrar_passphrase")) < PASSPHRASE_MIN)
		return err_num(reterr, RC_INPUT, NULL, "vault.passphrase_short", "min",
			       PASSPHRASE_MIN);
	if (text_chars(span_str(name)) > 200)
		return err_set(reterr, RC_INPUT, "K2", "init.name", NULL);
	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++) {
		struct buf path;
		bool there;

		buf_init(&path, LIMIT_PATH);
		buf_addf(&path, "%s/keys/%s.key", col->home, key_names[i]);
		there = buf_check(&path, NULL) == RC_OK && os_file_exists((const char *)path.p);
		buf_free(&path);
		if (there)
			return err_set(reterr, RC_EXISTS, NULL, "vault.exists", "name",
				       key_names[i], NULL);
	}
	return RC_OK;
}

static enum rc make_keys(struct collector *col, const struct json *in, struct keys *k,
			 struct err *reterr)
{
	const char *pass = json_get_str(in, "passphrase");
	const char *reg = json_get_str(in, "registrar_passphrase");
	enum rc rc = vault_seal_new(col->home, "root", pass, &k->root, reterr);

	if (rc == RC_OK)
		rc = vault_seal_new(col->home, "registrar", reg, &k->registrar, reterr);
	if (rc == RC_OK)
		rc = vault_plain(col->home, "box", true, &k->box, reterr);
	if (rc == RC_OK)
		rc = vault_plain(col->home, "log", true, &col->log, reterr);
	if (rc == RC_OK)
		memcpy(col->root, crypt_signer_pk(k->root), CRYPT_PK_LEN);
	return rc;
}

/* "sha256//BASE64" as curl prints it, BASE64, or base64url. */
static enum rc read_pin(const struct json *in, struct authority_log *log, struct err *reterr)
{
	const char *pin = json_get_str(in, "pin");

	if (!pin)
		return RC_OK;
	if (strncmp(pin, "sha256//", 8) == 0)
		pin += 8;
	log->has_pin =
	    codec_b64_32(span_str(pin), log->pin) || codec_b64u_32(span_str(pin), log->pin);
	return log->has_pin ? RC_OK : err_set(reterr, RC_INPUT, "K8", "init.pin", NULL);
}

static enum rc add_log(struct collector *col, const struct json *in, const struct keys *k,
		       struct issuer *i, struct err *reterr)
{
	struct authority_log *log = calloc(1, sizeof(*log));
	struct buf set;
	enum rc rc;

	if (!log)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	memcpy(log->key, crypt_signer_pk(col->log), CRYPT_PK_LEN);
	memcpy(log->policy.log, log->key, CRYPT_PK_LEN);
	rc = read_pin(in, log, reterr);
	if (rc == RC_OK)
		rc = crypt_box_pk(crypt_signer_pk(k->box), log->box, reterr);
	if (rc == RC_OK)
		rc = authority_log_write(log, &set, reterr);
	if (rc == RC_OK)
		rc = issuer_add(i, ENTRY_LOG, span_buf(&set), NULL, reterr);
	buf_free(&set);
	free(log);
	return rc;
}

static enum rc add_registrar(const struct json *in, const struct keys *k, struct issuer *i,
			     struct err *reterr)
{
	struct authority_cert *c = calloc(1, sizeof(*c));
	const char *name = json_get_str(in, "name");
	struct buf set;
	enum rc rc;

	if (!c)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	memcpy(c->key, crypt_signer_pk(k->registrar), CRYPT_PK_LEN);
	c->role = ROLE_REGISTRAR;
	memcpy(c->scope[0], "*", 2);
	c->nscope = 1;
	c->collector_custody = true;
	if (strlen(name) < sizeof(c->name))
		memcpy(c->name, name, strlen(name) + 1);
	rc = authority_cert_write(c, &set, reterr);
	if (rc == RC_OK)
		rc = issuer_add(i, ENTRY_CERT, span_buf(&set), NULL, reterr);
	buf_free(&set);
	free(c);
	return rc;
}

struct setting {
	const char *name;
	char value[CODEC_B64U_32 + 1];
	const struct json *in;
};

static enum rc write_settings(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct setting *s = arg;
	const char *url = json_get_str(s->in, "url");
	enum rc rc = w->set(w->ctx, "root", s->value, reterr);

	if (rc == RC_OK)
		rc = w->set(w->ctx, "name", json_get_str(s->in, "name"), reterr);
	if (rc == RC_OK && url)
		rc = w->set(w->ctx, "url", url, reterr);
	return rc;
}

/*
 * Settings first: a root without a log is no collector yet (collector_open), so that a crash
 * in between leaves nothing that looks set up.
 */
static enum rc write_root(struct collector *col, const struct json *in, const struct keys *k,
			  struct json *forms, struct err *reterr)
{
	struct account registrar = {"registrar", crypt_signer_pk(k->registrar)};
	struct setting s = {.in = in};
	struct issuer *i = NULL;
	enum rc rc = collector_sequence(col, false, reterr);

	codec_b64u(col->root, CRYPT_PK_LEN, s.value);
	if (rc == RC_OK)
		rc = ingest_write(col->ingest, write_settings, &s, reterr);
	if (rc == RC_OK)
		rc = issuer_open(col, k->root, "*", &i, reterr);
	if (rc == RC_OK)
		rc = add_log(col, in, k, i, reterr);
	if (rc == RC_OK)
		rc = add_registrar(in, k, i, reterr);
	if (rc == RC_OK)
		rc = built_in_add(col, NULL, i, forms, reterr);
	if (rc == RC_OK) {
		issuer_also(i, account_write, &registrar);
		rc = issuer_keep(i, NULL, reterr);
	}
	issuer_free(i);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct keys k = {.root = NULL};
	char text[AUTHORITY_FINGERPRINT], key[CODEC_B64U_32 + 1];
	struct json *forms;
	enum rc rc = check_new(col, in, reterr);

	if (rc != RC_OK)
		return rc;
	forms = json_array();
	rc = make_keys(col, in, &k, reterr);
	if (rc == RC_OK)
		rc = write_root(col, in, &k, forms, reterr);
	if (rc != RC_OK)
		drop_keys(col);
	if (rc == RC_OK) {
		*ret = json_object();
		json_set_str(*ret, "name", json_get_str(in, "name"));
		codec_b64u(col->root, CRYPT_PK_LEN, key);
		json_set_str(*ret, "root", key);
		authority_fingerprint(col->root, text);
		json_set_str(*ret, "fingerprint", text);
		codec_b64u(crypt_signer_pk(col->log), CRYPT_PK_LEN, key);
		json_set_str(*ret, "log", key);
		json_set_int(*ret, "forms", (int64_t)json_len(forms));
	}
	json_free(forms);
	keys_free(&k);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	char n[NUM_I64_LEN];
	int64_t forms = 0;

	json_get_int(out, "forms", &forms);
	num_str(forms, n);
	lang_format(lang, text, "init.done", "name", json_get_str(out, "name"), "fingerprint",
		    json_get_str(out, "fingerprint"), "forms", n, NULL);
	buf_add_char(text, '\n');
}

const struct op op_init = {.name = "init",
			   .summary = "init.summary",
			   .flags = OP_WRITE | OP_CREATE,
			   .arg = args,
			   .narg = sizeof(args) / sizeof(args[0]),
			   .run = run,
			   .print = print};
