/* SPDX-License-Identifier: BSD-2-Clause */
/* clock.c - runs in NET, without privilege. */
#include "daemon/net/clock.h"

#include <time.h>

int64_t now_us(void)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail for this clock */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
