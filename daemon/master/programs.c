/* SPDX-License-Identifier: BSD-2-Clause */
/* programs.c - runs in the master, and in each child of it up to the execve. */
#include "daemon/master/programs.h"

#include "build_info.h"
#include "common/text.h"
#include "common/title.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENVIRONMENT_MAX = 5, TITLE_ROOM = 96 };

static const struct {
    const char *name;
    enum role role; /* which it takes at its start */
} table[PROGRAMS] = {
    [PROGRAM_AUTH] = { "auth", ROLE_AUTH_BEFORE },
    [PROGRAM_DIALER] = { "dialer", ROLE_DIALER },
    [PROGRAM_KEEPER] = { "keeper", ROLE_KEEPER },
    [PROGRAM_SCRIBE] = { "scribe", ROLE_SCRIBE },
    [PROGRAM_CONTROL] = { "control", ROLE_CONTROL },
    [PROGRAM_NET] = { "net", ROLE_NET_ZYGOTE },
    [PROGRAM_RESOLVER] = { "resolver", ROLE_RESOLVER },
    [PROGRAM_GREETER] = { "greeter", ROLE_GREETER },
    [PROGRAM_HOMES] = { "homes", ROLE_HOMES },
    [PROGRAM_REHASH] = { "rehash", ROLE_REHASH },
    [PROGRAM_CHECKER] = { "checker", ROLE_CHECKER },
    [PROGRAM_EVENTS] = { "events", ROLE_EVENTS },
    [PROGRAM_METRICS] = { "metrics", ROLE_METRICS },
    [PROGRAM_JAIL] = { "jail", ROLE_JAIL_ZYGOTE },
};

enum program program_of(enum role role)
{
    for (size_t i = 0; i < PROGRAMS; i++) {
        if (table[i].role == role)
            return (enum program)i;
    }
    return PROGRAMS;
}

enum role program_role(enum program program)
{
    return table[program].role;
}

const char *program_name(enum program program)
{
    return table[program].name;
}

bool program_own_path(char *to, size_t room)
{
    static const char deleted[] = " (deleted)"; /* another one was installed meanwhile */
    const ssize_t n = readlink("/proc/self/exe", to, room - 1);
    const size_t length = n > 0 ? (size_t)n : 0, suffix = sizeof deleted - 1;
    to[length] = '\0';
    if (length > suffix && strcmp(to + length - suffix, deleted) == 0)
        to[length - suffix] = '\0';
    return length > 0;
}

/* The directory that this program is in; empty where /proc does not say. */
static void own_directory(char *to, size_t room)
{
    char path[PATH_MAX];
    to[0] = '\0';
    if (!program_own_path(path, sizeof path))
        return;
    char *slash = strrchr(path, '/');
    if (!slash)
        return;
    *slash = '\0';
    (void)text_copy(to, room, path);
}

/* The directory of the programs: libexec/wardftpd in the directory of this program
 * if it exists (in a build tree), otherwise the directory set at build time. */
static const char *programs_directory(void)
{
    static char directory[PATH_MAX];
    char own[PATH_MAX];
    if (directory[0])
        return directory;
    own_directory(own, sizeof own);
    if (!own[0] || !text_format(directory, sizeof directory, "%s/libexec/wardftpd", own) ||
        access(directory, F_OK) != 0)
        (void)text_copy(directory, sizeof directory, LIBEXECDIR);
    return directory;
}

static int deny(const struct complaint *to, const char *path, const char *fault)
{
    (void)complain_about(to, true, path, fault);
    return -EACCES;
}

/* A user who can change it could become root with the next start. */
static int check_owner(const struct stat *about, const char *path, const struct complaint *to)
{
    struct stat own;
    if (stat("/proc/self/exe", &own) != 0)
        own.st_uid = 0;
    if (about->st_uid != 0 && about->st_uid != own.st_uid)
        return deny(to, path, "must belong to root or to the owner of wardftpd");
    if (about->st_mode & (S_IWGRP | S_IWOTH))
        return deny(to, path, "must not be writable for group or others (chmod go-w)");
    return 0;
}

static int open_directory(const char *path, const struct complaint *to)
{
    char parent[PATH_MAX];
    struct stat about, above;
    const int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0 || fstatat(fd, "..", &above, 0) != 0) {
        (void)deny(to, path, strerror(errno));
        goto failed;
    }
    (void)text_format(parent, sizeof parent, "%s/..", path);
    if (check_owner(&about, path, to) == 0 && check_owner(&above, parent, to) == 0)
        return fd;
