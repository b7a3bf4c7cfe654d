/* roles.c - the table of who may do what. */
#include "daemon/roles.h"

#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* The master forks everybody, so it needs what they need to become who they
 * are, and no more: no CAP_DAC_OVERRIDE, no CAP_SYS_PTRACE, no CAP_CHOWN. */
static const cap_value_t master_capabilities[] = {
    CAP_DAC_READ_SEARCH,  /* opens user file, keys and logs where their owner is not root */
    CAP_KILL,             /* ends a session that does not end by itself */
    CAP_SETGID,           /* the children's groups */
    CAP_SETPCAP,          /* empties the children's bounding sets */
    CAP_SETUID,           /* the children's uids */
    CAP_NET_BIND_SERVICE, /* port 21 */
    CAP_SYS_CHROOT,       /* the children's roots */
    CAP_SYS_RESOURCE, /* descriptors in flight to thousands of sessions; last, as a container may lack it */
};

static const cap_value_t dialer_capabilities[] = {
    CAP_NET_BIND_SERVICE, /* source port 20; kept only where a listener says active_port = 20 */
};

static const cap_value_t jail_capabilities[] = {
    CAP_SETUID,     /* once, to the user */
    CAP_SETGID,     /* once, to the user's groups */
    CAP_SYS_CHROOT, /* once, into the home */
};

/* The lists of system calls.  Deny is the default; each line says why it is there. */
#define ALLOW(call, why)                                                                                     \
    {                                                                                                        \
        .name = (call), .reason = (why)                                                                      \
    }
#define ALLOW_IF(call, why, argument_number, bits, wanted)                                                   \
    {                                                                                                        \
        .name = (call), .reason = (why), .pins = 1, .pin = { { (argument_number), (bits), (wanted) } }       \
    }
#define ALLOW_IF2(call, why, one, bits1, wanted1, two, bits2, wanted2)                                       \
    {                                                                                                        \
        .name = (call), .reason = (why), .pins = 2, .pin = {                                                 \
            { (one), (bits1), (wanted1) },                                                                   \
            { (two), (bits2), (wanted2) }                                                                    \
        }                                                                                                    \
    }
#define REFUSE(call, why, number)                                                                            \
    {                                                                                                        \
        .name = (call), .reason = (why), .answer = (number)                                                  \
    }
#define INT UINT32_MAX /* an int argument: the kernel ignores the upper half */

/* What every process needs to run at all. */
#define BASIC_CALLS                                                                                          \
    ALLOW("exit_group", "ends"), ALLOW("exit", "ends"), ALLOW("close", "what it was handed"),                \
        ALLOW("brk", "memory"), ALLOW("munmap", "memory"), ALLOW("mremap", "memory"),                        \
        ALLOW_IF2("mmap", "memory: anonymous and private, never executable", 2, PROT_EXEC, 0, 3,             \
                  MAP_ANONYMOUS | MAP_SHARED | MAP_PRIVATE, MAP_ANONYMOUS | MAP_PRIVATE),                    \
        ALLOW_IF("madvise", "memory given back", 2, INT, MADV_DONTNEED),                                     \
        ALLOW("clock_gettime", "the time, where the vDSO has none"), ALLOW("getrandom", "random numbers"),   \
        ALLOW("getpid", "OpenSSL looks for a fork"), ALLOW("restart_syscall", "after a stop and continue"),  \
        ALLOW("rt_sigreturn", "out of the one handler"), ALLOW("sendto", "messages, replies, bytes"),        \
        REFUSE("futex", "libc wakes nobody", ENOSYS)

#define NO_PRCTL REFUSE("prctl", "libc names its memory", EPERM)

/* A loop over many channels, whose ends come with descriptors. */
#define SHARED_CALLS                                                                                         \
    ALLOW("recvmsg", "the master's messages, with descriptors"), ALLOW("recvfrom", "questions"),             \
        ALLOW("sendmsg", "answers"), ALLOW("epoll_create1", "its loop"), ALLOW("epoll_ctl", "its loop"),     \
        ALLOW("epoll_wait", "its loop"), ALLOW("epoll_pwait", "its loop, on arm64"),                         \
        ALLOW("fstat", "a file it was handed"), ALLOW("newfstatat", "fstat, as newer libc has it"),          \
        ALLOW("lseek", "a file it was handed"), ALLOW("pread64", "a file it was handed"),                    \
        ALLOW_IF("fcntl", "is the new configuration sealed?", 1, INT, F_GET_SEALS)

