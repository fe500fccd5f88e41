/*
 * search_bench HOME KIND: type words into the search of a register's table, letter by letter, as a page
 * does: each letter is one `table` with the columns a clerk sees, in one process on an enrolled PC.
 * Prints one line of JSON: processor time of one search at the median, the 95th percentile and the
 * worst, in microseconds, and how many rows there are. Does NOT change or sync anything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/ops.h"
#include "lib/op.h"
#include "lib/os.h"
#include "lib/text.h"
#include "tests/support/herd.h"

enum { SEARCHES_MAX = 4096, ROUNDS = 3 };

static const char *const words[] = {
    "may tinh de ban", "Trạm Y tế",  "tram y te hoa", "đất", "dat tru so", "0045101-000123",
    "SN-26-00042",     "29a 123.45", "hoà khê",       "qqq", "a",          "phòng kinh tế số 77",
};

struct times {
	int64_t us[SEARCHES_MAX];
	size_t n;
	int64_t all;
};

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void search(void *agent, const char *home, const char *kind, const char *typed,
		   struct times *t)
{
	static const char *const columns[] = {"asset_code", "name",      "facility_id",
					      "class",      "use_state", "original_cost",
					      "residual",   "lifecycle"};
	const struct op_call call = {.home = home, .app = agent};
	struct json *in = json_object(), *out = NULL, *list = json_array();
	struct err e = {0};
	int64_t at;

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		json_append_str(list, columns[i]);
	json_set_str(in, "kind", kind);
	json_set_str(in, "words", typed);
	json_set(in, "columns", list);
	json_set_int(in, "limit", 60);
	at = os_cpu_us();
	herd_must(op_run(&op_table, &call, in, &out, &e), &e);
	if (t->n < SEARCHES_MAX)
		t->us[t->n++] = os_cpu_us() - at;
	json_get_int(out, "all", &t->all);
	json_free(in);
	json_free(out);
}

/* Each beginning of it that ends with a whole letter. */
static void type(void *agent, const char *home, const char *kind, const char *word, struct times *t)
{
	const uint8_t *p = (const uint8_t *)word, *end = p + strlen(word);
	char typed[128] = "";
	size_t n = 0;

	for (size_t step; p < end && (step = text_utf8_step(p, end)) > 0; p += step) {
		memcpy(typed + n, p, step);
		n += step;
		typed[n] = '\0';
		search(agent, home, kind, typed, t);
	}
}

int main(int argc, char **argv)
{
	struct times t = {.n = 0};
	struct err e = {0};
	void *agent = NULL;

	if (argc != 3)
		return 64;
	herd_must(os_init(&argc, &argv, &e), &e);
	herd_must(agent_open(argv[1], false, &agent, &e), &e);
	search(agent, argv[1], argv[2], "", &t);
	t.n = 0;
	for (size_t r = 0; r < ROUNDS; r++)
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			type(agent, argv[1], argv[2], words[i], &t);
	qsort(t.us, t.n, sizeof(t.us[0]), by_time);
	printf("{\"searches\":%zu,\"rows\":%lld,\"median_us\":%lld,\"p95_us\":%lld,\"worst_us\":%"
	       "lld}\n",
	       t.n, (long long)t.all, (long long)t.us[t.n / 2], (long long)t.us[t.n * 95 / 100],
	       (long long)t.us[t.n - 1]);
	agent_close(agent);
	return 0;
}
