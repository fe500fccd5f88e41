/*
 * sim: the simulator's command. Each seed is one history; histories run in as many processes as
 * there are processors. A seed that fails prints what happened in plain words, and does the
 * same again wherever it is run.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/codec.h"
#include "tests/sim/check.h"
#include "tests/sim/start.h"
#include "tests/sim/step.h"

enum { JOBS_MAX = 64, STEPS_MIN = 16, STEPS_MORE = 40, SHOWN = 3 };

struct options {
	uint64_t first, seeds;
	size_t jobs;
	bool trace, digests, quick; /* quick: stop at the first failure */
	const char *mutants;        /* folder of the programs with a fault; NULL: not asked for */
};

/* Shared by the processes. */
struct board {
	atomic_bool stop; /* --quick, and one has failed */
	struct {
		uint64_t seed; /* under way */
		uint64_t done, failed, first_failed;
		int64_t written, contacts, lines;
	} job[JOBS_MAX];
};

/* One history. True: everything held. */
static bool run_seed(uint64_t seed, const struct options *opt, struct world *w)
{
	jmp_buf out;

	if (setjmp(out) == 0) {
		world_open(w, seed, &out);
		w->steps = STEPS_MIN + (int64_t)world_pick(w, STEPS_MORE);
		while (w->step < w->steps)
			step_one(w);
		check_end(w);
	}
	if (w->why[0] || opt->trace)
		(void)printf("%.*s", (int)w->trace.len, (const char *)w->trace.p);
	return w->why[0] == '\0';
}

static void say_digest(uint64_t seed, const struct world *w)
{
	uint8_t digest[32];
	char text[CODEC_HEX_LEN(32) + 1];

	world_digest(w, digest);
	codec_hex(digest, sizeof(digest), text);
	(void)printf("digest %llu %s\n", (unsigned long long)seed, text);
}

static void work(struct board *b, size_t job, const struct options *opt)
{
	static struct world w;

	for (uint64_t i = job; i < opt->seeds && !atomic_load(&b->stop); i += opt->jobs) {
		uint64_t seed = opt->first + i;

		b->job[job].seed = seed;
		if (!run_seed(seed, opt, &w)) {
			if (b->job[job].failed++ == 0)
				b->job[job].first_failed = seed;
			(void)printf("FAILED SEED=%llu %s\n", (unsigned long long)seed, w.why);
			(void)fflush(stdout);
			if (opt->quick)
				atomic_store(&b->stop, true);
			if (b->job[job].failed == SHOWN)
				return;
			continue; /* what it holds is left behind */
		}
		if (opt->digests)
			say_digest(seed, &w);
		b->job[job].written += w.written;
		b->job[job].contacts += w.contacts;
		b->job[job].lines += w.log_size;
		world_close(&w);
		b->job[job].done++;
	}
}

/* ---- mutants ---- */

