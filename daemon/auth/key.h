/* key.h - what auth counts by: an address as limits see it (addr_key), made
 * small enough to be kept by the thousand. */
#ifndef AUTH_KEY_H
#define AUTH_KEY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key {
    uint32_t family;
    uint32_t scope;    /* of link-local addresses: the link */
    uint8_t bytes[16]; /* IPv4: the first four, the others 0 */
};

/* IPv4 whole, IPv6 its /64; other families: all the same key. */
void key_of(const struct sockaddr_storage *address, struct key *key);

/* The address again, as addr_key gave it. */
void key_address(const struct key *key, struct sockaddr_storage *address);

bool key_equal(const struct key *a, const struct key *b);

/* A keyed sum of n bytes, for hash tables that strangers choose the keys of. */
uint64_t key_sum(uint64_t secret, const void *bytes, size_t n);

/* A random secret for key_sum. */
uint64_t key_secret(void);

#endif
