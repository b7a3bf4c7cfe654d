/* SPDX-License-Identifier: BSD-2-Clause */
/* listener.c - runs in NET, without privilege; accepts connections to the
 * dialer's listeners. */
#include "daemon/net/listener.h"

#include "common/addr.h"
#include "daemon/net/report.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* The listener's packet filter lets no other host through (I12); this checks it again (law D1). */
int listener_accept(const struct session *s, int listener)
{
    for (;;) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        const int fd =
            accept4(listener, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0)
            return -errno;
        addr_unmap(&peer);
        if (addr_same_host(&peer, &s->client.peer))
            return fd;
        report_wrong_peer(&peer);
        (void)close(fd);
    }
}
