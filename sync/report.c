/*
 * report: what is fed in, the issue before, and what goes out. Clauses R1, R2, R8.
 *
 * Two bases: what all the leaves say, and what those below the issue before said, each judged by its own
 * keys (A12). Of the leaves that are fed the root is made along the way; who has the records' facts gives it
 * instead. Not here: figures.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "lib/limits.h"
#include "sync/report_column.h"
#include "sync/report_part.h"

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

enum rc report_new(const uint8_t root[CRYPT_PK_LEN], int64_t size, const char *week,
		   struct report **ret, struct err *reterr)
{
	struct report *r;
	enum rc rc;

	if (!text_is_week(span_str(week)))
		return err_set(reterr, RC_INPUT, NULL, "text.week_form", "value", week, NULL);
	r = calloc(1, sizeof(*r));
	if (!r)
		return nomem(reterr);
	memcpy(r->key, root, sizeof(r->key));
	memcpy(r->week, week, sizeof(r->week));
	r->size = size;
	rc = form_set_new(&r->forms, reterr);
	if (rc == RC_OK)
		rc = form_set_builtin(r->forms, reterr);
	if (rc == RC_OK)
		*ret = r;
	else
		report_free(r);
	return rc;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->nlearnt; i++)
		entry_free(r->learnt[i].e);
	free(r->learnt);
	for (size_t p = 0; p < REPORT_PREFIXES; p++)
		report_base_free(&r->base[p]);
	report_log_free(&r->log);
	free(r->ref);
	free(r->hint);
	report_units_free(&r->units);
	report_units_free(&r->old_units);
	form_set_free(r->forms);
	for (size_t i = 0; i < r->nkept; i++)
		json_free(r->kept[i]);
	free(r->kept);
	free(r->standing);
	free(r->row);
	free(r->unit);
	free(r);
}

/* ---- issues ---- */

void report_issue_id(const char *week, uint8_t ret[16])
{
	const struct span part = span_str(week);

	entry_uuid_key(REPORT_KIND, &part, 1, ret);
}

struct json *report_issue_json(const struct report_issue *i)
{
	struct json *o = json_object();
	char text[CODEC_HEX_LEN(CRYPT_HASH_LEN) + 1];

	json_set_str(o, "week", i->week);
	json_set_int(o, "size", i->size);
	codec_b64u(i->root, sizeof(i->root), text);
	json_set_str(o, "root", text);
	codec_hex(i->csv, sizeof(i->csv), text);
	json_set_str(o, "csv", text);
	if (i->previous[0])
		json_set_str(o, "previous", i->previous);
	return o;
}

bool report_issue_read(const struct json *fields, struct report_issue *ret)
{
	const char *week = json_get_str(fields, "week"), *root = json_get_str(fields, "root");
	const char *csv = json_get_str(fields, "csv"), *previous = json_get_str(fields, "previous");
	struct report_issue i = {.size = 0};

	if (!week || !text_is_week(span_str(week)) || !json_get_int(fields, "size", &i.size) ||
	    i.size < 1 || !root || !codec_b64u_32(span_str(root), i.root) || !csv ||
	    !codec_hex_32(span_str(csv), i.csv) || (previous && !text_is_week(span_str(previous))))
		return false;
	memcpy(i.week, week, sizeof(i.week));
	if (previous)
		memcpy(i.previous, previous, sizeof(i.previous));
	*ret = i;
	return true;
}

bool report_issue_is(const struct report_issue *i, const uint8_t id[16], int64_t index)
{
	uint8_t own[16];

	report_issue_id(i->week, own);
	return memcmp(own, id, sizeof(own)) == 0 && i->size <= index;
}

/* Is the record an issue by itself? */
static bool is_issue(const struct report_fact *f, struct report_issue *ret)
{
	struct json *fields = report_fact_json(f);
	bool ok = !f->undecided && report_issue_read(fields, ret);

	json_free(fields);
	return ok && report_issue_is(ret, f->id, f->first);
}

