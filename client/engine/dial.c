/* SPDX-License-Identifier: BSD-2-Clause */
/* dial.c - look-up and connecting. */
#include "client/engine/dial.h"

#include "client/engine/link.h"
#include "client/engine/process.h"
#include "common/addr.h"
#include "common/text.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NEXT_ADDRESS_MS = 250, KEEPALIVE_S = 60 }; /* RFC 8305 section 5 */

/* The next result from *at on that is (or, with other, is not) of the family. */
static const struct addrinfo *next_of(const struct addrinfo *at, int family, bool other)
{
    while (at &&
           ((at->ai_family == family) == other || at->ai_addrlen > sizeof(struct sockaddr_storage)))
        at = at->ai_next;
    return at;
}

/* Families take turns, beginning with that of the first result (RFC 8305 section 4). */
static void take_results(const struct addrinfo *list, struct addresses *out)
{
    const struct addrinfo *lists[2] = { next_of(list, list->ai_family, false),
                                        next_of(list, list->ai_family, true) };
    for (unsigned turn = 0; (lists[0] || lists[1]) && out->count < DIAL_ADDRESSES_MAX; turn ^= 1) {
        const struct addrinfo *pick = lists[turn];
        if (!pick)
            continue;
        memcpy(&out->address[out->count++], pick->ai_addr, pick->ai_addrlen);
        lists[turn] = next_of(pick->ai_next, list->ai_family, turn == 1);
    }
}

struct look_up {
    const char *host;
    int family;
};

