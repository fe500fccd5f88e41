/*
 * op_owner and op_dispatch: one process owns a store, others reach it. Real
 * processes (this executable as tests/support/toy), real loopback HTTP.
 */
#include "lib/op_owner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/crypt.h"
#include "lib/http.h"
#include "lib/limits.h"
#include "lib/op_dispatch.h"
#include "tests/support/toy.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { EACH = 10 }; /* commands of each of two processes: starting one is what takes the time there */
#else
enum { EACH = 50 };
#endif

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct fixture {
	char *exe, *home;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct toy_run r;

	f->exe = toy_path("op_owner_test");
	assert_int_equal(os_dir_temp(&f->home, "kk-owner", NULL), RC_OK);
	toy_run(&r, f->exe, f->home, WORDS("init"), NULL, NULL);
	assert_int_equal(r.status, 0);
	toy_run_free(&r);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)os_dir_remove(f->home, NULL);
	free(f->exe);
	free(f->home);
	free(f);
	return 0;
}

static char *in_home(const struct fixture *f, const char *name)
{
	char *path = NULL;

	assert_int_equal(os_path_join(&path, f->home, name, NULL), RC_OK);
	return path;
}

static bool exists(const struct fixture *f, const char *name)
{
	char *path = in_home(f, name);
	bool yes = os_file_exists(path);

	free(path);
	return yes;
}

static bool has(const struct buf *b, const char *text)
{
	return b->p && strstr((const char *)b->p, text) != NULL;
}

/* Run and expect a status; stdout into *out (caller frees) when not NULL. */
static void expect(const struct fixture *f, const char *const *words, const char *pin, int status,
		   char **out)
{
	struct toy_run r;

	toy_run(&r, f->exe, f->home, words, pin, NULL);
	if (r.status != status)
		fail_msg("%s: status %d: %s", words[0], r.status, r.err.p ? (char *)r.err.p : "");
	if (out)
		*out = span_dup(span_buf(&r.out));
	toy_run_free(&r);
}

static size_t count_lines(const struct fixture *f)
{
	char *path = in_home(f, "lines");
	struct span rest, line;
	struct buf text;
	size_t n = 0;

	buf_init(&text, LIMIT_JSON_TEXT);
	assert_int_equal(os_file_read(path, &text, NULL), RC_OK);
	for (rest = span_buf(&text); span_line(&rest, &line);)
		n++;
	buf_free(&text);
	free(path);
	return n;
}

/* ---- raw requests ---- */

struct answer {
	int status;
	char *body, *key;
};

static void answer_free(struct answer *a)
{
	free(a->body);
	free(a->key);
}

static struct answer ask(const struct op_owner_file *file, const char *method, const char *path,
			 const struct http_header *head, size_t nhead, const char *body)
{
	const struct http_conf conf = {.total_ms = 20000};
	struct answer a = {0};
	struct http *h = NULL;
	struct http_res res;
	struct json *o = NULL;
	char url[256];

	snprintf(url, sizeof(url), "%s%s", file->url, path);
	const struct http_req req = {.method = method,
				     .url = url,
				     .head = head,
				     .nhead = nhead,
				     .body = body ? span_str(body) : span_of(NULL, 0),
				     .has_body = body != NULL,
				     .max_body = LIMIT_JSON_TEXT + 1};
	assert_int_equal(http_new(&h, &conf, NULL), RC_OK);
	assert_int_equal(http_exchange(h, &req, &res, NULL), RC_OK);
	a.status = res.status;
	a.body = span_dup(span_buf(&res.body));
	if (json_parse(span_buf(&res.body), NULL, &o, NULL) == RC_OK && json_get_str(o, "key"))
		a.key = span_dup(span_str(json_get_str(o, "key")));
	json_free(o);
	http_res_free(&res);
	http_free(h);
	return a;
}

