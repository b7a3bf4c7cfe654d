/* SPDX-License-Identifier: BSD-2-Clause */
/* meeting.h - what to do with one hidden file of an upload that a session
 * comes across. */
#ifndef JAIL_MEETING_H
#define JAIL_MEETING_H

#include "daemon/protocol/net_jail.h"
#include "daemon/jail/beneath.h"
#include "daemon/jail/hidden.h"

struct jail;

enum {
    STALLED_SECONDS = 15, /* law C1: an upload without a byte for so long may be taken over */
};

enum part_found {
    PART_NONE,    /* nothing is in the way */
    PART_LEFT,    /* an interrupted upload left a part */
    PART_STALLED, /* being uploaded, but a new STOR of the same owner may take it over */
    PART_BUSY,    /* being uploaded */
    PART_TAKEN,   /* only of parts_meet_own(): something else has the name */
};

enum part_wish {
    PART_LOOK,  /* settle what a killed session left */
    PART_CLEAR, /* and remove what an interrupted upload left */
    PART_TAKE,  /* and take over from a stalled upload */
};

struct meeting {
    const struct jail *jail;
    const struct place *place; /* of the target */
    const char *name;          /* the hidden one, in the same directory */
    enum part_wish wish;
    struct jail_usage *gone; /* counts what is removed; or NULL */
};

/* enum part_found, or -errno. */
int meeting_in_turns(const struct meeting *m);

/* Removes the name.  PART_NONE or -errno. */
int meeting_remove(const struct meeting *m, const struct statx *about);

/* Meets all parts of the target, reading the whole directory.  PART_NONE or PART_LEFT. */
int meeting_beside(const struct meeting *m);

/* statx of this log-in's own part. 0; -ENOENT: there is none; -errno. */
int parts_look_own(const struct jail *jail, const struct place *place, enum hidden_state state,
                   struct statx *about);

/* Gives a new file its mode and its name. 0; -EEXIST: the name is taken; -errno. */
int parts_publish(const struct jail *jail, const struct place *place, const char *name, int fd);

/* Is it so old that it is removed? */
bool parts_is_aged(const struct jail *jail, const struct statx *about);

#endif
