/* complain.c - wardpasswd's messages.  What comes from outside (names, paths)
 * is escaped: a message must not be able to drive the terminal. */
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
