/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program of the resolver: libc alone. */
#include "daemon/resolver/resolver.h"

#include "daemon/ipc/channel.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"

int main(int argc, char **argv)
{
    static const struct program_kind resolver = { .role = ROLE_RESOLVER,
                                                  .borders = 1U << BORDER_FROM_MASTER,
                                                  .scribe = FD_SCRIBE,
                                                  .rehearse = resolver_rehearse };
    resolver_run(program_begin(&resolver, argc, argv));
}
