/* roles.c - the table of who may do what. */
#include "daemon/roles.h"

#include "common/text.h"
#include "daemon/border/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
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
    CAP_SYS_ADMIN,        /* back to the network that was left, for a listener or a dialer */
    CAP_SYS_RESOURCE,     /* descriptors in flight to thousands of sessions; a container may lack it */
};

static const cap_value_t dialer_capabilities[] = {
    CAP_NET_BIND_SERVICE, /* source port 20; kept only where a listener says active_port = 20 */
};

static const cap_value_t jail_capabilities[] = {
    CAP_SETUID,     /* once, to the user */
    CAP_SETGID,     /* once, to the user's groups */
    CAP_SYS_CHROOT, /* once, into the home */
};

/* The lists of system calls.  Deny is the default; each line says why it is there.
 * Names that only the other machine or the other libc uses stand beside ours. */
/* clang-format off */
#define ALLOW(call, why) { .name = (call), .reason = (why) }
#define ALLOW_IF(call, why, argument_number, bits, wanted) \
    { .name = (call), .reason = (why), .pins = 1, .pin = { { (argument_number), (bits), (wanted) } } }
#define ALLOW_IF2(call, why, one, bits1, wanted1, two, bits2, wanted2) \
    { .name = (call), .reason = (why), .pins = 2, \
      .pin = { { (one), (bits1), (wanted1) }, { (two), (bits2), (wanted2) } } }
#define ALLOW_IF3(call, why, one, bits1, wanted1, two, bits2, wanted2, three, bits3, wanted3) \
    { .name = (call), .reason = (why), .pins = 3, \
      .pin = { { (one), (bits1), (wanted1) }, { (two), (bits2), (wanted2) }, { (three), (bits3), (wanted3) } } }
#define REFUSE(call, why, number) { .name = (call), .reason = (why), .answer = (number) }
#define REFUSE_IF(call, why, argument_number, bits, wanted) \
    { .name = (call), .reason = (why), .answer = EPERM, .pins = 1, \
      .pin = { { (argument_number), (bits), (wanted) } } }

#define INT UINT32_MAX /* an int argument: the kernel ignores the upper half */

#define SOCKET_OPTION(why, level, option) ALLOW_IF2("setsockopt", why, 1, INT, level, 2, INT, option)

/* What every process needs to run at all. */
#define BASIC_CALLS \
    ALLOW("exit_group", "ends"), ALLOW("exit", "ends"), ALLOW("close", "what it was handed"), \
    ALLOW("brk", "memory"), ALLOW("munmap", "memory"), ALLOW("mremap", "memory"), \
    ALLOW_IF2("mmap", "memory: anonymous and private, never executable", 2, PROT_EXEC, 0, 3, \
              MAP_ANONYMOUS | MAP_SHARED | MAP_PRIVATE, MAP_ANONYMOUS | MAP_PRIVATE), \
    ALLOW_IF("mprotect", "musl's malloc; never executable", 2, PROT_EXEC, 0), \
    ALLOW_IF("madvise", "memory given back", 2, INT, MADV_DONTNEED), \
    ALLOW_IF("madvise", "memory given back, by musl", 2, INT, MADV_FREE), \
    ALLOW("clock_gettime", "the time, where the vDSO has none"), ALLOW("getrandom", "random numbers"), \
    ALLOW("getpid", "OpenSSL looks for a fork"), ALLOW("restart_syscall", "after a stop and continue"), \
    ALLOW("rt_sigreturn", "out of the one handler"), ALLOW("sendto", "messages, replies, bytes"), \
    REFUSE("futex", "libc wakes nobody", ENOSYS)

#define NO_PRCTL REFUSE("prctl", "libc names its memory", EPERM)

#define WAITS ALLOW("poll", "waits"), ALLOW("ppoll", "waits, on arm64")

/* A loop over many channels, whose ends come with descriptors. */
#define SHARED_CALLS \
    ALLOW("recvmsg", "the master's messages, with descriptors"), ALLOW("recvfrom", "questions"), \
    ALLOW("sendmsg", "answers"), ALLOW("epoll_create1", "its loop"), ALLOW("epoll_ctl", "its loop"), \
    ALLOW("epoll_wait", "its loop"), ALLOW("epoll_pwait", "its loop, on arm64"), \
    ALLOW("fstat", "a file it was handed"), \
    ALLOW_IF("newfstatat", "fstat, as newer libc has it", 3, AT_EMPTY_PATH, AT_EMPTY_PATH), \
    ALLOW("lseek", "a file it was handed"), ALLOW("pread64", "a file it was handed"), \
    ALLOW_IF("fcntl", "is the new configuration sealed?", 1, INT, F_GET_SEALS)

