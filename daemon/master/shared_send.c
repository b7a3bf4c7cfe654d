/* SPDX-License-Identifier: BSD-2-Clause */
/* shared_send.c - runs in the master: sends messages to the shared processes. */
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/master/master.h"
#include "daemon/master/shared_state.h"
#include "daemon/master/shortage.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum {
    /* one that reads nothing for so long is hung, not just waiting for a processor */
    HUNG_MS = 5000
};

static const enum role first_roles[SHARED_ROLES] = {
    [SHARED_AUTH] = ROLE_AUTH_BEFORE, [SHARED_DIALER] = ROLE_DIALER,
    [SHARED_KEEPER] = ROLE_KEEPER,    [SHARED_SCRIBE] = ROLE_SCRIBE,
    [SHARED_CONTROL] = ROLE_CONTROL,  [SHARED_RESOLVER] = ROLE_RESOLVER,
    [SHARED_EVENTS] = ROLE_EVENTS,    [SHARED_GREETER] = ROLE_GREETER,
    [SHARED_METRICS] = ROLE_METRICS,
};

const enum shared_role shared_order[SHARED_ROLES] = {
    SHARED_SCRIBE,   SHARED_AUTH,   SHARED_DIALER,  SHARED_KEEPER, SHARED_CONTROL,
    SHARED_RESOLVER, SHARED_EVENTS, SHARED_METRICS, SHARED_GREETER
};

enum role shared_first_role(enum shared_role role)
{
    return first_roles[role];
}

const char *shared_name(enum shared_role role)
{
    return roles[first_roles[role]].name;
}

/* Without descriptors by send(2), which does not fail for too many of them in flight. */
static int send_once(int channel, const void *message, size_t size, const int fds[], size_t count)
{
    return count == 0 ? channel_send(channel, message, size, MSG_DONTWAIT)
                      : channel_send_fds(channel, message, size, fds, count, MSG_DONTWAIT);
}

/* 0, or -errno; -EAGAIN: it has read nothing for HUNG_MS. */
static int send_waiting(const struct shared *shared, const void *message, size_t size,
                        const int fds[], size_t count)
{
    struct pollfd room = { .fd = shared->channel, .events = POLLOUT };
    /* it is being restarted, and gets everything then */
    if (shared->channel < 0)
        return 0;
    const int error = send_once(shared->channel, message, size, fds, count);
    if (error == -EAGAIN && poll(&room, 1, HUNG_MS) == 1)
        return send_once(shared->channel, message, size, fds, count);
    return error;
}

static void replace(const struct shared *shared, int error)
{
    log_note(LOG_LEVEL_ERROR, "%s does not read its messages (%s); it is replaced",
             shared_name(shared->role), strerror(-error));
    child_kill(&shared->child);
}

void shared_send(struct master *master, enum shared_role role, const void *message, size_t size,
                 int fd)
{
    const struct shared *shared = &master->shared->each[role];
    const int error = send_waiting(shared, message, size, &fd, fd >= 0 ? 1 : 0);
    if (error == -EAGAIN || error == -ETOOMANYREFS)
        replace(shared, error);
}

bool shared_try_send(struct master *master, enum shared_role role, const void *message, size_t size,
                     const int fds[], size_t count)
{
    const struct shared *shared = &master->shared->each[role];
    const int error = send_waiting(shared, message, size, fds, count);
    if (error == -EAGAIN)
        replace(shared, error);
    if (error == -ETOOMANYREFS || error == -ENOBUFS || error == -ENOMEM) {
        shortage_met(master, "cannot pass on a session's channel", -error);
        return false;
    }
    return true;
}

void shared_send_all(struct master *master, const void *message, size_t size, int fd)
{
    for (size_t i = 0; i < SHARED_ROLES; i++)
        shared_send(master, shared_order[i], message, size, fd);
}
