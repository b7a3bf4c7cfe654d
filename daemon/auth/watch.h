/* SPDX-License-Identifier: BSD-2-Clause */
/* watch.h - what epoll reports to auth's loop: a field of the struct that owns a
 * descriptor. */
#ifndef AUTH_WATCH_H
#define AUTH_WATCH_H

#include <stdbool.h>

enum end_kind { END_MASTER, END_HASH_POOL, END_HASHER, END_NET, END_JAIL, END_CONTROL, END_ERRAND };

struct end {
    enum end_kind kind;
    int fd;    /* -1: none, or closed */
    int epoll; /* the set that contains it */
    void *owner;
};

/* Owns fd and watches it for input.  False: errno; fd is closed then. */
bool end_open(struct end *end, int epoll, int fd);

/* Watches it no longer; it stays open ... until it is watched again. */
void end_ignore(struct end *end);
void end_watch_again(struct end *end);

/* Closes it, if it is open.  Events of this turn may still refer to it. */
void end_close(struct end *end);

#endif
