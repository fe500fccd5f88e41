/*
 * meter_test: server-stub/meter and lib/expose: escapes, decimals, sums that stay right past the ceiling of series,
 * and adding from several threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lib/expose.h"
#include "lib/os.h"
#include "server-stub/meter.h"

enum { TEXT_MAX = 1 << 20, THREADS = 4, TIMES = 1000 };

static void test_escapes(void **state)
{
	const struct expose_label label[] = {{"a", "q\" b\\ n\n"}, {"b", "đ"}};
	struct buf b;

	(void)state;
	buf_init(&b, TEXT_MAX);
	expose_family(&b, "x_total", EXPOSE_COUNTER, "one\\two\n\"three\"");
	expose_value(&b, "x_total", label, 2, -7);
	expose_value(&b, "x_total", NULL, 0, INT64_MAX);
	expose_micro(&b, "y", 1500000);
	expose_micro(&b, "y", 7);
	assert_string_equal((const char *)b.p, "# HELP x_total one\\\\two\\n\"three\"\n"
					       "# TYPE x_total counter\n"
					       "x_total{a=\"q\\\" b\\\\ n\\n\",b=\"đ\"} -7\n"
					       "x_total 9223372036854775807\n"
					       "y 1.500000\n"
					       "y 0.000007\n");
	buf_free(&b);
}

static int lines(const char *text, const char *begin)
{
	int n = 0;

	for (const char *p = text; (p = strstr(p, begin)) != NULL; p++)
		n++;
	return n;
}

static void test_ceiling(void **state)
{
	struct meter *m = NULL;
	struct buf b;
	char name[32];

	(void)state;
	assert_int_equal(meter_new(&m, NULL), RC_OK);
	for (int i = 0; i < 2 * METER_SERIES; i++) {
		snprintf(name, sizeof(name), "route-%d", i);
		meter_add(m, METER_REQUESTS, name, "2xx", 1);
	}
	meter_add(m, METER_DENIED, "made up", NULL, 3);
	meter_add(m, METER_BYTES, "in", NULL, 5);
	buf_init(&b, TEXT_MAX);
	meter_write(m, &b);
	int own = lines((const char *)b.p, "{route=\"route-");
	assert_true(own > METER_SERIES / 2 && own <= METER_SERIES);
	snprintf(name, sizeof(name), "\"other\"} %d\n", 2 * METER_SERIES - own);
	assert_non_null(strstr((const char *)b.p, name));
	assert_non_null(strstr((const char *)b.p, "kiemke_denied_total{code=\"other\"} 3\n"));
	assert_non_null(strstr((const char *)b.p, "{direction=\"in\"} 5\n"));
	buf_free(&b);
	meter_free(m);
}

static void add_many(void *arg)
{
	for (int i = 0; i < TIMES; i++)
		meter_add(arg, METER_ENTRIES, "refused", i % 2 ? "E7" : "E8", 1);
}

static void test_threads(void **state)
{
	struct os_thread *t[THREADS];
	struct meter *m = NULL;
	struct buf b;

	(void)state;
	assert_int_equal(meter_new(&m, NULL), RC_OK);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(os_thread_start(&t[i], add_many, m, NULL), RC_OK);
	for (int i = 0; i < THREADS; i++)
		os_thread_join(t[i]);
	buf_init(&b, TEXT_MAX);
	meter_write(m, &b);
	assert_non_null(strstr((const char *)b.p, "{outcome=\"refused\",clause=\"E7\"} 2000\n"));
	assert_non_null(strstr((const char *)b.p, "{outcome=\"refused\",clause=\"E8\"} 2000\n"));
	buf_free(&b);
	meter_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_escapes),
	    cmocka_unit_test(test_ceiling),
	    cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
