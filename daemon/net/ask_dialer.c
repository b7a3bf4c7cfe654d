/* SPDX-License-Identifier: BSD-2-Clause */
/* ask_dialer.c - runs in NET, without privilege; gets data sockets from the
 * dialer. */
#include "daemon/net/ask.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"
#include "daemon/protocol/net_dialer.h"
#include "daemon/net/channels.h"
#include "daemon/net/from_master.h"
#include "daemon/net/wait.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { ANSWER_MS = 5000, RESTART_MS = 2000 };

static int receive_dialer_answer(struct session *s, const struct dial *question,
                                 struct dial_answer *answer)
{
    const int64_t deadline_ms = now_ms() + ANSWER_MS;
    for (;;) {
        int fd = -1;
        const ssize_t n = channel_receive_fd(s->dialer, answer, sizeof *answer, &fd, 0);
        if (n == -EINTR)
            continue;
        if (n == -EAGAIN) {
            if (session_wait(s, s->dialer, POLLIN, deadline_ms, TO_ITS_END) == WAITED_TIME)
                return -EPIPE;
            continue;
        }
        if (n == -EMSGSIZE)
            die("net: border violation: dialer to NET: larger than any answer");
        if (n <= 0)
            return -EPIPE;
        if (n != sizeof *answer || answer->head.type != question->head.type ||
            answer->head.serial != question->head.serial || (answer->error == 0) != (fd >= 0))
            die("net: border violation: dialer to NET");
        const char *wrong = validate_dial_answer(answer);
        if (wrong)
            die("net: border violation: dialer to NET: %s", wrong);
        return answer->error == 0 ? fd : -(int)answer->error;
    }
}

static int ask_once(struct session *s, uint32_t type, struct data_port *port)
{
    const struct dial question = { .head = { .type = type, .serial = channels_serial(s) },
                                   .port = type == DIAL_CONNECT ? port->number : 0 };
    struct dial_answer answer;
    if (s->dialer < 0 || channel_send(s->dialer, &question, sizeof question, 0) != 0)
        return -EPIPE;
    const int fd = receive_dialer_answer(s, &question, &answer);
    if (fd >= 0 && type == DIAL_LISTEN) {
        port->number = (uint16_t)answer.port;
        port->may_keep = answer.may_keep != 0;
    }
    return fd;
}

/* The master starts a new dialer and sends its end of the channel. */
static bool new_dialer_comes(struct session *s)
{
    const int64_t deadline_ms = now_ms() + RESTART_MS;
    channels_close(&s->dialer);
    while (s->dialer < 0 && s->master >= 0 && now_ms() < deadline_ms) {
        struct pollfd fd = { .fd = s->master, .events = POLLIN };
        const int64_t left = deadline_ms - now_ms();
        if (poll(&fd, 1, left > 0 ? (int)left : 0) > 0)
            read_master(s);
    }
    return s->dialer >= 0;
}

bool ask_dialer_is_short(int error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOBUFS || error == -ENOMEM ||
           error == -ETOOMANYREFS || error == -EAGAIN;
}

int ask_dialer(struct session *s, uint32_t type, struct data_port *port)
{
    int fd = ask_once(s, type, port);
    if (fd == -EPIPE && new_dialer_comes(s))
        fd = ask_once(s, type, port);
    return fd;
}
