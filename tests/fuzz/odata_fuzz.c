/*
 * odata_fuzz: any bytes as the options of a question. Whatever they ask, it is refused by a key or answered: a
 * row is looked at, written, and what the next page is asked with is read again as the same question.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/odata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct odata_column columns[] = {
    {"n", ODATA_INT, ODATA_KEY, NULL},	    {"k", ODATA_STRING, ODATA_KEY, NULL},
    {"d", ODATA_DECIMAL, 0, NULL},	    {"b", ODATA_BOOL, 0, NULL},
    {"day", ODATA_DATE, 0, NULL},	    {"at", ODATA_TIME, 0, NULL},
    {"none", ODATA_STRING, 0, NULL},
};
static const struct odata_set set = {"t", NULL, columns, sizeof(columns) / sizeof(columns[0])};

static struct odata_value get(void *ctx, size_t column)
{
	static const struct odata_value row[] = {
	    {.n = 12}, {.text = "0012 Đống Đa"}, {.text = "-12.5"}, {.n = 1},
	    {.text = "2026-11-25"}, {.n = 1795400000}, {.null = true},
	};

	(void)ctx;
	return row[column];
}

static const struct odata_row row = {get, NULL};

/* A page as it would be written: JSON, and the address of what follows. */
static void answer(const struct odata_query *q)
{
	struct odata_query again;
	struct json *o = NULL;
	struct buf b, token, next;
	const uint8_t *query;

	buf_init(&b, LIMIT_ODATA_PAGE);
	buf_init(&token, LIMIT_ODATA_MEM);
	buf_init(&next, LIMIT_ODATA_PAGE);
	odata_write_row(q, &row, true, &b);
	if (b.failed || json_parse(span_buf(&b), NULL, &o, NULL) != RC_OK)
		abort();
	odata_write_token(&set, &row, &token);
	odata_query_next(q, "https://a/", (const char *)token.p, q->top, q->skip, &next);
	query = next.failed ? NULL : memchr(next.p, '?', next.len);
	if (!query || odata_query_parse(&set, span_of(query + 1, next.len - (size_t)(query + 1 - next.p)), &again,
					NULL) != RC_OK)
		abort();
	if (odata_filter_fits(again.filter, &row) != odata_filter_fits(q->filter, &row) || again.top != q->top ||
	    again.skip != q->skip || again.down != q->down || strcmp(again.token, (const char *)token.p) != 0 ||
	    memcmp(again.select, q->select, sizeof(q->select)) != 0)
		abort();
	odata_query_free(&again);
	json_free(o);
	buf_free(&b);
	buf_free(&token);
	buf_free(&next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct odata_query q;
	struct odata_value v;
	struct err e;
	int64_t lo = INT64_MIN, hi = INT64_MAX;
	enum rc rc;

	if (size > 2048) /* HTTPD_URI_MAX */
		return 0;
	err_clear(&e);
	rc = odata_query_parse(&set, span_of(data, size), &q, &e);
	if (rc == RC_OK) {
		bool fits = odata_filter_fits(q.filter, &row);

		odata_filter_range(q.filter, 0, &lo, &hi);
		if (fits && (lo > 12 || hi < 12))
			abort();
		if (fits && odata_filter_pins(q.filter, 0, &v) && v.n != 12)
			abort();
		answer(&q);
	} else if (e.key[0] == '\0' || (rc != RC_INPUT && rc != RC_USAGE && rc != RC_LIMIT)) {
		abort();
	}
	odata_query_free(&q);
	return 0;
}
