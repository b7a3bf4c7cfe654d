/* SPDX-License-Identifier: BSD-2-Clause */
/* queue_file.h - a queue of transfers on disk, with mode 0600 and without passwords: a journal that is
 * only added to, so that a crash costs nothing, and that several programs may use at once.
 *
 *   + ID get|put FLAGS TYPED TOTAL MODIFIED SITE REMOTE LOCAL    a transfer; see jobs.h
 *   > ID                                                          it has begun
 *   ! ID WHY                                                      it failed
 *   * ID                                                          a failed one waits again
 *   ^ ID                                                          it comes first
 *   - ID                                                          it is done, or removed
 *
 * Fields have %XX for blanks, percent signs and control bytes. */
#ifndef CLIENT_ENGINE_QUEUE_FILE_H
#define CLIENT_ENGINE_QUEUE_FILE_H

#include "client/engine/jobs.h"

enum queue_mark {
    QUEUE_BEGUN = '>',
    QUEUE_FAILED = '!',
    QUEUE_WAITS = '*',
    QUEUE_FIRST = '^',
    QUEUE_GONE = '-'
};

struct queued {
    uint64_t id;
    int64_t rank; /* the lower one comes first; of equal ranks the lower id */
    bool begun, failed, gone;
    char *site;     /* a URL */
    struct job job; /* its names are owned */
    char *why;      /* it failed; NULL: unknown */
};

struct queue_list {
    struct queued *entry; /* in their order */
    size_t count, room;
    size_t lines; /* of the journal */
};

/* 0 or -errno.  A file that is missing is empty; a line that is not understood is skipped.  The
 * caller frees the list in any case. */
int queue_read(const char *path, struct queue_list *list);
void queue_list_free(struct queue_list *list);

/* Adds transfers of a site: 0 or -errno. */
int queue_add_jobs(const char *path, const char *site, const struct jobs *jobs);
int queue_add_mark(const char *path, enum queue_mark mark, uint64_t id, const char *text);

/* Drops what is gone from the journal, if that is most of it: 0 or -errno. */
int queue_compact(const char *path);

#endif
