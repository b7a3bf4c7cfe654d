/* SPDX-License-Identifier: BSD-2-Clause */
/* record.c - runs in the scribe: reads and checks the records on a channel.
 * The scribe's border: records from NET and JAIL may be hostile. */
#include "daemon/scribe/state.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/scribe/emit.h"
#include "daemon/protocol/net_jail.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

enum { JAIL_RECORDS_MAX = 4096 }; /* more than its channel holds */

/* The phase of a row is a set of senders: who may send this record. */
static const struct border_row records[] = { TO_SCRIBE(BORDER_ROW) };

union record {
    struct message_head head;
    TO_SCRIBE(BORDER_MEMBER)
};

/* A handler returns NULL, or what is wrong with the record. */

static const char *on_note(struct scribe *scribe, struct channel *channel,
                           const struct scribe_note *note)
{
    struct cell_facts *about = channel->cell; /* a cell's own record is always about that cell */
    if (note->level < LOG_LEVEL_ERROR || note->level > LOG_LEVEL_DEBUG)
        return "invalid level";
    if (!channel->cell && note->cell)
        about = known_cell(scribe, note->cell);
    if (note->lost)
        feed_gap(scribe, GAP_RECORDS, note->lost);
    /* the connect line comes first */
    if (about && about->session && note->level <= LOG_LEVEL_INFO)
        emit_connect(scribe, about);
    emit_note(scribe, channel, about, (enum log_level)note->level, note->text);
    return NULL;
}

/* The master announces a client before NET can send records about it, but on
 * another channel: read that one first. */
static bool has_session(struct scribe *scribe, const struct cell_facts *cell)
{
    if (!cell) /* a shared process: its rows allow none of these records */
        return false;
    if (!cell->session)
        scribe_read_master(scribe);
    return cell->session != 0;
}

static const char *on_greeted(struct scribe *scribe, struct channel *channel,
                              const struct message_head *head)
{
    struct cell_facts *cell = channel->cell;
    (void)head;
    if (!cell || !has_session(scribe, cell))
        return "a greeting without a client";
    if (cell->greeted)
        return "a second greeting";
    cell->greeted = true;
    scribe->waiting_connects += cell->connect_logged ? 0 : 1;
    return NULL;
}

static bool transfer_makes_sense(const struct scribe_transfer *transfer)
{
    return transfer->kind >= TRANSFER_DOWNLOAD && transfer->kind <= TRANSFER_LISTING &&
           transfer->complete <= 1 && transfer->digested <= 1 && transfer->ascii <= 1 &&
           transfer->reply >= 100 && transfer->reply <= 599;
}

/* The user, whom auth reports on another channel: read that one first. */
static const char *needs_login(struct scribe *scribe, const struct cell_facts *cell)
{
    if (!has_session(scribe, cell))
        return "a record without a client";
    /* of a session that is older than this scribe */
    if (!*cell->user || !cell->home)
        scribe_read_master(scribe);
    if (!*cell->user)
        scribe_read_auth(scribe);
    return *cell->user ? NULL : "a record before the log-in";
}

static const char *on_transfer(struct scribe *scribe, struct channel *channel,
                               const struct scribe_transfer *transfer)
{
    if (!transfer_makes_sense(transfer))
        return "invalid transfer";
    const char *wrong = needs_login(scribe, channel->cell);
    if (wrong)
        return wrong;
    if (transfer->kind != TRANSFER_LISTING)
        count_transfer(scribe, transfer);
    counters_transfer(&scribe->counters, transfer);
    emit_transfer(scribe, channel->cell, transfer);
    return NULL;
}

/* What its JAIL has reported comes before the end of the session. */
static void read_jail(struct scribe *scribe, const struct cell_facts *cell)
{
    if (cell->jail)
        channel_serve(scribe, cell->jail, JAIL_RECORDS_MAX);
}

