/*
 * board: see board.h. The catalogue's file gives the communes, the narrow rows of statements where
 * they stand, the newest entry of each feed who was heard of, the keyring who is enrolled.
 */
#include "server-stub/board.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/contacted.h"
#include "server-stub/units.h"

enum { DAY_S = 86400, THURSDAY = 3, WEEK_S = 7 * DAY_S };

static const char *const names[BOARD_STATES] = {
    [BOARD_NEVER] = "never",       [BOARD_UNDECIDED] = "undecided", [BOARD_RETURNED] = "returned",
    [BOARD_SHORT] = "short",       [BOARD_UNVERIFIED] = "unverified", [BOARD_VERIFIED] = "verified",
    [BOARD_OFFLINE] = "offline",   [BOARD_LATE] = "late",           [BOARD_WAITING] = "waiting",
};

const char *board_state_name(enum board_state s)
{
	return s < BOARD_STATES ? names[s] : "";
}

void board_free(struct board *b)
{
	for (size_t i = 0; b->unit && i < b->n; i++)
		free(b->unit[i].clerk);
	free(b->unit);
	free(b->said);
	report_units_free(&b->units);
	*b = (struct board){.n = 0};
}

static struct board_unit *unit_of(const struct board *b, const char *scope)
{
	ptrdiff_t i = report_units_find(&b->units, scope);

	return i == REPORT_NOWHERE ? NULL : &b->unit[i];
}

const struct board_unit *board_find(const struct board *b, const char *code)
{
	return unit_of(b, code);
}

/* ---- the communes ---- */

struct catalogue {
	const struct form_set *forms;
	bool has;
	uint8_t sha[CRYPT_HASH_LEN];
	enum rc rc;
	struct err *reterr;
};

/* The one that is oldest; two values in it are none (R3). */
static bool take_catalogue(void *arg, const struct archive_entity *e)
{
	struct catalogue *c = arg;
	const struct form *f = form_set_get(c->forms, "catalogue", 1);
	struct merge_state *s = NULL;
	struct json *v;
	const char *hex;

	if (e->state.len == 0)
		return true;
	c->rc = merge_read(e->state, &s, c->reterr);
	if (c->rc != RC_OK)
		return false;
	v = merge_json(s, f);
	hex = json_get_str(json_get_obj(v, "blob"), "sha256");
	c->has = hex && merge_conflicts(s, f) == 0 && codec_hex_32(span_str(hex), c->sha);
	json_free(v);
	merge_free(s);
	return !c->has;
}

static enum rc read_file(struct collector *col, const uint8_t sha[CRYPT_HASH_LEN],
			 struct report_units *ret, struct err *reterr)
{
	char path[LIMIT_PATH];
	struct buf text;
	enum rc rc = archive_blob_path(col->archive, sha, path, sizeof(path), reterr);

	buf_init(&text, LIMIT_BLOB);
	if (rc == RC_OK)
		rc = os_file_read(path, &text, reterr);
	if (rc == RC_OK)
		rc = report_units_read(span_buf(&text), ret, reterr);
	buf_free(&text);
	return rc;
}

static enum rc read_units(struct collector *col, struct archive_reader *r, struct board *b,
			  struct err *reterr)
{
	const struct archive_filter f = {.scope = "*", .kind = "catalogue", .limit = INT64_MAX};
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct catalogue c = {.forms = snap->forms, .reterr = reterr};
	enum rc rc = r->entities(r->ctx, &f, take_catalogue, &c, NULL, reterr);

	ingest_snapshot_end(col->ingest, snap);
	if (rc == RC_OK)
		rc = c.rc;
	if (rc == RC_OK && !c.has)
		rc = err_set(reterr, RC_NOTFOUND, "R3", "report.no_catalogue", NULL);
	if (rc == RC_OK)
		rc = read_file(col, c.sha, &b->units, reterr);
	if (rc != RC_OK)
		return rc;
	b->n = b->units.nc;
	b->unit = calloc(b->n + 1, sizeof(*b->unit));
	b->said = calloc(b->n * b->nweek + 1, sizeof(*b->said));
	if (!b->unit || !b->said)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i < b->n; i++) {
		b->unit[i].code = b->units.c[i].code;
		b->unit[i].name = b->units.c[i].name;
		b->unit[i].province = b->units.p[b->units.c[i].province].code;
	}
	return RC_OK;
}

/* ---- where they stand ---- */

static size_t week_no(const struct board *b, const char *week)
{
	size_t w = 0;

	while (w < b->nweek && strcmp(b->week[w], week) != 0)
		w++;
	return w;
}

/* Of two that count for one week (one was corrected into it) nobody knows which is meant. */
static enum rc take_standing(void *arg, const struct standing_of *x, struct err *reterr)
{
	struct board *b = arg;
	struct board_unit *u = unit_of(b, x->scope);
	size_t w = week_no(b, x->week);
	uint8_t *said;

