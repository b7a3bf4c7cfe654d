/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_line.c - the reader of command lines: the same lines and answers
 * however the bytes are split, no line beyond its limit. */
/* with: daemon/net/line.c */
#include "daemon/net/line.h"
#include "tests/fuzz/fuzz.h"

enum { LOG_ROOM = 16 * 1024 };

struct log {
    char text[LOG_ROOM];
    size_t length;
};

static void add(struct log *log, const char *bytes, size_t n)
{
    must(log->length + n <= LOG_ROOM);
    memcpy(log->text + log->length, bytes, n);
    log->length += n;
}

/* Feeds pieces of the given size; lines and answers go to logs of their own. */
static void feed(const char *bytes, size_t n, size_t piece, struct log *lines, struct log *answers)
{
    static struct line_reader reader;
    memset(&reader, 0, sizeof reader);
    while (n > 0) {
        size_t room;
        char *to = line_room(&reader, &room);
        must(room > 0);
        size_t part = piece < n ? piece : n;
        part = part < room ? part : room;
        memcpy(to, bytes, part);
        line_filled(&reader, part);
        bytes += part;
        n -= part;
        while (line_has_more(&reader)) {
            const enum line_state state = line_next(&reader);
            add(answers, reader.answers, reader.answered);
            reader.answered = 0;
            if (state == LINE_NONE)
                continue;
            must(reader.length <= LINE_BYTES && reader.text[reader.length] == '\0');
            must(state != LINE_READY || strlen(reader.text) == reader.length);
            add(lines, (const char *)&state, 1);
            add(lines, reader.text, reader.length);
            line_take(&reader);
        }
    }
}

/* The first byte chooses the second split. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct log lines[2], answers[2];
    if (size == 0 || size > LOG_ROOM / 4)
        return 0;
    lines[0].length = lines[1].length = answers[0].length = answers[1].length = 0;
    feed((const char *)data + 1, size - 1, size, &lines[0], &answers[0]);
    feed((const char *)data + 1, size - 1, data[0] % 7 + 1, &lines[1], &answers[1]);
    must(lines[0].length == lines[1].length && answers[0].length == answers[1].length);
    must(memcmp(lines[0].text, lines[1].text, lines[0].length) == 0);
    must(memcmp(answers[0].text, answers[1].text, answers[0].length) == 0);
    return 0;
}
