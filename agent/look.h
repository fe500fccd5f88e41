/*
 * look: the store as a person asks about it: what was typed to name a record, titles of
 * records referred to, the entries of one record, in the reader's language. Shared by
 * the operations that read. Not here: writing (agent/record), tables (agent/print).
 */
#ifndef KK_AGENT_LOOK_H
#define KK_AGENT_LOOK_H

#include "agent/agent.h"
#include "lib/lang.h"
#include "lib/op.h"
#include "sync/decision.h"
#include "sync/view.h"

enum { LOOK_SHORT = 9 /* the last eight hex digits of an id, with the NUL */ };

struct look {
	struct agent *agent;
	struct lang *lang;
	int depth; /* titles within titles, while one is made */
};

/* In the language of the call. Free with look_close, also after a failure. */
enum rc look_open(struct look *l, const struct op_call *call, struct err *reterr);
void look_close(struct look *l);
/* For sync/view: with titles of what a ref names. l must stay where it is meanwhile. */
struct view_as look_as(struct look *l, const struct form *form);

/*
 * The record a person names: what store_entity_find takes, or the last 6 or more hex
 * digits of an id (the first ones of a UUIDv7 are its time and tell little apart).
 */
enum rc look_find(struct agent *agent, const char *kind, const char *typed,
		  struct store_entity **ret, struct err *reterr);
void look_short(const uint8_t id[16], char ret[LOOK_SHORT]);
/* Six or more hex digits that end this id? Case and dashes do not matter. */
bool look_is_end(const uint8_t id[16], const char *typed);

/* The form a person names: "asset", "asset/2", or its label. RC_NOTFOUND "record.no_kind". */
enum rc look_form(struct agent *agent, const char *typed, const struct form **ret,
		  struct err *reterr);
/* A field by name, or by its label in either language (case and tones aside); NULL. */
const struct form_field *look_field(const struct form *f, const char *typed);
/* Do two texts have the same search key? */
bool look_same(const char *a, const char *b);

/* Shown fields with derived ones, and the children's for them; the caller frees. */
enum rc look_derived(struct agent *agent, const struct store_entity *e, struct json **ret,
		     struct err *reterr);
/* The lines of a record as form_check takes them: [{"kind","fields"} …]; the caller frees. */
enum rc look_children(struct agent *agent, const struct store_entity *e, struct json **ret,
		      struct err *reterr);
/* The same, and after the lines what is of them in turn (their photos). */
enum rc look_parts(struct agent *agent, const struct store_entity *e, struct json **ret,
		   struct err *reterr);
/* Title of a state as JSON gives it; "" without. */
void look_title(struct look *l, const struct form *form, const struct merge_state *s,
		struct buf *out);

/* One record found by look_each. Borrowed during the callback. */
struct look_item {
	const char *scope, *kind;
	const uint8_t *id;
	const struct form *form; /* NULL: unknown */
	const struct merge_state *state;
	const struct store_item *item;
};
/* Every record of the filter with its state read; until take returns false. */
enum rc look_each(struct agent *agent, const struct store_filter *f,
		  bool (*take)(void *arg, const struct look_item *x), void *arg,
		  struct err *reterr);

/* The same of the page of a table. */
enum rc look_table(struct agent *agent, const struct store_table *t,
		   bool (*take)(void *arg, const struct look_item *x), void *arg,
		   struct store_table_count *ret, struct err *reterr);
/*
 * To each field of a shown record (view_entity) that is an attachment "file": {"state" (sent, waits,
 * missing, damaged), "size", "here" (bytes of it), after a failure "why" (key, clause, args), "again_at"}.
 */
enum rc look_files(struct agent *agent, struct json *entity, struct err *reterr);

/* What names a record: {"scope","kind","kind_label","id","short","title"}. Caller frees. */
struct json *look_named(struct look *l, const struct store_entity *e);
/*
 * The other records of a thing (M15), by id: [look_named with "same_as" if it shows one,
 * "differ":[{"field","label","value","text"} …]], differ: what one says otherwise than the head `e`
 * or that only it says; NULL differ when e is NULL. Caller frees *ret.
 */
enum rc look_members(struct look *l, const struct store_links *g, size_t node,
		     const struct store_entity *e, struct json **ret, struct err *reterr);
/* Put its head in the place of *e, when it is linked. things: all links, of its kind. */
enum rc look_head(struct agent *agent, const struct store_things *things, struct store_entity **e,
		  struct err *reterr);

/*
 * Comments of a review, "staff: text" each, as [{"field","label","text"} …]: field and label "" where the
 * form of what was reviewed (NULL: unknown) has no such field. Caller frees.
 */
struct json *look_comments(const struct look *l, const struct form *form, const struct json *tags);

/*
 * Reviews of any record of a commune (NULL: of all): [{"id","no","scope","index" (of its last entry; -1:
 * not in the log),"conflict","changed_at","fields"} …], newest first. Caller frees *ret.
 */
enum rc look_reviews(struct agent *agent, const char *scope, struct json **ret, struct err *reterr);
/* The one of them that is in force about a record (M19), borrowed, or NULL; and what it says. */
enum rc look_in_force(struct agent *agent, const struct json *reviews, const struct store_entity *e,
		      const struct json **retreview, struct decision *ret, struct err *reterr);
/* Was a record made after what it corrects had been approved by the centre (M19)? c: of its kind. */
enum rc look_after(struct agent *agent, const struct store_entity *e, const struct json *reviews,
		   bool *ret, struct err *reterr);

/* All entries of one record, in log order, unlogged last. */
struct look_entry {
	struct entry *e;      /* own copy */
	struct store_entry x; /* its e is not to be used */
	char name[AUTHORITY_NAME], title[AUTHORITY_NAME];
	char clause[8], key[ERR_KEY_LEN]; /* STORE_REFUSED */
};
struct look_history {
	struct look_entry *entry;
	struct view_entry *view; /* what sync/view takes */
	size_t n, nview, cap;
};
enum rc look_history(struct agent *agent, int64_t entity_no, struct look_history *ret,
		     struct err *reterr);
void look_history_free(struct look_history *h);
/* Has an entry of it a log index? */
bool look_logged(const struct look_history *h);

/* One of the clerks of this PC? */
bool look_is_own(struct agent *agent, const uint8_t key[CRYPT_PK_LEN]);

#endif
