/* SPDX-License-Identifier: BSD-2-Clause */
/* addr.c - socket addresses.  In every program; pure, except for the two parsers
 * that end in _here, which look up the interface of a scope. */
#include "common/addr.h"

#include "common/text.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

static struct sockaddr_in *in4(struct sockaddr_storage *address)
{
    return (struct sockaddr_in *)(void *)address;
}

static struct sockaddr_in6 *in6(struct sockaddr_storage *address)
{
    return (struct sockaddr_in6 *)(void *)address;
}

static const struct sockaddr_in *in4_of(const struct sockaddr_storage *address)
{
    return (const struct sockaddr_in *)(const void *)address;
}

static const struct sockaddr_in6 *in6_of(const struct sockaddr_storage *address)
{
    return (const struct sockaddr_in6 *)(const void *)address;
}

void addr_unmap(struct sockaddr_storage *address)
{
    if (address->ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&in6(address)->sin6_addr))
        return;
    const struct sockaddr_in6 from = *in6(address);
    memset(address, 0, sizeof *address);
    struct sockaddr_in *to = in4(address);
    to->sin_family = AF_INET;
    to->sin_port = from.sin6_port;
    memcpy(&to->sin_addr, &from.sin6_addr.s6_addr[12], sizeof to->sin_addr);
}

const char *addr_text(const struct sockaddr_storage *address, char text[ADDR_TEXT_ROOM])
{
    const void *bytes = NULL;
    if (address->ss_family == AF_INET)
        bytes = &in4_of(address)->sin_addr;
    else if (address->ss_family == AF_INET6)
        bytes = &in6_of(address)->sin6_addr;
    if (!bytes || !inet_ntop(address->ss_family, bytes, text, ADDR_TEXT_ROOM))
        (void)text_copy(text, ADDR_TEXT_ROOM, "?");
    return text;
}

/* What follows the '%' of a link-local address: the number of an interface, or
 * its name, which takes a socket to look up. */
typedef bool scope_parser(const char *text, uint32_t *scope);

static bool scope_number(const char *text, uint32_t *scope)
{
    uint64_t number;
    if (!number_parse(text, 1, UINT32_MAX, &number))
        return false;
    *scope = (uint32_t)number;
    return true;
}

static bool scope_here(const char *text, uint32_t *scope)
{
    if (scope_number(text, scope))
        return true;
    *scope = if_nametoindex(text);
    return *scope != 0;
}

static bool ipv6_parse(const char *text, scope_parser *scope, struct sockaddr_storage *to)
{
    char plain[ADDR_TEXT_ROOM];
    if (!text_copy(plain, sizeof plain, text))
        return false;
    struct sockaddr_storage made = { .ss_family = AF_INET6 };
    char *percent = strchr(plain, '%');
    if (percent) {
        *percent = '\0';
        if (!scope(percent + 1, &in6(&made)->sin6_scope_id))
            return false;
    }
    if (inet_pton(AF_INET6, plain, &in6(&made)->sin6_addr) != 1)
        return false;
    *to = made;
    return true;
}

static bool host_parse(const char *text, scope_parser *scope, struct sockaddr_storage *to)
{
    struct sockaddr_storage made = { .ss_family = AF_INET };
    if (inet_pton(AF_INET, text, &in4(&made)->sin_addr) != 1)
        return ipv6_parse(text, scope, to);
    *to = made;
    return true;
}

bool addr_parse_host(const char *text, struct sockaddr_storage *to)
{
    return host_parse(text, scope_number, to);
}

bool addr_parse_host_here(const char *text, struct sockaddr_storage *to)
{
    return host_parse(text, scope_here, to);
}

bool addr_parse_here(const char *text, struct sockaddr_storage *to)
{
    char host[ADDR_TEXT_ROOM];
    struct sockaddr_storage made;
    uint64_t port;

    const char *colon = strrchr(text, ':');
    if (!colon || !number_parse(colon + 1, 0, UINT16_MAX, &port))
        return false;
    const bool bracketed = text[0] == '[';
    size_t length = (size_t)(colon - text);
    if (bracketed) {
        if (length < 2 || text[length - 1] != ']')
            return false;
        text++;
        length -= 2;
    }
    if (length >= sizeof host)
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    /* IPv6 needs its brackets: "::1:21" could be either. */
    if (!addr_parse_host_here(host, &made) || (made.ss_family == AF_INET6) != bracketed)
        return false;
    addr_set_port(&made, (uint16_t)port);
    *to = made;
    return true;
}

uint16_t addr_port(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return ntohs(in4_of(address)->sin_port);
    if (address->ss_family == AF_INET6)
        return ntohs(in6_of(address)->sin6_port);
    return 0;
}

void addr_set_port(struct sockaddr_storage *address, uint16_t port)
{
    if (address->ss_family == AF_INET)
        in4(address)->sin_port = htons(port);
    else if (address->ss_family == AF_INET6)
        in6(address)->sin6_port = htons(port);
}

socklen_t addr_size(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return sizeof(struct sockaddr_in);
    if (address->ss_family == AF_INET6)
        return sizeof(struct sockaddr_in6);
    return sizeof address->ss_family;
}

bool addr_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET)
        return in4_of(a)->sin_addr.s_addr == in4_of(b)->sin_addr.s_addr;
    if (a->ss_family == AF_INET6)
        return IN6_ARE_ADDR_EQUAL(&in6_of(a)->sin6_addr, &in6_of(b)->sin6_addr) &&
               in6_of(a)->sin6_scope_id == in6_of(b)->sin6_scope_id;
    return false;
}

