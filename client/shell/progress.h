/* progress.h - the lines that move on a terminal while files travel: one for each file under way, and
 * one for all of them together. */
#ifndef CLIENT_SHELL_PROGRESS_H
#define CLIENT_SHELL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { PROGRESS_LINES_MOST = 64, PROGRESS_NAME_ROOM = 64 };

/* How far one file is. */
struct progress_state {
    int64_t done, total; /* offset reached, and size; total -1: unknown */
    int64_t moved;       /* bytes that travelled */
    int64_t began_ms;
};

struct progress {
    FILE *to;
    unsigned drawn; /* lines that stand on the terminal */
    int64_t drawn_ms;
    struct progress_line {
        bool active;
        char name[PROGRESS_NAME_ROOM];
        struct progress_state state;
    } line[PROGRESS_LINES_MOST];

    /* of all files of one command */
    unsigned files, files_done;
    int64_t total_bytes, done_bytes, moved_bytes; /* the latter two of files that have ended */
    int64_t began_ms;
};

/* files transfers follow, of total_bytes in all as far as that is known. */
void progress_begin(struct progress *progress, unsigned files, int64_t total_bytes);

/* A file in place slot goes on; draws a few times a second. */
void progress_set(struct progress *progress, unsigned slot, const char *name,
                  const struct progress_state *state);

/* The file in place slot has ended, having reached done and moved bytes. */
void progress_end(struct progress *progress, unsigned slot, int64_t done, int64_t moved);

/* Takes the lines off the terminal, so that something else can be written; the next progress_set()
 * draws them anew. */
void progress_clear(struct progress *progress);

/* "1.5 MB", "300 B". */
enum { SIZE_TEXT_ROOM = 24 };
const char *size_text(int64_t bytes, char text[SIZE_TEXT_ROOM]);

#endif
