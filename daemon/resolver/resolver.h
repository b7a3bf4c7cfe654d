/* SPDX-License-Identifier: BSD-2-Clause */
/* resolver.h - the process that looks up the host names of passive_address. */
#ifndef RESOLVER_H
#define RESOLVER_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Looks up the names of the configuration until the master is gone.  FD_MASTER and FD_SCRIBE are
 * open.  Owns config. */
_Noreturn void resolver_run(struct config *config);

enum { ANSWERS_MAX = 16 };

/* What a name has: its IPv4 addresses, in network order. */
struct answers {
    const char *error; /* NULL: there are addresses */
    size_t count;
    uint32_t address[ANSWERS_MAX];
};

/* lookup.c: asks for a name, with getaddrinfo(3); may wait for some seconds. */
void lookup(const char *name, struct answers *answers);

/* lookup.c: the address to announce: the old one where it is still among them, otherwise the first
 * public one.  0: none is public. */
uint32_t answers_choose(const struct answers *answers, uint32_t old);

/* rehearsal.c: the self-test of this program.  NULL, or the part of the role's work that failed:
 * errno. */
const char *resolver_rehearse(enum role role);

#endif
