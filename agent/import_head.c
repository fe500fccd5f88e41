/*
 * import_head: see import_head.h. A remark ("#" in front, as on sample data) is no head.
 */
#include "agent/import_head.h"

#include <string.h>

/* The field of a column: as chosen, else by its name or label. */
static const struct form_field *field_of(const struct form *form, const struct json *match,
					 const char *column)
{
	const struct json *chosen = json_get(match, column);
	const struct form_field *ff;

	if (chosen)
		ff = json_str(chosen) && json_str(chosen)[0] ? form_field(form, json_str(chosen))
							     : NULL;
	else
		ff = look_field(form, column);
	return ff && ff->type != FORM_DERIVED ? ff : NULL;
}

static size_t count_fields(const struct import_file *f, const struct form *form,
			   const struct json *match)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->cell[i][0] && field_of(form, match, f->cell[i]);
	return n;
}

static bool is_remark(const struct import_file *f)
{
	return f->n > 0 && f->cell[0][0] == '#';
}

/* The line of the head; 0: the file has no row that could be one. */
static enum rc find_line(struct import_file *f, const struct form *form, const struct json *match,
			 int64_t *ret, struct err *reterr)
{
	size_t best = 0;
	enum rc rc = import_file_begin(f, reterr);

	*ret = 0;
	for (size_t i = 0; rc == RC_OK && i < IMPORT_HEAD_ROWS; i++) {
		size_t n;

		rc = import_file_row(f, reterr);
		if (rc != RC_OK || is_remark(f))
			continue;
		n = count_fields(f, form, match);
		if (*ret == 0 || n > best) {
			*ret = f->line;
			best = n;
		}
	}
	if (rc == RC_NOTFOUND) {
		err_clear(reterr);
		rc = RC_OK;
	}
	return rc;
}

static enum rc take_column(struct import_head *h, const struct import_file *f,
			   const struct form_field *ff, size_t i, const char *lang,
			   struct err *reterr)
{
	struct json *o = json_object();

	json_set_str(o, "column", f->cell[i]);
	json_set_str(o, "field", ff ? ff->name : NULL);
	json_set_str(o, "label", ff ? form_say(ff->label, lang) : "");
	json_append(h->columns, o);
	h->about[i] = o;
	h->column[i] = ff;
	h->used += ff != NULL;
	for (size_t k = 0; ff && k < i; k++)
		if (h->column[k] == ff)
			return err_set(reterr, RC_INPUT, NULL, "import.column_twice", "column",
				       f->cell[i], NULL);
	return RC_OK;
}

static void find_missing(struct import_head *h, const struct form *form, const char *lang)
{
	for (size_t k = 0; k < form->nfield; k++) {
		const struct form_field *ff = &form->field[k];
		bool there = !ff->required || ff->def || ff->def_expr;
		struct json *o;

		for (size_t i = 0; i < h->n && !there; i++)
			there = h->column[i] == ff;
		if (there)
			continue;
		o = json_object();
		json_set_str(o, "field", ff->name);
		json_set_str(o, "label", form_say(ff->label, lang));
		json_append(h->missing, o);
	}
}

enum rc import_head_read(struct import_head *h, struct import_file *f, const struct form *form,
			 const struct json *match, int64_t line, const char *lang,
			 struct err *reterr)
{
	enum rc rc = RC_OK;

	*h = (struct import_head){.columns = json_array(), .missing = json_array()};
	h->line = line;
	if (line == 0)
		rc = find_line(f, form, match, &h->line, reterr);
	if (rc == RC_OK && h->line == 0)
		return err_set(reterr, RC_INPUT, NULL, "import.empty", NULL);
	if (rc == RC_OK)
		rc = import_file_begin(f, reterr);
	while (rc == RC_OK && f->line < h->line)
		rc = import_file_row(f, reterr);
	if (rc == RC_NOTFOUND || (rc == RC_OK && f->line != h->line))
		return err_num(reterr, RC_INPUT, NULL, "import.head", "line", h->line);
	h->n = rc == RC_OK ? f->n : 0;
	for (size_t i = 0; rc == RC_OK && i < h->n; i++)
		rc = take_column(h, f, f->cell[i][0] ? field_of(form, match, f->cell[i]) : NULL, i,
				 lang, reterr);
	if (rc == RC_OK)
		find_missing(h, form, lang);
	return rc;
}

void import_head_free(struct import_head *h)
{
	json_free(h->columns);
	json_free(h->missing);
	h->columns = h->missing = NULL;
}

void import_head_note(struct import_head *h, const struct import_file *f)
{
	for (size_t i = 0; i < h->n && i < f->n; i++) {
		int64_t n = 0;

		if (f->cell[i][0] && !json_get(h->about[i], "sample"))
			json_set_str(h->about[i], "sample", f->cell[i]);
		if (!f->number[i] || !h->column[i])
			continue;
		/* a number in Excel, where zeros in front would matter */
		if (h->column[i]->type == FORM_CODE || h->column[i]->type == FORM_TAGS ||
		    h->column[i]->type == FORM_PHONE || h->column[i]->pattern) {
			json_get_int(h->about[i], "numbers", &n);
			json_remove(h->about[i], "numbers");
			json_set_int(h->about[i], "numbers", n + 1);
		}
	}
}
