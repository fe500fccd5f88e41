/*
 * entry_parse: from a line to a struct entry, strictly. Clauses E1-E19, E25.
 *
 * One scan fills a tape of tokens on the stack (a crowded payload takes a larger one),
 * the members are laid out by one table, and then one block of memory holds the struct, its
 * fields, its `after` and a copy of the line; a table of checks reads the values into it.
 * Not here: keys, signatures, authority bodies.
 */
#include "sync/entry_parse.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/crypt.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "sync/entry_read.h"

enum {
	TAPE_SMALL = 1024, /* tokens: 20 KiB of stack, enough for all but hostile payloads */
	FIELDS_MAX = 256,
	FIELD_NAME = 48,
	VERSION_MAX = 9999,
	OP_NAME_MAX = 16
};

#define BIT(m) (1U << (m))

/* Members of a payload, in their one order for every op. */
enum member {
	V,
	FEED,
	SEQ,
	PREV,
	AT,
	SEEN,
	OP,
	SCOPE,
	COMMON, /* that many begin every version */
	ID = COMMON,
	KIND,
	AFTER,
	SET,
	SALT,
	MEMBERS
};

static_assert((int)MEMBERS == (int)ENTRY_PARSE_MEMBERS, "members");
static_assert((int)V == (int)ENTRY_PARSE_V && (int)FEED == (int)ENTRY_PARSE_FEED &&
		  (int)OP == (int)ENTRY_PARSE_OP,
	      "indexes");

static const struct {
	const char *name;
	unsigned must, may;     /* members after the common ones, as bits */
	const char *set_clause; /* what a `set` that is no object breaks */
} ops[ENTRY_OP_N] = {
    [ENTRY_OPEN] = {"open", BIT(SALT), BIT(SET), "E25"},
    [ENTRY_SET] = {"set", BIT(ID) | BIT(KIND) | BIT(AFTER) | BIT(SET) | BIT(SALT), 0, "E18"},
    [ENTRY_CERT] = {"cert", BIT(SET) | BIT(SALT), 0, "K2"},
    [ENTRY_REVOKE] = {"revoke", BIT(SET) | BIT(SALT), 0, "K4"},
    [ENTRY_ADMIT] = {"admit", BIT(SET) | BIT(SALT), 0, "K5"},
    [ENTRY_FORM] = {"form", BIT(SET) | BIT(SALT), 0, "K6"},
    [ENTRY_ERASE] = {"erase", BIT(SET) | BIT(SALT), 0, "K7"},
    [ENTRY_LOG] = {"log", BIT(SET) | BIT(SALT), 0, "K8"},
    [ENTRY_UNKNOWN] = {"unknown", 0, 0, "E8"},
};

static const char *const members[MEMBERS] = {
    [V] = "v",         [FEED] = "feed", [SEQ] = "seq",     [PREV] = "prev", [AT] = "at",
    [SEEN] = "seen",   [OP] = "op",     [SCOPE] = "scope", [ID] = "id",     [KIND] = "kind",
    [AFTER] = "after", [SET] = "set",   [SALT] = "salt",
};

/* Which clause a refusal of the scanner breaks. */
static const struct {
	const char *key, *clause;
} scan_clause[] = {
    {"json.too_long", "E2"},    {"json.empty", "E2"},        {"json.utf8", "E2"},
    {"json.control", "E2"},     {"json.cut", "E3"},          {"json.trailing", "E3"},
    {"json.syntax", "E3"},      {"json.space", "E3"},        {"json.escape", "E3"},
    {"json.escape_form", "E4"}, {"json.nul", "E4"},          {"json.surrogate", "E4"},
    {"json.int_range", "E5"},   {"json.fraction", "E5"},     {"json.exponent", "E5"},
    {"json.minus_zero", "E5"},  {"json.leading_zero", "E5"}, {"json.depth", "E6"},
    {"json.duplicate", "E6"},   {"json.members", "E18"},
};

enum entry_op entry_op_parse(struct span name)
{
	for (unsigned op = 0; op < ENTRY_UNKNOWN; op++)
		if (span_eq_str(name, ops[op].name))
			return (enum entry_op)op;
	return ENTRY_OP_N;
}

const char *entry_op_name(enum entry_op op)
{
	return (unsigned)op < ENTRY_OP_N ? ops[op].name : "";
}

const char *entry_parse_member(size_t i)
{
	return i < MEMBERS ? members[i] : "";
}