/* In the child: one look-up, written to the channel. */
static int look_up_child(void *context, int channel)
{
    const struct look_up *what = context;
    struct addrinfo hints = { .ai_family = what->family, .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    struct addresses found = { 0 };
    found.error = getaddrinfo(what->host, NULL, &hints, &list);
    if (found.error == 0)
        take_results(list, &found);
    return write(channel, &found, sizeof found) == (ssize_t)sizeof found ? 0 : 1;
}

static int read_result(const struct settings *settings, int fd, struct addresses *out)
{
    const int64_t deadline = now_ms() + settings->connect_ms;
    size_t have = 0;
    while (have < sizeof *out) {
        const int result = wait_ready(fd, POLLIN, settings->interrupt_fd, -1, deadline);
        const ssize_t n = result == 0 ? read(fd, (char *)out + have, sizeof *out - have) : result;
        if (result == 0 && n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return result < 0 ? result : -EIO;
        have += (size_t)n;
    }
    return out->count <= DIAL_ADDRESSES_MAX ? 0 : -EIO;
}

/* In a child that can be killed: getaddrinfo cannot be interrupted. */
static int look_up_name(const struct settings *settings, const char *host, struct addresses *out)
{
    struct look_up what = { .host = host, .family = settings->family };
    const struct process_body body = {
        .run = look_up_child, .context = &what, .keep = -1, .ends_with_parent = true
    };
    int channel;
    const pid_t child = process_start(&body, &channel);
    if (child < 0)
        return (int)child;
    const int result = read_result(settings, channel, out);
    close(channel);
    process_kill(child);
    (void)process_reap(child, true);
    return result;
}

enum outcome dial_look_up(const struct settings *settings, const char *host, uint16_t port,
                          struct addresses *out, struct failure *failure)
{
    int result = 0;
    *out = (struct addresses){ 0 };
    if (addr_parse_host_here(host, &out->address[0]))
        out->count = 1;
    else
        result = look_up_name(settings, host, out);
    if (result == -EINTR)
        return failure_set(failure, OUTCOME_INTERRUPTED, "interrupted");
    if (result < 0)
        return failure_set(failure, OUTCOME_NO_HOST, "%s: cannot look up the name: %s", host,
                           strerror(-result));
    if (out->error == EAI_AGAIN)
        return failure_set(failure, OUTCOME_NO_HOST, "%s: name servers do not respond", host);
    if (out->error || out->count == 0)
        return failure_set(failure, OUTCOME_NO_HOST, "%s: no such host", host);
    for (uint32_t i = 0; i < out->count; i++)
        addr_set_port(&out->address[i], port);
    return OUTCOME_OK;
}

struct race {
    int fds[DIAL_ADDRESSES_MAX];
    uint32_t begun;
    int last_error;
};

/* Starts connecting to the next address.  Returns its index if it connects at once, or -1. */
static int begin_next(struct race *race, const struct addresses *addresses)
{
    const uint32_t i = race->begun++;
    const struct sockaddr_storage *to = &addresses->address[i];
    const int fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    race->fds[i] = fd;
    if (fd < 0) {
        race->last_error = errno;
        return -1;
    }
    if (connect(fd, (const struct sockaddr *)to, addr_size(to)) == 0)
        return (int)i;
    if (errno != EINPROGRESS) {
        race->last_error = errno;
        close(fd);
        race->fds[i] = -1;
    }
    return -1;
}

/* Checks one connection: true if it is open. */
static bool has_connected(struct race *race, uint32_t i)
{
    int error = 0;
    socklen_t n = sizeof error;
    if (getsockopt(race->fds[i], SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error == 0)
        return true;
    race->last_error = error;
    close(race->fds[i]);
    race->fds[i] = -1;
    return false;
}

static bool any_open(const struct race *race)
{
    for (uint32_t i = 0; i < race->begun; i++)
        if (race->fds[i] >= 0)
            return true;
    return false;
}

/* Waits for one of the pending connections: its index, -1 for none yet, -EINTR - 1 if
 * interrupted. */
static int await_one(struct race *race, int interrupt_fd, int64_t until)
{
    struct pollfd fds[DIAL_ADDRESSES_MAX + 1];
    const int64_t left = until - now_ms();
    for (uint32_t i = 0; i < race->begun; i++)
        fds[i] = (struct pollfd){ .fd = race->fds[i], .events = POLLOUT };
    fds[race->begun] = (struct pollfd){ .fd = interrupt_fd, .events = POLLIN };
    if (poll(fds, race->begun + 1, left > 0 ? (int)left : 0) <= 0)
        return -1;
    if (fds[race->begun].revents)
        return -EINTR - 1;
    for (uint32_t i = 0; i < race->begun; i++)
        if (race->fds[i] >= 0 && fds[i].revents && has_connected(race, i))
            return (int)i;
    return -1;
}

static int run_race(struct race *race, const struct addresses *addresses,
                    const struct settings *settings)
{
    const int64_t deadline = now_ms() + settings->connect_ms;
    int winner = -1;
    while (winner == -1 && now_ms() < deadline) {
        const bool more = race->begun < addresses->count;
        int64_t until = deadline;
        if (!more && !any_open(race))
            return -1;
        if (more) {
            winner = begin_next(race, addresses);
            until = now_ms() + (any_open(race) ? NEXT_ADDRESS_MS : 0);
        }
        if (winner == -1)
            winner = await_one(race, settings->interrupt_fd, until < deadline ? until : deadline);
    }
    if (winner == -1)
        race->last_error = ETIMEDOUT;
    return winner;
}

/* During a long transfer the control connection is idle: the probes keep it in the tables of
 * firewalls. */
static void keep_alive(int fd)
{
    int on = 1, seconds = KEEPALIVE_S;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
}

enum outcome dial(const struct settings *settings, const char *host, uint16_t port, int *fd,
                  struct sockaddr_storage *peer, struct failure *failure)
{
    struct race race = { .begun = 0 };
    struct addresses addresses;
    const enum outcome outcome = dial_look_up(settings, host, port, &addresses, failure);
    int winner;
    if (outcome != OUTCOME_OK)
        return outcome;
    winner = run_race(&race, &addresses, settings);
    for (uint32_t i = 0; i < race.begun; i++)
        if ((int)i != winner && race.fds[i] >= 0)
            close(race.fds[i]);
    if (winner == -EINTR - 1)
        return failure_set(failure, OUTCOME_INTERRUPTED, "interrupted");
    if (winner < 0)
        return failure_set(failure, OUTCOME_UNREACHABLE, "%s port %u: %s", host, (unsigned)port,
                           strerror(race.last_error));
    *fd = race.fds[winner];
    *peer = addresses.address[winner];
    keep_alive(*fd);
    return OUTCOME_OK;
}
