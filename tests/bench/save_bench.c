/*
 * save_bench HOME ITEMS N: keep N records on an enrolled PC in one process, each its own
 * `record` with all its checks, as an owner process does for a clerk who types them one by one.
 * ITEMS holds one record a line (the body of `kiemke record`); the PIN is the first line of
 * stdin. Two calls of getppid mark the measured part for whoever traces this process. Prints
 * one line of JSON. Does NOT sync.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/ops.h"
#include "lib/limits.h"
#include "lib/op.h"
#include "lib/os.h"
#include "tests/support/herd.h"

enum { ITEMS_MAX = 1000 };

struct items {
	struct json *item[ITEMS_MAX];
	size_t n;
};

static void read_items(const char *path, struct items *it)
{
	struct err e = {0};
	struct span rest, line;
	struct buf all;

	buf_init(&all, LIMIT_INPUT_FILE);
	herd_must(os_file_read(path, &all, &e), &e);
	for (rest = span_buf(&all); it->n < ITEMS_MAX && span_line(&rest, &line); it->n++)
		herd_must(json_parse(line, &json_rules_tree, &it->item[it->n], &e), &e);
	buf_free(&all);
	if (it->n == 0)
		exit(64);
}

static void save(struct agent *agent, const char *home, const struct json *item, const char *pin)
{
	const struct op_call call = {.home = home, .app = agent};
	struct json *in = json_copy(item), *out = NULL;
	struct err e = {0};
	bool saved = false;

	if (pin)
		json_set_str(in, "pin", pin);
	herd_must(op_run(&op_record, &call, in, &out, &e), &e);
	if (!json_get_bool(out, "saved", &saved) || !saved) {
		struct buf b;

		buf_init(&b, LIMIT_JSON_TEXT);
		json_write(out, true, &b, NULL);
		fprintf(stderr, "not saved: %s\n", b.p ? (const char *)b.p : "");
		exit(1);
	}
	json_free(in);
	json_free(out);
}

int main(int argc, char **argv)
{
	struct items it = {.n = 0};
	struct err e = {0};
	void *agent = NULL;
	char pin[64] = "";
	int64_t wall, cpu;
	size_t n;

	if (argc != 4 || !fgets(pin, sizeof(pin), stdin))
		return 64;
	pin[strcspn(pin, "\n")] = '\0';
	n = strtoul(argv[3], NULL, 10);
	herd_must(os_init(&argc, &argv, &e), &e);
	read_items(argv[2], &it);
	herd_must(agent_open(argv[1], false, &agent, &e), &e);
	save(agent, argv[1], it.item[0], pin); /* unlocks the clerk's key */
	getppid();
	wall = os_mono_ms();
	cpu = os_cpu_us();
	for (size_t i = 0; i < n; i++)
		save(agent, argv[1], it.item[i % it.n], NULL);
	cpu = os_cpu_us() - cpu;
	wall = os_mono_ms() - wall;
	getppid();
	printf("{\"saves\":%zu,\"wall_ms\":%lld,\"cpu_us\":%lld}\n", n, (long long)wall, (long long)cpu);
	agent_close(agent);
	for (size_t i = 0; i < it.n; i++)
		json_free(it.item[i]);
	return 0;
}
