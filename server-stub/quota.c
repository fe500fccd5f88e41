/*
 * quota: what one device may bring in a day (A14). One growing array sorted by key: some tens of
 * thousands of devices at most, looked up once a request.
 */
#include "server-stub/quota.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/num.h"
#include "lib/os.h"

enum { DAY_S = 86400, DEVICES_MAX = 200000 };

struct used {
	uint8_t key[CRYPT_PK_LEN];
	struct quota_use use;
};

/* Ten registers of a large commune at once; photos of a whole inventory at 1 MiB each. */
const struct quota_kind quota_kind[QUOTA_N] = {
    {"lines_day", "quota.lines", 50000, offsetof(struct quota_use, lines)},
    {"files_day", "quota.files", 10000, offsetof(struct quota_use, files)},
    {"bytes_day", "quota.bytes", (int64_t)4096 * (int64_t)LIMIT_MIB, offsetof(struct quota_use, bytes)},
};

struct quota {
	struct os_mutex *mutex;
	int64_t day; /* since 1970 */
	struct used *u;
	size_t n, cap;
};

enum rc quota_new(struct quota **ret, struct err *reterr)
{
	struct quota *q = calloc(1, sizeof(*q));
	enum rc rc;

	if (!q)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = os_mutex_new(&q->mutex, reterr);
	if (rc == RC_OK)
		*ret = q;
	else
		free(q);
	return rc;
}

void quota_free(struct quota *q)
{
	if (!q)
		return;
	os_mutex_free(q->mutex);
	free(q->u);
	free(q);
}

static size_t place(const struct quota *q, const uint8_t key[CRYPT_PK_LEN])
{
	size_t lo = 0, hi = q->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (memcmp(q->u[mid].key, key, CRYPT_PK_LEN) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The device's count, made when absent; NULL without memory. */
static struct used *find(struct quota *q, const uint8_t key[CRYPT_PK_LEN])
{
	size_t at = place(q, key);

	if (at < q->n && memcmp(q->u[at].key, key, CRYPT_PK_LEN) == 0)
		return &q->u[at];
	if (q->n == q->cap) {
		size_t cap = q->cap ? q->cap * 2 : 64;
		struct used *u = cap <= DEVICES_MAX ? realloc(q->u, cap * sizeof(*u)) : NULL;

		if (!u)
			return NULL;
		q->u = u;
		q->cap = cap;
	}
	memmove(&q->u[at + 1], &q->u[at], (q->n - at) * sizeof(*q->u));
	memset(&q->u[at], 0, sizeof(*q->u));
	memcpy(q->u[at].key, key, CRYPT_PK_LEN);
	q->n++;
	return &q->u[at];
}

static int64_t *part(struct quota_use *u, const struct quota_kind *k)
{
	return (int64_t *)(void *)((char *)u + k->at);
}

static int64_t value(const struct quota_use *u, const struct quota_kind *k)
{
	return *(const int64_t *)(const void *)((const char *)u + k->at);
}

enum rc quota_limits(struct archive_reader *r, struct quota_use *ret, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < QUOTA_N; i++) {
		const struct quota_kind *k = &quota_kind[i];
		int64_t v = k->otherwise;
		char *text = NULL;

		rc = r->setting(r->ctx, k->setting, &text, reterr);
		if (rc == RC_OK && text && num_i64(span_str(text), 1, NUM_SAFE_MAX, &v) != RC_OK)
			v = k->otherwise;
		free(text);
		*part(ret, k) = v;
	}
	return rc;
}

static enum rc refuse(const struct quota_kind *k, int64_t max, int64_t now, struct err *reterr)
{
	char seconds[NUM_I64_LEN];

	num_str(DAY_S - now % DAY_S, seconds);
	err_num(reterr, RC_LIMIT, "A14", k->key, "max", max);
	err_add(reterr, "seconds", seconds);
	return RC_LIMIT;
}

static enum rc add(struct quota_use *u, const struct quota_use *use, const struct quota_use *max,
		   int64_t now, struct err *reterr)
{
	for (size_t i = 0; i < QUOTA_N; i++) {
		const struct quota_kind *k = &quota_kind[i];

		/* a limit lowered meanwhile refuses more of this, not of all */
		if (value(use, k) > 0 && value(use, k) > value(max, k) - value(u, k))
			return refuse(k, value(max, k), now, reterr);
	}
	for (size_t i = 0; i < QUOTA_N; i++)
		*part(u, &quota_kind[i]) += value(use, &quota_kind[i]);
	return RC_OK;
}

enum rc quota_take(struct quota *q, const uint8_t device[CRYPT_PK_LEN], const struct quota_use *use,
		   const struct quota_use *max, int64_t now, struct err *reterr)
{
	struct used *u;
	enum rc rc;

	os_mutex_lock(q->mutex);
	if (q->day != now / DAY_S) {
		q->day = now / DAY_S;
		q->n = 0;
	}
	u = find(q, device);
	rc = u ? add(&u->use, use, max, now, reterr)
	       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	os_mutex_unlock(q->mutex);
	return rc;
}