/* fork(3) of a process that has one thread, without a namespace of its own. */
#define NAMESPACES \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | \
     CLONE_THREAD | CLONE_VM)
#define FORK_CALLS \
    ALLOW_IF("clone", "fork", 0, NAMESPACES, 0), REFUSE("clone3", "its arguments can't be seen", ENOSYS), \
    ALLOW("set_robust_list", "fork's child"), ALLOW("rt_sigprocmask", "fork, by libc"), \
    ALLOW("gettid", "fork's child, by musl"), ALLOW("set_tid_address", "fork's child, by musl")

/* A socket pair of ours, its buffers measured. */
#define PAIR_CALLS \
    ALLOW_IF2("socketpair", "a hasher's channel", 0, INT, AF_UNIX, 1, INT, SOCK_SEQPACKET | SOCK_CLOEXEC), \
    ALLOW_IF2("getsockopt", "its buffer", 1, INT, SOL_SOCKET, 2, INT, SO_SNDBUF), \
    SOCKET_OPTION("its buffer", SOL_SOCKET, SO_SNDBUF)

/* A second filter on top of the first, with a tighter list; the limits go along. */
#define NARROWS \
    ALLOW_IF2("seccomp", "the next filter", 0, INT, SECCOMP_SET_MODE_FILTER, 1, INT, 0), \
    ALLOW_IF("rt_sigaction", "the filter's handler", 0, INT, SIGSYS), \
    ALLOW_IF("prctl", "its name", 0, INT, PR_SET_NAME), \
    ALLOW_IF("prctl", "may a limit be raised?", 0, INT, PR_CAPBSET_READ), \
    ALLOW_IF("prlimit64", "its own limits", 0, INT, 0), ALLOW("setrlimit", "its own limits, by musl"), \
    ALLOW("getrlimit", "its own limits, by musl")

/* The files that auth keeps its penalties and the ledgers of quotas in. */
#define STATE_CALLS \
    ALLOW("pwrite64", "its state"), ALLOW("fdatasync", "its state"), \
    ALLOW_IF("fcntl", "is an auth of before alive?", 1, INT, F_OFD_SETLK)

static const struct allowed_call auth_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    WAITS,
    ALLOW_IF("sched_getaffinity", "how many processors there are", 0, INT, 0),
    ALLOW("wait4", "the nursery's end"),
    ALLOW_IF("dup3", "the channel to a new scribe, at its place", 1, INT, FD_SCRIBE),
    STATE_CALLS,
};

/* What computing a hash takes: memory, one question, one answer. */
#define HASH_CALLS \
    ALLOW("recvfrom", "the one question"), ALLOW("alarm", "an end to it"), ALLOW("setitimer", "alarm, on arm64")

static const struct allowed_call hasher_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    HASH_CALLS,
};

/* Forks the hashers, for which it keeps what they narrow themselves with. */
#define NURSERY_CALLS \
    ALLOW("sendmsg", "a hasher's channel, to auth"), ALLOW("dup3", "descriptors at their places"), \
    ALLOW("close_range", "the rest of them"), ALLOW("wait4", "the hashers' ends")

static const struct allowed_call nursery_calls[] = {
    BASIC_CALLS,
    HASH_CALLS,
    FORK_CALLS,
    PAIR_CALLS,
    NARROWS,
    NURSERY_CALLS,
};

/* auth until its nursery is forked: its own list and the nursery's. */
static const struct allowed_call auth_before_calls[] = {
    BASIC_CALLS,
    SHARED_CALLS,
    WAITS,
    ALLOW_IF("sched_getaffinity", "how many processors there are", 0, INT, 0),
    ALLOW("alarm", "the hashers'"),
    ALLOW("setitimer", "the hashers', on arm64"),
    FORK_CALLS,
    PAIR_CALLS,
    NARROWS,
    ALLOW_IF("rt_sigaction", "the kernel reaps the hashers", 0, INT, SIGCHLD),
    ALLOW("dup3", "descriptors at their places"),
    ALLOW("close_range", "the rest of them"),
    ALLOW("wait4", "the ends of nursery and hashers"),
    STATE_CALLS,
};

