/* SPDX-License-Identifier: BSD-2-Clause */
/* machine.c - runs in `wardftpd -t`: what the kernel allows the daemon, compared
 * with what the configuration needs. */
#include "daemon/checkup/checkup.h"

#include "common/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    PROCESSES_OF_CELL = 2,
    PROCESSES_BESIDE = 64,
    /* a cell's channels in the master, and the dialer's and scribe's ends */
    DESCRIPTORS_OF_CELL = 8,
    KB_OF_CELL = 200, /* an idle session under TLS */
};

/* The number at the start of a file in /proc, or after a name in it; 0: not known. */
static uint64_t read_number(const char *path, const char *name)
{
    char line[256];
    uint64_t number = 0;
    FILE *file = fopen(path, "re");
    while (file && number == 0 && fgets(line, sizeof line, file)) {
        const size_t n = strlen(name);
        const char *at = line + n + strspn(line + n, " \t");
        if (strncmp(line, name, n) == 0)
            (void)number_parse_n(at, strspn(at, "0123456789"), 1, INT64_MAX, &number);
    }
    if (file)
        (void)fclose(file);
    return number;
}

static void check_processes(const struct config *config, struct findings *findings)
{
    static const char *const files[] = { "/proc/sys/kernel/pid_max",
                                         "/proc/sys/kernel/threads-max" };
    const uint64_t needed =
        (uint64_t)PROCESSES_OF_CELL * (config->max_sessions + config->pool_max) + PROCESSES_BESIDE;
    for (size_t i = 0; i < COUNT(files); i++) {
        const uint64_t limit = read_number(files[i], "");
        if (limit && limit < needed)
            findings_add(findings, SEVERITY_WARNING,
                         "daemon.max_sessions: %u sessions need %" PRIu64
                         " processes, %s allows %" PRIu64 "; raise it, or lower max_sessions",
                         config->max_sessions, needed, files[i], limit);
    }
}

static void check_memory(const struct config *config, struct findings *findings)
{
    const uint64_t needed_kb = (uint64_t)KB_OF_CELL * config->max_sessions;
    const uint64_t total_kb = read_number("/proc/meminfo", "MemTotal:");
    if (total_kb && needed_kb > total_kb)
        findings_add(findings, SEVERITY_WARNING,
                     "daemon.max_sessions: %u sessions take about %" PRIu64
                     " MB, this machine has %" PRIu64 " MB; lower max_sessions",
                     config->max_sessions, needed_kb / 1000, total_kb / 1000);
}

/* Root raises its own limit, up to the system's. */
static void check_descriptors(const struct config *config, struct findings *findings)
{
    const uint64_t needed =
        (uint64_t)DESCRIPTORS_OF_CELL * (config->max_sessions + config->pool_max);
    const uint64_t most = read_number("/proc/sys/fs/nr_open", "");
    struct rlimit own;
    if (most && most < needed)
        findings_add(findings, SEVERITY_WARNING,
                     "daemon.max_sessions: %u sessions need %" PRIu64
                     " descriptors, fs.nr_open allows a process %" PRIu64 "; raise it by sysctl",
                     config->max_sessions, needed, most);
    else if (geteuid() != 0 && getrlimit(RLIMIT_NOFILE, &own) == 0 && own.rlim_max < needed)
        findings_add(findings, SEVERITY_HINT,
                     "daemon.max_sessions: %u sessions need %" PRIu64
                     " descriptors; root raises its limit of %" PRIu64 " itself",
                     config->max_sessions, needed, (uint64_t)own.rlim_max);
}

/* Certificates and `expires` depend on it. */
static void check_clock(struct findings *findings)
{
    enum { YEAR_OF_WARDFTPD = 1735689600 }; /* 2025-01-01 */
    if (time(NULL) < YEAR_OF_WARDFTPD)
        findings_add(
            findings, SEVERITY_WARNING,
            "the clock is wrong: it is before 2025; certificates count as not valid yet; set it");
}

void checkup_machine(const struct config *config, struct findings *findings)
{
    check_processes(config, findings);
    check_memory(config, findings);
    check_descriptors(config, findings);
    check_clock(findings);
}
