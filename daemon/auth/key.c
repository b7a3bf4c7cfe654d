/* SPDX-License-Identifier: BSD-2-Clause */
/* key.c - runs in auth: addresses as keys of tables. */
#include "daemon/auth/key.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

static void key_from(const struct sockaddr_storage *plain, bool network, struct key *key)
{
    memset(key, 0, sizeof *key);
    key->network = network;
    if (plain->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)plain;
        memcpy(key->bytes, &four->sin_addr, sizeof four->sin_addr);
        key->family = AF_INET;
    } else if (plain->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)plain;
        memcpy(key->bytes, &six->sin6_addr, sizeof six->sin6_addr);
        key->family = AF_INET6;
        key->scope = six->sin6_scope_id;
    }
}

void key_of(const struct sockaddr_storage *address, struct key *key)
{
    struct sockaddr_storage plain;
    addr_key(address, &plain);
    key_from(&plain, false, key);
}

bool key_network_of(const struct sockaddr_storage *address, struct key *network)
{
    struct sockaddr_storage plain;
    if (!addr_network(address, &plain))
        return false;
    key_from(&plain, true, network);
    return true;
}

bool key_network(const struct key *key, struct key *network)
{
    struct sockaddr_storage address;
    key_address(key, &address);
    return key_network_of(&address, network);
}

uint32_t key_bits(const struct key *key)
{
    if (key->family == AF_INET)
        return 32;
    return key->network ? ADDR_NETWORK_BITS : ADDR_KEY_BITS;
}

const char *key_text(const struct key *key, char text[KEY_TEXT_ROOM])
{
    struct sockaddr_storage address;
    char host[ADDR_TEXT_ROOM];
    key_address(key, &address);
    (void)addr_text(&address, host);
    if (key->family == AF_INET6)
        (void)text_format(text, KEY_TEXT_ROOM, "%s/%u", host, key_bits(key));
    else
        (void)text_copy(text, KEY_TEXT_ROOM, host);
    return text;
}

void key_address(const struct key *key, struct sockaddr_storage *address)
{
    memset(address, 0, sizeof *address);
    if (key->family == AF_INET) {
        struct sockaddr_in *four = (struct sockaddr_in *)address;
        memcpy(&four->sin_addr, key->bytes, sizeof four->sin_addr);
    } else if (key->family == AF_INET6) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
        memcpy(&six->sin6_addr, key->bytes, sizeof six->sin6_addr);
        six->sin6_scope_id = key->scope;
    }
    address->ss_family = (sa_family_t)key->family;
}

bool key_equal(const struct key *a, const struct key *b)
{
    return a->family == b->family && a->network == b->network && a->scope == b->scope &&
           memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* FNV-1a with a secret start, and a final mix so that all bits of the result
 * depend on all bytes.  The tables have at most some ten thousand entries: a
 * collision found in spite of the secret costs a few comparisons. */
uint64_t key_sum(uint64_t secret, const void *bytes, size_t n)
{
    const uint8_t *byte = bytes;
    uint64_t sum = 0xcbf29ce484222325U ^ secret;
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ byte[i]) * 0x100000001b3U;
    sum ^= sum >> 32;
    sum *= 0xd6e8feb86659fd93U;
    return sum ^ sum >> 32;
}

uint64_t key_secret(void)
{
    uint64_t secret;
    while (getrandom(&secret, sizeof secret, 0) != (ssize_t)sizeof secret) {
        if (errno != EINTR)
            die("auth: getrandom: %s", strerror(errno));
    }
    return secret;
}
