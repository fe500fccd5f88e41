/*
 * op report, report freeze, report list: the weekly report (R1-R10). `report` makes it for any
 * checkpoint and writes its file and its export; `freeze` has a reporter seal it as the issue of the
 * week. Figures come from sync/report alone; nothing here counts.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/os.h"
#include "lib/text.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/report_files.h"
#include "server-stub/report_keep.h"
#include "server-stub/turn.h"
#include "server-stub/who.h"

#define REPORT_WHICH                                                                         \
	{.name = "week", .type = OP_STRING, .help = "report.arg.week", .meta = "WEEK"},      \
	    {.name = "at", .type = OP_INT, .help = "report.arg.at", .meta = "N", .min = 1,   \
	     .max = NUM_SAFE_MAX},                                                           \
	    {.name = "cutoff", .type = OP_STRING, .help = "report.arg.cutoff", .meta = "TIME"}
#define REPORT_FILES                                                                         \
	{.name = "csv", .type = OP_PATH, .help = "report.arg.csv", .meta = "FILE"},          \
	    {.name = "xlsx", .type = OP_PATH, .help = "report.arg.xlsx", .meta = "FILE"},    \
	    {.name = "pdf", .type = OP_PATH, .help = "report.arg.pdf", .meta = "FILE"},      \
	    {.name = "lines", .type = OP_PATH, .help = "report.arg.lines", .meta = "FILE"}

enum { REPORT_WAITING = 3 }; /* who wait while one is made; more are told to come back */

static const char *const forms[] = {"csv", "xlsx", "pdf", NULL};
static const struct op_arg args[] = {
    REPORT_WHICH, REPORT_FILES,
    {.name = "form", .type = OP_STRING, .help = "report.arg.form", .choice = forms}};
static const struct op_arg freeze_args[] = {REPORT_WHICH, REPORT_FILES, ACT_ARGS};

/* ---- which one ---- */

static enum rc by_cutoff(struct collector *col, const char *text, int64_t *retsize,
			 struct err *reterr)
{
	struct archive_reader *r = NULL;
	int64_t at = 0;
	enum rc rc = text_time(span_str(text), &at, reterr);

	if (rc == RC_OK)
		rc = archive_read(col->archive, &r, reterr);
	if (rc != RC_OK)
		return rc;
	rc = r->checkpoint_by(r->ctx, at, retsize, reterr);
	archive_read_end(col->archive, r);
	if (rc == RC_OK && *retsize == 0)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "routes.no_checkpoint", NULL);
	return rc;
}

static enum rc which(struct collector *col, const struct json *in, struct report_make *ret,
		     struct err *reterr)
{
	const char *week = json_get_str(in, "week"), *cutoff = json_get_str(in, "cutoff");
	int64_t size = 0;
	bool at = json_get_int(in, "at", &size);
	enum rc rc = collector_ready(col, reterr);

	if (rc == RC_OK && at && cutoff)
		return err_set(reterr, RC_USAGE, NULL, "report.one_cutoff", NULL);
	if (rc == RC_OK && cutoff)
		rc = by_cutoff(col, cutoff, &size, reterr);
	return rc == RC_OK ? report_make_find(col, week ? week : "", size, ret, reterr) : rc;
}

/* ---- making it ---- */

/* The answer, and the files that are asked for. */
static enum rc answer(struct collector *col, const struct json *in, const struct report_made *x,
		      struct json **ret, struct err *reterr)
{
	struct json *o = report_json(report_made_shown(x), x->sha);
	enum rc rc;

	json_set_bool(o, "frozen", x->m.frozen);
	json_set_int(o, "at", x->m.at);
	json_set_int(o, "erased", x->m.frozen ? x->m.erased : 0);
	rc = report_files(col, in, x, o, reterr);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

static enum rc busy(struct err *reterr)
{
	return err_set(reterr, RC_BUSY, NULL, "report.busy", NULL);
}

/* A country's report is a hundred megabytes, taken by the thread of one question: none of it stays behind. */
static void put_down(struct collector *col, struct report_made *x)
{
	report_made_free(x);
	os_memory_return();
	turn_end(col->reports);
}

/* An issue is everybody's (R1); what the whole country has said since is for who sees the whole country. */
static enum rc check_seen(const struct op_call *call, const struct report_made *x,
			  struct err *reterr)
{
	if (x->m.frozen || who_sees(call, NULL))
		return RC_OK;
	return err_set(reterr, RC_DENIED, NULL, "report.not_frozen", NULL);
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct report_made x = {.r = NULL};
	enum rc rc = which(col, in, &x.m, reterr);

