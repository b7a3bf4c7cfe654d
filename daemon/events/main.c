/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program of events: libc alone. */
#include "daemon/events/events.h"

#include "daemon/ipc/channel.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"

int main(int argc, char **argv)
{
    static const struct program_kind events = { .role = ROLE_EVENTS,
                                                .borders = 1U << BORDER_FROM_MASTER |
                                                           1U << BORDER_TO_EVENTS |
                                                           1U << BORDER_HAND_OVER,
                                                .scribe = FD_SCRIBE,
                                                .rehearse = events_rehearse };
    events_run(program_begin(&events, argc, argv));
}
