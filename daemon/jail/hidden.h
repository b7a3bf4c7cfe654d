/* SPDX-License-Identifier: BSD-2-Clause */
/* hidden.h - the names of the hidden files that uploads make, in the target's
 * own directory.  All begin with a hash of the target's name:
 *
 *   .wardftpd-HASH.part          the claim: one session at a time uploads to the name.  For a
 *                                new file it is the part as well.  Empty and unlocked, it is a
 *                                mark: interrupted uploads have left parts, maybe of other log-ins
 *                                with the same uid
 *   .wardftpd-HASH-uUID.part     the same, if a file of another owner has that name
 *   .wardftpd-HASH-LOGIN-S.part  the part: the bytes of an upload.  LOGIN is a hash of log-in and
 *                                target
 *
 * S is enum hidden_state.  Listings leave these names out, and no command accepts them. */
#ifndef JAIL_HIDDEN_H
#define JAIL_HIDDEN_H

#include <stdbool.h>
#include <sys/types.h>

enum {
    HIDDEN_SIZE = 72,
    PART_MODE = 0600,
    CLAIM_MODE = 0200, /* of a claim that is not the part */
};

enum hidden_state {
    HIDDEN_NEW = 'n',   /* of a new name */
    HIDDEN_OVER = 'o',  /* of an existing file: published only when complete */
    HIDDEN_WHOLE = 'w', /* complete, and being copied into its target */
    HIDDEN_STRAY = 'x', /* its own name was taken by a file of another owner */
};

/* The claim, and the second one. */
void hidden_name(const char *target, char name[HIDDEN_SIZE]);
void hidden_second_name(const char *target, uid_t uid, char name[HIDDEN_SIZE]);

/* A part of this log-in; with HIDDEN_STRAY, a random name. */
void hidden_part_name(const char *target, const char *login, enum hidden_state state,
                      char name[HIDDEN_SIZE]);

/* Is it such a name? */
bool hidden_is(const char *name);

/* Does it belong to this target?  Which state has it, if it is a part, or else 0? */
bool hidden_is_of(const char *name, const char *target);
int hidden_state_of(const char *name);

/* Has the path such a component?  No command accepts it. */
bool hidden_in_path(const char *path);

/* Waits a moment, while another session decides. */
void hidden_pause(void);
enum { HIDDEN_TURNS = 50 }; /* how often to wait */

#endif
