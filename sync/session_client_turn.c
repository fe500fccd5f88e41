/*
 * session_client_turn: what an agent makes of a refusal. Clauses L10, L12, L13, P17, P21.
 *
 * Nothing in a problem document is believed but what the root or the log has signed: a
 * `log` entry that leads to the collector's epoch, a checkpoint smaller than the one known.
 */
#include <string.h>

#include "lib/json.h"
#include "sync/session_client.h"

/* A line of the root for everyone; NULL: something else, which leads nowhere. */
static struct entry *open_line(struct session_client *c, const char *line)
{
	struct keyring *k = c->st->keyring(c->st->ctx);
	struct entry *e = NULL;

	if (!line || entry_open_key(span_str(line), keyring_root(k), &e, NULL) != RC_OK)
		return NULL;
	if ((e->op == ENTRY_OPEN || e->op == ENTRY_LOG) && strcmp(e->scope, "*") == 0)
		return e;
	entry_free(e);
	return NULL;
}

/* L12: a log entry with `old`, second in its feed. */
static bool leads(const struct entry *open, const struct entry *e)
{
	struct authority_log log;

	return open && open->op == ENTRY_OPEN && e->op == ENTRY_LOG && e->seq == 1 &&
	       memcmp(open->feed, e->feed, ENTRY_FEED_LEN) == 0 &&
	       memcmp(open->id, e->prev, ENTRY_ID_LEN) == 0 &&
	       authority_log(e, &log, NULL) == RC_OK && log.has_old;
}

/* The lines told, in the order of the log: of each recovery the `open` and the `log`. */
static enum rc follow(struct session_client *c, const struct json *lines, bool *rettook,
		      struct err *reterr)
{
	struct entry *before = NULL;
	enum rc rc = RC_OK;

	for (const struct json *l = json_first(lines); rc == RC_OK && l; l = json_next(l)) {
		struct entry *e = open_line(c, json_str(l));
		bool took = false;

		if (e && leads(before, e))
			rc = c->st->turn(c->st->ctx, before, e, &took, reterr);
		*rettook = *rettook || took;
		entry_free(before);
		before = e;
	}
	entry_free(before);
	return rc;
}

/* The collector's own signature under a tree smaller than one it has signed before. */
static enum rc gone_back(struct session_client *c, const char *text, bool *ret, struct err *reterr)
{
	struct authority_log log;
	struct note note;
	struct err why;

	if (!text || c->pos.size == 0 || !keyring_log(c->st->keyring(c->st->ctx), &log) ||
	    note_open(span_str(text), log.key, &note, NULL) != RC_OK ||
	    (int64_t)note.size >= c->pos.size)
		return RC_OK;
	*ret = true;
	err_num(&why, RC_REFUSED, "L10", "session.smaller", "size", (long long)note.size);
	return c->st->alarm(c->st->ctx, c->scope, span_str(text), &why, reterr);
}

static enum rc take(struct session_client *c, const struct json *p, enum session_next *ret,
		    struct err *reterr)
{
	const char *code = json_get_str(p, "code");
	bool took = false, back = false, any = false;
	enum rc rc = follow(c, json_get_arr(p, "log"), &took, reterr);

	if (rc != RC_OK || !code)
		return rc;
	if (strcmp(code, "rollback") == 0 && !took) {
		rc = gone_back(c, json_get_str(p, "checkpoint"), &back, reterr);
		*ret = rc == RC_OK && back ? SESSION_SHOW : *ret;
	} else if (strcmp(code, "key") == 0 || strcmp(code, "scope") == 0) {
		rc = c->st->insist(c->st->ctx, c->scope, &any, reterr);
		*ret = rc == RC_OK && any ? SESSION_CENTRAL : *ret;
	} else if (took) {
		*ret = SESSION_AGAIN;
	}
	return rc;
}

enum rc session_client_refused(struct session_client *c, struct span body, enum session_next *ret,
			       struct err *reterr)
{
	struct json *p = NULL;
	enum rc rc = RC_OK;

	*ret = SESSION_GIVE_UP;
	c->st->release(c->st->ctx);
	c->npush = 0;
	if (json_parse(body, &json_rules_tree, &p, NULL) == RC_OK)
		rc = take(c, p, ret, reterr);
	json_free(p);
	return rc;
}
