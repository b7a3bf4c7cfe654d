/* cradle.h - a process that has confined itself as the NETs (or the JAILs) are
 * to be, and does nothing but fork them: each is born confined.  So a cell costs
 * two forks of a process with few descriptors, however many sessions the master holds. */
#ifndef CRADLE_H
#define CRADLE_H

#include "daemon/config.h"
#include "daemon/roles.h"

/* What it forks. */
struct cradle {
    enum role role;              /* of the children */
    size_t channels;             /* how many each has */
    void (*live)(void *context); /* the child's life; does not return */
    void *context;
    uint32_t log_level;
};

/* Moves the two channels that a cradle has of its own out of the way of its
 * children's.  Called before the confinement.  False: errno. */
bool cradle_clear(void);

/* Serves until the master is gone.  Called confined as the role's cradle. */
_Noreturn void cradle_run(const struct cradle *cradle);

#endif
