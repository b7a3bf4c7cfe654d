/* cmd_login.c - runs in NET, without privilege: USER, PASS, HOST, QUIT and
 * those of RFC 959 that a session of one user has no use for. */
#include "daemon/net/commands.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/net/ask.h"
#include "daemon/net/reply.h"
#include "daemon/net/tls.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Always 331 (law L1), but for the listener's policy, which is one for all
 * names (law T6).  Auth hears nothing of it yet: names can't be told apart. */
enum step cmd_user(struct session *s, const struct argument *argument)
{
    if (s->logged_in)
        return reply(s, 503, "You are logged in already.");
    if (s->listener->tls_mode == TLS_REQUIRED && s->control.kind->raw)
        return reply(s, 530, "Log in over TLS only: send AUTH TLS first.");
    memset(s->name, 0, sizeof s->name);
    memcpy(s->name, argument->text,
           argument->length < sizeof s->name ? argument->length : sizeof s->name - 1);
    s->user_waits = true;
    return reply(s, 331, "Send your password.");
}

static void take_policy(struct session *s, const struct auth_login_answer *answer)
{
    s->policy = answer->policy;
    if (s->policy.data_timeout == 0)
        s->policy.data_timeout = s->config->data_timeout;
    if (s->policy.idle_timeout == 0)
        s->policy.idle_timeout = s->config->idle_timeout;
    s->idle_s = s->policy.idle_timeout;
    if (!path_is_normal(answer->start) || !text_copy(s->cwd, sizeof s->cwd, answer->start))
        (void)text_copy(s->cwd, sizeof s->cwd, "/");
}

/* A start directory that is not there, or not this user's to enter, is the root. */
static void enter_start(struct session *s)
{
    if (strcmp(s->cwd, "/") != 0 && ask_jail_about(s, JAIL_CHDIR, s->cwd) != 0)
        (void)text_copy(s->cwd, sizeof s->cwd, "/");
}

static enum step logged_in(struct session *s, const struct auth_login_answer *answer)
{
    s->logged_in = true;
    take_policy(s, answer);
    (void)close(s->auth); /* a session logs in once; auth counts by JAIL's channel */
    s->auth = -1;
    enter_start(s);
    return reply(s, 230, "Logged in.");
}

static enum step on_answer(struct session *s, const struct auth_login_answer *answer)
{
    switch (answer->result) {
    case AUTH_OK:
        return logged_in(s, answer);
    case AUTH_REFUSED:
        return reply(s, 530, "User name or password is wrong.");
    case AUTH_REFUSED_LAST:
        return reply_last(s, LEFT_FAILURES, 421, "Too many failed log-ins (%u).", answer->limit);
    case AUTH_BANNED:
        return reply_last(s, LEFT_FAILURES, 421, "Your address is banned.");
    case AUTH_TOO_MANY:
        return reply_last(s, LEFT_FAILURES, 421, "Too many sessions of this user (%u); try again later.",
                          answer->limit);
    case AUTH_TOO_MANY_OF_GROUP:
        return reply_last(s, LEFT_FAILURES, 421, "Too many sessions of your group (%u); try again later.",
                          answer->limit);
    case AUTH_UNAVAILABLE:
        return reply_last(s, LEFT_ERROR, 421, "Nobody can log in now; try again.");
    case AUTH_NO_HOME: /* JAIL has ended: so must we */
        return reply_last(s, LEFT_ERROR, 530, "Your home directory can't be entered.");
    default:
        die("net: auth's answer has no meaning");
    }
}

static enum step no_answer(struct session *s, int error)
{
    if (error == -ETIMEDOUT)
        return reply_last(s, LEFT_LOGIN_TIMEOUT, 421, "The time to log in is over.");
    if (error == -ECONNRESET)
        return STEP_END; /* the main loop knows why */
    return reply_last(s, LEFT_ERROR, 421, "A service restarts; try again.");
}

enum step cmd_pass(struct session *s, const struct argument *argument)
{
    struct auth_login login;
    struct auth_login_answer answer;

    if (s->logged_in)
        return reply(s, 503, "You are logged in already.");
    if (!s->user_waits)
        return reply(s, 503, "Send USER first.");
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
    line_wipe(&s->in); /* at once: the answer may take seconds */
    const int error = ask_auth(s, &login, &answer);
    return error == 0 ? on_answer(s, &answer) : no_answer(s, error);
}

enum step cmd_acct(struct session *s, const struct argument *argument)
{
    (void)argument;
    return reply(s, 502, "No accounts are needed here.");
}

/* JAIL can't become another user (law L1). */
enum step cmd_rein(struct session *s, const struct argument *argument)
{
    (void)argument;
    return reply(s, 502, "A session has one user; connect again.");
}

/* It takes effect after a transfer that runs (law D4). */
enum step cmd_quit(struct session *s, const struct argument *argument)
{
    (void)argument;
    s->quit = true;
    return s->transfer.busy == BUSY_NOT ? STEP_END : STEP_NEXT;
}

/* "[2001:db8::1]", of n bytes. */
static bool is_bracketed(const char *name, size_t n)
{
    struct sockaddr_storage address;
    char inner[HOST_ROOM];
    if (n < 2 || name[n - 1] != ']')
        return false;
    return text_format(inner, sizeof inner, "%.*s", (int)(n - 2), name + 1) &&
           addr_parse_host(inner, &address) && address.ss_family == AF_INET6;
}

/* An address literal names no virtual host: it is the one the client is at. */
static bool host_form(const char *name, bool *literal)
{
    const size_t n = strlen(name);
    struct sockaddr_storage address;

    *literal = name[0] == '[';
    if (n == 0 || n >= HOST_ROOM)
        return false;
    if (*literal)
        return is_bracketed(name, n);
    if (addr_parse_host(name, &address)) {
        *literal = true;
        return address.ss_family == AF_INET;
    }
    const size_t fine = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
    return fine == n && name[0] != '.' && name[0] != '-';
}

static const struct host_config *host_find(const struct config *config, const char *name)
{
    for (uint32_t i = 0; i < config->host_count; i++) {
        if (strcasecmp(config->hosts[i].name, name) == 0)
            return &config->hosts[i];
    }
    return NULL;
}

/* Whom the TLS handshake was with: its certificate vouches for that host and no
 * other (RFC 7151 section 3.3).  NULL: in clear, or no name was asked for. */
static const struct host_config *host_of_tls(const struct session *s)
{
    char name[HOST_ROOM] = "";
    if (tls_is(&s->control))
        tls_server_name(&s->control, name, sizeof name);
    return name[0] != '\0' ? host_find(s->config, name) : NULL;
}

/* RFC 7151 section 3: before the log-in; an unknown host is 504.  Where the
 * configuration names no hosts there is one, and it answers to every name. */
enum step cmd_host(struct session *s, const struct argument *argument)
{
    bool literal;
    if (s->logged_in || s->name[0] != '\0')
        return reply(s, 503, "HOST comes before USER.");
    if (!host_form(argument->text, &literal))
        return reply(s, 501, "That is no host name.");
    const struct host_config *host = host_find(s->config, argument->text);
    if (!host && !literal && s->config->host_count > 0)
        return reply(s, 504, "No host of that name is here.");
    const struct host_config *tls_host = host_of_tls(s);
    if (tls_host && tls_host != host)
        return reply(s, 504, "The TLS connection is with another host.");
    (void)text_copy(s->host, sizeof s->host, host ? host->name : "");
    const char *banner = host && host->banner[0] != '\0' ? host->banner : s->config->banner;
    return reply(s, 220, "%s", banner);
}
