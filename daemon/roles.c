/* roles.c - the table of who may do what. */
#include "daemon/roles.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
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

/* The lists of system calls.  Deny is the default.  Each line says why the call is there, and what the
 * arguments that it does not pin can do at worst: `rest`.  An argument stays open only where no value of
 * it gives the process more than it has; tests/border/test_arguments.py tries the values that would.
 * Names that only the other machine or the other libc uses stand beside ours. */
/* clang-format off */
#define PIN(argument_number, bits, wanted) { .argument = (argument_number), .mask = (bits), .value = (wanted) }
#define ALLOW(call, why, others) { .name = (call), .reason = (why), .rest = (others) }
#define ALLOW_IF(call, why, others, one, bits, wanted) \
    { .name = (call), .reason = (why), .rest = (others), .pins = 1, .pin = { PIN(one, bits, wanted) } }
#define ALLOW_IF2(call, why, others, one, bits1, wanted1, two, bits2, wanted2) \
    { .name = (call), .reason = (why), .rest = (others), .pins = 2, \
      .pin = { PIN(one, bits1, wanted1), PIN(two, bits2, wanted2) } }
#define ALLOW_IF3(call, why, others, one, bits1, wanted1, two, bits2, wanted2, three, bits3, wanted3) \
    { .name = (call), .reason = (why), .rest = (others), .pins = 3, \
      .pin = { PIN(one, bits1, wanted1), PIN(two, bits2, wanted2), PIN(three, bits3, wanted3) } }
#define REFUSE(call, why, error) { .name = (call), .reason = (why), .answer = (error) }
#define REFUSE_IF(call, why, one, bits, wanted) \
    { .name = (call), .reason = (why), .answer = EPERM, .pins = 1, .pin = { PIN(one, bits, wanted) } }
#define REFUSE_UNLESS(call, why, one, wanted) \
    { .name = (call), .reason = (why), .answer = EPERM, .pins = 1, \
      .pin = { { .argument = (one), .value = (wanted), .differs = true } } }
/* A call that libseccomp may be too old to know; from 424 on all machines have the same numbers. */
#define REFUSE_NEW(call, call_number, why) \
    { .name = (call), .number = (call_number), .reason = (why), .answer = EPERM }

/* How wide an argument is.  The kernel ignores the upper half of an int; a long is compared whole. */
#define INT           UINT32_MAX
#define LONG          UINT64_MAX
#define INT_BUT(bits)  (INT & ~(uint32_t)(bits))  /* every bit but these, which are free */
#define LONG_BUT(bits) (LONG & ~(uint64_t)(bits))

/* What the open arguments can do at worst. */
#define MEMORY  "its own memory"
#define FDS     "descriptors that it has"
#define ITSELF  "itself"
#define TIGHTER "can only take rights away"
#define TREE    "what its user may do beneath its root (before the log-in: the jail account beneath the system's)"

#define SOCKET_OPTION(why, level, option) \
    ALLOW_IF2("setsockopt", why, "the value of this option on " FDS, 1, INT, level, 2, INT, option)

/* What every process needs to run at all.  sendto must never carry an address: with MSG_FASTOPEN it would
 * connect any TCP socket that is in no connection, and a handed-over one can be brought there by shutdown(2)
 * or a reset.  Of mmap's flags only those in use stay; PROT_EXEC and MAP_SHARED would harm. */
