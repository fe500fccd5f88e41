/*
 * verify: findings of a verification as JSON, and files checked without a store. Shared by op
 * verify (a file) and op verify store. Not here: what is stored (agent/store_verify).
 */
#ifndef KK_AGENT_VERIFY_H
#define KK_AGENT_VERIFY_H

#include "lib/json.h"
#include "lib/op.h"
#include "lib/lang.h"
#include "sync/entry.h"

enum { VERIFY_SHOWN = 100 };

/* {"ok","entries","signatures","receipts","failures":[{"id","clause","key","text"}],"failed"} */
struct verify {
	struct lang *lang;
	int64_t entries, signatures, receipts, failed;
	struct json *failures;
};
enum rc verify_init(struct verify *v, const struct op_call *call, struct err *reterr);
void verify_free(struct verify *v);
/* id: of the entry, 32 bytes, or NULL with a name instead. */
struct json *verify_fail(struct verify *v, const uint8_t *id, const char *name,
			 const struct err *why);
/* The answer; "clause" is that of the first failure. */
struct json *verify_answer(const struct verify *v);

/* A folder with payload, proof, author.pub, policy (or other files for the last two); lines/ below. */
enum rc verify_folder(struct verify *v, const char *dir, const char *author, const char *policy,
		      struct err *reterr);
/* A text of entry lines against keys. */
enum rc verify_lines(struct verify *v, struct span text, const struct entry_keys *keys);

void verify_print(const struct lang *lang, const struct json *out, struct buf *text);
enum rc verify_verdict(const struct json *out);

/* Does the file begin like an exported report? */
bool verify_is_report(const char *path);
/*
 * Check an exported report (R10) by the root's key in file `key` (OpenSSH line) and, if any,
 * the witnesses of a policy file. *ret: verify_answer with "report", its figures as they were made
 * again and "frozen", when everything up to them held. RC_USAGE "verify.report_key" without a key.
 */
enum rc verify_report(struct verify *v, const struct op_call *call, const char *path,
		      const char *key, const char *policy, struct json **ret, struct err *reterr);

#endif
