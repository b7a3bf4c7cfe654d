/* upload.h - the one upload that a session has open: STORE_CHECK changes
 * nothing (law U1), STORE_CREATE begins, STORE_SETTLE ends it (laws U2 to U8).
 *
 * JAIL keeps its own descriptor of the file that NET writes: both are the same
 * open file, on which the upload's lock hangs.
 *
 * One session at a time uploads to a name.  An upload over a file, or into it,
 * locks that file.  Where there is none, or its lock can't be had, it makes the
 * claim (hidden.h) and locks that. */
#ifndef JAIL_UPLOAD_H
#define JAIL_UPLOAD_H

#include "daemon/protocol/net_jail.h"
#include "daemon/jail/beneath.h"
#include "daemon/jail/hidden.h"

#include <stdbool.h>
#include <stdint.h>

struct jail;

struct upload {
    int fd;          /* what NET writes; -1: no upload is open */
    int claim;       /* the claim, where it is no part; or -1 */
    int target;      /* the file that is replaced, locked; or -1 */
    int directory;   /* the target's, to be read and synced; or -errno */
    uint32_t group;  /* atomic: the part's */
    bool atomic;     /* into a hidden part; else in place */
    bool over;       /* atomic: the target existed as the part was begun */
    bool copies;     /* atomic: a rename can't put it in place, or would lose something */
    bool synced;     /* since the last byte came */
    bool creates;    /* the target did not exist when rights and quota were checked */
    bool created;    /* in place: the name is ours, new */
    bool marked;     /* a part is left: the claim stays as its mark */
    uint64_t limit;  /* the most bytes that the file may have */
    uint64_t start;  /* where NET's writing begins */
    uint64_t most;   /* the policy's limit of it */
    uint64_t before; /* bytes that the quota has counted and that go with the upload's success */
    uint32_t left;   /* files that this upload made and another session was quicker to take: they count */
    struct jail_usage part;    /* of a part that is continued: what the quota has counted */
    struct jail_usage now;     /* what there is of the upload at its end */
    struct jail_usage gone;    /* what the quota has counted and the end of the upload replaces */
    struct jail_usage cleared; /* parts that were removed as it began */
    struct place place;        /* the target */
    char name[HIDDEN_ROOM];    /* of the claim */
    char hidden[HIDDEN_ROOM];  /* atomic: of the part */
};

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
int upload_judge(const struct jail *jail, const struct jail_path *ask, struct target *target);

/* enum store_how, where STOR after REST 0 is a STOR. */
uint32_t upload_how(const struct jail_path *ask);
bool upload_is_atomic(const struct jail *jail, uint32_t how);

/* What it needs of the quota: enum quota_wants. */
uint32_t upload_wants(const struct jail_path *ask, const struct target *target);

/* What NET says of it to the client. */
void upload_tell(const struct jail *jail, const struct target *target, int result,
                 struct jail_answer *answer);

/* Can a new version take the old one's place by a rename, and have all that it has? */
bool upload_may_replace(const struct jail *jail, int parent, const struct statx *old);

/* The target is locked by a session of ours: may its upload be taken over (law C1)? */
bool upload_may_take_over(const struct jail *jail, const struct place *place);

/* Locks the file under the target's name: upload->target.  0; -JAIL_BUSY; -ENOLCK: its lock can't be
 * had; -ENOENT: there is none; -errno. */
int upload_lock_target(struct upload *upload);

/* Takes the claim: upload->claim.  0, -JAIL_BUSY, -EAGAIN or -errno. */
int upload_take_claim(const struct jail *jail, struct upload *upload);

/* Parts are left beside the target: whoever meets the claim's name is to look for them. */
void upload_mark(struct upload *upload);

/* Closes all that an upload holds, and removes its claim.  0 or the -errno of close(2). */
int upload_let_go(struct upload *upload);

/* What was written reaches the disk, where the policy wants that; once.  0 or -errno. */
int upload_sync_file(const struct jail *jail, struct upload *upload);

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

/* The kernel's word on a file that is to be written or, if `replace`, replaced: it is opened for
 * writing, and closed again.  0, -ENOENT, -JAIL_BUSY where another session writes to it, or why not. */
int upload_try(const struct place *place, bool replace);

/* Is another session writing to this name?  0 or -JAIL_BUSY.  *guard
 * keeps such a writer away until it is closed (or is -1). */
int upload_guard(const struct place *place, int *guard);

/* Opens upload->directory, once. */
void upload_open_directory(struct upload *upload);

/* Its new names reach the disk.  0 or -errno. */
int upload_sync_directory(struct upload *upload);

#endif
