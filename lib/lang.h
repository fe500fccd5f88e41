/*
 * lang: every sentence a person reads, by key and language.
 *
 * The texts are lib/lang/vi.json and en.json: flat objects key -> text, embedded
 * in the programs at build time. {name} in a text is replaced by an argument.
 * A struct lang never changes after loading and may be shared between threads.
 * Not here: labels of form fields, which travel inside the signed form.
 */
#ifndef KK_LIB_LANG_H
#define KK_LIB_LANG_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

struct lang;

/* "vi" or "en" for a value of KIEMKE_LANG ("en", "en_US.UTF-8" …); NULL, "" and others: "vi". */
const char *lang_pick(const char *env_value);

/*
 * Load "vi" or "en" from the embedded files. RC_NOTFOUND "lang.unknown";
 * RC_CORRUPT "lang.corrupt" when the file is no flat object of strings.
 */
enum rc lang_load(const char *name, struct lang **ret, struct err *reterr);
/* The same from bytes (tests). `name` is what lang_name gives back. */
enum rc lang_parse(const char *name, struct span json, struct lang **ret, struct err *reterr);
void lang_free(struct lang *lang);

const char *lang_name(const struct lang *lang); /* "vi" */

/* Text of key, borrowed. A missing key gives the key itself and is counted. NULL lang: the key. */
const char *lang_text(const struct lang *lang, const char *key);
bool lang_has(const struct lang *lang, const char *key);
size_t lang_missing(const struct lang *lang); /* look-ups of missing keys so far */

/* Keys in byte order, for checks; NULL past the end. */
const char *lang_key(const struct lang *lang, size_t i);

/*
 * Append the text of key with {name} replaced; the variadic part is pairs
 * (const char *name, const char *value) ended by NULL. An unknown {name} stays as it is.
 */
void lang_format(const struct lang *lang, struct buf *out, const char *key, ...)
    __attribute__((sentinel));

/*
 * Append the message of *e with its arguments: "Dòng này không phải UTF-8 hợp lệ." An empty key is
 * rendered from the rc ("rc.nomem"). An argument NAME_en stands for {NAME} in English. Not the clause:
 * an answer has it in a member of its own, for it tells people of an office nothing.
 */
void lang_err(const struct lang *lang, const struct err *e, struct buf *out);
/* What a command line prints behind it: " (E7)"; nothing for "" or NULL. */
void lang_clause(const char *clause, struct buf *out);

#endif
