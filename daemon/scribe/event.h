/* SPDX-License-Identifier: BSD-2-Clause */
/* event.h - one line of the log, as fields, and its two forms.  Pure.
 *
 * Text:  2026-11-24T05:17:00.123Z info session=12 pid=345 address=192.0.2.1 user="alice" login
 * JSON:  {"time":"2026-11-24T05:17:00.123Z","level":"info","event":"login","session":12, ...}
 *
 * Strings may hold any byte that a client chose.  In text they are quoted, with
 * control bytes, backslashes and quotes as \xHH.  In JSON, valid UTF-8 is kept
 * and any other byte becomes \u00HH, so each line is valid JSON.  A quote is
 * \u0022, never \", so in both forms a string ends at the first quote. */
#ifndef SCRIBE_EVENT_H
#define SCRIBE_EVENT_H

#include "daemon/protocol/to_scribe.h"
#include "daemon/config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EVENT_FIELDS_MAX = 20,
    EVENT_ROOM = 6 * PATH_ROOM + 8192, /* a path whose every byte is escaped to six */
    EVENT_LIMIT = EVENT_ROOM - 1024,
    SYSLOG_LIMIT = 7000, /* syslog daemons may cut longer lines */
};

enum field_kind {
    FIELD_WORD,   /* the server's own text: nothing to escape */
    FIELD_STRING, /* untrusted bytes */
    FIELD_NUMBER,
    FIELD_MILLIS, /* number / 1000, three decimals */
    FIELD_FLAG,   /* text form yes or no, JSON true or false */
    FIELD_SWITCH, /* text: "complete": text form "complete" or "incomplete", JSON true or false */
    FIELD_REST,   /* text form `: text` to the line's end */
};

struct field {
    const char *key;
    enum field_kind kind;
    const char *text;
    uint64_t number;
};

struct event {
    enum event_id id;
    int64_t seconds; /* since the epoch */
    uint32_t millis;
    enum log_level level;
    const char *name; /* "login" */
    bool feed_only;   /* the log's rations leave it out */
    bool name_first;  /* text form `name: fields`, else `who name fields` */
    int32_t pid;      /* of the process that the event is about: syslog's tag */
    size_t who;       /* the first `who` fields identify the session */
    size_t count;
    struct field fields[EVENT_FIELDS_MAX];
};

/* Appends a field; ignored beyond EVENT_FIELDS_MAX. */
void event_add(struct event *event, enum field_kind kind, const char *key, const char *text,
               uint64_t number);

/* The line without its end.  Strings are cut so that it has at most about
 * limit bytes (at most EVENT_LIMIT).  with_time: begin with time and level, which
 * syslog adds by itself.  Returns the length. */
size_t event_text(const struct event *event, bool with_time, char to[EVENT_ROOM], size_t limit);
size_t event_json(const struct event *event, char to[EVENT_ROOM], size_t limit);

/* "2026-11-24T05:17:00.123Z" */
enum { EVENT_TIME_ROOM = 40 };
void event_time(const struct event *event, char to[EVENT_TIME_ROOM]);

const char *level_word(enum log_level level);

#endif
