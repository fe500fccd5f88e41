/*
 * enrolment: how PCs and clerks become known: codes, who waits, certs. Clauses P10, P25,
 * K10, K12. Kept as documents: "enrol_code SCOPE" by the code's hash, "enrol_wait" by the key.
 * Callers that issue hold the owner's mutex. Not here: HTTP, the command line.
 */
#ifndef KK_COLLECTOR_ENROLMENT_H
#define KK_COLLECTOR_ENROLMENT_H

#include "lib/codec.h"
#include "lib/json.h"
#include "server-stub/collector.h"
#include "sync/authority.h"

enum {
	ENROLMENT_CLERKS = SESSION_ENROLS,
	/* A code has 60 bits and is never closed by wrong ones (K12); whoever sends them waits (P25). */
	ENROLMENT_TRIES = 60,         /* requests refused, from one address, within … */
	ENROLMENT_WINDOW_S = 10 * 60, /* … so many seconds */
	ENROLMENT_REMEMBERED = 8192   /* of them in memory */
};

/*
 * A new code for one PC and up to `clerks` clerks of a commune. RC_INPUT "E14"; RC_LIMIT
 * "enrolment.codes"; RC_CONFLICT "units.ended".
 */
enum rc enrolment_code(struct collector *col, const char *scope, int64_t clerks,
		       char ret[AUTHORITY_CODE], struct err *reterr);
/*
 * The body of POST /v1/enrol, signed by `device`. Certs are issued when a registrar is
 * unlocked, else the request waits. Asking again is fine and tells how it stands. *ret: the
 * answer, caller frees. RC_INPUT "enrolment.body"; RC_DENIED "enrolment.code_wrong | code_used |
 * many_clerks". How often an address may ask is the caller's (routes_enrol).
 */
enum rc enrolment_ask(struct collector *col, const struct json *body,
		      const uint8_t device[CRYPT_PK_LEN], struct json **ret, struct err *reterr);
/* The same answer for a PC of that scope whose request is known: what P25 tells it now. Caller frees. */
enum rc enrolment_answer(struct collector *col, const char *scope, bool approved, struct json **ret,
			 struct err *reterr);
/* Keep the clerks of a sync request for a registrar; those known or waiting already are skipped. */
enum rc enrolment_wait_clerks(struct collector *col, const struct session_request *r,
			      struct err *reterr);
/* What a document of "enrol_wait" asks for, in short: key, names, clerks, all but when it was asked. */
enum { ENROLMENT_REQUEST = CODEC_B64U_16 + 1 };
enum rc enrolment_request(const struct json *doc, char ret[ENROLMENT_REQUEST], struct err *reterr);

/* Which one to certify. */
struct enrolment_pick {
	const char *typed;   /* its key (b64u), or the beginning of it, or of the fingerprint's digits */
	const char *request; /* enrolment_request of what was shown; NULL: whatever it asks for now */
	bool (*sees)(void *arg, const char *scope); /* among those that may be seen; NULL: all */
	void *arg;
};
/*
 * Certify it with a registrar's signer. *ret: its document; caller frees. RC_NOTFOUND "enrolment.not_waiting",
 * RC_CONFLICT "enrolment.ambiguous", "enrolment.changed": it asks for something else than was shown.
 */
enum rc enrolment_approve(struct collector *col, struct crypt_signer *registrar,
			  const struct enrolment_pick *pick, struct json **ret, struct err *reterr);
/* Name of a commune by the catalogue, "" when unknown. Caller frees; NULL when out of memory. */
char *enrolment_unit(struct collector *col, const char *scope);

#endif
