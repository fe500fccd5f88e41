/*
 * session_test: both halves of an exchange over memory: what a request may look like, what
 * an answer holds, and every lie in an answer that an agent must see through before it
 * stores anything. Byte-exact headers are in tests/vectors/protocol.json.
 * clause: P8 P9 P10 P11 P12 P13 P14 P15 P16 P17 P18 P19 P26 P28 A1 A13 L3 L8 L10 L11
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "lib/limits.h"
#include "lib/zst.h"
#include "sync/session.h"
#include "tests/support/actor.h"
#include "tests/support/exchange.h"
#include "tests/support/rng.h"

#define SCOPE     "00004"
#define ELSEWHERE "00009"

enum { LOG_SEED = 0x77, OTHER_LOG_SEED = 0x78, BODY_MAX = 64 * 1024 * 1024 };

/* One province: root, a registrar (a feed for each commune), clerks, a log with their certs. */
struct world {
	struct actor root, reg, reg_elsewhere, clerk, mate, stranger, nobody;
	struct exchange_server s;
	struct exchange_client c;
	struct entry *log;
	struct session_client *round;
	struct buf request, answer;
	struct session_report report;
	uint8_t entity[16];
};

static void certify(struct world *w)
{
	struct exchange_server *s = &w->s;

	exchange_server_add(s, actor_open(&w->root, "*"));
	w->log = actor_log(&w->root, exchange_server_pk(s));
	exchange_server_add(s, w->log);
	exchange_server_add(s, actor_cert(&w->root, "*", w->reg.pk, ROLE_REGISTRAR, "*", NULL));
	exchange_server_add(s, actor_open(&w->reg, SCOPE));
	exchange_server_add(s, actor_cert(&w->reg, SCOPE, w->clerk.pk, ROLE_CLERK, SCOPE, NULL));
	exchange_server_add(s, actor_cert(&w->reg, SCOPE, w->mate.pk, ROLE_CLERK, SCOPE, NULL));
	exchange_server_add(s, actor_open(&w->reg_elsewhere, ELSEWHERE));
	exchange_server_add(s, actor_cert(&w->reg_elsewhere, ELSEWHERE, w->stranger.pk, ROLE_CLERK,
					  ELSEWHERE, NULL));
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w || crypt_init(NULL) != RC_OK)
		return -1;
	actor_init(&w->root, 1);
	actor_init(&w->reg, 2);
	actor_init(&w->reg_elsewhere, 2); /* the same key in another feed */
	w->reg_elsewhere.feed[15] = 1;
	actor_init(&w->clerk, 3);
	actor_init(&w->mate, 4);
	actor_init(&w->stranger, 5);
	actor_init(&w->nobody, 6);
	exchange_server_init(&w->s, w->root.pk, LOG_SEED);
	memset(w->s.device, 0xd5, sizeof(w->s.device));
	certify(w);
	exchange_client_init(&w->c, w->root.pk, w->log);
	buf_init(&w->request, BODY_MAX);
	buf_init(&w->answer, BODY_MAX);
	codec_uuid_stamp(w->entity, 7);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	session_client_free(w->round);
	exchange_client_free(&w->c);
	exchange_server_free(&w->s);
	actor_free(&w->root);
	actor_free(&w->reg);
	actor_free(&w->reg_elsewhere);
	actor_free(&w->clerk);
	actor_free(&w->mate);
	actor_free(&w->stranger);
	actor_free(&w->nobody);
	buf_free(&w->request);
	buf_free(&w->answer);
	free(w);
	return 0;
}

static struct entry *asset(struct world *w, struct actor *a, const char *scope)
{
	w->entity[15]++;
	return actor_set(a, scope, "asset", w->entity, "{\"name\":\"Máy phát điện\"}", NULL, 0);
}

/* ---- rounds ---- */

static void ask(struct world *w)
{
	size_t lines;

	if (!w->round)
		assert_int_equal(session_client_new(&w->c.st, SCOPE, w->s.now, &w->round, NULL),
				 RC_OK);
	buf_reset(&w->request);
	assert_int_equal(session_client_request(w->round, &w->request, &lines, NULL), RC_OK);
}

static void answer(struct world *w)
{
	struct err err = {0};

	buf_reset(&w->answer);
	if (exchange_server_answer(&w->s, span_buf(&w->request), &w->answer, &err) != RC_OK)
		fail_msg("no answer: %s %s", err.clause, err.key);
}

static void take(struct world *w)
{
	struct err err = {0};
	size_t before = w->c.applied;

	if (session_client_reply(w->round, span_buf(&w->answer), &w->report, &err) != RC_OK)
		fail_msg("refused: %s %s\n%.*s", err.clause, err.key, (int)w->answer.len,
			 (const char *)w->answer.p);
	assert_int_equal(w->c.applied, before + 1);
}

static void round_trip(struct world *w)
{
	ask(w);
	answer(w);
	take(w);
}

/* The answer must be refused with this clause (and key, if not NULL); nothing is stored. */
static void refused(struct world *w, enum rc rc, const char *clause, const char *key)
{
	struct err err = {0};
	size_t before = w->c.applied;
	enum rc got = session_client_reply(w->round, span_buf(&w->answer), &w->report, &err);

	if (got != rc || strcmp(err.clause, clause) != 0 || (key && strcmp(err.key, key) != 0))
		fail_msg("is %s %s %s, should be %s %s %s", err_name(got), err.clause, err.key,
			 err_name(rc), clause, key ? key : "");
	assert_int_equal(w->c.applied, before);
}

static struct json *head_of(const struct buf *body)
{
	struct span rest = span_buf(body), line;
	struct json *v = NULL;

	assert_true(span_line(&rest, &line));
	assert_int_equal(json_parse(line, NULL, &v, NULL), RC_OK);
	return v;
}

/* The answer with another header, which is freed. */
static void put_head(struct world *w, struct json *head)
{
	struct span rest = span_buf(&w->answer), line;
	struct buf b;

	assert_true(span_line(&rest, &line));
	buf_init(&b, BODY_MAX);
	assert_int_equal(json_write(head, false, &b, NULL), RC_OK);
	buf_add_char(&b, '\n');
	buf_add_span(&b, rest);
	assert_false(b.failed);
	buf_free(&w->answer);
	w->answer = b;
	json_free(head);
}

/* The answer with `old` replaced by `text` of any length; it must stand there once. */
static void edit(struct world *w, const char *old, const char *text)
{
	char *at = strstr((char *)w->answer.p, old);
	struct buf b;

	assert_non_null(at);
	assert_null(strstr(at + 1, old));
	buf_init(&b, BODY_MAX);
	buf_add(&b, w->answer.p, (size_t)(at - (char *)w->answer.p));
	buf_add_str(&b, text);
	buf_add_str(&b, at + strlen(old));
	assert_false(b.failed);
	buf_free(&w->answer);
	w->answer = b;
}

static int64_t int_in(const struct json *o, const char *name)
{
	int64_t v = -1;

	assert_true(json_get_int(o, name, &v));
	return v;
}

static int64_t int_of(const struct buf *body, const char *name)
{
	struct json *head = head_of(body);
	int64_t v = int_in(head, name);

	json_free(head);
	return v;
}

static bool has(const struct buf *body, const char *name)
{
	struct json *head = head_of(body);
	bool is = json_get(head, name) != NULL;

	json_free(head);
	return is;
}

static char *member(const struct buf *body, const char *name)
{
	struct json *head = head_of(body);
	char *text = json_print(json_get(head, name));

	assert_non_null(text);
	json_free(head);
	return text;
}

static void expect(const struct buf *body, const char *name, const char *text)
{
	char *is = member(body, name);

	assert_string_equal(is, text);
	free(is);
}

/* ------------------------------------------------------------- refusals (P21, L10, L13) */

static enum session_next refusal(struct world *w, const char *body)
{
	enum session_next next = SESSION_AGAIN;

	ask(w);
	assert_int_equal(session_client_refused(w->round, span_str(body), &next, NULL), RC_OK);
	return next;
}

/* clause: P21 L10 L13 */
static void a_refusal_proves_itself_or_changes_nothing(void **state)
{
	static const char *const bodies[] = {
	    "", "<html>", "[]", "{}", "{\"code\":7}", "{\"code\":\"epoch\"}",
	    "{\"code\":\"epoch\",\"log\":[]}", "{\"code\":\"epoch\",\"log\":[1,\"x\",null]}",
	    "{\"code\":\"epoch\",\"log\":\"x\"}", "{\"code\":\"rollback\"}",
	    "{\"code\":\"rollback\",\"checkpoint\":\"x\"}", "{\"code\":\"key\"}",
	    "{\"code\":\"scope\"}", "{\"code\":\"clock\",\"now\":1}"};
	struct world *w = *state;
	uint8_t root[TREE_HASH] = {3};
	struct buf b, note;

	round_trip(w);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(refusal(w, bodies[i]), SESSION_GIVE_UP);
	assert_int_equal(w->c.alarms + w->c.turned, 0);
	w->c.insists = true;
	assert_int_equal(refusal(w, "{\"code\":\"key\"}"), SESSION_CENTRAL);
	/* another log's checkpoint, and one that is not smaller, are no evidence */
	for (int i = 0; i < 3; i++) {
		buf_init(&b, BODY_MAX);
		buf_init(&note, NOTE_TEXT_MAX);
		assert_int_equal(note_sign(i == 0 ? w->clerk.signer : w->s.log,
					   i == 1 ? (uint64_t)w->c.pos.size : 1, root, &note, NULL),
				 RC_OK);
		buf_add_str(&b, "{\"code\":\"rollback\",\"checkpoint\":");
		json_add_escaped(&b, span_buf(&note));
		buf_add_str(&b, "}");
		assert_int_equal(refusal(w, (const char *)b.p),
				 i == 2 ? SESSION_SHOW : SESSION_GIVE_UP);
		assert_int_equal(w->c.alarms, i == 2);
		buf_free(&b);
		buf_free(&note);
	}
}

