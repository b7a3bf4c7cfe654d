/* SPDX-License-Identifier: BSD-2-Clause */
/* proxy_address.c - the addresses that a PROXY header may name.  Apart from the parser, as processes
 * that parse none check them. */
#include "common/proxy_header.h"

#include <stdint.h>

static bool ipv4_is_usable(uint32_t address)
{
    return address != INADDR_ANY && address != INADDR_BROADCAST && !IN_MULTICAST(address);
}

bool proxy_address_is_usable(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
    if (address->ss_family == AF_INET)
        return in->sin_port != 0 && ipv4_is_usable(ntohl(in->sin_addr.s_addr));
    if (address->ss_family != AF_INET6 || in6->sin6_port == 0)
        return false;
    const struct in6_addr *ipv6 = &in6->sin6_addr;
    return !IN6_IS_ADDR_UNSPECIFIED(ipv6) && !IN6_IS_ADDR_MULTICAST(ipv6) &&
           !IN6_IS_ADDR_V4MAPPED(ipv6) && !IN6_IS_ADDR_V4COMPAT(ipv6);
}
