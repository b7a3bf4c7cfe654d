/* SPDX-License-Identifier: BSD-2-Clause */
/* watch.c - runs in the master: descriptors in and out of its epoll set. */
#include "daemon/master/watch.h"

#include "daemon/master/master.h"
#include "daemon/master/shortage.h"

#include <errno.h>
#include <sys/epoll.h>

bool watch_add(struct master *master, int fd, struct watch *watch)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = watch };
    if (epoll_ctl(master->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
        return true;
    shortage_met(master, "cannot watch a descriptor", errno);
    return false;
}

void watch_remove(struct master *master, int fd)
{
    (void)epoll_ctl(master->epoll, EPOLL_CTL_DEL, fd, NULL);
}
