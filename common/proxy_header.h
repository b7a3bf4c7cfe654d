/* SPDX-License-Identifier: BSD-2-Clause */
/* proxy_header.h - the header of the PROXY protocol, versions 1 and 2, with which a balancer
 * says whose connection it passes on.  Pure. */
#ifndef COMMON_PROXY_HEADER_H
#define COMMON_PROXY_HEADER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum { PROXY_HEADER_MAX = 4096 };

enum proxy_state {
    PROXY_MORE,   /* the beginning of a header */
    PROXY_BAD,    /* none, or one that is not accepted */
    PROXY_LOCAL,  /* the balancer's own connection: no client */
    PROXY_CLIENT, /* a client's */
};

struct proxy_header {
    size_t size; /* of PROXY_LOCAL and PROXY_CLIENT: what comes after is the client's */
    struct sockaddr_storage source, destination; /* of PROXY_CLIENT alone */
};

/* Judges the n bytes that have come.  A header of more than PROXY_HEADER_MAX bytes is bad. */
enum proxy_state proxy_header_parse(const void *bytes, size_t n, struct proxy_header *header);

/* May a connection have this end?  Not with port 0, and not an unspecified, multicast or
 * broadcast address. */
bool proxy_address_is_usable(const struct sockaddr_storage *address);

#endif
