/*
 * httpd_crowd: see httpd_crowd.h. A place a network: there are never more than connections, and a connection is dear
 * enough for a walk over them.
 */
#include "lib/httpd_crowd.h"

#include <stdlib.h>
#include <string.h>

#include "lib/os.h"

enum { NET_LEN = 64 };

struct place {
	char net[NET_LEN];
	unsigned open; /* 0: free */
};

struct httpd_crowd {
	struct os_mutex *mutex;
	unsigned each;
	size_t n;
	struct place place[];
};

enum rc httpd_crowd_new(struct httpd_crowd **ret, unsigned connections, unsigned each,
			struct err *reterr)
{
	struct httpd_crowd *c = calloc(1, sizeof(*c) + connections * sizeof(c->place[0]));
	enum rc rc = c ? os_mutex_new(&c->mutex, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);

	if (rc == RC_OK) {
		c->each = each;
		c->n = connections;
		*ret = c;
	} else {
		free(c);
	}
	return rc;
}

void httpd_crowd_free(struct httpd_crowd *c)
{
	if (!c)
		return;
	os_mutex_free(c->mutex);
	free(c);
}

static void net_of(const void *sockaddr, char ret[NET_LEN])
{
	char address[NET_LEN];

	os_address_text(sockaddr, address, sizeof(address));
	os_address_net(address, ret, NET_LEN);
}

/* Its place, or (free: the first that nobody has); NULL: none. */
static struct place *find(struct httpd_crowd *c, const char *net, bool free)
{
	struct place *empty = NULL;

	for (size_t i = 0; i < c->n; i++) {
		struct place *p = &c->place[i];

		if (p->open > 0 && strcmp(p->net, net) == 0)
			return p;
		if (p->open == 0 && !empty)
			empty = p;
	}
	return free ? empty : NULL;
}

bool httpd_crowd_room(struct httpd_crowd *c, const void *sockaddr)
{
	const struct place *p;
	char net[NET_LEN];
	bool room;

	net_of(sockaddr, net);
	os_mutex_lock(c->mutex);
	p = find(c, net, false);
	room = !p || p->open < c->each;
	os_mutex_unlock(c->mutex);
	return room;
}

size_t httpd_crowd_enter(struct httpd_crowd *c, const void *sockaddr)
{
	struct place *p;
	char net[NET_LEN];

	net_of(sockaddr, net);
	os_mutex_lock(c->mutex);
	p = find(c, net, true);
	if (p) {
		memcpy(p->net, net, sizeof(p->net));
		p->open++;
	}
	os_mutex_unlock(c->mutex);
	return p ? (size_t)(p - c->place) + 1 : 0;
}

void httpd_crowd_leave(struct httpd_crowd *c, size_t place)
{
	if (place == 0)
		return;
	os_mutex_lock(c->mutex);
	c->place[place - 1].open--;
	os_mutex_unlock(c->mutex);
}
