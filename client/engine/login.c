/* SPDX-License-Identifier: BSD-2-Clause */
/* login.c - from a host name to a session that is ready for transfers. */
#include "client/engine/session.h"

#include "client/engine/reach.h"
#include "client/engine/remote.h"
#include "common/addr.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static bool is_this_host(const struct sockaddr_storage *address)
{
    return addr_in_block(address, "127.0.0.0/8") == 1 || addr_in_block(address, "::1") == 1;
}

static bool is_anonymous(const struct target *target)
{
    return !target->user[0] || strcmp(target->user, "anonymous") == 0 ||
           strcmp(target->user, "ftp") == 0;
}

/* What TLS_BY_HOST means here. */
static enum tls_policy policy_of(const struct session *session)
{
    if (session->target.require_tls)
        return TLS_REQUIRE;
    if (session->settings->tls != TLS_BY_HOST)
        return session->settings->tls;
    return is_anonymous(&session->target) || (!session->proxy && is_this_host(&session->peer))
               ? TLS_TRY
               : TLS_REQUIRE;
}

static enum outcome secure(struct session *session, bool strict)
{
    const bool proxy = reach_ends_at_proxy(session);
    const char *host = proxy ? session->proxy->host : session->target.host;
    const unsigned port = proxy ? session->proxy->port : session->target.port;
    const enum outcome outcome = tls_control(&session->tls, &session->control, session->settings,
                                             host, port, strict, &session->failure);
    if (outcome != OUTCOME_OK) {
        session_close(session, false);
        return outcome;
    }
    session_note(session, "%s, %s, key %s", SSL_get_version(session->control.ssl),
                 SSL_get_cipher_name(session->control.ssl), session->tls.fingerprint);
    return OUTCOME_OK;
}

/* "120 Ready in some minutes" may come before the 220, a few times. */
static enum outcome greet(struct session *session)
{
    enum { DELAYS_MAX = 100 };
    enum outcome outcome;
    int delays = 0;
    do
        outcome = session_receive(session);
    while (outcome == OUTCOME_OK && session->reply.code == 120 && delays++ < DELAYS_MAX);
    if (outcome == OUTCOME_OK && session->reply.code == 220)
        session_message(session);
    if (outcome != OUTCOME_OK || session->reply.code == 220)
        return outcome;
    outcome = session_check(session, session->target.host);
    session_close(session, false);
    return outcome != OUTCOME_OK
               ? outcome
               : failure_set(&session->failure, OUTCOME_PROTOCOL, "unexpected greeting");
}

/* AUTH TLS (RFC 4217).  Data that came unencrypted behind its reply may be injected. */
static enum outcome start_tls(struct session *session, enum tls_policy policy)
{
    const enum outcome outcome = session_command(session, "AUTH TLS");
    if (outcome != OUTCOME_OK)
        return outcome;
    if (session->reply.code == 234) {
        if (session->in_at < session->in_n) {
            session_close(session, false);
            return failure_set(&session->failure, OUTCOME_PROTOCOL,
                               "unencrypted data after AUTH TLS");
        }
        return secure(session, policy == TLS_REQUIRE);
    }
    if (policy == TLS_TRY)
        return OUTCOME_OK;
    failure_set(&session->failure, OUTCOME_PROTOCOL,
                "the server does not offer TLS (%d %s); to continue without it, use --tls=try",
                session->reply.code, reply_last_line(&session->reply));
    session_close(session, true);
    return OUTCOME_PROTOCOL;
}

enum outcome session_connect(struct session *session)
{
    struct target *target = &session->target;
    enum tls_policy policy;
    enum outcome outcome;
    int fd;
    session_close(session, false);
    session->features = 0;
    session->no_epsv = session->epsv_hangs;
    session->epsv_works = session->no_mlsd = session->no_mdtm = false;
    session->telnet_tried = session->doubles_iac = false;
    session->type = TYPE_UNKNOWN;
    session->list_flags = LIST_FLAGS_UNKNOWN;
    session->commands = 0;
    outcome = reach_server(session, &fd);
    if (outcome != OUTCOME_OK)
        return outcome;
    link_init(&session->control, fd, session->settings->interrupt_fd);
    session->open = true;
    if (session->settings->charset &&
        charset_open(session->settings->charset, &session->charset) < 0) {
        session_close(session, false);
        return failure_set(&session->failure, OUTCOME_USAGE, "%s: unknown character set",
                           session->settings->charset);
    }
    policy = policy_of(session);
    if (target->implicit_tls)
        outcome = secure(session, policy == TLS_REQUIRE);
    if (outcome == OUTCOME_OK)
        outcome = greet(session);
    if (outcome == OUTCOME_OK && !target->implicit_tls && policy != TLS_OFF)
        outcome = start_tls(session, policy);
    return outcome;
}

