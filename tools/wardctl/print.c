/* SPDX-License-Identifier: BSD-2-Clause */
/* print.c - lists on standard output. */
#include "tools/wardctl/wardctl.h"

#include <stdio.h>

void json_list_begin(void)
{
    (void)fputs("[\n", stdout);
}

void json_list_next(bool first)
{
    (void)fputs(first ? "  " : ", ", stdout);
}

int list_end(bool json)
{
    if (json)
        (void)fputs("]\n", stdout);
    if (fflush(stdout) != 0 || ferror(stdout))
        return complain(EX_IOERR, "can't write to standard output");
    return 0;
}
