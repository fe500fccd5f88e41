/*
 * json: the strict scanner every foreign byte meets first, and a tree.
 *
 * (1) json_scan reads a span once, without allocating, and writes a flat tape of
 *     tokens; it refuses everything FORMAT.md's clauses on JSON refuse and never
 *     rewrites anything. Entries live on the tape alone.
 * (2) struct json is a tree for operation bodies, forms and settings. Text always
 *     passes json_scan before the library behind the tree (cJSON, in json.c only)
 *     sees it, because that accepts duplicate keys, trailing bytes and bad UTF-8.
 * Not here: floating point. A decimal travels as a string (lib/num, num_dec).
 */
#ifndef KK_LIB_JSON_H
#define KK_LIB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

/* ------------------------------------------------------------------ scanner */

enum json_type {
	JSON_OBJECT = 1,
	JSON_ARRAY,
	JSON_STRING,
	JSON_INT,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL
};

/*
 * One token. The tape is in pre-order: an object is followed by its members,
 * each a key (JSON_STRING) and a value; an array by its items.
 */
struct json_tok {
	uint32_t off;  /* first byte in the text; strings and containers: the quote or bracket */
	uint32_t len;  /* bytes of raw text, quotes and brackets included */
	uint32_t n;    /* object: members; array: items; key: private hash; else 0 */
	uint32_t next; /* index of the token after this one and all inside it; key: private */
	uint8_t type;  /* enum json_type */
	bool escaped;  /* string with at least one backslash */
};

struct json_rules {
	size_t max_len;        /* bytes of text; 0 refuses all */
	unsigned depth;        /* nested containers, 1..LIMIT_JSON_STACK; a bare string has 0 */
	unsigned max_members;  /* members of one object */
	bool compact;          /* refuse white space between tokens */
	bool shortest_escapes; /* refuse a string that is not in its one shortest form */
};

/* Entry payloads: 16 KiB, depth 4, compact, shortest escapes. */
extern const struct json_rules json_rules_entry;
/* Everything parsed into a tree: LIMIT_JSON_TEXT, depth 16, white space allowed. */
extern const struct json_rules json_rules_tree;

/*
 * Scan one JSON value that is the whole of `text`. tok[0] is the value,
 * *retn the number of tokens written (<= ntok_max). One pass, no malloc.
 *
 * RC_REFUSED (clause empty, argument `at` = byte offset; the caller maps the key
 * to its clause) with key:
 *   json.too_long      longer than rules->max_len
 *   json.empty         no bytes, or white space alone
 *   json.cut           the text ends inside the value
 *   json.trailing      bytes after the value
 *   json.syntax        a byte that cannot stand there
 *   json.space         white space between tokens while rules->compact
 *   json.depth         deeper than rules->depth
 *   json.members       an object with more than rules->max_members
 *   json.tokens        more than ntok_max tokens
 *   json.duplicate     a key twice in one object, compared decoded
 *   json.utf8          invalid UTF-8 (overlong, surrogate, > U+10FFFF, cut)
 *   json.control       a raw byte below 0x20 inside a string
 *   json.escape        an unknown or incomplete escape
 *   json.escape_form   an escape that is not the shortest form of its character
 *   json.nul           \u0000
 *   json.surrogate     a lone surrogate
 *   json.int_range     outside +-(2^53-1)
 *   json.fraction  json.exponent  json.minus_zero  json.leading_zero
 */
enum rc json_scan(struct span text, const struct json_rules *rules, struct json_tok *tok,
                  size_t ntok_max, size_t *retn, struct err *reterr);

/* Raw text of a token, quotes and brackets included. */
static inline struct span json_tok_raw(struct span text, const struct json_tok *t)
{
	return span_of(text.p + t->off, t->len);
}

/*
 * Bytes between the quotes. Equal to the string's value unless t->escaped.
 */
static inline struct span json_tok_inner(struct span text, const struct json_tok *t)
{
	return span_of(text.p + t->off + 1, t->len - 2);
}

/* True when the string token's decoded value equals `value`. False for other types. */
bool json_tok_eq(struct span text, const struct json_tok *t, const char *value);

/* Append the string token's decoded value to *out. */
void json_tok_str(struct span text, const struct json_tok *t, struct buf *out);

/* Value of a JSON_INT token; within +-(2^53-1) by what json_scan let through. */
int64_t json_tok_int(struct span text, const struct json_tok *t);

