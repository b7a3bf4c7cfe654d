/* rehearsal.h - what the self-test's process of each role does for a trial. */
#ifndef SANDBOX_REHEARSAL_H
#define SANDBOX_REHEARSAL_H

#include "daemon/roles.h"

enum { SETTING_ROOM = 192 };

/* Made before the confinement. */
struct stage {
    int ends[2];                /* a socket pair */
    int file;                   /* a sealed memfd of some bytes */
    int listener;               /* a TCP listener, or -1 */
    char setting[SETTING_ROOM]; /* the cheapest hash of our kind */
};

/* False with errno: the machine has no descriptors left, or no loopback. */
bool stage_open(struct stage *stage);

/* The work of a role, in small.  NULL, or which part of it failed (errno says how). */
const char *rehearse(enum role role, const struct stage *stage);

/* A call that a role must be refused, with arguments that would do no harm. */
struct forbidden_call {
    const char *name;
    uint32_t roles; /* bits of enum role */
    long argument[6];
};

extern const struct forbidden_call forbidden_calls[];
extern const size_t forbidden_call_count;

#endif
