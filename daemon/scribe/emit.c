/* SPDX-License-Identifier: BSD-2-Clause */
/* emit.c - runs in the scribe: the lines about connections and log-ins.  Identity
 * (session, pid, address, user) comes from the master and auth only (invariant I9). */
#include "daemon/scribe/emit.h"

#include "common/text.h"
#include "daemon/protocol/reasons.h"

#include <string.h>

enum { PROBE_MS = 1000 };

bool may_emit(struct scribe *scribe, struct cell_facts *cell, enum record_kind kind,
              enum event_id id)
{
    return event_is_wanted(scribe, id) && admit(scribe, NULL, cell, kind);
}

/* ---- who ---- */

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

void about_cell(struct event *event, const struct cell_facts *cell, enum event_id id,
                struct names *names)
{
    event_begin(event, id, cell->pid);
    add_cell(event, cell, names);
    event->who = event->count;
}

void about_channel(struct event *event, const struct channel *channel,
                   const struct cell_facts *cell, enum event_id id, struct names *names)
{
    event_begin(event, id, channel->pid);
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
    if (!may_emit(scribe, cell, RECORD_PRESENCE, EVENT_CONNECT))
        return;
    event_begin(&event, EVENT_CONNECT, cell->pid);
    add_session(&event, cell, &names);
    event.who = event.count;
    if (cell->listener < scribe->config->listener_count)
        event_add(&event, FIELD_STRING, "listener", scribe->config->listeners[cell->listener].name,
                  0);
    event_finish(scribe, cell, &event);
}

/* Connections that have lasted longer than a probe (law M2) does. */
void emit_overdue_connects(struct scribe *scribe)
{
    struct cell_facts *cell = scribe->waiting_connects ? hash_table_first(&scribe->cells) : NULL;
    for (; cell && scribe->waiting_connects; cell = hash_table_next(&scribe->cells, &cell->node)) {
        if (cell->greeted && !cell->connect_logged && scribe->now >= cell->since_ms + PROBE_MS)
            emit_connect(scribe, cell);
    }
}

const char *limit_word(uint32_t limit)
{
    const char *word = reason_of_limit(limit);
    return word ? word : reason_of_limit(LIMIT_NONE);
}

const char *refusal_word(const struct scribe_login *login)
{
    return login->refusal == REFUSED_LIMIT ? limit_word(login->limit)
                                           : reason_of_refusal(login->refusal);
}

/* Hides the password of "bob PASS secret" typed as a user name (law L6). */
static void mask_password(char *name)
{
    char *password = strcasestr(name, " pass ");
    if (password)
        (void)text_copy(password + 6, NAME_ROOM - (size_t)(password + 6 - name), "****");
}

