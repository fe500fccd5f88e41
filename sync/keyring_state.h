/*
 * keyring_state: the inside of a keyring, shared by keyring.c, keyring_add.c and
 * keyring_judge.c only. Everything else uses keyring.h.
 *
 * Nodes are keys, records are authority entries; both are numbered in order of arrival
 * and refer to each other by number, so that a copy is a copy of arrays. Bodies never
 * change and are shared between copies by count.
 */
#ifndef KK_SYNC_KEYRING_STATE_H
#define KK_SYNC_KEYRING_STATE_H

#include <stdatomic.h>
#include <stddef.h>

#include "sync/decision.h"
#include "sync/keyring.h"

enum { KEYRING_SCOPE_ALL = '*' };
#define KEYRING_NONE UINT32_MAX

/* What a record keeps of its entry. */
struct keyring_body {
	atomic_uint refs;
	enum entry_op op;
	struct keyring_cert cert;    /* its scopes and texts are in data */
	struct authority_log *log;   /* in data too */
	uint8_t (*id)[ENTRY_ID_LEN]; /* of an admit */
	size_t nid;
	max_align_t data[];
};

struct keyring_rec {
	uint8_t id[ENTRY_ID_LEN];
	struct keyring_body *body;        /* NULL for a revoke */
	int64_t index;                    /* INT64_MAX: none yet */
	int64_t from;                     /* of a revoke */
	uint32_t author, subject, device; /* nodes; KEYRING_NONE */
	uint32_t next_subject;            /* next cert, or revoke, of the same subject; next log */
	uint32_t next_device;             /* next cert naming the same device */
	uint32_t next_id;                 /* hash chain */
	enum entry_op op;
	char scope[ENTRY_SCOPE_LEN];
	bool good; /* admitted */
	bool was;  /* good before the evaluation that runs */
};

struct keyring_node {
	uint8_t key[CRYPT_PK_LEN];
	uint8_t prefix[8];       /* of H(key) */
	uint32_t certs, revokes; /* records with this subject */
	uint32_t devices;        /* certs naming this key as device */
	uint32_t next_prefix;    /* hash chain */
	uint32_t authored;       /* number of records by it */
	bool root;
	bool registrar, staff; /* by certs of the root, which are judged by themselves */
};

/* One id of one admit. */
struct keyring_lift {
	uint8_t id[ENTRY_ID_LEN];
	uint32_t rec;
	uint32_t next; /* hash chain */
};

struct keyring {
	struct keyring_node *node;
	struct keyring_rec *rec;
	struct keyring_lift *lift;
	uint32_t *listed; /* nodes of the root and of certs, in order of arrival */
	uint32_t *order;  /* room for the evaluation, one for each record */
	uint32_t *by_prefix, *by_id, *by_lift; /* heads of chains */
	uint32_t nnode, nrec, nlift, nlisted;
	uint32_t capnode, caprec, caplift;
	uint32_t heads_prefix, heads_id, heads_lift; /* powers of two */
	uint32_t logs;                               /* chain of log records */
};

/* Head of the chain of a hash. */
uint32_t *keyring_head(uint32_t *heads, uint32_t nheads, const uint8_t *hash);
/* KEYRING_NONE when unknown. */
uint32_t keyring_node_of(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN],
			 const uint8_t prefix[8]);
uint32_t keyring_rec_of(const struct keyring *k, const uint8_t id[ENTRY_ID_LEN]);

/* ---- keyring_judge.c ---- */

/* A4 for one cert. */
bool keyring_cert_covers(const struct keyring_cert *c, const char *scope);

/* A question: may node write this? */
struct keyring_act {
	uint32_t node;
	enum entry_op op;
	const char *kind, *scope;
	int64_t index; /* INT64_MAX: none */
	const uint8_t *id;
	enum decision_level level; /* of a review (A5); else DECISION_NOBODY */
	/* cert */
	enum role role;
	bool one_scope; /* its scopes are exactly `scope` */
	/* revoke */
	uint32_t subject;  /* KEYRING_NONE: a key nobody named */
	bool subject_root; /* the subject is the root */
};
struct keyring_act keyring_act_of(const struct keyring *k, const struct keyring_rec *r);
/* A3-A5, K9, K10. */
enum keyring_verdict keyring_may(const struct keyring *k, const struct keyring_act *a);
/* A6: an admitted revoke covers it. */
bool keyring_covered(const struct keyring *k, const struct keyring_act *a);
/* Does this revoke cover acts of node in scope at index (whether it is admitted or not)? */
bool keyring_covers_by(const struct keyring *k, const struct keyring_rec *revoke, uint32_t node,
		       const char *scope, int64_t index);
/* A7: an admitted admit lists it. */
bool keyring_lifted(const struct keyring *k, const struct keyring_act *a);
/* A8: a revoke that touches registrars. */
bool keyring_chain(const struct keyring *k, uint32_t subject);

/* ---- keyring_eval.c ---- */

/* Judge a record that is not the root's and touches no registrar (A8). True: its admission changed. */
bool keyring_eval_one(struct keyring *k, struct keyring_rec *r);
/* Judge all records; rec.was holds what was. */
void keyring_eval(struct keyring *k);

#endif
