/* SPDX-License-Identifier: BSD-2-Clause */
/* confine.h - the master's own role. */
#ifndef MASTER_CONFINE_H
#define MASTER_CONFINE_H

#include "daemon/master/complaint.h"

#include <stdbool.h>

struct master;

/* Has this process the capabilities that the configuration asks for?  0, or -EPERM after a
 * complaint. */
int confine_check(const struct master *master, const struct complaint *to);

/* Takes the role for good; ends the process where a step fails. */
void confine_master(const struct master *master);

/* For a program that takes over: the role is in force already.  Does what an execve undoes, and
 * reads the rest back.  False: it is not as it must be. */
bool confine_again(const struct master *master);

/* Has this process the capabilities that confine_master() would leave it?  private_network: the
 * master has one. */
bool confine_is_in_force(const struct master *master, bool private_network);

#endif
