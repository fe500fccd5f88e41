/*
 * session_parse: the server's half until something is stored: read a request,
 * verify each of its lines. Clauses P9, P10, P13, P17 (refusals).
 *
 * Pure: needs a keyring that nobody changes meanwhile, so many threads may parse at
 * once. A bad line fills its own `why` and never stops the next (P13).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "sync/entry_read.h"
#include "sync/session.h"

enum { NAME_CHARS = 200 }; /* characters of a name or title in a cert (K2) */

/* Header members in their order; optional ones may be left out (P9). */
struct member {
	const char *name;
	bool optional;
	enum rc (*read)(const struct json *v, struct session_request *r, struct err *reterr);
};

static enum rc bad(struct err *reterr, const char *name)
{
	return err_set(reterr, RC_REFUSED, "P9", "session.member", "name", name, NULL);
}

static enum rc read_v(const struct json *v, struct session_request *r, struct err *reterr)
{
	int64_t n;

	(void)r;
	return json_int(v, &n) && n == 1 ? RC_OK : bad(reterr, "v");
}

static enum rc read_scope(const struct json *v, struct session_request *r, struct err *reterr)
{
	const char *s = json_str(v);

	if (!s || strcmp(s, "*") == 0 || !entry_is_scope(span_str(s)))
		return bad(reterr, "scope");
	memcpy(r->scope, s, ENTRY_SCOPE_LEN);
	return RC_OK;
}

static enum rc read_epoch(const struct json *v, struct session_request *r, struct err *reterr)
{
	const char *s = json_str(v);
	uint8_t epoch[3]; /* L11 */

	if (!s || (s[0] && !codec_b64u_exact(span_str(s), epoch, sizeof(epoch))))
		return bad(reterr, "epoch");
	memcpy(r->epoch, s, strlen(s) + 1);
	return RC_OK;
}

static enum rc read_after(const struct json *v, struct session_request *r, struct err *reterr)
{
	return json_int(v, &r->after) && r->after >= 0 ? RC_OK : bad(reterr, "after");
}

static enum rc read_size(const struct json *v, struct session_request *r, struct err *reterr)
{
	return json_int(v, &r->size) && r->size >= 0 ? RC_OK : bad(reterr, "size");
}

static enum rc read_fresh(const struct json *v, struct session_request *r, struct err *reterr)
{
	return json_bool(v, &r->fresh) && r->fresh ? RC_OK : bad(reterr, "fresh");
}

static enum rc read_more(const struct json *v, struct session_request *r, struct err *reterr)
{
	return json_bool(v, &r->more) && r->more ? RC_OK : bad(reterr, "more");
}

/* A name or title: as in a cert (K2), so that the cert can be made of it. */
static bool copy_text(const struct json *o, const char *name, char *out)
{
	const char *s = json_get_str(o, name);
	size_t len = s ? strlen(s) : 0, chars = 0;

	if (!s || len >= AUTHORITY_NAME)
		return false;
	for (size_t i = 0; i < len; i++)
		chars += ((unsigned char)s[i] & 0xc0) != 0x80;
	if (chars > NAME_CHARS)
		return false;
	memcpy(out, s, len + 1);
	return true;
}

/* Which PC the line says it was made on (E25). */
static bool names_device(const struct entry *e, const uint8_t device[CRYPT_PK_LEN])
{
	const struct entry_field *f = entry_field(e, "device");
	uint8_t named[CRYPT_PK_LEN];

	return f && entry_read_b64u(f->raw, named, sizeof(named)) &&
	       memcmp(named, device, sizeof(named)) == 0;
}

/*
 * Lines that open feeds are read by every PC of their scope: one of another scope or of
 * another PC proves nothing here, somebody only copied it.
 */
enum rc session_enrol_open(struct span line, const uint8_t key[CRYPT_PK_LEN], const char *scope,
			   const uint8_t device[CRYPT_PK_LEN], struct entry **ret,
			   struct err *reterr)
{
	struct entry *e = NULL;
	enum rc rc = crypt_pk_check(key, reterr);

