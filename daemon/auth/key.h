/* SPDX-License-Identifier: BSD-2-Clause */
/* key.h - the keys of auth's counts: an address as limits count it (addr_key) or
 * its network (addr_network), in a small form, as there may be thousands. */
#ifndef AUTH_KEY_H
#define AUTH_KEY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key {
    uint16_t family;
    uint16_t network;  /* 1: an IPv6 /48; 0: an address, of IPv6 its /64 */
    uint32_t scope;    /* of link-local addresses: the link */
    uint8_t bytes[16]; /* IPv4: the first four, the others 0 */
};

/* IPv4 whole, IPv6 its /64; other families: all the same key. */
void key_of(const struct sockaddr_storage *address, struct key *key);

/* The key of the address' network.  False: it has none. */
bool key_network_of(const struct sockaddr_storage *address, struct key *network);
bool key_network(const struct key *key, struct key *network);

/* How many bits of the address count: 32, 64 or 48. */
uint32_t key_bits(const struct key *key);

/* "192.0.2.1", "2001:db8:1:2::/64". */
enum { KEY_TEXT_ROOM = 96 };
const char *key_text(const struct key *key, char text[KEY_TEXT_ROOM]);

/* The address, as addr_key or addr_network returned it. */
void key_address(const struct key *key, struct sockaddr_storage *address);

bool key_equal(const struct key *a, const struct key *b);

/* A keyed hash of n bytes, for hash tables with keys that attackers can choose. */
uint64_t key_sum(uint64_t secret, const void *bytes, size_t n);

/* A random secret for key_sum. */
uint64_t key_secret(void);

#endif
