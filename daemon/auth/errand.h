/* SPDX-License-Identifier: BSD-2-Clause */
/* errand.h - what auth has done by a process of its own, since it has no files: a home is made, a
 * hash in the user file is replaced, the checker is asked (protocol/errand.h). */
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

/* How many more log-ins can be asked about at this time: as many at a time as hashes are computed,
 * and some errands are left for homes. */
bool errand_may_ask(const struct auth *auth);
/* Asks the attempt's source. */
bool errand_ask(struct auth *auth, struct attempt *attempt);
/* The answer about this attempt is not needed any longer.  The process goes on and counts. */
void errand_give_up(struct errands *errands, const struct attempt *attempt);

/* How an errand went. */
struct errand_end {
    enum errand_kind kind;
    int error; /* 0 or an errno */
    uint64_t cell;
    struct attempt *attempt;   /* of a log-in that it was about, or NULL */
    struct errand_found found; /* ... what its source says, where .error is 0 */
};

/* Each returns true where it ends an errand that a log-in waits for: *end says how. */

/* The master has started the process; owns fd. */
bool errand_came(struct auth *auth, uint32_t number, int fd, struct errand_end *end);
/* It has not. */
bool errand_refused(struct auth *auth, uint32_t number, int error, struct errand_end *end);
/* The process has answered, or ended. */
bool errand_serve(struct auth *auth, struct errand *errand, struct errand_end *end);

#endif
