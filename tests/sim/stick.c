/*
 * stick: see stick.h. Writing and reading are the programs' operations export and import; the
 * files are moved between the machines' disks here.
 */
#include "tests/sim/stick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/ops.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "tests/sim/collector_ops.h"
#include "tests/sim/start.h"

enum { PATH_MAX_STICK = 64, DIGITS = 12 };

static struct os_sim *machine(struct world *w, size_t who)
{
	return who == WORLD_CENTRE ? &w->centre : &w->pc[who].os;
}

static const char *name_of(const struct world *w, size_t who)
{
	return who == WORLD_CENTRE ? "the collector" : w->pc[who].name;
}

static void path_of(struct world *w, const char *what, char ret[PATH_MAX_STICK])
{
	(void)snprintf(ret, PATH_MAX_STICK, START_HOME "/stick-%s-%zu", what, w->nstick_made++);
}

/* The file at path, which leaves the machine, becomes a stick. */
static void take_off(struct world *w, size_t who, size_t to, const char *path)
{
	struct os_sim *before = os_sim_enter(machine(w, who));
	struct world_stick *s = &w->stick[w->nstick % WORLD_STICKS];
	struct buf b;

	buf_init(&b, LIMIT_MIB * 4);
	if (os_file_read(path, &b, NULL) == RC_OK) {
		buf_free(&s->bytes);
		*s = (struct world_stick){.bytes = b, .to = to, .step = w->step};
		w->nstick++;
	} else {
		buf_free(&b);
	}
	os_sim_enter(before);
}

/* Put the stick, or only the beginning of it, where the machine can read it. */
static bool put_on(struct world *w, size_t who, const struct world_stick *s, bool cut, const char *path)
{
	struct os_sim *before = os_sim_enter(machine(w, who));
	struct span bytes = span_buf(&s->bytes);
	bool ok;

	if (cut)
		bytes.len = world_pick(w, bytes.len);
	ok = os_file_write(path, bytes, OS_REPLACE, NULL) == RC_OK;
	os_sim_enter(before);
	return ok;
}

/* ---- writing ---- */

/* Another PC of the commune by the first digits of its fingerprint; WORLD_CENTRE: none. */
static size_t neighbour(struct world *w, size_t pc, char digits[DIGITS + 1])
{
	size_t other = world_pick(w, w->npc), n = 0;
	char text[AUTHORITY_FINGERPRINT];
	struct crypt_signer *key = NULL;
	struct os_sim *before;

	if (other == pc || w->pc[other].scope != w->pc[pc].scope || !world_alive(w, other))
		return WORLD_CENTRE;
	before = os_sim_enter(&w->pc[other].os);
	if (keys_device(w->pc[other].agent->keys, false, &key, NULL) != RC_OK)
		other = WORLD_CENTRE;
	os_sim_enter(before);
	if (other == WORLD_CENTRE)
		return other;
	authority_fingerprint(crypt_signer_pk(key), text);
	for (const char *p = text; *p && n < DIGITS; p++)
		if (*p != ' ')
			digits[n++] = *p;
	digits[n] = '\0';
	return other;
}

void stick_write(struct world *w, size_t pc)
{
	char path[PATH_MAX_STICK], digits[DIGITS + 1], text[96];
	size_t to = world_chance(w, 3) ? neighbour(w, pc, digits) : WORLD_CENTRE;
	struct json *in = json_object(), *out = NULL;
	struct err e = {0};
	enum rc rc;

	path_of(w, "out", path);
	json_set_str(in, "usb", path);
	if (to != WORLD_CENTRE)
		json_set_str(in, "to", digits);
	rc = world_op(w, pc, &op_export, in, &out, &e);
	world_say(w, "%s writes a stick for %s: %s", w->pc[pc].name, name_of(w, to),
		  world_outcome(rc, &e, text, sizeof(text)));
	json_free(out);
	if (rc == RC_OK)
		take_off(w, pc, to, path);
}

/* ---- reading ---- */

/* One of the PCs with that device key, of which there may be copies. */
static size_t pc_of(struct world *w, const char *device)
{
	size_t first = world_pick(w, w->npc);

	for (size_t i = 0; device && i < w->npc; i++) {
		size_t pc = (first + i) % w->npc;
		struct os_sim *before = os_sim_enter(&w->pc[pc].os);
		char key[CODEC_B64U_32 + 1] = "";
		struct crypt_signer *s = NULL;

		if (world_alive(w, pc) && keys_device(w->pc[pc].agent->keys, false, &s, NULL) == RC_OK)
			codec_b64u(crypt_signer_pk(s), CRYPT_PK_LEN, key);
		os_sim_enter(before);
		if (strcmp(key, device) == 0)
			return pc;
	}
	return first;
}

/* The answer is for the PC whose stick it was. */
static void read_at_centre(struct world *w, const char *path, const char *what)
{
	struct json *in = json_object(), *out = NULL;
	char reply[PATH_MAX_STICK], text[96];
	struct err e = {0};
	enum rc rc;

	path_of(w, "reply", reply);
	json_set_str(in, "file", path);
	if (!world_chance(w, 3))
		json_set_str(in, "reply", reply);
	rc = world_centre_op(w, &collector_op_import, in, &out, &e);
	world_say(w, "the collector reads %s: %s", what, world_outcome(rc, &e, text, sizeof(text)));
	if (rc == RC_OK && json_get(out, "reply"))
		take_off(w, WORLD_CENTRE, pc_of(w, json_get_str(out, "device")), reply);
	json_free(out);
}

static void read_at_pc(struct world *w, size_t pc, const char *path, const char *what)
{
	struct json *in = json_object(), *out = NULL;
	struct err e = {0};
	char text[96];
	enum rc rc;

	json_set_str(in, "usb", path);
	rc = world_op(w, pc, &op_import, in, &out, &e);
	world_say(w, "%s reads %s: %s", w->pc[pc].name, what, world_outcome(rc, &e, text, sizeof(text)));
	json_free(out);
}

void stick_read(struct world *w)
{
	size_t n = w->nstick < WORLD_STICKS ? w->nstick : WORLD_STICKS, who;
	const struct world_stick *s;
	bool cut = world_chance(w, 8);
	char path[PATH_MAX_STICK], what[64];

	if (n == 0)
		return;
	s = &w->stick[world_pick(w, n)];
	who = s->to == WORLD_CENTRE || !world_chance(w, 2) ? s->to : world_pick(w, w->npc);
	if (who == WORLD_CENTRE ? !world_centre_alive(w) : !world_alive(w, who) || w->pc[who].contact)
		return;
	(void)snprintf(what, sizeof(what), "%s stick of step %lld", cut ? "a torn" : "the", (long long)s->step);
	path_of(w, "in", path);
	if (!put_on(w, who, s, cut, path))
		return;
	if (who == WORLD_CENTRE)
		read_at_centre(w, path, what);
	else
		read_at_pc(w, who, path, what);
}

void stick_free(struct world *w)
{
	for (size_t i = 0; i < WORLD_STICKS; i++)
		buf_free(&w->stick[i].bytes);
}
