/* SPDX-License-Identifier: BSD-2-Clause */
/* admission.h - decides who may log in, and as what, as far as this does not depend on the
 * password. */
#ifndef AUTH_ADMISSION_H
#define AUTH_ADMISSION_H

#include "daemon/auth/attempt.h"

struct auth;
struct errand_found;

/* Fills in .refusal, .hash, .source, and for a user who may log in .who and .policy.  False: there is no
 * user file, or no group file that has the groups of all [group] sections. */
bool admission_check(const struct auth *auth, struct attempt *attempt);

/* The same for a user whom another source knows, and whose password is right: fills in .who and
 * .policy.  REFUSED_NOT, or why the user may not log in. */
enum refusal admission_found(const struct auth *auth, struct attempt *attempt,
                             const struct errand_found *found);

#endif