/* ------------------------------------------------------------- requests (P8-P10, P13) */

#define HEAD "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"q6Pz\",\"after\":7,\"size\":9}"

static enum rc parse(struct world *w, const char *body, struct session_request **ret,
		     struct err *err)
{
	return session_server_parse(w->s.keyring, w->s.device, span_str(body), ret, err);
}

static void parse_all_members(void **state)
{
	struct world *w = *state;
	struct session_request *r = NULL;
	struct entry *open = actor_open_on(&w->nobody, SCOPE, w->s.device);
	char key[CODEC_B64U_32 + 1];
	struct buf b;

	codec_b64u(w->nobody.pk, CRYPT_PK_LEN, key);
	buf_init(&b, BODY_MAX);
	buf_addf(
	    &b,
	    "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":0,\"fresh\":true,"
	    "\"enrol\":[{\"key\":\"%s\",\"name\":\"Lê Thị Hoa\",\"title\":\"\",\"open\":",
	    key);
	json_add_escaped(&b, open->line);
	buf_add_str(&b, "}],\"more\":true}\n");
	assert_int_equal(session_server_parse(w->s.keyring, w->s.device, span_buf(&b), &r, NULL), RC_OK);
	assert_string_equal(r->scope, SCOPE);
	assert_string_equal(r->epoch, "");
	assert_int_equal(r->after, 0);
	assert_true(r->fresh && r->more);
	assert_int_equal(r->nenrol, 1);
	assert_memory_equal(r->enrol[0].key, w->nobody.pk, CRYPT_PK_LEN);
	assert_string_equal(r->enrol[0].name, "Lê Thị Hoa");
	assert_memory_equal(r->enrol[0].open->id, open->id, ENTRY_ID_LEN);
	assert_int_equal(r->nline, 0);
	session_request_free(r);
	assert_int_equal(parse(w, HEAD "\n", &r, NULL), RC_OK);
	assert_string_equal(r->epoch, "q6Pz");
	assert_int_equal(r->after, 7);
	assert_int_equal(r->size, 9);
	assert_false(r->fresh || r->more);
	session_request_free(r);
	buf_free(&b);
	entry_free(open);
}

