/* SPDX-License-Identifier: BSD-2-Clause */
/* stats.c - the histogram. */
#include "client/bench/stats.h"

/* Values below 32 have a bucket each; above, the five bits after the leading one choose. */
static unsigned bucket_of(uint64_t ns)
{
    unsigned exponent, index;
    if (ns < HISTOGRAM_STEPS)
        return (unsigned)ns;
    exponent = 63 - (unsigned)__builtin_clzll(ns);
    index = (exponent - 4) * HISTOGRAM_STEPS +
            (unsigned)((ns >> (exponent - 5)) & (HISTOGRAM_STEPS - 1));
    return index < HISTOGRAM_BUCKETS ? index : HISTOGRAM_BUCKETS - 1;
}

/* The largest value of a bucket. */
static uint64_t bucket_top(unsigned index)
{
    unsigned exponent;
    if (index < HISTOGRAM_STEPS)
        return index;
    exponent = index / HISTOGRAM_STEPS + 4;
    return (((uint64_t)HISTOGRAM_STEPS + index % HISTOGRAM_STEPS + 1) << (exponent - 5)) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
    histogram->count++;
    histogram->sum_ns += ns;
    if (ns > histogram->max_ns)
        histogram->max_ns = ns;
    histogram->bucket[bucket_of(ns)]++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    into->count += from->count;
    into->sum_ns += from->sum_ns;
    if (from->max_ns > into->max_ns)
        into->max_ns = from->max_ns;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->bucket[i] += from->bucket[i];
}

uint64_t histogram_percentile(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)histogram->count + 0.5), seen = 0;
    if (histogram->count == 0)
        return 0;
    if (wanted == 0)
        wanted = 1;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->bucket[i];
        if (seen >= wanted)
            return bucket_top(i) < histogram->max_ns ? bucket_top(i) : histogram->max_ns;
    }
    return histogram->max_ns;
}
