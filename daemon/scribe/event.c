/* SPDX-License-Identifier: BSD-2-Clause */
/* event.c - runs in the scribe (own uid, no capability, empty root): makes a
 * line of the log out of fields that hold a client's bytes. */
#include "daemon/scribe/event.h"

#include "common/ftptime.h"
#include "common/json.h"
#include "common/text.h"

#include <inttypes.h>
#include <string.h>

/* Strings are cut at `limit`; the reserve keeps room for the server's own short fields. */
enum { RESERVE = 512 };

struct line {
    char *text;
    size_t length;
    size_t limit;
};

static void put_bytes(struct line *line, const char *bytes, size_t n)
{
    if (line->length + n >= EVENT_ROOM)
        return;
    memcpy(line->text + line->length, bytes, n);
    line->length += n;
    line->text[line->length] = '\0';
}

static void put(struct line *line, const char *text)
{
    put_bytes(line, text, strlen(text));
}

static void put_number(struct line *line, uint64_t number)
{
    char text[24];
    (void)text_format(text, sizeof text, "%" PRIu64, number);
    put(line, text);
}

static void put_millis(struct line *line, uint64_t millis)
{
    char text[32];
    (void)text_format(text, sizeof text, "%" PRIu64 ".%03" PRIu64, millis / 1000, millis % 1000);
    put(line, text);
}

/* Is there room for n bytes of a string?  If not, appends "...". */
static bool string_fits(struct line *line, size_t n)
{
    if (line->length + n + RESERVE <= line->limit)
        return true;
    put(line, "...");
    return false;
}

static void put_escaped(struct line *line, const char *text, bool quoted)
{
    for (size_t n = strlen(text); n > 0;) {
        char piece[TEXT_PIECE_ROOM];
        size_t piece_length;
        const size_t took = text_escape_char(text, n, piece, &piece_length);
        const bool quote = quoted && *text == '"';
        if (!string_fits(line, quote ? 4 : piece_length))
            return;
        put_bytes(line, quote ? "\\x22" : piece, quote ? 4 : piece_length);
        text += took;
        n -= took;
    }
}

static void put_json_string(struct line *line, const char *text)
{
    put(line, "\"");
    for (size_t n = strlen(text); n > 0;) {
        char piece[JSON_PIECE_ROOM];
        size_t piece_length;
        const size_t took = json_char(text, n, JSON_LATIN1, piece, &piece_length);
        if (!string_fits(line, 6))
            break;
        put_bytes(line, piece, piece_length);
        text += took;
        n -= took;
    }
    put(line, "\"");
}

void event_add(struct event *event, enum field_kind kind, const char *key, const char *text,
               uint64_t number)
{
    if (event->count == EVENT_FIELDS_MAX)
        return;
    event->fields[event->count++] =
        (struct field){ .key = key, .kind = kind, .text = text, .number = number };
}

const char *level_word(enum log_level level)
{
    static const char *const words[] = { "none", "error", "warning", "info", "debug" };
    return (size_t)level < COUNT(words) ? words[level] : words[0];
}

void event_time(const struct event *event, char to[EVENT_TIME_ROOM])
{
    struct civil civil;
    civil_from_seconds(event->seconds, &civil);
    (void)text_format(to, EVENT_TIME_ROOM, "%04" PRId64 "-%02u-%02uT%02u:%02u:%02u.%03uZ",
                      civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second,
                      event->millis % 1000);
}

/* ---- text ---- */

static void text_field(struct line *line, const struct field *field)
{
    if (field->kind == FIELD_REST) {
        put(line, ": ");
        put_escaped(line, field->text, false);
        return;
    }
    put(line, " ");
    if (field->kind == FIELD_SWITCH) {
        put(line, field->number ? "" : "in");
        put(line, field->text);
        return;
    }
    put(line, field->key);
    put(line, "=");
    switch (field->kind) {
    case FIELD_STRING:
        put(line, "\"");
        put_escaped(line, field->text, true);
        put(line, "\"");
        break;
    case FIELD_NUMBER:
        put_number(line, field->number);
        break;
    case FIELD_MILLIS:
        put_millis(line, field->number);
        break;
    case FIELD_FLAG:
        put(line, field->number ? "yes" : "no");
        break;
    default:
        put(line, field->text);
        break;
    }
}

static void text_name(struct line *line, const struct event *event)
{
    put(line, " ");
    put(line, event->name);
    put(line, event->name_first ? ":" : "");
}

size_t event_text(const struct event *event, bool with_time, char to[EVENT_ROOM], size_t limit)
{
    struct line line = { .text = to, .limit = limit < EVENT_LIMIT ? limit : EVENT_LIMIT };
    if (with_time) {
        char time[EVENT_TIME_ROOM];
        event_time(event, time);
        put(&line, time);
        put(&line, " ");
        put(&line, level_word(event->level));
    }
    const size_t name_at = event->name_first ? 0 : event->who;
    for (size_t i = 0; i < event->count; i++) {
        if (i == name_at)
            text_name(&line, event);
        text_field(&line, &event->fields[i]);
    }
    if (name_at >= event->count)
        text_name(&line, event);
    if (with_time || line.length == 0)
        return line.length;
    memmove(to, to + 1, line.length); /* drops the leading space */
    return line.length - 1;
}

/* ---- JSON ---- */

static void json_field(struct line *line, const struct field *field)
{
    put(line, ",\"");
    put(line, field->key);
    put(line, "\":");
    switch (field->kind) {
    case FIELD_NUMBER:
        put_number(line, field->number);
        break;
    case FIELD_MILLIS:
        put_millis(line, field->number);
        break;
    case FIELD_FLAG:
    case FIELD_SWITCH:
        put(line, field->number ? "true" : "false");
        break;
    default:
        put_json_string(line, field->text);
        break;
    }
}

size_t event_json(const struct event *event, char to[EVENT_ROOM], size_t limit)
{
    struct line line = { .text = to, .limit = limit < EVENT_LIMIT ? limit : EVENT_LIMIT };
    char time[EVENT_TIME_ROOM];
    to[0] = '\0';
    event_time(event, time);
    put(&line, "{\"time\":\"");
    put(&line, time);
    put(&line, "\",\"level\":\"");
    put(&line, level_word(event->level));
    put(&line, "\",\"event\":\"");
    put(&line, event->name);
    put(&line, "\"");
    for (size_t i = 0; i < event->count; i++)
        json_field(&line, &event->fields[i]);
    put(&line, "}");
    return line.length;
}