/* clause: P9 P13 */
static void parse_refusals(void **state)
{
	static const struct {
		const char *clause, *body;
	} cases[] = {
	    {"P13", ""},
	    {"P13", HEAD},
	    {"P13", "\n"},
	    {"P13", "[]\n"},
	    {"P13", "7\n"},
	    {"P13", "{\"v\":1,\n"},
	    {"P13", "{\"v\": 1}\n"},
	    {"P13", "{\"v\":1,\"v\":1}\n"},
	    {"P13", "\xef\xbb\xbf" HEAD "\n"},
	    {"P13", HEAD "\r\n"},
	    {"P13", HEAD "\nhalf a line"},
	    {"P9", "{}\n"},
	    {"P9", "{\"v\":2,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":0}\n"},
	    {"P9", "{\"v\":\"1\",\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":0}\n"},
	    {"P9", "{\"scope\":\"00004\",\"v\":1,\"epoch\":\"\",\"after\":0,\"size\":0}\n"},
	    {"P9", "{\"v\":1,\"scope\":\"0004\",\"epoch\":\"\",\"after\":0,\"size\":0}\n"},
	    {"P9", "{\"v\":1,\"scope\":\"00000\",\"epoch\":\"\",\"after\":0,\"size\":0}\n"},
	    {"P9", "{\"v\":1,\"scope\":\"*\",\"epoch\":\"\",\"after\":0,\"size\":0}\n"},
	    {"P9", "{\"v\":1,\"scope\":4,\"epoch\":\"\",\"after\":0,\"size\":0}\n"},
	    {"P9", "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"abc\",\"after\":0,\"size\":0}\n"},
	    {"P9", "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"ab+/\",\"after\":0,\"size\":0}\n"},
	    {"P9", "{\"v\":1,\"scope\":\"00004\",\"epoch\":null,\"after\":0,\"size\":0}\n"},
	    {"P9", "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":-1,\"size\":0}\n"},
	    {"P9", "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":-1}\n"},
	    {"P9", "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0}\n"},
	    {"P9", "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"size\":0,\"after\":0}\n"},
	    {"P9", "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":0,\"x\":1}\n"},
	    {"P9", "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":0,\"fresh\":"
		   "false}\n"},
	    {"P9",
	     "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":0,\"more\":1}\n"},
	    {"P9",
	     "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":0,\"more\":true,"
	     "\"fresh\":true}\n"},
	    {"P9",
	     "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":0,\"enrol\":[]}\n"},
	    {"P9",
	     "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":0,\"enrol\":{}}\n"},
	    {"P10", "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":0,\"enrol\":["
		    "{}]}\n"},
	    {"P10",
	     "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":0,\"enrol\":[7]}\n"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct session_request *r = NULL;
		struct err err = {0};
		enum rc rc = parse(w, cases[i].body, &r, &err);

		if (rc != RC_REFUSED || strcmp(err.clause, cases[i].clause) != 0)
			fail_msg("%s: %s %s", cases[i].body, err_name(rc), err.clause);
		assert_null(r);
	}
}

/* One clerk's wish with one thing changed. */
struct wish {
	uint8_t key[CRYPT_PK_LEN];
	const char *name, *title;
	struct span open;
	size_t times;
};

static enum rc parse_wish(struct world *w, const struct wish *x, struct err *err)
{
	struct session_request *r = NULL;
	char key[CODEC_B64U_32 + 1];
	struct buf b;
	enum rc rc;

	codec_b64u(x->key, CRYPT_PK_LEN, key);
	buf_init(&b, BODY_MAX);
	buf_add_str(&b, "{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"after\":0,\"size\":0,"
			"\"enrol\":[");
	for (size_t i = 0; i < x->times; i++) {
		buf_addf(&b, "%s{\"key\":\"%s\",\"name\":", i ? "," : "", key);
		json_add_escaped_str(&b, x->name);
		buf_add_str(&b, ",\"title\":");
		json_add_escaped_str(&b, x->title);
		buf_add_str(&b, ",\"open\":");
		json_add_escaped(&b, x->open);
		buf_add_char(&b, '}');
	}
	buf_add_str(&b, "]}\n");
	err_clear(err);
	rc = session_server_parse(w->s.keyring, w->s.device, span_buf(&b), &r, err);
	session_request_free(r);
	buf_free(&b);
	return rc;
}

/* clause: P10 */
static void enrol_proves_possession(void **state)
{
	struct world *w = *state;
	struct entry *open = actor_open_on(&w->nobody, SCOPE, w->s.device);
	struct entry *set = asset(w, &w->nobody, SCOPE);
	struct entry *away = actor_open_on(&w->stranger, ELSEWHERE, w->s.device);
	struct entry *silent = actor_open(&w->mate, SCOPE);
	struct entry *copied = actor_open_on(&w->clerk, SCOPE, w->mate.pk);
	char name[4 * 201 + 1] = "";
	struct wish good = {.name = "Đỗ Ánh", .title = "", .open = open->line, .times = 1}, x;
	struct err err;

	for (size_t i = 0; i < 201; i++)
		memcpy(name + 3 * i, "ữ", 4);
	memcpy(good.key, w->nobody.pk, CRYPT_PK_LEN);
	assert_int_equal(parse_wish(w, &good, &err), RC_OK);
	good.times = SESSION_ENROLS;
	assert_int_equal(parse_wish(w, &good, &err), RC_OK);
	good.times++;
	assert_int_equal(parse_wish(w, &good, &err), RC_REFUSED);
	assert_string_equal(err.clause, "P9");
	good.times = 1;
	x = good;
	x.name = name + 3; /* 200 characters, 600 bytes */
	assert_int_equal(parse_wish(w, &x, &err), RC_OK);
	x = good;
	x.name = name;
	assert_int_equal(parse_wish(w, &x, &err), RC_REFUSED);
	assert_string_equal(err.clause, "P10");
	x = good;
	x.title = name;
	assert_int_equal(parse_wish(w, &x, &err), RC_REFUSED);
	x = good;
	memcpy(x.key, w->clerk.pk, CRYPT_PK_LEN); /* somebody else's line */
	assert_int_equal(parse_wish(w, &x, &err), RC_REFUSED);
	x = good;
	memset(x.key, 0, CRYPT_PK_LEN);
	x.key[0] = 1; /* the neutral element */
	assert_int_equal(parse_wish(w, &x, &err), RC_REFUSED);
	x = good;
	x.open = set->line; /* proves possession, but opens nothing */
	assert_int_equal(parse_wish(w, &x, &err), RC_REFUSED);
	assert_string_equal(err.clause, "P10");
	x = good; /* a line from another scope, which anybody there could copy */
	memcpy(x.key, w->stranger.pk, CRYPT_PK_LEN);
	x.open = away->line;
	assert_int_equal(parse_wish(w, &x, &err), RC_REFUSED);
	assert_string_equal(err.clause, "P10");
	x = good; /* from another PC of the commune, which every PC there pulls */
	memcpy(x.key, w->clerk.pk, CRYPT_PK_LEN);
	x.open = copied->line;
	assert_int_equal(parse_wish(w, &x, &err), RC_REFUSED);
	assert_string_equal(err.clause, "P10");
	assert_string_equal(err.key, "session.enrol_device");
	x = good; /* from no PC at all */
	memcpy(x.key, w->mate.pk, CRYPT_PK_LEN);
	x.open = silent->line;
	assert_int_equal(parse_wish(w, &x, &err), RC_REFUSED);
	assert_string_equal(err.key, "session.enrol_device");
	entry_free(open);
	entry_free(set);
	entry_free(away);
	entry_free(silent);
	entry_free(copied);
}

/* clause: P8 */
static void parse_counts_lines(void **state)
{
	struct world *w = *state;
	struct session_request *r = NULL;
	struct err err = {0};
	struct buf b;

	buf_init(&b, BODY_MAX);
	buf_add_str(&b, HEAD "\n");
	for (size_t i = 0; i < SESSION_LINES; i++)
		buf_add_str(&b, "x\n");
	assert_int_equal(session_server_parse(w->s.keyring, w->s.device, span_buf(&b), &r, &err), RC_OK);
	assert_int_equal(r->nline, SESSION_LINES);
	session_request_free(r);
	r = NULL;
	buf_add_str(&b, "\n");
	assert_int_equal(session_server_parse(w->s.keyring, w->s.device, span_buf(&b), &r, &err), RC_LIMIT);
	assert_string_equal(err.clause, "P8");
	assert_null(r);
	buf_free(&b);
}

/* One bad line never blocks the next. clause: P13 A1 */
static void parse_keeps_good_lines(void **state)
{
	struct world *w = *state;
	struct entry *e[3] = {asset(w, &w->clerk, SCOPE), asset(w, &w->nobody, SCOPE),
			      asset(w, &w->mate, SCOPE)};
	struct session_request *r = NULL;
	struct buf b;

	buf_init(&b, BODY_MAX);
	buf_add_str(&b, HEAD "\n");
	buf_add_span(&b, e[0]->line);
	buf_add_str(&b, "\n\nnonsense\n");
	buf_add_span(&b, e[1]->line);
	buf_add_char(&b, '\n');
	buf_add_span(&b, e[2]->line);
	buf_add_char(&b, '\n');
	buf_add_span(&b, e[2]->line);
	b.p[b.len - 10] = b.p[b.len - 10] == 'A' ? 'B' : 'A'; /* in the salt */
	buf_add_char(&b, '\n');
	assert_int_equal(session_server_parse(w->s.keyring, w->s.device, span_buf(&b), &r, NULL), RC_OK);
	assert_int_equal(r->nline, 6);
	assert_memory_equal(r->line[0].e->id, e[0]->id, ENTRY_ID_LEN);
	assert_memory_equal(r->line[4].e->id, e[2]->id, ENTRY_ID_LEN);
	assert_null(r->line[1].e);
	assert_string_equal(r->line[1].why.clause, "E1");
	assert_null(r->line[2].e);
	assert_string_equal(r->line[2].why.clause, "E1");
	assert_null(r->line[3].e);
	assert_string_equal(r->line[3].why.key, "entry.key_unknown");
	assert_null(r->line[5].e);
	assert_string_equal(r->line[5].why.clause, "A1");
	session_request_free(r);
	buf_free(&b);
	for (size_t i = 0; i < 3; i++)
		entry_free(e[i]);
}

/* clause: P17 */
static void position_is_checked(void **state)
{
	struct session_request r = {.epoch = "q6Pz", .after = 5, .size = 8};
	struct err err = {0};

	(void)state;
	assert_int_equal(session_server_position(&r, "q6Pz", 8, &err), RC_OK);
	assert_int_equal(session_server_position(&r, "q6Pz", 7, &err), RC_CONFLICT);
	assert_string_equal(err.key, "session.rollback");
	assert_string_equal(err.clause, "P17");
	assert_int_equal(session_server_position(&r, "q6Py", 8, &err), RC_CONFLICT);
	assert_string_equal(err.key, "session.epoch");
	r.after = 9;
	assert_int_equal(session_server_position(&r, "q6Pz", 8, &err), RC_CONFLICT);
	r = (struct session_request){.epoch = ""};
	assert_int_equal(session_server_position(&r, "q6Pz", 0, &err), RC_OK);
}

/* ------------------------------------------------------------ answers (P11, P12, P15-P18) */

/* A store of `n` equal lines at indexes 0, step, 2 * step, ... for limits. */
struct many {
	const struct entry *e;
	int64_t n, step;
	bool authority;
};

static enum rc many_pull(void *ctx, const char *scope, int64_t from, int64_t size,
			 bool (*give)(void *arg, struct span line, int64_t index, bool authority),
			 void *arg, struct err *reterr)
{
	const struct many *m = ctx;

	(void)scope, (void)reterr;
	for (int64_t i = 0; i < m->n && i * m->step < size; i++)
		if (i * m->step >= from && !give(arg, m->e->line, i * m->step, m->authority))
			break;
	return RC_OK;
}

static enum rc many_node(void *ctx, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
			 struct err *reterr)
{
	(void)ctx, (void)reterr;
	memset(ret, (int)(level + index), TREE_HASH);
	return RC_OK;
}

static void many_answer(struct many *m, int64_t after, int64_t size, struct buf *out)
{
	struct session_request r = {.scope = SCOPE, .after = after, .size = size};
	struct session_server_store st = {.ctx = m,
					  .tree = {NULL, many_node},
					  .epoch = "q6Pz",
					  .size = size,
					  .note_text = span_str("note"),
					  .give = true,
					  .pull = many_pull,
					  .random = 5};

	buf_reset(out);
	assert_int_equal(session_server_reply(&st, &r, NULL, out, NULL), RC_OK);
}

static size_t lines_in(const struct buf *body)
{
	struct span rest = span_buf(body), line;
	size_t n = 0;

	while (span_line(&rest, &line))
		n++;
	assert_int_equal(rest.len, 0);
	return n - 1;
}

/* clause: P17 */
static void pull_has_limits(void **state)
{
	struct world *w = *state;
	struct entry *e = asset(w, &w->clerk, SCOPE);
	struct many m = {.e = e, .n = 2001, .step = 3};
	struct buf b;
	int64_t after = 0;
	size_t total = 0, rounds = 0;

	buf_init(&b, BODY_MAX);
	many_answer(&m, 0, 6003, &b);
	assert_int_equal(lines_in(&b), SESSION_LINES);
	expect(&b, "more", "true");
	assert_int_equal(int_of(&b, "after"), 6000); /* the index of the first line left out */
	many_answer(&m, 6000, 6003, &b);
	assert_int_equal(lines_in(&b), 1);
	expect(&b, "more", "false");
	expect(&b, "leaf", "[[6000,1]]");
	assert_int_equal(int_of(&b, "after"), 6003);
	m.n = 2000;
	many_answer(&m, 0, 6003, &b);
	expect(&b, "more", "false");
	entry_free(e);

	char *big = malloc(16000); /* bytes before lines: 4 MiB hold some 260 of these */
	assert_non_null(big);
	memset(big, 'x', 16000);
	memcpy(big, "{\"name\":\"", 9);
	memcpy(big + 15000, "\"}", 3);
	w->entity[15]++;
	m = (struct many){.e = actor_set(&w->clerk, SCOPE, "asset", w->entity, big, NULL, 0),
			  .n = 1000,
			  .step = 1};
	for (bool more = true; more; rounds++) {
		many_answer(&m, after, 1000, &b);
		total += lines_in(&b);
		assert_true(lines_in(&b) * (m.e->line.len + 1) <= SESSION_PULL_BYTES);
		after = int_of(&b, "after");
		assert_int_equal(after, total);
		struct json *head = head_of(&b);
		assert_true(json_get_bool(head, "more", &more));
		json_free(head);
	}
	assert_int_equal(total, 1000);
	assert_true(rounds > 1 && rounds < 6);
	entry_free((struct entry *)(uintptr_t)m.e);
	free(big);
	buf_free(&b);
}

/* Runs are merged as far as they go and no further. clause: P12 */
static void verdict_runs_are_merged(void **state)
{
	static const struct session_verdict v[] = {
	    {.kind = SESSION_ACCEPTED, .index = 5},
	    {.kind = SESSION_ACCEPTED, .index = 6},
	    {.kind = SESSION_ACCEPTED, .index = 8},
	    {.kind = SESSION_DUPLICATE, .index = 9},
	    {.kind = SESSION_DUPLICATE, .index = 10},
	    {.kind = SESSION_DUPLICATE, .index = 11, .other_sig = true},
	    {.kind = SESSION_DUPLICATE, .index = 12},
	    {.kind = SESSION_QUARANTINED, .index = 13, .why = KEYRING_Q_ROLE},
	    {.kind = SESSION_QUARANTINED, .index = 14, .why = KEYRING_Q_ROLE},
	    {.kind = SESSION_QUARANTINED, .index = 15, .why = KEYRING_Q_SCOPE},
	    {.kind = SESSION_REFUSED, .index = -1, .clause = "E1", .key = "entry.line"},
	    {.kind = SESSION_REFUSED, .index = -1, .clause = "E1", .key = "entry.line"},
	    {.kind = SESSION_REFUSED, .index = -1, .clause = "A1", .key = "entry.line"},
	    {.kind = SESSION_ACCEPTED, .index = 7},
	};
	struct session_line line[sizeof(v) / sizeof(v[0])] = {{0}};
	struct session_request r = {.scope = SCOPE,
				    .line = line,
				    .nline = sizeof(v) / sizeof(v[0])};
	struct session_server_store st = {.tree = {NULL, many_node},
					  .epoch = "q6Pz",
					  .size = 20,
					  .note_text = span_str("note"),
					  .give = false};
	struct buf b;

	(void)state;
	buf_init(&b, BODY_MAX);
	assert_int_equal(session_server_reply(&st, &r, v, &b, NULL), RC_OK);
	expect(
	    &b, "verdicts",
	    "[[\"a\",2,5],[\"a\",1,8],[\"d\",2,9],[\"d\",1,11,"
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAAA\"],[\"d\",1,12],[\"q\",2,13,\"role\"],[\"q\",1,15,\"scope\"],"
	    "[\"r\",2,\"E1\",\"entry.line\"],[\"r\",1,\"A1\",\"entry.line\"],[\"a\",1,7]]");
	char *ranges = member(&b, "ranges"); /* one range for all: their indexes are 5..15 */
	assert_non_null(strstr(ranges, "\"start\":5,\"end\":16,"));
	assert_null(strstr(ranges + 10, "start"));
	free(ranges);
	buf_free(&b);
}

/* A range holds the lines of one author, so that an unknown one spoils no other. clause: P15 */
static void ranges_keep_authors_apart(void **state)
{
	struct world *w = *state;

	ask(w);
	answer(w);
	/* root at 0..2, registrar at 3..5; opens are no authority lines, one may be the chosen */
	struct json *head = head_of(&w->answer);
	for (const struct json *g = json_first(json_get(head, "ranges")); g; g = json_next(g)) {
		int64_t start = int_in(g, "start"), end = int_in(g, "end");

		assert_true(end <= 3 || start >= 3);
	}
	json_free(head);
	take(w);
}

/* ------------------------------------------------------------------- rounds that go well */

/* clause: P15 P17 P18 P19 L8 */
static void first_sync(void **state)
{
	struct world *w = *state;

	exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));         /* 8: its open is missing */
	exchange_server_add(&w->s, asset(w, &w->stranger, ELSEWHERE)); /* 9 */
	exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));         /* 10 */
	exchange_client_push(&w->c, actor_open(&w->clerk, SCOPE));
	exchange_client_push(&w->c, asset(w, &w->clerk, SCOPE));
	exchange_client_push(&w->c, asset(w, &w->clerk, ELSEWHERE)); /* not hers: quarantined */
	exchange_client_push(&w->c, asset(w, &w->nobody, SCOPE));    /* nobody's key: refused */
	round_trip(w);
	expect(&w->answer, "verdicts",
	       "[[\"a\",2,11],[\"q\",1,13,\"scope\"],[\"r\",1,\"A1\",\"entry.key_unknown\"]]");
	expect(&w->answer, "leaf", "[[0,6],[8,1],[10,1]]");
	assert_int_equal(w->report.sent, 4);
	assert_int_equal(w->report.accepted, 2);
	assert_int_equal(w->report.quarantined, 1);
	assert_int_equal(w->report.refused, 1);
	assert_int_equal(w->report.pulled, 8);
	assert_int_equal(w->report.unknown, 0);
	assert_true(w->report.more); /* certs came: what waited for them may go at once */
	assert_int_equal(w->report.next_s, 300);
	assert_true(w->c.had_note);
	assert_false(w->c.had_want);
	assert_int_equal(w->c.pos.size, 14);
	assert_int_equal(w->c.pos.after, 14);
	assert_true(w->c.proved >= 5); /* log, three certs, and one of the others */
	assert_int_equal(w->c.alarms, 0);
	assert_false(has(&w->answer, "consistency"));
	round_trip(w);
	assert_false(w->report.more);
}

