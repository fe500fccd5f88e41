/*
 * entry_read: readers of one value inside a scanned payload (see entry_read.h).
 * They lean on what json_scan made sure of: a string ends at its first quote without a
 * backslash, brackets match, escapes are in their shortest form, nothing is cut.
 */
#include "sync/entry_read.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"

enum { BLOB_TYPE_CHARS = 100, BLOB_NAME_CHARS = 200, KIND_VERSION_MAX = 9999 };

static bool inner(struct span raw, struct span *ret)
{
	if (raw.len < 2 || raw.p[0] != '"')
		return false;
	*ret = span_of(raw.p + 1, raw.len - 2);
	return true;
}

bool entry_read_b64u(struct span raw, void *ret, size_t len)
{
	struct span s;

	return inner(raw, &s) && codec_b64u_exact(s, ret, len);
}

bool entry_read_int(struct span raw, int64_t min, int64_t max, int64_t *ret)
{
	return num_i64(raw, min, max, ret) == RC_OK;
}

bool entry_read_eq(struct span raw, const char *value)
{
	struct span s;

	return inner(raw, &s) && span_eq_str(s, value);
}

bool entry_read_chars(struct span raw, size_t min, size_t max)
{
	struct span s;
	size_t n = 0;

	if (!inner(raw, &s))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\\')
			i += s.p[i + 1] == 'u' ? 5 : 1;
		else if ((s.p[i] & 0xc0) == 0x80)
			continue;
		n++;
	}
	return n >= min && n <= max;
}

bool entry_is_scope(struct span s)
{
	if (span_eq_str(s, "*"))
		return true;
	if (s.len != 5 || span_eq_str(s, "00000"))
		return false;
	for (size_t i = 0; i < 5; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

bool entry_read_scope(struct span raw, char ret[ENTRY_SCOPE_LEN])
{
	struct span s;

	if (!inner(raw, &s) || !entry_is_scope(s))
		return false;
	memset(ret, 0, ENTRY_SCOPE_LEN);
	memcpy(ret, s.p, s.len);
	return true;
}

bool entry_read_uuid(struct span raw, uint8_t ret[16])
{
	struct span s;
	uint8_t id[16];

	if (!inner(raw, &s) || !codec_uuid_dec(s, id))
		return false;
	unsigned version = codec_uuid_version(id);
	if ((version != 7 && version != 8) || (id[8] & 0xc0) != 0x80)
		return false;
	memcpy(ret, id, sizeof(id));
	return true;
}

bool entry_read_name(struct span s, size_t max)
{
	if (s.len == 0 || s.len > max || s.p[0] < 'a' || s.p[0] > 'z')
		return false;
	for (size_t i = 1; i < s.len; i++) {
		uint8_t c = s.p[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
			return false;
	}
	return true;
}

bool entry_read_kind(struct span raw, char retname[ENTRY_KIND_LEN], unsigned *retversion)
{
	struct span name;
	int64_t version = 1;

	if (!inner(raw, &name) || name.len == 0)
		return false;
	const uint8_t *slash = memchr(name.p, '/', name.len);
	if (slash) {
		size_t len = (size_t)(slash - name.p);
		struct span suffix = span_of(slash + 1, name.len - len - 1);
		if (num_i64(suffix, 2, KIND_VERSION_MAX, &version) != RC_OK)
			return false;
		name.len = len;
	}
	if (!entry_read_name(name, ENTRY_KIND_LEN - 1))
		return false;
	memset(retname, 0, ENTRY_KIND_LEN);
	memcpy(retname, name.p, name.len);
	*retversion = (unsigned)version;
	return true;
}

bool entry_read_prev(struct span raw, int64_t seq, uint8_t ret[ENTRY_ID_LEN])
{
	if (seq > 0)
		return entry_read_b64u(raw, ret, ENTRY_ID_LEN);
	if (!entry_read_eq(raw, ""))
		return false;
	memset(ret, 0, ENTRY_ID_LEN);
	return true;
}

static bool repeated(const uint8_t (*id)[ENTRY_ID_LEN], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(id[i], id[n], ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

bool entry_read_ids(struct span raw, size_t min, size_t max, uint8_t (*ret)[ENTRY_ID_LEN],
		    size_t *retn)
{
	uint8_t scratch[LIMIT_ENTRY_AFTER][ENTRY_ID_LEN];
	uint8_t(*id)[ENTRY_ID_LEN] = ret ? ret : scratch;
	size_t n = 0;

	if (max > LIMIT_ENTRY_AFTER || raw.len == 0 || raw.p[0] != '[')
		return false;
	for (struct span rest = raw, item; entry_read_item(&rest, &item); n++) {
		if (n == max || !entry_read_b64u(item, id[n], ENTRY_ID_LEN) ||
		    repeated((const uint8_t(*)[ENTRY_ID_LEN])id, n))
			return false;
	}
	if (n < min)
		return false;
	*retn = n;
	return true;
}

bool entry_read_blob(struct span raw, struct entry_blob *ret)
{
	struct span rest = raw, hash, size, hex;

	return entry_read_member(&rest, "sha256", &hash) && inner(hash, &hex) &&
	       codec_hex_32(hex, ret->sha256) && entry_read_member(&rest, "size", &size) &&
	       entry_read_int(size, 1, (int64_t)LIMIT_BLOB, &ret->size) &&
	       entry_read_member(&rest, "type", &ret->type) &&
	       entry_read_chars(ret->type, 1, BLOB_TYPE_CHARS) &&
	       entry_read_member(&rest, "name", &ret->name) &&
	       entry_read_chars(ret->name, 1, BLOB_NAME_CHARS) && entry_read_end(rest);
}

/* --------------------------------------------------------------------- walks */

/* Bytes of the value at the start of s: up to the comma or bracket that ends it. */
static size_t value_len(struct span s)
{
	size_t depth = 0, i = 0;

	while (i < s.len) {
		uint8_t c = s.p[i];
		if (c == '"') {
			for (i++; i < s.len && s.p[i] != '"'; i++)
				if (s.p[i] == '\\')
					i++;
		} else if (c == '[' || c == '{') {
			depth++;
		} else if (depth == 0 && (c == ',' || c == ']' || c == '}')) {
			break;
		} else if (c == ']' || c == '}') {
			depth--;
		}
		i++;
	}
	return i < s.len ? i : s.len;
}

static struct span skip(struct span s, size_t n)
{
	return span_of(s.p + n, s.len - n);
}

bool entry_read_item(struct span *rest, struct span *ret)
{
	if (rest->len < 2 || (rest->p[0] != '[' && rest->p[0] != ','))
		return false;
	struct span s = skip(*rest, 1);
	if (s.p[0] == ']')
		return false;
	size_t n = value_len(s);
	*ret = span_of(s.p, n);
	*rest = skip(s, n);
	return true;
}

bool entry_read_member(struct span *rest, const char *name, struct span *ret)
{
	size_t len = strlen(name);

	if (rest->len < len + 5 || (rest->p[0] != '{' && rest->p[0] != ','))
		return false;
	const uint8_t *p = rest->p + 1;
	if (p[0] != '"' || memcmp(p + 1, name, len) != 0 || p[1 + len] != '"' || p[2 + len] != ':')
		return false;
	struct span s = skip(*rest, len + 4);
	size_t n = value_len(s);
	*ret = span_of(s.p, n);
	*rest = skip(s, n);
	return true;
}

bool entry_read_end(struct span rest)
{
	return span_eq_str(rest, "}");
}
