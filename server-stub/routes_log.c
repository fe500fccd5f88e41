/*
 * routes_log: the public face of the log: the newest checkpoint and sigsum's log protocol.
 * Clause P22; formats: sigsum log.md version 1. Reads only. Leaves are for keys we know.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "server-stub/routes.h"
#include "server-stub/witnesses.h"

enum { LEAVES_MAX = 1000 };

static const char text_type[] = "text/plain; charset=utf-8";

/* A reader and the newest checkpoint; answers itself when there is none. */
struct look {
	struct archive_reader *r;
	struct note note;
	struct buf text, out;
	int64_t size;
};

static enum rc look_open(struct routes *rt, struct look *l, struct err *reterr)
{
	int64_t at;
	enum rc rc;

	memset(l, 0, sizeof(*l));
	buf_init(&l->text, NOTE_TEXT_MAX);
	buf_init(&l->out, LIMIT_HTTP_BODY);
	rc = archive_read(rt->col->archive, &l->r, reterr);
	if (rc == RC_OK)
		rc = l->r->head(l->r->ctx, &l->size, &l->text, &at, reterr);
	if (rc == RC_OK)
		rc = l->size > 0
			 ? note_open(span_buf(&l->text), crypt_signer_pk(rt->col->log), &l->note,
				     reterr)
			 : err_set(reterr, RC_NOTFOUND, "P22", "routes.no_checkpoint", NULL);
	return rc;
}

static void look_close(struct routes *rt, struct httpd_req *req, struct look *l, enum rc rc,
		       const struct err *e)
{
	if (rc == RC_OK)
		rc = buf_check(&l->out, NULL);
	if (rc == RC_OK)
		httpd_reply_buf(req, 200, text_type, &l->out);
	else
		routes_problem(rt, req, rc == RC_INPUT ? 400 : 0, NULL, e);
	archive_read_end(rt->col->archive, l->r);
	buf_free(&l->text);
	buf_free(&l->out);
}

static void add_hex(struct buf *out, const char *name, const void *p, size_t len)
{
	buf_add_str(out, name);
	buf_add_char(out, '=');
	codec_hex_buf(out, p, len);
	buf_add_char(out, '\n');
}

static void add_nodes(struct buf *out, const struct tree_proof *p)
{
	for (size_t i = 0; i < p->n; i++)
		add_hex(out, "node_hash", p->hash[i], TREE_HASH);
}

/* W6: the newest checkpoint with the quorum. It is taken before the reader: then the reader holds its tree. */
static enum rc look_proven(struct routes *rt, struct look *l, struct err *reterr)
{
	struct buf text;
	int64_t size;
	enum rc rc;

	buf_init(&text, NOTE_TEXT_MAX);
	witnesses_proven(rt->col->witnesses, &text, &size);
	rc = look_open(rt, l, reterr);
	if (rc == RC_OK && size > 0) {
		buf_reset(&l->text);
		buf_add_span(&l->text, span_buf(&text));
		l->size = size;
		rc = note_open(span_buf(&l->text), crypt_signer_pk(rt->col->log), &l->note, reterr);
	}
	buf_free(&text);
	return rc;
}

void routes_log_checkpoint(void *ctx, struct httpd_req *req)
{
	struct look l;
	struct err e = {0};
	enum rc rc = look_proven(ctx, &l, &e);

	buf_add_span(&l.out, span_buf(&l.text));
	look_close(ctx, req, &l, rc, &e);
}

/* "cosignature=KEYHASH TIME SIGNATURE" of each witness of the policy that signed. */
static void add_cosignatures(struct routes *rt, struct look *l)
{
	const struct ingest_snapshot *s = ingest_snapshot(rt->col->ingest);
	struct authority_log log;

	if (keyring_log(s->keyring, &log) && memcmp(log.key, l->note.log, CRYPT_PK_LEN) == 0)
		note_cosignatures_write(&l->note, &log.policy, &l->out);
	ingest_snapshot_end(rt->col->ingest, s);
}

void routes_log_head(void *ctx, struct httpd_req *req)
{
	struct look l;
	struct err e = {0};
	enum rc rc = look_proven(ctx, &l, &e);

	buf_add_str(&l.out, "size=");
	buf_add_int(&l.out, l.size);
	buf_add_char(&l.out, '\n');
	add_hex(&l.out, "root_hash", l.note.root, TREE_HASH);
	add_hex(&l.out, "signature", l.note.sig, CRYPT_SIG_LEN);
	if (rc == RC_OK)
		add_cosignatures(ctx, &l);
	look_close(ctx, req, &l, rc, &e);
}