/* The issues of weeks below this one, each read once: *ret has room for all there are. */
static enum rc issues_below(const struct report *r, const struct report_log *issues, struct report_issue *ret,
			    size_t *retn, struct err *reterr)
{
	struct merge_state *state = NULL;
	struct report_fact f;
	struct buf says;
	enum rc rc = RC_OK;

	*retn = 0;
	buf_init(&says, LIMIT_MERGE_STATE);
	for (size_t k = 0; rc == RC_OK && k < issues->n; k++) {
		bool any = false;

		rc = report_log_fact(issues, &issues->e[k], r->base[REPORT_NOW].keyring, r->size, r->forms,
				     &f, &state, &says, &any, reterr);
		if (rc == RC_OK && any && is_issue(&f, &ret[*retn]) && strcmp(ret[*retn].week, r->week) < 0)
			(*retn)++;
	}
	buf_free(&says);
	return rc;
}

static int newest_first(const void *a, const void *b)
{
	return strcmp(((const struct report_issue *)b)->week, ((const struct report_issue *)a)->week);
}

/* One that names another root is of another log, so none (R8): the next is asked. */
static enum rc find_previous(struct report *r, const struct report_log *issues,
			     const struct tree_reader *tree, struct err *reterr)
{
	struct report_issue *all = calloc(issues->n + 1, sizeof(*all));
	size_t n = 0;
	enum rc rc = all ? issues_below(r, issues, all, &n, reterr) : nomem(reterr);

	if (rc == RC_OK && n > 0)
		qsort(all, n, sizeof(*all), newest_first);
	for (size_t i = 0; rc == RC_OK && i < n && !r->has_previous; i++) {
		struct tree_frontier f;
		uint8_t root[TREE_HASH];

		rc = tree_frontier_read(tree, (uint64_t)all[i].size, &f, reterr);
		if (rc != RC_OK)
			break;
		tree_frontier_root(&f, root);
		r->has_previous = memcmp(root, all[i].root, TREE_HASH) == 0;
		r->previous = all[i];
	}
	free(all);
	return rc;
}

const struct report_issue *report_previous(const struct report *r)
{
	return r->has_previous ? &r->previous : NULL;
}

/* ---- keys and issues ---- */

bool report_learns(const struct entry *e)
{
	return (e->op >= ENTRY_CERT && e->op <= ENTRY_LOG) || report_log_kind(e) == REPORT_ISSUE;
}

enum rc report_learn(struct report *r, const struct entry *e, int64_t index, struct err *reterr)
{
	struct report_learnt *l = r->learnt;
	enum rc rc;

	if (!report_learns(e) || index >= r->size)
		return RC_OK;
	if (r->nlearnt == r->caplearnt) {
		size_t cap = r->caplearnt ? r->caplearnt * 2 : 64;

		l = realloc(r->learnt, cap * sizeof(*l));
		if (!l)
			return nomem(reterr);
		r->learnt = l;
		r->caplearnt = cap;
	}
	rc = entry_copy(e, &l[r->nlearnt].e, reterr);
	if (rc == RC_OK)
		l[r->nlearnt++].index = index;
	return rc;
}

/* The keys as of the first `size` leaves (A12). */
static enum rc keys_at(const struct report *r, int64_t size, struct keyring **ret,
		       struct err *reterr)
{
	struct keyring *k = NULL;
	enum rc rc = keyring_new(r->key, &k, reterr);

	for (size_t i = 0; rc == RC_OK && i < r->nlearnt; i++)
		if (r->learnt[i].index < size)
			rc = keyring_add(k, r->learnt[i].e, r->learnt[i].index, NULL, reterr);
	if (rc == RC_OK)
		*ret = k;
	else
		keyring_free(k);
	return rc;
}