static enum rc refuse(const struct entry_parse *p, const char *clause, const char *key)
{
	return err_set(p->err, RC_REFUSED, clause, key, NULL);
}

static enum rc refuse_name(const struct entry_parse *p, const char *clause, const char *key,
			   struct span name)
{
	char text[FIELD_NAME + 16];
	size_t n = name.len < sizeof(text) - 1 ? name.len : sizeof(text) - 1;

	while (n > 0 && n < name.len && (name.p[n] & 0xc0) == 0x80)
		n--; /* not in the middle of a character */
	if (n > 0)
		memcpy(text, name.p, n);
	text[n] = '\0';
	return err_set(p->err, RC_REFUSED, clause, key, "name", text, NULL);
}

/* ---------------------------------------------------------------- text: E1-E6 */

enum rc entry_parse_line(struct entry_parse *p, uint8_t retsig[CRYPT_SIG_LEN])
{
	struct span l = p->line;

	if (l.len < ENTRY_SIG_TEXT + 1 || l.p[ENTRY_SIG_TEXT] != ' ' ||
	    !codec_b64u_64(span_of(l.p, ENTRY_SIG_TEXT), retsig))
		return refuse(p, "E1", "entry.line_form");
	p->text = span_of(l.p + ENTRY_SIG_TEXT + 1, l.len - ENTRY_SIG_TEXT - 1);
	return RC_OK;
}

enum rc entry_parse_bytes(const struct entry_parse *p)
{
	if (p->text.len < 2 || p->text.len > LIMIT_ENTRY_PAYLOAD)
		return err_num(p->err, RC_REFUSED, "E2", "entry.payload_len", "bytes",
			       (long long)p->text.len);
	if (span_starts(p->text, "\xef\xbb\xbf"))
		return refuse(p, "E2", "entry.bom");
	for (size_t i = 0; i < p->text.len; i++)
		if (p->text.p[i] < 0x20)
			return err_num(p->err, RC_REFUSED, "E2", "entry.control", "at",
				       (long long)i);
	return RC_OK;
}

enum rc entry_parse_scan(struct entry_parse *p, const struct json_rules *rules, size_t max)
{
	struct err *why = p->err;
	enum rc rc = json_scan(p->text, rules, p->tok, max, &p->ntok, why);

	if (rc == RC_OK)
		return p->tok[0].type == JSON_OBJECT ? RC_OK : refuse(p, "E3", "entry.not_object");
	for (size_t i = 0; i < sizeof(scan_clause) / sizeof(scan_clause[0]); i++)
		if (strcmp(why->key, scan_clause[i].key) == 0)
			memcpy(why->clause, scan_clause[i].clause,
			       strlen(scan_clause[i].clause) + 1);
	if (strcmp(why->key, "json.members") == 0 && !span_starts(p->text, "{\"v\":\"kk1\""))
		memcpy(why->clause, "E8", sizeof("E8"));
	return rc;
}

/* A crowded payload: its tape comes from the heap, the caller's to free, and replaces p->tok. */
static enum rc scan_crowded(struct entry_parse *p, struct json_tok **retheap)
{
	*retheap = malloc(LIMIT_ENTRY_TOKENS * sizeof(**retheap));
	if (!*retheap)
		return err_set(p->err, RC_NOMEM, NULL, "buf.memory", NULL);
	p->tok = *retheap;
	return entry_parse_scan(p, &json_rules_entry, LIMIT_ENTRY_TOKENS);
}

/* ------------------------------------------------------------- members: E7, E8, E13 */

/* `v`: version of the payload, 0 when it is none. */
static unsigned version_of(struct span raw)
{
	int64_t n;

	if (entry_read_eq(raw, "kk1"))
		return 1;
	if (raw.len < 5 || memcmp(raw.p, "\"kk", 3) != 0)
		return 0;
	struct span digits = span_of(raw.p + 3, raw.len - 4);
	return num_i64(digits, 2, VERSION_MAX, &n) == RC_OK ? (unsigned)n : 0;
}

enum rc entry_parse_version(struct entry_parse *p)
{
	p->version = version_of(p->value[V]);
	return p->version > 0 ? RC_OK : refuse(p, "E8", "entry.version");
}

enum rc entry_parse_common(struct entry_parse *p)
{
	size_t i = 1;

