/*
 * op acts: what members of staff did, as the log has it: who, when as an interval, what, about what, in
 * which entry; newest first. An act is an entry sealed by a key of the centre. The opening of a feed
 * is none: it comes by itself with the first (decision 0024). Reads only.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"
#include "server-stub/account.h"
#include "server-stub/acts_set.h"
#include "server-stub/enrolment.h"
#include "server-stub/ops.h"
#include "server-stub/things.h"
#include "server-stub/when.h"
#include "server-stub/who.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MOST = 500, DAY_MIN = 24 * 60 };

static const struct op_arg args[] = {
    {.name = "account", .type = OP_STRING, .help = "acts.arg.account", .meta = "NAME|KEY"},
    {.name = "from", .type = OP_STRING, .help = "acts.arg.from", .meta = "DATE"},
    {.name = "to", .type = OP_STRING, .help = "acts.arg.to", .meta = "DATE"},
    {.name = "offset", .type = OP_INT, .help = "acts.arg.offset", .max = INT32_MAX},
    {.name = "limit", .type = OP_INT, .help = "acts.arg.limit", .min = 1, .max = LIMIT_MOST},
};

struct acts {
	const struct op_call *call;
	struct collector *col;
	const struct ingest_snapshot *snap;
	const struct lang *lang;
	struct archive_reader *r;
	const struct json *accounts; /* key -> name */
	int64_t from, to;            /* unix s, [from, to) */
	int64_t *index;              /* of all that fit, n of them */
	size_t n, cap;
	struct json *all;
	enum rc rc;
	struct err *reterr;
};

/* ---- which ---- */

static enum rc day(const char *typed, bool end, int64_t *ret, struct err *reterr)
{
	char iso[TEXT_DATE_LEN];
	enum rc rc = text_date(span_str(typed), iso, reterr);

	if (rc == RC_OK)
		rc = text_time_of(span_str(iso), 0, ret, reterr);
	if (rc == RC_OK && end)
		*ret += INT64_C(60) * DAY_MIN;
	return rc;
}

static bool take(void *arg, const struct archive_row *row)
{
	struct acts *a = arg;

	if (row->op == ENTRY_OPEN || row->received_at < a->from || row->received_at >= a->to ||
	    !who_sees(a->call, row->scope))
		return true;
	if (a->n == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 256;
		int64_t *grown = realloc(a->index, cap * sizeof(*grown));

		if (!grown) {
			a->rc = err_set(a->reterr, RC_NOMEM, NULL, "buf.memory", NULL);
			return false;
		}
		a->index = grown;
		a->cap = cap;
	}
	a->index[a->n++] = row->index;
	return true;
}

/* An account's name, or a key as text. */
static bool is_meant(const struct acts *a, const uint8_t key[CRYPT_PK_LEN], const char *wanted)
{
	char text[CODEC_B64U_32 + 1];
	const char *name;

	if (!wanted)
		return true;
	codec_b64u(key, CRYPT_PK_LEN, text);
	name = json_get_str(a->accounts, text);
	return strcmp(text, wanted) == 0 || (name && strcmp(name, wanted) == 0);
}

static int newest_first(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a < b) - (a > b);
}

/* By the index of authors: the rows of everybody else are not read. */
static enum rc find(struct acts *a, const char *wanted, struct err *reterr)
{
	const uint8_t *root = keyring_root(a->snap->keyring);
	struct keyring_key k;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && keyring_at(a->snap->keyring, i, &k); i++) {
		if (k.role == ROLE_ROOT || !keyring_central(a->snap->keyring, k.key) ||
		    !is_meant(a, k.key, wanted))
			continue;
		rc = a->r->key_rows(a->r->ctx, k.key, take, a, reterr);
		if (rc == RC_OK)
			rc = a->rc;
	}
	if (rc == RC_OK && is_meant(a, root, wanted))
		rc = a->r->key_rows(a->r->ctx, root, take, a, reterr);
	if (rc == RC_OK)
		rc = a->rc;
	if (a->n > 1)
		qsort(a->index, a->n, sizeof(*a->index), newest_first);
	return rc;
}

/* ---- what ---- */

/* name: of who holds the key, "" of a PC that nobody has named: then the fingerprint stands for it. */
static void say_pc(const struct acts *a, const char *key, const uint8_t pc[CRYPT_PK_LEN],
		   const char *from, struct buf *out)
{
	char fpr[AUTHORITY_FINGERPRINT];

	authority_fingerprint(pc, fpr);
	lang_format(a->lang, out, key, "name", fpr, "from", from, NULL);
}

static void say_cert(const struct acts *a, const struct entry *e, struct buf *out)
{
	struct authority_cert *c = calloc(1, sizeof(*c));
	bool sound = c && authority_cert(e, c, NULL) == RC_OK;
	struct buf role;

	buf_init(&role, ERR_KEY_LEN);
	if (sound && c->role == ROLE_DEVICE && !c->name[0]) {
		say_pc(a, "acts.cert_pc", c->key, "", out);
	} else if (sound) {
		buf_addf(&role, "keys.role.%s", authority_role_name(c->role));
		lang_format(a->lang, out, "acts.cert", "name", c->name, "role",
			    lang_text(a->lang, (const char *)role.p), NULL);
	}
	buf_free(&role);
	free(c);
}

