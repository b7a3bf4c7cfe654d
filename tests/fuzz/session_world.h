/* SPDX-License-Identifier: BSD-2-Clause */
/* session_world.h - a session of NET with the world around it played: socket
 * pairs, a JAIL, an auth and a dialer in threads of their own.  For the fuzz
 * targets of the session; each includes it once.
 *
 * The world is honest: an end of the process by die() is a fault, unless the
 * target says that it expects one (world_death). */
#ifndef TESTS_FUZZ_SESSION_WORLD_H
#define TESTS_FUZZ_SESSION_WORLD_H

#include "daemon/net/run.c" /* its parts are static: NOLINT(bugprone-suspicious-include) */
#include "daemon/protocol/auth_jail.h"
#include "daemon/protocol/net_dialer.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

enum { OURS = 0, THEIRS = 1, PAGES_MOST = 8 };

/* The bytes that chance is made of. */
struct dice {
    const uint8_t *bytes;
    size_t sides, thrown;
};

struct world {
    int client[2], jail[2], auth[2], dialer[2];
    struct dice jails, auths;
    size_t pages;
    void *(*be_jail)(void *world);
    pthread_t threads[3];
};
/* where die() goes; NULL: it is a fault */
static jmp_buf *world_death;

void die(const char *format, ...)
{
    va_list arguments;
    if (world_death)
        longjmp(*world_death, 1);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    fuzz_broken("a session dies of its own", __FILE__, __LINE__);
    abort();
}

void log_note(enum log_level level, const char *format, ...)
{
    (void)level, (void)format;
}

void log_choose(uint32_t events)
{
    (void)events;
}

bool log_wants(enum event_id event)
{
    (void)event;
    return true; /* every path is taken */
}

void log_open(int channel, enum log_level level)
{
    (void)channel, (void)level;
}

void log_record(const void *record, size_t size)
{
    (void)record, (void)size;
}

void log_patience(int patience_ms)
{
    (void)patience_ms;
}

static uint8_t throw(struct dice * dice)
{
    return dice->sides == 0 ? 0 : dice->bytes[dice->thrown++ % dice->sides];
}

static struct jail_listing listing;

static size_t make_page(struct world *world, const struct message_head *head)
{
    static const char line[] = "type=file; a\r\n";
    const size_t lines = throw(&world->jails) % 3, n = sizeof line - 1;
    struct jail_page *page = &listing.page;
    page->head = *head;
    page->error = throw(&world->jails) % 5 == 0 ? 5 : 0;
    page->last = throw(&world->jails) % 2 || ++world->pages % PAGES_MOST == 0;
    for (size_t i = 0; i < lines; i++)
        memcpy(page->text + i * n, line, n);
    return offsetof(struct jail_page, text) + lines * n;
}

static void answer_page(struct world *world, const struct message_head *head)
{
    const size_t n = make_page(world, head);
    (void)channel_send(world->jail[THEIRS], &listing.page, n, 0);
}

static void answer(struct world *world, const struct message_head *head)
{
    static const uint32_t errors[] = { 0, 0, 0, 0, 2, 13, 28, JAIL_BUSY, JAIL_DENIED };
    struct jail_answer answer = { .head = *head,
                                  .error = errors[throw(&world->jails) % COUNT(errors)] };
    size_t n = sizeof answer;
    const bool brings = head->type == JAIL_OPEN_READ || head->type == JAIL_STORE_CREATE;
    int fd = -1;
    answer.more = head->type == JAIL_HASH_TURN;
    answer.file.type = brings ? FILE_REGULAR : throw(&world->jails) % 4 + 1;
    answer.file.size = throw(&world->jails);
    answer.file.mtime = (int64_t) throw(&world->jails) << 32;
    if (brings && answer.error == 0)
        fd = open(head->type == JAIL_OPEN_READ ? "/dev/zero" : "/dev/null", O_RDWR | O_CLOEXEC);
    if (head->type == JAIL_LIST_OPEN && answer.error == 0)
        n += make_page(world, head);
    listing.answer = answer;
    (void)channel_send_fd(world->jail[THEIRS], &listing, n, fd, 0);
    if (fd >= 0)
        close(fd);
}

static void *be_honest_jail(void *context)
{
    static union {
        struct message_head head;
        char room[sizeof(struct jail_rename)];
    } question;
    struct world *world = context;
    while (channel_receive(world->jail[THEIRS], &question, sizeof question, 0) > 0) {
        if (question.head.type == JAIL_LIST_NEXT)
            answer_page(world, &question.head);
        else
            answer(world, &question.head);
    }
    return NULL;
}

/* It has no sockets. */
static void *be_dialer(void *context)
{
    enum { NOT_AVAILABLE = 99 }; /* EADDRNOTAVAIL: NET does not ask again */
    struct dial question;
    struct world *world = context;
    while (channel_receive(world->dialer[THEIRS], &question, sizeof question, 0) > 0) {
        const struct dial_answer answer = { .head = question.head, .error = NOT_AVAILABLE };
        (void)channel_send(world->dialer[THEIRS], &answer, sizeof answer, 0);
    }
    return NULL;
}

