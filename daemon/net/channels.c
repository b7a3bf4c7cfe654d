/* SPDX-License-Identifier: BSD-2-Clause */
/* channels.c - runs in NET, without privilege. */
#include "daemon/net/channels.h"

#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/net/activity.h"
#include "daemon/net/ask_keeper.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_SOON_US = 20 * 1000 };

/* Most answers come within microseconds, and one blocking call gets them.  After this time the
 * asker polls the client and the master as well. */
static void limit_wait(int channel)
{
    const struct timeval soon = { .tv_usec = ANSWER_SOON_US };
    if (setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon) != 0)
        die("net: can't set the time-out of a channel: %s", strerror(errno));
}

void channels_open(struct session *s)
{
    s->master = FD_MASTER;
    s->jail = FD_JAIL;
    s->auth = FD_AUTH;
    s->dialer = FD_DIALER;
    s->keeper = FD_KEEPER;
    s->scribe = FD_SCRIBE;
    limit_wait(s->jail);
    limit_wait(s->dialer);
    keeper_set_channel(s->keeper);
}

void channels_close(int *end)
{
    if (*end >= 0)
        (void)close(*end);
    *end = -1;
}

/* A session logs in once: after that it has no use for auth. */
void channels_replace(struct session *s, uint32_t role, int fd)
{
    int *ends[SHARED_ROLES] = {
        [SHARED_AUTH] = &s->auth,
        [SHARED_DIALER] = &s->dialer,
        [SHARED_KEEPER] = &s->keeper,
        [SHARED_SCRIBE] = &s->scribe,
    };
    if (role >= SHARED_ROLES || !ends[role])
        die("net: the master names a process that does not exist");
    if (role == SHARED_AUTH && s->logged_in) {
        (void)close(fd);
        return;
    }
    channels_close(ends[role]);
    *ends[role] = fd;
    if (role == SHARED_SCRIBE) {
        log_open(fd, s->config->log_level);
        activity_report_now(s);
    }
    if (role == SHARED_DIALER)
        limit_wait(fd);
    if (role == SHARED_KEEPER)
        keeper_set_channel(fd);
}

uint32_t channels_serial(struct session *s)
{
    return ++s->serial;
}
