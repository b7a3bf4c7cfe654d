/* SPDX-License-Identifier: BSD-2-Clause */
/* run_files.c - runs in the master at its start: the empty root, which is the
 * root of every process that needs no file, and the pid file. */
#include "daemon/master/run_files.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/master/master.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes missing directories above path, of mode 0755. */
static int make_parents(const struct complaint *to, const char *path)
{
    char part[CONFIG_PATH_ROOM];
    if (!text_copy(part, sizeof part, path))
        return complain_about(to, true, path, "too long");
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST)
            return complain_about(to, true, part, strerror(errno));
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

int run_files_open_root(struct master *master, const struct complaint *to)
{
    const char *path = master->config->empty_root;
    struct stat about;
    int error = make_parents(to, path);
    if (error)
        return error;
    if (mkdir(path, 0555) != 0 && errno != EEXIST)
        return complain_about(to, true, path, strerror(errno));
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &about) != 0)
        return complain_about(to, true, path, strerror(errno));
    if (about.st_uid != 0 || about.st_mode & 0222) {
        close(fd);
        return complain_about(to, true, path,
                              "the empty root must belong to root and have mode 0555");
    }
    if (!is_empty(fd)) {
        close(fd);
        return complain_about(to, true, path, "the empty root is not empty");
    }
    master->empty_root = fd;
    return 0;
}

int run_files_write_pid(struct master *master, const struct complaint *to)
{
    const char *path = master->config->pid_file;
    char text[32];
    const int error = make_parents(to, path);
    if (error)
        return error;
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return complain_about(to, true, path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        const int why = errno;
        close(fd);
        return complain_about(to, true, path,
                              why == EWOULDBLOCK ? "another wardftpd runs with this pid file"
                                                 : strerror(why));
    }
    master->pid_file = fd; /* from now on removed at the end, even of a failed start */
    (void)text_format(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        return complain_about(to, true, path, strerror(errno));
    return 0;
}

void run_files_remove_pid(const struct master *master)
{
    if (master->pid_file >= 0)
        (void)unlink(master->config->pid_file);
}
