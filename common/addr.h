/* addr.h - socket addresses. */
#ifndef COMMON_ADDR_H
#define COMMON_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDR_TEXT_ROOM = 80 };

/* An IPv4-mapped IPv6 address becomes the IPv4 address it carries; others stay. */
void addr_unmap(struct sockaddr_storage *address);

/* "192.0.2.1" or "2001:db8::1", without port, NUL-ended; "?" for other families. */
const char *addr_text(const struct sockaddr_storage *address, char text[ADDR_TEXT_ROOM]);

/* An address without a port; an IPv6 scope ("%2") as a number.  Pure, so a
 * confined process may use it.  False leaves *to alone. */
bool addr_parse_host(const char *text, struct sockaddr_storage *to);

/* The same for text of this machine's administrator or user: a scope may also
 * be an interface's name ("%eth0"), which is looked up. */
bool addr_parse_host_here(const char *text, struct sockaddr_storage *to);

/* With a port: "192.0.2.1:21", "[2001:db8::1]:21"; "*:21" is no address. */
bool addr_parse_here(const char *text, struct sockaddr_storage *to);

uint16_t addr_port(const struct sockaddr_storage *address);
void addr_set_port(struct sockaddr_storage *address, uint16_t port);
socklen_t addr_size(const struct sockaddr_storage *address);

/* Same family and same address; ports are not looked at; IPv6 scopes are. */
bool addr_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b);

/* Does the address that a client says (EPRT, PORT) mean peer?  So do "::" and
 * "0.0.0.0", which lftp says on the loopback, and a link-local address without
 * its scope, for which EPRT has no words. */
bool addr_means_host(const struct sockaddr_storage *said, const struct sockaddr_storage *peer);

/* What limits and bans count by: IPv4 the address, IPv6 its /64, port 0. */
void addr_key(const struct sockaddr_storage *address, struct sockaddr_storage *key);

/* The network that an IPv6 address counts with as well, its /48, which one
 * customer may have whole.  False: it has none, as it is not IPv6. */
bool addr_network(const struct sockaddr_storage *address, struct sockaddr_storage *network);

enum {
    ADDR_KEY_BITS = 64,      /* of IPv6, what addr_key leaves */
    ADDR_NETWORK_BITS = 48,  /* ... and addr_network */
    ADDR_NETWORK_FACTOR = 8, /* a network's limits are so many times those of an address */
};

/* Is address in the CIDR block "10.0.0.0/8", "2001:db8::/32" or a single address? -1: not a block. */
int addr_in_block(const struct sockaddr_storage *address, const char *block);

/* Is every block of a list, separated by commas and blanks, one?  The empty list is fine. */
bool addr_blocks_check(const char *list);

/* Is address in one of a list's blocks? */
bool addr_in_blocks(const struct sockaddr_storage *address, const char *list);

#endif