/* "A/B": two parts of the path. */
static bool two_parts(const struct httpd_req *req, struct span *a, struct span *b)
{
	const char *p = httpd_param(req), *slash = strchr(p, '/');

	if (!slash || strchr(slash + 1, '/'))
		return false;
	*a = span_of(p, (size_t)(slash - p));
	*b = span_str(slash + 1);
	return true;
}

static enum rc bad_path(struct err *e)
{
	return err_set(e, RC_INPUT, "P22", "routes.path", NULL);
}

static bool number(struct span s, int64_t max, int64_t *ret)
{
	return num_i64(s, 0, max, ret) == RC_OK;
}

void routes_log_inclusion(void *ctx, struct httpd_req *req)
{
	struct look l;
	struct err e = {0};
	struct span a, b;
	struct tree_proof p;
	uint8_t leaf[TREE_HASH];
	int64_t size, index = -1;
	enum rc rc = look_open(ctx, &l, &e);

	if (rc == RC_OK && (!two_parts(req, &a, &b) || !number(a, l.size, &size) || size < 2 ||
			    !codec_hex_32(b, leaf)))
		rc = bad_path(&e);
	if (rc == RC_OK)
		rc = l.r->leaf_index(l.r->ctx, leaf, &index, &e);
	if (rc == RC_OK && (index < 0 || index >= size))
		rc = err_set(&e, RC_NOTFOUND, "P22", "routes.no_leaf", NULL);
	if (rc == RC_OK)
		rc = tree_inclusion(&l.r->tree, (uint64_t)index, (uint64_t)size, &p, &e);
	if (rc == RC_OK) {
		buf_add_str(&l.out, "leaf_index=");
		buf_add_int(&l.out, index);
		buf_add_char(&l.out, '\n');
		add_nodes(&l.out, &p);
	}
	look_close(ctx, req, &l, rc, &e);
}

void routes_log_consistency(void *ctx, struct httpd_req *req)
{
	struct look l;
	struct err e = {0};
	struct span a, b;
	struct tree_proof p;
	int64_t old, size;
	enum rc rc = look_open(ctx, &l, &e);

	if (rc == RC_OK && (!two_parts(req, &a, &b) || !number(b, l.size, &size) ||
			    !number(a, size - 1, &old) || old < 1))
		rc = bad_path(&e);
	if (rc == RC_OK)
		rc = tree_consistency(&l.r->tree, (uint64_t)old, (uint64_t)size, &p, &e);
	if (rc == RC_OK)
		add_nodes(&l.out, &p);
	look_close(ctx, req, &l, rc, &e);
}

/* ---- leaves ---- */

void routes_log_leaves_early(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;

	routes_auth(rt, req, 1U << ROLE_DEVICE | 1U << ROLE_AUDITOR, rt->nonces);
}

/* "leaf=CHECKSUM SIGNATURE KEYHASH": the message of a leaf is the payload (E22). */
static bool add_leaf(void *arg, const struct archive_row *row)
{
	struct buf *out = arg;
	uint8_t hash[CRYPT_HASH_LEN];

	buf_add_str(out, "leaf=");
	crypt_sha256(row->id, ENTRY_ID_LEN, hash);
	codec_hex_buf(out, hash, sizeof(hash));
	buf_add_char(out, ' ');
	codec_hex_buf(out, row->sig, CRYPT_SIG_LEN);
	buf_add_char(out, ' ');
	crypt_sha256(row->key, CRYPT_PK_LEN, hash);
	codec_hex_buf(out, hash, sizeof(hash));
	buf_add_char(out, '\n');
	return !out->failed;
}

void routes_log_leaves(void *ctx, struct httpd_req *req)
{
	struct look l;
	struct err e = {0};
	struct span a, b;
	const struct routes_who *who = httpd_owned(req);
	int64_t start, end;
	enum rc rc = look_open(ctx, &l, &e);

	if (rc == RC_OK && who->revoked) /* P7: it pulls nothing */
		rc = err_set(&e, RC_DENIED, "P7", "routes.revoked", NULL);
	if (rc == RC_OK &&
	    (!two_parts(req, &a, &b) || !number(b, l.size, &end) || !number(a, end - 1, &start)))
		rc = bad_path(&e);
	if (rc == RC_OK && end - start > LEAVES_MAX)
		end = start + LEAVES_MAX;
	if (rc == RC_OK)
		rc = l.r->rows(l.r->ctx, NULL, start, end, add_leaf, &l.out, &e);
	look_close(ctx, req, &l, rc, &e);
}
