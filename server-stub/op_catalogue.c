/*
 * op catalogue import: the list of provinces and communes. Importing it again renames,
 * upgrades and closes units; codes never change their meaning and old names stay
 * findable. The file itself goes out to every PC as a blob an entry in "*" names.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/csv.h"
#include "lib/limits.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"

enum { UNITS_MAX = 20000, CODE_LEN = 6, PROVINCE_LEN = 3 };

static const struct op_arg args[] = {
    {.name = "file",
     .type = OP_TEXT,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "catalogue.arg.file"},
    {.name = "effective", .type = OP_STRING, .help = "catalogue.arg.effective", .meta = "DATE"},
    {.name = "source", .type = OP_STRING, .help = "catalogue.arg.source", .meta = "TEXT"},
    {.name = "as", .type = OP_STRING, .help = "act.arg.as", .meta = "NAME"},
    {.name = "passphrase",
     .type = OP_STRING,
     .flags = OP_SECRET | OP_REQUIRED,
     .help = "act.arg.passphrase"},
};

enum column { PROVINCE_CODE, PROVINCE_NAME, COMMUNE_CODE, COMMUNE_NAME, KIND, NCOLUMN };
static const char *const column_name[NCOLUMN] = {"province_code", "province_name", "commune_code",
						 "commune_name", "kind"};
static const char *const kind_name[] = {"xa", "phuong", "dac_khu"};

/* The import while it runs: units by code, from before and from the file. */
struct import {
	struct json *unit; /* code -> {province, province_name, name, kind, closed, closed_into, names, seen} */
	int64_t line;
	int64_t provinces, communes, added, renamed, upgraded, closed, merged;
	char mark[128]; /* first comment line, without '#' */
	char date[TEXT_DATE_LEN]; /* from when on it holds */
};

static bool is_code(const char *s, size_t len)
{
	return strlen(s) == len && strspn(s, "0123456789") == len && strspn(s, "0") != len;
}

static bool is_kind(const char *s)
{
	for (size_t i = 0; i < sizeof(kind_name) / sizeof(kind_name[0]); i++)
		if (strcmp(s, kind_name[i]) == 0)
			return true;
	return false;
}

static enum rc bad(const struct import *im, const char *column, struct err *reterr)
{
	enum rc rc = err_num(reterr, RC_INPUT, NULL, "catalogue.cell", "line", im->line);

	err_add(reterr, "column", column);
	return rc;
}

/* The header, whatever the order of its columns. */
static enum rc read_header(const struct csv *c, size_t at[NCOLUMN], struct err *reterr)
{
	for (size_t k = 0; k < NCOLUMN; k++) {
		size_t i = 0;

		while (i < c->n && strcmp(c->cell[i], column_name[k]) != 0)
			i++;
		if (i == c->n)
			return err_set(reterr, RC_INPUT, NULL, "catalogue.column", "column",
				       column_name[k], NULL);
		at[k] = i;
	}
	return RC_OK;
}

static void remember_name(struct json *u, const char *old)
{
	struct json *names = json_get_arr(u, "names");

	for (const struct json *n = json_first(names); n; n = json_next(n))
		if (strcmp(json_str(n), old) == 0)
			return;
	if (!names) {
		json_set(u, "names", json_array());
		names = json_get_arr(u, "names");
	}
	json_append_str(names, old);
}

/* What it was called until this list: for whoever looks for the old name. */
static void remember(const struct import *im, struct json *u)
{
	static const char *const kept[] = {"name", "kind", "province", "province_name"};
	struct json *was = json_object();

	json_set_str(was, "until", im->date);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		json_set_str(was, kept[i], json_get_str(u, kept[i]));
	if (!json_get_arr(u, "changes"))
		json_set(u, "changes", json_array());
	json_append(json_get_arr(u, "changes"), was);
}

static bool is_same(const struct json *u, const char *const v[NCOLUMN])
{
	return strcmp(json_get_str(u, "name"), v[COMMUNE_NAME]) == 0 &&
	       strcmp(json_get_str(u, "kind"), v[KIND]) == 0 &&
	       strcmp(json_get_str(u, "province"), v[PROVINCE_CODE]) == 0 &&
	       strcmp(json_get_str(u, "province_name"), v[PROVINCE_NAME]) == 0;
}

