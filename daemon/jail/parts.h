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

#include "daemon/jail/meeting.h"

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

/* Is it a part, or a claim, that no upload is running on? */
bool parts_is_cut(int directory, const char *name);

#endif
