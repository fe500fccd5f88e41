/*
 * op verify: does the store hold what it claims? Without --all: the tree against the
 * newest checkpoint. With it: every entry opened again with its signature (A1), every leaf
 * and every checkpoint issued (L1, L4), every verdict judged anew (A12), every entity
 * built anew and compared byte by byte (M11), every blob hashed (P23): a damaged one is set
 * aside, so that it is asked for (P32). Does NOT repair anything else, and shares no state with the
 * sequencer but the files.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "server-stub/anew.h"
#include "server-stub/collector.h"
#include "server-stub/lack.h"
#include "server-stub/facts.h"
#include "server-stub/listing.h"
#include "server-stub/matter.h"
#include "server-stub/ops.h"
#include "sync/merge.h"

enum { FINDINGS_MAX = 200, STATE_MAX = 4 * 1024 * 1024, STEP = 1000 };

static const struct op_arg args[] = {
    {.name = "all", .type = OP_BOOL, .help = "verify.arg.all"},
};

struct verify {
	const struct op_call *call;
	struct collector *col;
	struct archive_reader *r; /* one snapshot: an outer cursor stays open on it */
	const struct ingest_snapshot *snap;
	struct keyring *keyring;
	struct tree_frontier tree;
	int64_t size; /* of the newest checkpoint */
	int64_t entries, signatures, leaves, checkpoints, entities, blobs, lacking, findings;
	struct json *found, *unadmitted; /* unadmitted: ids of erased entries whose erase does not count (any more) */
	bool all;
	enum rc rc;
	struct err *reterr;
};

/* One thing that is not as it should be. what: index, id or name as text. */
static void finding(struct verify *v, const char *clause, const char *key, const char *what)
{
	struct json *o;

	if (v->findings++ >= FINDINGS_MAX)
		return;
	o = json_object();
	json_set_str(o, "clause", clause);
	json_set_str(o, "key", key);
	json_set_str(o, "what", what);
	json_append(v->found, o);
}

static void entry_finding(struct verify *v, const struct archive_row *row, const char *clause,
			  const char *key)
{
	char what[CODEC_B64U_32 + NUM_I64_LEN + 2], id[CODEC_B64U_32 + 1];
	struct buf b;

	codec_b64u(row->id, ENTRY_ID_LEN, id);
	buf_init(&b, sizeof(what));
	buf_addf(&b, "%lld %s", (long long)row->index, id);
	finding(v, clause, key, b.p ? (const char *)b.p : "");
	buf_free(&b);
}

/* ---- entries, leaves, checkpoints ---- */

static bool same_facts(const struct archive_row *row, const struct entry *e)
{
	return memcmp(row->id, e->id, ENTRY_ID_LEN) == 0 && row->op == e->op &&
	       strcmp(row->scope, e->scope) == 0;
}

static void check_root(struct verify *v)
{
	uint8_t root[TREE_HASH], want[TREE_HASH];
	char what[NUM_I64_LEN];
	int64_t at;

	if (v->r->checkpoint_at(v->r->ctx, (int64_t)v->tree.size, want, &at, NULL) != RC_OK)
		return;
	v->checkpoints++;
	tree_frontier_root(&v->tree, root);
	if (memcmp(root, want, TREE_HASH) != 0) {
		num_str((int64_t)v->tree.size, what);
		finding(v, "L4", "verify.root", what);
	}
}

static void check_leaf(struct verify *v, const struct archive_row *row, const struct entry *e)
{
	uint8_t leaf[TREE_HASH], stored[TREE_HASH];

	entry_leaf_hash(e, leaf);
	if (v->r->tree.node(v->r->tree.ctx, 0, (uint64_t)row->index, stored, NULL) != RC_OK ||
	    memcmp(leaf, stored, TREE_HASH) != 0)
		entry_finding(v, row, "L1", "verify.leaf");
	else
		v->leaves++;
	tree_append(&v->tree, leaf, NULL);
	check_root(v);
}

static bool open_row(void *arg, const struct archive_row *row)
{
	struct verify *v = arg;
	const struct entry_keys keys = keyring_keys(v->snap->keyring);
	struct entry *e = NULL;
	struct err why;

	if (v->entries % STEP == 0)
		op_progress(v->call, "verify.progress", v->entries, v->size);
	if (row->index != v->entries++)
		entry_finding(v, row, "L1", "verify.index");
	if (archive_read_open(row, &keys, &e, &why) != RC_OK) {
		entry_finding(v, row, why.clause, why.key);
	} else {
		v->signatures++;
		if (!same_facts(row, e))
			entry_finding(v, row, "E20", "verify.facts");
		check_leaf(v, row, e);
		v->rc = keyring_add(v->keyring, e, row->index, NULL, v->reterr);
	}
	entry_free(e);
	return v->rc == RC_OK;
}

