/*
 * step: see step.h. A step that finds nothing to do does nothing; one that fails with an error says
 * so in the trace, and the checks at the end say whether the error was honest.
 */
#include "tests/sim/step.h"

#include <stdio.h>
#include <string.h>

#include "lib/db.h"
#include "tests/sim/clerk.h"
#include "tests/sim/cosigner.h"
#include "tests/sim/office.h"
#include "tests/sim/start.h"
#include "tests/sim/stick.h"

enum { YEARS_MS_30 = 30, POWER_OPS = 60 };

static const int64_t year_ms = INT64_C(31557600000);

/* A PC that is on; npc when none is. */
static size_t any_pc(struct world *w)
{
	for (int i = 0; i < 8; i++) {
		size_t pc = world_pick(w, w->npc);

		if (world_alive(w, pc))
			return pc;
	}
	return w->npc;
}

/* ... and not in the middle of a contact. */
static size_t idle_pc(struct world *w)
{
	size_t pc = any_pc(w);

	return pc < w->npc && !w->pc[pc].contact ? pc : w->npc;
}

/* ---- contacts ---- */

static void do_contact(struct world *w)
{
	size_t pc = idle_pc(w);
	struct sync_run_report r;
	struct err e = {0};
	char text[96];
	enum rc rc;

	if (pc == w->npc)
		return;
	rc = world_contact(w, pc, &r, &e);
	world_say(w, "%s contacts the collector: sent %lld, accepted %lld, pulled %lld: %s", w->pc[pc].name,
		  (long long)r.sent, (long long)r.accepted, (long long)r.pulled,
		  world_outcome(rc, &e, text, sizeof(text)));
}

static void do_late(struct world *w)
{
	if (net_late() == 0)
		return;
	world_say(w, "a request that was held up arrives");
	w->depth++;
	net_deliver(world_pick(w, net_late()));
	w->depth--;
}

static void do_cut(struct world *w)
{
	size_t pc = any_pc(w);

	if (pc == w->npc || w->pc[pc].cut || !world_has(w, TROUBLE_CUT))
		return;
	w->pc[pc].cut = w->step;
	world_say(w, "%s is cut off", w->pc[pc].name);
}

/* Whoever was cut off first comes back first. */
static void do_heal(struct world *w)
{
	size_t first = w->npc;

	for (size_t i = 0; i < w->npc; i++)
		if (w->pc[i].cut && (first == w->npc || w->pc[i].cut < w->pc[first].cut))
			first = i;
	if (first == w->npc)
		return;
	w->pc[first].cut = 0;
	world_say(w, "%s is connected again", w->pc[first].name);
}

/* ---- power, disks, clocks ---- */

static void do_power(struct world *w)
{
	size_t pc = any_pc(w);
	int64_t k = 1 + (int64_t)world_pick(w, world_chance(w, 2) ? 8 : POWER_OPS);

	if (pc == w->npc || !world_has(w, TROUBLE_POWER))
		return;
	disk_fuse(w->pc[pc].os.disk, k);
	world_say(w, "%s will lose power at its operation %lld on the disk", w->pc[pc].name, (long long)k);
}

static void do_restart(struct world *w)
{
	size_t pc = idle_pc(w);

	if (pc == w->npc || w->depth > 0)
		return;
	world_say(w, "%s is restarted", w->pc[pc].name);
	world_on(w, pc);
}

static void do_centre_power(struct world *w)
{
	int64_t k = 1 + (int64_t)world_pick(w, world_chance(w, 2) ? 8 : POWER_OPS);

	if (!world_centre_alive(w) || !world_has(w, TROUBLE_CENTRE))
		return;
	disk_fuse(w->centre.disk, k);
	world_say(w, "the collector will lose power at its operation %lld on the disk", (long long)k);
}

static void do_centre_restart(struct world *w)
{
	if (!world_centre_alive(w) || w->depth > 0)
		return;
	world_say(w, "the collector is restarted");
	world_centre_on(w);
}

static void do_checkpoint(struct world *w)
{
	size_t pc = idle_pc(w);
	struct os_sim *before;
	int left;

	if (pc == w->npc)
		return;
	before = os_sim_enter(&w->pc[pc].os);
	db_checkpoint(store_db(w->pc[pc].agent->store), world_chance(w, 2) ? DB_PASSIVE : DB_TRUNCATE,
		      &left, NULL);
	os_sim_enter(before);
	world_say(w, "%s writes its journal into its store", w->pc[pc].name);
}

static void do_disk(struct world *w)
{
	size_t pc = any_pc(w);
	struct disk *d;
	int64_t n = 1 + (int64_t)world_pick(w, 12);
	bool full = world_chance(w, 2), centre = world_chance(w, 2);

	if (pc == w->npc || !world_has(w, TROUBLE_DISK) || (centre && !world_centre_alive(w)))
		return;
	d = centre ? w->centre.disk : w->pc[pc].os.disk;
	if (full)
		disk_fill(d, n);
	else
		disk_spoil(d, n);
	world_say(w, "the disk of %s %s for %lld operations", centre ? "the collector" : w->pc[pc].name,
		  full ? "is full" : "fails", (long long)n);
}

