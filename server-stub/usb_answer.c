/*
 * usb_answer: the return file for a PC, made from what its last file asked and the collector as it
 * is now. See usb.h. Clauses B6, B8, B9, B11.
 *
 * Signed with the log key: of the collector's keys the only one that can sign unattended and
 * that an agent can follow back to the root it trusts.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/contact.h"
#include "server-stub/enrolment.h"
#include "server-stub/lack.h"
#include "server-stub/usb.h"
#include "server-stub/usb_part.h"
#include "sync/bundle_file.h"

enum {
	ANSWERS_MAX =
	    256 * 1024 * 1024, /* bytes of answers in one file; the rest is asked for next time */
	BLOBS_MAX = 512 * 1024 * 1024,
	BLOB_N = 20000
};

struct blob {
	uint8_t sha[CRYPT_HASH_LEN];
	int64_t size;
};
struct answering {
	struct collector *col;
	const struct op_call *call;
	char device_text[CODEC_B64U_32 + 1];
	uint8_t device[CRYPT_PK_LEN], box[CRYPT_BOX_LEN];
	bool known, revoked;
	struct json *doc;
	struct bundle_head head;
	struct bundle_writer *w;
	struct bundle_file file;
	struct blob *blob;
	size_t nblob, nsent;
	int64_t lines; /* pulled */
	bool cut;      /* it did not all go in */
	uint8_t hash[CRYPT_HASH_LEN];
};

/* ---- for whom ---- */

struct match {
	const char *typed;
	char key[CODEC_B64U_32 + 1];
	size_t n;
};

static bool match_doc(void *arg, const char *key, const struct json *doc)
{
	struct match *m = arg;
	const char *name = json_get_str(doc, "name");
	uint8_t pk[CRYPT_PK_LEN];

	if (!codec_b64u_32(span_str(key), pk))
		return true;
	if (strcmp(key, m->typed) != 0 && (!name || strcmp(name, m->typed) != 0) &&
	    !authority_fingerprint_begins(pk, m->typed))
		return true;
	memcpy(m->key, key, strlen(key) + 1);
	return ++m->n < 2;
}

static enum rc find(struct answering *a, const char *typed, struct err *reterr)
{
	struct match m = {.typed = typed};
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(a->col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = r->docs(r->ctx, "usb", match_doc, &m, reterr);
	if (rc == RC_OK && m.n != 1)
		rc = err_set(reterr, m.n ? RC_CONFLICT : RC_NOTFOUND, "B11",
			     m.n ? "usb.pcs" : "usb.no_request", "pc", typed, NULL);
	archive_read_end(a->col->archive, r);
	memcpy(a->device_text, m.key, sizeof(m.key));
	codec_b64u_32(span_str(m.key), a->device);
	return rc;
}

static enum rc load(struct answering *a, struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(a->col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = r->doc(r->ctx, "usb", a->device_text, &a->doc, reterr);
	archive_read_end(a->col->archive, r);
	return rc;
}

static enum rc look_up(struct answering *a, struct err *reterr)
{
	const struct ingest_snapshot *s = ingest_snapshot(a->col->ingest);
	struct keyring_key k;
	enum rc rc = crypt_box_pk(a->device, a->box, reterr);

	a->known = keyring_find(s->keyring, a->device, &k) && k.admitted && k.role == ROLE_DEVICE;
	a->revoked = a->known && k.revoked_from >= 0;
	if (a->known && k.cert->has_box)
		memcpy(a->box, k.cert->box, sizeof(a->box));
	ingest_snapshot_end(a->col->ingest, s);
	return rc;
}

static enum rc set_head(struct answering *a, struct err *reterr)
{
	const char *scope = json_get_str(a->doc, "scope"), *id = json_get_str(a->doc, "id");
	struct bundle_head *h = &a->head;
	char *name = NULL;
	enum rc rc = collector_setting(a->col, "name", &name, reterr);

	h->kind = BUNDLE_TO_PC;
	crypt_random(h->id, sizeof(h->id));
	h->has_re = id && codec_b64u_16(span_str(id), h->re);
	memcpy(h->from, crypt_signer_pk(a->col->log), CRYPT_PK_LEN);
	if (rc == RC_OK && (!scope || strlen(scope) >= sizeof(h->scope) || !h->has_re))
		rc = err_set(reterr, RC_CORRUPT, NULL, "usb.doc", NULL);
	if (rc == RC_OK)
		memcpy(h->scope, scope, strlen(scope) + 1);
	h->at = clock_now_s(a->col->clock);
	if (name && strlen(name) < sizeof(h->name))
		memcpy(h->name, name, strlen(name) + 1);
	free(name);
	return rc;
}

/* ---- lines of the root (B8) ---- */

static bool take_log(void *arg, const struct archive_row *row)
{
	struct buf *out = arg;

	if ((row->op == ENTRY_OPEN || row->op == ENTRY_LOG) && strcmp(row->scope, "*") == 0) {
		archive_read_line(row, out);
		buf_add_char(out, '\n');
	}
	return !out->failed;
}

static enum rc add_log(struct answering *a, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct buf lines;
	enum rc rc = archive_read(a->col->archive, &r, reterr);

	buf_init(&lines, LIMIT_HTTP_BODY);
	if (rc == RC_OK)
		rc = r->key_rows(r->ctx, a->col->root, take_log, &lines, reterr);
	archive_read_end(a->col->archive, r);
	if (rc == RC_OK)
		rc = buf_check(&lines, reterr);
	if (rc == RC_OK)
		rc = bundle_add_part(a->w, BUNDLE_LOG, span_buf(&lines), reterr);
	buf_free(&lines);
	return rc;
}

static enum rc add_json(struct answering *a, enum bundle_type type, const struct json *v,
			struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_HTTP_BODY);
	rc = json_write(v, false, &b, reterr);
	if (rc == RC_OK)
		rc = bundle_add_part(a->w, type, span_buf(&b), reterr);
	buf_free(&b);
	return rc;
}

static enum rc add_enrolled(struct answering *a, struct err *reterr)
{
	struct json *answer = NULL;
	bool enrolled = false;
	enum rc rc;

