/* SPDX-License-Identifier: BSD-2-Clause */
/* report.h - what the user sees: text or JSON, progress lines on a terminal, the protocol trace. */
#ifndef CLIENT_SHELL_REPORT_H
#define CLIENT_SHELL_REPORT_H

#include "client/engine/listing.h"
#include "client/shell/progress.h"
#include "client/engine/failure.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct report {
    const char *script;   /* name of the script; NULL: none */
    unsigned script_line; /* and the line of the current command */
    FILE *out;            /* results and JSON */
    FILE *err;            /* troubles, progress, trace */
    bool json, verbose, quiet;
    bool progress; /* err is a terminal */
    bool out_terminal;
    enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
    enum sizes { SIZES_BYTES, SIZES_HUMAN } human; /* in listings */
    int64_t sent_ms;                               /* when progress was last written as JSON */
    struct progress lines;
};

void report_init(struct report *report, bool json, bool verbose, bool quiet);

/* A line for people, or {"event": "note"}; nothing under --quiet. */
void report_note(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What a command has to say: text, or {"event": event, "text": ...}.  Bytes are escaped for
 * terminals. */
void report_text(struct report *report, const char *event, const char *text);
void report_failure(struct report *report, const struct failure *failure);
void report_trace(void *report, char direction, const char *line);

/* A name in a result: raw where a program reads it, escaped on a terminal. */
void report_name(const struct report *report, const char *name);

/* In report_listing.c: a directory, in lines as of ls -l, as names alone, one a line or in columns,
 * or as JSON; and one line of it. */
enum listing_style {
    LISTING_LONG,
    LISTING_NAMES,
    LISTING_MARKED, /* names with a slash behind directories */
    LISTING_COLUMNS
};
void report_listing(struct report *report, const struct listing *listing, enum listing_style style);
void report_entry(struct report *report, const struct entry *entry);

/* files transfers follow; then the progress of the one in place slot, its end, and the end of
 * all. */
void report_begin(struct report *report, unsigned files, int64_t total_bytes);
void report_progress(struct report *report, unsigned slot, const char *name,
                     const struct progress_state *state);
struct report_transfer {
    const char *direction; /* "get" or "put" */
    const char *remote, *local;
    int64_t start, bytes, moved, elapsed_ms;
    const struct failure *failure; /* NULL: done */
};
void report_transfer(struct report *report, unsigned slot, const struct report_transfer *transfer);
void report_end(struct report *report);

/* What a mirror does to a path, or would do; action: "copy", "make" or "delete". */
void report_plan(struct report *report, const char *action, const char *path, bool dry_run);

/* Takes the lines of progress off the terminal. */
void report_clear(struct report *report);

#endif