#define STREAM_SOCKET(why, family) \
    ALLOW_IF3("socket", why, 0, INT, family, 1, INT, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 2, INT, IPPROTO_TCP)

static const struct allowed_call dialer_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    STREAM_SOCKET("data sockets, IPv4", AF_INET),
    STREAM_SOCKET("data sockets, IPv6", AF_INET6),
    ALLOW("bind", "data sockets"),
    ALLOW("listen", "passive data connections"),
    ALLOW("connect", "active data connections"),
    SOCKET_OPTION("a port in TIME_WAIT is free", SOL_SOCKET, SO_REUSEADDR),
    SOCKET_OPTION("full segments", IPPROTO_TCP, TCP_CORK),
    SOCKET_OPTION("the peer's filter", SOL_SOCKET, SO_ATTACH_FILTER),
    SOCKET_OPTION("and its lock", SOL_SOCKET, SO_LOCK_FILTER),
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
};

static const struct allowed_call scribe_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    WAITS,
    ALLOW("write", "the logs"),
    ALLOW("writev", "the logs"),
    ALLOW_IF("rt_sigaction", "no SIGPIPE from a dead syslog", 0, INT, SIGPIPE),
};

static const struct allowed_call control_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    ALLOW("accept4", "wardctl, on the master's socket"),
    ALLOW_IF2("getsockopt", "who it is that asks", 1, INT, SOL_SOCKET, 2, INT, SO_PEERCRED),
    ALLOW_IF("dup3", "the channel to a new scribe, at its place", 1, INT, FD_SCRIBE),
};

#define NET_CALLS \
    BASIC_CALLS, \
    WAITS, \
    ALLOW("recvmsg", "answers, with descriptors"), \
    ALLOW("read", "the client's bytes, files"), \
    ALLOW("write", "uploads, TLS"), \
    ALLOW("sendfile", "downloads"), \
    ALLOW("splice", "uploads"), \
    ALLOW_IF("pipe2", "for splice", 1, INT, O_CLOEXEC | O_NONBLOCK), \
    ALLOW_IF("fcntl", "room in it", 1, INT, F_SETPIPE_SZ), \
    ALLOW_IF("fcntl", "room in it", 1, INT, F_GETPIPE_SZ), \
    ALLOW("accept4", "data connections, on the dialer's listeners"), \
    ALLOW("shutdown", "ends a connection in order"), \
    SOCKET_OPTION("answers that are late", SOL_SOCKET, SO_RCVTIMEO), \
    SOCKET_OPTION("a handshake that waits for no full segment", IPPROTO_TCP, TCP_CORK), \
    SOCKET_OPTION("an abort that waits for nobody", SOL_SOCKET, SO_LINGER)

static const struct allowed_call net_calls[] = {
    NET_CALLS,
    NO_PRCTL,
};

/* A child of the cradle's is the master's child: who forks it may end, and the
 * master hears of its end. */
#define CRADLE_FORK (CLONE_PARENT | SIGCHLD)
#define CRADLE_CALLS \
    ALLOW_IF("clone", "half a cell, as the master's child", 0, UINT64_MAX, CRADLE_FORK), \
    ALLOW("close_range", "the child's channels; the child: the cradle's")

/* What NETs are born with: all that they may, and what being born takes.  The
 * difference of the two lists is refused in each child (filter.c). */
static const struct allowed_call net_cradle_calls[] = {
    NET_CALLS,
    CRADLE_CALLS,
    ALLOW_IF2("seccomp", "the child's filter", 0, INT, SECCOMP_SET_MODE_FILTER, 1, INT, 0),
    ALLOW("prctl", "the child's name; what else libc tries is told no in the child"),
    ALLOW_IF("prlimit64", "the child forks nobody", 0, INT, 0),
    ALLOW("setrlimit", "the child forks nobody, by musl"),
    ALLOW("getrlimit", "the child forks nobody, by musl"),
};

