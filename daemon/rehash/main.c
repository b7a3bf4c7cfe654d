/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program that changes a hash in the user file: libc alone. */
#include "daemon/rehash/rehash.h"

#include "daemon/ipc/channel.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    static const struct program_kind rehash = { .role = ROLE_REHASH,
                                                .borders = 1U << BORDER_ERRAND,
                                                .scribe = FD_SCRIBE,
                                                .rehearse = rehash_rehearse };
    free(program_begin(&rehash, argc, argv));
    rehash_run();
}
