/*
 * record: from what a person typed to sealed entries, for every operation that writes.
 *
 * A batch is one act: everything in it is sealed together in one transaction, or, when
 * one of its records has an error, nothing is. Records of registers, sessions and their
 * lines are sealed at once or by way of a draft; checks and statements are drafts until they are
 * submitted with their lines (E24, M12). Not here: the operations' arguments and their prints.
 */
#ifndef KK_AGENT_RECORD_H
#define KK_AGENT_RECORD_H

#include "agent/author.h"
#include "agent/look.h"
#include "lib/codec.h"
#include "sync/form_check.h"

struct record_batch {
	struct agent *agent;
	struct look look;
	const struct json *in;  /* the operation's body: clerk, pin. Borrowed */
	struct author *author;  /* NULL until something is to be sealed */
	struct json *made;      /* object: id text -> scope, of every record made here */
	struct json *drafts;    /* array: to be kept after the entries */
	struct json *submitted; /* array: ids of drafts that end with this batch */
	bool failed;            /* a record has an error: nothing will be kept */
	size_t sealed;          /* entries waiting for record_keep */
	bool alone;             /* one record only: what cannot be submitted stays a draft */
	bool from_file;         /* new records may bring their ids */
	bool bulk;              /* thousands of rows: the caller looks for twins and repeated ids */
	bool dry;               /* check only: nothing is sealed and nobody signs (a preview) */
};

/* Free with record_end, also after a failure. */
enum rc record_begin(struct record_batch *b, const struct op_call *call, const struct json *in,
		     struct err *reterr);
void record_end(struct record_batch *b);
/* Who signs, from now on. RC_USAGE op_need_secret("pin") when the key is locked. */
enum rc record_sign(struct record_batch *b, struct err *reterr);
/* Keep everything: the entries in one transaction, then the drafts. Nothing when b->failed. */
enum rc record_keep(struct record_batch *b, struct err *reterr);
/*
 * A whole operation as one batch: begin, `write` (which appends results to all), keep, answer.
 */
enum rc record_act(const struct op_call *call, const struct json *in,
		   enum rc (*write)(struct record_batch *b, const struct json *in,
				    struct json *all, struct err *reterr),
		   struct json **ret, struct err *reterr);
/* The answer of every operation that writes: {"records":all,"saved":bool}; all is taken. */
struct json *record_answer(const struct record_batch *b, struct json *all);

/*
 * One record {"kind","id","parent","reason","fields","children","submit","discard","seen"}, values as
 * typed: a new one, an edit, or a draft. *ret: {"kind","kind_label","id","short","title",
 * "state":"sealed|submitted|draft|unchanged|discarded|refused","entry","errors":[FINDING],
 * "warnings":[],"todo":[],"emptied":[labels]}, the caller's. FINDING = {"field","label","text",
 * "child","line"}. An error only sets b->failed.
 */
enum rc record_take(struct record_batch *b, const struct json *item, struct json **ret,
		    struct err *reterr);

/* A change of a record that is sealed already. */
struct record_change {
	const struct store_entity *e;
	const struct json *typed; /* object of typed values */
	bool wire;                /* typed holds wire values, of a draft */
	const char *reason;       /* NULL: none */
	bool decide;              /* every field given is written, its siblings named (M10) */
	const struct json *seen;  /* what the author had before her (agent/seen.h); NULL: what stands now */
};
/* RC_INPUT "record.reason_needed", RC_DENIED "record.other_scope". */
enum rc record_edit(struct record_batch *b, const struct record_change *c, struct json **ret,
		    struct err *reterr);

/*
 * Seal a draft of any kind: a submission, a change of a record, a new record with its lines.
 * *ret as record_take's; "refused" when it has errors, and then the batch has failed.
 */
enum rc record_seal_draft(struct record_batch *b, const struct form *f, const struct json *draft,
			  struct json **ret, struct err *reterr);

/* Text of a reason as it may stand in an entry; *ret NULL when it says nothing. Caller frees. */
enum rc record_reason(const char *typed, char **ret, struct err *reterr);

/* ---- record_write.c: what the program itself writes ---- */

struct record_whole {
	const struct form *form;
	const char *scope;
	const uint8_t *id;              /* 16 bytes */
	const struct store_entity *was; /* NULL: a new entity */
	const struct json *fields;      /* wire values */
	const char *reason;
};
/*
 * Sign and seal one `set` of these fields, naming their siblings; what stands already and is
 * written once is left out. *ret as record_take's, state "sealed". RC_INPUT
 * "record.reason_needed", RC_DENIED "record.other_scope".
 */
