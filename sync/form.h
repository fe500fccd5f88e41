/*
 * form: a form definition (one JSON file, docs/FORMS.md) read strictly into memory.
 *
 * Unknown members, wrong types, unknown lists and names, bad patterns and bad
 * expressions are refused with their place. A struct form never changes after
 * parsing and may be shared between threads. A form_set holds all versions known.
 * Not here: checking a record (sync/form_check), what a role may write (sync/kinds).
 */
#ifndef KK_SYNC_FORM_H
#define KK_SYNC_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/re.h"
#include "sync/expr.h"

enum form_class {
	FORM_REGISTER,
	FORM_SESSION,
	FORM_CHECK,
	FORM_STATEMENT,
	FORM_LINE,
	FORM_CENTRE,
	FORM_CLASS_N
};

/* Wire form in brackets. */
enum form_type {
	FORM_TEXT,     /* [string, NFC] */
	FORM_CODE,     /* [string] without spaces; never a number, leading zeros stay */
	FORM_INT,      /* [integer] */
	FORM_DECIMAL,  /* [string, canonical decimal, at most `places`] */
	FORM_MONEY,    /* [integer] đồng */
	FORM_DATE,     /* [string] 2026-11-25 */
	FORM_DATETIME, /* [string] 2026-11-25T08:30, local time +07:00 */
	FORM_BOOL,     /* [true, false] */
	FORM_CHOICE,   /* [string], a value of `list` */
	FORM_CHOICES,  /* [array of different strings], values of `list` */
	FORM_REF,      /* [string] UUID of an entity of one of the kinds `of` */
	FORM_TAGS,     /* [array of different strings] */
	FORM_BLOB,     /* [object] sha256, size, type, name */
	FORM_PHONE,    /* [string] digits, perhaps a + in front */
	FORM_DERIVED,  /* computed by `calculate`, never stored */
	FORM_TYPE_N
};

enum form_merge {
	FORM_KEEP,
	FORM_LATEST,
	FORM_MAX,
	FORM_MIN,
	FORM_UNION,
	FORM_CENTRAL,
	FORM_IMMUTABLE,
	FORM_MERGE_N
};

enum form_state { FORM_PUBLISHED, FORM_CLOSED };

/* Both languages, NUL-terminated; both NULL when the member is absent. */
struct form_text {
	const char *vi;
	const char *en;
};

struct form_item {
	const char *v;
	struct form_text label;
};

struct form_list {
	const char *name;
	const struct form_item *item;
	size_t n;
};

/* A condition with its message: of a field (`warn`) or of the form (`rules`). */
struct form_rule {
	struct expr *expr;
	bool warn; /* shown when true; else a constraint, an error unless true */
	struct form_text msg;
};

struct form_field {
	const char *name;
	enum form_type type;
	struct form_text label;
	struct form_text hint;
	struct form_text unit;
	const char *pattern; /* NULL = none */
	struct re *re;       /* of pattern */
	bool required;       /* always */
	struct expr *required_if, *relevant, *constraint, *calculate; /* NULL = none */
	struct form_text constraint_msg;
	const struct form_rule *warn;
	size_t nwarn;
	/*
	 * `default`: as a wire value, or as an expression; both NULL = none. A string is a value
	 * where the type can take it as it stands (a list's value, a date, a decimal), else an
	 * expression: "now()", "${parent.unit_code}", "'text in quotes'".
	 */
	const struct json *def;
	struct expr *def_expr;
	enum form_merge merge;
	const struct form_list *list; /* choice, choices */
	bool has_min, has_max;
	struct expr_value min, max; /* numbers; for dates and date-times days since 1970 */
	size_t maxlen;           /* characters; 0 = none but the entry's own ceiling */
	unsigned places;         /* decimal: digits after the comma. derived: rounded to it if has_places */
	bool has_places;
	bool inner; /* derived: for other expressions only, never shown */
	const char *const *of;   /* ref: kinds */
	size_t nof;
};

/* A run of fields under one heading, up to the next section's first. */
struct form_section {
	struct form_text label;
	const char *from; /* name of its first field */
	size_t first;     /* index of that field */
};

struct form_child {
	const char *kind;
	size_t min, max; /* max = SIZE_MAX when absent */
};

struct form {
	const char *name;
	unsigned version;
	bool any_scope; /* scope "*"; else a commune */
	enum form_class class;
	struct form_text label;
	const char *const *title; /* names of the fields a list shows */
	size_t ntitle;
	const char *const *key; /* key parts of the entity id (E23): field names, or "scope" */
	size_t nkey;
	const char *parent_field; /* NULL = none */
	const char *const *parent_kind;
	size_t nparent_kind;
	const struct form_child *child;
	size_t nchild;
	const struct form_list *list;
	size_t nlist;
	const struct form_field *field;
	size_t nfield;
	const struct form_section *section; /* in the order of the fields; may be none */
	size_t nsection;
	const size_t *derived; /* indices of the derived fields, each after those it needs */
	size_t nderived;
	const struct form_rule *rule;
	size_t nrule;
	struct json *json; /* the definition, for pages; of the form */
	struct arena mem;
};

