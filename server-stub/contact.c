/*
 * contact: what one request of a device does to a collector, whoever carried it: parse and
 * verify in this thread, let the sequencer commit, answer from a reader. The session itself is
 * sync/session. Does NOT speak HTTP or read bundles.
 */
#include "server-stub/contact.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "server-stub/enrolment.h"
#include "server-stub/lack.h"
#include "server-stub/meter.h"
#include "server-stub/recovery.h"
#include "server-stub/witnesses.h"

enum { NEXT_S = 300, NEXT_MIN_S = 5, NEXT_MAX_S = 86400 };

/* ---- what the session asks of the store ---- */

struct pull_out {
	struct contact *x;
	bool (*take)(void *arg, struct span line, int64_t index, bool authority);
	void *arg;
};

static bool pull_row(void *arg, const struct archive_row *row)
{
	struct pull_out *p = arg;
	bool authority = row->op >= ENTRY_CERT && row->op <= ENTRY_LOG;

	buf_reset(&p->x->line);
	archive_read_line(row, &p->x->line);
	return p->take(p->arg, span_buf(&p->x->line), row->index, authority);
}

static enum rc pull(void *ctx, const char *scope, int64_t from, int64_t size,
		    bool (*take)(void *arg, struct span line, int64_t index, bool authority),
		    void *arg, struct err *reterr)
{
	struct contact *x = ctx;
	struct pull_out p = {x, take, arg};

	return x->reader->rows(x->reader->ctx, scope, from, size, pull_row, &p, reterr);
}

static void add_hole(struct json *want, const struct entry *e, int64_t first, int64_t last)
{
	char feed[CODEC_B64U_16 + 1];
	struct json *runs, *run = json_array();

	codec_b64u(e->feed, ENTRY_FEED_LEN, feed);
	if (!json_get(want, feed))
		json_set(want, feed, json_array());
	runs = json_get(want, feed);
	json_append(run, json_integer(first));
	json_append(run, json_integer(last));
	json_append(runs, run);
}

/* P14: the seqs missing before e: a hole right before it, or all where its feed parted earlier. */
static bool is_missing(struct contact *x, const struct entry *e, int64_t *retfirst, int64_t *retlast)
{
	int64_t index;

	if (x->reader->hole(x->reader->ctx, e->feed, e->seq, retfirst, retlast, NULL) == RC_OK &&
	    *retfirst <= *retlast)
		return true;
	*retfirst = 0;
	*retlast = e->seq - 1;
	return e->seq > 0 &&
	       x->reader->entry_index(x->reader->ctx, e->feed, e->seq - 1, e->prev, &index, NULL) ==
		       RC_OK &&
	       index < 0;
}

/* What is missing right before the lines of this request. */
static void want_before(struct contact *x, const struct session_request *r, struct json *all)
{
	const struct entry *before = NULL;
	size_t holes = 0;

	for (size_t i = 0; i < r->nline && holes < SESSION_HOLES; i++) {
		const struct entry *e = r->line[i].e;
		int64_t first, last;

		if (!e || (before && memcmp(before->feed, e->feed, ENTRY_FEED_LEN) == 0 &&
			   before->seq + 1 == e->seq)) {
			before = e ? e : before;
			continue;
		}
		before = e;
		if (is_missing(x, e, &first, &last)) {
			add_hole(all, e, first, last);
			holes++;
		}
	}
}

/* What is told later wins: of a feed that is offered, all that is missing. */
static struct json *want(void *ctx, const struct session_request *r)
{
	struct contact *x = ctx;
	struct json *all = json_object();

	want_before(x, r, all);
	recovery_want(x->reader, r, all, NULL);
	return all;
}

/* P32: whoever asks, also a revoked device, may hand in what is lacked. */
static enum rc blobs(void *ctx, const struct session_request *r, uint8_t (*ret)[CRYPT_HASH_LEN],
		     size_t *retn, struct err *reterr)
{
	struct contact *x = ctx;
	uint64_t random;

	if (x->central)
		return RC_OK;
	crypt_random(&random, sizeof(random));
	return lack_of(x->col->lack, x->col->archive, x->reader, r->scope, random, ret, SESSION_BLOBS,
		       retn, reterr);
}

