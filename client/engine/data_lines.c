/* SPDX-License-Identifier: BSD-2-Clause */
/* data_lines.c - the lines that come over a data connection. */
#include "client/engine/data.h"

#include "common/text.h"

#include <stdint.h>

/* Bounds a listing without end. */
enum { LISTING_RECEIVED_MAX = 1 << 30 };

struct lines {
    struct charset *charset;
    size_t n;
    char line[REPLY_LINE_SIZE];
    bool (*take)(void *context, const char *line, size_t n);
    void *context;
};

static bool decode_line(struct lines *lines)
{
    UNFILLED char text[REPLY_LINE_SIZE * 3]; /* in the sets in use, a byte becomes three at most */
    const size_t n = charset_decode(lines->charset, lines->line, lines->n, text, sizeof text);
    return lines->take(lines->context, text, n);
}

static bool feed_lines(struct lines *lines, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != '\n') {
            if (lines->n < sizeof lines->line)
                lines->line[lines->n++] = bytes[i];
            continue;
        }
        if (lines->n > 0 && lines->line[lines->n - 1] == '\r')
            lines->n--;
        if (!(lines->charset ? decode_line(lines)
                             : lines->take(lines->context, lines->line, lines->n)))
            return false;
        lines->n = 0;
    }
    return true;
}

enum outcome data_lines(struct session *session, const char *verb, const char *argument,
                        bool (*line)(void *context, const char *line, size_t n), void *context,
                        bool *clean)
{
    struct lines lines = { .charset = session->charset, .take = line, .context = context };
    char buffer[32768];
    int64_t received = 0;
    struct data data;
    enum outcome outcome = data_begin(session, &data, 0, verb, argument);
    if (outcome != OUTCOME_OK)
        return outcome;
    for (;;) {
        const ssize_t n = link_read(&data.link, buffer, sizeof buffer, session->settings->stall_ms);
        if (n == 0)
            break;
        if (n < 0)
            outcome = data_failure(session, &data, (int)n);
        else if ((received += n) > LISTING_RECEIVED_MAX || !feed_lines(&lines, buffer, (size_t)n))
            outcome = failure_set(&session->failure, OUTCOME_PROTOCOL, "listing too large");
        if (outcome != OUTCOME_OK) {
            data_abort(session, &data);
            return outcome;
        }
    }
    *clean = data.link.clean_end;
    if (lines.n > 0 && !feed_lines(&lines, "\n", 1))
        outcome = failure_set(&session->failure, OUTCOME_PROTOCOL, "listing too large");
    return data_end(session, &data) == OUTCOME_OK ? outcome : session->failure.outcome;
}
