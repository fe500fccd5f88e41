/*
 * verify: receipts and lines checked from their bytes alone; findings as JSON. Does NOT
 * open a store.
 */
#include "agent/verify.h"

#include <stdlib.h>
#include <string.h>

#include "agent/print.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "sync/note.h"

enum rc verify_init(struct verify *v, const struct op_call *call, struct err *reterr)
{
	*v = (struct verify){.failures = json_array()};
	return lang_load(op_lang(call), &v->lang, reterr);
}

void verify_free(struct verify *v)
{
	json_free(v->failures);
	lang_free(v->lang);
}

struct json *verify_fail(struct verify *v, const uint8_t *id, const char *name,
			 const struct err *why)
{
	char text[CODEC_B64U_32 + 1];
	struct json *o;
	struct buf say;

	if (v->failed++ >= VERIFY_SHOWN)
		return NULL;
	buf_init(&say, LIMIT_ERR_TEXT);
	lang_err(v->lang, why, &say);
	if (id)
		codec_b64u(id, ENTRY_ID_LEN, text);
	o = json_object();
	json_set_str(o, "id", id ? text : name);
	json_set_str(o, "clause", why->clause);
	json_set_str(o, "key", why->key);
	json_set_str(o, "text", say.p ? (const char *)say.p : "");
	json_append(v->failures, o);
	buf_free(&say);
	return o;
}

struct json *verify_answer(const struct verify *v)
{
	struct json *o = json_object();

	json_set_bool(o, "ok", v->failed == 0);
	json_set_int(o, "entries", v->entries);
	json_set_int(o, "signatures", v->signatures);
	json_set_int(o, "receipts", v->receipts);
	json_set_int(o, "failed", v->failed);
	json_set(o, "failures", json_copy(v->failures));
	if (v->failed > 0)
		json_set_str(o, "clause", print_str(json_first(v->failures), "clause"));
	return o;
}

/* ---- a receipt ---- */

static enum rc read_in(const char *dir, const char *name, const char *instead, struct buf *out,
		       struct err *reterr)
{
	char *path = NULL;
	enum rc rc = instead ? os_path_absolute(&path, instead, reterr)
			     : os_path_join(&path, dir, name, reterr);

	if (rc == RC_OK)
		rc = os_file_read(path, out, reterr);
	free(path);
	return rc;
}

/*
 * The payload must also be an entry of this author. Its signature stands in the proof and has
 * been checked there, so the line gets an empty one and is to fail at nothing else.
 */
static enum rc check_payload(struct span payload, const uint8_t author[CRYPT_PK_LEN],
			     struct err *reterr)
{
	struct entry *e = NULL;
	struct err why;
	struct buf line;
	enum rc rc;

	buf_init(&line, LIMIT_ENTRY_LINE);
	for (size_t i = 0; i < ENTRY_SIG_TEXT; i++)
		buf_add_char(&line, 'A');
	buf_add_char(&line, ' ');
	buf_add_span(&line, payload);
	rc = buf_check(&line, reterr);
	if (rc == RC_OK) {
		err_clear(&why);
		rc = entry_open_key(span_buf(&line), author, &e, &why);
		entry_free(e);
		if (strcmp(why.key, "entry.signature") == 0)
			rc = RC_OK;
		else if (reterr)
			*reterr = why;
	}
	buf_free(&line);
	return rc;
}

struct receipt {
	struct buf payload, proof, author, policy;
};

static enum rc check_receipt(const struct receipt *r, struct err *reterr)
{
	struct note_policy policy;
	uint8_t author[CRYPT_PK_LEN];
	enum rc rc = note_sshkey_read(span_buf(&r->author), author, reterr);

	if (rc == RC_OK)
		rc = note_policy_read(span_buf(&r->policy), &policy, reterr);
	if (rc == RC_OK)
		rc = note_receipt_check(span_buf(&r->payload), span_buf(&r->proof), author, &policy,
					NULL, reterr);
	return rc == RC_OK ? check_payload(span_buf(&r->payload), author, reterr) : rc;
}