/* ---- steps ---- */

/* The base interval, spread over a fifth of itself by the device's key (P20). */
static int64_t next_of(const struct contact *x)
{
	char *text = NULL;
	int64_t base = NEXT_S;

	if (x->reader->setting(x->reader->ctx, "next_s", &text, NULL) == RC_OK && text &&
	    num_i64(span_str(text), NEXT_MIN_S, NEXT_MAX_S, &base) != RC_OK)
		base = NEXT_S;
	free(text);
	return base - base / 10 + (int64_t)(codec_get_be32(x->device) % (uint32_t)(base / 5 + 1));
}

/*
 * A14. P30 is signed with any key: it is not counted, for made-up keys would fill the table of the devices, and
 * the lines of the centre cannot be made up.
 */
static enum rc count_lines(struct contact *x, struct err *reterr)
{
	const struct quota_use use = {.lines = (int64_t)x->r->nline};
	struct quota_use max;
	enum rc rc;

	if (!x->quota || x->central)
		return RC_OK;
	rc = quota_limits(x->reader, &max, reterr);
	return rc == RC_OK ? quota_take(x->quota, x->device, &use, &max, clock_now_s(x->col->clock), reterr)
			   : rc;
}

static enum rc check_position(struct contact *x, struct err *reterr)
{
	struct archive_reader *r = x->reader;
	struct buf note;
	int64_t size, at;
	enum rc rc;

	buf_init(&note, NOTE_TEXT_MAX);
	rc = r->head(r->ctx, &size, &note, &at, reterr);
	buf_free(&note);
	return rc == RC_OK
		   ? session_server_position(x->r, ingest_epoch(x->col->ingest), size, reterr)
		   : rc;
}

static enum rc answer(struct contact *x, const struct keyring_scopes *scopes, struct buf *out,
		      struct err *reterr)
{
	struct archive_reader *r = x->reader;
	struct session_server_store st = {.ctx = x,
					  .tree = r->tree,
					  .now = clock_now_s(x->col->clock),
					  .next_s = next_of(x),
					  .give = x->give && !x->central,
					  .pull = pull,
					  .want = want,
					  .scope = (const char(*)[ENTRY_SCOPE_LEN])scopes->scope,
					  .nscope = scopes->n,
					  .blobs = blobs,
					  .also = x->also,
					  .nalso = x->nalso};
	struct buf note;
	int64_t at;
	enum rc rc;

	buf_init(&note, NOTE_TEXT_MAX);
	rc = r->head(r->ctx, &st.size, &note, &at, reterr);
	st.note_text = span_buf(&note);
	st.proven_size = x->proven_size;
	st.proven_text = span_buf(&x->proven);
	if (st.proven_size > 0 && st.proven_size == st.size)
		st.note_text = st.proven_text; /* the same, with the cosignatures */
	memcpy(st.epoch, ingest_epoch(x->col->ingest), sizeof(st.epoch));
	crypt_random(&st.random, sizeof(st.random));
	if (rc == RC_OK)
		rc = session_server_reply(&st, x->r, x->verdict, out, reterr);
	buf_free(&note);
	return rc;
}

static void reader_end(struct contact *x)
{
	archive_read_end(x->col->archive, x->reader);
	x->reader = NULL;
}

/* Waiting for a group then holds no reader. */
enum rc contact_check(struct contact *x, struct err *reterr)
{
	enum rc rc;

	if (!x->central && !keyring_covers(x->snap->keyring, x->device, x->r->scope))
		return err_set(reterr, RC_DENIED, "P7", "routes.scope", "scope", x->r->scope, NULL);
	rc = archive_read(x->col->archive, &x->reader, reterr);
	if (rc == RC_OK)
		rc = check_position(x, reterr);
	if (rc == RC_OK)
		rc = count_lines(x, reterr);
	reader_end(x);
	return rc;
}

/* P30: whoever carries them, lines of the centre are wanted; nobody else's. */
static void only_central(struct contact *x)
{
	for (size_t i = 0; i < x->r->nline; i++) {
		struct session_line *l = &x->r->line[i];

		if (!l->e || keyring_central(x->snap->keyring, l->e->key))
			continue;
		entry_free(l->e);
		l->e = NULL;
		err_set(&l->why, RC_REFUSED, "P30", "routes.not_central", NULL);
	}
}

