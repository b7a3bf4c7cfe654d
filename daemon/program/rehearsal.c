/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in each program's self-test, confined: the parts of its
 * work that it shares with others.  Reads no bytes from outside. */
#include "daemon/program/rehearsal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool uses_memory(void)
{
    char *small = malloc(1000), *large = malloc(4 << 20);
    char *larger = realloc(large, 8 << 20);
    const bool fine = small && larger;
    if (larger)
        memset(larger, 1, 8 << 20);
    else
        free(large);
    free(larger);
    free(small);
    return fine;
}

static bool knows_time(void)
{
    struct timespec now;
    uint32_t number;
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0 &&
           getrandom(&number, sizeof number, 0) == sizeof number && getpid() > 0;
}

static bool talks(void)
{
    char text[8];
    return channel_send(FD_STAGE_END, "hello", 6, 0) == 0 &&
           channel_receive(FD_STAGE_OTHER_END, text, sizeof text, 0) == 6;
}

const char *rehearse_basics(bool is_net)
{
    DOES(uses_memory());
    DOES(knows_time());
    if (!is_net)
        DOES(talks());
    return NULL;
}

bool sends_descriptor(void)
{
    return channel_send_fd(FD_STAGE_END, "file", 5, FD_STAGE_FILE, 0) == 0;
}

static bool sends(void)
{
    return channel_send(FD_STAGE_END, "bytes", 5, MSG_DONTWAIT) == 0;
}

bool drops_descriptor(void)
{
    char text[8];
    return channel_receive(FD_STAGE_OTHER_END, text, sizeof text, 0) == 5;
}

static bool takes_descriptor(void)
{
    char text[8];
    int fd = -1;
    if (channel_receive_fd(FD_STAGE_OTHER_END, text, sizeof text, &fd, MSG_DONTWAIT) <= 0)
        return errno = EPROTO, false;
    return fd < 0 || close(fd) == 0;
}

bool waits(void)
{
    struct pollfd one = { .fd = FD_STAGE_END, .events = POLLOUT };
    return poll(&one, 1, 0) == 1;
}

static bool loops(void)
{
    struct epoll_event event = { .events = EPOLLOUT };
    const int set = epoll_create1(EPOLL_CLOEXEC);
    return set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, FD_STAGE_END, &event) == 0 &&
           epoll_wait(set, &event, 1, 0) == 1 && close(set) == 0;
}

static bool reads_configuration(void)
{
    struct stat about;
    char byte;
    return fcntl(FD_STAGE_FILE, F_GET_SEALS) >= 0 && fstat(FD_STAGE_FILE, &about) == 0 &&
           pread(FD_STAGE_FILE, &byte, 1, 0) == 1;
}

const char *rehearse_loop(bool gives_descriptors)
{
    DOES(gives_descriptors ? sends_descriptor() : sends());
    DOES(takes_descriptor());
    DOES(loops());
    DOES(reads_configuration());
    return NULL;
}

const char *rehearse_shared(bool gives_descriptors)
{
    const char *failed = rehearse_basics(false);
    return failed ? failed : rehearse_loop(gives_descriptors);
}
