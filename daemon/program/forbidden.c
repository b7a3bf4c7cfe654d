/* SPDX-License-Identifier: BSD-2-Clause */
/* forbidden.c - the calls that the self-test tries in each role: all of them
 * must be refused.  Their arguments would do no harm. */
#include "daemon/program/rehearsal.h"

#include "common/text.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define BIT(role)    (1U << (role))
#define EVERYONE     (BIT(ROLES) - 1 - BIT(ROLE_MASTER))
#define ALL_BUT(...) (EVERYONE & ~(uint32_t)(__VA_ARGS__))

/* The roles that may fork, and those that may change ids. */
#define FORKERS (BIT(ROLE_AUTH_BEFORE) | BIT(ROLE_HASH_POOL))
#define ZYGOTES (BIT(ROLE_NET_ZYGOTE) | BIT(ROLE_JAIL_ZYGOTE))
#define NETS    (BIT(ROLE_NET_ZYGOTE) | BIT(ROLE_NET))
#define CHANGE  (BIT(ROLE_JAIL_ZYGOTE) | BIT(ROLE_JAIL_BEFORE)) /* to a user */
#define JAILS   (CHANGE | BIT(ROLE_JAIL))
#define ERRANDS (BIT(ROLE_HOMES) | BIT(ROLE_REHASH))
#define SHARED                                                                                     \
    (BIT(ROLE_AUTH_BEFORE) | BIT(ROLE_AUTH) | BIT(ROLE_DIALER) | BIT(ROLE_KEEPER) |                \
     BIT(ROLE_SCRIBE) | BIT(ROLE_CONTROL) | BIT(ROLE_RESOLVER) | BIT(ROLE_EVENTS) |                \
     BIT(ROLE_METRICS) | BIT(ROLE_GREETER))
#define RESOLVER      BIT(ROLE_RESOLVER)
#define GREETER       BIT(ROLE_GREETER)
#define SENDERS       (FORKERS | JAILS | BIT(ROLE_DIALER)) /* may send descriptors */
#define ADDRESS(text) ((long)(uintptr_t)(text))

enum { PRIVATE_ANONYMOUS = MAP_PRIVATE | MAP_ANONYMOUS };
enum { A_USER = 0x7ffffffe }; /* an id of no account of the daemon */

#define HIGH_HALF ((long)1 << 32) /* the kernel would see 0 */

/* The last rows are calls that the roles may make, with arguments that they may not use;
 * tests/border/test_arguments.py has the complete table of these. */
