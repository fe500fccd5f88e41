/*
 * op import: rows of a CSV file or an Excel workbook become records of one register. Shows what would
 * happen first, and asks which alphabet it is or what its columns are; with `apply` all good rows are
 * sealed in one transaction and the refused ones go to FILE.refused.csv with the reason. Codes stay
 * text, numbers and dates are read as they are written in Vietnam, values by their labels. Rows that are
 * here already are left out, or with `update` change what differs. A sealed file (`import FILE`) is
 * taken in by agent/usb.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/import.h"
#include "agent/import_file.h"
#include "agent/import_head.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "agent/usb.h"
#include "lib/codec.h"
#include "lib/csv.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "sync/bundle_file.h"
#include "sync/twin.h"

static const char *const encodings[] = {"unicode", "tcvn3", "vni", NULL};

static const struct op_arg args[] = {
    {.name = "kind",
     .type = OP_STRING,
     .flags = OP_POSITIONAL,
     .help = "record.arg.kind",
     .meta = "KIND"},
    {.name = "file",
     .type = OP_PATH,
     .flags = OP_POSITIONAL,
     .help = "import.arg.file",
     .meta = "FILE.csv"},
    {.name = "usb", .type = OP_PATH, .flags = OP_ALONE, .help = "import.arg.usb", .meta = "FILE"},
    {.name = "sheet", .type = OP_STRING, .flags = 0, .help = "import.arg.sheet", .meta = "NAME"},
    {.name = "encoding",
     .type = OP_STRING,
     .flags = 0,
     .help = "import.arg.encoding",
     .choice = encodings},
    {.name = "head",
     .type = OP_INT,
     .flags = 0,
     .help = "import.arg.head",
     .meta = "LINE",
     .min = 1,
     .max = INT32_MAX},
    {.name = "match", .type = OP_JSON, .flags = 0, .help = "import.arg.match", .meta = "FILE"},
    {.name = "fill", .type = OP_JSON, .flags = 0, .help = "import.arg.fill", .meta = "FILE"},
    {.name = "refused", .type = OP_BOOL, .flags = 0, .help = "import.arg.refused"},
    {.name = "apply", .type = OP_BOOL, .flags = 0, .help = "import.arg.apply"},
    {.name = "update", .type = OP_BOOL, .flags = 0, .help = "import.arg.update"},
    {.name = "reason", .type = OP_STRING, .flags = 0, .help = "import.arg.reason", .meta = "TEXT"},
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "arg.pin"},
};

enum { SHOWN_MAX = 200, PREVIEW_MAX = 5, SAMPLES_MAX = 6, STEP = 100 };

struct importing {
	const struct op_call *call;
	const struct json *in;
	struct record_batch b;
	const struct form *form;
	struct import_file file;
	struct import_head head;
	struct import_seen seen;
	struct buf refused; /* CSV */
	bool apply, update;
	int64_t rows, fresh, changed, skipped, bad;
	struct json *preview, *refusals, *skips, *warnings;
};

static bool flag(const struct json *in, const char *name)
{
	bool v = false;

	return json_get_bool(in, name, &v) && v;
}

/* ---- the head ---- */

static enum rc read_head(struct importing *m, struct err *reterr)
{
	int64_t line = 0;
	char d = import_file_delimiter(&m->file);
	enum rc rc;

	json_get_int(m->in, "head", &line);
	rc = import_head_read(&m->head, &m->file, m->form, json_get(m->in, "match"), line,
			      lang_name(m->b.look.lang), reterr);
	if (rc == RC_OK && m->head.used == 0 && m->apply)
		rc = err_set(reterr, RC_INPUT, NULL, "import.no_columns", "kind",
			     form_say(m->form->label, lang_name(m->b.look.lang)), NULL);
	for (size_t i = 0; rc == RC_OK && i < m->head.n; i++) {
		csv_add(&m->refused, m->file.cell[i], d);
		buf_add_char(&m->refused, d);
	}
	csv_add(&m->refused, lang_text(m->b.look.lang, "import.col.line"), d);
	buf_add_char(&m->refused, d);
	csv_add(&m->refused, lang_text(m->b.look.lang, "import.col.reason"), d);
	buf_add_str(&m->refused, "\r\n");
	return rc;
}

/* ---- a row ---- */

/* Cells by their fields; what is left empty is filled with what was given for all rows. */
static struct json *typed_row(const struct importing *m)
{
	struct json *fields = json_object();

