/*
 * unit_act: see unit_act.h. Without `apply` everything is only found out. Each commune's certs are one group, the
 * entity, in "*", is the last: until it is there nothing has changed for anybody, and the same command finishes what
 * was cut off. Again it certifies only whoever lacks a cert, and tells the PCs new names.
 */
#include "server-stub/unit_act.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/form_check.h"

enum { FIELDS_MAX = 6 }; /* of a merger or split */

/* ---- the communes ---- */

static enum rc find_unit(struct unit_act *m, const char *scope, struct json **ret)
{
	struct archive_reader *r = NULL;
	enum rc rc;

	if (strcmp(scope, "*") == 0 || !entry_is_scope(span_str(scope)))
		return err_set(m->reterr, RC_INPUT, "E14", "enrolment.scope", "scope", scope, NULL);
	rc = archive_read(m->col->archive, &r, m->reterr);
	if (rc == RC_OK)
		rc = r->doc(r->ctx, "unit", scope, ret, m->reterr);
	archive_read_end(m->col->archive, r);
	return rc == RC_NOTFOUND
		   ? err_set(m->reterr, RC_NOTFOUND, NULL, "units.unknown", "scope", scope, NULL)
		   : rc;
}

bool unit_act_closed(const struct json *unit)
{
	bool closed = false;

	return json_get_bool(unit, "closed", &closed) && closed;
}

enum rc unit_act_refuse(struct unit_act *a, const char *clause, const char *key, const char *scope,
			const char *into)
{
	return err_set(a->reterr, RC_CONFLICT, clause, key, "scope", scope, "into", into, NULL);
}

enum rc unit_act_open(struct unit_act *a, const struct op_call *call, const struct json *in,
		      const char *from, struct err *reterr)
{
	enum rc rc;

	*a = (struct unit_act){.col = call->app,
			       .in = in,
			       .from = json_get_str(in, from),
			       .into = json_get_str(in, "into"),
			       .reterr = reterr};
	a->snap = ingest_snapshot(a->col->ingest);
	rc = find_unit(a, a->from, &a->from_unit);
	if (rc == RC_OK)
		rc = find_unit(a, a->into, &a->into_unit);
	return rc == RC_OK ? units_read(a->col, &a->units, reterr) : rc;
}

void unit_act_close(struct unit_act *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->wanted[i]);
	free(a->wanted);
	json_free(a->fields);
	json_free(a->from_unit);
	json_free(a->into_unit);
	units_free(&a->units);
	act_entity_free(a->col, &a->was);
	ingest_snapshot_end(a->col->ingest, a->snap);
}

/* ---- who lacks a cert ---- */

static bool has(const struct keyring_scopes *s, const char *scope)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->scope[i], scope) == 0)
			return true;
	return false;
}

static enum rc want(struct unit_act *m, const struct keyring_cert *c, size_t group)
{
	struct unit_cert *w;

	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 32;
		struct unit_cert **grown = realloc(m->wanted, cap * sizeof(struct unit_cert *));

		if (!grown)
			return err_set(m->reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		m->wanted = grown;
		m->cap = cap;
	}
	w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(m->reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	m->wanted[m->n++] = w;
	w->group = group;
	w->cert.role = c->role;
	w->cert.nscope = 1;
	memcpy(w->cert.scope[0], m->group.scope[group], ENTRY_SCOPE_LEN);
	memcpy(w->cert.key, c->key, sizeof(w->cert.key));
	w->cert.has_device = c->has_device;
	memcpy(w->cert.device, c->device, sizeof(w->cert.device));
	w->cert.has_box = c->has_box;
	memcpy(w->cert.box, c->box, sizeof(w->cert.box));
	memcpy(w->cert.name, c->name, strlen(c->name) + 1);
	memcpy(w->cert.title, c->title, strlen(c->title) + 1);
	return RC_OK;
}

/* What it lacks of one commune, if it is asked for at all. */
static enum rc look_at(struct unit_act *a, const struct keyring_key *k, size_t group,
		       unit_act_whose *whose, void *arg)
{
	struct keyring_scopes s = {0};
	bool ours = false;
	enum rc rc;

	if ((k->role != ROLE_CLERK && k->role != ROLE_DEVICE) || !k->cert || k->revoked_from >= 0)
		return RC_OK;
	rc = whose(arg, k, &ours, a->reterr);
	if (rc == RC_OK && ours)
		rc = keyring_scopes(a->snap->keyring, k->key, &s, a->reterr);
	if (rc == RC_OK && ours && !has(&s, a->group.scope[group]))
		rc = want(a, k->cert, group);
	keyring_scopes_free(&s);
	return rc;
}

enum rc unit_act_own(void *arg, const struct keyring_key *k, bool *ret, struct err *reterr)
{
	const struct unit_act *a = arg;
	char home[ENTRY_SCOPE_LEN];
	enum rc rc = units_home(&a->units, a->snap->keyring, k->key, home, reterr);

