/* SPDX-License-Identifier: BSD-2-Clause */
/* trace.c - traces the sessions of a user or an address, and shows their lines as they come. */
#include "common/addr.h"
#include "common/text.h"
#include "tools/wardctl/wardctl.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    POLL_MS = 200,
    FAILURES_MAX = 50, /* a process of the daemon that has ended is there again by then */
    FIELDS = 5
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* Without SA_RESTART the sleep ends; a request that is under way is repeated by link.c. */
static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static void time_text(char text[16])
{
    struct timespec now = { 0 };
    struct tm broken;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* can't fail for this clock */
    if (!localtime_r(&now.tv_sec, &broken) || strftime(text, 16, "%H:%M:%S", &broken) == 0)
        (void)text_copy(text, 16, "?");
}

/* "12:00:00 7 192.0.2.1 alice > RETR file": commands after ">", replies after "<". */
static void show_line(char *line)
{
    char *fields[FIELDS], *rest = line, now[16], safe[4 * 1024 + 1];
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = i + 1 < FIELDS ? strsep(&rest, "\t") : rest;
        if (!fields[i])
            return;
    }
    time_text(now);
    (void)text_escape(safe, sizeof safe, fields[4], strlen(fields[4]));
    (void)printf("%s %s %s %s %s %s\n", now, fields[0], fields[1], *fields[2] ? fields[2] : "-",
                 strcmp(fields[3], "1") == 0 ? "<" : ">", safe);
}

static void show(struct control_answer *answer)
{
    char *rest = answer->text;
    if (answer->numbers[TRACED_LOST])
        (void)printf("... %" PRIu64 " lines came faster than they could be read\n",
                     answer->numbers[TRACED_LOST]);
    for (char *line = strsep(&rest, "\n"); line && *line; line = strsep(&rest, "\n"))
        show_line(line);
}

/* All lines that have come since ask->number, of a scribe whose run is *run. */
static int show_new(struct link *link, struct control_ask *ask, uint64_t *run)
{
    struct control_answer answer;
    bool more = true;
    while (more) {
        const int code = link_simple(link, ask, &answer);
        if (code)
            return code;
        const bool same = *run == answer.numbers[TRACED_RUN] || ask->number == UINT64_MAX;
        *run = answer.numbers[TRACED_RUN];
        ask->number = same ? answer.numbers[TRACED_LAST] : 0;
        more = !same || *answer.text;
        if (same)
            show(&answer);
    }
    return fflush(stdout) == 0 ? 0 : complain(EX_IOERR, "can't write: %s", strerror(errno));
}

static int64_t now_in_ms(void)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the time is over, or a signal comes. */
static int follow(struct link *link, struct control_ask *ask, uint64_t run, uint32_t seconds)
{
    const int64_t end_ms = now_in_ms() + (int64_t)seconds * 1000;
    const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
    int code = 0;
    for (unsigned failures = 0; !interrupted && now_in_ms() < end_ms; failures++) {
        (void)nanosleep(&pause, NULL);
        code = show_new(link, ask, &run);
        if (code == 0)
            failures = 0;
        else if (code != EX_TEMPFAIL || failures == FAILURES_MAX)
            break;
    }
    return code;
}

/* USER or ADDRESS: what can be read as an address is one. */
static int read_target(const struct request *request, struct control_ask *ask)
{
    ask->by = CONTROL_BY_USER;
    if (addr_parse_host_here(request->arguments[0], &ask->address))
        ask->by = CONTROL_BY_ADDRESS;
    else if (!text_copy(ask->name, sizeof ask->name, request->arguments[0]))
        return complain(EX_USAGE, "the user name is too long");
    return 0;
}

static int begin(struct link *link, struct control_ask *ask, const struct request *request)
{
    struct control_answer answer;
    const int code = link_simple(link, ask, &answer);
    if (code)
        return code;
    if (answer.result == CONTROL_REFUSED)
        return complain(EX_TEMPFAIL, "%s", answer.text);
    (void)fprintf(request->to_log ? stdout : stderr,
                  "%" PRIu64 " sessions, and those that begin within %" PRIu32
                  " seconds, are traced%s\n",
                  answer.numbers[0], ask->seconds, request->to_log ? " in the log" : "");
    return 0;
}

int command_trace(struct link *link, const struct request *request)
{
    struct control_ask trace = { .verb = CONTROL_TRACE, .seconds = request->trace_seconds };
    struct control_answer answer;
    uint64_t run = 0;
    int code = read_target(request, &trace);
    if (code)
        return code;
    struct control_ask lines = trace;
    lines.verb = CONTROL_TRACED;
    lines.seconds = 0;
    lines.number = UINT64_MAX;
    if (!request->to_log)
        code = show_new(link, &lines, &run);
    if (code == 0)
        code = begin(link, &trace, request);
    if (code || request->to_log)
        return code ? code : list_end(false);
    catch_signals();
    code = follow(link, &lines, run, trace.seconds);
    trace.seconds = 0;
    const int ended = link_simple(link, &trace, &answer);
    return code ? code : ended;
}
