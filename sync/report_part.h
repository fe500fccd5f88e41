/*
 * report_part: the inside of a report, shared by report*.c only. Everything else uses report.h.
 *
 * A base is what a prefix of the log says, as plain records: read from the entries (report_log), or from
 * facts that somebody kept. A week looks at a base through a catalogue: one standing for
 * each commune.
 */
#ifndef KK_SYNC_REPORT_PART_H
#define KK_SYNC_REPORT_PART_H

#include "lib/json.h"
#include "sync/chain.h"
#include "sync/decision.h"
#include "sync/due.h"
#include "sync/form.h"
#include "sync/report.h"
#include "sync/report_fact.h"
#include "sync/report_log.h"
#include "sync/report_unit.h"
#include "sync/unit.h"

enum { REPORT_CHECKS = 4 }; /* statement, visit, equipment, inventory: from REPORT_STATEMENT on */

/* ---- report_base.c ---- */

enum report_review { REPORT_OPEN, REPORT_APPROVED, REPORT_RETURNED };
enum report_declared { REPORT_SAYS_NOTHING, REPORT_SAYS_ADEQUATE, REPORT_SAYS_NOT };
enum report_car { REPORT_CAR_UNTOLD, REPORT_CAR_NONE, REPORT_CAR_NOT_ENTITLED };

/* What only a statement says. */
struct report_said {
	char week[TEXT_WEEK_LEN];
	enum report_declared declared; /* "chua" or something missing: NOT */
	enum report_car car;
	char *obstacles; /* NULL: none */
	bool undecided;  /* two values of what was declared */
	uint8_t newest[ENTRY_ID_LEN];
};

/* A check, statement or inventory, as far as a report asks. */
struct report_check {
	char scope[ENTRY_SCOPE_LEN];
	char day[TEXT_DATE_LEN]; /* it was checked or counted; "": not told */
	bool whole, counts;      /* M13; M12, M17 */
	bool has_of;             /* supersedes shows an id */
	uint8_t review;          /* enum report_review, of a statement */
	uint8_t id[16], of[16];
	uint8_t place[16];       /* of a visit; zeros: none */
	int64_t first;
	struct report_said *said; /* of a statement */
};
struct report_place {
	char scope[ENTRY_SCOPE_LEN], commune[ENTRY_SCOPE_LEN]; /* commune: "" none told */
	uint8_t id[16], same[16];
	bool undecided; /* two values of surplus_status */
	bool head;      /* M15 */
	bool has_same, handled, remaining;
	enum report_figure to; /* of one that is handled */
};
struct report_line { /* one below quality */
	char scope[ENTRY_SCOPE_LEN];
	uint8_t check[16];
};
struct report_verdict {
	char scope[ENTRY_SCOPE_LEN];
	uint8_t target[16];
	struct decision decision;
};
struct report_choice {
	char scope[ENTRY_SCOPE_LEN];
	struct merge_state *state;
};
/* An entry that a check names as its child (E24). */
struct report_child {
	uint8_t id[ENTRY_ID_LEN];
	uint8_t check;  /* which of check[] */
	uint32_t place; /* in it */
};

struct report_base {
	struct keyring *keyring;
	const struct form_set *forms;
	int64_t size; /* of the prefix */
	char since[TEXT_DATE_LEN], until[TEXT_DATE_LEN]; /* days that visits are asked for: from, and before; "" none */
	struct report_check *check[REPORT_CHECKS]; /* visits by place, others by scope */
	size_t ncheck[REPORT_CHECKS];
	struct report_child *child;
	size_t nchild;
	struct report_place *place;
	size_t nplace;
	struct report_line *line;
	size_t nline;
	struct report_verdict *verdict;
	size_t nverdict;
	struct report_choice *choice;
	size_t nchoice;
	struct json **schedule; /* fields of those without two values */
	size_t nschedule;
	struct unit_merger *merger;
	size_t nmerger;
	bool has_catalogue;
	int64_t catalogue_first; /* -1: none yet */
	uint8_t catalogue[CRYPT_HASH_LEN];
};
/* keyring is owned from here on; forms are borrowed. */
void report_base_init(struct report_base *b, struct keyring *keyring, int64_t size,
		      const struct form_set *forms);
void report_base_free(struct report_base *b);
/* One record. state: of a choice, taken over. */
enum rc report_base_take(struct report_base *b, const struct report_fact *f, struct merge_state *state,
			 struct err *reterr);
/*
 * All records of a log of which this prefix (bit) is asked, the schedules first: week and others (NULL: none) are
 * the weeks that will be asked, so that visits of other days are not kept.
 */
enum rc report_base_read(struct report_base *b, const struct report_log *l, unsigned prefix,
			 const char *week, const char *other, struct err *reterr);

/* ---- report_read.c ---- */

/* Is there an entry with that id below size? */
typedef bool report_has(void *ctx, const uint8_t id[ENTRY_ID_LEN], int64_t size);
/* After the last record: which of them count. */
enum rc report_base_settle(struct report_base *b, report_has *has, void *ctx, struct err *reterr);
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
/* The last period of a schedule that was due by the end of the week's Wednesday (R5); false: none. */
bool report_week_period(const char *week, const struct json *schedule, struct due_period *ret);
/* One for each commune of u; the caller frees. */
enum rc report_week_standing(const struct report_base *b, const struct report_units *u,
			     const char *week, struct report_standing **ret, struct err *reterr);

/* ---- report_sum.c ---- */

enum { REPORT_NOW, REPORT_THEN, REPORT_PREFIXES };

struct report {
	char week[TEXT_WEEK_LEN];
	int64_t size, next;
	struct form_set *forms;
	struct report_learnt {
		struct entry *e;
		int64_t index;
	} *learnt;
	size_t nlearnt, caplearnt;
	uint8_t key[CRYPT_PK_LEN];  /* root of keys */
	struct report_base base[REPORT_PREFIXES]; /* of all leaves; of those below the issue before */
	bool ready; /* records are read, as far as there are entries */
	bool has_previous;
	struct report_issue previous;
	struct report_log log;      /* of the leaves, or of records without a fact */
	struct tree_frontier tree;  /* of the leaves added */
	struct report_ref {
		uint8_t id[ENTRY_ID_LEN];
		int64_t index;
	} *ref; /* of each leaf added, or of those that were asked for; by id when ready */
	size_t nref, capref;
	uint8_t *hint; /* a bit for each beginning of an id that is asked for */
	bool given;                  /* root stands for leaves that were not added */
	uint8_t root[TREE_HASH];     /* when given */
	/* after report_finish */
	struct report_units units, old_units;
	struct report_standing *standing;
	struct report_row *row, total;
	size_t nrow, nunit;
	struct report_unit *unit;
	struct json **kept; /* of report_of_kept: what the texts of rows and communes are borrowed from */
	size_t nkept;
};
/* Rows, total and units from now, then and their catalogues. */
enum rc report_sum(struct report *r, struct err *reterr);

#endif
