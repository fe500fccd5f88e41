/*
 * nonces: the memory behind P6: open-addressed tables of 16-byte hashes of key and nonce.
 * Only nonces of verified signatures come here, so nobody fills it for somebody else.
 */
#include "server-stub/nonces.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/crypt.h"
#include "lib/os.h"

enum { MARK = 16, FIRST_CAP = 1024 };

struct generation {
	uint8_t (*mark)[MARK]; /* all zeros: empty */
	size_t cap, n;
};
struct nonces {
	struct os_mutex *mutex;
	struct generation now, before;
	int64_t since; /* when `now` began */
	size_t max;    /* of each */
};

static const uint8_t empty[MARK];

static size_t place(const struct generation *g, const uint8_t mark[MARK])
{
	size_t i = (size_t)codec_get_be64(mark) & (g->cap - 1);

	while (memcmp(g->mark[i], empty, MARK) != 0 && memcmp(g->mark[i], mark, MARK) != 0)
		i = (i + 1) & (g->cap - 1);
	return i;
}

static bool has(const struct generation *g, const uint8_t mark[MARK])
{
	return g->cap > 0 && memcmp(g->mark[place(g, mark)], mark, MARK) == 0;
}

static bool grow(struct generation *g)
{
	struct generation wide = {.cap = g->cap ? g->cap * 2 : FIRST_CAP, .n = g->n};

	wide.mark = calloc(wide.cap, MARK);
	if (!wide.mark)
		return false;
	for (size_t i = 0; i < g->cap; i++)
		if (memcmp(g->mark[i], empty, MARK) != 0)
			memcpy(wide.mark[place(&wide, g->mark[i])], g->mark[i], MARK);
	free(g->mark);
	*g = wide;
	return true;
}

static void turn(struct nonces *n, int64_t now)
{
	if (now >= n->since && now < n->since + HTTPSIG_REPLAY_S)
		return;
	free(n->before.mark);
	n->before = n->now;
	memset(&n->now, 0, sizeof(n->now));
	n->since = now;
}

enum rc nonces_new(struct nonces **ret, size_t max, struct err *reterr)
{
	struct nonces *n = calloc(1, sizeof(*n));
	enum rc rc;

	if (!n)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	n->max = max;
	rc = os_mutex_new(&n->mutex, reterr);
	if (rc == RC_OK)
		*ret = n;
	else
		nonces_free(n);
	return rc;
}

void nonces_free(struct nonces *n)
{
	if (!n)
		return;
	os_mutex_free(n->mutex);
	free(n->now.mark);
	free(n->before.mark);
	free(n);
}

enum rc nonces_take(struct nonces *n, const struct httpsig *s, int64_t now, struct err *reterr)
{
	uint8_t hash[CRYPT_HASH_LEN];
	enum rc rc = RC_OK;

	crypt_sha256_2(span_of(s->key, CRYPT_PK_LEN), span_of(s->nonce, HTTPSIG_NONCE), hash);
	hash[0] |= 1; /* never all zeros */
	os_mutex_lock(n->mutex);
	turn(n, now);
	if (has(&n->now, hash) || has(&n->before, hash))
		rc = err_set(reterr, RC_REFUSED, "P6", "httpsig.replay", NULL);
	else if (n->now.n >= n->max || (n->now.n * 2 >= n->now.cap && !grow(&n->now)))
		rc = err_set(reterr, RC_BUSY, "P6", "nonces.full", NULL);
	if (rc == RC_OK) {
		memcpy(n->now.mark[place(&n->now, hash)], hash, MARK);
		n->now.n++;
	}
	os_mutex_unlock(n->mutex);
	return rc;
}
