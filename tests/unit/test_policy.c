/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of options.def in messages: copied, and held to their bounds. */
#include "common/text.h"
#include "daemon/config/table.h"
#include "daemon/config/types.h"
#include "daemon/ipc/policy.h"
#include "tests/unit/expect.h"

#include <string.h>

static const struct policy *defaults(void)
{
    static struct policy policy;
    char why[OPTION_WHY_ROOM];
    for (size_t i = 0; i < option_count; i++) {
        if (option_rows[i].block == BLOCK_POLICY)
            assert_true(
                option_parse(&option_rows[i], &policy, option_rows[i].default_text, false, why));
    }
    return &policy;
}

#define BEYOND(member, most)                                                                       \
    if ((most) < UINT32_MAX) {                                                                     \
        const uint32_t before = sent.member;                                                       \
        sent.member = (uint32_t)(most) + 1;                                                        \
        expect_row(#member, fits(&sent), false);                                                   \
        sent.member = before;                                                                      \
    }
#define BEYOND_AMOUNT(member, most)                                                                \
    {                                                                                              \
        const uint64_t before = sent.member;                                                       \
        sent.member = (uint64_t)(most) + 1;                                                        \
        expect_row(#member, fits(&sent), false);                                                   \
        sent.member = before;                                                                      \
    }
#define ENDLESS(member, size)                                                                      \
    {                                                                                              \
        memset(sent.member, 'x', size);                                                            \
        expect_row(#member, fits(&sent), false);                                                   \
        memset(sent.member, 0, size);                                                              \
    }

static void expect_row(const char *key, bool is, bool wanted)
{
    if (is != wanted)
        fail_msg("%s: %s", key,
                 is ? "a value out of its range fits" : "a value within its range does not fit");
}

static void a_key_beyond_its_range_does_not_fit_net(void **state)
{
    struct net_policy sent = { .reserved = 0 };
    bool (*const fits)(const struct net_policy *) = policy_fits_net;
    (void)state;
    policy_copy_to_net(defaults(), &sent);
    expect_row("the defaults", fits(&sent), true);
#define SEND_NET
#define SENT_NUMBER(field, most) BEYOND(field, most)
#define SENT_AMOUNT(field, most) BEYOND_AMOUNT(field, most)
#define SENT_TEXT(field, size)   ENDLESS(field, size)
#include "daemon/config/sent.def"
    expect_row("nothing", fits(&sent), true);
}

static void a_key_beyond_its_range_does_not_fit_jail(void **state)
{
    static struct jail_policy sent;
    bool (*const fits)(const struct jail_policy *) = policy_fits_jail;
    (void)state;
    policy_copy_to_jail(defaults(), &sent);
    expect_row("the defaults", fits(&sent), true);
#define SEND_JAIL
#define SENT_NUMBER(field, most) BEYOND(field, most)
#define SENT_AMOUNT(field, most) BEYOND_AMOUNT(field, most)
#define SENT_TEXT(field, size)   ENDLESS(field, size)
#include "daemon/config/sent.def"
    expect_row("nothing", fits(&sent), true);
}

static void a_key_arrives_as_itself(void **state)
{
    static struct policy policy;
    static struct net_policy net;
    static struct jail_policy jail;
    (void)state;
    policy.rate_up = UINT64_C(1) << 33;
    policy.user_rate_down = 7;
    policy.tls_data = TLS_REQUIRED;
    policy.sync_uploads = true;
    policy.rights = RIGHT_MKDIR;
    policy.uploads = UPLOADS_DIRECT;
    policy.umask = 027;
    strcpy(policy.denied_commands, "DELE\n");
    strcpy(policy.time_zone, "Europe/Berlin");
    policy_copy_to_net(&policy, &net);
    policy_copy_to_jail(&policy, &jail);
    assert_true(net.rate_up == policy.rate_up && net.user_rate_down == 7 && net.rate_down == 0);
    assert_int_equal(net.tls_data, TLS_REQUIRED);
    assert_int_equal(net.sync_uploads, 1);
    assert_int_equal(net.rights, RIGHT_MKDIR);
    assert_string_equal(net.denied_commands, "DELE\n");
    assert_int_equal(jail.rights, RIGHT_MKDIR);
    assert_int_equal(jail.uploads, UPLOADS_DIRECT);
    assert_int_equal(jail.umask, 027);
    assert_string_equal(jail.time_zone, "Europe/Berlin");
}

/* The words of a type, as the manual has them, and the last that a message may carry. */
static void the_last_word_of_a_type_is_its_bound(void **state)
{
    (void)state;
    uint32_t value;
    char why[OPTION_WHY_ROOM];
    static const struct {
        enum option_type type;
        const char *last;
        uint32_t bound;
    } cases[] = {
        { TYPE_UPLOADS, "direct", UPLOADS_LAST },
        { TYPE_LIST_OWNER, "names", LIST_OWNER_LAST },
        { TYPE_FAILED_UPLOADS, "delete", FAILED_UPLOADS_LAST },
        { TYPE_TLS_USER, "required", TLS_REQUIRED },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct option_row row = { .type = cases[i].type, .room = sizeof value };
        char described[OPTION_WHY_ROOM];
        option_describe(&row, described);
        const char *comma = strrchr(described, ',');
        assert_non_null(comma);
        assert_string_equal(comma + 2, cases[i].last);
        assert_true(option_parse(&row, &value, cases[i].last, false, why));
        assert_int_equal(value, cases[i].bound);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_beyond_its_range_does_not_fit_net),
        cmocka_unit_test(a_key_beyond_its_range_does_not_fit_jail),
        cmocka_unit_test(a_key_arrives_as_itself),
        cmocka_unit_test(the_last_word_of_a_type_is_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