static const struct allowed_call dialer_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    ALLOW_IF("socket", "data sockets, IPv4", 0, INT, AF_INET),
    ALLOW_IF("socket", "data sockets, IPv6", 0, INT, AF_INET6),
    ALLOW("bind", "data sockets"),
    ALLOW("listen", "passive data connections"),
    ALLOW("connect", "active data connections"),
    ALLOW_IF2("setsockopt", "SO_REUSEADDR", 1, INT, SOL_SOCKET, 2, INT, SO_REUSEADDR),
    ALLOW_IF2("setsockopt", "the peer's filter", 1, INT, SOL_SOCKET, 2, INT, SO_ATTACH_FILTER),
    ALLOW_IF2("setsockopt", "and its lock", 1, INT, SOL_SOCKET, 2, INT, SO_LOCK_FILTER),
};

static const struct allowed_call keeper_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    ALLOW("mlockall", "no key in swap"),
    ALLOW("munlockall", "where a limit stands in the way"),
    ALLOW("mlock", "no key in swap"),
    ALLOW("mlock2", "no key in swap"),
    ALLOW_IF("madvise", "no key in a dump", 2, INT, MADV_DONTDUMP),
    ALLOW_IF("mprotect", "guard pages of the secure heap", 2, PROT_EXEC, 0),
};

static const struct allowed_call scribe_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    ALLOW("write", "the logs"),
    ALLOW("rt_sigaction", "no SIGPIPE from a dead syslog"),
    ALLOW("poll", "waits for a log that is slow"),
    ALLOW("writev", "the logs"),
};

static const struct allowed_call net_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    ALLOW("recvmsg", "answers, with descriptors"),
    ALLOW("poll", "waits"),
    ALLOW("ppoll", "waits, on arm64"),
    ALLOW("read", "the client's bytes, files"),
    ALLOW("write", "uploads, TLS"),
    ALLOW("sendfile", "downloads"),
    ALLOW("splice", "uploads"),
    ALLOW("accept4", "data connections, on the dialer's listeners"),
    ALLOW("shutdown", "ends a connection in order"),
    ALLOW_IF2("setsockopt", "TCP_NODELAY", 1, INT, IPPROTO_TCP, 2, INT, TCP_NODELAY),
    ALLOW_IF2("setsockopt", "TCP_CORK", 1, INT, IPPROTO_TCP, 2, INT, TCP_CORK),
    ALLOW_IF2("setsockopt", "SO_KEEPALIVE", 1, INT, SOL_SOCKET, 2, INT, SO_KEEPALIVE),
    ALLOW_IF2("setsockopt", "SO_OOBINLINE", 1, INT, SOL_SOCKET, 2, INT, SO_OOBINLINE),
    ALLOW_IF2("setsockopt", "time-outs of its channels", 1, INT, SOL_SOCKET, 2, INT, SO_RCVTIMEO_OLD),
    ALLOW_IF2("setsockopt", "SO_LINGER", 1, INT, SOL_SOCKET, 2, INT, SO_LINGER),
    ALLOW_IF2("setsockopt", "SO_RCVTIMEO: answers that are late", 1, INT, SOL_SOCKET, 2, INT, SO_RCVTIMEO),
    ALLOW_IF("sched_setaffinity", "itself", 0, INT, 0),
};

/* Files, in both phases of a JAIL: by descriptor or beneath the root. */
#define FILE_CALLS                                                                                           \
    ALLOW("recvfrom", "questions; no descriptor can come"), ALLOW("sendmsg", "answers, with files"),         \
        ALLOW("poll", "waits"), ALLOW("ppoll", "waits, on arm64"), ALLOW("openat2", "beneath the root"),     \
        ALLOW("fcntl", "upload locks"), ALLOW("fstat", "files")

/* What a session's files need. */
#define FILE_WORK                                                                                            \
    ALLOW("statx", "facts"), ALLOW("newfstatat", "facts"), ALLOW("statfs", "free space"),                    \
        ALLOW("fstatfs", "free space"), ALLOW("getdents64", "listings"),                                     \
        ALLOW("readlinkat", "listings, and links to what is uploaded"), ALLOW("mkdirat", "MKD"),             \
        ALLOW("unlinkat", "DELE, RMD"), ALLOW("linkat", "uploads"), ALLOW("renameat2", "RNTO, uploads"),     \
        ALLOW("renameat", "RNTO, uploads"), ALLOW("fchmod", "SITE CHMOD, modes of uploads"),                 \
        ALLOW("fchmodat", "SITE CHMOD"), ALLOW("utimensat", "MFMT"), ALLOW("fsync", "uploads"),              \
        ALLOW("fdatasync", "uploads"), ALLOW("ftruncate", "uploads"), ALLOW("fallocate", "uploads"),         \
        ALLOW("lseek", "REST"), ALLOW("umask", "the user's"),                                                \
        ALLOW("write", "nothing but the lock's marker"), ALLOW("pread64", "the lock's marker"),              \
        ALLOW("pwrite64", "the lock's marker")

static const struct allowed_call jail_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    FILE_CALLS,
    FILE_WORK,
};

/* Before the log-in: the same, and what becoming the user takes.  To which ids
 * is pinned by a filter of its own (id_filter.c): libseccomp compares an
 * argument once only. */
