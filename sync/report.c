/*
 * report: the passes over a log, the issue before, and what goes out. Clauses R1, R2, R8.
 *
 * Two bases are filled in one pass: what all the leaves say, and what those below the issue
 * before said, each judged by its own keys (A12). The tree is built along the way, so
 * that whoever fed the entries can compare its root with a signed one. Not here: figures.
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
	memcpy(r->root, root, sizeof(r->root));
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
	report_base_free(&r->now);
	report_base_free(&r->then);
	report_units_free(&r->units);
	report_units_free(&r->old_units);
	form_set_free(r->forms);
	json_free(r->kept);
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

/* Is the entity an issue by itself? Its id has to be that of its week (E23). */
static enum rc read_issue(const struct report_base *b, const struct report_entity *e,
			  struct report_issue *ret, bool *retis, struct err *reterr)
{
	struct json *fields = NULL;
	bool conflict = false;
	uint8_t id[16];
	enum rc rc = report_base_fields(b, e, &fields, &conflict, reterr);

	*retis = rc == RC_OK && !conflict && report_issue_read(fields, ret);
	json_free(fields);
	if (*retis)
		report_issue_id(ret->week, id);
	*retis = *retis && memcmp(id, e->id, sizeof(id)) == 0 && ret->size <= e->first;
	return rc;
}

/* The newest of the weeks below `below`, among the entities of b; *retweek "" when there is none. */
static enum rc newest_below(const struct report_base *b, const char *below, struct report_issue *ret,
			    struct err *reterr)
{
	struct report_issue best = {.week = ""};
	enum rc rc = RC_OK;

	for (size_t k = 0; rc == RC_OK && k < b->n; k++) {
		struct report_issue i = {.size = 0};
		bool is = false;

		rc = read_issue(b, &b->e[k], &i, &is, reterr);
		if (is && strcmp(i.week, below) < 0 && strcmp(i.week, best.week) > 0)
			best = i;
	}
	*ret = best;
	return rc;
}

/* One that names another root is of another log, so none (R8): the next is asked. */
static enum rc find_previous(struct report *r, const struct report_base *b,
			     const struct tree_reader *tree, struct err *reterr)
{
	char below[TEXT_WEEK_LEN];
	enum rc rc = RC_OK;

	memcpy(below, r->week, sizeof(below));
	while (rc == RC_OK && below[0] && !r->has_previous) {
		struct tree_frontier f;
		uint8_t root[TREE_HASH];

		rc = newest_below(b, below, &r->previous, reterr);
		memcpy(below, r->previous.week, sizeof(below));
		if (rc == RC_OK && below[0])
			rc = tree_frontier_read(tree, (uint64_t)r->previous.size, &f, reterr);
		if (rc != RC_OK || !below[0])
			break;
		tree_frontier_root(&f, root);
		r->has_previous = memcmp(root, r->previous.root, TREE_HASH) == 0;
	}
	return rc;
}

const struct report_issue *report_previous(const struct report *r)
{
	return r->has_previous ? &r->previous : NULL;
}

/* ---- first pass ---- */

bool report_learns(const struct entry *e)
{
	return (e->op >= ENTRY_CERT && e->op <= ENTRY_LOG) || report_base_kind(e) == REPORT_ISSUE;
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
	enum rc rc = keyring_new(r->root, &k, reterr);

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
		report_base_init(ret, k, r->forms);
	return rc;
}

enum rc report_settle(struct report *r, const struct tree_reader *tree, struct err *reterr)
{
	struct report_base issues = {.n = 0};
	enum rc rc = base_at(r, r->size, &r->now, reterr);

	if (rc == RC_OK)
		rc = base_at(r, r->size, &issues, reterr);
	for (size_t i = 0; rc == RC_OK && i < r->nlearnt; i++)
		rc = report_base_add(&issues, r->learnt[i].e, r->learnt[i].index, reterr);
	if (rc == RC_OK)
		rc = find_previous(r, &issues, tree, reterr);
	report_base_free(&issues);
	if (rc == RC_OK && r->has_previous)
		rc = base_at(r, r->previous.size, &r->then, reterr);
	return rc;
}

const struct keyring *report_keyring(const struct report *r)
{
	return r->now.keyring;
}

/* ---- second pass ---- */

enum rc report_add(struct report *r, const struct entry *e, int64_t index, struct err *reterr)
{
	uint8_t leaf[TREE_HASH];
	enum rc rc;

	if (index != r->next || index >= r->size)
		return err_num(reterr, RC_REFUSED, "R2", "report.order", "index", index);
	entry_leaf_hash(e, leaf);
	tree_append(&r->tree, leaf, NULL);
	r->next++;
	rc = report_base_add(&r->now, e, index, reterr);
	if (rc == RC_OK && r->has_previous && index < r->previous.size)
		rc = report_base_add(&r->then, e, index, reterr);
	return rc;
}

void report_root(const struct report *r, uint8_t ret[TREE_HASH])
{
	if (r->kept)
		memcpy(ret, r->kept_root, TREE_HASH);
	else
		tree_frontier_root(&r->tree, ret);
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

static enum rc finish_base(struct report_base *b, const struct report_blobs *blobs,
			   struct report_units *ret, struct err *reterr)
{
	enum rc rc = report_base_settle(b, reterr);

	if (rc == RC_OK && !b->has_catalogue)
		rc = err_set(reterr, RC_NOTFOUND, "R3", "report.no_catalogue", NULL);
	return rc == RC_OK ? read_blob(blobs, b->catalogue, ret, reterr) : rc;
}

enum rc report_finish(struct report *r, const struct report_blobs *blobs, struct err *reterr)
{
	enum rc rc;

	if (r->next != r->size)
		return err_num(reterr, RC_REFUSED, "R2", "report.short", "n", r->next);
	rc = finish_base(&r->now, blobs, &r->units, reterr);
	if (rc == RC_OK && r->has_previous)
		rc = finish_base(&r->then, blobs, &r->old_units, reterr);
	return rc == RC_OK ? report_sum(r, reterr) : rc;
}

bool report_needs(const struct report *r, size_t i, uint8_t retsha[CRYPT_HASH_LEN])
{
	const struct report_base *b = i == 0 ? &r->now : &r->then;

	if (i > 1 || !b->has_catalogue ||
	    (i == 1 && memcmp(b->catalogue, r->now.catalogue, CRYPT_HASH_LEN) == 0))
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
