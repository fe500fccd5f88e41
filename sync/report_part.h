/*
 * report_part: the inside of a report, shared by report*.c only. Everything else uses report.h.
 *
 * A base is what a prefix of the log says: the entities of the kinds that matter, merged, and
 * then read out into plain records. A week looks at a base through a catalogue: one standing for
 * each commune.
 */
#ifndef KK_SYNC_REPORT_PART_H
#define KK_SYNC_REPORT_PART_H

#include "lib/json.h"
#include "sync/chain.h"
#include "sync/form.h"
#include "sync/decision.h"
#include "sync/report.h"
#include "sync/report_unit.h"
#include "sync/unit.h"

enum report_kind {
	REPORT_PLACE,     /* facility */
	REPORT_STATEMENT, /* weekly_statement */
	REPORT_VISIT,     /* facility_check */
	REPORT_EQUIPMENT, /* equipment_check */
	REPORT_INVENTORY,
	REPORT_LINE,      /* equipment_line */
	REPORT_REVIEW,
	REPORT_CHOICE,
	REPORT_SCHEDULE,
	REPORT_CATALOGUE,
	REPORT_MERGER,
	REPORT_ISSUE,
	REPORT_KIND_N
};
enum { REPORT_CHECKS = 4 }; /* statement, visit, equipment, inventory: from REPORT_STATEMENT on */

/* ---- report_base.c ---- */

struct report_entity {
	enum report_kind kind;
	char scope[ENTRY_SCOPE_LEN];
	uint8_t id[16];
	uint8_t *state; /* merge_write */
	size_t len;
	uint8_t (*entry)[ENTRY_ID_LEN]; /* those applied */
	size_t n;
	int64_t first, last; /* their lowest and highest index */
	size_t at_last;      /* which of entry[] is that of the highest */
	size_t next;         /* hash chain, + 1 */
};

enum report_review { REPORT_OPEN, REPORT_APPROVED, REPORT_RETURNED };

/* A check, statement or inventory, as far as a report asks. */
struct report_check {
	const struct report_entity *e;
	bool whole, counts; /* M13; M12, M17 */
	enum report_review review;
	struct json *fields;    /* shown values of the form's fields a report reads */
	bool undecided;         /* two values of what was declared */
	bool has_of;            /* supersedes shows an id */
	uint8_t of[16];
	uint8_t place[16];      /* of a visit; zeros: none */
};
struct report_place {
	const struct report_entity *e;
	struct json *fields;
	bool undecided; /* two values of surplus_status */
	bool head;      /* M15 */
	uint8_t same[16];
	bool has_same;
};
struct report_line {
	const char *scope;
	uint8_t check[16];
	bool poor;
};
struct report_verdict {
	const char *scope;
	uint8_t target[16];
	struct decision decision;
};

struct report_base {
	struct keyring *keyring;
	const struct form_set *forms;
	struct report_entity *e;
	size_t n, cap, *head, nhead;
	uint8_t (*id)[ENTRY_ID_LEN]; /* of every entry */
	size_t nid, capid;
	/* after report_base_settle */
	struct report_check *check[REPORT_CHECKS]; /* visits by place, others by scope */
	size_t ncheck[REPORT_CHECKS];
	struct report_place *place;
	size_t nplace;
	struct report_line *line;
	size_t nline;
	struct report_verdict *verdict;
	size_t nverdict;
	struct json **schedule; /* fields of those without two values */
	size_t nschedule;
	struct unit_merger *merger;
	size_t nmerger;
	bool has_catalogue;
	uint8_t catalogue[CRYPT_HASH_LEN];
};
/* keyring is owned from here on; forms are borrowed. */
void report_base_init(struct report_base *b, struct keyring *keyring, const struct form_set *forms);
void report_base_free(struct report_base *b);
/* Any entry; what is not admitted or of another kind is only remembered by its id (M13). */
enum rc report_base_add(struct report_base *b, const struct entry *e, int64_t index,
			struct err *reterr);
/* Kind of the entity an entry sets; REPORT_KIND_N: none that matters. */
enum report_kind report_base_kind(const struct entry *e);
/* Its shown values of the fields a report reads, by the policies of version 1 (R2). */
enum rc report_base_fields(const struct report_base *b, const struct report_entity *e,
			   struct json **ret, bool *retconflict, struct err *reterr);

/* ---- report_read.c ---- */

/* After the last entry: from entities to the records above. */
enum rc report_base_settle(struct report_base *b, struct err *reterr);
/* The run of visits of a place, and of the other checks (0, 2, 3) of a scope. */
const struct report_check *report_read_visits(const struct report_base *b, const uint8_t place[16],
					      size_t *retn);
const struct report_check *report_read_scope(const struct report_base *b, size_t kind,
					     const char *scope, size_t *retn);

/* ---- report_unit.c ---- */

/* Commune of a place: that of its field or where the mergers lead from there, else that of its scope. */
ptrdiff_t report_units_of(const struct report_units *u, const struct report_base *b,
			  const struct report_place *p);

/* ---- report_week.c ---- */

/* What a week says of one commune. */
struct report_standing {
	const struct report_check *statement; /* NULL: none that counts */
	bool undecided; /* two values in it, or two that count */
	enum report_class class;
	bool unverified;
	int64_t due, done;
	bool poor;
};
/* One for each commune of u; the caller frees. */
enum rc report_week_standing(const struct report_base *b, const struct report_units *u,
			     const char *week, struct report_standing **ret, struct err *reterr);

/* ---- report_sum.c ---- */

struct report {
	char week[TEXT_WEEK_LEN];
	int64_t size, next;
	struct form_set *forms;
	struct report_learnt {
		struct entry *e;
		int64_t index;
	} *learnt;
	size_t nlearnt, caplearnt;
	uint8_t root[CRYPT_PK_LEN];
	struct report_base now, then; /* of all leaves; of those below the issue before */
	bool has_previous;
	struct report_issue previous;
	struct tree_frontier tree;
	/* after report_finish */
	struct report_units units, old_units;
	struct report_standing *standing;
	struct report_row *row, total;
	size_t nrow, nunit;
	struct report_unit *unit;
	struct json *kept; /* of report_of_kept: what the texts of rows and communes are borrowed from */
	uint8_t kept_root[TREE_HASH];
};
/* Rows, total and units from now, then and their catalogues. */
enum rc report_sum(struct report *r, struct err *reterr);

#endif