	(void)reterr;
	if (!u || w == b->nweek)
		return RC_OK;
	said = &b->said[(size_t)(u - b->unit) * b->nweek + w];
	*said = *said == STANDING_IS_NOTHING ? (uint8_t)x->is : STANDING_IS_UNDECIDED;
	if (w + 1 == b->nweek)
		u->said = (enum standing)*said;
	return RC_OK;
}

/* ---- who was heard of, who is enrolled ---- */

struct hearing {
	struct board *b;
	const struct keyring *keyring;
	struct units units;
	enum rc rc;
	struct err *reterr;
};

/*
 * The commune a clerk or PC belongs to: who has several writes in each of them, and is heard of and called in the
 * one that goes on (M18, M22). NULL: none of the catalogue's.
 */
static enum rc unit_of_key(const struct hearing *h, const uint8_t key[CRYPT_PK_LEN],
			   struct board_unit **ret, struct err *reterr)
{
	char home[ENTRY_SCOPE_LEN];
	enum rc rc = units_home(&h->units, h->keyring, key, home, reterr);

	*ret = rc == RC_OK && home[0] ? unit_of(h->b, home) : NULL;
	return rc;
}

static bool take_heard(void *arg, const uint8_t key[CRYPT_PK_LEN], const char *scope,
		       int64_t received_at)
{
	struct hearing *h = arg;
	struct board_unit *x = NULL;

	if (keyring_central(h->keyring, key))
		return true;
	if (h->units.n + h->units.nsplit > 0)
		h->rc = unit_of_key(h, key, &x, h->reterr);
	if (!x)
		x = unit_of(h->b, scope);
	if (x && received_at > x->heard)
		x->heard = received_at;
	return h->rc == RC_OK;
}

static enum rc take_clerk(struct board_unit *x, const struct keyring_key *k, struct err *reterr)
{
	struct buf name;

	if (!x || x->clerk)
		return RC_OK;
	buf_init(&name, LIMIT_TEXT);
	buf_addf(&name, k->cert->title[0] ? "%s, %s" : "%s%s", k->cert->name, k->cert->title);
	x->clerk = buf_take(&name, NULL);
	return x->clerk ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static enum rc take_clerks(const struct hearing *h, struct err *reterr)
{
	struct board_unit *x = NULL;
	struct keyring_key k;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && keyring_at(h->keyring, i, &k); i++) {
		if (!k.cert || k.role != ROLE_CLERK)
			continue;
		rc = unit_of_key(h, k.key, &x, reterr);
		if (rc == RC_OK)
			rc = take_clerk(x, &k, reterr);
	}
	return rc;
}

/* A contact that brought nothing is one all the same; what came says that there was one, by a stick too. */
static enum rc take_contacts(const struct hearing *h, struct collector *col, struct archive_reader *r,
			     struct err *reterr)
{
	struct board_unit *x = NULL;
	struct keyring_key k;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < h->b->n; i++)
		h->b->unit[i].seen = h->b->unit[i].heard;
	for (size_t i = 0; rc == RC_OK && keyring_at(h->keyring, i, &k); i++) {
		int64_t at = 0;

		if (!k.cert || k.role != ROLE_DEVICE)
			continue;
		rc = contacted_at(col->contacted, r, k.key, &at, reterr);
		if (rc == RC_OK)
			rc = unit_of_key(h, k.key, &x, reterr);
		if (rc == RC_OK && x && at > x->seen)
			x->seen = at;
	}
	return rc;
}

static enum rc take_people(struct collector *col, struct archive_reader *r, struct board *b,
			   struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct hearing h = {.b = b, .keyring = snap->keyring, .reterr = reterr};
	enum rc rc = units_read_from(r, snap->forms, &h.units, reterr);

	if (rc == RC_OK)
		rc = r->heard(r->ctx, take_heard, &h, reterr);
	if (rc == RC_OK)
		rc = h.rc;
	if (rc == RC_OK)
		rc = take_clerks(&h, reterr);
	if (rc == RC_OK)
		rc = take_contacts(&h, col, r, reterr);
	units_free(&h.units);
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}

/* ---- whom to call ---- */

static bool first_of(void *arg, const struct archive_standing *x)
{
	*(int64_t *)arg = x->no;
	return false;
}

/* Of the statement with that number. */
static enum rc read_statement(struct collector *col, struct archive_reader *r, int64_t no,
			      struct json **ret, struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct merge_state *s = NULL;
	struct archive_entity e;
	struct buf state, title;
	enum rc rc;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	rc = r->entity_no(r->ctx, no, &e, &state, &title, reterr);
	if (rc == RC_OK)
		rc = merge_read(span_buf(&state), &s, reterr);
	if (rc == RC_OK)
		*ret = merge_json(s, form_set_newest(snap->forms, "weekly_statement"));
	ingest_snapshot_end(col->ingest, snap);
	merge_free(s);
	buf_free(&state);
	buf_free(&title);
	return rc;
}

