/* SPDX-License-Identifier: BSD-2-Clause */
/* check_program.h - has a role's program look at something, confined, and end:
 * the master itself reads no key, no hash and no certificate. */
#ifndef MASTER_CHECK_PROGRAM_H
#define MASTER_CHECK_PROGRAM_H

#include "daemon/master/complaint.h"
#include "daemon/master/programs.h"
#include "daemon/protocol/checking.h"
#include "daemon/protocol/from_master.h"

#include <stdbool.h>

struct master;

struct check_run {
    const struct complaint *to;
    int faults;
    bool broken; /* the program did not check everything: not the fault of what it looked at */
    /* Sends the program what it is to look at, by check_program_give; NULL: nothing.  False: it has
     * ended. */
    bool (*give)(int channel, const struct config *config, struct check_run *run);
    /* Each struct check_user that comes; NULL: they are ignored. */
    void (*on_user)(void *context, const struct check_user *user);
    /* The same for certificates. */
    void (*on_certificate)(void *context, const struct check_certificate *certificate);
    void *context;
};

/* Runs the program and passes its complaints to run->to; faults are counted. */
void check_program(const struct master *master, enum program program, struct check_run *run);

/* Reports a fault, or a warning, of a file that was to be handed over. */
void check_program_complain(struct check_run *run, bool fatal, const char *path, const char *fault);

/* Hands over the file; closes fd.  False: the program has ended. */
bool check_program_give(int channel, enum fm_file which, uint32_t index, int fd);

#endif