static void read_owner(const struct fixture *f, struct op_owner_file *file, char auth[80])
{
	assert_int_equal(op_dispatch_owner_read(f->home, file, NULL), RC_OK);
	snprintf(auth, 80, "Bearer %s", file->token);
}

/* ---- tests ---- */

/* The same body by three ways: in this process, through the owner, as a page would. */
static void same_answer_three_ways(void **state)
{
	static const char *const lines[][8] = {
	    {"echo", "--json", "asset", "id", "a=Đống Đa", "b=", "--tag=x", NULL},
	    {"echo", "--json", "k", "--count", "9007199254740991", "--force", NULL},
	    {"list", "--json", NULL},
	    {"fail", "--json", "refused", "--clause", "E7", NULL},
	    {"fail", "--json", "busy", NULL},
	    {"fail", "--json", "corrupt", NULL},
	    {"lazy", "--json", NULL},
	};
	static const int statuses[] = {0, 0, 0, 65, 75, 65, 64};
	const struct fixture *f = *state;
	enum { N = sizeof(lines) / sizeof(lines[0]) };
	char *alone[N], *owned[N], auth[80];
	struct op_owner_file file;

	expect(f, WORDS("add", "Lan"), TOY_PIN, 0, NULL);
	for (size_t i = 0; i < N; i++)
		expect(f, lines[i], NULL, statuses[i], &alone[i]);
	struct os_proc *owner = toy_serve(f->exe, f->home, NULL);
	for (size_t i = 0; i < N; i++)
		expect(f, lines[i], NULL, statuses[i], &owned[i]);
	for (size_t i = 0; i < N; i++)
		assert_string_equal(alone[i], owned[i]);
	read_owner(f, &file, auth);
	const struct http_header head[] = {{"Authorization", auth},
					   {"Content-Type", "application/json; charset=utf-8"}};
	struct answer a =
	    ask(&file, "POST", "/api/echo", head, 2,
		"{\"kind\":\"asset\",\"id\":\"id\",\"set\":{\"a\":\"Đống Đa\",\"b\":\"\"},"
		"\"tag\":[\"x\"]}");
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, alone[0]);
	answer_free(&a);
	for (size_t i = 0; i < N; i++) {
		free(alone[i]);
		free(owned[i]);
	}
	assert_int_equal(toy_stop(owner), 0);
	assert_false(exists(f, "owner.json"));
}

struct shell {
	const struct fixture *f;
	const char *name;
	int failed;
};

static void shell(void *arg)
{
	struct shell *s = arg;

	for (int i = 0; i < EACH; i++) {
		struct toy_run r;
		char name[32];
		snprintf(name, sizeof(name), "%s%d", s->name, i);
		toy_run(&r, s->f->exe, s->f->home, WORDS("add", name, "--json"), TOY_PIN, NULL);
		if (r.status != 0) {
			s->failed++;
			print_error("%s: %d %s", name, r.status, r.out.p ? (char *)r.out.p : "");
		}
		toy_run_free(&r);
	}
}

static void two_shells(const struct fixture *f)
{
	size_t before = count_lines(f);
	struct shell s[2] = {{f, "a", 0}, {f, "b", 0}};
	struct os_thread *t[2];

	for (int i = 0; i < 2; i++)
		assert_int_equal(os_thread_start(&t[i], shell, &s[i], NULL), RC_OK);
	for (int i = 0; i < 2; i++)
		os_thread_join(t[i]);
	assert_int_equal(s[0].failed + s[1].failed, 0);
	assert_int_equal(count_lines(f) - before, 2 * EACH);
}

static void two_shells_without_owner(void **state)
{
	two_shells(*state);
}

static void two_shells_with_owner(void **state)
{
	const struct fixture *f = *state;
	struct os_proc *owner = toy_serve(f->exe, f->home, NULL);

	two_shells(f);
	assert_int_equal(toy_stop(owner), 0);
}