	if (!json_get_bool(a->doc, "enrolled", &enrolled) || !enrolled)
		return RC_OK;
	rc = enrolment_answer(a->col, a->head.scope, a->known, &answer, reterr);
	if (rc == RC_OK)
		rc = add_json(a, BUNDLE_ENROLLED, answer, reterr);
	json_free(answer);
	return rc;
}

/* ---- blobs that the pulled lines name ---- */

static void want_blob(struct answering *a, const uint8_t sha[CRYPT_HASH_LEN], int64_t size)
{
	for (size_t i = 0; i < a->nblob; i++)
		if (memcmp(a->blob[i].sha, sha, CRYPT_HASH_LEN) == 0)
			return;
	if (a->nblob == BLOB_N)
		return;
	memcpy(a->blob[a->nblob].sha, sha, CRYPT_HASH_LEN);
	a->blob[a->nblob++].size = size;
}

/* Our own log's lines: what they name was checked at the door. */
static void note_line(struct answering *a, struct span line)
{
	struct json *payload = NULL;
	uint8_t sha[CRYPT_HASH_LEN];
	const uint8_t *space = memchr(line.p, ' ', line.len);
	size_t at = space ? (size_t)(space - line.p) + 1 : line.len;

	a->lines++;
	if (json_parse(span_of(line.p + at, line.len - at), &json_rules_tree, &payload, NULL) !=
	    RC_OK)
		return; /* a stub names nothing any more */
	for (const struct json *f = json_first(json_get_obj(payload, "set")); f; f = json_next(f)) {
		const char *hex = json_get_str(f, "sha256");
		int64_t size;

		if (hex && codec_hex_32(span_str(hex), sha) && json_get_int(f, "size", &size))
			want_blob(a, sha, size);
	}
	json_free(payload);
}

/* ---- answers (B9) ---- */

/* How the lines of a request were judged. Caller frees *ret. */
static enum rc read_verdicts(const struct json *ask, struct session_verdict **ret, size_t *retn,
			     struct err *reterr)
{
	struct session_verdict *v;
	int64_t n = 0;

