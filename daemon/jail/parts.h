/* SPDX-License-Identifier: BSD-2-Clause */
/* parts.h - the hidden files of uploads on the disk (laws U2, U3, C1), named as
 * hidden.h says.
 *
 * If a session holds its LOCK_UPLOAD, the upload is running.  Any other file was
 * left behind, and the first session that comes across it settles it: a claim with
 * bytes is a new file whose session was killed, and is published, kept or removed
 * as failed_uploads says; a complete part that a killed session was copying is
 * copied to its end; other parts stay until they are continued, cleared or too old.
 *
 * If something else has such a name (another owner's file, a link, a directory),
 * another name is used; but another owner's file that grew within STALLED_SECONDS
 * counts as being uploaded. */
#ifndef JAIL_PARTS_H
#define JAIL_PARTS_H

#include "daemon/jail/meeting.h"

/* Meets the claim of place's name, and the parts that it marks.  Puts the claim's name into
 * claim, unless that is NULL; adds to *gone what is removed. enum part_found without PART_TAKEN,
 * or -errno. */
int parts_meet(const struct jail *jail, const struct place *place, enum part_wish wish,
               char claim[HIDDEN_SIZE], struct jail_usage *gone);

/* Meets all parts of the target, of any log-in, reading the whole directory.  PART_NONE or
 * PART_LEFT. */
int parts_look_beside(const struct jail *jail, const struct place *place);

/* The same as parts_meet() for this log-in's own part in a state. */
int parts_meet_own(const struct jail *jail, const struct place *place, enum hidden_state state,
                   enum part_wish wish, struct jail_usage *gone);

/* Is it a hidden file to which no session uploads? */
bool parts_is_cut(int directory, const char *name);

#endif
