/* SPDX-License-Identifier: BSD-2-Clause */
/* doctor.h - the parts of `wardctl doctor`. */
#ifndef WARDCTL_DOCTOR_H
#define WARDCTL_DOCTOR_H

#include "daemon/config/config.h"
#include "tools/wardctl/explain.h"

enum severity { SEVERITY_HINT, SEVERITY_WARNING, SEVERITY_FAULT, SEVERITIES };

struct diagnosis {
    bool json;
    size_t count[SEVERITIES];
    const struct config *config;
    const struct running_config *running;
    uint64_t counts[CONTROL_NUMBERS]; /* enum control_counts */
};

/* One finding, with what to do, in the form of `wardftpd -t`. */
void diagnose(struct diagnosis *diagnosis, enum severity severity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* doctor_check.c: runs `wardftpd -t` of the program that runs, which prints its own findings.  Its
 * exit code, or -1. */
int doctor_check(const struct diagnosis *diagnosis);

/* doctor_system.c: descriptors, memory, processes, disks, clock, filters of the running
 * processes. */
void doctor_system(struct diagnosis *diagnosis);

/* doctor_kernel.c: Landlock, and the network of sessions; pid_of_net: one of their NETs, or empty. */
void doctor_kernel(struct diagnosis *diagnosis, const char *pid_of_net);

/* doctor_ports.c: passive ports and passive_address, as a client would reach them. */
void doctor_ports(struct diagnosis *diagnosis);

#endif
