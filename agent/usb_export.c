/*
 * usb_export: one sealed file of what waits here: requests as the session writes them for HTTP,
 * each with the lines after those of the one before, then blobs. Clauses B5-B7, B10, B12.
 *
 * The store remembers what was asked before the file gets its name, so that every file there is can
 * be answered. The store is held while requests are written, not while blobs are copied.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/enrol.h"
#include "agent/home.h"
#include "agent/sync_op.h"
#include "agent/usb.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "sync/bundle_file.h"

enum { REQUESTS_MAX = 64, BLOBS_MAX = 4096 };

struct request {
	struct buf body;
};
struct export
{
	const struct op_call *call;
	struct agent *agent;
	const char *path, *to, *scope;
	struct crypt_signer *device;
	uint8_t box[CRYPT_BOX_LEN];
	struct bundle_head head;
	char *unit;
	struct buf enrol; /* empty: this PC is known */
	struct request *request;
	struct store_asked *asked; /* one for each */
	size_t nrequest;
	struct buf trust, lines; /* of a carry */
	struct store_blob *blob, *lacks;
	size_t nblob, nlacks;
	bool more; /* records or blobs are left for the next file */
	struct bundle_file file;
	uint8_t hash[CRYPT_HASH_LEN];
};

/* ---- for whom ---- */

static enum rc collector_box(struct export *x, struct err *reterr)
{
	struct authority_log log;
	char *slip = NULL;
	bool ok = keyring_log(store_keyring(x->agent->store), &log);
	enum rc rc = RC_OK;

	if (ok)
		memcpy(x->box, log.box, sizeof(x->box));
	else
		rc = store_setting(x->agent->store, "box", &slip, reterr);
	if (slip)
		ok = codec_b64u_32(span_str(slip), x->box);
	free(slip);
	return rc == RC_OK && !ok ? err_set(reterr, RC_NOTFOUND, "B1", "usb.no_box", NULL) : rc;
}

static bool is_meant(const struct export *x, const struct keyring_key *k)
{
	if (!k->cert || k->role != ROLE_DEVICE || k->revoked_from >= 0 ||
	    memcmp(k->key, crypt_signer_pk(x->device), CRYPT_PK_LEN) == 0 ||
	    !keyring_covers(store_keyring(x->agent->store), k->key, x->head.scope))
		return false;
	return strcmp(k->cert->name, x->to) == 0 || authority_fingerprint_begins(k->key, x->to);
}

static enum rc other_box(struct export *x, struct err *reterr)
{
	const struct keyring *k = store_keyring(x->agent->store);
	struct keyring_key key;
	size_t n = 0;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && keyring_at(k, i, &key); i++) {
		if (!is_meant(x, &key))
			continue;
		n++;
		if (key.cert->has_box)
			memcpy(x->box, key.cert->box, sizeof(x->box));
		else
			rc = crypt_box_pk(key.key, x->box, reterr);
	}
	if (rc == RC_OK && n == 0)
		rc = err_set(reterr, RC_NOTFOUND, "B12", "usb.no_pc", "pc", x->to, NULL);
	else if (rc == RC_OK && n > 1)
		rc = err_set(reterr, RC_CONFLICT, "B12", "usb.pcs", "pc", x->to, NULL);
	return rc;
}

static void copy_name(const char *s, char ret[BUNDLE_NAME])
{
	size_t n = s ? strlen(s) : 0;

	if (n >= BUNDLE_NAME) /* whole characters only */
		for (n = BUNDLE_NAME - 1; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80;)
			n--;
	if (n > 0)
		memcpy(ret, s, n);
	ret[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)ret[i] < 0x20 || ret[i] == 0x7f)
			ret[i] = ' ';
}

/* Who sends, what scope it is about, and whose box it goes into. */
static enum rc head(struct export *x, const char scope[ENTRY_SCOPE_LEN], struct err *reterr)
{
	bool carry = x->to && strcmp(x->to, "collector") != 0;
	char *name = NULL;
	enum rc rc = store_setting(x->agent->store, "pc", &name, reterr);

