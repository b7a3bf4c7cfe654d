/* SPDX-License-Identifier: BSD-2-Clause */
/* homes.c - runs in `wardftpd -t`, as root: a child for each user takes the user's
 * ids, as a session does, and enters the home.  So root_squash, ACLs and closed
 * directories above the home have their effect. */
#include "daemon/checkup/homes.h"

#include "common/text.h"
#include "daemon/checkup/probe.h"
#include "daemon/checkup/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { AT_ONCE = 32, BUDGET_MS = 20000 };

enum home_step { HOME_FINE, HOME_IDENTITY, HOME_ENTER, HOME_LOOK };

struct home_result {
    uint32_t step; /* the first that failed */
    int32_t error;
    int32_t start_error, upload_error;
    uint32_t mode, uid;
    uint32_t writable;
    uint32_t reserved;
    uint64_t device, inode;
    uint64_t free_bytes, free_inodes;
};

struct look {
    struct check_user user;
    struct probe probe; /* .fd -1: free */
};

struct homes {
    const struct config *config;
    struct findings *findings;
    struct trusted *trusted;
    int64_t until_ms;
    size_t left_out;
    struct look looks[AT_ONCE];
};

/* ---- in the child ---- */

static bool become(const struct check_user *user)
{
    gid_t groups[GROUPS_MAX];
    for (uint32_t i = 0; i < user->group_count; i++)
        groups[i] = user->groups[i];
    return user->uid != 0 && user->gid != 0 && setgroups(user->group_count, groups) == 0 &&
           setresgid(user->gid, user->gid, user->gid) == 0 &&
           setresuid(user->uid, user->uid, user->uid) == 0;
}

