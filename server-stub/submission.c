/*
 * submission: the standing of a check at the centre. Clauses M12, M13, M17. Children are looked
 * for in the author's feed right before the header, where an agent writes them, and only
 * then in the whole log. Does NOT decide anything.
 */
#include "server-stub/submission.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/fit.h"
#include "server-stub/matter.h"
#include "server-stub/when.h"
#include "sync/merge.h"

enum { NEAR = 512, FLAGS = 16 };

/* ---- marks ---- */

struct kind_chain {
	char kind[ENTRY_KIND_LEN];
	struct chain *chain;
};

struct submission_marks {
	struct json *decided; /* target -> {"state","reason","at":index} */
	struct kind_chain *of; /* of each kind that can be corrected */
	size_t n;
};

struct marking {
	struct submission_marks *m;
	const struct form_set *forms;
	enum rc rc;
	struct err *reterr;
};

void submission_marks_free(struct submission_marks *m)
{
	if (!m)
		return;
	json_free(m->decided);
	for (size_t i = 0; i < m->n; i++)
		chain_free(m->of[i].chain);
	free(m->of);
	free(m);
}

/* Shown values of an entity; NULL when its state cannot be read. */
static struct json *values(const struct form_set *forms, const struct archive_entity *e)
{
	struct merge_state *s = NULL;
	struct json *o = NULL;

	if (e->state.len && merge_read(e->state, &s, NULL) == RC_OK)
		o = merge_json(s, form_set_newest(forms, e->kind));
	merge_free(s);
	return o;
}

static bool take_review(void *arg, const struct archive_entity *e)
{
	struct marking *k = arg;
	struct json *v = values(k->forms, e), *d;
	const char *target = json_get_str(v, "target");
	int64_t before = -1;

	if (target) {
		json_get_int(json_get(k->m->decided, target), "at", &before);
		if (e->last_index > before) {
			d = json_object();
			json_set_str(d, "state", json_get_str(v, "state"));
			json_set_str(d, "reason", json_get_str(v, "reason"));
			json_set_int(d, "at", e->last_index);
			json_set(k->m->decided, target, d);
		}
	}
	json_free(v);
	return true;
}

static enum rc add_chain(struct marking *k, const struct matter_store *m, const char *scope,
			 const char *kind, struct err *reterr)
{
	struct kind_chain *grown = realloc(k->m->of, (k->m->n + 1) * sizeof(*grown));

	if (!grown)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	k->m->of = grown;
	grown += k->m->n++;
	*grown = (struct kind_chain){.chain = NULL};
	memcpy(grown->kind, kind, strlen(kind) + 1);
	return matter_chain(m, scope, kind, &grown->chain, reterr);
}

/* Every kind that can be corrected, of the scope. */
static enum rc corrections(struct archive_reader *r, struct marking *k, const char *scope,
			   struct err *reterr)
{
	const struct matter_store m = matter_archive(r, k->forms);
	const struct form *f;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && (f = form_set_at(k->forms, i, NULL)) != NULL; i++)
		if (f == form_set_newest(k->forms, f->name) && form_field(f, CHAIN_FIELD))
			rc = add_chain(k, &m, scope, f->name, reterr);
	return rc;
}

enum rc submission_marks(struct collector *col, const char *scope, struct submission_marks **ret,
			 struct err *reterr)
{
	struct archive_filter reviews = {.scope = scope, .kind = "review", .limit = INT64_MAX};
	const struct ingest_snapshot *snap;
	struct submission_marks *m = calloc(1, sizeof(*m));
	struct marking k = {.m = m};
	struct archive_reader *r = NULL;
	enum rc rc;

	if (!m)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	m->decided = json_object();
	rc = archive_read(col->archive, &r, reterr);
	snap = ingest_snapshot(col->ingest);
	k.forms = snap->forms;
	if (rc == RC_OK)
		rc = r->entities(r->ctx, &reviews, take_review, &k, NULL, reterr);
	if (rc == RC_OK)
		rc = corrections(r, &k, scope, reterr);
	ingest_snapshot_end(col->ingest, snap);
	archive_read_end(col->archive, r);
	if (rc == RC_OK)
		*ret = m;
	else
		submission_marks_free(m);
	return rc;
}

static enum chain_standing standing(const struct submission_marks *m,
				    const struct archive_entity *e)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->of[i].kind, e->kind) == 0)
			return chain_standing(m->of[i].chain, e->scope, e->id);
	return CHAIN_COUNTS;
}

const char *submission_state(const struct submission_marks *m, const struct archive_entity *e)
{
	char uuid[CODEC_UUID_LEN + 1];
	const char *state;

	switch (standing(m, e)) {
	case CHAIN_REPLACED: return "superseded";
	case CHAIN_DISPUTED: return "disputed";
	case CHAIN_COUNTS: break;
	}
	codec_uuid(e->id, uuid);
	state = json_get_str(json_get(m->decided, uuid), "state");
	return state ? state : "received";
}

const char *submission_reason(const struct submission_marks *m, const uint8_t id[16])
{
	char uuid[CODEC_UUID_LEN + 1];

	codec_uuid(id, uuid);
	return json_get_str(json_get(m->decided, uuid), "reason");
}

/* ---- proof ---- */

struct proof {
	struct archive_reader *r;
	const struct keyring *keyring;
	int64_t entries, verified, quarantined;
	uint8_t (*child)[ENTRY_ID_LEN]; /* of the last admitted header */
	int64_t *at;                    /* their indexes, -1: not here */
	size_t nchild;
	uint8_t feed[ENTRY_FEED_LEN];
	int64_t seq;
	char author[AUTHORITY_NAME];
	const struct lang *lang;
	struct json *made; /* when its header was made */
	const struct form_set *forms;
	struct json *findings; /* what the form has against it */
	unsigned flags;    /* of all its entries */
	enum rc rc;
	struct err *reterr;
};

