/*
 * background: see background.h. The store is held for a moment once a second, never while the
 * network is busy. Log lines say what moved and why it waits, by count and by message key:
 * never what a record holds.
 */
#include "agent/background.h"

#include <stdlib.h>

#include "agent/sync_op.h"
#include "agent/wake.h"
#include "lib/db.h"
#include "lib/log.h"

enum { TICK_MS = 1000, WAL_PAGES = 1000, REST_MS = 20000 };

struct background {
	struct agent *agent;
	struct op_call call;
	struct log *log;
	struct os_net *net;
	struct os_thread *thread;
	struct wake wake;
};

static enum wake_why tick(struct background *b)
{
	struct wake_in in = {.mono_ms = clock_mono_ms(b->agent->clock),
			     .net = os_net_changed(b->net)};
	enum wake_why why = WAKE_NOT;
	struct store_contact c;
	uint64_t random;

	crypt_random(&random, sizeof(random));
	op_lock(&b->call);
	in.now_s = store_now(b->agent->store);
	if (store_contact(b->agent->store, &c, NULL) == RC_OK &&
	    store_unsent_last(b->agent->store, &in.unsent, NULL) == RC_OK) {
		in.contact = &c;
		why = wake_tick(&b->wake, &in, random);
		if (why != WAKE_NOT && why != WAKE_SLOT && c.failures > 0) {
			c.failures = 0; /* things are not as they were: waits begin small again */
			store_set_contact(b->agent->store, &c, NULL);
		}
	}
	op_unlock(&b->call);
	return why;
}

/* Seconds from now to the next contact. */
static int64_t next_in(struct background *b)
{
	struct store_contact c = {0};
	int64_t s;

	op_lock(&b->call);
	store_contact(b->agent->store, &c, NULL);
	s = c.next_at - store_now(b->agent->store);
	op_unlock(&b->call);
	return s > 0 ? s : 0;
}

static void contact(struct background *b, enum wake_why woken)
{
	struct sync_run_report r = {0};
	bool waiting = false;
	struct err why;
	enum rc rc;

	err_clear(&why);
	rc = sync_op_contact(b->agent, &b->call, false, &r, &waiting, &why);
	if (rc == RC_OK && !waiting)
		log_event(b->log, LOG_INFO, "sync",
			  LOG_KV(log_str("woken", wake_name(woken)), log_int("sent", r.sent),
				 log_int("accepted", r.accepted + r.duplicate),
				 log_int("refused", r.refused),
				 log_int("quarantined", r.quarantined),
				 log_int("received", r.pulled), log_int("files_sent", r.blobs_up),
				 log_int("files_received", r.blobs_down),
				 log_int("files_wait", r.blobs_wait),
				 log_int("files_failed", r.blobs_failed),
				 log_int("next_s", next_in(b))));
	else
		log_event(b->log, LOG_INFO, "sync-waits",
			  LOG_KV(log_str("woken", wake_name(woken)),
				 log_str("why", waiting ? "sync.waiting" : why.key),
				 log_str("clause", why.clause), log_int("next_s", next_in(b))));
}

/* A PC of 4 GB has other work to do while nobody looks at a record. */
static void give_back(struct agent *a)
{
	if (a->asked_ms == 0 || clock_mono_ms(a->clock) - a->asked_ms < REST_MS)
		return;
	db_shrink(store_db(a->store));
	agent_forget_texts(a);
	os_memory_return();
	a->asked_ms = 0;
}

static void upkeep(struct background *b)
{
	op_lock(&b->call);
	keys_lock_idle(b->agent->keys);
	if (db_wal_pages(store_db(b->agent->store)) > WAL_PAGES)
		db_checkpoint(store_db(b->agent->store), DB_PASSIVE, NULL, NULL);
	give_back(b->agent);
	op_unlock(&b->call);
}

static void loop(void *arg)
{
	struct background *b = arg;

	log_event(b->log, LOG_INFO, "start", LOG_KV(log_str("version", b->call.program->version)));
	while (!os_stopping()) {
		enum wake_why woken = tick(b);

		if (woken != WAKE_NOT)
			contact(b, woken);
		upkeep(b);
		os_sleep_ms(TICK_MS);
	}
	log_event(b->log, LOG_INFO, "stop", LOG_NOTHING);
}

static void free_all(struct background *b)
{
	os_net_free(b->net);
	log_free(b->log);
	free(b);
}

static enum rc open_log(struct background *b, struct err *reterr)
{
	struct log_conf conf = {.level = LOG_INFO, .clock = b->agent->clock};
	char *path = NULL;
	enum rc rc = os_path_join(&path, store_home(b->agent->store), "kiemke.log", reterr);

	conf.path = path;
	if (rc == RC_OK)
		rc = log_open(&b->log, &conf, reterr);
	free(path);
	return rc;
}

enum rc background_start(struct background **ret, struct agent *agent, const struct op_call *call,
			 struct err *reterr)
{
	struct background *b = calloc(1, sizeof(*b));
	enum rc rc;

	if (!b)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	b->agent = agent;
	b->call = *call;
	rc = open_log(b, reterr);
	if (rc == RC_OK)
		rc = os_net_watch(&b->net, reterr);
	if (rc == RC_OK) {
		op_lock(call);
		agent->background = true;
		op_unlock(call);
		rc = os_thread_start(&b->thread, loop, b, reterr);
	}
	if (rc == RC_OK)
		*ret = b;
	else
		free_all(b);
	return rc;
}

void background_join(struct background *b)
{
	if (!b)
		return;
	os_thread_join(b->thread);
	free_all(b);
}
