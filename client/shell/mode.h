/* SPDX-License-Identifier: BSD-2-Clause */
/* mode.h - permissions as chmod(1) takes them: "644", or "u+x,go-w". */
#ifndef CLIENT_SHELL_MODE_H
#define CLIENT_SHELL_MODE_H

#include <stdbool.h>

/* Is it a mode?  *symbolic: it needs the mode that the file has. */
bool mode_is_valid(const char *text, bool *symbolic);

/* The nine permission bits of a file with the mode old, or for an octal text what it says. */
unsigned mode_apply(const char *text, unsigned old, bool directory);

#endif