/*
 * Index on the tape of the value of member `name` of the object tok[obj];
 * 0 when there is none (0 is never a member's value) or tok[obj] is no object.
 */
size_t json_tok_find(struct span text, const struct json_tok *tok, size_t obj, const char *name);

/*
 * Append s as a JSON string in the one shortest form: \" \\ \b \f \n \r \t, \u00xx
 * in lower-case hex for the other bytes below 0x20, everything else raw (0x7f and
 * non-ASCII too). The same bytes as Python's json.dumps(s, ensure_ascii=False).
 * s must be valid UTF-8; otherwise *out is marked failed.
 */
void json_add_escaped(struct buf *out, struct span s);
void json_add_escaped_str(struct buf *out, const char *s);

/* --------------------------------------------------------------------- tree */

/*
 * A value. Opaque; a member or item belongs to the tree it was put in.
 * Building is fail-safe: a constructor that runs out of memory (or is given bad
 * UTF-8, or an integer beyond +-(2^53-1)) returns NULL, putting NULL into a tree
 * marks it broken, and a broken tree (or NULL) makes json_write and json_print
 * fail. So code that builds a reply needs one check, at the end.
 */
struct json;

/*
 * Parse a whole text under json_rules_tree (or `rules`, if not NULL).
 * RC_REFUSED as json_scan; RC_NOMEM "json.memory". The caller frees *ret.
 */
enum rc json_parse(struct span text, const struct json_rules *rules, struct json **ret,
                   struct err *reterr);
void json_free(struct json *v); /* NULL is fine; only for a root */

/*
 * Append v as text: compact, or pretty (two spaces, one member a line, LF at the end).
 * RC_NOMEM "json.memory" for NULL or a broken tree; the buf's own failure as buf_check.
 */
enum rc json_write(const struct json *v, bool pretty, struct buf *out, struct err *reterr);
/* Compact text the caller frees, NUL-terminated; NULL when broken or out of memory. */
char *json_print(const struct json *v);

struct json *json_object(void);
struct json *json_array(void);
struct json *json_string(const char *s); /* NULL s gives JSON null */
struct json *json_string_span(struct span s); /* valid UTF-8 without NUL bytes */
struct json *json_integer(int64_t v);
struct json *json_boolean(bool v);
struct json *json_null(void);

/*
 * Put v under name, replacing what was there; v belongs to o afterwards, also on
 * failure (then it is freed and o is broken). o == NULL frees v.
 */
void json_set(struct json *o, const char *name, struct json *v);
void json_append(struct json *a, struct json *v); /* the same for the end of an array */

/* Shorthands for json_set(o, name, json_…(v)). */
void json_set_str(struct json *o, const char *name, const char *s);
void json_set_span(struct json *o, const char *name, struct span s);
void json_set_int(struct json *o, const char *name, int64_t v);
void json_set_bool(struct json *o, const char *name, bool v);
void json_append_str(struct json *a, const char *s);

/* Remove and free member `name`; nothing when absent. */
void json_remove(struct json *o, const char *name);

/* All readers take NULL, answering "absent", so that they chain. Names match exactly, by case. */
enum json_type json_kind(const struct json *v); /* 0 for NULL */
struct json *json_get(const struct json *o, const char *name); /* borrowed; NULL if absent */
const char *json_get_str(const struct json *o, const char *name); /* borrowed; NULL unless a string */
bool json_get_int(const struct json *o, const char *name, int64_t *ret); /* false: *ret untouched */
bool json_get_bool(const struct json *o, const char *name, bool *ret);
struct json *json_get_obj(const struct json *o, const char *name);
struct json *json_get_arr(const struct json *o, const char *name);

const char *json_str(const struct json *v); /* borrowed; NULL unless a string */
bool json_int(const struct json *v, int64_t *ret);
bool json_bool(const struct json *v, bool *ret);

size_t json_len(const struct json *v); /* members or items; 0 for other types. O(n) */
struct json *json_at(const struct json *a, size_t i); /* borrowed; O(i): iterate instead */

/*
 * Iteration over members or items, in order:
 *   for (const struct json *v = json_first(o); v; v = json_next(v)) use(json_name(v), v);
 */
struct json *json_first(const struct json *v);
struct json *json_next(const struct json *v);
const char *json_name(const struct json *member); /* borrowed; NULL for an array's item */

struct json *json_copy(const struct json *v); /* deep; NULL when out of memory */
/* Same types, values and items in order; members in any order. NULL equals only NULL. */
bool json_equal(const struct json *a, const struct json *b);

#endif
