/*
 * webhooks_send: one message to one receiver, and what its answer means. Holds no lock and reads no store.
 */
#include <string.h>

#include "lib/clock.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "server-stub/webhooks_part.h"

enum { CONNECT_MS = 5000, VALUE = 64 };

enum rc webhooks_http(const struct webhook *h, struct http **ret, struct err *reterr)
{
	int64_t total = h->timeout_s * 1000;
	const struct http_conf conf = {.agent = "kiemke-collector",
				       .connect_ms = total < CONNECT_MS ? total : CONNECT_MS,
				       .total_ms = total,
				       .public_only = !h->private,
				       .direct = true,
				       .stoppable = true};

	return http_new(ret, &conf, reterr);
}

static void set_why(struct webhooks_sent *s, enum webhooks_end end, const char *why)
{
	s->end = end;
	memcpy(s->why, why, strlen(why) + 1);
}

static void judge(const struct http_res *res, int64_t now, struct webhooks_sent *s)
{
	char value[VALUE];

	s->status = res->status;
	if (res->status >= 200 && res->status < 300) {
		s->end = WEBHOOKS_GOOD;
		return;
	}
	set_why(s, res->status == 410 ? WEBHOOKS_IS_GONE : WEBHOOKS_FAILED,
		res->status == 410			     ? "webhook.gone"
		: res->status >= 300 && res->status < 400 ? "webhook.redirect"
							  : "webhook.status");
	if (http_head(res, "Retry-After", value, sizeof(value), NULL) == RC_OK)
		s->retry_after = webhook_retry_after(value, now);
}

static void exchange(const struct webhook *h, struct http *http, const struct webhook_message *m, const char *time,
		     const char *signature, struct webhooks_sent *s)
{
	const struct http_header head[] = {{"Content-Type", "application/json"},
					   {"webhook-id", m->id},
					   {"webhook-timestamp", time},
					   {"webhook-signature", signature}};
	const struct http_req req = {.method = "POST",
				     .url = h->url,
				     .head = head,
				     .nhead = sizeof(head) / sizeof(head[0]),
				     .body = span_buf(&m->body),
				     .has_body = true,
				     .max_body = LIMIT_WEBHOOK_REPLY,
				     .may_cut = true};
	struct http_res res;
	struct err why;
	enum rc rc;

	err_clear(&why);
	rc = http_exchange(http, &req, &res, &why);
	if (rc == RC_OK) {
		judge(&res, s->at, s);
		http_res_free(&res);
	} else {
		set_why(s, strcmp(why.key, "http.cancelled") == 0 ? WEBHOOKS_ENDED : WEBHOOKS_FAILED, why.key);
	}
}

void webhooks_send(struct collector *col, struct crypt_secret *key, const struct webhook *h, struct http *http,
		   const struct webhook_message *m, struct webhooks_sent *ret)
{
	struct webhooks_sent s = {.end = WEBHOOKS_KEYLESS,
				  .at = clock_now_s(col->clock),
				  .index = m->index,
				  .event = m->index < 0 ? WEBHOOK_TEST : webhook_event_names[m->event],
				  .why = "webhook.no_key"};
	char time[NUM_I64_LEN];
	struct buf signature;

	memcpy(s.id, m->id, sizeof(s.id));
	buf_init(&signature, LIMIT_ERR_TEXT);
	if (key && webhook_salt_fits(key, &h->now)) {
		s.why[0] = '\0';
		num_str(s.at, time);
		webhook_sign(key, h, m->id, s.at, span_buf(&m->body), &signature);
		if (buf_check(&signature, NULL) == RC_OK)
			exchange(h, http, m, time, (const char *)signature.p, &s);
		else
			set_why(&s, WEBHOOKS_FAILED, "buf.memory");
	}
	buf_free(&signature);
	*ret = s;
}
