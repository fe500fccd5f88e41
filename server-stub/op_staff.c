/*
 * op staff add: a key for a member of staff, sealed by their own passphrase on this
 * collector, and the root's cert for it. Clauses K2, K3, K10.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/account.h"
#include "server-stub/issuer.h"
#include "server-stub/ops.h"

static const char *const roles[] = {"verifier", "province_verifier", "reporter",
				    "auditor",  "registrar",         NULL};

static const struct op_arg args[] = {
    {.name = "as",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "staff.arg.as",
     .meta = "KEYNAME"},
    {.name = "name", .type = OP_STRING, .flags = OP_REQUIRED, .help = "staff.arg.name"},
    {.name = "title", .type = OP_STRING, .help = "staff.arg.title"},
    {.name = "role",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "staff.arg.role",
     .choice = roles},
    {.name = "scope", .type = OP_LIST, .help = "staff.arg.scope", .meta = "CODE"},
    {.name = "province", .type = OP_STRING, .help = "staff.arg.province", .meta = "CODE"},
    {.name = "passphrase",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_SECRET,
     .help = "staff.arg.passphrase"},
    {.name = "staff_passphrase",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_SECRET | OP_CONFIRM,
     .help = "staff.arg.staff_passphrase"},
};

struct province {
	const char *code;
	struct json *scopes;
};

static bool take_unit(void *arg, const char *key, const struct json *doc)
{
	struct province *p = arg;
	const char *code = json_get_str(doc, "province");

	if (code && strcmp(code, p->code) == 0)
		json_append_str(p->scopes, key);
	return true;
}

/* The scopes asked for: given, all communes of a province by the catalogue, or "*". */
static enum rc scopes_of(struct collector *col, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	struct province p = {json_get_str(in, "province"), json_array()};
	struct archive_reader *r = NULL;
	enum rc rc = RC_OK;

	for (const struct json *s = json_first(json_get_arr(in, "scope")); s; s = json_next(s)) {
		if (rc == RC_OK && !entry_is_scope(span_str(json_str(s))))
			rc = err_set(reterr, RC_INPUT, "E14", "staff.scope", "scope", json_str(s),
				     NULL);
		json_append_str(p.scopes, json_str(s));
	}
	if (rc == RC_OK && p.code) {
		rc = archive_read(col->archive, &r, reterr);
		if (rc == RC_OK)
			rc = r->docs(r->ctx, "unit", take_unit, &p, reterr);
		archive_read_end(col->archive, r);
		if (rc == RC_OK && json_len(p.scopes) == 0)
			rc = err_set(reterr, RC_NOTFOUND, NULL, "staff.province", "province",
				     p.code, NULL);
	} else if (json_len(p.scopes) == 0) {
		json_append_str(p.scopes, "*");
	}
	if (rc == RC_OK)
		*ret = p.scopes;
	else
		json_free(p.scopes);
	return rc;
}

static enum rc add_cert(struct issuer *i, struct authority_cert *c, struct err *reterr)
{
	struct buf set;
	enum rc rc;

	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	rc = authority_cert_write(c, &set, reterr);
	if (rc == RC_OK)
		rc = issuer_add(i, ENTRY_CERT, span_buf(&set), NULL, reterr);
	buf_free(&set);
	c->nscope = 0;
	return rc;
}

/* A cert holds 64 scopes (K2): a province takes several. */
static enum rc add_certs(struct issuer *i, struct authority_cert *c, const struct json *scopes,
			 struct err *reterr)
{
	enum rc rc = RC_OK;

	for (const struct json *s = json_first(scopes); rc == RC_OK && s; s = json_next(s)) {
		const char *scope = json_str(s);

		memset(c->scope[c->nscope], 0, ENTRY_SCOPE_LEN);
		memcpy(c->scope[c->nscope++], scope, strlen(scope));
		if (c->nscope == AUTHORITY_SCOPES)
			rc = add_cert(i, c, reterr);
	}
	return rc == RC_OK && c->nscope > 0 ? add_cert(i, c, reterr) : rc;
}

static enum rc fill(const struct json *in, const uint8_t *pk, struct authority_cert *c,
		    struct err *reterr)
{
	const char *name = json_get_str(in, "name"), *title = json_get_str(in, "title");

	if (strlen(name) >= AUTHORITY_NAME || (title && strlen(title) >= AUTHORITY_NAME))
		return err_set(reterr, RC_INPUT, "K2", "staff.long", NULL);
	if (!authority_role_parse(span_str(json_get_str(in, "role")), &c->role))
		return err_set(reterr, RC_INTERNAL, "K3", "staff.long", NULL);
	memcpy(c->key, pk, CRYPT_PK_LEN);
	memcpy(c->name, name, strlen(name));
	memcpy(c->title, title ? title : "", title ? strlen(title) : 0);
	c->collector_custody = true;
	return RC_OK;
}

static enum rc certify(struct collector *col, const struct json *in, struct crypt_signer *root,
		       const uint8_t *pk, const struct json *scopes, struct err *reterr)
{
	struct account account = {json_get_str(in, "as"), pk};
	struct authority_cert *c = calloc(1, sizeof(*c));
	struct issuer *i = NULL;
	enum rc rc;

	if (!c)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = fill(in, pk, c, reterr);
	if (rc == RC_OK)
		rc = issuer_open(col, root, "*", &i, reterr);
	if (rc == RC_OK)
		rc = add_certs(i, c, scopes, reterr);
	if (rc == RC_OK) {
		issuer_also(i, account_write, &account);
		rc = issuer_keep(i, NULL, reterr);
	}
	issuer_free(i);
	free(c);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct crypt_signer *root = NULL, *staff = NULL;
	struct json *scopes = NULL;
	char fpr[AUTHORITY_FINGERPRINT], key[CODEC_B64U_32 + 1];
	enum rc rc = scopes_of(col, in, &scopes, reterr);

	if (rc == RC_OK)
		rc = vault_unseal(col->home, "root", json_get_str(in, "passphrase"), &root, reterr);
	if (rc == RC_OK)
		rc = vault_seal_new(col->home, json_get_str(in, "as"),
				    json_get_str(in, "staff_passphrase"), &staff, reterr);
	if (rc == RC_OK) {
		rc = certify(col, in, root, crypt_signer_pk(staff), scopes, reterr);
		if (rc != RC_OK)
			vault_drop(col->home, json_get_str(in, "as"));
	}
	if (rc == RC_OK) {
		authority_fingerprint(crypt_signer_pk(staff), fpr);
		codec_b64u(crypt_signer_pk(staff), CRYPT_PK_LEN, key);
		*ret = json_object();
		json_set_str(*ret, "as", json_get_str(in, "as"));
		json_set_str(*ret, "name", json_get_str(in, "name"));
		json_set_str(*ret, "role", json_get_str(in, "role"));
		json_set_str(*ret, "key", key);
		json_set_str(*ret, "fingerprint", fpr);
		json_set(*ret, "scope", scopes);
		scopes = NULL;
	}
	json_free(scopes);
	crypt_signer_free(root);
	crypt_signer_free(staff);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "staff.added", "name", json_get_str(out, "name"), "as",
		    json_get_str(out, "as"), "fingerprint", json_get_str(out, "fingerprint"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_staff_add = {.name = "staff add",
				.summary = "staff.summary",
				.flags = OP_WRITE,
				.arg = args,
				.narg = sizeof(args) / sizeof(args[0]),
				.run = run,
				.print = print};
