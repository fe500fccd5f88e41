/*
 * submission: what the bytes of a check are worth at the centre. Clause M13. Children are looked
 * for in the author's feed right before the header, where an agent writes them, and only
 * then in the whole log.
 */
#include "server-stub/submission.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/anew.h"
#include "server-stub/fit.h"
#include "server-stub/when.h"
#include "server-stub/who.h"
#include "sync/authority.h"

enum { NEAR = 512, FLAGS = 16 };

/* ---- proof ---- */

struct reading {
	struct proof *proof;
	struct archive_reader *r;
	const struct ingest_snapshot *snap;
	uint8_t (*child)[ENTRY_ID_LEN]; /* of the last admitted header */
	int64_t *at;                    /* their indexes, -1: not here */
	size_t nchild;
	uint8_t feed[ENTRY_FEED_LEN];
	int64_t seq;
	const struct lang *lang;
	struct json *out;      /* what is told of the header goes here */
	struct json *findings; /* what the form has against it */
	unsigned flags;        /* of all its entries */
	bool receipt;          /* of its header too */
	int64_t entries;
};

/* The ids of field `children` (E24). */
static enum rc read_children(struct reading *p, const struct entry *e, struct err *reterr)
{
	const struct entry_field *f = entry_field(e, "children");
	struct json *a = f ? entry_value_json(f->raw) : NULL;
	size_t n = json_len(a), i = 0;

	free(p->child);
	free(p->at);
	p->child = calloc(n + 1, sizeof(*p->child));
	p->at = calloc(n + 1, sizeof(*p->at));
	p->nchild = 0;
	for (const struct json *c = json_first(a); c && p->child; c = json_next(c))
		if (json_str(c) && codec_b64u_32(span_str(json_str(c)), p->child[i]))
			i++;
	json_free(a);
	if (!p->child || !p->at)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	p->nchild = i;
	memcpy(p->feed, e->feed, sizeof(p->feed));
	p->seq = e->seq;
	return RC_OK;
}

/* Its times; the header's are what people are told. */
static enum rc read_when(struct reading *p, const struct entry *e, const struct archive_row *row,
			 bool header, struct err *reterr)
{
	const struct view_as as = {.lang = p->lang};
	struct view_entry v = {.in = {.at = e->at}};
	struct json *made;
	enum rc rc = when_of(p->r, e, row, &v, reterr);

	if (rc != RC_OK)
		return rc;
	p->flags |= v.flags;
	if (header) {
		made = json_object();
		view_when(&as, &v, made);
		json_set(p->out, "made", made);
	}
	return RC_OK;
}

/* A PC without a name is known by its fingerprint. */
static const char *pc_name(const struct keyring_key *device, char ret[AUTHORITY_FINGERPRINT])
{
	authority_fingerprint(device->key, ret);
	return ret;
}

/* Whose key sealed it, who keeps that key (K2), on which PC. */
static void read_author(struct reading *p, const struct entry *e)
{
	const struct keyring *ring = p->snap->keyring;
	char fingerprint[AUTHORITY_FINGERPRINT], pc[AUTHORITY_FINGERPRINT];
	struct keyring_key key, device;

	authority_fingerprint(e->key, fingerprint);
	json_set_str(p->out, "fingerprint", fingerprint);
	if (!keyring_find(ring, e->key, &key) || !key.cert)
		return;
	json_set_str(p->out, "author", key.cert->name);
	json_set_str(p->out, "author_title", key.cert->title);
	json_set_str(p->out, "custody", key.cert->collector_custody ? "collector" : "own");
	if (key.cert->has_device && keyring_find(ring, key.cert->device, &device) && device.cert)
		json_set_str(p->out, "device",
			     device.cert->name[0] ? device.cert->name : pc_name(&device, pc));
}

static enum rc read_receipt(struct reading *p, const struct entry *e, int64_t index,
			    struct err *reterr)
{
	struct json *o = json_object();
	char id[CODEC_B64U_32 + 1];
	enum rc rc = proof_receipt(p->proof, e, index, o, reterr);

	codec_b64u(e->id, ENTRY_ID_LEN, id);
	json_set_str(p->out, "entry", id);
	json_set(p->out, "receipt", o);
	return rc;
}

static void begin(void *arg)
{
	struct reading *p = arg;

	p->entries = 0;
	p->flags = 0;
	json_free(p->findings);
	p->findings = json_array();
}

static enum rc take_entry(void *arg, const struct archive_row *row, struct entry *e,
			  struct err *reterr)
{
	struct reading *p = arg;
	bool admitted = row->verdict == KEYRING_ADMITTED;
	bool header = p->entries++ == 0 || entry_field(e, "children");
	enum rc rc = read_when(p, e, row, header, reterr);

	if (rc == RC_OK && row->payload.len > 0)
		rc = fit_check(p->snap->forms, e, row->index, row->received_at, p->lang,
			       &p->flags, p->findings, reterr);
	if (rc == RC_OK && header && admitted) {
		read_author(p, e);
		rc = read_children(p, e, reterr);
	}
	if (rc == RC_OK && header && admitted && p->receipt)
		rc = read_receipt(p, e, row->index, reterr);
	return rc;
}

