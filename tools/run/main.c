/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - wardftpd-run: runs a command for each event of wardftpd, from its
 * events_socket.  Runs as any user who may connect there; needs no privilege. */
#include "build_info.h"
#include "common/text.h"
#include "daemon/protocol/events.h"
#include "tools/run/run.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { AT_ONCE_MAX = 256, TRIES_MAX = 1000, TIMEOUT_MAX = 86400, RETRY_MS = 200 };

struct runner {
    struct settings settings;
    struct stream stream;
    struct jobs jobs;
    struct position saved, last; /* in the state file; of the last event that was taken */
    bool begun;                  /* the first line has come */
    bool failed;                 /* no memory */
};

static volatile sig_atomic_t stops; /* how often SIGTERM or SIGINT came */

static void on_signal(int number)
{
    stops += number != SIGCHLD;
}

void say(const char *format, ...)
{
    char raw[8192], safe[4 * sizeof raw];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(raw, sizeof raw, format, arguments) < 0)
        (void)text_copy(raw, sizeof raw, format);
    va_end(arguments);
    (void)text_escape(safe, sizeof safe, raw, strlen(raw));
    (void)fprintf(stderr, "wardftpd-run: %s\n", safe);
}

/* ---- events ---- */

static bool is_wanted(const struct settings *settings, const struct log_line *line)
{
    const enum event_id id = event_find(line->event);
    const char *complete = log_line_get(line, "complete");
    if (id == EVENT_IDS || !(settings->events & EVENT_BIT(id)))
        return false;
    return settings->incomplete || !complete || strcmp(complete, "true") == 0;
}

static void add_job(struct runner *runner, const struct stream_event *event, const char *reason,
                    const struct position *before)
{
    char **environment = environment_of(event, reason);
    if (environment && jobs_add(&runner->jobs, environment, before, reason != NULL))
        return;
    if (environment)
        environment_free(environment);
    runner->failed = true;
}

/* Events before this one may be missing: the command is to look for itself.  The first start is the
 * same. */
static void take_gap(struct runner *runner, const struct stream_event *event, const char *reason)
{
    if (!jobs_have_waiting_gap(&runner->jobs))
        add_job(runner, event, reason, &runner->last);
}

/* What a retired daemon reports can't be continued: a position before it leads to a gap. */
static void take(void *context, const struct stream_event *event)
{
    struct runner *runner = context;
    const char *reason = log_line_get(&event->line, "reason");
    const struct position old = { .run = "retired" };
    if (strcmp(event->line.event, "gap") == 0)
        take_gap(runner, event, reason ? reason : "unknown");
    else if (!runner->begun && !*runner->last.run)
        take_gap(runner, event, "start");
    else if (is_wanted(&runner->settings, &event->line))
        add_job(runner, event, NULL, event->retired ? &old : &runner->last);
    runner->begun = true;
    if (!event->retired)
        runner->last = event->position;
}

/* While a retired daemon has sessions, a restart of this program is a gap. */
static void save(struct runner *runner)
{
    const struct position retired = { .run = "retired" };
    const struct position *last = runner->stream.sources[1].fd >= 0 ? &retired : &runner->last;
    const struct position now = jobs_position(&runner->jobs, last);
    if (!runner->settings.state || !*now.run ||
        (strcmp(now.run, runner->saved.run) == 0 && now.number == runner->saved.number))
        return;
    if (state_write(runner->settings.state, &now))
        runner->saved = now;
}

/* ---- the loop ---- */

static void wait_for(struct runner *runner, struct pollfd fds[STREAM_SOURCES], bool connected,
                     const sigset_t *open)
{
    int64_t ms = jobs_wait(&runner->jobs, now_ms(), stops == 0);
    if (!connected && stops == 0 && (ms < 0 || ms > RETRY_MS))
        ms = RETRY_MS;
    const struct timespec limit = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    /* while the queue is full, the server keeps the events */
    const bool full = runner->jobs.count >= JOBS_MAX || stops;
    if (ppoll(fds, full ? 0 : STREAM_SOURCES, ms < 0 ? NULL : &limit, open) <= 0 || full)
        memset(fds, 0, STREAM_SOURCES * sizeof *fds);
}

