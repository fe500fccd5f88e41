/*
 * httpd_text: see httpd_text.h. Spans come from microhttpd and are not ended by a NUL, but for whole header values.
 */
#include "lib/httpd_text.h"

#include <string.h>

#include "lib/num.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool httpd_same(struct span a, const char *b)
{
	size_t n = strlen(b);

	if (a.len != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower((char)a.p[i]) != lower(b[i]))
			return false;
	return true;
}

bool httpd_next_item(struct span *rest, char sep, struct span *retitem)
{
	const uint8_t *p = rest->len > 0 ? memchr(rest->p, sep, rest->len) : NULL;

	if (rest->len == 0)
		return false;
	if (p) {
		size_t n = (size_t)(p - rest->p);
		*retitem = span_trim(span_of(rest->p, n), " \t");
		*rest = span_of(p + 1, rest->len - n - 1);
	} else {
		*retitem = span_trim(*rest, " \t");
		rest->len = 0;
	}
	return true;
}

bool httpd_token_name(const char *s, size_t len)
{
	static const char tchar[] = "!#$%&'*+-.^_`|~0123456789"
				    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	for (size_t i = 0; i < len; i++)
		if (s[i] == '\0' || !strchr(tchar, s[i]))
			return false;
	return len > 0;
}

bool httpd_header_value(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
			return false;
	return true;
}

bool httpd_cookie_octets(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\')
			return false;
	}
	return true;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (uint8_t)lower((char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int httpd_unescape(struct span s, size_t *retused)
{
	*retused = 1;
	if (s.p[0] != '%')
		return s.p[0];
	if (s.len < 3 || hex_digit(s.p[1]) < 0 || hex_digit(s.p[2]) < 0)
		return -1;
	*retused = 3;
	return hex_digit(s.p[1]) * 16 + hex_digit(s.p[2]);
}

bool httpd_query_fits(struct span q)
{
	size_t used;

	while (q.len > 0) {
		int c = httpd_unescape(q, &used);
		if (c <= 0)
			return false;
		q = span_of(q.p + used, q.len - used);
	}
	return true;
}

struct span httpd_host_name(const char *value)
{
	struct span s = span_str(value), port = {0};
	const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	size_t n;
	int64_t number;

	if (s.len > 0 && s.p[0] == '[')
		n = strspn(value + 1, "0123456789abcdefABCDEF:.") + 1, n += value[n] == ']';
	else
		n = strspn(value, allowed);
	if (n < s.len && value[n] == ':') {
		port = span_of(s.p + n + 1, s.len - n - 1);
		if (num_i64(port, 0, 65535, &number) != RC_OK)
			n = 0;
	} else if (n < s.len) {
		n = 0;
	}
	return span_of(s.p, n);
}

bool httpd_etag_known(const char *header, const char *etag)
{
	struct span rest = span_str(header), item;
	size_t n = strlen(etag);

	while (httpd_next_item(&rest, ',', &item)) {
		if (span_eq_str(item, "*"))
			return true;
		if (span_starts(item, "W/"))
			item = span_of(item.p + 2, item.len - 2);
		if (item.len == n + 2 && item.p[0] == '"' && item.p[n + 1] == '"' &&
		    memcmp(item.p + 1, etag, n) == 0)
			return true;
	}
	return false;
}
