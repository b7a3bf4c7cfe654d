/* SPDX-License-Identifier: BSD-2-Clause */
/* enter.c - gives up everything that a role does not need, in the same order for
 * every role, and reads each step back from the kernel.  Runs in each role
 * program while it is still root; reads only its orders. */
#include "daemon/sandbox/sandbox.h"

#include "common/text.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/ipc/log.h"
#include "daemon/sandbox/capabilities.h"
#include "daemon/sandbox/filter.h"
#include "daemon/sandbox/landlock.h"
#include "daemon/sandbox/orders.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static enum role current; /* the role that this process has */

static void must(bool fine, const char *role, const char *step)
{
    if (!fine)
        die("%s: confinement failed at %s: %s", role, step, strerror(errno));
}

static const struct role_orders *orders_of(enum role role)
{
    return &orders()->roles[role];
}

static bool limit(__rlimit_resource_t resource, rlim_t most)
{
    const struct rlimit wanted = { .rlim_cur = most, .rlim_max = most };
    struct rlimit seen;
    return setrlimit(resource, &wanted) == 0 && getrlimit(resource, &seen) == 0 &&
           seen.rlim_cur == most && seen.rlim_max == most;
}

/* The wanted limit, or the hard limit if this process may not raise it: root in a container without
 * CAP_SYS_RESOURCE, and any process in a user namespace. */
static bool limit_at_most(__rlimit_resource_t resource, uint64_t wanted)
{
    struct rlimit now;
    if (wanted == LIMIT_UNTOUCHED || limit(resource, wanted))
        return true;
    return errno == EPERM && getrlimit(resource, &now) == 0 && now.rlim_max < wanted &&
           limit(resource, now.rlim_max);
}

static bool apply_limits(const struct role_orders *role)
{
    return limit_at_most(RLIMIT_NOFILE, role->nofile) && limit(RLIMIT_CORE, 0) &&
           limit_at_most(RLIMIT_FSIZE, role->fsize) &&
           limit_at_most(RLIMIT_MEMLOCK, role->memlock) &&
           (role->nproc == LIMIT_UNTOUCHED || limit(RLIMIT_NPROC, role->nproc)) &&
           (WITH_SANITIZERS /* their shadow counts */ || limit_at_most(RLIMIT_DATA, role->data));
}

/* The limits that differ from those of the process's previous role. */
static bool lower_limits(const struct role_orders *earlier, const struct role_orders *role)
{
    return (role->nofile == earlier->nofile || limit_at_most(RLIMIT_NOFILE, role->nofile)) &&
           (role->fsize == earlier->fsize || limit_at_most(RLIMIT_FSIZE, role->fsize)) &&
           (role->memlock == earlier->memlock || limit_at_most(RLIMIT_MEMLOCK, role->memlock)) &&
           (role->nproc == earlier->nproc || role->nproc == LIMIT_UNTOUCHED ||
            limit(RLIMIT_NPROC, role->nproc)) &&
           (WITH_SANITIZERS || role->data == earlier->data ||
            limit_at_most(RLIMIT_DATA, role->data));
}

static bool enter_root(int directory)
{
    return fchdir(directory) == 0 && chroot(".") == 0;
}

static bool ids_are(uid_t uid, gid_t gid)
{
    uid_t r, e, s;
    gid_t rg, eg, sg;
    return getresuid(&r, &e, &s) == 0 && r == uid && e == uid && s == uid &&
           getresgid(&rg, &eg, &sg) == 0 && rg == gid && eg == gid && sg == gid;
}

static bool root_is(int directory)
{
    struct stat root, wanted;
    return stat("/", &root) == 0 && fstat(directory, &wanted) == 0 &&
           root.st_dev == wanted.st_dev && root.st_ino == wanted.st_ino;
}

/* Needs root; reads each step back. */
static void change_identity(const struct role_orders *role, int empty_root)
{
    must(role->is_root ? role->uid == 0 && role->empty_root : role->uid != 0 && role->gid != 0,
         role->name, "its account");
    must(capabilities_drop_bounding(), role->name, "the bounding set");
    if (role->empty_root)
        must(enter_root(empty_root), role->name, "the empty root");
    must(prctl(PR_SET_KEEPCAPS, role->capabilities != 0, 0, 0, 0) == 0, role->name, "keepcaps");
    must(setgroups(0, NULL) == 0, role->name, "setgroups");
    must(setresgid(role->gid, role->gid, role->gid) == 0, role->name, "setresgid");
    must(setresuid(role->uid, role->uid, role->uid) == 0, role->name, "setresuid");
    must(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == 0, role->name, "keepcaps");
    must(capabilities_set(role->capabilities), role->name, "the capabilities");

    must(ids_are(role->uid, role->gid), role->name, "reading the ids back");
    must(getgroups(0, NULL) == 0, role->name, "reading the groups back");
    must(capabilities_are(role->capabilities), role->name, "reading the capabilities back");
    must(capabilities_bounding_is_empty(), role->name, "reading the bounding set back");
    if (role->empty_root)
        must(root_is(empty_root), role->name, "reading the root back");
}

