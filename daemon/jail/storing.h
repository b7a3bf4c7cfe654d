/* storing.h - the one upload that a session has open: STORE_CHECK changes
 * nothing (law U1), STORE_CREATE begins, STORE_SETTLE ends it (laws U2 to U8).
 *
 * JAIL keeps its own descriptor of the file that NET writes: both are the same
 * open file, on which the upload's lock hangs.
 *
 * One session at a time uploads to a name.  An upload over a file, or into it,
 * locks that file.  Where there is none, or its lock can't be had, it makes the
 * claim (hidden.h) and locks that. */
#ifndef JAIL_STORING_H
#define JAIL_STORING_H

#include "daemon/jail/state.h"

/* What stands where an upload wants to go, and the part that it goes on with. */
struct target {
    struct place place;
    struct statx about;
    bool exists;
    enum hidden_state state; /* of the part, or 0: there is none */
    struct statx part;
};

/* Begin: open, lock, position; upload->place and upload->creates are set.  0, -errno or -enum jail_error,
 * then nothing is left behind but upload->left.  -EAGAIN: another session changed what was seen of the
 * target, so rights and quota are to be asked again. */
int upload_atomic_begin(struct jail *jail, struct upload *upload, const struct target *target);
int upload_continue_begin(struct jail *jail, struct upload *upload, const struct target *target,
                          uint64_t offset);
int upload_direct_begin(struct jail *jail, struct upload *upload, uint32_t how, uint64_t offset);
int upload_unique_begin(struct jail *jail, struct upload *upload);

/* What is asked for, and what stands there: 0 or why not; target->place is set then. */
int upload_find(struct jail *jail, struct jail_path *ask, struct target *target);

/* What the policy says to it, and what other uploads left there. */
int upload_admit(const struct jail *jail, const struct jail_path *ask, struct target *target);

/* enum store_how, where STOR after REST 0 is a STOR. */
uint32_t upload_how(const struct jail_path *ask);
bool upload_is_atomic(const struct jail *jail, uint32_t how);

/* What it needs of the quota: enum quota_wants. */
uint32_t upload_wants(const struct jail_path *ask, const struct target *target);

/* What NET says of it to the client. */
void upload_tell(const struct jail *jail, const struct target *target, int result,
                 struct jail_answer *answer);

/* End: what happens to the file, which has this size or is so; the descriptor stays open. */
int upload_atomic_complete(struct jail *jail, struct upload *upload, uint64_t size, uint64_t bytes);
int upload_atomic_fail(struct jail *jail, struct upload *upload);
int upload_direct_complete(const struct jail *jail, struct upload *upload, const struct statx *about,
                           uint64_t bytes);
void upload_direct_fail(const struct jail *jail, struct upload *upload);

/* Copies a complete part of so many bytes into its target, and removes it. */
int upload_copy(const struct jail *jail, struct upload *upload, uint64_t size);

/* The same for one that a session left when it was killed; removes nothing. */
int upload_copy_again(const struct jail *jail, const struct place *place, const char *part);

#endif
