/* emit.c - runs in the scribe: writes one line for each record.  Identity
 * (session, pid, address, user) comes from the master and auth only (invariant I9). */
#include "daemon/scribe/state.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/scribe/xferlog.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { PROBE_MS = 1000 };

static bool may_emit(struct scribe *scribe, struct cell_facts *cell, enum record_kind kind,
                     enum log_level level)
{
    return event_is_wanted(scribe, level) && admit(scribe, NULL, cell, kind);
}

/* ---- who ---- */

struct names {
    char address[ADDR_TEXT_ROOM];
};

static void add_address(struct event *event, const struct cell_facts *cell, struct names *names)
{
    event_add(event, FIELD_WORD, "address", addr_text(&cell->peer, names->address), 0);
}

static void add_session(struct event *event, const struct cell_facts *cell, struct names *names)
{
    event_add(event, FIELD_NUMBER, "session", NULL, cell->session);
    event_add(event, FIELD_NUMBER, "pid", NULL, (uint64_t)cell->pid);
    add_address(event, cell, names);
}

/* A cell without a client has no session; its own number identifies it. */
static void add_cell(struct event *event, const struct cell_facts *cell, struct names *names)
{
    if (!cell->session) {
        event_add(event, FIELD_NUMBER, "cell", NULL, cell->number);
        return;
    }
    add_session(event, cell, names);
    if (*cell->user)
        event_add(event, FIELD_STRING, "user", cell->user, 0);
}

static void about_cell(struct event *event, const struct cell_facts *cell, enum log_level level,
                       const char *name, struct names *names)
{
    event_begin(event, level, name, cell->pid);
    add_cell(event, cell, names);
    event->who = event->count;
}

static void about_channel(struct event *event, const struct channel *channel, const struct cell_facts *cell,
                          enum log_level level, const char *name, struct names *names)
{
    event_begin(event, level, name, channel->pid);
    event_add(event, FIELD_WORD, "process", channel->process, 0);
    if (!cell || channel->pid != cell->pid || !cell->session)
        event_add(event, FIELD_NUMBER, cell && cell->session ? "process_pid" : "pid", NULL,
                  (uint64_t)channel->pid);
    if (cell)
        add_cell(event, cell, names);
    event->who = event->count;
}

/* ---- what ---- */

/* Delayed until the connection turns out not to be a probe, so it carries no user name. */
void emit_connect(struct scribe *scribe, struct cell_facts *cell)
{
    struct event event;
    struct names names;
    if (cell->connect_logged)
        return;
    cell->connect_logged = true;
    if (cell->greeted)
        scribe->waiting_connects--;
    if (!may_emit(scribe, cell, RECORD_PRESENCE, LOG_LEVEL_INFO))
        return;
    event_begin(&event, LOG_LEVEL_INFO, "connect", cell->pid);
    add_session(&event, cell, &names);
    event.who = event.count;
    if (cell->listener < scribe->config->listener_count)
        event_add(&event, FIELD_STRING, "listener", scribe->config->listeners[cell->listener].name, 0);
    event_finish(scribe, cell, &event);
}

/* Connections that have lasted longer than a probe (law M2) does. */
void emit_overdue_connects(struct scribe *scribe)
{
    for (size_t i = 0; i < BUCKETS && scribe->waiting_connects; i++) {
        for (struct cell_facts *cell = scribe->cells[i]; cell; cell = cell->next) {
            if (cell->greeted && !cell->connect_logged && scribe->now >= cell->since_ms + PROBE_MS)
                emit_connect(scribe, cell);
        }
    }
}

static const char *const refusals[] = {
    [REFUSED_NOT] = "none",
    [REFUSED_PASSWORD] = "password",
    [REFUSED_UNKNOWN] = "unknown",
    [REFUSED_LOCKED] = "locked",
    [REFUSED_UID] = "uid",
    [REFUSED_HASH] = "hash",
    [REFUSED_HOME] = "home",
    [REFUSED_LIMIT] = "limit",
    [REFUSED_TLS] = "tls",
    [REFUSED_LONG] = "long",
    [REFUSED_EXPIRED] = "expired",
    [REFUSED_ADDRESS] = "address",
    [REFUSED_UNAVAILABLE] = "unavailable",
    [REFUSED_CERTIFICATE] = "certificate",
    [REFUSED_HOURS] = "hours",
    [REFUSED_GID] = "gid",
    [REFUSED_BANNED] = "banned",
};

