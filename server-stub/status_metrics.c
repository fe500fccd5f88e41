/*
 * status_metrics: what Prometheus is told (docs/OPERATING.md lists it): what the process counted (meter), what the
 * store and the threads hold at the moment, and what the process costs. A time is told as a moment in unix seconds, so
 * that its age is right whenever somebody asks: time() - kiemke_checkpoint_timestamp_seconds.
 */
#include <string.h>

#include "lib/expose.h"
#include "lib/os.h"
#include "server-stub/lack.h"
#include "server-stub/meter.h"
#include "server-stub/status.h"
#include "server-stub/webhooks.h"
#include "server-stub/witnesses.h"

static void one(struct buf *out, const char *name, enum expose_type type, const char *help,
		int64_t value)
{
	expose_family(out, name, type, help);
	expose_value(out, name, NULL, 0, value);
}

static void add_of_webhooks(const struct webhooks_count *all, size_t n, struct buf *out, int which)
{
	static const struct {
		const char *name;
		enum expose_type type;
		const char *help;
	} family[] = {
	    {"kiemke_webhook_delivered_total", EXPOSE_COUNTER, "Messages its receiver took."},
	    {"kiemke_webhook_failed_total", EXPOSE_COUNTER, "Tries that ended otherwise."},
	    {"kiemke_webhook_lag_entries", EXPOSE_GAUGE, "Entries of the log it has not been told of."},
	    {"kiemke_webhook_stopped", EXPOSE_GAUGE, "1: it is not tried any more (webhook list says why)."},
	};

	expose_family(out, family[which].name, family[which].type, family[which].help);
	for (size_t i = 0; i < n; i++) {
		const struct expose_label label = {"webhook", all[i].name};
		const int64_t v[] = {all[i].delivered, all[i].failed, all[i].lag, all[i].stopped};

		expose_value(out, family[which].name, &label, 1, v[which]);
	}
}

static void add_webhooks(struct collector *col, int64_t size, struct buf *out)
{
	struct webhooks_count all[WEBHOOK_MAX];
	size_t n = 0;

	while (n < WEBHOOK_MAX && webhooks_count(col->webhooks, n, size, &all[n]))
		n++;
	for (int which = 0; which < 4; which++)
		add_of_webhooks(all, n, out, which);
}

static bool count_doc(void *arg, const char *key, const struct json *doc)
{
	(void)key, (void)doc;
	++*(int64_t *)arg;
	return true;
}

static void add_store(struct collector *col, struct buf *out)
{
	struct archive_reader *r = NULL;
	int64_t size = 0, at = 0, waiting = 0;
	struct buf note;
	enum rc rc = archive_read(col->archive, &r, NULL);

	buf_init(&note, NOTE_TEXT_MAX);
	if (rc == RC_OK)
		rc = r->head(r->ctx, &size, &note, &at, NULL);
	if (rc == RC_OK)
		rc = r->docs(r->ctx, "enrol_wait", count_doc, &waiting, NULL);
	archive_read_end(col->archive, r);
	buf_free(&note);
	if (rc != RC_OK)
		return;
	one(out, "kiemke_log_entries", EXPOSE_GAUGE, "Size of the log: entries in the newest checkpoint.", size);
	one(out, "kiemke_checkpoint_timestamp_seconds", EXPOSE_GAUGE, "When the newest checkpoint was signed.", at);
	one(out, "kiemke_enrolments_waiting", EXPOSE_GAUGE, "PCs and clerks that wait for approval.", waiting);
	add_webhooks(col, size, out);
}

/* One sample a witness: at most NOTE_WITNESS_MAX, named by the policy. */
static void add_of_each(const struct json *all, struct buf *out, const char *name, const char *member,
			const char *help)
{
	expose_family(out, name, EXPOSE_GAUGE, help);
	for (const struct json *w = json_first(all); w; w = json_next(w)) {
		struct expose_label label = {"witness", json_get_str(w, "name")};
		int64_t v = 0;

		json_get_int(w, member, &v);
		if (label.value)
			expose_value(out, name, &label, 1, v);
	}
}

