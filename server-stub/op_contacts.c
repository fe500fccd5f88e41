/*
 * op contacts import, op contacts set: an office directory: whom to call in a commune whose statements
 * name nobody, or that never sent one. Documents of the collector alone: they go to no PC and into no
 * log, since the catalogue's file goes to all; who changed one in the console is in its log of acts. A line
 * without a number removes one. All lines of a file or none.
 */
#include <string.h>

#include "lib/csv.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "server-stub/board.h"
#include "server-stub/collector.h"
#include "server-stub/ops.h"
#include "server-stub/who.h"

enum { CODE, NAME, PHONE, COLUMNS };
static const char *const column[COLUMNS] = {"commune_code", "name", "phone"};
enum { NAME_MAX_LEN = 200, PHONE_MAX_LEN = 40 };

static const struct op_arg args[] = {
    {.name = "file",
     .type = OP_TEXT,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "contacts.arg.file"},
};

struct reading {
	struct archive_reader *r;
	struct json *doc; /* [{"code","name","phone"} …] */
	struct err *reterr;
};

static const struct op_arg set_args[] = {
    {.name = "code",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "units.arg.code",
     .meta = "CODE"},
    {.name = "name", .type = OP_STRING, .help = "contacts.arg.name"},
    {.name = "phone", .type = OP_STRING, .help = "contacts.arg.phone"},
};

static bool is_name(const char *name)
{
	return strlen(name) <= NAME_MAX_LEN;
}

/* Empty: there is none. */
static bool is_phone(const char *phone)
{
	return strlen(phone) <= PHONE_MAX_LEN &&
	       strspn(phone, "0123456789 .+()-/") == strlen(phone);
}

static enum rc bad(const struct csv *c, size_t k, struct err *reterr)
{
	enum rc rc = err_num(reterr, RC_INPUT, NULL, "catalogue.cell", "line", c->line);

	err_add(reterr, "column", column[k]);
	return rc;
}

static enum rc read_head(struct csv *c, size_t at[COLUMNS], struct err *reterr)
{
	enum rc rc = csv_row(c, reterr);

	for (size_t k = 0; rc == RC_OK && k < COLUMNS; k++) {
		at[k] = 0;
		while (at[k] < c->n && strcmp(c->cell[at[k]], column[k]) != 0)
			at[k]++;
		if (at[k] == c->n)
			rc = err_set(reterr, RC_INPUT, NULL, "catalogue.column", "column",
				     column[k], NULL);
	}
	return rc;
}

/* Of a commune the catalogue has. A name is kept as a person meant to type it. */
static enum rc add(struct reading *x, const char *const v[COLUMNS])
{
	struct json *unit = NULL, *o;
	struct buf name;
	enum rc rc = x->r->doc(x->r->ctx, "unit", v[CODE], &unit, x->reterr);

	json_free(unit);
	if (rc == RC_NOTFOUND)
		return err_set(x->reterr, RC_NOTFOUND, NULL, "units.unknown", "scope", v[CODE], NULL);
	buf_init(&name, LIMIT_TEXT);
	if (rc == RC_OK)
		rc = text_clean(span_str(v[NAME]), false, &name, x->reterr);
	if (rc == RC_OK) {
		o = json_object();
		json_set_str(o, "code", v[CODE]);
		json_set_span(o, "name", span_buf(&name));
		json_set_str(o, "phone", v[PHONE]);
		json_append(x->doc, o);
	}
	buf_free(&name);
	return rc;
}

static enum rc read_line(struct reading *x, const struct csv *c, const size_t at[COLUMNS])
{
	const char *v[COLUMNS];

	for (size_t k = 0; k < COLUMNS; k++) {
		if (at[k] >= c->n)
			return bad(c, k, x->reterr);
		v[k] = c->cell[at[k]];
	}
	if (!is_name(v[NAME]))
		return bad(c, NAME, x->reterr);
	if (!is_phone(v[PHONE]))
		return bad(c, PHONE, x->reterr);
	return add(x, v);
}

static enum rc read_file(struct reading *x, struct span text)
{
	size_t at[COLUMNS];
	bool end = false;
	struct csv c;
	enum rc rc;

