/*
 * store_told: the communes the collector says this PC has (P33), where there are several, kept as the
 * setting `scopes_told`: codes in order with a space between. Written only when they are others than before.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/store_part.h"
#include "lib/limits.h"

enum { TOLD_MAX = AUTHORITY_SCOPES * ENTRY_SCOPE_LEN };

static int by_code(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each answer names the commune asked for first; kept is one order for all. */
static void text_of(const struct json *scopes, struct buf *out)
{
	const char *code[AUTHORITY_SCOPES];
	size_t n = 0;

	for (const struct json *s = json_first(scopes); s && n < AUTHORITY_SCOPES; s = json_next(s))
		code[n++] = json_str(s);
	if (n > 0)
		qsort(code, n, sizeof(*code), by_code);
	for (size_t i = 0; i < n; i++) {
		buf_add_str(out, i > 0 ? " " : "");
		buf_add_str(out, code[i]);
	}
}

enum rc store_told(struct store *s, const struct session_result *r, struct err *reterr)
{
	char *before = NULL;
	struct buf now;
	enum rc rc;

	if (r->late && json_len(r->scopes) < 2)
		return RC_OK; /* it may be older than what is known */
	rc = store_setting(s, "scopes_told", &before, reterr);
	buf_init(&now, TOLD_MAX);
	if (json_len(r->scopes) > 1)
		text_of(r->scopes, &now);
	if (rc == RC_OK)
		rc = buf_check(&now, reterr);
	if (rc == RC_OK && !span_eq_str(span_buf(&now), before ? before : ""))
		rc = store_set_setting(s, "scopes_told", now.p ? (const char *)now.p : "", reterr);
	buf_free(&now);
	free(before);
	return rc;
}
