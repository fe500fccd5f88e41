/*
 * wake: see wake.h.
 */
#include "agent/wake.h"

enum { MS = 1000 };

const char *wake_name(enum wake_why why)
{
	static const char *const name[] = {"not", "slot", "record", "net", "clock"};

	return name[why];
}

/* What is pending stays pending at the earlier of the two moments. */
static void want(struct wake *w, enum wake_why why, int64_t at_ms)
{
	if (w->why != WAKE_NOT && w->why_ms <= at_ms)
		return;
	w->why = why;
	w->why_ms = at_ms;
}

/* Each new record waits for the next, within a limit from the first. */
static void want_record(struct wake *w, const struct wake_in *in, int64_t spread)
{
	int64_t at = in->mono_ms + WAKE_RECORD_S * MS + spread, last;

	if (w->why != WAKE_RECORD)
		w->record_ms = in->mono_ms;
	last = w->record_ms + WAKE_RECORD_MAX_S * MS;
	if (w->why == WAKE_RECORD && w->why_ms < at)
		w->why_ms = at < last ? at : last;
	else
		want(w, WAKE_RECORD, at);
}

/* A contact was made (or found at the start): its wait on the monotonic clock. */
static void take_contact(struct wake *w, const struct wake_in *in)
{
	const struct store_contact *c = in->contact;
	int64_t wait = c->next_at - c->last_try, hold = c->hold_at - c->last_try;

	w->last_try = c->last_try;
	w->next_at = c->next_at;
	w->slot_ms = in->mono_ms + (wait > 0 ? wait * MS : 0);
	w->hold_ms = hold > 0 ? in->mono_ms + hold * MS : in->mono_ms;
}

static bool clocks_part(const struct wake *w, const struct wake_in *in)
{
	int64_t off = (in->now_s - w->now_s) - (in->mono_ms - w->mono_ms) / MS;

	return off > WAKE_CLOCK_OFF_S || off < -WAKE_CLOCK_OFF_S;
}

/* What happened since the last tick. */
static void notice(struct wake *w, const struct wake_in *in, uint64_t random)
{
	int64_t spread = (int64_t)(random % (WAKE_SPREAD_S * MS));

	if (in->unsent > w->unsent)
		want_record(w, in, spread);
	if (in->net)
		want(w, WAKE_NET, in->mono_ms + spread);
	if (w->begun && clocks_part(w, in))
		want(w, WAKE_CLOCK, in->mono_ms + spread);
}

/* Retry-After: by either clock it has to be over, unless the wall clock can not be believed. */
static bool is_held(const struct wake *w, const struct wake_in *in)
{
	const struct store_contact *c = in->contact;

	return in->mono_ms < w->hold_ms && in->now_s < c->hold_at && in->now_s >= c->last_try;
}

static bool slot_has_come(const struct wake *w, const struct wake_in *in)
{
	const struct store_contact *c = in->contact;

	return in->mono_ms >= w->slot_ms || in->now_s >= c->next_at || in->now_s < c->last_try;
}

enum wake_why wake_tick(struct wake *w, const struct wake_in *in, uint64_t random)
{
	enum wake_why why = WAKE_NOT;

	if (!w->begun || w->last_try != in->contact->last_try || w->next_at != in->contact->next_at)
		take_contact(w, in);
	notice(w, in, random);
	w->begun = true;
	w->now_s = in->now_s;
	w->mono_ms = in->mono_ms;
	w->unsent = in->unsent;
	if (is_held(w, in) || in->mono_ms < w->tried_ms)
		return WAKE_NOT;
	if (w->why != WAKE_NOT && in->mono_ms >= w->why_ms)
		why = w->why;
	else if (slot_has_come(w, in))
		why = WAKE_SLOT;
	if (why != WAKE_NOT) {
		w->why = WAKE_NOT;
		w->tried_ms = in->mono_ms + WAKE_GAP_S * MS;
	}
	return why;
}
