/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program of the zygote that forks the JAILs.  It links libc
 * only, statically if possible, which makes forks cheaper. */
#include "daemon/jail/jail.h"

#include "daemon/ipc/channel.h"
#include "daemon/zygote/zygote.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"
#include "daemon/sandbox/orders.h"

static void live(const struct config *config)
{
    jail_run(config, &orders()->ids);
}

int main(int argc, char **argv)
{
    static const struct program_kind jails = {
        .role = ROLE_JAIL_ZYGOTE,
        .borders = 1U << BORDER_ZYGOTE | 1U << BORDER_AUTH_JAIL | 1U << BORDER_NET_JAIL,
        .later = { { ROLE_JAIL_BEFORE, ROLE_JAIL } },
        .scribe = FD_ZYGOTE_SCRIBE,
        .rehearse = jail_rehearse,
    };
    static const struct zygote zygote = { .role = ROLE_JAIL_BEFORE,
                                          .channels = JAIL_CHANNELS,
                                          .live = live };
    zygote_run(&zygote, program_begin(&jails, argc, argv));
}
