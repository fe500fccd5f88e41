/*
 * listing: see listing.h.
 *
 * Words are those of the commune (code and name), of whoever sealed it, of the place it is about and its
 * week: no value that only the check itself holds. Where a place is renamed or erased its checks
 * are listed anew, so nothing erased stays behind in an index (A16).
 */
#include "server-stub/listing.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "server-stub/task.h"
#include "sync/same.h"

enum { DAY = 86400, GRACE_DAYS = 7, WEEK_DAYS = 7 };

bool listing_is(const struct form *f)
{
	return f && (f->class == FORM_CHECK || f->class == FORM_STATEMENT ||
		     strcmp(f->name, TASK_KIND) == 0);
}

const struct form_field *listing_of(const struct form *f)
{
	for (size_t i = 0; i < f->nfield; i++)
		if (f->field[i].type == FORM_REF && f->field[i].nof > 0 &&
		    strcmp(f->field[i].name, CHAIN_FIELD) != 0 &&
		    strcmp(f->field[i].name, SAME_FIELD) != 0 &&
		    strcmp(f->field[i].name, TASK_FIELD) != 0)
			return &f->field[i];
	return form_field(f, "unit_code");
}

int64_t listing_subject(const char *scope, const char *kind, const char *of)
{
	uint8_t hash[CRYPT_HASH_LEN];
	struct buf b;
	uint64_t n = 0;

	buf_init(&b, LIMIT_TEXT);
	buf_addf(&b, "%s\n%s\n%s", scope, kind, of ? of : "");
	crypt_sha256(b.p, b.len, hash);
	buf_free(&b);
	for (size_t i = 0; i < sizeof(n); i++)
		n = n << 8 | hash[i];
	return (int64_t)(n >> 1) | 1; /* never 0 */
}

/* ---- words ---- */

enum rc listing_words(const char *text, struct buf *out, struct err *reterr)
{
	static const char signs[] = ",;:()[]\"|";
	struct buf fold;
	enum rc rc;

	buf_init(&fold, LIMIT_TEXT);
	rc = text_fold(span_str(text), &fold, reterr);
	for (size_t i = 0; rc == RC_OK && i < fold.len; i++) {
		bool dot = fold.p[i] == 0xc2 && fold.p[i + 1] == 0xb7; /* "·" */

		i += dot;
		buf_add_char(out, dot || (fold.p[i] && strchr(signs, fold.p[i]))
					  ? ' '
					  : (char)fold.p[i]);
	}
	buf_add_char(out, ' ');
	buf_free(&fold);
	return rc == RC_OK ? buf_check(out, reterr) : rc;
}

static enum rc add_unit(const struct listing *l, struct archive_submission *s, struct buf *words,
			struct err *reterr)
{
	struct json *unit = NULL;
	const char *province, *name;
	enum rc rc = l->r->doc_if(l->r->ctx, "unit", s->scope, &unit, reterr);

	if (rc == RC_OK && unit) { /* the catalogue has it */
		province = json_get_str(unit, "province");
		name = json_get_str(unit, "name");
		if (province && strlen(province) < sizeof(s->province))
			memcpy(s->province, province, strlen(province) + 1);
		rc = listing_words(name ? name : "", words, reterr);
	}
	json_free(unit);
	return rc;
}

/* Title of the place; what is not here, or erased, has none. */
static enum rc add_place(const struct listing *l, const struct form_field *of, const char *scope,
			 const char *uuid, struct buf *words, struct err *reterr)
{
	struct archive_entity e;
	struct buf state, title;
	uint8_t id[16];
	struct err why;
	enum rc rc = RC_OK;

	if (of->type != FORM_REF || !codec_uuid_dec(span_str(uuid), id))
		return listing_words(uuid, words, reterr);
	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	for (size_t i = 0; rc == RC_OK && i < of->nof; i++) {
		rc = l->r->entity(l->r->ctx, scope, of->of[i], id, &e, &state, &title, &why);
		if (rc == RC_OK && title.len > 0)
			rc = listing_words((const char *)title.p, words, &why);
		rc = rc == RC_NOTFOUND ? RC_OK : rc;
	}
	buf_free(&state);
	buf_free(&title);
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

/* ---- the first entry ---- */

struct first {
	const struct keyring *keyring;
	struct archive_submission *s;
	struct buf *words;
	enum rc rc;
	struct err *reterr;
};

static bool take_first(void *arg, const struct archive_row *row)
{
	struct first *f = arg;
	struct keyring_key key;

	f->s->received_at = row->received_at;
	if (keyring_find(f->keyring, row->key, &key) && key.cert)
		f->rc = listing_words(key.cert->name, f->words, f->reterr);
	return false;
}

/* ---- marks ---- */

static bool is_late(const struct json *fields, int64_t received_at)
{
	const char *week = json_get_str(fields, "week"), *day = json_get_str(fields, "checked_at");
	char monday[TEXT_DATE_LEN];
	int64_t end = 0;

	if (week && text_week_monday(span_str(week), monday, NULL) == RC_OK &&
	    text_time_of(span_str(monday), 0, &end, NULL) == RC_OK)
		end += (int64_t)WEEK_DAYS * DAY;
	else if (day && strlen(day) >= TEXT_DATE_LEN - 1 &&
		 text_time_of(span_of(day, TEXT_DATE_LEN - 1), 0, &end, NULL) == RC_OK)
		end += DAY;
	return end > 0 && received_at > end + (int64_t)GRACE_DAYS * DAY;
}

static unsigned marks(const struct archive_entity *e, const struct stand *st, bool held, bool late)
{
	return (late ? ARCHIVE_LATE : 0) | (e->flags & KEYRING_FLAG_CLOCK ? ARCHIVE_CLOCK : 0) |
	       (held ? ARCHIVE_HELD : 0) | (e->flags & KEYRING_FLAG_FORK ? ARCHIVE_FORK : 0) |
	       (e->conflicts > 0 ? ARCHIVE_TWO : 0) | (st->after ? ARCHIVE_AFTER : 0);
}

/* Who is to do what. */
static enum rc add_errand(const struct json *fields, struct buf *words, struct err *reterr)
{
	const char *const said[] = {json_get_str(fields, "title"), json_get_str(fields, "owner")};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < 2; i++)
		if (said[i])
			rc = listing_words(said[i], words, reterr);
	return rc;
}