/* The owner comes and goes while commands run: each is done once, none fails. */
static void owner_comes_and_goes(void **state)
{
	const struct fixture *f = *state;
	size_t before = count_lines(f);
	struct shell s = {f, "c", 0};
	struct os_thread *t = NULL;

	assert_int_equal(os_thread_start(&t, shell, &s, NULL), RC_OK);
	for (int i = 0; i < 5; i++) {
		struct os_proc *owner = toy_serve(f->exe, f->home, NULL);
		os_sleep_ms(100);
		assert_int_equal(toy_stop(owner), 0);
	}
	os_thread_join(t);
	assert_int_equal(s.failed, 0);
	assert_int_equal(count_lines(f) - before, EACH);
}

static void stale_owner_file(void **state)
{
	const struct fixture *f = *state;
	struct op_owner_file file = {.pid = 1, .url = "http://127.0.0.1:1"};

	memset(file.token, 'a', sizeof(file.token) - 1);
	assert_int_equal(op_dispatch_owner_write(f->home, &file, NULL), RC_OK);
	expect(f, WORDS("add", "Lan"), TOY_PIN, 0, NULL);
	assert_false(exists(f, "owner.json"));
	char *path = in_home(f, "owner.json");
	assert_int_equal(os_file_write(path, span_str("{\"pid\":"), OS_REPLACE, NULL), RC_OK);
	expect(f, WORDS("list"), NULL, 0, NULL);
	assert_false(exists(f, "owner.json"));
	free(path);
}

static void owner_killed(void **state)
{
	const struct fixture *f = *state;
	struct os_proc *owner = toy_serve(f->exe, f->home, NULL);
	int status = 0;

	os_proc_kill(owner, true);
	assert_int_equal(os_proc_wait(owner, 10000, &status, NULL), RC_OK);
	os_proc_free(owner);
	assert_true(exists(f, "owner.json"));
	/* the killed owner's store keeps its own marker; a real store has none */
	char *marker = in_home(f, "in-use");
	assert_int_equal(os_file_remove(marker, NULL), RC_OK);
	free(marker);
	expect(f, WORDS("add", "Lan"), TOY_PIN, 0, NULL);
	assert_false(exists(f, "owner.json"));
}

static void owner_dies_in_the_middle(void **state)
{
	const struct fixture *f = *state;
	struct os_proc *owner = toy_serve(f->exe, f->home, NULL);
	char *out = NULL;
	int status = 0;

	expect(f, WORDS("crash", "--json"), NULL, 69, &out);
	assert_non_null(strstr(out, "\"key\":\"op.owner_lost\""));
	free(out);
	assert_int_equal(os_proc_wait(owner, 10000, &status, NULL), RC_OK);
	os_proc_free(owner);
	char *marker = in_home(f, "in-use");
	assert_int_equal(os_file_remove(marker, NULL), RC_OK);
	free(marker);
}

/* A program built without its pages says so to a browser, and gives no link. */
static void without_pages(void **state)
{
	const struct fixture *f = *state;
	struct os_proc *owner = toy_serve(f->exe, f->home, NULL);
	struct op_owner_file file;
	char auth[80];

	read_owner(f, &file, auth);
	const struct http_header head[] = {{"Authorization", auth}};
	struct answer a = ask(&file, "GET", "/", NULL, 0, NULL);
	assert_int_equal(a.status, 404);
	assert_non_null(strstr(a.body, "không kèm trang làm việc"));
	answer_free(&a);
	a = ask(&file, "POST", "/api-ticket", head, 1, "");
	assert_int_equal(a.status, 404);
	assert_string_equal(a.key, "page.none");
	answer_free(&a);
	a = ask(&file, "POST", "/api-ticket", NULL, 0, "");
	assert_int_equal(a.status, 403);
	assert_string_equal(a.key, "op.token");
	answer_free(&a);
	assert_int_equal(toy_stop(owner), 0);
}

