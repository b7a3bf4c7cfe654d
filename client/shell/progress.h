/* SPDX-License-Identifier: BSD-2-Clause */
/* progress.h - progress lines on a terminal: one for each transfer, and one for the total. */
#ifndef CLIENT_SHELL_PROGRESS_H
#define CLIENT_SHELL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { PROGRESS_LINES_MAX = 64, PROGRESS_NAME_SIZE = 64 };

/* How far one file is. */
struct progress_state {
    int64_t done, total; /* offset reached, and size; total -1: unknown */
    int64_t moved;       /* bytes transferred */
    int64_t began_ms;
};

struct progress {
    FILE *to;
    unsigned drawn; /* lines on the terminal */
    int64_t drawn_ms;
    struct progress_line {
        bool active;
        char name[PROGRESS_NAME_SIZE];
        struct progress_state state;
    } line[PROGRESS_LINES_MAX];

    /* of all files of one command */
    unsigned files, files_done;
    int64_t total_bytes, done_bytes, moved_bytes; /* the latter two of files that have ended */
    int64_t began_ms;
};

/* files transfers follow, of total_bytes in all as far as that is known. */
void progress_begin(struct progress *progress, unsigned files, int64_t total_bytes);

/* Updates the transfer in a slot; draws a few times a second. */
void progress_set(struct progress *progress, unsigned slot, const char *name,
                  const struct progress_state *state);

/* The file in place slot has ended, having reached done and moved bytes. */
void progress_end(struct progress *progress, unsigned slot, int64_t done, int64_t moved);

/* A line in place of all others, for a wait. */
void progress_wait(struct progress *progress, const char *what, const char *name, int64_t ms);

/* Clears the lines, so that something else can be written; the next progress_set()
 * draws them again. */
void progress_clear(struct progress *progress);

/* "1.5 MB", "300 B". */
enum { SIZE_TEXT_SIZE = 24 };
const char *size_text(int64_t bytes, char text[SIZE_TEXT_SIZE]);

#endif
