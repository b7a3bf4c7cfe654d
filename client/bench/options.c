/* SPDX-License-Identifier: BSD-2-Clause */
/* options.c - the command line of `wardftp bench`, by one table. */
#include "client/bench/bench.h"

#include "common/text.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SESSIONS_MAX = 200000, FD_MAX = 1023, DAY_S = 86400, ROWS_MAX = 32 };

/* Where a value goes, and its bounds where it is a number. */
struct row {
    const char *name, *argument, *help; /* argument: NULL for a flag */
    bool (*take)(void *to, const struct row *row, const char *value);
    size_t at; /* in struct bench */
    uint64_t least, most;
};

static bool take_unsigned(void *to, const struct row *row, const char *value)
{
    uint64_t number;
    if (!number_parse(value, row->least, row->most, &number))
        return false;
    *(unsigned *)to = (unsigned)number;
    return true;
}

static bool take_fd(void *to, const struct row *row, const char *value)
{
    uint64_t number;
    if (!number_parse(value, row->least, row->most, &number))
        return false;
    *(int *)to = (int)number;
    return true;
}

static bool take_bytes(void *to, const struct row *row, const char *value)
{
    uint64_t number;
    if (!number_parse(value, row->least, row->most, &number))
        return false;
    *(int64_t *)to = (int64_t)number;
    return true;
}

static bool take_seed(void *to, const struct row *row, const char *value)
{
    return number_parse(value, row->least, row->most, to);
}

static bool take_seconds(void *to, const struct row *row, const char *value)
{
    char *end;
    const double seconds = strtod(value, &end);
    if (end == value || *end || !(seconds >= 0 && seconds <= (double)row->most))
        return false;
    *(double *)to = seconds;
    return true;
}

static bool take_directory(void *to, const struct row *row, const char *value)
{
    (void)row;
    return value[0] && text_copy(to, sizeof((struct bench_plan *)0)->directory, value);
}

static bool take_text(void *to, const struct row *row, const char *value)
{
    (void)row;
    *(const char **)to = value;
    return true;
}

static bool take_flag(void *to, const struct row *row, const char *value)
{
    (void)row;
    (void)value;
    *(bool *)to = true;
    return true;
}

static bool take_no(void *to, const struct row *row, const char *value)
{
    (void)row;
    (void)value;
    *(bool *)to = false;
    return true;
}

static bool take_mix(void *to, const struct row *row, const char *value)
{
    (void)row;
    return bench_mix_parse(to, value);
}

#define PLAN(field) offsetof(struct bench, plan.field)

static const struct row rows[] = {
    { "mix", "OP[=WEIGHT],...", "what sessions do; default retr-small", take_mix, PLAN(weights), 0,
      0 },
    { "sessions", "N", "at once; default 10", take_unsigned, PLAN(sessions), 1, SESSIONS_MAX },
    { "processes", "N", "default: a quarter of the processors, at least 1", take_unsigned,
      PLAN(processes), 1, BENCH_PROCESSES_MAX },
    { "duration", "SECONDS", "default 5", take_seconds, PLAN(duration_s), 0, DAY_S },
    { "warmup", "SECONDS", "default 1", take_seconds, PLAN(warmup_s), 0, DAY_S },
    { "logins", "N", "concurrent log-ins at the start; default 64", take_unsigned,
      PLAN(logins_at_once), 1, SESSIONS_MAX },
    { "tls", NULL, "AUTH TLS and PROT P", take_flag, PLAN(tls), 0, 0 },
    { "small", "BYTES", "default 1024", take_bytes, PLAN(small_bytes), 1, UINT64_C(1) << 40 },
    { "large", "BYTES", "default 16777216", take_bytes, PLAN(large_bytes), 1, UINT64_C(1) << 40 },
    { "files", "N", "small files to choose from; default 32", take_unsigned, PLAN(files), 1,
      10000 },
    { "entries", "N", "entries of the listed directory; default 100", take_unsigned, PLAN(entries),
      0, 100000 },
    { "seed", "N", "default 1", take_seed, PLAN(seed), 0, UINT64_MAX },
    { "directory", "NAME", "on the server; made, and removed at the end; default wardftp-bench",
      take_directory, PLAN(directory), 0, 0 },
    { "keep", NULL, "leave the files there", take_flag, PLAN(keep), 0, 0 },
    { "no-setup", NULL, "use the files that are there", take_no, PLAN(setup), 0, 0 },
    { "netrc", "FILE", "default: ~/.netrc", take_text, offsetof(struct bench, netrc), 0, 0 },
    { "password-fd", "N", "read the password from this descriptor", take_fd,
      offsetof(struct bench, password_fd), 0, FD_MAX },
    { "marks-fd", "N", "a byte at each step: r ready, m measuring begins, s it ends", take_fd,
      offsetof(struct bench, marks_fd), 0, FD_MAX },
    { "json", NULL, "the report as one JSON object", take_flag, PLAN(json), 0, 0 },
    { "help", NULL, "show this help", take_flag, offsetof(struct bench, help), 0, 0 },
};

