/* rehearsal.c - runs in the self-test's processes, confined as each role: the
 * calls that its work takes, by the same functions of libc, and those that it
 * must not have.  Reads nobody's bytes. */
#include "daemon/sandbox/rehearsal.h"

#include "common/text.h"
#include "daemon/border/channel.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* No loopback in a private network, but any address there is. */
static int any_listener(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof at) == 0;
    at.sin_addr.s_addr = htonl(INADDR_ANY);
    bound = bound || (fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof at) == 0);
    if (bound && listen(fd, 1) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1; /* a machine without IPv4: that part is left out */
}

bool stage_open(struct stage *stage)
{
    static const char bytes[] = "rehearsal";
    memset(stage, 0, sizeof *stage);
    if (channel_pair(stage->ends, 0) != 0)
        return false;
    stage->file = memfd_create("rehearsal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (stage->file < 0 || write(stage->file, bytes, sizeof bytes) != (ssize_t)sizeof bytes)
        return false;
    stage->listener = any_listener();
    return crypt_gensalt_rn("$y$", 1, NULL, 0, stage->setting, sizeof stage->setting) != NULL;
}

static bool memory(void)
{
    char *small = malloc(1000), *large = malloc(4 << 20);
    char *larger = realloc(large, 8 << 20);
    const bool fine = small && larger;
    if (larger)
        memset(larger, 1, 8 << 20);
    else
        free(large);
    free(larger);
    free(small);
    return fine;
}

static bool basics(void)
{
    struct timespec now;
    uint32_t number;
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0 &&
           getrandom(&number, sizeof number, 0) == sizeof number && getpid() > 0;
}

static bool messages(const struct stage *stage)
{
    char text[8];
    return channel_send(stage->ends[0], "hello", 6, 0) == 0 &&
           channel_receive(stage->ends[1], text, sizeof text, 0) == 6;
}

static bool gives_descriptor(const struct stage *stage)
{
    return channel_send_fd(stage->ends[0], "file", 5, stage->file, 0) == 0;
}

/* In the place of a message with a descriptor. */
static bool sends(const struct stage *stage)
{
    return channel_send(stage->ends[0], "bytes", 5, MSG_DONTWAIT) == 0;
}

/* recv(2) drops what came with the bytes. */
static bool drops_descriptor(const struct stage *stage)
{
    char text[8];
    return channel_receive(stage->ends[1], text, sizeof text, 0) == 5;
}

static bool takes_descriptor(const struct stage *stage)
{
    char text[8];
    int fd = -1;
    if (channel_receive_fd(stage->ends[1], text, sizeof text, &fd, MSG_DONTWAIT) <= 0)
        return errno = EPROTO, false;
    return fd < 0 || close(fd) == 0;
}

static bool waits(const struct stage *stage)
{
    struct pollfd one = { .fd = stage->ends[0], .events = POLLOUT };
    return poll(&one, 1, 0) == 1;
}

/* The loop of a shared process, and the reading of a configuration that it is handed. */
static bool loops(const struct stage *stage)
{
    struct epoll_event event = { .events = EPOLLOUT };
    struct stat about;
    char byte;
    const int set = epoll_create1(EPOLL_CLOEXEC);
    return set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, stage->ends[0], &event) == 0 &&
           epoll_wait(set, &event, 1, 0) == 1 && close(set) == 0 && fcntl(stage->file, F_GET_SEALS) >= 0 &&
           fstat(stage->file, &about) == 0 && pread(stage->file, &byte, 1, 0) == 1;
}

static bool makes_socket(int family)
{
    const int on = 1;
    const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0)
        return errno == EAFNOSUPPORT;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 && listen(fd, 1) == 0 &&
           close(fd) == 0;
}

static bool moves_bytes(const struct stage *stage)
{
    off_t start = 0;
    char bytes[16];
    int ends[2];
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0 && fcntl(ends[1], F_SETPIPE_SZ, 1) > 0 &&
           fcntl(ends[1], F_GETPIPE_SZ) > 0 && sendfile(ends[1], stage->file, &start, 4) == 4 &&
           read(ends[0], bytes, 4) == 4 && write(ends[1], bytes, 4) == 4 &&
           splice(ends[0], NULL, ends[1], NULL, 4, SPLICE_F_NONBLOCK) == -1 &&
           (errno == EINVAL || errno == EAGAIN) && /* a pipe into itself: asked for, and not done */
           close(ends[0]) == 0 && close(ends[1]) == 0;
}

