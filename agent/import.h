/*
 * import: what op import needs beside agent/record: which records are here already. Not here: the
 * rows themselves (op_import.c, import_file.c).
 */
#ifndef KK_AGENT_IMPORT_H
#define KK_AGENT_IMPORT_H

#include "agent/record.h"

/* Keys of things seen: a set of texts, each with the place it was seen at. */
struct import_seen {
	struct import_slot *slot;
	size_t n, cap;
};
void import_seen_init(struct import_seen *s);
void import_seen_free(struct import_seen *s);
/* A record here (id) or a row of the file (line; then id is NULL). The first one stays. */
enum rc import_seen_add(struct import_seen *s, struct span key, const uint8_t *id, int64_t line,
			struct err *reterr);
/* False when it was not seen. *retid: NULL for a row of the file. */
bool import_seen_find(const struct import_seen *s, struct span key, const uint8_t **retid,
		      int64_t *retline);
/* Every record of the kind: its twin keys, and its whole content as one key. */
enum rc import_seen_store(struct import_seen *s, struct record_batch *b, const struct form *f,
			  struct err *reterr);
/* The whole content of wire values as a key. */
void import_seen_whole(const struct form *f, const struct json *wire, struct buf *out);

#endif
