/*
 * load URL PID LIKE PCS ROW…: post pre-signed records of many PCs (tests/tools/herd) to a
 * collector and print one line of JSON for each ROW, which is BATCH:RECORDS:CONNECTIONS.
 *
 * LIKE holds entry lines (kiemke-collector lines); their kinds and sets are used again in new
 * entities. Everything is sealed, compressed as the agent does it and request-signed before
 * the clock starts; each PC sends one request a row, with the position of its last answer.
 * After the clock has stopped every answer is read: a line that was not accepted is a failure.
 * PID is the collector's, whose processor time and memory are told. Does NOT pull or verify.
 */
#define _POSIX_C_SOURCE 200809L
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "lib/zst.h"
#include "sync/httpsig.h"
#include "sync/sign.h"
#include "tests/support/herd.h"

enum {
	AGENT_LEVEL = 9,    /* agent/transport.c */
	PACK_FROM = 256,    /* agent/transport.c: shorter bodies go as they are */
	CHANGE_EVERY = 5,   /* one record in so many changes the PC's last asset */
	SAMPLES_MAX = 4096,
	HEAD_MAX = 4096,
	CONNECTIONS_MAX = 512,
	VERIFY_ROUNDS = 4000,
	VERIFY_BURST = 10, /* verifies beside the load, about 2% of one core */
	VERIFY_PAUSE_MS = 40
};

/* The kind and set of one line, to be written again. */
struct sample {
	char kind[ENTRY_KIND_LEN + 8];
	struct span set;
};

struct pc {
	struct herd_feed feed;
	uint8_t asset[16], asset_entry[ENTRY_ID_LEN]; /* its last */
	bool has_asset;
};

/* One request, whole, and the answer to it. */
struct post {
	struct buf request, answer; /* answer: body only */
	size_t body;                /* bytes of the request's body */
	int status;
	bool packed; /* the answer is zstd */
};

struct load {
	const char *authority;
	int port, pid;
	struct sample fresh[SAMPLES_MAX], change[SAMPLES_MAX];
	size_t nfresh, nchange;
	struct pc *pc;
	size_t npc;
	char epoch[5];
	int64_t size; /* newest checkpoint */
	uint8_t root[CRYPT_HASH_LEN];
	/* the row that runs */
	size_t batch, npost;
	struct post *post;
	_Atomic size_t next;
	pthread_barrier_t start;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- samples ---- */

static struct span between(const char *text, const char *from, const char *to)
{
	const char *a = strstr(text, from), *b = a ? strstr(a + strlen(from), to) : NULL;

	return b ? span_of(a + strlen(from), (size_t)(b - a) - strlen(from)) : span_str("");
}

static void add_sample(struct load *l, const char *line)
{
	struct span kind = between(line, "\"kind\":\"", "\"");
	struct span set = between(line, "],\"set\":", ",\"salt\":\"");
	bool change = !strstr(line, ",\"after\":[],");
	struct sample *s = change ? &l->change[l->nchange] : &l->fresh[l->nfresh];

	if (!strstr(line, "\"op\":\"set\"") || strstr(line, "\"scope\":\"*\"") || set.len == 0 ||
	    l->nchange + 1 == SAMPLES_MAX || l->nfresh + 1 == SAMPLES_MAX)
		return;
	memcpy(s->kind, kind.p, kind.len);
	s->set = set;
	*(change ? &l->nchange : &l->nfresh) += 1;
}

static void read_samples(struct load *l, const char *path)
{
	struct err e = {0};
	struct span rest, line;
	struct buf all;

	buf_init(&all, LIMIT_INPUT_FILE);
	herd_must(os_file_read(path, &all, &e), &e);
	for (rest = span_buf(&all); span_line(&rest, &line);)
		add_sample(l, span_dup(line)); /* kept for as long as the program runs */
	buf_free(&all);
	if (l->nfresh == 0 || l->nchange == 0) {
		fprintf(stderr, "%s: no new record or no change in it\n", path);
		exit(1);
	}
}

/* ---- writing records ---- */

static struct entry *seal_fresh(struct load *l, struct pc *pc, struct crypt_signer *key, size_t n)
{
	const struct sample *s = &l->fresh[n % l->nfresh];
	struct entry_draft d = {.op = ENTRY_SET, .kind = s->kind, .set = s->set};
	struct entry *e;
	uint8_t id[16];