	for (size_t i = 0; i < m->file.n && i < m->head.n; i++)
		if (m->head.column[i] && m->file.cell[i][0])
			json_set_str(fields, m->head.column[i]->name, m->file.cell[i]);
	for (const struct json *v = json_first(json_get_obj(m->in, "fill")); v; v = json_next(v))
		if (json_str(v) && json_str(v)[0] && !json_get(fields, json_name(v)))
			json_set_str(fields, json_name(v), json_str(v));
	return fields;
}

static void say(const struct importing *m, struct json *list, const char *text)
{
	struct json *x;

	if (json_len(list) >= SHOWN_MAX)
		return;
	x = json_object();
	json_set_int(x, "line", m->file.line);
	json_set_str(x, "text", text);
	json_append(list, x);
}

static void refuse_row(struct importing *m, const char *reason)
{
	char d = import_file_delimiter(&m->file);

	m->bad++;
	say(m, m->refusals, reason);
	for (size_t i = 0; i < m->head.n; i++) {
		csv_add(&m->refused, i < m->file.n ? m->file.cell[i] : "", d);
		buf_add_char(&m->refused, d);
	}
	buf_add_int(&m->refused, m->file.line);
	buf_add_char(&m->refused, d);
	csv_add(&m->refused, reason, d);
	buf_add_str(&m->refused, "\r\n");
}

/* "label: text; label: text" of findings. */
static void join(const struct json *list, struct buf *out)
{
	for (const struct json *x = json_first(list); x; x = json_next(x)) {
		const char *label = print_str(x, "label"), *text = print_str(x, "text");
		if (out->len > 0)
			buf_add_str(out, out->p[out->len - 1] == '.' ? " " : "; ");
		if (label[0] && !strstr(text, label)) {
			buf_add_str(out, label);
			buf_add_str(out, ": ");
		}
		buf_add_str(out, text);
	}
}

static void refuse_err(struct importing *m, const struct err *why)
{
	struct buf text;

	buf_init(&text, LIMIT_ERR_TEXT);
	lang_err(m->b.look.lang, why, &text);
	refuse_row(m, text.p ? (const char *)text.p : "");
	buf_free(&text);
}

/* Something in this row only, or something that ends the import? */
static bool is_row_fault(enum rc rc)
{
	return rc == RC_INPUT || rc == RC_LIMIT || rc == RC_NOTFOUND || rc == RC_EXISTS ||
	       rc == RC_CONFLICT || rc == RC_REFUSED;
}

/* What the row is the same as. */
struct twin {
	const uint8_t *id; /* a record here; NULL: a row */
	int64_t line;
	bool any, names, whole;
};

static enum rc find_twin(struct importing *m, const struct json *wire, struct twin *ret,
			 struct err *reterr)
{
	enum rc rc = RC_OK;
	struct buf key;

	*ret = (struct twin){.id = NULL};
	buf_init(&key, LIMIT_JSON_TEXT);
	for (size_t i = 0; rc == RC_OK && twin_field(m->form->name, i); i++) {
		bool names = twin_names(m->form->name, i);
		twin_key(m->form->name, i, wire, &key);
		if (key.len > 0 && (!ret->any || (names && !ret->names)) &&
		    import_seen_find(&m->seen, span_buf(&key), &ret->id, &ret->line)) {
			ret->any = true;
			ret->names = names;
		}
		if (key.len > 0)
			rc = import_seen_add(&m->seen, span_buf(&key), NULL, m->file.line, reterr);
		buf_reset(&key);
	}
	import_seen_whole(m->form, wire, &key);
	if (!ret->names && import_seen_find(&m->seen, span_buf(&key), &ret->id, &ret->line))
		ret->any = ret->whole = true;
	if (rc == RC_OK)
		rc = import_seen_add(&m->seen, span_buf(&key), NULL, m->file.line, reterr);
	buf_free(&key);
	return rc;
}

static void say_twin(struct importing *m, struct json *list, const struct twin *t)
{
	char num[NUM_I64_LEN], end[LOOK_SHORT] = "";
	struct buf text;

	buf_init(&text, LIMIT_ERR_TEXT);
	num_str(t->line, num);
	if (t->id)
		look_short(t->id, end);
	lang_format(m->b.look.lang, &text, t->id ? "import.twin_record" : "import.twin_row", "id",
		    end, "line", num, NULL);
	say(m, list, (const char *)text.p);
	buf_free(&text);
}

