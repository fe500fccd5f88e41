/*
 * keys: the secret keys of one PC: device key in the open, clerk keys under a PIN.
 *
 * Tries are counted in memory only: someone with the file can guess without this
 * program, which is what Argon2id is for. Does NOT know certs or names of clerks.
 */
#include "agent/keys.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/os.h"
#include "sync/authority.h"

enum { CLERKS_MAX = 64, FILE_MAX = 4096, FREE_TRIES = 5, WAIT_BASE_S = 5, WAIT_MAX_S = 300 };

struct unlocked {
	uint8_t pk[CRYPT_PK_LEN];
	struct crypt_signer *signer; /* NULL: locked */
	int64_t used_ms;             /* monotonic */
	int tries;                   /* wrong ones in a row */
	int64_t wait_until_ms;
};

struct keys {
	char *home;
	const struct clock *clock;
	struct crypt_signer *device;
	struct unlocked clerk[CLERKS_MAX];
	size_t n;
};

enum rc keys_open(struct keys **ret, const char *home, const struct clock *clock,
		  struct err *reterr)
{
	struct keys *k = calloc(1, sizeof(*k));

	if (k)
		k->home = span_dup(span_str(home));
	if (!k || !k->home) {
		free(k);
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	k->clock = clock;
	*ret = k;
	return RC_OK;
}

void keys_free(struct keys *k)
{
	if (!k)
		return;
	keys_lock(k);
	crypt_signer_free(k->device);
	free(k->home);
	free(k);
}

/* ---- device ---- */

static enum rc device_new(const char *path, struct crypt_secret **ret, struct err *reterr)
{
	struct crypt_secret *seed = NULL;
	enum rc rc = crypt_secret_random(CRYPT_SEED_LEN, &seed, reterr);

	if (rc != RC_OK)
		return rc;
	rc = os_file_write(path, span_of(crypt_secret_open(seed), CRYPT_SEED_LEN), OS_NEW, reterr);
	crypt_secret_close(seed);
	if (rc == RC_OK)
		*ret = seed;
	else
		crypt_secret_free(seed);
	return rc;
}

static enum rc device_read(const char *path, bool create, struct crypt_secret **ret,
			   struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, FILE_MAX);
	b.secret = true;
	rc = os_file_read(path, &b, reterr);
	if (rc == RC_NOTFOUND && create)
		rc = device_new(path, ret, reterr);
	else if (rc == RC_NOTFOUND)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "keys.no_device", NULL);
	else if (rc == RC_OK && b.len != CRYPT_SEED_LEN)
		rc = err_set(reterr, RC_CORRUPT, NULL, "keys.corrupt", "path", path, NULL);
	else if (rc == RC_OK)
		rc = crypt_secret_new(b.p, b.len, ret, reterr);
	buf_free(&b);
	return rc;
}

enum rc keys_device(struct keys *k, bool create, struct crypt_signer **ret, struct err *reterr)
{
	struct crypt_secret *seed = NULL;
	char *path = NULL;
	enum rc rc = RC_OK;

	if (!k->device) {
		rc = os_path_join(&path, k->home, "device.key", reterr);
		if (rc == RC_OK)
			rc = device_read(path, create, &seed, reterr);
		if (rc == RC_OK)
			rc = crypt_signer_new(seed, &k->device, reterr);
		crypt_secret_free(seed);
		free(path);
	}
	if (rc == RC_OK)
		*ret = k->device;
	return rc;
}

/* ---- clerks ---- */

static enum rc clerk_path(const struct keys *k, const uint8_t pk[CRYPT_PK_LEN], char **ret,
			  struct err *reterr)
{
	char fpr[AUTHORITY_FINGERPRINT];
	struct buf b;
	enum rc rc;

	authority_fingerprint(pk, fpr);
	buf_init(&b, LIMIT_PATH);
	buf_addf(&b, "%s/clerks/", k->home);
	for (const char *p = fpr; *p; p++)
		if (*p != ' ')
			buf_add_char(&b, *p);
	buf_add_str(&b, ".key");
	rc = buf_check(&b, reterr);
	if (rc == RC_OK)
		*ret = buf_take(&b, NULL);
	buf_free(&b);
	return rc;
}

static enum rc pin_check(struct span pin, struct err *reterr)
{
	if (pin.len < KEYS_PIN_MIN)
		return err_num(reterr, RC_INPUT, NULL, "keys.pin_short", "min", KEYS_PIN_MIN);
	for (size_t i = 0; i < pin.len; i++)
		if (pin.p[i] < '0' || pin.p[i] > '9')
			return err_set(reterr, RC_INPUT, NULL, "keys.pin_digits", NULL);
	return RC_OK;
}

static enum rc clerk_write(const struct keys *k, const uint8_t pk[CRYPT_PK_LEN],
			   struct crypt_secret *seed, struct span pin, enum os_write how,
			   struct err *reterr)
{
	char *dir = NULL, *path = NULL;
	struct buf b;
	enum rc rc;

	buf_init(&b, FILE_MAX);
	rc = os_path_join(&dir, k->home, "clerks", reterr);
	if (rc == RC_OK)
		rc = os_dir_make(dir, reterr);
	if (rc == RC_OK)
		rc = clerk_path(k, pk, &path, reterr);
	if (rc == RC_OK)
		rc = crypt_seal(seed, pin, NULL, crypt_kdf(), &b, reterr);
	if (rc == RC_OK)
		rc = os_file_write(path, span_buf(&b), how, reterr);
	buf_free(&b);
	free(path);
	free(dir);
	return rc;
}