static const char *on_left(struct scribe *scribe, struct channel *channel,
                           const struct scribe_left *record)
{
    const struct scribe_left copy = *record; /* reading another channel overwrites it */
    const struct scribe_left *left = &copy;
    if (left->reason < LEFT_QUIT || left->reason > LEFT_ERROR)
        return "invalid reason";
    if (!channel->cell || !has_session(scribe, channel->cell))
        return "a leave without a client";
    if (channel->cell->leave_logged)
        return "a second leave";
    /* a refused log-in comes before the leave */
    if (!*channel->cell->user)
        scribe_read_auth(scribe);
    read_jail(scribe, channel->cell);
    emit_left(scribe, channel->cell, left);
    return NULL;
}

static const char *on_login(struct scribe *scribe, struct channel *channel,
                            const struct scribe_login *login)
{
    struct cell_facts *cell;
    (void)channel;
    if (!text_ends(login->name, sizeof login->name) || login->refusal >= REFUSALS ||
        login->error > ERRNO_MAX || login->limit >= LIMITS || login->tls > 1)
        return "invalid log-in";
    count_login(scribe, login);
    cell = known_cell(scribe, login->cell);
    if (cell && login->refusal != REFUSED_NOT)
        refusals_note(&scribe->refusals, &cell->peer, login->name, refusal_word(login),
                      scribe->now);
    if (cell && has_session(scribe, cell)) /* else: the cell is gone already */
        emit_login(scribe, cell, login);
    return NULL;
}

static const char *on_refused(struct scribe *scribe, struct channel *channel,
                              const struct scribe_refused *refused)
{
    if (refused->limit >= LIMITS)
        return "invalid limit";
    refusals_note(&scribe->refusals, &refused->peer, NULL, limit_word(refused->limit), scribe->now);
    emit_refused_connection(scribe, channel, refused);
    return NULL;
}

static const char *on_tls(struct scribe *scribe, struct channel *channel,
                          const struct scribe_tls *tls)
{
    if (tls->resumed > 1 || !text_ends(tls->version, sizeof tls->version) ||
        !text_ends(tls->cipher, sizeof tls->cipher) || !text_ends(tls->alpn, sizeof tls->alpn) ||
        !text_ends(tls->server_name, sizeof tls->server_name) ||
        !text_ends(tls->subject, sizeof tls->subject))
        return "invalid TLS";
    if (!has_session(scribe, channel->cell))
        return "a record without a client";
    counters_tls(&scribe->counters);
    emit_tls(scribe, channel->cell, tls);
    return NULL;
}

static bool change_makes_sense(const struct scribe_change *change)
{
    if (change->event < EVENT_DELETE || change->event > EVENT_TIMES || change->mode > 0777)
        return false;
    const size_t length = strlen(change->paths);
    const bool renamed = change->event == EVENT_RENAME;
    return renamed ? change->from_length < length && change->from_length < PATH_ROOM
                   : change->from_length == 0 && length < PATH_ROOM;
}

static const char *on_change(struct scribe *scribe, struct channel *channel,
                             const struct scribe_change *change)
{
    if (!change_makes_sense(change))
        return "invalid change";
    const char *wrong = needs_login(scribe, channel->cell);
    if (!wrong)
        emit_change(scribe, channel->cell, change);
    return wrong;
}

static const char *on_denied(struct scribe *scribe, struct channel *channel,
                             const struct scribe_denied *denied)
{
    const bool known = denied->error <= ERRNO_MAX ||
                       (denied->error >= JAIL_DENIED && denied->error < JAIL_ERRORS_END) ||
                       (denied->error >= DENIED_COMMAND && denied->error < DENIED_END);
    if (!known || denied->reply < 100 || denied->reply > 599 ||
        !text_ends(denied->command, sizeof denied->command))
        return "invalid refusal";
    const char *wrong = needs_login(scribe, channel->cell);
    if (wrong)
        return wrong;
    counters_refused_command(&scribe->counters);
    emit_denied(scribe, channel->cell, denied);
    return NULL;
}

static const char *on_failed(struct scribe *scribe, struct channel *channel,
                             const struct scribe_failed *failed)
{
    if (failed->why < WHY_HANDSHAKE || failed->why >= WHYS || failed->error > ERRNO_MAX ||
        failed->path > 1)
        return "invalid failure";
    if (failed->why == WHY_HANDSHAKE && has_session(scribe, channel->cell)) {
        counters_failure(&scribe->counters, failed);
        emit_handshake_failed(scribe, channel->cell, failed);
        return NULL;
    }
    const char *wrong = needs_login(scribe, channel->cell);
    if (wrong)
        return wrong;
    counters_failure(&scribe->counters, failed);
    emit_data_failed(scribe, channel->cell, failed);
    return NULL;
}