	if (!json_get_int(ask, "lines", &n) || n < 0 || n > SESSION_LINES)
		return err_set(reterr, RC_CORRUPT, NULL, "usb.doc", NULL);
	v = calloc((size_t)n + 1, sizeof(*v));
	if (!v)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (!session_verdicts_read(json_get_arr(ask, "verdicts"), v, (size_t)n)) {
		free(v);
		return err_set(reterr, RC_CORRUPT, NULL, "usb.doc", NULL);
	}
	*ret = v;
	*retn = (size_t)n;
	return RC_OK;
}

/* The request as it is remembered: its header, and lines of which only the verdicts are left. */
static enum rc make_request(const struct json *ask, struct contact *c, struct err *reterr)
{
	const char *head = json_get_str(ask, "head");
	size_t n = 0;
	struct buf body;
	enum rc rc = read_verdicts(ask, &c->verdict, &n, reterr);

	buf_init(&body, SESSION_BODY);
	buf_add_str(&body, head ? head : "");
	buf_add_char(&body, '\n');
	if (rc == RC_OK)
		rc = buf_check(&body, reterr);
	if (rc == RC_OK)
		rc = session_server_parse(c->snap->keyring, c->device, span_buf(&body), &c->r,
					  reterr);
	buf_free(&body);
	if (rc != RC_OK)
		return rc;
	c->r->fresh = true; /* who knows when the next one comes */
	c->r->line = calloc(n + 1, sizeof(*c->r->line));
	if (!c->r->line)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	c->r->nline = n;
	return RC_OK;
}

static bool same_scope(const struct json *a, const struct json *b)
{
	const char *x = json_get_str(a, "scope"), *y = json_get_str(b, "scope");

	return x && y && strcmp(x, y) == 0;
}

static bool is_last(const struct json *ask)
{
	for (const struct json *o = json_next(ask); o; o = json_next(o))
		if (same_scope(o, ask))
			return false;
	return true;
}

/* Indexes of the lines of the other requests of that scope. Caller frees. */
static enum rc others(struct answering *a, const struct json *ask, int64_t **ret, size_t *retn,
		      struct err *reterr)
{
	const struct json *asks = json_get_arr(a->doc, "asks");
	int64_t *all = calloc(json_len(asks) * SESSION_LINES + 1, sizeof(*all));
	size_t n = 0;
	enum rc rc = all ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	for (const struct json *o = json_first(asks); rc == RC_OK && o; o = json_next(o)) {
		struct session_verdict *v = NULL;
		size_t nv = 0;

		if (o == ask || !same_scope(o, ask))
			continue;
		rc = read_verdicts(o, &v, &nv, reterr);
		for (size_t i = 0; rc == RC_OK && i < nv; i++)
			if (v[i].kind != SESSION_REFUSED)
				all[n++] = v[i].index;
		free(v);
	}
	*ret = all;
	*retn = n;
	return rc;
}

/*
 * Read our own answer: its lines, and where the request for the rest stands. *retmore: there is a rest.
 */
static enum rc read_answer(struct answering *a, struct span body, struct session_request *r,
			   bool *retmore, struct err *reterr)
{
	struct json_rules rules = json_rules_tree;
	struct json *head = NULL;
	struct span line;
	struct note note;
	const char *text;
	enum rc rc;

	rules.max_len = SESSION_BODY;
	if (!span_line(&body, &line))
		return err_set(reterr, RC_INTERNAL, NULL, "usb.doc", NULL);
	rc = json_parse(line, &rules, &head, reterr);
	text = json_get_str(head, "checkpoint");
	if (rc == RC_OK && text)
		rc = note_open(span_str(text), crypt_signer_pk(a->col->log), &note, reterr);
	if (rc == RC_OK) {
		r->size = text ? (int64_t)note.size : r->size;
		json_get_int(head, "after", &r->after);
		*retmore = json_get_bool(head, "more", retmore) && *retmore;
		memcpy(r->epoch, ingest_epoch(a->col->ingest), sizeof(r->epoch));
	}
	json_free(head);
	while (rc == RC_OK && span_line(&body, &line))
		note_line(a, line);
	return rc;
}

static enum rc add_problem(struct answering *a, const struct err *e, struct err *reterr)
{
	struct json *p = NULL;
	const char *code;
	enum rc rc;

	(void)contact_status(e, &code);
	rc = usb_problem(a->call, e, code, &p, reterr);
	if (rc == RC_OK)
		rc = usb_problem_proof(a->col, code, p, reterr);
	if (rc == RC_OK)
		rc = add_json(a, BUNDLE_PROBLEM, p, reterr);
	json_free(p);
	return rc;
}

/* One answer, and while there is more of it the next. */
static enum rc add_chain(struct answering *a, struct contact *c, struct err *reterr)
{
	struct buf out;
	bool more = true;
	enum rc rc = RC_OK;

