/* files.c - runs in the master: opens what auth reads and the scribe writes,
 * and hands over the descriptors; the master reads none of them. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

void files_give(struct master *master, enum shared_role role, enum fm_file which, uint32_t index, int fd)
{
    const struct fm_file_message message = { .head.type = FM_FILE, .which = which, .index = index };
    if (fd < 0)
        return;
    shared_tell(master, role, &message, sizeof message, fd);
    close(fd);
}

int files_open_to_read(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        log_note(LOG_LEVEL_ERROR, "cannot open %s: %s", path, strerror(errno));
    return fd;
}

/* There need be none: then auth hears so, and the tick looks for one. */
static void give_groups(struct master *master)
{
    const struct message_head none = { .type = FM_NO_GROUPS };
    const char *path = master->config->group_file;
    const int fd = *path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    master->groups_are_missing = fd < 0 && (!*path || errno == ENOENT);
    if (master->groups_are_missing)
        shared_tell(master, SHARED_AUTH, &none, sizeof none, -1);
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

/* What a log may be: a block device, a directory or a socket is a mistake. */
static bool takes_lines(int fd)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return false;
    errno = EINVAL;
    return S_ISREG(about.st_mode) || S_ISCHR(about.st_mode) || S_ISFIFO(about.st_mode);
}

/* Without waiting: ENXIO where it is a FIFO that nobody reads. */
static int open_to_append(const char *path)
{
    const int fd =
        open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0640);
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
    return -1; /* no syslog daemon yet: the scribe asks again (TM_REOPEN) */
}

static void give_syslog(struct master *master)
{
    files_give(master, SHARED_SCRIBE, FM_FILE_SYSLOG, 0, open_syslog());
}

static void give_log_file(struct master *master)
{
    const int fd = open_to_append(master->config->log);
    master->log_is_lost = fd < 0;
    files_give(master, SHARED_SCRIBE, FM_FILE_LOG, 0, fd);
    if (fd < 0)
        give_syslog(master);
}

void files_tell_of_lost_log(const struct master *master)
{
    if (master->log_is_lost)
        log_note(LOG_LEVEL_ERROR, "syslog is used, as the log %s can't be opened", master->config->log);
}

void files_give_logs(struct master *master)
{
    const struct config *config = master->config;
    master->log_is_lost = false;
    if (strcmp(config->log, "syslog") == 0)
        give_syslog(master);
    else if (strcmp(config->log, "stderr") == 0)
        files_give(master, SHARED_SCRIBE, FM_FILE_LOG, 0, fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, FD_KEPT + 1));
    else if (strcmp(config->log, "none") != 0)
        give_log_file(master);
    if (config->xferlog[0])
        files_give(master, SHARED_SCRIBE, FM_FILE_XFERLOG, 0, open_to_append(config->xferlog));
}

struct complaint {
    config_complain *complain;
    void *context;
};

static int refuse(const struct complaint *to, const char *path, const char *what)
{
    char line[512];
    (void)text_format(line, sizeof line, "%s: %s", path, what);
    to->complain(to->context, true, line);
    return -EINVAL;
}

/* The directories above path, where they are missing: mode 0755. */
static int make_parents(const struct complaint *to, const char *path)
{
    char part[CONFIG_PATH_ROOM];
    if (!text_copy(part, sizeof part, path))
        return refuse(to, path, "too long");
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST)
            return refuse(to, part, strerror(errno));
        *slash = '/';
    }
    return 0;
}

static bool is_empty(int directory)
{
    const int copy = fcntl(directory, F_DUPFD_CLOEXEC, 0);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    int entries = 0;
    if (!stream)
        return false;
    while (readdir(stream))
        entries++;
    closedir(stream);
    return entries == 2; /* "." and ".." */
}

/* The root of every process that needs no file: nobody may put anything there. */
static int open_empty_root(struct master *master, const struct complaint *to)
{
    const char *path = master->config->empty_root;
    struct stat about;
    int error = make_parents(to, path);
    if (error)
        return error;
    if (mkdir(path, 0555) != 0 && errno != EEXIST)
        return refuse(to, path, strerror(errno));
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &about) != 0)
        return refuse(to, path, strerror(errno));
    if (about.st_uid != 0 || about.st_mode & 0222) {
        close(fd);
        return refuse(to, path, "the empty root must be root's and of mode 0555");
    }
    if (!is_empty(fd)) {
        close(fd);
        return refuse(to, path, "the empty root is not empty");
    }
    master->empty_root = fd;
    return 0;
}

/* Locked as long as we run: a second daemon with this pid file is refused. */
static int open_pid_file(struct master *master, const struct complaint *to)
{
    const char *path = master->config->pid_file;
    char text[32];
    const int error = make_parents(to, path);
    if (error)
        return error;
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return refuse(to, path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        const int why = errno;
        close(fd);
        return refuse(to, path,
                      why == EWOULDBLOCK ? "another wardftpd runs with this pid file" : strerror(why));
    }
    master->pid_file = fd; /* ours now: to be removed at the end, also of a start that fails */
    (void)text_format(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        return refuse(to, path, strerror(errno));
    return 0;
}

int files_prepare_root(struct master *master, config_complain *complain, void *context)
{
    const struct complaint to = { complain, context };
    return open_empty_root(master, &to);
}

int files_take_pid(struct master *master, config_complain *complain, void *context)
{
    const struct complaint to = { complain, context };
    return open_pid_file(master, &to);
}

void files_remove_pid(struct master *master)
{
    if (master->pid_file >= 0)
        (void)unlink(master->config->pid_file);
}
