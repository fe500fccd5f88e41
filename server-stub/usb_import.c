/*
 * usb_import: one file of a PC comes in. See usb.h. Clauses B7, B8, B11, P24 (what blobs are
 * taken). A file of a PC that waits for its cert is kept, sealed as it is, until it has one.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/contact.h"
#include "server-stub/enrolment.h"
#include "server-stub/usb.h"
#include "server-stub/usb_part.h"
#include "server-stub/upload.h"
#include "sync/bundle_file.h"

struct import {
	struct collector *col;
	const struct op_call *call;
	struct bundle_opened o;
	const struct bundle_head *head;
	char device[CODEC_B64U_32 + 1];
	bool revoked, waiting, enrolled;
	int64_t count[4]; /* lines by verdict */
	int64_t lines, files, files_refused;
	struct json *asks, *lacks, *held, *listed, *problems;
};

/* ---- who signed (B8) ---- */

static bool is_device(struct import *x, bool *retrevoked)
{
	const struct ingest_snapshot *s = ingest_snapshot(x->col->ingest);
	struct keyring_key k;
	bool yes = keyring_find(s->keyring, x->head->from, &k) && k.admitted &&
		   k.role == ROLE_DEVICE &&
		   keyring_covers(s->keyring, x->head->from, x->head->scope);

	*retrevoked = yes && k.revoked_from >= 0;
	ingest_snapshot_end(x->col->ingest, s);
	return yes;
}

/* ---- enrolment ---- */

static void add_problem(struct import *x, const struct err *e, const char *code)
{
	struct json *p = NULL;

	if (usb_problem(x->call, e, code, &p, NULL) == RC_OK)
		json_append(x->problems, p);
}

/* A code that is wrong or used up explains itself to whoever imports; the file's records may wait all the same. */
static enum rc take_enrol(struct import *x, struct span body, struct err *reterr)
{
	struct json *in = NULL, *answer = NULL;
	struct err e;
	enum rc rc = json_parse(body, &json_rules_tree, &in, &e);

	if (rc == RC_OK)
		rc = enrolment_ask(x->col, in, x->head->from, &answer, &e);
	x->enrolled = rc == RC_OK;
	json_free(in);
	json_free(answer);
	if (rc == RC_DENIED || rc == RC_INPUT || rc == RC_REFUSED) {
		add_problem(x, &e, "code");
		return RC_OK;
	}
	if (rc != RC_OK && reterr)
		*reterr = e;
	return rc;
}

/* ---- requests ---- */

static void list_line(struct import *x, size_t line, const struct session_line *l,
		      const struct session_verdict *v)
{
	struct json *o;
	char id[CODEC_B64U_32 + 1];

	if ((v->kind != SESSION_QUARANTINED && v->kind != SESSION_REFUSED) ||
	    json_len(x->listed) >= USB_LISTED)
		return;
	o = json_object();
	json_set_int(o, "line", x->lines + (int64_t)line + 1);
	if (l->e) {
		codec_b64u(l->e->id, ENTRY_ID_LEN, id);
		json_set_str(o, "entry", id);
	}
	json_set_str(o, "verdict", v->kind == SESSION_REFUSED ? "refused" : "quarantined");
	json_set_str(o, "clause",
		     v->kind == SESSION_REFUSED ? v->clause : keyring_verdict_clause(v->why));
	json_set_str(o, "key", v->kind == SESSION_REFUSED ? v->key : keyring_verdict_key(v->why));
	json_append(x->listed, o);
}

static void note_lines(struct import *x, const struct contact *c)
{
	for (size_t i = 0; i < c->r->nline; i++) {
		x->count[c->verdict[i].kind]++;
		list_line(x, i, &c->r->line[i], &c->verdict[i]);
	}
	x->lines += (int64_t)c->r->nline;
}

/* What an answer needs to know of a request (B11): its header as it came, and how its lines were judged. */
static struct json *ask_of(const struct contact *c, struct span body)
{
	struct json *o = json_object();
	struct span head = {NULL, 0};

	(void)span_line(&body, &head);
	json_set_str(o, "scope", c->r->scope);
	json_set_span(o, "head", head);
	json_set_int(o, "lines", (int64_t)c->r->nline);
	json_set(o, "verdicts", session_verdicts_write(c->verdict, c->r->nline));
	return o;
}

/* One that is refused as a whole has its problem document for an answer. */
static enum rc refused(struct import *x, const struct err *e, struct err *reterr)
{
	struct json *o = json_object(), *p = NULL;
	const char *code;
	enum rc rc;

	(void)contact_status(e, &code);
	rc = usb_problem(x->call, e, code, &p, reterr);
	if (rc == RC_OK)
		rc = usb_problem_proof(x->col, code, p, reterr);
	if (rc == RC_OK) {
		json_append(x->problems, json_copy(p));
		json_set(o, "problem", p);
		json_append(x->asks, o);
	} else {
		json_free(p);
		json_free(o);
	}
	return rc;
}

