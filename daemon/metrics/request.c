/* SPDX-License-Identifier: BSD-2-Clause */
/* request.c - runs in metrics: reads a request of anyone who can connect.  No header
 * is kept, and of all of them one word matters: a client that accepts OpenMetrics names
 * its media type.  A body is not read: the connection ends with the answer. */
#include "daemon/metrics/request.h"

#include "common/text.h"

#include <string.h>
#include <strings.h>

static const char open_metrics_type[] = "application/openmetrics-text";

struct line {
    const char *at;
    size_t length; /* without its end */
};

/* Takes a line, ended by LF or CRLF, off the front.  False: there is none. */
static bool next_line(const char **bytes, size_t *left, struct line *line)
{
    const char *end = memchr(*bytes, '\n', *left);
    if (!end)
        return false;
    line->at = *bytes;
    line->length = (size_t)(end - *bytes);
    *left -= line->length + 1;
    *bytes = end + 1;
    if (line->length && line->at[line->length - 1] == '\r')
        line->length--;
    return true;
}

/* Takes a word off the front of the line: up to a blank, which goes, too. */
static struct line next_word(struct line *line)
{
    const char *blank = memchr(line->at, ' ', line->length);
    const struct line word = { line->at, blank ? (size_t)(blank - line->at) : line->length };
    const size_t taken = word.length + (blank ? 1 : 0);
    line->at += taken;
    line->length -= taken;
    return word;
}

static bool is(const struct line *word, const char *text)
{
    return word->length == strlen(text) && memcmp(word->at, text, word->length) == 0;
}

/* Method, target, version (RFC 9112 section 3). */
static enum request_status read_first(struct line line)
{
    const struct line method = next_word(&line), target = next_word(&line);
    if (!method.length || !target.length || !line.length || memchr(line.at, ' ', line.length))
        return REQUEST_BAD;
    if (!is(&line, "HTTP/1.1") && !is(&line, "HTTP/1.0"))
        return line.length > 5 && memcmp(line.at, "HTTP/", 5) == 0 ? REQUEST_VERSION : REQUEST_BAD;
    if (!is(&method, "GET"))
        return REQUEST_NOT_ALLOWED;
    return is(&target, "/metrics") ? REQUEST_OK : REQUEST_NOT_FOUND;
}

static bool names_open_metrics(const struct line *header)
{
    static const char name[] = "accept:";
    return header->length >= sizeof name - 1 &&
           strncasecmp(header->at, name, sizeof name - 1) == 0 &&
           memmem(header->at, header->length, open_metrics_type, sizeof open_metrics_type - 1);
}

enum request_status request_read(const char *bytes, size_t length, bool *open_metrics)
{
    struct line first, header;
    *open_metrics = false;
    if (memchr(bytes, '\0', length))
        return REQUEST_BAD;
    const enum request_status partial = length < REQUEST_ROOM ? REQUEST_PARTIAL : REQUEST_TOO_LARGE;
    if (!next_line(&bytes, &length, &first))
        return partial;
    const enum request_status status = read_first(first);
    while (next_line(&bytes, &length, &header)) {
        if (header.length == 0)
            return status;
        *open_metrics = *open_metrics || names_open_metrics(&header);
    }
    return status == REQUEST_BAD ? status : partial;
}

const char *request_status_text(enum request_status status)
{
    switch (status) {
    case REQUEST_OK:
        return "200 OK";
    case REQUEST_NOT_FOUND:
        return "404 Not Found";
    case REQUEST_NOT_ALLOWED:
        return "405 Method Not Allowed";
    case REQUEST_TOO_LARGE:
        return "431 Request Header Fields Too Large";
    case REQUEST_UNAVAILABLE:
        return "503 Service Unavailable";
    case REQUEST_VERSION:
        return "505 HTTP Version Not Supported";
    default:
        return "400 Bad Request";
    }
}
