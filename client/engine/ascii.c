/* SPDX-License-Identifier: BSD-2-Clause */
/* ascii.c - converts line ends. */
#include "client/engine/ascii.h"

size_t ascii_receive(struct ascii *state, const char *from, size_t n, char *to)
{
    size_t written = 0;
    for (size_t i = 0; i < n; i++) {
        if (state->cr && from[i] != '\n')
            to[written++] = '\r';
        state->cr = from[i] == '\r';
        if (!state->cr)
            to[written++] = from[i];
    }
    return written;
}

size_t ascii_receive_end(struct ascii *state, char *to)
{
    const size_t n = state->cr;
    if (n)
        to[0] = '\r';
    state->cr = false;
    return n;
}

size_t ascii_send(struct ascii *state, const char *from, size_t n, char *to)
{
    size_t written = 0;
    for (size_t i = 0; i < n; i++) {
        if (from[i] == '\n' && !state->cr)
            to[written++] = '\r';
        to[written++] = from[i];
        state->cr = from[i] == '\r';
    }
    return written;
}
