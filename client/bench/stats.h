/* SPDX-License-Identifier: BSD-2-Clause */
/* stats.h - latencies as a histogram of fixed size: 32 steps for each power of two, so that any
 * percentile is right within 3 %. */
#ifndef CLIENT_BENCH_STATS_H
#define CLIENT_BENCH_STATS_H

#include <stdint.h>

enum { HISTOGRAM_STEPS = 32, HISTOGRAM_BUCKETS = 40 * HISTOGRAM_STEPS };

struct histogram {
    uint64_t count, sum_ns, max_ns;
    uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t ns);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The latency that the share (0..1) of all operations did not exceed, in nanoseconds; 0 of none. */
uint64_t histogram_percentile(const struct histogram *histogram, double share);

#endif
