/* SPDX-License-Identifier: BSD-2-Clause */
/* addr.h - socket addresses. */
#ifndef COMMON_ADDR_H
#define COMMON_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDR_TEXT_ROOM = 80 };

/* Turns an IPv4-mapped IPv6 address into the IPv4 address; leaves others alone. */
void addr_unmap(struct sockaddr_storage *address);

/* "192.0.2.1" or "2001:db8::1", without port, NUL-ended; "?" for other families. */
const char *addr_text(const struct sockaddr_storage *address, char text[ADDR_TEXT_ROOM]);

/* Parses an address without a port, an IPv6 scope only as a number ("%2"), so
 * that a confined process may call it.  False leaves *to alone. */
bool addr_parse_host(const char *text, struct sockaddr_storage *to);

/* The same for text written on this machine: a scope may also be the name of an
 * interface ("%eth0"), which is looked up. */
bool addr_parse_host_here(const char *text, struct sockaddr_storage *to);

/* The same with a port: "192.0.2.1:21", "[2001:db8::1]:21"; "*:21" is not an address. */
bool addr_parse_here(const char *text, struct sockaddr_storage *to);

uint16_t addr_port(const struct sockaddr_storage *address);
void addr_set_port(struct sockaddr_storage *address, uint16_t port);
socklen_t addr_size(const struct sockaddr_storage *address);

/* Do family, address and IPv6 scope agree?  Ports are ignored. */
bool addr_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b);

/* Does the address that a client sent (EPRT, PORT) mean peer?  "::" and "0.0.0.0",
 * which lftp sends on the loopback, do; so does a link-local address without its
 * scope, which EPRT cannot express. */
bool addr_means_host(const struct sockaddr_storage *sent, const struct sockaddr_storage *peer);

/* The address that limits and bans count: of IPv4 the whole, of IPv6 the /64; port 0. */
void addr_key(const struct sockaddr_storage *address, struct sockaddr_storage *key);

/* A hash of the bytes of an address, keyed so that no client can choose addresses that collide. */
uint64_t addr_hash(const struct sockaddr_storage *address, uint64_t secret);

/* The /48 of an IPv6 address, which limits count as well: one customer may own
 * all of it.  False: the address is not IPv6. */
bool addr_network(const struct sockaddr_storage *address, struct sockaddr_storage *network);

enum {
    ADDR_KEY_BITS = 64,      /* of IPv6, that addr_key keeps */
    ADDR_NETWORK_BITS = 48,  /* ... and addr_network */
    ADDR_NETWORK_FACTOR = 8, /* the limits of a network are this many times those of an address */
};

/* Is address in the CIDR block "10.0.0.0/8", "2001:db8::/32" or a single address? -1: not a
 * block. */
int addr_in_block(const struct sockaddr_storage *address, const char *block);

/* Is every item of a list, separated by commas and blanks, a block?  An empty list is valid. */
bool addr_blocks_check(const char *list);

/* Is address in one of a list's blocks? */
bool addr_in_blocks(const struct sockaddr_storage *address, const char *list);

/* Is address in `allowed`, or is that list empty?  And is it not in `denied`? */
bool addr_is_allowed(const struct sockaddr_storage *address, const char *allowed,
                     const char *denied);

#endif