bool addr_means_host(const struct sockaddr_storage *sent, const struct sockaddr_storage *peer)
{
    struct sockaddr_storage meant = *sent;
    if (sent->ss_family != peer->ss_family)
        return false;
    if (sent->ss_family == AF_INET && in4_of(sent)->sin_addr.s_addr == INADDR_ANY)
        return true;
    if (sent->ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&in6_of(sent)->sin6_addr))
        return true;
    if (sent->ss_family == AF_INET6 && in6_of(sent)->sin6_scope_id == 0)
        in6(&meant)->sin6_scope_id = in6_of(peer)->sin6_scope_id;
    return addr_same_host(&meant, peer);
}

void addr_key(const struct sockaddr_storage *address, struct sockaddr_storage *key)
{
    struct sockaddr_storage from = *address;
    addr_unmap(&from);
    memset(key, 0, sizeof *key); /* all of it: keys may be compared and hashed as bytes */
    key->ss_family = from.ss_family;
    if (from.ss_family == AF_INET) {
        in4(key)->sin_addr = in4(&from)->sin_addr;
    } else if (from.ss_family == AF_INET6) {
        memcpy(&in6(key)->sin6_addr, &in6(&from)->sin6_addr, ADDR_KEY_BITS / 8);
        in6(key)->sin6_scope_id = in6(&from)->sin6_scope_id;
    }
}

uint64_t addr_hash(const struct sockaddr_storage *address, uint64_t secret)
{
    const unsigned char *bytes = (const unsigned char *)address;
    uint64_t hash = secret;
    for (socklen_t i = 0; i < addr_size(address); i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
    return hash >> 32 ^ hash;
}

bool addr_network(const struct sockaddr_storage *address, struct sockaddr_storage *network)
{
    enum { BYTES = ADDR_NETWORK_BITS / 8 };
    addr_key(address, network);
    if (network->ss_family != AF_INET6)
        return false;
    memset(&in6(network)->sin6_addr.s6_addr[BYTES], 0, sizeof(struct in6_addr) - BYTES);
    return true;
}
/* an address, a slash, its bits */
enum { BLOCK_ROOM = ADDR_TEXT_ROOM + 4 };

/* A block's address and prefix length; an IPv4-mapped block becomes IPv4. */
static bool block_parse(const char *block, struct sockaddr_storage *network, unsigned *bits)
{
    char host[ADDR_TEXT_ROOM];
    const size_t length = strcspn(block, "/");
    if (length >= sizeof host)
        return false;
    memcpy(host, block, length);
    host[length] = '\0';
    if (!addr_parse_host(host, network))
        return false;
    uint64_t prefix = network->ss_family == AF_INET ? 32 : 128;
    if (block[length] == '/' && !number_parse(block + length + 1, 0, prefix, &prefix))
        return false;
    if (network->ss_family == AF_INET6 && prefix >= 96) {
        addr_unmap(network);
        if (network->ss_family == AF_INET)
            prefix -= 96;
    }
    *bits = (unsigned)prefix;
    return true;
}

static bool bits_equal(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    const unsigned whole = bits / 8;
    const unsigned rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

int addr_in_block(const struct sockaddr_storage *address, const char *block)
{
    struct sockaddr_storage network;
    unsigned bits;
    if (!block_parse(block, &network, &bits))
        return -1;
    struct sockaddr_storage plain = *address;
    addr_unmap(&plain);
    if (plain.ss_family != network.ss_family)
        return 0;
    if (plain.ss_family == AF_INET)
        return bits_equal((const unsigned char *)&in4(&plain)->sin_addr,
                          (const unsigned char *)&in4(&network)->sin_addr, bits);
    /* A block with a scope contains addresses of that link only. */
    const uint32_t scope = in6(&network)->sin6_scope_id;
    return (scope == 0 || scope == in6(&plain)->sin6_scope_id) &&
           bits_equal(in6(&plain)->sin6_addr.s6_addr, in6(&network)->sin6_addr.s6_addr, bits);
}

/* Copies the next block of a list; NULL: there is none, or (*fine false) it is too long. */
static const char *next_block(const char *list, char block[BLOCK_ROOM], bool *fine)
{
    static const char between[] = ", \t";
    const char *start = list + strspn(list, between);
    const size_t length = strcspn(start, between);
    *fine = length < BLOCK_ROOM;
    if (length == 0 || !*fine)
        return NULL;
    memcpy(block, start, length);
    block[length] = '\0';
    return start + length;
}

bool addr_blocks_check(const char *list)
{
    static const struct sockaddr_storage any = { .ss_family = AF_INET };
    char block[BLOCK_ROOM];
    bool fine;
    while ((list = next_block(list, block, &fine)) != NULL) {
        if (addr_in_block(&any, block) < 0)
            return false;
    }
    return fine;
}

bool addr_is_allowed(const struct sockaddr_storage *address, const char *allowed,
                     const char *denied)
{
    if (*denied && addr_in_blocks(address, denied))
        return false;
    return !*allowed || addr_in_blocks(address, allowed);
}

bool addr_in_blocks(const struct sockaddr_storage *address, const char *list)
{
    char block[BLOCK_ROOM];
    bool fine;
    while ((list = next_block(list, block, &fine)) != NULL) {
        if (addr_in_block(address, block) > 0)
            return true;
    }
    return false;
}
