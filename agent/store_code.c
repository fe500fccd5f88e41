/*
 * store_code: the codes by which people and scanners name a thing: its codes, serial and plate.
 *
 * Two keys of each are kept. `alt`: folded, without spaces, dots and dashes. `telex`: what of
 * that is the same before and after a Vietnamese input method has read it, for a scanner types
 * its burst into whatever is on: Telex makes đ of dd, â of aa, ơ of ow, ư of w, and a tone of
 * s f r x j z behind a vowel, wherever in the run of letters the second one stands. So within a
 * run of letters: s f r x j z behind a vowel count for nothing, nor does a second a, e, o or d,
 * nor w behind a, o or u; any other w is u. Digits end a run. Clause M15 (through store_things).
 * Not here: which digits a VNI input method takes for tones; our own labels have no letters.
 */
#include "agent/store_part.h"

#include <string.h>

#include "lib/limits.h"
#include "lib/text.h"

/* Fields by whose value people name an entity, besides its id. */
static const char *const fields[] = {"asset_code", "inv_code", "old_codes", "serial", "plate_no"};

enum rc store_code_key(struct span typed, struct buf *out, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_TEXT);
	rc = text_fold(typed, &b, reterr);
	for (size_t i = 0; rc == RC_OK && i < b.len; i++)
		if (!strchr(" .-", b.p[i]))
			buf_add_char(out, (char)b.p[i]);
	buf_free(&b);
	return rc == RC_OK ? buf_check(out, reterr) : rc;
}

/* ---- telex ---- */

/* What a run of letters has had so far. */
struct run {
	bool vowel, a, e, o, d, u;
};

/* One folded letter; '\0': the input method would have taken it. */
static char letter(struct run *r, char c)
{
	static const char tones[] = "sfrxjz";
	bool *once = c == 'a'   ? &r->a
		     : c == 'e' ? &r->e
		     : c == 'o' ? &r->o
		     : c == 'd' ? &r->d
				: NULL;

	if (once && *once)
		return '\0';
	if (once)
		*once = true;
	if (strchr(tones, c))
		return r->vowel ? '\0' : c;
	if (c == 'w') {
		if (r->a || r->o || r->u)
			return '\0';
		c = 'u';
	}
	r->u = r->u || c == 'u';
	r->vowel = r->vowel || strchr("aeiouy", c);
	return c;
}

enum rc store_code_telex(struct span typed, struct buf *out, struct err *reterr)
{
	struct run run = {.vowel = false};
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_TEXT);
	rc = text_fold(typed, &b, reterr);
	for (size_t i = 0; rc == RC_OK && i < b.len; i++) {
		char c = (char)b.p[i];

		if (c >= 'a' && c <= 'z')
			c = letter(&run, c);
		else
			run = (struct run){.vowel = false};
		if (c != '\0' && !strchr(" .-", c))
			buf_add_char(out, c);
	}
	buf_free(&b);
	return rc == RC_OK ? buf_check(out, reterr) : rc;
}

/* ---- written ---- */

struct putting {
	struct store *s;
	int64_t entity_no;
};

static enum rc put_code(void *arg, struct span text, struct err *reterr)
{
	struct putting *p = arg;
	const struct db_val no = db_int(p->entity_no);
	struct buf key, telex;
	enum rc rc;

	buf_init(&key, LIMIT_TEXT);
	buf_init(&telex, LIMIT_TEXT);
	rc = store_code_key(text, &key, reterr);
	if (rc == RC_OK)
		rc = store_code_telex(text, &telex, reterr);
	if (rc == RC_OK && key.len > 0)
		rc = db_run(p->s->db, ST_ALT_ADD, DB_V(db_text(span_buf(&key)), no), reterr);
	if (rc == RC_OK && telex.len > 0 && !span_eq(span_buf(&key), span_buf(&telex)))
		rc = db_run(p->s->db, ST_TELEX_ADD, DB_V(db_text(span_buf(&telex)), no), reterr);
	buf_free(&key);
	buf_free(&telex);
	return rc;
}

enum rc store_code_put(struct store *s, int64_t entity_no, const struct merge_state *m,
		       struct err *reterr)
{
	struct putting p = {s, entity_no};
	enum rc rc = db_run(s->db, ST_ALT_CLEAR, DB_V(db_int(entity_no)), reterr);

	if (rc == RC_OK)
		rc = db_run(s->db, ST_TELEX_CLEAR, DB_V(db_int(entity_no)), reterr);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && rc == RC_OK; i++) {
		size_t n;
		const struct merge_value *v = merge_siblings(m, fields[i], &n);

		for (size_t j = 0; j < n && rc == RC_OK; j++)
			rc = store_fold_each(v[j].raw, put_code, &p, reterr);
	}
	return rc;
}

/* ---- looked up ---- */

/* The things a key gives, each once, as its head. */
static enum rc things(struct store *s, int stmt, const char *kind, struct span key,
		      struct store_code *ret, struct err *reterr)
{
	struct store_things t = {.n = 0};
	struct db_q q;
	enum rc rc = store_things(s, kind, &t, reterr);

	if (rc == RC_OK) {
		rc = db_query(&q, s->db, stmt,
			      DB_V(db_text(key), db_str(kind), db_int(STORE_CODE_MAX)), reterr);
		while (rc == RC_OK && ret->n < STORE_CODE_MAX && db_next(&q)) {
			int64_t no = store_things_head(&t, db_col_int(&q, 0));
			size_t i = 0;

			while (i < ret->n && ret->no[i] != no)
				i++;
			ret->no[i] = no;
			ret->n += i == ret->n;
		}
		rc = db_end(&q, rc, reterr);
	}
	store_things_free(&t);
	return rc;
}

/*
 * An input method leaves a letter that no keyboard has; without one, what merely sounds alike would
 * be taken for what was meant. (Undone by a third letter, "ass" -> "as", it leaves no trace.)
 */
static bool is_spoiled(const char *typed)
{
	for (; *typed; typed++)
		if ((unsigned char)*typed >= 0x80)
			return true;
	return false;
}

enum rc store_code(struct store *s, const char *kind, const char *typed, struct store_code *ret,
		   struct err *reterr)
{
	struct store_code found = {.n = 0};
	struct buf key;
	enum rc rc;

	buf_init(&key, LIMIT_TEXT);
	rc = store_code_key(span_str(typed), &key, reterr);
	if (rc == RC_OK && key.len > 0)
		rc = things(s, ST_ALT_FIND, kind, span_buf(&key), &found, reterr);
	buf_reset(&key);
	if (rc == RC_OK && found.n == 0 && is_spoiled(typed))
		rc = store_code_telex(span_str(typed), &key, reterr);
	if (rc == RC_OK && key.len > 0) {
		rc = things(s, ST_TELEX_FIND, kind, span_buf(&key), &found, reterr);
		found.mangled = found.n > 0;
	}
	if (rc == RC_OK)
		*ret = found;
	buf_free(&key);
	return rc;
}
