/*
 * session_client: an agent's round: write a request, verify the answer, hand one
 * result to the store. Clauses P9-P12, P15-P19, P26, A13, L2-L4, L10.
 *
 * Nothing of an answer is stored before all of it is verified (P18). The pieces, in
 * this order: header -> verdicts -> checkpoint -> pulled lines -> ranges -> apply.
 */
#include "sync/session_client.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/json.h"

enum rc session_client_new(const struct session_client_store *st, const char *scope, int64_t now_s,
			   struct session_client **ret, struct err *reterr)
{
	struct session_client *c;

	if (strlen(scope) >= ENTRY_SCOPE_LEN)
		return err_set(reterr, RC_INPUT, "E14", "entry.scope", NULL);
	c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	c->st = st;
	c->now = now_s;
	memcpy(c->scope, scope, strlen(scope) + 1);
	*ret = c;
	return RC_OK;
}

void session_client_free(struct session_client *c)
{
	if (c)
		c->st->release(c->st->ctx);
	free(c);
}

/* ---- request (P9, P10) ---- */

static struct json *enrol_json(const struct session_enrol *e, size_t n)
{
	struct json *all = json_array();
	char key[CODEC_B64U_32 + 1];

	for (size_t i = 0; i < n; i++) {
		struct json *o = json_object();

		codec_b64u(e[i].key, CRYPT_PK_LEN, key);
		json_set_str(o, "key", key);
		json_set_str(o, "name", e[i].name);
		json_set_str(o, "title", e[i].title);
		json_set_span(o, "open", e[i].open);
		json_append(all, o);
	}
	return all;
}

/* P18. A checkpoint from the future came while this PC's clock was off: how old it is nobody knows. */
static bool is_fresh(const struct session_client *c)
{
	int64_t age = c->now - c->pos.checked_at;

	return age >= 0 && age <= SESSION_FRESH_S;
}

/* Of the lines to push, those that fit into one body; the others follow in the next request. */
static void fit(struct session_client *c)
{
	size_t bytes = 0, n = 0;

	while (n < c->npush && bytes + c->push[n].e->line.len + 1 <= SESSION_PUSH_BYTES)
		bytes += c->push[n++].e->line.len + 1;
	c->push_more = c->push_more || n < c->npush;
	c->npush = n;
}

static struct json *heads_json(const struct session_head *h, size_t n)
{
	struct json *all = json_object();
	char feed[CODEC_B64U_16 + 1], id[CODEC_B64U_32 + 1];

	for (size_t i = 0; i < n; i++) {
		struct json *pair = json_array();

		codec_b64u(h[i].feed, ENTRY_FEED_LEN, feed);
		codec_b64u(h[i].id, ENTRY_ID_LEN, id);
		json_append(pair, json_integer(h[i].seq));
		json_append_str(pair, id);
		json_set(all, feed, pair);
	}
	return all;
}

static struct json *runs_json(const struct session_run *run, size_t n)
{
	struct json *all = json_array();

	for (size_t i = 0; i < n; i++) {
		struct json *pair = json_array();

		json_append(pair, json_integer(run[i].start));
		json_append(pair, json_integer(run[i].n));
		json_append(all, pair);
	}
	return all;
}

/* What goes into the header beside the position. */
struct offer {
	struct session_enrol enrol[SESSION_ENROLS];
	size_t nenrol;
};

static enum rc write_head(struct session_client *c, const struct offer *offer, struct buf *out,
			  struct err *reterr)
{
	struct json *head = json_object();
	enum rc rc;

	json_set_int(head, "v", 1);
	json_set_str(head, "scope", c->scope);
	json_set_str(head, "epoch", c->pos.epoch);
	json_set_int(head, "after", c->pos.after);
	json_set_int(head, "size", c->pos.size);
	if (c->pos.size > 0 && !is_fresh(c))
		json_set_bool(head, "fresh", true);
	if (offer->nenrol > 0)
		json_set(head, "enrol", enrol_json(offer->enrol, offer->nenrol));
	if (c->push_more)
		json_set_bool(head, "more", true);
	if (c->nhead > 0)
		json_set(head, "heads", heads_json(c->head, c->nhead));
	if (c->nrun > 0)
		json_set(head, "unproven", runs_json(c->run, c->nrun));
	rc = json_write(head, false, out, reterr);
	json_free(head);
	return rc;
}

enum rc session_client_request(struct session_client *c, struct buf *out, size_t *retlines,
			       struct err *reterr)
{
	const struct session_client_store *st = c->st;
	struct offer *offer = calloc(1, sizeof(*offer));
	enum rc rc = RC_OK;

