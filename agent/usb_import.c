/*
 * usb_import: a sealed file comes in: the collector's answer to an export of this PC, or lines
 * another PC of the commune hands over. Clauses B7-B10, B12.
 *
 * bundle_open has verified the whole file before any of it is read here. Who signed it is judged
 * next; only then its parts are taken, each by what takes the same message from HTTP.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/enrol.h"
#include "agent/sync_op.h"
#include "agent/usb.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "sync/bundle_file.h"

struct import {
	const struct op_call *call;
	struct agent *agent;
	struct crypt_signer *device;
	struct bundle_opened o;
	const struct bundle_head *head;
	bool again; /* it was taken in before */
	struct store_asked *asked;
	size_t nasked, at; /* the next request to be answered */
	struct session_client *c;
	struct session_report sum;
	struct store_carried carried;
	struct buf trust, lines;
	enum enrol_state state;
	bool enrolled;
	int64_t files, unwanted, files_refused;
	struct json *problems;
};

enum rc usb_box(struct agent *agent, struct crypt_secret **ret, struct err *reterr)
{
	struct crypt_signer *device = NULL;
	enum rc rc = keys_device(agent->keys, false, &device, reterr);

	return rc == RC_OK ? crypt_box_sk(device, ret, reterr) : rc;
}

/* ---- who signed (B8) ---- */

static bool names_from(const struct import *x, const struct entry *e)
{
	struct authority_log log;

	return e->op == ENTRY_LOG && authority_log(e, &log, NULL) == RC_OK &&
	       memcmp(log.key, x->head->from, CRYPT_PK_LEN) == 0;
}

/* Lines of the root, one of which may name the key. */
static bool lines_name_from(const struct import *x, const uint8_t root[CRYPT_PK_LEN],
			    struct span lines)
{
	struct span line;

	while (span_line(&lines, &line)) {
		struct entry *e = NULL;
		bool yes = entry_open_key(line, root, &e, NULL) == RC_OK && names_from(x, e);

		entry_free(e);
		if (yes)
			return true;
	}
	return false;
}

/* The root on the slip may be known by its fingerprint only: then the answer has the key. */
static enum rc find_root(struct import *x, enum bundle_type type, struct span body,
			 uint8_t root[CRYPT_PK_LEN], bool *rethave, struct err *reterr)
{
	if (*rethave || type != BUNDLE_ENROLLED)
		return RC_OK;
	return enrol_root(x->agent, body, root, rethave, reterr);
}

/* One reading of the small parts at the front. */
static enum rc look_for_from(struct import *x, uint8_t root[CRYPT_PK_LEN], bool have,
			     bool *retfound, struct err *reterr)
{
	enum bundle_type type = BUNDLE_HEAD;
	struct buf log, body;
	uint64_t len;
	enum rc rc = RC_OK;

	buf_init(&log, LIMIT_HTTP_INFLATED);
	buf_init(&body, LIMIT_HTTP_BODY);
	while (rc == RC_OK && type != BUNDLE_SEAL) {
		rc = bundle_next(x->o.r, &type, &len, reterr);
		if (rc == RC_OK && type == BUNDLE_LOG)
			rc = bundle_body(x->o.r, &log, reterr);
		if (rc == RC_OK && type == BUNDLE_ENROLLED) {
			buf_reset(&body);
			rc = bundle_body(x->o.r, &body, reterr);
		}
		if (rc == RC_OK)
			rc = find_root(x, type, span_buf(&body), root, &have, reterr);
	}
	*retfound = rc == RC_OK && have && lines_name_from(x, root, span_buf(&log));
	buf_free(&log);
	buf_free(&body);
	return rc == RC_OK ? bundle_rewind(x->o.r, reterr) : rc;
}

static enum rc check_collector(struct import *x, struct err *reterr)
{
	static const uint8_t none[CRYPT_PK_LEN];
	const struct keyring *k = store_keyring(x->agent->store);
	uint8_t root[CRYPT_PK_LEN];
	struct authority_log log;
	bool found = false, have;
	enum rc rc;

	if (keyring_log(k, &log) && memcmp(log.key, x->head->from, CRYPT_PK_LEN) == 0)
		return RC_OK;
	memcpy(root, keyring_root(k), CRYPT_PK_LEN);
	have = memcmp(root, none, CRYPT_PK_LEN) != 0;
	rc = look_for_from(x, root, have, &found, reterr);
	if (rc == RC_OK && !found)
		rc = err_set(reterr, RC_REFUSED, "B8", "usb.not_collector", NULL);
	return rc;
}

