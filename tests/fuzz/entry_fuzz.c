/*
 * entry_fuzz: any bytes as the line of an entry. What the parser refuses names its clause; what it
 * takes reads back the same; and explain, which runs the same checks one by one and goes on
 * after a fault, never finds more nor less than the parser, which stops at the first.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "sync/authority.h"
#include "sync/entry.h"
#include "sync/entry_parse.h"
#include "sync/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The author of the corpus: lines made from its seed by tests/vectors/make_vectors.py. */
static const char author[] = "884b8857f4eaa1613c61504db34d4beaf346517a0e31de3cddd4d9b4201d9d0b";

static void must(bool so)
{
	if (!so)
		abort();
}

/* What was taken is whole: its fields are a tree, the bodies read, a field is found by its name. */
static void look(const struct entry *e)
{
	struct json *fields = entry_fields_json(e);
	uint8_t leaf[ENTRY_LEAF_LEN];

	must(fields != NULL && json_len(fields) == e->nfield);
	json_free(fields);
	for (size_t i = 0; i < e->nfield; i++) {
		char *name = span_dup(e->field[i].name);
		struct json *v = entry_value_json(e->field[i].raw);
		must(name != NULL && v != NULL && json_kind(v) == e->field[i].type);
		if (!memchr(e->field[i].name.p, '\\', e->field[i].name.len))
			must(entry_field(e, name) == &e->field[i]);
		json_free(v);
		free(name);
	}
	entry_leaf(e, leaf);
	must(memcmp(leaf + 32, e->sig, CRYPT_SIG_LEN) == 0);
}

/* Form and body of the line, whoever signed it: RC_OK or the clause that is broken. */
static bool well_formed(struct span line)
{
	struct entry *e = NULL;
	struct err why;

	err_clear(&why);
	enum rc rc = entry_parse(line, &e, &why);
	if (rc == RC_OK) {
		look(e);
		rc = authority_check(e, &why);
		entry_free(e);
	}
	must(rc == RC_OK || (rc == RC_REFUSED && why.clause[0] != '\0' && why.key[0] != '\0'));
	return rc == RC_OK;
}

/* Opened with its key: then it can be loaded again and is the same. */
static bool opened(struct span line, const uint8_t key[CRYPT_PK_LEN])
{
	struct entry *e = NULL, *again = NULL;
	struct err why;

	if (entry_open_key(line, key, &e, &why) != RC_OK) {
		must(why.clause[0] != '\0');
		return false;
	}
	must(entry_load(e->payload, e->sig, key, &again, NULL) == RC_OK);
	must(span_eq(e->line, again->line) && memcmp(e->id, again->id, sizeof(e->id)) == 0);
	uint8_t feed[ENTRY_FEED_LEN];
	must(entry_peek_feed(line, feed) && memcmp(feed, e->feed, sizeof(feed)) == 0);
	entry_free(again);
	entry_free(e);
	return true;
}

/* Does explain find nothing broken? */
static bool explained(struct span bytes, const uint8_t (*key)[CRYPT_PK_LEN])
{
	struct explain_in in = {.bytes = bytes,
				.kind = EXPLAIN_LINE,
				.key = key,
				.nkey = key ? 1 : 0};
	struct json *r = NULL;
	bool ok = false;

	must(explain_bytes(&in, &r, NULL) == RC_OK && json_get_bool(r, "ok", &ok));
	char *text = json_print(r); /* whole: nothing in it is broken */
	must(text != NULL);
	free(text);
	json_free(r);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t key[1][CRYPT_PK_LEN];
	struct span rest = span_of(data, len), line;

	must(crypt_init(NULL) == RC_OK);
	must(codec_hex_32(span_str(author), key[0]));
	bool framed = span_line(&rest, &line) && rest.len == 0;
	if (!framed)
		line = span_of(data, len);
	bool form = well_formed(line), open = opened(line, key[0]);
	must(!open || form);
	must(explained(span_of(data, len), NULL) == (framed && form));
	must(explained(span_of(data, len), (const uint8_t(*)[CRYPT_PK_LEN])key) ==
	     (framed && open));
	return 0;
}
