/* SPDX-License-Identifier: BSD-2-Clause */
/* doctor_system.c - the running processes against the limits of the system. */
#include "tools/wardctl/doctor.h"

#include "common/text.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>

enum { KB_OF_SESSION = 200, PROCESSES_OF_SESSION = 2 };

static uint64_t pid_of(const struct diagnosis *diagnosis)
{
    return diagnosis->running->numbers[STATE_PID];
}

/* The number behind a word that begins a line of a file; false: there is none. */
static bool read_number(const char *path, const char *word, uint64_t *number)
{
    char line[512];
    bool found = false;
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        const size_t n = strlen(word);
        const char *at = line + n + strspn(line + n, " \t");
        found = strncmp(line, word, n) == 0 &&
                number_parse_n(at, strspn(at, "0123456789"), 0, INT64_MAX, number);
    }
    if (file)
        (void)fclose(file);
    return found;
}

static size_t count_entries(const char *path)
{
    size_t count = 0;
    DIR *directory = opendir(path);
    if (!directory)
        return 0;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    (void)closedir(directory);
    return count;
}

static void check_descriptors(struct diagnosis *diagnosis)
{
    char path[64];
    uint64_t limit;
    (void)text_format(path, sizeof path, "/proc/%" PRIu64 "/fd", pid_of(diagnosis));
    const size_t used = count_entries(path);
    (void)text_format(path, sizeof path, "/proc/%" PRIu64 "/limits", pid_of(diagnosis));
    if (read_number(path, "Max open files", &limit) && used * 10 >= limit * 9)
        diagnose(diagnosis, SEVERITY_WARNING,
                 "the master has %zu of %" PRIu64
                 " descriptors open; raise LimitNOFILE or lower max_sessions",
                 used, limit);
}

static void check_memory(struct diagnosis *diagnosis)
{
    const uint64_t *numbers = diagnosis->running->numbers;
    const uint64_t more = numbers[STATE_MAX_SESSIONS] > numbers[STATE_SESSIONS]
                              ? numbers[STATE_MAX_SESSIONS] - numbers[STATE_SESSIONS]
                              : 0;
    uint64_t free_kb;
    if (read_number("/proc/meminfo", "MemAvailable:", &free_kb) && more * KB_OF_SESSION > free_kb)
        diagnose(diagnosis, SEVERITY_WARNING,
                 "%" PRIu64 " more sessions (max_sessions) take about %" PRIu64 " MB, %" PRIu64
                 " MB are available; lower max_sessions",
                 more, more * KB_OF_SESSION / 1000, free_kb / 1000);
}

/* The control group of the daemon, as systemd makes one: version 2. */
static void check_processes(struct diagnosis *diagnosis)
{
    char path[512], line[400] = "";
    uint64_t most, now;
    (void)text_format(path, sizeof path, "/proc/%" PRIu64 "/cgroup", pid_of(diagnosis));
    FILE *file = fopen(path, "re");
    const bool read = file && fgets(line, sizeof line, file) && strncmp(line, "0::", 3) == 0;
    if (file)
        (void)fclose(file);
    line[strcspn(line, "\n")] = '\0';
    if (!read || !text_format(path, sizeof path, "/sys/fs/cgroup%s/pids.max", line + 3) ||
        !read_number(path, "", &most))
        return;
    (void)text_format(path, sizeof path, "/sys/fs/cgroup%s/pids.current", line + 3);
    const uint64_t needed = PROCESSES_OF_SESSION * diagnosis->running->numbers[STATE_MAX_SESSIONS];
    if (read_number(path, "", &now) && most < needed)
        diagnose(diagnosis, SEVERITY_WARNING,
                 "the daemon's control group may have %" PRIu64 " processes (%" PRIu64
                 " now), max_sessions needs %" PRIu64 "; raise TasksMax",
                 most, now, needed);
}

