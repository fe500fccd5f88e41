/*
 * matter: what of an entity waits for a person, and which checks count, asked of any store.
 * Clauses M4, M12, M13, M16, M17. Not here: the sides of what waits (sync/view), storage.
 */
#ifndef KK_SYNC_MATTER_H
#define KK_SYNC_MATTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "sync/chain.h"
#include "sync/entry.h"
#include "sync/form.h"
#include "sync/merge.h"

/* What a store can be asked. A take that does not return RC_OK ends the call with that. */
struct matter_store {
	void *ctx;
	const struct form_set *forms;
	/* Entities of the kind whose `supersedes` shows an id. scope NULL: any; old NULL: any. */
	enum rc (*corrections)(void *ctx, const char *scope, const char *kind, const uint8_t *old,
			       enum rc (*take)(void *arg, const char *scope, const uint8_t id[16],
					       const uint8_t old[16], struct err *reterr),
			       void *arg, struct err *reterr);
	/* Merged state of an entity, the caller's. RC_NOTFOUND. */
	enum rc (*state)(void *ctx, const char *scope, const char *kind, const uint8_t id[16],
			 struct merge_state **ret, struct err *reterr);
	/* The entries of an entity, by its number, that count. take owns e. */
	enum rc (*counting)(void *ctx, int64_t no,
			    enum rc (*take)(void *arg, struct entry *e, struct err *reterr),
			    void *arg, struct err *reterr);
	/* Is there an entry of this id? */
	enum rc (*held)(void *ctx, const uint8_t id[ENTRY_ID_LEN], bool *ret, struct err *reterr);
};

struct matter_entity {
	const char *scope, *kind;
	const uint8_t *id; /* 16 bytes */
	int64_t no;
	const struct merge_state *state;
	const struct form *form; /* newest of its kind; NULL unknown */
};
/*
 * How many things wait: fields with two values (M4), and one for edits by who did not know that
 * it was written off (M16). Of a check that was corrected its own values no longer matter, but
 * whether several corrections wait for a choice (M17). Of a choice nothing: it counts for
 * the check it is about.
 */
enum rc matter_count(const struct matter_store *s, const struct matter_entity *e, int64_t *ret,
		     struct err *reterr);
/*
 * All corrections of a kind (scope NULL: everywhere) with what was chosen, settled. One of which
 * lines are missing is left out (M13). Free with chain_free.
 */
enum rc matter_chain(const struct matter_store *s, const char *scope, const char *kind,
		     struct chain **ret, struct err *reterr);

/*
 * The same of the checks that hang together with one by corrections: told outwards from the first of them, each
 * with its id. MATTER_CHAIN of them at most, those nearest to the first, and the one asked for.
 */
enum { MATTER_CHAIN = 1000 };
struct matter_line {
	uint8_t (*id)[16]; /* the root first; each behind the one it corrects */
	size_t (*old);     /* place of that one; of the root its own */
	size_t n;
	struct chain *chain; /* settled */
};
enum rc matter_line(const struct matter_store *s, const char *scope, const char *kind,
		    const uint8_t id[16], struct matter_line *ret, struct err *reterr);
void matter_line_free(struct matter_line *l);

/* Are all the lines it names here (E24, M13)? */
enum rc matter_whole(const struct matter_store *s, const char *scope, const char *kind,
		     const uint8_t id[16], bool *ret, struct err *reterr);

/* Entities to count again. */
struct matter_again {
	char scope[ENTRY_SCOPE_LEN];
	char kind[ENTRY_KIND_LEN];
	uint8_t id[16];
	struct matter_again *next;
};
/*
 * Before the row of e is written anew: add to *list what else it concerns: the check it corrects,
 * the one it corrected before (`was`, NULL: none), the one it chooses for. RC_NOMEM.
 */
enum rc matter_note(const struct matter_store *s, const struct matter_entity *e,
		    const uint8_t *was, struct matter_again **list, struct err *reterr);
void matter_again_free(struct matter_again *list);

#endif
