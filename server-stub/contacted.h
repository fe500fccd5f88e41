/*
 * contacted: when a PC's key, or an access token, was last heard of over the network, whether it brought anything
 * or not. Operational data: in no log, in no export, and no reason to wait for the disk. Contacts are noted in memory;
 * whoever serves has them kept once a minute, all in one transaction, so that a commune's sessions cost no write of
 * their own (decision 0046). What a kill loses is less than a minute. Not here: what came by a stick.
 */
#ifndef KK_COLLECTOR_CONTACTED_H
#define KK_COLLECTOR_CONTACTED_H

#include "server-stub/ingest.h"

enum {
	CONTACTED_KEY = 32,
	CONTACTED_MAX = 200000, /* keys and tokens remembered; registrars made them all, strangers have no place here */
	CONTACTED_KEEP_MS = 60 * 1000
};
/* Documents of the collector by key in base64url, {"at"}: unix s. */
#define CONTACTED_DOCS "seen"

struct contacted;

enum rc contacted_new(struct contacted **ret, struct err *reterr);
void contacted_free(struct contacted *s);
/* Of a key whose signature was checked, or a token that is one (its SHA-256). now: unix s. Thread-safe, as all here. */
void contacted_note(struct contacted *s, const uint8_t key[CONTACTED_KEY], int64_t now);
/* *ret: unix s of the last time, 0: never. r: what was kept is read by it, once. */
enum rc contacted_at(struct contacted *s, struct archive_reader *r, const uint8_t key[CONTACTED_KEY], int64_t *ret,
		struct err *reterr);
/* Write what was noted since: one commit, none when there is nothing. On failure it is tried again the next time. */
enum rc contacted_keep(struct contacted *s, struct ingest *g, struct err *reterr);

#endif
