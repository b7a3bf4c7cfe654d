/* SPDX-License-Identifier: BSD-2-Clause */
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

/* The master starts all other processes, so it needs the capabilities with which
 * they take their roles, and no others: no CAP_DAC_OVERRIDE, no CAP_SYS_PTRACE, and CAP_CHOWN only
 * where homes are to be made. */
static const cap_value_t master_capabilities[] = {
    CAP_DAC_READ_SEARCH,  /* opens user file, keys and logs that are not owned by root */
    CAP_KILL,             /* ends a session that does not end by itself */
    CAP_SETGID,           /* the children's groups */
    CAP_SETPCAP,          /* empties the children's bounding sets */
    CAP_SETUID,           /* the children's uids */
    CAP_NET_BIND_SERVICE, /* port 21 */
    CAP_SYS_CHROOT,       /* the children's roots */
    CAP_SYS_ADMIN,        /* returns to the machine's network, for a listener or a dialer */
    /* descriptors in flight to thousands of sessions; containers may lack it */
    CAP_SYS_RESOURCE, CAP_CHOWN, /* of homes; kept only if create_home is set */
};

static const cap_value_t dialer_capabilities[] = {
    CAP_NET_BIND_SERVICE, /* source port 20; kept only if a listener has active_port = 20 */
};

static const cap_value_t homes_capabilities[] = {
    CAP_CHOWN, /* a new home and its files, to their user */
};

static const cap_value_t jail_capabilities[] = {
    CAP_SETUID,     /* once, to the user */
    CAP_SETGID,     /* once, to the user's groups */
    CAP_SYS_CHROOT, /* once, into the home */
};

/* The lists of system calls.  The default is to deny.  Each line gives the reason for the call, and
 * what the arguments that are not pinned can do at worst (`rest`).  An argument is left open only
 * if none of its values gives the process more than it has; tests/border/test_arguments.py tries
 * such values.  The lists contain the calls of both architectures and of both glibc and musl. */
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
/* A call that an old libseccomp does not know; from 424 on, the numbers are the same on all
 * architectures. */
#define REFUSE_NEW(call, call_number, why) \
    { .name = (call), .number = (call_number), .reason = (why), .answer = EPERM }

/* The width of an argument.  The kernel ignores the upper half of an int; all of a long is
 * compared. */
#define INT           UINT32_MAX
#define LONG          UINT64_MAX
#define INT_BUT(bits)  (INT & ~(uint32_t)(bits))  /* all bits except these, which are not compared */
#define LONG_BUT(bits) (LONG & ~(uint64_t)(bits))

/* What the arguments that are not pinned can do at worst. */
#define MEMORY  "its own memory"
#define FDS     "descriptors that it has"
#define ITSELF  "itself"
#define TIGHTER "can only take rights away"
#define TREE    "what its user may do beneath its root (before the log-in: the jail account beneath the system's)"

#define SOCKET_OPTION(why, level, option) \
    ALLOW_IF2("setsockopt", why, "the value of this option on " FDS, 1, INT, level, 2, INT, option)

/* What every process needs to run at all.  sendto must never carry an address: with MSG_FASTOPEN it
 * would connect any unconnected TCP socket, and shutdown(2) or a reset makes a handed-over socket
 * unconnected.  Of mmap's flags only those in use are allowed; PROT_EXEC and MAP_SHARED would be
 * dangerous. */
#define MEMORY_AND_TIME \
    ALLOW("exit_group", "exits", ITSELF), ALLOW("exit", "exits", ITSELF), \
    ALLOW("brk", "memory", MEMORY), ALLOW("munmap", "memory", MEMORY), \
    ALLOW_IF("mremap", "memory, never at an address of its choice", MEMORY, 3, LONG_BUT(MREMAP_MAYMOVE), 0), \
    ALLOW_IF2("mmap", "memory: anonymous and private, never executable", MEMORY, \
              2, LONG_BUT(PROT_READ | PROT_WRITE), 0, 3, LONG, MAP_ANONYMOUS | MAP_PRIVATE), \
    ALLOW_IF2("mmap", "an inaccessible page at its place, by musl's malloc", MEMORY, \
              2, LONG, PROT_NONE, 3, LONG, MAP_ANONYMOUS | MAP_PRIVATE | MAP_FIXED), \
    ALLOW_IF("mprotect", "musl's malloc; never executable", MEMORY, 2, LONG_BUT(PROT_READ | PROT_WRITE), 0), \
    ALLOW_IF("madvise", "memory given back", MEMORY, 2, INT, MADV_DONTNEED), \
    ALLOW_IF("madvise", "memory given back, by musl", MEMORY, 2, INT, MADV_FREE), \
    ALLOW("clock_gettime", "the time, where the vDSO has none", "reads another clock"), \
    ALLOW("getrandom", "random numbers", "waits for them"), \
    ALLOW("getpid", "OpenSSL detects forks", ITSELF), \
    ALLOW("restart_syscall", "after a stop and continue", ITSELF), \
    ALLOW("rt_sigreturn", "returns from the one handler", ITSELF), \
    ALLOW_IF("futex", "pthread_once(3) in libcrypto wakes other threads, of which there are none", ITSELF, \
             1, INT, FUTEX_WAKE | FUTEX_PRIVATE_FLAG)