	entry_uuid7(os_now_ms(), id);
	d.entity = id;
	e = herd_seal(&pc->feed, key, os_now_s(), &d);
	if (strcmp(e->kind, "asset") == 0) {
		memcpy(pc->asset, id, sizeof(id));
		memcpy(pc->asset_entry, e->id, sizeof(e->id));
		pc->has_asset = true;
	}
	return e;
}

static struct entry *seal_change(struct load *l, struct pc *pc, struct crypt_signer *key, size_t n)
{
	const struct sample *s = &l->change[n % l->nchange];
	uint8_t after[1][ENTRY_ID_LEN];
	struct entry_draft d = {.op = ENTRY_SET,
				.kind = s->kind,
				.entity = pc->asset,
				.after = (const uint8_t(*)[ENTRY_ID_LEN])after,
				.nafter = 1,
				.set = s->set};

	memcpy(after[0], pc->asset_entry, ENTRY_ID_LEN);
	pc->has_asset = false; /* once: the next would have to name this one */
	return herd_seal(&pc->feed, key, os_now_s(), &d);
}

/* batch 0: the line that opens the feed. */
static void write_body(struct load *l, unsigned n, struct buf *out)
{
	struct pc *pc = &l->pc[n];
	struct crypt_signer *key = herd_signer(n, HERD_CLERK);
	size_t lines = l->batch ? l->batch : 1;

	buf_addf(out, "{\"v\":1,\"scope\":\"%s\",\"epoch\":\"%s\",\"after\":%lld,\"size\":%lld}\n",
		 pc->feed.scope, l->epoch, (long long)l->size, (long long)l->size);
	pc->feed.seen_size = l->size;
	memcpy(pc->feed.seen_root, l->root, sizeof(l->root));
	for (size_t i = 0; i < lines; i++) {
		struct entry_draft open = {.op = ENTRY_OPEN};
		struct entry *e;

		if (l->batch == 0)
			e = herd_seal(&pc->feed, key, os_now_s(), &open);
		else if ((n + i) % CHANGE_EVERY == CHANGE_EVERY - 1 && pc->has_asset)
			e = seal_change(l, pc, key, n + i);
		else
			e = seal_fresh(l, pc, key, n * 7 + i);
		buf_add_span(out, e->line);
		buf_add_char(out, '\n');
		entry_free(e);
	}
	crypt_signer_free(key);
}

static void sign_request(struct load *l, unsigned n, const char *digest, struct buf *out)
{
	struct crypt_signer *key = herd_signer(n, HERD_DEVICE);
	struct httpsig_req r = {.method = "POST",
				.authority = l->authority,
				.path = "/v1/sync",
				.query = "",
				.digest = digest};
	uint8_t nonce[HTTPSIG_NONCE];
	struct buf input, sig;
	struct err e = {0};

	buf_init(&input, HEAD_MAX);
	buf_init(&sig, HEAD_MAX);
	crypt_random(nonce, sizeof(nonce));
	herd_must(httpsig_sign(&r, key, os_now_s(), nonce, &input, &sig, &e), &e);
	buf_add_str(out, "Signature-Input: ");
	buf_add_span(out, span_buf(&input));
	buf_add_str(out, "\r\nSignature: ");
	buf_add_span(out, span_buf(&sig));
	buf_add_str(out, "\r\n");
	buf_free(&input);
	buf_free(&sig);
	crypt_signer_free(key);
}

static void make_post(struct load *l, unsigned n)
{
	struct post *p = &l->post[n];
	char digest[HTTPSIG_DIGEST_LEN];
	struct buf body, packed;
	struct span sent;
	struct err e = {0};

	buf_init(&body, LIMIT_HTTP_INFLATED);
	buf_init(&packed, LIMIT_HTTP_INFLATED);
	buf_init(&p->request, LIMIT_HTTP_INFLATED);
	buf_init(&p->answer, LIMIT_HTTP_INFLATED);
	write_body(l, n, &body);
	herd_must(buf_check(&body, &e), &e);
	if (body.len >= PACK_FROM)
		herd_must(zst_compress(span_buf(&body), AGENT_LEVEL, &packed, &e), &e);
	sent = packed.len && packed.len < body.len ? span_buf(&packed) : span_buf(&body);
	httpsig_digest(sent, digest);
	buf_addf(&p->request,
		 "POST /v1/sync HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-ndjson\r\n"
		 "%sContent-Digest: %s\r\nContent-Length: %zu\r\nAccept-Encoding: zstd\r\n",
		 l->authority, sent.p == packed.p ? "Content-Encoding: zstd\r\n" : "", digest,
		 sent.len);
	sign_request(l, n, digest, &p->request);
	buf_add_str(&p->request, "\r\n");
	buf_add_span(&p->request, sent);
	herd_must(buf_check(&p->request, &e), &e);
	p->body = sent.len;
	buf_free(&body);
	buf_free(&packed);
}

static void *make_thread(void *arg)
{
	struct load *l = arg;

	for (size_t n = atomic_fetch_add(&l->next, 1); n < l->npost; n = atomic_fetch_add(&l->next, 1))
		make_post(l, (unsigned)n);
	return NULL;
}

/* ---- sending ---- */

static int dial(const struct load *l)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)l->port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void send_all(int fd, struct span s)
{
	while (s.len > 0) {
		ssize_t n = send(fd, s.p, s.len, MSG_NOSIGNAL);

		if (n <= 0)
			die("send");
		s = span_of(s.p + n, s.len - (size_t)n);
	}
}

