/* SPDX-License-Identifier: BSD-2-Clause */
/* reply.c - the reply parser.  It reads what a hostile server may send. */
#include "client/engine/reply.h"

#include <string.h>

void reply_init(struct reply *reply)
{
    reply->code = 0;
    reply->cut = false;
    reply->text_bytes = 0;
    reply->text[0] = '\0';
    reply->state = REPLY_AT_START;
    reply->telnet = TELNET_NONE;
    reply->line_bytes = 0;
    reply->total_bytes = 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The code that a line begins with, or -1; separator: what follows it, ' ' if nothing does. */
static int line_code(const struct reply *reply, char *separator)
{
    const char *line = reply->line;
    if (reply->line_bytes < 3 || !is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2]))
        return -1;
    *separator = ' ';
    if (reply->line_bytes > 3)
        *separator = line[3];
    if (*separator != ' ' && *separator != '-')
        return -1;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static void keep_text(struct reply *reply, size_t from)
{
    const size_t n = from < reply->line_bytes ? reply->line_bytes - from : 0;
    const size_t separator = reply->text_bytes > 0 || reply->state == REPLY_IN_LINES ? 1 : 0;
    if (reply->text_bytes + separator + n >= sizeof reply->text) {
        reply->cut = true;
        return;
    }
    if (separator)
        reply->text[reply->text_bytes++] = '\n';
    memcpy(reply->text + reply->text_bytes, reply->line + from, n);
    reply->text_bytes += n;
    reply->text[reply->text_bytes] = '\0';
}

static enum reply_step first_line(struct reply *reply)
{
    char separator = ' ';
    const int code = line_code(reply, &separator);
    if (code < 100 || code > 699)
        return reply->tolerant && ++reply->skipped <= REPLY_STRAY_MAX ? REPLY_MORE : REPLY_BAD;
    reply->code = code;
    keep_text(reply, 4);
    reply->state = separator == '-' ? REPLY_IN_LINES : REPLY_AT_END;
    return separator == '-' ? REPLY_MORE : REPLY_DONE;
}

/* Within "nnn-" only "nnn " ends it (RFC 959 section 4.2); "nnn-" may be repeated on each line. */
static enum reply_step later_line(struct reply *reply)
{
    char separator = '\0';
    const bool coded = line_code(reply, &separator) == reply->code;
    keep_text(reply, coded ? 4 : 0);
    if (!coded || separator == '-')
        return REPLY_MORE;
    reply->state = REPLY_AT_END;
    return REPLY_DONE;
}

static enum reply_step line_ended(struct reply *reply)
{
    enum reply_step step;
    if (reply->line_bytes > 0 && reply->line[reply->line_bytes - 1] == '\r')
        reply->line_bytes--;
    step = reply->state == REPLY_AT_START ? first_line(reply) : later_line(reply);
    reply->line_bytes = 0;
    return step;
}

static void put_byte(struct reply *reply, unsigned char c)
{
    if (reply->line_bytes < sizeof reply->line)
        reply->line[reply->line_bytes++] = c == '\0' ? '?' : (char)c;
    else
        reply->cut = true;
}

enum { IAC = 255, TELNET_WILL = 251, TELNET_LEAST = 240 };

/* True if the byte belongs to Telnet, or must wait for the next one. */
static bool telnet_took(struct reply *reply, unsigned char c)
{
    switch (reply->telnet) {
    case TELNET_NONE:
        if (c == IAC)
            reply->telnet = TELNET_IAC;
        return c == IAC;
    case TELNET_OPTION:
        reply->telnet = TELNET_NONE;
        return true;
    case TELNET_IAC:
        break;
    }
    reply->telnet = c >= TELNET_WILL && c < IAC ? TELNET_OPTION : TELNET_NONE;
    if (c == IAC || c < TELNET_LEAST)
        put_byte(reply, IAC);
    return c >= TELNET_LEAST;
}

enum reply_step reply_feed(struct reply *reply, const char *bytes, size_t n, size_t *used)
{
    if (reply->state == REPLY_AT_END) {
        reply_init(reply);
        reply->tolerant = true;
    }
    for (*used = 0; *used < n;) {
        const unsigned char c = (unsigned char)bytes[(*used)++];
        if (++reply->total_bytes > REPLY_MAX_BYTES)
            return REPLY_BAD;
        if (telnet_took(reply, c))
            continue;
        if (c == '\n') {
            const enum reply_step step = line_ended(reply);
            if (step != REPLY_MORE)
                return step;
        } else {
            put_byte(reply, c);
        }
    }
    return REPLY_MORE;
}

const char *reply_last_line(const struct reply *reply)
{
    const char *newline = strrchr(reply->text, '\n');
    return newline ? newline + 1 : reply->text;
}
