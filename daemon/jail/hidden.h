/* hidden.h - the names of the hidden files that uploads make, in the target's
 * own directory.  All begin with a hash of the target's name:
 *
 *   .wardftpd-HASH.part          the claim: one session at a time uploads to the name.  Of a new file it is
 *                                the part as well.  Empty and unlocked it is a mark: parts of cut uploads lie
 *                                beside it, of other log-ins with the same uid too
 *   .wardftpd-HASH-uUID.part     the same where something of another owner has that name
 *   .wardftpd-HASH-LOGIN-S.part  what came of an upload, and whose it is (a hash of log-in and target)
 *
 * S is enum hidden_state.  Listings leave these names out, and no command takes them. */
#ifndef JAIL_HIDDEN_H
#define JAIL_HIDDEN_H

#include <stdbool.h>
#include <sys/types.h>

enum {
    HIDDEN_ROOM = 72,
    PART_MODE = 0600,
    CLAIM_MODE = 0200, /* of a claim that is no part */
};

enum hidden_state {
    HIDDEN_NEW = 'n',   /* of a name that did not exist */
    HIDDEN_OVER = 'o',  /* of a file that existed: never published but by a whole upload */
    HIDDEN_WHOLE = 'w', /* complete, and being copied into its target */
    HIDDEN_STRAY = 'x', /* its own name was taken by something of another owner */
};

/* The claim, and the second one. */
void hidden_name(const char *target, char name[HIDDEN_ROOM]);
void hidden_second_name(const char *target, uid_t uid, char name[HIDDEN_ROOM]);

/* A part of this log-in; of HIDDEN_STRAY, of nobody: the name is random. */
void hidden_part_name(const char *target, const char *login, enum hidden_state state, char name[HIDDEN_ROOM]);

/* Is it such a name? */
bool hidden_is(const char *name);

/* Is it one of this target's?  Of a part of it?  enum hidden_state, or 0. */
bool hidden_is_of(const char *name, const char *target);
int hidden_state_of(const char *name);

/* Is any component of the path one?  No command takes it. */
bool hidden_in_path(const char *path);

/* For a moment, where another session is just deciding. */
void hidden_pause(void);
enum { HIDDEN_TURNS = 50 }; /* how often one waits such a moment */

#endif
