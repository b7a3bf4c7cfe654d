/* enter.c - gives up everything that a role does not need, in one order, for
 * every role, and reads each step back from the kernel.  Runs in the forked
 * child while it is still root; reads nobody's bytes. */
#include "daemon/sandbox/sandbox.h"

#include "common/text.h"
#include "daemon/border/auth_jail.h"
#include "daemon/border/log.h"
#include "daemon/sandbox/filter.h"
#include "daemon/sandbox/landlock.h"

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

static uid_t passing[2]; /* of a JAIL before its log-in: ids that its filter lets through */

static void must(bool fine, const char *role, const char *step)
{
    if (!fine)
        die("%s: confinement failed at %s: %s", role, step, strerror(errno));
}

static bool limit(__rlimit_resource_t resource, rlim_t most)
{
    const struct rlimit value = { .rlim_cur = most, .rlim_max = most };
    struct rlimit seen;
    return setrlimit(resource, &value) == 0 && getrlimit(resource, &seen) == 0 && seen.rlim_cur == most &&
           seen.rlim_max == most;
}

/* As much as is wanted, or as the hard limit has where root may not raise it (a container). */
static rlim_t at_most(__rlimit_resource_t resource, rlim_t wanted)
{
    struct rlimit now;
    if (prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE, 0, 0, 0) == 1 || getrlimit(resource, &now) != 0)
        return wanted;
    return now.rlim_max < wanted ? now.rlim_max : wanted;
}

/* The kernel refuses a descriptor in a message where more of the sender's uid are unread than the sender
 * may have open.  Each session of a daemon leaves one unread at most; those of other daemons with the same
 * account count as well, and must not starve this one. */
static uint32_t nofile_of(const struct role_limits *limits, uint32_t of_all_cells)
{
    enum { IN_FLIGHT = 65536 };
    struct rlimit now;
    if (limits->nofile)
        return limits->nofile;
    if (!limits->shares_flight || of_all_cells >= IN_FLIGHT || getrlimit(RLIMIT_NOFILE, &now) != 0)
        return of_all_cells;
    const rlim_t most = now.rlim_max < IN_FLIGHT ? now.rlim_max : IN_FLIGHT;
    return most > of_all_cells ? (uint32_t)most : of_all_cells;
}

/* A row may leave it to the master (descriptors) or to the system. */
static bool apply_limits(const struct role_limits *limits, uint32_t nofile)
{
    const rlim_t memlock = limits->memlock ? at_most(RLIMIT_MEMLOCK, RLIM_INFINITY) : 0;
    const rlim_t data = at_most(RLIMIT_DATA, (rlim_t)limits->data_mib << 20);
    return (nofile == 0 || limit(RLIMIT_NOFILE, at_most(RLIMIT_NOFILE, nofile))) && limit(RLIMIT_CORE, 0) &&
           limit(RLIMIT_FSIZE, at_most(RLIMIT_FSIZE, limits->fsize)) && limit(RLIMIT_MEMLOCK, memlock) &&
           (limits->nproc == UINT32_MAX || limit(RLIMIT_NPROC, limits->nproc)) &&
           (limits->data_mib == 0 || WITH_SANITIZERS /* their shadow counts */ || limit(RLIMIT_DATA, data));
}

static bool enter_root(int directory)
{
    return fchdir(directory) == 0 && chroot(".") == 0;
}

static bool keeps(const cap_value_t *list, size_t count, cap_value_t capability)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == capability)
            return true;
    }
    return false;
}

/* The bounding set: only the master keeps one, its own, as a new binary that
 * it may hand over to would start from it. */
static bool empty_bounding_set(const cap_value_t *list, size_t count)
{
    for (cap_value_t i = 0; i <= CAP_LAST_CAP; i++) {
        if (keeps(list, count, i))
            continue;
        const int held = prctl(PR_CAPBSET_READ, i, 0, 0, 0);
        if (held == 1 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0)
            return false;
        if (held < 0 && errno != EINVAL) /* EINVAL: the kernel knows fewer than our headers */
            return false;
    }
    return true;
}

