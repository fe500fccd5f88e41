/*
 * os_net: the section "the network as seen from here" of lib/os.h, on Linux. A netlink
 * socket says that something moved; what it is is read from the system again and compared
 * as one number, because addresses are renewed and announced all the time without any change.
 * Where there is no such socket, the number is made every few seconds instead. Does NOT open a
 * connection or send anything.
 */
#include "lib/os.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	POLL_MS = 5000,      /* between two looks when nothing tells of a change */
	ASK_MS = 2000,       /* for the network manager's answer */
	ROUTES_MAX = 1 << 20 /* bytes of a route table that are looked at: thousands of routes */
};

struct os_net {
	int fd;         /* -1: none */
	uint64_t seen;  /* of the last look */
	int64_t looked; /* os_mono_ms */
};

/* FNV-1a: tells two states apart; nobody attacks it but the owner of the machine. */
static uint64_t fold(uint64_t h, const void *p, size_t len)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * UINT64_C(1099511628211);
	return h;
}

static uint64_t fold_address(uint64_t h, const struct ifaddrs *a)
{
	const struct sockaddr_in *v4 = (const void *)a->ifa_addr;
	const struct sockaddr_in6 *v6 = (const void *)a->ifa_addr;

	if (!a->ifa_addr || !(a->ifa_flags & IFF_UP) || !(a->ifa_flags & IFF_RUNNING))
		return h;
	if (a->ifa_addr->sa_family == AF_INET)
		return fold(fold(h, a->ifa_name, strlen(a->ifa_name)), &v4->sin_addr,
			    sizeof(v4->sin_addr));
	if (a->ifa_addr->sa_family == AF_INET6)
		return fold(fold(h, a->ifa_name, strlen(a->ifa_name)), &v6->sin6_addr,
			    sizeof(v6->sin6_addr));
	return h;
}

/* Interface, destination and gateway of each route: the columns that do not count packets. */
static uint64_t fold_routes(uint64_t h)
{
	struct buf text;
	struct span rest, line;

	buf_init(&text, ROUTES_MAX);
	if (os_file_read("/proc/net/route", &text, NULL) == RC_OK) {
		rest = span_buf(&text);
		while (span_line(&rest, &line)) {
			size_t tabs = 0, n = 0;
			while (n < line.len && tabs < 3)
				tabs += line.p[n++] == '\t';
			h = fold(h, line.p, n);
		}
	}
	buf_free(&text);
	return h;
}

static uint64_t look(void)
{
	uint64_t h = UINT64_C(14695981039346656037);
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all) == 0) {
		for (const struct ifaddrs *a = all; a; a = a->ifa_next)
			h = fold_address(h, a);
		freeifaddrs(all);
	}
	return fold_routes(h);
}