#define BASIC_CALLS \
    MEMORY_AND_TIME, \
    ALLOW("close", "what it was handed", FDS), \
    ALLOW_IF3("sendto", "messages, replies, bytes", FDS, \
              3, INT_BUT(MSG_NOSIGNAL | MSG_DONTWAIT), 0, 4, LONG, 0, 5, LONG, 0)

#define NO_PRCTL REFUSE("prctl", "libc names its memory", EPERM)

#define WAITS ALLOW("poll", "waits", FDS), ALLOW("ppoll", "waits, on arm64", FDS)

/* A loop over many channels, which arrive as descriptors. */
#define SHARED_CALLS \
    ALLOW("recvmsg", "the master's messages, with descriptors", FDS), ALLOW("recvfrom", "questions", FDS), \
    ALLOW("epoll_create1", "its loop", FDS), ALLOW("epoll_ctl", "its loop", FDS), \
    ALLOW("epoll_wait", "its loop", FDS), ALLOW("epoll_pwait", "its loop, on arm64", FDS), \
    ALLOW("fstat", "a file it was handed", FDS), \
    ALLOW_IF("newfstatat", "fstat in newer libc", "looks at a name in the empty root", 3, INT, AT_EMPTY_PATH), \
    ALLOW("lseek", "a file it was handed", FDS), ALLOW("pread64", "a file it was handed", FDS), \
    ALLOW_IF("fcntl", "is the new configuration sealed?", FDS, 1, INT, F_GET_SEALS)

/* Messages with descriptors.  A filter can't see their address, if any: so this is only for
 * processes whose sockets are channels, which accept none, and for the dialer, which may connect
 * anyway. */
#define SENDS_DESCRIPTORS(why) \
    ALLOW_IF("sendmsg", why, FDS, 2, INT_BUT(MSG_NOSIGNAL | MSG_DONTWAIT), 0)

/* The same for a process that sends descriptors to its successor alone.  The number does not bind
 * it to that channel, as it may close it and get another one there. */
#define HANDS_OVER                                                                       \
    ALLOW_IF2("sendmsg", "its channels, to its successor", "channels that it has, to processes that it has channels to", \
              0, INT, FD_NEXT, 2, INT_BUT(MSG_NOSIGNAL | MSG_DONTWAIT), 0)

/* fork(3) of a process with one thread, as glibc and musl call it, and nothing else that clone
 * can do: no namespace, no thread, no shared descriptors, no child of another process. */
#define FORK_CALLS \
    ALLOW_IF("clone", "fork", MEMORY, 0, LONG, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD), \
    ALLOW_IF("clone", "fork, by musl", MEMORY, 0, LONG, SIGCHLD), \
    REFUSE("clone3", "its arguments can't be seen", ENOSYS), \
    ALLOW("set_robust_list", "fork's child", ITSELF), ALLOW("rt_sigprocmask", "fork, by libc", ITSELF), \
    ALLOW("gettid", "fork's child, by musl", ITSELF), ALLOW("set_tid_address", "fork's child, by musl", ITSELF)

/* A socket pair, and the size of its buffers. */
#define PAIR_CALLS \
    ALLOW_IF3("socketpair", "a hasher's channel", MEMORY, \
              0, INT, AF_UNIX, 1, INT, SOCK_SEQPACKET | SOCK_CLOEXEC, 2, INT, 0), \
    ALLOW_IF2("getsockopt", "its buffer", FDS, 1, INT, SOL_SOCKET, 2, INT, SO_SNDBUF), \
    SOCKET_OPTION("its buffer", SOL_SOCKET, SO_SNDBUF)

/* What libc may try in any process: refused. */
#define NAMES_MEMORY REFUSE_IF("prctl", "libc names its memory", 0, INT, PR_SET_VMA)

/* Its own limits.  Without CAP_SYS_RESOURCE they only go down. */
#define LIMIT_CALLS \
    ALLOW_IF("prlimit64", "its own limits", TIGHTER, 0, INT, 0), \
    ALLOW("setrlimit", "its own limits, by musl", TIGHTER), ALLOW("getrlimit", "its own limits, by musl", ITSELF)