#define BASIC_CALLS \
    ALLOW("exit_group", "ends", ITSELF), ALLOW("exit", "ends", ITSELF), ALLOW("close", "what it was handed", FDS), \
    ALLOW("brk", "memory", MEMORY), ALLOW("munmap", "memory", MEMORY), \
    ALLOW_IF("mremap", "memory, never at an address of its choice", MEMORY, 3, LONG_BUT(MREMAP_MAYMOVE), 0), \
    ALLOW_IF2("mmap", "memory: anonymous and private, never executable", MEMORY, \
              2, LONG_BUT(PROT_READ | PROT_WRITE), 0, 3, LONG, MAP_ANONYMOUS | MAP_PRIVATE), \
    ALLOW_IF2("mmap", "a page that nothing can touch, in its place, by musl's malloc", MEMORY, \
              2, LONG, PROT_NONE, 3, LONG, MAP_ANONYMOUS | MAP_PRIVATE | MAP_FIXED), \
    ALLOW_IF("mprotect", "musl's malloc; never executable", MEMORY, 2, LONG_BUT(PROT_READ | PROT_WRITE), 0), \
    ALLOW_IF("madvise", "memory given back", MEMORY, 2, INT, MADV_DONTNEED), \
    ALLOW_IF("madvise", "memory given back, by musl", MEMORY, 2, INT, MADV_FREE), \
    ALLOW("clock_gettime", "the time, where the vDSO has none", "reads another clock"), \
    ALLOW("getrandom", "random numbers", "waits for them"), \
    ALLOW("getpid", "OpenSSL looks for a fork", ITSELF), \
    ALLOW("restart_syscall", "after a stop and continue", ITSELF), \
    ALLOW("rt_sigreturn", "out of the one handler", ITSELF), \
    ALLOW_IF3("sendto", "messages, replies, bytes", FDS, \
              3, INT_BUT(MSG_NOSIGNAL | MSG_DONTWAIT), 0, 4, LONG, 0, 5, LONG, 0), \
    ALLOW_IF("futex", "pthread_once(3) in libcrypto wakes other threads, of which there are none", ITSELF, \
             1, INT, FUTEX_WAKE | FUTEX_PRIVATE_FLAG)

#define NO_PRCTL REFUSE("prctl", "libc names its memory", EPERM)

#define WAITS ALLOW("poll", "waits", FDS), ALLOW("ppoll", "waits, on arm64", FDS)

/* A loop over many channels, whose ends come with descriptors. */
#define SHARED_CALLS \
    ALLOW("recvmsg", "the master's messages, with descriptors", FDS), ALLOW("recvfrom", "questions", FDS), \
    ALLOW("epoll_create1", "its loop", FDS), ALLOW("epoll_ctl", "its loop", FDS), \
    ALLOW("epoll_wait", "its loop", FDS), ALLOW("epoll_pwait", "its loop, on arm64", FDS), \
    ALLOW("fstat", "a file it was handed", FDS), \
    ALLOW_IF("newfstatat", "fstat, as newer libc has it", "looks at a name in the empty root", 3, INT, AT_EMPTY_PATH), \
    ALLOW("lseek", "a file it was handed", FDS), ALLOW("pread64", "a file it was handed", FDS), \
    ALLOW_IF("fcntl", "is the new configuration sealed?", FDS, 1, INT, F_GET_SEALS)

/* Messages with descriptors.  Their address, if any, can't be seen here: so only for processes
 * whose sockets are channels, which take none, and for the dialer, which connects anyway. */
#define SENDS_DESCRIPTORS(why) \
    ALLOW_IF("sendmsg", why, FDS, 2, INT_BUT(MSG_NOSIGNAL | MSG_DONTWAIT), 0)

/* fork(3) of a process that has one thread, as glibc and as musl have it, and nothing else that clone
 * can do: no namespace, no thread, no shared descriptors, no child of somebody else's. */
#define FORK_CALLS \
    ALLOW_IF("clone", "fork", MEMORY, 0, LONG, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD), \
    ALLOW_IF("clone", "fork, by musl", MEMORY, 0, LONG, SIGCHLD), \
    REFUSE("clone3", "its arguments can't be seen", ENOSYS), \
    ALLOW("set_robust_list", "fork's child", ITSELF), ALLOW("rt_sigprocmask", "fork, by libc", ITSELF), \
    ALLOW("gettid", "fork's child, by musl", ITSELF), ALLOW("set_tid_address", "fork's child, by musl", ITSELF)

