/* SPDX-License-Identifier: BSD-2-Clause */
/* cmd_login.c - runs in NET, without privilege: USER, PASS, QUIT, and ACCT and
 * REIN, which are not implemented. */
#include "daemon/net/handlers.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/net/ask.h"
#include "daemon/net/channels.h"
#include "daemon/net/message.h"
#include "daemon/net/reply.h"
#include "daemon/net/tls.h"

#include <errno.h>
#include <string.h>

/* Always 331 (law L1), except where the listener requires TLS of all users (law T6).  Auth is not
 * asked yet, so that clients can't find out which names exist. */
enum step cmd_user(struct session *s, const struct argument *argument)
{
    if (s->logged_in)
        return reply(s, 503, "You are already logged in.");
    if (s->listener->tls_mode == TLS_REQUIRED && s->control.kind->raw)
        return reply(s, 530, "TLS is required; send AUTH TLS first.");
    memset(s->name, 0, sizeof s->name);
    memcpy(s->name, argument->text,
           argument->length < sizeof s->name ? argument->length : sizeof s->name - 1);
    s->user_waits = true;
    return reply(s, 331, "Please specify the password.");
}

void login_forget(struct session *s)
{
    memset(s->name, 0, sizeof s->name);
    s->user_waits = false;
}

static void take_policy(struct session *s, const struct auth_login_answer *answer)
{
    s->policy = answer->policy;
    if (s->policy.data_timeout == 0)
        s->policy.data_timeout = s->config->data_timeout;
    if (s->policy.idle_timeout == 0)
        s->policy.idle_timeout = s->config->idle_timeout;
}

static enum step logged_in(struct session *s, const struct auth_login_answer *answer)
{
    s->logged_in = true;
    take_policy(s, answer);
    channels_close(&s->auth); /* a session logs in once; auth counts by JAIL's channel */
    directory_start(s, answer->start);
    message_login(s);
    return reply(s, 230, "Login successful.");
}

static enum step on_answer(struct session *s, const struct auth_login_answer *answer)
{
    switch (answer->result) {
    case AUTH_OK:
        return logged_in(s, answer);
    case AUTH_REFUSED:
        return reply(s, 530, "Login incorrect.");
    case AUTH_REFUSED_LAST:
        return reply_last(s, LEFT_FAILURES, 421,
                          "Too many failed logins (%u); closing control connection.",
                          answer->limit);
    case AUTH_BANNED:
        return reply_last(s, LEFT_FAILURES, 421, "Your address is banned.");
    case AUTH_TOO_MANY:
        return reply_last(s, LEFT_FAILURES, 421,
                          "Too many sessions of this user (maximum %u); try again later.",
                          answer->limit);
    case AUTH_TOO_MANY_OF_GROUP:
        return reply_last(s, LEFT_FAILURES, 421,
                          "Too many sessions of your group (maximum %u); try again later.",
                          answer->limit);
    case AUTH_UNAVAILABLE:
        return reply_last(s, LEFT_ERROR, 421,
                          "Login is not possible at the moment; try again later.");
    case AUTH_NO_HOME: /* JAIL has ended, so this process must end */
        return reply_last(s, LEFT_ERROR, 530, "Can't enter your home directory.");
    default:
        die("net: auth's answer has no meaning");
    }
}

static enum step no_answer(struct session *s, int error)
{
    if (error == -ETIMEDOUT)
        return reply_last(s, LEFT_LOGIN_TIMEOUT, 421,
                          "Login timeout (%u seconds): closing control connection.",
                          s->config->login_timeout);
    /* the main loop handles it */
    if (error == -ECONNRESET)
        return STEP_END;
    return reply_last(s, LEFT_ERROR, 421, "The login service is restarting; try again.");
}

enum step cmd_pass(struct session *s, const struct argument *argument)
{
    struct auth_login login;
    struct auth_login_answer answer;

    if (s->logged_in)
        return reply(s, 503, "You are already logged in.");
    if (!s->user_waits)
        return reply(s, 503, "Login with USER first.");
    s->user_waits = false;
    memset(&login, 0, sizeof login);
    login.tls = tls_is(&s->control);
    if (login.tls)
        tls_client_subject(&s->control, login.subject, sizeof login.subject);
    login.password_too_long = argument->length >= sizeof login.password;
    if (!login.password_too_long)
        memcpy(login.password, argument->text, argument->length);
    memcpy(login.host, s->host, sizeof login.host);
    memcpy(login.name, s->name, sizeof login.name);
    line_wipe(&s->in); /* now, because the answer may take seconds */
    const int error = ask_auth(s, &login, &answer);
    return error == 0 ? on_answer(s, &answer) : no_answer(s, error);
}

enum step cmd_acct(struct session *s, const struct argument *argument)
{
    (void)argument;
    return reply(s, 502, "ACCT is not implemented: no account is needed.");
}

/* JAIL can't become another user (law L1). */
enum step cmd_rein(struct session *s, const struct argument *argument)
{
    (void)argument;
    return reply(s, 502, "REIN is not implemented; connect again to change the user.");
}

/* During a transfer urgent.c answers: the session ends after it (law D4). */
enum step cmd_quit(struct session *s, const struct argument *argument)
{
    (void)argument;
    return message_goodbye(s);
}