/* One more filter in addition to the present ones. */
#define FILTER_CALL(why) ALLOW_IF2("seccomp", why, TIGHTER, 0, INT, SECCOMP_SET_MODE_FILTER, 1, INT, 0)

/* A second filter in addition to the first, with a tighter list, and tighter limits. */
#define NARROWS \
    FILTER_CALL("the next filter"), \
    ALLOW_IF("rt_sigaction", "the filter's handler", ITSELF, 0, INT, SIGSYS), \
    ALLOW_IF("prctl", "its name", ITSELF, 0, INT, PR_SET_NAME), \
    NAMES_MEMORY, LIMIT_CALLS

/* The files in which auth keeps penalties and the ledgers of quotas. */
#define STATE_CALLS \
    ALLOW("pwrite64", "its state", FDS), ALLOW("fdatasync", "its state", FDS), \
    ALLOW_IF("fcntl", "is an earlier auth still running?", FDS, 1, INT, F_OFD_SETLK)

static const struct allowed_call auth_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    WAITS,
    ALLOW_IF("sched_getaffinity", "how many processors there are", MEMORY, 0, INT, 0),
    ALLOW("wait4", "the exit of the hash pool", "its own children"),
    ALLOW_IF("dup3", "the channel to a new scribe, at its place", FDS, 1, INT, FD_SCRIBE),
    STATE_CALLS,
    HANDS_OVER,
};

/* What is needed to compute a hash: memory, in large pages if available (yescrypt), one question,
 * one answer. */
#define HASH_CALLS \
    ALLOW_IF2("mmap", "memory in large pages", MEMORY, 2, LONG_BUT(PROT_READ | PROT_WRITE), 0, \
              3, LONG_BUT((uint64_t)MAP_HUGE_MASK << MAP_HUGE_SHIFT), MAP_ANONYMOUS | MAP_PRIVATE | MAP_HUGETLB), \
    ALLOW("recvfrom", "the one question", FDS), ALLOW("alarm", "its time limit", ITSELF), \
    ALLOW("setitimer", "alarm, on arm64", ITSELF)

static const struct allowed_call hasher_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    HASH_CALLS,
};

#define HASH_POOL_CALLS \
    SENDS_DESCRIPTORS("a hasher's channel, to auth"), ALLOW("dup3", "descriptors at their places", FDS), \
    ALLOW_IF("close_range", "the rest of them", FDS, 2, INT, 0), \
    ALLOW("wait4", "the exits of hashers", "its own children")

/* Forks the hashers, and keeps the calls with which they narrow themselves. */
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

/* A filter can't see the host and port: this is the dialer's power, and the reason why it reads two
 * numbers only. */
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
    SOCKET_OPTION("a port in TIME_WAIT can be used", SOL_SOCKET, SO_REUSEADDR),
    SOCKET_OPTION("full segments", IPPROTO_TCP, TCP_CORK),
    SOCKET_OPTION("the peer's filter", SOL_SOCKET, SO_ATTACH_FILTER),
    SOCKET_OPTION("locks that filter", SOL_SOCKET, SO_LOCK_FILTER),
};

static const struct allowed_call keeper_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    ALLOW("mlockall", "no key in swap", MEMORY),
    ALLOW("mlock", "no key in swap", MEMORY),
    ALLOW("mlock2", "no key in swap", MEMORY),
    ALLOW_IF("madvise", "no key in a dump", MEMORY, 2, INT, MADV_DONTDUMP),
    HANDS_OVER,
};

static const struct allowed_call scribe_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    WAITS,
    ALLOW("write", "the logs", FDS),
    ALLOW("writev", "the logs", FDS),
    ALLOW_IF("rt_sigaction", "no SIGPIPE from a dead syslog", ITSELF, 0, INT, SIGPIPE),
    HANDS_OVER,
};

static const struct allowed_call control_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    ALLOW("accept4", "wardctl, on the master's socket", FDS),
        ALLOW_IF2("getsockopt", "the uid of the client", FDS, 1, INT, SOL_SOCKET, 2, INT, SO_PEERCRED),
    ALLOW_IF("dup3", "the channel to a new scribe, at its place", FDS, 1, INT, FD_SCRIBE),
    HANDS_OVER,
};

/* getaddrinfo(3) of glibc, for IPv4 addresses.  It asks the name servers of /etc/resolv.conf; the
 * filter can't see their addresses.  It tries nscd, netlink and the modules that nsswitch.conf
 * names: refused, and it goes on without them, with /etc/hosts and DNS. */
