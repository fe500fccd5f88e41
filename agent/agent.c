/*
 * agent: opens and closes what operations work on. Does NOT do any work itself.
 */
#include "agent/agent.h"

#include <stdlib.h>

#include "agent/machine.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "lib/sweep.h"

/* A system that tells nothing of its machine has no copies to find. */
static enum rc check_machine(struct agent *a, struct err *reterr)
{
	struct buf id;
	enum rc rc;

	buf_init(&id, LIMIT_KIB);
	os_machine_id(&id, NULL);
	rc = machine_check(a, span_buf(&id), NULL, reterr);
	buf_free(&id);
	return rc;
}

/* Keys and drafts a kill left half written. Photos may be many: serve looks after them (agent_sweep). */
static enum rc sweep_small(const char *home, struct err *reterr)
{
	static const char *const dir[] = {NULL, "clerks", "drafts"};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < sizeof(dir) / sizeof(dir[0]); i++)
		rc = sweep_dir(home, dir[i], reterr);
	return rc;
}

enum rc agent_sweep(struct agent *a, struct err *reterr)
{
	return sweep_dir(store_home(a->store), "blobs", reterr);
}

enum rc agent_open(const char *home, bool create, void **retapp, struct err *reterr)
{
	struct agent *a = calloc(1, sizeof(*a));
	enum rc rc;

	if (!a)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	a->clock = clock_real();
	rc = crypt_init(reterr);
	if (rc == RC_OK)
		rc = store_open(&a->store, home, create, a->clock, reterr);
	if (rc == RC_OK)
		rc = sweep_small(store_home(a->store), reterr);
	if (rc == RC_OK)
		rc = keys_open(&a->keys, home, a->clock, reterr);
	if (rc == RC_OK)
		rc = check_machine(a, reterr);
	if (rc == RC_OK)
		*retapp = a;
	else
		agent_close(a);
	return rc;
}

void agent_forget_texts(struct agent *a)
{
	for (size_t i = 0; i < sizeof(a->lang) / sizeof(a->lang[0]); i++) {
		lang_free(a->lang[i]);
		a->lang[i] = NULL;
	}
}

void agent_close(void *app)
{
	struct agent *a = app;

	if (!a)
		return;
	keys_free(a->keys);
	store_free(a->store);
	agent_forget_texts(a);
	free(a);
}