/* A socket pair of ours, its buffers measured. */
#define PAIR_CALLS \
    ALLOW_IF3("socketpair", "a hasher's channel", MEMORY, \
              0, INT, AF_UNIX, 1, INT, SOCK_SEQPACKET | SOCK_CLOEXEC, 2, INT, 0), \
    ALLOW_IF2("getsockopt", "its buffer", FDS, 1, INT, SOL_SOCKET, 2, INT, SO_SNDBUF), \
    SOCKET_OPTION("its buffer", SOL_SOCKET, SO_SNDBUF)

/* What libc may try in any process: said no. */
#define NAMES_MEMORY REFUSE_IF("prctl", "libc names its memory", 0, INT, PR_SET_VMA)

/* Its own limits.  Without CAP_SYS_RESOURCE they only go down. */
#define LIMIT_CALLS \
    ALLOW_IF("prlimit64", "its own limits", TIGHTER, 0, INT, 0), \
    ALLOW("setrlimit", "its own limits, by musl", TIGHTER), ALLOW("getrlimit", "its own limits, by musl", ITSELF)

/* One more filter on top of those it has. */
#define FILTER_CALL(why) ALLOW_IF2("seccomp", why, TIGHTER, 0, INT, SECCOMP_SET_MODE_FILTER, 1, INT, 0)

/* A second filter on top of the first, with a tighter list; the limits go along. */
#define NARROWS \
    FILTER_CALL("the next filter"), \
    ALLOW_IF("rt_sigaction", "the filter's handler", ITSELF, 0, INT, SIGSYS), \
    ALLOW_IF("prctl", "its name", ITSELF, 0, INT, PR_SET_NAME), \
    ALLOW_IF("prctl", "may a limit be raised?", ITSELF, 0, INT, PR_CAPBSET_READ), NAMES_MEMORY, LIMIT_CALLS

/* The files that auth keeps its penalties and the ledgers of quotas in. */
#define STATE_CALLS \
    ALLOW("pwrite64", "its state", FDS), ALLOW("fdatasync", "its state", FDS), \
    ALLOW_IF("fcntl", "does an earlier auth live?", FDS, 1, INT, F_OFD_SETLK)

static const struct allowed_call auth_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    WAITS,
    ALLOW_IF("sched_getaffinity", "how many processors there are", MEMORY, 0, INT, 0),
    ALLOW("wait4", "the hash pool's end", "its own children"),
    ALLOW_IF("dup3", "the channel to a new scribe, at its place", FDS, 1, INT, FD_SCRIBE),
    STATE_CALLS,
};

/* What computing a hash takes: memory, in large pages where there are any (yescrypt), one question, one answer. */
#define HASH_CALLS \
    ALLOW_IF2("mmap", "memory in large pages", MEMORY, 2, LONG_BUT(PROT_READ | PROT_WRITE), 0, \
              3, LONG_BUT((uint64_t)MAP_HUGE_MASK << MAP_HUGE_SHIFT), MAP_ANONYMOUS | MAP_PRIVATE | MAP_HUGETLB), \
    ALLOW("recvfrom", "the one question", FDS), ALLOW("alarm", "an end to it", ITSELF), \
    ALLOW("setitimer", "alarm, on arm64", ITSELF)

static const struct allowed_call hasher_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    HASH_CALLS,
};

#define HASH_POOL_CALLS \
    SENDS_DESCRIPTORS("a hasher's channel, to auth"), ALLOW("dup3", "descriptors at their places", FDS), \
    ALLOW_IF("close_range", "the rest of them", FDS, 2, INT, 0), \
    ALLOW("wait4", "the hashers' ends", "its own children")

/* Forks the hashers, for which it keeps what they narrow themselves with. */
static const struct allowed_call hash_pool_calls[] = {
    BASIC_CALLS,
    HASH_CALLS,
    FORK_CALLS,
    PAIR_CALLS,
    NARROWS,
    HASH_POOL_CALLS,
};