static void say_revoke(const struct acts *a, const struct entry *e, struct buf *out)
{
	struct authority_revoke v;
	struct keyring_key k;
	char from[NUM_I64_LEN];

	if (authority_revoke(e, &v, NULL) != RC_OK)
		return;
	num_str(v.from, from);
	if (keyring_find(a->snap->keyring, v.key, &k) && k.seen && k.seen->name[0])
		lang_format(a->lang, out, "acts.revoke", "name", k.seen->name, "from", from, NULL);
	else
		say_pc(a, "acts.revoke_pc", v.key, from, out);
}

static void say_admit(const struct acts *a, const struct entry *e, struct buf *out)
{
	struct authority_admit *v = calloc(1, sizeof(*v));
	char n[NUM_I64_LEN];

	if (v && authority_admit(e, v, NULL) == RC_OK) {
		num_str((int64_t)v->n, n);
		lang_format(a->lang, out, "acts.admit", "n", n, NULL);
	}
	free(v);
}

static void say_form(const struct acts *a, const struct entry *e, struct buf *out)
{
	struct authority_form v;
	const struct form *f;
	char n[NUM_I64_LEN];

	if (authority_form(e, &v, NULL) != RC_OK)
		return;
	f = form_set_newest(a->snap->forms, v.name);
	num_str((int64_t)v.version, n);
	lang_format(a->lang, out, v.closed ? "acts.form_closed" : "acts.form", "form",
		    f ? form_say(f->label, lang_name(a->lang)) : v.name, "version", n, NULL);
}

static void say_text(const struct acts *a, const char *key, struct buf *out)
{
	buf_add_str(out, lang_text(a->lang, key));
}

/* In words what an entry does; of a set the title of what it is written into stands in "record". */
static void say(const struct acts *a, const struct entry *e, bool first, struct buf *out)
{
	switch (e->op) {
	case ENTRY_CERT: say_cert(a, e, out); break;
	case ENTRY_REVOKE: say_revoke(a, e, out); break;
	case ENTRY_ADMIT: say_admit(a, e, out); break;
	case ENTRY_FORM: say_form(a, e, out); break;
	case ENTRY_ERASE: say_text(a, "acts.erase", out); break;
	case ENTRY_LOG: say_text(a, "acts.log", out); break;
	default: say_text(a, acts_set_key(e, first), out); break;
	}
}

/* The record it was written into (is it the first entry of that?), and of a review the record it speaks of. */
static enum rc add_record(struct acts *a, const struct entry *e, const struct archive_row *row,
			  struct json *o, bool *retfirst, struct err *reterr)
{
	struct act_entity x = {.state = NULL};
	struct json *target = NULL;
	const struct entry_field *f = entry_field(e, "target");
	enum rc rc;

	if (e->op != ENTRY_SET || row->entity_no == 0)
		return RC_OK;
	rc = act_entity_no(a->col, row->entity_no, &x, reterr);
	if (rc == RC_OK) {
		json_set(o, "record", things_name(a->call, a->lang, &x));
		*retfirst = x.e.first_index == row->index;
	}
	act_entity_free(a->col, &x);
	if (rc != RC_OK || !f)
		return rc;
	target = entry_value_json(f->raw);
	if (json_str(target) &&
	    act_entity(a->col, e->scope, NULL, json_str(target), &x, NULL) == RC_OK)
		json_set(o, "about", things_name(a->call, a->lang, &x));
	act_entity_free(a->col, &x);
	json_free(target);
	return RC_OK;
}

static void add_author(const struct acts *a, const struct entry *e, struct json *o)
{
	char key[CODEC_B64U_32 + 1];
	const char *account;
	struct keyring_key k;
	bool known = keyring_find(a->snap->keyring, e->key, &k);

	codec_b64u(e->key, CRYPT_PK_LEN, key);
	account = json_get_str(a->accounts, key);
	json_set_str(o, "who", known && k.cert ? k.cert->name : lang_text(a->lang, "acts.root"));
	json_set_str(o, "role", known ? authority_role_name(k.role) : "");
	json_set_str(o, "account", account ? account : "");
}

static enum rc add_when(struct acts *a, const struct entry *e, const struct archive_row *row,
			struct json *o, struct err *reterr)
{
	const struct view_as as = {.lang = a->lang};
	struct view_entry v = {.in = merge_input_of(e, true),
			       .index = row->index,
			       .verdict = row->verdict,
			       .key = e->key};
	struct archive_reader *other = NULL; /* a's is reading this row */
	struct buf text;
	enum rc rc = archive_read(a->col->archive, &other, reterr);

	if (rc == RC_OK)
		rc = when_of(other, e, row, &v, reterr);
	archive_read_end(a->col->archive, other);
	if (rc != RC_OK)
		return rc;
	view_when(&as, &v, o);
	buf_init(&text, LIMIT_TEXT);
	view_when_text(a->lang, o, &text);
	json_set_span(o, "when", text.len ? span_buf(&text) : span_of("", 0));
	buf_free(&text);
	return RC_OK;
}

