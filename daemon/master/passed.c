/* SPDX-License-Identifier: BSD-2-Clause */
/* passed.c - runs in the master, before it serves: takes the listening sockets
 * that a service manager has bound (systemd.socket(5)).  A client that comes
 * while the daemon is restarted then waits in the backlog. */
#include "daemon/master/passed.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PASSED_MAX = LISTENERS_MAX * LISTENER_ADDRESSES_MAX, FIRST = 3 };

struct passed {
    int fds[PASSED_MAX]; /* -1: claimed */
    uint32_t count;
};

/* A decimal number of the environment, up to INT32_MAX; -1: there is none. */
static long number_of(const char *name)
{
    const char *text = getenv(name);
    char *end;
    if (!text || *text < '0' || *text > '9')
        return -1;
    errno = 0;
    const long number = strtol(text, &end, 10);
    return errno || *end || number > INT32_MAX ? -1 : number;
}

/* Another process's environment may have been inherited. */
static long announced(void)
{
    const long count = number_of("LISTEN_PID") == getpid() ? number_of("LISTEN_FDS") : 0;
    return count < 0 ? 0 : count;
}

/* To a place beyond those that children's descriptors take. */
static int move(int fd)
{
    const int moved = fcntl(fd, F_DUPFD_CLOEXEC, FIRST + PASSED_MAX + FD_PLACES);
    close(fd);
    return moved;
}

struct passed *passed_none(void)
{
    return calloc(1, sizeof(struct passed));
}

struct passed *passed_take(void)
{
    const long count = announced();
    struct passed *passed = calloc(1, sizeof *passed);
    if (!passed || count > PASSED_MAX || close_range(FIRST + (unsigned)count, ~0U, 0) != 0) {
        errno = passed && count > PASSED_MAX ? E2BIG : errno;
        free(passed);
        return NULL;
    }
    for (long i = 0; i < count; i++) {
        const int fd = move(FIRST + (int)i);
        if (fd < 0) {
            free(passed);
            return NULL;
        }
        passed->fds[passed->count++] = fd;
    }
    return passed;
}

static bool has_option(int fd, int level, int name, int value)
{
    int found = 0;
    socklen_t size = sizeof found;
    return getsockopt(fd, level, name, &found, &size) == 0 && found == value;
}

static bool address_of(int fd, struct sockaddr_storage *address)
{
    socklen_t size = sizeof *address;
    *address = (struct sockaddr_storage){ .ss_family = AF_UNSPEC };
    return getsockname(fd, (struct sockaddr *)address, &size) == 0 &&
           (address->ss_family == AF_INET || address->ss_family == AF_INET6);
}

/* A socket for both families would give IPv4 clients addresses in which no ban and no limit is
 * found. */
static bool serves_both_families(int fd, const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 &&
           IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)address)->sin6_addr) &&
           !has_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

static const char *fault_of(int fd)
{
    struct sockaddr_storage address;
    if (!has_option(fd, SOL_SOCKET, SO_TYPE, SOCK_STREAM) ||
        !has_option(fd, SOL_SOCKET, SO_ACCEPTCONN, 1) || !address_of(fd, &address))
        return "it is not a listening TCP socket";
    if (serves_both_families(fd, &address))
        return "it serves IPv4 and IPv6: set BindIPv6Only=ipv6-only, and pass one for each";
    return NULL;
}

int passed_check(const struct passed *passed, const struct complaint *to)
{
    int error = 0;
    for (uint32_t i = 0; i < passed->count; i++) {
        const char *fault = fault_of(passed->fds[i]);
        char line[160];
        if (!fault)
            continue;
        (void)text_format(line, sizeof line, "passed socket %u: %s", i, fault);
        to->complain(to->context, true, line);
        error = -EINVAL;
    }
    return error;
}

static bool is_at(int fd, const struct sockaddr_storage *address)
{
    struct sockaddr_storage own;
    return address_of(fd, &own) && addr_same_host(&own, address) &&
           addr_port(&own) == addr_port(address);
}

int passed_claim(struct passed *passed, const struct sockaddr_storage *address)
{
    for (uint32_t i = 0; i < passed->count; i++) {
        const int fd = passed->fds[i];
        if (fd >= 0 && is_at(fd, address)) {
            passed->fds[i] = -1;
            return fd;
        }
    }
    return -1;
}

void passed_close_rest(struct passed *passed, const struct complaint *to)
{
    struct sockaddr_storage address;
    char text[ADDR_TEXT_ROOM], line[160];
    for (uint32_t i = 0; i < passed->count; i++) {
        if (passed->fds[i] < 0)
            continue;
        (void)address_of(passed->fds[i], &address);
        (void)text_format(line, sizeof line,
                          "passed socket %u: no listener has the address %s port %u: closed", i,
                          addr_text(&address, text), addr_port(&address));
        to->complain(to->context, false, line);
        close(passed->fds[i]);
        passed->fds[i] = -1;
    }
}