	if (rc == RC_OK)
		rc = check_seen(call, &x, reterr);
	if (rc == RC_OK && !turn_begin(col->reports, REPORT_WAITING))
		return busy(reterr);
	if (rc != RC_OK)
		return rc;
	rc = report_made_make(col, &x, reterr);
	if (rc == RC_OK)
		rc = answer(col, in, &x, ret, reterr);
	put_down(col, &x);
	return rc;
}

/* ---- freezing it ---- */

/* The figures are judged by the keys below N: whoever freezes has to be among them (R10). */
static enum rc check_signer(const struct report_made *x, struct crypt_signer *signer, struct err *reterr)
{
	struct keyring_key key;

	if (keyring_find(report_keyring(x->r), crypt_signer_pk(signer), &key) && key.cert &&
	    key.cert->role == ROLE_REPORTER)
		return RC_OK;
	return err_set(reterr, RC_DENIED, "R1", "report.signer", NULL);
}

static enum rc check_free(struct collector *col, const char *week, struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = report_make_free(r, snap->forms, week, INT64_MAX, reterr);
	archive_read_end(col->archive, r);
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}

/* In the transaction that writes the issue: what came while it was made has not taken its place. */
struct still {
	const struct form_set *forms;
	const char *week;
	const int64_t *index; /* of what is written, known by then */
};

static enum rc still_free(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct still *s = arg;

	return report_make_free(w->own, s->forms, s->week, *s->index, reterr);
}

static enum rc keep_issue(struct collector *col, struct issuer *issuer, struct report_made *x,
			  struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct still s = {snap->forms, x->m.week, &x->m.issue_index};
	enum rc rc;

	issuer_also(issuer, still_free, &s);
	rc = issuer_keep(issuer, &x->m.issue_index, reterr);
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}

static enum rc seal(struct collector *col, struct crypt_signer *signer, struct report_made *x,
		    struct err *reterr)
{
	const struct report_issue *before = report_previous(x->r);
	struct issuer *issuer = NULL;
	struct json *fields;
	uint8_t id[16];
	enum rc rc = check_signer(x, signer, reterr);

	x->m.issue = (struct report_issue){.size = x->m.size};
	memcpy(x->m.issue.week, x->m.week, sizeof(x->m.week));
	memcpy(x->m.issue.csv, x->sha, sizeof(x->sha));
	report_root(x->r, x->m.issue.root);
	if (before)
		memcpy(x->m.issue.previous, before->week, sizeof(before->week));
	fields = report_issue_json(&x->m.issue);
	report_issue_id(x->m.week, id);
	if (rc == RC_OK) /* before the issue names it */
		rc = report_keep_write(col, x->sha, x->r, reterr);
	if (rc == RC_OK)
		rc = issuer_open(col, signer, "*", &issuer, reterr);
	if (rc == RC_OK)
		rc = issuer_set(issuer, REPORT_KIND, 1, id, fields, span_of(NULL, 0), NULL, reterr);
	if (rc == RC_OK)
		rc = keep_issue(col, issuer, x, reterr);
	json_free(fields);
	issuer_free(issuer);
	return rc;
}

/*
 * The passphrase first: a wrong one is told at once, and the memory that unsealing takes is given back before that of
 * the report is asked for.
 */
static enum rc make_sealed(struct collector *col, const struct json *in, struct report_made *x,
			   struct err *reterr)
{
	struct crypt_signer *signer = NULL;
	enum rc rc = act_signer(col, in, &signer, reterr);

	if (rc == RC_OK)
		rc = report_made_make(col, x, reterr);
	if (rc == RC_OK)
		rc = seal(col, signer, x, reterr);
	crypt_signer_free(signer);
	return rc;
}

static enum rc freeze(const struct op_call *call, const struct json *in, struct json **ret,
		      struct err *reterr)
{
	struct collector *col = call->app;
	struct report_made x = {.r = NULL};
	enum rc rc = which(col, in, &x.m, reterr);