static enum rc one_receipt(struct verify *v, const char *dir, const char *author,
			   const char *policy, struct err *reterr)
{
	uint8_t id[ENTRY_ID_LEN];
	struct receipt r;
	struct err why;
	enum rc rc;

	buf_init(&r.payload, LIMIT_ENTRY_PAYLOAD);
	buf_init(&r.proof, NOTE_RECEIPT_MAX);
	buf_init(&r.author, NOTE_TEXT_MAX);
	buf_init(&r.policy, NOTE_TEXT_MAX);
	rc = read_in(dir, "payload", NULL, &r.payload, reterr);
	if (rc == RC_OK)
		rc = read_in(dir, "proof", NULL, &r.proof, reterr);
	if (rc == RC_OK)
		rc = read_in(dir, "author.pub", author, &r.author, reterr);
	if (rc == RC_OK)
		rc = read_in(dir, "policy", policy, &r.policy, reterr);
	if (rc == RC_OK) {
		v->entries++;
		err_clear(&why);
		entry_id(span_buf(&r.payload), id);
		if (check_receipt(&r, &why) == RC_OK) {
			v->signatures++;
			v->receipts++;
		} else {
			verify_fail(v, id, NULL, &why);
		}
	}
	buf_free(&r.payload);
	buf_free(&r.proof);
	buf_free(&r.author);
	buf_free(&r.policy);
	return rc;
}

enum rc verify_folder(struct verify *v, const char *dir, const char *author, const char *policy,
		      struct err *reterr)
{
	struct os_names names = {0};
	char *lines = NULL, *sub;
	enum rc rc = one_receipt(v, dir, author, policy, reterr);

	if (rc == RC_OK)
		rc = os_path_join(&lines, dir, "lines", reterr);
	if (rc == RC_OK && os_dir_exists(lines))
		rc = os_dir_list(lines, &names, reterr);
	for (size_t i = 0; rc == RC_OK && i < names.n; i++) {
		sub = NULL;
		rc = os_path_join(&sub, lines, names.name[i], reterr);
		if (rc == RC_OK)
			rc = one_receipt(v, sub, author, policy, reterr);
		free(sub);
	}
	os_names_free(&names);
	free(lines);
	return rc;
}

/* ---- lines ---- */

enum rc verify_lines(struct verify *v, struct span text, const struct entry_keys *keys)
{
	struct span rest = text, line;

	for (int64_t n = 1; rest.len > 0; n++) {
		struct entry *e = NULL;
		struct err why;
		struct buf name;

		if (!span_line(&rest, &line)) {
			line = rest;
			rest.len = 0;
		}
		v->entries++;
		err_clear(&why);
		if (entry_open(line, keys, &e, &why) == RC_OK) {
			v->signatures++;
		} else if (line.len > ENTRY_SIG_TEXT + 1) {
			uint8_t id[ENTRY_ID_LEN];
			entry_id(span_of(line.p + ENTRY_SIG_TEXT + 1,
					 line.len - ENTRY_SIG_TEXT - 1),
				 id);
			verify_fail(v, id, NULL, &why);
		} else {
			buf_init(&name, LIMIT_ERR_TEXT);
			buf_add_int(&name, n);
			verify_fail(v, NULL, (const char *)name.p, &why);
			buf_free(&name);
		}
		entry_free(e);
	}
	return RC_OK;
}

/* ---- print ---- */

void verify_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const line[][2] = {{"entries", "verify.entries"},
					      {"signatures", "verify.signatures"},
					      {"receipts", "verify.receipts"},
					      {"files", "verify.files"},
					      {"erased", "verify.erased"},
					      {"entities", "verify.entities"},
					      {"differ", "verify.differ"}};
	struct print_table t;

	print_table_init(&t);
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
		if (!json_get(out, line[i][0]))
			continue;
		print_row(&t);
		print_cell(&t, lang_text(lang, line[i][1]));
		print_cell_int(&t, print_num(out, line[i][0]));
	}
	print_table_end(&t, 2, text);
	for (const struct json *x = json_first(json_get_arr(out, "unadmitted")); x; x = json_next(x))
		buf_addf(text, "  · %s: %s\n", json_str(x), lang_text(lang, "verify.unadmitted"));
	for (const struct json *x = json_first(json_get_arr(out, "failures")); x;
	     x = json_next(x)) {
		buf_addf(text, "  ! %s: %s", print_str(x, "id"), print_str(x, "text"));
		lang_clause(print_str(x, "clause"), text);
		buf_add_char(text, '\n');
	}
	print_line(lang, text, print_is(out, "ok") ? "verify.ok" : "verify.failed");
}

enum rc verify_verdict(const struct json *out)
{
	return print_is(out, "ok") ? RC_OK : RC_REFUSED;
}
