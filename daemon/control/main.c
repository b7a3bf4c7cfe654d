/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program of control, which serves wardctl: libc alone. */
#include "daemon/control/control.h"

#include "daemon/ipc/channel.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"

int main(int argc, char **argv)
{
    static const struct program_kind control = { .role = ROLE_CONTROL,
                                                 .borders = 1U << BORDER_FROM_MASTER |
                                                            1U << BORDER_CONTROL |
                                                            1U << BORDER_HAND_OVER,
                                                 .scribe = FD_SCRIBE,
                                                 .rehearse = control_rehearse };
    control_run(program_begin(&control, argc, argv));
}
