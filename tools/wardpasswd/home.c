/* SPDX-License-Identifier: BSD-2-Clause */
/* home.c - makes a home, by the same code as the server does (daemon/homes/). */
#include "tools/wardpasswd/home.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/homes/homes.h"
#include "daemon/master/skeleton.h"
#include "tools/wardpasswd/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, int error)
{
    return complain(error == EPERM || error == EACCES ? EX_NOPERM : EX_CANTCREAT,
                    "%s: the home cannot be made: %s", path, strerror(error));
}

/* What is there already must be the user's: it is not taken from another. */
static int is_users_own(int parent, const char *name, const char *path, uid_t uid)
{
    struct stat about;
    if (fstatat(parent, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return fail(path, errno);
    if (!S_ISDIR(about.st_mode))
        return complain(EX_CANTCREAT, "%s exists, and is no directory", path);
    if (about.st_uid != uid)
        return complain(EX_CANTCREAT, "%s exists, and belongs to uid %u", path,
                        (unsigned)about.st_uid);
    return complain(0, "%s exists already", path);
}

/* 0 or an errno. */
static int fill(int home, uid_t uid, gid_t gid, int image)
{
    const int error = image >= 0 ? skeleton_copy(home, image, uid, gid) : 0;
    if (error)
        return error;
    return fchmod(home, 0700) == 0 && fchown(home, uid, gid) == 0 ? 0 : errno;
}

static int make(int parent, const char *name, const char *path, uid_t uid, gid_t gid, int image)
{
    if (mkdirat(parent, name, 0700) != 0)
        return errno == EEXIST ? is_users_own(parent, name, path, uid) : fail(path, errno);
    const int home = open_below(parent, name, O_RDONLY | O_DIRECTORY, 0);
    const int error = home < 0 ? errno : fill(home, uid, gid, image);
    if (home >= 0)
        close(home);
    if (!error)
        return 0;
    (void)directory_clear(parent, name);
    return fail(path, error);
}

/* The directory that it is in; *name is in `path`. */
static int open_parent(char *path, const char **name)
{
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    *name = path_last(path);
    char *slash = strrchr(path, '/');
    if (!slash || !**name)
        return errno = EINVAL, -1;
    *slash = '\0';
    return open(*path ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int home_create(const char *path, uid_t uid, gid_t gid, const char *skeleton)
{
    char copy[PATH_MAX];
    const char *name = NULL, *fault = NULL;
    int image = -1;
    if (!text_copy(copy, sizeof copy, path))
        return complain(EX_USAGE, "the path of the home is too long");
    if (skeleton_read(skeleton, &image, &fault) != 0)
        return complain(EX_NOINPUT, "the skeleton %s: %s", skeleton, fault);
    const int parent = open_parent(copy, &name);
    const int code = parent < 0 ? fail(path, errno) : make(parent, name, path, uid, gid, image);
    if (parent >= 0)
        close(parent);
    if (image >= 0)
        close(image);
    return code;
}