static void one_owner_only(void **state)
{
	const struct fixture *f = *state;
	struct os_proc *owner = toy_serve(f->exe, f->home, NULL);
	char *out = NULL;

	expect(f, WORDS("serve", "--json"), NULL, 75, &out);
	assert_non_null(strstr(out, "\"key\":\"op.owned\""));
	free(out);
	/* needs no store: runs beside it */
	expect(f, WORDS("judge", "ok"), NULL, 0, NULL);
	assert_int_equal(toy_stop(owner), 0);
}

/* The lock is held, owner.json names its holder, but another program listens on the port. */
struct liar {
	atomic_int asked, posted, token_seen;
};

static void liar_handle(void *ctx, struct httpd_req *req)
{
	struct liar *l = ctx;

	if (httpd_header(req, "Authorization"))
		atomic_fetch_add(&l->token_seen, 1);
	atomic_fetch_add(strcmp(httpd_method(req), "GET") == 0 ? &l->asked : &l->posted, 1);
	httpd_reply(req, 200, "application/json", span_str("{\"proof\":\"00\"}"));
}

static void stranger_on_the_port(void **state)
{
	static const struct httpd_route routes[] = {
	    {.method = "GET", .path = "/api-owner", .handle = liar_handle},
	    {.method = "POST", .path = "/api/{name}", .body_max = 4096, .handle = liar_handle},
	};
	const struct fixture *f = *state;
	struct liar liar = {0};
	const struct httpd_conf conf = {.address = "127.0.0.1",
					.threads = 1,
					.route = routes,
					.nroute = 2,
					.lang = "vi",
					.problem_base = "urn:kiemke:problem:",
					.ctx = &liar};
	struct op_owner_file file = {.pid = os_pid()};
	struct os_lock *lock = NULL;
	struct httpd *d = NULL;
	char *path = in_home(f, "lock"), *out = NULL;

	assert_int_equal(httpd_start(&d, &conf, NULL), RC_OK);
	assert_int_equal(os_lock_take(&lock, path, NULL), RC_OK);
	snprintf(file.url, sizeof(file.url), "http://127.0.0.1:%u", (unsigned)httpd_port(d));
	memset(file.token, 'a', sizeof(file.token) - 1);
	assert_int_equal(op_dispatch_owner_write(f->home, &file, NULL), RC_OK);
	expect(f, WORDS("add", "Lan", "--wait", "1", "--json"), TOY_PIN, 75, &out);
	assert_non_null(strstr(out, "\"key\":\"op.busy\""));
	char pid[40];
	snprintf(pid, sizeof(pid), "\"pid\":\"%lld\"", (long long)os_pid());
	assert_non_null(strstr(out, pid));
	assert_true(atomic_load(&liar.asked) > 0);
	assert_int_equal(atomic_load(&liar.posted), 0);
	assert_int_equal(atomic_load(&liar.token_seen), 0);
	os_lock_free(lock);
	httpd_stop(d, 1000);
	free(out);
	free(path);
}

enum auth { GOOD, NONE, WRONG, EMPTY, BARE, AUTH_N };

