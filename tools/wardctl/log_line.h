/* SPDX-License-Identifier: BSD-2-Clause */
/* log_line.h - reads one line of wardftpd's log, of either form (doc/events.md),
 * from its own file or from syslog's.  Pure. */
#ifndef WARDCTL_LOG_LINE_H
#define WARDCTL_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOG_FIELDS_MAX = 32 };

struct log_field {
    const char *key;
    char *value;  /* unescaped; a NUL in it would end it, and the scribe writes none */
    bool is_text; /* quoted in JSON; else a number, true or false */
};

struct log_line {
    int64_t seconds;   /* since the epoch; INT64_MIN: the line has no time that is understood */
    const char *time;  /* as it is written; NULL: none */
    const char *level; /* NULL: none, as in syslog */
    const char *event; /* NULL: not a line of wardftpd's */
    size_t count;
    struct log_field fields[LOG_FIELDS_MAX];
};

/* Parses the text of a line, without its line end; cuts it into pieces.  now: for
 * syslog's times, which have no year.  False: it is not a line of wardftpd's. */
bool log_line_parse(char *text, int64_t now, struct log_line *line);

/* The value of a field, or NULL. */
const char *log_line_get(const struct log_line *line, const char *key);

#endif
