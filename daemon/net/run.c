/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - NET's main loop.  No privilege, an empty root, no files and no
 * sockets but the descriptors it was sent.  Reads everything that a client
 * sends. */
#include "daemon/net/net.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/net/ask.h"
#include "daemon/net/channels.h"
#include "daemon/net/command_pace.h"
#include "daemon/net/commands.h"
#include "daemon/net/control.h"
#include "daemon/net/data.h"
#include "daemon/net/dispatch.h"
#include "daemon/net/drain.h"
#include "daemon/net/end.h"
#include "daemon/net/from_master.h"
#include "daemon/net/message.h"
#include "daemon/net/next.h"
#include "daemon/net/reply.h"
#include "daemon/net/secure.h"
#include "daemon/net/session.h"
#include "daemon/net/wait.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long to wait for a scribe that is behind, rather than lose a record.  A scribe that is stuck
 * delays a session only once. */
enum { SCRIBE_PATIENCE_MS = 1000 };

/* Static and mostly untouched, so that an idle cell needs few pages of it. */
static struct session session;

static void session_prepare(struct session *s, const struct config *config)
{
    s->config = config;
    channels_open(s);
    s->type = TYPE_ASCII; /* RFC 959 section 3.1.1.1 */
    s->facts = FACTS_ALL;
    s->policy.idle_timeout = config->idle_timeout;
    s->policy.data_timeout = config->data_timeout;
    s->data.listener = -1;
    stream_plain(&s->data.stream, -1);
    stream_plain(&s->control, -1);
    (void)text_copy(s->cwd, sizeof s->cwd, "/");
    next_forget(s);
}

/* Sends the 220 before anything else: the client waits for it. */
static void session_greet(struct session *s)
{
    const struct message_head greeted = { .type = SCRIBE_GREETED };
    (void)message_greeting(s, NULL);
    control_send(s);
    log_record(&greeted, sizeof greeted);
}

/* On an implicit TLS listener the handshake comes first (RFC 4217 appendix A discourages it). */
static bool session_begin(struct session *s)
{
    s->login_deadline_ms = s->client.accepted_ms + (int64_t)s->config->login_timeout * 1000;
    if (!s->listener->implicit_tls)
        return true;
    security_begin_implicit(s);
    if (!secure_control(s))
        return false;
    host_take_from_tls(s);
    return true;
}

static enum step stopped(struct session *s)
{
    switch (s->stop_reason) {
    case STOP_KICKED:
        return reply_last(s, LEFT_STOPPED, 421, "Session closed by the administrator.");
    case STOP_BANNED:
        return reply_last(s, LEFT_STOPPED, 421, "Your address is banned.");
    case STOP_SHUTDOWN:
        break;
    }
    return reply_last(s, LEFT_STOPPED, 421, "The server is shutting down.");
}

static enum step timed_out(struct session *s)
{
    if (!s->logged_in)
        return reply_last(s, LEFT_LOGIN_TIMEOUT, 421,
                          "Login timeout (%u seconds): closing control connection.",
                          s->config->login_timeout);
    return reply_last(s, LEFT_IDLE, 421, "Idle timeout (%u seconds): closing control connection.",
                      control_idle_s(s));
}

/* Is there a reason to end the session before the next command? */
static enum step check_end(struct session *s)
{
    if (s->left == LEFT_ERROR)
        return reply_last(s, LEFT_ERROR, 421,
                          "Internal error: the file service has ended; log in again.");
    if (s->left != 0)
        return STEP_END;
    if (s->quit)
        return message_goodbye(s);
    if (s->stop != 0)
        return stopped(s);
    if (!s->logged_in && now_ms() >= s->login_deadline_ms)
        return timed_out(s);
    return STEP_NEXT;
}

/* Waits for the client until the deadline, and meanwhile closes a listener that was kept for its
 * next transfer.  False: the deadline has passed. */
static bool await_client(struct session *s, int64_t deadline_ms)
{
    const int64_t kept_ms = data_kept_until(s);
    const enum waited waited =
        session_wait_client(s, kept_ms < deadline_ms ? kept_ms : deadline_ms);
    if (kept_ms <= now_ms())
        data_close(s);
    return waited != WAITED_TIME || now_ms() < deadline_ms;
}

/* Waits for the next line.  Replies are sent only when no line is left, so that pipelined commands
 * get theirs together. */
static enum step await_line(struct session *s)
{
    int64_t deadline_ms = INT64_MAX;
    while (control_line(s) == LINE_NONE) {
        control_send(s);
        if (s->input_ended) {
            session_lose(s, LEFT_CLOSED);
            return STEP_END;
        }
        if (deadline_ms == INT64_MAX)
            deadline_ms =
                s->logged_in ? now_ms() + (int64_t)control_idle_s(s) * 1000 : s->login_deadline_ms;
        if (!await_client(s, deadline_ms))
            return timed_out(s);
        if (check_end(s) == STEP_END)
            return STEP_END;
    }
    return STEP_NEXT;
}

/* Waits until the command may run (command_rate).  Before the log-in no client needs so many. */
static enum step await_turn(struct session *s)
{
    int64_t early_us;
    while ((early_us = command_pace_take(s)) > 0) {
        if (!s->logged_in)
            return reply_last(s, LEFT_PROTOCOL, 421,
                              "Too many commands (%u a second): closing control connection.",
                              command_pace_rate(s));
        command_pace_report(s);
        const int64_t turn_ms = now_ms() + (early_us + 999) / 1000;
        if (session_wait(s, -1, 0, turn_ms, UNTIL_CUT) == WAITED_CUT || s->left != 0)
            return STEP_END;
    }
    return STEP_NEXT;
}

static void session_serve(struct session *s)
{
    enum step step = STEP_NEXT;
    while (step == STEP_NEXT) {
        step = await_line(s);
        if (step == STEP_NEXT)
            step = await_turn(s);
        if (step == STEP_NEXT)
            step = dispatch_line(s);
        if (step == STEP_NEXT || s->left == 0)
            step = check_end(s);
    }
}

static void session_end(struct session *s)
{
    if (s->user_waits)
        report_nopass(s);
    data_close(s);
    drain_send_ends(s);
    struct scribe_left report = s->counts;
    report.head.type = SCRIBE_LEFT;
    report.reason = s->left;
    log_record(&report, sizeof report);
    control_close(s);
    drain_end(s);
}

_Noreturn void net_run(const struct config *config)
{
    struct session *s = &session;
    log_open(FD_SCRIBE, config->log_level);
    log_choose(config_events(config));
    session_prepare(s, config);
    log_patience(SCRIBE_PATIENCE_MS);
    if (wait_for_client(s)) {
        if (session_begin(s)) {
            session_greet(s);
            session_serve(s);
        }
        session_end(s);
    }
    _exit(0);
}
