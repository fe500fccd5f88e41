/*
 * op status: what is saved, sent, received and proven; when the last contact was and when the
 * next comes; what waits, why and until when: in plain words. Clause P20. Not here: how it
 * came about (sync_run, wake).
 */
#include <stdlib.h>
#include <string.h>

#include "agent/enrol.h"
#include "agent/home.h"
#include "agent/look.h"
#include "agent/machine.h"
#include "agent/ops.h"
#include "agent/sync_run.h"
#include "agent/sync_wait.h"
#include "lib/num.h"
#include "lib/text.h"
#include "sync/authority.h"

static void set_counts(struct json *o, const struct store_counts *c)
{
	json_set_int(o, "saved", c->saved);
	json_set_int(o, "sent", c->sent);
	json_set_int(o, "accepted", c->accepted);
	json_set_int(o, "proven", c->proven);
	json_set_int(o, "refused", c->refused);
	json_set_int(o, "quarantined", c->quarantined);
	json_set_int(o, "unsent", c->unsent);
	json_set_int(o, "conflicts", c->conflicts);
	json_set_int(o, "alarms", c->alarms);
	json_set_int(o, "alarms_open", c->alarms_open);
	json_set_int(o, "offered", c->offered);
	json_set_int(o, "forks", c->forks);
	json_set_int(o, "newest", c->newest);
}

static void set_contact(struct json *o, const struct store_contact *c)
{
	json_set_int(o, "last_ok", c->last_ok);
	json_set_int(o, "last_try", c->last_try);
	json_set_int(o, "next_at", c->next_at);
	json_set_int(o, "hold_at", c->hold_at);
	json_set_int(o, "clock_off", c->clock_off);
	json_set_int(o, "failures", c->failures);
	json_set_str(o, "why", c->why.key);
}

/* One commune of this PC: its name, whether it was merged into another, what waits there. */
static enum rc add_scope(struct agent *agent, const char *scope, struct json *all,
			 struct err *reterr)
{
	struct json *o = json_object();
	char unit[HOME_NAME];
	bool ended = false;
	int64_t unsent = 0;
	enum rc rc = home_unit(agent, scope, unit, reterr);

	if (rc == RC_OK)
		rc = home_ended(agent, scope, &ended, reterr);
	if (rc == RC_OK)
		rc = store_unsent_in(agent->store, scope, &unsent, reterr);
	json_set_str(o, "scope", scope);
	json_set_str(o, "unit", unit);
	json_set_bool(o, "ended", ended);
	json_set_int(o, "unsent", unsent);
	json_append(all, o);
	return rc;
}

/* ---- parts that went (M22) ---- */

enum { RECENT_DAYS = 60 }; /* so long the page tells of a split before anything is asked */

struct splits {
	const struct keyring_scopes *scopes;
	const char *here;
	int64_t today; /* days since 1970-01-01 */
	struct json *all;
};

static bool is_among(const struct keyring_scopes *s, const char *scope)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->scope[i], scope) == 0)
			return true;
	return false;
}

/* What a split means to this PC: it "got" a part, has "moved" with it, or "stays". */
static const char *means(const struct splits *p, const struct unit_split *s)
{
	if (!is_among(p->scopes, s->into))
		return "stays";
	return strcmp(p->here, s->into) == 0 && strcmp(p->scopes->scope[0], s->into) != 0 ? "moved" : "got";
}

static bool take_split(void *arg, const struct look_item *x)
{
	static const char *const name[] = {"unit", "unit_name", "into", "into_name"};
	struct splits *p = arg;
	char date[TEXT_DATE_LEN] = "";
	const char *effective;
	struct json *o, *rec;
	struct unit_split s;
	int64_t day = 0;

	if (!unit_split_read(x->state, x->form, x->id, &s) || !is_among(p->scopes, s.unit))
		return true;
	o = json_object();
	rec = merge_json(x->state, x->form);
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		json_set_str(o, name[i], json_get_str(rec, name[i]) ? json_get_str(rec, name[i]) : "");
	effective = json_get_str(rec, "effective_date");
	if (effective && text_date_fmt(span_str(effective), date, NULL) == RC_OK)
		json_set_str(o, "date_text", date);
	json_set_bool(o, "recent", effective && text_days(span_str(effective), &day, NULL) == RC_OK &&
				       p->today - day < RECENT_DAYS);
	json_set_str(o, "means", means(p, &s));
	json_append(p->all, o);
	json_free(rec);
	return true;
}

/* Of communes this PC has. */
static enum rc set_splits(struct agent *agent, const struct keyring_scopes *s, const char *here,
			  struct json *o, struct err *reterr)
{
	const struct store_filter f = {.kind = UNIT_SPLIT_KIND, .scope = "*"};
	struct splits p = {.scopes = s, .here = here, .all = json_array()};
	char today[TEXT_DATE_LEN];
	enum rc rc;