/* Files, in both phases of a JAIL: by descriptor or beneath the root. */
#define FILE_CALLS \
    WAITS, \
    ALLOW("recvfrom", "questions; no descriptor can come"), ALLOW("sendmsg", "answers, with files"), \
    ALLOW("openat2", "beneath the root"), ALLOW("fstat", "files"), ALLOW("statx", "facts"), \
    ALLOW("newfstatat", "facts"), ALLOW("statfs", "free space"), ALLOW("fstatfs", "free space"), \
    ALLOW("getdents64", "listings"), ALLOW("readlinkat", "listings, and links to what is uploaded"), \
    ALLOW("mkdirat", "MKD"), ALLOW("unlinkat", "DELE, RMD"), ALLOW("linkat", "uploads"), \
    ALLOW("renameat2", "RNTO, uploads"), ALLOW("renameat", "RNTO, uploads"), \
    ALLOW("fchmod", "SITE CHMOD, modes of uploads"), ALLOW("fchmodat", "SITE CHMOD"), \
    ALLOW("utimensat", "MFMT"), ALLOW("fsync", "uploads"), ALLOW("fdatasync", "uploads"), \
    ALLOW("ftruncate", "uploads"), ALLOW("fallocate", "uploads"), ALLOW("lseek", "REST"), \
    ALLOW("umask", "the user's"), ALLOW("write", "the lock's marker"), \
    ALLOW("pread64", "the lock's marker"), ALLOW("pwrite64", "the lock's marker"), \
    ALLOW("flock", "one change of a counted home's names at a time"), \
    ALLOW_IF("fcntl", "upload locks", 1, INT, F_OFD_SETLK), \
    ALLOW_IF("fcntl", "upload locks", 1, INT, F_OFD_GETLK)

static const struct allowed_call jail_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    FILE_CALLS,
};

/* Before the log-in: the same, and what becoming the user takes.  To which ids
 * is pinned by a filter of its own (id_filter.c): libseccomp compares an
 * argument once only. */
#define JAIL_BEFORE_CALLS \
    BASIC_CALLS, \
    FILE_CALLS, \
    NARROWS, \
    ALLOW("setgroups", "to the user's groups"), \
    ALLOW("setresgid", "to the user's group"), \
    ALLOW("setresuid", "to the user"), \
    ALLOW("rt_sigprocmask", "around a change of ids, by musl"), \
    ALLOW("getgroups", "read back"), \
    ALLOW("getresgid", "read back"), \
    ALLOW("getresuid", "read back"), \
    ALLOW("fchdir", "into the home"), \
    ALLOW("chroot", "into the home"), \
    ALLOW("landlock_create_ruleset", "the user's rights beneath the home"), \
    ALLOW("landlock_add_rule", "the user's rights beneath the home"), \
    ALLOW("landlock_restrict_self", "the user's rights beneath the home"), \
    ALLOW("capget", "read back"), \
    ALLOW("capset", "gives all up"), \
    ALLOW_IF("prctl", "not dumpable", 0, INT, PR_SET_DUMPABLE), \
    ALLOW_IF("prctl", "no ambient capability", 0, INT, PR_CAP_AMBIENT)

static const struct allowed_call jail_before_calls[] = {
    JAIL_BEFORE_CALLS,
};

/* As for NET: what JAILs are born with. */
static const struct allowed_call jail_cradle_calls[] = {
    JAIL_BEFORE_CALLS,
    CRADLE_CALLS,
    ALLOW("recvmsg", "the child's channels"),
};

/* The master's list is the other way round: it refuses what no process of ours
 * ever needs, and every child inherits the refusals under its own list.  A list
 * of what is allowed would have to hold all that its children need until they
 * are confined, so next to everything; and it would bind a later version of the
 * program that this one hands over to. */
