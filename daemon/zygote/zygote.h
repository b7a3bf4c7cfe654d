/* SPDX-License-Identifier: BSD-2-Clause */
/* zygote.h - a process that is confined like the NETs (or the JAILs) and only
 * forks them, so each of them starts confined.  A cell costs two forks of a
 * process with few descriptors, however many sessions there are. */
#ifndef ZYGOTE_H
#define ZYGOTE_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

#include <stddef.h>
#include <stdint.h>

/* What it forks. */
struct zygote {
    enum role role;                            /* of the children */
    size_t channels;                           /* how many each has */
    void (*live)(const struct config *config); /* the child's life; does not return */
    /* at the start and then once a day; NULL: nothing */
    void (*daily)(const struct config *config);
};

/* Serves until the master is gone.  Called confined as the role's zygote. */
_Noreturn void zygote_run(const struct zygote *zygote, const struct config *config);

/* Does what is due daily, at now (CLOCK_MONOTONIC, ms).  Returns when it is due next. */
int64_t zygote_look_daily(const struct zygote *zygote, const struct config *config, int64_t now,
                          int64_t due_ms);

/* The self-test of what a zygote does.  NULL, or the part that failed: errno. */
const char *zygote_rehearse(void);

#endif
