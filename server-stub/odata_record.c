/*
 * odata_record: the records of a kind, by number; a column for each field of its newest form. A record is read
 * only when a column of its fields is asked for, so a filter by commune or a count costs one look into an index
 * a row.
 *
 * A field shows what lists show: of two values the later one (Conflicts says how many wait), nothing of what was
 * erased. What several values are in is joined by "; ".
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/num.h"
#include "server-stub/odata_model.h"
#include "server-stub/ops.h"
#include "server-stub/who.h"
#include "sync/merge.h"

enum { BATCH = 1000, NO = 0, ID, COMMUNE, RECEIVED, CONFLICTS, COLUMNS };

static const struct odata_column common[COLUMNS] = {
    [NO] = {"No", ODATA_INT, ODATA_KEY, "odata.col.no"},
    [ID] = {"Id", ODATA_STRING, ODATA_FULL, "odata.col.id"},
    [COMMUNE] = {"Commune", ODATA_STRING, ODATA_FULL, "odata.col.commune"},
    [RECEIVED] = {"ReceivedAt", ODATA_TIME, ODATA_FULL, "odata.col.received_last"},
    [CONFLICTS] = {"Conflicts", ODATA_INT, ODATA_FULL, "odata.col.conflicts"},
};

struct record {
	struct odata_walk *w;
	struct archive_reader *r;
	int64_t no;
	char scope[ENTRY_SCOPE_LEN];
	bool loaded;
	struct archive_entity e;
	struct buf state, title, text;
	char id[CODEC_UUID_LEN + 1];
	struct json *fields;
	enum rc rc;
	struct err *reterr;
};

static void load(struct record *x)
{
	struct merge_state *s = NULL;

	x->loaded = true;
	x->w->loads--;
	buf_reset(&x->state);
	buf_reset(&x->title);
	x->rc = x->r->entity_no(x->r->ctx, x->no, &x->e, &x->state, &x->title, x->reterr);
	if (x->rc == RC_OK && x->e.state.len > 0)
		x->rc = merge_read(x->e.state, &s, x->reterr);
	if (s)
		x->fields = merge_json(s, x->w->form);
	merge_free(s);
	codec_uuid(x->e.id, x->id);
}

static const char *join(struct record *x, const struct json *a)
{
	buf_reset(&x->text);
	for (const struct json *v = json_first(a); v; v = json_next(v))
		if (json_str(v))
			buf_addf(&x->text, "%s%s", x->text.len ? "; " : "", json_str(v));
	return x->text.p && x->text.len && !x->text.failed ? (const char *)x->text.p : "";
}

/* The value of a field; one that is not of its type (an older form's) is none. */
static struct odata_value field(struct record *x, const struct odata_column *c)
{
	const struct json *v = json_get(x->fields, c->name);
	struct odata_value ret = {.null = true};
	bool b;

	switch (c->type) {
	case ODATA_INT: ret.null = !json_int(v, &ret.n); break;
	case ODATA_BOOL:
		ret.null = !json_bool(v, &b);
		ret.n = !ret.null && b;
		break;
	case ODATA_TIME:
		ret.null = !json_str(v) || text_time(span_str(json_str(v)), &ret.n, NULL) != RC_OK;
		break;
	case ODATA_DATE: ret.null = !json_str(v) || !text_is_date(span_str(json_str(v))); break;
	case ODATA_DECIMAL:
		ret.null = !json_str(v) || num_dec(span_str(json_str(v)), NUM_DEC_PLACES, &ret.n) == RC_INPUT;
		break;
	default: ret.null = !json_str(v) && json_kind(v) != JSON_ARRAY; break;
	}
	if (!ret.null)
		ret.text = json_kind(v) == JSON_ARRAY ? join(x, v) : json_str(v);
	return ret;
}

static struct odata_value get(void *ctx, size_t column)
{
	struct record *x = ctx;

	if (column == NO)
		return (struct odata_value){.n = x->no};
	if (column == COMMUNE)
		return (struct odata_value){.text = x->scope};
	if (!x->loaded)
		load(x);
	switch (column) {
	case ID: return (struct odata_value){.text = x->id};
	case RECEIVED: return (struct odata_value){.n = x->e.received_at};
	case CONFLICTS: return (struct odata_value){.n = x->e.conflicts};
	default: return field(x, &x->w->q->set->column[column]);
	}
}

/* ---- which there are ---- */

struct batch {
	int64_t no[BATCH];
	char scope[BATCH][ENTRY_SCOPE_LEN];
	size_t n;
};

static bool take(void *arg, int64_t no, const char *scope)
{
	struct batch *b = arg;

	b->no[b->n] = no;
	memcpy(b->scope[b->n++], scope, strlen(scope) + 1);
	return b->n < BATCH;
}

/* What the filter and the token say of numbers and communes, so that the index leads. */
static enum rc begin(const struct odata_walk *w, struct odata_value *commune, struct archive_records *ret,
		     struct err *reterr)
{
	int64_t lo = 0, hi = INT64_MAX - 1, token;
	enum rc rc = odata_walk_number(w, w->q->down ? INT64_MAX : 0, &token, reterr);

	odata_filter_range(w->q->filter, NO, &lo, &hi);
	if (w->q->down && token <= hi)
		hi = token - 1;
	if (!w->q->down && token >= lo)
		lo = token + 1;
	*ret = (struct archive_records){.kind = w->form->name, .above = lo - 1, .below = hi + 1,
					.down = w->q->down, .limit = BATCH};
	if (odata_filter_pins(w->q->filter, COMMUNE, commune))
		ret->scope = commune->text;
	return rc;
}

static enum rc pass(struct record *x, const struct batch *b, bool *retmore)
{
	const struct odata_row row = {get, x};

	for (size_t i = 0; x->rc == RC_OK && *retmore && i < b->n; i++) {
		*retmore = odata_walk_on(x->w, x->no > 0 ? x->no : -1);
		if (!*retmore)
			break;
		json_free(x->fields);
		x->fields = NULL;
		x->loaded = false;
		x->no = b->no[i];
		memcpy(x->scope, b->scope[i], sizeof(x->scope));
		if (who_sees(x->w->call, x->scope))
			*retmore = x->w->take(x->w, &row);
	}
	return x->rc;
}

static enum rc walk(struct odata_walk *w, struct err *reterr)
{
	struct record x = {.w = w, .reterr = reterr};
	struct archive_records wanted;
	struct odata_value commune;
	struct batch b = {.n = BATCH};
	bool more = true;
	enum rc rc = begin(w, &commune, &wanted, reterr);

	buf_init(&x.state, LIMIT_MERGE_STATE);
	buf_init(&x.title, LIMIT_TEXT);
	buf_init(&x.text, LIMIT_TEXT);
	if (rc == RC_OK)
		rc = archive_read(w->col->archive, &x.r, reterr);
	while (rc == RC_OK && more && b.n == BATCH) {
		b.n = 0;
		rc = x.r->records(x.r->ctx, &wanted, take, &b, reterr);
		if (rc == RC_OK)
			rc = pass(&x, &b, &more);
		if (b.n > 0 && w->q->down)
			wanted.below = b.no[b.n - 1];
		else if (b.n > 0)
			wanted.above = b.no[b.n - 1];
	}
	archive_read_end(w->col->archive, x.r);
	json_free(x.fields);
	buf_free(&x.state);
	buf_free(&x.title);
	buf_free(&x.text);
	return rc;
}

const struct odata_source odata_record = {.set = {.column = common, .n = COLUMNS}, .op = &op_show, .walk = walk};