/* auth until its hash pool is forked: its own list and the hash pool's. */
static const struct allowed_call auth_before_calls[] = {
    BASIC_CALLS,
    SHARED_CALLS,
    WAITS,
    ALLOW_IF("sched_getaffinity", "how many processors there are", MEMORY, 0, INT, 0),
    HASH_CALLS,
    FORK_CALLS,
    PAIR_CALLS,
    NARROWS,
    ALLOW_IF("rt_sigaction", "the kernel reaps the hashers", ITSELF, 0, INT, SIGCHLD),
    HASH_POOL_CALLS,
    STATE_CALLS,
};

#define STREAM_SOCKET(why, family) \
    ALLOW_IF3("socket", why, FDS, \
              0, INT, family, 1, INT, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 2, INT, IPPROTO_TCP)

/* To which host and port can't be seen here: that is the dialer's power, and why it reads two numbers and no more. */
#define ANY_HOST "any TCP address and port: the dialer's power"

static const struct allowed_call dialer_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    SENDS_DESCRIPTORS("answers, with data sockets"),
    ALLOW_IF("ioctl", "has a session read its last answer?", FDS, 1, INT, SIOCOUTQ),
    STREAM_SOCKET("data sockets, IPv4", AF_INET),
    STREAM_SOCKET("data sockets, IPv6", AF_INET6),
    ALLOW("bind", "data sockets", ANY_HOST),
    ALLOW("listen", "passive data connections", ANY_HOST),
    ALLOW("connect", "active data connections", ANY_HOST),
    SOCKET_OPTION("a port in TIME_WAIT is free", SOL_SOCKET, SO_REUSEADDR),
    SOCKET_OPTION("full segments", IPPROTO_TCP, TCP_CORK),
    SOCKET_OPTION("the peer's filter", SOL_SOCKET, SO_ATTACH_FILTER),
    SOCKET_OPTION("and its lock", SOL_SOCKET, SO_LOCK_FILTER),
};

static const struct allowed_call keeper_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    ALLOW("mlockall", "no key in swap", MEMORY),
    ALLOW("mlock", "no key in swap", MEMORY),
    ALLOW("mlock2", "no key in swap", MEMORY),
    ALLOW_IF("madvise", "no key in a dump", MEMORY, 2, INT, MADV_DONTDUMP),
};

static const struct allowed_call scribe_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    WAITS,
    ALLOW("write", "the logs", FDS),
    ALLOW("writev", "the logs", FDS),
    ALLOW_IF("rt_sigaction", "no SIGPIPE from a dead syslog", ITSELF, 0, INT, SIGPIPE),
};

static const struct allowed_call control_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    ALLOW("accept4", "wardctl, on the master's socket", FDS),
    ALLOW_IF2("getsockopt", "who it is that asks", FDS, 1, INT, SOL_SOCKET, 2, INT, SO_PEERCRED),
    ALLOW_IF("dup3", "the channel to a new scribe, at its place", FDS, 1, INT, FD_SCRIBE),
};

/* Reading, waiting and moving bytes have no flag that makes a new power out of a socket, so they stay open, and fast:
 * a call without pins costs next to nothing.  shutdown is pinned, as a listener that is shut down for reading
 * becomes a plain socket. */
#define NET_CALLS \
    BASIC_CALLS, \
    WAITS, \
    ALLOW("recvmsg", "answers, with descriptors", FDS), \
    ALLOW("read", "the client's bytes, files", FDS), \
    ALLOW("write", "uploads, TLS", FDS), \
    ALLOW("sendfile", "downloads", FDS), \
    ALLOW("splice", "uploads", FDS), \
    ALLOW_IF("pipe2", "for splice", MEMORY, 1, INT, O_CLOEXEC | O_NONBLOCK), \
    ALLOW_IF("fcntl", "room in it", FDS, 1, INT, F_SETPIPE_SZ), \
    ALLOW_IF("fcntl", "room in it", FDS, 1, INT, F_GETPIPE_SZ), \
    ALLOW("accept4", "data connections, on the dialer's listeners", FDS), \
    ALLOW_IF("shutdown", "ends a connection in order", FDS, 1, INT, SHUT_WR), \
    SOCKET_OPTION("answers that are late", SOL_SOCKET, SO_RCVTIMEO), \
    SOCKET_OPTION("a handshake that waits for no full segment", IPPROTO_TCP, TCP_CORK)

