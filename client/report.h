/* report.h - what the user sees: text or JSON, progress lines on a terminal, the protocol trace. */
#ifndef CLIENT_REPORT_H
#define CLIENT_REPORT_H

#include "client/listing.h"
#include "client/transfer.h"
#include "client/trouble.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct report {
    FILE *out; /* results and JSON */
    FILE *err; /* troubles, progress, trace */
    bool json, verbose, quiet;
    bool progress; /* err is a terminal */
    bool out_terminal;
    bool drawn; /* a progress line stands on the terminal */
    int64_t drawn_ms;

    /* of the files of one command */
    unsigned files, files_done;
    int64_t total_bytes, done_bytes, began_ms;
};

void report_init(struct report *report, bool json, bool verbose, bool quiet);

/* A line for people; nothing under --json or --quiet. */
void report_note(struct report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What a command has to say: text, or {"event": event, "text": ...}.  Bytes are escaped for terminals. */
void report_text(struct report *report, const char *event, const char *text);
void report_trouble(struct report *report, const struct trouble *trouble);
void report_trace(void *report, char direction, const char *line);

/* A directory, in lines as of ls -l, names only, or JSON. */
void report_listing(struct report *report, const struct listing *listing, bool names_only);
void report_entry(struct report *report, const struct entry *entry);

/* Progress of one file (drawn a few times a second), and its end. */
void report_progress(struct report *report, const char *name, int64_t done, int64_t total, int64_t moved,
                     int64_t began_ms);
struct report_transfer {
    const char *direction; /* "get" or "put" */
    const char *remote, *local;
    int64_t start, bytes, moved, elapsed_ms;
    const struct trouble *trouble; /* NULL: done */
};
void report_transfer(struct report *report, const struct report_transfer *transfer);

/* Takes the progress line off the terminal. */
void report_clear(struct report *report);

/* "1.5 MB", "300 B". */
enum { SIZE_TEXT_ROOM = 24 };
const char *size_text(int64_t bytes, char text[SIZE_TEXT_ROOM]);

#endif
