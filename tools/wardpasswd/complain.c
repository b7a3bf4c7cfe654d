/* SPDX-License-Identifier: BSD-2-Clause */
/* complain.c - wardpasswd's messages.  Names and paths are escaped, so that a
 * message cannot control the terminal. */
#include "tools/wardpasswd/complain.h"

#include "common/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int complain(int code, const char *format, ...)
{
    char raw[2048];
    char safe[4096];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(raw, sizeof raw, format, arguments) < 0)
        (void)text_copy(raw, sizeof raw, format);
    va_end(arguments);
    (void)text_escape(safe, sizeof safe, raw, strlen(raw));
    (void)fprintf(stderr, "wardpasswd: %s\n", safe);
    return code;
}
