/* SPDX-License-Identifier: BSD-2-Clause */
/* window.c - sizes on the terminal. */
#include "client/shell/window.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

static struct winsize window(void)
{
    struct winsize size = { .ws_col = 0 };
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 20 || size.ws_row < 3)
        size = (struct winsize){ .ws_col = 80, .ws_row = 24 };
    return size;
}

unsigned window_columns(void)
{
    return window().ws_col;
}

unsigned window_rows(void)
{
    return window().ws_row;
}

unsigned window_width_of(const char *name)
{
    char shown[1024];
    mbstate_t state = { 0 };
    const size_t n = text_escape(shown, sizeof shown, name, strlen(name));
    unsigned width = 0;
    for (size_t i = 0; i < n;) {
        wchar_t c;
        const size_t used = mbrtowc(&c, shown + i, n - i, &state);
        const bool whole = used != 0 && used < n + 1;
        const int columns = whole ? wcwidth(c) : 1;
        width += columns > 0 ? (unsigned)columns : 0;
        i += whole ? used : 1;
        if (!whole)
            memset(&state, 0, sizeof state);
    }
    return width;
}