	if (!offer)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	st->release(st->ctx);
	c->npush = 0;
	c->push_more = false;
	c->nrun = 0;
	c->nhead = 0;
	c->late = false;
	rc = st->position(st->ctx, c->scope, &c->pos, reterr);
	if (rc == RC_OK)
		rc = st->push(st->ctx, c->scope, c->push, SESSION_PUSH_LINES, &c->npush,
			      &c->push_more, reterr);
	if (rc == RC_OK)
		fit(c);
	if (rc == RC_OK)
		rc = st->enrol(st->ctx, c->scope, offer->enrol, &offer->nenrol, reterr);
	if (rc == RC_OK && c->pos.size > 0)
		rc = st->unproven(st->ctx, c->run, SESSION_RUNS, &c->nrun, reterr);
	if (rc == RC_OK)
		rc = st->heads(st->ctx, c->scope, c->head, &c->nhead, reterr);
	if (rc == RC_OK)
		rc = write_head(c, offer, out, reterr);
	free(offer);
	if (rc != RC_OK)
		return rc;
	buf_add_char(out, '\n');
	for (size_t i = 0; i < c->npush; i++) {
		buf_add_span(out, c->push[i].e->line);
		buf_add_char(out, '\n');
	}
	*retlines = c->npush;
	return buf_check(out, reterr);
}

/* ---- the answer ---- */

/* The answer speaks for the log this PC knows (L11), and so does its checkpoint, if any. */
static enum rc open_note(struct session_reply *r, struct err *reterr)
{
	const char *text = json_get_str(r->head, "checkpoint");
	struct session_client *c = r->c;
	struct authority_log log;
	bool known = keyring_log(c->st->keyring(c->st->ctx), &log);
	char epoch[5];
	enum rc rc;

	if (known) {
		note_epoch(log.key, epoch);
		if (strcmp(epoch, r->epoch) != 0)
			return err_set(reterr, RC_REFUSED, "L11", "session.epoch_key", NULL);
	}
	if (!text)
		return RC_OK;
	if (!known)
		return err_set(reterr, RC_REFUSED, "K8", "session.no_log", NULL);
	r->note_text = span_str(text);
	rc = note_open(r->note_text, log.key, &r->note, reterr);
	r->has_note = rc == RC_OK;
	return rc;
}

enum rc session_client_alarm(struct session_reply *r, struct span note_text, const struct err *why,
			     struct err *reterr)
{
	const struct session_client_store *st = r->c->st;

	if (reterr)
		*reterr = *why;
	if (st->alarm(st->ctx, r->c->scope, note_text, why, NULL) != RC_OK)
		err_add(reterr, "evidence", "0");
	return RC_REFUSED;
}

/* The new tree extends the one this PC knows (L10): otherwise evidence, and nothing is taken. */
static enum rc check_history(struct session_reply *r, struct err *reterr)
{
	const struct session_position *pos = &r->c->pos;
	struct tree_proof proof;
	struct err why;

	if (!r->has_note || pos->size == 0)
		return RC_OK;
	err_clear(&why);
	if ((int64_t)r->note.size < pos->size)
		err_num(&why, RC_REFUSED, "L10", "session.smaller", "size",
			(long long)r->note.size);
	else if (!session_client_proof(json_get_arr(r->head, "consistency"), &proof) ||
		 tree_check_consistency((uint64_t)pos->size, pos->root, r->note.size, r->note.root,
					&proof, &why) != RC_OK)
		err_set(&why, RC_REFUSED, "L10", "session.inconsistent", NULL);
	return why.rc == RC_OK ? RC_OK : session_client_alarm(r, r->note_text, &why, reterr);
}

static void report(const struct session_reply *r, struct session_report *ret)
{
	size_t *const count[] = {&ret->accepted, &ret->duplicate, &ret->quarantined, &ret->refused};

	memset(ret, 0, sizeof(*ret));
	ret->sent = r->c->npush;
	for (size_t i = 0; i < r->c->npush; i++)
		(*count[r->verdict[i].kind])++;
	ret->pulled = r->npulled;
	ret->unknown = r->nskipped;
	ret->asked = json_len(json_get_arr(r->head, "blobs"));
	for (size_t i = 0; i < r->nproved; i++)
		ret->proven += (size_t)(r->proved[i].end - r->proved[i].start);
	/*
	 * A cert that came may let go what waited for it, and what is wanted of the feeds offered
	 * goes out next: neither is left to the next slot.
	 */
	ret->more = r->more || r->c->push_more || r->change.all || r->change.n > 0 ||
		    (r->c->nhead > 0 && json_get_obj(r->head, "want")) ||
		    (r->nproved > 0 && r->c->nrun == SESSION_RUNS);
	ret->next_s = r->next_s;
	ret->now = r->now;
}

