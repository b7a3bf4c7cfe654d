/* SPDX-License-Identifier: BSD-2-Clause */
/* secure.c - runs in NET, without privilege: TLS handshakes.  The private key
 * is in the keeper (remote_key.c). */
#include "daemon/net/secure.h"

#include "common/text.h"
#include "daemon/net/activity.h"
#include "daemon/net/end.h"
#include "daemon/net/report.h"
#include "daemon/net/tls.h"
#include "daemon/net/tls_context.h"
#include "daemon/net/wait.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

static bool start(struct stream *stream, enum tls_side side)
{
    static bool own_tickets; /* a ticket key of this process's own, as it serves one session */
    if (!own_tickets)
        own_tickets = tls_own_tickets() == 0;
    return own_tickets && tls_start(stream, side) == 0;
}

bool secure_control(struct session *s)
{
    char text[TLS_TEXT_SIZE] = "";
    int error = start(&s->control, TLS_CONTROL) ? -EAGAIN : -EIO;
    if (error == -EAGAIN)
        error = tls_handshake(&s->control, text);
    while (error == -EAGAIN) {
        const enum waited waited = session_wait(s, s->control.fd, stream_want(&s->control, POLLIN),
                                                s->login_deadline_ms, UNTIL_CUT);
        if (waited == WAITED_READY) {
            error = tls_handshake(&s->control, text);
        } else {
            (void)text_copy(text, sizeof text, "timed out");
            error = -ETIMEDOUT;
        }
    }
    if (error != 0) {
        report_handshake_failed(text);
        session_lose(s, error == -ETIMEDOUT ? LEFT_LOGIN_TIMEOUT : LEFT_PROTOCOL);
        return false;
    }
    report_tls(s);
    activity_report_now(s);
    return true;
}

/* The dialer has corked the socket, for the data; a handshake has small messages that the peer
 * waits for. */
static bool cork(int fd, int on)
{
    return setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on) == 0;
}

/* Has the data connection resumed the session of the control connection, if it should (law T4)? */
static enum outcome check_resumed(struct session *s)
{
    uint32_t wanted = s->policy.data_resume;
    if (wanted == RESUME_INHERIT)
        wanted = s->config->data_resume;
    if (wanted == RESUME_OFF || tls_resumed(&s->data.stream))
        return OUTCOME_DONE;
    if (wanted == RESUME_REQUIRED)
        return OUTCOME_NOT_RESUMED;
    report_resume_missed(s);
    return OUTCOME_DONE;
}

enum outcome secure_data(struct session *s)
{
    char why[TLS_TEXT_SIZE] = "";
    const int64_t deadline_ms = now_ms() + (int64_t)s->policy.data_timeout * 1000;
    int error;
    if (!s->protect_data)
        return OUTCOME_DONE;
    if (!start(&s->data.stream, TLS_DATA) || !cork(s->data.stream.fd, 0))
        return OUTCOME_BROKEN;
    while ((error = tls_handshake(&s->data.stream, why)) == -EAGAIN) {
        const enum waited waited = session_wait(
            s, s->data.stream.fd, stream_want(&s->data.stream, POLLIN), deadline_ms, UNTIL_CUT);
        if (waited != WAITED_READY)
            return waited == WAITED_CUT ? OUTCOME_CUT : OUTCOME_STALLED;
    }
    if (error != 0) {
        report_data_failed(s, WHY_TLS, 0, why);
        return OUTCOME_BROKEN;
    }
    if (!cork(s->data.stream.fd, 1))
        return OUTCOME_BROKEN;
    return check_resumed(s);
}

bool secure_is_served(const struct session *s)
{
    return s->listener->tls_mode != TLS_OFF && tls_is_served();
}

bool secure_data_required(const struct session *s)
{
    return s->listener->tls_data == TLS_REQUIRED || s->policy.tls_data == TLS_REQUIRED;
}

const char *secure_data_refusal(const struct session *s)
{
    return secure_data_required(s) && !s->protect_data
               ? "Data connections must be protected; send PBSZ 0 and PROT P."
               : NULL;
}

void secure_fresh_ticket(struct session *s)
{
    if (tls_is(&s->control))
        tls_send_ticket(&s->control);
}

void secure_describe(const struct session *s, char to[SECURE_TEXT_SIZE])
{
    _Static_assert((int)SECURE_TEXT_SIZE == (int)TLS_TEXT_SIZE, "a text of tls.h has no room");
    if (tls_is(&s->control))
        tls_describe(&s->control, to);
    else
        (void)text_copy(to, SECURE_TEXT_SIZE, "in clear");
}
