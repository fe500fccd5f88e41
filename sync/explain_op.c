/*
 * explain_op: reading what is to be explained, and the report for people. See explain_op.h.
 *
 * What the bytes say is shown as JSON, so that a hostile text cannot steer a terminal.
 */
#include "sync/explain_op.h"

#include <stdio.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/os.h"
#include "lib/text.h"
#include "sync/explain.h"
#include "sync/form.h"
#include "sync/kinds.h"

enum { KEYS_MAX = 64, NAME_WIDTH = 14 };

static const char *const choices[] = {"auto", "line", "payload", "note", "receipt", NULL};

const struct op_arg explain_op_args[EXPLAIN_OP_NARGS] = {
    {.name = "what",
     .type = OP_STRING,
     .flags = OP_POSITIONAL,
     .help = "explain.arg.what",
     .meta = "FILE|-|ID"},
    {.name = "key", .type = OP_LIST, .help = "explain.arg.key", .meta = "KEY", .letter = 'k'},
    {.name = "as", .type = OP_STRING, .help = "explain.arg.as", .choice = choices},
    {.name = "payload", .type = OP_STRING, .help = "explain.arg.payload", .meta = "FILE"},
    {.name = "roles", .type = OP_BOOL, .help = "explain.arg.roles"},
};

/* ------------------------------------------------------------------------ run */

static enum rc roles(struct json **ret, struct err *reterr)
{
	struct buf tables;

	buf_init(&tables, LIMIT_ERR_TEXT);
	kinds_print(&tables);
	enum rc rc = buf_check(&tables, reterr);
	if (rc == RC_OK) {
		*ret = json_object();
		json_set_span(*ret, "roles", span_buf(&tables));
	}
	buf_free(&tables);
	return rc;
}

static enum rc read_bytes(const char *path, struct buf *b, struct err *reterr)
{
	return strcmp(path, "-") == 0 ? os_stdin_read(b, reterr) : os_file_read(path, b, reterr);
}

/* A key, or the file it is in. */
static enum rc read_key(const char *text, uint8_t retpk[CRYPT_PK_LEN], struct err *reterr)
{
	struct buf b;
	enum rc rc = explain_key(span_str(text), retpk, reterr);

	if (rc == RC_OK || !os_file_exists(text))
		return rc;
	buf_init(&b, LIMIT_ERR_TEXT);
	rc = os_file_read(text, &b, reterr);
	if (rc == RC_OK)
		rc = explain_key(span_buf(&b), retpk, reterr);
	buf_free(&b);
	return rc;
}

struct subject {
	struct buf bytes, payload;
	uint8_t key[KEYS_MAX + 1][CRYPT_PK_LEN];
	size_t nkey;
};

static enum rc read_keys(const struct json *list, struct subject *s, struct err *reterr)
{
	enum rc rc = RC_OK;

	if (json_len(list) > KEYS_MAX)
		return err_num(reterr, RC_LIMIT, NULL, "explain.keys_many", "n", KEYS_MAX);
	for (const struct json *k = json_first(list); k && rc == RC_OK; k = json_next(k))
		rc = read_key(json_str(k), s->key[s->nkey++], reterr);
	return rc;
}

static enum rc read_what(const struct op_call *call, const struct explain_op_source *source,
			 const char *what, struct subject *s, struct err *reterr)
{
	uint8_t id[CRYPT_HASH_LEN];

	if (!source || strcmp(what, "-") == 0 || os_file_exists(what) ||
	    !codec_b64u_32(span_str(what), id))
		return read_bytes(what, &s->bytes, reterr);
	enum rc rc = source->line(call, what, &s->bytes, s->key[s->nkey], reterr);
	if (rc != RC_OK)
		return rc;
	s->nkey++;
	buf_add_char(&s->bytes, '\n');
	return buf_check(&s->bytes, reterr);
}

static enum rc read_all(const struct op_call *call, const struct explain_op_source *source,
			const struct json *in, struct subject *s, struct err *reterr)
{
	const char *what = json_get_str(in, "what"), *with = json_get_str(in, "payload");
	enum rc rc;

	if (!what)
		return err_set(reterr, RC_USAGE, NULL, "op.missing", "name", "what", NULL);
	if (with && strcmp(with, "-") == 0 && strcmp(what, "-") == 0)
		return err_set(reterr, RC_USAGE, NULL, "op.stdin_twice", NULL);
	rc = read_keys(json_get(in, "key"), s, reterr);
	if (rc == RC_OK)
		rc = read_what(call, source, what, s, reterr);
	if (rc == RC_OK && with)
		rc = read_bytes(with, &s->payload, reterr);
	return rc;
}

enum rc explain_op_run(const struct op_call *call, const struct explain_op_source *source,
		       const struct json *in, struct json **ret, struct err *reterr)
{
	const char *as = json_get_str(in, "as");
	struct explain_in x = {.kind = EXPLAIN_AUTO};
	struct subject s = {.nkey = 0};
	bool tables = false;

	json_get_bool(in, "roles", &tables);
	if (tables)
		return roles(ret, reterr);
	if (as)
		(void)explain_kind_parse(span_str(as), &x.kind); /* one of the choices */
	buf_init(&s.bytes, LIMIT_INPUT_FILE);
	buf_init(&s.payload, LIMIT_ENTRY_PAYLOAD);
	enum rc rc = read_all(call, source, in, &s, reterr);
	x.bytes = span_buf(&s.bytes);
	x.payload = span_buf(&s.payload);
	x.key = (const uint8_t(*)[CRYPT_PK_LEN])s.key;
	x.nkey = s.nkey;
	if (rc == RC_OK)
		rc = explain_bytes(&x, ret, reterr);
	buf_free(&s.bytes);
	buf_free(&s.payload);
	return rc;
}

