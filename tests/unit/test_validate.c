/* SPDX-License-Identifier: BSD-2-Clause */
/* test_validate.c - what validate.h promises: an honest message passes, and one
 * with any field out of its range does not. */
#include "daemon/ipc/validate.h"

#include "common/text.h"
#include "tests/unit/expect.h"

#include <errno.h>

/* One field of an honest message is overwritten. */
struct spoilt {
    size_t at;
    uint64_t value;
    size_t n; /* bytes of the value */
};

#define SPOIL(type, field, with)                                                                   \
    {                                                                                              \
        offsetof(struct type, field), (with), sizeof(((struct type *)NULL)->field)                 \
    }

static void spoil(void *message, const struct spoilt *field)
{
    /* little-endian, as all that we build for */
    memcpy((char *)message + field->at, &field->value, field->n);
}

static void fill(char *text, size_t room)
{
    memset(text, 'x', room);
}

static struct jail_answer honest_answer(void)
{
    return (struct jail_answer){ .offset = 7,
                                 .limit = UINT64_MAX,
                                 .file = { .size = 7,
                                           .mtime = -1,
                                           .mtime_ns = 999999999,
                                           .type = FILE_REGULAR,
                                           .mode = 07777 },
                                 .name = "a" };
}

static void jail_answers_are_in_range(void **state)
{
    static const struct spoilt cases[] = {

        SPOIL(jail_answer, error, JAIL_DENIED - 1 + (1 << 16)),
        SPOIL(jail_answer, error, JAIL_ERRORS_END),
        SPOIL(jail_answer, error, UINT32_MAX),
        SPOIL(jail_answer, more, 2),
        SPOIL(jail_answer, offset, (uint64_t)INT64_MAX + 1),
        SPOIL(jail_answer, file.size, UINT64_MAX),
        SPOIL(jail_answer, file.mtime_ns, 1000000000),
        SPOIL(jail_answer, file.type, FILE_OTHER + 1),
        SPOIL(jail_answer, file.type, 0),
        SPOIL(jail_answer, file.type, FILE_DIRECTORY),
        SPOIL(jail_answer, file.mode, 010000),
    };
    (void)state;
    const struct jail_answer honest = honest_answer();
    assert_null(validate_jail_answer(&honest, JAIL_OPEN_READ));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct jail_answer answer = honest_answer();
        spoil(&answer, &cases[i]);
        expect_case(i, validate_jail_answer(&answer, JAIL_OPEN_READ) != NULL, 1);
    }
}

static void a_jails_names_are_one_component(void **state)
{
    struct jail_answer answer = honest_answer();
    (void)state;
    assert_true(text_copy(answer.name, sizeof answer.name, "a/b"));
    assert_non_null(validate_jail_answer(&answer, JAIL_STORE_CREATE));
    assert_true(text_copy(answer.name, sizeof answer.name, "a\nb"));
    assert_non_null(validate_jail_answer(&answer, JAIL_STORE_CREATE));
    fill(answer.name, sizeof answer.name);
    assert_non_null(validate_jail_answer(&answer, JAIL_STORE_CREATE));
}

/* A refusal tells of no file; a directory may be looked at; a wait must not overflow a clock. */
static void jail_answers_are_judged_by_their_question(void **state)
{
    struct jail_answer answer = { .error = ENOENT };
    (void)state;
    assert_null(validate_jail_answer(&answer, JAIL_OPEN_READ));
    answer = (struct jail_answer){ .error = JAIL_ERRORS_END - 1 };
    assert_null(validate_jail_answer(&answer, JAIL_STAT));
    answer = (struct jail_answer){ .file.type = FILE_DIRECTORY };
    assert_null(validate_jail_answer(&answer, JAIL_STAT));
    answer = (struct jail_answer){ .file.type = 0 };
    assert_null(validate_jail_answer(&answer, JAIL_MKDIR));
    assert_non_null(validate_jail_answer(&answer, JAIL_LIST_OPEN));
    answer = (struct jail_answer){ .offset = (uint64_t)WAIT_MAX_S * 1000000 };
    assert_null(validate_jail_answer(&answer, JAIL_PACE));
    answer.offset++;
    assert_non_null(validate_jail_answer(&answer, JAIL_PACE));
}

#define PAGE(text) text, sizeof(text) - 1

