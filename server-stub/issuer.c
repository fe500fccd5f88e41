/*
 * issuer: seal entries in the collector's own hands and hand them to the sequencer.
 *
 * Where a feed goes on (its id, next seq, last entry) is a document of the archive,
 * "issuer" keyed by key and scope, written in the same group as the entries, so that a
 * crash leaves both or neither. One issuer at a time: the owner's mutex holds others off.
 */
#include "server-stub/issuer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/form.h"

enum { ISSUER_MAX = SESSION_LINES };

struct issuer {
	struct collector *col;
	struct crypt_signer *signer;
	char scope[ENTRY_SCOPE_LEN];
	uint8_t feed[ENTRY_FEED_LEN];
	int64_t seq; /* of the next entry */
	uint8_t prev[ENTRY_ID_LEN];
	int64_t seen_size;
	uint8_t seen_root[TREE_HASH];
	struct entry **e;
	size_t n;
	enum rc (*also)(void *arg, struct archive_writer *w, struct err *reterr);
	void *also_arg;
};

/* "issuer" document key: key hash prefix and scope. */
static void doc_key(const struct issuer *i, char ret[96])
{
	char pk[CODEC_B64U_32 + 1];

	codec_b64u(crypt_signer_pk(i->signer), CRYPT_PK_LEN, pk);
	memcpy(ret, pk, CODEC_B64U_32);
	ret[CODEC_B64U_32] = ' ';
	memcpy(ret + CODEC_B64U_32 + 1, i->scope, strlen(i->scope) + 1);
}

static enum rc read_place(struct issuer *i, const struct json *doc, struct err *reterr)
{
	const char *feed = json_get_str(doc, "feed"), *last = json_get_str(doc, "last");

	if (!feed || !codec_b64u_16(span_str(feed), i->feed) || !last ||
	    !codec_b64u_32(span_str(last), i->prev) || !json_get_int(doc, "next", &i->seq))
		return err_set(reterr, RC_CORRUPT, NULL, "issuer.place", NULL);
	return RC_OK;
}