/* Does the erase count where it stands in the log? */
static bool is_admitted(struct verify *v, struct span by_line)
{
	const struct entry_keys keys = keyring_keys(v->keyring);
	struct entry *by = NULL;
	int64_t index = KEYRING_NO_INDEX;
	bool yes = entry_open(by_line, &keys, &by, NULL) == RC_OK &&
		   v->r->entry_index(v->r->ctx, by->feed, by->seq, by->id, &index, NULL) == RC_OK &&
		   keyring_judge(v->keyring, by, index) == KEYRING_ADMITTED;

	entry_free(by);
	return yes;
}

/* What was taken stays taken (A16), so this is told and is no finding. */
static void note_erased(struct verify *v, const struct archive_row *row)
{
	char id[CODEC_B64U_32 + 1];

	if (!row->by_line.p || is_admitted(v, row->by_line) ||
	    json_len(v->unadmitted) == FINDINGS_MAX)
		return;
	codec_b64u(row->id, ENTRY_ID_LEN, id);
	json_append_str(v->unadmitted, id);
}

static bool judge_row(void *arg, const struct archive_row *row)
{
	struct verify *v = arg;
	struct entry *e = NULL;

	note_erased(v, row);

	if (archive_read_entry(row, &e, NULL) != RC_OK)
		return true; /* found by open_row */
	if (keyring_judge(v->keyring, e, row->index) != row->verdict)
		entry_finding(v, row, "A12", "verify.verdict");
	entry_free(e);
	return true;
}

/* ---- entities ---- */

struct build {
	struct verify *v;
	const struct archive_entity *entity;
	struct anew anew;
	enum rc rc;
};

static bool build_row(void *arg, const struct archive_row *row)
{
	struct build *b = arg;
	struct entry *e = NULL;

	if (archive_read_entry(row, &e, NULL) != RC_OK)
		return true;
	if (e->op != ENTRY_SET || strcmp(e->scope, b->entity->scope) != 0 ||
	    strcmp(e->kind, b->entity->kind) != 0 || memcmp(e->entity, b->entity->id, 16) != 0)
		entry_finding(b->v, row, "M1", "verify.entity_of");
	else if (keyring_judge(b->v->keyring, e, row->index) == KEYRING_ADMITTED)
		b->rc = anew_add(&b->anew, e, keyring_central(b->v->keyring, e->key), NULL,
				 b->v->reterr);
	entry_free(e);
	return b->rc == RC_OK;
}

/* The number beside a state is what sync/matter counts. */
static void check_conflicts(struct verify *v, const struct archive_entity *e,
			    const struct merge_state *s, const char *id)
{
	const struct matter_store m = matter_archive(v->r, v->snap->forms);
	const struct matter_entity x = {
	    e->scope, e->kind, e->id, e->no, s, form_set_newest(v->snap->forms, e->kind)};
	int64_t n = 0;

	v->rc = matter_count(&m, &x, &n, v->reterr);
	if (v->rc == RC_OK && n != e->conflicts)
		finding(v, "M4", "verify.conflicts", id);
}

/* The row lists find it by is what would be made anew; its words are those of when it was written. */
static void check_listing(struct verify *v, const struct archive_entity *e, const char *id)
{
	const struct matter_store m = matter_archive(v->r, v->snap->forms);
	const struct listing l = {v->r, v->snap->forms, v->snap->keyring};
	const struct form *f = form_set_newest(v->snap->forms, e->kind);
	struct archive_submission want, got = {.index = -1};
	struct matter_line line = {.n = 0};
	bool can = f && form_field(f, CHAIN_FIELD);
	struct buf words, stored;

	if (!listing_is(f) || e->first_index < 0)
		return;
	buf_init(&words, LIMIT_TEXT);
	buf_init(&stored, LIMIT_TEXT);
	if (can)
		v->rc = matter_line(&m, e->scope, e->kind, e->id, &line, v->reterr);
	if (v->rc == RC_OK)
		v->rc = listing_row(&l, e, can ? &line : NULL, &want, &words, v->reterr);
	if (v->rc == RC_OK)
		v->r->submission(v->r->ctx, e->first_index, &got, &stored, NULL);
	if (v->rc == RC_OK && !listing_same(&want, &got))
		finding(v, "M19", "verify.listing", id);
	matter_line_free(&line);
	buf_free(&words);
	buf_free(&stored);
}

/* What a report reads of the record is what its state shows (R2). */
static void check_fact(struct verify *v, const struct archive_entity *e, const struct merge_state *s,
		       const char *id)
{
	bool same = false;

	v->rc = facts_same(v->r, e, s, v->snap->forms, &same, v->reterr);
	if (v->rc == RC_OK && !same)
		finding(v, "R2", "verify.fact", id);
}

