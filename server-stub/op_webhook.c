/*
 * op webhook add, list, remove, rotate, test, resume, deliveries: who is told what happens (server-stub/webhooks,
 * decision 0044). For the machine's owner alone (server-stub/gate.c).
 */
#include <string.h>

#include "lib/num.h"
#include "lib/text.h"
#include "server-stub/collector.h"
#include "server-stub/ops.h"
#include "server-stub/webhook_event.h"
#include "server-stub/webhooks.h"

#define NAME {.name = "name", .type = OP_STRING, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "webhook.arg.name"}

static const struct op_arg add_args[] = {
    NAME,
    {.name = "url", .type = OP_STRING, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "webhook.arg.url"},
    {.name = "event", .type = OP_LIST, .help = "webhook.arg.event", .choice = webhook_event_names},
    {.name = "province", .type = OP_STRING, .help = "webhook.arg.province", .meta = "CODE"},
    {.name = "private", .type = OP_BOOL, .help = "webhook.arg.private"},
    {.name = "timeout", .type = OP_INT, .help = "webhook.arg.timeout", .meta = "SECONDS", .min = 1,
     .max = WEBHOOK_TIMEOUT_S},
};
static const struct op_arg rotate_args[] = {
    NAME,
    {.name = "at_once", .type = OP_BOOL, .help = "webhook.arg.at_once"},
};
static const struct op_arg name_args[] = {NAME};

static struct webhooks *of(const struct op_call *call)
{
	const struct collector *col = call->app;

	return col->webhooks;
}

/* ---- add ---- */

static unsigned events_of(const struct json *in)
{
	unsigned bits = 0;

	for (const struct json *e = json_first(json_get_arr(in, "event")); e; e = json_next(e))
		for (int i = 0; i < WEBHOOK_EVENTS; i++)
			if (strcmp(json_str(e), webhook_event_names[i]) == 0)
				bits |= 1U << i;
	return bits ? bits : (unsigned)WEBHOOK_ALL_EVENTS;
}

struct looking {
	const char *province;
	bool found;
};

static bool take_unit(void *arg, const char *key, const struct json *doc)
{
	struct looking *l = arg;
	const char *of_unit = json_get_str(doc, "province");

	(void)key;
	l->found = of_unit && strcmp(of_unit, l->province) == 0;
	return !l->found;
}

/* One of the catalogue's. */
static enum rc province_of(struct collector *col, const char *typed, char ret[WEBHOOK_PROVINCE], struct err *reterr)
{
	struct looking l = {.province = typed};
	struct archive_reader *r = NULL;
	enum rc rc;

	if (!typed)
		return RC_OK;
	rc = archive_read(col->archive, &r, reterr);
	if (rc == RC_OK)
		rc = r->docs(r->ctx, "unit", take_unit, &l, reterr);
	archive_read_end(col->archive, r);
	if (rc == RC_OK && (!l.found || strlen(typed) >= WEBHOOK_PROVINCE))
		rc = err_set(reterr, RC_NOTFOUND, NULL, "staff.province", "province", typed, NULL);
	if (rc == RC_OK)
		memcpy(ret, typed, strlen(typed) + 1);
	return rc;
}

static enum rc fill(struct collector *col, const struct json *in, struct webhook *h, struct err *reterr)
{
	const char *name = json_get_str(in, "name"), *url = json_get_str(in, "url");

	if (!webhook_name_ok(span_str(name)))
		return err_set(reterr, RC_INPUT, NULL, "webhook.name", "name", name, NULL);
	if (strlen(url) >= sizeof(h->url))
		return err_num(reterr, RC_INPUT, NULL, "webhook.url_long", "max", WEBHOOK_URL - 1);
	memcpy(h->name, name, strlen(name) + 1);
	memcpy(h->url, url, strlen(url) + 1);
	json_get_bool(in, "private", &h->private);
	json_get_int(in, "timeout", &h->timeout_s);
	h->events = events_of(in);
	return province_of(col, json_get_str(in, "province"), h->province, reterr);
}

static struct json *told(const char *name, const char *secret)
{
	struct json *o = json_object();

	json_set_str(o, "name", name);
	if (secret)
		json_set_str(o, "secret", secret);
	return o;
}

static enum rc add_run(const struct op_call *call, const struct json *in, struct json **ret, struct err *reterr)
{
	struct webhook h = {.timeout_s = WEBHOOK_TIMEOUT_S};
	char secret[WEBHOOK_SECRET];
	enum rc rc = fill(call->app, in, &h, reterr);

	if (rc == RC_OK)
		rc = webhooks_add(of(call), &h, secret, reterr);
	if (rc == RC_OK) {
		*ret = told(h.name, secret);
		json_set_str(*ret, "url", h.url);
	}
	crypt_wipe(secret, sizeof(secret));
	return rc;
}

static void line(const struct lang *lang, struct buf *text, const char *key, const struct json *out)
{
	const char *secret = json_get_str(out, "secret");

	lang_format(lang, text, key, "name", json_get_str(out, "name"), "secret", secret ? secret : "", NULL);
	buf_add_char(text, '\n');
}

static void add_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	line(lang, text, "webhook.added", out);
}

/* ---- remove, rotate, resume ---- */

static enum rc remove_run(const struct op_call *call, const struct json *in, struct json **ret, struct err *reterr)
{
	const char *name = json_get_str(in, "name");
	enum rc rc = webhooks_remove(of(call), name, reterr);

	if (rc == RC_OK)
		*ret = told(name, NULL);
	return rc;
}

static void remove_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	line(lang, text, "webhook.removed", out);
}

static enum rc rotate_run(const struct op_call *call, const struct json *in, struct json **ret, struct err *reterr)
{
	const char *name = json_get_str(in, "name");
	char secret[WEBHOOK_SECRET];
	bool at_once = false;
	enum rc rc;

