/*
 * zip: members of a ZIP file that lies in memory, one at a time, in pieces.
 *
 * What inflates is bounded by a budget of the whole file, whatever its directory claims: a bomb
 * costs no more than that. Names are taken as bytes. Does NOT write, and reads no encrypted,
 * split or nested archives. By minizip.
 */
#ifndef KK_LIB_ZIP_H
#define KK_LIB_ZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

struct zip;

/* A ZIP file at all, by its first bytes, or what is left of one that ends within them? */
bool zip_is(struct span bytes);
/*
 * bytes is borrowed until zip_free; budget: bytes that may inflate in all. RC_INPUT "zip.broken";
 * RC_LIMIT "zip.members" over LIMIT_ZIP_MEMBERS.
 */
enum rc zip_open(struct zip **ret, struct span bytes, size_t budget, struct err *reterr);
void zip_free(struct zip *z);
/* Begin a member; what was open ends. RC_NOTFOUND "zip.no_member" {name}, RC_INPUT "zip.broken". */
enum rc zip_member(struct zip *z, const char *name, struct err *reterr);
/*
 * The next bytes of it, at most cap; *retn 0 at its end, when its checksum has been compared.
 * RC_LIMIT "zip.too_large" {max} when the budget is used up; RC_INPUT "zip.broken".
 */
enum rc zip_read(struct zip *z, uint8_t *p, size_t cap, size_t *retn, struct err *reterr);

#endif
