/*
 * session_request_fuzz: any bytes as the body of POST /v1/sync, to a collector that knows a
 * registrar and two clerks. What is refused names its clause and leaves nothing; what is
 * taken has for each line either a verified entry or a reason.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/support/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct session_request *r)
{
	if (r->nline > SESSION_LINES || r->nenrol > SESSION_ENROLS || r->after < 0 || r->size < 0)
		abort();
	for (size_t i = 0; i < r->nline; i++)
		if ((r->line[i].e == NULL) == (r->line[i].why.clause[0] == '\0'))
			abort();
	for (size_t i = 0; i < r->nenrol; i++)
		if (r->enrol[i].open == NULL)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct exchange_stage stage;
	struct session_request *r = NULL;
	struct err e;
	enum rc rc;

	if (stage.round == NULL)
		exchange_stage_init(&stage);
	err_clear(&e);
	rc = session_server_parse(stage.s.keyring, stage.s.device, span_of(data, len), &r, &e);
	if (rc == RC_OK) {
		check(r);
		(void)session_server_position(r, stage.s.epoch, (int64_t)stage.s.n, &e);
	} else if ((rc != RC_REFUSED && rc != RC_LIMIT) || e.key[0] == '\0' || r != NULL) {
		abort();
	}
	session_request_free(r);
	return 0;
}