	for (unsigned m = 0; m < COMMON; m++, i = p->tok[i + 1].next) {
		const char *clause = p->version > 1 ? "E8" : "E7";
		if (m == p->tok[0].n || !json_tok_eq(p->text, &p->tok[i], members[m]))
			return err_set(p->err, RC_REFUSED, clause, "entry.member_order", "name",
				       members[m], NULL);
		p->value[m] = json_tok_raw(p->text, &p->tok[i + 1]);
		if (m == V && entry_parse_version(p) != RC_OK)
			return RC_REFUSED;
	}
	return RC_OK;
}

void entry_parse_find(struct entry_parse *p)
{
	for (unsigned m = 0; m < MEMBERS; m++) {
		size_t i = json_tok_find(p->text, p->tok, 0, members[m]);
		if (i == 0)
			continue;
		p->value[m] = json_tok_raw(p->text, &p->tok[i]);
		if (m == SET)
			p->set = i;
	}
}

enum rc entry_parse_op(struct entry_parse *p)
{
	struct span op = p->value[OP];

	op = op.p[0] == '"' ? span_of(op.p + 1, op.len - 2) : span_of(op.p, 0);
	if (p->version == 1) {
		p->op = entry_op_parse(op);
		return p->op != ENTRY_OP_N ? RC_OK : refuse_name(p, "E13", "entry.op", op);
	}
	p->op = ENTRY_UNKNOWN;
	for (size_t k = 0; k < op.len; k++)
		if (op.p[k] < 'a' || op.p[k] > 'z')
			return refuse_name(p, "E8", "entry.op", op);
	return op.len >= 1 && op.len <= OP_NAME_MAX ? RC_OK : refuse_name(p, "E8", "entry.op", op);
}

/* By the table, in order, nothing else. */
enum rc entry_parse_members(struct entry_parse *p)
{
	unsigned allowed = ops[p->op].must | ops[p->op].may, found = 0;
	size_t i = 1, n = 0;
	unsigned m = COMMON;

	for (; n < COMMON; n++)
		i = p->tok[i + 1].next;
	for (; n < p->tok[0].n; n++, m++, i = p->tok[i + 1].next) {
		while (m < MEMBERS &&
		       !((allowed & BIT(m)) && json_tok_eq(p->text, &p->tok[i], members[m])))
			m++;
		if (m == MEMBERS)
			return refuse_name(p, "E7", "entry.member_order",
					   json_tok_inner(p->text, &p->tok[i]));
		found |= BIT(m);
		p->value[m] = json_tok_raw(p->text, &p->tok[i + 1]);
		if (m == SET)
			p->set = i + 1;
	}
	for (m = COMMON; m < MEMBERS; m++)
		if ((ops[p->op].must & BIT(m)) && !(found & BIT(m)))
			return err_set(p->err, RC_REFUSED, "E7", "entry.member_missing", "name",
				       members[m], NULL);
	return RC_OK;
}

/* ------------------------------------------------------------------- values: E9-E19 */

static bool read_seen(struct span raw, struct entry *e)
{
	struct span rest = raw, size, root, more;

	if (raw.p[0] != '[' || !entry_read_item(&rest, &size) || !entry_read_item(&rest, &root) ||
	    entry_read_item(&rest, &more) || !entry_read_int(size, 0, NUM_SAFE_MAX, &e->seen_size))
		return false;
	if (e->seen_size == 0)
		return entry_read_eq(root, "");
	return entry_read_b64u(root, e->seen_root, sizeof(e->seen_root));
}

static enum rc must(const struct entry_parse *p, bool ok, const char *clause, const char *key)
{
	return ok ? RC_OK : refuse(p, clause, key);
}

static enum rc feed(const struct entry_parse *p, struct entry *e)
{
	bool ok = entry_read_b64u(p->value[FEED], e->feed, sizeof(e->feed));

	return must(p, ok, "E9", "entry.feed");
}

static enum rc seq(const struct entry_parse *p, struct entry *e)
{
	return must(p, entry_read_int(p->value[SEQ], 0, NUM_SAFE_MAX, &e->seq), "E10", "entry.seq");
}

static enum rc prev(const struct entry_parse *p, struct entry *e)
{
	return must(p, entry_read_prev(p->value[PREV], e->seq, e->prev), "E10", "entry.prev");
}

static enum rc at(const struct entry_parse *p, struct entry *e)
{
	return must(p, entry_read_int(p->value[AT], 0, NUM_SAFE_MAX, &e->at), "E11", "entry.at");
}

