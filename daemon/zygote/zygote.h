/* zygote.h - a process that has confined itself as the NETs (or the JAILs) are
 * to be, and does nothing but fork them: each starts confined.  So a cell costs
 * two forks of a process with few descriptors, however many sessions the master holds. */
#ifndef ZYGOTE_H
#define ZYGOTE_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

#include <stddef.h>
#include <stdint.h>

/* What it forks. */
struct zygote {
    enum role role;                             /* of the children */
    size_t channels;                            /* how many each has */
    void (*live)(const struct config *config);  /* the child's life; does not return */
    void (*daily)(const struct config *config); /* at the start and then once a day; NULL: nothing */
};

/* Serves until the master is gone.  Called confined as the role's zygote. */
_Noreturn void zygote_run(const struct zygote *zygote, const struct config *config);

/* Does what is due daily, at now on CLOCK_MONOTONIC; when it is due next, in the same milliseconds. */
int64_t zygote_look_daily(const struct zygote *zygote, const struct config *config, int64_t now,
                          int64_t due_ms);

/* The self-test of what a zygote does.  NULL, or which part failed: errno. */
const char *zygote_rehearse(void);

#endif