/* "%" in host and origin stands for the port. status 0: what httpd_status says of rc. */
static const struct {
	const char *method, *path;
	enum auth auth;
	const char *type, *host, *origin, *body;
	int status;
	enum rc rc;
	const char *key;
} requests[] = {
    {"POST", "/api/list", GOOD, "application/json", NULL, NULL, "{}", 200, RC_OK, NULL},
    {"POST", "/api/list", GOOD, "application/json", "localhost:%", NULL, "{}", 200, RC_OK, NULL},
    {"POST", "/api/list", GOOD, "application/json", NULL, "http://localhost:%", "{}", 200, RC_OK,
     NULL},
    {"POST", "/api/list", NONE, "application/json", NULL, NULL, "{}", 401, RC_OK, "op.token"},
    {"POST", "/api/list", WRONG, "application/json", NULL, NULL, "{}", 401, RC_OK, "op.token"},
    {"POST", "/api/list", EMPTY, "application/json", NULL, NULL, "{}", 401, RC_OK, "op.token"},
    {"POST", "/api/list", BARE, "application/json", NULL, NULL, "{}", 401, RC_OK, "op.token"},
    {"POST", "/api/list", GOOD, "application/json", NULL, "https://evil.example", "{}", 403, RC_OK,
     "op.origin"},
    {"POST", "/api/list", GOOD, "application/json", NULL, "null", "{}", 403, RC_OK, "op.origin"},
    {"POST", "/api/list", GOOD, "application/json", NULL, "http://localhost:1", "{}", 403, RC_OK,
     "op.origin"},
    {"POST", "/api/list", GOOD, "application/json", "127.0.0.1:1", NULL, "{}", 403, RC_OK,
     "op.host"},
    {"POST", "/api/list", GOOD, "application/json", "127.0.0.1", NULL, "{}", 403, RC_OK, "op.host"},
    {"POST", "/api/list", GOOD, "text/plain", NULL, NULL, "{}", 415, RC_OK, NULL},
    {"GET", "/api/list", GOOD, NULL, NULL, NULL, NULL, 405, RC_OK, NULL},
    {"POST", "/api/nothing", GOOD, "application/json", NULL, NULL, "{}", 404, RC_OK,
     "op.api_unknown"},
    {"POST", "/api/serve", GOOD, "application/json", NULL, NULL, "{}", 404, RC_OK,
     "op.api_unknown"},
    {"POST", "/api/judge", GOOD, "application/json", NULL, NULL, "{\"code\":\"ok\"}", 404, RC_OK,
     "op.api_unknown"},
    {"POST", "/api/list", GOOD, "application/json", NULL, NULL, "{\"x\":1}", 0, RC_USAGE,
     "op.unknown_member"},
    {"POST", "/api/list", GOOD, "application/json", NULL, NULL, "{", 0, RC_REFUSED, "json.cut"},
    {"POST", "/api/list", GOOD, "application/json", NULL, NULL, "{\"x\":1,\"x\":1}", 0, RC_REFUSED,
     "json.duplicate"},
};

static const char *with_port(char *ret, size_t cap, const char *text, const char *port)
{
	const char *mark = strchr(text, '%');

	snprintf(ret, cap, "%.*s%s", mark ? (int)(mark - text) : (int)strlen(text), text,
		 mark ? port : "");
	return ret;
}

static void one_request(const struct op_owner_file *file, const char *const auths[AUTH_N], size_t i)
{
	const char *port = strrchr(file->url, ':') + 1;
	struct http_header head[4];
	char host[64], origin[64];
	size_t n = 0;

	if (auths[requests[i].auth])
		head[n++] = (struct http_header){"Authorization", auths[requests[i].auth]};
	if (requests[i].type)
		head[n++] = (struct http_header){"Content-Type", requests[i].type};
	if (requests[i].host)
		head[n++] = (struct http_header){"Host", with_port(host, sizeof(host),
								   requests[i].host, port)};
	if (requests[i].origin)
		head[n++] = (struct http_header){"Origin", with_port(origin, sizeof(origin),
								     requests[i].origin, port)};
	struct answer a =
	    ask(file, requests[i].method, requests[i].path, head, n, requests[i].body);
	int want = requests[i].status ? requests[i].status : httpd_status(requests[i].rc);
	const char *key = requests[i].key;
	if (a.status != want || (key && (!a.key || strcmp(a.key, key) != 0)))
		fail_msg("request %zu: %d %s", i, a.status, a.body);
	answer_free(&a);
}