static bool serves_socket(const struct stage *stage)
{
    const struct timeval soon = { .tv_sec = 1 };
    const int fd = stage->listener;
    return fd < 0 ||
           (accept4(fd, NULL, NULL, SOCK_CLOEXEC) == -1 && errno == EAGAIN &&
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon) == 0 && shutdown(fd, SHUT_WR) == 0);
}

static bool reads_files(void)
{
    const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
    const int root = (int)syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);
    char entries[1024];
    struct statx about;
    return root >= 0 && syscall(SYS_getdents64, root, entries, sizeof entries) > 0 &&
           statx(root, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &about) == 0 && close(root) == 0;
}

static bool locks(const struct stage *stage)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    return fcntl(stage->file, F_OFD_SETLK, &whole) == 0 && fsync(stage->file) == 0 &&
           lseek(stage->file, 0, SEEK_SET) == 0;
}

/* What auth keeps over a restart. */
static bool keeps(const struct stage *stage)
{
    struct flock first = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
    return fcntl(stage->file, F_OFD_SETLK, &first) == 0 && pwrite(stage->file, "", 1, 0) == 1 &&
           fdatasync(stage->file) == 0;
}

static bool hashes(const struct stage *stage)
{
    static struct crypt_data data;
    alarm(1);
    alarm(0);
    return crypt_rn("rehearsal", stage->setting, &data, (int)sizeof data) != NULL;
}

