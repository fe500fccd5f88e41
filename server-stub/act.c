/*
 * act: what operations of the centre share: who acts, and on which entity.
 * Reads through the archive's readers; signs nothing itself.
 */
#include "server-stub/act.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "server-stub/when.h"
#include "server-stub/who.h"

enum { STATE_MAX = 4 * 1024 * 1024, TITLE_MAX = 4096, HISTORY_MAX = 20000 };

enum rc act_signer(struct collector *col, const struct json *in, struct crypt_signer **ret,
		   struct err *reterr)
{
	return vault_unseal(col->home, json_get_str(in, "as"), json_get_str(in, "passphrase"), ret,
			    reterr);
}

/* How one is looked up, by what a person typed or by its number. */
struct wanted {
	struct archive_among among;
	const char *typed; /* NULL: by number */
	int64_t no;
};

static enum rc entity(struct collector *col, const struct wanted *w, struct act_entity *ret,
		      struct err *reterr)
{
	struct act_entity x = {.state = NULL};
	struct archive_reader *r = NULL;
	struct buf state, title;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	buf_init(&state, STATE_MAX);
	buf_init(&title, TITLE_MAX);
	rc = w->typed ? r->entity_find(r->ctx, &w->among, w->typed, &x.e, &state, &title, reterr)
		      : r->entity_no(r->ctx, w->no, &x.e, &state, &title, reterr);
	if (rc == RC_OK)
		rc = state.len ? merge_read(span_buf(&state), &x.state, reterr)
			       : merge_new(&x.state, reterr);
	buf_free(&state);
	buf_free(&title);
	archive_read_end(col->archive, r);
	if (rc != RC_OK)
		return rc;
	x.e.title = NULL;
	x.e.state = span_of(NULL, 0);
	x.snap = ingest_snapshot(col->ingest);
	x.form = form_set_newest(x.snap->forms, x.e.kind);
	*ret = x;
	return RC_OK;
}

enum rc act_entity(struct collector *col, const char *scope, const char *kind, const char *typed,
		   struct act_entity *ret, struct err *reterr)
{
	const struct wanted w = {.among = {.scope = scope, .kind = kind}, .typed = typed};

	return entity(col, &w, ret, reterr);
}

enum rc act_entity_no(struct collector *col, int64_t no, struct act_entity *ret,
		      struct err *reterr)
{
	const struct wanted w = {.no = no};

	return entity(col, &w, ret, reterr);
}

enum rc act_typed(const struct op_call *call, const char *scope, const char *kind,
		  const char *typed, struct act_entity *ret, struct err *reterr)
{
	const struct wanted w = {.among = {.scope = scope,
					   .kind = kind,
					   .sees = who_sees_arg,
					   .arg = (void *)(uintptr_t)call},
				 .typed = typed};
	enum rc rc = scope ? who_check(call, scope, reterr) : RC_OK;

	return rc == RC_OK ? entity(call->app, &w, ret, reterr) : rc;
}

enum rc act_named(const struct op_call *call, const struct json *in, struct act_entity *ret,
		  struct err *reterr)
{
	return act_typed(call, json_get_str(in, "scope"), json_get_str(in, "kind"),
			 json_get_str(in, "id"), ret, reterr);
}

void act_entity_free(struct collector *col, struct act_entity *x)
{
	merge_free(x->state);
	if (x->snap)
		ingest_snapshot_end(col->ingest, x->snap);
	memset(x, 0, sizeof(*x));
}

struct json *act_answer(const struct act_entity *x, const uint8_t entry[ENTRY_ID_LEN],
			int64_t index)
{
	struct json *o = json_object();
	char text[CODEC_B64U_32 + 1], id[CODEC_UUID_LEN + 1];

	codec_b64u(entry, ENTRY_ID_LEN, text);
	codec_uuid(x->e.id, id);
	json_set_str(o, "id", id);
	json_set_str(o, "kind", x->e.kind);
	json_set_str(o, "entry", text);
	json_set_int(o, "index", index);
	return o;
}

/* ---- history ---- */

struct collect {
	struct collector *col;
	struct archive_reader *r;
	const struct keyring *keyring;
	struct act_history *h;
	enum rc rc;
	struct err *reterr;
};

static enum rc grow(struct act_history *h, struct err *reterr)
{
	size_t cap = h->cap ? h->cap * 2 : 16;
	void *v, *e, *name;

	if (h->n < h->cap)
		return RC_OK;
	if (cap > HISTORY_MAX)
		return err_num(reterr, RC_LIMIT, NULL, "act.history", "max", HISTORY_MAX);
	v = realloc(h->v, cap * sizeof(*h->v));
	h->v = v ? v : h->v;
	e = realloc(h->e, cap * sizeof(struct entry *));
	h->e = e ? e : h->e;
	name = realloc(h->name, cap * sizeof(*h->name));
	h->name = name ? name : h->name;
	if (!v || !e || !name)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	h->cap = cap;
	return RC_OK;
}

static bool take(void *arg, const struct archive_row *row)
{
	struct collect *c = arg;
	struct act_history *h = c->h;
	struct keyring_key key;
	struct entry *e = NULL;

	c->rc = grow(h, c->reterr);
	if (c->rc != RC_OK)
		return false;
	if (archive_read_entry(row, &e, NULL) != RC_OK)
		return true; /* its bytes were spoilt: proof says so */
	h->e[h->n] = e;
	h->v[h->n] =
	    (struct view_entry){.in = merge_input_of(e, keyring_central(c->keyring, e->key)),
				.index = row->index,
				.verdict = row->verdict,
				.key = e->key};
	h->name[h->n][0] = '\0';
	if (keyring_find(c->keyring, e->key, &key) && key.cert &&
	    strlen(key.cert->name) < AUTHORITY_NAME)
		memcpy(h->name[h->n], key.cert->name, strlen(key.cert->name) + 1);
	c->rc = when_of(c->r, e, row, &h->v[h->n], c->reterr);
	h->n++;
	return c->rc == RC_OK;
}

enum rc act_history(struct collector *col, const struct act_entity *x, struct act_history *ret,
		    struct err *reterr)
{
	struct act_history h = {.n = 0};
	struct collect c = {.col = col, .keyring = x->snap->keyring, .h = &h, .reterr = reterr};
	enum rc rc = archive_read(col->archive, &c.r, reterr);

	if (rc != RC_OK)
		return rc;
	rc = c.r->entity_rows(c.r->ctx, x->e.no, take, &c, reterr);
	archive_read_end(col->archive, c.r);
	if (rc == RC_OK)
		rc = c.rc;
	for (size_t i = 0; i < h.n; i++)
		h.v[i].author = h.name[i][0] ? h.name[i] : NULL;
	if (rc == RC_OK)
		*ret = h;
	else
		act_history_free(&h);
	return rc;
}

void act_history_free(struct act_history *h)
{
	for (size_t i = 0; i < h->n; i++)
		entry_free(h->e[i]);
	free(h->e);
	free(h->v);
	free(h->name);
	memset(h, 0, sizeof(*h));
}

enum rc act_lang(const struct op_call *call, struct lang **ret, struct err *reterr)
{
	return lang_load(op_lang(call), ret, reterr);
}
