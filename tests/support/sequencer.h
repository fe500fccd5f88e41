/*
 * sequencer: the smallest collector for tests of its parts: an empty archive in a new folder, a sequencer in the
 * caller's thread, a log key, a root and a clock by hand. What goes wrong by itself fails the test.
 */
#ifndef KK_TESTS_SUPPORT_SEQUENCER_H
#define KK_TESTS_SUPPORT_SEQUENCER_H

#include "server-stub/collector.h"
#include "tests/support/actor.h"

struct sequencer {
	struct collector col; /* home, clock, archive, ingest, log */
	struct clock_manual clock;
	struct actor root;
};

/* name: begins the folder's; now: unix s. */
void sequencer_open(struct sequencer *s, const char *name, int64_t now);
void sequencer_close(struct sequencer *s);

#endif
