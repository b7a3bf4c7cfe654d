/* SPDX-License-Identifier: BSD-2-Clause */
/* programs.h - the role programs in libexec: opened and checked once at the
 * start, and executed by descriptor, so that no other file runs. */
#ifndef MASTER_PROGRAMS_H
#define MASTER_PROGRAMS_H

#include "daemon/config/config.h"
#include "daemon/master/complaint.h"
#include "daemon/roles.h"

#include <stdbool.h>
#include <sys/stat.h>

/* One file each. */
enum program {
    PROGRAM_AUTH,
    PROGRAM_DIALER,
    PROGRAM_KEEPER,
    PROGRAM_SCRIBE,
    PROGRAM_CONTROL,
    PROGRAM_RESOLVER,
    PROGRAM_GREETER,
    PROGRAM_HOMES,
    PROGRAM_REHASH,
    PROGRAM_CHECKER,
    PROGRAM_EVENTS,
    PROGRAM_METRICS,
    PROGRAM_NET,  /* as a zygote: forks the NETs */
    PROGRAM_JAIL, /* as a zygote: forks the JAILs */
    PROGRAMS
};

struct programs {
    int fd[PROGRAMS]; /* O_PATH; -1: not opened */
    struct stat about[PROGRAMS];
};

/* The program that starts as this role; PROGRAMS: none does. */
enum program program_of(enum role role);
enum role program_role(enum program program);
const char *program_name(enum program program);

/* Opens and checks all of them: each program and its directory must belong to
 * root or to the owner of this program, and be writable only for that owner.
 * 0, or -errno after one complaint that names the file. */
int programs_open(struct programs *programs, const struct complaint *to);
void programs_close(struct programs *programs);

/* Has a program changed on disk since it was opened? */
bool programs_changed(const struct programs *programs);

enum { PROGRAM_ARGUMENTS_MAX = 2 };

/* In a child of the master: executes the program with these arguments (ended by
 * NULL) and with nothing in its environment but what the program needs.
 * Returns only where that fails: errno. */
void program_execute(const struct programs *programs, enum program program,
                     const char *const arguments[], const char *time_zone,
                     enum process_titles titles);

/* The path of this program, as it was installed.  False: /proc does not say. */
bool program_own_path(char *to, size_t room);

/* Opens the program that is installed at this path now, with the same checks: O_PATH, close-on-exec;
 * or -1 after a complaint. */
int program_open_own(const char *path, const struct complaint *to);

/* Takes over open programs.  False: errno. */
bool programs_adopt(struct programs *programs, const int32_t fds[PROGRAMS]);

#endif