/* The ids of field `children` (E24). */
static enum rc read_children(struct proof *p, const struct entry *e)
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
		return err_set(p->reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	p->nchild = i;
	memcpy(p->feed, e->feed, sizeof(p->feed));
	p->seq = e->seq;
	return RC_OK;
}

/* Its times; the header's are what people are told. */
static enum rc read_when(struct proof *p, const struct entry *e, const struct archive_row *row,
			 bool header)
{
	const struct view_as as = {.lang = p->lang};
	struct view_entry v = {.in = {.at = e->at}};
	enum rc rc = when_of(p->r, e, row, &v, p->reterr);

	if (rc != RC_OK)
		return rc;
	p->flags |= v.flags;
	if (header) {
		json_free(p->made);
		p->made = json_object();
		view_when(&as, &v, p->made);
	}
	return RC_OK;
}

static bool prove_row(void *arg, const struct archive_row *row)
{
	struct proof *p = arg;
	struct keyring_key key;
	const struct entry_keys keys = keyring_keys(p->keyring);
	struct entry *e = NULL;

	p->entries++;
	p->quarantined += row->verdict != KEYRING_ADMITTED;
	if (archive_read_open(row, &keys, &e, NULL) == RC_OK &&
	    memcmp(e->id, row->id, ENTRY_ID_LEN) == 0) {
		p->verified++;
		if (row->verdict == KEYRING_ADMITTED && keyring_find(p->keyring, row->key, &key) &&
		    key.cert)
			memcpy(p->author, key.cert->name, strlen(key.cert->name) + 1);
		bool header = p->entries == 1 || entry_field(e, "children");

		p->rc = read_when(p, e, row, header);
		if (p->rc == RC_OK && row->payload.len > 0)
			p->rc = fit_check(p->forms, e, row->index, row->received_at, p->lang,
					  &p->flags, p->findings, p->reterr);
		if (p->rc == RC_OK && header && row->verdict == KEYRING_ADMITTED)
			p->rc = read_children(p, e);
	}
	entry_free(e);
	return p->rc == RC_OK;
}

static bool mark_present(void *arg, const uint8_t id[ENTRY_ID_LEN], int64_t index)
{
	struct proof *p = arg;

	for (size_t i = 0; i < p->nchild; i++)
		if (memcmp(p->child[i], id, ENTRY_ID_LEN) == 0)
			p->at[i] = index;
	return true;
}

static enum rc find_children(struct proof *p, int64_t *retpresent, struct err *reterr)
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

/* The record a child entry speaks of, as an item {"kind","id"}. */
static bool add_line(void *arg, const struct archive_row *row)
{
	struct json *o = json_object();
	char id[CODEC_UUID_LEN + 1];
	struct entry *e = NULL;

	if (archive_read_entry(row, &e, NULL) == RC_OK && e->op == ENTRY_SET) {
		codec_uuid(e->entity, id);
		json_set_str(o, "kind", e->kind);
		json_set_str(o, "id", id);
		json_append(arg, o);
		o = NULL;
	}
	json_free(o);
	entry_free(e);
	return true;
}

static enum rc add_lines(struct proof *p, struct json *o, struct err *reterr)
{
	struct json *lines = json_array();
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < p->nchild; i++)
		if (p->at[i] >= 0)
			rc = p->r->rows(p->r->ctx, NULL, p->at[i], p->at[i] + 1, add_line, lines,
					reterr);
	json_set(o, "lines", lines);
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
	struct collector *col = ctx;
	struct archive_reader *r = NULL;
	struct archive_entity e;
	struct buf state;
	size_t before = out->len;
	bool found = false;

	buf_init(&state, LIMIT_MERGE_STATE);
	if (strlen(uuid) == CODEC_UUID_LEN && archive_read(col->archive, &r, NULL) == RC_OK)
		found = r->entity_find(r->ctx, NULL, NULL, uuid, &e, &state, out, NULL) == RC_OK &&
			out->len > before;
	archive_read_end(col->archive, r);
	buf_free(&state);
	return found;
}

enum rc submission_proof(struct collector *col, const struct archive_entity *e,
			 const struct lang *lang, bool with_lines, struct json *o,
			 struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct proof p = {.keyring = snap->keyring, .lang = lang, .reterr = reterr,
			  .forms = snap->forms,
			  .findings = json_array()};
	int64_t present = 0;
	enum rc rc = archive_read(col->archive, &p.r, reterr);

	if (rc == RC_OK)
		rc = p.r->entity_rows(p.r->ctx, e->no, prove_row, &p, reterr);
	if (rc == RC_OK)
		rc = p.rc;
	if (rc == RC_OK)
		rc = find_children(&p, &present, reterr);
	if (rc == RC_OK && with_lines)
		rc = add_lines(&p, o, reterr);
	archive_read_end(col->archive, p.r);
	ingest_snapshot_end(col->ingest, snap);
	if (rc == RC_OK) {
		json_set_int(o, "entries", p.entries);
		json_set_bool(o, "verified", p.entries > 0 && p.verified == p.entries);
		json_set_int(o, "quarantined", p.quarantined);
		json_set_int(o, "children", (int64_t)p.nchild);
		json_set_int(o, "present", present);
		json_set_bool(o, "complete", present == (int64_t)p.nchild);
		json_set_str(o, "author", p.author);
		add_flags(e->flags | p.flags, o);
		json_set(o, "made", p.made);
		json_set(o, "findings", p.findings);
		p.made = p.findings = NULL;
	}
	json_free(p.findings);
	json_free(p.made);
	free(p.child);
	free(p.at);
	return rc;
}
