/* watch.h - what epoll tells auth's loop about: the first field, or a field,
 * of whatever owns a descriptor. */
#ifndef AUTH_WATCH_H
#define AUTH_WATCH_H

#include <stdbool.h>

enum end_kind { END_MASTER, END_HASH_POOL, END_HASHER, END_NET, END_JAIL, END_CONTROL };

struct end {
    enum end_kind kind;
    int fd;    /* -1: none, or closed */
    int epoll; /* the set that it is in */
    void *owner;
};

/* Takes fd over and watches it for input.  False: errno; fd is closed then. */
bool end_open(struct end *end, int epoll, int fd);

/* Closes it, where it is open.  Events of this turn may still name it. */
void end_close(struct end *end);

#endif