	if (rc == RC_OK)
		rc = store_setting(x->agent->store, "unit", &x->unit, reterr);
	if (rc != RC_OK)
		return rc;
	x->head.kind = carry ? BUNDLE_CARRY : BUNDLE_TO_COLLECTOR;
	crypt_random(x->head.id, sizeof(x->head.id));
	memcpy(x->head.from, crypt_signer_pk(x->device), CRYPT_PK_LEN);
	memcpy(x->head.scope, scope, ENTRY_SCOPE_LEN);
	x->head.at = store_now(x->agent->store) > 0 ? store_now(x->agent->store) : 0;
	copy_name(name, x->head.name);
	free(name);
	if (carry && !enrol_done(x->agent))
		return err_set(reterr, RC_NOTFOUND, "B8", "sync.not_enrolled", NULL);
	return carry ? other_box(x, reterr) : collector_box(x, reterr);
}

/* ---- requests ---- */

static enum rc remember(struct export *x, const struct session_client *c, const char *scope,
			int64_t *retlast, bool *retmore, struct err *reterr)
{
	struct store_asked *a = &x->asked[x->nrequest];
	struct session_asked asked;

	session_client_asked(c, &asked);
	memset(a, 0, sizeof(*a));
	a->pos = asked.pos;
	a->nline = asked.npush;
	a->nrun = asked.nrun;
	memcpy(a->scope, scope, ENTRY_SCOPE_LEN);
	a->line = calloc(a->nline + 1, sizeof(*a->line));
	if (!a->line)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i < a->nline; i++)
		*retlast = a->line[i] = asked.push[i].no;
	for (size_t i = 0; i < a->nrun; i++)
		a->run[i] = asked.run[i];
	*retmore = asked.more;
	x->head.records += (int64_t)a->nline;
	return RC_OK;
}

static enum rc add_requests(struct export *x, const char *scope, struct err *reterr)
{
	struct session_client *c = NULL;
	int64_t last = 0;
	bool more = true;
	enum rc rc = session_client_new(store_session(x->agent->store, crypt_signer_pk(x->device)),
					scope, store_now(x->agent->store), &c, reterr);

	while (rc == RC_OK && more && x->nrequest < REQUESTS_MAX) {
		struct request *r = &x->request[x->nrequest];
		size_t lines;

		store_push_from(x->agent->store, last, x->enrol.len > 0);
		buf_init(&r->body, SESSION_BODY);
		rc = session_client_request(c, &r->body, &lines, reterr);
		if (rc == RC_OK)
			rc = remember(x, c, scope, &last, &more, reterr);
		x->nrequest++;
	}
	x->more = x->more || (rc == RC_OK && more);
	store_push_from(x->agent->store, 0, false);
	session_client_free(c);
	return rc;
}

/* ---- blobs ---- */

/* Of those there are, what fits below the ceiling. */
static enum rc choose_blobs(struct export *x, struct err *reterr)
{
	int64_t room = (int64_t)LIMIT_BUNDLE / 10 * 9, size;
	char path[LIMIT_PATH];
	size_t n = 0, kept = 0;
	enum rc rc = store_blobs(x->agent->store, STORE_BLOB_SEND, x->blob, BLOBS_MAX, &n, reterr);

	for (size_t i = 0; i < x->nrequest; i++)
		room -= (int64_t)x->request[i].body.len;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		if (store_blob_file(x->agent->store, x->blob[i].sha, path, sizeof(path), NULL) !=
			RC_OK ||
		    os_file_size(path, &size, NULL) != RC_OK || size != x->blob[i].size)
			continue;
		if (size > room) {
			x->more = true;
			break;
		}
		room -= size;
		x->blob[kept++] = x->blob[i];
	}
	x->more = x->more || n == BLOBS_MAX;
	x->nblob = kept;
	x->head.blobs = (int64_t)kept;
	if (rc == RC_OK && x->head.kind == BUNDLE_TO_COLLECTOR)
		rc = store_blobs(x->agent->store, STORE_BLOB_DOWN, x->lacks, BLOBS_MAX, &x->nlacks,
				 reterr);
	return rc;
}

/* ---- gathering, with the store held ---- */

static enum rc gather_requests(struct export *x, const struct keyring_scopes *s,
			       struct err *reterr)
{
	enum rc rc = enrol_done(x->agent) ? RC_OK : enrol_request(x->agent, &x->enrol, reterr);

