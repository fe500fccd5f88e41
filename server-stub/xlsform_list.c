/*
 * xlsform_list: the sheet of choices as lists: rows of one list_name, in their order.
 */
#include <string.h>

#include "server-stub/xlsform_part.h"

/* Is the row one of that list (as we write its name)? */
static bool is_of(const struct xf_row *row, const char *list)
{
	const char *was = row->cell[XF_LIST];
	size_t i = 0;

	for (; was[i] && list[i]; i++) {
		char c = was[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c == '-' || c == '.' ? '_' : c) != list[i])
			return false;
	}
	return was[i] == list[i];
}

bool xlsform_list(const struct xf *x, const char *list)
{
	const struct xf_table *t = &x->table[XF_CHOICES];

	for (size_t i = 0; list[0] && i < t->n; i++)
		if (is_of(&t->row[i], list))
			return true;
	return false;
}

bool xlsform_list_has(const struct xf *x, const char *list, struct span value)
{
	const struct xf_table *t = &x->table[XF_CHOICES];

	for (size_t i = 0; i < t->n; i++)
		if (is_of(&t->row[i], list) && span_eq_str(value, t->row[i].cell[XF_NAME]))
			return true;
	return false;
}

void xlsform_list_use(struct xf *x, struct xf_form *f, const char *list)
{
	const struct xf_table *t = &x->table[XF_CHOICES];
	struct json *items;

	if (json_get(f->lists, list))
		return;
	items = json_array();
	for (size_t i = 0; i < t->n; i++) {
		const struct xf_row *row = &t->row[i];
		struct json *o;

		if (!is_of(row, list))
			continue;
		o = json_object();
		json_set_str(o, "v", row->cell[XF_NAME]);
		json_set_str(o, "vi", row->cell[XF_LABEL]);
		json_set_str(o, "en", row->cell[XF_LABEL_EN]);
		json_append(items, o);
	}
	json_set(f->lists, list, items);
}

static bool is_value(const char *s)
{
	size_t n = 0;

	while (s[n] > ' ' && s[n] < 0x7f)
		n++;
	return n > 0 && !s[n] && n <= 64;
}

void xlsform_lists_check(struct xf *x)
{
	const struct xf_table *t = &x->table[XF_CHOICES];

	for (size_t i = 0; i < t->n; i++) {
		const struct xf_row *row = &t->row[i];

		if (!xlsform_name(x, row->cell[XF_LIST])[0])
			xlsform_error(x, XF_CHOICES, row, XF_LIST, "xlsform.list_name", "value",
				 row->cell[XF_LIST], NULL);
		if (!is_value(row->cell[XF_NAME]))
			xlsform_error(x, XF_CHOICES, row, XF_NAME, "xlsform.value", "value",
				 row->cell[XF_NAME], NULL);
		for (size_t k = 0; k < i; k++)
			if (strcmp(t->row[k].cell[XF_LIST], row->cell[XF_LIST]) == 0 &&
			    strcmp(t->row[k].cell[XF_NAME], row->cell[XF_NAME]) == 0) {
				xlsform_error(x, XF_CHOICES, row, XF_NAME, "xlsform.value_twice",
					 "value", row->cell[XF_NAME], NULL);
				break;
			}
		if (!row->cell[XF_LABEL][0] && !row->cell[XF_LABEL_EN][0])
			xlsform_error(x, XF_CHOICES, row, XF_LABEL, "xlsform.no_label", NULL);
		else
			json_free(xlsform_pair(x, XF_CHOICES, row, XF_LABEL));
	}
}