static const char *on_trace(struct scribe *scribe, struct channel *channel,
                            const struct scribe_trace *trace)
{
    if (trace->reply > 1)
        return "an invalid trace";
    const struct cell_facts *cell = channel->cell;
    if (!cell || !has_session(scribe, cell))
        return "a record without a client";
    if (!*cell->user) /* auth's record of the log-in may be unread */
        scribe_read_auth(scribe);
    traced_note(&scribe->traced, cell->session, &cell->peer, cell->user, trace);
    emit_trace(scribe, channel->cell, trace);
    return NULL;
}

static bool admin_makes_sense(const struct channel *channel, const struct scribe_admin *admin)
{
    const bool ban = admin->event == EVENT_BAN || admin->event == EVENT_UNBAN;
    if (admin->event < EVENT_KICK || admin->event > EVENT_STOP ||
        ban != (channel->sender == SENDER_AUTH))
        return false;
    if (admin->event == EVENT_LOG_LEVEL)
        return admin->value >= LOG_LEVEL_ERROR && admin->value <= LOG_LEVEL_DEBUG;
    return text_ends(admin->name, sizeof admin->name) &&
           admin->value < (admin->event == EVENT_STOP ? (uint32_t)STOP_HOWS : 2U);
}

static const char *on_admin(struct scribe *scribe, struct channel *channel,
                            const struct scribe_admin *admin)
{
    if (!admin_makes_sense(channel, admin))
        return "an invalid report";
    emit_admin(scribe, channel, admin);
    return NULL;
}

static const char *on_activity(struct scribe *scribe, struct channel *channel,
                               const struct scribe_activity *activity)
{
    if (activity->state < SESSION_IDLE || activity->state > SESSION_UPLOAD || activity->tls > 1 ||
        !text_ends(activity->command, sizeof activity->command))
        return "invalid activity";
    if (!has_session(scribe, channel->cell))
        return "activity without a client";
    (void)activity_take(scribe, channel->cell, activity);
    return NULL;
}

static const char *on_ask(struct scribe *scribe, struct channel *channel,
                          const struct control_ask *ask)
{
    const char *wrong = validate_control_ask(ask);
    if (!wrong)
        answer_control(scribe, channel, ask);
    return wrong;
}

#define DISPATCH(name, number, shape, fds, phases, handler)                                        \
    case name:                                                                                     \
        return on_##handler(scribe, channel, &record->handler);

static const char *on_record(struct scribe *scribe, struct channel *channel,
                             const union record *record)
{
    switch (record->head.type) {
        TO_SCRIBE(DISPATCH)
    default:
        return border_fault_text(BORDER_TYPE);
    }
}

/* One record; false where there is none, or the channel has ended. */
static bool serve_one(struct scribe *scribe, struct channel *channel, union record *record)
{
    const ssize_t n = channel_receive(channel->fd, record, sizeof *record, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return false;
    if (n == 0 || (n < 0 && n != -EMSGSIZE)) {
        channel_end(scribe, channel);
        return false;
    }
    const enum border_fault fault =
        n < 0 ? BORDER_SIZE
              : border_check(records, COUNT(records), record, (size_t)n, channel->sender, 0);
    const char *wrong =
        fault == BORDER_FINE ? on_record(scribe, channel, record) : border_fault_text(fault);
    if (!wrong)
        return true;
    emit_violation(scribe, channel, wrong);
    channel_end(scribe, channel);
    return false;
}

void channel_serve(struct scribe *scribe, struct channel *channel, unsigned most)
{
    /* Auth's channel is read while a NET's record is handled, so each has its own buffer. */
    static union record of_cells, of_shared;
    union record *record = channel->cell ? &of_cells : &of_shared;
    while (most-- > 0 && channel->fd >= 0 && serve_one(scribe, channel, record))
        ;
}
