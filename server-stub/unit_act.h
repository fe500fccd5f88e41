/*
 * unit_act: what merging a commune and splitting one have in common: both communes, the certs that are missing (K14),
 * and the entity in "*" that says it (M18, M22), written last. Not here: which of them is asked for and whether it is
 * possible (op_unit.c, op_split.c).
 */
#ifndef KK_COLLECTOR_UNIT_ACT_H
#define KK_COLLECTOR_UNIT_ACT_H

#include "server-stub/act.h"
#include "server-stub/units.h"

/* A key and a commune it is to be certified for. */
struct unit_cert {
	size_t group;               /* place of the commune */
	struct authority_cert cert; /* as the newest one says, but for the scope */
};

struct unit_act {
	struct collector *col;
	const struct json *in;
	const char *kind, *from, *into;
	struct json *from_unit, *into_unit; /* as the catalogue has them */
	struct units units;
	struct units_group group; /* whose people need what */
	const struct ingest_snapshot *snap;
	struct unit_cert **wanted; /* in the order of the communes */
	size_t n, cap;
	struct act_entity was; /* the entity there is; state NULL: none */
	uint8_t id[16];
	struct json *fields; /* of it: what is to be written. Empty: nothing */
	bool done;           /* it was before */
	struct err *reterr;
};

/* Both communes and what the log says of any. Free with unit_act_close, also after a failure. RC_INPUT
   "enrolment.scope", RC_NOTFOUND "units.unknown". */
enum rc unit_act_open(struct unit_act *a, const struct op_call *call, const struct json *in,
		      const char *from, struct err *reterr);
void unit_act_close(struct unit_act *a);
/* RC_CONFLICT of the act's clause {scope, into}. */
enum rc unit_act_refuse(struct unit_act *a, const char *clause, const char *key, const char *scope,
			const char *into);
/* Is a commune closed in the catalogue? */
bool unit_act_closed(const struct json *unit);

/* Is a key, not revoked, of a PC or clerk, to have every commune of the group? */
typedef enum rc unit_act_whose(void *arg, const struct keyring_key *k, bool *ret, struct err *reterr);
/* Whoever belongs to one of the group's own communes: by where it writes (units_home). arg: the act. */
enum rc unit_act_own(void *arg, const struct keyring_key *k, bool *ret, struct err *reterr);
/* Note who lacks a cert. */
enum rc unit_act_want(struct unit_act *a, unit_act_whose *whose, void *arg);

/* A field of the entity and its value, NULL or "": none. */
struct unit_act_field {
	const char *name, *value;
};
/* The entity of that id: find what there is of it, and what of n fields, `effective` and `source` is to be written. */
enum rc unit_act_fields(struct unit_act *a, const uint8_t id[16], const struct unit_act_field *f, size_t n);

/*
 * Certs, commune by commune, then the entity, with also(arg) in its transaction. By the registrar of `as` and
 * `passphrase`, who serves all of them and "*". also: NULL: nothing; it alone where no field is to be written and
 * `pending`.
 */
typedef enum rc unit_act_also(void *arg, struct archive_writer *w, struct err *reterr);
enum rc unit_act_apply(struct unit_act *a, unit_act_also *also, void *arg, bool pending);

/* {"scope","certs"} into o. */
void unit_act_json(const struct unit_act *a, struct json *o);
/* A line for each cert. */
void unit_act_print(const struct lang *lang, const struct json *out, struct buf *text);

#endif
