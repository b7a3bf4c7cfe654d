/* SPDX-License-Identifier: BSD-2-Clause */
/* ask_auth.c - runs in NET, without privilege; passes the client's password
 * to auth, and keeps no copy. */
#include "daemon/net/ask.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"
#include "daemon/net/channels.h"
#include "daemon/net/wait.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* Returns what ask_auth() does. */
static int receive_auth_answer(struct session *s, uint32_t serial, struct auth_login_answer *answer)
{
    for (;;) {
        int fd = -1;
        const enum waited waited =
            session_wait(s, s->auth, POLLIN, s->login_deadline_ms, UNTIL_CUT);
        if (waited == WAITED_TIME)
            return -ETIMEDOUT;
        if (waited == WAITED_CUT)
            return -ECONNRESET;
        const ssize_t n = channel_receive_fd(s->auth, answer, sizeof *answer, &fd, MSG_DONTWAIT);
        if (n == -EAGAIN || n == -EINTR)
            continue;
        if (n == -EMSGSIZE)
            die("net: border violation: auth to NET: larger than any answer");
        if (n <= 0)
            return -EPIPE;
        if (n != sizeof *answer || fd >= 0 || answer->head.type != AUTH_LOGIN ||
            answer->head.serial != serial)
            die("net: border violation: auth to NET");
        const char *wrong = validate_login_answer(answer);
        if (wrong)
            die("net: border violation: auth to NET: %s", wrong);
        return 0;
    }
}

int ask_auth(struct session *s, struct auth_login *login, struct auth_login_answer *answer)
{
    const uint32_t serial = channels_serial(s);
    login->head = (struct message_head){ .type = AUTH_LOGIN, .serial = serial };
    const int error = s->auth < 0 ? -EPIPE : channel_send(s->auth, login, sizeof *login, 0);
    wipe(login, sizeof *login);
    return error != 0 ? -EPIPE : receive_auth_answer(s, serial, answer);
}

void report_nopass(struct session *s)
{
    struct auth_nopass message;
    if (s->nopass_reported || s->auth < 0)
        return;
    memset(&message, 0, sizeof message);
    message.head = (struct message_head){ .type = AUTH_NOPASS, .serial = channels_serial(s) };
    if (text_copy(message.name, sizeof message.name, s->name))
        (void)channel_send(
            s->auth, &message, sizeof message,
            MSG_DONTWAIT); /* auth only counts them; if its queue is full, one is not counted */
    s->nopass_reported = true;
}
