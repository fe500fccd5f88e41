/*
 * ledger: see ledger.h. Entries are sealed by tests/support/actor; a report is fed as the
 * collector and the verifier feed it, in two passes.
 */
#include "tests/support/ledger.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "lib/limits.h"

static void must(enum rc rc, const struct err *err)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", err_name(rc), err->clause, err->key);
}

int64_t ledger_add(struct ledger *l, struct entry *e)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->e = realloc(l->e, l->cap * sizeof(struct entry *));
		assert_non_null(l->e);
	}
	l->e[l->n] = e;
	return (int64_t)l->n++;
}

static void certify(struct ledger *l, struct actor *by, const char *scope, struct actor *a,
		    enum role role, const char *scopes)
{
	ledger_add(l, actor_cert(by, scope, a->pk, role, scopes, NULL));
}

void ledger_init(struct ledger *l, const char *scopes)
{
	memset(l, 0, sizeof(*l));
	actor_init(&l->root, 1);
	actor_init(&l->registrar, 2);
	actor_init(&l->verifier, 3);
	actor_init(&l->reporter, 4);
	certify(l, &l->root, "*", &l->registrar, ROLE_REGISTRAR, "*");
	certify(l, &l->root, "*", &l->verifier, ROLE_VERIFIER, "*");
	certify(l, &l->root, "*", &l->reporter, ROLE_REPORTER, "*");
	for (const char *p = scopes; *p; p += *p == ' ') {
		struct span s = span_of(p, strcspn(p, " "));
		size_t i = l->nclerk++;

		assert_true(i < LEDGER_CLERKS);
		l->scope[i] = span_dup(s);
		actor_init(&l->clerk[i], (uint32_t)(10 + i));
		certify(l, &l->registrar, l->scope[i], &l->clerk[i], ROLE_CLERK, l->scope[i]);
		p += s.len;
	}
}

void ledger_free(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++)
		entry_free(l->e[i]);
	free(l->e);
	for (size_t i = 0; i < l->nclerk; i++) {
		free((void *)(uintptr_t)l->scope[i]);
		actor_free(&l->clerk[i]);
	}
	free(l->blob[0]);
	free(l->blob[1]);
	actor_free(&l->root);
	actor_free(&l->registrar);
	actor_free(&l->verifier);
	actor_free(&l->reporter);
}

void ledger_id(struct ledger *l, uint8_t ret[16])
{
	memset(ret, 0, 16);
	codec_put_be32(ret + 12, ++l->ids);
	codec_uuid_stamp(ret, 7);
}

struct actor *ledger_clerk(struct ledger *l, const char *scope)
{
	for (size_t i = 0; i < l->nclerk; i++)
		if (strcmp(l->scope[i], scope) == 0)
			return &l->clerk[i];
	fail_msg("no clerk of %s", scope);
	return NULL;
}

