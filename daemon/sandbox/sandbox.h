/* SPDX-License-Identifier: BSD-2-Clause */
/* sandbox.h - gives up everything that a role does not need, according to its
 * orders (orders.h), reads each step back from the kernel, and ends the process
 * if anything differs (I7). */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "daemon/roles.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifndef SANITIZE_BUILD
#define SANITIZE_BUILD 0
#endif

/* A build with sanitizers has no filters, and reports on standard error. */
enum { WITH_SANITIZERS = SANITIZE_BUILD };

/* What a JAIL may do to the files beneath its root, as far as Landlock can
 * distinguish it; a set of bits. */
enum file_use {
    USE_LIST = 1 << 0,   /* open directories for reading */
    USE_READ = 1 << 1,   /* open files for reading */
    USE_WRITE = 1 << 2,  /* open files for writing, truncate them */
    USE_MAKE = 1 << 3,   /* new files, links included */
    USE_REMOVE = 1 << 4, /* files */
    USE_MKDIR = 1 << 5,
    USE_RMDIR = 1 << 6,
    USE_MOVE = 1 << 7, /* from one directory into another */
    USE_ALL = (1 << 8) - 1,
};

/* Takes the role: groups, gid, uid, root (the directory at empty_root), limits,
 * capabilities (all five sets), no_new_privs, dumpable off, Landlock, filter;
 * closes no descriptor.  The process is root, as the master executed it.
 * Returns only if the kernel confirms every step; otherwise dies with one log
 * line. */
void sandbox_enter(enum role role, int empty_root);

/* A process that has a role takes a narrower one: auth after it has forked its
 * hash pool, the hash pool, a hasher.  Name, limits and filter of the row; ids,
 * root and capabilities are the same.  Dies if a step fails. */
void sandbox_narrow(enum role role);

/* A child of a zygote takes its own role: its name, no further processes, and the
 * filter that refuses what only the zygote needs; everything else was confined
 * before the fork and is inherited.  Dies if a step fails. */
void sandbox_child(enum role role);

/* JAIL at the log-in: takes gid, groups and uid, enters home as that user, makes
 * it the root, gives up the three capabilities and proves it, and keeps access to
 * the files beneath it as `files` (enum file_use) allows.
 * Returns 0, or the step that failed (enum jail_step) with *error = errno;
 * after a failure the process must exit. */
int sandbox_become(uid_t uid, gid_t gid, const gid_t *groups, size_t group_count, const char *home,
                   uint32_t files, int *error);

/* The rest of it once more, after it has returned JAIL_HOME: the home was made meanwhile. */
int sandbox_enter_home(uid_t uid, gid_t gid, const gid_t *groups, size_t group_count,
                       const char *home, uint32_t files, int *error);

#endif
