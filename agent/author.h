/*
 * author: seal what a clerk did into entries and keep them, all of one act in one
 * transaction. Takes care of feed, seq, prev, seen, salt (E9-E12, E19) and of the
 * children named by a submission's header (E24). Each commune written in has a feed of its
 * own (K14, M18); an act may write in several. Not here: checking a record (sync/form_check), what a
 * command line says.
 */
#ifndef KK_AGENT_AUTHOR_H
#define KK_AGENT_AUTHOR_H

#include "agent/agent.h"
#include "lib/json.h"
#include "sync/entry.h"

struct author;

/* The clerk meant, by the same rules as author_open. */
enum rc author_find(struct agent *agent, const char *clerk, struct store_clerk *ret,
		    struct err *reterr);
/*
 * A new clerk of this PC: key sealed by PIN, feed opened (proof of possession, P10), kept.
 * ret may be NULL. RC_EXISTS "author.exists" {name}; RC_NOTFOUND "sync.not_enrolled" while the
 * PC's scope is unknown.
 */
enum rc author_add(struct agent *agent, const char *name, const char *title, const char *pin,
		   struct store_clerk *ret, struct err *reterr);

/*
 * A new key for a clerk whose PIN is lost: the old one signs no more, what it sealed stays good
 * and is still sent. The new key waits for its cert like any other. ret may be NULL.
 * RC_NOTFOUND "author.no_clerk", RC_CONFLICT "author.which_clerk".
 */
enum rc author_renew(struct agent *agent, const char *clerk, const char *pin,
		     struct store_clerk *ret, struct err *reterr);

/*
 * Who signs: the clerk named (name, fingerprint or key text; NULL: the only one, or the
 * one unlocked) with `pin` (NULL: must be unlocked; then RC_DENIED "keys.locked", which the
 * caller turns into op_need_secret). RC_NOTFOUND "author.no_clerk", RC_CONFLICT "author.which_clerk".
 */
enum rc author_open(struct agent *agent, const char *clerk, const char *pin, struct author **ret,
		    struct err *reterr);
void author_free(struct author *a); /* what was not kept is dropped */
const uint8_t *author_key(const struct author *a);
const char *author_name(const struct author *a);
const char *author_title(const struct author *a);
/* Where something new is written: the commune that goes on (M18). */
const char *author_scope(const struct author *a);
/*
 * May the author write in this commune: has the key a cert for it (A4), or, before it has any, is it the
 * one it waits for? RC_DENIED "record.other_scope" {scope}.
 */
enum rc author_may(const struct author *a, const char *scope, struct err *reterr);

/*
 * Seal one `set` in a commune the author may write in, in order. kind is the form's name, version
 * that of the form used.
 * fields: wire values; nulls allowed. after: merge_after bytes (32 each) or empty.
 * retid: the entry's id (may be NULL).
 */
enum rc author_set(struct author *a, const char *scope, const char *kind, unsigned version, const uint8_t entity[16],
		   const struct json *fields, struct span after, uint8_t retid[ENTRY_ID_LEN],
		   struct err *reterr);
/* Keep all of them: one transaction, one fsync (store_append). */
enum rc author_keep(struct author *a, struct err *reterr);

#endif
