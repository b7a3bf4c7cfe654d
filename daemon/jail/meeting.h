/* meeting.h - one hidden file of an upload that is met: what it is, and what
 * becomes of it. */
#ifndef JAIL_MEETING_H
#define JAIL_MEETING_H

#include "daemon/protocol/net_jail.h"
#include "daemon/jail/beneath.h"
#include "daemon/jail/hidden.h"

struct jail;

enum {
    STALLED_SECONDS = 15, /* law C1: an upload that got no byte for so long yields */
};

enum part_found {
    PART_NONE,    /* nothing is in the way */
    PART_LEFT,    /* a cut upload left something */
    PART_STALLED, /* being uploaded, but it yields to a new STOR of the same owner */
    PART_BUSY,    /* being uploaded */
    PART_TAKEN,   /* only of parts_meet_own(): something else has the name */
};

enum part_wish {
    PART_LOOK,  /* settles what a killed session left */
    PART_CLEAR, /* and removes what a cut upload left */
    PART_TAKE,  /* and takes over from a stalled upload */
};

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

/* Meets all parts that lie beside the target's claim: goes over the whole directory.  PART_NONE or PART_LEFT. */
int meeting_beside(const struct meeting *m);

/* statx of this log-in's own part.  0, -ENOENT where there is none, or -errno. */
int parts_look_own(const struct jail *jail, const struct place *place, enum hidden_state state,
                   struct statx *about);

/* Gives a new file its mode and its name, if that is free.  0, -EEXIST or -errno. */
int parts_publish(const struct jail *jail, const struct place *place, const char *name, int fd);

/* Is it so old that it is removed? */
bool parts_is_aged(const struct jail *jail, const struct statx *about);

#endif