static enum rc apply(struct session_reply *r, struct err *reterr)
{
	const struct session_client_store *st = r->c->st;
	struct session_result res = {
	    .scope = r->c->scope,
	    .push = r->c->push,
	    .verdict = r->verdict,
	    .npush = r->c->npush,
	    .pulled = r->pulled,
	    .npulled = r->npulled,
	    .head = r->c->head,
	    .nhead = r->c->nhead,
	    .unknown = r->skipped,
	    .nunknown = r->nskipped,
	    .has_note = r->has_note,
	    .note = r->note,
	    .note_text = r->note_text,
	    .range = r->range,
	    .nrange = r->nrange,
	    .has_proven = r->has_proven,
	    .proven = r->proven,
	    .proven_text = r->proven_text,
	    .proven_at = (int64_t)r->proven_at,
	    .proved = r->proved,
	    .nproved = r->nproved,
	    .from = r->c->pos.after,
	    .after = r->after,
	    .now = r->now,
	    .next_s = r->next_s,
	    .more = r->more,
	    .want = json_get_obj(r->head, "want"),
	    .blobs = json_get_arr(r->head, "blobs"),
	    .scopes = json_get_arr(r->head, "scopes"),
	    .base = &r->c->pos,
	    .late = r->c->late,
	};

	memcpy(res.epoch, r->epoch, sizeof(res.epoch));
	return st->apply(st->ctx, &res, &r->change, reterr);
}

/* Where the request for the rest would stand (B9). */
static void note_rest(struct session_reply *r)
{
	struct session_client *c = r->c;

	c->then = c->pos;
	c->then_more = r->more;
	memcpy(c->then.epoch, r->epoch, sizeof(c->then.epoch));
	c->then.after = r->after;
	if (r->has_note) {
		c->then.size = (int64_t)r->note.size;
		memcpy(c->then.root, r->note.root, TREE_HASH);
	}
}

static void reply_free(struct session_reply *r)
{
	for (size_t i = 0; i < r->npulled; i++)
		entry_free(r->pulled[i].e);
	free(r->pulled);
	free(r->verdict);
	free(r->skipped);
	free(r->range);
	free(r->proved);
	free(r->feed);
	keyring_change_free(&r->change);
	json_free(r->head);
	free(r);
}

enum rc session_client_reply(struct session_client *c, struct span body, struct session_report *ret,
			     struct err *reterr)
{
	struct session_reply *r = calloc(1, sizeof(*r));
	enum rc rc;

	if (!r)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	r->c = c;
	rc = session_client_head(r, &body, reterr);
	if (rc == RC_OK)
		rc = session_client_verdicts(r, reterr);
	if (rc == RC_OK)
		rc = open_note(r, reterr);
	if (rc == RC_OK)
		rc = check_history(r, reterr);
	if (rc == RC_OK)
		rc = session_client_pulled(r, body, reterr);
	if (rc == RC_OK)
		rc = session_client_ranges(r, reterr);
	if (rc == RC_OK)
		rc = session_client_proven(r, reterr);
	if (rc == RC_OK)
		rc = apply(r, reterr);
	if (rc == RC_OK) {
		report(r, ret);
		note_rest(r);
	}
	reply_free(r);
	return rc;
}

/* ---- by file ---- */

void session_client_asked(const struct session_client *c, struct session_asked *ret)
{
	*ret = (struct session_asked){.pos = c->pos,
				      .push = c->push,
				      .npush = c->npush,
				      .run = c->run,
				      .nrun = c->nrun,
				      .more = c->push_more};
}

enum rc session_client_resume(struct session_client *c, const struct session_asked *a,
			      struct err *reterr)
{
	if (a->npush > SESSION_PUSH_LINES || a->nrun > SESSION_RUNS)
		return err_num(reterr, RC_LIMIT, "P8", "session.lines", "max", SESSION_PUSH_LINES);
	c->pos = a->pos;
	c->npush = a->npush;
	for (size_t i = 0; i < a->npush; i++)
		c->push[i] = a->push[i];
	c->nrun = a->nrun;
	for (size_t i = 0; i < a->nrun; i++)
		c->run[i] = a->run[i];
	c->nhead = 0; /* what is wanted of them goes out with the next export */
	c->push_more = false;
	c->then_more = false;
	c->late = true;
	return RC_OK;
}

bool session_client_follow(struct session_client *c)
{
	bool more = c->then_more;

	if (more) {
		c->pos = c->then;
		c->npush = 0;
		c->nrun = 0;
		c->then_more = false;
	}
	return more;
}
