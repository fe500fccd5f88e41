/*
 * world: see world.h. Whatever a program says after its machine lost power was heard by nobody, so
 * it counts as not said.
 */
#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sync_op.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "tests/sim/collector_ops.h"
#include "tests/sim/cosigner.h"
#include "tests/sim/start.h"
#include "tests/sim/stick.h"
#include "tests/sim/vfs.h"

enum { FUSE_TRIES = 20 };

static const struct op_program program = {.name = "sim"};

/* ---- chance ---- */

bool world_has(const struct world *w, enum world_trouble t)
{
	return !w->calm && (w->trouble & (unsigned)t);
}

size_t world_pick(struct world *w, size_t n)
{
	return rng_below(&w->rng, n);
}

bool world_chance(struct world *w, size_t one_in)
{
	return rng_one_in(&w->rng, one_in);
}

/* ---- telling ---- */

void world_say(struct world *w, const char *fmt, ...)
{
	char line[768];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	buf_addf(&w->trace, "%3lld %*s%s\n", (long long)w->step, w->depth * 2, "", line);
}

_Noreturn void world_fail(struct world *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(w->why, sizeof(w->why), fmt, ap);
	va_end(ap);
	world_say(w, "PROPERTY: %s", w->why);
	longjmp(*w->out, 1);
}

void world_digest(const struct world *w, uint8_t ret[32])
{
	crypt_sha256(w->trace.p, w->trace.len, ret);
}

const char *world_outcome(enum rc rc, const struct err *e, char *buf, size_t cap)
{
	if (rc == RC_OK)
		return "done";
	(void)snprintf(buf, cap, "%s (%s%s%s)", err_name(rc), e->clause, e->clause[0] ? " " : "",
		       e->key);
	return buf;
}

/* ---- the line ---- */

static int who_runs(const struct world *w)
{
	struct os_sim *m = os_sim_enter(NULL);

	os_sim_enter(m);
	for (size_t i = 0; i < w->npc; i++)
		if (m == &w->pc[i].os)
			return (int)i;
	return -1;
}

static enum net_way fate(void *ctx, uint16_t port, const char *method, const char *path)
{
	struct world *w = ctx;
	int pc = who_runs(w);

	(void)method, (void)path;
	w->now_ms += 1000;
	os_sim_time(w->now_ms);
	if (port == COSIGNER_PORT)
		cosigner_asked(w);
	if (!world_centre_alive(w) || (port == COSIGNER_PORT && !cosigner_alive(w)) || (pc >= 0 && w->pc[pc].cut))
		return NET_LOST;
	if (!world_has(w, TROUBLE_LINE) || !world_chance(w, 3))
		return NET_ARRIVES;
	if (world_chance(w, 5)) /* what looks whole and is not is the one to be told from the truth */
		return NET_ANSWER_SHORT;
	return (enum net_way)world_pick(w, NET_WAYS);
}

void step_meanwhile(struct world *w);

static void meanwhile(void *ctx)
{
	struct world *w = ctx;

	if (who_runs(w) < 0) /* the collector asks its witness, and holds its log meanwhile */
		return;
	if (!w->calm && w->depth < 2 && world_chance(w, 6))
		step_meanwhile(w);
}

/*
 * A PC shows its checkpoint because it was told to be ahead. The collector took it, so it is of the key it
 * logs under; if its tree has not so many lines, it must not go on appending (L14).
 */
static void check_shown(struct world *w)
{
	struct archive_reader *r = NULL;
	struct err e = {0};
	uint8_t root[TREE_HASH];
	struct buf text;
	int64_t size = 0, seen = 0, at;
	int pc = who_runs(w);

	if (pc < 0 || !world_alive(w, (size_t)pc) || !world_centre_alive(w) ||
	    store_seen(w->pc[pc].agent->store, &seen, root, &e) != RC_OK ||
	    archive_read(w->col->archive, &r, &e) != RC_OK)
		return;
	buf_init(&text, NOTE_TEXT_MAX);
	if (r->head(r->ctx, &size, &text, &at, &e) == RC_OK && seen > size && !ingest_halted(w->col->ingest))
		world_fail(w, "L14: the collector goes on at %lld, although it was shown %lld of its log",
			   (long long)size, (long long)seen);
	buf_free(&text);
	archive_read_end(w->col->archive, r);
}

