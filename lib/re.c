/*
 * re: bounded whole-string matching over PCRE2; the only file with pcre2.h.
 * \d, \w and the like are ASCII on purpose: a form means 0-9.
 */
#include "lib/re.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "lib/limits.h"
#include "lib/num.h"

struct re {
	pcre2_code *code;
	pcre2_match_context *bounds;
};

static enum rc no_memory(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static enum rc bad_pattern(int code, size_t at, struct err *reterr)
{
	PCRE2_UCHAR detail[ERR_ARG_LEN];
	char offset[NUM_I64_LEN];

	if (code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED)
		return no_memory(reterr);
	if (pcre2_get_error_message(code, detail, sizeof(detail)) < 0)
		detail[0] = '\0';
	num_str((int64_t)at, offset);
	return err_set(reterr, RC_INPUT, NULL, "re.syntax", "at", offset, "detail",
		       (const char *)detail, NULL);
}

enum rc re_compile(struct span pattern, struct re **ret, struct err *reterr)
{
	const uint32_t options =
	    PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C;
	int code;
	PCRE2_SIZE at;

	if (pattern.len > LIMIT_RE_PATTERN)
		return err_num(reterr, RC_LIMIT, NULL, "re.too_long", "max", LIMIT_RE_PATTERN);
	struct re *re = calloc(1, sizeof(*re));
	if (!re)
		return no_memory(reterr);
	re->bounds = pcre2_match_context_create(NULL);
	if (!re->bounds) {
		re_free(re);
		return no_memory(reterr);
	}
	pcre2_set_match_limit(re->bounds, LIMIT_RE_STEPS);
	pcre2_set_depth_limit(re->bounds, LIMIT_RE_DEPTH);
	pcre2_set_heap_limit(re->bounds, LIMIT_RE_HEAP);
	re->code = pcre2_compile(pattern.len > 0 ? pattern.p : (PCRE2_SPTR) "", pattern.len,
				 options, &code, &at, NULL);
	if (!re->code) {
		re_free(re);
		return bad_pattern(code, at, reterr);
	}
	*ret = re;
	return RC_OK;
}

enum rc re_match(const struct re *re, struct span s, bool *ret, struct err *reterr)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);

	if (!data)
		return no_memory(reterr);
	int n =
	    pcre2_match(re->code, s.len > 0 ? s.p : (PCRE2_SPTR) "", s.len, 0, 0, data, re->bounds);
	pcre2_match_data_free(data);
	if (n >= 0 || n == PCRE2_ERROR_NOMATCH) {
		*ret = n >= 0;
		return RC_OK;
	}
	if (n == PCRE2_ERROR_NOMEMORY)
		return no_memory(reterr);
	if (n <= PCRE2_ERROR_UTF8_ERR1 && n >= PCRE2_ERROR_UTF8_ERR21)
		return err_set(reterr, RC_INPUT, NULL, "text.utf8", NULL);
	return err_set(reterr, RC_LIMIT, NULL, "re.limit", NULL);
}

void re_free(struct re *re)
{
	if (!re)
		return;
	pcre2_code_free(re->code);
	pcre2_match_context_free(re->bounds);
	free(re);
}