#define ANY_SERVER "any UDP or TCP server: the resolver's power"
#define NAME_SOCKET(why, family, kind) \
    ALLOW_IF3("socket", why, FDS, 0, INT, family, 1, INT_BUT(SOCK_NONBLOCK), (kind) | SOCK_CLOEXEC, 2, INT, 0)
#define LARGE_FILES 0500000 /* O_LARGEFILE of libc, of the kernels for x86 and for arm64 */

static const struct allowed_call resolver_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    WAITS,
    ALLOW("recvmsg", "the master's messages, with descriptors", FDS), ALLOW("recvfrom", "answers", FDS),
    ALLOW("fstat", "a file it was handed", FDS), ALLOW("pread64", "a file it was handed", FDS),
    ALLOW_IF("fcntl", "is the new configuration sealed?", FDS, 1, INT, F_GET_SEALS),
    ALLOW_IF("dup3", "the channel to a new scribe, at its place", FDS, 1, INT, FD_SCRIBE),
    ALLOW_IF("openat", "resolv.conf, hosts and the like; only to read", "files that its account may read, in /etc and /run",
             2, INT_BUT(O_CLOEXEC | LARGE_FILES), O_RDONLY),
    ALLOW("newfstatat", "have they changed?", "looks at names"), ALLOW("read", "them, and answers", FDS),
    ALLOW("lseek", "them", FDS), ALLOW("uname", "the machine's domain", "reads it"),
    NAME_SOCKET("questions, IPv4", AF_INET, SOCK_DGRAM), NAME_SOCKET("questions, IPv6", AF_INET6, SOCK_DGRAM),
    NAME_SOCKET("long answers, IPv4", AF_INET, SOCK_STREAM), NAME_SOCKET("long answers, IPv6", AF_INET6, SOCK_STREAM),
    ALLOW("connect", "to a name server", ANY_SERVER),
    ALLOW("writev", "questions over TCP", FDS), ALLOW("getsockname", "sorts addresses", FDS),
    ALLOW("getpeername", "a name server's address", FDS),
    ALLOW_IF("ioctl", "how much has come?", FDS, 1, INT, FIONREAD),
    SOCKET_OPTION("errors of name servers", SOL_IP, IP_RECVERR),
    SOCKET_OPTION("errors of name servers", SOL_IPV6, IPV6_RECVERR),
    REFUSE_IF("socket", "nscd", 0, INT, AF_UNIX), REFUSE_IF("socket", "interfaces", 0, INT, AF_NETLINK),
    REFUSE_IF("mmap", "the modules that nsswitch.conf names", 3, LONG, MAP_PRIVATE | MAP_DENYWRITE),
    REFUSE_IF("mmap", "the linker's cache, where these modules are sought", 3, LONG, MAP_PRIVATE),
};

/* What homes and rehash share.  Each sees one directory, which root owns, as its root: openat2 takes a
 * struct that a filter can't see, so the root, Landlock and the few capabilities limit it. */
#define BELOW_ROOT "what is beneath its root"
#define ERRAND_CALLS \
    BASIC_CALLS, \
    NO_PRCTL, \
    ALLOW("recvfrom", "two questions; receives no descriptors", FDS), \
    ALLOW("openat2", "beneath the root", BELOW_ROOT), \
    ALLOW("fstat", "files", FDS), \
    ALLOW_IF("newfstatat", "fstat in newer libc", "looks at a name in its root", 3, INT, AT_EMPTY_PATH), \
    ALLOW("pread64", "what it copies", FDS), \
    ALLOW("write", "what it copies", FDS), \
    ALLOW("fsync", "its work is on the disk before it says so", FDS), \
    ALLOW("unlinkat", "what an earlier one left", BELOW_ROOT)

static const struct allowed_call homes_calls[] = {
    ERRAND_CALLS,
    ALLOW("getdents64", "what an earlier one left", FDS),
    ALLOW("mkdirat", "the home, and directories in it", BELOW_ROOT),
    ALLOW_IF("fchmod", "modes; no set-uid file", FDS, 1, INT_BUT(0777), 0),
    ALLOW("fchown", "to the user", "any owner of " BELOW_ROOT),
    ALLOW_IF("fchownat", "back to root, what an earlier one left", "any owner of " BELOW_ROOT, 4, INT, AT_SYMLINK_NOFOLLOW),
    ALLOW("flock", "one home at a time", FDS),
    ALLOW_IF("renameat2", "the finished home to its name; replaces nothing", BELOW_ROOT, 4, INT, RENAME_NOREPLACE),
};

