/* SPDX-License-Identifier: BSD-2-Clause */
/* emit_server.c - runs in the scribe: notes, and the lines about the server
 * itself: refused connections, bans, reloads and what administrators do. */
#include "daemon/scribe/emit.h"

#include "common/text.h"

#include <unistd.h>

static void write_note(struct scribe *scribe, const struct channel *channel,
                       const struct cell_facts *about, enum log_level level, const char *text)
{
    struct event event;
    struct names names;
    about_channel(&event, channel, about, EVENT_NOTE, &names);
    event.level = level;
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

void emit_note(struct scribe *scribe, struct channel *channel, struct cell_facts *about,
               enum log_level level, const char *text)
{
    if (level_is_wanted(scribe, level) &&
        admit(scribe, channel, about, kind_of(channel, about, level)))
        write_note(scribe, channel, about, level, text);
}

void emit_refused_connection(struct scribe *scribe, const struct channel *channel,
                             const struct scribe_refused *refused)
{
    struct event event;
    char address[ADDR_TEXT_ROOM];
    if (!event_is_wanted(scribe, EVENT_REFUSED) ||
        !admit_address(scribe, &refused->peer, RECORD_REFUSED))
        return;
    event_begin(&event, EVENT_REFUSED, channel->pid);
    event_add(&event, FIELD_WORD, "address", addr_text(&refused->peer, address), 0);
    event.who = event.count;
    event_add(&event, FIELD_STRING, "reply", refused->reply, 0);
    event_add(&event, FIELD_WORD, "limit", limit_word(refused->limit), 0);
    event_finish(scribe, NULL, &event);
}

static void add_kick(struct event *event, const struct scribe_admin *admin, const char *address)
{
    event_add(event, FIELD_NUMBER, "sessions", NULL, admin->number);
    if (admin->session)
        event_add(event, FIELD_NUMBER, "session", NULL, admin->session);
    if (*admin->name)
        event_add(event, FIELD_STRING, "user", admin->name, 0);
    if (admin->address.ss_family)
        event_add(event, FIELD_WORD, "address", address, 0);
}

static void add_ban(struct event *event, const struct scribe_admin *admin, const char *address)
{
    event_add(event, FIELD_WORD, "address", address, 0);
    event_add(event, FIELD_NUMBER, "bits", NULL, admin->bits);
    if (admin->event == EVENT_BAN)
        event_add(event, FIELD_NUMBER, "seconds", NULL, admin->number);
    event_add(event, FIELD_WORD, "by", admin->value ? "administrator" : "server", 0);
}

static void add_admin(struct event *event, const struct scribe_admin *admin, const char *address)
{
    static const char *const hows[] = {
        [STOP_DRAINING] = "draining", [STOP_STOPPING] = "stopping", [STOP_STOPPED] = "stopped"
    };
    switch (admin->event) {
    case EVENT_KICK:
        add_kick(event, admin, address);
        break;
    case EVENT_BAN:
    case EVENT_UNBAN:
        add_ban(event, admin, address);
        break;
    case EVENT_RELOAD:
    case EVENT_UPGRADE:
        event_add(event, FIELD_FLAG, "done", NULL, admin->value);
        break;
    case EVENT_LOG_LEVEL:
        event_add(event, FIELD_WORD, "to", level_word((enum log_level)admin->value), 0);
        break;
    case EVENT_STOP:
        event_add(event, FIELD_WORD, "how", hows[admin->value], 0);
        event_add(event, FIELD_NUMBER, "sessions", NULL, admin->number);
        break;
    default:
        break;
    }
}

/* A failed reload is an error. */
static enum log_level level_of(const struct scribe_admin *admin)
{
    if ((admin->event == EVENT_RELOAD || admin->event == EVENT_UPGRADE) && !admin->value)
        return LOG_LEVEL_ERROR;
    return event_level((enum event_id)admin->event);
}

void emit_admin(struct scribe *scribe, struct channel *channel, const struct scribe_admin *admin)
{
    const enum event_id id = (enum event_id)admin->event;
    char address[ADDR_TEXT_ROOM] = "";
    struct event event;
    struct names names;
    if ((!level_is_wanted(scribe, level_of(admin)) && !feed_wants(scribe, id)) ||
        !admit(scribe, channel, NULL, RECORD_NOTE))
        return;
    if (admin->address.ss_family)
        (void)addr_text(&admin->address, address);
    about_channel(&event, channel, NULL, id, &names);
    event.level = level_of(admin);
    add_admin(&event, admin, address);
    event_add(&event, FIELD_REST, "text", admin->text, 0);
    event_finish(scribe, NULL, &event);
}

void emit_violation(struct scribe *scribe, struct channel *channel, const char *what)
{
    char text[256];
    (void)text_format(text, sizeof text, "border violation: %s to scribe: %s", channel->process,
                      what);
    emit_note(scribe, channel, channel->cell, LOG_LEVEL_ERROR, text);
}

void emit_always(struct scribe *scribe, const struct cell_facts *cell, enum log_level level,
                 const char *text)
{
    const struct channel self = { .process = "scribe", .pid = (int32_t)getpid() };
    write_note(scribe, &self, cell, level, text);
}

void emit_own(struct scribe *scribe, enum log_level level, const char *text)
{
    emit_always(scribe, NULL, level, text);
}
