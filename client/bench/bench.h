/* SPDX-License-Identifier: BSD-2-Clause */
/* bench.h - `wardftp bench`: a closed-loop load on a server, and its measurement. */
#ifndef CLIENT_BENCH_BENCH_H
#define CLIENT_BENCH_BENCH_H

#include "client/bench/stats.h"
#include "client/engine/session.h"
#include "client/engine/settings.h"
#include "client/engine/target.h"

#include <netinet/in.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What a session does over and over. */
enum bench_op {
    OP_CONNECT, /* TCP connect, greeting, close */
    OP_LOGIN,   /* connect, log in (TLS if asked for), QUIT */
    OP_NOOP,
    OP_CWD,
    OP_RETR_SMALL,
    OP_RETR_LARGE,
    OP_SIZE, /* of a small file */
    OP_MDTM,
    OP_STOR_SMALL,
    OP_STOR_LARGE,
    OP_LIST,
    OP_MLSD,
    OP_NLST,
    OP_IDLE, /* log in and stay: measures the ramp */
    OP_COUNT
};

extern const char *const bench_op_names[OP_COUNT];

struct bench_plan {
    struct target target;
    struct sockaddr_storage *address; /* of the server, resolved */
    bool tls;
    unsigned weights[OP_COUNT];
    unsigned sessions, processes, logins_at_once;
    double warmup_s, duration_s;
    uint64_t seed;
    int64_t small_bytes, large_bytes;
    unsigned files, entries; /* small files to choose from; entries of the listed directory */
    char directory[256];     /* on the server, relative to the log-in's */
    bool json, keep, setup;
};

enum bench_phase { PHASE_LOGIN, PHASE_WARMUP, PHASE_MEASURE, PHASE_STOP };

enum { BENCH_WHY_SIZE = 200, BENCH_PATH_SIZE = 400 };

/* Shared between the parent and one worker process; each counter has one writer. */
struct bench_board {
    _Atomic unsigned ready;  /* sessions that have logged in at least once */
    _Atomic unsigned broken; /* sessions that ended, or failed to log in */
    struct histogram latency[OP_COUNT];
    uint64_t bytes[OP_COUNT], errors[OP_COUNT];
    uint64_t resumed, full; /* TLS data connections */
    double cpu_s;
    char why[BENCH_WHY_SIZE]; /* the first error */
};

enum { BENCH_PROCESSES_MAX = 64 };

/* The whole of one run. */
struct bench {
    struct bench_plan plan;
    struct settings settings;
    struct sockaddr_storage address;
    const char *netrc;
    int password_fd, marks_fd; /* -1: none */
    bool help;
    _Atomic int *phase;
    struct bench_board *boards; /* one for each worker process, shared with it */
    double ramp_s, measured_s;
};

/* options.c: defaults and the command line; false with a message on standard error. */
bool bench_options(struct bench *bench, int argc, char **argv);
void bench_usage(FILE *to);

/* mix.c: "retr-small=3,list" into weights; false if it is invalid. */
bool bench_mix_parse(unsigned weights[OP_COUNT], const char *text);

/* setup.c: the files that the mix asks for. */
enum outcome bench_set_up(struct bench *bench, struct session *session);
void bench_tear_down(struct bench *bench, struct session *session);

/* run.c: the load from beginning to end; false if the workers could not start. */
bool bench_run(struct bench *bench);
unsigned bench_ready(const struct bench *bench);  /* sessions that have logged in */
unsigned bench_broken(const struct bench *bench); /* sessions that ended, or never logged in */

/* report.c: prints it; OUTCOME_AGAIN if anything failed. */
enum outcome bench_report(const struct bench *bench);

/* worker.c: one worker process.  Runs sessions first..first+count-1 until the phase says stop. */
void bench_worker(const struct bench_plan *plan, unsigned first, unsigned count,
                  const _Atomic int *phase, struct bench_board *board);

/* bench.c: argv[0] is "bench".  The exit code. */
int bench_main(int argc, char **argv);

#endif
