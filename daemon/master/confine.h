/* SPDX-License-Identifier: BSD-2-Clause */
/* confine.h - the master's own role. */
#ifndef MASTER_CONFINE_H
#define MASTER_CONFINE_H

struct master;

/* Takes the role for good; ends the process where a step fails. */
void confine_master(const struct master *master);

#endif
