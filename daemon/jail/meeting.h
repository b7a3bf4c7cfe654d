/* meeting.h - what parts.c and reap.c share: one hidden name that is met. */
#ifndef JAIL_MEETING_H
#define JAIL_MEETING_H

#include "daemon/jail/parts.h"

struct meeting {
    const struct jail *jail;
    const struct place *place; /* of the target */
    const char *name;          /* the hidden one, in the same directory */
    enum part_wish wish;
    struct jail_usage *gone; /* grows by what is removed; or NULL */
};

/* enum part_found, or -errno. */
int meeting_in_turns(const struct meeting *m);

/* Removes the name.  PART_NONE or -errno. */
int meeting_remove(const struct meeting *m, const struct statx *about);

#endif