static enum rc seen(const struct entry_parse *p, struct entry *e)
{
	return must(p, read_seen(p->value[SEEN], e), "E12", "entry.seen");
}

static enum rc open_first(const struct entry_parse *p, struct entry *e)
{
	return must(p, (p->op == ENTRY_OPEN) == (e->seq == 0), "E13", "entry.open_first");
}

static enum rc scope(const struct entry_parse *p, struct entry *e)
{
	return must(p, entry_read_scope(p->value[SCOPE], e->scope), "E14", "entry.scope");
}

static enum rc entity(const struct entry_parse *p, struct entry *e)
{
	return must(p, entry_read_uuid(p->value[ID], e->entity), "E15", "entry.entity");
}

static enum rc kind(const struct entry_parse *p, struct entry *e)
{
	bool ok = entry_read_kind(p->value[KIND], e->kind, &e->kind_version);

	return must(p, ok, "E16", "entry.kind");
}

static enum rc after(const struct entry_parse *p, struct entry *e)
{
	bool ok = entry_read_ids(p->value[AFTER], 0, LIMIT_ENTRY_AFTER, p->after, &e->nafter);

	e->after = (const uint8_t(*)[ENTRY_ID_LEN])p->after;
	return must(p, ok, "E17", "entry.after");
}

/* Is the value of a field of op set one of E18's? */
static bool value_ok(const struct entry_field *f)
{
	struct entry_blob blob;
	size_t n = 0;

	if (f->type == JSON_OBJECT)
		return entry_read_blob(f->raw, &blob);
	if (f->type != JSON_ARRAY)
		return true;
	for (struct span rest = f->raw, item; entry_read_item(&rest, &item); n++)
		if (n == LIMIT_ENTRY_STRINGS || item.p[0] != '"')
			return false;
	return true;
}

static enum rc fields(const struct entry_parse *p, struct entry *e)
{
	if (e->nfield < 1 || e->nfield > FIELDS_MAX)
		return err_num(p->err, RC_REFUSED, "E18", "entry.field_count", "n",
			       (long long)e->nfield);
	for (size_t i = 0; i < e->nfield; i++) {
		const struct entry_field *f = &e->field[i];
		if (!entry_read_name(f->name, FIELD_NAME))
			return refuse_name(p, "E18", "entry.field_name", f->name);
		if (!value_ok(f))
			return refuse_name(p, "E18", "entry.field_value", f->name);
	}
	return RC_OK;
}

static enum rc open_set(const struct entry_parse *p, struct entry *e)
{
	uint8_t bytes[32];

	for (size_t i = 0; i < e->nfield; i++) {
		const struct entry_field *f = &e->field[i];
		bool key = span_eq_str(f->name, "device") || span_eq_str(f->name, "last");
		bool ok = key ? entry_read_b64u(f->raw, bytes, sizeof(bytes))
			      : span_eq_str(f->name, "name") && f->type == JSON_STRING;
		if (!ok)
			return refuse_name(p, "E25", "entry.open_set", f->name);
	}
	return RC_OK;
}

static enum rc salt(const struct entry_parse *p, struct entry *e)
{
	uint8_t bytes[16];

	(void)e;
	return must(p, entry_read_b64u(p->value[SALT], bytes, sizeof(bytes)), "E19", "entry.salt");
}

#define ANY   (~0U)
#define KNOWN (BIT(ENTRY_UNKNOWN) - 1)

static const struct entry_parse_check checks[] = {
    {"E9", FEED, ANY, feed},
    {"E10", SEQ, ANY, seq},
    {"E10", PREV, ANY, prev},
    {"E11", AT, ANY, at},
    {"E12", SEEN, ANY, seen},
    {"E13", SEQ, KNOWN, open_first},
    {"E14", SCOPE, ANY, scope},
    {"E15", ID, BIT(ENTRY_SET), entity},
    {"E16", KIND, BIT(ENTRY_SET), kind},
    {"E17", AFTER, BIT(ENTRY_SET), after},
    {"E18", SET, BIT(ENTRY_SET), fields},
    {"E25", SET, BIT(ENTRY_OPEN), open_set},
    {"E19", SALT, KNOWN, salt},
};

const struct entry_parse_check *entry_parse_check(size_t i)
{
	return i < sizeof(checks) / sizeof(checks[0]) ? &checks[i] : NULL;
}

bool entry_parse_applies(const struct entry_parse_check *c, enum entry_op op)
{
	return (c->ops & BIT(op)) != 0;
}

