/* main.c - the program of the process that forks the JAILs: libc alone. */
#include "daemon/jail/jail.h"

#include "daemon/border/channel.h"
#include "daemon/cradle/cradle.h"
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
        .role = ROLE_JAIL_CRADLE,
        .borders = 1U << BORDER_ZYGOTE | 1U << BORDER_AUTH_JAIL | 1U << BORDER_NET_JAIL,
        .later = { { ROLE_JAIL_BEFORE, ROLE_JAIL } },
        .scribe = FD_CRADLE_SCRIBE,
        .rehearse = jail_rehearse,
    };
    static const struct cradle cradle = { .role = ROLE_JAIL_BEFORE, .channels = JAIL_CHANNELS, .live = live };
    cradle_run(&cradle, program_begin(&jails, argc, argv));
}