static bool check_entity(void *arg, const struct archive_entity *e)
{
	struct verify *v = arg;
	struct build b = {.v = v, .entity = e, .rc = RC_OK};
	char id[CODEC_UUID_LEN + 1];
	struct buf state;

	v->entities++;
	buf_init(&state, STATE_MAX);
	codec_uuid(e->id, id);
	v->rc = anew_begin(&b.anew, v->reterr);
	if (v->rc == RC_OK)
		v->rc = v->r->entity_rows(v->r->ctx, e->no, build_row, &b, v->reterr);
	if (v->rc == RC_OK)
		v->rc = b.rc;
	if (v->rc == RC_OK)
		v->rc = merge_write(b.anew.state, &state, v->reterr);
	if (v->rc == RC_OK && !span_eq(span_buf(&state), e->state))
		finding(v, "M11", "verify.state", id);
	else if (v->rc == RC_OK)
		check_conflicts(v, e, b.anew.state, id);
	if (v->rc == RC_OK)
		check_listing(v, e, id);
	if (v->rc == RC_OK)
		check_fact(v, e, b.anew.state, id);
	anew_end(&b.anew);
	buf_free(&state);
	return v->rc == RC_OK;
}

/* ---- blobs ---- */

/* A damaged one is set aside, is lacked from now on, and asked for again (P32). */
static enum rc check_blob(struct verify *v, const char *name)
{
	uint8_t sha[32];
	bool sound = false;
	enum rc rc;

	if (!codec_hex_32(span_str(name), sha))
		return RC_OK; /* not ours */
	rc = archive_blob_sound(v->col->archive, sha, &sound, v->reterr);
	if (rc == RC_OK && !sound) {
		finding(v, "P23", "blob.hash", name);
		lack_again(v->col->lack);
	}
	v->blobs++;
	return rc;
}

static enum rc check_folder(struct verify *v, const char *dir)
{
	struct os_names names = {.name = NULL};
	enum rc rc = os_dir_list(dir, &names, v->reterr);

	for (size_t i = 0; rc == RC_OK && i < names.n; i++)
		rc = check_blob(v, names.name[i]);
	os_names_free(&names);
	return rc;
}

static enum rc check_blobs(struct verify *v)
{
	struct os_names names = {.name = NULL};
	char *blobs = NULL;
	enum rc rc = os_path_join(&blobs, v->col->home, "blobs", v->reterr);

	if (rc == RC_OK)
		rc = os_dir_list(blobs, &names, v->reterr);
	for (size_t i = 0; rc == RC_OK && i < names.n; i++) {
		char *dir = NULL;

		if (strlen(names.name[i]) != 2)
			continue;
		rc = os_path_join(&dir, blobs, names.name[i], v->reterr);
		if (rc == RC_OK)
			rc = check_folder(v, dir);
		free(dir);
	}
	os_names_free(&names);
	free(blobs);
	return rc;
}

/* Named, and not here: on its way, or lost. */
static bool count_lacking(void *arg, const uint8_t sha[32], int64_t size)
{
	struct verify *v = arg;
	bool here = false;

	(void)size;
	v->rc = archive_blob_here(v->col->archive, sha, &here, v->reterr);
	v->lacking += v->rc == RC_OK && !here;
	return v->rc == RC_OK;
}

static enum rc check_lacking(struct verify *v)
{
	enum rc rc = v->r->blob_names(v->r->ctx, NULL, count_lacking, v, v->reterr);

	return rc == RC_OK ? v->rc : rc;
}

/* ---- the whole ---- */

static enum rc check_head(struct verify *v)
{
	struct tree_frontier tree;
	struct note note;
	struct buf text;
	uint8_t root[TREE_HASH];
	int64_t at;
	enum rc rc;

	buf_init(&text, NOTE_TEXT_MAX);
	rc = v->r->head(v->r->ctx, &v->size, &text, &at, v->reterr);
	if (rc == RC_OK && v->size > 0)
		rc = note_open(span_buf(&text), crypt_signer_pk(v->col->log), &note, v->reterr);
	if (rc == RC_OK && v->size > 0)
		rc = tree_frontier_read(&v->r->tree, (uint64_t)v->size, &tree, v->reterr);
	if (rc == RC_OK && v->size > 0) {
		tree_frontier_root(&tree, root);
		if (memcmp(root, note.root, TREE_HASH) != 0)
			finding(v, "L4", "verify.root", "");
	}
	buf_free(&text);
	return rc;
}

static enum rc check_all(struct verify *v)
{
	const struct archive_filter every = {.limit = INT64_MAX};
	char what[NUM_I64_LEN];
	enum rc rc = keyring_new(v->col->root, &v->keyring, v->reterr);