static const struct allowed_call master_calls[] = {
    REFUSE("ptrace", "nobody is looked into", EPERM),
    REFUSE("process_vm_readv", "nobody is looked into", EPERM),
    REFUSE("process_vm_writev", "nobody is looked into", EPERM),
    REFUSE("process_madvise", "nobody is looked into", EPERM),
    REFUSE("pidfd_getfd", "nobody's descriptors are taken", EPERM),
    REFUSE("kcmp", "nobody is looked into", EPERM),
    REFUSE("perf_event_open", "nobody is looked into", EPERM),
    REFUSE("open_by_handle_at", "leads out of every chroot, with CAP_DAC_READ_SEARCH", EPERM),
    REFUSE("mount", "the tree of files stays as it is", EPERM),
    REFUSE("umount2", "the tree of files stays as it is", EPERM),
    REFUSE("pivot_root", "the tree of files stays as it is", EPERM),
    REFUSE("move_mount", "the tree of files stays as it is", EPERM),
    REFUSE("open_tree", "the tree of files stays as it is", EPERM),
    REFUSE("fsopen", "the tree of files stays as it is", EPERM),
    REFUSE("fspick", "the tree of files stays as it is", EPERM),
    REFUSE("fsmount", "the tree of files stays as it is", EPERM),
    REFUSE("fsconfig", "the tree of files stays as it is", EPERM),
    REFUSE("mount_setattr", "the tree of files stays as it is", EPERM),
    REFUSE("unshare", "what is to be left was left at the start", EPERM),
    REFUSE_IF("setns", "back to the network at most", 1, CLONE_NEWNET, 0),
    REFUSE_IF("clone", "no world of one's own with capabilities in it", 0, CLONE_NEWUSER, CLONE_NEWUSER),
    REFUSE("bpf", "no program in the kernel", EPERM),
    REFUSE("io_uring_setup", "goes round filters", EPERM),
    REFUSE("io_uring_enter", "goes round filters", EPERM),
    REFUSE("io_uring_register", "goes round filters", EPERM),
    REFUSE("userfaultfd", "helps exploits only", EPERM),
    REFUSE("add_key", "the kernel's keys", EPERM),
    REFUSE("request_key", "the kernel's keys", EPERM),
    REFUSE("keyctl", "the kernel's keys", EPERM),
    REFUSE("init_module", "the machine", EPERM),
    REFUSE("finit_module", "the machine", EPERM),
    REFUSE("delete_module", "the machine", EPERM),
    REFUSE("kexec_load", "the machine", EPERM),
    REFUSE("kexec_file_load", "the machine", EPERM),
    REFUSE("reboot", "the machine", EPERM),
    REFUSE("swapon", "the machine", EPERM),
    REFUSE("swapoff", "the machine", EPERM),
    REFUSE("sethostname", "the machine", EPERM),
    REFUSE("setdomainname", "the machine", EPERM),
    REFUSE("settimeofday", "the machine", EPERM),
    REFUSE("clock_settime", "the machine", EPERM),
    REFUSE("clock_adjtime", "the machine", EPERM),
    REFUSE("adjtimex", "the machine", EPERM),
    REFUSE("acct", "the machine", EPERM),
    REFUSE("quotactl", "the machine", EPERM),
    REFUSE("syslog", "the machine", EPERM),
    REFUSE("iopl", "the machine", EPERM),
    REFUSE("ioperm", "the machine", EPERM),
    REFUSE("vhangup", "the machine", EPERM),
};
/* clang-format on */

#define ACCOUNT(field)     offsetof(struct config, field)
#define CAPABILITIES(list) .capabilities = (list), .capability_count = COUNT(list)
#define CALLS(list)        .calls = (list), .call_count = COUNT(list)

/* Memory that a process may have of its own.  Each has the 3 MiB that all share
 * copy-on-write; what lies above is what its work takes, many times over. */
enum { MIB_SESSION = 64, MIB_SHARED = 512, MIB_HASHER = 1024 /* yescrypt's dearest settings */ };

