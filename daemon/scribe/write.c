/* SPDX-License-Identifier: BSD-2-Clause */
/* write.c - runs in the scribe: formats events and writes them to the log;
 * counts the lines that are lost. */
#include "daemon/scribe/chain.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    REOPEN_MS = 1000,       /* a syslog daemon that was restarted */
    REOPEN_FILE_MS = 60000, /* a file that can't be opened: each try is a line as well */
};

static void ask_to_reopen(struct scribe *scribe)
{
    const struct message_head ask = { .type = TM_REOPEN };
    const int64_t pause = scribe->config->log[0] == '/' ? REOPEN_FILE_MS : REOPEN_MS;
    if (scribe->master_gone ||
        (scribe->reopen_asked_ms && scribe->now < scribe->reopen_asked_ms + pause))
        return;
    scribe->reopen_asked_ms = scribe->now;
    /* asks again when the next line is lost */
    (void)channel_send(FD_MASTER, &ask, sizeof ask, MSG_DONTWAIT);
}

static size_t format(const struct scribe *scribe, const struct event *event, char line[EVENT_ROOM],
                     size_t limit)
{
    if (scribe->config->log_format == LOG_JSON)
        return event_json(event, line, limit);
    return event_text(event, scribe->log.kind != SINK_SYSLOG, line, limit);
}

/* The first line of a chain says so: there is one for each scribe that has written to the file. */
static void begin_chain(struct scribe *scribe, char line[EVENT_ROOM])
{
    struct event event;
    event_begin(&event, EVENT_CHAIN, (int32_t)getpid());
    event_add(&event, FIELD_WORD, "process", "scribe", 0);
    event_add(&event, FIELD_NUMBER, "pid", NULL, (uint64_t)getpid());
    event.who = event.count;
    event_add(&event, FIELD_REST, "text", "a new chain of lines begins", 0);
    memset(&scribe->chain, 0, sizeof scribe->chain);
    (void)chain_write(scribe, &event, line, format(scribe, &event, line, EVENT_LIMIT));
}

/* cell: whose ration long lines count against; NULL: none. */
static bool write_event(struct scribe *scribe, struct cell_facts *cell, const struct event *event)
{
    static char line[EVENT_ROOM];
    if (chain_is_on(scribe) && scribe->chain.sequence == 0)
        begin_chain(scribe, line);
    size_t length =
        format(scribe, event, line, scribe->log.kind == SINK_SYSLOG ? SYSLOG_LIMIT : EVENT_LIMIT);
    if (cell && length > LINE_SHORT && !ration_long_line(&cell->rations, length, scribe->now))
        length = format(scribe, event, line, LINE_SHORT);
    return chain_write(scribe, event, line, length);
}

void event_begin(struct event *event, enum event_id id, int32_t pid)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_REALTIME, &now); /* this clock always exists */
    memset(event, 0, sizeof *event);
    event->seconds = now.tv_sec;
    event->millis = (uint32_t)(now.tv_nsec / 1000000);
    event->id = id;
    event->level = event_level(id);
    /* filters know that form */
    event->name = id == EVENT_LOGIN_FAILED ? "login refused" : event_word(id);
    event->pid = pid;
}

void emit_lost(struct scribe *scribe, const char *where, uint64_t lost, int error)
{
    struct event event;
    char text[256];
    (void)text_format(text, sizeof text, "%" PRIu64 " lines of %s were lost: %s", lost, where,
                      strerror(error));
    event_begin(&event, EVENT_NOTE, (int32_t)getpid());
    event.level = LOG_LEVEL_ERROR;
    event_add(&event, FIELD_WORD, "process", "scribe", 0);
    event.who = event.count;
    event_add(&event, FIELD_REST, "text", text, 0);
    if (!write_event(scribe, NULL, &event))
        scribe->log.lost += lost;
}

/* Reports losses once a line has been written again. */
static void after_write(struct scribe *scribe, bool written)
{
    int error;
    if (!written && scribe->log.dead)
        ask_to_reopen(scribe);
    if (written && scribe->log.lost) {
        const uint64_t lost = sink_take_lost(&scribe->log, &error);
        emit_lost(scribe, "the log", lost, error);
    }
}

/* The master could open neither the log nor, in its place, syslog. */
static bool log_is_missing(const struct scribe *scribe)
{
    return scribe->log.kind == SINK_NONE && strcmp(scribe->config->log, "none") != 0;
}

bool level_is_wanted(const struct scribe *scribe, enum log_level level)
{
    return (uint32_t)level <= scribe->config->log_level;
}

/* Notes depend on their level alone: errors are among them. */
static bool is_chosen(const struct scribe *scribe, enum event_id id)
{
    return id == EVENT_NOTE || (scribe->config->log_events & EVENT_BIT(id)) != 0;
}

bool event_is_wanted(const struct scribe *scribe, enum event_id id)
{
    return (level_is_wanted(scribe, event_level(id)) && is_chosen(scribe, id)) ||
           feed_wants(scribe, id);
}

void event_finish(struct scribe *scribe, struct cell_facts *cell, const struct event *event)
{
    if (feed_wants(scribe, event->id))
        feed_add(scribe, cell, event);
    if (event->feed_only || !level_is_wanted(scribe, event->level) || !is_chosen(scribe, event->id))
        return;
    if (log_is_missing(scribe)) {
        scribe->log.lost++;
        scribe->log.lost_ever++;
        scribe->log.last_error = ENOTCONN;
        ask_to_reopen(scribe);
        return;
    }
    after_write(scribe, write_event(scribe, cell, event));
}