	*ret = false;
	for (size_t i = 0; rc == RC_OK && i < a->group.nown; i++)
		*ret = *ret || strcmp(a->group.scope[i], home) == 0;
	return rc;
}

enum rc unit_act_want(struct unit_act *a, unit_act_whose *whose, void *arg)
{
	struct keyring_key k;
	enum rc rc = RC_OK;

	for (size_t g = 0; rc == RC_OK && g < a->group.n; g++)
		for (size_t i = 0; rc == RC_OK && keyring_at(a->snap->keyring, i, &k); i++)
			rc = look_at(a, &k, g, whose, arg);
	return rc;
}

/* ---- the entity ---- */

/* A field that shows something else than it should. */
static void put(struct unit_act *m, const struct json *now, const char *field, const char *value)
{
	const char *is = json_get_str(now, field);

	if (value && value[0] && (!is || strcmp(is, value) != 0))
		json_set_str(m->fields, field, value);
}

/* A date as people write it. */
static enum rc put_date(struct unit_act *m, const struct json *now)
{
	const struct form *f = form_set_open(m->snap->forms, m->kind);
	struct json *v = NULL;
	enum rc rc;

	if (!f)
		return err_set(m->reterr, RC_NOTFOUND, NULL, "form.unknown", "name", m->kind, NULL);
	if (!json_get(m->in, "effective"))
		return RC_OK;
	rc = form_check_input(f, "effective_date", json_get(m->in, "effective"), &v, m->reterr);
	if (rc == RC_OK)
		put(m, now, "effective_date", json_str(v));
	json_free(v);
	return rc;
}

enum rc unit_act_fields(struct unit_act *a, const uint8_t id[16], const struct unit_act_field *f, size_t n)
{
	char uuid[CODEC_UUID_LEN + 1];
	struct json *now = NULL;
	enum rc rc;

	memcpy(a->id, id, sizeof(a->id));
	codec_uuid(id, uuid);
	rc = act_entity(a->col, "*", a->kind, uuid, &a->was, a->reterr);
	if (rc == RC_OK)
		now = merge_json(a->was.state, a->was.form);
	else if (rc == RC_NOTFOUND)
		rc = RC_OK;
	a->fields = json_object();
	for (size_t i = 0; i < n; i++)
		put(a, now, f[i].name, f[i].value);
	put(a, now, "source", json_get_str(a->in, "source"));
	if (rc == RC_OK)
		rc = put_date(a, now);
	json_free(now);
	return rc;
}

/* ---- doing it ---- */

static enum rc add_cert(struct unit_act *m, struct issuer *i, const struct authority_cert *c)
{
	struct buf set;
	enum rc rc;

	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	rc = authority_cert_write(c, &set, m->reterr);
	if (rc == RC_OK)
		rc = issuer_add(i, ENTRY_CERT, span_buf(&set), NULL, m->reterr);
	buf_free(&set);
	return rc;
}

/* The certs of one commune; *next: the first of the commune after it. */
static enum rc certify(struct unit_act *m, struct crypt_signer *signer, size_t *next)
{
	size_t group = m->wanted[*next]->group;
	struct issuer *i = NULL;
	enum rc rc = issuer_open(m->col, signer, m->group.scope[group], &i, m->reterr);

