/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program of the dialer: libc alone. */
#include "daemon/dialer/dialer.h"

#include "daemon/ipc/channel.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"

int main(int argc, char **argv)
{
    static const struct program_kind dialer = { .role = ROLE_DIALER,
                                                .borders = 1U << BORDER_FROM_MASTER |
                                                           1U << BORDER_NET_DIALER |
                                                           1U << BORDER_HAND_OVER,
                                                .scribe = FD_SCRIBE,
                                                .rehearse = dialer_rehearse };
    dialer_run(program_begin(&dialer, argc, argv));
}