static void pages_are_whole_lines(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        int fine;
    } cases[] = {
        { PAGE(""), 1 },        { PAGE("a\r\n"), 1 },    { PAGE("a\r\nb\rc\r\r\n\r\n"), 1 },
        { PAGE("\n"), 0 },      { PAGE("a\n"), 0 },      { PAGE("a\r\n\n"), 0 },
        { PAGE("\nb\r\n"), 0 }, { PAGE("a"), 0 },        { PAGE("a\r"), 0 },
        { PAGE("a\r\nb"), 0 },  { PAGE("a\0b\r\n"), 0 },
    };
    static struct jail_page page;
    const size_t head_n = offsetof(struct jail_page, text);
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        memcpy(page.text, cases[i].text, cases[i].n);
        expect_case(i, validate_jail_page(&page, head_n + cases[i].n) == NULL, cases[i].fine);
    }
    assert_non_null(validate_jail_page(&page, head_n - 1));
    assert_non_null(validate_jail_page(&page, sizeof page + 1));
    page.last = 2;
    assert_non_null(validate_jail_page(&page, head_n));
    page = (struct jail_page){ .error = JAIL_ERRORS_END };
    assert_non_null(validate_jail_page(&page, head_n));
}

static void a_page_may_be_full(void **state)
{
    static struct jail_page page;
    (void)state;
    fill(page.text, sizeof page.text);
    memcpy(page.text + sizeof page.text - 2, "\r\n", 2);
    assert_null(validate_jail_page(&page, sizeof page));
    page.text[sizeof page.text - 1] = 'x';
    assert_non_null(validate_jail_page(&page, sizeof page));
}

static void auths_answers_are_in_range(void **state)
{
    static const struct spoilt cases[] = {
        SPOIL(auth_login_answer, result, AUTH_RESULTS),
        SPOIL(auth_login_answer, policy.idle_timeout, (uint64_t)INT32_MAX + 1),
        SPOIL(auth_login_answer, policy.data_timeout, UINT32_MAX),
        SPOIL(auth_login_answer, policy.tls_data, 4),
        SPOIL(auth_login_answer, policy.rights, RIGHTS_ALL + 1),
        SPOIL(auth_login_answer, policy.sync_uploads, 2),
    };
    static struct auth_login_answer answer;
    (void)state;
    assert_null(validate_login_answer(&answer));
    for (size_t i = 0; i < COUNT(cases); i++) {
        memset(&answer, 0, sizeof answer);
        spoil(&answer, &cases[i]);
        expect_case(i, validate_login_answer(&answer) != NULL, 1);
    }
    memset(&answer, 0, sizeof answer);
    fill(answer.start, sizeof answer.start);
    assert_non_null(validate_login_answer(&answer));
    memset(&answer, 0, sizeof answer);
    fill(answer.policy.allowed_commands, sizeof answer.policy.allowed_commands);
    assert_non_null(validate_login_answer(&answer));
    memset(&answer, 0, sizeof answer);
    fill(answer.policy.denied_commands, sizeof answer.policy.denied_commands);
    assert_non_null(validate_login_answer(&answer));
}