static void do_clock(struct world *w)
{
	size_t pc = any_pc(w);
	int64_t years = (int64_t)world_pick(w, 2 * YEARS_MS_30 + 1) - YEARS_MS_30;

	if (pc == w->npc || !world_has(w, TROUBLE_CLOCK))
		return;
	w->pc[pc].os.offset_ms = world_chance(w, 3) ? 0 : years * year_ms;
	world_say(w, "the clock of %s is %lld years off", w->pc[pc].name,
		  (long long)(w->pc[pc].os.offset_ms / year_ms));
}

static void do_time(struct world *w)
{
	int64_t s = 1 + (int64_t)world_pick(w, world_chance(w, 3) ? 90000 : 900);

	w->now_ms += s * 1000;
	os_sim_time(w->now_ms);
	world_say(w, "%lld seconds pass", (long long)s);
}

/* ---- the witness ---- */

static void do_cosign(struct world *w)
{
	if (!world_centre_alive(w) || w->depth > 0)
		return;
	if (world_has(w, TROUBLE_CENTRE) && world_chance(w, 6))
		disk_fuse(w->centre.disk, 1 + (int64_t)world_pick(w, 12));
	world_say(w, "the collector asks its witness");
	cosigner_round(w);
}

static void do_cosigner_power(struct world *w)
{
	if (!cosigner_alive(w) || !world_has(w, TROUBLE_WITNESS))
		return;
	disk_fuse(w->third.disk, 1 + (int64_t)world_pick(w, 12));
	world_say(w, "the witness will lose power");
}

static void do_cosigner_restart(struct world *w)
{
	if (!cosigner_alive(w) || w->depth > 0 || !world_has(w, TROUBLE_WITNESS))
		return;
	world_say(w, "the witness is restarted");
	cosigner_on(w);
}

static void do_cosigner_follow(struct world *w)
{
	if (w->depth == 0 && cosigner_alive(w) && world_centre_alive(w) && !w->must_recover)
		cosigner_follow(w);
}

/* ---- images and copies ---- */

static void do_image(struct world *w)
{
	size_t pc = any_pc(w);

	if (pc == w->npc || !world_has(w, TROUBLE_IMAGE | TROUBLE_CLONE))
		return;
	disk_free(w->pc[pc].image);
	w->pc[pc].image = disk_copy(w->pc[pc].os.disk);
	w->pc[pc].image_step = w->step;
	world_say(w, "an image is taken of %s", w->pc[pc].name);
}

/* What was saved after the image goes with it, unless the collector had acknowledged it. */
static void forget_since(struct world *w, size_t pc, int64_t step)
{
	struct os_sim *before = os_sim_enter(&w->pc[pc].os);

	for (size_t i = 0; i < w->nkept; i++) {
		struct world_kept *k = &w->kept[i];
		struct store_entry x;

		if (k->pc != pc || k->step < step)
			continue;
		if (store_entry_get(w->pc[pc].agent->store, k->id, &x, NULL) != RC_OK) {
			k->gone = true;
			continue;
		}
		k->back = true; /* what the collector has lost since is not back yet: both may have lost it */
		k->gone = k->gone || x.fate != STORE_ACCEPTED || w->restored;
		entry_free(x.e);
	}
	os_sim_enter(before);
	for (size_t i = 0; i < w->ndraft; i++)
		if (w->draft[i].pc == pc)
			w->draft[i].over = true;
}

static void do_restore(struct world *w)
{
	size_t pc = idle_pc(w);
	struct world_pc *p = &w->pc[pc % WORLD_PCS];

	if (pc == w->npc || w->depth > 0 || !world_has(w, TROUBLE_IMAGE) || !p->image)
		return;
	forget_since(w, pc, p->image_step);
	world_off(w, pc);
	disk_free(p->os.disk);
	p->os.disk = disk_copy(p->image);
	w->copied = true;
	world_say(w, "%s is set back to its image of step %lld", p->name, (long long)p->image_step);
	world_on(w, pc);
}

static void do_clone(struct world *w)
{
	size_t from = any_pc(w);
	struct world_pc *p = &w->pc[w->npc % WORLD_PCS], *old = &w->pc[from % WORLD_PCS];
	bool image = world_chance(w, 2) && old->image;
	char name[32];

	if (from == w->npc || w->npc == WORLD_PCS || w->depth > 0 || !world_has(w, TROUBLE_CLONE))
		return;
	memcpy(name, old->name, sizeof(name));
	memset(p, 0, sizeof(*p));
	p->os.disk = disk_copy(image ? old->image : old->os.disk);
	memcpy(p->os.hardware, old->os.hardware, sizeof(p->os.hardware));
	if (world_chance(w, 2))
		p->os.hardware[1] = (uint8_t)(w->npc + 1);
	(void)snprintf(p->name, sizeof(p->name), "%.16s copy %zu", name, w->npc);
	p->scope = old->scope;
	memcpy(p->clerk, old->clerk, sizeof(p->clerk));
	p->revoked = old->revoked;
	w->npc++;
	w->copied = true;
	world_say(w, "%s is a copy of %s%s%s", p->name, old->name, image ? " as it was" : "",
		  p->os.hardware[1] ? ", on another machine" : "");
	world_on(w, w->npc - 1);
}