	for (; rc == RC_OK && *next < m->n && m->wanted[*next]->group == group; ++*next)
		rc = add_cert(m, i, &m->wanted[*next]->cert);
	if (rc == RC_OK)
		rc = issuer_keep(i, NULL, m->reterr);
	issuer_free(i);
	return rc;
}

static enum rc set_entity(struct unit_act *a, struct issuer *i)
{
	const char *name[FIELDS_MAX + 1] = {NULL};
	size_t n = 0;
	struct buf after;
	enum rc rc = RC_OK;

	for (const struct json *f = json_first(a->fields); f && n < FIELDS_MAX; f = json_next(f))
		name[n++] = json_name(f);
	buf_init(&after, LIMIT_ENTRY_PAYLOAD);
	if (a->was.state)
		rc = merge_after(a->was.state, name, &after, a->reterr);
	if (rc == RC_OK)
		rc = issuer_set(i, a->kind, 1, a->id, a->fields, span_buf(&after), NULL, a->reterr);
	buf_free(&after);
	return rc;
}

static enum rc write_entity(struct unit_act *a, struct crypt_signer *signer, unit_act_also *also, void *arg,
			    bool pending)
{
	struct issuer *i = NULL;
	enum rc rc;

	if (json_len(a->fields) == 0)
		return also && pending ? ingest_write(a->col->ingest, also, arg, a->reterr) : RC_OK;
	rc = issuer_open(a->col, signer, "*", &i, a->reterr);
	if (rc == RC_OK)
		rc = set_entity(a, i);
	if (rc == RC_OK && also)
		issuer_also(i, also, arg);
	if (rc == RC_OK)
		rc = issuer_keep(i, NULL, a->reterr);
	issuer_free(i);
	return rc;
}

enum rc unit_act_apply(struct unit_act *a, unit_act_also *also, void *arg, bool pending)
{
	const char *as = json_get_str(a->in, "as");
	struct units_group all = a->group;
	struct crypt_signer *signer = NULL;
	enum rc rc;

	if (!json_get(a->in, "passphrase"))
		return op_need_secret("passphrase", a->reterr);
	rc = vault_unseal(a->col->home, as ? as : "registrar", json_get_str(a->in, "passphrase"),
			  &signer, a->reterr);
	if (rc == RC_OK && all.n < AUTHORITY_SCOPES) /* the entity stands in "*" */
		memcpy(all.scope[all.n++], "*", 2);
	if (rc == RC_OK)
		rc = units_served(a->col, crypt_signer_pk(signer), &all, a->reterr);
	for (size_t next = 0; rc == RC_OK && next < a->n;)
		rc = certify(a, signer, &next);
	if (rc == RC_OK)
		rc = write_entity(a, signer, also, arg, pending);
	crypt_signer_free(signer);
	return rc;
}

/* ---- the answer ---- */

static struct json *cert_json(const struct authority_cert *c)
{
	struct json *o = json_object();
	char fpr[AUTHORITY_FINGERPRINT];

	authority_fingerprint(c->key, fpr);
	json_set_str(o, "scope", c->scope[0]);
	json_set_str(o, "role", authority_role_name(c->role));
	json_set_str(o, "name", c->name);
	json_set_str(o, "fingerprint", fpr);
	return o;
}

void unit_act_json(const struct unit_act *a, struct json *o)
{
	struct json *certs = json_array(), *scopes = json_array();

	for (size_t i = 0; i < a->n; i++)
		json_append(certs, cert_json(&a->wanted[i]->cert));
	for (size_t i = 0; i < a->group.n; i++)
		json_append_str(scopes, a->group.scope[i]);
	json_set(o, "scope", scopes);
	json_set(o, "certs", certs);
}

void unit_act_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	for (const struct json *c = json_first(json_get_arr(out, "certs")); c; c = json_next(c)) {
		bool pc = strcmp(json_get_str(c, "role"), "device") == 0;

		buf_add_str(text, "  ");
		lang_format(lang, text, pc ? "unit.cert_pc" : "unit.cert_clerk", "scope",
			    json_get_str(c, "scope"), "name", json_get_str(c, "name"),
			    "fingerprint", json_get_str(c, "fingerprint"), NULL);
		buf_add_char(text, '\n');
	}
}