static enum rc submit(struct contact *x, struct err *reterr)
{
	x->verdict = calloc(x->r->nline, sizeof(*x->verdict));
	if (!x->verdict)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	return ingest_submit(x->col->ingest, x->r->line, x->r->nline, x->verdict, reterr);
}

/* ---- the two halves ---- */

void contact_begin(struct contact *x, struct collector *col, const uint8_t device[CRYPT_PK_LEN])
{
	*x = (struct contact){.col = col, .device = device, .give = true};
	x->snap = ingest_snapshot(col->ingest);
	buf_init(&x->line, LIMIT_ENTRY_STUB + 1);
	buf_init(&x->proven, NOTE_TEXT_MAX);
}

/* What became of the lines, for whoever watches. */
static void count_verdicts(struct contact *x)
{
	static const char *const outcome[] = {[SESSION_ACCEPTED] = "accepted",
					      [SESSION_DUPLICATE] = "duplicate",
					      [SESSION_QUARANTINED] = "quarantined",
					      [SESSION_REFUSED] = "refused"};

	for (size_t i = 0; i < x->r->nline; i++) {
		const struct session_verdict *v = &x->verdict[i];

		meter_add(x->col->meter, METER_ENTRIES, outcome[v->kind],
			  v->kind == SESSION_REFUSED ? v->clause : "", 1);
	}
}

static enum rc take(struct contact *x, struct span body, struct err *reterr)
{
	enum rc rc = session_server_parse(x->snap->keyring, x->device, body, &x->r, reterr);

	if (rc == RC_OK && x->central)
		only_central(x);
	if (rc == RC_OK)
		rc = contact_check(x, reterr);
	if (rc == RC_OK && x->r->nline > 0)
		rc = submit(x, reterr);
	if (rc == RC_OK)
		count_verdicts(x);
	if (rc == RC_OK)
		rc = recovery_count(x->col, x->r, x->verdict, x->central ? NULL : x->device,
				    reterr);
	if (rc == RC_OK && x->r->nenrol > 0 && x->give && !x->central)
		rc = enrolment_wait_clerks(x->col, x->r, reterr);
	return rc;
}

enum rc contact_take(struct contact *x, struct span body, struct err *reterr)
{
	const char *code = "ok";
	struct err e = {.rc = RC_OK};
	enum rc rc = take(x, body, &e);

	if (rc != RC_OK)
		contact_status(&e, &code);
	meter_add(x->col->meter, METER_CONTACTS, code ? code : err_name(rc), NULL, 1);
	if (rc != RC_OK && reterr)
		*reterr = e;
	return rc;
}

enum rc contact_answer(struct contact *x, struct buf *out, struct err *reterr)
{
	struct keyring_scopes scopes = {0};
	enum rc rc = keyring_scopes(x->snap->keyring, x->device, &scopes, reterr);

	/* before the reader, which then holds its tree */
	witnesses_proven(x->col->witnesses, &x->proven, &x->proven_size);
	if (rc == RC_OK)
		rc = archive_read(x->col->archive, &x->reader, reterr);
	if (rc == RC_OK)
		rc = answer(x, &scopes, out, reterr);
	reader_end(x);
	keyring_scopes_free(&scopes);
	return rc;
}

void contact_end(struct contact *x)
{
	session_request_free(x->r);
	free(x->verdict);
	buf_free(&x->line);
	buf_free(&x->proven);
	ingest_snapshot_end(x->col->ingest, x->snap);
}

/* ---- refusals (P21) ---- */

int contact_status(const struct err *e, const char **retcode)
{
	*retcode = NULL;
	if (e->rc == RC_DENIED)
		*retcode = "scope";
	else if (strcmp(e->key, "session.epoch") == 0)
		*retcode = "epoch";
	else if (strcmp(e->key, "session.rollback") == 0)
		*retcode = "rollback";
	else if (e->rc == RC_REFUSED && strcmp(e->clause, "P13") != 0)
		return 400;
	else if (strncmp(e->key, "quota.", 6) == 0) {
		*retcode = "quota";
		return 429;
	}
	return 0;
}
