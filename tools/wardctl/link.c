/* SPDX-License-Identifier: BSD-2-Clause */
/* link.c - the connection to the daemon's control socket. */
#include "common/text.h"
#include "tools/wardctl/wardctl.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MS = 250000 }; /* longer than any request takes */

static int not_connected(const char *path, int error)
{
    if (error == EACCES || error == EPERM)
        return complain(EX_NOPERM, "%s: permission denied: only root may use the control socket",
                        path);
    if (error == ENOENT || error == ECONNREFUSED)
        return complain(EX_UNAVAILABLE, "no wardftpd is listening on %s", path);
    return complain(EX_UNAVAILABLE, "%s: %s", path, strerror(error));
}

/* The socket was bound by the master: the kernel tells its pid. */
static int master_of(int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 || who.pid <= 0)
        return -1;
    return pidfd_open(who.pid, 0);
}

int link_open(struct link *link, const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    *link = (struct link){ .fd = -1, .daemon = -1 };
    if (!text_copy(address.sun_path, sizeof address.sun_path, path))
        return complain(EX_USAGE, "%s: path too long for a socket", path);
    link->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (link->fd < 0)
        return complain(EX_OSERR, "socket: %s", strerror(errno));
    if (connect(link->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return not_connected(path, errno);
    link->daemon = master_of(link->fd);
    return 0;
}

void link_close(struct link *link)
{
    if (link->fd >= 0)
        close(link->fd);
    if (link->daemon >= 0)
        close(link->daemon);
}

/* One datagram; its size, or -1.  A daemon that refuses us closes the connection with our
 * request unread: Linux reports that first (ECONNRESET), then gives the refusal. */
static ssize_t receive(const struct link *link, void *answer, size_t room)
{
    struct pollfd ready = { .fd = link->fd, .events = POLLIN };
    ssize_t n;
    if (poll(&ready, 1, ANSWER_MS) != 1)
        return -1;
    do
        n = recv(link->fd, answer, room, 0);
    while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    return n;
}

static int result_code(uint32_t result)
{
    switch (result) {
    case CONTROL_BUSY:
        return complain(EX_TEMPFAIL, "the daemon is busy with the same request; try again");
    case CONTROL_UNAVAILABLE:
        return complain(EX_TEMPFAIL, "a process of the daemon does not respond; try again");
    case CONTROL_DENIED:
        return complain(EX_NOPERM, "permission denied: only root may use the control socket");
    case CONTROL_BAD:
        return complain(EX_PROTOCOL,
                        "the daemon does not know this command: is it another version?");
    default:
        return 0;
    }
}

int link_ask(struct link *link, struct control_ask *ask, void *answer, size_t size)
{
    union control_any any;
    ask->head = (struct message_head){ .type = CONTROL_ASK, .serial = ++link->serial };
    ssize_t n = send(link->fd, ask, sizeof *ask, MSG_NOSIGNAL);
    if (n != (ssize_t)sizeof *ask && errno != EPIPE && errno != ECONNRESET)
        return complain(EX_IOERR, "can't send to the daemon: %s", strerror(errno));
    n = receive(link, &any, sizeof any); /* also if it has refused us and closed */
    if (n < 0)
        return complain(EX_TEMPFAIL, "the daemon does not respond; try again");
    if (n == 0)
        return complain(EX_TEMPFAIL, "the daemon closed the connection; try again");
    if (n != (ssize_t)size && n != (ssize_t)sizeof any.numbers)
        return complain(EX_PROTOCOL, "answer of unknown format: is the daemon another version?");
    if (n == (ssize_t)size)
        memcpy(answer, &any, size);
    const int code = result_code(any.numbers.result);
    if (code == 0 && (n != (ssize_t)size || any.numbers.verb != ask->verb))
        return complain(EX_PROTOCOL, "answer to another request: is the daemon another version?");
    return code;
}

int link_simple(struct link *link, struct control_ask *ask, struct control_answer *answer)
{
    const int code = link_ask(link, ask, answer, sizeof *answer);
    if (code == 0)
        answer->text[sizeof answer->text - 1] = '\0';
    return code;
}

int link_wait_end(struct link *link)
{
    struct pollfd end = { .fd = link->daemon, .events = POLLIN };
    int n;
    if (link->daemon < 0)
        return complain(EX_OSERR, "can't wait for the daemon to end");
    do
        n = poll(&end, 1, -1);
    while (n < 0 && errno == EINTR);
    return n == 1 ? 0 : complain(EX_OSERR, "poll: %s", strerror(errno));
}