/* A unit known before under the same code: what changed of it? */
static bool update(struct import *im, struct json *u, const char *const v[NCOLUMN])
{
	bool closed = false, change = false;

	json_get_bool(u, "closed", &closed);
	if (!is_same(u, v))
		remember(im, u);
	if (json_get_str(u, "closed_into")) { /* a merger is not undone by an older list (M18) */
		im->merged++;
		closed = false;
	}
	if (strcmp(json_get_str(u, "name"), v[COMMUNE_NAME]) != 0) {
		remember_name(u, json_get_str(u, "name"));
		json_set_str(u, "name", v[COMMUNE_NAME]);
		im->renamed++;
		change = true;
	}
	if (strcmp(json_get_str(u, "kind"), v[KIND]) != 0) {
		json_set_str(u, "kind", v[KIND]);
		im->upgraded++;
		change = true;
	}
	if (strcmp(json_get_str(u, "province"), v[PROVINCE_CODE]) != 0 ||
	    strcmp(json_get_str(u, "province_name"), v[PROVINCE_NAME]) != 0 || closed) {
		json_set_str(u, "province", v[PROVINCE_CODE]);
		json_set_str(u, "province_name", v[PROVINCE_NAME]);
		json_set_bool(u, "closed", json_get_str(u, "closed_into") != NULL);
		change = true;
	}
	return change;
}

static struct json *unit_new(struct import *im, const char *const v[NCOLUMN])
{
	struct json *u = json_object();

	json_set_str(u, "province", v[PROVINCE_CODE]);
	json_set_str(u, "province_name", v[PROVINCE_NAME]);
	json_set_str(u, "name", v[COMMUNE_NAME]);
	json_set_str(u, "kind", v[KIND]);
	json_set_bool(u, "closed", false);
	im->added++;
	return u;
}

/* Units are kept in 100 groups by the last two digits: members of one object are few. */
static struct json *group_of(struct json *all, const char *code, bool create)
{
	const char *tail = code + 3;
	struct json *g = json_get_obj(all, tail);

	if (!g && create) {
		json_set(all, tail, json_object());
		g = json_get_obj(all, tail);
	}
	return g;
}

static enum rc read_unit(struct import *im, const struct csv *c, const size_t at[NCOLUMN],
			 struct err *reterr)
{
	const char *v[NCOLUMN];
	struct json *group, *u;
	bool seen = false;

	im->line = c->line;
	for (size_t k = 0; k < NCOLUMN; k++) {
		if (at[k] >= c->n || !c->cell[at[k]][0])
			return bad(im, column_name[k], reterr);
		v[k] = c->cell[at[k]];
	}
	if (!is_code(v[PROVINCE_CODE], PROVINCE_LEN - 1))
		return bad(im, column_name[PROVINCE_CODE], reterr);
	if (!is_code(v[COMMUNE_CODE], CODE_LEN - 1))
		return bad(im, column_name[COMMUNE_CODE], reterr);
	if (!is_kind(v[KIND]))
		return bad(im, column_name[KIND], reterr);
	group = group_of(im->unit, v[COMMUNE_CODE], true);
	u = json_get_obj(group, v[COMMUNE_CODE]);
	json_get_bool(u, "seen", &seen);
	if (seen)
		return err_num(reterr, RC_INPUT, NULL, "catalogue.twice", "line", im->line);
	if (!u) {
		json_set(group, v[COMMUNE_CODE], unit_new(im, v));
		u = json_get_obj(group, v[COMMUNE_CODE]);
		json_set_bool(u, "changed", true);
	} else if (update(im, u, v)) {
		json_set_bool(u, "changed", true);
	}
	json_set_bool(u, "seen", true);
	im->communes++;
	return RC_OK;
}

/* Comment lines at the top; the first one is the mark shown with the catalogue. */
static void read_mark(struct import *im, struct span *text)
{
	struct span line, rest = *text;

	if (span_starts(rest, "\xef\xbb\xbf"))
		rest = span_of(rest.p + 3, rest.len - 3);
	while (span_starts(rest, "#") && span_line(&rest, &line)) {
		size_t len = line.len;

		while (len > 1 && (line.p[len - 1] == '\r' || line.p[len - 1] == ' '))
			len--;
		if (!im->mark[0] && len > 2 && len - 2 < sizeof(im->mark))
			memcpy(im->mark, line.p + 2, len - 2);
		*text = rest;
	}
}

static enum rc read_file(struct import *im, struct span text, struct err *reterr)
{
	size_t at[NCOLUMN];
	struct csv c;
	enum rc rc;

	read_mark(im, &text);
	rc = csv_open(&c, text, reterr);
	if (rc != RC_OK)
		return rc;
	rc = csv_row(&c, reterr);
	if (rc == RC_OK)
		rc = read_header(&c, at, reterr);
	while (rc == RC_OK && (rc = csv_row(&c, reterr)) == RC_OK)
		rc = im->communes == UNITS_MAX
			 ? err_num(reterr, RC_LIMIT, NULL, "catalogue.many", "max", UNITS_MAX)
			 : read_unit(im, &c, at, reterr);
	csv_close(&c);
	return rc == RC_NOTFOUND && im->communes > 0 ? RC_OK : rc;
}