static const struct allowed_call rehash_calls[] = {
    ERRAND_CALLS,
    ALLOW_IF("fchmod", "the mode of the new file", FDS, 1, INT, 0600),
    ALLOW_IF("fcntl", "the lock of wardpasswd", FDS, 1, INT, F_OFD_SETLKW),
    ALLOW_IF("renameat2", "the new file to its name", BELOW_ROOT, 4, INT, 0),
};

/* The socket that it was handed is connected: poll, sendto and recvfrom do. */
static const struct allowed_call checker_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    WAITS,
    ALLOW("recvfrom", "two questions, and the answer of the checker; receives no descriptors", FDS),
};

/* The greeter has copies of clients' sockets, and must write to none.  So it sends on two numbers only,
 * and can neither close these nor put another descriptor there: it has no dup3, and close(2) takes no
 * number up to 5.  (Without an address its length has no effect.) */
#define SENDS_ON(why, number) \
    ALLOW_IF3("sendto", why, "its channel", 0, INT, number, 3, INT_BUT(MSG_NOSIGNAL | MSG_DONTWAIT), 0, 4, LONG, 0)
#define CLOSES_WITH(bits) ALLOW_IF("close", "a socket that it was handed", FDS, 0, bits, bits)

static const struct allowed_call greeter_calls[] = {
    MEMORY_AND_TIME,
    NO_PRCTL,
    SENDS_ON("whose connection it is", FD_MASTER),
    SENDS_ON("why it ends", FD_SCRIBE),
    ALLOW("recvmsg", "the master's messages, with sockets", FDS),
    ALLOW("recvfrom", "headers", FDS),
    ALLOW("epoll_create1", "its loop", FDS), ALLOW("epoll_ctl", "its loop", FDS),
    ALLOW("epoll_wait", "its loop", FDS), ALLOW("epoll_pwait", "its loop, on arm64", FDS),
    CLOSES_WITH(6), CLOSES_WITH(8), CLOSES_WITH(16), CLOSES_WITH(32), CLOSES_WITH(64), CLOSES_WITH(128),
    CLOSES_WITH(256), CLOSES_WITH(512),
};

static const struct allowed_call events_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    ALLOW("accept4", "readers, on the master's socket", FDS),
    ALLOW_IF("dup3", "the channel to a new scribe, at its place", FDS, 1, INT, FD_SCRIBE),
    HANDS_OVER,
};

/* Its clients' bytes it reads by recvfrom and answers by sendto, as it does with its channels. */
static const struct allowed_call metrics_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    SHARED_CALLS,
    ALLOW("accept4", "who asks for the metrics, on the master's socket", FDS),
    ALLOW_IF("dup3", "the channel to a new scribe, at its place", FDS, 1, INT, FD_SCRIBE),
};

/* Reading, waiting and moving bytes have no flag that adds power, so their arguments are not
 * pinned, which makes them fast: a call without pins costs almost nothing.  shutdown is pinned,
 * because a listener that is shut down for reading becomes a plain socket. */
#define NET_CALLS \
    BASIC_CALLS, \
    WAITS, \
    ALLOW("recvmsg", "answers, with descriptors", FDS), \
    ALLOW("read", "the client's bytes, files", FDS), \
    ALLOW("write", "uploads, TLS", FDS), \
    ALLOW("sendfile", "downloads", FDS), \
    ALLOW("splice", "uploads", FDS), \
    ALLOW_IF("pipe2", "for splice", MEMORY, 1, INT, O_CLOEXEC | O_NONBLOCK), \
    ALLOW_IF("fcntl", "its size", FDS, 1, INT, F_SETPIPE_SZ), \
    ALLOW_IF("fcntl", "its size", FDS, 1, INT, F_GETPIPE_SZ), \
    ALLOW("accept4", "data connections, on the dialer's listeners", FDS), \
    ALLOW_IF("shutdown", "ends a connection in order", FDS, 1, INT, SHUT_WR), \
    SOCKET_OPTION("a timeout for answers", SOL_SOCKET, SO_RCVTIMEO), \
    SOCKET_OPTION("a handshake does not wait for full segments", IPPROTO_TCP, TCP_CORK)

static const struct allowed_call net_calls[] = {
    NET_CALLS,
    NO_PRCTL,
};

/* The zygote's children are children of the master: the zygote may exit, and the
 * master learns of their exits. */
#define ZYGOTE_FORK_FLAGS (CLONE_PARENT | SIGCHLD)
#define ZYGOTE_CALLS \
    ALLOW_IF("clone", "half a cell, as the master's child", MEMORY, 0, LONG, ZYGOTE_FORK_FLAGS), \
    ALLOW_IF("close_range", "the child's channels; the child: the zygote's", FDS, 2, INT, 0)

/* What NETs start with: their own calls, and those that their start needs.  The
 * difference between the two lists is refused in each child (filter.c). */
