/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - `wardftp check` from its arguments to its exit code: runs the rows of checks.def. */
#include "client/check/check.h"

#include "client/engine/netrc.h"
#include "client/secret.h"
#include "common/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const struct {
    enum need need;
    void (*run)(struct check *check);
} rows[CHECK_COUNT] = {
#define CHECK(section, name, need, reference, text) { NEED_##need, check_##name },
#include "client/check/checks.def"
#undef CHECK
};

void said(struct check *check, enum verdict verdict, const char *format, ...)
{
    char text[WHY_SIZE * 4];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    check->now->verdict = verdict;
    text_escape(check->now->why, sizeof check->now->why, text, strlen(text));
}

void said_failure(struct check *check, const struct session *session)
{
    said(check, VERDICT_FAIL, "%s",
         session->failure.outcome == OUTCOME_INTERRUPTED ? "it took too long"
                                                         : session->failure.text);
}

void said_reply(struct check *check, enum verdict verdict, const struct session *session)
{
    said(check, verdict, "%d %.150s", session->reply.code, reply_last_line(&session->reply));
}

bool said_missing(struct check *check, const struct session *session)
{
    const int code = session->reply.code;
    if (code != 500 && code != 502)
        return false;
    said(check, VERDICT_UNKNOWN, "not offered (%d)", code);
    return true;
}

bool ask(struct check *check, struct session *session, const char *format, ...)
{
    char line[TARGET_PATH_SIZE + 64];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (session_command(session, "%s", line) == OUTCOME_OK)
        return true;
    said_failure(check, session);
    return false;
}

void expect(struct check *check, struct session *session, int a, int b, const char *command)
{
    if (!ask(check, session, "%s", command))
        return;
    said_reply(check,
               session->reply.code == a || session->reply.code == b ? VERDICT_PASS : VERDICT_FAIL,
               session);
}

bool offered(const struct check *check, const char *name)
{
    const size_t n = strlen(name);
    for (const char *at = check->features; *at;) {
        if (strncasecmp(at, name, n) == 0 && strchr(" \n", at[n]))
            return true;
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return false;
}

/* Is all there that the check needs?  Says so, if not. */
static bool is_ready(struct check *check, enum need need)
{
    const bool main =
        need == NEED_LOGIN || need == NEED_FILE || need == NEED_SECURED || need == NEED_WRITE;
    if (need == NEED_WRITE && !check->write) {
        said(check, VERDICT_UNKNOWN, "not tried without --write");
        return false;
    }
    if (need == NEED_TLS && !check->offers_tls) {
        said(check, VERDICT_UNKNOWN, "TLS is not offered");
        return false;
    }
    if (main && !open_main(check))
        return false;
    if (need == NEED_SECURED && !check->main.control.ssl) {
        said(check, VERDICT_UNKNOWN, "the session has no TLS");
        return false;
    }
    if (need == NEED_FILE && !check->file[0]) {
        said(check, VERDICT_UNKNOWN, "no file to read was found");
        return false;
    }
    return true;
}

static void run_row(struct check *check, size_t at, int64_t deadline)
{
    const int64_t left = (deadline - now_ms()) / 1000;
    const enum need need = rows[at].need;
    check->now = &check->results[at];
    if (need != NEED_ALWAYS && (stop_wanted() || left <= 0)) {
        said(check, VERDICT_UNKNOWN, "not tried: %s",
             stop_wanted() ? "interrupted" : "the time is over");
        return;
    }
    stop_arm(check->timeout_s * 3);
    if (is_ready(check, need))
        rows[at].run(check);
    session_close(&check->other, false);
    if (!check->now->why[0])
        said(check, VERDICT_UNKNOWN, "it could not be observed");
}

/* OUTCOME_OK, or why there is nothing to report: the server cannot be reached. */
static enum outcome run_rows(struct check *check)
{
    const int64_t deadline = now_ms() + (int64_t)check->duration_s * 1000;
    for (size_t at = 0; at < CHECK_COUNT; at++) {
        const struct failure *failure = &check->other.failure;
        run_row(check, at, deadline);
        if (at == 0 &&
            (failure->outcome == OUTCOME_NO_HOST || failure->outcome == OUTCOME_UNREACHABLE)) {
            fprintf(stderr, "wardftp: check: %s\n", failure->text);
            return failure->outcome;
        }
    }
    stop_arm(check->timeout_s);
    session_close(&check->main, true);
    stop_arm(0);
    return OUTCOME_OK;
}

static bool find_password(struct check *check)
{
    struct target *target = &check->target;
    char prompt[TARGET_NAME_SIZE * 2 + 32];
    if (check->password_fd >= 0) {
        target->has_password =
            secret_from_fd(check->password_fd, target->password, sizeof target->password) == 0;
        if (!target->has_password)
            fputs("wardftp: check: --password-fd: no password came\n", stderr);
        return target->has_password;
    }
    if (!target->has_password && check->netrc &&
        netrc_find(check->netrc, target) == NETRC_OPEN_TO_OTHERS) {
        fprintf(stderr, "wardftp: check: %s is readable by others; run chmod 600\n", check->netrc);
        return false;
    }
    if (!target->user[0] || target->has_password || isatty(STDIN_FILENO) != 1)
        return true;
    (void)text_format(prompt, sizeof prompt, "Password of %s at %s: ", target->user, target->host);
    target->has_password = secret_ask(prompt, target->password, sizeof target->password) == 0;
    return target->has_password;
}

static enum trust accept_all(void *context, const struct trust_question *question)
{
    (void)context;
    (void)question;
    return TRUST_ACCEPTED;
}

static bool prepare(struct check *check)
{
    const int ms = (int)check->timeout_s * 1000;
    struct settings *settings = &check->settings;
    settings->connect_ms = settings->idle_ms = settings->stall_ms = ms;
    settings->telnet = TELNET_NO;
    settings->interrupt_fd = stop_init();
    check->bare = *settings;
    check->bare.pin = NULL; /* such a session has no secrets, and the key is looked at in a row */
    check->bare.decide_trust = accept_all;
    check->bytes = malloc(FETCH_MAX);
    session_init(&check->main, settings, &check->target);
    session_init(&check->other, &check->bare, &check->target);
    return check->bytes && settings->interrupt_fd >= 0;
}

int check_main(int argc, char **argv)
{
    static struct check check; /* large */
    static char netrc[TARGET_PATH_SIZE];
    const char *home = getenv("HOME");
    int code;
    if (!check_options(&check, argc, argv))
        return OUTCOME_USAGE;
    if (check.help) {
        check_usage(stdout);
        return OUTCOME_OK;
    }
    if (!check.netrc && home && text_format(netrc, sizeof netrc, "%s/.netrc", home))
        check.netrc = netrc;
    if (!find_password(&check))
        return OUTCOME_USAGE;
    if (!prepare(&check)) {
        fputs("wardftp: check: out of memory or descriptors\n", stderr);
        return OUTCOME_LOCAL;
    }
    code = (int)run_rows(&check);
    if (code == OUTCOME_OK)
        code = check_report(&check);
    wipe(&check.target.password, sizeof check.target.password);
    wipe(&check.main.target.password, sizeof check.main.target.password);
    wipe(&check.other.target.password, sizeof check.other.target.password);
    free(check.bytes);
    return stop_wanted() ? OUTCOME_INTERRUPTED : code;
}
