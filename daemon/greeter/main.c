/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program of the greeter: libc alone. */
#include "daemon/greeter/greeter.h"

#include "daemon/ipc/channel.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"

int main(int argc, char **argv)
{
    static const struct program_kind greeter = { .role = ROLE_GREETER,
                                                 .borders = 1U << BORDER_FROM_MASTER,
                                                 .scribe = FD_SCRIBE,
                                                 .rehearse = greeter_rehearse };
    greeter_run(program_begin(&greeter, argc, argv));
}