	buf_init(&out, LIMIT_HTTP_INFLATED);
	while (rc == RC_OK && more && !a->cut) {
		buf_reset(&out);
		rc = contact_answer(c, &out, reterr);
		if (rc == RC_OK)
			rc = bundle_add_part(a->w, BUNDLE_ANSWER, span_buf(&out), reterr);
		if (rc == RC_OK)
			rc = read_answer(a, span_buf(&out), c->r, &more, reterr);
		c->r->nline = 0;
		c->r->nhead = c->r->nunproven = 0;
		a->cut = bundle_len(a->w) > ANSWERS_MAX;
	}
	a->cut = a->cut && more;
	buf_free(&out);
	return rc;
}

static enum rc add_answer(struct answering *a, const struct json *ask, struct err *reterr)
{
	bool last = is_last(ask);
	struct contact c;
	int64_t *also = NULL;
	struct err e;
	enum rc rc;

	contact_begin(&c, a->col, a->device);
	c.give = last && !a->revoked;
	rc = make_request(ask, &c, reterr);
	if (rc == RC_OK && last)
		rc = others(a, ask, &also, &c.nalso, reterr);
	c.also = also;
	if (rc == RC_OK && contact_check(&c, &e) != RC_OK)
		rc = add_problem(a, &e, reterr);
	else if (rc == RC_OK)
		rc = add_chain(a, &c, reterr);
	contact_end(&c);
	free(also);
	return rc;
}

static enum rc add_answers(struct answering *a, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (const struct json *ask = json_first(json_get_arr(a->doc, "asks"));
	     rc == RC_OK && ask && !a->cut; ask = json_next(ask)) {
		const struct json *problem = json_get_obj(ask, "problem");

		rc = problem ? add_json(a, BUNDLE_PROBLEM, problem, reterr)
			     : add_answer(a, ask, reterr);
	}
	return rc;
}

/* ---- blobs ---- */

static int by_size(const void *x, const void *y)
{
	const struct blob *a = x, *b = y;

	return a->size != b->size ? (a->size < b->size ? -1 : 1)
				  : memcmp(a->sha, b->sha, CRYPT_HASH_LEN);
}

/* What the PC says it lacks, as far as its scopes may read it (P24). */
static enum rc add_lacks(struct answering *a, struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(a->col->archive, &r, reterr);

	for (const struct json *l = json_first(json_get_arr(a->doc, "lacks")); rc == RC_OK && l;
	     l = json_next(l)) {
		uint8_t sha[CRYPT_HASH_LEN];
		bool named = false;
		int64_t size = 0;

		if (!json_str(l) || !codec_hex_32(span_str(json_str(l)), sha))
			continue;
		rc = r->blob_named(r->ctx, a->head.scope, sha, &named, &size, reterr);
		if (rc == RC_OK && named)
			want_blob(a, sha, size);
	}
	archive_read_end(a->col->archive, r);
	return rc;
}

static enum rc add_blobs(struct answering *a, struct err *reterr)
{
	char path[LIMIT_PATH];
	int64_t room = BLOBS_MAX;
	enum rc rc = a->revoked || !a->known ? RC_OK : add_lacks(a, reterr);

	qsort(a->blob, a->nblob, sizeof(*a->blob), by_size);
	for (size_t i = 0; rc == RC_OK && i < a->nblob && a->blob[i].size <= room; i++) {
		bool skipped = true, is = false;

		rc = archive_blob_sound(a->col->archive, a->blob[i].sha, &is, reterr);
		if (rc == RC_OK && !is) {
			lack_again(a->col->lack);
			continue;
		}
		if (rc == RC_OK)
			rc = archive_blob_path(a->col->archive, a->blob[i].sha, path, sizeof(path),
					       reterr);
		if (rc == RC_OK)
			rc = bundle_file_add_blob(a->w, a->blob[i].sha, path, a->blob[i].size,
						  &skipped, reterr);
		room -= skipped ? 0 : a->blob[i].size;
		a->nsent += !skipped;
	}
	return rc;
}

/* Those of its blobs that are whole here now. */
static enum rc add_holds(struct answering *a, struct err *reterr)
{
	const struct json *held = json_get_arr(a->doc, "held");
	struct buf hashes;
	enum rc rc;

