/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.h - keeps bans and failures across restarts: written to the state file at
 * most once a second, and read from it if all of it is valid. */
#ifndef AUTH_MEMORY_H
#define AUTH_MEMORY_H

#include "daemon/auth/bans.h"
#include "daemon/auth/penalty.h"
#include "daemon/auth/stored.h"

struct memory {
    struct stored file;
    void *buffer; /* room for all that is written */
    bool changed; /* since it was written */
    bool taken;   /* from a predecessor, which knew more than the file */
    bool failing; /* the last write: said once */
    int64_t next_ms;
};

/* The most bytes that are written. */
size_t memory_room(void);

void memory_init(struct memory *memory);

/* The master has opened the file: owns fd, adds the contents to bans and failures.
 * 0; -EBADMSG: the contents are not valid, and nothing was added; or -errno,
 * logged.  After an error nothing is kept. */
int memory_take(struct memory *memory, int fd, struct bans *bans, struct penalties *penalties,
                int64_t now_ms);

/* The same contents for a successor, at *content: their size.  The successor collects them piece
 * by piece (false: too many), and takes them in place of what a file would say (false: they are
 * not valid); then memory_take() only opens the file. */
size_t memory_copy(const struct memory *memory, struct bans *bans,
                   const struct penalties *penalties, int64_t now_ms, const char **content);
bool memory_collect(const struct memory *memory, size_t at, const char *bytes, size_t n);
bool memory_take_collected(struct memory *memory, size_t n, struct bans *bans,
                           struct penalties *penalties, int64_t now_ms);

/* Writes what has changed, if it is time. */
void memory_keep(struct memory *memory, struct bans *bans, const struct penalties *penalties,
                 int64_t now_ms);

/* Milliseconds until memory_keep has something to do; -1: nothing. */
int memory_wait_ms(const struct memory *memory, int64_t now_ms);

/* Writes what has changed and closes the file: another auth may use it now. */
void memory_end(struct memory *memory, struct bans *bans, const struct penalties *penalties,
                int64_t now_ms);

#endif