/* The slot of a key, made when absent. NULL when all are taken. */
static struct unlocked *slot(struct keys *k, const uint8_t pk[CRYPT_PK_LEN])
{
	for (size_t i = 0; i < k->n; i++)
		if (memcmp(k->clerk[i].pk, pk, CRYPT_PK_LEN) == 0)
			return &k->clerk[i];
	if (k->n == CLERKS_MAX)
		return NULL;
	memcpy(k->clerk[k->n].pk, pk, CRYPT_PK_LEN);
	return &k->clerk[k->n++];
}

enum rc keys_clerk_new(struct keys *k, struct span pin, uint8_t retpk[CRYPT_PK_LEN],
		       struct err *reterr)
{
	struct crypt_secret *seed = NULL;
	struct crypt_signer *s = NULL;
	struct unlocked *u = NULL;
	enum rc rc = pin_check(pin, reterr);

	if (rc == RC_OK)
		rc = crypt_secret_random(CRYPT_SEED_LEN, &seed, reterr);
	if (rc == RC_OK)
		rc = crypt_signer_new(seed, &s, reterr);
	if (rc == RC_OK) {
		u = slot(k, crypt_signer_pk(s));
		rc = u ? clerk_write(k, crypt_signer_pk(s), seed, pin, OS_NEW, reterr)
		       : err_num(reterr, RC_LIMIT, NULL, "keys.many", "max", CLERKS_MAX);
	}
	crypt_secret_free(seed);
	if (rc != RC_OK) {
		crypt_signer_free(s);
		return rc;
	}
	u->signer = s;
	u->used_ms = clock_mono_ms(k->clock);
	memcpy(retpk, crypt_signer_pk(s), CRYPT_PK_LEN);
	return RC_OK;
}

/* After some wrong tries each further one waits, twice as long each time. */
static void count_wrong(struct keys *k, struct unlocked *u)
{
	int64_t wait_s = WAIT_BASE_S;

	u->tries++;
	if (u->tries < FREE_TRIES)
		return;
	for (int i = FREE_TRIES; i < u->tries && wait_s < WAIT_MAX_S; i++)
		wait_s *= 2;
	u->wait_until_ms =
	    clock_mono_ms(k->clock) + (wait_s < WAIT_MAX_S ? wait_s : WAIT_MAX_S) * 1000;
}

static enum rc read_seed(struct keys *k, struct unlocked *u, struct span pin,
			 struct crypt_secret **ret, struct err *reterr)
{
	int64_t left_ms = u->wait_until_ms - clock_mono_ms(k->clock);
	char *path = NULL;
	struct buf b;
	enum rc rc;

	if (left_ms > 0)
		return err_num(reterr, RC_BUSY, NULL, "keys.pin_wait", "seconds",
			       left_ms / 1000 + 1);
	buf_init(&b, FILE_MAX);
	rc = clerk_path(k, u->pk, &path, reterr);
	if (rc == RC_OK)
		rc = os_file_read(path, &b, reterr);
	if (rc == RC_OK)
		rc = crypt_unseal(span_buf(&b), pin, NULL, ret, reterr);
	buf_free(&b);
	free(path);
	if (rc == RC_DENIED) {
		count_wrong(k, u);
		rc = err_set(reterr, RC_DENIED, NULL, "keys.pin_wrong", NULL);
	}
	if (rc == RC_OK)
		u->tries = 0;
	return rc;
}

enum rc keys_clerk(struct keys *k, const uint8_t pk[CRYPT_PK_LEN], struct span pin,
		   struct crypt_signer **ret, struct err *reterr)
{
	struct unlocked *u = slot(k, pk);
	struct crypt_secret *seed = NULL;
	enum rc rc = RC_OK;

	if (!u)
		return err_num(reterr, RC_LIMIT, NULL, "keys.many", "max", CLERKS_MAX);
	keys_lock_idle(k);
	if (pin.len == 0 && !u->signer)
		return err_set(reterr, RC_DENIED, NULL, "keys.locked", NULL);
	if (!u->signer) {
		rc = read_seed(k, u, pin, &seed, reterr);
		if (rc == RC_OK)
			rc = crypt_signer_new(seed, &u->signer, reterr);
		crypt_secret_free(seed);
	}
	if (rc != RC_OK)
		return rc;
	u->used_ms = clock_mono_ms(k->clock);
	*ret = u->signer;
	return RC_OK;
}

bool keys_unlocked(struct keys *k, const uint8_t pk[CRYPT_PK_LEN])
{
	struct unlocked *u = slot(k, pk);

	keys_lock_idle(k);
	return u && u->signer;
}

static void lock_one(struct unlocked *u)
{
	crypt_signer_free(u->signer);
	u->signer = NULL;
}

void keys_lock(struct keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		lock_one(&k->clerk[i]);
}

void keys_lock_idle(struct keys *k)
{
	int64_t now = clock_mono_ms(k->clock);

	for (size_t i = 0; i < k->n; i++)
		if (k->clerk[i].signer && now - k->clerk[i].used_ms >= KEYS_IDLE_S * 1000)
			lock_one(&k->clerk[i]);
}

enum rc keys_pin_change(struct keys *k, const uint8_t pk[CRYPT_PK_LEN], struct span old,
			struct span pin, struct err *reterr)
{
	struct unlocked *u = slot(k, pk);
	struct crypt_secret *seed = NULL;
	enum rc rc = pin_check(pin, reterr);

	if (!u)
		return err_num(reterr, RC_LIMIT, NULL, "keys.many", "max", CLERKS_MAX);
	if (rc == RC_OK)
		rc = read_seed(k, u, old, &seed, reterr);
	if (rc == RC_OK)
		rc = clerk_write(k, pk, seed, pin, OS_REPLACE, reterr);
	crypt_secret_free(seed);
	return rc;
}
