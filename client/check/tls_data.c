/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_data.c - checks of TLS on data connections. */
#include "client/check/check.h"

#include "client/engine/data.h"
#include "common/text.h"

#include <poll.h>
#include <string.h>

void check_prot(struct check *check)
{
    struct session *session = &check->main;
    if (!ask(check, session, "PBSZ 0"))
        return;
    if (session->reply.code == 200 && !ask(check, session, "PROT P"))
        return;
    said_reply(check, session->reply.code == 200 ? VERDICT_PASS : VERDICT_FAIL, session);
}

/* Bytes in clear to the data connection, where a handshake is expected, and what came back. */
static ssize_t talk_clear(struct check *check, struct session *session, struct data *data)
{
    static const char clear[] = "this is no handshake\r\n";
    const int ms = session->settings->connect_ms;
    ssize_t n = 0, all = 0;
    if (wait_ready(data->link.fd, POLLOUT, session->settings->interrupt_fd, -1, now_ms() + ms) <
            0 ||
        session_send(session, "LIST") != OUTCOME_OK ||
        link_write(&data->link, clear, sizeof clear - 1, ms) < 0)
        return -1;
    while (all < FETCH_MAX &&
           (n = link_read(&data->link, check->bytes + all, (size_t)(FETCH_MAX - all), ms)) > 0)
        all += n;
    return all;
}

void check_prot_enforced(struct check *check)
{
    enum { ALERT = 21, HANDSHAKE = 22 };
    struct session *session = &check->other;
    struct data data = { .state = DATA_LATER };
    ssize_t n;
    if (!open_second(check))
        return;
    if (!session->protected) {
        said(check, VERDICT_FAIL, "PROT P is refused");
        return;
    }
    link_init(&data.link, -1, session->settings->interrupt_fd);
    if (data_route(session, &data) != OUTCOME_OK) {
        said_failure(check, session);
        link_close(&data.link);
        return;
    }
    n = talk_clear(check, session, &data);
    link_reset(&data.link);
    if (n < 0)
        said(check, VERDICT_UNKNOWN, "no data connection was made");
    else if (n > 0 && check->bytes[0] != ALERT && check->bytes[0] != HANDSHAKE)
        said(check, VERDICT_FAIL, "%zd bytes of a listing came in clear", n);
    else if (session_receive_final(session) != OUTCOME_OK)
        said(check, VERDICT_PASS, "nothing comes, and the session ends: %s", session->failure.text);
    else
        said_reply(check, session->reply.code >= 400 ? VERDICT_PASS : VERDICT_FAIL, session);
}

/* Does a data connection without resumption work? */
static void look_for_requirement(struct check *check)
{
    struct settings without = check->settings;
    struct session *session = &check->other;
    const struct settings *own;
    if (!open_second(check))
        return;
    without.faults.no_resume = 1;
    own = session->settings;
    session->settings = &without;
    const enum outcome outcome = fetch(check, session, 0, "LIST", NULL);
    session->settings = own;
    said(check, VERDICT_PASS, "resumed; a full handshake is %s",
         outcome == OUTCOME_OK ? "accepted, too" : "refused");
}

void check_data_resumed(struct check *check)
{
    struct session *session = &check->main;
    const unsigned before = session->tls.resumed;
    if (fetch(check, session, 0, "LIST", NULL) != OUTCOME_OK)
        said_failure(check, session);
    else if (session->tls.resumed == before)
        said(check, VERDICT_DIFFERS, "full handshake");
    else
        look_for_requirement(check);
}

void check_close_notify(struct check *check)
{
    struct session *session = &check->main;
    const char *verb = check->file[0] ? "RETR" : "LIST";
    if (!session->protected)
        said(check, VERDICT_UNKNOWN, "PROT P is refused");
    else if (fetch(check, session, 0, verb, check->file[0] ? check->file : NULL) != OUTCOME_OK)
        said_failure(check, session);
    else
        said(check, check->clean ? VERDICT_PASS : VERDICT_FAIL, "%s ends %s it", verb,
             check->clean ? "with" : "without");
}