/* Units not in the file any more are closed: kept, named, no longer counted. */
static void close_rest(struct import *im)
{
	bool province[100] = {false};

	for (struct json *g = json_first(im->unit); g; g = json_next(g))
		for (struct json *u = json_first(g); u; u = json_next(u)) {
			bool seen = false, closed = false;

			json_get_bool(u, "seen", &seen);
			json_get_bool(u, "closed", &closed);
			if (seen) {
				const char *p = json_get_str(u, "province");
				size_t no = (size_t)(p[0] - '0') * 10 + (size_t)(p[1] - '0');

				im->provinces += !province[no];
				province[no] = true;
			} else if (!closed) {
				json_set_bool(u, "closed", true);
				json_set_str(u, "closed_on", im->date);
				json_set_bool(u, "changed", true);
				im->closed++;
			}
		}
}

/* ---- storing ---- */

static bool load_unit(void *arg, const char *key, const struct json *doc)
{
	struct import *im = arg;

	if (strlen(key) == CODE_LEN - 1)
		json_set(group_of(im->unit, key, true), key, json_copy(doc));
	return true;
}

static enum rc load_units(struct collector *col, struct import *im, struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	rc = r->docs(r->ctx, "unit", load_unit, im, reterr);
	archive_read_end(col->archive, r);
	return rc;
}

/* In the sequencer's transaction. */
/* Lists are filtered by province. */
static enum rc put_unit(struct archive_writer *w, const struct json *u, struct err *reterr)
{
	const char *province = json_get_str(u, "province");
	enum rc rc = w->doc_put(w->ctx, "unit", json_name(u), u, reterr);

	return rc == RC_OK ? w->submission_province(w->ctx, json_name(u), province ? province : "",
						    reterr)
			   : rc;
}

static enum rc write_units(void *arg, struct archive_writer *w, struct err *reterr)
{
	struct import *im = arg;
	enum rc rc = w->set(w->ctx, "catalogue_mark", im->mark, reterr);

	for (struct json *g = json_first(im->unit); rc == RC_OK && g; g = json_next(g))
		for (struct json *u = json_first(g); rc == RC_OK && u; u = json_next(u)) {
			bool changed = false;

			json_get_bool(u, "changed", &changed);
			json_remove(u, "seen");
			json_remove(u, "changed");
			if (changed)
				rc = put_unit(w, u, reterr);
		}
	return rc;
}

static struct json *entry_fields(const struct json *in, const struct import *im,
				 const uint8_t sha[32], size_t size)
{
	struct json *o = json_object(), *blob = json_object();
	char hex[CODEC_HEX_LEN(32) + 1];

	codec_hex(sha, 32, hex);
	json_set_str(blob, "sha256", hex);
	json_set_int(blob, "size", (int64_t)size);
	json_set_str(blob, "type", "text/csv");
	json_set_str(blob, "name", "catalogue.csv");
	json_set(o, "blob", blob);
	if (json_get_str(in, "effective"))
		json_set_str(o, "effective_date", im->date);
	if (json_get_str(in, "source"))
		json_set_str(o, "source", json_get_str(in, "source"));
	if (im->mark[0])
		json_set_str(o, "mark", im->mark);
	return o;
}

static bool take_first(void *arg, const struct archive_entity *e)
{
	codec_uuid(e->id, arg);
	return false;
}

/* The catalogue there is, in *x; a new id in *id when there is none. */
static enum rc find_catalogue(struct collector *col, struct act_entity *x, uint8_t id[16],
			      struct err *reterr)
{
	const struct archive_filter f = {.scope = "*", .kind = "catalogue", .limit = 1};
	char text[CODEC_UUID_LEN + 1] = "";
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	rc = r->entities(r->ctx, &f, take_first, text, NULL, reterr);
	archive_read_end(col->archive, r);
	if (rc == RC_OK && text[0]) {
		rc = act_entity(col, "*", "catalogue", text, x, reterr);
		memcpy(id, x->e.id, sizeof(x->e.id));
	} else if (rc == RC_OK) {
		entry_uuid7(clock_now_ms(col->clock), id);
	}
	return rc;
}

/* What stands of the older catalogue is replaced; a field the new one lacks is emptied. */
static enum rc replace(const struct act_entity *x, struct json *fields, struct buf *after,
		       struct err *reterr)
{
	const char *name[LIMIT_FORM_FIELDS + 1];
	size_t n = 0;

	for (size_t i = 0; x->state && i < merge_fields(x->state); i++) {
		const char *old = merge_field_name(x->state, i);

		if (!json_get(fields, old))
			json_set(fields, old, json_null());
	}
	for (const struct json *f = json_first(fields); f && n < LIMIT_FORM_FIELDS; f = json_next(f))
		name[n++] = json_name(f);
	name[n] = NULL;
	return x->state ? merge_after(x->state, name, after, reterr) : RC_OK;
}

