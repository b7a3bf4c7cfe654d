/* SPDX-License-Identifier: BSD-2-Clause */
/* test_net_reply.c - what reply.h promises, read at the other end of a socket. */
#include "daemon/net/reply.h"

#include "common/text.h"
#include "daemon/net/ask.h"
#include "daemon/net/control.h"
#include "tests/unit/expect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct ends {
    struct session *session;
    int client;
};

static struct ends open_session(void)
{
    int pair[2];
    struct ends ends = { .session = calloc(1, sizeof(struct session)) };
    assert_non_null(ends.session);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    stream_plain(&ends.session->control, pair[0]);
    ends.client = pair[1];
    return ends;
}

static void close_session(struct ends *ends)
{
    stream_close(&ends->session->control);
    close(ends->client);
    free(ends->session);
}

/* All that came, as text; a NUL shows as "0". */
static const char *came(const struct ends *ends, char *text, size_t room)
{
    control_flush(ends->session);
    ssize_t n = read(ends->client, text, room - 1);
    n = n < 0 ? 0 : n;
    for (ssize_t i = 0; i < n; i++)
        text[i] = text[i] == '\0' ? '0' : text[i];
    text[n] = '\0';
    return text;
}

static void replies_have_the_forms_of_rfc_959(void **state)
{
    char text[400];
    struct ends ends = open_session();
    (void)state;
    expect_case(0, reply(ends.session, 200, "Fine %d.", 7), STEP_NEXT);
    expect_text(0, came(&ends, text, sizeof text), "200 Fine 7.\r\n");
    reply_open(ends.session, 211, "Begin");
    reply_row(ends.session, "%s", "123 row");
    expect_case(1, reply(ends.session, 211, "End"), STEP_NEXT);
    expect_text(1, came(&ends, text, sizeof text), "211-Begin\r\n 123 row\r\n211 End\r\n");
    expect_case(2, reply_last(ends.session, LEFT_IDLE, 421, "Over."), STEP_END);
    expect_text(2, came(&ends, text, sizeof text), "421 Over.\r\n");
    expect_case(2, ends.session->left, LEFT_IDLE);
    close_session(&ends);
}

/* Law N1: no name can end a reply line. */
static void line_ends_in_names_are_harmless(void **state)
{
    char text[100];
    struct ends ends = open_session();
    (void)state;
    (void)reply(ends.session, 257, "\"%s\"", "a\rb\nc\r");
    expect_text(0, came(&ends, text, sizeof text), "257 \"a\r0b?c\r0\"\r\n");
    close_session(&ends);
}

static void replies_are_held_and_sent_together(void **state)
{
    char text[100];
    struct ends ends = open_session();
    (void)state;
    (void)reply(ends.session, 200, "One");
    (void)reply(ends.session, 200, "Two");
    expect_case(0, read(ends.client, text, sizeof text) < 0 && errno == EAGAIN, 1);
    expect_text(1, came(&ends, text, sizeof text), "200 One\r\n200 Two\r\n");
    close_session(&ends);
}

/* The longest path, every byte a quote, fits; what is longer still ends in CRLF. */
static void long_replies_are_whole(void **state)
{
    static char path[SCRATCH_SIZE + 100], text[2 * SCRATCH_SIZE];
    struct ends ends = open_session();
    (void)state;
    memset(path, 'p', 2 * PATH_ROOM);
    (void)reply(ends.session, 257, "\"%s\"", path);
    expect_case(0, (long long)strlen(came(&ends, text, sizeof text)), 4 + 2 + 2 * PATH_ROOM + 2);
    memset(path, 'p', sizeof path - 1);
    (void)reply(ends.session, 257, "\"%s\"", path);
    (void)came(&ends, text, sizeof text);
    expect_case(1, strlen(text) > 2 * PATH_ROOM && strcmp(text + strlen(text) - 2, "\r\n") == 0, 1);
    close_session(&ends);
}

/* Law R2, and the codes that clients act upon. */
static void errors_have_a_code_and_a_reason(void **state)
{
    static const struct {
        uint32_t error;
        unsigned code;
    } cases[] = {
        { ENOENT, 550 },          { EACCES, 550 },      { ENOSPC, 452 },
        { EDQUOT, 552 },          { EIO, 451 },         { JAIL_BUSY, 450 },
        { JAIL_BEYOND_END, 554 }, { JAIL_MIXED, 554 },  { JAIL_BAD_NAME, 553 },
        { JAIL_QUOTA, 552 },      { JAIL_DENIED, 550 }, { JAIL_NOT_REGULAR, 550 },
        { ASK_LOST, 421 },        { 123456789, 451 },   { JAIL_TAKEN_OVER, 451 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned code = 0;
        const char *words = error_reason(cases[i].error, &code);
        expect_case(i, code, cases[i].code);
        expect_case(i, strlen(words) > 5, 1);
    }
}

/* A broken connection is noticed, and later replies go nowhere. */
static void a_lost_client_ends_the_session(void **state)
{
    struct ends ends = open_session();
    (void)state;
    close(ends.client);
    (void)reply(ends.session, 200, "Nobody reads this");
    control_flush(ends.session);
    expect_case(0, ends.session->left, LEFT_CLOSED);
    (void)reply(ends.session, 200, "Nor this");
    control_flush(ends.session);
    ends.client = -1;
    close_session(&ends);
}

static void no_errno_is_without_words(void **state)
{
    (void)state;
    for (int error = 1; error <= EHWPOISON; error++) {
        unsigned code = 0;
        const char *words = error_reason((uint32_t)error, &code);
        if (error == 41 || error == 58) /* Linux has no such errno */
            continue;
        assert_true(code >= 450 && code < 560);
        assert_true(strlen(words) > 4 && !strstr(words, "Unknown error"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_have_the_forms_of_rfc_959),
        cmocka_unit_test(line_ends_in_names_are_harmless),
        cmocka_unit_test(replies_are_held_and_sent_together),
        cmocka_unit_test(long_replies_are_whole),
        cmocka_unit_test(errors_have_a_code_and_a_reason),
        cmocka_unit_test(no_errno_is_without_words),
        cmocka_unit_test(a_lost_client_ends_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
