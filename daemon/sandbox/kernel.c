/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.c - runs in `wardftpd -V`, with the privilege of its caller.  It tries
 * the kernel's features, because a version number says little. */
#include "daemon/sandbox/kernel.h"

#include "common/text.h"
#include "daemon/sandbox/landlock.h"

#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };

/* Runs try in a process of its own: its errno, or 0 if it succeeds. */
static int in_child(int (*try)(void))
{
    int status = 0;
    (void)fflush(NULL); /* otherwise the child would write the buffer, too */
    const pid_t pid = fork();
    if (pid == 0)
        _exit(try() == 0 ? 0 : errno);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : ENOSYS;
}

static int try_trap(void)
{
    const uint32_t action = SECCOMP_RET_TRAP;
    return (int)syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

static int try_openat2(void)
{
    return syscall(SYS_openat2, -1, NULL, NULL, 0) == 0 || errno != ENOSYS ? 0 : -1;
}

static int try_landlock(void)
{
    errno = EOPNOTSUPP;
    return landlock_abi() ? 0 : -1;
}

static int try_namespaces(void)
{
    return unshare(CLONE_NEWNET | CLONE_NEWIPC);
}

/* As the dialer, which has no capability. */
static int try_socket_filter(void)
{
    struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, UINT32_MAX) };
    const struct sock_fprog program = { .len = COUNT(code), .filter = code };
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
                           setresuid(NOBODY, NOBODY, NOBODY) != 0))
        return -1;
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static const struct {
    const char *name;
    int (*try)(void);
} offers[] = {
    { "system call filters (seccomp)", try_trap },
    { "paths beneath a root (openat2)", try_openat2 },
    { "Landlock", try_landlock },
    { "private namespaces", try_namespaces },
    { "filter of a listener's peer, unprivileged", try_socket_filter },
};

void kernel_print_offers(void)
{
    for (size_t i = 0; i < COUNT(offers); i++) {
        const int error = in_child(offers[i].try);
        if (error)
            printf("%s: no (%s)\n", offers[i].name, strerror(error));
        else if (offers[i].try == try_landlock)
            printf("%s: ABI %d\n", offers[i].name, landlock_abi());
        else
            printf("%s: yes\n", offers[i].name);
    }
    printf("kernel TLS: not used\n");
}
