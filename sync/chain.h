/*
 * chain: of a check and its corrections, which one counts. Clauses M12, M17.
 *
 * A correction names by `supersedes` the check it takes the place of; two of one check part
 * the chain, until an entity of kind `choice` says which goes on. Pure: from the corrections and
 * choices of one kind, in any number of scopes, to the standing of each. Give only what is
 * admitted. Not here: storage, what is still being received (M13: leave it out).
 */
#ifndef KK_SYNC_CHAIN_H
#define KK_SYNC_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"
#include "sync/form.h"
#include "sync/merge.h"

#define CHAIN_FIELD "supersedes" /* in a check: the id of the one it takes the place of */
#define CHAIN_KIND  "choice"     /* kind of a decision: fields `of`, `chosen`, `among` */

enum chain_standing {
	CHAIN_COUNTS,   /* also of every id the chain does not know */
	CHAIN_REPLACED, /* another one counts in its place */
	CHAIN_DISPUTED  /* one of several corrections between which nobody has chosen */
};

struct chain;

enum rc chain_new(struct chain **ret, struct err *reterr);
void chain_free(struct chain *c);
/* A correction: entity id and the id its `supersedes` shows. */
enum rc chain_add(struct chain *c, const char *scope, const uint8_t id[16], const uint8_t old[16],
		  struct err *reterr);
/* A choice as its state stands; form: of its kind, NULL unknown. What is in conflict decides nothing. */
enum rc chain_choose(struct chain *c, const char *scope, const struct merge_state *choice,
		     const struct form *form, struct err *reterr);
/* After the last of them, before the questions below. RC_NOMEM. */
enum rc chain_settle(struct chain *c, struct err *reterr);

enum chain_standing chain_standing(const struct chain *c, const char *scope, const uint8_t id[16]);
/* The i-th check with two or more corrections that nobody has chosen between; false past the end. */
bool chain_dispute(const struct chain *c, size_t i, const char **retscope, const uint8_t **retid);
/* The i-th correction of a check, by id; NULL past the end. Borrowed. */
const uint8_t *chain_correction(const struct chain *c, const char *scope, const uint8_t id[16],
				size_t i);

/* Id of the one decision between the corrections of a check (E23). */
void chain_choice_id(const uint8_t of[16], uint8_t ret[16]);
/* Its fields {"of","chosen","among"}: `among` is every correction known. Caller frees; NULL: no memory. */
struct json *chain_choice(const struct chain *c, const char *scope, const uint8_t of[16],
			  const uint8_t chosen[16]);

#endif