static void check_disk(struct diagnosis *diagnosis, const char *what, const char *path)
{
    enum { ENOUGH_MB = 64 };
    char directory[CONFIG_PATH_ROOM];
    struct statvfs space;
    if (*path != '/' || !text_copy(directory, sizeof directory, path))
        return;
    while (statvfs(directory, &space) != 0) { /* the file may not exist yet */
        char *slash = strrchr(directory, '/');
        if (!slash || slash == directory)
            return;
        *slash = '\0';
    }
    const uint64_t free_mb = (uint64_t)space.f_bavail * space.f_frsize / 1000000;
    if (free_mb < ENOUGH_MB)
        diagnose(diagnosis, SEVERITY_WARNING,
                 "%s %s: %" PRIu64 " MB are free on its disk; make room", what, path, free_mb);
}

static void check_clock(struct diagnosis *diagnosis)
{
    struct timex now = { .modes = 0 };
    if (adjtimex(&now) == TIME_ERROR)
        diagnose(diagnosis, SEVERITY_HINT,
                 "the clock is not synchronized: certificates, `expires` and logs depend on it; "
                 "run chrony or "
                 "systemd-timesyncd");
}

static uint64_t number_of(const char *pid, const char *word)
{
    char path[300];
    uint64_t number = 0;
    if (!text_format(path, sizeof path, "/proc/%s/status", pid) ||
        !read_number(path, word, &number))
        return 0;
    return number;
}

/* A child of the master, or of one of its zygotes. */
static bool is_of_daemon(const struct diagnosis *diagnosis, const char *pid)
{
    char parent[32];
    const uint64_t above = number_of(pid, "PPid:");
    (void)text_format(parent, sizeof parent, "%" PRIu64, above);
    return above == pid_of(diagnosis) || number_of(parent, "PPid:") == pid_of(diagnosis);
}

/* Every confined process has a filter soon after its start. */
static void check_filter(struct diagnosis *diagnosis, const char *pid, const char *name)
{
    enum { FILTERED = 2, TRIES = 20 };
    const struct timespec pause = { .tv_nsec = 50000000 };
    for (int i = 0; i < TRIES; i++) {
        const uint64_t mode = number_of(pid, "Seccomp:");
        if (mode == FILTERED || number_of(pid, "PPid:") == 0)
            return;
        (void)nanosleep(&pause, NULL);
    }
    diagnose(diagnosis, SEVERITY_FAULT,
             "process %s (%s) has no system call filter; restart wardftpd", pid, name);
}

static bool read_name(const char *pid, char name[32])
{
    char path[300];
    FILE *file = text_format(path, sizeof path, "/proc/%s/comm", pid) ? fopen(path, "re") : NULL;
    const bool read = file && fgets(name, 32, file);
    if (file)
        (void)fclose(file);
    name[read ? strcspn(name, "\n") : 0] = '\0';
    return read;
}

/* net: gets the process number of a NET. */
static void check_filters(struct diagnosis *diagnosis, char net[32])
{
    DIR *directory = opendir("/proc");
    if (!directory)
        return;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char name[32];
        if (isdigit((unsigned char)entry->d_name[0]) && read_name(entry->d_name, name) &&
            strncmp(name, "ward-", 5) == 0 && is_of_daemon(diagnosis, entry->d_name)) {
            check_filter(diagnosis, entry->d_name, name);
            if (strcmp(name, "ward-net") == 0)
                (void)text_copy(net, 32, entry->d_name);
        }
    }
    (void)closedir(directory);
}

void doctor_system(struct diagnosis *diagnosis)
{
    check_descriptors(diagnosis);
    check_memory(diagnosis);
    check_processes(diagnosis);
    check_disk(diagnosis, "daemon.log", diagnosis->config->log);
    check_disk(diagnosis, "daemon.xferlog", diagnosis->config->xferlog);
    check_disk(diagnosis, "daemon.state_directory", diagnosis->config->state_directory);
    check_clock(diagnosis);
    if (diagnosis->config->sandbox == SANDBOX_STRICT) {
        char net[32] = "";
        check_filters(diagnosis, net);
        doctor_kernel(diagnosis, net);
    }
}