	for (size_t i = 0; rc == RC_OK && i < s->n; i++)
		rc = add_requests(x, s->scope[i], reterr);
	return rc;
}

/* Of which of its communes the file is: the one asked for, else the first. */
static enum rc choose_scope(const struct export *x, const struct keyring_scopes *s, size_t *ret,
			    struct err *reterr)
{
	*ret = 0;
	while (x->scope && *ret < s->n && strcmp(s->scope[*ret], x->scope) != 0)
		++*ret;
	return *ret < s->n ? RC_OK
			   : err_set(reterr, RC_INPUT, "B5", "usb.other_scope", "scope", x->scope,
				     NULL);
}

static enum rc gather(struct export *x, struct err *reterr)
{
	struct keyring_scopes s = {0};
	size_t of = 0;
	enum rc rc = keys_device(x->agent->keys, false, &x->device, reterr);

	if (rc == RC_OK)
		rc = home_scopes(x->agent, &s, reterr);
	if (rc == RC_OK)
		rc = choose_scope(x, &s, &of, reterr);
	if (rc == RC_OK)
		rc = head(x, s.scope[of], reterr);
	if (rc == RC_OK && x->head.kind == BUNDLE_CARRY)
		rc = store_carry_out(x->agent->store, x->head.scope, &x->trust, &x->lines,
				     &x->head.records, &x->more, reterr);
	else if (rc == RC_OK)
		rc = gather_requests(x, &s, reterr);
	keyring_scopes_free(&s);
	return rc == RC_OK ? choose_blobs(x, reterr) : rc;
}

/* ---- writing ---- */

static enum rc write_hashes(struct bundle_writer *w, enum bundle_type type,
			    const struct store_blob *b, size_t n, struct err *reterr)
{
	enum rc rc = n > 0 ? bundle_part(w, type, n * CRYPT_HASH_LEN, reterr) : RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = bundle_add(w, span_of(b[i].sha, CRYPT_HASH_LEN), reterr);
	return rc;
}

static enum rc write_text(struct bundle_writer *w, enum bundle_type type, const struct buf *b,
			  struct err *reterr)
{
	return b->len > 0 ? bundle_add_part(w, type, span_buf(b), reterr) : RC_OK;
}

/* *retskip: it is damaged here, goes aside and not onto the stick. */
static enum rc sound(struct export *x, const uint8_t sha[CRYPT_HASH_LEN], bool *retskip,
		     struct err *reterr)
{
	enum rc rc = store_blob_check(x->agent->store, sha, reterr);

	*retskip = rc == RC_CORRUPT || rc == RC_NOTFOUND;
	if (!*retskip)
		return rc;
	err_clear(reterr);
	op_lock(x->call);
	rc = store_blob_aside(x->agent->store, sha, reterr);
	op_unlock(x->call);
	return rc;
}

static enum rc write_blobs(struct export *x, struct bundle_writer *w, struct err *reterr)
{
	char path[LIMIT_PATH];
	bool skipped;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < x->nblob; i++) {
		rc = sound(x, x->blob[i].sha, &skipped, reterr);
		if (rc == RC_OK && skipped)
			continue;
		if (rc == RC_OK)
			rc = store_blob_file(x->agent->store, x->blob[i].sha, path, sizeof(path), reterr);
		if (rc == RC_OK)
			rc = bundle_file_add_blob(w, x->blob[i].sha, path, x->blob[i].size,
						  &skipped, reterr);
		op_progress(x->call, "usb.progress", (int64_t)i + 1, (int64_t)x->nblob);
	}
	return rc;
}

static enum rc write_parts(struct export *x, struct bundle_writer *w, struct err *reterr)
{
	enum rc rc = write_text(w, BUNDLE_ENROL, &x->enrol, reterr);

	for (size_t i = 0; rc == RC_OK && i < x->nrequest; i++)
		rc = write_text(w, BUNDLE_REQUEST, &x->request[i].body, reterr);
	if (rc == RC_OK)
		rc = write_text(w, BUNDLE_TRUST, &x->trust, reterr);
	if (rc == RC_OK)
		rc = write_text(w, BUNDLE_LINES, &x->lines, reterr);
	if (rc == RC_OK)
		rc = write_hashes(w, BUNDLE_LACKS, x->lacks, x->nlacks, reterr);
	if (rc == RC_OK)
		rc = write_blobs(x, w, reterr);
	return rc == RC_OK ? bundle_end(w, x->device, x->hash, reterr) : rc;
}