	if (rc == RC_OK)
		rc = entry_open_key(line, key, &e, reterr);
	if (rc == RC_OK && (e->op != ENTRY_OPEN || strcmp(e->scope, scope) != 0))
		rc = err_set(reterr, RC_REFUSED, "P10", "session.enrol", NULL);
	if (rc == RC_OK && !names_device(e, device))
		rc = err_set(reterr, RC_REFUSED, "P10", "session.enrol_device", NULL);
	if (rc == RC_OK)
		*ret = e;
	else
		entry_free(e);
	return rc;
}

static enum rc read_enrol_one(const struct json *o, const struct session_request *r,
			      struct session_want_enrol *w, struct err *reterr)
{
	const char *key = json_get_str(o, "key");
	const char *open = json_get_str(o, "open");

	if (!key || !codec_b64u_32(span_str(key), w->key) || !open || json_len(o) != 4 ||
	    !copy_text(o, "name", w->name) || !copy_text(o, "title", w->title))
		return err_set(reterr, RC_REFUSED, "P10", "session.enrol", NULL);
	return session_enrol_open(span_str(open), w->key, r->scope, r->device, &w->open, reterr);
}

static enum rc read_enrol(const struct json *v, struct session_request *r, struct err *reterr)
{
	size_t n = json_len(v);

	if (json_kind(v) != JSON_ARRAY || n == 0 || n > SESSION_ENROLS)
		return bad(reterr, "enrol");
	r->enrol = calloc(n, sizeof(*r->enrol));
	if (!r->enrol)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (const struct json *o = json_first(v); o; o = json_next(o)) {
		enum rc rc = read_enrol_one(o, r, &r->enrol[r->nenrol++], reterr);

		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

static bool read_head_one(const struct json *pair, struct session_head *h)
{
	const char *id = json_str(json_at(pair, 1));

	return json_kind(pair) == JSON_ARRAY && json_len(pair) == 2 &&
	       codec_b64u_16(span_str(json_name(pair)), h->feed) &&
	       json_int(json_at(pair, 0), &h->seq) && h->seq >= 0 && id &&
	       codec_b64u_32(span_str(id), h->id);
}

static enum rc read_heads(const struct json *v, struct session_request *r, struct err *reterr)
{
	size_t n = json_len(v);

	if (json_kind(v) != JSON_OBJECT || n == 0 || n > SESSION_HEADS)
		return bad(reterr, "heads");
	r->head = calloc(n, sizeof(*r->head));
	if (!r->head)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (const struct json *pair = json_first(v); pair; pair = json_next(pair))
		if (!read_head_one(pair, &r->head[r->nhead++]))
			return bad(reterr, "heads");
	return RC_OK;
}

static bool read_run(const struct json *pair, int64_t from, int64_t size, struct session_run *ret)
{
	return json_kind(pair) == JSON_ARRAY && json_len(pair) == 2 &&
	       json_int(json_at(pair, 0), &ret->start) && json_int(json_at(pair, 1), &ret->n) &&
	       ret->start >= from && ret->n > 0 && ret->n <= SESSION_LINES && ret->start < size &&
	       ret->n <= size - ret->start;
}

/* Ascending, apart, within the tree the agent knows (W8). */
static enum rc read_unproven(const struct json *v, struct session_request *r, struct err *reterr)
{
	int64_t from = 0, total = 0;

	if (json_kind(v) != JSON_ARRAY || json_len(v) == 0 || json_len(v) > SESSION_RUNS)
		return bad(reterr, "unproven");
	for (const struct json *pair = json_first(v); pair; pair = json_next(pair)) {
		struct session_run *run = &r->unproven[r->nunproven++];

		if (!read_run(pair, from, r->size, run))
			return bad(reterr, "unproven");
		from = run->start + run->n + 1; /* two runs that touch are one */
		total += run->n;
	}
	return total <= SESSION_LINES ? RC_OK : bad(reterr, "unproven");
}

static const struct member members[] = {
    {"v", false, read_v},         {"scope", false, read_scope}, {"epoch", false, read_epoch},
    {"after", false, read_after}, {"size", false, read_size},   {"fresh", true, read_fresh},
    {"enrol", true, read_enrol},  {"more", true, read_more},    {"heads", true, read_heads},
    {"unproven", true, read_unproven},
};
enum { NMEMBER = sizeof(members) / sizeof(members[0]) };

static enum rc read_members(const struct json *head, struct session_request *r, struct err *reterr)
{
	size_t i = 0;

	for (const struct json *m = json_first(head); m; m = json_next(m), i++) {
		enum rc rc;

		while (i < NMEMBER && members[i].optional &&
		       strcmp(members[i].name, json_name(m)) != 0)
			i++;
		if (i == NMEMBER || strcmp(members[i].name, json_name(m)) != 0)
			return bad(reterr, json_name(m));
		rc = members[i].read(m, r, reterr);
		if (rc != RC_OK)
			return rc;
	}
	for (; i < NMEMBER; i++)
		if (!members[i].optional)
			return bad(reterr, members[i].name);
	return RC_OK;
}

static enum rc read_head(struct span line, struct session_request *r, struct err *reterr)
{
	struct json_rules rules = json_rules_tree;
	struct json *head = NULL;
	struct err e;
	enum rc rc;

	rules.compact = true;
	rc = json_parse(line, &rules, &head, &e);
	if (rc == RC_NOMEM)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc != RC_OK || json_kind(head) != JSON_OBJECT)
		rc = err_set(reterr, RC_REFUSED, "P13", "session.head", NULL);
	else
		rc = read_members(head, r, reterr);
	json_free(head);
	return rc;
}

static enum rc count_lines(struct span body, size_t *retn, struct err *reterr)
{
	struct span line;
	size_t n = 0;