static void do_backup(struct world *w)
{
	if (!world_centre_alive(w) || !world_has(w, TROUBLE_RESTORE) || w->must_recover)
		return;
	disk_free(w->backup);
	w->backup = disk_copy(w->centre.disk);
	w->backup_step = w->step;
	world_say(w, "a backup is made of the collector");
}

static void do_centre_restore(struct world *w)
{
	if (w->depth > 0 || !world_has(w, TROUBLE_RESTORE) || !w->backup || w->must_recover)
		return;
	world_centre_off(w);
	disk_free(w->centre.disk);
	w->centre.disk = disk_copy(w->backup);
	w->restored = w->must_recover = true;
	for (size_t i = 0; i < w->nkept; i++)
		w->kept[i].gone = w->kept[i].gone || w->kept[i].back;
	world_say(w, "the collector is set back to its backup of step %lld", (long long)w->backup_step);
	if (world_has(w, TROUBLE_WITNESS) && world_chance(w, 2)) {
		cosigner_off(w);
		world_say(w, "the witness is away");
	}
	if (world_chance(w, 2)) {
		world_centre_on(w); /* somebody starts it, thinks that is all and works on */
		for (size_t n = world_pick(w, 3); n > 0 && world_centre_alive(w); n--)
			office_step(w);
	} else {
		world_recover(w);
	}
	if (world_chance(w, 2))
		do_restore(w); /* one night's images of more than one machine */
}

static void do_recover(struct world *w)
{
	if (w->depth == 0 && w->must_recover)
		world_recover(w);
}

static void do_stick(struct world *w)
{
	size_t pc = idle_pc(w);

	if (!world_has(w, TROUBLE_STICK))
		return;
	if (world_chance(w, 3) && pc < w->npc)
		stick_write(w, pc);
	else
		stick_read(w);
}

static void do_look(struct world *w)
{
	size_t pc = idle_pc(w);
	int64_t entities = 0, differ = 0;
	struct os_sim *before;
	struct err e = {0};
	enum rc rc;

	if (pc == w->npc)
		return;
	before = os_sim_enter(&w->pc[pc].os);
	rc = store_rebuild_check(w->pc[pc].agent->store, &entities, &differ, &e);
	os_sim_enter(before);
	if (rc == RC_OK && differ > 0)
		world_fail(w, "M11: on %s %lld of %lld records are not what their entries give", w->pc[pc].name,
			   (long long)differ, (long long)entities);
}

static void do_clerk(struct world *w)
{
	size_t pc = any_pc(w);

	for (size_t n = 1 + world_pick(w, 3); n > 0 && pc < w->npc && world_alive(w, pc); n--)
		clerk_step(w, pc);
}

static void do_office(struct world *w)
{
	if (!world_centre_alive(w) || w->depth > 0)
		return;
	if (world_has(w, TROUBLE_CENTRE) && world_chance(w, 3))
		disk_fuse(w->centre.disk, 1 + (int64_t)world_pick(w, 24));
	office_step(w);
}

/* ---- the mixture ---- */

static const struct {
	unsigned weight;
	void (*run)(struct world *w);
	bool meanwhile; /* may happen while a request is on its way */
} table[] = {
    {40, do_clerk, true},    {44, do_contact, true}, {14, do_office, false}, {3, do_late, true},
    {4, do_cut, true},       {4, do_heal, true},     {8, do_power, true},    {2, do_restart, false},
    {6, do_centre_power, true}, {2, do_centre_restart, false}, {3, do_checkpoint, false},
    {4, do_disk, true},      {3, do_clock, true},    {3, do_time, false},    {4, do_image, false},
    {4, do_restore, false},  {3, do_clone, false},   {2, do_look, false},
    {16, do_stick, false},
    {14, do_cosign, false},  {5, do_cosigner_power, true}, {2, do_cosigner_restart, false},
    {3, do_cosigner_follow, false},
    {10, do_backup, false},  {10, do_centre_restore, false}, {6, do_recover, false},
};
enum { KINDS = sizeof(table) / sizeof(table[0]) };

static void choose(struct world *w, bool meanwhile)
{
	size_t sum = 0, dice;

	for (size_t i = 0; i < KINDS; i++)
		sum += !meanwhile || table[i].meanwhile ? table[i].weight : 0;
	dice = world_pick(w, sum);
	for (size_t i = 0; i < KINDS; i++) {
		size_t weight = !meanwhile || table[i].meanwhile ? table[i].weight : 0;

		if (dice < weight) {
			table[i].run(w);
			return;
		}
		dice -= weight;
	}
}

void step_one(struct world *w)
{
	w->step++;
	w->now_ms += 1000 * (int64_t)(1 + world_pick(w, 60));
	os_sim_time(w->now_ms);
	world_repair(w, false);
	choose(w, false);
}

void step_meanwhile(struct world *w)
{
	w->depth++;
	choose(w, true);
	w->depth--;
}