static bool set_capabilities(const cap_value_t *list, size_t count)
{
    cap_t set = cap_init();
    bool fine = set != NULL;
    if (fine && count)
        fine = cap_set_flag(set, CAP_PERMITTED, (int)count, list, CAP_SET) == 0 &&
               cap_set_flag(set, CAP_EFFECTIVE, (int)count, list, CAP_SET) == 0;
    fine = fine && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0;
    fine = fine && cap_set_proc(set) == 0;
    if (set)
        cap_free(set);
    return fine;
}

/* The kernel's word, not libcap's memory of what it set.  The ambient set has
 * nothing that the inheritable one has not (capabilities(7)). */
static bool capabilities_are(const cap_value_t *list, size_t count)
{
    cap_t seen = cap_get_proc();
    bool fine = seen != NULL;
    for (cap_value_t i = 0; fine && i <= CAP_LAST_CAP; i++) {
        cap_flag_value_t permitted = CAP_CLEAR, effective = CAP_CLEAR, inheritable = CAP_CLEAR;
        if (cap_get_flag(seen, i, CAP_PERMITTED, &permitted) != 0)
            continue; /* unknown to this kernel */
        (void)cap_get_flag(seen, i, CAP_EFFECTIVE, &effective);
        (void)cap_get_flag(seen, i, CAP_INHERITABLE, &inheritable);
        const cap_flag_value_t wanted = keeps(list, count, i) ? CAP_SET : CAP_CLEAR;
        fine = permitted == wanted && effective == wanted && inheritable == CAP_CLEAR;
    }
    if (seen)
        cap_free(seen);
    return fine;
}

static bool ids_are(uid_t uid, gid_t gid)
{
    uid_t r, e, s;
    gid_t rg, eg, sg;
    return getresuid(&r, &e, &s) == 0 && r == uid && e == uid && s == uid && getresgid(&rg, &eg, &sg) == 0 &&
           rg == gid && eg == gid && sg == gid;
}

static bool root_is(int directory)
{
    struct stat root, wanted;
    return stat("/", &root) == 0 && fstat(directory, &wanted) == 0 && root.st_dev == wanted.st_dev &&
           root.st_ino == wanted.st_ino;
}

static bool asks_for_port_20(const struct config *config)
{
    for (uint32_t i = 0; i < config->listener_count; i++) {
        if (config->listeners[i].active && config->listeners[i].active_port == ACTIVE_20)
            return true;
    }
    return false;
}

/* Roles keep their row's capabilities, but for what is not needed here, or
 * what a container does not give. */
static bool is_kept(enum role role, cap_value_t capability, const struct confinement *how)
{
    if (role == ROLE_DIALER)
        return asks_for_port_20(how->config);
    if (capability == CAP_SYS_ADMIN)
        return how->private_network;
    return capability != CAP_SYS_RESOURCE || prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE, 0, 0, 0) == 1;
}

struct kept_capabilities {
    cap_value_t list[CAPABILITIES_MAX];
    size_t count;
};

static struct kept_capabilities kept_capabilities(enum role role, const struct confinement *how)
{
    struct kept_capabilities kept = { .count = 0 };
    for (size_t i = 0; i < roles[role].capability_count && kept.count < COUNT(kept.list); i++) {
        if (is_kept(role, roles[role].capabilities[i], how))
            kept.list[kept.count++] = roles[role].capabilities[i];
    }
    return kept;
}

void sandbox_verify(enum role role, const struct confinement *how)
{
    const struct role_row *row = &roles[role];
    const struct kept_capabilities kept = kept_capabilities(role, how);

    must(capabilities_are(kept.list, kept.count), row->name, "reading the capabilities back");
    must(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, row->name, "reading no_new_privs back");
    must(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0, row->name, "reading dumpable back");
    if (role == ROLE_MASTER)
        return;
    must(ids_are(how->ids->uid[role], how->ids->gid[role]), row->name, "reading the ids back");
    must(getgroups(0, NULL) == 0, row->name, "reading the groups back");
    for (cap_value_t i = 0; i <= CAP_LAST_CAP; i++)
        must(prctl(PR_CAPBSET_READ, i, 0, 0, 0) <= 0, row->name, "reading the bounding set back");
    if (row->empty_root)
        must(root_is(how->empty_root), row->name, "reading the root back");
}