static void fill_in(char **at, const struct json *v, const char *field)
{
	const char *text = json_get_str(v, field);

	if (!*at && text && *text)
		*at = span_dup(span_str(text));
}

enum rc board_contact(struct collector *col, struct archive_reader *r, const char *code,
		      char **retname, char **retphone, struct err *reterr)
{
	struct json *v = NULL;
	int64_t no = 0;
	enum rc rc = r->statements(r->ctx, code, "0000-W01", "9999-W53", first_of, &no, reterr);

	*retname = *retphone = NULL;
	if (rc == RC_OK && no > 0)
		rc = read_statement(col, r, no, &v, reterr);
	fill_in(retname, v, "contact_name");
	fill_in(retphone, v, "contact_phone");
	json_free(v);
	v = NULL;
	if (rc == RC_OK && !*retphone) {
		rc = r->doc_if(r->ctx, BOARD_CONTACTS, code, &v, reterr);
		if (json_get_str(v, "phone")) { /* a name that belongs to another number misleads */
			free(*retname);
			*retname = NULL;
		}
		fill_in(retname, v, "name");
		fill_in(retphone, v, "phone");
		json_free(v);
	}
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* ---- states ---- */

static enum board_state by_statement(enum standing said)
{
	static const enum board_state state[STANDINGS] = {
	    [STANDING_IS_UNDECIDED] = BOARD_UNDECIDED, [STANDING_IS_RETURNED] = BOARD_RETURNED,
	    [STANDING_IS_SHORT] = BOARD_SHORT,         [STANDING_IS_UNVERIFIED] = BOARD_UNVERIFIED,
	    [STANDING_IS_VERIFIED] = BOARD_VERIFIED,
	};

	return state[said];
}

enum board_state board_state_of(const struct board_unit *x, int64_t now, int64_t end)
{
	if (x->said != STANDING_IS_NOTHING)
		return by_statement(x->said);
	if (!x->clerk)
		return BOARD_NEVER;
	if (now - x->seen >= (int64_t)BOARD_SILENT_DAYS * DAY_S)
		return BOARD_OFFLINE;
	return now >= end ? BOARD_LATE : BOARD_WAITING;
}

static enum rc monday_of(const char *week, int64_t *ret, struct err *reterr)
{
	char monday[TEXT_DATE_LEN];
	enum rc rc = text_week_monday(span_str(week), monday, reterr);

	return rc == RC_OK ? text_time_of(span_str(monday), 0, ret, reterr) : rc;
}

static enum rc name_weeks(struct board *b, const char *week, size_t n, int64_t now,
			  struct err *reterr)
{
	int64_t monday = now;
	enum rc rc = RC_OK;

	if (week[0] && !text_is_week(span_str(week)))
		return err_set(reterr, RC_INPUT, NULL, "text.week_form", "value", week, NULL);
	if (week[0])
		rc = monday_of(week, &monday, reterr);
	b->nweek = n < 1 ? 1 : n > BOARD_WEEKS ? BOARD_WEEKS : n;
	for (size_t i = b->nweek; rc == RC_OK && i-- > 0; monday -= WEEK_S)
		text_time_week(monday, b->week[i]);
	return rc;
}

static enum rc judge(struct board *b, int64_t now, struct err *reterr)
{
	int64_t start = 0;
	enum rc rc = monday_of(b->week[b->nweek - 1], &start, reterr);

	for (size_t i = 0; rc == RC_OK && i < b->n; i++)
		b->unit[i].state =
		    board_state_of(&b->unit[i], now, start + (int64_t)THURSDAY * DAY_S);
	return rc;
}

static enum rc newest(struct archive_reader *r, struct board *b, struct err *reterr)
{
	struct buf note;
	enum rc rc;

	buf_init(&note, NOTE_TEXT_MAX);
	rc = r->head(r->ctx, &b->size, &note, &b->at, reterr);
	buf_free(&note);
	if (rc == RC_OK && b->size == 0)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "routes.no_checkpoint", NULL);
	return rc;
}

static enum rc fill(struct collector *col, struct board *b, struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = newest(r, b, reterr);
	if (rc == RC_OK)
		rc = read_units(col, r, b, reterr);
	if (rc == RC_OK)
		rc = standing_each(col, r, NULL, b->week[0], b->week[b->nweek - 1], take_standing, b,
				   reterr);
	if (rc == RC_OK)
		rc = take_people(col, r, b, reterr);
	archive_read_end(col->archive, r);
	return rc;
}

enum rc board_make(struct collector *col, const char *week, size_t weeks, int64_t now,
		   struct board *ret, struct err *reterr)
{
	struct board b = {.n = 0};
	enum rc rc = name_weeks(&b, week, weeks, now, reterr);

	if (rc == RC_OK)
		rc = fill(col, &b, reterr);
	if (rc == RC_OK)
		rc = judge(&b, now, reterr);
	if (rc == RC_OK)
		*ret = b;
	else
		board_free(&b);
	return rc;
}