enum rc explain_op_verdict(const struct json *out)
{
	bool ok = true;

	json_get_bool(out, "ok", &ok);
	return ok ? RC_OK : RC_REFUSED;
}

/* ---------------------------------------------------------------------- print */

static void add_name(struct buf *text, const char *name)
{
	struct buf b;

	buf_init(&b, LIMIT_ENTRY_LINE * 6);
	json_add_escaped_str(&b, name);
	struct span s = span_of(b.p + 1, b.len > 2 ? b.len - 2 : 0); /* without its quotes */
	buf_add_str(text, "  ");
	buf_add_span(text, s);
	for (size_t n = text_chars(s); n < NAME_WIDTH; n++)
		buf_add_char(text, ' ');
	buf_add_char(text, ' ');
	buf_free(&b);
}

/* The built-in form of the report's kind, borrowed from the set; NULL when there is none. */
static const struct form *form_of(const struct form_set *forms, const struct json *members)
{
	for (const struct json *m = json_first(members); m; m = json_next(m))
		if (strcmp(json_get_str(m, "name"), "kind") == 0 && json_get_str(m, "value"))
			return form_set_kind(forms, json_get_str(m, "value"));
	return NULL;
}

/* What people call it: the label of a field, and what the value means. */
static void print_words(const struct lang *lang, const struct form *form, const struct json *m,
			struct buf *text)
{
	const char *name = json_get_str(m, "name"), *means = json_get_str(m, "means");
	const struct form_field *f =
	    form && strncmp(name, "set.", 4) == 0 ? form_field(form, name + 4) : NULL;

	if (f)
		buf_addf(text, "  (%s)", form_say(f->label, lang_name(lang)));
	if (means)
		buf_addf(text, "  (%s)", means);
	buf_add_char(text, '\n');
}

static void print_members(const struct lang *lang, const struct json *members, struct buf *text)
{
	struct form_set *forms = NULL;
	bool known = form_set_new(&forms, NULL) == RC_OK && form_set_builtin(forms, NULL) == RC_OK;
	const struct form *form = known ? form_of(forms, members) : NULL;

	for (const struct json *m = json_first(members); m; m = json_next(m)) {
		add_name(text, json_get_str(m, "name"));
		if (json_write(json_get(m, "value"), false, text, NULL) != RC_OK)
			text->failed = true;
		print_words(lang, form, m, text);
	}
	form_set_free(forms);
}

/* The message of a check: why it failed, or why nobody could look. */
static void print_detail(const struct lang *lang, const struct json *detail, struct buf *text)
{
	struct err why;

	if (!detail)
		return;
	err_set(&why, RC_REFUSED, NULL, json_get_str(detail, "key"), NULL);
	for (const struct json *a = json_first(json_get(detail, "args")); a; a = json_next(a))
		err_add(&why, json_name(a), json_str(a));
	buf_add_str(text, "         ");
	lang_err(lang, &why, text);
	buf_add_char(text, '\n');
}

static void print_check(const struct lang *lang, const struct json *c, struct buf *text)
{
	const char *clause = json_get_str(c, "clause");
	char key[ERR_KEY_LEN] = "clause.";
	const char *mark = "–";
	bool ok;

	if (json_get_bool(c, "ok", &ok))
		mark = ok ? "✓" : "✗";
	memcpy(key + strlen(key), clause, strlen(clause) + 1);
	buf_addf(text, "  %s %-4s %s\n", mark, clause, lang_text(lang, key));
	print_detail(lang, json_get(c, "detail"), text);
}

static void print_count(const struct lang *lang, const struct json *out, const char *name,
			const char *key, struct buf *text)
{
	char n[NUM_I64_LEN];
	int64_t v = 0;

	json_get_int(out, name, &v);
	if (v == 0)
		return;
	num_str(v, n);
	lang_format(lang, text, key, "n", n, NULL);
	buf_add_char(text, '\n');
}

static void print_title(const struct lang *lang, const char *area, const char *name,
			struct buf *text)
{
	char key[ERR_KEY_LEN];

	snprintf(key, sizeof(key), "explain.%s%s", area, name);
	buf_add_str(text, lang_text(lang, key));
	buf_add_char(text, '\n');
}

void explain_op_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const char *tables = json_get_str(out, "roles");

	if (tables) {
		buf_add_str(text, tables);
		return;
	}
	print_title(lang, "kind.", json_get_str(out, "kind"), text);
	print_members(lang, json_get(out, "members"), text);
	print_title(lang, "", "checks", text);
	for (const struct json *c = json_first(json_get(out, "checks")); c; c = json_next(c))
		print_check(lang, c, text);
	if (json_len(json_get(out, "computed")) > 0)
		print_title(lang, "", "computed", text);
	for (const struct json *m = json_first(json_get(out, "computed")); m; m = json_next(m)) {
		add_name(text, json_name(m));
		buf_addf(text, "%s\n", json_str(m));
	}
	print_count(lang, out, "broken", "explain.broken", text);
	print_count(lang, out, "unchecked", "explain.unchecked", text);
	if (explain_op_verdict(out) == RC_OK)
		print_title(lang, "", "good", text);
}