enum rc record_write(struct record_batch *b, const struct record_whole *w, struct json **ret,
		     struct err *reterr);

/* ---- record_input.c: one record's values ---- */

/* The object every result is, with empty lists. */
struct json *record_result(struct record_batch *b, const struct form *f);
/* Add what went wrong with a field (NULL: with the record) to o's errors; sets b->failed. */
void record_error(struct record_batch *b, struct json *o, const struct form_field *ff,
		  const struct err *why);
/* Add a message to o's warnings. ff NULL: about the record. */
void record_warn(struct record_batch *b, struct json *o, const struct form_field *ff,
		 const char *key);
/* Typed values into wire values (null: empty); errors into o. */
enum rc record_input(struct record_batch *b, const struct form *f, const struct json *typed,
		     struct json *wire, struct json *o, struct err *reterr);
/* What the program knows: scope, clerk, book figures, the form's defaults; only empty fields. */
enum rc record_fill(struct record_batch *b, const struct form *f, const struct json *parent,
		    struct json *wire, struct err *reterr);
/*
 * Empty each field that lost its ground and is not in `typed` (wire values, may be `change`):
 * removed from rec, put as null into change (may be NULL), its label into o's emptied.
 */
enum rc record_empty(struct record_batch *b, const struct form *f, struct json *rec,
		     const struct json *typed, struct json *change, struct json *o,
		     struct err *reterr);
/* The fields in the order of the form, empty ones left out unless nulls. Caller frees. */
struct json *record_ordered(const struct form *f, const struct json *wire, bool nulls);
/* Title of wire values as JSON gives it. */
void record_title(struct record_batch *b, const struct form *f, const struct json *wire,
		  struct buf *out);
/* Put "id", "short", "title" into a result. */
void record_name(struct record_batch *b, struct json *o, const struct form *f, const uint8_t id[16],
		 const struct json *wire);
/* Warn of other records with the same code, serial number or parcel. */
enum rc record_twins(struct record_batch *b, const struct form *f, const struct json *wire,
		     const uint8_t id[16], struct json *o, struct err *reterr);

/* ---- record_check.c: against the form ---- */

struct record_check {
	const struct form *form;
	const struct json *rec, *parent, *children; /* wire values; the last two may be NULL */
	size_t child;                               /* index among the children, SIZE_MAX: none */
	const char *line;                           /* its title, NULL */
	const struct json
	    *known;       /* object of texts: errors that stood before and are only warnings */
	const char *list; /* where errors go: "errors" or "todo" */
};
/* Findings into o. Errors in "errors" set b->failed. */
enum rc record_check(struct record_batch *b, const struct record_check *c, struct json *o,
		     struct err *reterr);
/*
 * The errors a record has now in fields that `change` leaves alone, as `known`. children: its
 * lines; NULL: not known. Caller frees.
 */
enum rc record_known(struct record_batch *b, const struct form *f, const struct json *rec,
		     const struct json *children, const struct json *change, struct json **ret,
		     struct err *reterr);

/* ---- record_draft.c: what is being filled in (struct: agent/draft.h) ---- */

/* The form a draft, or one of its lines, was begun with. RC_NOTFOUND "record.no_kind". */
enum rc record_draft_form(struct record_batch *b, const struct json *part, const struct form **ret,
			  struct err *reterr);
/* A new draft of a form, filled with its defaults. */
enum rc record_draft_new(struct record_batch *b, const struct form *f, struct json **ret,
			 struct err *reterr);
/* One that changes a record. RC_CONFLICT "record.submitted" for a check or statement. */
enum rc record_draft_edit(struct record_batch *b, const struct store_entity *e, struct json **ret,
			  struct err *reterr);
/*
 * The record a person wants to correct, and the form for it. RC_INPUT "correct.not_check",
 * RC_CONFLICT "correct.draft", "correct.superseded", "correct.choose", "correct.not_chosen".
 */
enum rc record_draft_corrects(struct record_batch *b, const char *typed, struct store_entity **ret,
			      const struct form **retform, struct err *reterr);
/* Its values and lines as a new draft that takes its place (M12). reason may be NULL. */
enum rc record_draft_correct(struct record_batch *b, const struct store_entity *e,
			     const struct form *f, const char *reason, struct json **ret,
			     struct err *reterr);
