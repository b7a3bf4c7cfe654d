/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the program of metrics, which Prometheus reads: libc alone. */
#include "daemon/metrics/metrics.h"

#include "daemon/ipc/channel.h"
#include "daemon/program/borders.h"
#include "daemon/program/program.h"

int main(int argc, char **argv)
{
    static const struct program_kind metrics = { .role = ROLE_METRICS,
                                                 .borders = 1U << BORDER_FROM_MASTER,
                                                 .scribe = FD_SCRIBE,
                                                 .rehearse = metrics_rehearse };
    metrics_run(program_begin(&metrics, argc, argv));
}
