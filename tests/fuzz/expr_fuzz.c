/*
 * expr_fuzz: any bytes as an expression: compiled, and evaluated where they compile.
 *
 * The environment gives a value of each type by the first letter of the name, so that
 * operators and functions meet everything. Whatever comes, it ends, within its ceilings.
 */
#include <stdint.h>
#include <stdlib.h>

#include "lib/limits.h"
#include "sync/expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static enum rc set_of(size_t n, struct arena *mem, struct expr_value *ret)
{
	struct expr_value *item = arena_alloc(mem, (n + 1) * sizeof(*item));

	if (item == NULL)
		return RC_NOMEM;
	for (size_t i = 0; i < n; i++)
		item[i] = i % 3 == 0 ? expr_integer((int64_t)i - 5)
			  : i % 3 == 1 ? expr_string(span_str("2026-02-28"))
				       : expr_empty();
	*ret = (struct expr_value){.type = EXPR_SET, .item = item, .n = n};
	return RC_OK;
}

static enum rc get(void *ctx, struct span name, struct arena *mem, struct expr_value *ret,
		   struct err *reterr)
{
	(void)ctx;
	switch (name.p[0]) {
	case 'n': *ret = expr_integer(INT64_C(9007199254740991)); break;
	case 'd': *ret = expr_string(span_str("2026-11-25T08:30")); break;
	case 'b': *ret = expr_bool(name.len > 1); break;
	case 's': return set_of(name.len * 40, mem, ret);
	case 'x': return err_set(reterr, RC_IO, NULL, "io", NULL);
	case 't': *ret = expr_string(span_str("Ê-đê 1.234 a b")); break;
	default: *ret = expr_empty();
	}
	return RC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct expr_env env = {.get = get, .now_s = 1795395600};
	struct expr *x = NULL;
	struct expr_value v;
	struct arena mem;
	struct buf out;
	struct err e;
	enum rc rc;

	err_clear(&e);
	rc = expr_compile(span_of(data, len), &x, &e);
	if (rc != RC_OK) {
		if ((rc != RC_INPUT && rc != RC_LIMIT) || e.key[0] == '\0' || x != NULL)
			abort();
		return 0;
	}
	arena_init(&mem, LIMIT_EXPR_MEM);
	rc = expr_eval(x, &env, &mem, &v, &e);
	if (rc == RC_OK) {
		buf_init(&out, LIMIT_EXPR_STRING);
		expr_text(&v, &out);
		buf_free(&out);
	} else if (e.key[0] == '\0') {
		abort();
	}
	arena_free(&mem);
	expr_free(x);
	return 0;
}