/* ---- an answer ---- */

static void add_report(struct session_report *sum, const struct session_report *r)
{
	sum->sent += r->sent;
	sum->accepted += r->accepted;
	sum->duplicate += r->duplicate;
	sum->quarantined += r->quarantined;
	sum->refused += r->refused;
	sum->pulled += r->pulled;
	sum->unknown += r->unknown;
	sum->more = r->more;
}

static enum rc lend_lines(struct import *x, const struct store_asked *a, struct session_push **ret,
			  struct err *reterr)
{
	struct session_push *push = calloc(a->nline + 1, sizeof(*push));
	enum rc rc = push ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	for (size_t i = 0; rc == RC_OK && i < a->nline; i++) {
		push[i].no = a->line[i];
		rc = store_lend(x->agent->store, a->line[i], &push[i].e, reterr);
	}
	if (rc == RC_OK)
		*ret = push;
	else
		free(push);
	return rc;
}

/* The next request of the export is the one that is answered. */
static enum rc next_request(struct import *x, struct err *reterr)
{
	const struct store_asked *a;
	struct session_asked asked = {.push = NULL};
	struct session_push *push = NULL;
	enum rc rc;

	session_client_free(x->c);
	x->c = NULL;
	if (x->at == x->nasked)
		return err_set(reterr, RC_REFUSED, "B9", "usb.answers", NULL);
	a = &x->asked[x->at++];
	rc = session_client_new(store_session(x->agent->store, crypt_signer_pk(x->device)),
				a->scope, store_now(x->agent->store), &x->c, reterr);
	if (rc == RC_OK)
		rc = lend_lines(x, a, &push, reterr);
	if (rc == RC_OK) {
		asked = (struct session_asked){
		    .pos = a->pos, .push = push, .npush = a->nline, .run = a->run, .nrun = a->nrun};
		rc = session_client_resume(x->c, &asked, reterr);
	}
	free(push);
	return rc;
}

static enum rc take_answer(struct import *x, struct span body, struct err *reterr)
{
	struct session_report r;
	enum rc rc = x->c && session_client_follow(x->c) ? RC_OK : next_request(x, reterr);

	if (rc == RC_OK)
		rc = session_client_reply(x->c, body, &r, reterr);
	if (rc == RC_OK)
		add_report(&x->sum, &r);
	return rc;
}

static enum rc take_problem(struct import *x, struct span body, struct err *reterr)
{
	struct json *p = NULL, *o = json_object();
	enum session_next next;
	const char *detail;
	enum rc rc = next_request(x, reterr);

	if (rc ==
	    RC_OK) /* it may tell where the log went on: then the next export asks there (L13) */
		rc = session_client_refused(x->c, body, &next, reterr);
	if (rc == RC_OK)
		rc = json_parse(body, &json_rules_tree, &p, NULL);
	if (rc == RC_REFUSED)
		rc = err_set(reterr, RC_REFUSED, "P21", "session.no_answer", NULL);
	detail = json_get_str(p, "detail");
	json_set_str(o, "code", json_get_str(p, "code"));
	json_set_str(o, "text", detail ? detail : "");
	if (json_get_str(p, "clause"))
		json_set_str(o, "clause", json_get_str(p, "clause"));
	json_append(x->problems, o);
	json_free(p);
	return rc;
}

static enum rc take_enrolled(struct import *x, struct span body, struct err *reterr)
{
	x->enrolled = true;
	return enrol_take(x->agent, body, &x->state, reterr);
}

static enum rc take_holds(struct import *x, struct span body, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (size_t at = 0; rc == RC_OK && at + CRYPT_HASH_LEN <= body.len; at += CRYPT_HASH_LEN)
		rc = store_blob_sent(x->agent->store, body.p + at, reterr);
	return rc;
}

static enum rc keep_trust(struct import *x, struct span body, struct err *reterr)
{
	buf_add_span(&x->trust, body);
	return buf_check(&x->trust, reterr);
}

static enum rc keep_lines(struct import *x, struct span body, struct err *reterr)
{
	buf_add_span(&x->lines, body);
	return buf_check(&x->lines, reterr);
}

/* ---- blobs, in either ---- */

