/*
 * keys: the secret keys of one PC. HOME/device.key (0600) signs requests only, so
 * that background sync needs no PIN (K3); HOME/clerks/FINGERPRINT.key holds a clerk's
 * seed sealed by PIN. An owner process keeps unlocked keys in guarded memory until
 * they are locked or idle too long. Not here: entries, certs, the store.
 */
#ifndef KK_AGENT_KEYS_H
#define KK_AGENT_KEYS_H

#include "lib/clock.h"
#include "lib/crypt.h"
#include "lib/err.h"

enum { KEYS_PIN_MIN = 6, KEYS_IDLE_S = 15 * 60 };

struct keys;

enum rc keys_open(struct keys **ret, const char *home, const struct clock *clock,
		  struct err *reterr);
void keys_free(struct keys *k); /* wipes */

/* The device's signer; made at first use when create. RC_NOTFOUND "keys.no_device". Borrowed. */
enum rc keys_device(struct keys *k, bool create, struct crypt_signer **ret, struct err *reterr);

/* A new clerk key sealed by PIN; also unlocked. RC_INPUT "keys.pin_short" / "keys.pin_digits". */
enum rc keys_clerk_new(struct keys *k, struct span pin, uint8_t retpk[CRYPT_PK_LEN],
		       struct err *reterr);
/*
 * The signer of a clerk: unlocked already, or with the PIN. pin.len 0 and locked:
 * RC_DENIED "keys.locked". Wrong: RC_DENIED "keys.pin_wrong"; after five in a row each try
 * waits longer. Borrowed until locked; using it restarts the idle time.
 */
enum rc keys_clerk(struct keys *k, const uint8_t pk[CRYPT_PK_LEN], struct span pin,
		   struct crypt_signer **ret, struct err *reterr);
bool keys_unlocked(struct keys *k, const uint8_t pk[CRYPT_PK_LEN]);
void keys_lock(struct keys *k);      /* all clerks */
void keys_lock_idle(struct keys *k); /* those idle for KEYS_IDLE_S */
enum rc keys_pin_change(struct keys *k, const uint8_t pk[CRYPT_PK_LEN], struct span old,
			struct span pin, struct err *reterr);

#endif
