/*
 * stocktake: a session (form inventory) as those who count see it: which assets of the register
 * belong to it, what was counted of them, what an earlier session said, and what a scanner
 * read. Reads only: what is written goes through agent/record. Not here: papers (agent/minutes).
 */
#ifndef KK_AGENT_STOCKTAKE_H
#define KK_AGENT_STOCKTAKE_H

#include "agent/look.h"
#include "agent/record.h"
#include "lib/codec.h"

enum {
	STOCKTAKE_PAST = 12,   /* earlier sessions in which an asset is looked for */
	STOCKTAKE_LABEL = 18,  /* what a label of ours says: 17 digits and dashes, with the NUL */
	STOCKTAKE_BURST = 1024 /* bytes of one burst of a scanner; 70 of our codes run together */
};

/* A session counted before. */
struct stocktake_past {
	char scope[ENTRY_SCOPE_LEN], uuid[CODEC_UUID_LEN + 1];
};
struct stocktake {
	struct look *look;
	struct store_entity *e; /* the session */
	struct json *rec;       /* its values */
	char uuid[CODEC_UUID_LEN + 1];
	const struct form *line; /* form of its lines */
	bool finished;
	struct stocktake_past past[STOCKTAKE_PAST]; /* newest first, of any commune of this PC */
	size_t npast;
};

/* typed: as look_find takes it. Free with stocktake_close, also after a failure. RC_NOTFOUND. */
enum rc stocktake_open(struct stocktake *t, struct look *l, const char *typed, struct err *reterr);
void stocktake_close(struct stocktake *t);
/* RC_CONFLICT "stocktake.finished" when it is. */
enum rc stocktake_counting(const struct stocktake *t, struct err *reterr);

/* Does an asset belong to what this session counts? asset: its values. */
bool stocktake_covers(const struct stocktake *t, const struct json *asset);
/* Is it in that room by the books? Case and tones aside; NULL or "" is any room. */
bool stocktake_in_room(const struct json *asset, const char *room);
/* The line of an asset in this session; *ret NULL with RC_OK when nobody made it yet. */
enum rc stocktake_line(const struct stocktake *t, const char *asset, struct store_entity **ret,
		       struct err *reterr);
/*
 * What the last earlier session with a line of it said: {"session" (its title),"counted_at","status",
 * "status_text","condition_text","found_location","discrepancy_text"}; *ret NULL: none did.
 */
enum rc stocktake_last(const struct stocktake *t, const char *asset, struct json **ret,
		       struct err *reterr);
/* Is what a line says newer than what the one who finished the session knew (sync/late)? */
enum rc stocktake_late(const struct stocktake *t, const struct merge_state *line, bool *ret,
		       struct err *reterr);

/* An asset as it was read; borrowed. */
struct stocktake_asset {
	const uint8_t *id; /* 16 bytes */
	const struct merge_state *state;
	const struct form *form;
};
static inline struct stocktake_asset stocktake_asset(const struct store_entity *e)
{
	return (struct stocktake_asset){e->id, e->state, e->form};
}

/*
 * An asset with its line: {"asset","short","label","name","code","serial","location","facility","class",
 * "class_text","uom_text","line","status","status_text","book":SUM,"counted":SUM,"diff":SUM,
 * "condition","condition_text","use_state","use_state_text","discrepancy","discrepancy_text",
 * "cause","cause_text","proposal","proposal_text","found_location","note","undecided","late","inside"}, SUM =
 * {"qty","cost","residual"} of what is known. line NULL: not counted yet. Caller frees *ret.
 */
enum rc stocktake_row(const struct stocktake *t, const struct stocktake_asset *asset,
		      const struct store_entity *line, struct json **ret, struct err *reterr);

/* What a line says, put into o as a row has it (without the asset's members). */
enum rc stocktake_put_line(const struct stocktake *t, struct json *o,
			   const struct store_entity *line, struct err *reterr);

/* ---- stocktake_each.c: which assets there are ---- */

struct stocktake_want {
	const char *room; /* only what belongs there by the books, or was found there; NULL: any */
	bool lines;       /* only assets of which something was said */
};
/*
 * Call take for each asset of the session, and for each other one with a line: line_no 0: none.
 * An asset linked with others comes once, as its head (M15). Until take fails.
 */
enum rc stocktake_each(const struct stocktake *t, const struct stocktake_want *want,
		       enum rc (*take)(void *arg, const struct stocktake_asset *asset,
				       int64_t line_no, struct err *reterr),
		       void *arg, struct err *reterr);

/* ---- stocktake_rows.c: all of it ---- */

/* Their rows, in the order class, room, name. *ret: array; caller frees. */
enum rc stocktake_rows(const struct stocktake *t, const struct stocktake_want *want,
		       struct json **ret, struct err *reterr);
/*
 * {"book","counted","not_counted","unreached","missing","surplus","misplaced","undecided","late",
 * "different"} of rows.
 */
struct json *stocktake_counts(const struct json *rows);
/* Does a row belong to what is asked for: "all", "uncounted", "different", "counted"? NULL: all. */
bool stocktake_is(const struct json *row, const char *which);
/*
 * The same counts of the whole session, and its rooms [{"room","book","counted"} …] by name: without
 * making a row of each asset. Caller frees both.
 */
enum rc stocktake_tally(const struct stocktake *t, struct json **retcounts, struct json **retrooms,
			struct err *reterr);

/* ---- stocktake_committee.c ---- */

/* Every field of a record as people read it, by name. Caller frees. */
struct json *stocktake_texts(struct look *l, const struct form *f, const struct json *rec);
/* The members by their number: [{"id","fields","texts","conflicts"} …]; caller frees. */
enum rc stocktake_committee(const struct stocktake *t, struct json **ret, struct err *reterr);

/* ---- stocktake_code.c: what a scanner read ---- */

/* The text of an asset's label: its code, or digits of its id: never a letter. */
void stocktake_label(const struct json *asset, const uint8_t id[16], char ret[STOCKTAKE_LABEL]);
/* The asset a code names; *retn how many do, *ret only when it is one. */
enum rc stocktake_find(struct agent *agent, const char *code, struct store_entity **ret,
		       size_t *retn, struct err *reterr);
/*
 * The codes in a burst, appended to the array: parted by blanks and line ends, and, where what
 * stands between is no code, by the one way to read it as codes run together. A line of more than
 * STOCKTAKE_BURST bytes is looked at no closer and stands as it is.
 */
enum rc stocktake_split(struct agent *agent, const char *burst, struct json *codes,
			struct err *reterr);

/* ---- stocktake_count.c: what is written ---- */

/*
 * Write fields (typed values) into the asset's line, made when it is not there; what a new one needs
 * and nobody gave is taken from the books. A quantity, condition, state of use, place or cause says that it was
 * counted, unless count_status is among the fields. reason: of a change. *ret as record_take's.
 */
enum rc stocktake_write(const struct stocktake *t, struct record_batch *b,
			const struct store_entity *asset, const struct json *fields,
			const struct json *seen, const char *reason, struct json **ret, struct err *reterr);
/*
 * The photo of a line, in the batch that writes the line, so that both are sealed or neither: in's "attach" (path
 * of a file) or "image" (one kept already, as attach_named takes it); nothing, and RC_OK, without either. line: its
 * id. The result is appended to all. The errors of attach_file and, of the form `photo`, of look_form.
 */
enum rc stocktake_photo(struct record_batch *b, const struct json *in, const char *line,
			struct json *all, struct err *reterr);

#endif
