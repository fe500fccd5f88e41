/*
 * vault: the collector's secret keys in HOME/keys. log.key (0600) is used unattended by
 * serve; root.key, registrar and staff keys are each sealed by their passphrase and
 * unlocked per act (K2 custody), a registrar's also for as long as serve runs if its
 * passphrase was given at start. Not here: what they sign.
 */
#ifndef KK_COLLECTOR_VAULT_H
#define KK_COLLECTOR_VAULT_H

#include "lib/crypt.h"
#include "lib/err.h"

/* Plain key file (log, box seed); made when create. Caller frees *ret. */
enum rc vault_plain(const char *home, const char *name, bool create, struct crypt_signer **ret,
		    struct err *reterr);
/* The same 32 bytes as a secret that signs nothing (webhook): found, or made when create. Caller frees *ret. */
enum rc vault_secret(const char *home, const char *name, bool create, struct crypt_secret **ret,
		     struct err *reterr);
/* log-next.key, which is there, becomes log.key (L12); a crash leaves either both names or the one. */
enum rc vault_take_next(const char *home, struct err *reterr);
/* New sealed key NAME.key; RC_EXISTS "vault.exists"; RC_INPUT "vault.reserved": the collector's own is called so;
 * RC_INPUT "vault.passphrase_short" (< 10 characters). */
enum rc vault_seal_new(const char *home, const char *name, const char *passphrase,
		       struct crypt_signer **ret, struct err *reterr);
/* The same key under another passphrase. Errors of vault_unseal, RC_INPUT "vault.passphrase_short". */
enum rc vault_reseal(const char *home, const char *name, const char *passphrase,
		     const char *new_passphrase, struct err *reterr);
/* Take a key just made away again: what it was made for did not come about. */
void vault_drop(const char *home, const char *name);
/* RC_NOTFOUND "vault.none" {name}; RC_DENIED "vault.passphrase_wrong". Caller frees *ret. */
enum rc vault_unseal(const char *home, const char *name, const char *passphrase,
		     struct crypt_signer **ret, struct err *reterr);

#endif
