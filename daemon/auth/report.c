/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c - runs in auth: messages to master and scribe without a request. */
#include "daemon/auth/report.h"

#include "common/text.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/protocol/from_master.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* Both read continuously; if one is behind, it gets a second to catch up. */
static void send_to(int channel, const char *whom, const void *message, size_t size)
{
    enum { PATIENCE_MS = 1000 };
    struct pollfd room = { .fd = channel, .events = POLLOUT };
    int error = channel_send(channel, message, size, MSG_DONTWAIT);
    if (error == -EAGAIN && poll(&room, 1, PATIENCE_MS) == 1)
        error = channel_send(channel, message, size, MSG_DONTWAIT);
    if (error)
        log_note(LOG_LEVEL_ERROR, "auth can't tell the %s: %s", whom, strerror(-error));
}

static void send_master(const struct auth *auth, const void *message, size_t size)
{
    if (auth->master.fd >= 0) /* gone: running sessions go on without it */
        send_to(auth->master.fd, "master", message, size);
}

void report_logged_in(const struct auth *auth, const struct attempt *attempt)
{
    struct tm_logged_in message;
    memset(&message, 0, offsetof(struct tm_logged_in, home));
    message.head.type = TM_LOGGED_IN;
    message.cell = attempt->number;
    message.uid = attempt->who.uid;
    (void)text_copy(message.name, sizeof message.name, attempt->name);
    (void)text_copy(message.group, sizeof message.group, attempt->policy.group);
    (void)text_copy(message.home, sizeof message.home, attempt->who.home);
    send_master(auth, &message, message_size(offsetof(struct tm_logged_in, home), message.home));
}

void report_users_changed(const struct auth *auth)
{
    const struct message_head message = { .type = TM_USERS_CHANGED };
    send_master(auth, &message, sizeof message);
}

void report_state_bad(const struct auth *auth)
{
    const struct message_head message = { .type = TM_STATE_BAD };
    send_master(auth, &message, sizeof message);
}

static void fill_ban(struct tm_ban *message, const struct key *key, uint32_t seconds)
{
    memset(message, 0, sizeof *message);
    message->head.type = TM_BAN;
    key_address(key, &message->address);
    message->bits = key_bits(key);
    message->seconds = seconds;
}

bool report_ban(const struct auth *auth, const struct key *key, uint32_t seconds)
{
    struct tm_ban message;
    fill_ban(&message, key, seconds);
    return auth->master.fd >= 0 &&
           channel_send(auth->master.fd, &message, sizeof message, MSG_DONTWAIT) == 0;
}

void report_unban(const struct auth *auth, const struct key *key)
{
    struct tm_ban message;
    fill_ban(&message, key, 0);
    send_master(auth, &message, sizeof message);
}

void report_login(const struct attempt *attempt, enum refusal refusal, uint32_t error,
                  enum limit limit)
{
    struct scribe_login message;
    memset(&message, 0, sizeof message);
    message.head.type = SCRIBE_LOGIN;
    message.cell = attempt->number;
    message.milliseconds = (uint64_t)(now_ms() - attempt->asked_ms);
    message.refusal = refusal;
    message.error = error;
    message.limit = limit;
    message.tls = attempt->tls;
    (void)text_copy(message.name, sizeof message.name, attempt->name);
    send_to(FD_SCRIBE, "scribe", &message, sizeof message);
}
