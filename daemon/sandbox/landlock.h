/* SPDX-License-Identifier: BSD-2-Clause */
/* landlock.h - the second wall behind the filters: a Landlock domain, as strict
 * as the running kernel supports. */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

#include "daemon/roles.h"

#include <stdbool.h>
#include <stdint.h>

/* The ABI that this kernel supports; 0: none. */
int landlock_abi(void);

/* Enters a domain: no access to files, except for `files` (enum file_use; 0:
 * nothing) beneath the current root; no TCP bind or connect unless the network is
 * NETWORK_ALL; no signal to a process outside, and no abstract socket of one.
 * What the kernel's ABI lacks is left out; true if there is no Landlock at all.
 * False with errno if the kernel refuses. */
bool landlock_enter(uint32_t files, enum role_network network);

/* The domain of the resolver: reads beneath /etc and /run, connects to TCP port 53. */
bool landlock_enter_names(void);

#endif