/* clause: P17 P18 P28 */
static void empty_sync_is_small(void **state)
{
	struct world *w = *state;

	round_trip(w);
	round_trip(w);
	assert_false(w->c.had_note);
	assert_int_equal(w->c.pulled, 0);
	print_message("empty sync: %zu bytes up, %zu down\n", w->request.len, w->answer.len);
	assert_true(w->request.len + w->answer.len <= 1024);

	/* the largest numbers there can be do not change that */
	w->c.pos.after = w->c.pos.size = 9007199254740991;
	w->c.pos.checked_at = 0;
	ask(w);
	struct many none = {0};
	struct buf b;
	buf_init(&b, BODY_MAX);
	many_answer(&none, 9007199254740991, 9007199254740991, &b);
	assert_true(w->request.len + b.len <= 1024);
	assert_null(strstr((char *)b.p, "checkpoint"));
	buf_free(&b);
}

/* Others go on working: nothing moves here, and the cursor stays within the tree one knows. clause: P17 P28 */
static void empty_sync_while_others_work(void **state)
{
	struct world *w = *state;

	round_trip(w);
	assert_int_equal(w->c.pos.after, 8);
	for (size_t i = 0; i < 5; i++)
		exchange_server_add(&w->s, asset(w, &w->stranger, ELSEWHERE));
	round_trip(w);
	assert_false(w->c.had_note);
	assert_int_equal(w->c.pos.after, 8);
	assert_int_equal(w->c.pos.size, 8);
	assert_true(w->request.len + w->answer.len <= 1024);
	/* then something for this scope: all of it arrives, with consistency from 8 */
	exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));
	round_trip(w);
	assert_true(has(&w->answer, "consistency"));
	assert_int_equal(w->c.pulled, 1);
	assert_int_equal(w->c.proved, 1); /* the one foreign line is the one chosen */
	assert_int_equal(w->c.pos.after, 14);
}

/* clause: P18 */
static void fresh_asks_for_a_checkpoint(void **state)
{
	struct world *w = *state;

	round_trip(w);
	session_client_free(w->round);
	w->round = NULL;
	w->s.now += SESSION_FRESH_S + 1;
	exchange_server_add(&w->s, asset(w, &w->stranger, ELSEWHERE));
	round_trip(w);
	assert_non_null(strstr((char *)w->request.p, "\"fresh\":true"));
	assert_true(w->c.had_note);
	assert_int_equal(w->c.pos.size, 9);
	assert_int_equal(w->c.pos.after, 9);
	round_trip(w);
	assert_null(strstr((char *)w->request.p, "fresh"));
	assert_false(w->c.had_note);
	/* a checkpoint that came in the future: the PC's clock was off then or is now */
	w->c.pos.checked_at = w->s.now + 5;
	ask(w);
	assert_non_null(strstr((char *)w->request.p, "\"fresh\":true"));
}

/* clause: P12 P17 */
static void duplicates_and_own_lines(void **state)
{
	struct world *w = *state;
	struct actor again;

	actor_init(&again, 3); /* the same clerk's PC, restored from an image */
	exchange_client_push(&w->c, actor_open(&w->clerk, SCOPE));
	exchange_client_push(&w->c, asset(w, &w->clerk, SCOPE));
	round_trip(w);
	exchange_client_push(&w->c, actor_open(&again, SCOPE));
	exchange_client_push(&w->c, actor_set(&again, SCOPE, "asset", w->entity,
					      "{\"name\":\"Máy bơm\"}", NULL, 0));
	w->c.pos.after = 0; /* and its cursor with it */
	round_trip(w);
	expect(&w->answer, "verdicts", "[[\"d\",1,8],[\"a\",1,10]]");
	/* own lines of this request are left out, the echo of the lost one comes */
	expect(&w->answer, "leaf", "[[0,6],[9,1]]");
	actor_free(&again);
}

/* It may hand in what it has, so it is told what is missing. clause: P7 P14 P17 */
static void a_revoked_device_pulls_nothing(void **state)
{
	struct world *w = *state;

	w->s.revoked = true;
	w->s.want = "{\"AAAAAAAAAAAAAAAAAAAAAA\":[[0,1]]}";
	exchange_client_push(&w->c, actor_open(&w->clerk, SCOPE));
	round_trip(w);
	assert_int_equal(w->c.verdicts[SESSION_ACCEPTED], 1);
	assert_int_equal(w->c.pulled, 0);
	assert_int_equal(w->c.pos.after, 0);
	assert_true(w->c.had_want);
	assert_true(w->c.had_note);
}

/* clause: P14 */
static void want_reaches_the_store(void **state)
{
	struct world *w = *state;

	w->s.want = "{\"AAAAAAAAAAAAAAAAAAAAAA\":[[3,4]]}";
	round_trip(w);
	assert_true(w->c.had_want);
	w->s.want = "{}";
	round_trip(w);
	assert_false(has(&w->answer, "want"));
}

/* As many feeds, and runs of each, as told: {"AAA…":[[0,9007199254740991],…],…}. */
static char *big_want(size_t feeds, size_t runs)
{
	struct buf b;

	buf_init(&b, 64 * LIMIT_MIB);
	for (size_t i = 0; i < feeds; i++) {
		uint8_t raw[ENTRY_FEED_LEN] = {(uint8_t)i, (uint8_t)(i >> 8)};
		char feed[CODEC_B64U_16 + 1];

		codec_b64u(raw, sizeof(raw), feed);
		buf_addf(&b, "%s\"%s\":[", i ? "," : "{", feed);
		for (size_t k = 0; k < runs; k++)
			buf_add_str(&b, k ? ",[0,9007199254740991]" : "[0,9007199254740991]");
		buf_add_char(&b, ']');
	}
	buf_add_char(&b, '}');
	assert_int_equal(buf_check(&b, NULL), RC_OK);
	return buf_take(&b, NULL);
}

/* What a collector can come to want fits the agent's ceilings; of an answer beyond nothing is taken. clause: P14 */
static void want_has_a_ceiling(void **state)
{
	enum { FEEDS = SESSION_HEADS + SESSION_HOLES };
	static const size_t over[][2] = {{FEEDS + 1, 1}, {1, SESSION_WANT_RUNS + 1}, {LIMIT_JSON_MEMBERS, 1}};
	struct world *w = *state;
	char *most = big_want(FEEDS, SESSION_WANT_RUNS);

	round_trip(w);
	w->s.want = most;
	round_trip(w);
	assert_true(w->c.had_want);
	free(most);
	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
		char *text = big_want(over[i][0], over[i][1]);

		w->s.want = text;
		ask(w);
		answer(w);
		refused(w, RC_REFUSED, "P14", "session.want");
		free(text);
	}
	w->s.want = NULL;
}

