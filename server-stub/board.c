/*
 * board: see board.h. One pass over the archive's rows tells who was heard of, the keyring who is
 * enrolled, the statements whom to call; all of it by commune.
 */
#include "server-stub/board.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "sync/merge.h"

enum { DAY_S = 86400, THURSDAY = 3 };

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
	for (size_t i = 0; i < b->n; i++) {
		free(b->unit[i].contact);
		free(b->unit[i].phone);
		free(b->unit[i].clerk);
	}
	free(b->unit);
	report_free(b->r);
	*b = (struct board){.n = 0};
}

static int by_code(const void *a, const void *b)
{
	return strcmp(((const struct board_unit *)a)->u->code, ((const struct board_unit *)b)->u->code);
}

static struct board_unit *unit_of(struct board *b, const char *scope)
{
	const struct report_unit u = {.code = scope};
	const struct board_unit key = {.u = &u};

	return b->n > 0 ? bsearch(&key, b->unit, b->n, sizeof(key), by_code) : NULL;
}

/* ---- who was heard of, who is enrolled, whom to call ---- */

static bool take_row(void *arg, const struct archive_row *row)
{
	struct board *b = arg;
	struct board_unit *x =
	    keyring_central(report_keyring(b->r), row->key) ? NULL : unit_of(b, row->scope);

	if (x && row->received_at > x->heard)
		x->heard = row->received_at;
	return row->index + 1 < b->m.size;
}

static enum rc take_clerks(struct board *b, struct err *reterr)
{
	struct keyring_key k;

	for (size_t i = 0; keyring_at(report_keyring(b->r), i, &k); i++)
		for (size_t n = 0; k.cert && k.role == ROLE_CLERK && n < k.cert->nscope; n++) {
			struct board_unit *x = unit_of(b, k.cert->scope[n]);
			struct buf name;

			if (!x || x->clerk)
				continue;
			buf_init(&name, LIMIT_TEXT);
			buf_addf(&name, "%s, %s", k.cert->name, k.cert->title);
			x->clerk = buf_take(&name, NULL);
			if (!x->clerk)
				return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		}
	return RC_OK;
}

struct calling {
	struct board *b;
	const struct form *form;
	int64_t *last; /* of each commune: index of the statement its contact is from */
	enum rc rc;
	struct err *reterr;
};

static void put(char **at, const struct json *fields, const char *field)
{
	const char *text = json_get_str(fields, field);

	free(*at);
	*at = text && *text ? span_dup(span_str(text)) : NULL;
}

static bool take_statement(void *arg, const struct archive_entity *e)
{
	struct calling *c = arg;
	struct board_unit *x = unit_of(c->b, e->scope);
	struct merge_state *s = NULL;
	struct json *fields;
	size_t at;

	if (!x || e->state.len == 0 || e->last_index < c->last[at = (size_t)(x - c->b->unit)])
		return true;
	c->rc = merge_read(e->state, &s, c->reterr);
	if (c->rc != RC_OK)
		return false;
	fields = merge_json(s, c->form);
	put(&x->contact, fields, "contact_name");
	put(&x->phone, fields, "contact_phone");
	c->last[at] = e->last_index;
	json_free(fields);
	merge_free(s);
	return true;
}

static enum rc take_contacts(struct collector *col, struct archive_reader *r, struct board *b,
			     struct err *reterr)
{
	const struct archive_filter f = {.kind = "weekly_statement", .limit = INT64_MAX};
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct calling c = {.b = b, .reterr = reterr, .last = calloc(b->n + 1, sizeof(*c.last)),
			    .form = form_set_newest(snap->forms, "weekly_statement")};
	enum rc rc = c.last ? r->entities(r->ctx, &f, take_statement, &c, NULL, reterr)
			    : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	ingest_snapshot_end(col->ingest, snap);
	free(c.last);
	return rc == RC_OK ? c.rc : rc;
}

/* ---- states ---- */

enum board_state board_state_of(const struct board_unit *x, int64_t now, int64_t end)
{
	const struct report_unit *u = x->u;

	if (u->undecided)
		return BOARD_UNDECIDED;
	if (u->returned)
		return BOARD_RETURNED;
	if (u->class == REPORT_IS_VERIFIED)
		return BOARD_VERIFIED;
	if (u->class == REPORT_IS_SHORT)
		return BOARD_SHORT;
	if (u->unverified)
		return BOARD_UNVERIFIED;
	if (!x->clerk)
		return BOARD_NEVER;
	if (now - x->heard >= (int64_t)BOARD_SILENT_DAYS * DAY_S)
		return BOARD_OFFLINE;
	return now >= end ? BOARD_LATE : BOARD_WAITING;
}

static enum rc judge(struct board *b, int64_t now, struct err *reterr)
{
	char monday[TEXT_DATE_LEN];
	int64_t start = 0;
	enum rc rc = text_week_monday(span_str(b->m.week), monday, reterr);

	if (rc == RC_OK)
		rc = text_time_of(span_str(monday), 0, &start, reterr);
	for (size_t i = 0; rc == RC_OK && i < b->n; i++)
		b->unit[i].state =
		    board_state_of(&b->unit[i], now, start + (int64_t)THURSDAY * DAY_S);
	return rc;
}

static enum rc fill(struct collector *col, struct board *b, struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc;

	while (report_unit(b->r, b->n))
		b->n++;
	b->unit = calloc(b->n + 1, sizeof(*b->unit));
	if (!b->unit) {
		b->n = 0;
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	for (size_t i = 0; i < b->n; i++)
		b->unit[i].u = report_unit(b->r, i);
	rc = archive_read(col->archive, &r, reterr);
	if (rc == RC_OK)
		rc = r->rows(r->ctx, NULL, 0, b->m.size, take_row, b, reterr);
	if (rc == RC_OK)
		rc = take_clerks(b, reterr);
	if (rc == RC_OK)
		rc = take_contacts(col, r, b, reterr);
	archive_read_end(col->archive, r);
	return rc;
}

/* The newest checkpoint, whatever issue there is. */
static enum rc newest(struct collector *col, struct report_make *m, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct buf note;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	buf_init(&note, NOTE_TEXT_MAX);
	rc = r->head(r->ctx, &m->size, &note, &m->at, reterr);
	buf_free(&note);
	archive_read_end(col->archive, r);
	if (rc == RC_OK && m->size == 0)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "routes.no_checkpoint", NULL);
	return rc;
}

enum rc board_make(struct collector *col, const char *week, int64_t now, struct board *ret,
		   struct err *reterr)
{
	struct board b = {.n = 0};
	uint8_t sha[CRYPT_HASH_LEN];
	struct buf csv;
	enum rc rc = newest(col, &b.m, reterr);

	if (rc == RC_OK && week[0] && !text_is_week(span_str(week)))
		rc = err_set(reterr, RC_INPUT, NULL, "text.week_form", "value", week, NULL);
	if (rc != RC_OK)
		return rc;
	if (week[0])
		memcpy(b.m.week, week, sizeof(b.m.week));
	else
		text_time_week(now, b.m.week);
	buf_init(&csv, LIMIT_BLOB);
	rc = report_make(col, &b.m, &b.r, &csv, sha, reterr);
	buf_free(&csv);
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
