/* SPDX-License-Identifier: BSD-2-Clause */
/* worker.c - one worker of the bench: an epoll loop over many sessions. */
#include "client/bench/session.h"

#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256, TICK_MS = 10, QUIET_MS = 50 };

uint64_t bench_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int bench_phase_of(const struct bench_loop *loop)
{
    return atomic_load_explicit(loop->phase, memory_order_relaxed);
}

static void retry_waiting(struct bench_loop *loop)
{
    loop->now_ns = bench_clock_ns();
    for (unsigned i = 0; i < loop->count && loop->waiting > 0; i++) {
        struct bench_session *session = &loop->sessions[i];
        if (session->again_ns == 0 || session->again_ns > loop->now_ns)
            continue;
        session->again_ns = 0;
        loop->waiting--;
        if (bench_phase_of(loop) != PHASE_STOP)
            bench_connect(loop, session);
    }
}

/* The memory file that uploads are sent from: the larger of both sizes, of meaningless text. */
static int make_content(const struct bench_plan *plan, char *piece)
{
    int64_t size = plan->large_bytes > plan->small_bytes ? plan->large_bytes : plan->small_bytes;
    const int fd = memfd_create("bench", MFD_CLOEXEC);
    for (size_t i = 0; i < PIECE; i++)
        piece[i] = (char)('a' + i % 26);
    if (plan->weights[OP_STOR_LARGE] == 0)
        size = plan->small_bytes;
    for (int64_t at = 0; fd >= 0 && at < size; at += PIECE)
        if (pwrite(fd, piece, size - at < PIECE ? (size_t)(size - at) : PIECE, at) < 0) {
            close(fd);
            return -1;
        }
    return fd;
}

static bool prepare(struct bench_loop *loop)
{
    const struct bench_plan *plan = loop->plan;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->sessions = calloc(loop->count, sizeof *loop->sessions);
    loop->piece = malloc(PIECE);
    loop->content = loop->piece ? make_content(plan, loop->piece) : -1;
    loop->tls = plan->tls ? bench_tls() : NULL;
    if (loop->epoll < 0 || !loop->sessions || loop->content < 0 || (plan->tls && !loop->tls))
        return false;
    for (unsigned op = 0; op < OP_COUNT; op++)
        loop->weight_sum += plan->weights[op];
    for (unsigned i = 0; i < loop->count; i++) {
        struct bench_session *session = &loop->sessions[i];
        session->index = i;
        session->control = session->data = -1;
        session->random = (plan->seed + loop->first + i + 1) * UINT64_C(0x9E3779B97F4A7C15) | 1;
        session->op = bench_choose(loop, session);
    }
    return true;
}

static void run_events(struct bench_loop *loop)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    const int n =
        epoll_wait(loop->epoll, events, EVENTS_AT_ONCE, loop->waiting ? TICK_MS : QUIET_MS);
    loop->now_ns = bench_clock_ns();
    if (n == 0 && !loop->watch_all)
        bench_data_watch_all(loop);
    for (int i = 0; i < n; i++) {
        struct bench_session *session = &loop->sessions[events[i].data.u64 / 2];
        if (events[i].data.u64 % 2 == 0)
            bench_control_ready(loop, session);
        else if (session->data >= 0 && session->data_events)
            bench_data_ready(loop, session);
    }
    if (loop->waiting)
        retry_waiting(loop);
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void finish(struct bench_loop *loop)
{
    for (unsigned i = 0; loop->sessions && i < loop->count; i++) {
        if (loop->plan->weights[OP_IDLE] && loop->sessions[i].control < 0)
            atomic_fetch_add(&loop->board->broken, 1);
        bench_hang_up(loop, &loop->sessions[i]);
    }
    SSL_CTX_free(loop->tls);
    free(loop->sessions);
    free(loop->piece);
    if (loop->content >= 0)
        close(loop->content);
    if (loop->epoll >= 0)
        close(loop->epoll);
}

static void run_until_stop(struct bench_loop *loop)
{
    double cpu_before = 0;
    bool measuring = false;
    bench_next_login(loop);
    while (bench_phase_of(loop) != PHASE_STOP) {
        run_events(loop);
        bench_next_login(loop);
        if (!measuring && bench_phase_of(loop) == PHASE_MEASURE) {
            measuring = true;
            cpu_before = cpu_seconds();
        }
    }
    loop->board->cpu_s = cpu_seconds() - cpu_before;
}

void bench_worker(const struct bench_plan *plan, unsigned first, unsigned count,
                  const _Atomic int *phase, struct bench_board *board)
{
    struct bench_loop loop = {
        .plan = plan, .board = board, .phase = phase, .first = first, .count = count
    };
    if (prepare(&loop)) {
        run_until_stop(&loop);
    } else {
        text_format(board->why, sizeof board->why, "a worker could not start: %s", strerror(errno));
        atomic_fetch_add(&board->broken, count);
    }
    finish(&loop);
}