/* Of a directory below the home, as "/dir". */
static int error_of(const char *path)
{
    const int fd = openat(AT_FDCWD, path[1] ? path + 1 : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const int error = fd < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return error;
}

static void look_around(const struct check_user *user, struct home_result *found)
{
    struct stat about;
    struct statvfs space;
    if (stat(".", &about) != 0) {
        found->step = HOME_LOOK;
        found->error = errno;
        return;
    }
    found->mode = about.st_mode;
    found->uid = about.st_uid;
    found->device = about.st_dev;
    found->inode = about.st_ino;
    found->writable = access(".", W_OK | X_OK) == 0;
    found->start_error = error_of(user->start_directory);
    if (user->upload_directory[0])
        found->upload_error = error_of(user->upload_directory);
    found->free_bytes = found->free_inodes = UINT64_MAX;
    if (statvfs(".", &space) == 0) {
        found->free_bytes = (uint64_t)space.f_bavail * space.f_frsize;
        if (space.f_files)
            found->free_inodes = space.f_favail;
    }
}

static void enter(const void *context, void *result)
{
    const struct check_user *user = context;
    struct home_result *found = result;
    found->step = HOME_IDENTITY;
    if (!become(user)) {
        found->error = errno;
    } else if (chdir(user->home) != 0) {
        found->step = HOME_ENTER;
        found->error = errno;
    } else {
        found->step = HOME_FINE;
        look_around(user, found);
    }
}

/* ---- what it says ---- */

static const char *file_of(const struct homes *homes, const struct check_user *user)
{
    return user->file == 0 || user->file > homes->config->host_count
               ? homes->config->user_file
               : homes->config->hosts[user->file - 1].user_file;
}

#define REPORT(severity, format, ...)                                                              \
    findings_add(homes->findings, severity, "%s:%u: " format, file_of(homes, user), user->line,    \
                 __VA_ARGS__)

static void report_closed(struct homes *homes, const struct check_user *user,
                          const struct home_result *found)
{
    if (found->step == HOME_IDENTITY)
        REPORT(SEVERITY_WARNING, "%s: the system does not let root become uid %u: %s", user->name,
               user->uid, strerror(found->error));
    else if (found->error == ENOENT && user->home_may_come)
        return;
    else if (found->error == ENOENT)
        REPORT(SEVERITY_WARNING,
               "%s cannot log in: there is no home %s; make it: install -d -o %u -g %u -m 700 %s",
               user->name, user->home, user->uid, user->gid, user->home);
    else if (found->error == EACCES)
        REPORT(SEVERITY_WARNING,
               "%s cannot log in: uid %u may not enter the home %s; give it to the user (chown) "
               "and open the "
               "directories above it (chmod a+x)",
               user->name, user->uid, user->home);
    else
        REPORT(SEVERITY_WARNING, "%s cannot log in: the home %s: %s", user->name, user->home,
               strerror(found->error));
}

static void report_trusted(struct homes *homes, const struct check_user *user,
                           const struct home_result *found)
{
    const char *inside = trusted_below(homes->trusted, found->device, found->inode);
    if (strcmp(user->home, "/") == 0)
        REPORT(SEVERITY_WARNING,
               "the home of %s is /: sessions see the whole system; set a home of its own",
               user->name);
    else if (inside)
        REPORT(SEVERITY_WARNING,
               "%s is inside the home of %s (%s), who may be able to replace it; move one of them",
               inside, user->name, user->home);
}

static void report_directories(struct homes *homes, const struct check_user *user,
                               const struct home_result *found)
{
    if (found->start_error)
        REPORT(
            SEVERITY_WARNING,
            "%s cannot begin in start_directory %s: %s; the session begins in the root of the home",
            user->name, user->start_directory, strerror(found->start_error));
    if (found->upload_error)
        REPORT(SEVERITY_WARNING, "guests cannot upload: upload_directory %s in %s: %s; make it",
               user->upload_directory, user->home, strerror(found->upload_error));
    if (found->mode & S_IWOTH && !(found->mode & S_ISVTX))
        REPORT(SEVERITY_WARNING,
               "every user of the system may write to the home %s of %s (mode %o); chmod o-w it",
               user->home, user->name, (unsigned)(found->mode & 07777));
    if (user->uploads && !user->is_guest && !found->writable)
        REPORT(SEVERITY_HINT,
               "%s may upload, but cannot write to the home %s; chown it to uid %u, or set "
               "read_only = yes",
               user->name, user->home, user->uid);
}

static void report_space(struct homes *homes, const struct check_user *user,
                         const struct home_result *found)
{
    enum { ENOUGH_MB = 16, ENOUGH_INODES = 64 };
    if (!user->uploads)
        return;
    if (found->free_bytes / 1000000 < ENOUGH_MB)
        REPORT(SEVERITY_WARNING, "the disk of the home %s of %s is full: %" PRIu64 " MB are free",
               user->home, user->name, found->free_bytes / 1000000);
    if (found->free_inodes < ENOUGH_INODES)
        REPORT(SEVERITY_WARNING,
               "the disk of the home %s of %s has room for only %" PRIu64 " more files", user->home,
               user->name, found->free_inodes);
}

static void report(struct homes *homes, const struct check_user *user, enum probe_state state,
                   const struct home_result *found)
{
    if (state == PROBE_TIMED_OUT) {
        REPORT(SEVERITY_WARNING,
               "%s cannot log in: the home %s gives no answer within %d s; is it on a network "
               "mount that is "
               "dead?",
               user->name, user->home, PROBE_MS / 1000);
    } else if (state == PROBE_FAILED) {
        REPORT(SEVERITY_WARNING, "%s: the home %s could not be looked at", user->name, user->home);
    } else if (found->step != HOME_FINE) {
        report_closed(homes, user, found);
    } else {
        report_trusted(homes, user, found);
        report_directories(homes, user, found);
        report_space(homes, user, found);
    }
}

/* ---- all of them ---- */

struct homes *homes_new(const struct config *config, struct findings *findings)
{
    struct homes *homes = calloc(1, sizeof *homes);
    if (!homes)
        return NULL;
    *homes =
        (struct homes){ .config = config, .findings = findings, .until_ms = now_ms() + BUDGET_MS };
    homes->trusted = trusted_new(config);
    for (size_t i = 0; i < AT_ONCE; i++)
        homes->looks[i].probe.fd = -1;
    return homes;
}

static size_t collect(struct homes *homes)
{
    size_t running = 0;
    for (size_t i = 0; i < AT_ONCE; i++) {
        struct look *look = &homes->looks[i];
        struct home_result found;
        if (look->probe.fd < 0)
            continue;
        const enum probe_state state = probe_look(&look->probe, &found);
        if (state == PROBE_RUNS)
            running++;
        else
            report(homes, &look->user, state, &found);
    }
    return running;
}

static void wait_for_any(const struct homes *homes)
{
    struct pollfd ready[AT_ONCE];
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < AT_ONCE; i++) {
        const struct probe *probe = &homes->looks[i].probe;
        ready[i] = (struct pollfd){ .fd = probe->fd, .events = POLLIN };
        if (probe->fd >= 0 && probe->until_ms < first)
            first = probe->until_ms;
    }
    const int64_t left = first - now_ms();
    (void)poll(ready, AT_ONCE, left > PROBE_MS ? PROBE_MS : left > 0 ? (int)left : 0);
}

static struct look *free_look(struct homes *homes)
{
    for (;;) {
        for (size_t i = 0; i < AT_ONCE; i++) {
            if (homes->looks[i].probe.fd < 0)
                return &homes->looks[i];
        }
        if (collect(homes) == AT_ONCE)
            wait_for_any(homes);
    }
}

void homes_look(struct homes *homes, const struct check_user *user)
{
    if (now_ms() >= homes->until_ms) {
        homes->left_out++;
        return;
    }
    struct look *look = free_look(homes);
    look->user = *user;
    if (!probe_start(&look->probe, enter, &look->user, sizeof(struct home_result))) {
        look->probe.fd = -1;
        homes->left_out++;
    }
}

void homes_finish(struct homes *homes)
{
    while (collect(homes) > 0)
        wait_for_any(homes);
    if (homes->left_out)
        findings_add(homes->findings, SEVERITY_HINT,
                     "%zu homes were not looked at: those before them took more than %d s",
                     homes->left_out, BUDGET_MS / 1000);
    trusted_free(homes->trusted);
    free(homes);
}