	if (rc == RC_OK)
		rc = v->r->rows(v->r->ctx, NULL, 0, v->size + 1, open_row, v, v->reterr);
	if (rc == RC_OK)
		rc = v->rc;
	if (rc == RC_OK && v->entries != v->size) {
		num_str(v->entries, what);
		finding(v, "L9", "verify.size", what);
	}
	if (rc == RC_OK)
		rc = v->r->rows(v->r->ctx, NULL, 0, v->size + 1, judge_row, v, v->reterr);
	if (rc == RC_OK)
		rc = v->r->entities(v->r->ctx, &every, check_entity, v, NULL, v->reterr);
	if (rc == RC_OK)
		rc = v->rc;
	if (rc == RC_OK)
		rc = check_blobs(v);
	return rc == RC_OK ? check_lacking(v) : rc;
}

/*
 * While the cursor on the first row is open, this connection sees one moment of the store,
 * however much is received meanwhile.
 */
static bool in_snapshot(void *arg, const struct archive_row *row)
{
	struct verify *v = arg;

	(void)row;
	v->rc = check_head(v);
	if (v->rc == RC_OK && v->all)
		v->rc = check_all(v);
	return false;
}

static struct json *report(struct verify *v, bool all)
{
	struct json *o = json_object();

	json_set_bool(o, "ok", v->findings == 0);
	json_set_bool(o, "all", all);
	json_set_int(o, "size", v->size);
	json_set_int(o, "entries", v->entries);
	json_set_int(o, "signatures", v->signatures);
	json_set_int(o, "leaves", v->leaves);
	json_set_int(o, "checkpoints", v->checkpoints);
	json_set_int(o, "entities", v->entities);
	json_set_int(o, "blobs", v->blobs);
	json_set_int(o, "lacking", v->lacking);
	json_set_int(o, "wrong", v->findings);
	json_set(o, "unadmitted", v->unadmitted);
	json_set(o, "findings", v->found);
	return o;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct verify v = {.call = call,
			   .col = col,
			   .found = json_array(),
			   .unadmitted = json_array(),
			   .reterr = reterr};
	bool all = false;
	enum rc rc = archive_read(col->archive, &v.r, reterr);

	json_get_bool(in, "all", &all);
	v.snap = ingest_snapshot(col->ingest);
	v.all = all;
	if (rc == RC_OK)
		rc = v.r->rows(v.r->ctx, NULL, 0, 1, in_snapshot, &v, reterr);
	if (rc == RC_OK)
		rc = v.rc;
	if (rc == RC_OK)
		*ret = report(&v, all);
	if (rc != RC_OK) {
		json_free(v.found);
		json_free(v.unadmitted);
	}
	ingest_snapshot_end(col->ingest, v.snap);
	archive_read_end(col->archive, v.r);
	keyring_free(v.keyring);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const count[] = {"entries", "leaves", "entities", "wrong", "size"};
	char n[5][NUM_I64_LEN];
	bool ok = false, all = false;
	int64_t lacking = 0;

	json_get_int(out, "lacking", &lacking);
	json_get_bool(out, "ok", &ok);
	json_get_bool(out, "all", &all);
	for (size_t i = 0; i < 5; i++) {
		int64_t v = 0;

		json_get_int(out, count[i], &v);
		num_str(v, n[i]);
	}
	lang_format(lang, text, ok ? (all ? "verify.good" : "verify.head_good") : "verify.bad",
		    "entries", all ? n[0] : n[4], "leaves", n[1], "entities", n[2], "wrong", n[3],
		    NULL);
	buf_add_char(text, '\n');
	if (lacking > 0) {
		num_str(lacking, n[0]);
		lang_format(lang, text, "verify.lacking", "n", n[0], NULL);
		buf_add_char(text, '\n');
	}
	for (const struct json *u = json_first(json_get_arr(out, "unadmitted")); u; u = json_next(u))
		buf_addf(text, "  · %s: %s\n", json_str(u), lang_text(lang, "verify.unadmitted"));
	for (const struct json *f = json_first(json_get_arr(out, "findings")); f;
	     f = json_next(f)) {
		buf_add_str(text, "  ");
		lang_format(lang, text, "verify.finding", "what", json_get_str(f, "what"),
			    "message", lang_text(lang, json_get_str(f, "key")), "clause",
			    json_get_str(f, "clause"), NULL);
		buf_add_char(text, '\n');
	}
}

static enum rc verdict(const struct json *out)
{
	bool ok = false;

	return json_get_bool(out, "ok", &ok) && ok ? RC_OK : RC_CORRUPT;
}

const struct op op_verify = {.name = "verify",
			     .summary = "verify.collector_summary",
			     .flags = OP_READ | OP_CONCURRENT,
			     .arg = args,
			     .narg = sizeof(args) / sizeof(args[0]),
			     .run = run,
			     .print = print,
			     .verdict = verdict};
