/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - the resolver: own uid, no capability, the machine's network; it can read what its account
 * can in /etc and /run, and open nothing to write.  It looks up the host names of passive_address,
 * one at a time, and tells the master the addresses that it may announce.  Runs only where a
 * listener has a name; exits with the master. */
#include "daemon/resolver/resolver.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/ipc/master_channel.h"
#include "daemon/protocol/from_master.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { RETRY_S = 30 }; /* after a failure, or the interval where that is shorter */

static const struct border_row from_master[] = { MASTER_TO_RESOLVER(BORDER_ROW) };

struct name {
    char text[PASSIVE_NAME_ROOM];
    uint32_t address; /* announced; 0: none yet */
    bool failed;      /* the last time */
    int64_t next_ms;
};

struct resolver {
    struct config *config;
    size_t count;
    struct name names[PASSIVE_NAMES_MAX];
};

static struct name *find(struct resolver *resolver, const char *text)
{
    for (size_t i = 0; i < resolver->count; i++) {
        if (strcmp(resolver->names[i].text, text) == 0)
            return &resolver->names[i];
    }
    return NULL;
}

/* A reload looks all names up again; what is known of them stays. */
static void add_name(struct resolver *to, struct resolver *before, const char *text)
{
    if (!text[0] || find(to, text) || to->count == PASSIVE_NAMES_MAX)
        return;
    struct name *name = &to->names[to->count++];
    const struct name *known = find(before, text);
    if (known)
        *name = *known;
    (void)text_copy(name->text, sizeof name->text, text);
    name->next_ms = 0;
}

static void take_names(struct resolver *resolver)
{
    static struct resolver before;
    const struct config *config = resolver->config;
    before = *resolver;
    memset(resolver->names, 0, sizeof resolver->names);
    resolver->count = 0;
    for (uint32_t i = 0; i < config->listener_count; i++) {
        for (size_t k = 0; k < PASSIVE_RULES_MAX; k++)
            add_name(resolver, &before, config->listeners[i].passive_address[k].name);
    }
}

static void on_config(struct resolver *resolver, const struct message_head *head, int fd)
{
    (void)head;
    if (config_replace(&resolver->config, fd)) {
        log_open(FD_SCRIBE, (enum log_level)resolver->config->log_level);
        take_names(resolver);
    } else {
        log_note(LOG_LEVEL_ERROR, "the new configuration can't be read; the old one stays");
    }
}

static void on_scribe(struct resolver *resolver, const struct message_head *head, int fd)
{
    (void)head;
    if (dup3(fd, FD_SCRIBE, O_CLOEXEC) < 0)
        log_note(LOG_LEVEL_ERROR, "the new scribe's channel is lost: %s", strerror(errno));
    close(fd);
    log_open(FD_SCRIBE, (enum log_level)resolver->config->log_level);
}

#define HANDLE(name, number, shape, fds, phases, handler)                                          \
    case name:                                                                                     \
        on_##handler(resolver, (const BORDER_STRUCT_##shape *)message MASTER_FDS_##fds(came));     \
        break;

static void handle(void *context, const struct message_head *message,
                   const int came[MASTER_FDS_MAX])
{
    struct resolver *resolver = context;
    switch (message->type) {
        MASTER_TO_RESOLVER(HANDLE)
    }
}

static const char *address_text(uint32_t address, char text[ADDR_TEXT_ROOM])
{
    const struct in_addr in = { .s_addr = address };
    return inet_ntop(AF_INET, &in, text, ADDR_TEXT_ROOM) ? text : "?";
}

/* Once for each time that it begins to fail. */
static void keep_old(struct name *name, const struct answers *answers)
{
    char text[ADDR_TEXT_ROOM], old[ADDR_TEXT_ROOM], why[160];
    if (answers->error)
        (void)text_copy(why, sizeof why, answers->error);
    else
        (void)text_format(why, sizeof why, "its address %s is not public",
                          address_text(answers->address[0], text));
    if (!name->failed && name->address)
        log_note(LOG_LEVEL_WARNING, "passive_address: %s: %s; %s stays in use", name->text, why,
                 address_text(name->address, old));
    else if (!name->failed)
        log_note(LOG_LEVEL_WARNING,
                 "passive_address: %s: %s; clients get the address that they connect to",
                 name->text, why);
    name->failed = true;
}

static void use(struct name *name, uint32_t address)
{
    struct tm_resolved message;
    char text[ADDR_TEXT_ROOM];
    if (name->failed || address != name->address)
        log_note(LOG_LEVEL_INFO, "passive_address: %s is %s", name->text,
                 address_text(address, text));
    name->failed = false;
    name->address = address;
    memset(&message, 0, sizeof message);
    message.head.type = TM_RESOLVED;
    message.address = address;
    (void)text_copy(message.name, sizeof message.name, name->text);
    (void)channel_send(FD_MASTER, &message, sizeof message, 0);
}

static void look_up(const struct resolver *resolver, struct name *name)
{
    struct answers answers;
    uint32_t pause = resolver->config->resolve_interval;
    lookup(name->text, &answers);
    const uint32_t chosen = answers_choose(&answers, name->address);
    if (chosen)
        use(name, chosen);
    else
        keep_old(name, &answers);
    if (!chosen && pause > RETRY_S)
        pause = RETRY_S;
    name->next_ms = now_ms() + (int64_t)pause * 1000;
}

/* NULL: there are no names. */
static struct name *next_name(struct resolver *resolver)
{
    struct name *next = NULL;
    for (size_t i = 0; i < resolver->count; i++) {
        if (!next || resolver->names[i].next_ms < next->next_ms)
            next = &resolver->names[i];
    }
    return next;
}

/* The master's messages go first. */
static void turn(struct resolver *resolver)
{
    static const struct master_border border = { .process = "resolver",
                                                 .rows = from_master,
                                                 .row_count = COUNT(from_master),
                                                 .handle = handle };
    struct pollfd master = { .fd = FD_MASTER, .events = POLLIN };
    struct name *next = next_name(resolver);
    const int64_t left = next ? next->next_ms - now_ms() : 0;
    const int wait = !next ? -1 : left <= 0 ? 0 : left < INT32_MAX ? (int)left : INT32_MAX;
    const int n = poll(&master, 1, wait);
    if (n < 0 && errno != EINTR)
        die("resolver: poll: %s", strerror(errno));
    if (n > 0 && !master_channel_read(&border, MASTER_READ_ONE, resolver))
        _exit(0);
    if (n == 0 && next)
        look_up(resolver, next);
}

_Noreturn void resolver_run(struct config *config)
{
    static struct resolver resolver;
    resolver.config = config;
    take_names(&resolver);
    for (;;)
        turn(&resolver);
}