static void count(struct importing *m, const struct json *o, bool update)
{
	struct buf text;

	buf_init(&text, LIMIT_TEXT);
	if (json_len(json_get_arr(o, "errors")) > 0) {
		join(json_get_arr(o, "errors"), &text);
		refuse_row(m, text.p ? (const char *)text.p : "");
		m->b.failed = false; /* the good rows are kept */
		buf_free(&text);
		return;
	}
	if (strcmp(print_str(o, "state"), "unchanged") == 0)
		m->skipped++;
	else if (update)
		m->changed++;
	else
		m->fresh++;
	join(json_get_arr(o, "warnings"), &text);
	if (text.len > 0)
		say(m, m->warnings, (const char *)text.p);
	if (json_len(m->preview) < PREVIEW_MAX)
		json_append_str(m->preview, print_str(o, "title"));
	buf_free(&text);
}

static enum rc update_row(struct importing *m, const struct json *fields, const struct twin *t,
			  struct json **ret, struct err *reterr)
{
	struct record_change c = {.typed = fields, .reason = json_get_str(m->in, "reason")};
	char uuid[CODEC_UUID_LEN + 1];
	struct store_entity *e = NULL;
	enum rc rc;

	codec_uuid(t->id, uuid);
	rc = store_entity_find(m->b.agent->store, m->form->name, uuid, &e, reterr);
	if (rc == RC_OK) {
		c.e = e;
		rc = record_edit(&m->b, &c, ret, reterr);
	}
	store_entity_free(e);
	return rc;
}

/* Wire values as they would be sealed, to compare with what is here; errors are told later. */
static enum rc wire_row(struct importing *m, const struct json *fields, struct json **ret,
			struct err *reterr)
{
	struct json *wire = json_object(), *o = record_result(&m->b, m->form);
	enum rc rc = record_input(&m->b, m->form, fields, wire, o, reterr);

	if (rc == RC_OK)
		rc = record_fill(&m->b, m->form, NULL, wire, reterr);
	m->b.failed = false;
	json_free(o);
	if (rc == RC_OK)
		*ret = wire;
	else
		json_free(wire);
	return rc;
}

static enum rc take_row(struct importing *m, const struct json *fields, struct err *reterr)
{
	struct json *item, *o = NULL, *wire = NULL;
	struct twin t;
	enum rc rc = wire_row(m, fields, &wire, reterr);

	if (rc == RC_OK)
		rc = find_twin(m, wire, &t, reterr);
	json_free(wire);
	if (rc != RC_OK)
		return rc;
	if (t.names && !t.id)
		return err_num(reterr, RC_EXISTS, NULL, "import.twin_row", "line", t.line);
	if ((t.names && !m->update) || (t.whole && t.id)) {
		m->skipped++;
		say_twin(m, m->skips, &t);
		return RC_OK;
	}
	if (t.names) {
		rc = update_row(m, fields, &t, &o, reterr);
	} else {
		item = json_object();
		json_set_str(item, "kind", m->form->name);
		json_set(item, "fields", json_copy(fields));
		rc = record_take(&m->b, item, &o, reterr);
		json_free(item);
	}
	if (rc == RC_OK)
		count(m, o, t.names);
	if (rc == RC_OK && t.any && !t.names)
		say_twin(m, m->warnings, &t);
	json_free(o);
	return rc;
}

static enum rc one_row(struct importing *m, struct err *reterr)
{
	struct json *fields = typed_row(m);
	struct err why;
	enum rc rc = RC_OK;

	err_clear(&why);
	m->rows++;
	import_head_note(&m->head, &m->file);
	for (size_t i = m->head.n; i < m->file.n; i++)
		if (m->file.cell[i][0])
			rc = err_set(&why, RC_INPUT, NULL, "import.cells", NULL);
	for (size_t i = 0; rc == RC_OK && i < m->head.n && i < m->file.n; i++)
		if (m->head.column[i] && m->file.fault[i])
			rc = err_set(&why, RC_INPUT, NULL, "import.fault", "label",
				     form_say(m->head.column[i]->label, lang_name(m->b.look.lang)),
				     "value", m->file.cell[i], NULL);
	if (rc == RC_OK)
		rc = take_row(m, fields, &why);
	json_free(fields);
	if (is_row_fault(rc)) {
		refuse_err(m, &why);
		m->b.failed = false;
		return RC_OK;
	}
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

/* ---- the file ---- */

static enum rc rows(struct importing *m, struct err *reterr)
{
	enum rc rc;

