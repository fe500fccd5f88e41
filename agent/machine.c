/*
 * machine: see machine.h. Clause A15. Kept as settings: `machine` (a hash: the id itself
 * never leaves the system's files), `machine_changed`, `machine_answered`, `machine_answer`.
 * Does NOT block anything: recording and sync go on.
 */
#include "agent/machine.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"

static const char *const answer_name[] = {"", "moved", "copy"};

/* H("kiemke machine" 00 id), so that the store tells nobody which machine it is. */
static enum rc mark_of(struct span id, char ret[CODEC_B64U_32 + 1], struct err *reterr)
{
	uint8_t hash[CRYPT_HASH_LEN];
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_TEXT);
	buf_add(&b, "kiemke machine", sizeof("kiemke machine"));
	buf_add_span(&b, id);
	rc = buf_check(&b, reterr);
	if (rc == RC_OK) {
		crypt_sha256(b.p, b.len, hash);
		codec_b64u(hash, sizeof(hash), ret);
	}
	buf_free(&b);
	return rc;
}

static enum rc set_time(struct store *s, const char *name, int64_t v, struct err *reterr)
{
	char text[NUM_I64_LEN];

	num_str(v, text);
	return store_set_setting(s, name, text, reterr);
}

static enum rc get_time(struct store *s, const char *name, int64_t *ret, struct err *reterr)
{
	char *text = NULL;
	enum rc rc = store_setting(s, name, &text, reterr);

	*ret = 0;
	if (rc == RC_OK && text && num_i64(span_str(text), 0, NUM_SAFE_MAX, ret) != RC_OK)
		*ret = 0;
	free(text);
	return rc;
}

/*
 * The feeds first and the mark last: a crash in between only makes the next start do it
 * again.
 */
static enum rc changed(struct store *s, const char *mark, struct err *reterr)
{
	enum rc rc = store_feeds_close(s, reterr);

	if (rc == RC_OK)
		rc = set_time(s, "machine_answered", 0, reterr);
	if (rc == RC_OK)
		rc = store_set_setting(s, "machine_answer", "", reterr);
	if (rc == RC_OK)
		rc = set_time(s, "machine_changed", store_now(s), reterr);
	return rc == RC_OK ? store_set_setting(s, "machine", mark, reterr) : rc;
}

enum rc machine_check(struct agent *agent, struct span id, bool *retnew, struct err *reterr)
{
	char mark[CODEC_B64U_32 + 1];
	char *known = NULL;
	bool differs = false;
	enum rc rc = RC_OK;

	if (id.len > 0)
		rc = mark_of(id, mark, reterr);
	if (rc == RC_OK && id.len > 0)
		rc = store_setting(agent->store, "machine", &known, reterr);
	if (rc == RC_OK && id.len > 0) {
		differs = known && strcmp(known, mark) != 0;
		if (!known)
			rc = store_set_setting(agent->store, "machine", mark, reterr);
		else if (differs)
			rc = changed(agent->store, mark, reterr);
	}
	free(known);
	if (rc == RC_OK && retnew)
		*retnew = differs;
	return rc;
}

enum rc machine_state(struct agent *agent, struct machine_state *ret, struct err *reterr)
{
	struct machine_state m = {.answer = MACHINE_NONE};
	char *text = NULL;
	enum rc rc = get_time(agent->store, "machine_changed", &m.changed_at, reterr);

	if (rc == RC_OK)
		rc = get_time(agent->store, "machine_answered", &m.answered_at, reterr);
	if (rc == RC_OK)
		rc = store_setting(agent->store, "machine_answer", &text, reterr);
	for (int a = MACHINE_MOVED; rc == RC_OK && text && a <= MACHINE_COPY; a++)
		if (strcmp(text, answer_name[a]) == 0)
			m.answer = (enum machine_answer)a;
	free(text);
	if (rc == RC_OK)
		*ret = m;
	return rc;
}

enum rc machine_answer(struct agent *agent, enum machine_answer answer, struct err *reterr)
{
	struct machine_state m;
	enum rc rc = machine_state(agent, &m, reterr);

	if (rc == RC_OK && m.changed_at == 0)
		rc = err_set(reterr, RC_CONFLICT, NULL, "machine.not_asked", NULL);
	if (rc == RC_OK)
		rc =
		    store_set_setting(agent->store, "machine_answer", answer_name[answer], reterr);
	return rc == RC_OK
		   ? set_time(agent->store, "machine_answered", store_now(agent->store), reterr)
		   : rc;
}