	if (span_starts(text, "\xef\xbb\xbf"))
		text = span_of(text.p + 3, text.len - 3);
	rc = csv_open(&c, text, x->reterr);
	if (rc != RC_OK)
		return rc;
	rc = read_head(&c, at, x->reterr);
	while (rc == RC_OK && !end) {
		rc = csv_row(&c, x->reterr);
		end = rc == RC_NOTFOUND;
		rc = end ? RC_OK : rc == RC_OK ? read_line(x, &c, at) : rc;
	}
	csv_close(&c);
	return rc;
}

/* In the sequencer's transaction. */
static enum rc write_all(void *arg, struct archive_writer *w, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (struct json *o = json_first(arg); rc == RC_OK && o; o = json_next(o)) {
		struct json *doc = json_object();

		json_set_str(doc, "name", json_get_str(o, "name"));
		json_set_str(doc, "phone", json_get_str(o, "phone"));
		rc = w->doc_put(w->ctx, BOARD_CONTACTS, json_get_str(o, "code"),
				json_get_str(o, "phone")[0] ? doc : NULL, reterr);
		json_free(doc);
	}
	return rc;
}

/* read: fills x->doc with a reader open. Then all of it is written. */
static enum rc take(const struct op_call *call, const struct json *in,
		    enum rc (*read)(struct reading *x, const struct json *in), struct json **ret,
		    struct err *reterr)
{
	struct collector *col = call->app;
	struct reading x = {.doc = json_array(), .reterr = reterr};
	enum rc rc = collector_ready(col, reterr);

	if (rc == RC_OK)
		rc = archive_read(col->archive, &x.r, reterr);
	if (rc == RC_OK)
		rc = read(&x, in);
	archive_read_end(col->archive, x.r);
	if (rc == RC_OK)
		rc = ingest_write(col->ingest, write_all, x.doc, reterr);
	if (rc == RC_OK) {
		*ret = json_object();
		json_set_int(*ret, "contacts", (int64_t)json_len(x.doc));
	}
	json_free(x.doc);
	return rc;
}

static enum rc read_import(struct reading *x, const struct json *in)
{
	return read_file(x, span_str(json_get_str(in, "file")));
}

static enum rc run_import(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	return take(call, in, read_import, ret, reterr);
}

/* ---- one, by hand ---- */

static enum rc read_one(struct reading *x, const struct json *in)
{
	const char *v[COLUMNS] = {json_get_str(in, "code"), json_get_str(in, "name"),
				  json_get_str(in, "phone")};

	for (size_t k = NAME; k < COLUMNS; k++)
		v[k] = v[k] ? v[k] : "";
	if (!is_name(v[NAME]))
		return err_set(x->reterr, RC_INPUT, NULL, "contacts.name", NULL);
	if (!is_phone(v[PHONE]))
		return err_set(x->reterr, RC_INPUT, NULL, "contacts.phone", NULL);
	return add(x, v);
}

static enum rc run_set(const struct op_call *call, const struct json *in, struct json **ret,
		       struct err *reterr)
{
	enum rc rc = who_check(call, json_get_str(in, "code"), reterr);

	return rc == RC_OK ? take(call, in, read_one, ret, reterr) : rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	struct buf n;
	int64_t contacts = 0;

	json_get_int(out, "contacts", &contacts);
	buf_init(&n, 32);
	buf_add_int(&n, contacts);
	lang_format(lang, text, "contacts.done", "n", (const char *)n.p, NULL);
	buf_add_char(text, '\n');
	buf_free(&n);
}

const struct op op_contacts_import = {.name = "contacts import",
				      .summary = "contacts.summary",
				      .flags = OP_WRITE,
				      .arg = args,
				      .narg = sizeof(args) / sizeof(args[0]),
				      .run = run_import,
				      .print = print};

const struct op op_contacts_set = {.name = "contacts set",
				   .summary = "contacts.set_summary",
				   .flags = OP_WRITE,
				   .arg = set_args,
				   .narg = sizeof(set_args) / sizeof(set_args[0]),
				   .run = run_set,
				   .print = print};
