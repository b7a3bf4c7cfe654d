/* SPDX-License-Identifier: BSD-2-Clause */
/* channel.c - sends and receives messages.  In every process, whatever privilege
 * it has; checks what other processes send. */
#include "daemon/ipc/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int channel_send(int channel, const void *message, size_t size, int flags)
{
    ssize_t sent;
    do
        sent = send(channel, message, size, flags | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

/* Room for the descriptors of a message, aligned as cmsg(3) requires. */
union control {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(HALF_FDS_MAX * sizeof(int))];
};

int channel_send_fds(int channel, const void *message, size_t size, const int fds[], size_t count,
                     int flags)
{
    union control control = { 0 };
    struct iovec bytes = { .iov_base = (void *)(uintptr_t)message, .iov_len = size };
    struct msghdr header = { .msg_iov = &bytes, .msg_iovlen = 1 };
    ssize_t sent;

    if (count > HALF_FDS_MAX)
        return -EINVAL;
    if (count > 0) {
        control.head.cmsg_len = CMSG_LEN(count * sizeof *fds);
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(&control.head), fds, count * sizeof *fds);
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(count * sizeof *fds);
    }
    do
        sent = sendmsg(channel, &header, flags | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

int channel_send_fd(int channel, const void *message, size_t size, int fd, int flags)
{
    return channel_send_fds(channel, message, size, &fd, fd >= 0 ? 1 : 0, flags);
}

/* The other end was closed before it had read all messages.  Linux reports that
 * once, before what the other end sent and before the end of file. */
static bool receive_again(ssize_t got)
{
    return got < 0 && (errno == EINTR || errno == ECONNRESET);
}

ssize_t channel_receive(int channel, void *message, size_t room, int flags)
{
    ssize_t got;
    /* the datagram's size, not what fitted */
    do
        got = recv(channel, message, room, flags | MSG_TRUNC);
    while (receive_again(got));
    if (got < 0)
        return -errno;
    return (size_t)got > room ? -EMSGSIZE : got;
}

static void close_all(int fds[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

/* Takes the descriptors out of the control data, and counts them.  False where
 * there are more than `most`, or other control data; closes the surplus. */
static bool control_take(struct msghdr *header, int fds[], size_t most, size_t *came)
{
    bool fine = (header->msg_flags & MSG_CTRUNC) == 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
            fine = false;
            continue;
        }
        const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            if (*came == most) {
                fine = false;
                close(fd);
            } else {
                fds[(*came)++] = fd;
            }
        }
    }
    return fine;
}

ssize_t channel_receive_fds(int channel, void *message, size_t room, int fds[], size_t most,
                            size_t *came, int flags)
{
    union control control;
    struct iovec bytes = { .iov_base = message, .iov_len = room };
    struct msghdr header;
    ssize_t got;

    *came = 0;
    if (most == 0 || most > HALF_FDS_MAX)
        return -EINVAL;
    memset(fds, -1, most * sizeof *fds);
    do {
        /* CMSG_LEN, not CMSG_SPACE: its padding would take one more descriptor. */
        header = (struct msghdr){ .msg_iov = &bytes,
                                  .msg_iovlen = 1,
                                  .msg_control = &control,
                                  .msg_controllen = CMSG_LEN(most * sizeof *fds) };
        got = recvmsg(channel, &header, flags | MSG_CMSG_CLOEXEC);
    } while (receive_again(got));
    if (got < 0)
        return -errno;
    int fault = control_take(&header, fds, most, came) ? 0 : -EBADMSG;
    if (header.msg_flags & MSG_TRUNC)
        fault = -EMSGSIZE;
    /* an empty datagram: no message, and not the end of file either */
    if (got == 0 && *came > 0)
        fault = -EBADMSG;
    if (fault == 0)
        return got;
    close_all(fds, most);
    *came = 0;
    return fault;
}

ssize_t channel_receive_fd(int channel, void *message, size_t room, int *fd, int flags)
{
    size_t came;
    return channel_receive_fds(channel, message, room, fd, 1, &came, flags);
}
