/*
 * op serve: own the store, listen for agents, run the centre's other commands beside it.
 * Plain HTTP on loopback only (P1). A registrar whose passphrase is given at the start
 * certifies by codes for as long as this process runs; the root is never unlocked here.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "server-stub/built_in.h"
#include "server-stub/listen.h"
#include "server-stub/ops.h"
#include "server-stub/routes.h"
#include "server-stub/contacted.h"
#include "server-stub/status.h"
#include "server-stub/tidy.h"
#include "server-stub/webhooks.h"
#include "server-stub/witnesses.h"

enum { TICK_MS = 200, GRACE_MS = 5000, DAY_MS = 86400 * 1000, UPLOAD_S = 30 * 86400, DAMAGED_TOLD = 20 };

static const struct op_arg args[] = {
    {.name = "listen", .type = OP_STRING, .help = "server.arg.listen", .meta = "ADDRESS"},
    {.name = "port", .type = OP_INT, .help = "server.arg.port", .max = 65535},
    {.name = "tls_cert", .type = OP_PATH, .help = "server.arg.tls_cert", .meta = "FILE"},
    {.name = "tls_key", .type = OP_PATH, .help = "server.arg.tls_key", .meta = "FILE"},
    {.name = "host", .type = OP_LIST, .help = "server.arg.host", .meta = "NAME"},
    {.name = "status_port", .type = OP_INT, .help = "server.arg.status_port", .meta = "PORT", .max = 65535},
    {.name = "registrar", .type = OP_STRING, .help = "server.arg.registrar", .meta = "NAME"},
    {.name = "passphrase", .type = OP_STRING, .flags = OP_SECRET, .help = "server.arg.passphrase"},
};

static enum rc unlock(struct collector *col, const struct json *in, struct err *reterr)
{
	const char *pass = json_get_str(in, "passphrase"), *name = json_get_str(in, "registrar");

	if (!pass)
		return name ? op_need_secret("passphrase", reterr) : RC_OK;
	return vault_unseal(col->home, name ? name : "registrar", pass, &col->registrar, reterr);
}

/* What agents are told to call: the setting, else the address we listen on. */
static enum rc tell_url(struct collector *col, const struct routes *rt, struct err *reterr)
{
	if (!col->url)
		col->url = span_dup(span_str(routes_url(rt)));
	return col->url ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static enum rc listen_on(const struct op_call *call, const struct json *in,
			 const struct listen *at, struct op_owner *owner, struct routes **ret,
			 struct err *reterr)
{
	const struct routes_conf conf = {.col = call->app,
					 .owner = owner,
					 .address = at->address,
					 .port = at->port,
					 .tls_cert_pem = at->cert_pem,
					 .tls_key_pem = at->key_pem,
					 .names = json_get_arr(in, "host")};

	return routes_start(ret, &conf, reterr);
}

/* For whoever watches the machine, when it was asked for; told before the address of the PCs. */
static enum rc watch_on(const struct op_call *call, const struct json *in, struct routes *rt,
			struct status **ret, struct err *reterr)
{
	int64_t port;
	enum rc rc;

	if (!json_get_int(in, "status_port", &port))
		return RC_OK;
	rc = status_start(ret, call->app, rt, (uint16_t)port, reterr);
	if (rc == RC_OK)
		op_note(call, "server.status", "status", status_url(*ret), NULL);
	return rc;
}

/* W4, W5: before the first line comes; whoever does not answer does not hold us up. */
static enum rc ask_witnesses(const struct op_call *call, struct err *reterr)
{
	struct collector *col = call->app;
	enum rc rc = RC_OK;
	struct buf halt;

	buf_init(&halt, NOTE_TEXT_MAX);
	witnesses_check(col->witnesses, &halt);
	if (halt.len > 0)
		rc = ingest_halt(col->ingest, span_buf(&halt), reterr);
	buf_free(&halt);
	if (rc == RC_OK && ingest_halted(col->ingest))
		op_note(call, "ingest.halted", NULL);
	return rc == RC_OK ? witnesses_start(col->witnesses, reterr) : rc;
}

/* Forms that came with a newer program and that nobody published yet: what needs them does not work. */
static enum rc tell_missing(const struct op_call *call, struct err *reterr)
{
	struct collector *col = call->app;
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct json *names = json_array();
	enum rc rc = built_in_missing(snap->forms, names, reterr);