static bool show(void *arg, const struct archive_row *row)
{
	struct acts *a = arg;
	struct json *o = json_object();
	char id[CODEC_B64U_32 + 1], *unit = NULL;
	struct entry *e = NULL;
	bool first = false;
	struct buf text;

	buf_init(&text, LIMIT_TEXT);
	a->rc = archive_read_entry(row, &e, a->reterr);
	if (a->rc == RC_OK) {
		unit = enrolment_unit(a->col, row->scope);
		codec_b64u(row->id, ENTRY_ID_LEN, id);
		json_set_int(o, "index", row->index);
		json_set_str(o, "entry", id);
		json_set_str(o, "op", entry_op_name(row->op));
		json_set_str(o, "scope", row->scope);
		json_set_str(o, "unit", unit ? unit : "");
		json_set_int(o, "logged_at", row->received_at);
		json_set_bool(o, "counts", row->verdict == KEYRING_ADMITTED);
		add_author(a, e, o);
		a->rc = add_when(a, e, row, o, a->reterr);
	}
	if (a->rc == RC_OK)
		a->rc = add_record(a, e, row, o, &first, a->reterr);
	if (a->rc == RC_OK) {
		say(a, e, first, &text);
		json_set_span(o, "what", text.len ? span_buf(&text) : span_of("", 0));
	}
	json_append(a->all, o);
	entry_free(e);
	free(unit);
	buf_free(&text);
	return a->rc == RC_OK;
}

static enum rc page(struct acts *a, const struct json *in, struct err *reterr)
{
	int64_t offset = 0, limit = LIMIT_DEFAULT;
	enum rc rc = RC_OK;

	json_get_int(in, "offset", &offset);
	json_get_int(in, "limit", &limit);
	for (size_t i = (size_t)offset; rc == RC_OK && i < a->n && i < (size_t)(offset + limit); i++) {
		rc = a->r->rows(a->r->ctx, NULL, a->index[i], a->index[i] + 1, show, a, reterr);
		if (rc == RC_OK)
			rc = a->rc;
	}
	return rc;
}

static enum rc begin(struct acts *a, const struct json *in, struct json **retaccounts,
		     struct err *reterr)
{
	const char *from = json_get_str(in, "from"), *to = json_get_str(in, "to");
	enum rc rc = collector_ready(a->col, reterr);

	if (rc == RC_OK && from && from[0])
		rc = day(from, false, &a->from, reterr);
	if (rc == RC_OK && to && to[0])
		rc = day(to, true, &a->to, reterr);
	if (rc == RC_OK)
		rc = account_names(a->col->archive, retaccounts, reterr);
	if (rc == RC_OK)
		rc = archive_read(a->col->archive, &a->r, reterr);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct acts a = {.call = call,
			 .col = call->app,
			 .to = INT64_MAX,
			 .all = json_array(),
			 .reterr = reterr};
	const char *wanted = json_get_str(in, "account");
	struct json *accounts = NULL;
	struct lang *lang = NULL;
	enum rc rc = begin(&a, in, &accounts, reterr);

	if (rc == RC_OK)
		rc = act_lang(call, &lang, reterr);
	if (rc == RC_OK) {
		a.lang = lang;
		a.accounts = accounts;
		a.snap = ingest_snapshot(a.col->ingest);
		rc = find(&a, wanted && wanted[0] ? wanted : NULL, reterr);
		if (rc == RC_OK)
			rc = page(&a, in, reterr);
		ingest_snapshot_end(a.col->ingest, a.snap);
	}
	archive_read_end(a.col->archive, a.r);
	if (rc == RC_OK) {
		*ret = json_object();
		json_set_int(*ret, "total", (int64_t)a.n);
		json_set_int(*ret, "now", clock_now_s(a.col->clock));
		json_set(*ret, "items", a.all);
	} else {
		json_free(a.all);
	}
	json_free(accounts);
	lang_free(lang);
	free(a.index);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "items");

	if (json_len(all) == 0)
		buf_addf(text, "%s\n", lang_text(lang, "acts.none"));
	for (const struct json *o = json_first(all); o; o = json_next(o)) {
		const struct json *r = json_get_obj(o, "record");
		const char *title = json_get_str(r, "title");
		char at[TEXT_TIME_LEN], n[NUM_I64_LEN];
		int64_t logged = 0, index = 0;

		json_get_int(o, "logged_at", &logged);
		json_get_int(o, "index", &index);
		text_time_fmt(logged, at);
		num_str(index, n);
		lang_format(lang, text, "acts.line", "index", n, "when", at, "who",
			    json_get_str(o, "who"), "what", json_get_str(o, "what"), NULL);
		if (r)
			buf_addf(text, ": %s", title && title[0] ? title : json_get_str(r, "kind_label"));
		buf_add_char(text, '\n');
	}
}

const struct op op_acts = {.name = "acts",
			   .summary = "acts.summary",
			   .flags = OP_READ,
			   .arg = args,
			   .narg = sizeof(args) / sizeof(args[0]),
			   .run = run,
			   .print = print};