/* The last of the steps that a change of ids would undo. */
static void be_undumpable(const struct role_orders *role)
{
    must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, role->name, "dumpable");
    must(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0, role->name, "reading dumpable back");
    must(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, role->name, "reading no_new_privs back");
}

void sandbox_enter(enum role role, int empty_root)
{
    const struct role_orders *row = orders_of(role);
    must(prctl(PR_SET_NAME, row->name, 0, 0, 0) == 0, row->name, "its name");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, row->name, "no_new_privs");
    must(apply_limits(row), row->name, "the limits");
    if (orders()->as_root)
        change_identity(row, empty_root);
    be_undumpable(row);
    if (row->files == FILES_NONE || row->files == FILES_BENEATH)
        must(landlock_enter(row->files == FILES_NONE ? 0 : USE_ALL & ~(uint32_t)USE_MOVE,
                            (enum role_network)row->network),
             row->name, "Landlock");
    if (row->files == FILES_OF_NAMES)
        must(landlock_enter_names(), row->name, "Landlock");
    filter_load_ids(role);
    filter_load(role);
    current = role;
}

void sandbox_narrow(enum role role)
{
    const struct role_orders *row = orders_of(role);
    must(prctl(PR_SET_NAME, row->name, 0, 0, 0) == 0, row->name, "its name");
    must(lower_limits(orders_of(current), row), row->name, "the limits");
    filter_load(role);
    current = role;
}

void sandbox_child(enum role role)
{
    const struct role_orders *row = orders_of(role);
    must(prctl(PR_SET_NAME, row->name, 0, 0, 0) == 0, row->name, "its name");
    must(limit(RLIMIT_NPROC, row->nproc), row->name, "the limits");
    filter_load_difference(role);
    current = role;
}

static int open_home(const char *home)
{
    const struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                                  .resolve = RESOLVE_NO_MAGICLINKS };
    return (int)syscall(SYS_openat2, AT_FDCWD, home, &how, sizeof how);
}

static bool groups_are(const gid_t *groups, size_t count)
{
    gid_t seen[GROUPS_MAX];
    if (getgroups(0, NULL) != (int)count || getgroups(GROUPS_MAX, seen) != (int)count)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t k = 0; k < count && !found; k++)
            found = seen[k] == groups[i];
        if (!found)
            return false;
    }
    return true;
}

/* Tries an id that the filter before the log-in allows and that is not the user's:
 * only the missing capability can refuse it. */
static bool cannot_change_uid(uid_t uid)
{
    const uint32_t *passing = orders()->passing;
    const uid_t other = uid == passing[0] ? passing[1] : passing[0];
    return setresuid(other, other, other) == -1 && errno == EPERM &&
           setresgid(other, other, other) == -1 && errno == EPERM;
}

/* As the user, so that a home that the user can't enter is refused. */
int sandbox_enter_home(uid_t uid, gid_t gid, const gid_t *groups, size_t group_count,
                       const char *home, uint32_t files, int *error)
{
    int step = JAIL_HOME;
    const int directory = open_home(home);
    if (directory < 0 || fchdir(directory) != 0)
        goto out;
    step = JAIL_CONFINE;
    if (chroot(".") != 0 || !root_is(directory))
        goto out;
    if (!capabilities_set(0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        goto out;
    errno = EPERM;
    if (!capabilities_are(0) || !ids_are(uid, gid) || !groups_are(groups, group_count) ||
        !cannot_change_uid(uid))
        goto out;
    if (!landlock_enter(files, (enum role_network)orders_of(ROLE_JAIL)->network))
        goto out;
    step = JAIL_ENTERED;
out:
    *error = step == JAIL_ENTERED ? 0 : errno;
    if (directory >= 0)
        close(directory);
    if (step == JAIL_ENTERED)
        filter_load(ROLE_JAIL);
    return step;
}

int sandbox_become(uid_t uid, gid_t gid, const gid_t *groups, size_t group_count, const char *home,
                   uint32_t files, int *error)
{
    errno = EPERM;
    if (uid == 0 || gid == 0 || uid == (uid_t)-1 || gid == (gid_t)-1 || group_count > GROUPS_MAX ||
        setgroups(group_count, groups) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(uid, uid, uid) != 0) {
        *error = errno;
        return JAIL_IDENTITY;
    }
    return sandbox_enter_home(uid, gid, groups, group_count, home, files, error);
}
