/* SPDX-License-Identifier: BSD-2-Clause */
/* passive.h - the addresses that a listener announces for passive data connections:
 * passive_address. */
#ifndef COMMON_PASSIVE_H
#define COMMON_PASSIVE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    PASSIVE_RULES_MAX = 8,     /* of one listener */
    PASSIVE_NETWORK_ROOM = 52, /* a CIDR block, with its NUL */
    PASSIVE_NAME_ROOM = 256,   /* a host name, with its NUL */
    PASSIVE_NAMES_MAX = 16     /* different names in all listeners */
};

/* "203.0.113.5", "ftp.example.org" or "10.0.0.0/8: 10.1.2.3"; all zero: not used. */
struct passive_rule {
    char network[PASSIVE_NETWORK_ROOM]; /* the clients that it is for; empty: all others */
    uint32_t address;                   /* IPv4, in network order; 0: that of the name */
    char name[PASSIVE_NAME_ROOM];       /* empty: the address is given */
};

bool passive_rule_is_set(const struct passive_rule *rule);

/* Reads one.  False: it is none, and *rule is all zero. */
bool passive_rule_parse(const char *text, struct passive_rule *rule);

/* The rule for a client: the first whose network holds it, otherwise the one without a network.
 * NULL: none. */
const struct passive_rule *passive_rule_for(const struct passive_rule rules[PASSIVE_RULES_MAX],
                                            const struct sockaddr_storage *client);

/* Is it a host name: letters, digits, hyphens and dots, and not only digits and dots? */
bool passive_name_is_valid(const char *name);

/* Can it be the address of a server on the Internet?  Private, loopback, link-local, multicast and
 * reserved addresses can't.  In network order. */
bool passive_address_is_public(uint32_t address);

#endif
