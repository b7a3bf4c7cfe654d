/* sandbox.h - applies one row of roles.c to this process, reads each step back
 * from the kernel, and ends the process where anything differs (I7). */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "daemon/roles.h"

#ifndef SANITIZE_BUILD
#define SANITIZE_BUILD 0
#endif

/* A build with sanitizers has no filters, and reports on standard error. */
enum { WITH_SANITIZERS = SANITIZE_BUILD };

/* What does not come out of the table. */
struct confinement {
    const struct config *config;
    const struct role_ids *ids;
    int empty_root;       /* a directory of mode 0555 that holds nothing; roles with .empty_root */
    uint32_t nofile;      /* RLIMIT_NOFILE where the row leaves it open */
    bool private_network; /* the master's: CAP_SYS_ADMIN is the way back to the machine's network */
};

/* What a JAIL may do to the files beneath its root, as far as Landlock can tell
 * the difference; a set of bits. */
enum file_use {
    USE_LIST = 1 << 0,   /* open directories for reading */
    USE_READ = 1 << 1,   /* open files for reading */
    USE_WRITE = 1 << 2,  /* open files for writing, cut them */
    USE_MAKE = 1 << 3,   /* new files, links included */
    USE_REMOVE = 1 << 4, /* files */
    USE_MKDIR = 1 << 5,
    USE_RMDIR = 1 << 6,
    USE_MOVE = 1 << 7, /* from one directory into another */
    USE_ALL = (1 << 8) - 1,
};

/* Takes the role for good: groups, gid, uid, root, limits, capabilities (all
 * five sets), no_new_privs, dumpable off; closes nothing.  Returns only when
 * the kernel says that all of it holds; else dies with one log line. */
void sandbox_enter(enum role role, const struct confinement *confinement);

/* A process that already has its role takes a part of it for good: auth once its
 * nursery is forked, the nursery, a hasher.  Name, limits and filter of the
 * row; ids, root and capabilities are the same.  Dies where a step fails. */
void sandbox_narrow(enum role role);

/* A child of a cradle takes its own role: all that the cradle has, and no more
 * than `role` may.  Name, no further process, and the filter that refuses what
 * only the cradle needs; all else was confined before the fork, and is
 * inherited.  Dies where a step fails. */
void sandbox_born(enum role role);

/* JAIL at the log-in: takes gid, groups and uid whole, enters home as that
 * user, makes it the root, gives up the three capabilities and proves it, and
 * keeps of the files beneath it what `files` (enum file_use) names.
 * Returns 0, or the step that failed (enum jail_step) with *error = errno;
 * after a failure the process must end. */
int sandbox_become(uid_t uid, gid_t gid, const gid_t *groups, size_t group_count, const char *home,
                   uint32_t files, int *error);

/* Reads /proc-free facts of this process back and dies unless they are the row's. */
void sandbox_verify(enum role role, const struct confinement *confinement);

#endif
