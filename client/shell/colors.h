/* SPDX-License-Identifier: BSD-2-Clause */
/* colors.h - colours of names by their kind, as LS_COLORS has them (dircolors(1)). */
#ifndef CLIENT_SHELL_COLORS_H
#define CLIENT_SHELL_COLORS_H

#include "client/engine/listing.h"

/* Does the environment want colours on a terminal?  NO_COLOR and TERM=dumb say no. */
bool colors_wanted(void);

/* The parameters of the terminal's sequence, "01;34"; NULL: none.  Until the next call. */
const char *color_of(const struct entry *entry);

#endif