	ingest_snapshot_end(col->ingest, snap);
	for (const struct json *n = json_first(names); rc == RC_OK && n; n = json_next(n))
		op_note(call, "server.form_missing", "form", json_str(n), NULL);
	json_free(names);
	return rc;
}

struct telling {
	const struct op_call *call;
	int64_t n;
};

static bool tell_damaged(void *arg, const char *table, const char *key)
{
	struct telling *t = arg;

	if (t->n++ < DAMAGED_TOLD)
		op_note(t->call, "server.doc_damaged", "table", table, "key", key, NULL);
	return true;
}

/* Documents that are no JSON any more stop nobody: we go on without them, and whoever runs this is told which. */
static enum rc tell_all_damaged(const struct op_call *call, struct err *reterr)
{
	struct collector *col = call->app;
	struct telling t = {call, 0};
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = r->docs_damaged(r->ctx, NULL, tell_damaged, &t, reterr);
	archive_read_end(col->archive, r);
	col->damaged = t.n;
	return rc;
}

/* Other systems are told from now on; of a webhook that cannot be read the administrator is. */
static void tell_webhooks(const struct op_call *call)
{
	const struct collector *col = call->app;
	const char *name;

	for (size_t i = 0; (name = webhooks_left_out(col->webhooks, i)); i++)
		op_note(call, "webhook.corrupt", "name", name, NULL);
	webhooks_start(col->webhooks);
}

/*
 * Uploads of PCs that did not come back for a month; one that does begins anew (P24). A disk that fails is told of and
 * stops nobody who records.
 */
static void tidy_now(const struct op_call *call)
{
	struct collector *col = call->app;

	if (tidy_blobs(col, clock_now_s(col->clock) - UPLOAD_S, NULL) != RC_OK)
		op_note(call, "server.not_tidy", NULL);
}

/* Who was heard of since; on a disk that fails it waits in memory for the next time. */
static void keep_now(const struct op_call *call)
{
	struct collector *col = call->app;

	if (contacted_keep(col->contacted, col->ingest, NULL) != RC_OK)
		op_note(call, "server.seen_not_kept", NULL);
}

/* What comes round while nothing else happens. */
static const struct {
	int64_t every_ms;
	void (*run)(const struct op_call *call);
} rounds[] = {{DAY_MS, tidy_now}, {CONTACTED_KEEP_MS, keep_now}};
enum { ROUNDS = sizeof(rounds) / sizeof(rounds[0]) };

static void wait_for_stop(const struct op_call *call)
{
	int64_t next[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++)
		next[i] = os_mono_ms() + rounds[i].every_ms;
	while (!os_stopping()) {
		os_sleep_ms(TICK_MS);
		for (size_t i = 0; i < ROUNDS; i++)
			if (os_mono_ms() >= next[i]) {
				rounds[i].run(call);
				next[i] = os_mono_ms() + rounds[i].every_ms;
			}
	}
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct op_owner_conf conf = {.program = call->program,
				     .home = call->home,
				     .app = col};
	struct op_owner *owner = NULL;
	struct routes *rt = NULL;
	struct status *status = NULL;
	struct listen at;
	enum rc rc = listen_read(&at, in, reterr);

	(void)ret;
	if (rc == RC_OK)
		rc = unlock(col, in, reterr);
	if (rc == RC_OK)
		rc = os_on_stop(reterr);
	if (rc == RC_OK)
		tidy_now(call);
	if (rc == RC_OK)
		rc = collector_sequence(col, true, reterr);
	if (rc == RC_OK)
		rc = tell_all_damaged(call, reterr);
	if (rc == RC_OK)
		rc = ask_witnesses(call, reterr);
	if (rc == RC_OK)
		rc = tell_missing(call, reterr);
	if (rc == RC_OK)
		tell_webhooks(call);
	if (rc == RC_OK)
		rc = op_owner_start(&owner, &conf, reterr);
	if (rc == RC_OK)
		rc = listen_on(call, in, &at, owner, &rt, reterr);
	if (rc == RC_OK)
		rc = tell_url(col, rt, reterr);
	if (rc == RC_OK)
		rc = watch_on(call, in, rt, &status, reterr);
	if (rc == RC_OK) {
		op_note(call, col->registrar ? "server.ready" : "server.ready_locked", "url",
			routes_url(rt), NULL);
		wait_for_stop(call);
	}
	listen_free(&at);
	status_stop(status);
	routes_stop(rt);
	op_owner_stop(owner, GRACE_MS);
	if (col->ingest)
		keep_now(call);
	webhooks_stop(col->webhooks);
	return rc;
}

const struct op op_serve = {.name = "serve",
			    .summary = "server.summary",
			    .flags = OP_WRITE | OP_LOCAL | OP_NET,
			    .arg = args,
			    .narg = sizeof(args) / sizeof(args[0]),
			    .run = run};
