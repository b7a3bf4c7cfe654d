/* upload.h - the one upload that a session has open: STORE_CHECK changes
 * nothing (law U1), STORE_CREATE begins, STORE_SETTLE ends it (laws U2 to U8).
 *
 * JAIL keeps its own descriptor of the file that NET writes: both are the same
 * open file, on which the upload's lock hangs. */
#ifndef JAIL_UPLOAD_H
#define JAIL_UPLOAD_H

#include "daemon/border/net_jail.h"
#include "daemon/jail/beneath.h"
#include "daemon/jail/hidden.h"

#include <stdbool.h>
#include <stdint.h>

struct jail;

struct upload {
    int fd;          /* -1: no upload is open */
    bool atomic;     /* into a hidden file; else in place */
    bool synced;     /* since the last byte came */
    bool creates;    /* the target did not exist when rights and quota were checked */
    bool created;    /* in place: the name is ours, new */
    uint64_t limit;  /* the most bytes that the file may have */
    uint64_t start;  /* where NET's writing begins */
    uint64_t most;   /* the policy's limit of it */
    uint64_t before; /* bytes under the target's name as the upload began: the quota has counted them */
    bool named;      /* atomic: it has the target's name */
    int mode;        /* atomic: the old version's permission bits, which it has got, or -1 */
    uint32_t left;   /* files that this upload made and another session was quicker to take: they count */
    struct jail_usage gone;   /* what the quota has counted and is no more there, if the file is */
    struct place place;       /* the target */
    char hidden[HIDDEN_ROOM]; /* atomic: the hidden file's name */
};

/* Begin: open, lock, position; upload->place and upload->creates are set.  0, -errno or -enum jail_error,
 * then nothing is left behind but upload->left.  -ENOENT where !upload->creates: the target is gone. */
int upload_atomic_begin(struct jail *jail, struct upload *upload);
int upload_direct_begin(struct jail *jail, struct upload *upload, uint32_t how, uint64_t offset);
int upload_unique_begin(struct jail *jail, struct upload *upload);

/* What was written reaches the disk, where the policy wants that; once.  0 or -errno. */
int upload_sync_file(const struct jail *jail, struct upload *upload);

/* End: what happens to the file, which has this size or is so; the descriptor stays open. */
int upload_atomic_complete(const struct jail *jail, struct upload *upload, uint64_t size, uint64_t bytes);
int upload_atomic_fail(struct upload *upload);
int upload_direct_complete(const struct jail *jail, struct upload *upload, const struct statx *about,
                           uint64_t bytes);
void upload_direct_fail(struct upload *upload);

/* The kernel's word on a file that is to be written or, if `replace`, replaced: it is opened for
 * writing, and closed again.  0, -ENOENT, -JAIL_BUSY where another session writes to it, or why not. */
int upload_try(const struct place *place, bool replace);

/* Is another session writing to this name in place?  0 or -JAIL_BUSY.  *guard
 * keeps such a writer away until it is closed (or is -1). */
int upload_guard(const struct place *place, int *guard);

/* A directory's new names reach the disk.  0 or -errno. */
int upload_sync_directory(int parent);

#endif