const struct role_row roles[ROLES] = {
    [ROLE_MASTER] = { .name = "wardftpd",
                      CAPABILITIES(master_capabilities),
                      CALLS(master_calls),
                      .others_allowed = true,
                      .limits = { .nproc = UINT32_MAX, .fsize = RLIM_INFINITY } },
    [ROLE_AUTH_BEFORE] = { .name = "ward-auth",
                           .account = ACCOUNT(auth_user),
                           CALLS(auth_before_calls),
                           .empty_root = true,
                           .files = FILES_NONE,
                           .network = NETWORK_NONE,
                           .limits = { .nproc = UINT32_MAX,
                                       .fsize = RLIM_INFINITY,
                                       .data_mib = MIB_HASHER } },
    [ROLE_AUTH] = { .name = "ward-auth",
                    .account = ACCOUNT(auth_user),
                    CALLS(auth_calls),
                    .empty_root = true,
                    .limits = { .nproc = 0, .fsize = RLIM_INFINITY, .data_mib = MIB_SHARED } },
    [ROLE_NURSERY] = { .name = "ward-hasher",
                       .account = ACCOUNT(auth_user),
                       CALLS(nursery_calls),
                       .empty_root = true,
                       .limits = { .nofile = 16, .nproc = UINT32_MAX, .fsize = 0, .data_mib = MIB_HASHER } },
    [ROLE_HASHER] = { .name = "ward-hasher",
                      .account = ACCOUNT(auth_user),
                      CALLS(hasher_calls),
                      .empty_root = true,
                      .limits = { .nofile = 8, .nproc = 0, .fsize = 0, .data_mib = MIB_HASHER } },
    [ROLE_DIALER] = { .name = "ward-dialer",
                      .account = ACCOUNT(dialer_user),
                      CAPABILITIES(dialer_capabilities),
                      CALLS(dialer_calls),
                      .empty_root = true,
                      .files = FILES_NONE,
                      .network = NETWORK_ALL,
                      .limits = { .nproc = 0, .fsize = 0, .data_mib = MIB_SHARED } },
    [ROLE_KEEPER] = { .name = "ward-keeper",
                      .account = ACCOUNT(keeper_user),
                      CALLS(keeper_calls),
                      .empty_root = true,
                      .files = FILES_NONE,
                      .network = NETWORK_NONE,
                      .limits = { .nproc = 0, .fsize = 0, .data_mib = MIB_SHARED, .memlock = true } },
    [ROLE_SCRIBE] = { .name = "ward-scribe",
                      .account = ACCOUNT(scribe_user),
                      CALLS(scribe_calls),
                      .empty_root = true,
                      .files = FILES_NONE,
                      .network = NETWORK_NONE,
                      .limits = { .nproc = 0, .fsize = RLIM_INFINITY, .data_mib = MIB_SHARED } },
    [ROLE_CONTROL] = { .name = "ward-control",
                       .account = ACCOUNT(control_user),
                       CALLS(control_calls),
                       .empty_root = true,
                       .files = FILES_NONE,
                       .network = NETWORK_NONE,
                       .limits = { .nofile = 64, .nproc = 0, .fsize = 0, .data_mib = MIB_SHARED } },
    [ROLE_NET_CRADLE] = { .name = "ward-cradle",
                          .account = ACCOUNT(net_user),
                          CALLS(net_cradle_calls),
                          .empty_root = true,
                          .files = FILES_NONE,
                          .network = NETWORK_NONE,
                          .limits = { .nofile = 16,
                                      .nproc = UINT32_MAX,
                                      .fsize = RLIM_INFINITY,
                                      .data_mib = MIB_SESSION } },
    [ROLE_JAIL_CRADLE] = { .name = "ward-cradle",
                           .account = ACCOUNT(jail_user),
                           CALLS(jail_cradle_calls),
                           CAPABILITIES(jail_capabilities),
                           .limits = { .nproc = UINT32_MAX,
                                       .fsize = RLIM_INFINITY,
                                       .data_mib = MIB_SESSION } },
    [ROLE_NET] = { .name = "ward-net",
                   .account = ACCOUNT(net_user),
                   CALLS(net_calls),
                   .empty_root = true,
                   .files = FILES_NONE,
                   .network = NETWORK_NONE,
                   .limits = { .nofile = 18, .nproc = 0, .fsize = RLIM_INFINITY, .data_mib = MIB_SESSION } },
    [ROLE_JAIL_BEFORE] = { .name = "ward-jail",
                           .account = ACCOUNT(jail_user),
                           CALLS(jail_before_calls),
                           CAPABILITIES(jail_capabilities),
                           .limits = { .nproc = 0, .fsize = RLIM_INFINITY, .data_mib = MIB_SESSION } },
    [ROLE_JAIL] = { .name = "ward-jail",
                    CALLS(jail_calls),
                    .files = FILES_OF_POLICY,
                    .network = NETWORK_NONE,
                    .limits = { .nproc = 0, .fsize = RLIM_INFINITY, .data_mib = MIB_SESSION } },
};

enum role cradle_of(enum role role)
{
    switch (role) {
    case ROLE_NET:
        return ROLE_NET_CRADLE;
    case ROLE_JAIL_BEFORE:
        return ROLE_JAIL_CRADLE;
    default:
        return ROLE_MASTER;
    }
}
