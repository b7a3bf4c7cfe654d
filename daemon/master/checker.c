/* SPDX-License-Identifier: BSD-2-Clause */
/* checker.c - runs in the master, and in `wardftpd -t`: connects the socket of the
 * administrator's checker.  No byte is read from it here. */
#include "daemon/master/checker.h"

#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* root, or an account of the system that is none of the daemon's. */
static bool may_check(const struct config *config, const struct role_ids *ids, uid_t uid)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (uid != 0 && ids->uid[i] == uid)
            return false;
    }
    return uid < config->minimum_uid;
}

/* NULL, or what is wrong. */
static const char *judge_directory(const struct stat *directory, uid_t owner)
{
    if (directory->st_uid != 0 && directory->st_uid != owner)
        return "its directory belongs neither to root nor to the owner of the socket";
    if (directory->st_mode & (S_IWGRP | S_IWOTH))
        return "others may write to its directory; chmod go-w";
    return NULL;
}

static const char *judge_socket(const struct config *config, const struct role_ids *ids,
                                const struct stat *about)
{
    if (!S_ISSOCK(about->st_mode))
        return "it is no socket";
    return may_check(config, ids, about->st_uid)
               ? NULL
               : "its owner is neither root nor an account below minimum_uid that is not "
                 "wardftpd's own";
}

static int judge(const struct config *config, const struct role_ids *ids, uid_t *owner,
                 const char **fault)
{
    struct stat about, above;
    char directory[CONFIG_PATH_ROOM];
    (void)text_copy(directory, sizeof directory, config->checker);
    directory[strlen(directory) - strlen(path_last(directory))] = '\0';
    if (lstat(config->checker, &about) != 0 || stat(directory, &above) != 0) {
        *fault = strerror(errno);
        return -errno;
    }
    *owner = about.st_uid;
    *fault = judge_socket(config, ids, &about);
    if (!*fault)
        *fault = judge_directory(&above, about.st_uid);
    return *fault ? -EPERM : 0;
}

/* Without waiting: a checker whose queue is full counts as none. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (text_copy(address.sun_path, sizeof address.sun_path, path) &&
        connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    const int error = errno;
    close(fd);
    return -error;
}

static bool is_listener(int fd, uid_t owner)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && size == sizeof peer &&
           (peer.uid == 0 || peer.uid == owner);
}

int checker_connect(const struct config *config, const struct role_ids *ids, const char **fault)
{
    uid_t owner = (uid_t)-1;
    int fd = judge(config, ids, &owner, fault);
    if (fd != 0)
        return fd;
    fd = connect_to(config->checker);
    if (fd < 0) {
        *fault = strerror(-fd);
        return fd;
    }
    if (is_listener(fd, owner))
        return fd;
    close(fd);
    *fault = "the process that listens is neither root's nor the socket owner's";
    return -EPERM;
}
