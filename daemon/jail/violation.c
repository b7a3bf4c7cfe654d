/* SPDX-License-Identifier: BSD-2-Clause */
/* violation.c - runs in JAIL, as the user, in the user's root. */
#include "daemon/jail/handlers.h"

#include <errno.h>

int border_violated(struct jail *jail, const char *what)
{
    jail->violation = what;
    return -EPROTO;
}
