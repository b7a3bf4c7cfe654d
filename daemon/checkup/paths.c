/* SPDX-License-Identifier: BSD-2-Clause */
/* paths.c - runs in `wardftpd -t`: logs, the state directory, and who may
 * replace the files that the daemon trusts. */
#include "daemon/checkup/checkup.h"

#include "common/text.h"
#include "daemon/checkup/probe.h"
#include "daemon/checkup/running.h"
#include "daemon/checkup/trusted.h"
#include "daemon/master/master.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct path_result {
    int32_t error;       /* of the path itself */
    int32_t above_error; /* of its directory, if the path does not exist */
    uint32_t mode, uid;
    uint32_t reader_missing; /* a FIFO without a reader */
};

static int error_above(const char *path)
{
    char above[CONFIG_PATH_ROOM];
    char *slash = text_copy(above, sizeof above, path) ? strrchr(above, '/') : NULL;
    if (!slash)
        return ENAMETOOLONG;
    slash[slash == above] = '\0';
    return access(above, W_OK | X_OK) == 0 ? 0 : errno;
}

static void look_at(const void *context, void *result)
{
    struct path_result *found = result;
    struct stat about;
    if (stat(context, &about) != 0) {
        found->error = errno;
        found->above_error = error_above(context);
        return;
    }
    found->mode = about.st_mode;
    found->uid = about.st_uid;
    if (S_ISFIFO(about.st_mode)) {
        const int fd = open(context, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        found->reader_missing = fd < 0 && errno == ENXIO;
        if (fd >= 0)
            close(fd);
    }
}

/* False, after a report: accessing the path hangs. */
static bool look(const char *key, const char *path, struct path_result *found,
                 struct findings *findings)
{
    const enum probe_state state = probe_run(look_at, path, found, sizeof *found);
    if (state == PROBE_TIMED_OUT)
        findings_add(findings, SEVERITY_WARNING,
                     "%s: %s gives no answer within %d s; is it on a network mount that is dead?",
                     key, path, PROBE_MS / 1000);
    return state == PROBE_ANSWERED;
}

static void check_log(const char *key, const char *path, const char *loss,
                      struct findings *findings)
{
    struct path_result found;
    if (*path != '/' || !look(key, path, &found, findings))
        return;
    const mode_t kind = found.mode & S_IFMT;
    if (found.error && found.above_error)
        findings_add(findings, SEVERITY_WARNING, "%s: %s: its directory: %s; %s", key, path,
                     strerror(found.above_error), loss);
    else if (!found.error && kind != S_IFREG && kind != S_IFCHR && kind != S_IFIFO)
        findings_add(findings, SEVERITY_WARNING, "%s: %s is not a file; %s", key, path, loss);
    else if (found.reader_missing)
        findings_add(findings, SEVERITY_WARNING, "%s: no program reads the FIFO %s; %s", key, path,
                     loss);
    else if (kind == S_IFREG && found.mode & S_IWOTH)
        findings_add(findings, SEVERITY_WARNING,
                     "%s: every user may write to %s (mode %o); chmod 640 it", key, path,
                     (unsigned)(found.mode & 07777));
}

static void check_state(const struct config *config, struct findings *findings)
{
    struct path_result found;
    const char *path = config->state_directory;
    if (!look("daemon.state_directory", path, &found, findings))
        return;
    if (found.error && found.above_error)
        findings_add(
            findings, SEVERITY_WARNING,
            "daemon.state_directory: %s: %s; bans and quotas are not kept across a restart; make "
            "it: install -d "
            "-m 700 %s",
            path, strerror(found.error), path);
    else if (!found.error && !S_ISDIR(found.mode))
        findings_add(findings, SEVERITY_WARNING,
                     "daemon.state_directory: %s is not a directory; bans and quotas are not kept "
                     "across a restart",
                     path);
    else if (!found.error && found.mode & (S_IWGRP | S_IWOTH))
        findings_add(
            findings, SEVERITY_WARNING,
            "daemon.state_directory: others than root may write to %s (mode %o); chmod 700 it",
            path, (unsigned)(found.mode & 07777));
}

struct door_result {
    int32_t served; /* 1: a process accepts there */
};

static void knock(const void *context, void *result)
{
    struct door_result *found = result;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || !text_copy(address.sun_path, sizeof address.sun_path, context))
        return;
    found->served =
        connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 || errno == EAGAIN;
    close(fd);
}