	json_set(o, "splits", p.all);
	text_time_date(store_now(agent->store), today);
	rc = text_days(span_str(today), &p.today, reterr);
	return rc == RC_OK ? look_each(agent, &f, take_split, &p, reterr) : rc;
}

/* Where new records go, and all communes there are: a merged one has several (K14). */
static enum rc set_scopes(struct agent *agent, struct json *o, struct err *reterr)
{
	char here[ENTRY_SCOPE_LEN], unit[HOME_NAME] = "";
	struct keyring_scopes s = {0};
	struct json *all = json_array();
	enum rc rc = home_here(agent, here, reterr);

	json_set(o, "scopes", all);
	if (rc == RC_OK && here[0])
		rc = home_unit(agent, here, unit, reterr);
	if (rc == RC_OK && here[0])
		rc = home_scopes(agent, &s, reterr);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++)
		rc = add_scope(agent, s.scope[i], all, reterr);
	if (rc == RC_OK)
		rc = set_splits(agent, &s, here, o, reterr);
	keyring_scopes_free(&s);
	json_set_str(o, "scope", here);
	json_set_str(o, "unit", unit);
	return rc;
}

static enum rc set_settings(struct agent *agent, struct json *o, struct err *reterr)
{
	char *url = NULL;
	enum rc rc = store_setting(agent->store, "url", &url, reterr);

	if (rc == RC_OK)
		json_set_str(o, "url", url ? url : "");
	free(url);
	return rc == RC_OK ? set_scopes(agent, o, reterr) : rc;
}

/* Of this PC, as it is read out on the phone; "" before the first enrolment. */
static void set_fingerprint(struct agent *agent, struct json *o)
{
	char fpr[AUTHORITY_FINGERPRINT] = "";
	struct crypt_signer *device = NULL;

	if (keys_device(agent->keys, false, &device, NULL) == RC_OK)
		authority_fingerprint(crypt_signer_pk(device), fpr);
	json_set_str(o, "fingerprint", fpr);
}

/* ---- what waits ---- */

/* One reason: a message with its arguments, and until when (0: until something is done about it). */
static void add_wait(struct json *all, const char *reason, const struct err *why, int64_t until)
{
	struct json *o = json_object(), *args = json_object();

	for (int i = 0; i < why->nargs; i++)
		json_set_str(args, why->arg[i].name, why->arg[i].val);
	json_set_str(o, "reason", reason);
	json_set_str(o, "key", why->key);
	json_set_str(o, "clause", why->clause);
	json_set(o, "args", args);
	json_set_int(o, "until", until);
	json_append(all, o);
}

static void add_count(struct json *all, const char *reason, const char *key, int64_t n)
{
	struct err why;

	if (n == 0)
		return;
	err_num(&why, RC_UNAVAILABLE, NULL, key, "n", n);
	add_wait(all, reason, &why, 0);
}

static void add_contact(struct json *all, const struct store_contact *c)
{
	static const char *const reason[SYNC_WAIT_N] = {
	    [SYNC_WAIT_OFFLINE] = "offline", [SYNC_WAIT_PORTAL] = "portal",
	    [SYNC_WAIT_ASKED] = "approval",  [SYNC_WAIT_LOCAL] = "not_enrolled",
	    [SYNC_WAIT_TOLD] = "refused",
	};
	enum sync_wait_kind kind = sync_wait_kind(c->why.key);

	if (kind != SYNC_WAIT_FINE)
		add_wait(all, c->hold_at > 0 ? "busy" : reason[kind], &c->why, c->next_at);
}

/* Both times, as the collector's last answer showed them apart. */
static void add_clock(struct json *all, const struct store_contact *c, int64_t now)
{
	char pc[TEXT_TIME_LEN], collector[TEXT_TIME_LEN];
	struct err why;

	if (!sync_run_clock_is_off(c))
		return;
	text_time_fmt(now, pc);
	text_time_fmt(now + c->clock_off, collector);
	err_set(&why, RC_INPUT, "P5", "status.wait.clock", "pc", pc, "collector", collector, NULL);
	add_wait(all, "clock", &why, 0);
}

/* The collector asked for quiet about blobs (P31); a PC set back does not show it for days. */
static enum rc add_held(struct agent *agent, struct json *all, struct err *reterr)
{
	struct store_blob_state held;
	int64_t now = store_now(agent->store);
	enum rc rc = store_blob_state(agent->store, NULL, &held, reterr);

	if (rc == RC_OK && held.until > now && held.until <= now + SYNC_WAIT_SLOT_MAX)
		add_wait(all, "files_held", &held.why, held.until);
	return rc;
}

