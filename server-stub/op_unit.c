/*
 * op unit merge: one commune goes on in another (M18). The PCs and clerks of either get certs
 * for the communes of the other (K14), so that whoever looks after the records of both can; what there is
 * stays where it stands. Without `apply` it only tells what it would do. Each commune's
 * certs are one group, the merger itself, in "*", is the last: until it is there nothing has
 * changed for anybody, and the same command finishes what was cut off. Again it certifies only whoever
 * lacks a cert, and tells the PCs new names. Not here: what the catalogue says of units
 * (op_catalogue.c), PCs that enrol later (enrolment.c).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/units.h"
#include "sync/form_check.h"

static const struct op_arg args[] = {
    {.name = "from",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "unit.arg.from",
     .meta = "CODE"},
    {.name = "into",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "unit.arg.into",
     .meta = "CODE"},
    {.name = "effective", .type = OP_STRING, .help = "unit.arg.effective", .meta = "DATE"},
    {.name = "source", .type = OP_STRING, .help = "unit.arg.source", .meta = "TEXT"},
    {.name = "apply", .type = OP_BOOL, .help = "unit.arg.apply"},
    {.name = "as", .type = OP_STRING, .help = "act.arg.as", .meta = "NAME"},
    {.name = "passphrase", .type = OP_STRING, .flags = OP_SECRET, .help = "act.arg.passphrase"},
};

/* A key and a commune it is to be certified for. */
struct wanted {
	size_t group;               /* place of the commune */
	struct authority_cert cert; /* as the newest one says, but for the scope */
};

struct merging {
	struct collector *col;
	const struct json *in;
	const char *from, *into;
	struct json *from_unit, *into_unit; /* as the catalogue has them */
	struct units_group group;           /* of both; that of `from` first */
	const struct ingest_snapshot *snap;
	struct wanted **wanted; /* in the order of the communes */
	size_t n, cap;
	struct act_entity was; /* the merger there is; state NULL: none */
	struct json *fields;   /* of the merger: what is to be written. Empty: nothing */
	bool merged;           /* it was before */
	struct err *reterr;
};

/* ---- is it possible? ---- */

static enum rc find_unit(struct merging *m, const char *scope, struct json **ret)
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

static bool is_closed(const struct json *unit)
{
	bool closed = false;

	return json_get_bool(unit, "closed", &closed) && closed;
}

static enum rc refuse(struct merging *m, const char *key, const char *scope, const char *into)
{
	return err_set(m->reterr, RC_CONFLICT, "M18", key, "scope", scope, "into", into, NULL);
}

/* The one that goes on must go on, and the other must not have gone elsewhere. */
static enum rc check_units(struct merging *m, const struct units *u)
{
	char end[ENTRY_SCOPE_LEN];

	if (strcmp(m->from, m->into) == 0)
		return err_set(m->reterr, RC_INPUT, "M18", "units.same", NULL);
	units_survivor(u, m->into, end);
	if (strcmp(end, m->into) != 0)
		return refuse(m, "units.ended", m->into, end);
	if (is_closed(m->into_unit))
		return refuse(m, "units.closed", m->into, "");
	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->merger[i].closed, m->from) == 0) {
			m->merged = true;
			if (strcmp(u->merger[i].into, m->into) != 0)
				return refuse(m, "units.ended", m->from, u->merger[i].into);
		}
	return RC_OK;
}

static enum rc read_units(struct merging *m)
{
	struct units u = {0};
	enum rc rc = find_unit(m, m->from, &m->from_unit);

	if (rc == RC_OK)
		rc = find_unit(m, m->into, &m->into_unit);
	if (rc == RC_OK)
		rc = units_read(m->col, &u, m->reterr);
	if (rc == RC_OK)
		rc = check_units(m, &u);
	if (rc == RC_OK)
		rc = units_join(&u, m->from, &m->group, m->reterr);
	if (rc == RC_OK)
		rc = units_join(&u, m->into, &m->group, m->reterr);
	units_free(&u);
	return rc;
}

/* ---- who lacks a cert ---- */

static bool has(const struct keyring_scopes *s, const char *scope)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->scope[i], scope) == 0)
			return true;
	return false;
}

static enum rc want(struct merging *m, const struct keyring_cert *c, size_t group)
{
	struct wanted *w;

	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 32;
		struct wanted **grown = realloc(m->wanted, cap * sizeof(struct wanted *));

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

/* One of the communes of the group is its own; it is revoked nowhere. */
static enum rc look_at(struct merging *m, const struct keyring_key *k, size_t group)
{
	struct keyring_scopes s = {0};
	bool ours = false;
	enum rc rc;

