/*
 * vault: the collector's secret keys in HOME/keys: plain ones for unattended work,
 * sealed ones for people. Does NOT keep anything unlocked: the caller frees.
 */
#include "server-stub/vault.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/os.h"

enum { PASSPHRASE_MIN = 10, FILE_MAX = 4096 };

/* HOME/keys/NAME.key. Names are ours or letters, digits and '-' of a staff name. */
static enum rc key_path(const char *home, const char *name, char **ret, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	if (!name[0] || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name))
		return err_set(reterr, RC_INPUT, NULL, "vault.name", "name", name, NULL);
	buf_init(&b, LIMIT_PATH);
	buf_addf(&b, "%s/keys/%s.key", home, name);
	rc = buf_check(&b, reterr);
	if (rc == RC_OK)
		*ret = buf_take(&b, NULL);
	buf_free(&b);
	return rc;
}

static enum rc key_write(const char *home, const char *path, struct span bytes, struct err *reterr)
{
	char *dir = NULL;
	enum rc rc = os_path_join(&dir, home, "keys", reterr);

	if (rc == RC_OK)
		rc = os_dir_make(dir, reterr);
	if (rc == RC_OK)
		rc = os_file_write(path, bytes, OS_NEW, reterr);
	if (rc == RC_EXISTS)
		rc = err_set(reterr, RC_EXISTS, NULL, "vault.exists", "name", os_path_base(path),
			     NULL);
	free(dir);
	return rc;
}

static enum rc plain_new(const char *home, const char *path, struct crypt_secret **ret,
			 struct err *reterr)
{
	struct crypt_secret *seed = NULL;
	enum rc rc = crypt_secret_random(CRYPT_SEED_LEN, &seed, reterr);

	if (rc != RC_OK)
		return rc;
	rc = key_write(home, path, span_of(crypt_secret_open(seed), CRYPT_SEED_LEN), reterr);
	crypt_secret_close(seed);
	if (rc == RC_OK)
		*ret = seed;
	else
		crypt_secret_free(seed);
	return rc;
}

static enum rc plain_read(const char *path, const char *name, struct crypt_secret **ret,
			  struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, FILE_MAX);
	b.secret = true;
	rc = os_file_read(path, &b, reterr);
	if (rc == RC_NOTFOUND)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "vault.none", "name", name, NULL);
	else if (rc == RC_OK && b.len != CRYPT_SEED_LEN)
		rc = err_set(reterr, RC_CORRUPT, NULL, "vault.corrupt", "name", name, NULL);
	if (rc == RC_OK)
		rc = crypt_secret_new(b.p, b.len, ret, reterr);
	buf_free(&b);
	return rc;
}

enum rc vault_plain(const char *home, const char *name, bool create, struct crypt_signer **ret,
		    struct err *reterr)
{
	struct crypt_secret *seed = NULL;
	char *path = NULL;
	enum rc rc = key_path(home, name, &path, reterr);

	if (rc == RC_OK)
		rc = create ? plain_new(home, path, &seed, reterr)
			    : plain_read(path, name, &seed, reterr);
	if (rc == RC_OK)
		rc = crypt_signer_new(seed, ret, reterr);
	crypt_secret_free(seed);
	free(path);
	return rc;
}

enum rc vault_secret(const char *home, const char *name, bool create, struct crypt_secret **ret,
		     struct err *reterr)
{
	char *path = NULL;
	enum rc rc = key_path(home, name, &path, reterr);

	if (rc == RC_OK)
		rc = plain_read(path, name, ret, reterr);
	if (rc == RC_NOTFOUND && create) {
		err_clear(reterr);
		rc = plain_new(home, path, ret, reterr);
	}
	free(path);
	return rc;
}

enum rc vault_take_next(const char *home, struct err *reterr)
{
	char *from = NULL, *to = NULL;
	enum rc rc = key_path(home, "log-next", &from, reterr);

