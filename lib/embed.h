/*
 * embed: files that are part of the program.
 *
 * cmake/embed.cmake turns files into a constant table at build time; names are
 * paths relative to the base given there: "lang/vi.json", "forms/asset.json".
 * The table and these functions are the generated file; there is no embed.c.
 */
#ifndef KK_LIB_EMBED_H
#define KK_LIB_EMBED_H

#include <stddef.h>
#include <stdint.h>

struct embed_file {
	const char *name;
	const uint8_t *data; /* followed by a NUL that len does not count */
	size_t len;          /* bytes */
};

/* The file of that name, or NULL. */
const struct embed_file *embed_find(const char *name);
/* The i-th file, in byte order of names; NULL past the end. */
const struct embed_file *embed_at(size_t i);

#endif