/* Bytes of the body that follow; the head is NUL-terminated. */
static size_t read_head(struct post *p, const char *head)
{
	size_t length = 0;

	if (sscanf(head, "HTTP/1.1 %d", &p->status) != 1)
		die("answer");
	for (const char *h = strstr(head, "\r\n"); h; h = strstr(h + 2, "\r\n")) {
		if (strncasecmp(h + 2, "Content-Length:", 15) == 0)
			length = strtoul(h + 17, NULL, 10);
		else if (strncasecmp(h + 2, "Content-Encoding: zstd", 22) == 0)
			p->packed = true;
	}
	return length;
}

static void receive(int fd, struct post *p)
{
	static _Thread_local char got[HEAD_MAX * 4 + 1];
	size_t have = 0, want = 0;
	char *end = NULL;

	while (!end) {
		ssize_t n = recv(fd, got + have, sizeof(got) - 1 - have, 0);

		if (n <= 0)
			die("receive");
		have += (size_t)n;
		got[have] = '\0';
		end = strstr(got, "\r\n\r\n");
	}
	end[2] = '\0';
	want = read_head(p, got);
	buf_add(&p->answer, end + 4, have - (size_t)(end + 4 - got));
	while (p->answer.len < want) {
		ssize_t n = recv(fd, got, sizeof(got) - 1, 0);

		if (n <= 0)
			die("receive");
		buf_add(&p->answer, got, (size_t)n);
	}
}

static void *post_thread(void *arg)
{
	struct load *l = arg;
	int fd = dial(l);

	pthread_barrier_wait(&l->start);
	for (size_t n = atomic_fetch_add(&l->next, 1); n < l->npost; n = atomic_fetch_add(&l->next, 1)) {
		send_all(fd, span_buf(&l->post[n].request));
		receive(fd, &l->post[n]);
	}
	close(fd);
	return NULL;
}

static void start_threads(struct load *l, size_t n, pthread_t *t, void *(*fn)(void *))
{
	atomic_store(&l->next, 0);
	for (size_t i = 0; i < n; i++)
		if (pthread_create(&t[i], NULL, fn, l) != 0)
			die("thread");
}

static void join_threads(size_t n, pthread_t *t)
{
	for (size_t i = 0; i < n; i++)
		pthread_join(t[i], NULL);
}

/* ---- what it cost ---- */

/* Processor time of the collector, user and system, microseconds. */
static int64_t server_cpu_us(int pid)
{
	long user = 0, sys = 0;
	char path[64], text[1024] = "", *rest;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f || !fgets(text, sizeof(text), f))
		die(path);
	fclose(f);
	rest = strrchr(text, ')');
	if (!rest ||
	    sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &sys) != 2)
		die(path);
	return (int64_t)(user + sys) * 1000000 / sysconf(_SC_CLK_TCK);
}

/* Processor time everybody on this machine has used, microseconds. */
static int64_t machine_cpu_us(void)
{
	long long user = 0, nice = 0, sys = 0, irq = 0, softirq = 0;
	FILE *f = fopen("/proc/stat", "r");

	if (!f || fscanf(f, "cpu %lld %lld %lld %*d %*d %lld %lld", &user, &nice, &sys, &irq, &softirq) != 5)
		die("/proc/stat");
	fclose(f);
	return (int64_t)(user + nice + sys + irq + softirq) * 1000000 / sysconf(_SC_CLK_TCK);
}