/*
 * Parse one definition. RC_INPUT (or the errors of json_parse, RC_LIMIT, RC_NOMEM) with
 * key formdef.* and arguments `at` = JSON path ("fields[3].merge") and, where it helps,
 * `name`; for a bad expression or pattern the key is that of expr_compile or re_compile,
 * with its own arguments and `at` added. The caller frees *ret.
 */
enum rc form_parse(struct span text, struct form **ret, struct err *reterr);
void form_free(struct form *f);
/*
 * The same, telling every fault it can rather than the first: unknown members, each member of a
 * field, each value of a list, section, child kind and rule that is wrong; names in expressions
 * only when the rest is right. *ret is the form when there was none, else untouched. RC_NOMEM.
 */
enum rc form_problems(struct span text, void (*take)(void *arg, const struct err *why), void *arg,
		      struct form **ret, struct err *reterr);

/* Field of that name; NULL when there is none. */
const struct form_field *form_field(const struct form *f, const char *name);
/* Item of a list by value; NULL when it is not in the list. */
const struct form_item *form_item(const struct form_list *l, const char *v);
/* Declared child kind; NULL when it is none. */
const struct form_child *form_child(const struct form *f, const char *kind);
/*
 * Merge policy of a stored field. `reason` is latest and `children` keep in any form
 * (E24); an unknown field is keep, so that nothing is lost.
 */
enum form_merge form_merge(const struct form *f, const char *field);
/* The text in "vi" or "en" (anything else: vi). NULL when absent. */
const char *form_say(struct form_text t, const char *lang);

/* Names on the wire: "money", "keep", "register". Never NULL. */
const char *form_type_name(enum form_type t);
const char *form_merge_name(enum form_merge m);
const char *form_class_name(enum form_class c);

/*
 * "asset/3" -> name "asset", version 3; without a suffix 1 (E16). False when it is not
 * of that form. `name` receives at most 32 bytes and the NUL.
 */
enum { FORM_NAME_LEN = 33 };
bool form_kind_split(struct span kind, char name[FORM_NAME_LEN], unsigned *retversion);
/* The way back: "asset" for version 1, "asset/3" above; FORM_KIND_LEN bytes with the NUL. */
enum { FORM_KIND_LEN = 40 };
void form_kind_join(const char *name, unsigned version, char out[FORM_KIND_LEN]);

/* ---- all forms known ---- */

struct form_set; /* owns its forms; forms stay until the set is freed, also when closed */

enum rc form_set_new(struct form_set **ret, struct err *reterr);
void form_set_free(struct form_set *s);

/*
 * Add f, which the set then owns (also when it fails: f is freed). RC_EXISTS "form.exists"
 * for a (name, version) already there; RC_LIMIT "form.set_full".
 */
enum rc form_set_add(struct form_set *s, struct form *f, enum form_state state, struct err *reterr);
/* Parse and add. The same version with the same bytes again only sets the state. */
enum rc form_set_load(struct form_set *s, struct span text, enum form_state state,
                      struct err *reterr);
/* Load every embedded "forms/NAME.json" as published, then form_set_check them all. */
enum rc form_set_builtin(struct form_set *s, struct err *reterr);
/*
 * Check what one form alone cannot: that each kind named as parent, child or in `of` is
 * known, and that ${kind.field} and ${parent.field} name stored or derived (children only)
 * fields of them. RC_INPUT "form.between" with arguments form, at (a field, "rules" …), name.
 */
enum rc form_set_check(const struct form_set *s, const struct form *f, struct err *reterr);

/* RC_NOTFOUND "form.unknown" when there is no such version. */
enum rc form_set_state(struct form_set *s, const char *name, unsigned version,
                       enum form_state state, struct err *reterr);

/* A set of its own with the same forms and states. */
enum rc form_set_copy(const struct form_set *s, struct form_set **ret, struct err *reterr);
/* Remember the log index of the entry that closed a version; unknown versions are passed over. */
void form_set_closed_at(struct form_set *s, const char *name, unsigned version, int64_t index);
/* That index when the version is closed now; -1: it is not, or nobody said where. */
int64_t form_set_closed(const struct form_set *s, const char *name, unsigned version);

/* Borrowed; NULL when unknown. */
const struct form *form_set_get(const struct form_set *s, const char *name, unsigned version);
const struct form *form_set_kind(const struct form_set *s, const char *kind); /* "asset/3" */
/* Highest version, closed ones too (merge policy, M3); and the highest published one. */
const struct form *form_set_newest(const struct form_set *s, const char *name);
const struct form *form_set_open(const struct form_set *s, const char *name);

/* The i-th by (name, version); NULL past the end. retstate may be NULL. */
const struct form *form_set_at(const struct form_set *s, size_t i, enum form_state *retstate);

#endif
