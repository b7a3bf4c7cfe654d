/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.h - what a program does in its self-test, in each of its roles: the
 * calls that its work needs, with the same functions of libc (rule M5). */
#ifndef PROGRAM_REHEARSAL_H
#define PROGRAM_REHEARSAL_H

#include "daemon/ipc/channel.h"
#include "daemon/roles.h"

#include <stdbool.h>
#include <stddef.h>

/* Made by the master, at fixed descriptors, so that the programs need not contain the functions
 * that make them. */
enum {
    FD_STAGE_LISTENER = FD_AUTH,    /* a TCP listener; closed if the machine has no IPv4 */
    FD_STAGE_END = FD_JAIL,         /* a socket pair: this end ... */
    FD_STAGE_OTHER_END = FD_DIALER, /* ... and its other end */
    FD_STAGE_FILE = FD_KEEPER,      /* a memfd of some bytes, open to seals */
};

/* Ends a rehearsal with the part that failed. */
#define DOES(part)                                                                                 \
    if (!(part))                                                                                   \
    return #part

/* Parts that several programs share.  Each returns false with errno if it fails. */
bool sends_descriptor(void);
bool drops_descriptor(void); /* recv(2) drops the descriptor */
bool waits(void);

/* What every role does; NULL, or the part that failed.  NETs receive with recvmsg only. */
const char *rehearse_basics(bool is_net);
/* The loop of a shared process, and reading a configuration that it is handed. */
const char *rehearse_loop(bool gives_descriptors);
/* Both: the first part of every shared process but auth. */
const char *rehearse_shared(bool gives_descriptors);

/* A call that must be refused to some roles, with arguments that would do no harm. */
struct forbidden_call {
    const char *name;
    uint32_t roles; /* bits of enum role */
    long argument[6];
};

extern const struct forbidden_call forbidden_calls[];
extern const size_t forbidden_call_count;

#endif
