/*
 * op enrol code|list|approve: let PCs in: a slip with a code, who waits, and the
 * registrar's yes. Clauses K10, K11, K12, P25. The work is server-stub/enrolment.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "server-stub/enrolment.h"
#include "server-stub/contacted.h"
#include "server-stub/ops.h"
#include "server-stub/slip_paper.h"
#include "server-stub/usb.h"
#include "server-stub/vault.h"
#include "server-stub/who.h"

/* ---- code ---- */

static const struct op_arg code_args[] = {
    {.name = "scope",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "enrolment.arg.scope",
     .meta = "CODE"},
    {.name = "clerks",
     .type = OP_INT,
     .help = "enrolment.arg.clerks",
     .min = 0,
     .max = ENROLMENT_CLERKS},
    {.name = "unit", .type = OP_STRING, .help = "enrolment.arg.unit", .meta = "NAME"},
    {.name = "url", .type = OP_STRING, .help = "enrolment.arg.url", .meta = "URL"},
    {.name = "out", .type = OP_PATH, .help = "enrolment.arg.out", .meta = "FILE"},
    {.name = "pdf", .type = OP_PATH, .help = "enrolment.arg.pdf", .meta = "FILE"},
    {.name = "paper", .type = OP_BOOL, .help = "enrolment.arg.paper"},
    {.name = "passphrase",
     .type = OP_STRING,
     .flags = OP_SECRET,
     .help = "enrolment.arg.own"},
};

static void set_key(struct json *o, const char *name, const uint8_t pk[32])
{
	char text[CODEC_B64U_32 + 1];

	codec_b64u(pk, 32, text);
	json_set_str(o, name, text);
}

static enum rc make_slip(struct collector *col, const struct json *in, const char *code,
			 struct json **ret, struct err *reterr)
{
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	const char *scope = json_get_str(in, "scope"), *url = json_get_str(in, "url");
	char *unit = enrolment_unit(col, scope);
	struct authority_log log;
	struct json *o = json_object();

	json_set_int(o, "v", 1);
	json_set_str(o, "url", url ? url : col->url);
	json_set_str(o, "scope", scope);
	json_set_str(o, "unit", json_get_str(in, "unit") ? json_get_str(in, "unit") : unit);
	json_set_str(o, "code", code);
	set_key(o, "root", col->root);
	set_key(o, "log", crypt_signer_pk(col->log));
	if (!keyring_log(s->keyring, &log))
		memset(&log, 0, sizeof(log));
	if (log.has_pin)
		set_key(o, "pin", log.pin);
	else
		json_set_str(o, "pin", "");
	set_key(o, "box", log.box); /* so that a PC without a network can seal its first file (B1) */
	ingest_snapshot_end(col->ingest, s);
	free(unit);
	*ret = o;
	return unit ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static enum rc write_slip(const struct json *slip, const char *path, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	if (!path)
		return RC_OK;
	buf_init(&b, LIMIT_JSON_TEXT);
	rc = json_write(slip, true, &b, reterr);
	if (rc == RC_OK)
		rc = os_file_write(path, span_buf(&b), OS_REPLACE, reterr);
	buf_free(&b);
	return rc;
}

/*
 * A code opens the door to a PC, in the end without anybody looking (serve --registrar): whoever asks for one in the
 * console shows their passphrase, as for whatever else they sign, and names no other address.
 */
static enum rc check_asker(const struct op_call *call, const struct json *in, struct err *reterr)
{
	const struct collector *col = call->app;
	const struct who *who = who_of(call);
	const char *pass = json_get_str(in, "passphrase");
	struct crypt_signer *key = NULL;
	enum rc rc;

