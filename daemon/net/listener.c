/* listener.c - runs in NET, without privilege; accepts what connects to the
 * dialer's listeners.  The client's bytes are not read here. */
#include "daemon/net/listener.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/protocol/net_dialer.h"
#include "daemon/net/ask.h"
#include "daemon/net/drain.h"
#include "daemon/net/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    AGAIN_MS = 100,
    AGAIN_MOST = 12,     /* longer than listeners drain, in every session */
    DRAINING_BESIDE = 2, /* the dialer gives a session four at most */
};

/* The kernel lets no one else through (I12); that is checked here once more (law D1). */
int listener_accept(const struct session *s, int listener)
{
    for (;;) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        const int fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0)
            return -errno;
        addr_unmap(&peer);
        if (addr_same_host(&peer, &s->client.peer))
            return fd;
        log_note(LOG_LEVEL_WARNING, "a stranger's data connection was dropped");
        (void)close(fd);
    }
}

/* May it be had in a moment, when other sessions have given up what they drain? */
static bool passes(int error)
{
    return error == -EADDRINUSE || ask_dialer_is_short(error);
}

int listener_get(struct session *s, uint16_t *port)
{
    const struct port_range range = s->listener->passive_ports;
    drain_keep_listeners(s, DRAINING_BESIDE);
    int fd = ask_dialer(s, DIAL_LISTEN, port);
    for (int i = 0; i < AGAIN_MOST && passes(fd); i++) {
        drain_keep_listeners(s, 0);
        if (i > 0 && session_wait(s, -1, 0, now_ms() + AGAIN_MS, UNTIL_CUT) == WAITED_CUT)
            break;
        fd = ask_dialer(s, DIAL_LISTEN, port);
    }
    if (fd == -EADDRINUSE)
        log_note(LOG_LEVEL_WARNING, "no passive port: all of %u-%u are in use", range.first, range.last);
    else if (fd < 0)
        log_note(LOG_LEVEL_WARNING, "no passive port: %s", strerror(-fd));
    return fd;
}