/* Hides the password of "bob PASS secret" typed as a user name (law L6). */
static void mask_password(char *name)
{
    char *password = strcasestr(name, " pass ");
    if (password)
        (void)text_copy(password + 6, NAME_ROOM - (size_t)(password + 6 - name), "****");
}

/* Fixed, for etc/fail2ban: `login refused: address=A user="U" reason=R session=N pid=P`. */
static void emit_refused(struct scribe *scribe, struct cell_facts *cell, const struct scribe_login *login)
{
    struct event event;
    struct names names;
    char name[NAME_ROOM];
    if (!may_emit(scribe, cell, RECORD_LOGIN_REFUSED, LOG_LEVEL_WARNING))
        return;
    (void)text_copy(name, sizeof name, login->name);
    mask_password(name);
    const char *reason = login->refusal < COUNT(refusals) ? refusals[login->refusal] : "unknown";
    event_begin(&event, LOG_LEVEL_WARNING, "login refused", cell->pid);
    event.name_first = true;
    add_address(&event, cell, &names);
    event_add(&event, FIELD_STRING, "user", name, 0);
    event_add(&event, FIELD_WORD, "reason", reason, 0);
    event_add(&event, FIELD_NUMBER, "session", NULL, cell->session);
    event_add(&event, FIELD_NUMBER, "pid", NULL, (uint64_t)cell->pid);
    if (login->error)
        event_add(&event, FIELD_STRING, "error", strerror((int)login->error), 0);
    event_finish(scribe, cell, &event);
}

void emit_login(struct scribe *scribe, struct cell_facts *cell, const struct scribe_login *login)
{
    struct event event;
    struct names names;
    emit_connect(scribe, cell);
    if (login->refusal != REFUSED_NOT) {
        emit_refused(scribe, cell, login);
        return;
    }
    (void)text_copy(cell->user, sizeof cell->user, login->name);
    if (!may_emit(scribe, cell, RECORD_LOGIN, LOG_LEVEL_INFO))
        return;
    about_cell(&event, cell, LOG_LEVEL_INFO, "login", &names);
    event_finish(scribe, cell, &event);
}

static void write_xferlog(struct scribe *scribe, struct cell_facts *cell,
                          const struct scribe_transfer *transfer, int64_t seconds)
{
    static char line[XFERLOG_ROOM];
    int error;
    if (scribe->xferlog.kind == SINK_NONE)
        return;
    size_t length = xferlog_line(transfer, seconds, &cell->peer, cell->user, XFERLOG_ROOM, line);
    if (length > LINE_SHORT && !ration_long_line(&cell->rations, length, scribe->now))
        length = xferlog_line(transfer, seconds, &cell->peer, cell->user, LINE_SHORT, line);
    if (sink_write(&scribe->xferlog, LOG_LEVEL_INFO, cell->pid, line, length - 1) && scribe->xferlog.lost) {
        const uint64_t lost = sink_take_lost(&scribe->xferlog, &error);
        emit_lost(scribe, "the xferlog", lost, error);
    }
}

void emit_transfer(struct scribe *scribe, struct cell_facts *cell, const struct scribe_transfer *transfer)
{
    static const char *const kinds[] = { "", "download", "upload", "append" };
    struct event event;
    struct names names;
    const uint64_t us = transfer->microseconds ? transfer->microseconds : 1;
    const long double rate = (long double)transfer->bytes * 1e6L / (long double)us;
    if (!admit(scribe, NULL, cell, RECORD_TRANSFER))
        return;
    about_cell(&event, cell, LOG_LEVEL_INFO, kinds[transfer->kind], &names);
    event_add(&event, FIELD_STRING, "path", transfer->path, 0);
    event_add(&event, FIELD_NUMBER, "bytes", NULL, transfer->bytes);
    event_add(&event, FIELD_MILLIS, "seconds", NULL, transfer->microseconds / 1000);
    event_add(&event, FIELD_NUMBER, "rate", NULL,
              rate < 1e18L ? (uint64_t)rate : UINT64_C(1000000000000000000));
    event_add(&event, FIELD_SWITCH, "complete", "complete", transfer->complete);
    event_add(&event, FIELD_NUMBER, "reply", NULL, transfer->reply);
    event_finish(scribe, cell, &event);
    write_xferlog(scribe, cell, transfer, event.seconds);
}

static const char *const left_reasons[] = {
    [0] = "died",
    [LEFT_QUIT] = "quit",
    [LEFT_CLOSED] = "closed",
    [LEFT_IDLE] = "idle",
    [LEFT_LOGIN_TIMEOUT] = "login_timeout",
    [LEFT_FAILURES] = "failures",
    [LEFT_STOPPED] = "stopped",
    [LEFT_PROTOCOL] = "protocol",
    [LEFT_ERROR] = "error",
};

