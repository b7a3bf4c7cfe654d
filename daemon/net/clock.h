/* SPDX-License-Identifier: BSD-2-Clause */
/* clock.h - the clock of rates and of the transfer log. */
#ifndef NET_CLOCK_H
#define NET_CLOCK_H

#include <stdint.h>

/* Microseconds of CLOCK_MONOTONIC. */
int64_t now_us(void);

#endif
