/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program that asks the administrator's checker: libc alone. */
#include "daemon/checker/checker.h"

#include "daemon/ipc/channel.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    static const struct program_kind checker = { .role = ROLE_CHECKER,
                                                 .borders = 1U << BORDER_ERRAND,
                                                 .scribe = FD_SCRIBE,
                                                 .rehearse = checker_rehearse };
    free(program_begin(&checker, argc, argv));
    checker_run();
}
