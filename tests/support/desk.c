/*
 * desk: see desk.h. One process, no sockets, a clock that stands still.
 */
#include "tests/support/desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/author.h"
#include "agent/ops.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/session.h"

enum { NOW = 1795100000, ROUNDS = 20, BODY_MAX = 1 << 20 };

static void must(enum rc rc, const struct err *err)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", err_name(rc), err->clause, err->key);
}

#define MUST(call)                    \
	do {                          \
		struct err why = {0}; \
		must((call), &why);   \
	} while (0)

/* The lines the enrolment slip brings: the root's feed up to the log. */
static void trust(struct desk *d)
{
	struct entry *open = actor_open(&d->root, "*");
	struct entry *log = actor_log(&d->root, exchange_server_pk(&d->server));
	char key[CODEC_B64U_32 + 1];
	struct buf lines;

	codec_b64u(d->root.pk, CRYPT_PK_LEN, key);
	MUST(store_set_setting(d->agent.store, "root", key, &why));
	buf_init(&lines, LIMIT_JSON_TEXT);
	buf_add_span(&lines, open->line);
	buf_add_char(&lines, '\n');
	buf_add_span(&lines, log->line);
	buf_add_char(&lines, '\n');
	MUST(store_trust(d->agent.store, span_buf(&lines), NULL, &why));
	buf_free(&lines);
	exchange_server_add(&d->server, open);
	exchange_server_add(&d->server, log);
}

static void add_clerk(struct desk *d, const char *name)
{
	struct store_clerk c;

	MUST(author_add(&d->agent, name, "Công chức", DESK_PIN, &c, &why));
	exchange_server_add(&d->server, actor_cert(&d->registrar, DESK_SCOPE, c.key, ROLE_CLERK,
						   DESK_SCOPE, NULL));
}

void desk_open(struct desk *d, size_t nclerk)
{
	memset(d, 0, sizeof(*d));
	MUST(crypt_init(&why));
	MUST(lang_load("vi", &d->lang, &why));
	MUST(os_dir_temp(&d->home, "kk-desk", &why));
	clock_manual_init(&d->clock, NOW);
	d->agent.clock = &d->clock.clock;
	MUST(store_open(&d->agent.store, d->home, true, &d->clock.clock, &why));
	MUST(keys_open(&d->agent.keys, d->home, &d->clock.clock, &why));
	MUST(store_set_setting(d->agent.store, "scope", DESK_SCOPE, &why));
	actor_init(&d->root, 1);
	actor_init(&d->registrar, 2);
	exchange_server_init(&d->server, d->root.pk, 9);
	d->server.now = NOW;
	trust(d);
	exchange_server_add(&d->server,
			    actor_cert(&d->root, "*", d->registrar.pk, ROLE_REGISTRAR, "*", NULL));
	exchange_server_add(&d->server, actor_open(&d->registrar, DESK_SCOPE));
	add_clerk(d, "Nguyễn Văn An");
	if (nclerk > 1)
		add_clerk(d, "Lò Thị Bé");
	d->program = (struct op_program){.name = "kiemke", .home_env = "KIEMKE_HOME"};
}

void desk_close(struct desk *d)
{
	keys_free(d->agent.keys);
	store_free(d->agent.store);
	exchange_server_free(&d->server);
	actor_free(&d->root);
	actor_free(&d->registrar);
	lang_free(d->lang);
	for (size_t i = 0; i < sizeof(d->agent.lang) / sizeof(d->agent.lang[0]); i++)
		lang_free(d->agent.lang[i]);
	MUST(os_dir_remove(d->home, &why));
	free(d->home);
}

void desk_sync(struct desk *d)
{
	struct session_client *c = NULL;
	struct crypt_signer *device = NULL;
	struct session_report rep = {.more = true};

	MUST(keys_device(d->agent.keys, true, &device, &why));
	memcpy(d->server.device, crypt_signer_pk(device), CRYPT_PK_LEN);
	MUST(session_client_new(store_session(d->agent.store, d->server.device), DESK_SCOPE, NOW,
				&c, &why));
	for (int i = 0; rep.more && i < ROUNDS; i++) {
		struct buf up, down;
		size_t lines;

		buf_init(&up, SESSION_BODY);
		buf_init(&down, SESSION_BODY);
		MUST(session_client_request(c, &up, &lines, &why));
		MUST(exchange_server_answer(&d->server, span_buf(&up), &down, &why));
		MUST(session_client_reply(c, span_buf(&down), &rep, &why));
		buf_free(&up);
		buf_free(&down);
	}
	session_client_free(c);
}

void desk_tell(struct desk *d, struct entry *e)
{
	exchange_server_add(&d->server, e);
}

void desk_certify(struct desk *d, const struct actor *a, enum role role)
{
	struct actor *by = role == ROLE_CLERK ? &d->registrar : &d->root;
	const char *scope = role == ROLE_CLERK ? DESK_SCOPE : "*";

	exchange_server_add(&d->server, actor_cert(by, scope, a->pk, role, scope, NULL));
}

struct json *desk_run(struct desk *d, const struct op *op, enum rc want, const char *body, ...)
{
	struct op_call call = {.program = &d->program, .home = d->home, .app = &d->agent};
	struct json *in = NULL, *out = NULL;
	char *text = malloc(BODY_MAX);
	va_list ap;
	enum rc rc;

	assert_non_null(text);
	va_start(ap, body);
	vsnprintf(text, BODY_MAX, body, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	MUST(json_parse(span_str(text), NULL, &in, &why));
	err_clear(&d->err);
	rc = op_run(op, &call, in, &out, &d->err);
	if (rc != want)
		fail_msg("%s %s: %s %s, not %s", op->name, text, err_name(rc), d->err.key,
			 err_name(want));
	json_free(in);
	free(text);
	if (rc == RC_OK && op->print)
		free(desk_print(d, op, out));
	return out;
}

char *desk_print(struct desk *d, const struct op *op, const struct json *out)
{
	size_t missing = lang_missing(d->lang);
	struct buf text;
	char *s;

	buf_init(&text, BODY_MAX);
	op->print(d->lang, out, &text);
	assert_int_equal(lang_missing(d->lang), missing); /* every message is there */
	assert_true(text.len > 0 && !text.failed);
	assert_int_equal(text.p[text.len - 1], '\n');
	s = buf_take(&text, NULL);
	assert_non_null(s);
	return s;
}

static bool count(void *arg, const struct store_entry *x)
{
	(void)x;
	++*(int64_t *)arg;
	return true;
}

int64_t desk_entries(struct desk *d)
{
	int64_t n = 0;

	MUST(store_each(d->agent.store, count, &n, &why));
	return n;
}