/* One entry names the file; its entity is always the same, so the newest one replaces it. */
static enum rc seal(struct collector *col, struct crypt_signer *signer, struct json *fields,
		    struct import *im, int64_t *retindex, struct err *reterr)
{
	struct act_entity x = {.state = NULL};
	struct issuer *issuer = NULL;
	struct buf after;
	uint8_t id[16];
	enum rc rc = find_catalogue(col, &x, id, reterr);

	buf_init(&after, LIMIT_ENTRY_PAYLOAD);
	if (rc == RC_OK)
		rc = replace(&x, fields, &after, reterr);
	if (rc == RC_OK)
		rc = issuer_open(col, signer, "*", &issuer, reterr);
	if (rc == RC_OK)
		rc = issuer_set(issuer, "catalogue", 1, id, fields, span_buf(&after), NULL, reterr);
	if (rc == RC_OK) {
		issuer_also(issuer, write_units, im);
		rc = issuer_keep(issuer, retindex, reterr);
	}
	issuer_free(issuer);
	buf_free(&after);
	act_entity_free(col, &x);
	return rc;
}

static enum rc publish(struct collector *col, const struct json *in, struct import *im,
		       struct span text, int64_t *retindex, struct err *reterr)
{
	const char *as = json_get_str(in, "as");
	struct crypt_signer *signer = NULL;
	struct json *fields = NULL;
	uint8_t sha[32];
	enum rc rc = vault_unseal(col->home, as ? as : "registrar", json_get_str(in, "passphrase"),
				  &signer, reterr);

	if (rc == RC_OK)
		rc = archive_blob_put(col->archive, text, sha, reterr);
	if (rc == RC_OK) {
		fields = entry_fields(in, im, sha, text.len);
		rc = seal(col, signer, fields, im, retindex, reterr);
	}
	json_free(fields);
	crypt_signer_free(signer);
	return rc;
}

static struct json *answer(const struct import *im, int64_t index)
{
	struct json *o = json_object();

	json_set_int(o, "provinces", im->provinces);
	json_set_int(o, "communes", im->communes);
	json_set_int(o, "added", im->added);
	json_set_int(o, "renamed", im->renamed);
	json_set_int(o, "upgraded", im->upgraded);
	json_set_int(o, "closed", im->closed);
	json_set_int(o, "merged", im->merged);
	json_set_str(o, "mark", im->mark);
	json_set_int(o, "index", index);
	return o;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct span text = span_str(json_get_str(in, "file"));
	const char *effective = json_get_str(in, "effective");
	struct import *im = calloc(1, sizeof(*im));
	int64_t index = 0;
	enum rc rc;

	if (!im)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	im->unit = json_object();
	text_time_date(clock_now_s(col->clock), im->date);
	rc = effective ? text_date(span_str(effective), im->date, reterr) : RC_OK;
	if (rc == RC_OK)
		rc = load_units(col, im, reterr);
	if (rc == RC_OK)
		rc = read_file(im, text, reterr);
	if (rc == RC_OK) {
		close_rest(im);
		rc = publish(col, in, im, text, &index, reterr);
	}
	if (rc == RC_OK)
		*ret = answer(im, index);
	json_free(im->unit);
	free(im);
	return rc;
}

static void add_line(const struct lang *lang, const struct json *out, const char *name,
		     const char *key, struct buf *text)
{
	struct buf b;
	int64_t n = 0;

	json_get_int(out, name, &n);
	buf_init(&b, 32);
	buf_add_int(&b, n);
	lang_format(lang, text, key, "n", (const char *)b.p, NULL);
	buf_add_char(text, '\n');
	buf_free(&b);
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const line[][2] = {
	    {"provinces", "catalogue.provinces"}, {"communes", "catalogue.communes"},
	    {"added", "catalogue.added"},         {"renamed", "catalogue.renamed"},
	    {"upgraded", "catalogue.upgraded"},   {"closed", "catalogue.closed"},
	    {"merged", "catalogue.merged"},
	};
	const char *mark = json_get_str(out, "mark");

	if (mark && mark[0]) {
		lang_format(lang, text, "catalogue.mark", "mark", mark, NULL);
		buf_add_char(text, '\n');
	}
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++)
		add_line(lang, out, line[i][0], line[i][1], text);
}

const struct op op_catalogue_import = {"catalogue import",
				       "catalogue.summary",
				       OP_WRITE,
				       args,
				       sizeof(args) / sizeof(args[0]),
				       run,
				       print,
				       NULL};