_Static_assert(COUNT(rows) < ROWS_MAX, "getopt's table has room for each row and its end");

void bench_usage(FILE *to)
{
    fputs("usage: wardftp bench [OPTIONS] [USER@]HOST[:PORT]\n\n", to);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char name[48];
        text_format(name, sizeof name, "--%s %s", rows[i].name,
                    rows[i].argument ? rows[i].argument : "");
        fprintf(to, "  %-24s %s\n", name, rows[i].help);
    }
    fputs("\nOperations of --mix:", to);
    for (unsigned op = 0; op < OP_COUNT; op++)
        fprintf(to, " %s", bench_op_names[op]);
    fputc('\n', to);
}

static void set_defaults(struct bench *bench)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    memset(bench, 0, sizeof *bench);
    settings_init(&bench->settings);
    bench->password_fd = bench->marks_fd = -1;
    bench->plan = (struct bench_plan){ .address = &bench->address,
                                       .sessions = 10,
                                       .processes = processors >= 8 ? (unsigned)processors / 4 : 1,
                                       .logins_at_once = 64,
                                       .warmup_s = 1,
                                       .duration_s = 5,
                                       .seed = 1,
                                       .small_bytes = 1024,
                                       .large_bytes = INT64_C(16) << 20,
                                       .files = 32,
                                       .entries = 100,
                                       .directory = "wardftp-bench",
                                       .setup = true };
    bench->plan.weights[OP_RETR_SMALL] = 1;
}

static bool take_all(struct bench *bench, int argc, char **argv)
{
    struct option table[ROWS_MAX] = { 0 };
    int at;
    for (size_t i = 0; i < COUNT(rows); i++)
        table[i] = (struct option){ .name = rows[i].name,
                                    .has_arg = rows[i].argument ? required_argument : no_argument,
                                    .val = (int)i };
    while ((at = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (at == '?')
            return false;
        if (!rows[at].take((char *)bench + rows[at].at, &rows[at], optarg)) {
            fprintf(stderr, "wardftp: bench: --%s: %s is not understood\n", rows[at].name, optarg);
            return false;
        }
    }
    return true;
}

bool bench_options(struct bench *bench, int argc, char **argv)
{
    const char *why;
    set_defaults(bench);
    if (!take_all(bench, argc, argv))
        return false;
    if (bench->help)
        return true;
    if (argc - optind != 1) {
        bench_usage(stderr);
        return false;
    }
    if (!target_parse(argv[optind], &bench->plan.target, &why)) {
        fprintf(stderr, "wardftp: bench: %s: %s\n", argv[optind], why);
        return false;
    }
    if (bench->plan.processes > bench->plan.sessions)
        bench->plan.processes = bench->plan.sessions;
    return true;
}
