/* SPDX-License-Identifier: BSD-2-Clause */
/* watch.c - runs in auth: descriptors in its epoll set. */
#include "daemon/auth/watch.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

bool end_open(struct end *end, int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = end };
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        const int error = errno;
        close(fd);
        errno = error;
        return false;
    }
    end->fd = fd;
    end->epoll = epoll;
    return true;
}

void end_ignore(struct end *end)
{
    (void)epoll_ctl(end->epoll, EPOLL_CTL_DEL, end->fd, NULL);
}

void end_watch_again(struct end *end)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = end };
    if (end->fd >= 0) /* EEXIST: it was not ignored */
        (void)epoll_ctl(end->epoll, EPOLL_CTL_ADD, end->fd, &event);
}

void end_close(struct end *end)
{
    if (end->fd >= 0) {
        /* Closing it does not remove it from the set while the sender still has its copy open. */
        (void)epoll_ctl(end->epoll, EPOLL_CTL_DEL, end->fd, NULL);
        close(end->fd);
    }
    end->fd = -1;
}
