/* SPDX-License-Identifier: BSD-2-Clause */
/* complain.h - how wardpasswd fails: a line on standard error, an exit code of sysexits.h. */
#ifndef WARDPASSWD_COMPLAIN_H
#define WARDPASSWD_COMPLAIN_H

#include <sysexits.h>

/* Prints "wardpasswd: ..." and returns code, so that a failure is one statement. */
int complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