failed:
    if (fd >= 0)
        close(fd);
    return -EACCES;
}

static int open_one(struct programs *programs, size_t i, int directory, const struct complaint *to)
{
    char path[PATH_MAX];
    struct stat *about = &programs->about[i];
    (void)text_format(path, sizeof path, "%s/%s", programs_directory(), table[i].name);
    const int fd = openat(directory, table[i].name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    programs->fd[i] = fd;
    if (fd < 0 || fstat(fd, about) != 0)
        return deny(to, path, strerror(errno));
    if (!S_ISREG(about->st_mode) || !(about->st_mode & S_IXUSR))
        return deny(to, path, "not a program");
    return check_owner(about, path, to);
}

int program_open_own(const char *path, const struct complaint *to)
{
    struct stat about;
    const int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0)
        (void)deny(to, path, strerror(errno));
    else if (!S_ISREG(about.st_mode) || !(about.st_mode & S_IXUSR))
        (void)deny(to, path, "not a program");
    else if (check_owner(&about, path, to) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

bool programs_adopt(struct programs *programs, const int32_t fds[PROGRAMS])
{
    for (size_t i = 0; i < PROGRAMS; i++) {
        programs->fd[i] = fds[i];
        if (fstat(fds[i], &programs->about[i]) != 0)
            return false;
    }
    return true;
}

int programs_open(struct programs *programs, const struct complaint *to)
{
    int result = 0;
    for (size_t i = 0; i < PROGRAMS; i++)
        programs->fd[i] = -1;
    const int directory = open_directory(programs_directory(), to);
    if (directory < 0)
        return directory;
    for (size_t i = 0; i < PROGRAMS && result == 0; i++)
        result = open_one(programs, i, directory, to);
    close(directory);
    if (result != 0)
        programs_close(programs);
    return result;
}

void programs_close(struct programs *programs)
{
    for (size_t i = 0; i < PROGRAMS; i++) {
        if (programs->fd[i] >= 0)
            close(programs->fd[i]);
        programs->fd[i] = -1;
    }
}

static bool is_same_file(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
           one->st_size == other->st_size && one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
           one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

bool programs_changed(const struct programs *programs)
{
    char path[PATH_MAX];
    struct stat now;
    for (size_t i = 0; i < PROGRAMS; i++) {
        (void)text_format(path, sizeof path, "%s/%s", programs_directory(), table[i].name);
        if (stat(path, &now) == 0 && !is_same_file(&now, &programs->about[i]))
            return true;
    }
    return false;
}

/* For the settings of sanitizers; nothing else of the environment is passed on. */
static void pass_on(const char *environment[], size_t *count, char *to, size_t room,
                    const char *name)
{
    const char *value = getenv(name);
    if (value && text_format(to, room, "%s=%s", name, value))
        environment[(*count)++] = to;
}

void program_execute(const struct programs *programs, enum program program,
                     const char *const arguments[], const char *time_zone,
                     enum process_titles titles)
{
    char title[32], longer[sizeof TITLE_VARIABLE + TITLE_ROOM], zone[CONFIG_TEXT_ROOM + 8],
        address[512], undefined[512];
    const char *argv[PROGRAM_ARGUMENTS_MAX + 2] = { title };
    const char *environment[ENVIRONMENT_MAX] = { NULL };
    size_t count = 0;
    for (size_t i = 0; i < PROGRAM_ARGUMENTS_MAX && arguments[i]; i++)
        argv[i + 1] = arguments[i];
    (void)text_format(title, sizeof title, "wardftpd%s%s", titles == TITLES_NO ? "" : ": ",
                      titles == TITLES_NO ? "" : table[program].name);
    if (titles == TITLES_USER &&
        text_format(longer, sizeof longer, "%s%*s", TITLE_VARIABLE, TITLE_ROOM, ""))
        environment[count++] = longer; /* the first one: title.h */
    if (time_zone && text_format(zone, sizeof zone, "TZ=:%s", time_zone))
        environment[count++] = zone;
    if (WITH_SANITIZERS) {
        pass_on(environment, &count, address, sizeof address, "ASAN_OPTIONS");
        pass_on(environment, &count, undefined, sizeof undefined, "UBSAN_OPTIONS");
    }
    (void)execveat(programs->fd[program], "", (char *const *)argv, (char *const *)environment,
                   AT_EMPTY_PATH);
}