static enum rc base_at(struct report *r, int64_t size, struct report_base *ret, struct err *reterr)
{
	struct keyring *k = NULL;
	enum rc rc = keys_at(r, size, &k, reterr);

	if (rc == RC_OK)
		report_base_init(ret, k, size, r->forms);
	return rc;
}

enum rc report_settle(struct report *r, const struct tree_reader *tree, struct err *reterr)
{
	struct report_log issues = {.n = 0};
	enum rc rc = base_at(r, r->size, &r->base[REPORT_NOW], reterr);

	for (size_t i = 0; rc == RC_OK && i < r->nlearnt; i++)
		if (report_log_kind(r->learnt[i].e) == REPORT_ISSUE)
			rc = report_log_add(&issues, r->learnt[i].e, r->learnt[i].index, 0, reterr);
	if (rc == RC_OK)
		rc = find_previous(r, &issues, tree, reterr);
	report_log_free(&issues);
	if (rc == RC_OK && r->has_previous)
		rc = base_at(r, r->previous.size, &r->base[REPORT_THEN], reterr);
	return rc;
}

const struct keyring *report_keyring(const struct report *r)
{
	return r->base[REPORT_NOW].keyring;
}

/* ---- the leaves ---- */

/* Room for one element more; false: no memory. */
static bool room(void **array, size_t n, size_t *cap, size_t size)
{
	size_t fresh = *cap ? *cap * 2 : 1024;
	void *p = n < *cap ? *array : realloc(*array, fresh * size);

	if (!p)
		return false;
	*cap = n < *cap ? *cap : fresh;
	*array = p;
	return true;
}

static enum rc refer(struct report *r, const uint8_t id[ENTRY_ID_LEN], int64_t index, struct err *reterr)
{
	void *grown = r->ref;

	if (!room(&grown, r->nref, &r->capref, sizeof(*r->ref)))
		return nomem(reterr);
	r->ref = grown;
	memcpy(r->ref[r->nref].id, id, ENTRY_ID_LEN);
	r->ref[r->nref++].index = index;
	return RC_OK;
}

enum rc report_add(struct report *r, const struct entry *e, int64_t index, struct err *reterr)
{
	uint8_t leaf[TREE_HASH];
	enum rc rc;

	if (index != r->next || index >= r->size)
		return err_num(reterr, RC_REFUSED, "R2", "report.order", "index", index);
	entry_leaf_hash(e, leaf);
	tree_append(&r->tree, leaf, NULL);
	rc = refer(r, e->id, index, reterr);
	if (rc == RC_OK)
		rc = report_log_add(&r->log, e, index, (1U << REPORT_PREFIXES) - 1, reterr);
	if (rc == RC_OK)
		r->next++;
	return rc;
}

void report_root(const struct report *r, uint8_t ret[TREE_HASH])
{
	if (r->given)
		memcpy(ret, r->root, TREE_HASH);
	else
		tree_frontier_root(&r->tree, ret);
}

/* ---- instead of the leaves: facts ---- */

int64_t report_prefix(const struct report *r, size_t i)
{
	return i == REPORT_NOW ? r->size : i == REPORT_THEN && r->has_previous ? r->previous.size : -1;
}

void report_stands(struct report *r, const uint8_t root[TREE_HASH])
{
	memcpy(r->root, root, TREE_HASH);
	r->next = r->size;
	r->given = true;
}

enum rc report_entry(struct report *r, unsigned prefixes, const struct entry *e, int64_t index,
		     struct err *reterr)
{
	return report_log_add(&r->log, e, index, prefixes, reterr);
}

enum rc report_read(struct report *r, struct err *reterr)
{
	const char *before = r->has_previous ? r->previous.week : NULL;
	enum rc rc = report_base_read(&r->base[REPORT_NOW], &r->log, 1U << REPORT_NOW, r->week, before,
				      reterr);

	if (rc == RC_OK && r->has_previous)
		rc = report_base_read(&r->base[REPORT_THEN], &r->log, 1U << REPORT_THEN, before, NULL,
				      reterr);
	report_log_free(&r->log);
	r->ready = true;
	return rc;
}