static bool is_in_same_directory(const char *path, const char *other)
{
    const char *end = strrchr(path, '/'), *other_end = strrchr(other, '/');
    return end && other_end && end - path == other_end - other &&
           memcmp(path, other, (size_t)(end - path)) == 0;
}

/* The directory of the pid file is made at the start. */
static void check_events_socket(const struct config *config, struct findings *findings)
{
    struct path_result found;
    struct door_result door = { 0 };
    const char *path = config->events_socket;
    if (!*path || !look("daemon.events_socket", path, &found, findings))
        return;
    if (found.error && found.above_error && !is_in_same_directory(path, config->pid_file))
        findings_add(
            findings, SEVERITY_FAULT,
            "daemon.events_socket: the directory of %s: %s; make it, or choose another, as "
            "/run/wardftpd/events",
            path, strerror(found.above_error));
    else if (!found.error && !S_ISSOCK(found.mode))
        findings_add(findings, SEVERITY_FAULT,
                     "daemon.events_socket: %s exists and is not a socket; remove it, or choose "
                     "another path",
                     path);
    else if (!found.error && running_pid(config) == 0 &&
             probe_run(knock, path, &door, sizeof door) == PROBE_ANSWERED)
        findings_add(findings, door.served ? SEVERITY_FAULT : SEVERITY_HINT,
                     door.served ? "daemon.events_socket: another program serves %s; choose "
                                   "another path"
                                 : "daemon.events_socket: %s is left from a server that was "
                                   "killed; the start replaces it",
                     path);
}

static void check_config_file(const char *path, struct findings *findings)
{
    struct path_result found;
    if (look("-c", path, &found, findings) && !found.error && S_ISREG(found.mode) &&
        (found.uid != 0 || found.mode & (S_IWGRP | S_IWOTH)))
        findings_add(findings, SEVERITY_WARNING,
                     "%s: others than root may write to it (owner uid %u, mode %o), and so become "
                     "root; chown root "
                     "and chmod 644 it",
                     path, found.uid, (unsigned)(found.mode & 07777));
}

static void report_open(void *context, const char *path, const char *directory, uint32_t mode,
                        uint32_t uid)
{
    findings_add(context, SEVERITY_WARNING,
                 "%s: others than root may replace it, as they may write to %s (owner uid %u, mode "
                 "%o); chown root "
                 "and chmod go-w it",
                 path, directory, uid, (unsigned)(mode & 07777));
}

void checkup_paths(const struct master *master, struct findings *findings)
{
    const struct config *config = master->config;
    check_config_file(master->config_path, findings);
    check_log("daemon.log", config->log, "the log goes to syslog instead", findings);
    check_log("daemon.xferlog", config->xferlog, "transfers are not logged there", findings);
    check_state(config, findings);
    check_events_socket(config, findings);
    struct trusted *trusted = trusted_new(config);
    trusted_each_open(trusted, report_open, findings);
    trusted_free(trusted);
    if (strcmp(config->log, "syslog") == 0 && access("/dev/log", F_OK) != 0)
        findings_add(
            findings, SEVERITY_HINT,
            "daemon.log: no syslog daemon listens on /dev/log at the moment: nothing is logged");
    if (strcmp(config->log, "none") == 0)
        findings_add(findings, SEVERITY_HINT,
                     "daemon.log: nothing is logged; failed log-ins can't be traced");
}