/* clause: P8 P9 P19 */
static void a_push_fits_into_a_body(void **state)
{
	struct world *w = *state;
	char *big = malloc(16000);
	size_t rounds = 0;

	assert_non_null(big);
	memset(big, 'x', 16000);
	memcpy(big, "{\"name\":\"", 9);
	memcpy(big + 15700, "\"}", 3);
	round_trip(w);
	for (size_t i = 0; i < 230; i++) {
		w->entity[14] = (uint8_t)i;
		exchange_client_push(&w->c,
				     actor_set(&w->clerk, SCOPE, "asset", w->entity, big, NULL, 0));
	}
	do {
		size_t left = w->c.nout;

		round_trip(w);
		rounds++;
		assert_true(w->request.len < LIMIT_HTTP_BODY);
		assert_int_equal(w->report.accepted, left - w->c.nout);
		assert_int_equal(w->report.more, w->c.nout > 0);
		assert_int_equal(strstr((char *)w->request.p, "\"size\":8,\"more\":true}") != NULL,
				 rounds == 1);
	} while (w->report.more);
	assert_int_equal(rounds, 2);
	assert_int_equal(w->c.nout, 0);
	free(big);
}

/* clause: P10 */
static void enrol_travels(void **state)
{
	struct world *w = *state;
	struct entry *open = actor_open_on(&w->nobody, SCOPE, w->s.device);
	struct session_request *r = NULL;

	memcpy(w->c.enrol[0].key, w->nobody.pk, CRYPT_PK_LEN);
	memcpy(w->c.enrol[0].name, "Bích \"B\"", sizeof("Bích \"B\""));
	w->c.enrol[0].open = open->line;
	w->c.nenrol = 1;
	ask(w);
	assert_int_equal(session_server_parse(w->s.keyring, w->s.device, span_buf(&w->request), &r, NULL),
			 RC_OK);
	assert_int_equal(r->nenrol, 1);
	assert_string_equal(r->enrol[0].name, "Bích \"B\"");
	session_request_free(r);
	answer(w);
	take(w);
	entry_free(open);
}

/* ------------------------------------------------------------ strangers (A1, P15) */

/*
 * A key certified in another commune writes here. Its lines are logged, quarantined and
 * pulled, but this PC cannot know the key. Nothing else may suffer, wherever they stand.
 */
static void strangers_block_nobody(void **state)
{
	struct world *w = *state;
	struct entry *e[6];

	round_trip(w);
	e[0] = actor_open(&w->stranger, SCOPE);
	e[1] = actor_revoke(&w->stranger, "*", w->clerk.pk, 0); /* an authority line, for all */
	e[2] = asset(w, &w->mate, SCOPE);
	e[3] = actor_cert(&w->stranger, SCOPE, w->nobody.pk, ROLE_CLERK, SCOPE, NULL);
	e[4] = actor_cert(&w->reg, SCOPE, w->nobody.pk, ROLE_CLERK, SCOPE, NULL);
	e[5] = asset(w, &w->stranger, SCOPE);
	for (size_t i = 0; i < 6; i++)
		exchange_server_add(&w->s, e[i]);
	exchange_client_push(&w->c, actor_open(&w->clerk, SCOPE));
	for (uint64_t random = 0; random < 8; random++) {
		w->s.random = random;
		w->c.dry = random < 7;
		round_trip(w);
		assert_int_equal(w->report.unknown, 4);
		assert_int_equal(w->c.pulled, 2);
		assert_int_equal(w->c.verdicts[SESSION_ACCEPTED] + w->c.verdicts[SESSION_DUPLICATE],
				 1);
		assert_true(w->c.proved >= 1); /* the cert, whatever was chosen */
	}
	/* and when there is nothing but the stranger */
	exchange_server_add(&w->s, asset(w, &w->stranger, SCOPE));
	round_trip(w);
	assert_int_equal(w->report.unknown, 1);
	assert_int_equal(w->c.ranges, 0);
	assert_int_equal(w->c.pos.after, (int64_t)w->s.n);
}

/* Lines of a key whose cert comes later are fetched again when it came, and not before. clause: P15 */
static void a_late_cert_brings_what_was_skipped(void **state)
{
	struct world *w = *state;
	char text[24];
	int64_t at;

	round_trip(w);
	exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));
	at = exchange_server_add(&w->s, actor_open(&w->stranger, SCOPE));
	exchange_server_add(&w->s, asset(w, &w->stranger, SCOPE));
	exchange_server_add(&w->s, asset(w, &w->nobody, SCOPE)); /* who stays unknown */
	round_trip(w);
	assert_int_equal(w->report.unknown, 3);
	assert_false(w->report.more);
	for (int i = 0; i < 3; i++) { /* nothing is asked for again for nothing */
		exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));
		round_trip(w);
		assert_int_equal(w->report.unknown, 0);
		assert_int_equal(w->c.pulled, 1);
	}
	exchange_server_add(&w->s,
			    actor_cert(&w->reg, SCOPE, w->stranger.pk, ROLE_CLERK, SCOPE, NULL));
	round_trip(w);
	assert_int_equal(w->c.pulled, 1);
	assert_true(w->report.more); /* at once, not at the next slot */
	ask(w);
	snprintf(text, sizeof(text), "%lld", (long long)at);
	expect(&w->request, "after", text);
	answer(w);
	take(w);
	assert_int_equal(w->report.unknown, 1);
	assert_int_equal(w->c.pulled, 2 + 3 + 1); /* the stranger's, and once more what lies between */
	assert_int_equal(w->c.pos.after, (int64_t)w->s.n);
	round_trip(w);
	assert_int_equal(w->report.unknown, 0);
	assert_int_equal(w->c.pulled, 0);
}

/* ----------------------------------------------------------------------- lies */

/* A world with one answer of every part: pushed lines, authority and foreign lines, consistency. */
static void rich_answer(struct world *w)
{
	round_trip(w);
	exchange_server_add(&w->s, actor_open(&w->mate, SCOPE));
	exchange_server_add(&w->s, asset(w, &w->stranger, ELSEWHERE));
	exchange_server_add(&w->s,
			    actor_cert(&w->reg, SCOPE, w->nobody.pk, ROLE_CLERK, SCOPE, NULL));
	exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));
	exchange_client_push(&w->c, actor_open(&w->clerk, SCOPE));
	exchange_client_push(&w->c, asset(w, &w->clerk, SCOPE));
	w->s.want = "{\"AAAAAAAAAAAAAAAAAAAAAA\":[[3,4]]}";
	ask(w);
	answer(w);
	expect(&w->answer, "verdicts", "[[\"a\",2,12]]");
	expect(&w->answer, "leaf", "[[8,1],[10,2]]");
	assert_int_equal(int_of(&w->answer, "after"), 14);
}

static void set_text(struct json *head, const char *name, const char *text)
{
	struct json *v = NULL;

	assert_int_equal(json_parse(span_str(text), NULL, &v, NULL), RC_OK);
	json_set(head, name, v);
}