static void done(void *ctx, const char *method, const char *path, enum net_way way, int status)
{
	struct world *w = ctx;
	const char *name = strstr(path, "/v1/");

	if (way == NET_ARRIVES && status == 200 && name && strcmp(name, "/v1/checkpoint") == 0)
		check_shown(w);
	if (way == NET_ARRIVES && strstr(path, "/add-checkpoint"))
		cosigner_answered(w, status);
	if (status == 200 && name && strcmp(name, "/v1/sync") == 0)
		cosigner_heeded(w);
	if (way != NET_ARRIVES)
		world_say(w, "  %s %s: %s, %d", method, name ? name : path, net_way_name(way), status);
	else if (status != 200 && status != 206 && status != 204)
		world_say(w, "  %s %s: %d", method, name ? name : path, status);
}

/* ---- power ---- */

static struct os_sim *enter(struct os_sim *m)
{
	return os_sim_enter(m);
}

bool world_alive(const struct world *w, size_t pc)
{
	return w->pc[pc].agent && !disk_dead(w->pc[pc].os.disk);
}

bool world_centre_alive(const struct world *w)
{
	return w->col && !disk_dead(w->centre.disk);
}

void world_off(struct world *w, size_t pc)
{
	struct os_sim *before = enter(&w->pc[pc].os);

	disk_fill(w->pc[pc].os.disk, 0);
	disk_spoil(w->pc[pc].os.disk, 0);
	agent_close(w->pc[pc].agent);
	w->pc[pc].agent = NULL;
	os_sim_enter(before);
	if (disk_dead(w->pc[pc].os.disk))
		disk_settle(w->pc[pc].os.disk, &w->rng);
}

void world_on(struct world *w, size_t pc)
{
	struct world_pc *p = &w->pc[pc];
	struct err e = {0};
	enum rc rc = RC_OK;

	world_off(w, pc);
	for (int i = 0; i < FUSE_TRIES && !p->agent; i++) {
		struct os_sim *before = enter(&p->os);
		void *app = NULL;

		if (world_has(w, TROUBLE_POWER) && world_chance(w, 4))
			disk_fuse(p->os.disk, 1 + (int64_t)world_pick(w, 12));
		rc = agent_open(START_HOME, false, &app, &e);
		p->agent = app;
		os_sim_enter(before);
		if (rc == RC_OK)
			break;
		if (!disk_dead(p->os.disk))
			world_fail(w, "%s does not start: %s %s", p->name, err_name(rc), e.key);
		world_say(w, "%s loses power while it starts", p->name);
		disk_settle(p->os.disk, &w->rng);
	}
	if (!p->agent)
		world_on(w, pc);
}

void world_centre_off(struct world *w)
{
	struct os_sim *before = enter(&w->centre);

	disk_fill(w->centre.disk, 0);
	disk_spoil(w->centre.disk, 0);
	routes_stop(w->rt);
	collector_close(w->col);
	w->rt = NULL;
	w->col = NULL;
	os_sim_enter(before);
	if (disk_dead(w->centre.disk))
		disk_settle(w->centre.disk, &w->rng);
}

static enum rc centre_start(struct world *w, struct err *reterr)
{
	struct routes_conf conf = {.address = "127.0.0.1"};
	void *app = NULL;
	enum rc rc = collector_open(START_HOME, false, &app, reterr);

	w->col = conf.col = app;
	net_port(WORLD_PORT);
	if (rc == RC_OK)
		rc = routes_start(&w->rt, &conf, reterr);
	if (rc == RC_OK)
		cosigner_unasked(w);
	return rc;
}

void world_centre_on(struct world *w)
{
	struct err e = {0};

	world_centre_off(w);
	for (int i = 0; i < FUSE_TRIES; i++) {
		struct os_sim *before = enter(&w->centre);
		enum rc rc;

		if (world_has(w, TROUBLE_CENTRE) && world_chance(w, 4))
			disk_fuse(w->centre.disk, 1 + (int64_t)world_pick(w, 12));
		rc = centre_start(w, &e);
		os_sim_enter(before);
		if (rc == RC_OK)
			return;
		if (!disk_dead(w->centre.disk))
			world_fail(w, "the collector does not start: %s %s", err_name(rc), e.key);
		world_say(w, "the collector loses power while it starts");
		world_centre_off(w);
	}
	world_fail(w, "the collector never starts");
}

