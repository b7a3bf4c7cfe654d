/* SPDX-License-Identifier: BSD-2-Clause */
/* speak.c - runs in checker: one line there, one line back, within a time.  The
 * socket does not block. */
#include "daemon/checker/checker.h"

#include "common/text.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/* 0, or ETIMEDOUT. */
static int await(int fd, short events, int64_t until_ms)
{
    for (;;) {
        struct pollfd wanted = { .fd = fd, .events = events };
        const int64_t left = until_ms - now_ms();
        if (left <= 0)
            return ETIMEDOUT;
        const int n = poll(&wanted, 1, (int)left);
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return errno;
    }
}

static bool is_passing(int error)
{
    return error == EAGAIN || error == EINTR;
}

static int say(int fd, const char *text, size_t size, int64_t until_ms)
{
    while (size > 0) {
        const ssize_t n = send(fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && !is_passing(errno))
            return errno;
        if (n < 0) {
            const int error = await(fd, POLLOUT, until_ms);
            if (error)
                return error;
            continue;
        }
        text += n;
        size -= (size_t)n;
    }
    return 0;
}

/* Does it end here?  Nothing may follow it. */
static int find_end(const char *answer, size_t have, size_t *length)
{
    const char *end = memchr(answer, '\n', have);
    *length = end ? (size_t)(end - answer) : have;
    return end && end + 1 != answer + have ? EPROTO : 0;
}

static int hear(int fd, char *answer, size_t room, size_t *length, int64_t until_ms)
{
    size_t have = 0;
    while (have < room) {
        const ssize_t n = recv(fd, answer + have, room - have, MSG_DONTWAIT);
        if (n == 0)
            return have > 0 ? find_end(answer, have, length) : ENODATA;
        if (n < 0 && !is_passing(errno))
            return errno;
        if (n < 0) {
            const int error = await(fd, POLLIN, until_ms);
            if (error)
                return error;
            continue;
        }
        have += (size_t)n;
        const int error = find_end(answer, have, length);
        if (error || *length < have)
            return error;
    }
    return EMSGSIZE;
}

int speak(int fd, const char *question, size_t size, char *answer, size_t room, size_t *length)
{
    const int64_t until_ms = now_ms() + CHECKER_MS;
    const int error = say(fd, question, size, until_ms);
    return error ? error : hear(fd, answer, room, length, until_ms);
}
