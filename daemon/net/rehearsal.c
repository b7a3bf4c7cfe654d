/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - the self-test of NET's program: makes the system calls that a
 * session makes. */
#include "daemon/net/net.h"

#include "daemon/zygote/zygote.h"
#include "daemon/program/rehearsal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Splices a pipe into itself, which the kernel refuses: the call was permitted. */
static bool moves_bytes(void)
{
    off_t start = 0;
    char bytes[16];
    int ends[2];
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0 && fcntl(ends[1], F_SETPIPE_SZ, 1) > 0 &&
           fcntl(ends[1], F_GETPIPE_SZ) > 0 && sendfile(ends[1], FD_STAGE_FILE, &start, 4) == 4 &&
           read(ends[0], bytes, 4) == 4 && write(ends[1], bytes, 4) == 4 &&
           splice(ends[0], NULL, ends[1], NULL, 4, SPLICE_F_NONBLOCK) == -1 &&
           (errno == EINVAL || errno == EAGAIN) && close(ends[0]) == 0 && close(ends[1]) == 0;
}

static bool serves_socket(void)
{
    const struct timeval soon = { .tv_sec = 1 };
    const int fd = FD_STAGE_LISTENER;
    if (accept4(fd, NULL, NULL, SOCK_CLOEXEC) != -1 || (errno != EAGAIN && errno != EBADF))
        return false;
    return errno == EBADF || (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon) == 0 &&
                              shutdown(fd, SHUT_WR) == 0);
}

const char *net_rehearse(enum role role)
{
    const char *failed = rehearse_basics(true);
    if (failed || role == ROLE_NET_ZYGOTE)
        return failed ? failed : zygote_rehearse();
    DOES(waits());
    DOES(moves_bytes());
    DOES(serves_socket());
    return NULL;
}
