/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program of auth and of the hashers, which it forks: libcrypt. */
#include "daemon/auth/auth.h"

#include "daemon/ipc/channel.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"
#include "daemon/sandbox/orders.h"

#include <crypt.h>
#include <stdio.h>

static void print_version(void)
{
    printf("password hash: %s\n", crypt_preferred_method());
}

int main(int argc, char **argv)
{
    static const struct program_kind auth = {
        .role = ROLE_AUTH_BEFORE,
        .borders = 1U << BORDER_FROM_MASTER | 1U << BORDER_NET_AUTH | 1U << BORDER_AUTH_JAIL |
                   1U << BORDER_CONTROL | 1U << BORDER_HAND_OVER,
        .later = { { ROLE_AUTH }, { ROLE_HASH_POOL, ROLE_HASHER } },
        .scribe = FD_SCRIBE,
        .check = auth_check,
        .print_version = print_version,
        .rehearse = auth_rehearse,
    };
    struct config *config = program_begin(&auth, argc, argv);
    auth_run(config, &orders()->ids);
}
