/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program that makes a home: libc alone. */
#include "daemon/homes/homes.h"

#include "daemon/ipc/channel.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"
#include "daemon/sandbox/orders.h"

int main(int argc, char **argv)
{
    static const struct program_kind homes = { .role = ROLE_HOMES,
                                               .borders = 1U << BORDER_ERRAND,
                                               .scribe = FD_SCRIBE,
                                               .rehearse = homes_rehearse };
    struct config *config = program_begin(&homes, argc, argv);
    homes_run(config, &orders()->ids);
}
