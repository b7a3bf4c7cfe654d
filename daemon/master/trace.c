/* SPDX-License-Identifier: BSD-2-Clause */
/* trace.c - runs in the master: remembers what is traced, and tells the NETs. */
#include "daemon/master/trace.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/master/cell.h"
#include "daemon/master/master.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* What is traced: a user, an address or a session, until a time. */
struct trace {
    uint32_t by; /* enum control_by; 0: free */
    uint64_t session;
    struct sockaddr_storage address;
    char name[NAME_ROOM];
    int64_t until_ms;
};

struct traces {
    struct trace of[TRACES_MAX];
};

struct traces *traces_new(void)
{
    return calloc(1, sizeof(struct traces));
}

/* user: empty, before the log-in. */
static bool names(uint32_t by, uint64_t session, const char *name,
                  const struct sockaddr_storage *address, const struct to_net_client *client,
                  const char *user)
{
    switch (by) {
    case CONTROL_BY_SESSION:
        return client->session == session;
    case CONTROL_BY_USER:
        return *user && strcmp(user, name) == 0;
    case CONTROL_BY_ADDRESS:
        return addr_same_host(&client->peer, address);
    default:
        return false;
    }
}

static const char *user_of(const struct cell *cell)
{
    return cell->logged_in ? cell->user : "";
}

bool trace_is_named(const struct cell *cell, const struct control_ask *ask)
{
    return names(ask->by, ask->number, ask->name, &ask->address, &cell->client, user_of(cell));
}

/* Seconds that a session is still traced: by the longest of its traces. */
static uint32_t seconds_left(const struct master *master, const struct to_net_client *client,
                             const char *user)
{
    const int64_t now = now_ms();
    int64_t until_ms = now;
    for (size_t i = 0; i < TRACES_MAX; i++) {
        const struct trace *trace = &master->traces->of[i];
        if (trace->by && trace->until_ms > until_ms &&
            names(trace->by, trace->session, trace->name, &trace->address, client, user))
            until_ms = trace->until_ms;
    }
    return (uint32_t)((until_ms - now + 999) / 1000);
}

uint32_t trace_seconds(const struct master *master, const struct to_net_client *client)
{
    return seconds_left(master, client, "");
}

static void send_trace(const struct cell *cell, uint32_t seconds)
{
    const struct to_net_trace message = { .head.type = TO_NET_TRACE, .seconds = seconds };
    /* one that does not read has no lines */
    (void)channel_send(cell->to_net, &message, sizeof message, MSG_DONTWAIT);
}

void trace_begin(const struct master *master, const struct cell *cell)
{
    const uint32_t seconds = seconds_left(master, &cell->client, user_of(cell));
    if (seconds > 0)
        send_trace(cell, seconds);
}

static bool is_same(const struct trace *trace, const struct control_ask *ask)
{
    if (trace->by != ask->by)
        return false;
    return ask->by == CONTROL_BY_USER      ? strcmp(trace->name, ask->name) == 0
           : ask->by == CONTROL_BY_ADDRESS ? addr_same_host(&trace->address, &ask->address)
                                           : trace->session == ask->number;
}

/* The place of the same one, else a free one. */
static struct trace *place_of(struct master *master, const struct control_ask *ask, int64_t now)
{
    struct trace *found = NULL;
    for (size_t i = 0; i < TRACES_MAX; i++) {
        struct trace *trace = &master->traces->of[i];
        if (is_same(trace, ask))
            return trace;
        if (!found && (!trace->by || trace->until_ms <= now))
            found = trace;
    }
    return found;
}

bool trace_add(struct master *master, const struct control_ask *ask, uint64_t *sessions)
{
    const int64_t now = now_ms();
    struct trace *trace = place_of(master, ask, now);
    if (!trace)
        return false;
    *trace = (struct trace){ .by = ask->by,
                             .session = ask->number,
                             .address = ask->address,
                             .until_ms = now + (int64_t)ask->seconds * 1000 };
    memcpy(trace->name, ask->name, sizeof trace->name);
    if (ask->seconds == 0)
        trace->by = 0; /* free */
    for (struct cell *cell = master->cells->busy.first; cell; cell = cell->next) {
        if (!trace_is_named(cell, ask))
            continue;
        send_trace(cell, seconds_left(master, &cell->client, user_of(cell)));
        (*sessions)++;
    }
    return true;
}

_Static_assert((int)KEPT_TRACES == (int)TRACES_MAX, "the image has room for all traces");

void traces_keep(const struct master *master, struct kept_head *head)
{
    for (size_t i = 0; i < TRACES_MAX; i++) {
        const struct trace *trace = &master->traces->of[i];
        head->traces[i] = (struct kept_trace){ .by = trace->by,
                                               .session = trace->session,
                                               .until_ms = trace->until_ms,
                                               .address = trace->address };
        memcpy(head->traces[i].name, trace->name, sizeof trace->name);
    }
}

void traces_restore(struct master *master, const struct kept_head *head)
{
    for (size_t i = 0; i < TRACES_MAX; i++) {
        const struct kept_trace *kept = &head->traces[i];
        struct trace *trace = &master->traces->of[i];
        *trace = (struct trace){ .by = kept->by,
                                 .session = kept->session,
                                 .until_ms = kept->until_ms,
                                 .address = kept->address };
        memcpy(trace->name, kept->name, sizeof trace->name - 1);
    }
}
