/* SPDX-License-Identifier: BSD-2-Clause */
/* watch.c - `wardctl watch`: prints events as they happen, from events_socket. */
#include "common/text.h"
#include "tools/stream/stream.h"
#include "tools/wardctl/explain.h"
#include "tools/wardctl/log_filter.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 200 };

struct watching {
    struct log_filter filter;
    bool json;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* Ctrl-C ends it in order.  *open: the mask that lets the signals in. */
static void catch_signals(sigset_t *open)
{
    const struct sigaction interrupt = { .sa_handler = on_interrupt };
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &set, open);
    (void)sigaction(SIGINT, &interrupt, NULL);
    (void)sigaction(SIGTERM, &interrupt, NULL);
}

static void complain_of(void *unused, bool fatal, const char *line)
{
    (void)unused;
    if (fatal)
        (void)complain(0, "%s", line);
}

/* The daemon's events_socket.  0, or an exit code after a complaint. */
static int find_socket(const struct request *request, char *to, size_t room)
{
    static struct running_config running;
    struct link link;
    int code = link_open(&link, request->socket);
    if (code == 0)
        code = running_config(&link, &running);
    link_close(&link);
    if (code)
        return code;
    struct config *config =
        config_load(running.path, running.overrides, running.override_count, complain_of, NULL);
    if (!config)
        return complain(EX_CONFIG, "%s has faults now: say which socket: wardctl watch PATH",
                        running.path);
    const bool fits = text_copy(to, room, config->events_socket);
    free(config);
    if (!fits || !*to)
        return complain(EX_UNAVAILABLE,
                        "the daemon has no events_socket; set it, and wardctl reload");
    return 0;
}

/* Of the fields of a line, those that say nothing to people here. */
static bool is_shown(const char *key)
{
    static const char *const hidden[] = { "run", "number", "pid", "home" };
    for (size_t i = 0; i < COUNT(hidden); i++) {
        if (strcmp(hidden[i], key) == 0)
            return false;
    }
    return true;
}

static void print_value(const struct log_field *field)
{
    static char safe[4 * STREAM_LINE_ROOM];
    const bool plain = !field->is_text || (*field->value && !strpbrk(field->value, " \"\\\t"));
    (void)text_escape(safe, sizeof safe, field->value, strlen(field->value));
    (void)printf(plain ? " %s=%s" : " %s=\"%s\"", field->key, safe);
}

/* In the order of the line; the names and paths were chosen by users. */
static void print_text(const struct log_line *line)
{
    (void)printf("%s %s", line->time ? line->time : "-", line->event);
    for (size_t i = 0; i < line->count; i++) {
        if (is_shown(line->fields[i].key))
            print_value(&line->fields[i]);
    }
    (void)putchar('\n');
}

/* Also what says that something is missing. */
static bool is_wanted(const struct watching *watching, const struct stream_event *event)
{
    if (strcmp(event->line.event, "gap") == 0)
        return true;
    return log_line_event(&event->line) != EVENT_IDS &&
           log_filter_fits(&watching->filter, &event->line);
}

static void take(void *context, const struct stream_event *event)
{
    const struct watching *watching = context;
    if (!is_wanted(watching, event))
        return;
    if (watching->json)
        (void)puts(event->raw);
    else
        print_text(&event->line);
}

static int not_connected(const char *path, int error)
{
    if (error == EACCES || error == EPERM)
        return complain(EX_NOPERM, "%s: permission denied: only root and events_group may read it",
                        path);
    if (error == ENOENT || error == ECONNREFUSED)
        return complain(EX_UNAVAILABLE, "no wardftpd is listening on %s", path);
    return complain(EX_UNAVAILABLE, "%s: %s", path, strerror(error));
}

/* Signals are only let in here, so that none is missed. */
static int wait_for(struct pollfd fds[STREAM_SOURCES], bool connected, const sigset_t *open)
{
    const struct timespec pause = { .tv_nsec = WAIT_MS * 1000000L };
    return ppoll(fds, STREAM_SOURCES, connected ? NULL : &pause, open);
}

static int follow(struct stream *stream, struct watching *watching, const sigset_t *open)
{
    bool connected = true;
    while (!interrupted) {
        struct pollfd fds[STREAM_SOURCES];
        const bool before = connected;
        connected = stream_connect(stream, now_ms());
        if (connected != before)
            (void)complain(0,
                           connected ? "connected again" : "no connection: waiting for wardftpd");
        stream_fill(stream, fds);
        const int n = wait_for(fds, connected, open);
        if (n < 0 && errno != EINTR)
            return complain(EX_OSERR, "poll: %s", strerror(errno));
        if (n > 0 && !stream_read(stream, fds, take, watching))
            return EX_UNAVAILABLE;
        if (fflush(stdout) != 0)
            return complain(EX_IOERR, "standard output: %s", strerror(errno));
    }
    return 0;
}

int command_watch(struct link *link, const struct request *request)
{
    static struct stream stream;
    char path[CONFIG_PATH_ROOM] = "";
    sigset_t open;
    struct watching watching = { .json = request->json };
    (void)link;
    int code = log_filter_init(&watching.filter, &request->log);
    if (code == 0 && request->count == 1 && !text_copy(path, sizeof path, request->arguments[0]))
        code = complain(EX_USAGE, "%s: path too long for a socket", request->arguments[0]);
    if (code == 0 && request->count == 0)
        code = find_socket(request, path, sizeof path);
    if (code)
        return code;
    catch_signals(&open);
    if (!stream_init(&stream, path, &(struct position){ 0 }))
        return complain(EX_OSERR, "no memory");
    if (!stream_connect(&stream, now_ms()))
        return not_connected(path, stream.error);
    return follow(&stream, &watching, &open);
}