	while ((rc = import_file_row(&m->file, reterr)) == RC_OK) {
		rc = one_row(m, reterr);
		if (rc != RC_OK)
			return rc;
		if (m->rows % STEP == 0)
			op_progress(m->call, "import.progress", m->rows, 0);
	}
	if (rc != RC_NOTFOUND)
		return rc;
	err_clear(reterr);
	return RC_OK;
}

static enum rc write_refused(struct importing *m, struct json *out, struct err *reterr)
{
	struct buf path;
	enum rc rc;

	if (m->bad == 0)
		return RC_OK;
	buf_init(&path, LIMIT_PATH);
	buf_add_str(&path, json_get_str(m->in, "file"));
	buf_add_str(&path, ".refused.csv");
	rc = buf_check(&m->refused, reterr);
	if (rc == RC_OK)
		rc = buf_check(&path, reterr);
	if (rc == RC_OK)
		rc = os_file_write((const char *)path.p, span_buf(&m->refused), OS_REPLACE, reterr);
	if (rc == RC_OK)
		json_set_str(out, "refused_file", (const char *)path.p);
	buf_free(&path);
	return rc;
}

/* Names of columns no field takes. */
static struct json *ignored(const struct importing *m)
{
	struct json *all = json_array();

	for (const struct json *c = json_first(m->head.columns); c; c = json_next(c))
		if (!json_get_str(c, "field") && print_str(c, "column")[0])
			json_append_str(all, print_str(c, "column"));
	return all;
}

static struct json *answer(struct importing *m)
{
	struct json *out = json_object();

	json_set_str(out, "kind", m->form->name);
	json_set_str(out, "kind_label", form_say(m->form->label, lang_name(m->b.look.lang)));
	json_set_bool(out, "apply", m->apply);
	json_set_int(out, "rows", m->rows);
	json_set_int(out, "new", m->fresh);
	json_set_int(out, "changed", m->changed);
	json_set_int(out, "skipped", m->skipped);
	json_set_int(out, "refused", m->bad);
	json_set_int(out, "applied", m->apply ? m->fresh + m->changed : 0);
	json_set(out, "preview", json_copy(m->preview));
	json_set(out, "refusals", json_copy(m->refusals));
	json_set(out, "skips", json_copy(m->skips));
	json_set(out, "warnings", json_copy(m->warnings));
	json_set(out, "columns", m->head.columns ? json_copy(m->head.columns) : json_array());
	json_set(out, "missing", m->head.missing ? json_copy(m->head.missing) : json_array());
	json_set_int(out, "head", m->head.line);
	json_set(out, "ignored_columns", ignored(m));
	json_set(out, "source", import_file_about(&m->file));
	if (flag(m->in, "refused") && m->bad > 0)
		json_set_span(out, "refused_rows", span_buf(&m->refused));
	return out;
}

/* What a person is to decide before a row is read. */
static enum rc ask(struct importing *m, const char *what, struct json **ret, struct err *reterr)
{
	struct json *out, *samples = NULL;
	enum rc rc = RC_OK;

	if (strcmp(what, "encoding") == 0)
		rc = import_file_samples(&m->file, SAMPLES_MAX, &samples, reterr);
	if (rc != RC_OK)
		return rc;
	out = answer(m);
	json_set_str(out, "ask", what);
	if (samples)
		json_set(out, "samples", samples);
	*ret = out;
	return RC_OK;
}

static enum rc read_rows(struct importing *m, struct json **ret, struct err *reterr)
{
	struct json *out = NULL;
	enum rc rc = m->apply ? record_sign(&m->b, reterr) : RC_OK;

	if (rc == RC_OK)
		rc = import_seen_store(&m->seen, &m->b, m->form, reterr);
	if (rc == RC_OK)
		rc = rows(m, reterr);
	if (rc == RC_OK)
		out = answer(m);
	if (rc == RC_OK && m->apply)
		rc = record_keep(&m->b, reterr);
	if (rc == RC_OK && m->apply)
		rc = write_refused(m, out, reterr);
	if (rc == RC_OK)
		*ret = out;
	else
		json_free(out);
	return rc;
}

/* An old alphabet is never read without somebody having said so. */
static enum rc import_rows(struct importing *m, struct json **ret, struct err *reterr)
{
	const char *encoding = json_get_str(m->in, "encoding");
	enum rc rc = import_file_open(&m->file, json_get_str(m->in, "file"),
				      json_get_str(m->in, "sheet"), reterr);

