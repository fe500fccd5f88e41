/*
 * bundle_fuzz: any bytes as a bundle for the receiver of tests/vectors/make_bundle.py. The first
 * byte tells what the others are: F a file, I what is inside of one (sealed into chunks here), S the same
 * with a good signature behind it. What is refused names its clause; what is taken reads twice
 * alike, in pieces no larger than a chunk.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sync/bundle.h"

enum { FILE_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct stage {
	struct crypt_signer *from, *to;
	struct crypt_secret *box;
	uint8_t pk[CRYPT_BOX_LEN];
};

static void must(bool so)
{
	if (!so)
		abort();
}

static void stage_init(struct stage *g)
{
	uint8_t seed[CRYPT_SEED_LEN];

	must(crypt_init(NULL) == RC_OK);
	memset(seed, 0x21, sizeof(seed));
	must(crypt_signer_seed(seed, &g->from, NULL) == RC_OK);
	memset(seed, 0x22, sizeof(seed));
	must(crypt_signer_seed(seed, &g->to, NULL) == RC_OK);
	must(crypt_box_sk(g->to, &g->box, NULL) == RC_OK);
	must(crypt_box_pk(crypt_signer_pk(g->to), g->pk, NULL) == RC_OK);
}

/* A file with these bytes inside, whatever they are. */
static void seal(const struct stage *g, struct span inside, struct buf *out)
{
	struct crypt_secret *key = NULL;
	struct crypt_stream st;
	uint8_t hash[CRYPT_HASH_LEN], head[CRYPT_STREAM_HEAD];

	must(crypt_secret_random(CRYPT_STREAM_KEY, &key, NULL) == RC_OK);
	crypt_sha256(g->pk, sizeof(g->pk), hash);
	buf_add(out, bundle_magic, BUNDLE_MAGIC);
	buf_add(out, hash, sizeof(hash));
	must(crypt_box_seal(span_of(crypt_secret_open(key), CRYPT_STREAM_KEY), g->pk, out, NULL) ==
	     RC_OK);
	crypt_secret_close(key);
	must(crypt_stream_push_init(&st, key, head, NULL) == RC_OK);
	buf_add(out, head, sizeof(head));
	do {
		size_t n = inside.len < BUNDLE_CHUNK ? inside.len : BUNDLE_CHUNK;

		must(crypt_stream_push(&st, span_of(inside.p, n), n == inside.len, out, NULL) ==
		     RC_OK);
		inside = span_of(inside.p + n, inside.len - n);
	} while (inside.len > 0);
	crypt_secret_free(key);
}

static void add_seal(const struct stage *g, struct buf *inside)
{
	uint8_t hash[CRYPT_HASH_LEN], text[BUNDLE_SIGNED], sig[CRYPT_SIG_LEN];
	static const uint8_t part[BUNDLE_PART_HEAD] = {BUNDLE_SEAL, 0, 0, 0, 0, 0, 0, 0, 64};

	crypt_sha256(inside->p, inside->len, hash);
	bundle_signed(hash, text);
	crypt_sign(g->from, span_of(text, sizeof(text)), sig);
	buf_add(inside, part, sizeof(part));
	buf_add(inside, sig, sizeof(sig));
}

static size_t read_parts(struct bundle_reader *r)
{
	enum bundle_type type = BUNDLE_HEAD;
	size_t n = 0;
	uint64_t len;
	struct span s;

	while (type != BUNDLE_SEAL) {
		uint64_t seen = 0;

		must(bundle_next(r, &type, &len, NULL) == RC_OK);
		n++;
		do {
			must(bundle_piece(r, &s, NULL) == RC_OK && s.len <= BUNDLE_CHUNK);
			seen += s.len;
		} while (s.len > 0);
		must(type == BUNDLE_SEAL || seen == len);
	}
	return n;
}

static void try_file(struct stage *g, struct span file)
{
	struct bundle_source src = bundle_source_span(&file);
	struct bundle_reader *r = NULL;
	struct err e;
	enum rc rc;
	size_t n;

	err_clear(&e);
	rc = bundle_open(&r, &src, g->box, &e);
	if (rc != RC_OK) {
		must((rc == RC_REFUSED || rc == RC_DENIED) && e.clause[0] == 'B' && r == NULL);
		return;
	}
	n = read_parts(r);
	must(bundle_rewind(r, NULL) == RC_OK);
	must(read_parts(r) == n);
	bundle_reader_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct stage stage;
	struct buf inside, file;

	if (len == 0)
		return 0;
	if (stage.box == NULL)
		stage_init(&stage);
	buf_init(&inside, FILE_MAX);
	buf_init(&file, FILE_MAX);
	buf_add(&inside, data + 1, len - 1);
	if (data[0] == 'S')
		add_seal(&stage, &inside);
	if (data[0] == 'I' || data[0] == 'S')
		seal(&stage, span_buf(&inside), &file);
	else
		buf_add_span(&file, span_buf(&inside));
	must(!file.failed);
	try_file(&stage, span_buf(&file));
	buf_free(&inside);
	buf_free(&file);
	return 0;
}
