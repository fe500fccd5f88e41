/*
 * same: records of one thing. Clause M15.
 *
 * A record whose field `same_as` shows the id of another of its kind and scope is linked with
 * it; what hangs together by links, either way and through any number of them, is one thing,
 * its head the record with the smallest id. Links are the only thing kept: heads are computed
 * whenever they are asked for, so that clearing a field is all there is to separating. Pure:
 * from nodes to heads, and from what a person wants to the fields to write. Not here:
 * storage, whether two records are alike (sync/twin).
 */
#ifndef KK_SYNC_SAME_H
#define KK_SYNC_SAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define SAME_FIELD "same_as"

/* A record of one kind and scope that has values. */
struct same_node {
	uint8_t id[16], to[16];
	bool links;  /* its field shows `to` */
	int64_t no;  /* the caller's number */
	size_t head; /* set by same_join: index of the head in the sorted nodes; its own when alone */
};
struct same {
	struct same_node *node; /* by id, once joined */
	size_t n, cap;
};

void same_free(struct same *s);
/* Add a record (once). to NULL: its field shows no id. RC_NOMEM. */
enum rc same_add(struct same *s, const uint8_t id[16], int64_t no, const uint8_t *to,
		 struct err *reterr);
/* Sort and find the heads. A link to an id that was not added, or to itself, links nothing. RC_NOMEM. */
enum rc same_join(struct same *s, struct err *reterr);
/* Index of a record after same_join; SIZE_MAX when it was not added. */
size_t same_find(const struct same *s, const uint8_t id[16]);
/* How many records the thing of node i has. */
size_t same_count(const struct same *s, size_t i);

/* A field to write. */
struct same_write {
	size_t node;
	bool clear;     /* empty it */
	uint8_t to[16]; /* else the id to show */
};
/*
 * The one write that makes nodes a and b one thing and separates nothing: the larger head
 * shows the smaller one, or, when its field is in use, another of its records does.
 * RC_EXISTS "same.already"; RC_NOMEM.
 */
enum rc same_link(const struct same *s, size_t a, size_t b, struct same_write *ret,
		  struct err *reterr);
/*
 * The writes that take node x out and leave the others of its thing together: at most one a
 * record. *ret has room for s->n. RC_NOTFOUND "same.alone"; RC_NOMEM.
 */
enum rc same_unlink(const struct same *s, size_t x, struct same_write *ret, size_t *retn,
		    struct err *reterr);

#endif