/* clang-format off */
const struct forbidden_call forbidden_calls[] = {
    { "openat", ALL_BUT(RESOLVER), { AT_FDCWD, ADDRESS("/"), O_RDONLY } },
    { "openat", RESOLVER, { AT_FDCWD, ADDRESS("/"), O_WRONLY } },
    { "openat", RESOLVER, { AT_FDCWD, ADDRESS("/"), O_RDWR } },
    { "openat", RESOLVER, { AT_FDCWD, ADDRESS("/nowhere"), O_RDONLY | O_CREAT } },
    { "openat2", ALL_BUT(JAILS | ERRANDS), { AT_FDCWD, ADDRESS("/") } },
    { "open_by_handle_at", EVERYONE, { AT_FDCWD } },
    { "execve", EVERYONE, { ADDRESS("/nowhere") } },
    { "execveat", EVERYONE, { -1, ADDRESS("/nowhere") } },
    { "clone", ALL_BUT(FORKERS), { 0 } },
    { "clone", ALL_BUT(FORKERS | ZYGOTES), { CLONE_PARENT | SIGCHLD } },
    { "close_range", BIT(ROLE_NET) | BIT(ROLE_JAIL_BEFORE) | BIT(ROLE_JAIL), { 1, 0 } },
    { "seccomp", BIT(ROLE_NET) | BIT(ROLE_JAIL), { -1 } },
    { "unshare", EVERYONE, { 0 } },
    { "setns", EVERYONE, { -1 } },
    { "mount", EVERYONE, { 0 } },
    { "kill", EVERYONE, { 0, 0 } },
    { "tgkill", EVERYONE, { -1, -1 } },
    { "pidfd_open", EVERYONE, { -1 } },
    { "pidfd_getfd", EVERYONE, { -1 } },
    { "ptrace", EVERYONE, { -1 } },
    { "process_vm_readv", EVERYONE, { -1 } },
    { "setpriority", EVERYONE, { -1 } },
    { "prlimit64", EVERYONE, { 1 } },
    { "sched_setaffinity", EVERYONE, { 1 } },
    { "socket", ALL_BUT(RESOLVER), { AF_UNIX, SOCK_STREAM } },    /* EPERM: see roles.c */
    { "socket", ALL_BUT(RESOLVER), { AF_NETLINK, SOCK_RAW } },
    { "socket", RESOLVER, { AF_INET, SOCK_RAW } },
    { "socket", ALL_BUT(BIT(ROLE_DIALER)), { AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP } },
    { "bind", ALL_BUT(BIT(ROLE_DIALER)), { -1 } },
    { "connect", ALL_BUT(BIT(ROLE_DIALER) | RESOLVER), { -1 } },
    { "sendmsg", ALL_BUT(SENDERS), { -1 } },
    { "recvmsg", ALL_BUT(SHARED | NETS | ZYGOTES), { -1 } },
    { "sendmmsg", EVERYONE, { -1 } },
    { "setsockopt", EVERYONE, { -1, SOL_SOCKET, SO_MARK } },
    { "fcntl", EVERYONE, { -1, F_SETFL } },
    { "ioctl", EVERYONE, { -1 } },
    { "mmap", EVERYONE, { 0, 4096, PROT_READ | PROT_EXEC, PRIVATE_ANONYMOUS, -1 } },
    { "mmap", EVERYONE, { 0, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1 } },
    { "mprotect", EVERYONE, { 0, 0, PROT_EXEC } },
    { "bpf", EVERYONE, { -1 } },
    { "io_uring_setup", EVERYONE, { 0 } },
    { "userfaultfd", EVERYONE, { -1 } },
    { "perf_event_open", EVERYONE, { 0 } },
    { "keyctl", EVERYONE, { -1 } },
    { "setresuid", EVERYONE, { 0, 0, 0 } },
    { "setresuid", EVERYONE, { HIGH_HALF, HIGH_HALF, HIGH_HALF } },
    { "setresuid", EVERYONE, { A_USER, 0, A_USER } },
    { "setresuid", EVERYONE, { A_USER, A_USER, HIGH_HALF } },
    { "setresgid", EVERYONE, { 0, 0, 0 } },
    { "setresgid", EVERYONE, { HIGH_HALF, HIGH_HALF, HIGH_HALF } },
    { "setgroups", ALL_BUT(CHANGE), { 0 } },
    { "chroot", ALL_BUT(CHANGE), { ADDRESS("/nowhere") } },
    { "chdir", EVERYONE, { ADDRESS("/nowhere") } },
    { "mknodat", EVERYONE, { -1 } },
    { "symlinkat", EVERYONE, { ADDRESS("/nowhere"), -1 } },
    { "sendto", EVERYONE, { -1, 0, 0, MSG_FASTOPEN | MSG_NOSIGNAL, ADDRESS("to whom"), sizeof(struct sockaddr_in) } },
    { "sendto", EVERYONE, { -1, 0, 0, MSG_NOSIGNAL, ADDRESS("to whom"), sizeof(struct sockaddr_in) } },
    { "sendto", EVERYONE, { -1, 0, 0, MSG_NOSIGNAL, HIGH_HALF, 0 } },
    { "sendto", GREETER, { FD_STAGE_END, 0, 0, MSG_NOSIGNAL } },
    { "write", GREETER, { FD_STAGE_END, 0, 0 } },
    { "close", GREETER, { FD_MASTER } },
    { "close", GREETER, { FD_SCRIBE } },
    { "dup3", GREETER, { FD_STAGE_END, FD_SCRIBE, 0 } },
    { "shutdown", EVERYONE, { -1, SHUT_RDWR } },
    { "setsockopt", EVERYONE, { -1, IPPROTO_TCP, TCP_REPAIR } },
    { "setsockopt", EVERYONE, { -1, SOL_SOCKET, SO_DETACH_FILTER } },
    { "setsockopt", EVERYONE, { -1, HIGH_HALF | SOL_SOCKET, SO_DETACH_FILTER } },
    { "fcntl", EVERYONE, { -1, F_SETOWN, 1 } },
    { "clone", EVERYONE, { CLONE_NEWUSER | CLONE_FS } }, /* would be EINVAL */
    { "clone", EVERYONE, { CLONE_THREAD } },
    { "seccomp", EVERYONE, { SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER } },
    { "prctl", FORKERS | NETS | JAILS, { PR_SET_DUMPABLE, 1 } },
    { "mmap", EVERYONE, { 0, 4096, HIGH_HALF | PROT_EXEC, PRIVATE_ANONYMOUS, -1 } },
    { "mmap", EVERYONE, { 0, 4096, PROT_READ, PRIVATE_ANONYMOUS | MAP_FIXED, -1 } },
    { "linkat", EVERYONE, { -1, ADDRESS(""), -1, ADDRESS("x"), AT_EMPTY_PATH } },
    { "fchmod", EVERYONE, { -1, S_ISUID | 0777 } },
};
/* clang-format on */

const size_t forbidden_call_count = COUNT(forbidden_calls);