static enum rc run(struct world *w, struct os_sim *m, void *app, const struct op *op,
		   struct json *in, struct json **ret, struct err *reterr)
{
	struct op_call call = {.program = &program, .home = START_HOME, .app = app};
	struct os_sim *before = enter(m);
	struct json *out = NULL;
	enum rc rc;

	(void)w;
	err_clear(reterr);
	rc = op_run(op, &call, in, &out, reterr);
	os_sim_enter(before);
	json_free(in);
	if (disk_dead(m->disk)) {
		json_free(out);
		return err_set(reterr, RC_UNAVAILABLE, NULL, "power", NULL);
	}
	*ret = out;
	return rc;
}

void world_recover(struct world *w)
{
	struct json *in = json_object(), *out = NULL;
	struct os_sim *before;
	struct err e = {0};
	void *app = NULL;
	char text[96];
	enum rc rc;

	json_set_str(in, "passphrase", START_PASSPHRASE);
	world_centre_off(w);
	before = enter(&w->centre);
	rc = collector_open(START_HOME, false, &app, &e);
	os_sim_enter(before);
	if (rc == RC_OK)
		rc = run(w, &w->centre, app, &collector_op_recover, in, &out, &e);
	else
		json_free(in);
	before = enter(&w->centre);
	collector_close(app);
	os_sim_enter(before);
	json_free(out);
	world_say(w, "at the centre: recover: %s", world_outcome(rc, &e, text, sizeof(text)));
	if (rc == RC_OK)
		w->must_recover = false;
	else if (!disk_dead(w->centre.disk) && !world_has(w, TROUBLE_DISK))
		world_fail(w, "recover fails: %s %s", err_name(rc), e.key);
	if (disk_dead(w->centre.disk))
		disk_settle(w->centre.disk, &w->rng);
	world_centre_on(w);
}

void world_repair(struct world *w, bool all)
{
	for (size_t i = 0; i < w->npc; i++)
		if (!world_alive(w, i) && !w->pc[i].contact && (all || world_chance(w, 2))) {
			world_on(w, i);
			world_say(w, "%s is on again", w->pc[i].name);
		}
	if (!world_centre_alive(w) && w->depth == 0 && (all || world_chance(w, 2))) {
		world_centre_on(w);
		world_say(w, "the collector is on again");
	}
	if (!cosigner_alive(w) && w->depth == 0 && (all || world_chance(w, 8))) {
		cosigner_on(w);
		world_say(w, "the witness is on again");
	}
}

/* ---- doing ---- */

enum rc world_op(struct world *w, size_t pc, const struct op *op, struct json *in, struct json **ret,
		 struct err *reterr)
{
	*ret = NULL;
	return run(w, &w->pc[pc].os, w->pc[pc].agent, op, in, ret, reterr);
}

enum rc world_centre_op(struct world *w, const struct op *op, struct json *in, struct json **ret,
			struct err *reterr)
{
	*ret = NULL;
	return run(w, &w->centre, w->col, op, in, ret, reterr);
}

enum rc world_contact(struct world *w, size_t pc, struct sync_run_report *ret, struct err *reterr)
{
	struct world_pc *p = &w->pc[pc];
	struct op_call call = {.program = &program, .home = START_HOME, .app = p->agent};
	struct os_sim *before = enter(&p->os);
	bool waiting;
	enum rc rc;

	memset(ret, 0, sizeof(*ret));
	err_clear(reterr);
	p->contact = true;
	rc = sync_op_contact(p->agent, &call, true, ret, &waiting, reterr);
	p->contact = false;
	os_sim_enter(before);
	w->contacts++;
	return disk_dead(p->os.disk) ? err_set(reterr, RC_UNAVAILABLE, NULL, "power", NULL) : rc;
}

void world_keep(struct world *w, size_t pc, const char *entry)
{
	struct world_kept *k = &w->kept[w->nkept];

	if (w->nkept == WORLD_KEPT || !entry || !codec_b64u_32(span_str(entry), k->id))
		return;
	k->pc = pc;
	k->step = w->step;
	k->gone = false;
	w->nkept++;
}

