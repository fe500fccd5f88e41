/*
 * listing: the row by which lists find a check or statement (archive_submission): a pure function of what the
 * archive holds, so that `verify --all` can make it again. Not here: who writes it (ingest_submission).
 */
#ifndef KK_COLLECTOR_LISTING_H
#define KK_COLLECTOR_LISTING_H

#include "server-stub/stand.h"
#include "sync/keyring.h"

/* Is the form one that is submitted as a whole? Lines and the register are not. */
bool listing_is(const struct form *f);

struct listing {
	struct archive_reader *r;
	const struct form_set *forms;
	const struct keyring *keyring;
};
/* *retwords is filled anew; ret->words lies in it. e: with its state; line as stand_of has it. */
enum rc listing_row(const struct listing *l, const struct archive_entity *e,
		    const struct matter_line *line, struct archive_submission *ret,
		    struct buf *retwords, struct err *reterr);
/* But for words. */
bool listing_same(const struct archive_submission *a, const struct archive_submission *b);
/* What checks of one thing have in common: their commune, kind, and the place (or unit, or nothing) they name. */
int64_t listing_subject(const char *scope, const char *kind, const char *of);
/* The field that names the thing a check is of, and the kind of that; NULL: none. */
const struct form_field *listing_of(const struct form *f);
/* The words of a text, folded, without signs between them; for what is looked for likewise. */
enum rc listing_words(const char *text, struct buf *out, struct err *reterr);

#endif