	if (!who)
		return RC_OK;
	if (json_get(in, "url"))
		return err_set(reterr, RC_DENIED, NULL, "gate.path", "name", "url", NULL);
	if (!pass)
		return op_need_secret("passphrase", reterr);
	rc = vault_unseal(col->home, who->account, pass, &key, reterr);
	crypt_signer_free(key);
	return rc;
}

static enum rc run_code(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct collector *col = call->app;
	char code[AUTHORITY_CODE], fpr[AUTHORITY_FINGERPRINT];
	struct json *slip = NULL;
	int64_t clerks = 1;
	enum rc rc = RC_OK;

	json_get_int(in, "clerks", &clerks);
	if (!json_get_str(in, "url") && !col->url)
		rc = err_set(reterr, RC_USAGE, NULL, "enrolment.no_url", NULL);
	if (rc == RC_OK)
		rc = who_check(call, json_get_str(in, "scope"), reterr);
	if (rc == RC_OK)
		rc = check_asker(call, in, reterr);
	if (rc == RC_OK)
		rc = enrolment_code(col, json_get_str(in, "scope"), clerks, code, reterr);
	if (rc == RC_OK)
		rc = make_slip(col, in, code, &slip, reterr);
	if (rc == RC_OK)
		rc = write_slip(slip, json_get_str(in, "out"), reterr);
	if (rc == RC_OK) {
		authority_fingerprint(col->root, fpr);
		*ret = json_object();
		json_set_str(*ret, "fingerprint", fpr);
		json_set_int(*ret, "clerks", clerks);
		json_set_str(*ret, "out", json_get_str(in, "out"));
		json_set(*ret, "slip", slip);
		rc = slip_paper(call, in, *ret, reterr);
		if (rc != RC_OK) {
			json_free(*ret);
			*ret = NULL;
		}
	} else {
		json_free(slip);
	}
	crypt_wipe(code, sizeof(code));
	return rc;
}

static void print_code(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *slip = json_get_obj(out, "slip");
	const char *unit = json_get_str(slip, "unit"), *path = json_get_str(out, "out");

	lang_format(lang, text, "enrolment.slip_title", "unit", unit && unit[0] ? unit : "—",
		    "scope", json_get_str(slip, "scope"), NULL);
	buf_add_char(text, '\n');
	buf_add_str(text, "  ");
	lang_format(lang, text, "enrolment.slip_url", "url", json_get_str(slip, "url"), NULL);
	buf_add_str(text, "\n  ");
	lang_format(lang, text, "enrolment.slip_code", "code", json_get_str(slip, "code"), NULL);
	buf_add_str(text, "\n  ");
	lang_format(lang, text, "enrolment.slip_root", "fingerprint",
		    json_get_str(out, "fingerprint"), NULL);
	buf_add_char(text, '\n');
	if (path) {
		lang_format(lang, text, "enrolment.slip_file", "path", path, NULL);
		buf_add_char(text, '\n');
	}
}

const struct op op_enrol_code = {.name = "enrol code",
				 .summary = "enrolment.code_summary",
				 .flags = OP_WRITE,
				 .arg = code_args,
				 .narg = sizeof(code_args) / sizeof(code_args[0]),
				 .run = run_code,
				 .print = print_code};

/* ---- list ---- */

struct waiting {
	const struct op_call *call;
	struct json *all;
	enum rc rc;
	struct err *reterr;
};

static bool take_waiting(void *arg, const char *key, const struct json *doc)
{
	struct waiting *w = arg;
	struct json *o;
	char fpr[AUTHORITY_FINGERPRINT], request[ENROLMENT_REQUEST];
	uint8_t pk[CRYPT_PK_LEN];

	if (!who_sees(w->call, json_get_str(doc, "scope")))
		return true;
	w->rc = enrolment_request(doc, request, w->reterr);
	if (w->rc != RC_OK)
		return false;
	o = json_copy(doc);
	json_set_str(o, "request", request);
	if (codec_b64u_32(span_str(key), pk)) {
		authority_fingerprint(pk, fpr);
		json_set_str(o, "fingerprint", fpr);
	}
	json_append(w->all, o);
	return true;
}

/* By the catalogue; nothing when it has no such commune. */
static enum rc put_unit(struct collector *col, struct json *o, struct err *reterr)
{
	char *unit = enrolment_unit(col, json_get_str(o, "scope"));

	if (!unit)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	json_set_str(o, "unit", unit);
	free(unit);
	return RC_OK;
}

/* When its PC was last in contact: one that waits by asking, a clerk's by whatever it sent. */
static enum rc put_contact(struct collector *col, struct archive_reader *r, struct json *o, struct err *reterr)
{
	const char *device = json_get_str(o, "device");
	int64_t asked = 0, at = 0;
	uint8_t pk[CRYPT_PK_LEN];
	enum rc rc = RC_OK;