static void who_may_ask(void **state)
{
	const struct fixture *f = *state;
	struct os_proc *owner = toy_serve(f->exe, f->home, NULL);
	struct op_owner_file file;
	char auth[80], wrong[80];

	read_owner(f, &file, auth);
	memcpy(wrong, auth, sizeof(wrong));
	wrong[70] = wrong[70] == '0' ? '1' : '0';
	const char *const auths[AUTH_N] = {
	    [GOOD] = auth, [WRONG] = wrong, [EMPTY] = "Bearer ", [BARE] = file.token};
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		one_request(&file, auths, i);
	/* a Host that is not ours never reaches a handler */
	const struct http_header evil[] = {{"Authorization", auth},
					   {"Content-Type", "application/json"},
					   {"Host", "evil.example"}};
	struct answer a = ask(&file, "POST", "/api/list", evil, 3, "{}");
	assert_true(a.status >= 400 && a.status < 500);
	answer_free(&a);
	const struct http_header nonce[] = {{"Kk-Nonce", "short"}};
	a = ask(&file, "GET", "/api-owner", nonce, 1, NULL);
	assert_int_equal(a.status, httpd_status(RC_USAGE));
	assert_string_equal(a.key, "op.nonce");
	answer_free(&a);
	assert_int_equal(toy_stop(owner), 0);
}

static void body_ceiling(void **state)
{
	const struct fixture *f = *state;
	struct os_proc *owner = toy_serve(f->exe, f->home, NULL);
	struct op_owner_file file;
	char auth[80], *body = calloc(1, LIMIT_JSON_TEXT + 2);

	read_owner(f, &file, auth);
	memset(body, ' ', LIMIT_JSON_TEXT + 1);
	const struct http_header head[] = {{"Authorization", auth},
					   {"Content-Type", "application/json"}};
	struct answer a = ask(&file, "POST", "/api/list", head, 2, body);
	assert_int_equal(a.status, 413);
	answer_free(&a);
	free(body);
	assert_int_equal(toy_stop(owner), 0);
}

/* What the listener answers to a client that has only the file, or not even that. */
static void proof(void **state)
{
	const struct fixture *f = *state;
	struct os_proc *owner = toy_serve(f->exe, f->home, NULL);
	struct op_owner_file file;
	char auth[80], nonce[65], want[65];

	read_owner(f, &file, auth);
	assert_int_equal(op_dispatch_token(nonce, NULL), RC_OK);
	op_dispatch_proof(file.token, nonce, want);
	const struct http_header head[] = {{"Kk-Nonce", nonce}, {"Authorization", auth}};
	struct answer a = ask(&file, "GET", "/api-owner", head, 1, NULL);
	assert_int_equal(a.status, 200);
	assert_non_null(strstr(a.body, want));
	assert_null(strstr(a.body, "progress"));
	answer_free(&a);
	a = ask(&file, "GET", "/api-owner", head, 2, NULL);
	assert_non_null(strstr(a.body, "\"progress\":{"));
	answer_free(&a);
	assert_int_equal(toy_stop(owner), 0);
}

/* Who has been given a proof is answered, even when the owner was told to stop in between. */
static void promise_is_kept(void **state)
{
	const struct fixture *f = *state;
	struct os_proc *owner = toy_serve(f->exe, f->home, NULL);
	struct op_owner_file file;
	char auth[80], nonce[65];

	read_owner(f, &file, auth);
	assert_int_equal(op_dispatch_token(nonce, NULL), RC_OK);
	const struct http_header question[] = {{"Kk-Nonce", nonce}};
	struct answer a = ask(&file, "GET", "/api-owner", question, 1, NULL);
	assert_int_equal(a.status, 200);
	answer_free(&a);
	os_proc_kill(owner, false);
	while (exists(f, "owner.json"))
		os_sleep_ms(5);
	const struct http_header head[] = {{"Authorization", auth},
					   {"Content-Type", "application/json"},
					   {"Kk-Nonce", "proved"}};
	a = ask(&file, "POST", "/api/list", head, 3, "{}");
	/* removed a moment before it stops accepting: run whole, or told to try again */
	assert_true(a.status == 200 ||
		    (a.status == 503 && a.key && strcmp(a.key, "op.owner_stopping") == 0));
	answer_free(&a);
	assert_int_equal(toy_stop(owner), 0);
}