static bool mark_present(void *arg, const uint8_t id[ENTRY_ID_LEN], int64_t index)
{
	struct reading *p = arg;

	for (size_t i = 0; i < p->nchild; i++)
		if (memcmp(p->child[i], id, ENTRY_ID_LEN) == 0)
			p->at[i] = index;
	return true;
}

static enum rc find_children(struct reading *p, int64_t *retpresent, struct err *reterr)
{
	int64_t from = p->seq > NEAR ? p->seq - NEAR : 0;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < p->nchild; i++)
		p->at[i] = -1;
	if (p->nchild > 0)
		rc = p->r->feed_ids(p->r->ctx, p->feed, from, p->seq, mark_present, p, reterr);
	*retpresent = 0;
	for (size_t i = 0; rc == RC_OK && i < p->nchild; i++) {
		if (p->at[i] < 0)
			rc = p->r->entry_by_id(p->r->ctx, p->child[i], &p->at[i], reterr);
		*retpresent += rc == RC_OK && p->at[i] >= 0;
	}
	return rc;
}

/* The record a child entry speaks of, as an item {"kind","id"}; it is looked at as the header is. */
struct lines {
	struct reading *p;
	struct json *all;
	struct proof_found *found;
	enum rc rc;
	struct err *reterr;
};

static bool add_line(void *arg, const struct archive_row *row)
{
	struct lines *l = arg;
	const struct proof_of of = {.no = row->entity_no};
	struct archive_entity e;
	struct buf state, title;
	char id[CODEC_UUID_LEN + 1];

	if (row->entity_no <= 0)
		return true;
	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	l->rc = l->p->r->entity_no(l->p->r->ctx, row->entity_no, &e, &state, &title, l->reterr);
	if (l->rc == RC_OK) {
		struct json *o = json_object();

		codec_uuid(e.id, id);
		json_set_str(o, "kind", e.kind);
		json_set_str(o, "id", id);
		json_append(l->all, o);
		l->rc = proof_entity(l->p->proof, &of, l->found, l->reterr);
	}
	buf_free(&state);
	buf_free(&title);
	return true;
}

static enum rc add_lines(struct reading *p, struct proof_found *found, struct err *reterr)
{
	struct lines l = {.p = p, .all = json_array(), .found = found, .reterr = reterr};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < p->nchild; i++) {
		if (p->at[i] >= 0)
			rc = p->r->rows(p->r->ctx, NULL, p->at[i], p->at[i] + 1, add_line, &l,
					reterr);
		rc = rc == RC_OK ? l.rc : rc;
	}
	json_set(p->out, "lines", l.all);
	return rc;
}

static void add_flags(unsigned set, struct json *o)
{
	struct json *flags = json_array();

	for (unsigned i = 0; i < FLAGS; i++)
		if (set & 1U << i)
			json_append_str(flags, keyring_flag_name(1U << i));
	json_set(o, "flags", flags);
}

bool submission_title(void *ctx, const char *uuid, struct buf *out)
{
	const struct op_call *call = ctx;
	const struct archive_among among = {.sees = who_sees_arg, .arg = ctx};
	struct collector *col = call->app;
	struct archive_reader *r = NULL;
	struct archive_entity e;
	struct buf state;
	size_t before = out->len;
	bool found = false;

	buf_init(&state, LIMIT_MERGE_STATE);
	if (strlen(uuid) == CODEC_UUID_LEN && archive_read(col->archive, &r, NULL) == RC_OK)
		found = r->entity_find(r->ctx, &among, uuid, &e, &state, out, NULL) == RC_OK &&
			out->len > before;
	archive_read_end(col->archive, r);
	buf_free(&state);
	return found;
}

static void tell(const struct reading *p, const struct archive_entity *e,
		 const struct proof_found *found, int64_t present)
{
	struct json *o = p->out;

	json_set_int(o, "entries", found->entries);
	json_set_bool(o, "verified", found->entries > 0 && json_len(found->wrong) == 0);
	json_set_int(o, "quarantined", found->held);
	json_set_int(o, "children", (int64_t)p->nchild);
	json_set_int(o, "present", present);
	json_set_bool(o, "complete", present == (int64_t)p->nchild);
	add_flags((e->flags & ~(unsigned)ANEW_FLAGS) | p->flags, o); /* those its entries have now */
}

enum rc submission_proof(struct proof *proof, const struct archive_entity *e,
			 const struct lang *lang, bool whole, struct json *o, struct err *reterr)
{
	struct reading p = {.proof = proof,
			    .r = proof_reader(proof),
			    .snap = proof_snapshot(proof),
			    .lang = lang,
			    .out = o,
			    .receipt = whole};
	const struct proof_of of = {e->no, begin, take_entry, &p};
	struct proof_found found = {.wrong = json_array()};
	int64_t present = 0;
	enum rc rc = proof_entity(proof, &of, &found, reterr);

	if (rc == RC_OK)
		rc = find_children(&p, &present, reterr);
	if (rc == RC_OK && whole)
		rc = add_lines(&p, &found, reterr);
	if (rc == RC_OK) {
		tell(&p, e, &found, present);
		json_set(o, "wrong", found.wrong);
		json_set(o, "findings", p.findings);
		found.wrong = p.findings = NULL;
	}
	json_free(found.wrong);
	json_free(p.findings);
	free(p.child);
	free(p.at);
	return rc;
}