	if (!device)
		json_get_int(o, "at", &asked);
	if (codec_b64u_32(span_str(device ? device : json_get_str(o, "key")), pk))
		rc = contacted_at(col->contacted, r, pk, &at, reterr);
	if (asked > at)
		at = asked;
	if (at > 0)
		json_set_int(o, "contact_at", at);
	return rc;
}

static enum rc run_list(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct collector *col = call->app;
	struct archive_reader *r = NULL;
	struct json *all = json_array();
	struct waiting w = {.call = call, .all = all, .reterr = reterr};
	enum rc rc = archive_read(col->archive, &r, reterr);

	(void)in;
	if (rc == RC_OK)
		rc = r->docs(r->ctx, "enrol_wait", take_waiting, &w, reterr);
	for (struct json *o = json_first(all); rc == RC_OK && o; o = json_next(o)) {
		rc = put_contact(col, r, o, reterr);
		if (rc == RC_OK)
			rc = put_unit(col, o, reterr);
	}
	archive_read_end(col->archive, r);
	rc = rc == RC_OK ? w.rc : rc;
	if (rc == RC_OK) {
		*ret = json_object();
		json_set(*ret, "waiting", all);
	} else {
		json_free(all);
	}
	return rc;
}

static void print_list(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "waiting");

	if (json_len(all) == 0) {
		buf_add_str(text, lang_text(lang, "enrolment.nobody"));
		buf_add_char(text, '\n');
	}
	for (const struct json *o = json_first(all); o; o = json_next(o)) {
		const char *what = json_get_str(o, "what");

		lang_format(lang, text,
			    what && strcmp(what, "device") == 0 ? "enrolment.waits_device"
								: "enrolment.waits_clerk",
			    "name", json_get_str(o, "name"), "scope", json_get_str(o, "scope"),
			    "fingerprint", json_get_str(o, "fingerprint"), NULL);
		buf_add_char(text, '\n');
		for (const struct json *c = json_first(json_get_arr(o, "clerks")); c;
		     c = json_next(c)) {
			buf_add_str(text, "  ");
			lang_format(lang, text, "enrolment.with_clerk", "name",
				    json_get_str(c, "name"), "title", json_get_str(c, "title"),
				    NULL);
			buf_add_char(text, '\n');
		}
	}
}

const struct op op_enrol_list = {.name = "enrol list",
				 .summary = "enrolment.list_summary",
				 .flags = OP_READ,
				 .run = run_list,
				 .print = print_list};

/* ---- approve ---- */

static const struct op_arg approve_args[] = {
    {.name = "key",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "enrolment.arg.key",
     .meta = "KEY"},
    {.name = "request", .type = OP_STRING, .help = "enrolment.arg.request", .meta = "TEXT"},
    {.name = "as", .type = OP_STRING, .help = "enrolment.arg.as", .meta = "NAME"},
    {.name = "passphrase",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_SECRET,
     .help = "enrolment.arg.passphrase"},
};

static enum rc run_approve(const struct op_call *call, const struct json *in, struct json **ret,
			   struct err *reterr)
{
	struct collector *col = call->app;
	const struct enrolment_pick pick = {.typed = json_get_str(in, "key"),
					    .request = json_get_str(in, "request"),
					    .sees = who_sees_arg,
					    .arg = (void *)(uintptr_t)call};
	const char *as = json_get_str(in, "as");
	struct crypt_signer *registrar = NULL;
	enum rc rc;

	if (who_of(call) && !pick.request) /* a page has shown it; at the command line the fingerprint was read aloud */
		return err_set(reterr, RC_USAGE, NULL, "enrolment.unseen", NULL);
	rc = vault_unseal(col->home, as ? as : "registrar", json_get_str(in, "passphrase"),
				  &registrar, reterr);

	if (rc == RC_OK)
		rc = enrolment_approve(col, registrar, &pick, ret, reterr);
	crypt_signer_free(registrar);
	if (rc == RC_OK && strcmp(json_get_str(*ret, "what"), "device") == 0)
		rc = usb_inbox(col, call, json_get_str(*ret, "key"), reterr);
	return rc;
}

static void print_approve(const struct lang *lang, const struct json *out, struct buf *text)
{
	char n[NUM_I64_LEN];

	num_str((int64_t)json_len(json_get_arr(out, "clerks")), n);
	lang_format(lang, text, "enrolment.approved", "name", json_get_str(out, "name"), "scope",
		    json_get_str(out, "scope"), "clerks", n, NULL);
	buf_add_char(text, '\n');
}

const struct op op_enrol_approve = {.name = "enrol approve",
				    .summary = "enrolment.approve_summary",
				    .flags = OP_WRITE,
				    .arg = approve_args,
				    .narg = sizeof(approve_args) / sizeof(approve_args[0]),
				    .run = run_approve,
				    .print = print_approve};