static const struct allowed_call net_zygote_calls[] = {
    NET_CALLS,
    ZYGOTE_CALLS,
    ALLOW("sysinfo", "qsort(3) in OpenSSL asks how much memory the machine has", "reads it"),
    FILTER_CALL("the child's filter"),
    ALLOW_IF("prctl", "the child's name", ITSELF, 0, INT, PR_SET_NAME),
    NAMES_MEMORY,
    LIMIT_CALLS,
};

/* Files, in both phases of a JAIL: by descriptor or beneath the root.  A filter can't see the
 * struct that openat2 takes; the root, the user's own rights and Landlock limit it.  JAIL's sockets
 * are channels, so no flag or address of sendmsg reaches another process. */
#define FILE_CALLS \
    WAITS, \
    ALLOW("recvfrom", "questions; receives no descriptors", FDS), \
    ALLOW("sendmsg", "answers, with files", "its channels"), \
    ALLOW("openat2", "beneath the root", TREE), ALLOW("fstat", "files", FDS), ALLOW("statx", "facts", TREE), \
    ALLOW("newfstatat", "facts", TREE), ALLOW("fstatfs", "free space", FDS), \
    ALLOW("getdents64", "listings", FDS), ALLOW("readlinkat", "listings, and links to what is uploaded", TREE), \
    ALLOW("mkdirat", "MKD", TREE), ALLOW("unlinkat", "DELE, RMD", TREE), \
    ALLOW_IF("linkat", "uploads; gives no open file a name", TREE, 4, INT, 0), \
    ALLOW_IF("renameat2", "RNTO, uploads; no exchange, no whiteout", TREE, 4, INT_BUT(RENAME_NOREPLACE), 0), \
    ALLOW_IF("fchmod", "SITE CHMOD, modes of uploads; no set-uid file", FDS, 1, INT_BUT(0777), 0), \
    ALLOW_IF("fchmodat", "SITE CHMOD; no set-uid file", TREE, 2, INT_BUT(0777), 0), \
    ALLOW_IF("utimensat", "MFMT", TREE, 3, INT, AT_SYMLINK_NOFOLLOW), \
    ALLOW("fsync", "uploads", FDS), ALLOW("fdatasync", "uploads", FDS), \
    ALLOW("sync_file_range", "long uploads", FDS), \
    ALLOW("ftruncate", "uploads", FDS), ALLOW("lseek", "REST", FDS), \
    ALLOW("umask", "the user's", ITSELF), ALLOW("write", "the lock's marker", FDS), \
    ALLOW("pread64", "the lock's marker", FDS), ALLOW("pwrite64", "the lock's marker", FDS), \
    ALLOW_IF("fallocate", "space for a copied upload; truncates and moves nothing", FDS, 1, INT, FALLOC_FL_KEEP_SIZE), \
    ALLOW_IF("copy_file_range", "a complete upload, into a file that can't be replaced", FDS, 5, UINT64_MAX, 0), \
    ALLOW_IF("fchown", "the group of the file that an upload replaces; never the owner", FDS, 1, INT, UINT32_MAX), \
    ALLOW("flistxattr", "attributes of the replaced file", FDS), \
    ALLOW("fgetxattr", "attributes of the replaced file", FDS), \
    ALLOW_IF("fsetxattr", "the same attributes for the upload", FDS, 4, INT, 0), \
    ALLOW("flock", "one change of names at a time in a home with a quota", FDS), \
    ALLOW_IF("fcntl", "upload locks", FDS, 1, INT, F_OFD_SETLK), \
    ALLOW_IF("fcntl", "upload locks", FDS, 1, INT, F_OFD_GETLK)

static const struct allowed_call jail_calls[] = {
    BASIC_CALLS,
    NO_PRCTL,
    FILE_CALLS,
};

/* Before the log-in: the same, and what is needed to become the user.  The ids
 * are pinned by a filter of their own (id_filter.c), because libseccomp compares
 * an argument only once. */
#define IDS "id_filter.c pins the ids"
#define JAIL_BEFORE_CALLS \
    BASIC_CALLS, \
    FILE_CALLS, \
    NARROWS, \
    ALLOW("setgroups", "to the user's groups", "any groups; therefore it reads nothing but auth's one message"), \
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
    ALLOW("capset", "drops all capabilities", TIGHTER), \
    ALLOW_IF2("prctl", "not dumpable", ITSELF, 0, INT, PR_SET_DUMPABLE, 1, LONG, 0), \
    ALLOW_IF2("prctl", "no ambient capability", TIGHTER, 0, INT, PR_CAP_AMBIENT, 1, LONG, PR_CAP_AMBIENT_CLEAR_ALL)

