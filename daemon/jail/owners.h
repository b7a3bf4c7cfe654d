/* SPDX-License-Identifier: BSD-2-Clause */
/* owners.h - owners and groups as LIST shows them. */
#ifndef JAIL_OWNERS_H
#define JAIL_OWNERS_H

#include "daemon/jail/state.h"

enum { OWNER_SIZE = 33 };

/* Puts the name of an id (enum owner_kind) into text, as the policy wants it.  NULL: show the
 * number. */
const char *owner_name(struct jail *jail, uint32_t kind, uint32_t id, char text[OWNER_SIZE]);

#endif
