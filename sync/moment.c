/*
 * moment: see moment.h. What is unknown is never held against an entry.
 */
#include "sync/moment.h"

#include "sync/keyring.h"

static bool is_outside(const struct moment *m)
{
	return (m->lower >= 0 && m->at < m->lower - MOMENT_SLACK_S) ||
	       (m->upper >= 0 && m->at > m->upper + MOMENT_SLACK_S);
}

/* An author's knowledge of the log only grows; less of it means an old copy of the PC. */
static bool saw_less(const struct moment *m)
{
	if (!m->has_before || !m->before_seen)
		return false;
	return !m->seen || (m->lower >= 0 && m->before_lower > m->lower);
}

unsigned moment_flags(const struct moment *m)
{
	unsigned flags = 0;

	if (is_outside(m))
		flags |= KEYRING_FLAG_CLOCK;
	if (m->seen_unknown)
		flags |= KEYRING_FLAG_SEEN;
	if (m->at < MOMENT_FIRST || m->at >= MOMENT_LAST)
		flags |= KEYRING_FLAG_DATE;
	if (m->has_before && m->at < m->before_at - MOMENT_SLACK_S)
		flags |= KEYRING_FLAG_JUMP;
	if (saw_less(m))
		flags |= KEYRING_FLAG_OLDER;
	return flags;
}

int64_t moment_likely(int64_t pc_now, int64_t clock_off, int64_t told)
{
	int64_t least = told > MOMENT_FIRST ? told : MOMENT_FIRST, moved = pc_now;
	bool off = clock_off > MOMENT_SLACK_S || clock_off < -MOMENT_SLACK_S;

	if (off)
		moved += clock_off;
	if (pc_now < least) /* certainly wrong */
		return moved > least ? moved : least;
	return off && clock_off < 0 && moved >= least ? moved : pc_now;
}