void sandbox_enter(enum role role, const struct confinement *how)
{
    const struct role_row *row = &roles[role];
    const uid_t uid = how->ids->uid[role];
    const gid_t gid = how->ids->gid[role];
    const struct kept_capabilities kept = kept_capabilities(role, how);

    must(prctl(PR_SET_NAME, row->name, 0, 0, 0) == 0, row->name, "its name");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, row->name, "no_new_privs");
    if (role == ROLE_MASTER) {
        must(empty_bounding_set(kept.list, kept.count), row->name, "the bounding set");
    } else {
        must(uid != 0 && gid != 0, row->name, "its account");
        must(apply_limits(&row->limits, nofile_of(&row->limits, how->nofile)), row->name, "the limits");
        must(empty_bounding_set(NULL, 0), row->name, "the bounding set");
        if (row->empty_root)
            must(enter_root(how->empty_root), row->name, "the empty root");
        must(prctl(PR_SET_KEEPCAPS, kept.count > 0, 0, 0, 0) == 0, row->name, "keepcaps");
        must(setgroups(0, NULL) == 0, row->name, "setgroups");
        must(setresgid(gid, gid, gid) == 0, row->name, "setresgid");
        must(setresuid(uid, uid, uid) == 0, row->name, "setresuid");
        must(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == 0, row->name, "keepcaps");
    }
    must(set_capabilities(kept.list, kept.count), row->name, "the capabilities");
    must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, row->name,
         "dumpable"); /* last: a change of ids resets it */
    sandbox_verify(role, how);
    if (row->files == FILES_NONE)
        must(landlock_enter(0, row->network), row->name, "Landlock");
    if (role == ROLE_JAIL_CRADLE) {
        id_filter_passing(how->config, how->ids, passing);
        id_filter_load(how->config, how->ids);
    }
    filter_load(role);
}

void sandbox_narrow(enum role role)
{
    const struct role_row *row = &roles[role];
    must(prctl(PR_SET_NAME, row->name, 0, 0, 0) == 0, row->name, "its name");
    must(apply_limits(&row->limits, row->limits.nofile), row->name, "the limits");
    filter_load(role);
}

void sandbox_born(enum role role)
{
    const struct role_row *row = &roles[role];
    must(prctl(PR_SET_NAME, row->name, 0, 0, 0) == 0, row->name, "its name");
    must(limit(RLIMIT_NPROC, row->limits.nproc), row->name, "the limits");
    filter_load_difference(role);
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

/* To an id that the filter before the log-in would let through and that is not
 * the user's: only the lack of the capability can refuse it. */
static bool cannot_change_uid(uid_t uid)
{
    const uid_t other = uid == passing[0] ? passing[1] : passing[0];
    return setresuid(other, other, other) == -1 && errno == EPERM && setresgid(other, other, other) == -1 &&
           errno == EPERM;
}

int sandbox_become(uid_t uid, gid_t gid, const gid_t *groups, size_t group_count, const char *home,
                   uint32_t files, int *error)
{
    int step = JAIL_IDENTITY;
    int directory = -1;

    errno = EPERM;
    if (uid == 0 || gid == 0 || uid == (uid_t)-1 || gid == (gid_t)-1 || group_count > GROUPS_MAX)
        goto out;
    if (setgroups(group_count, groups) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        goto out;
    step = JAIL_HOME; /* as the user: what the user can't enter, the session can't either */
    directory = open_home(home);
    if (directory < 0 || fchdir(directory) != 0)
        goto out;
    step = JAIL_CONFINE;
    if (chroot(".") != 0 || !root_is(directory))
        goto out;
    if (!set_capabilities(NULL, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        goto out;
    errno = EPERM;
    if (!capabilities_are(NULL, 0) || !ids_are(uid, gid) || !groups_are(groups, group_count) ||
        !cannot_change_uid(uid))
        goto out;
    if (!landlock_enter(files, roles[ROLE_JAIL].network))
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
