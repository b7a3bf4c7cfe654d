/* SPDX-License-Identifier: BSD-2-Clause */
/* files.c - runs in the master: opens the files of auth and of the scribe, and
 * hands over the descriptors; the master reads none of them. */
#include "daemon/master/files.h"

#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/master/master.h"
#include "daemon/master/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

void files_give(struct master *master, enum shared_role role, enum fm_file which, uint32_t index,
                int fd)
{
    const struct fm_file_message message = { .head.type = FM_FILE, .which = which, .index = index };
    if (fd < 0)
        return;
    shared_send(master, role, &message, sizeof message, fd);
    close(fd);
}

int files_open_to_read(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        log_note(LOG_LEVEL_ERROR, "cannot open %s: %s", path, strerror(errno));
    return fd;
}

/* If there is none, auth gets a message, and the timer looks for one. */
static void give_groups(struct master *master)
{
    const struct message_head none = { .type = FM_NO_GROUPS };
    const char *path = master->config->group_file;
    const int fd = *path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    master->groups_are_missing = fd < 0 && (!*path || errno == ENOENT);
    if (master->groups_are_missing)
        shared_send(master, SHARED_AUTH, &none, sizeof none, -1);
    else if (fd < 0)
        log_note(LOG_LEVEL_ERROR, "cannot open %s: %s", path, strerror(errno));
    files_give(master, SHARED_AUTH, FM_FILE_GROUPS, 0, fd);
}

void files_tick(struct master *master)
{
    const char *path = master->config->group_file;
    if (master->groups_are_missing && *path && access(path, F_OK) == 0)
        give_groups(master);
}

void files_give_users(struct master *master)
{
    const struct config *config = master->config;
    give_groups(master);
    files_give(master, SHARED_AUTH, FM_FILE_USERS, 0, files_open_to_read(config->user_file));
    for (uint32_t i = 0; i < config->host_count; i++) {
        if (config->hosts[i].user_file[0])
            files_give(master, SHARED_AUTH, FM_FILE_USERS, i + 1,
                       files_open_to_read(config->hosts[i].user_file));
    }
}

/* A log may not be a block device, a directory or a socket. */
static bool takes_lines(int fd)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return false;
    errno = EINVAL;
    return S_ISREG(about.st_mode) || S_ISCHR(about.st_mode) || S_ISFIFO(about.st_mode);
}

/* Without waiting: ENXIO for a FIFO without a reader. */
static int open_to_append(const char *path)
{
    const int fd = open(
        path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0640);
    if (fd >= 0 && takes_lines(fd))
        return fd;
    log_note(LOG_LEVEL_ERROR, "cannot open the log %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static int open_syslog(void)
{
    const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1; /* there is no syslog daemon yet: the scribe asks again (TM_REOPEN) */
}

static void give_syslog(struct master *master)
{
    files_give(master, SHARED_SCRIBE, FM_FILE_SYSLOG, 0, open_syslog());
}

static void give_log_file(struct master *master)
{
    const int fd = open_to_append(master->config->log);
    master->log_is_lost = fd < 0;
    if (master->config->log_chain)
        files_give(master, SHARED_SCRIBE, FM_FILE_HEADS, 0, open_syslog());
    files_give(master, SHARED_SCRIBE, FM_FILE_LOG, 0, fd);
    if (fd < 0)
        give_syslog(master);
}

void files_warn_of_lost_log(const struct master *master)
{
    if (master->log_is_lost)
        log_note(LOG_LEVEL_ERROR, "cannot open the log %s: using syslog instead",
                 master->config->log);
}

void files_give_logs(struct master *master)
{
    const struct config *config = master->config;
    master->log_is_lost = false;
    if (strcmp(config->log, "syslog") == 0)
        give_syslog(master);
    else if (strcmp(config->log, "stderr") == 0)
        files_give(master, SHARED_SCRIBE, FM_FILE_LOG, 0,
                   fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, FD_KEPT + 1));
    else if (strcmp(config->log, "none") != 0)
        give_log_file(master);
    if (config->xferlog[0])
        files_give(master, SHARED_SCRIBE, FM_FILE_XFERLOG, 0, open_to_append(config->xferlog));
}