	if (rc != RC_OK)
		return rc;
	if (!encoding && m->file.guess != VIET_UNICODE)
		return m->apply
			   ? err_set(reterr, RC_INPUT, NULL,
				     m->file.guess == VIET_TCVN3 ? "import.tcvn3" : "import.vni",
				     NULL)
			   : ask(m, "encoding", ret, reterr);
	if (encoding)
		m->file.from = viet_legacy_named(encoding);
	rc = read_head(m, reterr);
	if (rc == RC_OK && m->head.used == 0)
		return ask(m, "columns", ret, reterr);
	return rc == RC_OK ? read_rows(m, ret, reterr) : rc;
}

static enum rc check_kind(const struct importing *m, struct err *reterr)
{
	if (m->form->class == FORM_REGISTER || m->form->class == FORM_SESSION ||
	    m->form->class == FORM_LINE)
		return RC_OK;
	return err_set(reterr, RC_INPUT, NULL, "import.not_register", "kind",
		       form_say(m->form->label, lang_name(m->b.look.lang)), NULL);
}

static enum rc run_rows(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct importing m = {.call = call,
			      .in = in,
			      .apply = flag(in, "apply"),
			      .update = flag(in, "update"),
			      .preview = json_array(),
			      .refusals = json_array(),
			      .skips = json_array(),
			      .warnings = json_array()};
	enum rc rc = record_begin(&m.b, call, in, reterr);

	m.b.bulk = true;
	m.b.dry = !m.apply;
	import_seen_init(&m.seen);
	buf_init(&m.refused, 2 * LIMIT_INPUT_FILE);
	buf_add_str(&m.refused, "\xef\xbb\xbf"); /* so that a spreadsheet takes it for UTF-8 */
	if (rc == RC_OK)
		rc = look_form(call->app, json_get_str(in, "kind"), &m.form, reterr);
	if (rc == RC_OK)
		rc = check_kind(&m, reterr);
	if (rc == RC_OK)
		rc = import_rows(&m, ret, reterr);
	json_free(m.preview);
	json_free(m.refusals);
	json_free(m.skips);
	json_free(m.warnings);
	buf_free(&m.refused);
	import_head_free(&m.head);
	import_file_close(&m.file);
	import_seen_free(&m.seen);
	record_end(&m.b);
	return rc;
}

/* A lone value is the file of a stick; a kind without its file, or a table without its kind, is not. */
static enum rc run_usb(const struct op_call *call, const char *path, struct json **ret,
		       struct err *reterr)
{
	if (!os_file_exists(path) || !bundle_file_is(path))
		return err_set(reterr, os_file_exists(path) ? RC_INPUT : RC_NOTFOUND, "B1",
			       "import.what", "file", os_path_base(path), NULL);
	return usb_import(call, path, ret, reterr);
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	const char *usb = json_get_str(in, "usb");
	enum rc rc;

	if (usb)
		return run_usb(call, usb, ret, reterr);
	for (size_t i = 0; i < 2; i++)
		if (!json_get(in, args[i].name))
			return err_set(reterr, RC_USAGE, NULL, "op.missing", "name", args[i].name,
				       NULL);
	op_lock(call);
	rc = run_rows(call, in, ret, reterr);
	op_unlock(call);
	return rc;
}

/* ---- print ---- */

static void print_usb(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const line[][2] = {
	    {"answered", "sync.accepted"},
	    {"quarantined", "sync.quarantined"},
	    {"refused", "sync.refused"},
	    {"received", "sync.received"},
	    {"files_received", "sync.files_received"},
	    {"files_refused", "usb.files_refused"},
	};
	bool answer = strcmp(print_str(out, "kind"), "answer") == 0;
	struct buf n;

	lang_format(lang, text, answer ? "usb.taken_answer" : "usb.taken_carry", "from",
		    print_str(out, "from"), "number", print_str(out, "number"), NULL);
	buf_add_char(text, '\n');
	if (print_is(out, "again"))
		print_line(lang, text, "usb.again");
	if (strcmp(print_str(out, "state"), "waiting") == 0)
		print_line(lang, text, "sync.waiting");
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
		if (print_num(out, line[i][0]) == 0)
			continue;
		buf_init(&n, NUM_I64_LEN);
		buf_add_int(&n, print_num(out, line[i][0]));
		lang_format(lang, text, line[i][1], "n", (const char *)n.p, NULL);
		buf_add_char(text, '\n');
		buf_free(&n);
	}
	for (const struct json *p = json_first(json_get_arr(out, "problems")); p;
	     p = json_next(p)) {
		buf_add_str(text, print_str(p, "text"));
		lang_clause(json_get_str(p, "clause"), text);
		buf_add_char(text, '\n');
	}
}