/* A long operation: its progress comes through, others run beside it, and it survives the end. */
static void progress_through_the_owner(void **state)
{
	const struct fixture *f = *state;
	struct os_proc *owner = toy_serve(f->exe, f->home, NULL);
	struct toy_run r;

	toy_run(&r, f->exe, f->home, WORDS("slow", "2500", "--lang", "en"), NULL, NULL);
	assert_int_equal(r.status, 0);
	assert_true(has(&r.err, "toy: waiting for another program to finish with the store ("));
	assert_true(has(&r.err, "/2500 seconds"));
	toy_run_free(&r);
	assert_int_equal(toy_stop(owner), 0);
}

/* Without an owner no network socket is opened: strace sees no AF_INET. */
static void no_socket_without_owner(void **state)
{
	const struct fixture *f = *state;
	char *trace = in_home(f, "trace");
	const char *const argv[] = {"strace", "-f",   "-qq",  "-e",    "trace=socket,connect,bind",
				    "-o",     trace,  f->exe, "--toy", "--home",
				    f->home,  "list", NULL};
	/* the leak checker cannot run under a tracer */
	const char *const env[] = {"ASAN_OPTIONS=detect_leaks=0", NULL};
	const struct os_spawn how = {.argv = argv, .env = env, .pipe_out = true};
	struct os_proc *p = NULL;
	struct buf text;
	int status = -1;

	if (os_proc_start(&p, &how, NULL) != RC_OK) {
		free(trace);
		skip();
	}
	buf_init(&text, LIMIT_JSON_TEXT);
	assert_int_equal(os_proc_talk(p, span_of(NULL, 0), NULL, NULL, 60000, &status, NULL),
			 RC_OK);
	os_proc_free(p);
	assert_int_equal(status, 0);
	assert_int_equal(os_file_read(trace, &text, NULL), RC_OK);
	assert_false(has(&text, "AF_INET"));
	buf_free(&text);
	free(trace);
}

static void owner_file_is_private(void **state)
{
	const struct fixture *f = *state;
	struct os_proc *owner = toy_serve(f->exe, f->home, NULL);
	char *path = in_home(f, "owner.json");
	const char *const argv[] = {"stat", "-c", "%a", path, NULL};
	const struct os_spawn how = {.argv = argv, .pipe_out = true};
	struct os_proc *p = NULL;
	struct buf out;
	int status = -1;

	buf_init(&out, 64);
	assert_int_equal(os_proc_start(&p, &how, NULL), RC_OK);
	assert_int_equal(os_proc_talk(p, span_of(NULL, 0), &out, NULL, 10000, &status, NULL),
			 RC_OK);
	os_proc_free(p);
	assert_string_equal((char *)out.p, "600\n");
	buf_free(&out);
	free(path);
	assert_int_equal(toy_stop(owner), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_answer_three_ways),
	    cmocka_unit_test(two_shells_without_owner),
	    cmocka_unit_test(two_shells_with_owner),
	    cmocka_unit_test(owner_comes_and_goes),
	    cmocka_unit_test(stale_owner_file),
	    cmocka_unit_test(owner_killed),
	    cmocka_unit_test(owner_dies_in_the_middle),
	    cmocka_unit_test(without_pages),
	    cmocka_unit_test(one_owner_only),
	    cmocka_unit_test(stranger_on_the_port),
	    cmocka_unit_test(who_may_ask),
	    cmocka_unit_test(body_ceiling),
	    cmocka_unit_test(proof),
	    cmocka_unit_test(promise_is_kept),
	    cmocka_unit_test(progress_through_the_owner),
	    cmocka_unit_test(no_socket_without_owner),
	    cmocka_unit_test(owner_file_is_private),
	};
	int status;

	if (toy_main(argc, argv, &status))
		return status;
	if (os_init(NULL, NULL, NULL) != RC_OK || crypt_init(NULL) != RC_OK)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
