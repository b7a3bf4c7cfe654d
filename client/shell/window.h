/* SPDX-License-Identifier: BSD-2-Clause */
/* window.h - the size of the terminal's window, and of text in it. */
#ifndef CLIENT_SHELL_WINDOW_H
#define CLIENT_SHELL_WINDOW_H

/* Of standard output; 80 and 24 if it does not say. */
unsigned window_columns(void);
unsigned window_rows(void);

/* The columns that a name takes when it is shown by text_escape(), in the locale's characters. */
unsigned window_width_of(const char *name);

#endif
