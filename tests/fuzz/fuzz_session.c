/* fuzz_session.c - a whole session of NET on any bytes of a client: over
 * socket pairs, with a JAIL that answers as the bytes have it, a dialer that
 * has no ports, and an auth that lets everybody in. */
/* with: daemon/net/[!r]*.c daemon/net/re*.c daemon/border/log.c daemon/border/key_print.c -lssl -lcrypto -lpthread */
#include "daemon/net/run.c" /* its parts are static: NOLINT(bugprone-suspicious-include) */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>

enum { OURS = 0, THEIRS = 1 };

struct world {
    int client[2], jail[2], auth[2], dialer[2];
    const uint8_t *dice;
    size_t sides, thrown;
};

static uint8_t throw(struct world * world)
{
    return world->sides == 0 ? 0 : world->dice[world->thrown++ % world->sides];
}

static void answer_page(struct world *world, const struct message_head *head)
{
    static struct jail_page page;
    page.head = *head;
    page.error = throw(world) % 5 == 0 ? 5 : 0;
    page.last = throw(world) % 2;
    memcpy(page.text, "type=file; a\r\n", 14);
    (void)channel_send(world->jail[THEIRS], &page, offsetof(struct jail_page, text) + throw(world) % 15, 0);
}

static void answer(struct world *world, const struct message_head *head)
{
    static const uint32_t errors[] = { 0, 0, 0, 0, 2, 13, 28, JAIL_BUSY, JAIL_DENIED };
    struct jail_answer answer = { .head = *head, .error = errors[throw(world) % COUNT(errors)] };
    const bool brings = head->type == JAIL_OPEN_READ || head->type == JAIL_STORE_CREATE;
    int fd = -1;
    answer.file.type = throw(world) % 4 + 1;
    answer.file.size = throw(world);
    answer.file.mtime = (int64_t) throw(world) << 32;
    if (brings && answer.error == 0)
        fd = open(head->type == JAIL_OPEN_READ ? "/dev/zero" : "/dev/null", O_RDWR | O_CLOEXEC);
    (void)channel_send_fd(world->jail[THEIRS], &answer, sizeof answer, fd, 0);
    if (fd >= 0)
        close(fd);
}

static void *be_jail(void *context)
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

static void *be_dialer(void *context)
{
    struct {
        struct message_head head;
        uint32_t a, b;
    } message;
    struct world *world = context;
    while (channel_receive(world->dialer[THEIRS], &message, sizeof message, 0) > 0) {
        message.a = 98; /* EADDRINUSE */
        message.b = 0;
        (void)channel_send(world->dialer[THEIRS], &message, sizeof message, 0);
    }
    return NULL;
}

static void open_world(struct world *world, struct session *s, const struct config *config)
{
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, world->client) == 0);
    must(channel_pair(world->jail, sizeof(struct jail_page)) == 0);
    must(channel_pair(world->auth, 8192) == 0);
    must(channel_pair(world->dialer, 4096) == 0);
    memset(s, 0, sizeof *s);
    s->config = config;
    s->listener = &config->listeners[0];
    s->master = s->scribe = s->keeper = -1;
    s->jail = world->jail[OURS];
    s->auth = world->auth[OURS];
    s->dialer = world->dialer[OURS];
    s->facts = FACTS_ALL;
    s->announced = UINT64_MAX;
    s->idle_s = 60;
    s->policy = (struct net_policy){ .idle_timeout = 60, .data_timeout = 1 };
    s->login_deadline_ms = now_ms() + 60000;
    s->logged_in = true;
    s->client.peer.ss_family = s->client.local.ss_family = AF_INET;
    s->data.listener = -1;
    stream_plain(&s->data.stream, -1);
    stream_plain(&s->control, world->client[OURS]);
    must(text_copy(s->cwd, sizeof s->cwd, "/"));
    must(text_copy(s->name, sizeof s->name, "fuzz"));
}

enum { IAC = 0xff };

/* Whatever came back are reply lines, each ended by CRLF, and answers to
 * Telnet options, which may have the number of LF. */
static void check_replies(int client)
{
    static char text[1 << 20];
    size_t n = 0;
    ssize_t got;
    while (n < sizeof text && (got = read(client, text + n, sizeof text - n)) > 0)
        n += (size_t)got;
    for (size_t i = 0; i + 1 < n; i++) {
        const bool option = i > 0 && (unsigned char)text[i - 1] == IAC;
        must(text[i + 1] != '\n' || text[i] == '\r' || option);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config config = {
        .listener_count = 1, .connect_timeout = 1, .data_timeout = 1, .max_login_failures = 3
    };
    static struct session *s = &session;
    struct world world = { .dice = data, .sides = size };
    pthread_t jail, dialer;

    if (config.size == 0)
        net_warm_up();
    config.size = 1;
    config.listeners[0].active = true;
    open_world(&world, s, &config);
    must(pthread_create(&jail, NULL, be_jail, &world) == 0);
    must(pthread_create(&dialer, NULL, be_dialer, &world) == 0);
    must(write(world.client[THEIRS], data, size) == (ssize_t)size);
    must(shutdown(world.client[THEIRS], SHUT_WR) == 0);
    serve(s);
    data_close(s);
    control_flush(s);
    stream_close(&s->control);
    check_replies(world.client[THEIRS]);
    close(world.client[THEIRS]);
    close(s->jail);
    if (s->dialer >= 0)
        close(s->dialer);
    (void)pthread_join(jail, NULL);
    (void)pthread_join(dialer, NULL);
    close(world.jail[THEIRS]);
    close(world.dialer[THEIRS]);
    close(world.auth[THEIRS]);
    if (s->auth >= 0)
        close(s->auth);
    return 0;
}