	if ((k->role != ROLE_CLERK && k->role != ROLE_DEVICE) || !k->cert || k->revoked_from >= 0)
		return RC_OK;
	rc = keyring_scopes(m->snap->keyring, k->key, &s, m->reterr);
	for (size_t i = 0; rc == RC_OK && i < m->group.n; i++)
		ours = ours || has(&s, m->group.scope[i]);
	if (rc == RC_OK && ours && !has(&s, m->group.scope[group]))
		rc = want(m, k->cert, group);
	keyring_scopes_free(&s);
	return rc;
}

static enum rc find_wanted(struct merging *m)
{
	struct keyring_key k;
	enum rc rc = RC_OK;

	for (size_t g = 0; rc == RC_OK && g < m->group.n; g++)
		for (size_t i = 0; rc == RC_OK && keyring_at(m->snap->keyring, i, &k); i++)
			rc = look_at(m, &k, g);
	return rc;
}

/* ---- the merger ---- */

/* A field that shows something else than it should. */
static void put(struct merging *m, const struct json *now, const char *field, const char *value)
{
	const char *is = json_get_str(now, field);

	if (value && value[0] && (!is || strcmp(is, value) != 0))
		json_set_str(m->fields, field, value);
}

/* A date as people write it. */
static enum rc put_date(struct merging *m, const struct json *now)
{
	const struct form *f = form_set_open(m->snap->forms, UNIT_KIND);
	struct json *v = NULL;
	enum rc rc;

	if (!f)
		return err_set(m->reterr, RC_NOTFOUND, NULL, "form.unknown", "name", UNIT_KIND,
			       NULL);
	if (!json_get(m->in, "effective"))
		return RC_OK;
	rc = form_check_input(f, "effective_date", json_get(m->in, "effective"), &v, m->reterr);
	if (rc == RC_OK)
		put(m, now, "effective_date", json_str(v));
	json_free(v);
	return rc;
}

static enum rc find_fields(struct merging *m)
{
	char uuid[CODEC_UUID_LEN + 1];
	struct json *now = NULL;
	uint8_t id[16];
	enum rc rc;

	unit_merger_id(m->from, id);
	codec_uuid(id, uuid);
	rc = act_entity(m->col, "*", UNIT_KIND, uuid, &m->was, m->reterr);
	if (rc == RC_OK)
		now = merge_json(m->was.state, m->was.form);
	else if (rc == RC_NOTFOUND)
		rc = RC_OK;
	m->fields = json_object();
	put(m, now, "closed", m->from);
	put(m, now, "into", m->into);
	put(m, now, "closed_name", json_get_str(m->from_unit, "name"));
	put(m, now, "into_name", json_get_str(m->into_unit, "name"));
	put(m, now, "source", json_get_str(m->in, "source"));
	if (rc == RC_OK)
		rc = put_date(m, now);
	json_free(now);
	return rc;
}

static enum rc plan(struct merging *m)
{
	enum rc rc = read_units(m);

	if (rc == RC_OK)
		rc = find_wanted(m);
	return rc == RC_OK ? find_fields(m) : rc;
}

/* ---- doing it ---- */

static enum rc add_cert(struct merging *m, struct issuer *i, const struct authority_cert *c)
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
static enum rc certify(struct merging *m, struct crypt_signer *signer, size_t *next)
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

/* The catalogue's own note of it, in the same group. */
static enum rc write_unit(void *arg, struct archive_writer *w, struct err *reterr)
{
	struct merging *m = arg;

	json_set_bool(m->from_unit, "closed", true);
	json_set_str(m->from_unit, "closed_into", m->into);
	return w->doc_put(w->ctx, "unit", m->from, m->from_unit, reterr);
}

static enum rc set_merger(struct merging *m, struct issuer *i)
{
	const char *name[8] = {NULL}; /* `fields` has six members at most */
	size_t n = 0;
	uint8_t id[16];
	struct buf after;
	enum rc rc = RC_OK;

	for (const struct json *f = json_first(m->fields); f && n < 7; f = json_next(f))
		name[n++] = json_name(f);
	unit_merger_id(m->from, id);
	buf_init(&after, LIMIT_ENTRY_PAYLOAD);
	if (m->was.state)
		rc = merge_after(m->was.state, name, &after, m->reterr);
	if (rc == RC_OK)
		rc = issuer_set(i, UNIT_KIND, 1, id, m->fields, span_buf(&after), NULL, m->reterr);
	buf_free(&after);
	return rc;
}

static enum rc write_merger(struct merging *m, struct crypt_signer *signer)
{
	const char *into = json_get_str(m->from_unit, "closed_into");
	struct issuer *i = NULL;
	enum rc rc;

