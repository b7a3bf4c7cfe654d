/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - the worker processes of the bench, and the clock that they all go by. */
#include "client/bench/bench.h"

#include "common/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOGIN_WAIT_MS = 60000, BOARDS_AT = 64 };

static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void nap(double seconds)
{
    struct timespec time = { .tv_sec = (time_t)seconds,
                             .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) };
    nanosleep(&time, NULL);
}

unsigned bench_ready(const struct bench *bench)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < bench->plan.processes; i++)
        sum += atomic_load(&bench->boards[i].ready);
    return sum;
}

unsigned bench_broken(const struct bench *bench)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < bench->plan.processes; i++)
        sum += atomic_load(&bench->boards[i].broken);
    return sum;
}

static unsigned share(const struct bench_plan *plan, unsigned process)
{
    return plan->sessions / plan->processes + (process < plan->sessions % plan->processes);
}

static bool start_workers(struct bench *bench, pid_t pids[BENCH_PROCESSES_MAX])
{
    unsigned first = 0;
    fflush(NULL);
    for (unsigned i = 0; i < bench->plan.processes; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            bench_worker(&bench->plan, first, share(&bench->plan, i), bench->phase,
                         &bench->boards[i]);
            _exit(0);
        }
        if (pids[i] < 0)
            return false;
        first += share(&bench->plan, i);
    }
    return true;
}

/* Tells the reader of the marks that a step begins. */
static void mark(const struct bench *bench, char step)
{
    if (bench->marks_fd >= 0)
        (void)!write(bench->marks_fd, &step, 1);
}

static void drive(struct bench *bench)
{
    int64_t began = now_ms(), measured;
    while (bench_ready(bench) + bench_broken(bench) < bench->plan.sessions &&
           now_ms() - began < LOGIN_WAIT_MS)
        nap(0.005);
    bench->ramp_s = (double)(now_ms() - began) / 1000;
    atomic_store(bench->phase, PHASE_WARMUP);
    mark(bench, 'r');
    nap(bench->plan.warmup_s);
    measured = now_ms();
    atomic_store(bench->phase, PHASE_MEASURE);
    mark(bench, 'm');
    nap(bench->plan.duration_s);
    mark(bench, 's');
    atomic_store(bench->phase, PHASE_STOP);
    bench->measured_s = (double)(now_ms() - measured) / 1000;
}

static void wait_for_workers(const pid_t *pids, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        while (pids[i] > 0 && waitpid(pids[i], NULL, 0) < 0 && errno == EINTR)
            ;
}

bool bench_run(struct bench *bench)
{
    const size_t bytes = sizeof(struct bench_board) * bench->plan.processes + BOARDS_AT;
    pid_t pids[BENCH_PROCESSES_MAX] = { 0 };
    void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool started;
    if (shared == MAP_FAILED)
        return false;
    raise_limit();
    bench->phase = shared;
    bench->boards = (struct bench_board *)(void *)((char *)shared + BOARDS_AT);
    started = start_workers(bench, pids);
    if (started)
        drive(bench);
    atomic_store(bench->phase, PHASE_STOP);
    wait_for_workers(pids, bench->plan.processes);
    return started;
}
