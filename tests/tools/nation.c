/*
 * nation HOME CATALOGUE SEED ONE_IN WEEKS: load a country's records (tests/support/nation) into the
 * collector at HOME that nobody is serving: one commune of so many of the catalogue, so many weeks.
 *
 * stdin: the passphrases of the keys registrar, verifier and reporter, a line each. Sealing runs beside
 * the sequencer, which takes what a PC would have sent; its clock is that of the week. After the
 * week before the last the reporter freezes its issue. Prints one line of JSON: what there is now.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/csv.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/collector.h"
#include "server-stub/ops.h"
#include "tests/support/nation.h"

enum { GROUP = 1500, QUEUE = 8, OFTEN = 6, PASS_LEN = 256 };

struct pile {
	struct entry *e[GROUP];
	size_t n;
};

struct loader {
	struct nation nation;
	struct collector *col;
	struct clock_manual clock;
	unsigned week;
	bool begins;
	char reporter[PASS_LEN];
	int64_t accepted, held;
	/* between the thread that seals and the one that sequences */
	pthread_mutex_t lock;
	pthread_cond_t moved;
	struct pile *queue[QUEUE], *filling;
	size_t nqueue;
	bool done;
};

/* ---- the thread that seals ---- */

static void push(struct loader *l)
{
	pthread_mutex_lock(&l->lock);
	while (l->nqueue == QUEUE)
		pthread_cond_wait(&l->moved, &l->lock);
	l->queue[l->nqueue++] = l->filling;
	l->filling = NULL;
	pthread_cond_broadcast(&l->moved);
	pthread_mutex_unlock(&l->lock);
}

static void take(void *ctx, struct entry *e)
{
	struct loader *l = ctx;

	if (!l->filling)
		l->filling = calloc(1, sizeof(*l->filling));
	if (!l->filling)
		abort();
	l->filling->e[l->filling->n++] = e;
	if (l->filling->n == GROUP)
		push(l);
}