static const struct allowed_call net_calls[] = {
    NET_CALLS,
    NO_PRCTL,
};

/* A child of the zygote's is the master's child: who forks it may end, and the
 * master hears of its end. */
#define ZYGOTE_FORK_FLAGS (CLONE_PARENT | SIGCHLD)
#define ZYGOTE_CALLS \
    ALLOW_IF("clone", "half a cell, as the master's child", MEMORY, 0, LONG, ZYGOTE_FORK_FLAGS), \
    ALLOW_IF("close_range", "the child's channels; the child: the zygote's", FDS, 2, INT, 0)

/* What NETs start with: all that they may do, and what their start takes.  The
 * difference of the two lists is refused in each child (filter.c). */
static const struct allowed_call net_zygote_calls[] = {
    NET_CALLS,
    ZYGOTE_CALLS,
    ALLOW("sysinfo", "qsort(3) in OpenSSL asks how much memory the machine has", "reads it"),
    FILTER_CALL("the child's filter"),
    ALLOW_IF("prctl", "the child's name", ITSELF, 0, INT, PR_SET_NAME),
    NAMES_MEMORY,
    LIMIT_CALLS,
};

/* Files, in both phases of a JAIL: by descriptor or beneath the root.  What openat2 is to do stands in a struct that
 * can't be seen here: the root, the user's own rights and Landlock bound it.  Its sockets are channels, so no flag
 * or address of sendmsg reaches anybody else. */
#define FILE_CALLS \
    WAITS, \
    ALLOW("recvfrom", "questions; no descriptor can come", FDS), \
    ALLOW("sendmsg", "answers, with files", "its channels"), \
    ALLOW("openat2", "beneath the root", TREE), ALLOW("fstat", "files", FDS), ALLOW("statx", "facts", TREE), \
    ALLOW("newfstatat", "facts", TREE), ALLOW("fstatfs", "free space", FDS), \
    ALLOW("getdents64", "listings", FDS), ALLOW("readlinkat", "listings, and links to what is uploaded", TREE), \
    ALLOW("mkdirat", "MKD", TREE), ALLOW("unlinkat", "DELE, RMD", TREE), \
    ALLOW_IF("linkat", "uploads; no open file becomes a name", TREE, 4, INT, 0), \
    ALLOW_IF("renameat2", "RNTO, uploads; swaps nothing, leaves no device behind", TREE, 4, INT_BUT(RENAME_NOREPLACE), 0), \
    ALLOW_IF("fchmod", "SITE CHMOD, modes of uploads; no set-uid file", FDS, 1, INT_BUT(0777), 0), \
    ALLOW_IF("fchmodat", "SITE CHMOD; no set-uid file", TREE, 2, INT_BUT(0777), 0), \
    ALLOW_IF("utimensat", "MFMT", TREE, 3, INT, AT_SYMLINK_NOFOLLOW), \
    ALLOW("fsync", "uploads", FDS), ALLOW("fdatasync", "uploads", FDS), \
    ALLOW("ftruncate", "uploads", FDS), ALLOW("lseek", "REST", FDS), \
    ALLOW("umask", "the user's", ITSELF), ALLOW("write", "the lock's marker", FDS), \
    ALLOW("pread64", "the lock's marker", FDS), ALLOW("pwrite64", "the lock's marker", FDS), \
    ALLOW_IF("fallocate", "room for a copied upload; neither cuts nor moves bytes", FDS, 1, INT, FALLOC_FL_KEEP_SIZE), \
    ALLOW_IF("copy_file_range", "a complete upload, into a file that can't be replaced", FDS, 5, UINT64_MAX, 0), \
    ALLOW_IF("fchown", "the group of the file that an upload replaces; never an owner", FDS, 1, INT, UINT32_MAX), \
    ALLOW("flistxattr", "what else the replaced file has", FDS), \
    ALLOW("fgetxattr", "what else the replaced file has", FDS), \
    ALLOW_IF("fsetxattr", "an upload has it too", FDS, 4, INT, 0), \
    ALLOW("flock", "one change of a counted home's names at a time", FDS), \
    ALLOW_IF("fcntl", "upload locks", FDS, 1, INT, F_OFD_SETLK), \
    ALLOW_IF("fcntl", "upload locks", FDS, 1, INT, F_OFD_GETLK)

