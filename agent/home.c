/*
 * home: which communes, and which of them goes on. Clauses K14, M18, M22, P33.
 */
#include "agent/home.h"

#include <stdlib.h>
#include <string.h>

#include "agent/look.h"
#include "lib/codec.h"
#include "lib/limits.h"

/* ---- the communes ---- */

static bool is_commune(struct span s)
{
	return s.len == ENTRY_SCOPE_LEN - 1 && entry_is_scope(s);
}

static bool has(const struct keyring_scopes *s, struct span scope)
{
	for (size_t i = 0; i < s->n; i++)
		if (span_eq_str(scope, s->scope[i]))
			return true;
	return false;
}

/* Append it if it is not there. */
static enum rc add(struct keyring_scopes *s, struct span scope, struct err *reterr)
{
	char(*grown)[ENTRY_SCOPE_LEN];

	if (!is_commune(scope) || has(s, scope))
		return RC_OK;
	grown = realloc(s->scope, (s->n + 1) * sizeof(*grown));
	if (!grown)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	s->scope = grown;
	memcpy(grown[s->n], scope.p, scope.len);
	grown[s->n++][scope.len] = '\0';
	return RC_OK;
}

static void put_first(struct keyring_scopes *s, const char *scope)
{
	for (size_t i = 1; i < s->n; i++) {
		if (strcmp(s->scope[i], scope) != 0)
			continue;
		memmove(s->scope[1], s->scope[0], i * sizeof(*s->scope));
		memcpy(s->scope[0], scope, strlen(scope) + 1);
		return;
	}
}

/* What the collector told (P33): codes with a space between. */
static enum rc add_told(struct agent *agent, struct keyring_scopes *s, struct err *reterr)
{
	char *told = NULL;
	enum rc rc = store_setting(agent->store, "scopes_told", &told, reterr);

	for (const char *p = told; rc == RC_OK && p && *p;) {
		size_t len = strcspn(p, " ");

		rc = add(s, span_of(p, len), reterr);
		p += len + strspn(p + len, " ");
	}
	free(told);
	return rc;
}

static enum rc asked_for(struct agent *agent, char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	char *asked = NULL;
	enum rc rc = store_setting(agent->store, "scope", &asked, reterr);

	ret[0] = '\0';
	if (rc == RC_OK && asked && strlen(asked) < ENTRY_SCOPE_LEN)
		memcpy(ret, asked, strlen(asked) + 1);
	free(asked);
	return rc;
}

/* The key of this PC; NULL: it has none yet, as after a restore. */
static enum rc device_of(struct agent *agent, const uint8_t **ret, struct err *reterr)
{
	struct crypt_signer *device = NULL;
	struct err why;
	enum rc rc = keys_device(agent->keys, false, &device, &why);

	*ret = rc == RC_OK ? crypt_signer_pk(device) : NULL;
	if (rc == RC_OK || rc == RC_NOTFOUND)
		return RC_OK;
	if (reterr)
		*reterr = why;
	return rc;
}

enum rc home_scopes(struct agent *agent, struct keyring_scopes *ret, struct err *reterr)
{
	const struct keyring *k = store_keyring(agent->store);
	const uint8_t *device;
	struct keyring_scopes s = {0};
	char asked[ENTRY_SCOPE_LEN];
	enum rc rc = device_of(agent, &device, reterr);

	if (rc == RC_OK)
		rc = asked_for(agent, asked, reterr);
	if (rc == RC_OK && k && device)
		rc = keyring_scopes(k, device, &s, reterr);
	if (rc == RC_OK && s.n > 0)
		rc = add_told(agent, &s, reterr);
	else if (rc == RC_OK)
		rc = add(&s, span_str(asked), reterr);
	if (rc == RC_OK && s.n == 0)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "sync.not_enrolled", NULL);
	if (rc != RC_OK) {
		keyring_scopes_free(&s);
		return rc;
	}
	put_first(&s, asked);
	*ret = s;
	return RC_OK;
}

/* ---- mergers ---- */

/* The merger by which a commune ended, as it stands; *ret NULL when there is none. */
static enum rc merger_of(struct agent *agent, const char *scope, struct store_entity **ret,
			 struct err *reterr)
{
	struct err why;
	uint8_t id[16];
	enum rc rc;