enum rc report_take(struct report *r, size_t i, const struct report_fact *f, struct err *reterr)
{
	return report_base_take(&r->base[i], f, NULL, reterr);
}

/* ---- entries that are named ---- */

static int by_child(const void *a, const void *b)
{
	return memcmp(((const struct report_child *)a)->id, ((const struct report_child *)b)->id, ENTRY_ID_LEN);
}

/* Most ids are asked for by nobody: whose beginning nobody asks for is not looked for. */
enum { HINT_BITS = 22 };

static uint32_t hint_of(const uint8_t id[ENTRY_ID_LEN])
{
	return codec_get_le32(id) >> (32 - HINT_BITS);
}

enum rc report_asks(struct report *r, size_t *retn, struct err *reterr)
{
	size_t n = 0;

	r->hint = calloc((1U << HINT_BITS) / 8, 1);
	if (!r->hint)
		return nomem(reterr);
	for (size_t p = 0; p < REPORT_PREFIXES; p++) {
		struct report_base *b = &r->base[p];

		if (b->nchild > 0)
			qsort(b->child, b->nchild, sizeof(*b->child), by_child);
		for (size_t i = 0; i < b->nchild; i++) {
			uint32_t h = hint_of(b->child[i].id);

			r->hint[h / 8] |= (uint8_t)(1U << h % 8);
		}
		n += b->nchild;
	}
	*retn = n;
	return RC_OK;
}

static bool is_asked(const struct report_base *b, const uint8_t id[ENTRY_ID_LEN])
{
	struct report_child key;

	memcpy(key.id, id, ENTRY_ID_LEN);
	return b->nchild > 0 && bsearch(&key, b->child, b->nchild, sizeof(key), by_child) != NULL;
}

enum rc report_here(struct report *r, const uint8_t id[ENTRY_ID_LEN], int64_t index, struct err *reterr)
{
	uint32_t h = hint_of(id);

	if (!(r->hint[h / 8] & 1U << h % 8))
		return RC_OK;
	for (size_t p = 0; p < REPORT_PREFIXES; p++)
		if (is_asked(&r->base[p], id))
			return refer(r, id, index, reterr);
	return RC_OK;
}

static int by_ref(const void *a, const void *b)
{
	return memcmp(((const struct report_ref *)a)->id, ((const struct report_ref *)b)->id, ENTRY_ID_LEN);
}

static bool has(void *ctx, const uint8_t id[ENTRY_ID_LEN], int64_t size)
{
	const struct report *r = ctx;
	struct report_ref key;
	const struct report_ref *x;

	memcpy(key.id, id, ENTRY_ID_LEN);
	x = r->nref > 0 ? bsearch(&key, r->ref, r->nref, sizeof(key), by_ref) : NULL;
	return x && x->index < size;
}

/* ---- the end ---- */

static enum rc read_blob(const struct report_blobs *blobs, const uint8_t sha[CRYPT_HASH_LEN],
			 struct report_units *ret, struct err *reterr)
{
	char hex[CODEC_HEX_LEN(CRYPT_HASH_LEN) + 1];
	uint8_t got[CRYPT_HASH_LEN];
	struct buf text;
	enum rc rc;

	buf_init(&text, LIMIT_BLOB);
	rc = blobs->read(blobs->ctx, sha, &text, reterr);
	if (rc == RC_OK) {
		crypt_sha256(text.p, text.len, got);
		codec_hex(sha, CRYPT_HASH_LEN, hex);
		rc = memcmp(got, sha, sizeof(got)) == 0
			 ? report_units_read(span_buf(&text), ret, reterr)
			 : err_set(reterr, RC_REFUSED, "R3", "report.blob", "sha256", hex, NULL);
	}
	buf_free(&text);
	return rc;
}

