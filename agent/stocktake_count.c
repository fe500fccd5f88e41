/*
 * stocktake_count: what is written of one asset in a session (see stocktake.h). The rules are the
 * form's; this only gives what a clerk who counts need not type.
 */
#include "agent/stocktake.h"

#include <string.h>

#include "agent/attach.h"
#include "agent/print.h"
#include "sync/form_check.h"

static bool given(const struct json *fields, const char *name)
{
	return json_get(fields, name) != NULL;
}

/* A typed value in a record, as its field takes it; what cannot be read is record_input's to say. */
static void put_typed(const struct form *f, struct json *rec, const struct json *fields,
		      const char *name)
{
	struct json *v = NULL;

	if (given(fields, name) &&
	    form_check_input(f, name, json_get(fields, name), &v, NULL) == RC_OK)
		json_set(rec, name, v);
}

static bool is_blank(const struct json *v)
{
	const char *s = json_str(v);

	return !v || json_kind(v) == JSON_NULL || (s && !s[strspn(s, " \t")]);
}

/* Whoever says how many there are, how it is, where it was found or why it is missing has counted. */
static bool says_counted(const struct json *fields)
{
	static const char *const of[] = {"counted_qty", "condition", "use_state", "found_location",
					 "cause"};

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (!is_blank(json_get(fields, of[i])))
			return true;
	return false;
}

static bool is_counted(const struct json *rec)
{
	return strcmp(print_str(rec, "count_status"), "da_kiem") == 0;
}

/* Of a line that says counted: how the asset is, by the books, unless told. */
static void fill_condition(const struct json *line, const struct json *asset, struct json *fields)
{
	static const char *const same[] = {"condition", "use_state"};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (!given(fields, same[i]) && !json_get_str(line, same[i]) &&
		    json_get_str(asset, same[i]))
			json_set_str(fields, same[i], json_get_str(asset, same[i]));
}

/* A new quantity: what followed from the old one is worked out anew by the form's defaults. */
static enum rc fill_again(const struct stocktake *t, const struct json *line, struct json *rec,
			  struct json *fields, struct err *reterr)
{
	static const char *const follow[] = {"discrepancy", "counted_cost", "counted_residual"};
	struct form_around around = {.set = store_forms(t->look->agent->store),
				     .now_s = store_likely_now(t->look->agent->store)};
	bool zero = print_num(line, "counted_qty") == 0 || print_num(rec, "counted_qty") == 0;
	struct json *def = NULL;
	enum rc rc;

	for (size_t i = 0; i < (zero ? 3 : 1); i++)
		json_remove(rec, follow[i]);
	rc = form_check_defaults(t->line, rec, &around, &def, reterr);
	for (size_t i = 0; rc == RC_OK && i < (zero ? 3 : 1); i++)
		if (!given(fields, follow[i]))
			json_set(fields, follow[i],
				 json_get(def, follow[i]) ? json_copy(json_get(def, follow[i]))
							  : json_null());
	json_free(def);
	if (rc == RC_OK && !given(fields, "cause") && json_get_str(line, "cause") &&
	    strcmp(print_str(fields, "discrepancy"), "khop") == 0)
		json_set(fields, "cause", json_null());
	return rc;
}

static enum rc complete(const struct stocktake *t, const struct store_entity *asset,
			const struct json *line, struct json *fields, struct err *reterr)
{
	struct json *book = merge_json(asset->state, asset->form);
	struct json *rec = line ? json_copy(line) : json_object();
	enum rc rc = RC_OK;

	if (!given(fields, "count_status") && !is_counted(rec) && says_counted(fields))
		json_set_str(fields, "count_status", "da_kiem");
	put_typed(t->line, rec, fields, "count_status");
	put_typed(t->line, rec, fields, "counted_qty");
	if (is_counted(rec))
		fill_condition(line, book, fields);
	if (line && given(fields, "counted_qty"))
		rc = fill_again(t, line, rec, fields, reterr);
	json_free(book);
	json_free(rec);
	return rc;
}

static enum rc write_new(const struct stocktake *t, struct record_batch *b, const char *asset,
			 const struct json *fields, struct json **ret, struct err *reterr)
{
	struct json *item = json_object(), *all = json_copy(fields);
	enum rc rc;

	json_set_str(all, "asset", asset);
	json_set_str(item, "kind", t->line->name);
	json_set_str(item, "parent", t->uuid);
	json_set(item, "fields", all);
	rc = record_take(b, item, ret, reterr);
	json_free(item);
	return rc;
}

enum rc stocktake_write(const struct stocktake *t, struct record_batch *b,
			const struct store_entity *asset, const struct json *fields,
			const struct json *seen, const char *reason, struct json **ret, struct err *reterr)
{
	struct store_entity *line = NULL;
	struct json *was = NULL, *all = json_copy(fields);
	char uuid[CODEC_UUID_LEN + 1];
	enum rc rc;

	codec_uuid(asset->id, uuid);
	rc = stocktake_line(t, uuid, &line, reterr);
	if (rc == RC_OK && line)
		was = merge_json(line->state, line->form);
	if (rc == RC_OK)
		rc = complete(t, asset, was, all, reterr);
	if (rc == RC_OK && line) {
		struct record_change c = {.e = line, .typed = all, .reason = reason, .seen = seen};
		rc = record_edit(b, &c, ret, reterr);
	} else if (rc == RC_OK) {
		rc = write_new(t, b, uuid, all, ret, reterr);
	}
	json_free(was);
	json_free(all);
	store_entity_free(line);
	return rc;
}

enum rc stocktake_photo(struct record_batch *b, const struct json *in, const char *line,
			struct json *all, struct err *reterr)
{
	const char *path = json_get_str(in, "attach"), *image = json_get_str(in, "image");
	struct json *item, *fields, *one = NULL;
	const struct form *f = NULL;
	enum rc rc;

	if (!path && !image)
		return RC_OK; /* what has no photo needs no form of one */
	rc = look_form(b->agent, "photo", &f, reterr);
	if (rc != RC_OK)
		return rc;
	item = json_object();
	fields = json_object();
	json_set_str(item, "kind", f->name);
	json_set_str(item, "parent", line);
	json_set(item, "fields", fields);
	if (path)
		rc = attach_file(b->agent, f, path, fields, reterr);
	else
		json_set_str(fields, "image", image);
	if (rc == RC_OK)
		rc = record_take(b, item, &one, reterr);
	if (rc == RC_OK)
		json_append(all, one);
	json_free(item);
	return rc;
}