	*ret = NULL;
	unit_merger_id(scope, id);
	rc = store_entity(agent->store, "*", UNIT_KIND, id, ret, &why);
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

static enum rc step(void *ctx, const char *closed, char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	struct store_entity *e = NULL;
	struct unit_merger m;
	enum rc rc = merger_of(ctx, closed, &e, reterr);

	ret[0] = '\0';
	if (e && unit_read(e->state, e->form, e->id, &m))
		memcpy(ret, m.into, ENTRY_SCOPE_LEN);
	store_entity_free(e);
	return rc;
}

/* ---- and splits ---- */

struct reading {
	struct home_map *m;
	enum rc rc;
	struct err *reterr;
};

static bool take_split(void *arg, const struct look_item *x)
{
	struct reading *r = arg;
	struct unit_split s, *grown;

	if (!unit_split_read(x->state, x->form, x->id, &s))
		return true;
	grown = realloc(r->m->split, (r->m->n + 1) * sizeof(*grown));
	if (!grown) {
		r->rc = err_set(r->reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		return false;
	}
	r->m->split = grown;
	grown[r->m->n++] = s;
	return true;
}

enum rc home_map(struct agent *agent, struct home_map *ret, struct err *reterr)
{
	const struct store_filter f = {.kind = UNIT_SPLIT_KIND, .scope = "*"};
	struct home_map m = {.n = 0};
	struct reading r = {&m, RC_OK, reterr};
	enum rc rc = look_each(agent, &f, take_split, &r, reterr);

	if (rc == RC_OK)
		rc = r.rc;
	if (rc != RC_OK) {
		home_map_free(&m);
		return rc;
	}
	m.map = (struct unit_map){step, agent, m.split, m.n};
	*ret = m;
	return RC_OK;
}

void home_map_free(struct home_map *m)
{
	free(m->split);
	*m = (struct home_map){.n = 0};
}

struct holder {
	const struct keyring *keyring;
	const uint8_t *pk;
};

static bool has_scope(void *arg, const char *scope)
{
	const struct holder *h = arg;

	return h->keyring && keyring_in_force(h->keyring, h->pk, scope);
}

enum rc home_scope(struct agent *agent, const uint8_t pk[CRYPT_PK_LEN], const char *scope,
		   char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	struct holder h = {store_keyring(agent->store), pk};
	struct home_map m = {.n = 0};
	enum rc rc = home_map(agent, &m, reterr);

	if (rc == RC_OK)
		rc = unit_home(&m.map, has_scope, &h, scope, ret, reterr);
	home_map_free(&m);
	return rc;
}

enum rc home_here(struct agent *agent, char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	const uint8_t *device;
	char asked[ENTRY_SCOPE_LEN];
	enum rc rc = asked_for(agent, asked, reterr);

	ret[0] = '\0';
	if (rc == RC_OK)
		rc = device_of(agent, &device, reterr);
	if (rc != RC_OK || !asked[0])
		return rc;
	if (device)
		return home_scope(agent, device, asked, ret, reterr);
	memcpy(ret, asked, sizeof(asked));
	return RC_OK;
}

enum rc home_ended(struct agent *agent, const char *scope, bool *ret, struct err *reterr)
{
	char into[ENTRY_SCOPE_LEN];
	enum rc rc = step(agent, scope, into, reterr);

	*ret = rc == RC_OK && into[0];
	return rc;
}

/* ---- what belongs where ---- */

/* `commune_code` of a place; "" where it has none. */
static void place_code(const struct merge_state *state, const struct form *form, char ret[ENTRY_SCOPE_LEN])
{
	struct json *rec = merge_json(state, form);
	const char *code = json_get_str(rec, "commune_code");

	ret[0] = '\0';
	if (code && strlen(code) < ENTRY_SCOPE_LEN)
		memcpy(ret, code, strlen(code) + 1);
	json_free(rec);
}

enum rc home_belongs(struct agent *agent, const struct home_map *m, const struct home_record *x,
		     char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	char code[ENTRY_SCOPE_LEN] = "", uuid[CODEC_UUID_LEN + 1];
	struct store_entity *place = NULL;
	const char *scope = x->scope;
	uint8_t id[16];
	enum rc rc;

	if (m->n > 0 && strcmp(x->kind, "facility") == 0) {
		place_code(x->state, x->form, code);
	} else if (m->n > 0 && x->form && merge_ref(x->state, x->form, "facility_id", id)) {
		codec_uuid(id, uuid);
		if (store_entity_find(agent->store, "facility", uuid, &place, NULL) == RC_OK) {
			place_code(place->state, place->form, code);
			scope = place->scope;
		}
	}
	rc = unit_belongs(&m->map, scope, code, ret, reterr);
	store_entity_free(place);
	return rc;
}

/* ---- names ---- */

/* What the merger of `closed` says of a commune's name: its own, or that of the one it went into. */
static enum rc name_by(struct agent *agent, const char *closed, const char *scope,
		       char ret[HOME_NAME], struct err *reterr)
{
	struct store_entity *e = NULL;
	struct json *rec = NULL;
	const char *name = NULL;
	struct unit_merger m;
	enum rc rc = merger_of(agent, closed, &e, reterr);

	if (e && unit_read(e->state, e->form, e->id, &m)) {
		rec = merge_json(e->state, e->form);
		if (strcmp(scope, closed) == 0)
			name = json_get_str(rec, "closed_name");
		else if (strcmp(scope, m.into) == 0)
			name = json_get_str(rec, "into_name");
	}
	if (name && strlen(name) < HOME_NAME)
		memcpy(ret, name, strlen(name) + 1);
	json_free(rec);
	store_entity_free(e);
	return rc;
}

/* What the split of part of one commune to another says of either's name. */
static enum rc name_by_split(struct agent *agent, const char *unit, const char *into, const char *field,
			     char ret[HOME_NAME], struct err *reterr)
{
	struct store_entity *e = NULL;
	struct json *rec = NULL;
	const char *name = NULL;
	struct unit_split s;
	struct err why;
	uint8_t id[16];
	enum rc rc;

	unit_split_id(unit, into, id);
	rc = store_entity(agent->store, "*", UNIT_SPLIT_KIND, id, &e, &why);
	if (rc == RC_OK && unit_split_read(e->state, e->form, e->id, &s)) {
		rec = merge_json(e->state, e->form);
		name = json_get_str(rec, field);
	}
	if (name && strlen(name) < HOME_NAME)
		memcpy(ret, name, strlen(name) + 1);
	json_free(rec);
	store_entity_free(e);
	if (rc != RC_OK && rc != RC_NOTFOUND && reterr)
		*reterr = why;
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc name_of_slip(struct agent *agent, const char *scope, char ret[HOME_NAME],
			    struct err *reterr)
{
	char asked[ENTRY_SCOPE_LEN], *unit = NULL;
	enum rc rc = asked_for(agent, asked, reterr);

	if (rc == RC_OK && strcmp(asked, scope) == 0)
		rc = store_setting(agent->store, "unit", &unit, reterr);
	if (unit && strlen(unit) < HOME_NAME)
		memcpy(ret, unit, strlen(unit) + 1);
	free(unit);
	return rc;
}

/* What mergers and splits between a commune and those of this PC say. */
static enum rc name_by_others(struct agent *agent, const char *scope, char ret[HOME_NAME],
			      struct err *reterr)
{
	struct keyring_scopes s = {0};
	enum rc rc = RC_OK;

	if (home_scopes(agent, &s, NULL) != RC_OK)
		return RC_OK;
	for (size_t i = 0; rc == RC_OK && !ret[0] && i < s.n; i++)
		rc = name_by(agent, s.scope[i], scope, ret, reterr);
	for (size_t i = 0; rc == RC_OK && !ret[0] && i < s.n; i++) {
		rc = name_by_split(agent, s.scope[i], scope, "into_name", ret, reterr);
		if (rc == RC_OK && !ret[0])
			rc = name_by_split(agent, scope, s.scope[i], "unit_name", ret, reterr);
	}
	keyring_scopes_free(&s);
	return rc;
}

enum rc home_unit(struct agent *agent, const char *scope, char ret[HOME_NAME], struct err *reterr)
{
	enum rc rc;

	ret[0] = '\0';
	rc = name_by(agent, scope, scope, ret, reterr);
	if (rc == RC_OK && !ret[0])
		rc = name_by_others(agent, scope, ret, reterr);
	return rc == RC_OK && !ret[0] ? name_of_slip(agent, scope, ret, reterr) : rc;
}
