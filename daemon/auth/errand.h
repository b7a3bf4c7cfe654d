/* SPDX-License-Identifier: BSD-2-Clause */
/* errand.h - what auth has done by a process of its own, since it has no files: a home is made, a
 * hash in the user file is replaced (protocol/errand.h). */
#ifndef AUTH_ERRAND_H
#define AUTH_ERRAND_H

#include "daemon/auth/errand_table.h"

#include <stdbool.h>
#include <stdint.h>

struct auth;
struct attempt;

void errands_init(struct errands *errands);

/* Asks for the home of this attempt.  False: too many at a time, or the master is gone. */
bool errand_home(struct auth *auth, const struct attempt *attempt);

/* Asks for the hash of this attempt's user to be replaced by `to`, where nothing is against it. */
void errand_rehash(struct auth *auth, const struct attempt *attempt, const char *to);

/* How it went with a home. */
struct home_made {
    uint64_t cell;
    int error; /* 0 or an errno */
};

/* Each returns true where it ends an errand about a home: *made says how. */

/* The master has started the process; owns fd. */
bool errand_came(struct auth *auth, uint32_t number, int fd, struct home_made *made);
/* It has not. */
bool errand_refused(struct auth *auth, uint32_t number, int error, struct home_made *made);
/* The process has answered, or ended. */
bool errand_serve(struct auth *auth, struct errand *errand, struct home_made *made);

#endif