/* Each member of the header with a value that is well formed and wrong. */
static const struct {
	const char *name, *value, *clause;
} lies[] = {
    {"verdicts", "[]", "P12"},
    {"verdicts", "[[\"a\",1,12]]", "P12"},
    {"verdicts", "[[\"a\",3,12]]", "P12"},
    {"verdicts", "[[\"a\",2,12],[\"a\",1,14]]", "P12"},
    {"verdicts", "[[\"a\",0,12],[\"a\",2,12]]", "P12"},
    {"verdicts", "[[\"a\",-1,13],[\"a\",3,12]]", "P12"},
    {"verdicts", "[[\"x\",2,12]]", "P12"},
    {"verdicts", "[[\"\",2,12]]", "P12"},
    {"verdicts", "[[\"ad\",2,12]]", "P12"},
    {"verdicts", "[[\"a\",2]]", "P12"},
    {"verdicts", "[[\"a\",2,12,0]]", "P12"},
    {"verdicts", "[[\"a\",2,12,\"cert\"]]", "P12"},
    {"verdicts", "[[\"a\",2,-1]]", "P12"},
    {"verdicts", "[[\"a\",2,\"12\"]]", "P12"},
    {"verdicts", "[{\"k\":\"a\",\"n\":2,\"i\":12}]", "P12"},
    {"verdicts", "[[\"d\",2,12,\"AAAA\"]]", "P12"},
    {"verdicts", "[[\"d\",2,12,null]]", "P12"},
    {"verdicts", "[[\"q\",2,12]]", "P12"},
    {"verdicts", "[[\"q\",2,12,\"\"]]", "P12"},
    {"verdicts", "[[\"q\",2,12,\"other\"]]", "P12"},
    {"verdicts", "[[\"r\",2,\"E1\"]]", "P12"},
    {"verdicts", "[[\"r\",2,\"E1\",\"k\",\"x\"]]", "P12"},
    {"verdicts", "[[\"r\",2,\"E1234567\",\"k\"]]", "P12"},
    {"verdicts", "[[\"a\",2,11]]", "P15"}, /* another index */
    {"verdicts", "[[\"a\",2,13]]", "P15"},
    {"verdicts", "[[\"a\",1,13],[\"a\",1,12]]", "L3"},
    {"verdicts", "[[\"a\",1,12],[\"a\",1,12]]", "P15"},
    {"verdicts", "[[\"r\",1,\"E1\",\"k\"],[\"a\",1,13]]", "P15"}, /* its range has a hole */
    {"verdicts", "[[\"a\",2,9007199254740990]]", "P15"},
    {"epoch", "\"AAAA\"", "L11"},
    {"epoch", "\"AAA\"", "P11"},
    {"epoch", "\"AAA=\"", "P11"},
    {"v", "2", "P26"},
    {"v", "\"1\"", "P26"},
    {"now", "-1", "P11"},
    {"now", "\"1\"", "P11"},
    {"next", "-1", "P11"},
    {"more", "0", "P11"},
    {"after", "7", "P11"},  /* less than before */
    {"after", "11", "P16"}, /* a pulled line beyond it */
    {"after", "15", "P16"}, /* beyond the tree */
    {"after", "9007199254740991", "P16"},
    {"leaf", "[[8,1],[10,1]]", "P16"},
    {"leaf", "[[8,1],[10,3]]", "P16"},
    {"leaf", "[[8,1],[10,2],[13,1]]", "P16"},
    {"leaf", "[[10,2],[8,1]]", "P16"},
    {"leaf", "[[8,1],[8,2]]", "P16"},
    {"leaf", "[[8,2],[9,1]]", "P16"},
    {"leaf", "[[8,1],[10,0],[10,2]]", "P16"},
    {"leaf", "[[8,1],[10,-2]]", "P16"},
    {"leaf", "[[8,1],[10,2,1]]", "P16"},
    {"leaf", "[[8,1],[10]]", "P16"},
    {"leaf", "[8,1,10,2]", "P16"},
    {"leaf", "[{\"i\":8,\"n\":1},[10,2]]", "P16"},
    {"leaf", "[[7,1],[10,2]]", "P16"}, /* below what was asked for */
    {"leaf", "[[8,1],[13,2]]", "P16"},
    {"leaf", "[[8,1],[9,2]]", "L3"},
    {"leaf", "{\"8\":1}", "P11"},
    {"leaf", "[]", "P11"},
    {"ranges", "[]", "P11"},
    {"ranges", "[{}]", "P15"},
    {"ranges", "[7]", "P15"},
    {"ranges", "[{\"start\":12,\"end\":14}]", "P15"},
    {"ranges", "[{\"start\":12,\"end\":14,\"nodes\":{}}]", "P15"},
    {"ranges", "[{\"start\":12,\"end\":14,\"nodes\":[\"AAAA\"]}]", "P15"},
    {"ranges", "[{\"start\":12,\"end\":14,\"nodes\":[],\"more\":1}]", "P15"},
    {"ranges", "[{\"start\":12,\"end\":12,\"nodes\":[]}]", "P15"},
    {"ranges", "[{\"start\":14,\"end\":12,\"nodes\":[]}]", "P15"},
    {"ranges", "[{\"start\":-1,\"end\":14,\"nodes\":[]}]", "P15"},
    {"ranges", "[{\"start\":12,\"end\":15,\"nodes\":[]}]", "P15"},
    {"ranges", "[{\"start\":0,\"end\":9007199254740991,\"nodes\":[]}]", "P15"},
    {"ranges", "[{\"start\":12,\"end\":14,\"nodes\":[]}]", "L3"},
    {"want", "[]", "P11"},
    {"want", "{}", "P11"},
    {"want", "{\"AAAAAAAAAAAAAAAAAAAAAA\":[]}", "P14"},
    {"want", "{\"AAAAAAAAAAAAAAAAAAAAAA\":7}", "P14"},
    {"want", "{\"AAAAAAAAAAAAAAAAAAAAAA\":[7]}", "P14"},
    {"want", "{\"AAAAAAAAAAAAAAAAAAAAAA\":[[3]]}", "P14"},
    {"want", "{\"AAAAAAAAAAAAAAAAAAAAAA\":[[3,4,5]]}", "P14"},
    {"want", "{\"AAAAAAAAAAAAAAAAAAAAAA\":[[4,3]]}", "P14"},
    {"want", "{\"AAAAAAAAAAAAAAAAAAAAAA\":[[-1,3]]}", "P14"},
    {"want", "{\"AAAAAAAAAAAAAAAAAAAAAA\":[[\"3\",4]]}", "P14"},
    {"want", "{\"AAAAAAAAAAAAAAAAAAAAAA\":[[3,4],[5]]}", "P14"},
    {"want", "{\"AAAA\":[[3,4]]}", "P14"},
    {"want", "{\"AAAAAAAAAAAAAAAAAAAAAA\":[[3,4]],\"x\":[[3,4]]}", "P14"},
    {"checkpoint", "7", "P11"},
    {"checkpoint", "\"\"", "L4"},
    {"checkpoint", "\"nonsense\"", "L4"},
    {"consistency", "[]", "P11"},
    {"consistency", "\"x\"", "P11"},
};

static void header_lies(void **state)
{
	struct world *w = *state;
	struct json *head;
	struct buf good;

	rich_answer(w);
	buf_init(&good, BODY_MAX);
	buf_add_span(&good, span_buf(&w->answer));
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		const char *clause = lies[i].clause;

		buf_reset(&w->answer);
		buf_add_span(&w->answer, span_buf(&good));
		head = head_of(&w->answer);
		set_text(head, lies[i].name, lies[i].value);
		put_head(w, head);
		print_message("%s: %s\n", lies[i].name, lies[i].value);
		refused(w, strcmp(clause, "P26") == 0 ? RC_REMOTE : RC_REFUSED, clause, NULL);
	}
	assert_int_equal(w->c.alarms, 0);
	buf_reset(&w->answer);
	buf_add_span(&w->answer, span_buf(&good));
	take(w); /* the same session still takes the truth */
	buf_free(&good);
}

/* Members left out, doubled, in another order, unknown. */
static void header_shape(void **state)
{
	static const struct {
		const char *name, *clause;
	} gone[] = {
	    {"v", "P26"},      {"epoch", "P11"},      {"now", "P11"},   {"verdicts", "P11"},
	    {"ranges", "P15"}, {"leaf", "P16"},       {"after", "P11"}, {"more", "P11"},
	    {"next", "P11"},   {"checkpoint", "P11"},
	};
	static const struct {
		const char *old, *text, *clause;
	} shape[] = {
	    {"{\"v\":1,", "{\"v\":1,\"v\":1,", "P26"},
	    {"{\"v\":1,", "{\"v\": 1,", "P26"},
	    {"{\"v\":1,", "{\"v\":1,\"x\":1,", "P11"},
	    {",\"more\":false", ",\"more\":false,\"x\":1", "P11"},
	    {",\"next\":300}", ",\"next\":300,\"x\":1}", "P11"},
	    {",\"more\":false,\"next\":300}", ",\"next\":300,\"more\":false}", "P11"},
	};
	struct world *w = *state;
	struct json *head;
	struct buf good;

	rich_answer(w);
	buf_init(&good, BODY_MAX);
	buf_add_span(&good, span_buf(&w->answer));
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		buf_reset(&w->answer);
		buf_add_span(&w->answer, span_buf(&good));
		head = head_of(&w->answer);
		json_remove(head, gone[i].name);
		put_head(w, head);
		print_message("without %s\n", gone[i].name);
		refused(w, strcmp(gone[i].clause, "P26") == 0 ? RC_REMOTE : RC_REFUSED,
			gone[i].clause, NULL);
	}
	for (size_t i = 0; i < sizeof(shape) / sizeof(shape[0]); i++) {
		buf_reset(&w->answer);
		buf_add_span(&w->answer, span_buf(&good));
		edit(w, shape[i].old, shape[i].text);
		refused(w, strcmp(shape[i].clause, "P26") == 0 ? RC_REMOTE : RC_REFUSED,
			shape[i].clause, NULL);
	}
	buf_free(&good);
}

/* clause: P26 */
static void no_answer_at_all(void **state)
{
	static const char *const bodies[] = {
	    "",
	    "\n",
	    "<!DOCTYPE html>\n<html><body>Đăng nhập Wi-Fi</body></html>\n",
	    "{\"error\":\"login\"}\n",
	    "{\"type\":\"about:blank\",\"status\":503}\n",
	    "OK\n",
	    "null\n",
	    "[{\"v\":1}]\n",
	    "{\"v\":1", /* cut within the header */
	};
	struct world *w = *state;
	size_t len;

	rich_answer(w);
	len = w->answer.len;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct buf good = w->answer;

		buf_init(&w->answer, BODY_MAX);
		buf_add_str(&w->answer, bodies[i]);
		refused(w, RC_REMOTE, "P26", "session.no_answer");
		buf_free(&w->answer);
		w->answer = good;
	}
	/* cut anywhere: the header is no answer, the lines after it do not match `leaf` */
	size_t head = (size_t)((uint8_t *)memchr(w->answer.p, '\n', len) - w->answer.p) + 1;
	for (size_t cut = 0; cut < len; cut += cut < head ? 37 : 11) {
		w->answer.len = cut;
		refused(w, cut < head ? RC_REMOTE : RC_REFUSED, cut < head ? "P26" : "P16", NULL);
	}
	w->answer.len = len;
	assert_int_equal(w->c.alarms, 0);
	take(w);
}

