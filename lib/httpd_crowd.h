/*
 * httpd_crowd: how many connections each network has open (os_address_net: an IPv4 address, a /64 of IPv6), so that
 * none of them takes all. Thread-safe. Does NOT know HTTP.
 */
#ifndef KK_LIB_HTTPD_CROWD_H
#define KK_LIB_HTTPD_CROWD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

struct httpd_crowd;

/* connections: how many there are at most; each: how many of one network. */
enum rc httpd_crowd_new(struct httpd_crowd **ret, unsigned connections, unsigned each,
			struct err *reterr);
void httpd_crowd_free(struct httpd_crowd *c); /* NULL is fine */
/* May one more come from there (a struct sockaddr)? Counts nothing: the connection may still fail. */
bool httpd_crowd_room(struct httpd_crowd *c, const void *sockaddr);
/* It is open. What httpd_crowd_leave wants, never 0; 0 where there was no place to count it. */
size_t httpd_crowd_enter(struct httpd_crowd *c, const void *sockaddr);
void httpd_crowd_leave(struct httpd_crowd *c, size_t place); /* 0 is fine */

#endif