static int serve(struct runner *runner, const sigset_t *open)
{
    bool said = false;
    while (!stops || runner->jobs.running > 0) {
        struct pollfd fds[STREAM_SOURCES];
        const bool connected = stops || stream_connect(&runner->stream, now_ms());
        if (!connected && !said)
            say("%s: %s; waiting", runner->settings.socket, strerror(runner->stream.error));
        said = !connected;
        jobs_run(&runner->jobs, now_ms(), stops == 0);
        stream_fill(&runner->stream, fds);
        wait_for(runner, fds, connected, open);
        if (!stream_read(&runner->stream, fds, take, runner))
            return EX_UNAVAILABLE;
        jobs_reap(&runner->jobs, now_ms());
        if (runner->failed) {
            say("no memory");
            return EX_OSERR;
        }
        if (stops > 1)
            jobs_signal(&runner->jobs, SIGTERM);
        save(runner);
    }
    return 0;
}

/* Signals are only let in while the loop waits.  *open: the mask for that. */
static void catch_signals(sigset_t *open)
{
    static const int numbers[] = { SIGCHLD, SIGTERM, SIGINT };
    const struct sigaction action = { .sa_handler = on_signal };
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < COUNT(numbers); i++) {
        sigaddset(&set, numbers[i]);
        (void)sigaction(numbers[i], &action, NULL);
    }
    (void)sigprocmask(SIG_BLOCK, &set, open);
    for (size_t i = 0; i < COUNT(numbers); i++)
        sigdelset(open, numbers[i]);
}

/* ---- the command line ---- */

static int usage(FILE *to)
{
    (void)fprintf(to, "usage: wardftpd-run [-i] [-s SOCKET] [-S STATE] [-e EVENTS] [-j COMMANDS]\n"
                      "                    [-r TRIES] [-t SECONDS] COMMAND [ARGUMENT ...]\n"
                      "       wardftpd-run -h | -V\n");
    return to == stdout ? 0 : EX_USAGE;
}

static int wrong(char option, const char *what)
{
    say("-%c: %s", option, what);
    return EX_USAGE;
}

static int take_number(char option, const char *text, uint64_t least, uint64_t most, unsigned *to)
{
    char what[80];
    uint64_t number;
    if (number_parse(text, least, most, &number)) {
        *to = (unsigned)number;
        return 0;
    }
    (void)text_format(what, sizeof what, "a number from %llu to %llu", (unsigned long long)least,
                      (unsigned long long)most);
    return wrong(option, what);
}

static int take_events(const char *list, uint32_t *events)
{
    *events = 0;
    while (*list) {
        char word[32];
        const size_t n = strcspn(list, ", ");
        const bool fits = text_format(word, sizeof word, "%.*s", (int)n, list);
        const enum event_id id = fits ? event_find(word) : EVENT_IDS;
        if (n > 0 && id == EVENT_IDS)
            return wrong('e', "not the name of an event; doc/events.md has them");
        if (n > 0)
            *events |= EVENT_BIT(id);
        list += n + (list[n] != '\0');
    }
    return *events ? 0 : wrong('e', "names no event");
}

static int take_option(struct settings *settings, int option)
{
    switch (option) {
    case 's':
        settings->socket = optarg;
        return 0;
    case 'S':
        settings->state = optarg;
        return 0;
    case 'e':
        return take_events(optarg, &settings->events);
    case 'i':
        settings->incomplete = true;
        return 0;
    case 'j':
        return take_number('j', optarg, 1, AT_ONCE_MAX, &settings->at_once);
    case 'r':
        return take_number('r', optarg, 1, TRIES_MAX, &settings->tries);
    case 't':
        return take_number('t', optarg, 0, TIMEOUT_MAX, &settings->timeout_s);
    default:
        return usage(stderr);
    }
}

int main(int argc, char **argv)
{
    static struct runner runner = { .settings = { .socket = "/run/wardftpd/events",
                                                  .events = EVENT_BIT(EVENT_UPLOAD) |
                                                            EVENT_BIT(EVENT_APPEND),
                                                  .at_once = 4,
                                                  .tries = 5,
                                                  .timeout_s = 300 } };
    sigset_t open;
    int option, code;
    while ((option = getopt(argc, argv, "+s:S:e:ij:r:t:hV")) != -1) {
        if (option == 'h')
            return usage(stdout);
        if (option == 'V')
            return printf("wardftpd-run %s\n", WARDFTPD_VERSION) > 0 ? 0 : EX_IOERR;
        if ((code = take_option(&runner.settings, option)) != 0)
            return code;
    }
    if (optind >= argc)
        return usage(stderr);
    runner.settings.command = argv + optind;
    if (runner.settings.state)
        runner.saved = runner.last = state_read(runner.settings.state);
    jobs_init(&runner.jobs, &runner.settings);
    if (!stream_init(&runner.stream, runner.settings.socket, &runner.last)) {
        say("no memory");
        return EX_OSERR;
    }
    catch_signals(&open);
    return serve(&runner, &open);
}