	if (rc == RC_OK)
		rc = check_free(col, x.m.week, reterr);
	if (rc == RC_OK && !turn_begin(col->reports, 0)) /* the owner's mutex is ours: nobody is to wait for it */
		return busy(reterr);
	if (rc != RC_OK)
		return rc;
	rc = make_sealed(col, in, &x, reterr);
	if (rc == RC_OK) {
		x.m.frozen = true;
		rc = answer(col, in, &x, ret, reterr);
	}
	if (rc == RC_OK)
		json_set_int(*ret, "index", x.m.issue_index);
	put_down(col, &x);
	return rc;
}

/* ---- all of them ---- */

static bool add_issue(void *arg, const struct report_issue *i, int64_t index, bool undecided)
{
	struct json *o = report_issue_json(i);

	json_set_int(o, "index", index);
	json_set_bool(o, "undecided", undecided);
	json_append(arg, o);
	return true;
}

static enum rc list(const struct op_call *call, const struct json *in, struct json **ret,
		    struct err *reterr)
{
	struct collector *col = call->app;
	struct json *all = json_array();
	char week[TEXT_WEEK_LEN];
	enum rc rc = collector_ready(col, reterr);

	(void)in;
	if (rc == RC_OK)
		rc = report_make_issues(col, add_issue, all, reterr);
	if (rc == RC_OK) {
		text_time_week(clock_now_s(col->clock), week);
		*ret = json_object();
		json_set_str(*ret, "week", week);
		json_set(*ret, "issues", all);
	} else {
		json_free(all);
	}
	return rc;
}

/* ---- for people ---- */

static void count(const struct lang *lang, const struct json *total, const char *name,
		  struct buf *text)
{
	char key[ERR_KEY_LEN] = "report.of.", n[TEXT_NUM_LEN];
	int64_t v = 0;

	memcpy(key + strlen(key), name, strlen(name) + 1);
	json_get_int(total, name, &v);
	text_int_fmt(v, n);
	buf_addf(text, "  %s: %s\n", lang_text(lang, key), n);
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const shown[] = {"units",      "reported", "declared", "verified",
					    "short",      "unknown",  "unverified", "places",
					    "handled",    "remaining"};
	static const char *const written[] = {"csv_file", "xlsx_file", "pdf_file", "lines_file"};
	char size[NUM_I64_LEN];
	int64_t n = 0;
	bool frozen = false;

	json_get_int(out, "size", &n);
	json_get_bool(out, "frozen", &frozen);
	num_str(n, size);
	lang_format(lang, text, frozen ? "report.head_frozen" : "report.head", "week",
		    json_get_str(out, "week"), "size", size, "csv", json_get_str(out, "csv"), NULL);
	buf_add_char(text, '\n');
	n = 0;
	json_get_int(out, "erased", &n);
	if (n > 0) {
		num_str(n, size);
		lang_format(lang, text, "report.erased_since", "n", size, NULL);
		buf_add_char(text, '\n');
	}
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		count(lang, json_get_obj(out, "total"), shown[i], text);
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		if (!json_get_str(out, written[i]))
			continue;
		lang_format(lang, text, "report.wrote", "file", json_get_str(out, written[i]), NULL);
		buf_add_char(text, '\n');
	}
}

static void print_list(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "issues");

	if (json_len(all) == 0) {
		buf_add_str(text, lang_text(lang, "report.none"));
		buf_add_char(text, '\n');
	}
	for (const struct json *i = json_first(all); i; i = json_next(i)) {
		char size[NUM_I64_LEN];
		int64_t n = 0;

		json_get_int(i, "size", &n);
		num_str(n, size);
		lang_format(lang, text, "report.line", "week", json_get_str(i, "week"), "size",
			    size, "csv", json_get_str(i, "csv"), NULL);
		buf_add_char(text, '\n');
	}
}

const struct op op_report = {"report", "report.summary", OP_READ | OP_CONCURRENT, args,
			     sizeof(args) / sizeof(args[0]), run, print, NULL};
const struct op op_report_freeze = {"report freeze", "report.freeze.summary", OP_WRITE,
				    freeze_args, sizeof(freeze_args) / sizeof(freeze_args[0]),
				    freeze, print, NULL};
const struct op op_report_list = {"report list", "report.list.summary", OP_READ, NULL, 0, list,
				  print_list, NULL};