/* Does a draft change the record of that id, or correct it? */
bool record_draft_is_of(const struct json *draft, const char *id);
/* The newest draft on this PC that corrects it, by whomever it was begun; *ret NULL without one. Caller frees. */
enum rc record_draft_correction(struct record_batch *b, const uint8_t id[16], struct json **ret,
			   struct err *reterr);
/* The record a draft changes or corrects; *ret NULL when it is a new one. Caller frees. */
enum rc record_draft_base(struct record_batch *b, const struct json *draft,
			  struct store_entity **ret, struct err *reterr);
/* Take typed values and children into a draft; errors into o, and then it is not to be kept. */
enum rc record_draft_merge(struct record_batch *b, const struct form *f, struct json *draft,
			   const struct json *item, struct json *o, struct err *reterr);

/* Some fields of a draft or of one of its lines, as they are left on a screen. */
struct record_typed {
	const struct json *fields; /* object of typed values; NULL: none */
	int64_t line;              /* number of the line; 0: the draft itself */
	const char *add;           /* kind of a part to be added to it: a line, a line's photo; NULL: none */
	bool discard;              /* take the line away, with what is of it */
	const char *focus;         /* where the person is now; NULL: as before */
	const char *reason;        /* of an edit; NULL: as before */
};
/*
 * Take them in. What cannot be read is kept as typed; "line" of a line added, "emptied" and
 * "errors" go into o. RC_INPUT "form.no_field", "record.no_child"; RC_NOTFOUND "draft.no_line"; RC_LIMIT "E18"
 * "draft.full" when there are as many parts as one submission can name.
 */
enum rc record_draft_set(struct record_batch *b, const struct form *f, struct json *draft,
			 const struct record_typed *t, struct json *o, struct err *reterr);
/* The child of the same kind and key; NULL when there is none (or the kind has no key). */
struct json *record_child(const struct form *child, struct json *children, const struct json *wire);

/* ---- record_live.c: a draft as a screen shows it ---- */

/*
 * {"id","short","kind","kind_label","title","version","newest","class","saved_at","focus","reason",
 * "reason_needed","edits","corrects","base_title","fields":{NAME:LIVE …},"lines":[{"no","of","kind",
 * "kind_label","title","fields","errors","todo","warnings","added"} …],"gone":[title …],"errors":[text …],
 * "todo":[text …],"warnings":[text …],"nerror","ntodo","nwarning","nchange","ready"}. LIVE = {"applies",
 * "required","value","text","typed","old","error","missing","warnings":[text …]}; members that say
 * nothing are left out; old: what an edit or a correction
 * changes. twins: look for other records that may be the same thing. The caller frees *ret.
 */
enum rc record_live(struct record_batch *b, const struct json *draft, bool twins,
		    struct json **ret, struct err *reterr);

/* ---- record_submit.c: checks and statements ---- */

/* A draft as it would be sealed: what the program knows filled in. */
struct record_parts {
	const struct form *form;
	struct json *rec;          /* the header's values */
	struct json *kids;         /* [{"no","kind" with its version,"fields","typed","children"}], parents filled in */
	const struct json *unread; /* of the draft: field -> text; borrowed */
	char id[CODEC_UUID_LEN + 1];
	char scope[ENTRY_SCOPE_LEN]; /* where all of it will stand; "" while nobody signs */
};
enum rc record_parts_make(struct record_batch *b, const struct form *f, const struct json *draft,
			  struct record_parts *w, struct err *reterr);
void record_parts_free(struct record_parts *w); /* also half made */
/* More lines and photos than one submission can name (E18: LIMIT_ENTRY_STRINGS)? Then in words how many must go. */
bool record_parts_over(struct record_batch *b, const struct record_parts *w, struct buf *out);

/* Say what is still missing, as "todo" of o. */
enum rc record_draft_todo(struct record_batch *b, const struct form *f, const struct json *draft,
			  struct json *o, struct err *reterr);
/*
 * Check a draft as a whole and seal it, children first. Its "fields" may name
 * `supersedes`; its "scope" says where it belongs when that is not where new records go (M18).
 * RC_EXISTS "submit.exists".
 */
enum rc record_submit(struct record_batch *b, const struct form *f, const struct json *draft,
		      struct json *o, struct err *reterr);
/* E23, or a new UUIDv7. scope: where it will stand; NULL: not known yet. */
enum rc record_id(struct record_batch *b, const struct form *f, const char *scope,
		  const struct json *wire, uint8_t ret[16], struct err *reterr);

#endif