static const struct allowed_call jail_before_calls[] = {
    JAIL_BEFORE_CALLS,
};

/* What JAILs start with, as for NETs. */
static const struct allowed_call jail_zygote_calls[] = {
    JAIL_BEFORE_CALLS,
    ZYGOTE_CALLS,
    ALLOW("recvmsg", "the child's channels", FDS),
};

/* The master's list is the opposite: it refuses what no process of the daemon
 * ever needs, and every child inherits this filter in addition to its own.  A list
 * of allowed calls would have to contain everything that its children need until
 * they are confined, which is almost everything. */
#define NO_NAMESPACE(flag) REFUSE_IF("clone", "no new namespace", 0, flag, flag)
static const struct allowed_call master_calls[] = {
    REFUSE("ptrace", "looks into other processes", EPERM),
    REFUSE("process_vm_readv", "looks into other processes", EPERM),
    REFUSE("process_vm_writev", "looks into other processes", EPERM),
    REFUSE("process_madvise", "looks into other processes", EPERM),
    REFUSE_NEW("process_mrelease", 448, "looks into other processes"),
    REFUSE("pidfd_getfd", "takes descriptors of other processes", EPERM),
    REFUSE("kcmp", "looks into other processes", EPERM),
    REFUSE("perf_event_open", "looks into other processes", EPERM),
    REFUSE("open_by_handle_at", "escapes any chroot, with CAP_DAC_READ_SEARCH", EPERM),
    REFUSE("fanotify_init", "sees and opens what other processes open", EPERM),
    REFUSE("mount", "changes mounts", EPERM),
    REFUSE("umount2", "changes mounts", EPERM),
    REFUSE("pivot_root", "changes mounts", EPERM),
    REFUSE("move_mount", "changes mounts", EPERM),
    REFUSE("open_tree", "changes mounts", EPERM),
    REFUSE_NEW("open_tree_attr", 467, "changes mounts"),
    REFUSE("fsopen", "changes mounts", EPERM),
    REFUSE("fspick", "changes mounts", EPERM),
    REFUSE("fsmount", "changes mounts", EPERM),
    REFUSE("fsconfig", "changes mounts", EPERM),
    REFUSE("mount_setattr", "changes mounts", EPERM),
    REFUSE("unshare", "needed only at the start, before this filter", EPERM),
    REFUSE_UNLESS("setns", "only to a network namespace", 1, CLONE_NEWNET),
    NO_NAMESPACE(CLONE_NEWUSER),
    NO_NAMESPACE(CLONE_NEWNS),
    NO_NAMESPACE(CLONE_NEWPID),
    NO_NAMESPACE(CLONE_NEWNET),
    NO_NAMESPACE(CLONE_NEWIPC),
    NO_NAMESPACE(CLONE_NEWUTS),
    NO_NAMESPACE(CLONE_NEWCGROUP),
    REFUSE("clone3", "its arguments can't be seen; libc falls back to clone", ENOSYS),
    REFUSE("bpf", "loads programs into the kernel", EPERM),
    REFUSE("io_uring_setup", "bypasses filters", EPERM),
    REFUSE("io_uring_enter", "bypasses filters", EPERM),
    REFUSE("io_uring_register", "bypasses filters", EPERM),
    REFUSE("userfaultfd", "used by exploits", EPERM),
    REFUSE("personality", "turns off memory protection", EPERM),
    REFUSE("modify_ldt", "used by exploits", EPERM),
    REFUSE_NEW("lsm_set_self_attr", 460, "changes its security label"),
    REFUSE("add_key", "the kernel's key rings", EPERM),
    REFUSE("request_key", "the kernel's key rings", EPERM),
    REFUSE("keyctl", "the kernel's key rings", EPERM),
    REFUSE("init_module", "administers the machine", EPERM),
    REFUSE("finit_module", "administers the machine", EPERM),
    REFUSE("delete_module", "administers the machine", EPERM),
    REFUSE("kexec_load", "administers the machine", EPERM),
    REFUSE("kexec_file_load", "administers the machine", EPERM),
    REFUSE("reboot", "administers the machine", EPERM),
    REFUSE("swapon", "administers the machine", EPERM),
    REFUSE("swapoff", "administers the machine", EPERM),
    REFUSE("sethostname", "administers the machine", EPERM),
    REFUSE("setdomainname", "administers the machine", EPERM),
    REFUSE("settimeofday", "administers the machine", EPERM),
    REFUSE("clock_settime", "administers the machine", EPERM),
    REFUSE("clock_adjtime", "administers the machine", EPERM),
    REFUSE("adjtimex", "administers the machine", EPERM),
    REFUSE("acct", "administers the machine", EPERM),
    REFUSE("quotactl", "administers the machine", EPERM),
    REFUSE_NEW("quotactl_fd", 443, "administers the machine"),
    REFUSE("syslog", "administers the machine", EPERM),
    REFUSE("iopl", "administers the machine", EPERM),
    REFUSE("ioperm", "administers the machine", EPERM),
    REFUSE("vhangup", "administers the machine", EPERM),
};
/* clang-format on */

