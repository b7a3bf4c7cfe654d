/* SPDX-License-Identifier: BSD-2-Clause */
/* authenticate.c - the log-in: USER and PASS, and what an FTP proxy wants to know with them. */
#include "client/engine/session.h"

#include "client/engine/reach.h"
#include "common/text.h"

#include <string.h>

enum { NAME_SIZE = 3 * TARGET_NAME_SIZE + 16, SECRET_SIZE = 2 * TARGET_PASSWORD_SIZE };

/* The outcome of a refused log-in: LOGIN, or AGAIN for 4xx. */
static enum outcome refused_login(struct session *session, const char *what)
{
    enum outcome outcome = session_check(session, what);
    const int code = session->reply.code;
    if (outcome == OUTCOME_OK || outcome == OUTCOME_REFUSED || code == 430)
        session->failure.outcome = outcome = OUTCOME_LOGIN;
    if (code < 400)
        failure_set(&session->failure, OUTCOME_LOGIN, "the server requires an account (ACCT) (%d)",
                    code);
    return outcome;
}

/* HOST (RFC 7151), if the user wants it.  A server that does not know the command has one host. */
static enum outcome name_host(struct session *session)
{
    const char *host = session->target.host;
    if (!session->settings->send_host)
        return OUTCOME_OK;
    const enum outcome outcome =
        session_command(session, strchr(host, ':') ? "HOST [%s]" : "HOST %s", host);
    if (outcome != OUTCOME_OK || session->reply.code / 10 == 50)
        return session->reply.code == 504 ? session_check(session, host) : outcome;
    return session_check(session, host);
}

/* "host", "host:port", "[v6]:port", as FTP proxies read it. */
static bool server_name(const struct target *target, char *to, size_t room)
{
    const bool brackets = strchr(target->host, ':');
    char port[8] = "";
    if (target->port != 21)
        text_format(port, sizeof port, ":%u", (unsigned)target->port);
    return text_format(to, room, "%s%s%s%s", brackets ? "[" : "", target->host, brackets ? "]" : "",
                       port);
}

/* The log-in at the proxy itself. */
static enum outcome enter_proxy(struct session *session)
{
    const struct proxy *proxy = session->proxy;
    enum outcome outcome = session_command(session, "USER %s", proxy->user);
    if (outcome == OUTCOME_OK && session->reply.code == 331)
        outcome = session_command(session, "PASS %s", proxy->password);
    if (outcome == OUTCOME_OK && session->reply.code >= 400)
        outcome = session_check(session, "log-in at the proxy");
    return outcome;
}

/* Before USER: the log-in at the proxy, and its command for the server's name. */
static enum outcome pass_proxy(struct session *session)
{
    const enum proxy_login form = session->settings->proxy_login;
    char server[NAME_SIZE];
    enum outcome outcome = OUTCOME_OK;
    if (session->proxy->user[0] && form != PROXY_LOGIN_JOINED)
        outcome = enter_proxy(session);
    if (outcome != OUTCOME_OK || form == PROXY_LOGIN_USER || form == PROXY_LOGIN_JOINED)
        return outcome;
    (void)server_name(&session->target, server, sizeof server);
    outcome = session_command(session, "%s %s", form == PROXY_LOGIN_SITE ? "SITE" : "OPEN", server);
    return outcome == OUTCOME_OK && session->reply.code >= 400
               ? session_check(session, "the proxy does not connect to the server")
               : outcome;
}

/* What USER and PASS take. */
static bool make_login(const struct session *session, char name[NAME_SIZE],
                       char secret[SECRET_SIZE])
{
    const struct target *target = &session->target;
    const enum proxy_login form = session->settings->proxy_login;
    const bool joined = form == PROXY_LOGIN_JOINED && reach_ends_at_proxy(session);
    const char *user = target->user[0] ? target->user : "anonymous";
    const char *password = target->has_password ? target->password : "wardftp@";
    char server[NAME_SIZE];
    if (!server_name(target, server, sizeof server))
        return false;
    if (!joined && !(form == PROXY_LOGIN_USER && reach_ends_at_proxy(session)))
        return text_copy(name, NAME_SIZE, user) && text_copy(secret, SECRET_SIZE, password);
    if (!joined || !session->proxy->user[0])
        return text_format(name, NAME_SIZE, "%s@%s", user, server) &&
               text_copy(secret, SECRET_SIZE, password);
    return text_format(name, NAME_SIZE, "%s@%s@%s", user, session->proxy->user, server) &&
           text_format(secret, SECRET_SIZE, "%s@%s", password, session->proxy->password);
}

enum outcome session_send_account(struct session *session)
{
    const char *account =
        session->target.account[0] ? session->target.account : session->settings->account;
    return account ? session_command(session, "ACCT %s", account) : OUTCOME_AGAIN;
}

static enum outcome send_login(struct session *session)
{
    char name[NAME_SIZE], secret[SECRET_SIZE];
    if (!make_login(session, name, secret))
        return failure_set(&session->failure, OUTCOME_USAGE, "the name of the user is too long");
    enum outcome outcome = session_command(session, "USER %s", name);
    if (outcome == OUTCOME_OK && session->reply.code == 331)
        outcome = session_command(session, "PASS %s", secret);
    if (outcome == OUTCOME_OK && session->reply.code == 332) {
        const enum outcome sent = session_send_account(session);
        outcome = sent == OUTCOME_AGAIN ? outcome : sent;
    }
    wipe(secret, sizeof secret);
    return outcome;
}

enum outcome session_authenticate(struct session *session)
{
    const enum proxy_login form = session->settings->proxy_login;
    const bool proxy = reach_ends_at_proxy(session);
    enum outcome outcome = proxy ? pass_proxy(session) : OUTCOME_OK;
    /* with the other forms, what comes before USER is for the proxy */
    if (outcome == OUTCOME_OK && (!proxy || form == PROXY_LOGIN_SITE || form == PROXY_LOGIN_OPEN))
        outcome = name_host(session);
    if (outcome == OUTCOME_OK)
        outcome = send_login(session);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (session->reply.code / 100 != 2)
        return refused_login(session, "log-in");
    session_message(session);
    return OUTCOME_OK;
}