static void add_witnesses(struct collector *col, struct buf *out)
{
	struct json *state = NULL;
	const struct json *all;
	int64_t quorum = 0, proven = 0;

	if (witnesses_state(col->witnesses, &state, NULL) != RC_OK)
		return;
	all = json_get_arr(state, "witnesses");
	json_get_int(state, "quorum", &quorum);
	json_get_int(state, "proven", &proven);
	one(out, "kiemke_witness_quorum", EXPOSE_GAUGE, "Witnesses that must cosign; 0: none is asked for.", quorum);
	one(out, "kiemke_proven_entries", EXPOSE_GAUGE,
	    "Size of the newest checkpoint with the quorum; 0: none.", proven);
	add_of_each(all, out, "kiemke_witness_timestamp_seconds", "at",
	    "When the witness last cosigned, by its clock; 0: never.");
	add_of_each(all, out, "kiemke_witness_entries", "size", "Size of the checkpoint it last cosigned.");
	add_of_each(all, out, "kiemke_witness_failures", "failures",
	    "Rounds in a row in which it did not answer well.");
	json_free(state);
}

static void add_work(struct collector *col, const struct routes *rt, struct buf *out)
{
	struct ingest_counts c = ingest_counts(col->ingest);

	one(out, "kiemke_groups_total", EXPOSE_COUNTER,
	    "Groups made durable: what waited together, in one transaction.", c.groups);
	one(out, "kiemke_commits_total", EXPOSE_COUNTER, "Transactions of the store, one fsync each.", c.commits);
	one(out, "kiemke_groups_failed_total", EXPOSE_COUNTER, "Groups of which nothing was stored.", c.failed);
	one(out, "kiemke_logged_total", EXPOSE_COUNTER,
	    "Entries entered in the log, those of the centre too.", c.entries);
	one(out, "kiemke_ingest_waiting", EXPOSE_GAUGE, "Requests and acts that wait for the sequencer.", c.waiting);
	one(out, "kiemke_http_running", EXPOSE_GAUGE, "Requests under way.", httpd_running(rt->httpd));
	one(out, "kiemke_blobs_missing", EXPOSE_GAUGE,
	    "Photos and files that are named and not here, of the communes that called since the start.",
	    lack_count(col->lack));
	one(out, "kiemke_documents_damaged", EXPOSE_GAUGE,
	    "Stored documents that could not be read at the start: its log names them.", col->damaged);
	one(out, "kiemke_halted", EXPOSE_GAUGE, "1: the log takes nothing more (L14).", ingest_halted(col->ingest));
}

static void add_process(struct collector *col, struct buf *out)
{
	const struct expose_label version = {"version", KK_VERSION};
	const char *why[STATUS_CHECKS];
	int64_t room = 0;

	expose_family(out, "kiemke_build_info", EXPOSE_GAUGE, "The version of this program.");
	expose_value(out, "kiemke_build_info", &version, 1, 1);
	one(out, "kiemke_ready", EXPOSE_GAUGE, "1: what GET /ready answers is 200.", status_ready(col, why));
	if (os_disk_free(col->home, &room, NULL) == RC_OK)
		one(out, "kiemke_disk_free_bytes", EXPOSE_GAUGE, "Room left where the store is.", room);
	one(out, "process_resident_memory_bytes", EXPOSE_GAUGE, "Memory of this process.", os_memory_resident());
	expose_family(out, "process_cpu_seconds_total", EXPOSE_COUNTER, "Processor time, user and system.");
	expose_micro(out, "process_cpu_seconds_total", os_cpu_us());
}

void status_metrics(struct collector *col, const struct routes *rt, struct buf *out)
{
	meter_write(col->meter, out);
	add_store(col, out);
	add_witnesses(col, out);
	add_work(col, rt, out);
	add_process(col, out);
}