/* Fixed, for etc/fail2ban: `login refused: address=A user="U" reason=R session=N pid=P`. */
static void emit_refused(struct scribe *scribe, struct cell_facts *cell,
                         const struct scribe_login *login)
{
    struct event event;
    struct names names;
    char name[NAME_ROOM];
    if (!may_emit(scribe, cell, RECORD_LOGIN_REFUSED, EVENT_LOGIN_FAILED))
        return;
    (void)text_copy(name, sizeof name, login->name);
    mask_password(name);
    const char *reason = reason_of_refusal(login->refusal);
    event_begin(&event, EVENT_LOGIN_FAILED, cell->pid);
    event.name_first = true;
    add_address(&event, cell, &names);
    event_add(&event, FIELD_STRING, "user", name, 0);
    event_add(&event, FIELD_WORD, "reason", reason ? reason : "unknown", 0);
    event_add(&event, FIELD_NUMBER, "session", NULL, cell->session);
    event_add(&event, FIELD_NUMBER, "pid", NULL, (uint64_t)cell->pid);
    if (login->error)
        event_add(&event, FIELD_STRING, "error", strerror((int)login->error), 0);
    if (login->limit != LIMIT_NONE)
        event_add(&event, FIELD_WORD, "limit", limit_word(login->limit), 0);
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
    if (!may_emit(scribe, cell, RECORD_LOGIN, EVENT_LOGIN))
        return;
    about_cell(&event, cell, EVENT_LOGIN, &names);
    event_add(&event, FIELD_FLAG, "tls", NULL, login->tls);
    event_finish(scribe, cell, &event);
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

static void write_leave(struct scribe *scribe, struct cell_facts *cell,
                        const struct scribe_left *left, bool probe)
{
    struct event event;
    struct names names;
    const int64_t stayed = scribe->now - cell->since_ms;
    about_cell(&event, cell, probe ? EVENT_PROBE : EVENT_LEAVE, &names);
    event_add(&event, FIELD_WORD, "reason",
              left->reason < COUNT(left_reasons) ? left_reasons[left->reason] : left_reasons[0], 0);
    event_add(&event, FIELD_MILLIS, "seconds", NULL, stayed > 0 ? (uint64_t)stayed : 0);
    event_add(&event, FIELD_NUMBER, "files_up", NULL, left->files_up);
    event_add(&event, FIELD_NUMBER, "bytes_up", NULL, left->bytes_up);
    event_add(&event, FIELD_NUMBER, "files_down", NULL, left->files_down);
    event_add(&event, FIELD_NUMBER, "bytes_down", NULL, left->bytes_down);
    event_finish(scribe, cell, &event);
}

static void emit_leave(struct scribe *scribe, struct cell_facts *cell,
                       const struct scribe_left *left)
{
    const bool probe = left->reason == LEFT_CLOSED && !cell->connect_logged;
    if (!probe)
        emit_connect(scribe, cell);
    if (may_emit(scribe, cell, RECORD_PRESENCE, probe ? EVENT_PROBE : EVENT_LEAVE))
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
    if (*cell->user)
        feed_gap(scribe, GAP_SESSION, 0);
    emit_leave(scribe, cell, &left);
}

static void add_string(struct event *event, const char *key, const char *text)
{
    if (*text)
        event_add(event, FIELD_STRING, key, text, 0);
}

void emit_tls(struct scribe *scribe, struct cell_facts *cell, const struct scribe_tls *tls)
{
    struct event event;
    struct names names;
    emit_connect(scribe, cell);
    if (!may_emit(scribe, cell, RECORD_TLS, EVENT_TLS))
        return;
    about_cell(&event, cell, EVENT_TLS, &names);
    event_add(&event, FIELD_STRING, "version", tls->version, 0);
    event_add(&event, FIELD_STRING, "cipher", tls->cipher, 0);
    event_add(&event, FIELD_FLAG, "resumed", NULL, tls->resumed);
    add_string(&event, "alpn", tls->alpn);
    add_string(&event, "sni", tls->server_name);
    add_string(&event, "subject", tls->subject);
    event_finish(scribe, cell, &event);
}

void emit_handshake_failed(struct scribe *scribe, struct cell_facts *cell,
                           const struct scribe_failed *failed)
{
    struct event event;
    struct names names;
    char text[512];
    emit_connect(scribe, cell);
    if (!may_emit(scribe, cell, RECORD_FAILED, EVENT_TLS_FAILED))
        return;
    about_cell(&event, cell, EVENT_TLS_FAILED, &names);
    (void)text_format(text, sizeof text, "TLS handshake failed: %.400s", failed->text);
    event_add(&event, FIELD_REST, "text", text, 0);
    event_finish(scribe, cell, &event);
}

void emit_trace(struct scribe *scribe, struct cell_facts *cell, const struct scribe_trace *trace)
{
    struct event event;
    struct names names;
    emit_connect(scribe, cell);
    if (!may_emit(scribe, cell, RECORD_NOTE, EVENT_TRACE))
        return;
    about_cell(&event, cell, EVENT_TRACE, &names);
    event_add(&event, FIELD_FLAG, "reply", NULL, trace->reply);
    event_add(&event, FIELD_STRING, "line", trace->line, 0);
    event_finish(scribe, cell, &event);
}
