/* landlock.h - the second wall behind the filters: a domain of the kernel's
 * Landlock, as strict as the running kernel's version of it can be. */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

#include "daemon/roles.h"

#include <stdbool.h>
#include <stdint.h>

/* The ABI that this kernel offers; 0: none. */
int landlock_abi(void);

/* Enters a domain, for good: no file but, beneath the present root, what
 * `files` (enum file_use; 0: nothing) names; no TCP port to bind or connect
 * unless the network is NETWORK_ALL; no signal to a process outside, no
 * abstract socket of one.  What the kernel's ABI lacks is left out; true where
 * it has no Landlock at all.  False with errno where it refuses. */
bool landlock_enter(uint32_t files, enum role_network network);

#endif