static const struct {
    const char *name;
    enum feature feature;
} features[] = {
    { "MLST", FEATURE_MLST }, { "MLSD", FEATURE_MLST }, { "SIZE", FEATURE_SIZE },
    { "MDTM", FEATURE_MDTM }, { "MFMT", FEATURE_MFMT }, { "REST", FEATURE_REST },
    { "HASH", FEATURE_HASH }, { "RANG", FEATURE_RANG }, { "UTF8", FEATURE_UTF8 },
    { "AUTH", FEATURE_AUTH }, { "EPSV", FEATURE_EPSV }, { "EPRT", FEATURE_EPRT },
    { "AVBL", FEATURE_AVBL },
};

static void take_feature(struct session *session, const char *line)
{
    while (*line == ' ')
        line++;
    for (size_t i = 0; i < COUNT(features); i++) {
        const size_t n = strlen(features[i].name);
        if (strncasecmp(line, features[i].name, n) == 0 && (line[n] == '\0' || line[n] == ' '))
            session->features |= features[i].feature;
    }
}

static enum outcome ask_features(struct session *session)
{
    const enum outcome outcome = session_command(session, "FEAT");
    if (outcome != OUTCOME_OK || session->reply.code != 211)
        return outcome;
    for (const char *at = session->reply.text; *at;) {
        char line[80];
        const size_t n = strcspn(at, "\n");
        text_format(line, sizeof line, "%.*s", n < sizeof line ? (int)n : (int)sizeof line - 1, at);
        take_feature(session, line);
        at += n + (at[n] != '\0');
    }
    session->no_mlsd = !(session->features & FEATURE_MLST);
    session->no_mdtm = !(session->features & FEATURE_MDTM);
    return outcome;
}

/* PROT P for all data connections (RFC 4217 section 9). */
static enum outcome protect(struct session *session)
{
    enum outcome outcome = session_command(session, "PBSZ 0");
    if (outcome == OUTCOME_OK)
        outcome = session_command(session, "PROT P");
    if (outcome != OUTCOME_OK)
        return outcome;
    session->protected = session->reply.code / 100 == 2;
    if (session->protected || policy_of(session) != TLS_REQUIRE)
        return OUTCOME_OK;
    failure_set(&session->failure, OUTCOME_PROTOCOL,
                "the server does not encrypt data connections: %s (%d)",
                reply_last_line(&session->reply), session->reply.code);
    session_close(session, true);
    return OUTCOME_PROTOCOL;
}

/* The directory after the log-in; unknown on a server without PWD. */
static enum outcome take_home(struct session *session)
{
    const enum outcome outcome = remote_pwd(session);
    if (outcome != OUTCOME_OK)
        session->cwd[0] = '\0';
    memcpy(session->home, session->cwd, sizeof session->home);
    return outcome == OUTCOME_REFUSED ? OUTCOME_OK : outcome;
}

static enum outcome prepare(struct session *session)
{
    enum outcome outcome = ask_features(session);
    if (outcome == OUTCOME_OK && (session->features & FEATURE_UTF8) && !session->charset)
        outcome = session_command(session, "OPTS UTF8 ON");
    if (outcome == OUTCOME_OK && session->control.ssl)
        outcome = protect(session);
    if (outcome == OUTCOME_OK)
        outcome = session_type(session, TYPE_IMAGE);
    return outcome == OUTCOME_OK ? take_home(session) : outcome;
}

enum outcome session_login(struct session *session)
{
    const enum outcome outcome = session_authenticate(session);
    if (outcome != OUTCOME_OK)
        return outcome;
    session->logged_in = true;
    return prepare(session);
}

enum outcome session_open(struct session *session)
{
    enum outcome outcome = session_connect(session);
    if (outcome == OUTCOME_OK)
        outcome = session_login(session);
    if (outcome != OUTCOME_OK)
        session_close(session, true);
    return outcome;
}
