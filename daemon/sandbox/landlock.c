/* SPDX-License-Identifier: BSD-2-Clause */
/* landlock.c - runs in each confined process while it takes its role.  The
 * kernel's ABI is queried at run time; the numbers are defined here, because the
 * headers of the build machine may be older than the running kernel. */
#include "daemon/sandbox/landlock.h"

#include "common/text.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights to files, with the ABI that introduced them. */
enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_CHAR = 1 << 6,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_MAKE_SOCK = 1 << 9,
    FS_MAKE_FIFO = 1 << 10,
    FS_MAKE_BLOCK = 1 << 11,
    FS_MAKE_SYM = 1 << 12,
    FS_REFER = 1 << 13,       /* 2 */
    FS_TRUNCATE = 1 << 14,    /* 3 */
    FS_IOCTL_DEV = 1 << 15,   /* 5 */
    NET_BIND_AND_CONNECT = 3, /* 4 */
    SCOPE_ALL = 3,            /* 6: abstract sockets, signals */
};

/* The part of the kernel's struct that is used here. */
struct ruleset {
    uint64_t files, ports, scopes;
};

static const uint64_t files_of_abi[] = {
    0, FS_REFER - 1, FS_TRUNCATE - 1, FS_IOCTL_DEV - 1, FS_IOCTL_DEV - 1, 2 * FS_IOCTL_DEV - 1
};

/* A rename removes one name and creates another, so moving also needs the rights
 * to make and to remove; callers with USE_MOVE pass those, too. */
static const uint64_t rights_of[] = {
    FS_READ_DIR,                 /* USE_LIST */
    FS_READ_FILE,                /* USE_READ */
    FS_WRITE_FILE | FS_TRUNCATE, /* USE_WRITE */
    FS_MAKE_REG | FS_MAKE_SYM,   /* USE_MAKE: existing links may be renamed */
    FS_REMOVE_FILE,              /* USE_REMOVE */
    FS_MAKE_DIR,                 /* USE_MKDIR */
    FS_REMOVE_DIR,               /* USE_RMDIR */
    /* USE_MOVE: devices and the like, too, as the user could (JAIL can't create any) */
    FS_REFER | FS_MAKE_CHAR | FS_MAKE_BLOCK | FS_MAKE_SOCK | FS_MAKE_FIFO,
};

int landlock_abi(void)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi > 0 ? (int)abi : 0;
}

static uint64_t rights(uint32_t files)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < COUNT(rights_of); i++) {
        if (files & 1U << i)
            sum |= rights_of[i];
    }
    return sum;
}

/* ABI 1 refuses every rename from one directory to another, whatever the rules
 * say: with it, Landlock is not used for users who may change files. */
static uint64_t handled_files(int abi, uint32_t files)
{
    const int known = (int)COUNT(files_of_abi) - 1;
    if (abi == 1 && files & ~(uint32_t)(USE_LIST | USE_READ))
        return 0;
    return files_of_abi[abi < known ? abi : known];
}

/* The size tells the kernel which version of the struct it is. */
static int create(int abi, const struct ruleset *wanted)
{
    const size_t fields = abi >= 6 ? 3 : abi >= 4 ? 2 : 1;
    return (int)syscall(SYS_landlock_create_ruleset, wanted, fields * sizeof(uint64_t), 0);
}

static bool allow_beneath(int ruleset, const char *directory, uint64_t allowed)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = allowed };
    if (!allowed)
        return true;
    const struct {
        uint64_t flags, mode, resolve;
    } how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC };
    rule.parent_fd = (int)syscall(SYS_openat2, AT_FDCWD, directory, &how, sizeof how);
    if (rule.parent_fd < 0)
        return false;
    const bool fine =
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    const int error = errno;
    close(rule.parent_fd);
    errno = error;
    return fine;
}

bool landlock_enter(uint32_t files, enum role_network network)
{
    const int abi = landlock_abi();
    const struct ruleset wanted = {
        .files = handled_files(abi, files),
        .ports = abi >= 4 && network != NETWORK_ALL ? NET_BIND_AND_CONNECT : 0,
        .scopes = abi >= 6 ? SCOPE_ALL : 0,
    };
    /* the master has warned */
    if (!abi || !(wanted.files | wanted.ports | wanted.scopes))
        return true;
    const int ruleset = create(abi, &wanted);
    if (ruleset < 0)
        return false;
    const bool fine = allow_beneath(ruleset, "/", rights(files) & wanted.files) &&
                      syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    const int error = errno;
    close(ruleset);
    errno = error;
    return fine;
}

/* The kernel's struct landlock_net_port_attr. */
struct port_rule {
    uint64_t allowed, port;
};

static bool allow_port(int ruleset, uint64_t allowed, uint64_t port)
{
    enum { RULE_NET_PORT = 2 };
    const struct port_rule rule = { .allowed = allowed, .port = port };
    return syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) == 0;
}

/* A machine may lack one of them. */
static bool allow_reading(int ruleset, const char *directory)
{
    return allow_beneath(ruleset, directory, FS_READ_FILE | FS_READ_DIR) || errno == ENOENT;
}

bool landlock_enter_names(void)
{
    enum { NET_CONNECT = 2, DOMAIN_PORT = 53 };
    const int abi = landlock_abi();
    const struct ruleset wanted = {
        .files = handled_files(abi, USE_LIST | USE_READ),
        .ports = abi >= 4 ? NET_BIND_AND_CONNECT : 0,
        .scopes = abi >= 6 ? SCOPE_ALL : 0,
    };
    /* the master has warned */
    if (!abi)
        return true;
    const int ruleset = create(abi, &wanted);
    if (ruleset < 0)
        return false;
    const bool fine = allow_reading(ruleset, "/etc") && allow_reading(ruleset, "/run") &&
                      (!wanted.ports || allow_port(ruleset, NET_CONNECT, DOMAIN_PORT)) &&
                      syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    const int error = errno;
    close(ruleset);
    errno = error;
    return fine;
}