void world_draft_over(struct world *w, const char *id)
{
	for (size_t i = 0; i < w->ndraft; i++)
		if (strcmp(w->draft[i].id, id) == 0)
			w->draft[i].over = true;
}

void world_draft_keep(struct world *w, size_t pc, const char *id)
{
	struct world_draft *d = &w->draft[w->ndraft];

	if (w->ndraft == WORLD_DRAFTS || strlen(id) >= sizeof(d->id))
		return;
	*d = (struct world_draft){.pc = pc, .step = w->step};
	memcpy(d->id, id, strlen(id) + 1);
	w->ndraft++;
}

void world_entity_add(struct world *w, const char *scope, const char *kind, const char *id)
{
	struct world_entity *e = &w->entity[w->nentity];

	for (size_t i = 0; i < w->nentity; i++)
		if (strcmp(w->entity[i].id, id) == 0)
			return;
	if (w->nentity == WORLD_ENTITIES || strlen(id) >= sizeof(e->id))
		return;
	memset(e, 0, sizeof(*e));
	memcpy(e->kind, kind, strlen(kind) + 1);
	memcpy(e->id, id, strlen(id) + 1);
	e->scope = scope;
	w->nentity++;
}

/* ---- open, close ---- */

static void add_pc(struct world *w, const struct start_pc *from)
{
	struct world_pc *p = &w->pc[w->npc++];

	p->os.disk = disk_copy(from->disk);
	memcpy(p->os.hardware, from->hardware, sizeof(p->os.hardware));
	memcpy(p->name, from->name, strlen(from->name) + 1);
	p->scope = from->scope;
	memcpy(p->clerk, from->clerk, sizeof(p->clerk));
}

/* Two or three PCs of the first commune, sometimes one or two of the second. */
static void gather(struct world *w, const struct start *s)
{
	size_t first = 2 + world_pick(w, 2), second = world_chance(w, 2) ? world_pick(w, 3) : 0;

	for (size_t i = 0; i < START_PCS; i++)
		if (i < first || (i >= 3 && i < 3 + second))
			add_pc(w, &s->pc[i]);
	for (size_t i = 0; i < START_ENTITIES; i++)
		world_entity_add(w, s->entity[i].scope, s->entity[i].kind, s->entity[i].id);
}

void world_open(struct world *w, uint64_t seed, jmp_buf *out)
{
	static struct net_watch watch = {.fate = fate, .meanwhile = meanwhile, .done = done};
	const struct start *s = start_get();

	memset(w, 0, sizeof(*w));
	w->seed = seed;
	w->rng = rng_case(seed, 1);
	w->out = out;
	buf_init(&w->trace, WORLD_TRACE);
	os_sim_seed(rng_next(&w->rng));
	vfs_seed(rng_next(&w->rng));
	w->trouble = (unsigned)(rng_next(&w->rng) >> 40) & TROUBLE_ALL;
	if (world_chance(w, 3))
		w->trouble &= (unsigned)(rng_next(&w->rng) >> 40);
	if (world_chance(w, 8))
		w->trouble = TROUBLE_ALL;
	w->now_ms = s->now_ms + (int64_t)world_pick(w, 86400) * 1000;
	os_sim_time(w->now_ms);
	w->centre.disk = disk_copy(s->centre);
	w->third.disk = disk_copy(s->witness);
	gather(w, s);
	watch.ctx = w;
	net_clear();
	net_watch(&watch, &w->rng);
	w->calm = true;
	cosigner_on(w);
	world_centre_on(w);
	for (size_t i = 0; i < w->npc; i++)
		world_on(w, i);
	w->calm = false;
}

void world_close(struct world *w)
{
	world_centre_off(w);
	for (size_t i = 0; i < w->npc; i++) {
		world_off(w, i);
		disk_free(w->pc[i].image);
		disk_free(w->pc[i].os.disk);
	}
	cosigner_off(w);
	disk_free(w->third.disk);
	disk_free(w->centre.disk);
	disk_free(w->backup);
	stick_free(w);
	net_watch(NULL, NULL);
	net_clear();
	buf_free(&w->trace);
}
