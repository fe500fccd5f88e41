/*
 * os_posix_address: which addresses are of the public Internet (os_address_public of lib/os.h). The
 * tables are IANA's special-purpose registries (RFC 6890 and its updates). Does NOT look up names.
 */
#include "lib/os.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct block {
	uint8_t first[4];
	unsigned bits;
};

/* Not public, of IPv4. */
static const struct block four[] = {
    {{0}, 8},            /* this network */
    {{10}, 8},           /* private */
    {{100, 64}, 10},     /* shared, behind an operator's NAT */
    {{127}, 8},          /* this machine */
    {{169, 254}, 16},    /* link; clouds tell their machines' secrets there */
    {{172, 16}, 12},     /* private */
    {{192, 0, 0}, 24},   /* protocols */
    {{192, 0, 2}, 24},   /* documentation */
    {{192, 88, 99}, 24}, /* 6to4 relays of before */
    {{192, 168}, 16},    /* private */
    {{198, 18}, 15},     /* benchmarks */
    {{198, 51, 100}, 24}, {{203, 0, 113}, 24}, /* documentation */
    {{224}, 3},          /* multicast, reserved, broadcast */
};

/* Of IPv6 only 2000::/3 is given out; of that these are not public, or carry an IPv4 address. */
static const struct block six[] = {
    {{0x20, 0x01, 0x00}, 23},       /* protocols, Teredo, ORCHID */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4 */
    {{0x3f, 0xff, 0x00}, 20},       /* documentation */
};

static bool within(const uint8_t *address, const struct block *b)
{
	size_t whole = b->bits / 8;
	unsigned rest = b->bits % 8;

	return memcmp(address, b->first, whole) == 0 &&
	       (rest == 0 || (address[whole] ^ b->first[whole]) >> (8 - rest) == 0);
}

static bool in_any(const uint8_t *address, const struct block *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (within(address, &table[i]))
			return true;
	return false;
}

static bool public_four(const uint8_t *address)
{
	return !in_any(address, four, sizeof(four) / sizeof(four[0]));
}

bool os_address_public(const void *sockaddr)
{
	const struct sockaddr *a = sockaddr;
	const struct in6_addr *ip;

	if (!a)
		return false;
	if (a->sa_family == AF_INET)
		return public_four((const uint8_t *)&((const struct sockaddr_in *)sockaddr)->sin_addr);
	if (a->sa_family != AF_INET6)
		return false;
	ip = &((const struct sockaddr_in6 *)sockaddr)->sin6_addr;
	return ip->s6_addr[0] >> 5 == 1 && !in_any(ip->s6_addr, six, sizeof(six) / sizeof(six[0]));
}

intptr_t os_socket_new(int family, int type, int protocol)
{
	return socket(family, type | SOCK_CLOEXEC, protocol);
}
