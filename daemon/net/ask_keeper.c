/* SPDX-License-Identifier: BSD-2-Clause */
/* ask_keeper.c - runs in NET; gets signatures from the keeper. */
#include "daemon/net/ask_keeper.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { ANSWER_MS = 5000 };
/* not in the session, which OpenSSL's callbacks don't get */
static int channel = -1;

void keeper_set_channel(int new_channel)
{
    channel = new_channel;
}

bool keeper_is_reachable(void)
{
    struct pollfd keeper = { .fd = channel };
    return channel >= 0 && (poll(&keeper, 1, 0) == 0);
}

/* A late answer would be taken for the answer to the next question, so no more questions are
 * asked. */
static void give_up_channel(void)
{
    (void)shutdown(channel, SHUT_WR);
    channel = -1;
}

static bool receive_keeper_answer(const struct keeper_sign *ask, struct keeper_answer *answer)
{
    const int64_t until = now_ms() + ANSWER_MS;
    struct pollfd keeper = { .fd = channel, .events = POLLIN };
    for (;;) {
        int fd = -1;
        const int64_t left = until - now_ms();
        if (left <= 0 || (poll(&keeper, 1, (int)left) < 0 && errno != EINTR))
            return false;
        const ssize_t n = channel_receive_fd(channel, answer, sizeof *answer, &fd, MSG_DONTWAIT);
        if (n == -EAGAIN || n == -EINTR)
            continue;
        if (n == -EMSGSIZE)
            die("net: border violation: keeper to NET: larger than any answer");
        if (n <= 0)
            return false;
        if (n != (ssize_t)sizeof *answer || fd >= 0 || answer->head.type != ask->head.type ||
            answer->head.serial != ask->head.serial)
            die("net: border violation: keeper to NET");
        const char *wrong = validate_keeper_answer(answer);
        if (wrong)
            die("net: border violation: keeper to NET: %s", wrong);
        return true;
    }
}

size_t ask_keeper(struct keeper_sign *ask, unsigned char *signature, size_t room)
{
    static uint32_t serial;
    struct keeper_answer answer;
    ask->head.serial = ++serial;
    if (channel < 0)
        return 0;
    if (channel_send(channel, ask, sizeof *ask, MSG_DONTWAIT) != 0 ||
        !receive_keeper_answer(ask, &answer)) {
        give_up_channel();
        return 0;
    }
    if (answer.error || answer.length > room)
        return 0;
    memcpy(signature, answer.signature, answer.length);
    return answer.length;
}
