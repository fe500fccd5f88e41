/*
 * store_fold: the texts kept beside a merged state: the title of lists, the folded text a
 * search looks through, the parent.
 * All values live in the state take part, those of a conflict too; of a list's value
 * its Vietnamese label. Clauses M3 (through sync/merge).
 * Not here: searching (store_list.c), codes by which a thing is named (store_code.c), the words of a page.
 */
#include "agent/store_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/text.h"

enum { TOKENS = LIMIT_ENTRY_MEMBERS + 2 };

enum rc store_fold_each(struct span raw, store_fold_take *take, void *arg, struct err *reterr)
{
	struct json_tok tok[TOKENS];
	struct buf b;
	size_t n = 0;
	enum rc rc = RC_OK;

	if (raw.len == 0 || raw.p[0] == '{' ||
	    json_scan(raw, &json_rules_entry, tok, TOKENS, &n, NULL) != RC_OK)
		return RC_OK; /* a blob has no text; every other value of an entry scans */
	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		buf_reset(&b);
		if (tok[i].type == JSON_STRING)
			json_tok_str(raw, &tok[i], &b);
		else if (tok[i].type == JSON_INT)
			buf_add_span(&b, json_tok_raw(raw, &tok[i]));
		else
			continue;
		rc = buf_check(&b, reterr);
		if (rc == RC_OK)
			rc = take(arg, span_buf(&b), reterr);
	}
	buf_free(&b);
	return rc;
}

static bool is_list(const struct form_field *f)
{
	return f && f->list && (f->type == FORM_CHOICE || f->type == FORM_CHOICES);
}

/* The Vietnamese label of a list's value; the text itself otherwise. */
static struct span label(const struct form_field *f, struct span text)
{
	const struct form_item *item =
	    is_list(f) && text.p ? form_item(f->list, (const char *)text.p) : NULL;

	return item && item->label.vi ? span_str(item->label.vi) : text;
}

/* ---- title ---- */

struct title {
	struct buf *out;
	const struct form_field *field;
};

static enum rc add_title(void *arg, struct span text, struct err *reterr)
{
	struct title *t = arg;
	struct span s = label(t->field, text);

	(void)reterr;
	if (s.len == 0 || t->out->len + s.len + 4 > t->out->max)
		return RC_OK; /* a title is cut where it would grow too long */
	if (t->out->len > 0)
		buf_add_str(t->out, " · ");
	buf_add_span(t->out, s);
	return RC_OK;
}

static enum rc title_field(const struct merge_state *m, const struct form *f, const char *name,
			   struct title *t, struct err *reterr)
{
	struct merge_value v;
	struct buf scratch;
	enum rc rc;

	t->field = f ? form_field(f, name) : NULL;
	if (t->field && t->field->type == FORM_REF)
		return RC_OK;
	buf_init(&scratch, LIMIT_MERGE_STATE);
	rc = merge_show(m, name, merge_policy(f, name), &scratch, &v, NULL, reterr);
	if (rc == RC_OK)
		rc = store_fold_each(v.raw, add_title, t, reterr);
	else if (rc == RC_NOTFOUND)
		rc = RC_OK;
	buf_free(&scratch);
	return rc;
}

enum rc store_fold_title(const struct merge_state *m, const struct form *f, struct buf *title,
			 struct err *reterr)
{
	struct title t = {.out = title};
	enum rc rc = RC_OK;

	for (size_t i = 0; f && i < f->ntitle && rc == RC_OK; i++)
		rc = title_field(m, f, f->title[i], &t, reterr);
	for (size_t i = 0; !f && title->len == 0 && i < merge_fields(m) && rc == RC_OK; i++)
		rc = title_field(m, f, merge_field_name(m, i), &t, reterr);
	return rc == RC_OK ? buf_check(title, reterr) : rc;
}

/* ---- folded text ---- */

struct folding {
	struct buf *out;
	const struct form_field *field;
};

static enum rc add_fold(void *arg, struct span text, struct err *reterr)
{
	struct folding *x = arg;
	struct span s = label(x->field, text);
	enum rc rc = text_fold(s, x->out, reterr);

	buf_add_char(x->out, '\n');
	if (rc == RC_OK && is_list(x->field) && s.p != text.p) {
		rc = text_fold(text, x->out, reterr);
		buf_add_char(x->out, '\n');
	}
	return rc;
}

enum rc store_fold_text(const struct merge_state *m, const struct form *f, struct buf *fold,
			struct err *reterr)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < merge_fields(m) && rc == RC_OK; i++) {
		const char *name = merge_field_name(m, i);
		struct folding x = {fold, f ? form_field(f, name) : NULL};
		const struct merge_value *v;
		size_t n;

		if (strcmp(name, "children") == 0 || (x.field && x.field->type == FORM_REF))
			continue;
		v = merge_siblings(m, name, &n);
		for (size_t j = 0; j < n && rc == RC_OK; j++)
			rc = store_fold_each(v[j].raw, add_fold, &x, reterr);
	}
	return rc == RC_OK ? buf_check(fold, reterr) : rc;
}

/* ---- parent ---- */

bool store_fold_parent(const struct merge_state *m, const struct form *f, uint8_t ret[16])
{
	return merge_ref(m, f, f && f->parent_field ? f->parent_field : "parent", ret);
}