/* It may have been erased while it was read (A16). */
static enum rc adopt(struct import *x, const uint8_t sha[CRYPT_HASH_LEN], const char *part,
		     int64_t size, struct err *reterr)
{
	struct store *s = x->agent->store;
	int64_t want = 0;
	enum rc rc;

	op_lock(x->call);
	rc = store_blob_wanted(s, sha, &want, reterr);
	if (rc == RC_OK && want == size)
		rc = store_blob_adopt(s, sha, part, size, reterr);
	else if (rc == RC_OK)
		rc = os_file_remove(part, reterr);
	op_unlock(x->call);
	x->files += rc == RC_OK && want == size;
	return rc;
}

static enum rc take_blob(struct import *x, uint64_t len, struct err *reterr)
{
	struct store *s = x->agent->store;
	char part[LIMIT_PATH];
	uint8_t sha[CRYPT_HASH_LEN];
	int64_t want = 0, size = (int64_t)len - CRYPT_HASH_LEN;
	enum rc rc = bundle_file_blob_hash(x->o.r, sha, reterr);

	op_lock(x->call);
	if (rc == RC_OK)
		rc = store_blob_wanted(s, sha, &want, reterr);
	if (rc == RC_OK)
		rc = store_blob_part(s, sha, part, sizeof(part), reterr);
	op_unlock(x->call);
	if (rc != RC_OK || want != size) {
		x->unwanted += rc == RC_OK;
		return rc;
	}
	rc = bundle_file_take_blob(x->o.r, sha, part, reterr);
	if (rc == RC_REFUSED) { /* other bytes than its name says: the next one may be good */
		err_clear(reterr);
		x->files_refused++;
		return RC_OK;
	}
	return rc == RC_OK ? adopt(x, sha, part, size, reterr) : rc;
}

/* ---- parts ---- */

static const struct taker {
	enum bundle_type type;
	enum bundle_kind in;
	enum rc (*take)(struct import *x, struct span body, struct err *reterr);
} takers[] = {
    {BUNDLE_ENROLLED, BUNDLE_TO_PC, take_enrolled}, {BUNDLE_ANSWER, BUNDLE_TO_PC, take_answer},
    {BUNDLE_PROBLEM, BUNDLE_TO_PC, take_problem},   {BUNDLE_HOLDS, BUNDLE_TO_PC, take_holds},
    {BUNDLE_TRUST, BUNDLE_CARRY, keep_trust},       {BUNDLE_LINES, BUNDLE_CARRY, keep_lines},
};
enum { NTAKER = sizeof(takers) / sizeof(takers[0]) };

static enum rc take_carry(struct import *x, struct err *reterr)
{
	enum rc rc;

	op_lock(x->call);
	rc = store_carry_in(x->agent->store, x->head->from, span_buf(&x->trust),
			    span_buf(&x->lines), x->head->scope, &x->carried, reterr);
	op_unlock(x->call);
	buf_reset(&x->trust);
	buf_reset(&x->lines);
	return rc;
}

/* A part of another type than this kind of bundle has says nothing here. */
static enum rc take_part(struct import *x, enum bundle_type type, uint64_t len, struct err *reterr)
{
	struct buf body;
	size_t i = 0;
	enum rc rc;

	if (type == BUNDLE_BLOB) {
		rc = x->lines.len > 0 ? take_carry(x, reterr) : RC_OK;
		return rc == RC_OK ? take_blob(x, len, reterr) : rc;
	}
	while (i < NTAKER && (takers[i].type != type || takers[i].in != x->head->kind))
		i++;
	if (i == NTAKER)
		return RC_OK;
	buf_init(&body, LIMIT_HTTP_INFLATED);
	rc = bundle_body(x->o.r, &body, reterr);
	op_lock(x->call);
	if (rc == RC_OK)
		rc = takers[i].take(x, span_buf(&body), reterr);
	op_unlock(x->call);
	buf_free(&body);
	return rc;
}

static enum rc take_parts(struct import *x, struct err *reterr)
{
	enum bundle_type type = BUNDLE_HEAD;
	uint64_t len;
	enum rc rc = RC_OK;

	while (rc == RC_OK && type != BUNDLE_SEAL) {
		rc = bundle_next(x->o.r, &type, &len, reterr);
		if (rc == RC_OK && type != BUNDLE_SEAL)
			rc = take_part(x, type, len, reterr);
	}
	if (rc == RC_OK && x->head->kind == BUNDLE_CARRY && x->trust.len + x->lines.len > 0)
		rc = take_carry(x, reterr);
	return rc;
}

