/*
 * import: what is here already, and what the file had before. Does NOT read rows.
 */
#include "agent/import.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypt.h"
#include "lib/limits.h"
#include "sync/twin.h"

enum { SLOTS_MIN = 1024 };

/* ---- what was seen ---- */

struct import_slot {
	uint8_t hash[CRYPT_HASH_LEN];
	uint8_t id[16];
	int64_t line; /* 0: a record here */
	bool used;
};

void import_seen_init(struct import_seen *s)
{
	*s = (struct import_seen){0};
}

void import_seen_free(struct import_seen *s)
{
	free(s->slot);
	*s = (struct import_seen){0};
}

/* The slot of a hash: its own or a free one. cap is a power of two and never full. */
static struct import_slot *slot_of(struct import_slot *slot, size_t cap,
				   const uint8_t hash[CRYPT_HASH_LEN])
{
	uint64_t at;

	memcpy(&at, hash, sizeof(at));
	for (;; at++) {
		struct import_slot *x = &slot[at & (cap - 1)];
		if (!x->used || memcmp(x->hash, hash, CRYPT_HASH_LEN) == 0)
			return x;
	}
}

static enum rc grow(struct import_seen *s, struct err *reterr)
{
	size_t cap = s->cap ? s->cap * 2 : SLOTS_MIN;
	struct import_slot *slot = calloc(cap, sizeof(*slot));

	if (!slot)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i < s->cap; i++)
		if (s->slot[i].used)
			*slot_of(slot, cap, s->slot[i].hash) = s->slot[i];
	free(s->slot);
	s->slot = slot;
	s->cap = cap;
	return RC_OK;
}

enum rc import_seen_add(struct import_seen *s, struct span key, const uint8_t *id, int64_t line,
			struct err *reterr)
{
	uint8_t hash[CRYPT_HASH_LEN];
	struct import_slot *x;
	enum rc rc;

	if (s->n * 2 >= s->cap) {
		rc = grow(s, reterr);
		if (rc != RC_OK)
			return rc;
	}
	crypt_sha256(key.p, key.len, hash);
	x = slot_of(s->slot, s->cap, hash);
	if (x->used)
		return RC_OK;
	*x = (struct import_slot){.line = line, .used = true};
	memcpy(x->hash, hash, sizeof(hash));
	if (id)
		memcpy(x->id, id, sizeof(x->id));
	s->n++;
	return RC_OK;
}

bool import_seen_find(const struct import_seen *s, struct span key, const uint8_t **retid,
		      int64_t *retline)
{
	uint8_t hash[CRYPT_HASH_LEN];
	const struct import_slot *x;

	if (s->cap == 0)
		return false;
	crypt_sha256(key.p, key.len, hash);
	x = slot_of(s->slot, s->cap, hash);
	if (!x->used)
		return false;
	*retid = x->line == 0 ? x->id : NULL;
	*retline = x->line;
	return true;
}

void import_seen_whole(const struct form *f, const struct json *wire, struct buf *out)
{
	struct json *o = record_ordered(f, wire, false);

	json_remove(o, "reason");
	buf_add_str(out, "whole ");
	(void)json_write(o, false, out, NULL);
	json_free(o);
}

struct filling {
	struct import_seen *s;
	const struct form *form;
	struct err *reterr;
	enum rc rc;
};

static bool fill_take(void *arg, const struct look_item *x)
{
	struct filling *f = arg;
	struct json *rec = merge_json(x->state, x->form);
	struct buf key;

	buf_init(&key, LIMIT_JSON_TEXT);
	for (size_t i = 0; f->rc == RC_OK && twin_field(f->form->name, i); i++) {
		twin_key(f->form->name, i, rec, &key);
		if (key.len > 0)
			f->rc = import_seen_add(f->s, span_buf(&key), x->id, 0, f->reterr);
		buf_reset(&key);
	}
	import_seen_whole(f->form, rec, &key);
	if (f->rc == RC_OK)
		f->rc = import_seen_add(f->s, span_buf(&key), x->id, 0, f->reterr);
	buf_free(&key);
	json_free(rec);
	return f->rc == RC_OK;
}

enum rc import_seen_store(struct import_seen *s, struct record_batch *b, const struct form *f,
			  struct err *reterr)
{
	struct store_filter filter = {.kind = f->name};
	struct filling fill = {s, f, reterr, RC_OK};
	enum rc rc = look_each(b->agent, &filter, fill_take, &fill, reterr);

	return rc == RC_OK ? fill.rc : rc;
}