static bool forks(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

/* As a cradle does it; the child is the master's. */
static bool bears(void)
{
    const long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        _exit(0);
    return pid > 0;
}

/* As control asks of each client. */
static bool asks_who(const struct stage *stage)
{
    struct ucred who;
    socklen_t size = sizeof who;
    return getsockopt(stage->ends[0], SOL_SOCKET, SO_PEERCRED, &who, &size) == 0;
}

static bool logs(const struct stage *stage)
{
    return write(stage->file, "line", 4) == 4;
}

/* Whether a page can be locked is a matter of limits; that it may be asked is the filter's. */
static bool keeps_secrets(void)
{
    static char page[64];
    (void)mlock(page, sizeof page);
    return true;
}

#define DOES(part)                                                                                           \
    if (!(part))                                                                                             \
    return #part

static const char *rehearse_shared(enum role role, const struct stage *stage)
{
    DOES(role == ROLE_DIALER ? gives_descriptor(stage) : sends(stage));
    DOES(takes_descriptor(stage));
    DOES(loops(stage));
    if (role == ROLE_DIALER) {
        DOES(makes_socket(AF_INET));
        DOES(makes_socket(AF_INET6));
    }
    if (role == ROLE_KEEPER)
        DOES(keeps_secrets());
    if (role == ROLE_CONTROL)
        DOES(asks_who(stage));
    if (role == ROLE_SCRIBE) {
        DOES(waits(stage));
        DOES(logs(stage));
    }
    return NULL;
}

static bool is_net(enum role role)
{
    return role == ROLE_NET || role == ROLE_NET_CRADLE;
}

static const char *rehearse_session(enum role role, const struct stage *stage)
{
    DOES(waits(stage));
    if (role == ROLE_NET_CRADLE || role == ROLE_JAIL_CRADLE) {
        DOES(bears()); /* the rest is its children's, who try it next */
        return NULL;
    }
    if (role == ROLE_NET) {
        DOES(moves_bytes(stage));
        DOES(serves_socket(stage));
        return NULL;
    }
    DOES(gives_descriptor(stage));
    DOES(drops_descriptor(stage));
    DOES(reads_files());
    DOES(locks(stage));
    return NULL;
}

static const char *rehearse_auth(enum role role, const struct stage *stage)
{
    if (role != ROLE_AUTH)
        DOES(hashes(stage));
    if (role == ROLE_NURSERY || role == ROLE_AUTH_BEFORE)
        DOES(forks());
    if (role == ROLE_AUTH) {
        DOES(keeps(stage));
        return rehearse_shared(role, stage);
    }
    return NULL;
}

const char *rehearse(enum role role, const struct stage *stage)
{
    DOES(memory());
    DOES(basics());
    if (!is_net(role))
        DOES(messages(stage)); /* NET's come by recvmsg */
    switch (role) {
    case ROLE_AUTH_BEFORE:
    case ROLE_AUTH:
    case ROLE_NURSERY:
    case ROLE_HASHER:
        return rehearse_auth(role, stage);
    case ROLE_NET_CRADLE:
    case ROLE_JAIL_CRADLE:
    case ROLE_NET:
    case ROLE_JAIL_BEFORE:
    case ROLE_JAIL:
        return rehearse_session(role, stage);
    default:
        return rehearse_shared(role, stage);
    }
}

#define BIT(role)    (1U << (role))
#define EVERYONE     (BIT(ROLES) - 1 - BIT(ROLE_MASTER))
#define ALL_BUT(...) (EVERYONE & ~(uint32_t)(__VA_ARGS__))

/* Who may fork, and who may change ids. */
#define FORKERS (BIT(ROLE_AUTH_BEFORE) | BIT(ROLE_NURSERY))
#define CRADLES (BIT(ROLE_NET_CRADLE) | BIT(ROLE_JAIL_CRADLE))
#define NETS    (BIT(ROLE_NET_CRADLE) | BIT(ROLE_NET))
#define CHANGE  (BIT(ROLE_JAIL_CRADLE) | BIT(ROLE_JAIL_BEFORE)) /* to a user */
#define JAILS   (CHANGE | BIT(ROLE_JAIL))
#define SHARED                                                                                               \
    (BIT(ROLE_AUTH_BEFORE) | BIT(ROLE_AUTH) | BIT(ROLE_DIALER) | BIT(ROLE_KEEPER) | BIT(ROLE_SCRIBE) |       \
     BIT(ROLE_CONTROL))
#define SENDERS       (FORKERS | JAILS | BIT(ROLE_DIALER)) /* of descriptors */
#define ADDRESS(text) ((long)(uintptr_t)(text))

enum { PRIVATE_ANONYMOUS = MAP_PRIVATE | MAP_ANONYMOUS };
enum { A_USER = 0x7ffffffe }; /* an id that is no account of the daemon's */

#define HIGH_HALF ((long)1 << 32) /* the kernel would see 0 */

/* The last rows are calls that roles do have, with arguments that they must not have; the whole table of
 * those is tests/border/test_arguments.py's. */
/* clang-format off */
const struct forbidden_call forbidden_calls[] = {
    { "openat", EVERYONE, { AT_FDCWD, ADDRESS("/"), O_RDONLY } },
    { "openat2", ALL_BUT(JAILS), { AT_FDCWD, ADDRESS("/") } },
    { "open_by_handle_at", EVERYONE, { AT_FDCWD } },
    { "execve", EVERYONE, { ADDRESS("/nowhere") } },
    { "execveat", EVERYONE, { -1, ADDRESS("/nowhere") } },
    { "clone", ALL_BUT(FORKERS), { 0 } },
    { "clone", ALL_BUT(FORKERS | CRADLES), { CLONE_PARENT | SIGCHLD } },
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
    { "socket", EVERYONE, { AF_UNIX, SOCK_STREAM } },
    { "socket", EVERYONE, { AF_NETLINK, SOCK_RAW } },
    { "socket", ALL_BUT(BIT(ROLE_DIALER)), { AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP } },
    { "bind", ALL_BUT(BIT(ROLE_DIALER)), { -1 } },
    { "connect", ALL_BUT(BIT(ROLE_DIALER)), { -1 } },
    { "sendmsg", ALL_BUT(SENDERS), { -1 } },
    { "recvmsg", ALL_BUT(SHARED | NETS | CRADLES), { -1 } },
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
    { "shutdown", EVERYONE, { -1, SHUT_RDWR } },
    { "setsockopt", EVERYONE, { -1, IPPROTO_TCP, TCP_REPAIR } },
    { "setsockopt", EVERYONE, { -1, SOL_SOCKET, SO_DETACH_FILTER } },
    { "setsockopt", EVERYONE, { -1, HIGH_HALF | SOL_SOCKET, SO_DETACH_FILTER } },
    { "fcntl", EVERYONE, { -1, F_SETOWN, 1 } },
    { "clone", EVERYONE, { CLONE_NEWUSER | CLONE_FS } }, /* EINVAL, if it came to that */
    { "clone", EVERYONE, { CLONE_THREAD } },
    { "seccomp", EVERYONE, { SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER } },
    { "prctl", FORKERS | CRADLES | NETS | JAILS, { PR_SET_DUMPABLE, 1 } },
    { "mmap", EVERYONE, { 0, 4096, HIGH_HALF | PROT_EXEC, PRIVATE_ANONYMOUS, -1 } },
    { "mmap", EVERYONE, { 0, 4096, PROT_READ, PRIVATE_ANONYMOUS | MAP_FIXED, -1 } },
    { "linkat", EVERYONE, { -1, ADDRESS(""), -1, ADDRESS("x"), AT_EMPTY_PATH } },
    { "fchmod", EVERYONE, { -1, S_ISUID | 0777 } },
};
/* clang-format on */

const size_t forbidden_call_count = COUNT(forbidden_calls);
