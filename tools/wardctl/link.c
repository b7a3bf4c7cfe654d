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

enum { ANSWER_MS = 70000 }; /* longer than the daemon lets anything take */

static int not_connected(const char *path, int error)
{
    if (error == EACCES || error == EPERM)
        return complain(EX_NOPERM, "%s: only root may ask", path);
    if (error == ENOENT || error == ECONNREFUSED)
        return complain(EX_UNAVAILABLE, "no wardftpd serves %s", path);
    return complain(EX_UNAVAILABLE, "%s: %s", path, strerror(error));
}

/* The socket was bound by the master: the kernel says who that is. */
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
        return complain(EX_USAGE, "%s: too long for a socket", path);
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

/* One datagram; its size, or -1.  Who refuses us hangs up with our question
 * unread: Linux says that once (ECONNRESET), before the refusal itself. */
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
        return complain(EX_TEMPFAIL, "the daemon is at it already; try again");
    case CONTROL_UNAVAILABLE:
        return complain(EX_TEMPFAIL, "the process that should answer does not; try again");
    case CONTROL_DENIED:
        return complain(EX_NOPERM, "only root may ask");
    case CONTROL_BAD:
        return complain(EX_PROTOCOL, "the daemon does not know this question: is it of another version?");
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
        return complain(EX_IOERR, "the daemon can't be asked: %s", strerror(errno));
    n = receive(link, &any, sizeof any); /* also where it has refused us and hung up */
    if (n < 0)
        return complain(EX_TEMPFAIL, "the daemon does not answer; try again");
    if (n == 0)
        return complain(EX_TEMPFAIL, "the daemon has closed the connection; try again");
    if (n != (ssize_t)size && n != (ssize_t)sizeof any.numbers)
        return complain(EX_PROTOCOL, "an answer of an unknown form: is the daemon of another version?");
    if (n == (ssize_t)size)
        memcpy(answer, &any, size);
    const int code = result_code(any.numbers.result);
    if (code == 0 && (n != (ssize_t)size || any.numbers.verb != ask->verb))
        return complain(EX_PROTOCOL, "an answer to another question: is the daemon of another version?");
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
        return complain(EX_OSERR, "the daemon's end can't be waited for");
    do
        n = poll(&end, 1, -1);
    while (n < 0 && errno == EINTR);
    return n == 1 ? 0 : complain(EX_OSERR, "poll: %s", strerror(errno));
}
