/* SPDX-License-Identifier: BSD-2-Clause */
/* lines.h - texts of several lines that are shown to clients.  Pure. */
#ifndef COMMON_LINES_H
#define COMMON_LINES_H

#include <stddef.h>

/* Replaces each control character by "?", in place: of the terminal, of bidirectional text, and NUL
 * within the n bytes.  Line feeds and tabs stay; a CR before an LF is removed.  text has room for
 * n + 1 bytes, and ends with NUL afterwards.  Returns its length. */
size_t lines_make_safe(char *text, size_t n);

/* The next line of text, without its LF: its length.  *rest: what follows it; NULL: it is the last
 * one.  An LF at the end of text begins no line. */
size_t lines_next(const char *text, const char **rest);

#endif