static enum rc fill(const struct listing *l, const struct archive_entity *e,
		    const struct json *fields, struct archive_submission *s, struct buf *words,
		    struct err *reterr)
{
	struct first first = {.keyring = l->keyring, .s = s, .words = words, .reterr = reterr};
	const struct form *f = form_set_newest(l->forms, e->kind);
	const struct form_field *of = listing_of(f);
	const char *named = of ? json_get_str(fields, of->name) : NULL;
	const char *week = json_get_str(fields, "week");
	enum rc rc = listing_words(s->scope, words, reterr);

	if (rc == RC_OK)
		rc = add_unit(l, s, words, reterr);
	if (rc == RC_OK)
		rc = l->r->rows(l->r->ctx, NULL, s->index, s->index + 1, take_first, &first, reterr);
	if (rc == RC_OK)
		rc = first.rc;
	if (rc == RC_OK && named)
		rc = add_place(l, of, s->scope, named, words, reterr);
	if (rc == RC_OK && week)
		rc = listing_words(week, words, reterr);
	s->subject = listing_subject(s->scope, s->kind, named);
	if (rc == RC_OK && strcmp(s->kind, TASK_KIND) == 0)
		rc = add_errand(fields, words, reterr);
	return rc;
}

static enum rc stand_task(const struct listing *l, const struct archive_entity *e,
			  struct archive_submission *s, struct err *reterr)
{
	struct task t;
	enum rc rc = task_of(l->r, l->forms, e, &t, reterr);

	s->state = (int)t.state;
	s->rank = t.due_day;
	return rc;
}

enum rc listing_row(const struct listing *l, const struct archive_entity *e,
		    const struct matter_line *line, struct archive_submission *ret,
		    struct buf *retwords, struct err *reterr)
{
	struct archive_submission s = {.index = e->first_index, .no = e->no};
	struct merge_state *state = NULL;
	struct json *fields = NULL;
	struct stand st = {.state = STAND_RECEIVED};
	bool held = false;
	enum rc rc = stand_of(l->r, l->forms, e, line, &st, reterr);

	memcpy(s.scope, e->scope, sizeof(s.scope));
	memcpy(s.kind, e->kind, sizeof(s.kind));
	buf_reset(retwords);
	buf_add_char(retwords, ' ');
	if (rc == RC_OK)
		rc = l->r->entity_held(l->r->ctx, e->no, &held, reterr);
	if (rc == RC_OK && e->state.len > 0)
		rc = merge_read(e->state, &state, reterr);
	if (state)
		fields = merge_json(state, form_set_newest(l->forms, e->kind));
	if (rc == RC_OK)
		rc = fill(l, e, fields, &s, retwords, reterr);
	s.state = (int)st.state;
	s.rank = st.decision.level;
	if (rc == RC_OK && strcmp(s.kind, TASK_KIND) == 0)
		rc = stand_task(l, e, &s, reterr);
	if (rc == RC_OK) {
		s.marks = marks(e, &st, held, is_late(fields, s.received_at));
		s.words = (const char *)retwords->p;
		*ret = s;
	}
	json_free(fields);
	merge_free(state);
	return rc;
}

bool listing_same(const struct archive_submission *a, const struct archive_submission *b)
{
	return a->index == b->index && a->no == b->no && strcmp(a->scope, b->scope) == 0 &&
	       strcmp(a->kind, b->kind) == 0 && strcmp(a->province, b->province) == 0 &&
	       a->state == b->state && a->rank == b->rank && a->marks == b->marks &&
	       a->received_at == b->received_at && a->subject == b->subject;
}
