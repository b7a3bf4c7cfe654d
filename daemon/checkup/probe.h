/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.h - checks something that may hang, such as a file on a network mount
 * whose server is gone, in a child process, with a time limit.  A child that hangs
 * in the kernel is left behind; it ends with the mount. */
#ifndef CHECKUP_PROBE_H
#define CHECKUP_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROBE_MS = 5000, PROBE_RESULT_MAX = 512 };

/* In the child: checks, and fills in the result. */
typedef void probe_work(const void *context, void *result);

enum probe_state { PROBE_RUNS, PROBE_ANSWERED, PROBE_TIMED_OUT, PROBE_FAILED };

struct probe {
    pid_t pid;
    int fd;
    size_t size; /* of the result, at most PROBE_RESULT_MAX */
    int64_t until_ms;
};

/* Begins; false: errno. */
bool probe_start(struct probe *probe, probe_work *work, const void *context, size_t size);

/* PROBE_ANSWERED with the result, or another state; in all states but PROBE_RUNS the probe is
 * over. */
enum probe_state probe_look(struct probe *probe, void *result);

/* Both, with the waiting between them. */
enum probe_state probe_run(probe_work *work, const void *context, void *result, size_t size);

#endif