	while (span_line(&body, &line))
		n++;
	if (body.len > 0)
		return err_set(reterr, RC_REFUSED, "P13", "session.cut", NULL);
	if (n > SESSION_LINES)
		return err_num(reterr, RC_LIMIT, "P8", "session.lines", "max", SESSION_LINES);
	*retn = n;
	return RC_OK;
}

enum rc session_server_parse(const struct keyring *k, const uint8_t device[CRYPT_PK_LEN],
			     struct span body, struct session_request **ret, struct err *reterr)
{
	const struct entry_keys keys = keyring_keys(k);
	struct session_request *r = NULL;
	struct span line;
	size_t n = 0;
	enum rc rc;

	if (!span_line(&body, &line))
		return err_set(reterr, RC_REFUSED, "P13", "session.head", NULL);
	r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	memcpy(r->device, device, sizeof(r->device));
	rc = read_head(line, r, reterr);
	if (rc == RC_OK)
		rc = count_lines(body, &n, reterr);
	if (rc != RC_OK)
		goto out;
	if (n > 0) {
		r->line = calloc(n, sizeof(*r->line));
		if (!r->line)
			rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	while (rc == RC_OK && span_line(&body, &line)) {
		struct session_line *l = &r->line[r->nline++];

		if (entry_open(line, &keys, &l->e, &l->why) == RC_NOMEM)
			rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
out:
	if (rc == RC_OK)
		*ret = r;
	else
		session_request_free(r);
	return rc;
}

void session_request_free(struct session_request *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->nline; i++)
		entry_free(r->line[i].e);
	for (size_t i = 0; i < r->nenrol; i++)
		entry_free(r->enrol[i].open);
	free(r->line);
	free(r->enrol);
	free(r->head);
	free(r);
}

enum rc session_server_position(const struct session_request *r, const char epoch[5], int64_t size,
				struct err *reterr)
{
	if (r->epoch[0] && strcmp(r->epoch, epoch) != 0)
		return err_set(reterr, RC_CONFLICT, "P17", "session.epoch", "epoch", epoch, NULL);
	if (r->size > size || r->after > size)
		return err_num(reterr, RC_CONFLICT, "P17", "session.rollback", "size", size);
	return RC_OK;
}
