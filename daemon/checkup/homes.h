/* SPDX-License-Identifier: BSD-2-Clause */
/* homes.h - the home of each user, entered as that user. */
#ifndef CHECKUP_HOMES_H
#define CHECKUP_HOMES_H

#include "daemon/checkup/findings.h"
#include "daemon/protocol/checking.h"

struct homes;

/* NULL: no memory. */
struct homes *homes_new(const struct config *config, struct findings *findings);

/* Checks one user's home, or waits for a free place to do so. */
void homes_look(struct homes *homes, const struct check_user *user);

/* Waits for the rest, and frees. */
void homes_finish(struct homes *homes);

#endif
