/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in the greeter's self-test: its work on a small scale.  It sends nothing: the
 * one channel that it may send on is the one that the test is reported on. */
#include "daemon/greeter/greeter.h"

#include "daemon/program/rehearsal.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static bool receives(void)
{
    char text[8];
    int fd = -1;
    const ssize_t n = channel_receive_fd(FD_STAGE_OTHER_END, text, sizeof text, &fd, MSG_DONTWAIT);
    return n == -EAGAIN;
}

static bool peeks(void)
{
    char byte;
    return recv(FD_STAGE_OTHER_END, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static bool loops(void)
{
    struct epoll_event event = { .events = EPOLLOUT };
    const int set = epoll_create1(EPOLL_CLOEXEC);
    return set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, FD_STAGE_END, &event) == 0 &&
           epoll_wait(set, &event, 1, 0) == 1;
}

static bool closes(void)
{
    return close(FD_STAGE_FILE) == 0;
}

const char *greeter_rehearse(enum role role)
{
    const char *failed = rehearse_basics(true);
    (void)role;
    if (failed)
        return failed;
    DOES(receives());
    DOES(peeks());
    DOES(loops());
    DOES(closes());
    return NULL;
}