static const struct allowed_call jail_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    FILE_CALLS,
};

/* Before the log-in: the same, and what becoming the user takes.  To which ids
 * is pinned by a filter of its own (id_filter.c): libseccomp compares an
 * argument once only. */
#define IDS "id_filter.c pins the ids"
#define JAIL_BEFORE_CALLS \
    BASIC_CALLS, \
    FILE_CALLS, \
    NARROWS, \
    ALLOW("setgroups", "to the user's groups", "any groups: so it reads auth's one message and nothing else"), \
    ALLOW("setresgid", "to the user's group", IDS), \
    ALLOW("setresuid", "to the user", IDS), \
    ALLOW("rt_sigprocmask", "around a change of ids, by musl", ITSELF), \
    ALLOW("getgroups", "read back", ITSELF), \
    ALLOW("getresgid", "read back", ITSELF), \
    ALLOW("getresuid", "read back", ITSELF), \
    ALLOW("fchdir", "into the home", TREE), \
    ALLOW("chroot", "into the home", TREE), \
    ALLOW("landlock_create_ruleset", "the user's rights beneath the home", TIGHTER), \
    ALLOW("landlock_add_rule", "the user's rights beneath the home", TIGHTER), \
    ALLOW("landlock_restrict_self", "the user's rights beneath the home", TIGHTER), \
    ALLOW("capget", "read back", "reads the capabilities of others"), \
    ALLOW("capset", "gives all up", TIGHTER), \
    ALLOW_IF2("prctl", "not dumpable", ITSELF, 0, INT, PR_SET_DUMPABLE, 1, LONG, 0), \
    ALLOW_IF2("prctl", "no ambient capability", TIGHTER, 0, INT, PR_CAP_AMBIENT, 1, LONG, PR_CAP_AMBIENT_CLEAR_ALL)

static const struct allowed_call jail_before_calls[] = {
    JAIL_BEFORE_CALLS,
};

/* As for NET: what JAILs start with. */
static const struct allowed_call jail_zygote_calls[] = {
    JAIL_BEFORE_CALLS,
    ZYGOTE_CALLS,
    ALLOW("recvmsg", "the child's channels", FDS),
};

/* The master's list is the other way round: it refuses what no process of ours
 * ever needs, and every child inherits the refusals under its own list.  A list
 * of what is allowed would have to hold all that its children need until they
 * are confined, so next to everything; and it would bind a later version of the
 * program that this one hands over to. */
