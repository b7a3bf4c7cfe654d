/* SPDX-License-Identifier: BSD-2-Clause */
/* storing.h - the one upload that a session has open.  STORE_CHECK changes
 * nothing (law U1), STORE_CREATE begins it, STORE_SETTLE ends it (laws U2 to
 * U8).  JAIL keeps its own descriptor of the file that NET writes: both are
 * the same open file, which holds the upload's lock.  One session at a time
 * uploads to a name.  An upload that replaces or writes to a file locks that
 * file.  If there is none, or it can't be locked, it creates the claim
 * (hidden.h) and locks that. */
#ifndef JAIL_STORING_H
#define JAIL_STORING_H

#include "daemon/jail/state.h"

/* The target of an upload, and the part that it continues. */
struct target {
    struct place place;
    struct statx about;
    bool exists;
    bool met;                /* the claim of a new name was looked at */
    enum hidden_state state; /* of the part; 0: there is none */
    struct statx part;
};

/* Begin an upload: open, lock, position.  The caller has set upload->place and upload->creates. 0;
 * -errno or -enum jail_error, and nothing is left behind but upload->left. -EAGAIN: another
 * session has changed the target, so rights and quota must be checked again. */
int upload_atomic_begin(struct jail *jail, struct upload *upload, const struct target *target);
int upload_continue_begin(struct jail *jail, struct upload *upload, const struct target *target,
                          uint64_t offset);
int upload_direct_begin(struct jail *jail, struct upload *upload, uint32_t how, uint64_t offset);
int upload_unique_begin(struct jail *jail, struct upload *upload);

/* Finds the target: 0 and *target, or a negative error. */
int upload_find(struct jail *jail, struct jail_path *ask, struct target *target);

/* Before an upload begins: may it be made, by the policy and by what other uploads left there?  The
 * kernel's permissions are not asked, because the upload meets them itself.  For a new name, settles first what a
 * killed session left; that of an atomic upload only if it is tried again, because creating its
 * claim shows whether there is anything.  0 or a negative error. */
int upload_admit(const struct jail *jail, const struct jail_path *ask, bool again,
                 struct target *target);

/* enum store_how; STOR after REST 0 is STORE_WHOLE. */
uint32_t upload_how(const struct jail_path *ask);
bool upload_is_atomic(const struct jail *jail, uint32_t how);

/* What it needs of the quota: enum quota_wants. */
uint32_t upload_wants(const struct jail_path *ask, const struct target *target);

/* Fills what NET tells the client about it. */
void upload_fill_answer(const struct jail *jail, const struct target *target, int result,
                        struct jail_answer *answer);

/* End an upload; the descriptor stays open.  part, about: what was opened, with STATX_SIZE,
 * STATX_NLINK, STATX_INO and STATX_GID; bytes: as NET counted them. */
int upload_atomic_complete(struct jail *jail, struct upload *upload, const struct statx *part,
                           uint64_t bytes);
int upload_atomic_fail(struct jail *jail, struct upload *upload);
int upload_direct_complete(const struct jail *jail, struct upload *upload,
                           const struct statx *about, uint64_t bytes);
void upload_direct_fail(const struct jail *jail, struct upload *upload);

/* Copies a complete part of so many bytes into its target, and removes it. */
int upload_copy(const struct jail *jail, struct upload *upload, uint64_t size);

/* The same for one that a session left when it was killed; removes nothing. */
int upload_copy_again(const struct jail *jail, const struct place *place, const char *part);

#endif
