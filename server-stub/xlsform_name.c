/*
 * xlsform_name: the rows of the survey: type, name, and which form each belongs to. Names are
 * written as ours are: lower case, `-` and `.` as `_`; two that become one are refused.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/num.h"
#include "server-stub/xlsform_part.h"

enum { NAME_LEN = 48, FORM_LEN = 32 };

/* Types as people write them. */
static const struct {
	const char *name;
	enum xf_type type;
} types[] = {
    {"text", XF_T_TEXT},          {"string", XF_T_TEXT},
    {"integer", XF_T_INTEGER},    {"int", XF_T_INTEGER},
    {"decimal", XF_T_DECIMAL},    {"date", XF_T_DATE},
    {"time", XF_T_TIME},          {"datetime", XF_T_DATETIME},
    {"select_one", XF_T_ONE},     {"select1", XF_T_ONE},
    {"select_multiple", XF_T_MULTIPLE}, {"note", XF_T_NOTE},
    {"calculate", XF_T_CALCULATE}, {"geopoint", XF_T_GEOPOINT},
    {"gps", XF_T_GEOPOINT},       {"image", XF_T_IMAGE},
    {"photo", XF_T_IMAGE},        {"barcode", XF_T_BARCODE},
    {"acknowledge", XF_T_ACKNOWLEDGE}, {"trigger", XF_T_ACKNOWLEDGE},
    {"hidden", XF_T_HIDDEN},      {"today", XF_T_TODAY},
    {"start", XF_T_START},        {"end", XF_T_END},
    {"begin_group", XF_T_BEGIN_GROUP}, {"end_group", XF_T_END_GROUP},
    {"begin_repeat", XF_T_BEGIN_REPEAT}, {"end_repeat", XF_T_END_REPEAT},
};

bool xlsform_is_frame(enum xf_type t)
{
	return t >= XF_T_BEGIN_GROUP;
}

const char *xlsform_name(struct xf *x, const char *was)
{
	char name[NAME_LEN + 1];
	size_t n = 0;

	for (; was[n] && n < NAME_LEN; n++) {
		char c = was[n];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		name[n] = (char)(c == '-' || c == '.' ? '_' : c);
		if (!((name[n] >= 'a' && name[n] <= 'z') ||
		      (n > 0 && ((name[n] >= '0' && name[n] <= '9') || name[n] == '_'))))
			return "";
	}
	return was[n] ? "" : xlsform_keep(x, span_of(name, n));
}

const struct xf_question *xlsform_question(const struct xf *x, struct span was)
{
	for (size_t i = 0; i < x->nq; i++)
		if (x->q[i].was[0] && span_eq_str(was, x->q[i].was))
			return &x->q[i];
	return NULL;
}

/* "select one LIST", "begin group": the first word or two, and what is left. */
static const char *first_word(const char *cell, char ret[64])
{
	static const char *const two[] = {"select one", "select multiple", "begin group",
					  "end group",  "begin repeat",    "end repeat"};
	size_t n = 0;

	for (; cell[n] && n < 63; n++)
		ret[n] = (char)(cell[n] >= 'A' && cell[n] <= 'Z' ? cell[n] - 'A' + 'a' : cell[n]);
	ret[n] = '\0';
	for (size_t i = 0; i < sizeof(two) / sizeof(two[0]); i++) {
		size_t len = strlen(two[i]);

		if (strncmp(ret, two[i], len) == 0 && (ret[len] == ' ' || !ret[len]))
			*strchr(ret, ' ') = '_';
	}
	n = strcspn(ret, " ");
	ret[n] = '\0';
	cell += n;
	return cell + strspn(cell, " ");
}

static void read_type(struct xf *x, struct xf_question *q)
{
	const char *cell = q->row->cell[XF_TYPE], *rest;
	char word[64];

	q->type = XF_T_NONE;
	rest = first_word(cell, word);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(word, types[i].name) == 0)
			q->type = types[i].type;
	if (q->type == XF_T_ONE || q->type == XF_T_MULTIPLE) {
		q->list = strchr(rest, ' ') ? "" : xlsform_name(x, rest);
		if (!xlsform_list(x, q->list)) {
			xlsform_error(x, XF_SURVEY, q->row, XF_TYPE, "xlsform.no_list", "list", rest, NULL);
			q->type = XF_T_NONE;
		}
	} else if (q->type == XF_T_NONE || rest[0]) {
		xlsform_error(x, XF_SURVEY, q->row, XF_TYPE, cell[0] ? "xlsform.type" : "xlsform.no_type",
			 "value", cell, NULL);
		q->type = XF_T_NONE;
	}
}

