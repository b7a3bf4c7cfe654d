/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program of the keeper: libcrypto. */
#include "daemon/keeper/keeper.h"

#include "daemon/ipc/channel.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"

int main(int argc, char **argv)
{
    static const struct program_kind keeper = { .role = ROLE_KEEPER,
                                                .borders = 1U << BORDER_FROM_MASTER |
                                                           1U << BORDER_NET_KEEPER |
                                                           1U << BORDER_HAND_OVER,
                                                .scribe = FD_SCRIBE,
                                                .certificates = true,
                                                .check = keeper_check,
                                                .rehearse = keeper_rehearse };
    keeper_run(program_begin(&keeper, argc, argv));
}