/* Each range in turn left out, and each of its nodes changed. clause: P15 L3 */
static void proof_lies(void **state)
{
	struct world *w = *state;
	struct json *head;
	struct buf good;
	size_t n, tried = 0;

	rich_answer(w);
	buf_init(&good, BODY_MAX);
	buf_add_span(&good, span_buf(&w->answer));
	head = head_of(&good);
	n = json_len(json_get(head, "ranges"));
	json_free(head);
	assert_true(n >= 3); /* own lines, the cert, the chosen line */
	for (size_t i = 0; i < n; i++) {
		struct json *g, *kept = json_array();

		buf_reset(&w->answer);
		buf_add_span(&w->answer, span_buf(&good));
		head = head_of(&w->answer);
		for (g = json_first(json_get(head, "ranges")); g; g = json_next(g))
			if (g != json_at(json_get(head, "ranges"), i))
				json_append(kept, json_copy(g));
		json_set(head, "ranges", kept);
		put_head(w, head);
		refused(w, RC_REFUSED, "P15", "session.unproved");
		for (size_t j = 0;; j++, tried++) {
			buf_reset(&w->answer);
			buf_add_span(&w->answer, span_buf(&good));
			head = head_of(&w->answer);
			struct json *nodes =
			    json_get(json_at(json_get(head, "ranges"), i), "nodes");
			if (j == json_len(nodes)) {
				json_free(head);
				break;
			}
			char *text = span_dup(span_str(json_str(json_at(nodes, j))));
			text[7] = text[7] == 'A' ? 'B' : 'A';
			struct json *changed = json_array();
			for (g = json_first(nodes); g; g = json_next(g))
				json_append_str(changed,
						g == json_at(nodes, j) ? text : json_str(g));
			json_set(json_at(json_get(head, "ranges"), i), "nodes", changed);
			put_head(w, head);
			free(text);
			refused(w, RC_REFUSED, "L3", NULL);
		}
	}
	assert_true(tried > 6);
	buf_free(&good);
}

/* clause: A13 */
static void a_hole_in_an_authority_feed(void **state)
{
	struct world *w = *state;
	struct world *lie = w;

	/* each authority line of a first sync in turn, but the last of its feed */
	for (int64_t hidden = 0; hidden < 5; hidden++) {
		if (hidden == 2)
			continue; /* the root's last: without it the registrar is unknown */
		lie->s.hidden = hidden;
		ask(lie);
		answer(lie);
		refused(lie, RC_REFUSED, "A13", "session.authority_gap");
	}
	w->s.hidden = -1;
	round_trip(w);
	/* later: a cert withheld while the one after it is given */
	exchange_server_add(&w->s,
			    actor_cert(&w->reg, SCOPE, w->nobody.pk, ROLE_CLERK, SCOPE, NULL));
	exchange_server_add(&w->s, actor_revoke(&w->reg, SCOPE, w->clerk.pk, 5));
	w->s.hidden = 8;
	ask(w);
	answer(w);
	refused(w, RC_REFUSED, "A13", NULL);
	w->s.hidden = -1;
	round_trip(w);
	assert_int_equal(w->c.pulled, 2);
}

/* A clerk becomes a verifier between two of her lines; this PC gets all of it at once. clause: A13 */
static void a_clerk_becomes_central(void **state)
{
	struct world *w = *state;

	exchange_server_add(&w->s, actor_open(&w->mate, SCOPE));
	exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));
	exchange_server_add(&w->s, actor_cert(&w->root, "*", w->mate.pk, ROLE_VERIFIER, "*", NULL));
	exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));
	round_trip(w);
	assert_int_equal(w->c.pulled, 10);
	w->s.hidden = exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));
	exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));
	ask(w);
	answer(w);
	refused(w, RC_REFUSED, "A13", NULL);
}

/* The registrar's PC, restored from an image: two lines are sent again, the one after comes back. clause: A13 */
static void a_central_pc_is_restored(void **state)
{
	struct world *w = *state;
	struct actor image;

	round_trip(w);
	image = w->reg;
	for (size_t i = 0; i < 3; i++)
		exchange_server_add(&w->s, actor_revoke(&w->reg, SCOPE, w->nobody.pk, 5));
	for (size_t i = 0; i < 2; i++)
		exchange_client_push(&w->c, actor_revoke(&image, SCOPE, w->nobody.pk, 5));
	round_trip(w);
	assert_int_equal(w->c.verdicts[SESSION_DUPLICATE], 2);
	assert_int_equal(w->c.pulled, 1);
}

/* clause: P17 */
static void a_line_of_another_scope(void **state)
{
	struct world *w = *state;
	struct entry *e = asset(w, &w->mate, SCOPE), *away = asset(w, &w->mate, ELSEWHERE);

	round_trip(w);
	exchange_server_add(&w->s, e);
	ask(w);
	answer(w);
	char *line = span_dup(e->line), *other = span_dup(away->line);
	edit(w, line, other);
	refused(w, RC_REFUSED, "P17", "session.scope");
	free(line);
	free(other);
	entry_free(away);
}

/* A line that is not well formed and signed is not what the collector holds. clause: A1 P18 */
static void a_changed_line(void **state)
{
	struct world *w = *state;

	rich_answer(w);
	edit(w, "\"name\":\"Máy phát điện\"", "\"name\":\"Máy phát diện\"");
	refused(w, RC_REFUSED, "A1", "entry.signature");
	answer(w);
	edit(w, "\"set\":{\"name\":\"Máy phát điện\"}", "\"set\":{\"name\":\"x\",\"name\":\"y\"}");
	refused(w, RC_REFUSED, "E6", NULL);
}

/* clause: P12 E21 */
static void a_duplicate_with_a_wrong_signature(void **state)
{
	uint8_t sig[CRYPT_SIG_LEN];
	struct world *w = *state;
	struct actor again;

	actor_init(&again, 3);
	exchange_client_push(&w->c, actor_open(&w->clerk, SCOPE));
	round_trip(w);
	exchange_client_push(&w->c, actor_open(&again, SCOPE));
	memcpy(sig, w->c.out[0]->sig, sizeof(sig));
	sig[3] ^= 4;
	w->s.other = sig;
	ask(w);
	answer(w);
	refused(w, RC_REFUSED, "E21", "entry.signature");
	w->s.other = NULL;
	round_trip(w);
	assert_int_equal(w->c.verdicts[SESSION_DUPLICATE], 1);
	actor_free(&again);
}

/* clause: L4 L11 */
static void another_log(void **state)
{
	struct world *w = *state;
	struct exchange_server other;
	struct buf note;

	rich_answer(w);
	exchange_server_init(&other, w->root.pk, OTHER_LOG_SEED);
	for (size_t i = 0; i < w->s.n; i++) {
		struct entry *e = NULL;

		assert_int_equal(entry_load(w->s.row[i]->payload, w->s.row[i]->sig,
					    w->s.row[i]->key, &e, NULL),
				 RC_OK);
		exchange_server_add(&other, e);
	}
	buf_init(&note, NOTE_TEXT_MAX);
	exchange_server_note(&other, &note);
	struct json *head = head_of(&w->answer);
	json_set_span(head, "checkpoint", span_buf(&note));
	put_head(w, head);
	refused(w, RC_REFUSED, "L4", NULL);
	head = head_of(&w->answer);
	json_set_str(head, "epoch", other.epoch);
	put_head(w, head);
	refused(w, RC_REFUSED, "L11", NULL);
	assert_int_equal(w->c.alarms, 0);
	buf_free(&note);
	exchange_server_free(&other);
}

/* A PC that does not know the log's key can check nothing, so it takes nothing. clause: P18 */
static void without_the_log_key(void **state)
{
	struct world *w = *state;
	struct exchange_client bare;

	exchange_client_init(&bare, w->root.pk, NULL);
	struct exchange_client known = w->c;
	w->c = bare;
	ask(w);
	answer(w);
	refused(w, RC_REFUSED, "K8", "session.no_log");
	struct json *head = head_of(&w->answer);
	json_remove(head, "checkpoint");
	put_head(w, head);
	refused(w, RC_REFUSED, "P16", NULL);
	session_client_free(w->round);
	w->round = NULL;
	exchange_client_free(&w->c);
	w->c = known;
}

/* clause: L10 */
static void a_smaller_tree(void **state)
{
	struct world *w = *state;
	struct exchange_server old;

	exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));
	round_trip(w);
	exchange_server_init(&old, w->root.pk, LOG_SEED); /* the log's key, an earlier state */
	for (size_t i = 0; i < 6; i++) {
		struct entry *e = NULL;

		assert_int_equal(entry_load(w->s.row[i]->payload, w->s.row[i]->sig,
					    w->s.row[i]->key, &e, NULL),
				 RC_OK);
		exchange_server_add(&old, e);
	}
	ask(w);
	struct err err = {0};
	buf_reset(&w->answer);
	assert_int_equal(exchange_server_answer(&old, span_buf(&w->request), &w->answer, &err),
			 RC_CONFLICT); /* an honest one says so itself (P17) */
	assert_string_equal(err.key, "session.rollback");
	old.forgets = true; /* one that hides it */
	assert_int_equal(exchange_server_answer(&old, span_buf(&w->request), &w->answer, &err),
			 RC_OK);
	struct json *head = head_of(&w->answer);
	json_set_int(head, "after", w->c.pos.after);
	put_head(w, head);
	refused(w, RC_REFUSED, "L10", "session.smaller");
	assert_int_equal(w->c.alarms, 1);
	assert_string_equal(w->c.alarm, "L10");
	exchange_server_free(&old);
}