/* "files": those that own entries name, and what is wrong with any. */
static enum rc set_files(struct agent *agent, struct json *o, struct err *reterr)
{
	struct json *files = json_object(), *all = json_get_arr(o, "waits");
	struct store_blob_counts c = {0};
	enum rc rc = store_blob_counts(agent->store, &c, reterr);

	json_set_int(files, "own", c.own);
	json_set_int(files, "sent", c.sent);
	json_set_int(files, "missing", c.missing);
	json_set_int(files, "failed", c.failed);
	json_set_int(files, "damaged", c.damaged);
	json_set(o, "files", files);
	if (rc == RC_OK)
		rc = add_held(agent, all, reterr);
	add_count(all, "files_failed", "status.wait.files", c.failed);
	add_count(all, "files_damaged", "status.wait.damaged", c.damaged);
	return rc;
}

static enum rc set_waits(struct agent *agent, const struct store_contact *c, bool enrolled,
			 struct json *o, struct err *reterr)
{
	struct json *all = json_array();
	int64_t uncertified = 0;
	enum rc rc = store_uncertified_count(agent->store, &uncertified, reterr);

	add_contact(all, c);
	add_clock(all, c, store_now(agent->store));
	add_count(all, "cert", "status.wait.cert", enrolled ? uncertified : 0);
	add_count(all, "metered", "status.wait.metered", agent->blobs_wait);
	if (enrolled && !agent->background)
		add_count(all, "no_background", "status.wait.no_background", 1);
	json_set(o, "waits", all);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct agent *agent = call->app;
	struct json *o = json_object();
	struct store_contact contact;
	struct machine_state machine;
	struct store_counts counts;
	bool enrolled = enrol_done(agent);
	enum rc rc = set_settings(agent, o, reterr);

	(void)in;
	if (rc == RC_OK)
		rc = store_counts(agent->store, &counts, reterr);
	if (rc == RC_OK)
		rc = store_contact(agent->store, &contact, reterr);
	if (rc == RC_OK)
		rc = machine_state(agent, &machine, reterr);
	if (rc == RC_OK)
		rc = set_waits(agent, &contact, enrolled, o, reterr);
	if (rc == RC_OK)
		rc = set_files(agent, o, reterr);
	if (rc != RC_OK) {
		json_free(o);
		return rc;
	}
	json_set_bool(o, "enrolled", enrolled);
	set_fingerprint(agent, o);
	json_set_bool(o, "machine_question", machine.changed_at > 0 && machine.answered_at == 0);
	json_set_bool(o, "background", agent->background);
	json_set_int(o, "now", store_now(agent->store));
	set_counts(o, &counts);
	json_set_int(o, "quorum", store_quorum(agent->store));
	set_contact(o, &contact);
	*ret = o;
	return RC_OK;
}

/* ---- print ---- */

static int64_t num(const struct json *o, const char *name)
{
	int64_t v = 0;

	json_get_int(o, name, &v);
	return v;
}

/* The time of day if it is today's, else with the date. */
static void when(int64_t at, int64_t now, char ret[TEXT_TIME_LEN])
{
	char today[TEXT_TIME_LEN];

	text_time_fmt(at, ret);
	text_time_fmt(now, today);
	if (strlen(ret) == TEXT_TIME_LEN - 1 && memcmp(ret, today, TEXT_DATE_LEN) == 0)
		memmove(ret, ret + TEXT_DATE_LEN, TEXT_TIME_LEN - TEXT_DATE_LEN);
}

static void add_line(const struct lang *lang, struct buf *text, const char *key, int64_t n)
{
	char s[NUM_I64_LEN];

	num_str(n, s);
	lang_format(lang, text, key, "n", s, NULL);
	buf_add_char(text, '\n');
}

/* "12 đã lưu · 12 đã gửi · 12 đã nhận · lần cuối 16:41" */
static void print_line(const struct lang *lang, const struct json *o, struct buf *text)
{
	char saved[NUM_I64_LEN], sent[NUM_I64_LEN], accepted[NUM_I64_LEN], at[TEXT_TIME_LEN];

	num_str(num(o, "saved"), saved);
	num_str(num(o, "sent"), sent);
	num_str(num(o, "accepted"), accepted);
	when(num(o, "last_ok"), num(o, "now"), at);
	lang_format(lang, text, "status.line", "saved", saved, "sent", sent, "accepted", accepted,
		    "last", num(o, "last_ok") > 0 ? at : lang_text(lang, "status.never"), NULL);
	buf_add_char(text, '\n');
}

/* "31/40 ảnh, tệp đã gửi": photos follow their records. */
static void print_files(const struct lang *lang, const struct json *o, struct buf *text)
{
	char own[NUM_I64_LEN], sent[NUM_I64_LEN];
	const struct json *files = json_get_obj(o, "files");

	if (num(files, "own") == 0)
		return;
	num_str(num(files, "own"), own);
	num_str(num(files, "sent"), sent);
	lang_format(lang, text, "status.files", "sent", sent, "own", own, NULL);
	buf_add_char(text, '\n');
}