static void dialers_and_keepers_answers_agree_with_themselves(void **state)
{
    static const struct {
        struct dial_answer answer;
        int fine;
    } dials[] = {
        { { .head.type = DIAL_LISTEN, .port = 65535 }, 1 },
        { { .head.type = DIAL_CONNECT }, 1 },
        { { .head.type = DIAL_LISTEN, .error = 98 }, 1 },
        { { .head.type = DIAL_LISTEN }, 0 },
        { { .head.type = DIAL_LISTEN, .port = 65536 }, 0 },
        { { .head.type = DIAL_CONNECT, .error = 4096 }, 0 },
        { { .head.type = DIAL_LISTEN, .port = 65535, .may_keep = 1 }, 1 },
        { { .head.type = DIAL_LISTEN, .port = 65535, .may_keep = 2 }, 0 },
        { { .head.type = DIAL_CONNECT, .may_keep = 1 }, 0 },
        { { .head.type = DIAL_LISTEN, .error = 98, .may_keep = 1 }, 0 },
    };
    static const struct {
        struct keeper_answer answer;
        int fine;
    } signatures[] = {
        { { .length = SIGNATURE_ROOM }, 1 },     { { .error = EAGAIN }, 1 },
        { { .length = SIGNATURE_ROOM + 1 }, 0 }, { { .length = 0 }, 0 },
        { { .error = EAGAIN, .length = 1 }, 0 }, { { .error = UINT32_MAX }, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(dials); i++)
        expect_case(i, validate_dial_answer(&dials[i].answer) == NULL, dials[i].fine);
    for (size_t i = 0; i < COUNT(signatures); i++)
        expect_case(i, validate_keeper_answer(&signatures[i].answer) == NULL, signatures[i].fine);
}

static void the_master_names_clients_at_addresses(void **state)
{
    struct to_net_client client = { .peer.ss_family = AF_INET, .local.ss_family = AF_INET };
    struct fm_address address = { .peer.ss_family = AF_INET6, .local.ss_family = AF_INET6 };
    (void)state;
    assert_null(validate_client(&client));
    assert_null(validate_address(&address));
    client.accepted_ms = address.accepted_ms = -1;
    assert_non_null(validate_client(&client));
    assert_non_null(validate_address(&address));
    client.accepted_ms = address.accepted_ms = 0;
    client.local.ss_family = address.local.ss_family = AF_UNSPEC;
    assert_non_null(validate_client(&client));
    assert_non_null(validate_address(&address));
    client.peer.ss_family = address.peer.ss_family = AF_UNSPEC;
    assert_non_null(validate_client(&client));
    assert_non_null(validate_address(&address));
}

static void a_stop_has_a_kind_and_a_reason(void **state)
{
    static const struct {
        uint32_t kind, reason;
        int fine;
    } cases[] = {
        { STOP_GENTLY, STOP_SHUTDOWN, 1 }, { STOP_NOW, STOP_BANNED, 1 }, { 0, STOP_SHUTDOWN, 0 },
        { 3, STOP_SHUTDOWN, 0 },           { STOP_NOW, 0, 0 },           { STOP_NOW, 4, 0 }
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct to_net_stop stop = { .kind = cases[i].kind, .reason = cases[i].reason };
        expect_case(i, validate_stop(&stop) == NULL, cases[i].fine);
    }
}

static void auths_words_to_the_master_are_judged(void **state)
{
    struct tm_logged_in in = { .uid = 1000 };
    struct tm_ban ban = { .address.ss_family = AF_INET6, .bits = 64 };
    (void)state;
    assert_null(validate_logged_in(&in));
    in.uid = 0;
    assert_non_null(validate_logged_in(&in));
    in.uid = 1000;
    fill(in.group, sizeof in.group);
    assert_non_null(validate_logged_in(&in));
    assert_null(validate_ban(&ban));
    ban.bits = 48;
    assert_null(validate_ban(&ban));
    ban.bits = 32;
    assert_non_null(validate_ban(&ban));
    ban.address.ss_family = AF_INET;
    assert_null(validate_ban(&ban));
    ban.address.ss_family = AF_UNIX;
    assert_non_null(validate_ban(&ban));
}

static void what_auth_asks_for_is_judged(void **state)
{
    struct tm_errand errand = { .kind = ERRAND_OF_HOME, .pattern = "/srv/ftp/%u" };
    (void)state;
    assert_null(validate_errand(&errand));
    errand.kind = ERRAND_OF_REHASH;
    assert_null(validate_errand(&errand));
    fill(errand.pattern, sizeof errand.pattern);
    assert_non_null(validate_errand(&errand));
    errand.pattern[0] = '\0';
    errand.kind = 0;
    assert_non_null(validate_errand(&errand));
    errand.kind = ERRAND_KINDS;
    assert_non_null(validate_errand(&errand));
}

/* A taken resolver can't have a private address announced. */
static void the_resolvers_answers_are_judged(void **state)
{
    static const struct {
        const char *name;
        uint32_t address;
        bool fine;
    } cases[] = {
        { "ftp.example.org", 0xcb007107, true },
        { "ftp", 0xcb007107, true },
        { "ftp.example.org", 0, false },
        { "ftp.example.org", 0x0a000001, false },
        { "ftp.example.org", 0x7f000001, false },
        { "ftp.example.org", 0xac1fffff, false },
        { "ftp.example.org", 0xac200000, true },
        { "ftp.example.org", 0xa9fe0101, false },
        { "ftp.example.org", 0x64400000, false },
        { "ftp.example.org", 0xdfffffff, true },
        { "ftp.example.org", 0xe0000001, false },
        { "ftp.example.org", 0xffffffff, false },
        { "", 0xcb007107, false },
        { "192.0.2.1", 0xcb007107, false },
        { "ftp..example", 0xcb007107, false },
        { "-ftp", 0xcb007107, false },
        { "ftp/../x", 0xcb007107, false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct tm_resolved message = { .address = htonl(cases[i].address) };
        assert_true(text_copy(message.name, sizeof message.name, cases[i].name));
        expect_case(i, validate_resolved(&message) == NULL, cases[i].fine);
    }
    struct tm_resolved endless = { .address = htonl(0xcb007107) };
    fill(endless.name, sizeof endless.name);
    assert_non_null(validate_resolved(&endless));
}

static void auths_words_to_jail_are_judged(void **state)
{
    struct quota_answer quota = { .result = QUOTA_LATER, .bytes = UINT64_MAX };
    struct rate_answer rate = { .wait_us = (uint64_t)WAIT_MAX_S * 1000000 };
    (void)state;
    struct hash_answer hash = { .granted = 1 };
    assert_null(validate_quota_answer(&quota));
    assert_null(validate_rate_answer(&rate));
    assert_null(validate_hash_answer(&hash));
    quota.result++;
    rate.wait_us++;
    hash.granted++;
    assert_non_null(validate_hash_answer(&hash));
    assert_non_null(validate_quota_answer(&quota));
    assert_non_null(validate_rate_answer(&rate));
}

static void questions_of_control_are_judged(void **state)
{
    struct control_ask ask = { .verb = CONTROL_BAN };
    (void)state;
    assert_non_null(validate_control_ask(&ask));
    ask.address.ss_family = AF_INET;
    assert_null(validate_control_ask(&ask));
    ask.bits = 24;
    assert_non_null(validate_control_ask(&ask));
    ask = (struct control_ask){ .verb = CONTROL_KICK, .by = CONTROL_BY_ADDRESS };
    assert_non_null(validate_control_ask(&ask));
    ask.by = CONTROL_BY_ADDRESS + 1;
    assert_non_null(validate_control_ask(&ask));
    ask = (struct control_ask){ .verb = CONTROL_KICK, .by = CONTROL_BY_USER };
    assert_null(validate_control_ask(&ask));
    for (uint32_t verb = CONTROL_WHO; verb < CONTROL_VERBS; verb++) {
        const bool takes = verb == CONTROL_EXPLAIN || verb == CONTROL_REFUSALS ||
                           verb == CONTROL_KICK || verb == CONTROL_TRACED;
        ask = (struct control_ask){ .verb = verb, .by = CONTROL_BY_ADDRESS };
        /* no address */
        if (takes)
            assert_non_null(validate_control_ask(&ask));
    }
    ask = (struct control_ask){ .verb = CONTROL_EXPLAIN, .by = CONTROL_BY_USER };
    assert_null(validate_control_ask(&ask)); /* from anywhere */
    ask.address.ss_family = AF_UNIX;
    assert_non_null(validate_control_ask(&ask));
    fill(ask.name, sizeof ask.name);
    assert_non_null(validate_control_ask(&ask));
}

static void answers_to_control_fit_their_question(void **state)
{
    static struct control_who who;
    static struct control_bans bans;
    static struct control_answer answer;
    (void)state;
    who.verb = CONTROL_WHO;
    who.count = 1;
    assert_null(validate_control_answer(&who, sizeof who, CONTROL_WHO));
    assert_non_null(validate_control_answer(&who, sizeof who, CONTROL_BANS));
    assert_non_null(validate_control_answer(&who, sizeof answer, CONTROL_WHO));
    assert_non_null(validate_control_answer(&who, sizeof who.head, CONTROL_WHO));
    fill(who.rows[0].path, sizeof who.rows[0].path);
    assert_non_null(validate_control_answer(&who, sizeof who, CONTROL_WHO));
    who.count = CONTROL_WHO_ROWS + 1;
    assert_non_null(validate_control_answer(&who, sizeof who, CONTROL_WHO));
    bans.verb = CONTROL_BANS;
    bans.count = 1;
    assert_non_null(validate_control_answer(&bans, sizeof bans, CONTROL_BANS));
    bans.rows[0].address.ss_family = AF_INET;
    assert_non_null(validate_control_answer(&bans, sizeof bans, CONTROL_BANS));
    bans.rows[0].bits = 32;
    assert_null(validate_control_answer(&bans, sizeof bans, CONTROL_BANS));
    bans.count = CONTROL_BAN_ROWS + 1;
    assert_non_null(validate_control_answer(&bans, sizeof bans, CONTROL_BANS));
    answer.verb = CONTROL_STATE;
    assert_null(validate_control_answer(&answer, sizeof answer, CONTROL_STATE));
    fill(answer.text, sizeof answer.text);
    assert_non_null(validate_control_answer(&answer, sizeof answer, CONTROL_STATE));
    answer = (struct control_answer){ .verb = CONTROL_WHO, .result = CONTROL_UNAVAILABLE };
    assert_null(validate_control_answer(&answer, sizeof answer, CONTROL_WHO));
    answer.result = CONTROL_BAD + 1;
    assert_non_null(validate_control_answer(&answer, sizeof answer, CONTROL_WHO));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jail_answers_are_in_range),
        cmocka_unit_test(a_jails_names_are_one_component),
        cmocka_unit_test(jail_answers_are_judged_by_their_question),
        cmocka_unit_test(pages_are_whole_lines),
        cmocka_unit_test(a_page_may_be_full),
        cmocka_unit_test(auths_answers_are_in_range),
        cmocka_unit_test(dialers_and_keepers_answers_agree_with_themselves),
        cmocka_unit_test(the_master_names_clients_at_addresses),
        cmocka_unit_test(a_stop_has_a_kind_and_a_reason),
        cmocka_unit_test(auths_words_to_the_master_are_judged),
        cmocka_unit_test(what_auth_asks_for_is_judged),
        cmocka_unit_test(the_resolvers_answers_are_judged),
        cmocka_unit_test(auths_words_to_jail_are_judged),
        cmocka_unit_test(questions_of_control_are_judged),
        cmocka_unit_test(answers_to_control_fit_their_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
