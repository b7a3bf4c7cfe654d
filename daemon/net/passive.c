/* SPDX-License-Identifier: BSD-2-Clause */
/* passive.c - runs in NET, without privilege; asks the dialer for listeners. */
#include "daemon/net/passive.h"

#include "common/text.h"
#include "daemon/net/ask.h"
#include "daemon/net/drain.h"
#include "daemon/net/report.h"
#include "daemon/net/wait.h"
#include "daemon/protocol/net_dialer.h"

#include <errno.h>
#include <string.h>

enum {
    AGAIN_MS = 100,
    AGAIN_MAX = 12,      /* longer than listeners drain, in every session */
    DRAINING_BESIDE = 2, /* the dialer gives a session four at most */
};

/* Could it work in a moment, when other sessions have closed what they drain? */
static bool passes(int error)
{
    return error == -EADDRINUSE || ask_dialer_is_short(error);
}

int passive_get(struct session *s, struct data_port *port)
{
    const struct port_range range = s->listener->passive_ports;
    char all[48];
    drain_keep_listeners(s, DRAINING_BESIDE);
    int fd = ask_dialer(s, DIAL_LISTEN, port);
    for (int i = 0; i < AGAIN_MAX && passes(fd); i++) {
        drain_keep_listeners(s, 0);
        if (i > 0 && session_wait(s, -1, 0, now_ms() + AGAIN_MS, UNTIL_CUT) == WAITED_CUT)
            break;
        fd = ask_dialer(s, DIAL_LISTEN, port);
    }
    if (fd == -EADDRINUSE)
        (void)text_format(all, sizeof all, "all of %u-%u are in use", range.first, range.last);
    if (fd < 0)
        report_data_failed(s, fd == -EADDRINUSE ? WHY_PORTS_EXHAUSTED : WHY_NO_LISTENER, fd,
                           fd == -EADDRINUSE ? all : NULL);
    return fd;
}
