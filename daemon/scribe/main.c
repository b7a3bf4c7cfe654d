/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program of the scribe: libc alone. */
#include "daemon/scribe/scribe.h"

#include "daemon/program/borders.h"
#include "daemon/program/program.h"

int main(int argc, char **argv)
{
    static const struct program_kind scribe = { .role = ROLE_SCRIBE,
                                                .borders = 1U << BORDER_FROM_MASTER |
                                                           1U << BORDER_CONTROL |
                                                           1U << BORDER_HAND_OVER,
                                                .scribe = -1,
                                                .rehearse = scribe_rehearse };
    scribe_run(program_begin(&scribe, argc, argv));
}