/* L8: without witnesses it is the collector's word alone, and that is said. */
static void print_proven(const struct lang *lang, const struct json *o, struct buf *text)
{
	char n[NUM_I64_LEN], need[NUM_I64_LEN];

	num_str(num(o, "proven"), n);
	num_str(num(o, "quorum"), need);
	lang_format(lang, text, num(o, "quorum") > 0 ? "status.proven" : "status.no_witness", "n", n,
		    "need", need, NULL);
	buf_add_char(text, '\n');
}

static void print_waits(const struct lang *lang, const struct json *o, struct buf *text)
{
	for (const struct json *w = json_first(json_get_arr(o, "waits")); w; w = json_next(w)) {
		int64_t until = num(w, "until");
		char at[TEXT_TIME_LEN];
		struct err why;

		err_set(&why, RC_UNAVAILABLE, NULL, json_get_str(w, "key"), NULL);
		for (const struct json *a = json_first(json_get_obj(w, "args")); a;
		     a = json_next(a))
			err_add(&why, json_name(a), json_str(a));
		lang_err(lang, &why, text);
		if (until > 0) {
			when(until, num(o, "now"), at);
			buf_add_char(text, ' ');
			lang_format(lang, text, "status.again", "at", at, NULL);
		}
		buf_add_char(text, '\n');
	}
}

static bool is_true(const struct json *o, const char *name)
{
	bool v = false;

	return json_get_bool(o, name, &v) && v;
}

/* Only where there are several. */
static void print_scopes(const struct lang *lang, const struct json *o, struct buf *text)
{
	const struct json *all = json_get_arr(o, "scopes");

	for (const struct json *s = json_first(all); json_len(all) > 1 && s; s = json_next(s)) {
		const char *scope = json_get_str(s, "scope");
		char n[NUM_I64_LEN];

		if (strcmp(scope, json_get_str(o, "scope")) == 0)
			continue;
		num_str(num(s, "unsent"), n);
		lang_format(lang, text, is_true(s, "ended") ? "status.ended" : "status.also", "unit",
			    json_get_str(s, "unit"), "scope", scope, "n", n, NULL);
		buf_add_char(text, '\n');
	}
}

static void print_splits(const struct lang *lang, const struct json *o, struct buf *text)
{
	static const char *const said[][2] = {
	    {"moved", "status.split_moved"}, {"stays", "status.split_stays"}, {"got", "status.split_got"}};

	for (const struct json *s = json_first(json_get_arr(o, "splits")); s; s = json_next(s))
		for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
			if (strcmp(json_get_str(s, "means"), said[i][0]) != 0)
				continue;
			lang_format(lang, text, said[i][1], "unit", json_get_str(s, "unit_name"),
				    "unit_code", json_get_str(s, "unit"), "into",
				    json_get_str(s, "into_name"), "into_code", json_get_str(s, "into"),
				    "here", json_get_str(o, "unit"), NULL);
			buf_add_char(text, '\n');
		}
}

static void print(const struct lang *lang, const struct json *o, struct buf *text)
{
	static const char *const line[][2] = {
	    {"unsent", "status.unsent"},       {"refused", "status.refused"},
	    {"quarantined", "status.held"},    {"conflicts", "status.two_values"},
	    {"alarms_open", "status.alarms"},  {"offered", "status.offered"},
	    {"forks", "status.forks"},
	};
	char at[TEXT_TIME_LEN];

	lang_format(lang, text, is_true(o, "enrolled") ? "status.unit" : "status.not_enrolled",
		    "unit", json_get_str(o, "unit"), "scope", json_get_str(o, "scope"), NULL);
	buf_add_char(text, '\n');
	print_scopes(lang, o, text);
	print_splits(lang, o, text);
	print_line(lang, o, text);
	print_files(lang, o, text);
	if (num(o, "accepted") > 0)
		print_proven(lang, o, text);
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++)
		if (num(o, line[i][0]) > 0)
			add_line(lang, text, line[i][1], num(o, line[i][0]));
	if (is_true(o, "machine_question"))
		add_line(lang, text, "machine.question", 0);
	print_waits(lang, o, text);
	if (num(o, "failures") == 0 && num(o, "next_at") > 0 && is_true(o, "background")) {
		when(num(o, "next_at"), num(o, "now"), at);
		lang_format(lang, text, "status.next", "at", at, NULL);
		buf_add_char(text, '\n');
	}
}

const struct op op_status = {"status", "status.summary", OP_READ, NULL, 0, run, print, NULL};