/* Where the feed goes on, and the newest checkpoint for `seen`. */
static enum rc load(struct issuer *i, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct json *doc = NULL;
	struct buf text;
	int64_t at;
	char key[96];
	enum rc rc = archive_read(i->col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	buf_init(&text, NOTE_TEXT_MAX);
	doc_key(i, key);
	rc = r->doc(r->ctx, "issuer", key, &doc, reterr);
	if (rc == RC_OK)
		rc = read_place(i, doc, reterr);
	else if (rc == RC_NOTFOUND)
		rc = RC_OK;
	if (rc == RC_OK)
		rc = r->head(r->ctx, &i->seen_size, &text, &at, reterr);
	if (rc == RC_OK && i->seen_size > 0)
		rc = r->checkpoint_at(r->ctx, i->seen_size, i->seen_root, &at, reterr);
	json_free(doc);
	buf_free(&text);
	archive_read_end(i->col->archive, r);
	return rc;
}

static enum rc seal(struct issuer *i, struct entry_draft *d, struct err *reterr)
{
	struct entry *e = NULL;
	enum rc rc;

	if (i->n == ISSUER_MAX)
		return err_num(reterr, RC_LIMIT, NULL, "issuer.many", "max", ISSUER_MAX);
	memcpy(d->feed, i->feed, sizeof(d->feed));
	memcpy(d->prev, i->prev, sizeof(d->prev));
	memcpy(d->seen_root, i->seen_root, sizeof(d->seen_root));
	d->seq = i->seq;
	d->at = clock_now_s(i->col->clock);
	d->seen_size = i->seen_size;
	d->scope = i->scope;
	crypt_random(d->salt, sizeof(d->salt));
	rc = entry_seal(d, i->signer, &e, reterr);
	if (rc != RC_OK)
		return rc;
	memcpy(i->prev, e->id, sizeof(i->prev));
	i->seq++;
	i->e[i->n++] = e;
	return RC_OK;
}

enum rc issuer_open(struct collector *col, struct crypt_signer *signer, const char *scope,
		    struct issuer **ret, struct err *reterr)
{
	struct entry_draft d = {.op = ENTRY_OPEN};
	struct issuer *i;
	enum rc rc = RC_OK;

	if (!entry_is_scope(span_str(scope)))
		return err_set(reterr, RC_INPUT, "E14", "entry.scope", NULL);
	i = calloc(1, sizeof(*i));
	if (i)
		i->e = calloc(ISSUER_MAX, sizeof(struct entry *));
	if (!i || !i->e) {
		issuer_free(i);
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	i->col = col;
	i->signer = signer;
	memcpy(i->scope, scope, strlen(scope) + 1);
	rc = load(i, reterr);
	if (rc == RC_OK && i->seq == 0) {
		entry_feed_new(crypt_signer_pk(signer), i->feed);
		rc = seal(i, &d, reterr);
	}
	if (rc == RC_OK)
		*ret = i;
	else
		issuer_free(i);
	return rc;
}

void issuer_free(struct issuer *i)
{
	if (!i)
		return;
	for (size_t k = 0; k < i->n; k++)
		entry_free(i->e[k]);
	free(i->e);
	free(i);
}

static void last_id(const struct issuer *i, uint8_t *retid)
{
	if (retid)
		memcpy(retid, i->prev, ENTRY_ID_LEN);
}

enum rc issuer_add(struct issuer *i, enum entry_op op, struct span set, uint8_t retid[ENTRY_ID_LEN],
		   struct err *reterr)
{
	struct entry_draft d = {.op = op, .set = set};
	enum rc rc = seal(i, &d, reterr);

	if (rc == RC_OK)
		last_id(i, retid);
	return rc;
}

enum rc issuer_set(struct issuer *i, const char *kind, unsigned version, const uint8_t entity[16],
		   const struct json *fields, struct span after, uint8_t retid[ENTRY_ID_LEN],
		   struct err *reterr)
{
	char kv[FORM_KIND_LEN];
	struct entry_draft d = {.op = ENTRY_SET,
				.entity = entity,
				.kind = kv,
				.after = (const uint8_t(*)[ENTRY_ID_LEN])(const void *)after.p,
				.nafter = after.len / ENTRY_ID_LEN};
	struct buf set;
	enum rc rc;

	form_kind_join(kind, version, kv);
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	rc = entry_set_write(fields, &set, reterr);
	d.set = span_buf(&set);
	if (rc == RC_OK)
		rc = seal(i, &d, reterr);
	buf_free(&set);
	if (rc == RC_OK)
		last_id(i, retid);
	return rc;
}

/* In the sequencer's transaction, beside the entries. */
static enum rc write_place(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct issuer *i = arg;
	struct json *doc = json_object();
	char key[96], feed[CODEC_B64U_16 + 1], last[CODEC_B64U_32 + 1];
	enum rc rc;

	doc_key(i, key);
	codec_b64u(i->feed, sizeof(i->feed), feed);
	codec_b64u(i->prev, sizeof(i->prev), last);
	json_set_str(doc, "feed", feed);
	json_set_int(doc, "next", i->seq);
	json_set_str(doc, "last", last);
	rc = w->doc_put(w->ctx, "issuer", key, doc, reterr);
	json_free(doc);
	return rc == RC_OK && i->also ? i->also(i->also_arg, w, reterr) : rc;
}

void issuer_also(struct issuer *i,
		 enum rc (*also)(void *arg, struct archive_writer *w, struct err *reterr), void *arg)
{
	i->also = also;
	i->also_arg = arg;
}

enum rc issuer_keep(struct issuer *i, int64_t *retindex, struct err *reterr)
{
	enum rc rc;

	if (i->n == 0)
		return err_set(reterr, RC_INTERNAL, NULL, "issuer.empty", NULL);
	rc = ingest_own(i->col->ingest, i->e, i->n, write_place, i, retindex, reterr);
	if (rc == RC_OK && retindex && i->n > 1 && i->e[0]->op == ENTRY_OPEN)
		++*retindex;
	return rc;
}

const struct entry *issuer_entry(const struct issuer *i, size_t n)
{
	return n < i->n ? i->e[n] : NULL;
}
