/*
 * clock: see clock.h. The real clock is os.h's; the manual one is for tests and
 * for replaying a recorded session.
 */
#include "lib/clock.h"

#include <stddef.h>

#include "lib/os.h"

static int64_t real_now(void *ctx)
{
	(void)ctx;
	return os_now_ms();
}

static int64_t real_mono(void *ctx)
{
	(void)ctx;
	return os_mono_ms();
}

const struct clock *clock_real(void)
{
	static const struct clock real = {real_now, real_mono, NULL};

	return &real;
}

int64_t clock_now_ms(const struct clock *c)
{
	return c->now_ms(c->ctx);
}

int64_t clock_now_s(const struct clock *c)
{
	int64_t ms = c->now_ms(c->ctx);
	int64_t s = ms / 1000;

	return ms % 1000 < 0 ? s - 1 : s;
}

int64_t clock_mono_ms(const struct clock *c)
{
	return c->mono_ms(c->ctx);
}

static int64_t manual_now(void *ctx)
{
	const struct clock_manual *m = ctx;

	return m->now_ms;
}

static int64_t manual_mono(void *ctx)
{
	const struct clock_manual *m = ctx;

	return m->mono_ms;
}

void clock_manual_init(struct clock_manual *m, int64_t now_s)
{
	m->clock = (struct clock){manual_now, manual_mono, m};
	m->now_ms = now_s * 1000;
	m->mono_ms = 0;
}

void clock_manual_add(struct clock_manual *m, int64_t ms)
{
	m->now_ms += ms;
	m->mono_ms += ms;
}

void clock_manual_set(struct clock_manual *m, int64_t now_s)
{
	m->now_ms = now_s * 1000;
}
