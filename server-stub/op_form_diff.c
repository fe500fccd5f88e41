/*
 * op form diff: what changed from one version of a form to another, or to its draft: members of the form,
 * fields and list values, each told by its name. Records keep the version they were made with, so nothing
 * here makes one invalid. Reads only.
 */
#include <string.h>

#include "server-stub/act.h"
#include "server-stub/form_draft.h"
#include "server-stub/ops.h"

static const struct op_arg args[] = {
    {.name = "name",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "form.arg.name"},
    {.name = "from",
     .type = OP_INT,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "form.arg.from",
     .min = 1,
     .max = 9999},
    {.name = "to",
     .type = OP_INT,
     .flags = OP_POSITIONAL,
     .help = "form.arg.to",
     .min = 1,
     .max = 9999},
};

static enum rc definition(struct collector *col, const struct json *in, const char *which,
			  struct json **ret, struct err *reterr)
{
	const char *name = json_get_str(in, "name");
	const struct ingest_snapshot *snap;
	const struct form *f;
	struct json *doc = NULL;
	int64_t version = 0;
	enum rc rc = RC_OK;

	if (!json_get_int(in, which, &version)) {
		rc = form_draft_get(col, name, &doc, reterr);
		if (rc == RC_OK)
			*ret = json_copy(json_at(json_get_arr(doc, "forms"), 0));
		json_free(doc);
		return rc;
	}
	snap = ingest_snapshot(col->ingest);
	f = form_set_get(snap->forms, name, (unsigned)version);
	if (f) {
		*ret = json_copy(f->json);
	} else {
		rc = err_num(reterr, RC_NOTFOUND, NULL, "form.no_version", "version", version);
		err_add(reterr, "name", name);
	}
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}

/* ---- comparing ---- */

struct place {
	struct json *all;
	const char *part, *list, *name; /* "form", "field" "room_count", "list" "supply", "value" "on_dinh" of a list */
};

static void add(const struct place *p, const char *member, const struct json *before,
		const struct json *after)
{
	struct json *o = json_object();

	json_set_str(o, "part", p->part);
	if (p->list)
		json_set_str(o, "list", p->list);
	json_set_str(o, "name", p->name);
	json_set_str(o, "member", member);
	json_set_str(o, "change", !before ? "added" : !after ? "removed" : "changed");
	if (before)
		json_set(o, "before", json_copy(before));
	if (after)
		json_set(o, "after", json_copy(after));
	json_append(p->all, o);
}

/* Members of two objects, those told apart elsewhere left out. */
static void members(const struct place *p, const struct json *a, const struct json *b,
		    const char *const *but)
{
	const struct json *const side[] = {a, b};

	for (size_t s = 0; s < 2; s++)
		for (const struct json *v = json_first(side[s]); v; v = json_next(v)) {
			const char *name = json_name(v);
			const struct json *x = json_get(a, name), *y = json_get(b, name);
			size_t i = 0;

			while (but[i] && strcmp(but[i], name) != 0)
				i++;
			if (but[i] || (s == 1 && x))
				continue;
			if (!x || !y || !json_equal(x, y))
				add(p, name, x, y);
		}
}

static const struct json *named(const struct json *all, const char *by, const char *name)
{
	for (const struct json *x = json_first(all); x; x = json_next(x)) {
		const char *s = json_get_str(x, by);

		if (s && strcmp(s, name) == 0)
			return x;
	}
	return NULL;
}

/* Items of two arrays by their name: gone, new, or other members. */
static void items(struct place *p, const char *by, const struct json *a, const struct json *b)
{
	static const char *const none[] = {NULL};

	for (const struct json *x = json_first(a); x; x = json_next(x)) {
		const char *name = json_get_str(x, by);
		const struct json *y = name ? named(b, by, name) : NULL;

		p->name = name ? name : "";
		if (!y)
			add(p, "", x, NULL);
		else
			members(p, x, y, none);
	}
	for (const struct json *y = json_first(b); y; y = json_next(y)) {
		const char *name = json_get_str(y, by);

		if (name && !named(a, by, name)) {
			p->name = name;
			add(p, "", NULL, y);
		}
	}
}

static void lists(struct json *all, const struct json *a, const struct json *b)
{
	struct place whole = {all, "list", NULL, ""};

	for (const struct json *x = json_first(a); x; x = json_next(x)) {
		struct place value = {all, "value", json_name(x), ""};

		whole.name = json_name(x);
		if (json_get(b, json_name(x)))
			items(&value, "v", x, json_get(b, json_name(x)));
		else
			add(&whole, "", x, NULL);
	}
	for (const struct json *y = json_first(b); y; y = json_next(y)) {
		whole.name = json_name(y);
		if (!json_get(a, json_name(y)))
			add(&whole, "", NULL, y);
	}
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	static const char *const apart[] = {"fields", "lists", "version", NULL};
	struct json *a = NULL, *b = NULL, *all = json_array();
	struct place form = {all, "form", NULL, ""}, field = {all, "field", NULL, ""};
	enum rc rc = definition(call->app, in, "from", &a, reterr);

	if (rc == RC_OK)
		rc = definition(call->app, in, "to", &b, reterr);
	if (rc == RC_OK) {
		members(&form, a, b, apart);
		items(&field, "name", json_get_arr(a, "fields"), json_get_arr(b, "fields"));
		lists(all, json_get_obj(a, "lists"), json_get_obj(b, "lists"));
		*ret = json_object();
		json_set_str(*ret, "form", json_get_str(in, "name"));
		json_set(*ret, "from", json_copy(json_get(a, "version")));
		json_set(*ret, "to", json_copy(json_get(b, "version")));
		json_set(*ret, "changes", all);
	} else {
		json_free(all);
	}
	json_free(a);
	json_free(b);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "changes");

	if (json_len(all) == 0) {
		lang_format(lang, text, "form.same", "form", json_get_str(out, "form"), NULL);
		buf_add_char(text, '\n');
	}
	for (const struct json *c = json_first(all); c; c = json_next(c)) {
		const char *list = json_get_str(c, "list"), *member = json_get_str(c, "member");

		buf_addf(text, "%s %s%s%s %s%s%s\n", json_get_str(c, "change"),
			 json_get_str(c, "part"), list ? " " : "", list ? list : "",
			 json_get_str(c, "name"), member[0] ? ": " : "", member);
	}
}

const struct op op_form_diff = {.name = "form diff",
				.summary = "form.diff.summary",
				.flags = OP_READ,
				.arg = args,
				.narg = sizeof(args) / sizeof(args[0]),
				.run = run,
				.print = print};
