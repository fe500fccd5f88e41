/*
 * status: see status.h.
 */
#include "server-stub/status.h"

#include <stdlib.h>

#include "lib/expose.h"
#include "lib/limits.h"
#include "lib/os.h"

enum { THREADS = 1, CONNECTIONS = 16, TIMEOUT_S = 10, GRACE_MS = 1000, METRICS_MAX = 512 * 1024 };

struct status {
	struct collector *col;
	struct routes *rt;
	struct httpd *httpd;
};

static const char *const names[STATUS_CHECKS] = {[STATUS_STORE] = "store",
						 [STATUS_SIGNER] = "signer",
						 [STATUS_LOG] = "log",
						 [STATUS_DISK] = "disk"};

/* The store opens and has the log in it. */
static const char *store_fails(struct collector *col)
{
	struct archive_reader *r = NULL;
	struct buf note;
	int64_t size = 0, at;
	enum rc rc = archive_read(col->archive, &r, NULL);

	buf_init(&note, NOTE_TEXT_MAX);
	if (rc == RC_OK)
		rc = r->head(r->ctx, &size, &note, &at, NULL);
	archive_read_end(col->archive, r);
	buf_free(&note);
	return rc != RC_OK ? err_name(rc) : size > 0 ? NULL : "empty";
}

bool status_ready(struct collector *col, const char *retwhy[STATUS_CHECKS])
{
	int64_t room = 0;
	enum rc rc = os_disk_free(col->home, &room, NULL);
	bool ready = true;

	retwhy[STATUS_STORE] = store_fails(col);
	retwhy[STATUS_SIGNER] = col->log && !col->lost_key ? NULL : "no_key";
	retwhy[STATUS_LOG] = !col->ingest ? "not_set_up" : ingest_halted(col->ingest) ? "halted" : NULL;
	retwhy[STATUS_DISK] = rc != RC_OK ? err_name(rc) : room < STATUS_DISK_MIN ? "full" : NULL;
	for (int i = 0; i < STATUS_CHECKS; i++)
		ready = ready && !retwhy[i];
	return ready && !os_stopping();
}

static void reply_json(struct httpd_req *req, int status, struct json *o)
{
	struct buf b;

	buf_init(&b, LIMIT_ERR_TEXT);
	json_write(o, false, &b, NULL);
	buf_add_char(&b, '\n');
	httpd_reply_buf(req, status, "application/json", &b);
	buf_free(&b);
	json_free(o);
}

static void live(void *ctx, struct httpd_req *req)
{
	struct json *o = json_object();

	(void)ctx;
	json_set_bool(o, "live", true);
	reply_json(req, 200, o);
}

static void ready(void *ctx, struct httpd_req *req)
{
	struct status *s = ctx;
	const char *why[STATUS_CHECKS];
	bool good = status_ready(s->col, why);
	struct json *o = json_object();

	json_set_bool(o, "ready", good);
	for (int i = 0; i < STATUS_CHECKS; i++)
		json_set_str(o, names[i], why[i] ? why[i] : "ok");
	json_set_bool(o, "stopping", os_stopping());
	reply_json(req, good ? 200 : 503, o);
}

static void metrics(void *ctx, struct httpd_req *req)
{
	struct status *s = ctx;
	struct buf out;

	buf_init(&out, METRICS_MAX);
	status_metrics(s->col, s->rt, &out);
	if (buf_check(&out, NULL) == RC_OK)
		httpd_reply_buf(req, 200, EXPOSE_TYPE, &out);
	else
		httpd_reply(req, 500, "text/plain", span_str(""));
	buf_free(&out);
}

static const struct httpd_route table[] = {
    {.method = "GET", .path = "/live", .handle = live},
    {.method = "GET", .path = "/ready", .handle = ready},
    {.method = "GET", .path = "/metrics", .handle = metrics},
};

/* A page in a browser on this machine does not get here under a name of its own. */
static const char *const hosts[] = {"127.0.0.1", "localhost", NULL};

enum rc status_start(struct status **ret, struct collector *col, struct routes *rt, uint16_t port,
		     struct err *reterr)
{
	struct status *s = calloc(1, sizeof(*s));
	struct httpd_conf conf = {.address = "127.0.0.1",
				  .port = port,
				  .threads = THREADS,
				  .max_connections = CONNECTIONS,
				  .timeout_s = TIMEOUT_S,
				  .hosts = hosts,
				  .route = table,
				  .nroute = sizeof(table) / sizeof(table[0]),
				  .lang = "vi",
				  .problem_base = "about:blank#",
				  .ctx = s};
	enum rc rc;

	if (!s)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	s->col = col;
	s->rt = rt;
	rc = httpd_start(&s->httpd, &conf, reterr);
	if (rc == RC_OK)
		*ret = s;
	else
		free(s);
	return rc;
}

void status_stop(struct status *s)
{
	if (!s)
		return;
	httpd_stop(s->httpd, GRACE_MS);
	free(s);
}

const char *status_url(const struct status *s)
{
	return httpd_url(s->httpd);
}
