/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c - sums up the workers' boards, as a table or as JSON. */
#include "client/bench/bench.h"

#include "common/json.h"

#include <stdio.h>
#include <string.h>

struct totals {
    struct histogram latency[OP_COUNT];
    uint64_t bytes[OP_COUNT], errors[OP_COUNT], all_errors, resumed, full;
    double cpu_s;
    const char *why;
};

static void sum_up(const struct bench *bench, struct totals *totals)
{
    memset(totals, 0, sizeof *totals);
    for (unsigned i = 0; i < bench->plan.processes; i++) {
        const struct bench_board *board = &bench->boards[i];
        for (unsigned op = 0; op < OP_COUNT; op++) {
            histogram_merge(&totals->latency[op], &board->latency[op]);
            totals->bytes[op] += board->bytes[op];
            totals->errors[op] += board->errors[op];
            totals->all_errors += board->errors[op];
        }
        totals->resumed += board->resumed;
        totals->full += board->full;
        totals->cpu_s += board->cpu_s;
        if (!totals->why && board->why[0])
            totals->why = board->why;
    }
}

static double ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

/* Log-ins of idle sessions happen in the ramp, not in the measured time. */
static double span_of(const struct bench *bench, unsigned op)
{
    return op == OP_IDLE ? bench->ramp_s : bench->measured_s;
}

static void print_row(const struct bench *bench, const struct totals *totals, unsigned op)
{
    const struct histogram *h = &totals->latency[op];
    const double span = span_of(bench, op);
    printf("%-11s %10llu %11.1f %10.2f %9.3f %9.3f %9.3f %7llu\n", bench_op_names[op],
           (unsigned long long)h->count, (double)h->count / span,
           (double)totals->bytes[op] / span / 1e6, ms(histogram_percentile(h, 0.5)),
           ms(histogram_percentile(h, 0.99)), ms(h->max_ns),
           (unsigned long long)totals->errors[op]);
}

static void print_table(const struct bench *bench, const struct totals *totals)
{
    const struct bench_plan *plan = &bench->plan;
    printf("%u sessions, %u processes, %s, %.1f s measured (seed %llu)\n", plan->sessions,
           plan->processes, plan->tls ? "TLS" : "plain", bench->measured_s,
           (unsigned long long)plan->seed);
    printf("%-11s %10s %11s %10s %9s %9s %9s %7s\n", "operation", "count", "per second", "MB/s",
           "p50 ms", "p99 ms", "max ms", "errors");
    for (unsigned op = 0; op < OP_COUNT; op++)
        if (plan->weights[op])
            print_row(bench, totals, op);
    printf("ramp: %u of %u sessions after %.3f s; client CPU %.2f s", bench_ready(bench),
           plan->sessions, bench->ramp_s, totals->cpu_s);
    if (plan->tls)
        printf("; data connections: %llu resumed, %llu full", (unsigned long long)totals->resumed,
               (unsigned long long)totals->full);
    putchar('\n');
    if (totals->why)
        printf("first error: %s\n", totals->why);
}

static void json_operation(struct json *json, const struct bench *bench,
                           const struct totals *totals, unsigned op)
{
    const struct histogram *h = &totals->latency[op];
    json_open_object(json, bench_op_names[op]);
    json_integer(json, "count", (int64_t)h->count);
    json_decimal(json, "per_second", (double)h->count / span_of(bench, op));
    json_decimal(json, "bytes_per_second", (double)totals->bytes[op] / span_of(bench, op));
    json_decimal(json, "mean_ms", h->count ? ms(h->sum_ns / h->count) : 0);
    json_decimal(json, "p50_ms", ms(histogram_percentile(h, 0.5)));
    json_decimal(json, "p90_ms", ms(histogram_percentile(h, 0.9)));
    json_decimal(json, "p99_ms", ms(histogram_percentile(h, 0.99)));
    json_decimal(json, "max_ms", ms(h->max_ns));
    json_integer(json, "errors", (int64_t)totals->errors[op]);
    json_close_object(json);
}

static void print_json(const struct bench *bench, const struct totals *totals)
{
    const struct bench_plan *plan = &bench->plan;
    struct json json;
    json_begin(&json, stdout);
    json_text(&json, "host", plan->target.host);
    json_integer(&json, "port", plan->target.port);
    json_flag(&json, "tls", plan->tls);
    json_integer(&json, "sessions", plan->sessions);
    json_integer(&json, "processes", plan->processes);
    json_integer(&json, "seed", (int64_t)plan->seed);
    json_decimal(&json, "seconds", bench->measured_s);
    json_decimal(&json, "ramp_seconds", bench->ramp_s);
    json_integer(&json, "sessions_ready", bench_ready(bench));
    json_integer(&json, "sessions_broken", bench_broken(bench));
    json_decimal(&json, "client_cpu_seconds", totals->cpu_s);
    json_integer(&json, "data_resumed", (int64_t)totals->resumed);
    json_integer(&json, "data_full", (int64_t)totals->full);
    json_text(&json, "first_error", totals->why);
    json_open_object(&json, "operations");
    for (unsigned op = 0; op < OP_COUNT; op++)
        if (plan->weights[op])
            json_operation(&json, bench, totals, op);
    json_close_object(&json);
    json_end(&json);
}

enum outcome bench_report(const struct bench *bench)
{
    static struct totals totals; /* large */
    uint64_t done = 0;
    sum_up(bench, &totals);
    for (unsigned op = 0; op < OP_COUNT; op++)
        done += totals.latency[op].count;
    if (bench->plan.json)
        print_json(bench, &totals);
    else
        print_table(bench, &totals);
    return totals.all_errors > 0 || done == 0 || totals.why ? OUTCOME_AGAIN : OUTCOME_OK;
}