/* -------------------------------------------------------------------- the struct */

static void fill_fields(const struct entry_parse *p, const uint8_t *text, struct entry_field *field)
{
	size_t k = p->set + 1;

	for (size_t i = 0; i < p->tok[p->set].n; i++, k = p->tok[k + 1].next) {
		const struct json_tok *name = &p->tok[k], *value = &p->tok[k + 1];
		field[i].name = span_of(text + name->off + 1, name->len - 2);
		field[i].raw = span_of(text + value->off, value->len);
		field[i].type = (enum json_type)value->type;
	}
}

enum rc entry_parse_set(struct entry_parse *p)
{
	if (p->set == 0 || p->tok[p->set].type == JSON_OBJECT)
		return RC_OK;
	p->set = 0;
	return refuse(p, (unsigned)p->op < ENTRY_UNKNOWN ? ops[p->op].set_clause : "E18",
		      "entry.set_object");
}

/* struct | fields | after | line */
enum rc entry_parse_layout(struct entry_parse *p, struct entry **ret)
{
	size_t nfield = p->set ? p->tok[p->set].n : 0;
	size_t nafter = p->op == ENTRY_SET ? p->value[AFTER].len / (CODEC_B64U_32 + 2) : 0;

	if (nafter > LIMIT_ENTRY_AFTER)
		nafter = LIMIT_ENTRY_AFTER;
	size_t room = nfield * sizeof(struct entry_field), ids = nafter * ENTRY_ID_LEN;
	uint8_t *block = malloc(sizeof(struct entry) + room + ids + p->line.len);
	if (!block)
		return err_set(p->err, RC_NOMEM, NULL, "buf.memory", NULL);
	struct entry *e = (struct entry *)(void *)block;
	memset(e, 0, sizeof(*e));
	struct entry_field *field = (struct entry_field *)(void *)(block + sizeof(*e));
	p->after = (uint8_t(*)[ENTRY_ID_LEN])(block + sizeof(*e) + room);
	uint8_t *line = block + sizeof(*e) + room + ids;
	memcpy(line, p->line.p, p->line.len);
	e->line = span_of(line, p->line.len);
	e->payload = span_of(line + (p->text.p - p->line.p), p->text.len);
	if (nfield > 0) {
		fill_fields(p, e->payload.p, field);
		e->field = field;
		e->nfield = nfield;
	}
	e->version = p->version;
	e->op = p->op;
	*ret = e;
	return RC_OK;
}

/* The struct, every value checked. */
static enum rc build(struct entry_parse *p, const uint8_t sig[CRYPT_SIG_LEN], struct entry **ret)
{
	struct entry *e = NULL;
	enum rc rc = entry_parse_set(p);

	if (rc == RC_OK)
		rc = entry_parse_layout(p, &e);
	for (size_t i = 0; rc == RC_OK && i < sizeof(checks) / sizeof(checks[0]); i++)
		if ((checks[i].ops & BIT(p->op)) && p->value[checks[i].member].p)
			rc = checks[i].run(p, e);
	if (rc != RC_OK) {
		free(e);
		return rc;
	}
	memcpy(e->sig, sig, sizeof(e->sig));
	crypt_sha256(e->payload.p, e->payload.len, e->id);
	*ret = e;
	return RC_OK;
}

enum rc entry_parse(struct span line, struct entry **ret, struct err *reterr)
{
	struct json_tok small[TAPE_SMALL], *heap = NULL;
	struct err why = {0};
	struct entry_parse p = {.line = line, .tok = small, .err = &why};
	uint8_t sig[CRYPT_SIG_LEN];
	enum rc rc = entry_parse_line(&p, sig);

	if (rc == RC_OK)
		rc = entry_parse_bytes(&p);
	if (rc == RC_OK)
		rc = entry_parse_scan(&p, &json_rules_entry, TAPE_SMALL);
	if (rc == RC_REFUSED && strcmp(why.key, "json.tokens") == 0)
		rc = scan_crowded(&p, &heap);
	if (rc == RC_OK)
		rc = entry_parse_common(&p);
	if (rc == RC_OK)
		rc = entry_parse_op(&p);
	if (rc == RC_OK && p.op != ENTRY_UNKNOWN)
		rc = entry_parse_members(&p);
	if (rc == RC_OK)
		rc = build(&p, sig, ret);
	if (rc != RC_OK && reterr)
		*reterr = why;
	free(heap);
	return rc;
}
