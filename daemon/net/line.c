/* SPDX-License-Identifier: BSD-2-Clause */
/* line.c - runs in NET, without privilege; reads the client's bytes. */
#include "daemon/net/line.h"

#include "common/text.h"

#include <string.h>

enum {
    IAC = 255,
    DONT = 254,
    DO = 253,
    WONT = 252,
    WILL = 251,
    SB = 250,
    SE = 240,
    COMMANDS = 240
};

char *line_room(struct line_reader *reader, size_t *room)
{
    if (reader->start == reader->end) {
        reader->start = reader->end = 0;
    } else if (reader->end == RAW_SIZE && reader->start > 0) {
        memmove(reader->raw, reader->raw + reader->start, reader->end - reader->start);
        reader->end -= reader->start;
        reader->start = 0;
    }
    *room = RAW_SIZE - reader->end;
    return reader->raw + reader->end;
}

void line_filled(struct line_reader *reader, size_t n)
{
    reader->end += n;
    reader->filled += n;
}

bool line_has_room(const struct line_reader *reader)
{
    return reader->end - reader->start < RAW_SIZE;
}

bool line_has_more(const struct line_reader *reader)
{
    return reader->start < reader->end;
}

static void add_byte(struct line_reader *reader, char byte)
{
    if (reader->length == LINE_BYTES) {
        reader->too_long = true;
        return;
    }
    reader->nul |= byte == '\0';
    reader->text[reader->length++] = byte;
}

static void end_line(struct line_reader *reader)
{
    reader->text[reader->length] = '\0';
    reader->state = LINE_READY;
    if (reader->nul)
        reader->state = LINE_NUL;
    if (reader->too_long)
        reader->state = LINE_TOO_LONG;
}

/* A byte that is not of Telnet.  LF ends a line with or without CRs before it (some clients send
 * CR CR LF); CR NUL means the byte CR (RFC 2640 section 3.1); any other CR stays. */
static void on_text(struct line_reader *reader, char byte)
{
    if (byte == '\r') {
        reader->crs++;
        return;
    }
    if (byte == '\n')
        reader->crs = 0;
    const bool cr_nul = byte == '\0' && reader->crs > 0;
    for (; reader->crs > 0; reader->crs--)
        add_byte(reader, '\r');
    if (byte == '\n')
        end_line(reader);
    else if (!cr_nul)
        add_byte(reader, byte);
}

static void answer(struct line_reader *reader, int verb, char option)
{
    char *to = reader->answers + reader->answered;
    to[0] = (char)IAC;
    to[1] = (char)verb;
    to[2] = option;
    reader->answered += 3;
    reader->telnet = TELNET_DATA;
}

static void on_iac(struct line_reader *reader, unsigned char byte)
{
    reader->telnet = TELNET_DATA;
    if (byte == IAC) {
        on_text(reader, (char)IAC);
    } else if (byte == WILL) {
        reader->telnet = TELNET_WILL;
    } else if (byte == DO) {
        reader->telnet = TELNET_DO;
    } else if (byte == WONT || byte == DONT) {
        reader->telnet = TELNET_IGNORE;
    } else if (byte == SB) {
        reader->telnet = TELNET_SUB;
    } else if (byte < COMMANDS) { /* not Telnet: both bytes belong to a name */
        on_text(reader, (char)IAC);
        on_text(reader, (char)byte);
    }
}

static void on_byte(struct line_reader *reader, char byte)
{
    const unsigned char value = (unsigned char)byte;
    switch (reader->telnet) {
    case TELNET_DATA:
        if (value == IAC)
            reader->telnet = TELNET_IAC;
        else
            on_text(reader, byte);
        break;
    case TELNET_IAC:
        on_iac(reader, value);
        break;
    case TELNET_WILL:
        answer(reader, DONT, byte);
        break;
    case TELNET_DO:
        answer(reader, WONT, byte);
        break;
    case TELNET_IGNORE:
        reader->telnet = TELNET_DATA;
        break;
    case TELNET_SUB:
        reader->telnet = value == IAC ? TELNET_SUB_IAC : TELNET_SUB;
        break;
    case TELNET_SUB_IAC:
        reader->telnet = value == SE ? TELNET_DATA : TELNET_SUB;
        break;
    }
}

enum line_state line_next(struct line_reader *reader)
{
    while (reader->state == LINE_NONE && reader->start < reader->end &&
           reader->answered + 3 <= TELNET_ANSWERS_SIZE)
        on_byte(reader, reader->raw[reader->start++]);
    return reader->state;
}

bool line_ahead(const struct line_reader *reader, line_match *match, const void *context)
{
    struct line_reader ahead = *reader;
    bool found = false;
    while (!found && (ahead.state != LINE_NONE || line_has_more(&ahead))) {
        found = ahead.state == LINE_READY && match(ahead.text, context);
        line_take(&ahead);
        ahead.answered = 0;
        (void)line_next(&ahead);
    }
    return found;
}

void line_take(struct line_reader *reader)
{
    reader->state = LINE_NONE;
    reader->length = 0;
    reader->too_long = reader->nul = false;
}

void line_wipe(struct line_reader *reader)
{
    wipe(reader->text, sizeof reader->text);
    wipe(reader->raw, reader->start);
    /* line_room() may have left copies there */
    wipe(reader->raw + reader->end, RAW_SIZE - reader->end);
}