/* A line of /proc/PID/status that is so many kB. */
static long server_kib(int pid, const char *name)
{
	char path[64], text[256];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f && fgets(text, sizeof(text), f))
		if (strncmp(text, name, strlen(name)) == 0)
			kib = strtol(text + strlen(name) + 1, NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

/* One entry to verify again and again, and what that cost. */
struct verify {
	struct crypt_signer *key;
	uint8_t id[CRYPT_HASH_LEN], sig[CRYPT_SIG_LEN];
	int64_t ns, n;
	_Atomic bool stop;
};

static void verify_begin(struct verify *v)
{
	uint8_t msg[SIGN_MESSAGE_LEN];

	memset(v, 0, sizeof(*v));
	v->key = herd_signer(0, HERD_CLERK);
	crypt_random(v->id, sizeof(v->id));
	sign_message(v->id, msg);
	crypt_sign(v->key, span_of(msg, sizeof(msg)), v->sig);
}

static int64_t thread_ns(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0)
		die("clock");
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void verify_some(struct verify *v, int n)
{
	int64_t before = thread_ns();

	for (int i = 0; i < n; i++)
		if (!sign_verify(v->id, v->sig, crypt_signer_pk(v->key)))
			die("verify");
	v->ns += thread_ns() - before;
	v->n += n;
}

/* Beside the load, so that caches, clock and neighbours are those of the collector's own verifies. */
static void *verify_thread(void *arg)
{
	struct verify *v = arg;

	while (!atomic_load(&v->stop)) {
		verify_some(v, VERIFY_BURST);
		os_sleep_ms(VERIFY_PAUSE_MS);
	}
	return NULL;
}

/* Processor time of one verify of an entry on an idle machine, nanoseconds. */
static int64_t verify_idle_ns(void)
{
	struct verify v;

	verify_begin(&v);
	verify_some(&v, VERIFY_ROUNDS);
	crypt_signer_free(v.key);
	return v.ns / v.n;
}

/* ---- rows ---- */

static struct json *answer_head(struct post *p)
{
	struct buf plain;
	struct span rest, line;
	struct json *head = NULL;
	struct err e = {0};

	buf_init(&plain, LIMIT_HTTP_INFLATED);
	if (p->packed)
		herd_must(zst_decompress(span_buf(&p->answer), LIMIT_HTTP_INFLATED, &plain, &e), &e);
	else
		buf_add_span(&plain, span_buf(&p->answer));
	rest = span_buf(&plain);
	if (p->status != 200 || !span_line(&rest, &line)) {
		fprintf(stderr, "status %d: %.*s\n", p->status, (int)plain.len,
			plain.p ? (const char *)plain.p : "");
		exit(1);
	}
	herd_must(json_parse(line, &json_rules_tree, &head, &e), &e);
	buf_free(&plain);
	return head;
}

/* Accepted lines of one answer; the checkpoint in it is the newest so far when it is larger. */
static int64_t read_answer(struct load *l, struct post *p)
{
	struct json *head = answer_head(p);
	const char *note = json_get_str(head, "checkpoint"), *epoch = json_get_str(head, "epoch");
	int64_t accepted = 0, n;

	for (const struct json *run = json_first(json_get_arr(head, "verdicts")); run; run = json_next(run))
		if (strcmp(json_str(json_at(run, 0)), "a") == 0 && json_int(json_at(run, 1), &n))
			accepted += n;
	if (epoch && strlen(epoch) < sizeof(l->epoch))
		memcpy(l->epoch, epoch, strlen(epoch) + 1);
	note = note ? strchr(note, '\n') : NULL; /* size and root: lines 2 and 3 */
	if (note && strtoll(note + 1, NULL, 10) > l->size) {
		l->size = strtoll(note + 1, NULL, 10);
		note = strchr(note + 1, '\n');
		if (!codec_b64_32(span_of(note + 1, CODEC_B64_LEN(32)), l->root))
			die("checkpoint");
	}
	json_free(head);
	return accepted;
}

static void run_row(struct load *l, size_t batch, size_t records, size_t connections, bool tell)
{
	pthread_t *t = calloc(connections, sizeof(*t));
	int64_t wall, cpu, own, up = 0, heads = 0, down = 0, accepted = 0, from_ms, to_ms, all;
	size_t lines = batch ? batch : 1;
	struct verify verify;
	pthread_t beside;

	l->batch = batch;
	l->npost = records / lines < l->npc ? records / lines : l->npc;
	l->post = calloc(l->npost, sizeof(*l->post));
	if (!t || !l->post || pthread_barrier_init(&l->start, NULL, (unsigned)connections + 1) != 0)
		die("memory");
	start_threads(l, 2, t, make_thread);
	join_threads(2, t);
	start_threads(l, connections, t, post_thread);
	verify_begin(&verify);
	if (pthread_create(&beside, NULL, verify_thread, &verify) != 0)
		die("thread");
	cpu = l->pid ? server_cpu_us(l->pid) : 0;
	own = os_cpu_us();
	all = machine_cpu_us();
	pthread_barrier_wait(&l->start);
	from_ms = os_now_ms();
	wall = os_mono_ms();
	join_threads(connections, t);
	wall = os_mono_ms() - wall;
	to_ms = os_now_ms();
	atomic_store(&verify.stop, true);
	pthread_join(beside, NULL);
	crypt_signer_free(verify.key);
	own = os_cpu_us() - own;
	all = machine_cpu_us() - all;
	cpu = l->pid ? server_cpu_us(l->pid) - cpu : 0;
	for (size_t i = 0; i < l->npost; i++) {
		up += (int64_t)l->post[i].body;
		heads += (int64_t)(l->post[i].request.len - l->post[i].body);
		down += (int64_t)l->post[i].answer.len;
		accepted += read_answer(l, &l->post[i]);
		buf_free(&l->post[i].request);
		buf_free(&l->post[i].answer);
	}
	if (tell)
		printf("{\"batch\":%zu,\"requests\":%zu,\"records\":%zu,\"accepted\":%lld,\"connections\":%zu,"
		       "\"wall_ms\":%lld,\"server_cpu_us\":%lld,\"client_cpu_us\":%lld,\"machine_cpu_us\":%lld,\"up\":%lld,"
		       "\"heads\":%lld,\"down\":%lld,\"rss_kib\":%ld,\"peak_kib\":%ld,\"verify_ns\":%lld,"
		       "\"verify_idle_ns\":%lld,\"from_ms\":%lld,\"to_ms\":%lld}\n",
		       batch, l->npost, l->npost * lines, (long long)accepted, connections,
		       (long long)wall, (long long)cpu, (long long)own, (long long)all, (long long)up,
		       (long long)heads, (long long)down, server_kib(l->pid, "VmRSS:"),
		       server_kib(l->pid, "VmHWM:"), (long long)(verify.ns / verify.n),
		       (long long)verify_idle_ns(), (long long)from_ms, (long long)to_ms);
	fflush(stdout);
	if (accepted != (int64_t)(l->npost * lines)) {
		fprintf(stderr, "%lld of %zu lines were accepted\n", (long long)accepted,
			l->npost * lines);
		exit(1);
	}
	pthread_barrier_destroy(&l->start);
	free(l->post);
	free(t);
}

int main(int argc, char **argv)
{
	static struct load l;
	struct err e = {0};
	size_t batch, records, connections;

	if (argc < 6)
		return 64;
	herd_must(os_init(&argc, &argv, &e), &e);
	herd_must(crypt_init(&e), &e);
	l.authority = strstr(argv[1], "://") ? strstr(argv[1], "://") + 3 : argv[1];
	l.port = (int)strtol(strrchr(argv[1], ':') + 1, NULL, 10);
	l.pid = (int)strtol(argv[2], NULL, 10);
	read_samples(&l, argv[3]);
	l.npc = strtoul(argv[4], NULL, 10);
	l.pc = calloc(l.npc, sizeof(*l.pc));
	if (!l.pc)
		die("memory");
	for (unsigned n = 0; n < l.npc; n++) {
		struct crypt_signer *key = herd_signer(n, HERD_CLERK);

		herd_feed(n, crypt_signer_pk(key), &l.pc[n].feed);
		crypt_signer_free(key);
	}
	run_row(&l, 0, l.npc, 16, false);
	for (int i = 5; i < argc; i++) {
		if (sscanf(argv[i], "%zu:%zu:%zu", &batch, &records, &connections) != 3 || batch == 0 ||
		    connections < 2 || connections > CONNECTIONS_MAX)
			return 64;
		run_row(&l, batch, records, connections, true);
	}
	return 0;
}
