/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - wardctl: questions and orders of an administrator to the running
 * wardftpd, over its control socket.  Run by root; reads the command line and
 * the daemon's answers. */
#include "build_info.h"
#include "common/text.h"
#include "tools/wardctl/wardctl.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TRACE_SECONDS = 600, BAN_SECONDS = 3600, BAN_MAX = 31536000 };

static const struct command {
    const char *name;
    int (*run)(struct link *link, const struct request *request);
    int least, most;     /* how many arguments follow it */
    const char *options; /* those it takes, by their short names (commands.def) */
    const char *usage;
} commands[] = {
#define COMMAND(name, function, least, most, options, usage)                                       \
    { name, command_##function, least, most, options, usage },
#include "tools/wardctl/commands.def"
#undef COMMAND
};

static const struct option long_options[] = {
    { "json", no_argument, NULL, 'J' },
    { "now", no_argument, NULL, 'N' },
    { "no-wait", no_argument, NULL, 'W' },
    { "for", required_argument, NULL, 'T' },
    { "log", no_argument, NULL, 'L' },
    { "event", required_argument, NULL, 'E' },
    { "user", required_argument, NULL, 'U' },
    { "session", required_argument, NULL, 'I' },
    { "address", required_argument, NULL, 'A' },
    { "path", required_argument, NULL, 'P' },
    { "since", required_argument, NULL, 'S' },
    { "until", required_argument, NULL, 'B' },
    { "sum", no_argument, NULL, 'M' },
    { "failed", no_argument, NULL, 'F' },
    { "head", required_argument, NULL, 'H' },
    { "after", required_argument, NULL, 'R' },
    { "openmetrics", no_argument, NULL, 'O' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

int complain(int code, const char *format, ...)
{
    char raw[4096];
    char safe[8192];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(raw, sizeof raw, format, arguments) < 0)
        (void)text_copy(raw, sizeof raw, format);
    va_end(arguments);
    (void)text_escape(safe, sizeof safe, raw, strlen(raw));
    (void)fprintf(stderr, "wardctl: %s\n", safe);
    return code;
}

static void print_usage(FILE *to)
{
    for (size_t i = 0; i < COUNT(commands); i++)
        (void)fprintf(to, "%s wardctl [-s SOCKET] %s\n",
                      i ? "      " : "usage:", commands[i].usage);
    (void)fprintf(to, "       wardctl -h | --help\n");
}

static int usage(void)
{
    print_usage(stderr);
    return EX_USAGE;
}

static int help(void)
{
    print_usage(stdout);
    return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

/* The options of log that have a value. */
static void log_option_take(struct log_query *log, int option)
{
    const struct {
        int option;
        const char **value;
    } values[] = { { 'c', &log->configuration }, { 'E', &log->event },   { 'U', &log->user },
                   { 'I', &log->session },       { 'A', &log->address }, { 'P', &log->path },
                   { 'S', &log->since },         { 'B', &log->until },   { 'H', &log->head },
                   { 'R', &log->after } };
    for (size_t i = 0; i < COUNT(values); i++) {
        if (values[i].option == option)
            *values[i].value = optarg;
    }
    log->sum = log->sum || option == 'M';
    log->failed = log->failed || option == 'F';
}

static int option_take(const struct command *command, struct request *request, int option)
{
    uint64_t seconds = 0;
    if (option == 's') {
        request->socket = optarg;
        return 0;
    }
    if (option == 'h' || option == '?')
        return usage();
    if (!strchr(command->options, option))
        return complain(EX_USAGE, "%s does not take this option; usage: wardctl %s", command->name,
                        command->usage);
    request->json = request->json || option == 'J';
    request->open_metrics = request->open_metrics || option == 'O';
    request->now = request->now || option == 'N';
    request->no_wait = request->no_wait || option == 'W';
    request->to_log = request->to_log || option == 'L';
    log_option_take(&request->log, option);
    if (option == 'T' && !number_parse(optarg, 1, TRACE_MAX_S, &seconds))
        return complain(EX_USAGE, "--for: the number of seconds must be from 1 to %d", TRACE_MAX_S);
    if (option == 'T')
        request->trace_seconds = (uint32_t)seconds;
    if (option == 't' && !number_parse(optarg, 1, BAN_MAX, &request->seconds))
        return complain(EX_USAGE, "-t: the number of seconds must be from 1 to %d", BAN_MAX);
    return 0;
}

/* The command's options and arguments, in any order.  0 or EX_USAGE. */
static int arguments_read(const struct command *command, int argc, char **argv,
                          struct request *request)
{
    int option;
    optind = 0; /* glibc: start over */
    while ((option = getopt_long(argc, argv, "s:t:c:h", long_options, NULL)) != -1) {
        const int code = option_take(command, request, option);
        if (code)
            return code;
    }
    request->count = argc - optind;
    request->arguments = argv + optind;
    if (request->count < command->least || request->count > command->most)
        return complain(EX_USAGE, "usage: wardctl %s", command->usage);
    return 0;
}

int main(int argc, char **argv)
{
    struct request request = { .socket = "/run/wardftpd/control",
                               .seconds = BAN_SECONDS,
                               .trace_seconds = TRACE_SECONDS,
                               .log.configuration = SYSCONFDIR "/wardftpd/wardftpd.conf" };
    struct link link;
    int option;

    (void)signal(SIGCHLD, SIG_DFL); /* where it is ignored, children leave no status */
    while ((option = getopt_long(argc, argv, "+s:h", long_options, NULL)) != -1) {
        if (option == 'h')
            return help();
        if (option != 's')
            return usage();
        request.socket = optarg;
    }
    if (optind >= argc)
        return usage();
    const struct command *command = command_find(argv[optind]);
    if (!command)
        return complain(EX_USAGE, "%s: unknown command; see wardctl --help", argv[optind]);
    int code = arguments_read(command, argc - optind, argv + optind, &request);
    if (code != 0)
        return code;
    if (strchr(command->options, 'D'))
        return command->run(NULL, &request);
    code = link_open(&link, request.socket);
    if (code == 0)
        code = command->run(&link, &request);
    link_close(&link);
    return code;
}
