/*
 * session_reply_fuzz: any bytes as the answer to an agent that stands at a checkpoint and
 * has sent three lines. What is refused names its clause and reaches no store; what is taken
 * has a verdict for each line and no line beyond the tree that was verified.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/support/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static enum rc apply(void *ctx, const struct session_result *r, const struct keyring_change *change,
		     struct err *reterr)
{
	struct exchange_client *c = ctx;
	int64_t size = r->has_note ? (int64_t)r->note.size : c->pos.size;

	(void)change, (void)reterr;
	c->applied++;
	if (r->npush != 3 || r->after < c->pos.after || r->after > size || size < c->pos.size)
		abort();
	for (size_t i = 0; i < r->npulled; i++)
		if (r->pulled[i].index < c->pos.after || r->pulled[i].index >= r->after)
			abort();
	return RC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct exchange_stage stage;
	struct session_report report;
	struct buf request;
	struct err e;
	enum rc rc;
	size_t lines;

	if (stage.round == NULL) {
		exchange_stage_init(&stage);
		stage.c.st.apply = apply;
	}
	buf_init(&request, SESSION_BODY);
	if (session_client_request(stage.round, &request, &lines, NULL) != RC_OK || lines != 3)
		abort(); /* each round forgets what the one before put into the keyring */
	buf_free(&request);
	stage.c.applied = 0;
	err_clear(&e);
	rc = session_client_reply(stage.round, span_of(data, len), &report, &e);
	if (stage.c.applied != (rc == RC_OK))
		abort();
	if (rc != RC_OK && ((rc != RC_REFUSED && rc != RC_REMOTE) || e.clause[0] == '\0'))
		abort();
	return 0;
}