static void read_name(struct xf *x, struct xf_question *q)
{
	static const char *const kept[] = {"parent", "reason", "children", "supersedes", "same_as", "belongs_to"};
	bool needed = q->type != XF_T_END_GROUP && q->type != XF_T_END_REPEAT &&
		      q->type != XF_T_BEGIN_GROUP && q->type != XF_T_NOTE && q->type != XF_T_NONE;

	q->was = q->row->cell[XF_NAME];
	q->name = xlsform_name(x, q->was);
	if (q->type == XF_T_END_GROUP || q->type == XF_T_END_REPEAT)
		q->was = ""; /* some writers repeat it */
	if ((needed || q->was[0]) && !q->name[0])
		xlsform_error(x, XF_SURVEY, q->row, XF_NAME, q->was[0] ? "xlsform.name" : "xlsform.no_name",
			 "value", q->was, NULL);
	for (size_t i = 0; needed && i < sizeof(kept) / sizeof(kept[0]); i++)
		if (strcmp(q->name, kept[i]) == 0)
			xlsform_error(x, XF_SURVEY, q->row, XF_NAME, "xlsform.name_kept", "value", q->was,
				 NULL);
	for (size_t i = 0; q->name[0] && q->was[0] && i < x->nq; i++)
		if (x->q[i].was[0] && strcmp(x->q[i].name, q->name) == 0) {
			char line[NUM_I64_LEN];

			num_str(x->q[i].row->line, line);
			xlsform_error(x, XF_SURVEY, q->row, XF_NAME, "xlsform.name_twice", "value", q->was,
				 "line", line, NULL);
			break;
		}
}

/* ---- groups and repeats ---- */

static void open_repeat(struct xf *x, const struct xf_question *q)
{
	struct xf_form *f;
	struct buf name;

	if (x->nform == XF_FORMS_MAX) {
		xlsform_error(x, XF_SURVEY, q->row, XF_TYPE, "xlsform.repeats", NULL);
		x->loose = true;
		return;
	}
	buf_init(&name, 256);
	buf_addf(&name, "%s_%s", x->form[0].name, q->name);
	if (name.len > FORM_LEN)
		xlsform_error(x, XF_SURVEY, q->row, XF_NAME, "xlsform.repeat_name", "value",
			 (const char *)name.p, NULL);
	f = &x->form[x->nform++];
	f->name = xlsform_keep(x, span_buf(&name));
	f->row = q->row;
	buf_free(&name);
}

/* Open and close groups; form: the one a question here belongs to. */
static void frame(struct xf *x, struct xf_question *q, size_t *form)
{
	bool begins = q->type == XF_T_BEGIN_GROUP || q->type == XF_T_BEGIN_REPEAT;
	enum xf_type begun =
	    q->type == XF_T_END_GROUP ? XF_T_BEGIN_GROUP : XF_T_BEGIN_REPEAT;

	if (!begins) {
		if (x->ngroup == 0 || x->q[x->group[x->ngroup - 1]].type != begun) {
			xlsform_error(x, XF_SURVEY, q->row, XF_TYPE, "xlsform.end", NULL);
			x->loose = true;
			return;
		}
		x->ngroup--;
		if (q->type == XF_T_END_REPEAT)
			*form = 0;
		return;
	}
	if (x->ngroup == XF_GROUPS_MAX) {
		xlsform_error(x, XF_SURVEY, q->row, XF_TYPE, "xlsform.groups", NULL);
		x->loose = true;
		return;
	}
	if (q->type == XF_T_BEGIN_REPEAT && *form != 0) {
		xlsform_error(x, XF_SURVEY, q->row, XF_TYPE, "xlsform.repeat_inside", NULL);
		x->loose = true;
	} else if (q->type == XF_T_BEGIN_REPEAT) {
		size_t before = x->nform;

		open_repeat(x, q);
		*form = x->nform > before ? before : 0;
		q->form = *form;
	}
	x->group[x->ngroup++] = (size_t)(q - x->q);
}

enum rc xlsform_names(struct xf *x, struct err *reterr)
{
	const struct xf_table *t = &x->table[XF_SURVEY];
	size_t form = 0;

	x->q = calloc(t->n + 1, sizeof(*x->q));
	if (!x->q)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i < t->n; i++) {
		struct xf_question *q = &x->q[x->nq];

		q->row = &t->row[i];
		q->list = "";
		read_type(x, q);
		read_name(x, q);
		q->form = form;
		x->nq++;
		if (q->type != XF_T_NONE && xlsform_is_frame(q->type))
			frame(x, q, &form);
	}
	x->loose = x->loose || x->ngroup > 0;
	while (x->ngroup > 0)
		xlsform_error(x, XF_SURVEY, x->q[x->group[--x->ngroup]].row, XF_TYPE, "xlsform.not_ended",
			 NULL);
	return RC_OK;
}