	json_get_bool(in, "at_once", &at_once);
	rc = webhooks_rotate(of(call), name, at_once, secret, reterr);
	if (rc == RC_OK)
		*ret = told(name, secret);
	crypt_wipe(secret, sizeof(secret));
	return rc;
}

static void rotate_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	line(lang, text, "webhook.rotated", out);
}

static enum rc resume_run(const struct op_call *call, const struct json *in, struct json **ret, struct err *reterr)
{
	const char *name = json_get_str(in, "name");
	enum rc rc = webhooks_resume(of(call), name, reterr);

	if (rc == RC_OK)
		*ret = told(name, NULL);
	return rc;
}

static void resume_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	line(lang, text, "webhook.resumed", out);
}

/* ---- test ---- */

static enum rc test_run(const struct op_call *call, const struct json *in, struct json **ret, struct err *reterr)
{
	return webhooks_try(of(call), json_get_str(in, "name"), ret, reterr);
}

/* What went wrong, in words. */
static void add_why(const struct lang *lang, struct buf *text, const char *why, const char *url, int64_t status)
{
	char code[NUM_I64_LEN];

	num_str(status, code);
	lang_format(lang, text, why, "url", url, "status", code, "why", "", "address", "", NULL);
}

static void test_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	int64_t status = 0;
	bool delivered = false;

	json_get_bool(out, "delivered", &delivered);
	json_get_int(out, "status", &status);
	if (delivered)
		lang_format(lang, text, "webhook.tried", "url", json_get_str(out, "url"), NULL);
	else
		add_why(lang, text, json_get_str(out, "why"), json_get_str(out, "url"), status);
	buf_add_char(text, '\n');
}

static enum rc test_verdict(const struct json *out)
{
	bool delivered = false;

	json_get_bool(out, "delivered", &delivered);
	return delivered ? RC_OK : RC_REMOTE;
}

/* ---- list, deliveries ---- */

static enum rc list_run(const struct op_call *call, const struct json *in, struct json **ret, struct err *reterr)
{
	(void)in;
	return webhooks_list(of(call), ret, reterr);
}

static void list_one(const struct lang *lang, const struct json *o, struct buf *text)
{
	char lag[NUM_I64_LEN], key[ERR_KEY_LEN] = "webhook.state.";
	const char *state = json_get_str(o, "state"), *why = json_get_str(o, "why");
	int64_t n = 0, status = 0;

	json_get_int(o, "status", &status);
	memcpy(key + strlen(key), state, strlen(state) + 1);
	json_get_int(o, "lag", &n);
	num_str(n, lag);
	lang_format(lang, text, "webhook.line", "name", json_get_str(o, "name"), "url", json_get_str(o, "url"),
		    "state", lang_text(lang, key), "lag", lag, NULL);
	if (why[0]) {
		buf_add_str(text, "\n  ");
		add_why(lang, text, why, json_get_str(o, "url"), status);
	}
	buf_add_char(text, '\n');
}

static void list_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "webhooks");

	if (json_len(all) == 0)
		buf_addf(text, "%s\n", lang_text(lang, "webhook.nobody"));
	for (const struct json *o = json_first(all); o; o = json_next(o))
		list_one(lang, o, text);
	for (const struct json *n = json_first(json_get_arr(out, "left_out")); n; n = json_next(n)) {
		lang_format(lang, text, "webhook.corrupt", "name", json_str(n), NULL);
		buf_add_char(text, '\n');
	}
}

static enum rc deliveries_run(const struct op_call *call, const struct json *in, struct json **ret,
			      struct err *reterr)
{
	return webhooks_deliveries(of(call), json_get_str(in, "name"), ret, reterr);
}

static void deliveries_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "deliveries");

	if (json_len(all) == 0)
		buf_addf(text, "%s\n", lang_text(lang, "webhook.quiet"));
	for (const struct json *o = json_first(all); o; o = json_next(o)) {
		char when[TEXT_TIME_LEN], index[NUM_I64_LEN], status[NUM_I64_LEN];
		int64_t at = 0, i = 0, code = 0;

		json_get_int(o, "at", &at);
		json_get_int(o, "index", &i);
		json_get_int(o, "status", &code);
		text_time_fmt(at, when);
		num_str(i, index);
		num_str(code, status);
		buf_addf(text, "%s  %s  %s  %s %s\n", when, index, json_get_str(o, "event"), status,
			 json_get_str(o, "why"));
	}
}

#define N(args) (sizeof(args) / sizeof((args)[0]))

const struct op op_webhook_add = {"webhook add", "webhook.add_summary", OP_WRITE, add_args, N(add_args), add_run,
				  add_print, NULL};
const struct op op_webhook_list = {"webhook list", "webhook.list_summary", OP_READ, NULL, 0, list_run, list_print,
				   NULL};
const struct op op_webhook_remove = {"webhook remove", "webhook.remove_summary", OP_WRITE, name_args, N(name_args),
				     remove_run, remove_print, NULL};
const struct op op_webhook_rotate = {"webhook rotate", "webhook.rotate_summary", OP_WRITE, rotate_args,
				     N(rotate_args), rotate_run, rotate_print, NULL};
const struct op op_webhook_test = {"webhook test", "webhook.test_summary", OP_READ | OP_NET | OP_CONCURRENT,
				   name_args, N(name_args), test_run, test_print, test_verdict};
const struct op op_webhook_resume = {"webhook resume", "webhook.resume_summary", OP_WRITE, name_args, N(name_args),
				     resume_run, resume_print, NULL};
const struct op op_webhook_deliveries = {"webhook deliveries", "webhook.deliveries_summary", OP_READ, name_args,
					 N(name_args), deliveries_run, deliveries_print, NULL};