static void write_leave(struct scribe *scribe, struct cell_facts *cell, const struct scribe_left *left,
                        bool probe)
{
    struct event event;
    struct names names;
    const int64_t stayed = scribe->now - cell->since_ms;
    about_cell(&event, cell, probe ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, probe ? "probe" : "leave", &names);
    event_add(&event, FIELD_WORD, "reason",
              left->reason < COUNT(left_reasons) ? left_reasons[left->reason] : left_reasons[0], 0);
    event_add(&event, FIELD_MILLIS, "seconds", NULL, stayed > 0 ? (uint64_t)stayed : 0);
    event_add(&event, FIELD_NUMBER, "files_up", NULL, left->files_up);
    event_add(&event, FIELD_NUMBER, "bytes_up", NULL, left->bytes_up);
    event_add(&event, FIELD_NUMBER, "files_down", NULL, left->files_down);
    event_add(&event, FIELD_NUMBER, "bytes_down", NULL, left->bytes_down);
    event_finish(scribe, cell, &event);
}

static void emit_leave(struct scribe *scribe, struct cell_facts *cell, const struct scribe_left *left)
{
    const bool probe = left->reason == LEFT_CLOSED && !cell->connect_logged;
    if (!probe)
        emit_connect(scribe, cell);
    if (may_emit(scribe, cell, RECORD_PRESENCE, probe ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO))
        write_leave(scribe, cell, left, probe);
    if (probe) {
        cell->connect_logged = true;
        scribe->waiting_connects -= cell->greeted ? 1 : 0;
    }
    cell->leave_logged = true;
}

void emit_left(struct scribe *scribe, struct cell_facts *cell, const struct scribe_left *left)
{
    emit_leave(scribe, cell, left);
}

/* NET ended without a SCRIBE_LEFT record: it crashed or was killed. */
void emit_died(struct scribe *scribe, struct cell_facts *cell)
{
    const struct scribe_left left = { .reason = 0 };
    emit_leave(scribe, cell, &left);
}

static void write_note(struct scribe *scribe, const struct channel *channel, const struct cell_facts *about,
                       enum log_level level, const char *text)
{
    struct event event;
    struct names names;
    about_channel(&event, channel, about, level, "note", &names);
    event_add(&event, FIELD_REST, "text", text, 0);
    event_finish(scribe, NULL, &event);
}

/* A session's own processes and the shared ones have separate rations. */
static enum record_kind kind_of(const struct channel *channel, const struct cell_facts *about,
                                enum log_level level)
{
    if (about && !channel->cell)
        return RECORD_ABOUT;
    return level == LOG_LEVEL_DEBUG ? RECORD_COMMAND : RECORD_NOTE;
}

void emit_note(struct scribe *scribe, struct channel *channel, struct cell_facts *about, enum log_level level,
               const char *text)
{
    if (event_is_wanted(scribe, level) && admit(scribe, channel, about, kind_of(channel, about, level)))
        write_note(scribe, channel, about, level, text);
}

void emit_refused_connection(struct scribe *scribe, const struct channel *channel,
                             const struct scribe_refused *refused)
{
    struct event event;
    char address[ADDR_TEXT_ROOM];
    if (!event_is_wanted(scribe, LOG_LEVEL_INFO) || !admit_address(scribe, &refused->peer, RECORD_REFUSED))
        return;
    event_begin(&event, LOG_LEVEL_INFO, "refused", channel->pid);
    event_add(&event, FIELD_WORD, "address", addr_text(&refused->peer, address), 0);
    event.who = event.count;
    event_add(&event, FIELD_STRING, "reply", refused->reply, 0);
    event_finish(scribe, NULL, &event);
}

void emit_violation(struct scribe *scribe, struct channel *channel, const char *what)
{
    char text[256];
    (void)text_format(text, sizeof text, "border violation: %s to scribe: %s", channel->process, what);
    emit_note(scribe, channel, channel->cell, LOG_LEVEL_ERROR, text);
}

void emit_always(struct scribe *scribe, const struct cell_facts *cell, enum log_level level, const char *text)
{
    const struct channel self = { .process = "scribe", .pid = (int32_t)getpid() };
    write_note(scribe, &self, cell, level, text);
}

void emit_own(struct scribe *scribe, enum log_level level, const char *text)
{
    emit_always(scribe, NULL, level, text);
}
