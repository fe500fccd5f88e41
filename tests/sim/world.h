/*
 * world: one history: a collector, its witness and some PCs of two communes, their disks, clocks and power,
 * the line between them, and what the simulator itself remembers of what it was told. Everything
 * that happens follows from one seed. The programs are the real ones (agent, server-stub), run
 * through their operations. Not here: what happens (step), what must hold (check).
 */
#ifndef KK_TESTS_SIM_WORLD_H
#define KK_TESTS_SIM_WORLD_H

#include <setjmp.h>

#include "agent/agent.h"
#include "agent/sync_run.h"
#include "lib/op.h"
#include "server-stub/collector.h"
#include "server-stub/routes.h"
#include "server-stub/witness.h"
#include "sync/note.h"
#include "tests/sim/net.h"
#include "tests/sim/os_sim.h"

enum {
	WORLD_PCS = 8,
	WORLD_PEOPLE = 2, /* clerks of a PC at most */
	WORLD_KEPT = 512,
	WORLD_DRAFTS = 64,
	WORLD_ENTITIES = 96,
	WORLD_PORT = 8080,
	WORLD_STICKS = 8,
	WORLD_CENTRE = WORLD_PCS, /* the collector, where PCs are numbered */
	WORLD_TRACE = 1 << 20
};

/* What can be going wrong in a history; each history has some of them. */
enum world_trouble {
	TROUBLE_LINE = 1,     /* requests and answers are lost, cut, held up, repeated, swapped */
	TROUBLE_CUT = 2,      /* PCs are cut off for a while, in turn */
	TROUBLE_POWER = 4,    /* power cuts of PCs */
	TROUBLE_CENTRE = 8,   /* power cuts of the collector */
	TROUBLE_DISK = 16,    /* full and failing disks */
	TROUBLE_CLOCK = 32,   /* clocks set years off */
	TROUBLE_IMAGE = 64,   /* PCs set back to an image taken before */
	TROUBLE_CLONE = 128,  /* PCs copied */
	TROUBLE_REVOKE = 256, /* keys revoked, entries admitted again */
	TROUBLE_NEWER = 512,  /* entries of programs and forms that do not exist yet */
	TROUBLE_ERASE = 1024, /* records erased */
	TROUBLE_RESTORE = 2048, /* the collector set back to a backup */
	TROUBLE_STICK = 4096,   /* not trouble: files are carried about */
	TROUBLE_MERGE = 8192,   /* nor is this: one commune is merged into the other */
	TROUBLE_WITNESS = 16384, /* power cuts of the witness */
	TROUBLE_ALL = 32767
};

struct world_pc {
	struct os_sim os;
	struct agent *agent; /* NULL: off */
	char name[32];
	const char *scope;
	const char *clerk[WORLD_PEOPLE];
	bool contact;        /* a contact is under way */
	int64_t cut;         /* cut off since this step, 0: connected */
	bool revoked;
	struct disk *image;  /* NULL: none was taken */
	int64_t image_step;
};

/* An entry of which somebody was told "saved". */
struct world_kept {
	uint8_t id[ENTRY_ID_LEN];
	size_t pc;
	int64_t step;
	bool back; /* the PC was set back to before it; the collector had it */
	bool gone; /* ... and so was the collector, or it had never got it: it may be lost */
};

/* A draft of which somebody was told "kept". */
struct world_draft {
	char id[40];
	size_t pc;
	int64_t step;
	bool over; /* handed in, or its PC was set back */
};

/* A sealed file on a stick. */
struct world_stick {
	struct buf bytes;
	size_t to; /* for which PC it is thought, WORLD_CENTRE */
	int64_t step;
};

/* A record somebody made, to be worked on by others. */
struct world_entity {
	char kind[ENTRY_KIND_LEN];
	char id[40];
	const char *scope;
};

