/*
 * sync_wait: see sync_wait.h.
 */
#include "agent/sync_wait.h"

#include <stddef.h>
#include <string.h>

enum { JITTER_PART = 10, SLOT_DEFAULT = 3600 };

/* Windows in seconds: `first`, doubling up to `plateau`, which lasts until failure `last`, then on to `max`. */
struct windows {
	int64_t first, plateau, last, max;
};
static const struct windows kinds[SYNC_WAIT_N] = {
    [SYNC_WAIT_OFFLINE] = {30, 30, 1, SYNC_WAIT_MAX},
    [SYNC_WAIT_PORTAL] = {15, 30, 20, 300},
    [SYNC_WAIT_ASKED] = {30, 60, 10, 600},
    [SYNC_WAIT_LOCAL] = {60, 60, 1, 60},
    [SYNC_WAIT_TOLD] = {60, 60, 1, SYNC_WAIT_MAX},
};
static const struct windows urgent = {5, SYNC_WAIT_URGENT_MAX, 60, SYNC_WAIT_MAX};

static const struct {
	const char *key;
	enum sync_wait_kind kind;
} keys[] = {
    {"", SYNC_WAIT_FINE},
    {"http.resolve", SYNC_WAIT_OFFLINE},
    {"http.connect", SYNC_WAIT_OFFLINE},
    {"http.timeout", SYNC_WAIT_OFFLINE},
    {"http.cut", SYNC_WAIT_OFFLINE},
    {"http.failed", SYNC_WAIT_OFFLINE},
    {"http.cancelled", SYNC_WAIT_OFFLINE},
    {"sync.portal", SYNC_WAIT_PORTAL},
    {"session.no_answer", SYNC_WAIT_PORTAL},
    {"session.answer_head", SYNC_WAIT_PORTAL},
    {"http.tls", SYNC_WAIT_PORTAL},
    {"http.pin", SYNC_WAIT_PORTAL},
    {"http.protocol", SYNC_WAIT_PORTAL},
    {"transport.encoding", SYNC_WAIT_PORTAL},
    {"sync.waiting", SYNC_WAIT_ASKED},
    {"sync.not_enrolled", SYNC_WAIT_LOCAL},
};

enum sync_wait_kind sync_wait_kind(const char *key)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].key, key) == 0)
			return keys[i].kind;
	return SYNC_WAIT_TOLD;
}

/* Double `from` up to `times` times, not above max. */
static int64_t doubled(int64_t from, int64_t times, int64_t max)
{
	while (times-- > 0 && from < max)
		from *= 2;
	return from < max ? from : max;
}

static int64_t window(const struct windows *k, int64_t failures)
{
	if (failures <= k->last)
		return doubled(k->first, failures - 1, k->plateau);
	return doubled(k->plateau, failures - k->last, k->max);
}

static int64_t at_most(int64_t v, int64_t max)
{
	return v < max ? v : max;
}

int64_t sync_wait_s(const struct sync_wait *w, uint64_t random)
{
	int64_t slot = at_most(w->next_s, SYNC_WAIT_SLOT_MAX), wait;
	int64_t least = at_most(w->retry_after_s, SYNC_WAIT_SLOT_MAX);
	const struct windows *k = &kinds[w->kind];

	if (w->kind == SYNC_WAIT_FINE) {
		slot = slot > 0 ? slot : SLOT_DEFAULT;
		wait = slot + (int64_t)(random % (uint64_t)(slot / JITTER_PART + 1));
	} else {
		if (w->urgent && w->kind == SYNC_WAIT_OFFLINE)
			k = &urgent;
		wait = 1 + (int64_t)(random % (uint64_t)window(k, w->failures));
	}
	if (wait >= least)
		return wait;
	return least + (int64_t)(random % (uint64_t)(least / JITTER_PART + 1));
}
