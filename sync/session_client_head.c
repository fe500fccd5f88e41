/*
 * session_client_head: the first line of an answer. Clauses P11, P26, P32, P33.
 *
 * What is no JSON object of version 1 is no answer at all: the page of a captive portal, a
 * proxy's error. An object that is one must have exactly the members of P11 in their
 * order. Not here: what the members say about lines and trees.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "sync/session_client.h"

/* Optional members are left out when empty, so an empty one is refused. */
struct member {
	const char *name;
	enum json_type type; /* JSON_TRUE: a boolean */
	bool optional;
};

static const struct member members[] = {
    {"v", JSON_INT, false},
    {"epoch", JSON_STRING, false},
    {"now", JSON_INT, false},
    {"verdicts", JSON_ARRAY, false},
    {"want", JSON_OBJECT, true},
    {"blobs", JSON_ARRAY, true},
    {"checkpoint", JSON_STRING, true},
    {"consistency", JSON_ARRAY, true},
    {"ranges", JSON_ARRAY, true},
    {"leaf", JSON_ARRAY, true},
    {"proven", JSON_OBJECT, true},
    {"scopes", JSON_ARRAY, false},
    {"after", JSON_INT, false},
    {"more", JSON_TRUE, false},
    {"next", JSON_INT, false},
};
enum { NMEMBER = sizeof(members) / sizeof(members[0]) };

static bool has_type(const struct json *v, const struct member *m)
{
	enum json_type kind = json_kind(v);

	if (m->type == JSON_TRUE)
		return kind == JSON_TRUE || kind == JSON_FALSE;
	if (kind != m->type)
		return false;
	return !m->optional || kind == JSON_STRING || json_len(v) > 0;
}

static bool has_members(const struct json *head)
{
	size_t i = 0;

	for (const struct json *v = json_first(head); v; v = json_next(v), i++) {
		while (i < NMEMBER && members[i].optional &&
		       strcmp(members[i].name, json_name(v)) != 0)
			i++;
		if (i == NMEMBER || strcmp(members[i].name, json_name(v)) != 0 ||
		    !has_type(v, &members[i]))
			return false;
	}
	return i == NMEMBER; /* the last member is not optional */
}

static bool is_commune(const char *s)
{
	return s && strcmp(s, "*") != 0 && entry_is_scope(span_str(s));
}

/*
 * P33: communes, no two the same, the one that was asked for in front: so that the answer to a
 * request for another commune is not taken for this one's, and its cursor with it.
 */
static bool has_scopes(const struct session_reply *r)
{
	const struct json *all = json_get_arr(r->head, "scopes");
	const char *own = json_str(json_first(all));

	if (!own || strcmp(own, r->c->scope) != 0 || json_len(all) > AUTHORITY_SCOPES)
		return false;
	for (const struct json *a = json_first(all); a; a = json_next(a)) {
		if (!is_commune(json_str(a)))
			return false;
		for (const struct json *b = json_next(a); b; b = json_next(b))
			if (json_str(b) && strcmp(json_str(a), json_str(b)) == 0)
				return false;
	}
	return true;
}

static bool read_members(struct session_reply *r)
{
	const struct json *h = r->head;
	const char *epoch = json_get_str(h, "epoch");
	uint8_t key[3]; /* L11 */

	if (!has_members(h) || !codec_b64u_exact(span_str(epoch), key, sizeof(key)))
		return false;
	memcpy(r->epoch, epoch, sizeof(r->epoch));
	return json_get_int(h, "now", &r->now) && json_get_int(h, "after", &r->after) &&
	       json_get_bool(h, "more", &r->more) && json_get_int(h, "next", &r->next_s) &&
	       r->now >= 0 && r->after >= r->c->pos.after && r->next_s >= 0 &&
	       (!json_get(h, "consistency") || json_get(h, "checkpoint"));
}

/* P32: hashes, none twice. */
static bool are_blobs(const struct json *all)
{
	uint8_t sha[SESSION_BLOBS][CRYPT_HASH_LEN];
	size_t n = 0;

	for (const struct json *b = json_first(all); b; b = json_next(b)) {
		if (n == SESSION_BLOBS || !json_str(b) ||
		    !codec_b64u_32(span_str(json_str(b)), sha[n]))
			return false;
		for (size_t i = 0; i < n; i++)
			if (memcmp(sha[i], sha[n], CRYPT_HASH_LEN) == 0)
				return false;
		n++;
	}
	return true;
}

static bool are_runs(const struct json *runs)
{
	if (json_kind(runs) != JSON_ARRAY || json_len(runs) == 0 ||
	    json_len(runs) > SESSION_WANT_RUNS)
		return false;
	for (const struct json *run = json_first(runs); run; run = json_next(run)) {
		int64_t first, last;

		if (json_kind(run) != JSON_ARRAY || json_len(run) != 2 ||
		    !json_int(json_at(run, 0), &first) || !json_int(json_at(run, 1), &last) ||
		    first < 0 || first > last)
			return false;
	}
	return true;
}

/* P14: feeds, and runs of their seqs; so many that looking them all up costs little. */
static bool is_wanted(const struct json *want)
{
	uint8_t feed[ENTRY_FEED_LEN];

	if (json_len(want) > SESSION_HEADS + SESSION_HOLES)
		return false;
	for (const struct json *f = json_first(want); f; f = json_next(f))
		if (!codec_b64u_16(span_str(json_name(f)), feed) || !are_runs(f))
			return false;
	return true;
}

enum rc session_client_head(struct session_reply *r, struct span *body, struct err *reterr)
{
	struct json_rules rules = json_rules_tree;
	struct span line;
	int64_t v;
	enum rc rc;

	rules.max_len = SESSION_BODY;
	rules.compact = true;
	rc = span_line(body, &line) ? json_parse(line, &rules, &r->head, NULL) : RC_REFUSED;
	if (rc == RC_NOMEM)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc != RC_OK || !json_get_int(r->head, "v", &v) || v != 1)
		return err_set(reterr, RC_REMOTE, "P26", "session.no_answer", NULL);
	if (!read_members(r))
		return err_set(reterr, RC_REFUSED, "P11", "session.answer_head", NULL);
	if (!is_wanted(json_get_obj(r->head, "want")))
		return err_set(reterr, RC_REFUSED, "P14", "session.want", NULL);
	if (!are_blobs(json_get_arr(r->head, "blobs")))
		return err_set(reterr, RC_REFUSED, "P32", "session.blobs", NULL);
	if (!has_scopes(r))
		return err_set(reterr, RC_REFUSED, "P33", "session.answer_head", NULL);
	return RC_OK;
}
