/*
 * odata_model: the tables the centre hands out (lib/odata): one for each kind of record whose form a clerk fills
 * in, with the fields of its newest form as columns, what was received, the communes, the figures of the weekly
 * report. Names that begin with a capital are ours, the others are a form's: neither can be taken for the other.
 * Where the rows come from is server-stub/odata_record.c, odata_received.c, odata_made.c.
 */
#ifndef KK_COLLECTOR_ODATA_MODEL_H
#define KK_COLLECTOR_ODATA_MODEL_H

#include "lib/lang.h"
#include "lib/odata.h"
#include "server-stub/odata_walk.h"
#include "sync/form.h"

/* A table of ours: label and the labels of its columns are message keys here, texts in a model. */
struct odata_source {
	struct odata_set set;
	const struct op *op; /* who may ask for that may read the table (server-stub/gate.h) */
	/* Every row one may see, in the order of its keys, to w->take. */
	enum rc (*walk)(struct odata_walk *w, struct err *reterr);
};
extern const struct odata_source odata_received, odata_units, odata_report_units, odata_report_provinces;
/* The columns every kind has, before those of its form. */
extern const struct odata_source odata_record;

struct odata_model {
	struct odata_set set[LIMIT_ODATA_SETS];
	const struct odata_source *source[LIMIT_ODATA_SETS];
	const struct form *form[LIMIT_ODATA_SETS]; /* of a kind; NULL */
	size_t n;
	struct arena mem;
};
/* Borrows the forms. RC_NOMEM. Free with odata_model_free. */
enum rc odata_model_make(const struct form_set *forms, const struct lang *lang,
			 struct odata_model **ret, struct err *reterr);
void odata_model_free(struct odata_model *m); /* NULL is fine */
/* Its number; SIZE_MAX: none. */
size_t odata_model_find(const struct odata_model *m, struct span name);

#endif