/* ---- the whole ---- */

static enum rc look(struct import *x, struct err *reterr)
{
	struct store *s = x->agent->store;
	enum rc rc = RC_OK;

	if (x->head->kind == BUNDLE_TO_COLLECTOR)
		return err_set(reterr, RC_INPUT, "B5", "usb.direction", NULL);
	rc = store_imported(s, x->head->id, &x->again, reterr);
	if (rc == RC_OK && x->head->kind == BUNDLE_CARRY &&
	    !keyring_covers(store_keyring(s), crypt_signer_pk(x->device), x->head->scope))
		rc = err_set(reterr, RC_REFUSED, "B12", "usb.other_scope", "scope", x->head->scope,
			     NULL);
	if (rc != RC_OK || x->again || x->head->kind == BUNDLE_CARRY)
		return rc;
	rc = store_export_get(s, x->head->re, &x->asked, &x->nasked, reterr);
	return rc == RC_OK ? check_collector(x, reterr) : rc;
}

static enum rc open_file(struct import *x, const char *path, struct err *reterr)
{
	struct crypt_secret *box = NULL;
	enum rc rc;

	op_lock(x->call);
	rc = keys_device(x->agent->keys, false, &x->device, reterr);
	if (rc == RC_OK)
		rc = usb_box(x->agent, &box, reterr);
	op_unlock(x->call);
	if (rc == RC_OK)
		rc = bundle_file_open(&x->o, path, box, reterr);
	crypt_secret_free(box);
	if (rc == RC_OK)
		x->head = bundle_head(x->o.r);
	return rc;
}

static enum rc run(struct import *x, const char *path, struct err *reterr)
{
	enum rc rc = open_file(x, path, reterr);

	if (rc != RC_OK)
		return rc;
	op_lock(x->call);
	rc = look(x, reterr);
	op_unlock(x->call);
	if (rc == RC_OK && !x->again)
		rc = take_parts(x, reterr);
	op_lock(x->call);
	if (rc == RC_OK && !x->again)
		rc = store_imported_add(x->agent->store, x->head->id, reterr);
	session_client_free(x->c);
	op_unlock(x->call);
	return rc;
}

static struct json *answer(struct import *x)
{
	const struct session_report *r = &x->sum;
	struct json *o = json_object();
	char number[BUNDLE_NUMBER];

	bundle_number(bundle_hash(x->o.r), number);
	json_set_str(o, "kind", bundle_kind_name(x->head->kind));
	json_set_str(o, "from", x->head->name);
	json_set_str(o, "number", number);
	json_set_int(o, "at", x->head->at);
	json_set_bool(o, "again", x->again);
	if (x->enrolled)
		json_set_str(o, "state", enrol_state_name(x->state));
	json_set_int(o, "answered", (int64_t)(r->accepted + r->duplicate));
	json_set_int(o, "quarantined", (int64_t)r->quarantined);
	json_set_int(o, "refused", (int64_t)r->refused + x->carried.refused);
	json_set_int(o, "received", (int64_t)r->pulled + x->carried.taken);
	json_set_int(o, "known", x->carried.known);
	json_set_int(o, "unknown", (int64_t)r->unknown + x->carried.unknown);
	json_set_int(o, "files_received", x->files);
	json_set_int(o, "files_refused", x->files_refused);
	json_set(o, "problems", x->problems);
	x->problems = NULL;
	return o;
}

enum rc usb_import(const struct op_call *call, const char *path, struct json **ret,
		   struct err *reterr)
{
	struct import x = {.call = call, .agent = call->app, .problems = json_array()};
	enum rc rc = sync_op_enter(x.agent, call, reterr);

	if (rc != RC_OK) {
		json_free(x.problems);
		return rc;
	}
	buf_init(&x.trust, LIMIT_HTTP_INFLATED);
	buf_init(&x.lines, LIMIT_HTTP_INFLATED);
	rc = run(&x, path, reterr);
	if (rc == RC_OK)
		*ret = answer(&x);
	bundle_file_close(&x.o);
	store_asked_free(x.asked, x.nasked);
	buf_free(&x.trust);
	buf_free(&x.lines);
	json_free(x.problems);
	sync_op_leave(x.agent, call);
	return rc;
}