static bool is_ours(enum rc rc)
{
	return rc == RC_REFUSED || rc == RC_DENIED || rc == RC_CONFLICT || rc == RC_LIMIT;
}

static enum rc take_request(struct import *x, struct span body, struct err *reterr)
{
	struct contact c;
	struct err e;
	enum rc rc;

	if (x->waiting)
		return RC_OK; /* the whole file is kept until the PC has a cert */
	contact_begin(&c, x->col, x->head->from);
	c.give = !x->revoked;
	rc = contact_take(&c, body, &e);
	if (rc == RC_OK) {
		note_lines(x, &c);
		json_append(x->asks, ask_of(&c, body));
	} else if (is_ours(rc)) {
		rc = refused(x, &e, reterr);
	} else if (reterr) {
		*reterr = e;
	}
	contact_end(&c);
	return rc;
}

static enum rc take_lacks(struct import *x, struct span body, struct err *reterr)
{
	char hex[CODEC_HEX_LEN(32) + 1];

	(void)reterr;
	for (size_t at = 0; at + CRYPT_HASH_LEN <= body.len; at += CRYPT_HASH_LEN) {
		codec_hex(body.p + at, CRYPT_HASH_LEN, hex);
		json_append_str(x->lacks, hex);
	}
	return RC_OK;
}

/* ---- blobs (P24) ---- */

/* The bytes that are not here yet, in the steps that HTTP has. */
static enum rc append_blob(struct import *x, const struct archive_upload *u, int64_t held,
			   struct err *reterr)
{
	struct buf step;
	struct span s = {NULL, 1};
	int64_t at = 0;
	bool whole = false;
	enum rc rc = RC_OK;

	buf_init(&step, LIMIT_BLOB_CHUNK + BUNDLE_CHUNK);
	while (rc == RC_OK && s.len > 0) {
		rc = bundle_piece(x->o.r, &s, reterr);
		if (rc != RC_OK)
			break;
		if (at + (int64_t)s.len > held)
			buf_add(&step, s.p + (at < held ? held - at : 0),
				at < held ? s.len - (size_t)(held - at) : s.len);
		at += (int64_t)s.len;
		if (step.len < LIMIT_BLOB_CHUNK && s.len > 0)
			continue;
		rc = buf_check(&step, reterr);
		if (rc == RC_OK && step.len > 0)
			rc = archive_blob_append(x->col->archive, u, at - (int64_t)step.len,
						 span_buf(&step), &whole, reterr);
		buf_reset(&step);
	}
	buf_free(&step);
	return rc;
}

static enum rc take_blob(struct import *x, uint64_t len, struct err *reterr)
{
	char hex[CODEC_HEX_LEN(32) + 1];
	uint8_t sha[CRYPT_HASH_LEN];
	struct archive_upload u = {.size = -1};
	int64_t held = 0;
	bool whole = false;
	struct err e;
	enum rc rc = bundle_file_blob_hash(x->o.r, sha, reterr);

	if (rc == RC_OK)
		rc = upload_find(x->col, x->head->from, sha, &u, reterr);
	if (rc == RC_NOTFOUND) { /* nobody names it */
		err_clear(reterr);
		rc = RC_OK;
	}
	if (rc != RC_OK || x->waiting)
		return rc;
	if (u.size < 0 || u.size != (int64_t)len - CRYPT_HASH_LEN) {
		x->files_refused++;
		return RC_OK;
	}
	rc = archive_blob_stat(x->col->archive, sha, x->head->from, &held, &whole, reterr);
	if (rc == RC_OK && !whole) {
		rc = append_blob(x, &u, held, &e);
		x->files += rc == RC_OK;
		whole = rc == RC_OK;
		if (rc == RC_REFUSED || rc == RC_NOTFOUND) { /* other bytes, or erased: the next one may be good */
			x->files_refused++;
			return RC_OK;
		}
		if (rc != RC_OK && reterr)
			*reterr = e;
	}
	codec_hex(sha, sizeof(sha), hex);
	if (whole)
		json_append_str(x->held, hex);
	return rc;
}

/* ---- parts ---- */

static enum rc take_part(struct import *x, enum bundle_type type, uint64_t len, struct err *reterr)
{
	static const struct {
		enum bundle_type type;
		enum rc (*take)(struct import *x, struct span body, struct err *reterr);
	} takers[] = {{BUNDLE_ENROL, take_enrol},
		      {BUNDLE_REQUEST, take_request},
		      {BUNDLE_LACKS, take_lacks}};
	size_t i = 0, n = sizeof(takers) / sizeof(takers[0]);
	struct buf body;
	enum rc rc;

	if (type == BUNDLE_BLOB)
		return take_blob(x, len, reterr);
	while (i < n && takers[i].type != type)
		i++;
	if (i == n)
		return RC_OK;
	buf_init(&body, LIMIT_HTTP_INFLATED);
	rc = bundle_body(x->o.r, &body, reterr);
	if (rc == RC_OK)
		rc = takers[i].take(x, span_buf(&body), reterr);
	buf_free(&body);
	/* after the enrolment it may be known */
	if (rc == RC_OK && type == BUNDLE_ENROL)
		x->waiting = !is_device(x, &x->revoked);
	return rc;
}