	buf_init(&hashes, LIMIT_HTTP_BODY);
	for (const struct json *h = json_first(held); h; h = json_next(h)) {
		uint8_t sha[CRYPT_HASH_LEN];

		if (json_str(h) && codec_hex_32(span_str(json_str(h)), sha))
			buf_add(&hashes, sha, sizeof(sha));
	}
	rc = buf_check(&hashes, reterr);
	if (rc == RC_OK && hashes.len > 0)
		rc = bundle_add_part(a->w, BUNDLE_HOLDS, span_buf(&hashes), reterr);
	buf_free(&hashes);
	return rc;
}

/* ---- the file ---- */

static enum rc write_parts(struct answering *a, struct err *reterr)
{
	enum rc rc = add_log(a, reterr);

	if (rc == RC_OK)
		rc = add_enrolled(a, reterr);
	if (rc == RC_OK && a->known)
		rc = add_answers(a, reterr);
	if (rc == RC_OK)
		rc = add_holds(a, reterr);
	if (rc == RC_OK)
		rc = add_blobs(a, reterr);
	return rc == RC_OK ? bundle_end(a->w, a->col->log, a->hash, reterr) : rc;
}

static enum rc write_file(struct answering *a, const char *typed, struct err *reterr)
{
	char *path = NULL;
	enum rc rc = bundle_file_name(typed, "tra-loi", a->head.scope, a->head.at, &path, reterr);

	if (rc == RC_OK)
		rc = bundle_file_new(&a->file, path, reterr);
	if (rc == RC_OK)
		rc = bundle_begin(&a->w, bundle_file_put, &a->file, a->box, &a->head, reterr);
	if (rc == RC_OK)
		rc = write_parts(a, reterr);
	if (rc == RC_OK)
		rc = bundle_file_keep(&a->file, reterr);
	free(path);
	return rc;
}

static enum rc write_slip(struct answering *a, struct err *reterr)
{
	struct bundle_head told = a->head;
	struct lang *lang = NULL;
	char *unit = enrolment_unit(a->col, a->head.scope);
	enum rc rc = unit ? lang_load(op_lang(a->call), &lang, reterr)
			  : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	told.records = a->lines;
	told.blobs = (int64_t)a->nsent;
	if (rc == RC_OK)
		rc = bundle_file_slip(&a->file, &told, unit, a->hash, lang, reterr);
	lang_free(lang);
	free(unit);
	return rc;
}

static struct json *answer(const struct answering *a)
{
	struct json *o = json_object();
	char number[BUNDLE_NUMBER];

	bundle_number(a->hash, number);
	json_set_str(o, "file", a->file.path);
	json_set_str(o, "device", a->device_text);
	json_set_str(o, "to", json_get_str(a->doc, "name"));
	json_set_str(o, "scope", a->head.scope);
	json_set_str(o, "state", !a->known ? "waiting" : a->revoked ? "revoked" : "known");
	json_set_int(o, "records", a->lines);
	json_set_int(o, "files", (int64_t)a->nsent);
	json_set_int(o, "bytes", a->file.len);
	json_set_str(o, "number", number);
	json_set_bool(o, "more", a->cut);
	return o;
}

enum rc usb_answer(struct collector *col, const struct op_call *call, const char *typed,
		   const char *path, struct json **ret, struct err *reterr)
{
	struct answering a = {.col = col, .call = call, .blob = calloc(BLOB_N, sizeof(*a.blob))};
	enum rc rc =
	    a.blob ? find(&a, typed, reterr) : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		rc = look_up(&a, reterr);
	if (rc == RC_OK && a.known)
		rc = usb_inbox(col, call, a.device_text, reterr);
	if (rc == RC_OK)
		rc = load(&a, reterr);
	if (rc == RC_OK)
		rc = set_head(&a, reterr);
	if (rc == RC_OK)
		rc = write_file(&a, path, reterr);
	if (rc == RC_OK)
		rc = write_slip(&a, reterr);
	if (rc == RC_OK)
		*ret = answer(&a);
	bundle_writer_free(a.w);
	bundle_file_end(&a.file);
	json_free(a.doc);
	free(a.blob);
	return rc;
}
