/*
 * cosigner: see cosigner.h.
 */
#include "tests/sim/cosigner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/routes_witness.h"
#include "server-stub/witnesses.h"
#include "tests/sim/start.h"

enum { TRIES = 20, ROUNDS = 4, ROUND_MS = 700000 };

static const char name[] = "nhan-chung.example/so-1";

/* ---- making ---- */

struct witness *cosigner_make(struct os_sim *m, char **retword)
{
	struct os_sim *before = os_sim_enter(m);
	char key[CODEC_HEX_LEN(CRYPT_PK_LEN) + 1];
	struct witness *w = NULL;
	struct err e = {0};
	struct buf word;
	enum rc rc = os_dir_make(START_HOME, &e);

	if (rc == RC_OK)
		rc = witness_open(&w, START_HOME, true, clock_real(), &e);
	if (rc == RC_OK)
		rc = witness_init(w, START_HOME, name, &e);
	if (rc != RC_OK) {
		(void)fprintf(stderr, "cosigner: %s %s\n", err_name(rc), e.key);
		abort();
	}
	codec_hex(witness_key(w), CRYPT_PK_LEN, key);
	buf_init(&word, LIMIT_PATH);
	buf_addf(&word, "%s %s http://127.0.0.1:%d", name, key, COSIGNER_PORT);
	*retword = span_dup(span_buf(&word));
	buf_free(&word);
	os_sim_enter(before);
	return w;
}

struct httpd *cosigner_serve(struct witness *w, const uint8_t log[CRYPT_PK_LEN])
{
	struct httpd_conf conf;
	struct httpd *d = NULL;
	struct err e = {0};
	bool fresh;

	routes_witness(&conf, w);
	net_port(COSIGNER_PORT);
	if (witness_follow(w, log, &fresh, &e) != RC_OK || httpd_start(&d, &conf, &e) != RC_OK)
		abort();
	return d;
}

/* ---- power ---- */

bool cosigner_alive(const struct world *w)
{
	return w->witness && !disk_dead(w->third.disk);
}

void cosigner_off(struct world *w)
{
	struct os_sim *before = os_sim_enter(&w->third);

	httpd_stop(w->witnessd, 0);
	witness_free(w->witness);
	w->witnessd = NULL;
	w->witness = NULL;
	os_sim_enter(before);
	if (disk_dead(w->third.disk))
		disk_settle(w->third.disk, &w->rng);
}

void cosigner_on(struct world *w)
{
	struct err e = {0};

	cosigner_off(w);
	for (int i = 0; i < TRIES; i++) {
		struct os_sim *before = os_sim_enter(&w->third);
		struct httpd_conf conf;
		enum rc rc;

		if (world_has(w, TROUBLE_WITNESS) && world_chance(w, 4))
			disk_fuse(w->third.disk, 1 + (int64_t)world_pick(w, 12));
		rc = witness_open(&w->witness, START_HOME, false, clock_real(), &e);
		routes_witness(&conf, w->witness);
		net_port(COSIGNER_PORT);
		if (rc == RC_OK)
			rc = httpd_start(&w->witnessd, &conf, &e);
		os_sim_enter(before);
		if (rc == RC_OK)
			return;
		if (!disk_dead(w->third.disk))
			world_fail(w, "the witness does not start: %s %s", err_name(rc), e.key);
		cosigner_off(w);
	}
	world_fail(w, "the witness never starts");
}

/* ---- asking ---- */

void cosigner_round(struct world *w)
{
	struct os_sim *before = os_sim_enter(&w->centre);

	witnesses_round(w->col->witnesses);
	os_sim_enter(before);
}

void cosigner_follow(struct world *w)
{
	const uint8_t *log = crypt_signer_pk(w->col->log);
	struct os_sim *before = os_sim_enter(&w->third);
	struct err e = {0};
	bool fresh = false;
	enum rc rc = witness_follow(w->witness, log, &fresh, &e);

	os_sim_enter(before);
	if (rc != RC_OK && !disk_dead(w->third.disk))
		world_fail(w, "the witness does not follow the log: %s", e.key);
	if (fresh)
		world_say(w, "the witness follows the new log");
}

