/* SPDX-License-Identifier: BSD-2-Clause */
/* scrapers.c - runs in metrics: the connections of those who read the metrics.  Anyone
 * who reaches the listener may: their bytes are hostile.  All is bounded: a few
 * connections, of which a new one replaces the oldest, a request of so many bytes, so
 * many seconds for each step, one request a connection. */
#include "daemon/metrics/state.h"

#include "build_info.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUEST_MS = 5000,
    WAIT_MS = 5000,  /* for the master */
    SEND_MS = 10000, /* for the client to read the answer */
    END_MS = 2000,   /* for it to close the connection */
    FRESH_MS = 1000, /* numbers that are not older are not asked for again */
};

static void scraper_end(struct scraper *scraper)
{
    /* which removes it from the epoll set */
    if (scraper->fd >= 0)
        close(scraper->fd);
    scraper->fd = -1;
}

static uint32_t number_of(const struct metrics_server *server, const struct scraper *scraper)
{
    return FIRST_SCRAPER + (uint32_t)(scraper - server->scrapers);
}

static void enter(const struct metrics_server *server, struct scraper *scraper,
                  enum scraper_state state, int64_t ms)
{
    const uint32_t events = state == SCRAPER_READS   ? EPOLLOUT
                            : state == SCRAPER_WAITS ? 0
                                                     : EPOLLIN;
    struct epoll_event event = { .events = events, .data.u32 = number_of(server, scraper) };
    scraper->state = state;
    scraper->until_ms = now_ms() + ms;
    /* can't fail for an open descriptor */
    (void)epoll_ctl(server->epoll, EPOLL_CTL_MOD, scraper->fd, &event);
}

static struct scraper *free_place(struct metrics_server *server)
{
    struct scraper *oldest = &server->scrapers[0];
    for (size_t i = 0; i < SCRAPERS_MAX; i++) {
        struct scraper *scraper = &server->scrapers[i];
        if (scraper->fd < 0)
            return scraper;
        if (scraper->since_ms < oldest->since_ms)
            oldest = scraper;
    }
    scraper_end(oldest);
    return oldest;
}

void scrapers_accept(struct metrics_server *server)
{
    const int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct scraper *scraper = free_place(server);
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = number_of(server, scraper) };
    scraper->fd = fd;
    scraper->state = SCRAPER_ASKS;
    scraper->since_ms = now_ms();
    scraper->until_ms = scraper->since_ms + REQUEST_MS;
    scraper->received = scraper->length = scraper->sent = 0;
    if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        scraper_end(scraper);
}

/* As much as its socket takes; the rest when there is room again. */
static void send_rest(const struct metrics_server *server, struct scraper *scraper)
{
    while (scraper->sent < scraper->length) {
        const ssize_t n = send(scraper->fd, scraper->answer + scraper->sent,
                               scraper->length - scraper->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0) {
            scraper_end(scraper);
            return;
        }
        scraper->sent += (size_t)n;
    }
    enter(server, scraper, SCRAPER_ENDS, END_MS);
}

static const char *type_of(const struct scraper *scraper, enum request_status status)
{
    if (status != REQUEST_OK)
        return "text/plain; charset=utf-8";
    return scraper->open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                 : "text/plain; version=0.0.4; charset=utf-8";
}

/* The body is at HEADERS_ROOM; the headers go before it. */
static void answer(const struct metrics_server *server, struct scraper *scraper,
                   enum request_status status, size_t length)
{
    char headers[HEADERS_ROOM];
    (void)text_format(headers, sizeof headers,
                      "HTTP/1.1 %s\r\n"
                      "Content-Type: %s\r\n"
                      "Content-Length: %zu\r\n"
                      "%sCache-Control: no-store\r\n"
                      "Connection: close\r\n"
                      "\r\n",
                      request_status_text(status), type_of(scraper, status), length,
                      status == REQUEST_NOT_ALLOWED ? "Allow: GET\r\n" : "");
    const size_t size = strlen(headers);
    memmove(scraper->answer + size, scraper->answer + HEADERS_ROOM, length);
    memcpy(scraper->answer, headers, size);
    scraper->length = size + length;
    scraper->sent = 0;
    enter(server, scraper, SCRAPER_READS, SEND_MS);
    send_rest(server, scraper);
}

