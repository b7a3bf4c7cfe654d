/* parts.h - the hidden files of uploads on the disk (laws U2, U3, C1), named as
 * hidden.h says.
 *
 * One whose LOCK_UPLOAD is held belongs to a running upload.  Any other was left
 * behind, and is settled by who meets it.  The claim with bytes in it is a new
 * file whose session was killed: by failed_uploads it gets its name, stays or is
 * removed.  Parts of other kinds stay until they are continued, cleared or too
 * old.  A complete one that a killed session was copying is copied to its end.
 *
 * A name that is taken by something else (another owner's file, a link, a
 * directory) is stepped around; but another owner's file that grew within
 * STALLED_SECONDS counts as being uploaded. */
#ifndef JAIL_PARTS_H
#define JAIL_PARTS_H

#include "daemon/protocol/net_jail.h"
#include "daemon/jail/beneath.h"
#include "daemon/jail/hidden.h"

struct jail;

enum {
    STALLED_SECONDS = 15, /* law C1: an upload that got no byte for so long yields */
    PART_MODE = 0600,
    CLAIM_MODE = 0200, /* of a claim that is no part */
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

/* Looks at the claim of place's name, and at what lies beside it.  Its name is
 * put into claim, unless that is NULL.  What is removed is added to *gone.
 * enum part_found but PART_TAKEN, or -errno. */
int parts_meet(const struct jail *jail, const struct place *place, enum part_wish wish,
               char claim[HIDDEN_ROOM], struct jail_usage *gone);

/* Looks at all parts of the target, whatever log-in they are of: goes over the whole directory.
 * PART_NONE or PART_LEFT. */
int parts_look_beside(const struct jail *jail, const struct place *place);

/* The same as parts_meet() for this log-in's own part of a state. */
int parts_meet_own(const struct jail *jail, const struct place *place, enum hidden_state state,
                   enum part_wish wish, struct jail_usage *gone);

/* statx of this log-in's own part.  0, -ENOENT where there is none, or -errno. */
int parts_look_own(const struct jail *jail, const struct place *place, enum hidden_state state,
                   struct statx *about);

/* Gives a new file its mode and its name, if that is free.  0, -EEXIST or -errno. */
int parts_publish(const struct jail *jail, const struct place *place, const char *name, int fd);

/* Has parts_reap() anything to do with it? */
bool parts_is_due(const struct jail *jail, int directory, const char *name);

/* A listing or a count has met this hidden name: removes it if it is too old, finishes it if it is
 * whole.  Does anything that counts remain? */
bool parts_reap(const struct jail *jail, int directory, const char *name, struct jail_usage *gone);

/* RMD: removes the hidden files of an otherwise empty directory.  0; -ENOTEMPTY: there is something
 * else; -JAIL_BUSY: one is being uploaded. */
int parts_sweep(const struct jail *jail, int directory, struct jail_usage *gone);

/* Is it a part, or a claim, that no upload is running on? */
bool parts_is_cut(int directory, const char *name);

/* Is it so old that it is removed? */
bool parts_is_aged(const struct jail *jail, const struct statx *about);

#endif