/* Another history under the same key, larger and of the same size. clause: L10 */
static void a_split_view(void **state)
{
	struct world *w = *state;

	exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));
	round_trip(w);
	uint8_t kept[TREE_HASH];
	memcpy(kept, w->s.leaf[7], TREE_HASH);
	w->s.leaf[7][0] ^= 1;
	exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));
	ask(w);
	answer(w);
	refused(w, RC_REFUSED, "L10", "session.inconsistent");
	assert_int_equal(w->c.alarms, 1);
	entry_free(w->s.row[--w->s.n]);
	w->s.forgets = true; /* so that a checkpoint travels at all */
	ask(w);
	answer(w);
	refused(w, RC_REFUSED, "L10", "session.inconsistent");
	assert_int_equal(w->c.alarms, 2);
	w->s.forgets = false;
	memcpy(w->s.leaf[7], kept, TREE_HASH);
	exchange_server_add(&w->s, actor_revoke(&w->reg, SCOPE, w->mate.pk, 1));
	round_trip(w);
	assert_int_equal(w->c.pos.size, 10);
	assert_int_equal(w->c.alarms, 2);
}

/* ------------------------------------------------------------------------ flips */

/* Is `at` within the feed of a pulled line: then nobody knows whose it is (A1)? */
static bool in_feed(const struct buf *body, size_t at)
{
	static const char before[] = "\"feed\":\"";
	const char *text = (const char *)body->p, *p = strchr(text, '\n');

	while ((p = strstr(p, before)) != NULL) {
		p += sizeof(before) - 1;
		if (at >= (size_t)(p - text) && at < (size_t)(p - text) + CODEC_B64U_16)
			return true;
	}
	return false;
}

/* Is `at` within a header member that carries no trust: now, want, more, next? */
static bool in_untrusted(const struct buf *body, size_t at)
{
	static const char *const span[][2] = {{"\"now\":", ",\"verdicts\""},
					      {"\"want\":", ",\"checkpoint\""},
					      {"\"more\":", "}\n"}};
	const char *text = (const char *)body->p;

	for (size_t i = 0; i < sizeof(span) / sizeof(span[0]); i++) {
		const char *from = strstr(text, span[i][0]),
			   *to = from ? strstr(from, span[i][1]) : NULL;

		if (to && at >= (size_t)(from - text) && at < (size_t)(to - text))
			return true;
	}
	return false;
}

static void flips(struct world *w, uint64_t seed, size_t rounds)
{
	struct buf good, said;
	size_t pulled, taken = 0;

	w->c.dry = true;
	take(w);
	pulled = w->c.pulled;
	buf_init(&good, BODY_MAX);
	buf_init(&said, BODY_MAX);
	buf_add_span(&good, span_buf(&w->answer));
	buf_add_span(&said, span_buf(&w->c.said));
	for (size_t i = 0; i < rounds; i++) {
		struct rng rng = rng_case(seed, i);
		size_t at = rng_below(&rng, good.len), before = w->c.applied;
		struct err err = {0};

		buf_reset(&w->answer);
		buf_add_span(&w->answer, span_buf(&good));
		w->answer.p[at] ^= (uint8_t)(1U << rng_below(&rng, 8));
		ask(w);
		enum rc rc = session_client_reply(w->round, span_buf(&w->answer), &w->report, &err);
		if (rc != RC_OK) {
			assert_int_equal(w->c.applied, before);
			assert_true(rc == RC_REFUSED || rc == RC_REMOTE);
			assert_string_not_equal(err.clause, "");
			continue;
		}
		taken++;
		if (span_eq(span_buf(&w->c.said), span_buf(&said))) {
			if (!in_untrusted(&good, at))
				fail_msg("case %zu: byte %zu counts for nothing", i, at);
		} else if (!in_feed(&good, at) || w->report.unknown != 1 ||
			   w->c.pulled != pulled - 1) {
			fail_msg("case %zu: byte %zu changed what is stored", i, at);
		}
	}
	print_message("%zu flips in %zu bytes: %zu still taken, %zu alarms\n", rounds, good.len,
		      taken, w->c.alarms);
	buf_free(&good);
	buf_free(&said);
}

/* clause: P18 */
static void every_flip_is_seen(void **state)
{
	struct world *w = *state;
	uint64_t seed = rng_seed(20261123);

	rich_answer(w);
	flips(w, seed, 2000);
}

/* clause: P18 */
static void every_flip_of_a_first_answer_is_seen(void **state)
{
	struct world *w = *state;
	uint64_t seed = rng_seed(20261124);

	exchange_server_add(&w->s, asset(w, &w->mate, SCOPE));
	exchange_client_push(&w->c, actor_open(&w->clerk, SCOPE));
	w->s.want = "{\"AAAAAAAAAAAAAAAAAAAAAA\":[[3,4]]}";
	ask(w);
	answer(w);
	flips(w, seed, 1500);
}

/* -------------------------------------------------------------------- wire size */

static void uuid7_text(struct rng *r, uint64_t ms, char ret[CODEC_UUID_LEN + 1])
{
	uint8_t id[16];

	rng_bytes(r, id, sizeof(id));
	for (size_t i = 0; i < 6; i++)
		id[i] = (uint8_t)(ms >> (40 - 8 * i));
	codec_uuid_stamp(id, 7);
	codec_uuid(id, ret);
}

/* The lines of an inventory, as a clerk counts them: about forty seconds apart. */
static struct entry *count_line(struct actor *a, struct rng *r, const char *session,
				struct entry_draft *d)
{
	static const char *const condition[] = {"tot", "kha", "trung_binh", "kem", "hong"};
	char asset_id[CODEC_UUID_LEN + 1];
	size_t book = 1 + rng_below(r, 12), counted = rng_one_in(r, 9) ? book - 1 : book,
	       cost = 100000 * (10 + rng_below(r, 900));
	uint8_t id[16];
	struct entry *e = NULL;
	struct buf b;

	uuid7_text(r, 1794000000000 + rng_below(r, 60000), asset_id); /* the register's import */
	struct span part[2] = {span_str(session), span_str(asset_id)};
	entry_uuid_key("inventory_line", part, 2, id);
	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	buf_addf(&b,
		 "{\"session\":\"%s\",\"asset\":\"%s\",\"book_qty\":%zu,\"book_cost\":%zu,"
		 "\"book_residual\":%zu,\"count_status\":\"da_kiem\",\"counted_qty\":%zu,"
		 "\"use_state\":\"dung_muc_dich\",\"condition\":\"%s\",\"discrepancy\":\"%s\"}",
		 session, asset_id, book, cost, cost / 10 * rng_below(r, 10), counted,
		 condition[rng_below(r, 5)], counted < book ? "thieu" : "khop");
	d->entity = id;
	d->set = span_buf(&b);
	rng_bytes(r, d->salt, sizeof(d->salt));
	assert_int_equal(entry_seal(d, a->signer, &e, NULL), RC_OK);
	memcpy(d->prev, e->id, sizeof(d->prev));
	d->seq++;
	d->at += 20 + (int64_t)rng_below(r, 40);
	buf_free(&b);
	return e;
}

static void wire_bytes_per_record(void **state)
{
	enum { BATCH = 100, CEILING = 210, FLOOR = 122 };
	struct world *w = *state;
	struct rng r = rng_case(rng_seed(1), 0);
	char session[CODEC_UUID_LEN + 1];
	struct entry_draft d = {.op = ENTRY_SET,
				.scope = SCOPE,
				.kind = "inventory_line",
				.at = 1795054267};
	struct buf packed;

	round_trip(w);
	uuid7_text(&r, 1795050000000, session);
	rng_bytes(&r, w->clerk.feed + 8, 8);
	memcpy(d.feed, w->clerk.feed, sizeof(d.feed));
	d.seq = 1;
	rng_bytes(&r, d.prev, sizeof(d.prev));
	d.seen_size = w->c.pos.size;
	memcpy(d.seen_root, w->c.pos.root, sizeof(d.seen_root));
	for (size_t i = 0; i < BATCH; i++)
		exchange_client_push(&w->c, count_line(&w->clerk, &r, session, &d));
	ask(w);
	buf_init(&packed, BODY_MAX);
	assert_int_equal(zst_compress(span_buf(&w->request), 9, &packed, NULL), RC_OK);
	print_message("%d records: %zu bytes each as text, %zu packed (%.2f of %d)\n", BATCH,
		      w->request.len / BATCH, packed.len / BATCH,
		      (double)packed.len / (double)(BATCH * FLOOR), FLOOR);
	assert_true(packed.len <= CEILING * BATCH);
	answer(w);
	take(w);
	assert_int_equal(w->report.accepted, BATCH);
	buf_free(&packed);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(a_refusal_proves_itself_or_changes_nothing),
	    T(parse_all_members),
	    T(parse_refusals),
	    T(enrol_proves_possession),
	    T(parse_counts_lines),
	    T(parse_keeps_good_lines),
	    T(position_is_checked),
	    T(pull_has_limits),
	    T(verdict_runs_are_merged),
	    T(ranges_keep_authors_apart),
	    T(first_sync),
	    T(empty_sync_is_small),
	    T(empty_sync_while_others_work),
	    T(fresh_asks_for_a_checkpoint),
	    T(duplicates_and_own_lines),
	    T(a_revoked_device_pulls_nothing),
	    T(want_reaches_the_store),
	    T(want_has_a_ceiling),
	    T(a_push_fits_into_a_body),
	    T(enrol_travels),
	    T(strangers_block_nobody),
	    T(a_late_cert_brings_what_was_skipped),
	    T(header_lies),
	    T(header_shape),
	    T(no_answer_at_all),
	    T(proof_lies),
	    T(a_hole_in_an_authority_feed),
	    T(a_clerk_becomes_central),
	    T(a_central_pc_is_restored),
	    T(a_line_of_another_scope),
	    T(a_changed_line),
	    T(a_duplicate_with_a_wrong_signature),
	    T(another_log),
	    T(without_the_log_key),
	    T(a_smaller_tree),
	    T(a_split_view),
	    T(every_flip_is_seen),
	    T(every_flip_of_a_first_answer_is_seen),
	    T(wire_bytes_per_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
