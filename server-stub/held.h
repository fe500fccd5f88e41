/*
 * held: what a held entry itself says, for whoever decides whether it counts: it stands in no record yet. Its stored
 * bytes are opened anew first (canonical form, id, signature against its author's key), and what fails there is told in
 * place of what they say: bytes that prove nothing are never shown as facts. Clauses A10, E1-E21 as they show.
 */
#ifndef KK_COLLECTOR_HELD_H
#define KK_COLLECTOR_HELD_H

#include "lib/json.h"
#include "server-stub/archive.h"
#include "server-stub/ingest.h"
#include "sync/view.h"

enum {
	HELD_FIELDS = 6, /* of an entry that are told; of the others their number */
	HELD_TEXT = 200  /* bytes of a text; a longer one is cut and ends in "…" */
};

/* Whose, and as whom. */
struct held_look {
	struct archive_reader *r; /* another one than the row comes from */
	const struct ingest_snapshot *snap;
	struct view_as as; /* lang, title, ctx; the form is found */
};

/*
 * Add to o: "verified"; when false "clause" and "wrong" (text), and nothing else. Of a record's entry "kind",
 * "kind_label", "id", "counts" (something of the record does), "title" as it counts now, else as the entry gives
 * it, "fields" [{"field","label","text"} …] in the order of the form, "more" (how many are not told), "reason"; of
 * an erased one "erased" in place of the fields.
 */
enum rc held_says(const struct held_look *l, const struct archive_row *row, struct json *o,
		  struct err *reterr);

#endif
