/*
 * session_refused_fuzz: any bytes as the body of a refusal to an agent that stands at a
 * checkpoint. Believed is only what the root or the log has signed: no log is followed that the
 * root did not name, and an alarm is raised by a smaller checkpoint of this log alone.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static enum rc alarm(void *ctx, const char *scope, struct span note_text, const struct err *why,
		     struct err *reterr)
{
	struct exchange_client *c = ctx;
	struct authority_log log;
	struct note note;

	(void)scope, (void)why, (void)reterr;
	c->alarms++;
	if (!keyring_log(c->keyring, &log) || note_open(note_text, log.key, &note, NULL) != RC_OK ||
	    (int64_t)note.size >= c->pos.size)
		abort();
	return RC_OK;
}

static enum rc turn(void *ctx, const struct entry *open, const struct entry *log, bool *rettook,
		    struct err *reterr)
{
	struct exchange_client *c = ctx;
	struct authority_log body;

	(void)reterr;
	c->turned++;
	*rettook = true;
	if (memcmp(open->key, keyring_root(c->keyring), CRYPT_PK_LEN) != 0 ||
	    memcmp(log->key, keyring_root(c->keyring), CRYPT_PK_LEN) != 0 ||
	    authority_log(log, &body, NULL) != RC_OK || !body.has_old)
		abort();
	return RC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct exchange_stage stage;
	enum session_next next = SESSION_AGAIN;

	if (stage.round == NULL) {
		exchange_stage_init(&stage);
		stage.c.st.alarm = alarm;
		stage.c.st.turn = turn;
		stage.c.insists = true;
	}
	stage.c.alarms = stage.c.turned = 0;
	if (session_client_refused(stage.round, span_of(data, len), &next, NULL) != RC_OK)
		abort();
	if ((next == SESSION_AGAIN && stage.c.turned == 0) ||
	    (next == SESSION_SHOW && stage.c.alarms == 0))
		abort();
	return 0;
}
