/* SPDX-License-Identifier: BSD-2-Clause */
/* spawn.h - starts a role's program. */
#ifndef MASTER_SPAWN_H
#define MASTER_SPAWN_H

#include "daemon/ipc/channel.h"
#include "daemon/master/child.h"
#include "daemon/master/programs.h"
#include "daemon/roles.h"

/* Opens /dev/null at the numbers that a child's descriptors take, so that no
 * descriptor of the master has one of them. */
bool spawn_reserve_descriptors(void);

/* Starts the role's program: fds[n] becomes its descriptor n (channel.h), -1
 * leaves n closed; the images, and the root where it is -1, are filled in.  False: errno, logged. */
bool spawn_role(struct master *master, enum role role, int fds[FD_PLACES], struct child *child);

/* Starts a program in another mode ("check", "self-test"); the caller reaps it.
 * mode NULL: to serve.  The pid, or -1: errno. */
pid_t spawn_program(const struct master *master, enum program program, const char *mode,
                    int fds[FD_PLACES]);

/* The first program of another build, whose borders differ from ours
 * (program/borders.h); PROGRAMS: there is none.  *starts: it has said so; else it did not get so
 * far. */
enum program spawn_find_other_build(const struct master *master, bool *starts);
/* Is there none?  False after a complaint. */
bool spawn_programs_fit(const struct master *master, const struct complaint *to);

#endif
