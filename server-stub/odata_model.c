/*
 * odata_model: see odata_model.h. Made anew for each question: some hundreds of columns, out of forms that may
 * have changed.
 */
#include "server-stub/odata_model.h"

#include <stdlib.h>

enum { MODEL_MEM = 4 * 1024 * 1024 };

static const struct odata_source *const ours[] = {&odata_received, &odata_units, &odata_report_units,
						  &odata_report_provinces};

/* What a column of a form's field is; what is not here is not handed out: photos, and what is computed anew. */
static const int types[FORM_TYPE_N] = {
    [FORM_TEXT] = ODATA_STRING,	  [FORM_CODE] = ODATA_STRING,	[FORM_INT] = ODATA_INT,
    [FORM_DECIMAL] = ODATA_DECIMAL, [FORM_MONEY] = ODATA_INT,	[FORM_DATE] = ODATA_DATE,
    [FORM_DATETIME] = ODATA_TIME, [FORM_BOOL] = ODATA_BOOL,	[FORM_CHOICE] = ODATA_STRING,
    [FORM_CHOICES] = ODATA_STRING, [FORM_REF] = ODATA_STRING,	[FORM_TAGS] = ODATA_STRING,
    [FORM_PHONE] = ODATA_STRING,  [FORM_BLOB] = -1,		[FORM_DERIVED] = -1,
};

struct making {
	struct odata_model *m;
	const struct lang *lang;
};

static struct odata_column *columns(struct making *k, const struct odata_source *s, size_t more)
{
	struct odata_column *c = arena_alloc(&k->m->mem, (s->set.n + more) * sizeof(*c));

	for (size_t i = 0; c && i < s->set.n; i++) {
		c[i] = s->set.column[i];
		c[i].label = lang_text(k->lang, c[i].label);
	}
	return c;
}

static bool add(struct making *k, const struct odata_source *s, const struct form *f)
{
	struct odata_model *m = k->m;
	struct odata_column *c = columns(k, s, f ? f->nfield : 0);
	size_t n = s->set.n;

	for (size_t i = 0; c && f && i < f->nfield; i++) {
		int type = types[f->field[i].type];

		if (type >= 0 && n < LIMIT_ODATA_COLUMNS)
			c[n++] = (struct odata_column){f->field[i].name, (enum odata_type)type, 0,
						       form_say(f->field[i].label, lang_name(k->lang))};
	}
	if (!c || m->n == LIMIT_ODATA_SETS)
		return c != NULL;
	m->set[m->n] = (struct odata_set){
	    f ? f->name : s->set.name,
	    f ? form_say(f->label, lang_name(k->lang)) : lang_text(k->lang, s->set.label), c, n};
	m->source[m->n] = s;
	m->form[m->n++] = f;
	return true;
}

/* What clerks fill in, in the newest form; what the centre writes for itself is not among the tables. */
static bool is_handed_out(const struct form_set *forms, const struct form *f)
{
	return f->class != FORM_CENTRE && !f->any_scope && form_set_newest(forms, f->name) == f;
}

enum rc odata_model_make(const struct form_set *forms, const struct lang *lang,
			 struct odata_model **ret, struct err *reterr)
{
	struct making k = {.m = calloc(1, sizeof(*k.m)), .lang = lang};
	const struct form *f;
	bool good = k.m != NULL;

	if (good)
		arena_init(&k.m->mem, MODEL_MEM);
	for (size_t i = 0; good && i < sizeof(ours) / sizeof(ours[0]); i++)
		good = add(&k, ours[i], NULL);
	for (size_t i = 0; good && (f = form_set_at(forms, i, NULL)) != NULL; i++)
		if (is_handed_out(forms, f))
			good = add(&k, &odata_record, f);
	if (good)
		*ret = k.m;
	else
		odata_model_free(k.m);
	return good ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

void odata_model_free(struct odata_model *m)
{
	if (m)
		arena_free(&m->mem);
	free(m);
}

size_t odata_model_find(const struct odata_model *m, struct span name)
{
	for (size_t i = 0; i < m->n; i++)
		if (span_eq_str(name, m->set[i].name))
			return i;
	return SIZE_MAX;
}
