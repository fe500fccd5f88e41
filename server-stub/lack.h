/*
 * lack: which blobs are named and not here, commune by commune: what the answers of P32 ask for.
 * In memory: a commune is looked through once after the start, when somebody of it calls, and again
 * after something was set aside; what a PC asks for in vain is added. Thread-safe. Not here: who sends
 * it, whether a file is damaged (archive_blob).
 */
#ifndef KK_COLLECTOR_LACK_H
#define KK_COLLECTOR_LACK_H

#include "server-stub/archive.h"

enum { LACK_MAX = 4096 /* of one scope at once: the rest is found when these have come */ };

struct lack;

enum rc lack_new(struct lack **ret, struct err *reterr);
void lack_free(struct lack *l); /* NULL is fine */
/*
 * At most max hashes of blobs that an entry of scope or of "*" names and that are not whole here; those that have come
 * meanwhile are forgotten. random: where in a longer list to begin.
 */
enum rc lack_of(struct lack *l, struct archive *a, struct archive_reader *r, const char *scope,
		uint64_t random, uint8_t (*ret)[CRYPT_HASH_LEN], size_t max, size_t *retn,
		struct err *reterr);
/* Somebody of the scope asked for it, and it is not here. */
void lack_add(struct lack *l, const char *scope, const uint8_t sha[CRYPT_HASH_LEN]);
/* How many are known not to be here, of all communes that were looked through. */
int64_t lack_count(struct lack *l);
/* Something is not here any more: look again. */
void lack_again(struct lack *l);

#endif
