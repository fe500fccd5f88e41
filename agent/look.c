/*
 * look: what was typed to name a record, titles, the entries of one record. Reads only.
 * Does NOT write, check or print anything.
 */
#include "agent/look.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "lib/text.h"
#include "sync/form_check.h"

enum { END_MIN = 6, HEX = 32, TITLE_DEPTH = 3 };

/* The agent keeps what it has loaded: reading the texts costs more than most answers. */
enum rc look_open(struct look *l, const struct op_call *call, struct err *reterr)
{
	const char *name = op_lang(call);
	struct agent *agent = call->app;
	struct lang **kept = &agent->lang[strcmp(name, "en") == 0];
	enum rc rc = *kept ? RC_OK : lang_load(name, kept, reterr);

	*l = (struct look){.agent = agent, .lang = *kept};
	agent->asked_ms = clock_mono_ms(agent->clock);
	return rc;
}

void look_close(struct look *l)
{
	l->lang = NULL;
}

/* ---- naming a record ---- */

void look_short(const uint8_t id[16], char ret[LOOK_SHORT])
{
	codec_hex(id + 12, 4, ret);
}

bool look_is_end(const uint8_t id[16], const char *typed)
{
	char hex[HEX + 1], want[HEX + 1];
	size_t n = 0;

	for (; *typed; typed++) {
		char c = *typed;
		if (c == '-')
			continue;
		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		if (n == HEX || !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		want[n++] = c;
	}
	codec_hex(id, 16, hex);
	return n >= END_MIN && memcmp(hex + HEX - n, want, n) == 0;
}

struct end_search {
	const char *typed;
	char scope[ENTRY_SCOPE_LEN], kind[ENTRY_KIND_LEN];
	uint8_t id[16];
	int64_t n;
};

static bool end_take(void *arg, const struct store_item *item)
{
	struct end_search *s = arg;

	if (look_is_end(item->id, s->typed) && s->n++ == 0) {
		memcpy(s->scope, item->scope, strlen(item->scope) + 1);
		memcpy(s->kind, item->kind, strlen(item->kind) + 1);
		memcpy(s->id, item->id, 16);
	}
	return s->n < 2;
}

static bool is_end_form(const char *typed)
{
	size_t n = strspn(typed, "0123456789abcdefABCDEF-");

	return n >= END_MIN && typed[n] == '\0';
}

enum rc look_find(struct agent *agent, const char *kind, const char *typed,
		  struct store_entity **ret, struct err *reterr)
{
	struct end_search s = {.typed = typed};
	struct store_filter f = {.kind = kind};
	struct err why;
	enum rc rc = store_entity_find(agent->store, kind, typed, ret, &why);

	if (rc == RC_NOTFOUND && is_end_form(typed)) {
		rc = store_list(agent->store, &f, end_take, &s, NULL, reterr);
		if (rc != RC_OK)
			return rc;
		if (s.n == 1)
			return store_entity(agent->store, s.scope, s.kind, s.id, ret, reterr);
		rc = s.n == 0 ? RC_NOTFOUND
			      : err_num(&why, RC_CONFLICT, NULL, "store.ambiguous", "count", s.n);
	}
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

/* ---- forms ---- */

bool look_same(const char *a, const char *b)
{
	struct buf x, y;
	bool same;

	buf_init(&x, LIMIT_TEXT);
	buf_init(&y, LIMIT_TEXT);
	same = text_fold(span_str(a), &x, NULL) == RC_OK &&
	       text_fold(span_str(b), &y, NULL) == RC_OK && x.len > 0 &&
	       span_eq(span_buf(&x), span_buf(&y));
	buf_free(&x);
	buf_free(&y);
	return same;
}

enum rc look_form(struct agent *agent, const char *typed, const struct form **ret,
		  struct err *reterr)
{
	const struct form_set *set = store_forms(agent->store);
	const struct form *f =
	    strchr(typed, '/') ? form_set_kind(set, typed) : form_set_open(set, typed);
	enum form_state state;

	for (size_t i = 0; !f; i++) {
		const struct form *x = form_set_at(set, i, &state);
		if (!x)
			return err_set(reterr, RC_NOTFOUND, NULL, "record.no_kind", "kind", typed,
				       NULL);
		if (state == FORM_PUBLISHED &&
		    (look_same(x->label.vi, typed) || look_same(x->label.en, typed)))
			f = form_set_open(set, x->name);
	}
	*ret = f;
	return RC_OK;
}

const struct form_field *look_field(const struct form *f, const char *typed)
{
	const struct form_field *exact = form_field(f, typed);

	for (size_t i = 0; !exact && i < f->nfield; i++)
		if (look_same(f->field[i].label.vi, typed) ||
		    look_same(f->field[i].label.en, typed))
			exact = &f->field[i];
	return exact;
}

/* ---- titles ---- */

static bool title_of_ref(void *ctx, const char *uuid, struct buf *out)
{
	struct look *l = ctx;
	struct store_entity *e = NULL;
	size_t before = out->len;

	if (l->depth >= TITLE_DEPTH ||
	    store_entity_find(l->agent->store, NULL, uuid, &e, NULL) != RC_OK)
		return false;
	l->depth++;
	look_title(l, e->form, e->state, out);
	l->depth--;
	store_entity_free(e);
	return out->len > before;
}

static bool of_own_clerk(void *ctx, const struct view_entry *e)
{
	struct look *l = ctx;

	return look_is_own(l->agent, e->key);
}

struct view_as look_as(struct look *l, const struct form *form)
{
	return (struct view_as){.form = form,
				.lang = l->lang,
				.title = title_of_ref,
				.mine = of_own_clerk,
				.ctx = l};
}

void look_title(struct look *l, const struct form *form, const struct merge_state *s,
		struct buf *out)
{
	struct view_as as = look_as(l, form);

	view_title(&as, s, out);
}

struct json *look_named(struct look *l, const struct store_entity *e)
{
	struct view_as as = look_as(l, e->form);
	struct json *o = json_object();
	char uuid[CODEC_UUID_LEN + 1], end[LOOK_SHORT];
	struct buf title;

	buf_init(&title, LIMIT_VIEW_TEXT);
	view_title(&as, e->state, &title);
	codec_uuid(e->id, uuid);
	look_short(e->id, end);
	json_set_str(o, "scope", e->scope);
	json_set_str(o, "id", uuid);
	json_set_str(o, "short", end);
	json_set_str(o, "kind", e->kind);
	json_set_str(o, "kind_label",
		     e->form ? form_say(e->form->label, lang_name(l->lang)) : e->kind);
	json_set_str(o, "title", title.p ? (const char *)title.p : "");
	buf_free(&title);
	return o;
}

/* ---- many records ---- */

struct each {
	struct agent *agent;
	bool (*take)(void *arg, const struct look_item *x);
	void *arg;
	enum rc rc;
	struct err *reterr;
};

static bool each_take(void *arg, const struct store_item *item)
{
	struct each *c = arg;
	struct merge_state *m = NULL;
	bool more;

	c->rc = merge_read(item->state, &m, c->reterr);
	if (c->rc != RC_OK)
		return false;
	struct look_item x = {.scope = item->scope,
			      .kind = item->kind,
			      .id = item->id,
			      .form = form_set_newest(store_forms(c->agent->store), item->kind),
			      .state = m,
			      .item = item};
	more = c->take(c->arg, &x);
	merge_free(m);
	return more;
}

enum rc look_each(struct agent *agent, const struct store_filter *f,
		  bool (*take)(void *arg, const struct look_item *x), void *arg, struct err *reterr)
{
	struct each c = {agent, take, arg, RC_OK, reterr};
	enum rc rc = store_list(agent->store, f, each_take, &c, NULL, reterr);

	return rc == RC_OK ? c.rc : rc;
}

enum rc look_table(struct agent *agent, const struct store_table *t,
		   bool (*take)(void *arg, const struct look_item *x), void *arg,
		   struct store_table_count *ret, struct err *reterr)
{
	struct each c = {agent, take, arg, RC_OK, reterr};
	enum rc rc = store_table(agent->store, t, each_take, &c, ret, reterr);

	return rc == RC_OK ? c.rc : rc;
}

static bool child_take(void *arg, const struct look_item *x)
{
	struct json *o = json_object();

	json_set_str(o, "kind", x->kind);
	json_set(o, "fields", merge_json(x->state, x->form));
	json_append(arg, o);
	return true;
}

enum rc look_children(struct agent *agent, const struct store_entity *e, struct json **ret,
		      struct err *reterr)
{
	char uuid[CODEC_UUID_LEN + 1];
	struct store_filter f = {.parent = uuid, .scope = e->scope};
	struct json *kids = json_array();
	enum rc rc = RC_OK;

	codec_uuid(e->id, uuid);
	if (e->form && e->form->nchild > 0)
		rc = look_each(agent, &f, child_take, kids, reterr);
	if (rc == RC_OK)
		*ret = kids;
	else
		json_free(kids);
	return rc;
}

struct parts {
	struct json *all, *parents; /* parents: ids of those that may have parts of their own */
};

static bool part_take(void *arg, const struct look_item *x)
{
	struct parts *p = arg;
	char uuid[CODEC_UUID_LEN + 1];

	codec_uuid(x->id, uuid);
	if (x->form && x->form->nchild > 0)
		json_append_str(p->parents, uuid);
	return child_take(p->all, x);
}

enum rc look_parts(struct agent *agent, const struct store_entity *e, struct json **ret,
		   struct err *reterr)
{
	char uuid[CODEC_UUID_LEN + 1];
	struct store_filter f = {.parent = uuid, .scope = e->scope};
	struct parts p = {.all = json_array(), .parents = json_array()};
	enum rc rc;

	codec_uuid(e->id, uuid);
	rc = look_each(agent, &f, part_take, &p, reterr);
	for (const struct json *id = json_first(p.parents); rc == RC_OK && id; id = json_next(id)) {
		f.parent = json_str(id);
		rc = look_each(agent, &f, child_take, p.all, reterr);
	}
	json_free(p.parents);
	if (rc == RC_OK)
		*ret = p.all;
	else
		json_free(p.all);
	return rc;
}

enum rc look_derived(struct agent *agent, const struct store_entity *e, struct json **ret,
		     struct err *reterr)
{
	struct form_around around = {.set = store_forms(agent->store),
				     .now_s = store_likely_now(agent->store)};
	struct store_entity *parent = NULL;
	struct json *rec = NULL, *kids = NULL, *up = NULL;
	const char *parent_id = NULL;
	enum rc rc;

	if (!e->form || e->form->nderived == 0) {
		*ret = json_object();
		return RC_OK;
	}
	rec = merge_json(e->state, e->form);
	rc = look_children(agent, e, &kids, reterr);
	if (e->form->parent_field)
		parent_id = json_get_str(rec, e->form->parent_field);
	if (parent_id && store_entity_find(agent->store, NULL, parent_id, &parent, NULL) == RC_OK)
		up = merge_json(parent->state, parent->form);
	around.parent = up;
	around.children = kids;
	if (rc == RC_OK)
		rc = form_check_derived(e->form, rec, &around, ret, reterr);
	store_entity_free(parent);
	json_free(up);
	json_free(kids);
	json_free(rec);
	return rc;
}

/* ---- entries of one record ---- */

struct gather {
	struct agent *agent;
	struct look_history *h;
	enum rc rc;
	struct err *reterr;
};

static enum rc gather_one(struct gather *g, const struct store_entry *x)
{
	struct look_history *h = g->h;
	struct look_entry *n;

	if (h->n == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 16;
		struct look_entry *grown = realloc(h->entry, cap * sizeof(*grown));
		if (!grown)
			return err_set(g->reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		h->entry = grown;
		h->cap = cap;
	}
	n = &h->entry[h->n];
	memset(n, 0, sizeof(*n));
	n->x = *x;
	n->x.e = NULL;
	if (x->refused_clause && strlen(x->refused_clause) < sizeof(n->clause))
		memcpy(n->clause, x->refused_clause, strlen(x->refused_clause) + 1);
	if (x->refused_key && strlen(x->refused_key) < sizeof(n->key))
		memcpy(n->key, x->refused_key, strlen(x->refused_key) + 1);
	n->x.refused_clause = n->x.refused_key = NULL;
	h->n++;
	enum rc rc = store_author(g->agent->store, x->e->key, n->name, n->title, g->reterr);
	return rc == RC_OK ? entry_copy(x->e, &n->e, g->reterr) : rc;
}

static bool gather_take(void *arg, const struct store_entry *x)
{
	struct gather *g = arg;

	g->rc = gather_one(g, x);
	return g->rc == RC_OK;
}

static enum rc gather_views(struct agent *agent, struct look_history *h, struct err *reterr)
{
	const struct keyring *k = store_keyring(agent->store);

	h->view = calloc(h->n + 1, sizeof(*h->view));
	if (!h->view)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i < h->n; i++) {
		const struct look_entry *n = &h->entry[i];
		h->view[h->nview++] =
		    (struct view_entry){.in = merge_input_of(n->e,
							     k && keyring_central(k, n->e->key)),
					.index = n->x.index,
					.verdict = n->x.verdict,
					.flags = n->x.flags,
					.waiting = n->x.waiting,
					.key = n->e->key,
					.author = n->name[0] ? n->name : NULL,
					.lower = n->x.lower > 0 ? n->x.lower : -1,
					.upper = n->x.upper > 0 ? n->x.upper : -1};
	}
	if (h->n > 0)
		view_flags(h->entry[0].e->kind, h->view, h->nview);
	return RC_OK;
}

enum rc look_history(struct agent *agent, int64_t entity_no, struct look_history *ret,
		     struct err *reterr)
{
	struct look_history h = {0};
	struct gather g = {agent, &h, RC_OK, reterr};
	enum rc rc = store_history(agent->store, entity_no, gather_take, &g, reterr);

	if (rc == RC_OK)
		rc = g.rc;
	if (rc == RC_OK)
		rc = gather_views(agent, &h, reterr);
	if (rc == RC_OK)
		*ret = h;
	else
		look_history_free(&h);
	return rc;
}

void look_history_free(struct look_history *h)
{
	for (size_t i = 0; i < h->n; i++)
		entry_free(h->entry[i].e);
	free(h->entry);
	free(h->view);
	*h = (struct look_history){0};
}

bool look_logged(const struct look_history *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->entry[i].x.index >= 0)
			return true;
	return false;
}

bool look_is_own(struct agent *agent, const uint8_t key[CRYPT_PK_LEN])
{
	struct store_clerk c;

	for (size_t i = 0; store_clerk(agent->store, i, &c, NULL) == RC_OK; i++)
		if (memcmp(c.key, key, CRYPT_PK_LEN) == 0)
			return true;
	return false;
}
