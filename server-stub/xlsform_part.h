/*
 * xlsform_part: what the files of server-stub/xlsform share; nobody else includes it.
 *
 * xlsform_sheet.c reads the sheets into tables of known columns, xlsform_name.c gives every question its
 * name, xlsform_expr.c translates expressions, xlsform_list.c lists, xlsform_field.c a question, xlsform.c
 * groups, repeats and the whole, which xlsform_check.c looks through.
 */
#ifndef KK_COLLECTOR_XLSFORM_PART_H
#define KK_COLLECTOR_XLSFORM_PART_H

#include "lib/limits.h"
#include "lib/xlsx.h"
#include "server-stub/xlsform.h"
#include "sync/form.h"

enum xf_sheet { XF_SETTINGS, XF_CHOICES, XF_SURVEY, XF_SHEETS };

/* Columns; of one that is written in both languages the English follows the Vietnamese. */
enum xf_col {
	XF_TYPE,
	XF_NAME,
	XF_LABEL,
	XF_LABEL_EN,
	XF_HINT,
	XF_HINT_EN,
	XF_REQUIRED,
	XF_REQUIRED_MSG,
	XF_REQUIRED_MSG_EN,
	XF_RELEVANT,
	XF_CONSTRAINT,
	XF_CONSTRAINT_MSG,
	XF_CONSTRAINT_MSG_EN,
	XF_CALCULATION,
	XF_DEFAULT,
	XF_READONLY,
	XF_APPEARANCE,
	XF_REPEAT_COUNT,
	XF_CHOICE_FILTER,
	XF_MERGE,
	XF_KIND,
	XF_PLACES,
	XF_UNIT,
	XF_UNIT_EN,
	XF_LIST,
	XF_FORM_ID,
	XF_VERSION,
	XF_LANGUAGE,
	XF_CLASS,
	XF_TITLE_FIELDS,
	XF_KEY,
	XF_COLS
};

/* A row by its columns; texts are trimmed, in NFC, "" where empty. Of the arena. */
struct xf_row {
	int64_t line;
	const char *cell[XF_COLS];
};

struct xf_table {
	struct xf_row *row;
	size_t n, cap;
	size_t at[XF_COLS]; /* column of the sheet from 1; 0: it has none */
};

enum xf_type {
	XF_T_TEXT,
	XF_T_INTEGER,
	XF_T_DECIMAL,
	XF_T_DATE,
	XF_T_TIME,
	XF_T_DATETIME,
	XF_T_ONE,
	XF_T_MULTIPLE,
	XF_T_NOTE,
	XF_T_CALCULATE,
	XF_T_GEOPOINT,
	XF_T_IMAGE,
	XF_T_BARCODE,
	XF_T_ACKNOWLEDGE,
	XF_T_HIDDEN,
	XF_T_TODAY,
	XF_T_START,
	XF_T_END,
	XF_T_BEGIN_GROUP,
	XF_T_END_GROUP,
	XF_T_BEGIN_REPEAT,
	XF_T_END_REPEAT,
	XF_T_NONE /* not of the subset: told already */
};

/* A row of the survey once its type and name are known. */
struct xf_question {
	const struct xf_row *row;
	enum xf_type type;
	const char *list; /* select: name of the list, as we write it */
	const char *was;  /* name as it stands in the sheet */
	const char *name; /* as we write it; "" when it can have none */
	size_t form;      /* which of the forms it belongs to; 0: the main one */
};

enum { XF_FORMS_MAX = 16, XF_GROUPS_MAX = 16 };

/* A form under way: the main one, or that of a repeat. */
struct xf_form {
	const char *name;
	const struct xf_row *row; /* of the repeat; NULL: the main form */
	struct json *def, *fields, *sections, *lists, *rules, *children;
	const struct xf_question *heading; /* the group whose heading stands last */
	const struct xf_question **of;     /* the question of each field; NULL: one of the program's */
	size_t nof;
	const struct xf_question *note; /* waits for the next question, whose hint it becomes */
};