	if (rc == RC_OK)
		rc = key_path(home, "log", &to, reterr);
	if (rc == RC_OK)
		rc = os_file_rename(from, to, OS_REPLACE, reterr);
	free(from);
	free(to);
	return rc;
}

static enum rc seal(struct crypt_secret *seed, const char *passphrase, struct buf *out,
		    struct err *reterr)
{
	if (strlen(passphrase) < PASSPHRASE_MIN)
		return err_num(reterr, RC_INPUT, NULL, "vault.passphrase_short", "min",
			       PASSPHRASE_MIN);
	return crypt_seal(seed, span_str(passphrase), NULL, crypt_kdf(), out, reterr);
}

static enum rc seal_write(const char *home, const char *path, struct crypt_secret *seed,
			  const char *passphrase, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, FILE_MAX);
	rc = seal(seed, passphrase, &b, reterr);
	if (rc == RC_OK)
		rc = key_write(home, path, span_buf(&b), reterr);
	buf_free(&b);
	return rc;
}

/* Of the collector itself, unsealed: nobody's account is called so. */
static bool is_own(const char *name)
{
	static const char *const own[] = {"box", "log", "log-next", "webhook", "witness"};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

enum rc vault_seal_new(const char *home, const char *name, const char *passphrase,
		       struct crypt_signer **ret, struct err *reterr)
{
	struct crypt_secret *seed = NULL;
	char *path = NULL;
	enum rc rc = key_path(home, name, &path, reterr);

	if (rc == RC_OK && is_own(name))
		rc = err_set(reterr, RC_INPUT, NULL, "vault.reserved", "name", name, NULL);
	if (rc == RC_OK)
		rc = crypt_secret_random(CRYPT_SEED_LEN, &seed, reterr);
	if (rc == RC_OK)
		rc = seal_write(home, path, seed, passphrase, reterr);
	if (rc == RC_OK)
		rc = crypt_signer_new(seed, ret, reterr);
	crypt_secret_free(seed);
	free(path);
	return rc;
}

void vault_drop(const char *home, const char *name)
{
	char *path = NULL;

	if (key_path(home, name, &path, NULL) == RC_OK)
		os_file_remove(path, NULL);
	free(path);
}

/* The seed of NAME, and where it lies. The caller frees both. */
static enum rc unseal(const char *home, const char *name, const char *passphrase, char **retpath,
		      struct crypt_secret **ret, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, FILE_MAX);
	rc = key_path(home, name, retpath, reterr);
	if (rc == RC_OK)
		rc = os_file_read(*retpath, &b, reterr);
	if (rc == RC_NOTFOUND)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "vault.none", "name", name, NULL);
	if (rc == RC_OK)
		rc = crypt_unseal(span_buf(&b), span_str(passphrase), NULL, ret, reterr);
	if (rc == RC_DENIED)
		rc = err_set(reterr, RC_DENIED, NULL, "vault.passphrase_wrong", "name", name, NULL);
	buf_free(&b);
	return rc;
}

enum rc vault_unseal(const char *home, const char *name, const char *passphrase,
		     struct crypt_signer **ret, struct err *reterr)
{
	struct crypt_secret *seed = NULL;
	char *path = NULL;
	enum rc rc = unseal(home, name, passphrase, &path, &seed, reterr);

	if (rc == RC_OK)
		rc = crypt_signer_new(seed, ret, reterr);
	crypt_secret_free(seed);
	free(path);
	return rc;
}

enum rc vault_reseal(const char *home, const char *name, const char *passphrase,
		     const char *new_passphrase, struct err *reterr)
{
	struct crypt_secret *seed = NULL;
	char *path = NULL;
	struct buf b;
	enum rc rc = unseal(home, name, passphrase, &path, &seed, reterr);

	buf_init(&b, FILE_MAX);
	if (rc == RC_OK)
		rc = seal(seed, new_passphrase, &b, reterr);
	if (rc == RC_OK)
		rc = os_file_write(path, span_buf(&b), OS_REPLACE, reterr);
	crypt_secret_free(seed);
	buf_free(&b);
	free(path);
	return rc;
}