static void *seal_week(void *arg)
{
	struct loader *l = arg;

	for (size_t i = 0; i < l->nation.n; i++) {
		if (l->begins)
			nation_begin(&l->nation, i);
		else
			nation_week(&l->nation, i, l->week);
	}
	if (l->filling)
		push(l);
	pthread_mutex_lock(&l->lock);
	l->done = true;
	pthread_cond_broadcast(&l->moved);
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

/* ---- the thread that sequences ---- */

static struct pile *pop(struct loader *l)
{
	struct pile *p = NULL;

	pthread_mutex_lock(&l->lock);
	while (l->nqueue == 0 && !l->done)
		pthread_cond_wait(&l->moved, &l->lock);
	if (l->nqueue > 0) {
		p = l->queue[0];
		memmove(l->queue, l->queue + 1, --l->nqueue * sizeof(l->queue[0]));
		pthread_cond_broadcast(&l->moved);
	}
	pthread_mutex_unlock(&l->lock);
	return p;
}

static void submit(struct loader *l, struct pile *p)
{
	static struct session_line line[GROUP];
	static struct session_verdict verdict[GROUP];
	struct err why = {0};

	for (size_t i = 0; i < p->n; i++)
		line[i] = (struct session_line){.e = p->e[i]};
	herd_must(ingest_submit(l->col->ingest, line, p->n, verdict, &why), &why);
	for (size_t i = 0; i < p->n; i++) {
		l->accepted += verdict[i].kind == SESSION_ACCEPTED;
		l->held += verdict[i].kind == SESSION_QUARANTINED;
		if (verdict[i].kind == SESSION_REFUSED) {
			fprintf(stderr, "refused: %s %s\n", verdict[i].key, p->e[i]->kind);
			exit(1);
		}
		entry_free(p->e[i]);
	}
	free(p);
}

static void seen(struct loader *l)
{
	struct archive_reader *r = NULL;
	struct err e = {0};
	struct buf note;
	int64_t at;

	buf_init(&note, NOTE_TEXT_MAX);
	herd_must(archive_read(l->col->archive, &r, &e), &e);
	herd_must(r->head(r->ctx, &l->nation.seen_size, &note, &at, &e), &e);
	herd_must(r->checkpoint_at(r->ctx, l->nation.seen_size, l->nation.seen_root, &at, &e), &e);
	archive_read_end(l->col->archive, r);
	buf_free(&note);
}

static void run(struct loader *l)
{
	pthread_t sealing;
	struct pile *p;

	l->done = false;
	if (pthread_create(&sealing, NULL, seal_week, l) != 0)
		abort();
	while ((p = pop(l)))
		submit(l, p);
	pthread_join(sealing, NULL);
	seen(l);
}

static void freeze(struct loader *l)
{
	struct op_call call = {.op = &op_report_freeze, .home = l->col->home, .app = l->col};
	struct json *in = json_object(), *out = NULL;
	char week[TEXT_WEEK_LEN];
	struct err e = {0};

	nation_week_name(l->week, week);
	json_set_str(in, "week", week);
	json_set_str(in, "as", "reporter");
	json_set_str(in, "passphrase", l->reporter);
	herd_must(op_report_freeze.run(&call, in, &out, &e), &e);
	json_free(in);
	json_free(out);
}

/* ---- what it works on ---- */

static void read_units(struct nation *n, const char *path, size_t one_in)
{
	struct err e = {0};
	struct span rest, line;
	struct buf file;
	size_t row = 0;
	struct csv c;

	buf_init(&file, LIMIT_BLOB);
	herd_must(os_file_read(path, &file, &e), &e);
	rest = span_buf(&file);
	if (span_starts(rest, "\xef\xbb\xbf"))
		rest = span_of(rest.p + 3, rest.len - 3);
	while (span_starts(rest, "#") && span_line(&rest, &line))
		;
	herd_must(csv_open(&c, rest, &e), &e);
	herd_must(csv_row(&c, &e), &e); /* names of columns; the code is the third */
	while (csv_row(&c, &e) == RC_OK)
		if (row++ % one_in == 0 && c.n > 2)
			nation_add(n, c.cell[2]);
	csv_close(&c);
	buf_free(&file);
}

static void read_pass(char ret[PASS_LEN])
{
	if (!fgets(ret, PASS_LEN, stdin))
		ret[0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static void unseal(struct loader *l, const char *home, const char *name, struct crypt_signer **ret)
{
	struct err e = {0};
	char pass[PASS_LEN];

	(void)l;
	read_pass(pass);
	herd_must(vault_unseal(home, name, pass, ret, &e), &e);
}

static void tell(const struct loader *l, uint64_t seed)
{
	const struct nation_counts *c = &l->nation.counts;
	const struct {
		const char *name;
		int64_t v;
	} all[] = {{"units", (int64_t)l->nation.n}, {"size", l->nation.seen_size},
		   {"records", c->records},         {"accepted", l->accepted},
		   {"held", l->held},               {"statements", c->statements},
		   {"late", c->late},               {"returned", c->returned},
		   {"corrected", c->corrected},     {"visits", c->visits},
		   {"lines", c->lines},             {"surplus", c->surplus},
		   {"handled", c->handled},         {"differing", c->differing},
		   {"never", c->never},             {"silent", c->silent}};

	printf("{\"seed\":%llu", (unsigned long long)seed);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		printf(",\"%s\":%lld", all[i].name, (long long)all[i].v);
	printf("}\n");
}

static void load(struct loader *l, unsigned weeks)
{
	struct err e = {0};

	clock_manual_init(&l->clock, nation_monday(0));
	l->col->clock = &l->clock.clock;
	herd_must(collector_sequence(l->col, false, &e), &e);
	seen(l);
	l->begins = true;
	run(l);
	l->begins = false;
	for (l->week = 0; l->week < weeks; l->week++) {
		clock_manual_set(&l->clock, nation_monday(l->week) + 2 * 86400 + 43000);
		run(l);
		if (l->week + 2 == weeks)
			freeze(l);
	}
}

int main(int argc, char **argv)
{
	static struct loader l;
	struct err why = {0};
	void *app = NULL;
	uint64_t seed;

	if (argc != 6)
		return 64;
	herd_must(os_init(&argc, &argv, &why), &why);
	seed = strtoull(argv[3], NULL, 10);
	fprintf(stderr, "SEED=%llu\n", (unsigned long long)seed);
	nation_init(&l.nation, seed, strtoul(argv[4], NULL, 10) > 1 ? OFTEN : 1);
	l.nation.take = take;
	l.nation.ctx = &l;
	pthread_mutex_init(&l.lock, NULL);
	pthread_cond_init(&l.moved, NULL);
	read_units(&l.nation, argv[2], strtoul(argv[4], NULL, 10));
	herd_must(collector_open(argv[1], false, &app, &why), &why);
	herd_must(collector_ready(app, &why), &why);
	l.col = app;
	unseal(&l, argv[1], "registrar", &l.nation.registrar);
	unseal(&l, argv[1], "verifier", &l.nation.verifier);
	read_pass(l.reporter);
	load(&l, (unsigned)strtoul(argv[5], NULL, 10));
	tell(&l, seed);
	crypt_signer_free(l.nation.registrar);
	crypt_signer_free(l.nation.verifier);
	nation_free(&l.nation);
	collector_close(app);
	return 0;
}