static void refuse(const struct metrics_server *server, struct scraper *scraper,
                   enum request_status status)
{
    char *body = scraper->answer + HEADERS_ROOM;
    (void)text_format(body, METRICS_TEXT_ROOM, "%s\n", request_status_text(status));
    answer(server, scraper, status, strlen(body));
}

static void give_metrics(const struct metrics_server *server, struct scraper *scraper)
{
    const size_t length = metrics_text(&server->last, WARDFTPD_VERSION, scraper->open_metrics,
                                       scraper->answer + HEADERS_ROOM, METRICS_TEXT_ROOM);
    if (length)
        answer(server, scraper, REQUEST_OK, length);
    else
        refuse(server, scraper, REQUEST_UNAVAILABLE);
}

void scrapers_answer(struct metrics_server *server)
{
    for (size_t i = 0; i < SCRAPERS_MAX; i++) {
        struct scraper *scraper = &server->scrapers[i];
        if (scraper->fd >= 0 && scraper->state == SCRAPER_WAITS)
            give_metrics(server, scraper);
    }
}

/* For new numbers, unless it is asked already. */
static void ask_master(struct metrics_server *server)
{
    const struct message_head message = { .type = TM_METRICS };
    if (!server->asked)
        server->asked = channel_send(FD_MASTER, &message, sizeof message, MSG_DONTWAIT) == 0;
}

static void obey(struct metrics_server *server, struct scraper *scraper)
{
    const bool fresh = server->answered_ms && now_ms() < server->answered_ms + FRESH_MS;
    if (fresh) {
        give_metrics(server, scraper);
        return;
    }
    enter(server, scraper, SCRAPER_WAITS, WAIT_MS);
    ask_master(server);
}

/* Its connection ends with its request: what follows is not read. */
static void read_request(struct metrics_server *server, struct scraper *scraper)
{
    const ssize_t n = recv(scraper->fd, scraper->request + scraper->received,
                           REQUEST_ROOM - scraper->received, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        scraper_end(scraper);
        return;
    }
    scraper->received += (size_t)n;
    const enum request_status status =
        request_read(scraper->request, scraper->received, &scraper->open_metrics);
    if (status == REQUEST_OK)
        obey(server, scraper);
    else if (status != REQUEST_PARTIAL)
        refuse(server, scraper, status);
}

/* To close a connection with unread bytes would reset it, and the client might lose the
 * answer. */
static void drop_rest(struct scraper *scraper)
{
    const ssize_t n = recv(scraper->fd, scraper->request, REQUEST_ROOM, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        scraper_end(scraper);
}

void scraper_serve(struct metrics_server *server, struct scraper *scraper)
{
    if (scraper->fd < 0)
        return; /* it has ended earlier in this turn */
    switch (scraper->state) {
    case SCRAPER_ASKS:
        read_request(server, scraper);
        break;
    case SCRAPER_WAITS: /* it is not read, so this is a hang-up */
        scraper_end(scraper);
        break;
    case SCRAPER_READS:
        send_rest(server, scraper);
        break;
    case SCRAPER_ENDS:
        drop_rest(scraper);
        break;
    }
}

/* Its time is over: the master's, which is reported to the client, or the client's. */
static void scraper_overdue(struct metrics_server *server, struct scraper *scraper)
{
    if (scraper->state != SCRAPER_WAITS) {
        scraper_end(scraper);
        return;
    }
    server->asked = false; /* the next one asks again */
    refuse(server, scraper, REQUEST_UNAVAILABLE);
}

int scrapers_tick(struct metrics_server *server, int64_t now)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < SCRAPERS_MAX; i++) {
        struct scraper *scraper = &server->scrapers[i];
        if (scraper->fd >= 0 && now >= scraper->until_ms)
            scraper_overdue(server, scraper);
        if (scraper->fd >= 0 && scraper->until_ms < next)
            next = scraper->until_ms;
    }
    return next == INT64_MAX ? -1 : next > now ? (int)(next - now) : 0;
}
