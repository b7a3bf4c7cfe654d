/* SPDX-License-Identifier: BSD-2-Clause */
/* passive_check.c - what the resolver and its answers may say; calls nothing else, as every program
 * of the daemon has it. */
#include "common/passive.h"

#include "common/text.h"

#include <arpa/inet.h>
#include <string.h>

bool passive_name_is_valid(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char may[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    enum { LABEL_MAX = 63, LENGTH_MAX = 253 };
    const size_t length = strlen(name);
    if (length == 0 || length > LENGTH_MAX || strspn(name, may) != length ||
        !strpbrk(name, letters))
        return false;
    for (const char *label = name; *label;) {
        const size_t n = strcspn(label, ".");
        if (n == 0 || n > LABEL_MAX || label[0] == '-' || label[n - 1] == '-')
            return false;
        label += n + (label[n] == '.');
    }
    return true;
}

#define NETWORK(a, b, c, bits)                                                                     \
    {                                                                                              \
        (uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8, bits                       \
    }

bool passive_address_is_public(uint32_t address)
{
    static const struct {
        uint32_t first;
        unsigned bits;
    } others[] = {
        NETWORK(0, 0, 0, 8),      /* this network */
        NETWORK(10, 0, 0, 8),     /* private, RFC 1918 */
        NETWORK(100, 64, 0, 10),  /* of carriers, RFC 6598 */
        NETWORK(127, 0, 0, 8),    /* loopback */
        NETWORK(169, 254, 0, 16), /* link-local */
        NETWORK(172, 16, 0, 12),  /* private */
        NETWORK(192, 0, 0, 24),   /* protocols, RFC 6890 */
        NETWORK(192, 168, 0, 16), /* private */
        NETWORK(198, 18, 0, 15),  /* benchmarks, RFC 2544 */
        NETWORK(224, 0, 0, 3),    /* multicast and reserved */
    };
    const uint32_t host = ntohl(address);
    for (size_t i = 0; i < COUNT(others); i++) {
        if ((host ^ others[i].first) >> (32 - others[i].bits) == 0)
            return false;
    }
    return true;
}