/* What it cosigned last of the log in force; false: nothing. */
static bool cosigned(struct world *w, struct note *ret)
{
	const uint8_t *log = crypt_signer_pk(w->col->log);
	uint8_t hash[CRYPT_HASH_LEN];
	struct os_sim *before = os_sim_enter(&w->third);
	struct err e = {0};
	struct buf text;
	bool any;

	crypt_sha256(log, CRYPT_PK_LEN, hash);
	buf_init(&text, NOTE_TEXT_MAX);
	any = witness_checkpoint(w->witness, hash, &text, &e) == RC_OK;
	os_sim_enter(before);
	if (any && note_open(span_buf(&text), log, ret, &e) != RC_OK)
		world_fail(w, "W3: what the witness shows does not open: %s", e.key);
	buf_free(&text);
	return any;
}

/* Lines the collector has, and the root of the first n of them (n not beyond); false: it does not tell. */
static bool head(struct world *w, int64_t *retsize, uint64_t n, uint8_t root[TREE_HASH])
{
	struct os_sim *before = os_sim_enter(&w->centre);
	struct archive_reader *r = NULL;
	struct tree_frontier f;
	struct err e = {0};
	struct buf text;
	int64_t at;
	bool ok;

	buf_init(&text, NOTE_TEXT_MAX);
	ok = archive_read(w->col->archive, &r, &e) == RC_OK &&
	     r->head(r->ctx, retsize, &text, &at, &e) == RC_OK;
	if (ok && n > 0 && n <= (uint64_t)*retsize) {
		ok = tree_frontier_read(&r->tree, n, &f, &e) == RC_OK;
		if (ok)
			tree_frontier_root(&f, root);
	}
	archive_read_end(w->col->archive, r);
	buf_free(&text);
	os_sim_enter(before);
	return ok;
}

void cosigner_unasked(struct world *w)
{
	w->must_halt = false; /* it asks again before it appends */
	if (!head(w, &w->unasked, 0, NULL))
		w->unasked = -1;
}

void cosigner_asked(struct world *w)
{
	w->unasked = -1;
}

/* W3: whatever it answers with extends what it answered with before. */
static void check_extends(struct world *w, const struct note *now)
{
	const struct note *was = &w->cosigned;
	uint8_t root[TREE_HASH];
	int64_t size = 0;

	if (memcmp(was->log, now->log, CRYPT_PK_LEN) == 0 && was->size > 0) {
		if (now->size < was->size)
			world_fail(w, "W3: the witness cosigns %lld lines after %lld", (long long)now->size,
				   (long long)was->size);
		if (head(w, &size, was->size, root) && (uint64_t)size >= was->size &&
		    memcmp(root, was->root, TREE_HASH) != 0)
			world_fail(w, "W3: the witness cosigns two logs that part before line %lld",
				   (long long)was->size);
	}
	w->cosigned = *now;
}

void cosigner_answered(struct world *w, int status)
{
	struct note seen;
	int64_t size = 0;

	if ((status != 409 && status != 200) || !cosigner_alive(w) || !world_centre_alive(w) ||
	    !cosigned(w, &seen))
		return;
	if (status == 200) {
		check_extends(w, &seen);
	} else if (head(w, &size, 0, NULL) && seen.size > (uint64_t)size) {
		w->must_halt = true;
		world_say(w, "  the witness has seen %lld lines of this log, the collector has %lld",
			  (long long)seen.size, (long long)size);
	}
}

void cosigner_heeded(struct world *w)
{
	int64_t size = 0;

	if (!world_centre_alive(w) || ingest_halted(w->col->ingest))
		return;
	if (w->must_halt)
		world_fail(w, "W5: the collector goes on although its witness has seen more of its log");
	if (w->unasked >= 0 && head(w, &size, 0, NULL) && size > w->unasked)
		world_fail(w, "W4: the collector appends before it has asked its witness");
}

/* ---- what must hold ---- */

void cosigner_check(struct world *w, const struct oracle *o)
{
	uint8_t root[TREE_HASH];
	struct note seen = {.size = 0};

	for (int i = 0; i < ROUNDS && seen.size != o->n; i++) {
		cosigner_round(w);
		w->now_ms += ROUND_MS; /* longer than anybody waits after a failure */
		os_sim_time(w->now_ms);
		if (!cosigned(w, &seen))
			seen.size = 0;
	}
	if (seen.size != o->n)
		world_fail(w, "W4: the witness cosigned %lld of %zu lines although nothing is wrong",
			   (long long)seen.size, o->n);
	oracle_root(o, o->n, root);
	if (memcmp(root, seen.root, TREE_HASH) != 0)
		world_fail(w, "W3: the witness cosigned another tree than that of the log");
}
