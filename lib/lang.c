/*
 * lang: messages by key from the embedded language files (see lang.h). The parsed
 * file is kept and a sorted index of it searched.
 */
#include "lib/lang.h"

#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/embed.h"
#include "lib/json.h"
#include "lib/limits.h"

struct message {
	const char *key, *text; /* inside lang->tree */
};

struct lang {
	char name[8];
	struct json *tree;
	struct message *msg; /* sorted by key */
	size_t n;
	atomic_size_t *missing; /* apart, so that a const lang can count */
};

/* A value for {name}. */
struct lang_arg {
	const char *name, *val;
};

enum { LANG_ARGS = 8 };

static const struct json_rules lang_rules = {.max_len = LIMIT_JSON_TEXT,
					     .depth = 1,
					     .max_members = LIMIT_LANG_KEYS};

const char *lang_pick(const char *env)
{
	bool en = env && (env[0] == 'e' || env[0] == 'E') && (env[1] == 'n' || env[1] == 'N') &&
		  (env[2] == '\0' || env[2] == '_' || env[2] == '-' || env[2] == '.');

	return en ? "en" : "vi";
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct message *)a)->key, ((const struct message *)b)->key);
}

static enum rc corrupt(const char *name, struct err *reterr)
{
	return err_set(reterr, RC_CORRUPT, NULL, "lang.corrupt", "name", name, NULL);
}

static enum rc no_memory(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "json.memory", NULL);
}

static enum rc build_index(struct lang *l, struct err *reterr)
{
	l->n = json_len(l->tree);
	l->msg = calloc(l->n + 1, sizeof(*l->msg));
	l->missing = calloc(1, sizeof(*l->missing));
	if (!l->msg || !l->missing)
		return no_memory(reterr);
	struct message *m = l->msg;
	for (const struct json *v = json_first(l->tree); v; v = json_next(v), m++) {
		m->key = json_name(v);
		m->text = json_str(v);
		if (!m->text)
			return corrupt(l->name, reterr);
	}
	qsort(l->msg, l->n, sizeof(*l->msg), by_key);
	return RC_OK;
}

enum rc lang_parse(const char *name, struct span text, struct lang **ret, struct err *reterr)
{
	struct lang *l = calloc(1, sizeof(*l));

	if (!l)
		return no_memory(reterr);
	strncpy(l->name, name, sizeof(l->name) - 1);
	enum rc rc = json_parse(text, &lang_rules, &l->tree, reterr);
	if (rc == RC_OK && json_kind(l->tree) == JSON_OBJECT)
		rc = build_index(l, reterr);
	else if (rc != RC_NOMEM)
		rc = corrupt(name, reterr);
	if (rc == RC_OK)
		*ret = l;
	else
		lang_free(l);
	return rc;
}

enum rc lang_load(const char *name, struct lang **ret, struct err *reterr)
{
	char path[32];
	int n = snprintf(path, sizeof(path), "lang/%s.json", name);
	const struct embed_file *f = n > 0 && (size_t)n < sizeof(path) ? embed_find(path) : NULL;

	if (!f)
		return err_set(reterr, RC_NOTFOUND, NULL, "lang.unknown", "name", name, NULL);
	return lang_parse(name, span_of(f->data, f->len), ret, reterr);
}

void lang_free(struct lang *l)
{
	if (!l)
		return;
	json_free(l->tree);
	free(l->msg);
	free(l->missing);
	free(l);
}

const char *lang_name(const struct lang *l)
{
	return l->name;
}

/* Text of key, or NULL. */
static const char *look_up(const struct lang *l, const char *key)
{
	struct message want = {.key = key};
	const struct message *m = l ? bsearch(&want, l->msg, l->n, sizeof(want), by_key) : NULL;

	return m ? m->text : NULL;
}

bool lang_has(const struct lang *l, const char *key)
{
	return look_up(l, key) != NULL;
}

const char *lang_text(const struct lang *l, const char *key)
{
	const char *text = look_up(l, key);

	if (!text && l)
		atomic_fetch_add(l->missing, 1);
	return text ? text : key;
}

size_t lang_missing(const struct lang *l)
{
	return l ? atomic_load(l->missing) : 0;
}

const char *lang_key(const struct lang *l, size_t i)
{
	return i < l->n ? l->msg[i].key : NULL;
}

static const char *arg_value(const struct lang_arg *arg, int n, struct span name)
{
	for (int i = 0; i < n; i++)
		if (span_eq_str(name, arg[i].name))
			return arg[i].val ? arg[i].val : "";
	return NULL;
}

static void fill(const char *text, const struct lang_arg *arg, int n, struct buf *out)
{
	for (const char *open; (open = strchr(text, '{')) != NULL;) {
		const char *close = strchr(open, '}');
		if (!close)
			break;
		const char *val = arg_value(arg, n, span_of(open + 1, (size_t)(close - open - 1)));
		buf_add(out, text, (size_t)(open - text));
		if (val)
			buf_add_str(out, val);
		else
			buf_add(out, open, (size_t)(close + 1 - open));
		text = close + 1;
	}
	buf_add_str(out, text);
}

void lang_format(const struct lang *l, struct buf *out, const char *key, ...)
{
	struct lang_arg arg[LANG_ARGS];
	va_list ap;
	const char *name;
	int n = 0;

	va_start(ap, key);
	while ((name = va_arg(ap, const char *)) != NULL) {
		const char *val = va_arg(ap, const char *);
		if (n < LANG_ARGS)
			arg[n++] = (struct lang_arg){name, val};
	}
	va_end(ap);
	fill(lang_text(l, key), arg, n, out);
}

/* The value of an argument for this reader: NAME_en in place of NAME in English, where there is one. */
static const char *own_value(const struct lang *l, const struct err *e, const struct err_arg *arg)
{
	char name[sizeof(arg->name) + 16];
	const char *own;

	snprintf(name, sizeof(name), "%s_%s", arg->name, l ? lang_name(l) : "");
	own = err_arg(e, name);
	return own ? own : arg->val;
}

void lang_err(const struct lang *l, const struct err *e, struct buf *out)
{
	struct lang_arg arg[ERR_ARGS];
	char key[ERR_KEY_LEN];

	for (int i = 0; i < e->nargs; i++)
		arg[i] = (struct lang_arg){e->arg[i].name, own_value(l, e, &e->arg[i])};
	snprintf(key, sizeof(key), "rc.%s", err_name(e->rc));
	fill(lang_text(l, e->key[0] ? e->key : key), arg, e->nargs, out);
}

void lang_clause(const char *clause, struct buf *out)
{
	if (!clause || !clause[0])
		return;
	buf_add_str(out, " (");
	buf_add_str(out, clause);
	buf_add_char(out, ')');
}