/* Run one over `count` histories from `from` on: the line with which it was caught, false when it was not. */
static bool run_mutant(const char *path, uint64_t from, uint64_t count, char *ret, size_t cap)
{
	char first[24], seeds[24], line[1024];
	bool caught = false;
	int fd[2];
	FILE *in;
	pid_t pid;

	(void)snprintf(first, sizeof(first), "%llu", (unsigned long long)from);
	(void)snprintf(seeds, sizeof(seeds), "%llu", (unsigned long long)count);
	if (pipe2(fd, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		return false;
	if (pid == 0) {
		dup2(fd[1], STDOUT_FILENO);
		execl(path, path, "--quick", "--from", first, "--seeds", seeds, (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	in = fdopen(fd[0], "r");
	while (in && fgets(line, sizeof(line), in))
		if (!caught && strncmp(line, "FAILED SEED=", 12) == 0) {
			caught = true;
			line[strcspn(line, "\n")] = '\0';
			(void)snprintf(ret, cap, "%s", line + 7);
		}
	if (in)
		(void)fclose(in);
	(void)waitpid(pid, NULL, 0);
	return caught;
}

/* Caught by the seed that caught it last, or else, the simulator having changed, by another. */
static bool catch_mutant(const char *name, uint64_t hint, const struct options *opt, char *ret, size_t cap)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/sim-%s", opt->mutants, name);
	return run_mutant(path, hint, 1, ret, cap) || run_mutant(path, opt->first, opt->seeds, ret, cap);
}

/* Every program with a fault must be caught: FOLDER/sim-mutants.txt names them, each with a seed to try first. */
static int run_mutants(const struct options *opt)
{
	char list[512], line[512], how[1024];
	size_t n = 0, caught = 0;
	FILE *in;

	(void)snprintf(list, sizeof(list), "%s/sim-mutants.txt", opt->mutants);
	in = fopen(list, "r");
	if (!in) {
		(void)fprintf(stderr, "sim: no mutants were built here: %s\n", list);
		return 66;
	}
	while (fgets(line, sizeof(line), in)) {
		char *words = strstr(line, ": "), *seed = strchr(line, ' ');
		bool ok;

		line[strcspn(line, "\n")] = '\0';
		if (!words || seed >= words)
			continue;
		*words = *seed = '\0';
		ok = catch_mutant(line, strtoull(seed + 1, NULL, 10), opt, how, sizeof(how));
		(void)printf("%s: %s\n    %s\n", line, words + 2, ok ? how : "NOT CAUGHT");
		(void)fflush(stdout);
		n++;
		caught += ok;
	}
	(void)fclose(in);
	(void)printf("%zu/%zu caught\n", caught, n);
	return n > 0 && caught == n ? 0 : 1;
}

/* ---- options ---- */

static const char *folder_of(char *program)
{
	char *slash = strrchr(program, '/');

	if (!slash)
		return ".";
	*slash = '\0';
	return program;
}

static void usage(void)
{
	(void)fputs("sim [--seeds N] [--from SEED] [--jobs N] [--seed SEED] [--trace] [--digests] [--quick] [--mutants]\n"
		    "  --seeds N      so many histories (default 2000), from SEED on (default 1)\n"
		    "  --seed SEED    this one, with its trace; also SEED=… in the environment\n"
		    "  --digests      one line a seed: SHA-256 of its trace\n"
		    "  --quick        stop at the first that fails\n"
		    "  --mutants      run every program with a fault built in, which each must be caught\n",
		    stderr);
	exit(64);
}

static uint64_t number(const char *s)
{
	char *end = NULL;
	uint64_t v = s ? strtoull(s, &end, 10) : 0;

	if (!s || end == s || *end)
		usage();
	return v;
}

static void one_seed(struct options *opt, const char *text)
{
	opt->first = number(text);
	opt->seeds = opt->jobs = 1;
	opt->trace = true;
}

static struct options read_options(int argc, char **argv)
{
	cpu_set_t cpus;
	struct options opt = {.first = 1, .seeds = 2000, .jobs = 1};

	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		opt.jobs = (size_t)CPU_COUNT(&cpus);
	if (getenv("SEED") && *getenv("SEED"))
		one_seed(&opt, getenv("SEED"));
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];

		if (strcmp(a, "--seeds") == 0)
			opt.seeds = number(argv[++i]);
		else if (strcmp(a, "--from") == 0)
			opt.first = number(argv[++i]);
		else if (strcmp(a, "--jobs") == 0)
			opt.jobs = (size_t)number(argv[++i]);
		else if (strcmp(a, "--seed") == 0)
			one_seed(&opt, argv[++i]);
		else if (strcmp(a, "--trace") == 0)
			opt.trace = true;
		else if (strcmp(a, "--digests") == 0)
			opt.digests = true;
		else if (strcmp(a, "--quick") == 0)
			opt.quick = true;
		else if (strcmp(a, "--mutants") == 0)
			opt.mutants = folder_of(argv[0]);
		else
			usage();
	}
	if (opt.jobs == 0 || opt.jobs > JOBS_MAX)
		usage();
	return opt;
}

/* A process that ends by itself has found something too: say with which seed. */
static bool wait_all(const struct board *b, const pid_t *pid, size_t jobs)
{
	bool ok = true;

	for (size_t i = 0; i < jobs; i++) {
		int status;

		if (waitpid(pid[i], &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
			(void)printf("FAILED SEED=%llu the process ended (%d)\n",
				     (unsigned long long)b->job[i].seed, status);
			ok = false;
		}
	}
	return ok;
}

static int report(const struct board *b, const struct options *opt, bool ok)
{
	uint64_t done = 0, failed = 0, first = 0;
	int64_t written = 0, contacts = 0, lines = 0;

	for (size_t i = 0; i < opt->jobs; i++) {
		done += b->job[i].done;
		failed += b->job[i].failed;
		if (b->job[i].failed && (first == 0 || b->job[i].first_failed < first))
			first = b->job[i].first_failed;
		written += b->job[i].written;
		contacts += b->job[i].contacts;
		lines += b->job[i].lines;
	}
	(void)printf("%llu histories held, %llu did not; %lld records, %lld contacts, %lld lines logged\n",
		     (unsigned long long)done, (unsigned long long)failed, (long long)written,
		     (long long)contacts, (long long)lines);
	if (failed)
		(void)printf("repeat: %s --seed %llu\n", "sim", (unsigned long long)first);
	return ok && failed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct options opt = read_options(argc, argv);
	struct board *b =
	    mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[JOBS_MAX];
	bool ok = true;

	if (b == MAP_FAILED)
		return 71;
	if (opt.mutants)
		return run_mutants(&opt);
	start_get();
	(void)fflush(stdout);
	if (opt.jobs == 1) {
		work(b, 0, &opt);
		return report(b, &opt, true);
	}
	for (size_t i = 0; i < opt.jobs; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			return 71;
		if (pid[i] == 0) {
			work(b, i, &opt);
			exit(0);
		}
	}
	ok = wait_all(b, pid, opt.jobs);
	return report(b, &opt, ok);
}