static int listen_route(void)
{
	struct sockaddr_nl to = {.nl_family = AF_NETLINK,
				 .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE |
					      RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&to, sizeof(to)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

enum rc os_net_watch(struct os_net **ret, struct err *reterr)
{
	struct os_net *n = calloc(1, sizeof(*n));

	if (!n)
		return err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);
	n->fd = listen_route();
	n->seen = look();
	n->looked = os_mono_ms();
	*ret = n;
	return RC_OK;
}

void os_net_free(struct os_net *n)
{
	if (n && n->fd >= 0)
		close(n->fd);
	free(n);
}

/* Take what waits; true if anything did, or more came than the socket could hold. */
static bool drain(int fd)
{
	uint8_t step[8192];
	bool any = false;
	ssize_t got;

	for (;;) {
		got = recv(fd, step, sizeof(step), 0);
		if (got == 0 || (got < 0 && errno != ENOBUFS && errno != EINTR))
			return any;
		any = true;
	}
}

bool os_net_changed(struct os_net *n)
{
	int64_t now = os_mono_ms();
	uint64_t is;
	bool changed;

	if (!(n->fd >= 0 ? drain(n->fd) : now - n->looked >= POLL_MS))
		return false;
	is = look();
	changed = is != n->seen;
	n->seen = is;
	n->looked = now;
	return changed;
}

/* Is there a system bus to ask? Where there is none, no program is started to find that out at every sync. */
static bool bus_there(void)
{
	return getenv("DBUS_SYSTEM_BUS_ADDRESS") || access("/run/dbus/system_bus_socket", F_OK) == 0;
}

/* NetworkManager's NMMetered: 1 yes, 3 it guesses so (a phone's hotspot, a modem). */
bool os_net_metered(void)
{
	static const char *const argv[] = {"busctl",
					   "--timeout=2",
					   "get-property",
					   "org.freedesktop.NetworkManager",
					   "/org/freedesktop/NetworkManager",
					   "org.freedesktop.NetworkManager",
					   "Metered",
					   NULL};
	const struct os_spawn how = {.argv = argv, .pipe_out = true, .pipe_err = true};
	struct os_proc *p = NULL;
	struct buf out, none;
	int status = -1;
	bool yes = false;

	buf_init(&out, 256);
	buf_init(&none, 4096);
	if (bus_there() && os_proc_start(&p, &how, NULL) == RC_OK &&
	    os_proc_talk(p, span_of(NULL, 0), &out, &none, ASK_MS, &status, NULL) == RC_OK)
		yes = status == 0 && (span_eq_str(span_buf(&out), "u 1\n") ||
				      span_eq_str(span_buf(&out), "u 3\n"));
	os_proc_free(p);
	buf_free(&none);
	buf_free(&out);
	return yes;
}

/* ---- whose the other end is ---- */

enum diag { DIAG_OURS, DIAG_OTHERS, DIAG_NONE, DIAG_SILENT };

/* Whose socket that is, from a port of 127.0.0.1 to another; to 0: the one that listens. */
static enum diag ask_diag(uint16_t from, uint16_t to)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 what;
	} q = {.head = {.nlmsg_len = sizeof(q),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST},
	       .what = {.sdiag_family = AF_INET,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = UINT32_MAX,
			.id = {.idiag_sport = htons(from),
			       .idiag_dport = htons(to),
			       .idiag_src = {htonl(INADDR_LOOPBACK)},
			       .idiag_dst = {to ? htonl(INADDR_LOOPBACK) : 0},
			       .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}}};
	union {
		struct nlmsghdr head;
		uint8_t bytes[1024];
	} a;
	const struct inet_diag_msg *m = NLMSG_DATA(&a.head);
	const struct nlmsgerr *e = NLMSG_DATA(&a.head);
	const struct timeval wait = {.tv_sec = 1};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	ssize_t n = -1;

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0 &&
	    send(fd, &q, sizeof(q), 0) == (ssize_t)sizeof(q))
		n = recv(fd, &a, sizeof(a), 0);
	if (fd >= 0)
		close(fd);
	if (n >= (ssize_t)NLMSG_LENGTH(sizeof(*e)) && a.head.nlmsg_type == NLMSG_ERROR)
		return e->error == -ENOENT ? DIAG_NONE : DIAG_SILENT;
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(*m)))
		return DIAG_SILENT;
	return m->idiag_uid == geteuid() ? DIAG_OURS : DIAG_OTHERS;
}

/*
 * A peer that is gone already is nobody's: whoever sends and cuts the line at once must not pass
 * for us. But a system without this service says the same of every socket, ours included.
 */
bool os_peer_foreign(const void *sockaddr, uint16_t port)
{
	const struct sockaddr_in *peer = sockaddr;
	enum diag found;

	if (!peer || peer->sin_family != AF_INET ||
	    peer->sin_addr.s_addr != htonl(INADDR_LOOPBACK))
		return true;
	found = ask_diag(ntohs(peer->sin_port), port);
	return found == DIAG_OTHERS || (found == DIAG_NONE && ask_diag(port, 0) == DIAG_OURS);
}