/* A stranger's file is read only as far as its wish to be enrolled. */
static enum rc check_from(struct import *x, struct err *reterr)
{
	enum bundle_type type = BUNDLE_SEAL;
	uint64_t len;
	enum rc rc = RC_OK;

	if (x->head->kind != BUNDLE_TO_COLLECTOR)
		return err_set(reterr, RC_INPUT, "B5", "usb.direction", NULL);
	x->waiting = !is_device(x, &x->revoked);
	if (!x->waiting)
		return RC_OK;
	rc = bundle_next(x->o.r, &type, &len, reterr);
	if (rc == RC_OK && type != BUNDLE_ENROL)
		rc = err_set(reterr, RC_REFUSED, "B8", "usb.not_device", NULL);
	return rc == RC_OK ? bundle_rewind(x->o.r, reterr) : rc;
}

static enum rc take_parts(struct import *x, struct err *reterr)
{
	enum bundle_type type = BUNDLE_HEAD;
	uint64_t len;
	enum rc rc = check_from(x, reterr);

	while (rc == RC_OK && type != BUNDLE_SEAL) {
		rc = bundle_next(x->o.r, &type, &len, reterr);
		if (rc == RC_OK && type != BUNDLE_SEAL)
			rc = take_part(x, type, len, reterr);
	}
	return rc;
}

/* ---- remembering (B11) ---- */

static enum rc remember(struct import *x, struct err *reterr)
{
	struct json *doc = json_object();
	char id[CODEC_B64U_16 + 1];
	enum rc rc;

	codec_b64u(x->head->id, BUNDLE_ID, id);
	json_set_str(doc, "id", id);
	json_set_str(doc, "scope", x->head->scope);
	json_set_str(doc, "name", x->head->name);
	json_set_int(doc, "at", clock_now_s(x->col->clock));
	json_set_bool(doc, "enrolled", x->enrolled);
	json_set(doc, "asks", json_copy(x->asks));
	json_set(doc, "lacks", json_copy(x->lacks));
	json_set(doc, "held", json_copy(x->held));
	rc = usb_remember(x->col, x->device, doc, reterr);
	json_free(doc);
	return rc;
}

static struct json *answer(struct import *x)
{
	static const char *const word[] = {"accepted", "duplicate", "quarantined", "refused"};
	struct json *o = json_object();
	char number[BUNDLE_NUMBER], fingerprint[AUTHORITY_FINGERPRINT];

	bundle_number(bundle_hash(x->o.r), number);
	authority_fingerprint(x->head->from, fingerprint);
	json_set_str(o, "device", x->device);
	json_set_str(o, "fingerprint", fingerprint);
	json_set_str(o, "from", x->head->name);
	json_set_str(o, "scope", x->head->scope);
	json_set_int(o, "at", x->head->at);
	json_set_str(o, "number", number);
	json_set_str(o, "state", x->waiting ? "waiting" : x->revoked ? "revoked" : "known");
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		json_set_int(o, word[i], x->count[i]);
	json_set_int(o, "files", x->files);
	json_set_int(o, "files_refused", x->files_refused);
	json_set(o, "listed", json_copy(x->listed));
	json_set(o, "problems", json_copy(x->problems));
	return o;
}

static enum rc run(struct import *x, const char *path, struct err *reterr)
{
	struct crypt_signer *box = NULL;
	struct crypt_secret *sk = NULL;
	enum rc rc = vault_plain(x->col->home, "box", false, &box, reterr);

	if (rc == RC_OK)
		rc = crypt_box_sk(box, &sk, reterr);
	if (rc == RC_OK)
		rc = bundle_file_open(&x->o, path, sk, reterr);
	crypt_secret_free(sk);
	crypt_signer_free(box);
	if (rc != RC_OK)
		return rc;
	x->head = bundle_head(x->o.r);
	codec_b64u(x->head->from, CRYPT_PK_LEN, x->device);
	rc = take_parts(x, reterr);
	return rc == RC_OK ? remember(x, reterr) : rc;
}

enum rc usb_import(struct collector *col, const struct op_call *call, const char *path,
		   struct json **ret, struct err *reterr)
{
	struct import x = {.col = col,
			   .call = call,
			   .asks = json_array(),
			   .lacks = json_array(),
			   .held = json_array(),
			   .listed = json_array(),
			   .problems = json_array()};
	enum rc rc = run(&x, path, reterr);

	if (rc == RC_OK && x.waiting && x.enrolled)
		rc = usb_inbox_keep(col, x.device, path, reterr);
	else if (rc == RC_OK && !x.waiting)
		rc = usb_inbox_drop(col, x.device, path, reterr);
	if (rc == RC_OK)
		*ret = answer(&x);
	bundle_file_close(&x.o);
	json_free(x.asks);
	json_free(x.lacks);
	json_free(x.held);
	json_free(x.listed);
	json_free(x.problems);
	return rc;
}