/* Lets in or refuses, by chance. */
static void *be_auth(void *context)
{
    static struct auth_login ask;
    static struct auth_login_answer answer;
    struct world *world = context;
    ssize_t n;
    while ((n = channel_receive(world->auth[THEIRS], &ask, sizeof ask, 0)) > 0) {
        if (ask.head.type != AUTH_LOGIN)
            continue;
        must(n == (ssize_t)sizeof ask && text_ends(ask.name, sizeof ask.name) &&
             text_ends(ask.password, sizeof ask.password) && text_ends(ask.host, sizeof ask.host));
        memset(&answer, 0, sizeof answer);
        answer.head = ask.head;
        answer.result = throw(&world->auths) % (AUTH_TOO_MANY_OF_GROUP + 1);
        answer.policy.rights = RIGHTS_ALL;
        must(text_copy(answer.start, sizeof answer.start, "/home"));
        (void)channel_send(world->auth[THEIRS], &answer, sizeof answer, 0);
    }
    return NULL;
}

static void world_open(struct world *world, struct session *s, const struct config *config)
{
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, world->client) == 0);
    must(channel_pair(world->jail, sizeof(struct jail_listing)) == 0);
    must(channel_pair(world->auth, sizeof(struct auth_login_answer)) == 0);
    must(channel_pair(world->dialer, 4096) == 0);
    memset(s, 0, sizeof *s);
    s->config = config;
    s->listener = &config->listeners[0];
    s->master = s->scribe = s->keeper = -1;
    s->jail = world->jail[OURS];
    s->auth = world->auth[OURS];
    s->dialer = world->dialer[OURS];
    s->facts = FACTS_ALL;
    next_forget(s);
    s->idle_s = 60;
    s->policy = (struct net_policy){ .idle_timeout = 60, .data_timeout = 1, .rights = RIGHTS_ALL };
    s->login_deadline_ms = now_ms() + 60000;
    s->client.peer.ss_family = s->client.local.ss_family = AF_INET;
    s->data.listener = -1;
    stream_plain(&s->data.stream, -1);
    stream_plain(&s->control, world->client[OURS]);
    must(text_copy(s->cwd, sizeof s->cwd, "/"));
    must(pthread_create(&world->threads[0], NULL, world->be_jail ? world->be_jail : be_honest_jail,
                        world) == 0);
    must(pthread_create(&world->threads[1], NULL, be_dialer, world) == 0);
    must(pthread_create(&world->threads[2], NULL, be_auth, world) == 0);
}

static void world_log_in(struct session *s)
{
    s->logged_in = true;
    must(text_copy(s->name, sizeof s->name, "fuzz"));
}

/* All that the client sends, before anything is read. */
static void world_say(const struct world *world, const void *bytes, size_t n)
{
    must(write(world->client[THEIRS], bytes, n) == (ssize_t)n);
    must(shutdown(world->client[THEIRS], SHUT_WR) == 0);
}

static void world_close(struct world *world, struct session *s)
{
    stream_close(&s->control);
    close(world->client[THEIRS]);
    (void)shutdown(world->jail[OURS], SHUT_RDWR);
    (void)shutdown(world->dialer[OURS], SHUT_RDWR);
    (void)shutdown(world->auth[THEIRS], SHUT_RDWR);
    for (size_t i = 0; i < COUNT(world->threads); i++)
        (void)pthread_join(world->threads[i], NULL);
    if (s->auth >= 0)
        close(s->auth);
    if (s->dialer >= 0)
        close(s->dialer);
    close(s->jail);
    close(world->jail[THEIRS]);
    close(world->dialer[THEIRS]);
    close(world->auth[THEIRS]);
}

/* Whatever came back are reply lines, each ended by CRLF, and answers to
 * Telnet options, which may have the number of LF.  How many bytes came. */
static size_t check_replies(int client)
{
    enum { IAC = 0xff };
    static char text[1 << 20];
    size_t n = 0;
    ssize_t got;
    while (n < sizeof text && (got = read(client, text + n, sizeof text - n)) > 0)
        n += (size_t)got;
    for (size_t i = 0; i + 1 < n; i++) {
        const bool option = i > 0 && (unsigned char)text[i - 1] == IAC;
        must(text[i + 1] != '\n' || text[i] == '\r' || option);
    }
    return n;
}

/* The configuration of all sessions: one plain listener, PORT and EPRT allowed. */
static const struct config *world_config(void)
{
    static struct config config = { .listener_count = 1,
                                    .connect_timeout = 1,
                                    .data_timeout = 1,
                                    .idle_timeout = 60,
                                    .max_login_failures = 3 };
    if (config.size == 0)
        net_warm_up();
    config.size = 1;
    config.listeners[0].active = true;
    return &config;
}

#endif