struct world {
	uint64_t seed;
	struct rng rng;
	unsigned trouble;
	bool copied; /* a PC was set back or copied: feeds may part */
	int64_t now_ms, step, steps;
	bool calm; /* no more trouble: everything is healed */
	int depth; /* steps within a request that is on its way */

	struct os_sim centre;
	struct collector *col; /* NULL: off */
	struct routes *rt;
	struct disk *backup; /* of the collector; NULL: none was made */
	int64_t backup_step;
	bool restored;       /* the collector was set back once */
	bool must_recover;   /* ... and nobody has run recover yet */
	bool merged;         /* somebody has begun to merge the communes */
	bool must_halt;      /* the witness told it that it was set back */
	int64_t unasked;     /* lines when it was started, until it asks its witness; -1: it did */
	struct os_sim third; /* the witness, a machine of somebody else's */
	struct witness *witness; /* NULL: off */
	struct httpd *witnessd;
	struct note cosigned; /* the largest checkpoint it answered with, size 0: none */
	struct world_pc pc[WORLD_PCS];
	size_t npc;

	struct world_kept kept[WORLD_KEPT];
	size_t nkept;
	struct world_draft draft[WORLD_DRAFTS];
	size_t ndraft;
	struct world_stick stick[WORLD_STICKS];
	size_t nstick, nstick_made;
	struct world_entity entity[WORLD_ENTITIES];
	size_t nentity;
	int64_t log_size; /* the largest anybody has seen */
	int64_t written, contacts, cuts; /* for the summary */

	struct buf trace;
	jmp_buf *out; /* where a failure ends */
	char why[512];
};

/* Begin the history of a seed. The first call of a process makes what every history begins with. */
void world_open(struct world *w, uint64_t seed, jmp_buf *out);
void world_close(struct world *w);

/* ---- telling ---- */

/* A line of the trace, in plain words. */
void world_say(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A property does not hold: the history ends here. */
_Noreturn void world_fail(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* SHA-256 of the trace so far. */
void world_digest(const struct world *w, uint8_t ret[32]);

/* ---- power ---- */

/* On, after a power cut with what the disk kept. Fails the history when it does not start. */
void world_on(struct world *w, size_t pc);
void world_off(struct world *w, size_t pc); /* properly */
void world_centre_on(struct world *w);
void world_centre_off(struct world *w);
/* Is it up, and did the power stay on? */
bool world_alive(const struct world *w, size_t pc);
bool world_centre_alive(const struct world *w);
/* The command that is run after a restore, the collector not serving meanwhile. */
void world_recover(struct world *w);
/* Give power back to some of those that lost it, or (all) to every one. */
void world_repair(struct world *w, bool all);

/* ---- doing ---- */

/* An operation of a PC. *ret (NULL unless RC_OK) is the caller's. in is taken. RC_UNAVAILABLE: it lost power. */
enum rc world_op(struct world *w, size_t pc, const struct op *op, struct json *in, struct json **ret,
		 struct err *reterr);
enum rc world_centre_op(struct world *w, const struct op *op, struct json *in, struct json **ret,
			struct err *reterr);
/* One contact with the collector. */
enum rc world_contact(struct world *w, size_t pc, struct sync_run_report *ret, struct err *reterr);
/* Somebody was told that the entry (b64u) is saved. */
void world_keep(struct world *w, size_t pc, const char *entry);
/* ... that the draft is kept; that it was handed in. */
void world_draft_keep(struct world *w, size_t pc, const char *id);
void world_draft_over(struct world *w, const char *id);
/* Remember a record; twice is once. */
void world_entity_add(struct world *w, const char *scope, const char *kind, const char *id);
/* Words for an outcome. */
const char *world_outcome(enum rc rc, const struct err *e, char *buf, size_t cap);

bool world_has(const struct world *w, enum world_trouble t);
bool world_chance(struct world *w, size_t one_in);
size_t world_pick(struct world *w, size_t n);

#endif
