/* SPDX-License-Identifier: BSD-2-Clause */
/* owner.h - names of owners, for listings. */
#ifndef AUTH_OWNER_H
#define AUTH_OWNER_H

#include "daemon/auth/cell.h"

struct auth;

/* Answers a JAIL.  False: it may not ask that. */
bool owner_serve(const struct auth *auth, const struct cell *cell, const struct owner_ask *ask);

#endif