#define ACCOUNT(field)     offsetof(struct config, field)
#define CAPABILITIES(list) .capabilities = (list), .capability_count = COUNT(list)
#define CALLS(list)        .calls = (list), .call_count = COUNT(list)

/* Limits of private memory, many times what the work of a process needs. */
enum {
    MIB_SESSION = 64,
    MIB_SHARED = 512,
    MIB_HASHER = 1024 /* yescrypt's most expensive settings */
};

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
                      .limits = { .nproc = 0,
                                  .fsize = 0,
                                  .data_mib = MIB_SHARED,
                                  .shares_flight = true } },
    [ROLE_KEEPER] = { .name = "ward-keeper",
                      .label = "keeper",
                      .account = ACCOUNT(keeper_user),
                      CALLS(keeper_calls),
                      .empty_root = true,
                      .files = FILES_NONE,
                      .network = NETWORK_NONE,
                      .limits = { .nproc = 0,
                                  .fsize = 0,
                                  .data_mib = MIB_SHARED,
                                  .memlock = true } },
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
    [ROLE_RESOLVER] = { .name = "ward-resolver",
                        .label = "resolver",
                        .account = ACCOUNT(resolver_user),
                        CALLS(resolver_calls),
                        .files = FILES_OF_NAMES,
                        .network = NETWORK_NAMES,
                        .limits = { .nofile = 64,
                                    .nproc = 0,
                                    .fsize = 0,
                                    .data_mib = MIB_SESSION } },
    [ROLE_HOMES] = { .name = "ward-homes",
                     .label = "homes",
                     .is_root = true,
                     .empty_root = true,
                     CAPABILITIES(homes_capabilities),
                     CALLS(homes_calls),
                     .files = FILES_BENEATH,
                     .network = NETWORK_NONE,
                     .limits = { .nofile = 32,
                                 .nproc = 0,
                                 .fsize = RLIM_INFINITY,
                                 .data_mib = MIB_SESSION } },
    [ROLE_REHASH] = { .name = "ward-rehash",
                      .label = "rehash",
                      .is_root = true,
                      .empty_root = true,
                      CALLS(rehash_calls),
                      .files = FILES_BENEATH,
                      .network = NETWORK_NONE,
                      .limits = { .nofile = 16,
                                  .nproc = 0,
                                  .fsize = RLIM_INFINITY,
                                  .data_mib = MIB_SHARED } },
    [ROLE_CHECKER] = { .name = "ward-checker",
                       .label = "checker",
                       .account = ACCOUNT(auth_user),
                       CALLS(checker_calls),
                       .empty_root = true,
                       .files = FILES_NONE,
                       .network = NETWORK_NONE,
                       .limits = { .nofile = 16,
                                   .nproc = 0,
                                   .fsize = 0,
                                   .data_mib = MIB_SESSION } },
    [ROLE_GREETER] = { .name = "ward-greeter",
                       .label = "greeter",
                       .account = ACCOUNT(greeter_user),
                       CALLS(greeter_calls),
                       .empty_root = true,
                       .files = FILES_NONE,
                       .network = NETWORK_NONE,
                       .limits = { .nofile = 640,
                                   .nproc = 0,
                                   .fsize = 0,
                                   .data_mib = MIB_SHARED } },
    [ROLE_EVENTS] = { .name = "ward-events",
                      .label = "events",
                      .account = ACCOUNT(events_user),
                      CALLS(events_calls),
                      .empty_root = true,
                      .files = FILES_NONE,
                      .network = NETWORK_NONE,
                      .limits = { .nofile = 64, .nproc = 0, .fsize = 0, .data_mib = MIB_SHARED } },
    [ROLE_METRICS] = { .name = "ward-metrics",
                       .label = "metrics",
                       .account = ACCOUNT(metrics_user),
                       CALLS(metrics_calls),
                       .empty_root = true,
                       .files = FILES_NONE,
                       .network = NETWORK_NONE,
                       .limits = { .nofile = 32,
                                   .nproc = 0,
                                   .fsize = 0,
                                   .data_mib = MIB_SESSION } },
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
                           .limits = { .nproc = 0,
                                       .fsize = RLIM_INFINITY,
                                       .data_mib = MIB_SESSION } },
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