	if (json_len(m->fields) == 0) {
		if (into && strcmp(into, m->into) == 0 && is_closed(m->from_unit))
			return RC_OK;
		return ingest_write(m->col->ingest, write_unit, m, m->reterr);
	}
	rc = issuer_open(m->col, signer, "*", &i, m->reterr);
	if (rc == RC_OK)
		rc = set_merger(m, i);
	if (rc == RC_OK) {
		issuer_also(i, write_unit, m);
		rc = issuer_keep(i, NULL, m->reterr);
	}
	issuer_free(i);
	return rc;
}

static enum rc apply(struct merging *m)
{
	const char *as = json_get_str(m->in, "as");
	struct units_group all = m->group;
	struct crypt_signer *signer = NULL;
	enum rc rc;

	if (!json_get(m->in, "passphrase"))
		return op_need_secret("passphrase", m->reterr);
	rc = vault_unseal(m->col->home, as ? as : "registrar", json_get_str(m->in, "passphrase"),
			  &signer, m->reterr);
	if (rc == RC_OK && all.n < AUTHORITY_SCOPES) /* the merger stands in "*" */
		memcpy(all.scope[all.n++], "*", 2);
	if (rc == RC_OK)
		rc = units_served(m->col, crypt_signer_pk(signer), &all, m->reterr);
	for (size_t next = 0; rc == RC_OK && next < m->n;)
		rc = certify(m, signer, &next);
	if (rc == RC_OK)
		rc = write_merger(m, signer);
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

static struct json *answer(const struct merging *m, bool applied)
{
	struct json *o = json_object(), *certs = json_array(), *scopes = json_array();

	for (size_t i = 0; i < m->n; i++)
		json_append(certs, cert_json(&m->wanted[i]->cert));
	for (size_t i = 0; i < m->group.n; i++)
		json_append_str(scopes, m->group.scope[i]);
	json_set_str(o, "from", m->from);
	json_set_str(o, "from_name", json_get_str(m->from_unit, "name"));
	json_set_str(o, "into", m->into);
	json_set_str(o, "into_name", json_get_str(m->into_unit, "name"));
	json_set(o, "scope", scopes);
	json_set(o, "certs", certs);
	json_set_bool(o, "merged", m->merged);
	json_set_bool(o, "applied", applied);
	return o;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct merging m = {.col = call->app,
			    .in = in,
			    .from = json_get_str(in, "from"),
			    .into = json_get_str(in, "into"),
			    .reterr = reterr};
	bool really = false;
	enum rc rc;

	json_get_bool(in, "apply", &really);
	m.snap = ingest_snapshot(m.col->ingest);
	rc = plan(&m);
	if (rc == RC_OK && really)
		rc = apply(&m);
	if (rc == RC_OK)
		*ret = answer(&m, really);
	for (size_t i = 0; i < m.n; i++)
		free(m.wanted[i]);
	free(m.wanted);
	json_free(m.fields);
	json_free(m.from_unit);
	json_free(m.into_unit);
	act_entity_free(m.col, &m.was);
	ingest_snapshot_end(m.col->ingest, m.snap);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *certs = json_get_arr(out, "certs");
	bool applied = false, merged = false;
	char n[NUM_I64_LEN];

	json_get_bool(out, "applied", &applied);
	json_get_bool(out, "merged", &merged);
	num_str((int64_t)json_len(certs), n);
	lang_format(lang, text,
		    !applied ? "unit.preview" : merged ? "unit.again" : "unit.done", "n", n, "from",
		    json_get_str(out, "from_name"), "from_code", json_get_str(out, "from"), "into",
		    json_get_str(out, "into_name"), "into_code", json_get_str(out, "into"), NULL);
	buf_add_char(text, '\n');
	for (const struct json *c = json_first(certs); c; c = json_next(c)) {
		bool pc = strcmp(json_get_str(c, "role"), "device") == 0;

		buf_add_str(text, "  ");
		lang_format(lang, text, pc ? "unit.cert_pc" : "unit.cert_clerk", "scope",
			    json_get_str(c, "scope"), "name", json_get_str(c, "name"),
			    "fingerprint", json_get_str(c, "fingerprint"), NULL);
		buf_add_char(text, '\n');
	}
}

const struct op op_unit_merge = {"unit merge",
				 "unit.summary",
				 OP_WRITE,
				 args,
				 sizeof(args) / sizeof(args[0]),
				 run,
				 print,
				 NULL};
