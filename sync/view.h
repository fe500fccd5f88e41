/*
 * view: entities, their history and their conflicts as JSON for people, in both programs.
 *
 * Pure: from a merge state or the entries of one entity to a tree, with labels of the
 * form and texts as a reader in Vietnam writes them (1.234.567,89 and dd/mm/yyyy).
 * Clauses M3-M10 as they show. Not here: reading the store, the wording of pages.
 */
#ifndef KK_SYNC_VIEW_H
#define KK_SYNC_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/lang.h"
#include "sync/form.h"
#include "sync/keyring.h"
#include "sync/merge.h"

struct view_entry;

/* How to show. All may be NULL but lang. */
struct view_as {
	const struct form *form; /* labels, types, policies; NULL: names and plain values */
	const struct lang *lang;
	/* Append the title of the entity a ref field names; false: unknown, the id is shown. */
	bool (*title)(void *ctx, const char *uuid, struct buf *out);
	/* Written here: by a clerk of this PC, or at the centre. NULL: nobody is. */
	bool (*mine)(void *ctx, const struct view_entry *e);
	void *ctx;
};

/* Append a wire value as people read it; null gives nothing. ff NULL: no form knows the field. */
void view_text(const struct view_as *as, const struct form_field *ff, const struct json *value,
	       struct buf *out);

/* Append the entity's title: the texts of the form's title fields, " · " between; "" without. */
void view_title(const struct view_as *as, const struct merge_state *s, struct buf *out);

struct view_id {
	const char *scope, *kind; /* kind name without version */
	const uint8_t *id;        /* 16 bytes */
};

/*
 * {"scope","kind","kind_label","id","title","conflicts":n,"fields":{NAME:FIELD …}}, fields in the
 * order of the form, unknown ones after them by name. FIELD = {"label","type","value","text",
 * "unit" if any,"policy","conflict":bool,"at","entry","central","erased":true if so,"siblings":
 * [{"value","text","entry","at","central","erased"} …] by entry id}; in a conflict value is the latest.
 * derived (object name -> value, or NULL) adds {"label","type":"derived","value","text","unit"}.
 * Caller frees *ret. RC_NOMEM.
 */
enum rc view_entity(const struct view_as *as, const struct view_id *id, const struct merge_state *s,
		    const struct json *derived, struct json **ret, struct err *reterr);

/*
 * What one record of a thing says otherwise than its head, or alone (M15): [{"field","label",
 * "value","text"} …]. Caller frees; NULL when out of memory.
 */
struct json *view_differ(const struct view_as *as, const struct merge_state *head,
			 const struct merge_state *s);

/* One stored entry of op set (or its erased stub) of one entity. */
struct view_entry {
	struct merge_input in; /* merge_input_of or merge_input_erased */
	int64_t index;         /* KEYRING_NO_INDEX: not logged yet */
	enum keyring_verdict verdict;
	bool waiting;         /* own, its author's cert has not come: counts as admitted until then */
	unsigned flags;       /* enum keyring_flag */
	const uint8_t *key;   /* author, 32 bytes */
	const char *author;   /* name in the cert; NULL: unknown */
	int64_t lower, upper; /* interval in unix seconds; -1: unknown */
};

/*
 * When an entry was made: puts "at", "at_text" ("" when erased), "interval" [lower or null, upper or null]
 * and "flags" [{"flag","text"} …] into o.
 */
void view_when(const struct view_as *as, const struct view_entry *e, struct json *o);
/* Append "between … and …" of such an object, or the PC's clock while nothing else is known. */
void view_when_text(const struct lang *lang, const struct json *o, struct buf *out);
/* Append each of its flags as a line: indent, "! ", what it says, LF. */
void view_flags_text(const struct json *o, const char *indent, struct buf *out);

/*
 * Array, one element for each (entry, field) in the order given, `reason` not counted as a
 * field unless it stands alone: {"entry","index" or null,"who","key","at","at_text",
 * "interval":[lower or null, upper or null],"field","label","old":[{"value","text","entry"} …],
 * "new","new_text","reason","verdict" ("" when admitted),"why" (text, quarantined only),
 * "flags":[{"flag","text"} …],"erased"}. old: the values of the entries its `after` names.
 * Caller frees *ret. RC_NOMEM.
 */
enum rc view_history(const struct view_as *as, const struct view_entry *entry, size_t n,
		     struct json **ret, struct err *reterr);

/*
 * Set the flags that an entity's own entries tell (A9 `blind`, `again`); the entries in log
 * order, what has no index last. A PC finds them so; a collector keeps the same beside an entry, and changes them with
 * who counts (server-stub/anew).
 */
void view_flags(const char *kind, struct view_entry *entry, size_t n);

/*
 * A field's live writes beside what they all replaced: {"field","label","policy","conflict",
 * "siblings":[SIDE …],"base":[SIDE …],"mine":[SIDE …],"theirs":[SIDE …]}, SIDE =
 * {"value","text","entry","who","key","at","at_text","interval","old":[the values it replaced, as
 * in a history],"reason","flags","central","mine","erased"}; mine and theirs are the siblings
 * again, by as->mine. base: the nearest writes of the field that every sibling has, through any
 * number of steps of `after`, replaced: more than one after a decision between several, none when
 * they have none in common. Only admitted entries count.
 * Caller frees *ret. RC_NOTFOUND "merge.no_value", RC_NOMEM.
 */
enum rc view_conflict(const struct view_as *as, const struct view_entry *entry, size_t n,
		      const char *field, struct json **ret, struct err *reterr);
/* Array of the above, of every field of s in conflict (M4). Caller frees *ret. */
enum rc view_conflicts(const struct view_as *as, const struct merge_state *s,
		       const struct view_entry *entry, size_t n, struct json **ret,
		       struct err *reterr);
/*
 * Written off while somebody edited it (M16): {"by":[SIDE of `lifecycle` …],"edits":[{"entry","who",
 * "key","at","at_text","interval","reason","flags","mine","fields":[{"field","label","value","text",
 * "old"} …]} …]}; *ret NULL when it was not. Caller frees *ret. RC_NOMEM.
 */
enum rc view_retired(const struct view_as *as, const struct merge_state *s,
		     const struct view_entry *entry, size_t n, struct json **ret,
		     struct err *reterr);

#endif
