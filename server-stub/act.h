/*
 * act: what operations of the centre share: who acts, and on which entity.
 * A staff key is unlocked for the one act and forgotten after it (K2 custody).
 */
#ifndef KK_COLLECTOR_ACT_H
#define KK_COLLECTOR_ACT_H

#include "lib/op.h"
#include "server-stub/collector.h"
#include "server-stub/issuer.h"
#include "sync/merge.h"
#include "sync/view.h"

/* The arguments every signing operation has: who signs, and the passphrase. */
#define ACT_ARGS                                                                           \
	{.name = "as",                                                                     \
	 .type = OP_STRING,                                                                \
	 .flags = OP_REQUIRED,                                                             \
	 .help = "act.arg.as",                                                             \
	 .meta = "NAME"},                                                                  \
	{                                                                                  \
		.name = "passphrase", .type = OP_STRING, .flags = OP_SECRET | OP_REQUIRED, \
		.help = "act.arg.passphrase"                                               \
	}

/* Where the same id stands in several communes or kinds (M1): which one is meant. */
#define ACT_WHICH                                                                         \
	{.name = "scope", .type = OP_STRING, .help = "act.arg.scope", .meta = "CODE"},    \
	{                                                                                 \
		.name = "kind", .type = OP_STRING, .help = "act.arg.kind", .meta = "KIND" \
	}

/* The key of body members `as` and `passphrase`. Errors of vault_unseal. Caller frees *ret. */
enum rc act_signer(struct collector *col, const struct json *in, struct crypt_signer **ret,
		   struct err *reterr);

/* One entity as stored, with its form. */
struct act_entity {
	struct archive_entity e;
	struct merge_state *state;
	const struct ingest_snapshot *snap; /* holds form alive */
	const struct form *form;            /* NULL: no form of that kind */
};
/* Typed: UUID or its first digits. scope, kind NULL: any. Free with act_entity_free. */
enum rc act_entity(struct collector *col, const char *scope, const char *kind, const char *typed,
		   struct act_entity *ret, struct err *reterr);
/* By its number. */
enum rc act_entity_no(struct collector *col, int64_t no, struct act_entity *ret,
		      struct err *reterr);
/*
 * The one that body members `id`, `scope`, `kind` name, or what was typed, of those that whoever asks
 * may see: what they may not is as if it were not there (who_sees). The two above are for what an
 * operation comes to by itself.
 */
enum rc act_named(const struct op_call *call, const struct json *in, struct act_entity *ret,
		  struct err *reterr);
enum rc act_typed(const struct op_call *call, const char *scope, const char *kind,
		  const char *typed, struct act_entity *ret, struct err *reterr);
void act_entity_free(struct collector *col, struct act_entity *x);
/* What was written about it: {"id","kind","entry","index"}. Caller frees. */
struct json *act_answer(const struct act_entity *x, const uint8_t entry[ENTRY_ID_LEN],
			int64_t index);

/*
 * The rows of an entity as view_entry, for history and conflicts: loaded entries, authors'
 * names, intervals from checkpoints.
 */
struct act_history {
	struct view_entry *v;
	struct entry **e;
	char (*name)[AUTHORITY_NAME];
	size_t n, cap;
};
enum rc act_history(struct collector *col, const struct act_entity *x, struct act_history *ret,
		    struct err *reterr);
void act_history_free(struct act_history *h);

/* Messages for the JSON of views, in the language of the call; data stays as it was typed. */
enum rc act_lang(const struct op_call *call, struct lang **ret, struct err *reterr);

#endif
