/*
 * herd: keys and feeds of many PCs, out of their numbers. Does not know what they write.
 */
#include "tests/support/herd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"

void herd_must(enum rc rc, const struct err *e)
{
	if (rc == RC_OK)
		return;
	fprintf(stderr, "%s %s %s\n", err_name(rc), e->clause, e->key);
	exit(1);
}

void herd_scope(unsigned n, char ret[ENTRY_SCOPE_LEN])
{
	snprintf(ret, ENTRY_SCOPE_LEN, "%05u", n % 99999 + 1);
}

struct crypt_signer *herd_signer(unsigned n, enum herd_key which)
{
	uint8_t seed[CRYPT_SEED_LEN] = "herd";
	struct crypt_signer *s = NULL;
	struct err e = {0};

	codec_put_be32(seed + 4, n);
	codec_put_be32(seed + 8, which);
	herd_must(crypt_signer_seed(seed, &s, &e), &e);
	return s;
}

void herd_feed(unsigned n, const uint8_t pk[CRYPT_PK_LEN], struct herd_feed *ret)
{
	memset(ret, 0, sizeof(*ret));
	herd_scope(n, ret->scope);
	entry_feed_new(pk, ret->feed);
}

struct entry *herd_seal(struct herd_feed *f, struct crypt_signer *signer, int64_t at,
			struct entry_draft *d)
{
	struct entry *e = NULL;
	struct err why = {0};

	memcpy(d->feed, f->feed, sizeof(d->feed));
	memcpy(d->prev, f->prev, sizeof(d->prev));
	memcpy(d->seen_root, f->seen_root, sizeof(d->seen_root));
	d->seen_size = f->seen_size;
	d->seq = f->seq;
	d->at = at;
	d->scope = f->scope;
	crypt_random(d->salt, sizeof(d->salt));
	herd_must(entry_seal(d, signer, &e, &why), &why);
	memcpy(f->prev, e->id, sizeof(f->prev));
	f->seq++;
	return e;
}