char *ledger_quotes(const char *text)
{
	char *s = span_dup(span_str(text));

	assert_non_null(s);
	for (char *p = s; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	return s;
}

static void set(struct ledger *l, struct actor *by, const char *scope, const char *kind,
		const uint8_t id[16], const char *fields, const uint8_t (*after)[ENTRY_ID_LEN])
{
	char *json = ledger_quotes(fields);

	ledger_add(l, actor_set(by, scope, kind, id, json, after, after ? 1 : 0));
	free(json);
}

void ledger_catalogue(struct ledger *l, const char *text, bool again)
{
	static const uint8_t id[16] = {1, [6] = 0x70, [8] = 0x80};
	char hex[CODEC_HEX_LEN(32) + 1], *fields = NULL;
	uint8_t sha[CRYPT_HASH_LEN], after[1][ENTRY_ID_LEN];
	size_t n = strlen(text), at = l->n;
	struct buf b;

	crypt_sha256(text, n, sha);
	codec_hex(sha, sizeof(sha), hex);
	free(l->blob[again]);
	l->blob[again] = span_dup(span_str(text));
	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	buf_addf(&b,
		 "{'blob':{'sha256':'%s','size':%zu,'type':'text/csv','name':'catalogue.csv'}}",
		 hex, n);
	fields = buf_take(&b, NULL);
	while (again && at > 0 && strcmp(l->e[at - 1]->kind, "catalogue") != 0)
		at--;
	if (again)
		memcpy(after[0], l->e[at - 1]->id, ENTRY_ID_LEN);
	set(l, &l->registrar, "*", "catalogue", id, fields,
	    again ? (const uint8_t(*)[ENTRY_ID_LEN])after : NULL);
	free(fields);
}

void ledger_set(struct ledger *l, const char *scope, const char *kind, const uint8_t *id,
		const char *fields, uint8_t retid[16])
{
	uint8_t own[16];

	if (!id)
		ledger_id(l, own);
	set(l, ledger_clerk(l, scope), scope, kind, id ? id : own, fields, NULL);
	if (retid)
		memcpy(retid, id ? id : own, 16);
}

void ledger_statement(struct ledger *l, const char *scope, const char *week, const char *declared,
		      const char *more, uint8_t retid[16])
{
	const struct span part[] = {span_str(scope), span_str(week)};
	char fields[1024];
	uint8_t id[16];

	entry_uuid_key("weekly_statement", part, 2, id);
	(void)snprintf(fields, sizeof(fields), "{'week':'%s','declared_adequate':'%s'%s}", week,
		       declared, more);
	ledger_set(l, scope, "weekly_statement", id, fields, retid);
}

/* The last entry of an entity. */
static const struct entry *newest(const struct ledger *l, const char *scope, const uint8_t id[16])
{
	size_t i = l->n;

	while (i > 0 && (l->e[i - 1]->op != ENTRY_SET || strcmp(l->e[i - 1]->scope, scope) != 0 ||
			 memcmp(l->e[i - 1]->entity, id, 16) != 0))
		i--;
	assert_true(i > 0);
	return l->e[i - 1];
}

void ledger_review(struct ledger *l, const char *scope, const uint8_t target[16],
		   const char *state)
{
	char uuid[CODEC_UUID_LEN + 1], seen[CODEC_B64U_32 + 1], fields[320];
	uint8_t id[16];

	codec_uuid(target, uuid);
	codec_b64u(newest(l, scope, target)->id, ENTRY_ID_LEN, seen);
	ledger_id(l, id);
	(void)snprintf(fields, sizeof(fields),
		       "{'target':'%s','target_entry':'%s','state':'%s','level':'centre'}", uuid, seen,
		       state);
	set(l, &l->verifier, scope, "review", id, fields, NULL);
}

void ledger_issue(struct ledger *l, int64_t size, const char *week)
{
	struct report *r = ledger_report(l, size, week);
	const struct report_issue *before = report_previous(r);
	struct report_issue i = {.size = size};
	struct json *fields;
	char *text;
	uint8_t id[16];
	struct buf csv;

	buf_init(&csv, LIMIT_JSON_TEXT);
	must(report_csv(r, &csv, i.csv, NULL), &(struct err){.rc = RC_OK});
	report_root(r, i.root);
	memcpy(i.week, week, sizeof(i.week));
	if (before)
		memcpy(i.previous, before->week, sizeof(i.previous));
	report_issue_id(week, id);
	fields = report_issue_json(&i);
	text = json_print(fields);
	ledger_add(l, actor_set(&l->reporter, "*", REPORT_KIND, id, text, NULL, 0));
	free(text);
	json_free(fields);
	buf_free(&csv);
	report_free(r);
}

/* ---- reports ---- */

enum rc ledger_blob(void *ctx, const uint8_t sha[CRYPT_HASH_LEN], struct buf *out,
			 struct err *reterr)
{
	const struct ledger *l = ctx;
	uint8_t is[CRYPT_HASH_LEN];

	for (size_t i = 0; i < 2; i++) {
		if (!l->blob[i])
			continue;
		crypt_sha256(l->blob[i], strlen(l->blob[i]), is);
		if (memcmp(is, sha, sizeof(is)) != 0)
			continue;
		buf_add_str(out, l->blob[i]);
		return RC_OK;
	}
	return err_set(reterr, RC_NOTFOUND, NULL, "report.blob", NULL);
}

enum rc ledger_settle(const struct ledger *l, struct report *r, struct err *reterr)
{
	uint8_t(*leaf)[TREE_HASH] = calloc(l->n, sizeof(*leaf));
	struct tree_leaves leaves = {(const uint8_t(*)[TREE_HASH])leaf, l->n};
	const struct tree_reader tree = tree_leaves_reader(&leaves);
	enum rc rc;

	assert_non_null(leaf);
	for (size_t i = 0; i < l->n; i++)
		entry_leaf_hash(l->e[i], leaf[i]);
	rc = report_settle(r, &tree, reterr);
	free(leaf);
	return rc;
}

enum rc ledger_report_rc(struct ledger *l, int64_t size, const char *week, struct report **ret,
			 struct err *reterr)
{
	const struct report_blobs blobs = {l, ledger_blob};
	struct report *r = NULL;
	enum rc rc = report_new(l->root.pk, size, week, &r, reterr);

	for (size_t i = 0; rc == RC_OK && i < l->n; i++)
		rc = report_learn(r, l->e[i], (int64_t)i, reterr);
	if (rc == RC_OK)
		rc = ledger_settle(l, r, reterr);
	for (size_t i = 0; rc == RC_OK && i < (size_t)size; i++)
		rc = report_add(r, l->e[i], (int64_t)i, reterr);
	if (rc == RC_OK)
		rc = report_finish(r, &blobs, reterr);
	if (rc == RC_OK)
		*ret = r;
	else
		report_free(r);
	return rc;
}

struct report *ledger_report(struct ledger *l, int64_t size, const char *week)
{
	struct report *r = NULL;
	struct err err = {0};

	must(ledger_report_rc(l, size, week, &r, &err), &err);
	return r;
}

int64_t ledger_total(struct ledger *l, const char *week, enum report_figure f)
{
	struct report *r = ledger_report(l, (int64_t)l->n, week);
	int64_t v = report_total(r)->v[f];

	report_free(r);
	return v;
}