static enum rc finish_base(struct report *r, size_t i, const struct report_blobs *blobs,
			   struct report_units *ret, struct err *reterr)
{
	struct report_base *b = &r->base[i];
	enum rc rc = report_base_settle(b, has, r, reterr);

	if (rc == RC_OK && !b->has_catalogue)
		rc = err_set(reterr, RC_NOTFOUND, "R3", "report.no_catalogue", NULL);
	return rc == RC_OK ? read_blob(blobs, b->catalogue, ret, reterr) : rc;
}

enum rc report_finish(struct report *r, const struct report_blobs *blobs, struct err *reterr)
{
	enum rc rc = RC_OK;

	if (r->next != r->size)
		return err_num(reterr, RC_REFUSED, "R2", "report.short", "n", r->next);
	if (!r->ready)
		rc = report_read(r, reterr);
	if (rc == RC_OK && r->nref > 0)
		qsort(r->ref, r->nref, sizeof(*r->ref), by_ref);
	if (rc == RC_OK)
		rc = finish_base(r, REPORT_NOW, blobs, &r->units, reterr);
	if (rc == RC_OK && r->has_previous)
		rc = finish_base(r, REPORT_THEN, blobs, &r->old_units, reterr);
	free(r->ref);
	r->ref = NULL;
	r->nref = 0;
	return rc == RC_OK ? report_sum(r, reterr) : rc;
}

bool report_needs(const struct report *r, size_t i, uint8_t retsha[CRYPT_HASH_LEN])
{
	const struct report_base *b = &r->base[i == 0 ? REPORT_NOW : REPORT_THEN];

	if (i > 1 || !b->has_catalogue ||
	    (i == 1 && memcmp(b->catalogue, r->base[REPORT_NOW].catalogue, CRYPT_HASH_LEN) == 0))
		return false;
	memcpy(retsha, b->catalogue, CRYPT_HASH_LEN);
	return true;
}

/* ---- what goes out ---- */

const struct report_row *report_row(const struct report *r, size_t i)
{
	return i < r->nrow ? &r->row[i] : NULL;
}

const struct report_row *report_total(const struct report *r)
{
	return &r->total;
}

const struct report_unit *report_unit(const struct report *r, size_t i)
{
	return i < r->nunit ? &r->unit[i] : NULL;
}

static struct json *row_json(const struct report_row *row, bool changes)
{
	struct json *o = json_object();

	for (int k = 0; k < REPORT_FIGURES; k++)
		if (changes || k < REPORT_VERIFIED_CHANGE || k > REPORT_HANDLED_FIX)
			json_set_int(o, report_figure_name((enum report_figure)k), row->v[k]);
	return o;
}

struct json *report_json(const struct report *r, const uint8_t csv[CRYPT_HASH_LEN])
{
	struct json *o = json_object(), *rows = json_array();
	char text[CODEC_HEX_LEN(CRYPT_HASH_LEN) + 1];
	uint8_t root[TREE_HASH];

	report_root(r, root);
	json_set_str(o, "week", r->week);
	json_set_int(o, "size", r->size);
	codec_b64u(root, sizeof(root), text);
	json_set_str(o, "root", text);
	codec_hex(csv, CRYPT_HASH_LEN, text);
	json_set_str(o, "csv", text);
	json_set_str(o, "previous", r->has_previous ? r->previous.week : "");
	json_set(o, "columns", report_columns_json());
	json_set(o, "total", row_json(&r->total, r->has_previous));
	json_set(o, "total_cells", report_cells_json(r, &r->total));
	for (size_t i = 0; i < r->nrow; i++) {
		struct json *row = row_json(&r->row[i], r->has_previous);

		json_set_str(row, "code", r->row[i].code);
		json_set_str(row, "name", report_row_name(&r->row[i]));
		json_set(row, "cells", report_cells_json(r, &r->row[i]));
		json_append(rows, row);
	}
	json_set(o, "rows", rows);
	return o;
}