struct xf {
	const struct xlsform_ask *ask;
	struct xlsform *out;
	struct xlsx *book;
	struct arena mem;
	struct xf_table table[XF_SHEETS];
	bool english; /* what a column without a language is in */
	struct xf_question *q;
	size_t nq;
	struct xf_form form[XF_FORMS_MAX];
	size_t nform;
	const char *class;
	bool once; /* its records are submitted once: nothing of them changes */
	size_t group[XF_GROUPS_MAX]; /* groups and repeats we stand in: places in q */
	size_t ngroup;
	bool no_memory;
	bool loose; /* groups and repeats do not fit together: questions are looked at one by one */
};

/* ---- xlsform_sheet.c ---- */

/* All three sheets into tables. */
enum rc xlsform_sheets(struct xf *x, struct err *reterr);
const char *xlsform_sheet_name(enum xf_sheet s);
/* The one row of the settings; NULL without. */
const struct xf_row *xlsform_settings(const struct xf *x);
/* Tell a fault of a cell. args: pairs of name and value ended by NULL. */
void xlsform_error(struct xf *x, enum xf_sheet s, const struct xf_row *row, enum xf_col col,
	      const char *key, ...) __attribute__((sentinel));
/* The same for what is left out without harm. */
void xlsform_note(struct xf *x, enum xf_sheet s, const struct xf_row *row, enum xf_col col,
	     const char *key, ...) __attribute__((sentinel));
/* A fault found elsewhere. */
void xlsform_fault(struct xf *x, enum xf_sheet s, const struct xf_row *row, enum xf_col col,
	      const struct err *why);
/* Copy into the arena; "" without memory, which is noted. */
const char *xlsform_keep(struct xf *x, struct span s);

/* ---- xlsform_name.c ---- */

/* Every row of the survey its type, name and form; forms of repeats are opened. */
enum rc xlsform_names(struct xf *x, struct err *reterr);
/* A name as we write it: lower case, - and . as _; "" when it is none of ours. */
const char *xlsform_name(struct xf *x, const char *was);
/* The question of that name in the sheet; NULL: none. */
const struct xf_question *xlsform_question(const struct xf *x, struct span was);
/* Is it one of the types that only arrange others? */
bool xlsform_is_frame(enum xf_type t);

/* ---- xlsform_expr.c ---- */

/*
 * The expression of a cell as one of ours, for a question of form `form`; NULL when it is none, which
 * is told unless `quiet`. Of the arena.
 */
const char *xlsform_expr(struct xf *x, const struct xf_row *row, enum xf_col col, size_t form, bool quiet);

/* ---- xlsform_field.c ---- */

/* {"vi","en"} of two columns; NULL when both are empty. One that is missing is told. */
struct json *xlsform_pair(struct xf *x, enum xf_sheet s, const struct xf_row *row, enum xf_col col);
/* A question as a field of its form; what is wrong with it is told. */
void xlsform_field(struct xf *x, const struct xf_question *q);
/* A field the program needs. def is taken over. */
void xlsform_own_field(struct xf *x, struct xf_form *f, struct json *def);

/* ---- xlsform_list.c ---- */

/* Does the list stand in the sheet of choices; does it have that value? */
bool xlsform_list(const struct xf *x, const char *list);
bool xlsform_list_has(const struct xf *x, const char *list, struct span value);
/* Put the list into the form's, if it is not there. */
void xlsform_list_use(struct xf *x, struct xf_form *f, const char *list);
/* Tell what is wrong with the sheet of choices. */
void xlsform_lists_check(struct xf *x);

/* ---- xlsform_check.c ---- */

/* The definitions through form_problems: faults become findings. RC_NOMEM. */
enum rc xlsform_check(struct xf *x, struct err *reterr);

#endif