#define NO_NAMESPACE(flag) REFUSE_IF("clone", "no world of one's own with capabilities in it", 0, flag, flag)
static const struct allowed_call master_calls[] = {
    REFUSE("ptrace", "nobody is looked into", EPERM),
    REFUSE("process_vm_readv", "nobody is looked into", EPERM),
    REFUSE("process_vm_writev", "nobody is looked into", EPERM),
    REFUSE("process_madvise", "nobody is looked into", EPERM),
    REFUSE_NEW("process_mrelease", 448, "nobody is looked into"),
    REFUSE("pidfd_getfd", "nobody's descriptors are taken", EPERM),
    REFUSE("kcmp", "nobody is looked into", EPERM),
    REFUSE("perf_event_open", "nobody is looked into", EPERM),
    REFUSE("open_by_handle_at", "leads out of every chroot, with CAP_DAC_READ_SEARCH", EPERM),
    REFUSE("fanotify_init", "sees and opens what others open", EPERM),
    REFUSE("mount", "the tree of files stays as it is", EPERM),
    REFUSE("umount2", "the tree of files stays as it is", EPERM),
    REFUSE("pivot_root", "the tree of files stays as it is", EPERM),
    REFUSE("move_mount", "the tree of files stays as it is", EPERM),
    REFUSE("open_tree", "the tree of files stays as it is", EPERM),
    REFUSE_NEW("open_tree_attr", 467, "the tree of files stays as it is"),
    REFUSE("fsopen", "the tree of files stays as it is", EPERM),
    REFUSE("fspick", "the tree of files stays as it is", EPERM),
    REFUSE("fsmount", "the tree of files stays as it is", EPERM),
    REFUSE("fsconfig", "the tree of files stays as it is", EPERM),
    REFUSE("mount_setattr", "the tree of files stays as it is", EPERM),
    REFUSE("unshare", "what is to be left was left at the start", EPERM),
    REFUSE_UNLESS("setns", "back to the network, and nowhere else", 1, CLONE_NEWNET),
    NO_NAMESPACE(CLONE_NEWUSER),
    NO_NAMESPACE(CLONE_NEWNS),
    NO_NAMESPACE(CLONE_NEWPID),
    NO_NAMESPACE(CLONE_NEWNET),
    NO_NAMESPACE(CLONE_NEWIPC),
    NO_NAMESPACE(CLONE_NEWUTS),
    NO_NAMESPACE(CLONE_NEWCGROUP),
    REFUSE("clone3", "its arguments can't be seen; libc falls back to clone", ENOSYS),
    REFUSE("bpf", "no program in the kernel", EPERM),
    REFUSE("io_uring_setup", "goes round filters", EPERM),
    REFUSE("io_uring_enter", "goes round filters", EPERM),
    REFUSE("io_uring_register", "goes round filters", EPERM),
    REFUSE("userfaultfd", "helps exploits only", EPERM),
    REFUSE("personality", "switches protections of memory off", EPERM),
    REFUSE("modify_ldt", "helps exploits only", EPERM),
    REFUSE_NEW("lsm_set_self_attr", 460, "no other label than it has"),
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
    REFUSE_NEW("quotactl_fd", 443, "the machine"),
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
                      .label = "master",
                      CAPABILITIES(master_capabilities),
                      CALLS(master_calls),
                      .others_allowed = true,
                      .limits = { .nproc = UINT32_MAX, .fsize = RLIM_INFINITY } },
    [ROLE_AUTH_BEFORE] = { .name = "ward-auth",
                           .label = "auth-before",
                           .account = ACCOUNT(auth_user),
                           CALLS(auth_before_calls),
                           .empty_root = true,
                           .files = FILES_NONE,
                           .network = NETWORK_NONE,
                           .limits = { .nproc = UINT32_MAX,
                                       .fsize = RLIM_INFINITY,
                                       .data_mib = MIB_HASHER } },
    [ROLE_AUTH] = { .name = "ward-auth",
                    .label = "auth",
                    .account = ACCOUNT(auth_user),
                    CALLS(auth_calls),
                    .empty_root = true,
                    .limits = { .nproc = 0, .fsize = RLIM_INFINITY, .data_mib = MIB_SHARED } },
    [ROLE_HASH_POOL] = { .name = "ward-hasher",
                         .label = "hash-pool",
                         .account = ACCOUNT(auth_user),
                         CALLS(hash_pool_calls),
                         .empty_root = true,
                         .limits = { .nofile = 16,
                                     .nproc = UINT32_MAX,
                                     .fsize = 0,
                                     .data_mib = MIB_HASHER } },
    [ROLE_HASHER] = { .name = "ward-hasher",
                      .label = "hasher",
                      .account = ACCOUNT(auth_user),
                      CALLS(hasher_calls),
                      .empty_root = true,
                      .limits = { .nofile = 8, .nproc = 0, .fsize = 0, .data_mib = MIB_HASHER } },
    [ROLE_DIALER] = { .name = "ward-dialer",
                      .label = "dialer",
                      .account = ACCOUNT(dialer_user),
                      CAPABILITIES(dialer_capabilities),
                      CALLS(dialer_calls),
                      .empty_root = true,
                      .files = FILES_NONE,
                      .network = NETWORK_ALL,
                      .limits = { .nproc = 0, .fsize = 0, .data_mib = MIB_SHARED, .shares_flight = true } },
    [ROLE_KEEPER] = { .name = "ward-keeper",
                      .label = "keeper",
                      .account = ACCOUNT(keeper_user),
                      CALLS(keeper_calls),
                      .empty_root = true,
                      .files = FILES_NONE,
                      .network = NETWORK_NONE,
                      .limits = { .nproc = 0, .fsize = 0, .data_mib = MIB_SHARED, .memlock = true } },
    [ROLE_SCRIBE] = { .name = "ward-scribe",
                      .label = "scribe",
                      .account = ACCOUNT(scribe_user),
                      CALLS(scribe_calls),
                      .empty_root = true,
                      .files = FILES_NONE,
                      .network = NETWORK_NONE,
                      .limits = { .nproc = 0, .fsize = RLIM_INFINITY, .data_mib = MIB_SHARED } },
    [ROLE_CONTROL] = { .name = "ward-control",
                       .label = "control",
                       .account = ACCOUNT(control_user),
                       CALLS(control_calls),
                       .empty_root = true,
                       .files = FILES_NONE,
                       .network = NETWORK_NONE,
                       .limits = { .nofile = 64, .nproc = 0, .fsize = 0, .data_mib = MIB_SHARED } },
    [ROLE_NET_ZYGOTE] = { .name = "ward-zygote",
                          .label = "net-zygote",
                          .account = ACCOUNT(net_user),
                          CALLS(net_zygote_calls),
                          .empty_root = true,
                          .files = FILES_NONE,
                          .network = NETWORK_NONE,
                          .limits = { .nofile = NET_DESCRIPTORS,
                                      .nproc = UINT32_MAX,
                                      .fsize = RLIM_INFINITY,
                                      .data_mib = MIB_SESSION } },
    [ROLE_JAIL_ZYGOTE] = { .name = "ward-zygote",
                           .label = "jail-zygote",
                           .account = ACCOUNT(jail_user),
                           CALLS(jail_zygote_calls),
                           CAPABILITIES(jail_capabilities),
                           .limits = { .nproc = UINT32_MAX,
                                       .fsize = RLIM_INFINITY,
                                       .data_mib = MIB_SESSION } },
    [ROLE_NET] = { .name = "ward-net",
                   .label = "net",
                   .account = ACCOUNT(net_user),
                   CALLS(net_calls),
                   .empty_root = true,
                   .files = FILES_NONE,
                   .network = NETWORK_NONE,
                   .limits = { .nofile = NET_DESCRIPTORS,
                               .nproc = 0,
                               .fsize = RLIM_INFINITY,
                               .data_mib = MIB_SESSION } },
    [ROLE_JAIL_BEFORE] = { .name = "ward-jail",
                           .label = "jail-before",
                           .account = ACCOUNT(jail_user),
                           CALLS(jail_before_calls),
                           CAPABILITIES(jail_capabilities),
                           .limits = { .nproc = 0, .fsize = RLIM_INFINITY, .data_mib = MIB_SESSION } },
    [ROLE_JAIL] = { .name = "ward-jail",
                    .label = "jail",
                    CALLS(jail_calls),
                    .files = FILES_OF_POLICY,
                    .network = NETWORK_NONE,
                    .limits = { .nproc = 0, .fsize = RLIM_INFINITY, .data_mib = MIB_SESSION } },
};

enum role zygote_of(enum role role)
{
    switch (role) {
    case ROLE_NET:
        return ROLE_NET_ZYGOTE;
    case ROLE_JAIL_BEFORE:
        return ROLE_JAIL_ZYGOTE;
    default:
        return ROLE_MASTER;
    }
}