static enum rc write_file(struct export *x, struct err *reterr)
{
	struct bundle_writer *w = NULL;
	char *path = NULL;
	enum rc rc = bundle_file_name(x->path, x->head.kind == BUNDLE_CARRY ? "pc" : "gui",
				      x->head.scope, x->head.at, &path, reterr);

	if (rc == RC_OK)
		rc = bundle_file_new(&x->file, path, reterr);
	if (rc == RC_OK)
		rc = bundle_begin(&w, bundle_file_put, &x->file, x->box, &x->head, reterr);
	if (rc == RC_OK)
		rc = write_parts(x, w, reterr);
	bundle_writer_free(w);
	free(path);
	return rc;
}

static enum rc keep(struct export *x, struct err *reterr)
{
	struct lang *lang = NULL;
	enum rc rc = RC_OK;

	op_lock(x->call);
	if (x->head.kind == BUNDLE_TO_COLLECTOR)
		rc = store_export_add(x->agent->store, x->head.id, x->asked, x->nrequest, reterr);
	op_unlock(x->call);
	if (rc == RC_OK)
		rc = bundle_file_keep(&x->file, reterr);
	if (rc == RC_OK)
		rc = lang_load(op_lang(x->call), &lang, reterr);
	if (rc == RC_OK)
		rc = bundle_file_slip(&x->file, &x->head, x->unit ? x->unit : "", x->hash, lang,
				      reterr);
	lang_free(lang);
	return rc;
}

static struct json *answer(const struct export *x)
{
	struct json *o = json_object();
	char number[BUNDLE_NUMBER];

	bundle_number(x->hash, number);
	json_set_str(o, "file", x->file.path);
	json_set_str(o, "kind", bundle_kind_name(x->head.kind));
	json_set_str(o, "scope", x->head.scope);
	json_set_int(o, "records", x->head.records);
	json_set_int(o, "files", x->head.blobs);
	json_set_int(o, "bytes", x->file.len);
	json_set_str(o, "number", number);
	json_set_bool(o, "enrolment", x->enrol.len > 0);
	json_set_bool(o, "more", x->more);
	return o;
}

static enum rc begin(struct export *x, struct err *reterr)
{
	buf_init(&x->enrol, LIMIT_HTTP_BODY);
	buf_init(&x->trust, LIMIT_HTTP_INFLATED);
	buf_init(&x->lines, LIMIT_HTTP_INFLATED);
	x->request = calloc(REQUESTS_MAX, sizeof(*x->request));
	x->asked = calloc(REQUESTS_MAX, sizeof(*x->asked));
	x->blob = calloc(BLOBS_MAX, sizeof(*x->blob));
	x->lacks = calloc(BLOBS_MAX, sizeof(*x->lacks));
	return x->request && x->asked && x->blob && x->lacks
		   ? RC_OK
		   : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static void end(struct export *x)
{
	for (size_t i = 0; i < x->nrequest; i++)
		buf_free(&x->request[i].body);
	store_asked_free(x->asked, x->nrequest);
	bundle_file_end(&x->file);
	buf_free(&x->enrol);
	buf_free(&x->trust);
	buf_free(&x->lines);
	free(x->request);
	free(x->blob);
	free(x->lacks);
	free(x->unit);
}

enum rc usb_export(const struct op_call *call, const struct usb_order *order, struct json **ret,
		   struct err *reterr)
{
	struct export x = {.call = call,
			   .agent = call->app,
			   .path = order->path,
			   .to = order->to,
			   .scope = order->scope};
	enum rc rc = sync_op_enter(x.agent, call, reterr);

	if (rc != RC_OK)
		return rc;
	rc = begin(&x, reterr);
	op_lock(call);
	if (rc == RC_OK)
		rc = gather(&x, reterr);
	op_unlock(call);
	if (rc == RC_OK)
		rc = write_file(&x, reterr);
	if (rc == RC_OK)
		rc = keep(&x, reterr);
	if (rc == RC_OK)
		*ret = answer(&x);
	end(&x);
	sync_op_leave(x.agent, call);
	return rc;
}
