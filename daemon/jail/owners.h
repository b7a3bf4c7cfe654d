/* owners.h - owners and groups as LIST shows them. */
#ifndef JAIL_OWNERS_H
#define JAIL_OWNERS_H

#include "daemon/jail/state.h"

enum { OWNER_ROOM = 33 };

/* The name for an id (enum owner_kind), as the policy has it, into text; NULL: the number is shown. */
const char *owner_name(struct jail *jail, uint32_t kind, uint32_t id, char text[OWNER_ROOM]);

#endif
