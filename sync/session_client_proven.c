/*
 * session_client_proven: what the witnesses signed: a checkpoint with the quorum, that it is of the tree this PC
 * knows, and that it holds the entries asked about. Clauses W8, L5, L8, L10.
 *
 * A tree that witnesses signed and that is not the one this PC was shown is a split view: the alarm of L10. Whether
 * enough of them signed is judged by the policy this PC has after this answer, not by the collector's word.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "sync/session_client.h"

static enum rc bad(struct err *reterr)
{
	return err_set(reterr, RC_REFUSED, "W8", "session.proven", NULL);
}

/* checkpoint, perhaps consistency, ranges, in this order and nothing else. */
static bool has_members(const struct json *o)
{
	static const struct {
		const char *name;
		enum json_type type;
	} member[] = {{"checkpoint", JSON_STRING},
		      {"consistency", JSON_ARRAY},
		      {"ranges", JSON_ARRAY}};
	size_t i = 0, n = sizeof(member) / sizeof(member[0]);

	for (const struct json *v = json_first(o); v; v = json_next(v), i++) {
		if (i == 1 && strcmp(json_name(v), member[1].name) != 0)
			i++;
		if (i >= n || strcmp(json_name(v), member[i].name) != 0 ||
		    json_kind(v) != member[i].type || (i > 0 && json_len(v) == 0))
			return false;
	}
	return i == n;
}

/* The tree this PC knows after this answer, and the one that was signed: one of them extends the other. */
static enum rc check_known(struct session_reply *r, const struct json *o, struct err *reterr)
{
	const struct session_position *pos = &r->c->pos;
	uint64_t size = r->has_note ? r->note.size : (uint64_t)pos->size;
	const uint8_t *root = r->has_note ? r->note.root : pos->root;
	const struct note *n = &r->proven;
	bool older = n->size < size;
	struct tree_proof proof;
	struct err why;

	err_clear(&why);
	if (!session_client_proof(json_get_arr(o, "consistency"), &proof) ||
	    tree_check_consistency(older ? n->size : size, older ? n->root : root,
				   older ? size : n->size, older ? root : n->root, &proof,
				   NULL) != RC_OK) {
		err_set(&why, RC_REFUSED, "L10", "session.inconsistent", NULL);
		return session_client_alarm(r, r->proven_text, &why, reterr);
	}
	return RC_OK;
}

static bool quorum(struct session_reply *r)
{
	struct authority_log log;
	bool ok = false;

	if (keyring_log(r->c->st->keyring(r->c->st->ctx), &log) && log.policy.quorum > 0 &&
	    memcmp(log.key, r->proven.log, CRYPT_PK_LEN) == 0)
		note_quorum(&r->proven, &log.policy, &ok, &r->proven_at);
	return ok;
}

/* The range that answers a run: the run, cut where the signed tree ends. */
static enum rc check_range(struct session_reply *r, const struct session_run *run,
			   const struct json *o, uint8_t (*leaf)[TREE_HASH], struct err *reterr)
{
	const struct json *nodes = json_get_arr(o, "nodes");
	struct session_range *g = &r->proved[r->nproved];
	int64_t size = (int64_t)r->proven.size, end = run->start + run->n;
	enum rc rc;

	if (json_len(o) != 3 || !nodes || !session_client_proof(nodes, &g->nodes) ||
	    !json_get_int(o, "start", &g->start) || !json_get_int(o, "end", &g->end) ||
	    g->start != run->start || g->end != (end < size ? end : size))
		return bad(reterr);
	rc = r->c->st->leaves(r->c->st->ctx, g->start, g->end, leaf, reterr);
	if (rc == RC_OK)
		rc = tree_check_range((const uint8_t(*)[TREE_HASH])leaf, (uint64_t)g->start,
				      (uint64_t)g->end, r->proven.size, &g->nodes, r->proven.root,
				      reterr);
	if (rc == RC_OK)
		r->nproved++;
	return rc;
}

static enum rc check_ranges(struct session_reply *r, const struct json *ranges, struct err *reterr)
{
	const struct json *o = json_first(ranges);
	uint8_t(*leaf)[TREE_HASH] = calloc(SESSION_LINES, sizeof(*leaf));
	enum rc rc = RC_OK;

	r->proved = calloc(SESSION_RUNS, sizeof(*r->proved));
	if (!leaf || !r->proved)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; rc == RC_OK && i < r->c->nrun; i++) {
		if (r->c->run[i].start >= (int64_t)r->proven.size)
			break;
		rc = check_range(r, &r->c->run[i], o, leaf, reterr);
		o = json_next(o);
	}
	free(leaf);
	return rc == RC_OK && (o || r->nproved == 0) ? bad(reterr) : rc;
}

enum rc session_client_proven(struct session_reply *r, struct err *reterr)
{
	const struct json *o = json_get_obj(r->head, "proven");
	struct authority_log log;
	enum rc rc;

	if (!o)
		return RC_OK;
	if (r->c->nrun == 0 || !has_members(o) ||
	    !keyring_log(r->c->st->keyring(r->c->st->ctx), &log))
		return bad(reterr);
	r->proven_text = span_str(json_get_str(o, "checkpoint"));
	rc = note_open(r->proven_text, log.key, &r->proven, reterr);
	if (rc == RC_OK)
		rc = check_known(r, o, reterr);
	if (rc != RC_OK || !quorum(r))
		return rc;
	rc = check_ranges(r, json_get_arr(o, "ranges"), reterr);
	r->has_proven = rc == RC_OK;
	return rc;
}