static void print_rows(const struct lang *lang, const char *key, const struct json *list,
		       struct buf *text)
{
	struct print_table t;

	if (json_len(list) == 0)
		return;
	print_line(lang, text, key);
	print_table_init(&t);
	for (const struct json *x = json_first(list); x; x = json_next(x)) {
		print_row(&t);
		print_cell_int(&t, print_num(x, "line"));
		print_cell(&t, print_str(x, "text"));
	}
	print_table_end(&t, 2, text);
}

/* Columns of codes that came as numbers. */
static void print_numbers(const struct lang *lang, const struct json *out, struct buf *text)
{
	for (const struct json *c = json_first(json_get_arr(out, "columns")); c; c = json_next(c)) {
		char n[NUM_I64_LEN];

		if (print_num(c, "numbers") <= 0)
			continue;
		num_str(print_num(c, "numbers"), n);
		lang_format(lang, text, "import.numbers", "column", print_str(c, "column"), "n", n,
			    NULL);
		buf_add_char(text, '\n');
	}
}

/* The question, and what a person needs to answer it. */
static void print_ask(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const as[] = {"text", "tcvn3", "vni"};
	struct print_table t;

	if (strcmp(print_str(out, "ask"), "columns") == 0) {
		print_line(lang, text, "import.ask_columns");
		for (const struct json *c = json_first(json_get_arr(out, "columns")); c;
		     c = json_next(c))
			buf_addf(text, "  %s\n", print_str(c, "column"));
		return;
	}
	print_line(lang, text, "import.ask_encoding");
	print_table_init(&t);
	print_row(&t);
	print_cell(&t, lang_text(lang, "import.as_it_stands"));
	print_cell(&t, "TCVN3");
	print_cell(&t, "VNI");
	for (const struct json *x = json_first(json_get_arr(out, "samples")); x; x = json_next(x)) {
		print_row(&t);
		for (size_t i = 0; i < sizeof(as) / sizeof(as[0]); i++)
			print_cell(&t, print_str(x, as[i]));
	}
	print_table_end(&t, 2, text);
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const line[][2] = {{"rows", "import.rows"},
					      {"new", "import.new"},
					      {"changed", "import.changed"},
					      {"skipped", "import.skipped"},
					      {"refused", "import.refused"}};
	bool apply = print_is(out, "apply");
	struct print_table t;

	if (json_get(out, "ask")) {
		print_ask(lang, out, text);
		return;
	}
	if (json_get(out, "number")) {
		print_usb(lang, out, text);
		return;
	}
	lang_format(lang, text, apply ? "import.done" : "import.preview", "kind",
		    print_str(out, "kind_label"), NULL);
	buf_add_char(text, '\n');
	print_table_init(&t);
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
		print_row(&t);
		print_cell(&t, lang_text(lang, line[i][1]));
		print_cell_int(&t, print_num(out, line[i][0]));
	}
	print_table_end(&t, 2, text);
	for (const struct json *x = json_first(json_get_arr(out, "preview")); x; x = json_next(x))
		buf_addf(text, "  • %s\n", json_str(x));
	print_rows(lang, "import.refusals", json_get_arr(out, "refusals"), text);
	print_rows(lang, "import.skips", json_get_arr(out, "skips"), text);
	print_rows(lang, "record.warnings", json_get_arr(out, "warnings"), text);
	for (const struct json *x = json_first(json_get_arr(out, "ignored_columns")); x;
	     x = json_next(x)) {
		lang_format(lang, text, "import.ignored", "column", json_str(x), NULL);
		buf_add_char(text, '\n');
	}
	print_numbers(lang, out, text);
	if (print_str(out, "refused_file")[0]) {
		lang_format(lang, text, "import.refused_file", "path",
			    print_str(out, "refused_file"), NULL);
		buf_add_char(text, '\n');
	}
	if (!apply)
		print_line(lang, text, "import.how");
}

static enum rc verdict(const struct json *out)
{
	return print_num(out, "refused") > 0 || json_get(out, "ask") ? RC_INPUT : RC_OK;
}

const struct op op_import = {
    "import", "import.summary", OP_WRITE | OP_CONCURRENT, args, sizeof(args) / sizeof(args[0]), run,
    print,    verdict};