static const struct allowed_call jail_before_calls[] = {
    BASIC_CALLS,
    FILE_CALLS,
    FILE_WORK,
    ALLOW("setgroups", "to the user's groups"),
    ALLOW("setresgid", "to the user's group"),
    ALLOW("setresuid", "to the user"),
    ALLOW("getgroups", "read back"),
    ALLOW("getresgid", "read back"),
    ALLOW("getresuid", "read back"),
    ALLOW("fchdir", "into the home"),
    ALLOW("chroot", "into the home"),
    ALLOW("capget", "read back"),
    ALLOW("capset", "gives all up"),
    ALLOW_IF("prctl", "not dumpable", 0, INT, PR_SET_DUMPABLE),
    ALLOW_IF("prctl", "no ambient capability", 0, INT, PR_CAP_AMBIENT),
    ALLOW_IF("prctl", "libcap reads the bounding set", 0, INT, PR_CAPBSET_READ),
    ALLOW("seccomp", "the second filter"),
    ALLOW("rt_sigaction", "the second filter's handler"),
};

#define ACCOUNT(field)     offsetof(struct config, field)
#define CAPABILITIES(list) .capabilities = (list), .capability_count = COUNT(list)
#define CALLS(list)        .calls = (list), .call_count = COUNT(list)

const struct role_row roles[ROLES] = {
    [ROLE_MASTER] = { .name = "wardftpd",
                      CAPABILITIES(master_capabilities),
                      .limits = { .nproc = UINT32_MAX, .fsize = RLIM_INFINITY } },
    [ROLE_AUTH] = { .name = "ward-auth",
                    .account = ACCOUNT(auth_user),
                    .empty_root = true,
                    .limits = { .nproc = UINT32_MAX, .fsize = RLIM_INFINITY } },
    [ROLE_HASHER] = { .name = "ward-hasher",
                      .account = ACCOUNT(auth_user),
                      .empty_root = true,
                      .limits = { .nofile = 8, .nproc = 0, .fsize = 0 } },
    [ROLE_DIALER] = { .name = "ward-dialer",
                      .account = ACCOUNT(dialer_user),
                      .empty_root = true,
                      CAPABILITIES(dialer_capabilities),
                      CALLS(dialer_calls),
                      .limits = { .nproc = 0, .fsize = 0 } },
    [ROLE_KEEPER] = { .name = "ward-keeper",
                      .account = ACCOUNT(keeper_user),
                      CALLS(keeper_calls),
                      .empty_root = true,
                      .limits = { .nproc = 0, .fsize = 0, .memlock = true } },
    [ROLE_SCRIBE] = { .name = "ward-scribe",
                      .account = ACCOUNT(scribe_user),
                      CALLS(scribe_calls),
                      .empty_root = true,
                      .limits = { .nproc = 0, .fsize = RLIM_INFINITY } },
    [ROLE_NET] = { .name = "ward-net",
                   .account = ACCOUNT(net_user),
                   CALLS(net_calls),
                   .empty_root = true,
                   .limits = { .nofile = 16, .nproc = 0, .fsize = RLIM_INFINITY } },
    [ROLE_JAIL_BEFORE] = { .name = "ward-jail",
                           .account = ACCOUNT(jail_user),
                           CALLS(jail_before_calls),
                           CAPABILITIES(jail_capabilities),
                           .limits = { .nproc = 0, .fsize = RLIM_INFINITY } },
    [ROLE_JAIL] = { .name = "ward-jail",
                    CALLS(jail_calls),
                    .limits = { .nproc = 0, .fsize = RLIM_INFINITY } },
};

static int complain_of(config_complain *complain, void *context, const char *account, const char *what)
{
    char line[256];
    (void)text_format(line, sizeof line, "the system user %s %s", account, what);
    complain(context, true, line);
    return -EINVAL;
}

int roles_look_up(const struct config *config, struct role_ids *ids, config_complain *complain, void *context)
{
    int result = 0;
    memset(ids, 0, sizeof *ids);
    for (size_t i = 0; i < ROLES; i++) {
        if (!roles[i].account)
            continue;
        const char *account = (const char *)config + roles[i].account;
        const struct passwd *entry = getpwnam(account);
        if (!entry) {
            result =
                complain_of(complain, context, account, "does not exist; scripts/make-accounts makes it");
            continue;
        }
        if (entry->pw_uid == 0 || entry->pw_gid == 0)
            result = complain_of(complain, context, account, "is root; every role needs an own account");
        ids->uid[i] = entry->pw_uid;
        ids->gid[i] = entry->pw_gid;
        for (size_t k = 0; k < i; k++) {
            if (roles[k].account && roles[k].account != roles[i].account && ids->uid[k] == entry->pw_uid)
                result = complain_of(complain, context, account, "shares its uid with another role");
        }
    }
    return result;
}
