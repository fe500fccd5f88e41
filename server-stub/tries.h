/*
 * tries: how often something secret was tried in vain, by whom and from where: a passphrase by an account, an
 * enrolment code by nobody known. In memory, so a restart forgets. Times are seconds given by the caller, so a test
 * needs no waiting. Thread-safe. Does NOT know HTTP or what was tried.
 *
 * Whoever has many IPv6 addresses has one network: all of a /64 count as one.
 */
#ifndef KK_COLLECTOR_TRIES_H
#define KK_COLLECTOR_TRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct tries;

struct tries_conf {
	size_t remembered;  /* failures; beyond it the oldest that counts is forgotten */
	int64_t window_s;   /* for so long one counts */
	size_t by, from;    /* failures within it after which one waits; 0: that is not limited */
};

enum rc tries_new(struct tries **ret, const struct tries_conf *conf, struct err *reterr);
void tries_free(struct tries *t); /* NULL is fine */

/* Seconds until `by`, from that address, may try again; 0: now. */
int64_t tries_wait(struct tries *t, const char *by, const char *from, int64_t now_s);
/* A failure. Its number, never 0. */
uint64_t tries_add(struct tries *t, const char *by, const char *from, int64_t now_s);
/*
 * The two at once, for what is tried in parallel: a thousand at once are no more than one after another. It counts
 * until tries_return. 0: *retwait_s says how long to wait, and nothing was counted.
 */
uint64_t tries_take(struct tries *t, const char *by, const char *from, int64_t now_s,
		    int64_t *retwait_s);
/* The one of that number was no failure. by_too: forget all by the same, from wherever. */
void tries_return(struct tries *t, uint64_t no, bool by_too);
/* Forget all by somebody, from wherever. */
void tries_forget(struct tries *t, const char *by);

#endif
