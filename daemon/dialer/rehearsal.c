/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in the dialer's self-test: its work in small. */
#include "daemon/dialer/dialer.h"

#include "daemon/program/rehearsal.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static bool makes_socket(int family)
{
    const int on = 1;
    const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0)
        return errno == EAFNOSUPPORT;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 && listen(fd, 1) == 0 &&
           close(fd) == 0;
}

const char *dialer_rehearse(enum role role)
{
    const char *failed = rehearse_shared(true);
    (void)role;
    if (failed)
        return failed;
    DOES(makes_socket(AF_INET));
    DOES(makes_socket(AF_INET6));
    return NULL;
}
