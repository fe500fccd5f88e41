/*
 * printed: what the papers of both programs have in common: where a finished PDF goes, the
 * national heading, texts of both languages. Over lib/paper. Not here: what a paper says.
 */
#ifndef KK_LIB_PRINTED_H
#define KK_LIB_PRINTED_H

#include "lib/json.h"
#include "lib/lang.h"
#include "lib/paper.h"

#define PRINTED_TEXT  13.0 /* points of a paper's text (Decree 30/2020: 13 to 14) */
#define PRINTED_SMALL 11.0
#define PRINTED_TITLE 15.0
#define PRINTED_TABLE 10.0

/*
 * Hand a document over: to the file named by member `arg` of in, else within the answer as
 * "file":{"name","type","content" in base64}. *o gets "pages" and, written, "out". RC_EXISTS never: a
 * file of that name is replaced, as a printer would print again.
 */
enum rc printed_give(struct pdf *pdf, const struct json *in, const char *arg, const char *name,
		     struct json *o, struct err *reterr);

/* The `print` of an operation that gives a paper. */
void printed_told(const struct lang *lang, const struct json *out, struct buf *text);

/* Who issues it at the left, the State's name and motto at the right. */
void printed_heading(struct paper *p, const struct lang *lang, const char *unit, const char *under);
/* A line of the language, {name} replaced by pairs ended by NULL. */
void printed_say(struct paper *p, const struct lang *lang, const struct paper_style *style,
		 const char *key, ...) __attribute__((sentinel));
/* The same text of the language, appended; NUL-terminated when it did not fail. */
const char *printed_text(const struct lang *lang, struct buf *b, const char *key, ...)
    __attribute__((sentinel));

/* A signer: office, who may sign (in italics), name (NULL: left open). */
struct printed_signer {
	const char *office, *note, *name;
};
/* Side by side over the width, with room for signatures; kept on one page. */
void printed_signers(struct paper *p, const struct printed_signer *s, size_t n);

#endif
