/* SPDX-License-Identifier: BSD-2-Clause */
/* test_auth_penalty.c - failures by address: delays, bans, a bounded table
 * (law L3); sessions by user; the list of timers. */
#include "daemon/auth/penalty.h"
#include "daemon/auth/per_user.h"
#include "daemon/auth/timers.h"

#include "common/addr.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct penalty_rules rules = { .ban_after = 5, .ban_window = 600, .ban_time = 60 };
static const struct penalty_rules no_bans = { .ban_after = 5, .ban_window = 600, .ban_time = 0 };

static struct key address(uint32_t n)
{
    struct key key = { .family = AF_INET,
                       .bytes = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n } };
    return key;
}

static void delays_double_to_four_seconds(void **state)
{
    static const int64_t delays[] = { 1000, 2000, 4000, 4000, 4000, 4000 };
    struct penalties *table = penalties_new(16);
    const struct key key = address(1);

    (void)state;
    for (size_t i = 0; i < COUNT(delays); i++) {
        const struct penalty penalty =
            penalty_failure(table, &no_bans, &key, FAILURE_COUNTS, (int64_t)i + 1);
        assert_int_equal(penalty.delay_ms, delays[i]);
        assert_false(penalty.ban);
    }
    penalties_free(table);
}

static void a_good_log_in_resets_only_its_own_delay(void **state)
{
    struct penalties *table = penalties_new(16);
    const struct key key = address(1), other = address(2);

    (void)state;
    for (int64_t i = 1; i <= 3; i++) {
        (void)penalty_failure(table, &rules, &key, FAILURE_COUNTS, i);
        (void)penalty_failure(table, &rules, &other, FAILURE_COUNTS, i);
    }
    penalty_success(table, &key);
    assert_int_equal(penalty_failure(table, &rules, &key, FAILURE_COUNTS, 4).delay_ms, 1000);
    assert_int_equal(penalty_failure(table, &rules, &other, FAILURE_COUNTS, 4).delay_ms, 4000);
    /* The good one did not wipe out what counts for the ban. */
    assert_true(penalty_failure(table, &rules, &key, FAILURE_COUNTS, 5).ban);
    penalties_free(table);
}

static void the_ban_comes_at_ban_after_and_not_before(void **state)
{
    struct penalties *table = penalties_new(16);
    const struct key key = address(1);

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int64_t i = 1; i < rules.ban_after; i++)
            assert_false(penalty_failure(table, &rules, &key, FAILURE_COUNTS, i).ban);
        assert_true(penalty_failure(table, &rules, &key, FAILURE_COUNTS, 99).ban);
    }
    penalties_free(table);
}

static void failures_of_an_old_window_are_forgotten(void **state)
{
    struct penalties *table = penalties_new(16);
    const struct key key = address(1);
    const int64_t later = (int64_t)rules.ban_window * 1000;

    (void)state;
    for (int64_t i = 0; i < rules.ban_after - 1; i++)
        (void)penalty_failure(table, &rules, &key, FAILURE_COUNTS, 1);
    const struct penalty penalty = penalty_failure(table, &rules, &key, FAILURE_COUNTS, 1 + later);
    assert_false(penalty.ban);
    assert_int_equal(penalty.delay_ms, 1000);
    penalties_free(table);
}

static void a_missing_pass_delays_but_never_bans(void **state)
{
    struct penalties *table = penalties_new(16);
    const struct key key = address(1);

    (void)state;
    for (int64_t i = 1; i <= 50; i++)
        assert_false(penalty_failure(table, &rules, &key, FAILURE_DELAYS, i).ban);
    assert_int_equal(penalty_failure(table, &rules, &key, FAILURE_COUNTS, 51).delay_ms, 4000);
    penalties_free(table);
}

static void crashes_ban_but_do_not_delay(void **state)
{
    struct penalties *table = penalties_new(16);
    const struct key key = address(1);

    (void)state;
    for (int64_t i = 1; i < rules.ban_after - 1; i++)
        assert_false(penalty_failure(table, &rules, &key, FAILURE_BANS_ONLY, i).ban);
    assert_int_equal(penalty_failure(table, &rules, &key, FAILURE_DELAYS, 5).delay_ms, 1000);
    assert_false(penalty_failure(table, &rules, &key, FAILURE_BANS_ONLY, 6).ban);
    assert_true(penalty_failure(table, &rules, &key, FAILURE_BANS_ONLY, 7).ban);
    penalties_free(table);
}

/* Eight failures of a network count as one of an address: for the ban and for the delay. */
static void a_network_has_eight_times_the_limits(void **state)
{
    struct penalty_rules network_rules = rules;
    struct penalties *table = penalties_new(16);
    struct sockaddr_storage peer;
    struct key key;

    (void)state;
    network_rules.factor = ADDR_NETWORK_FACTOR;
    assert_true(addr_parse_host("2001:db8::1", &peer));
    assert_true(key_network_of(&peer, &key));
    for (int64_t i = 1; i < rules.ban_after * ADDR_NETWORK_FACTOR; i++) {
        const struct penalty penalty =
            penalty_failure(table, &network_rules, &key, FAILURE_COUNTS, i);
        assert_false(penalty.ban);
        assert_int_equal(penalty.delay_ms, i < 16 ? 1000 : i < 24 ? 2000 : 4000);
    }
    assert_true(penalty_failure(table, &network_rules, &key, FAILURE_COUNTS, 50).ban);
    assert_int_equal(penalties_count(table), 1);
    assert_int_equal(penalties_addresses(table), 0);
    penalties_free(table);
}

static void the_table_forgets_the_oldest_failure(void **state)
{
    enum { MOST = 100 };
    struct penalties *table = penalties_new(MOST);

    (void)state;
    for (uint32_t n = 0; n < MOST; n++) {
        const struct key key = address(n);
        (void)penalty_failure(table, &rules, &key, FAILURE_COUNTS, n + 1);
    }
    const struct key first = address(0), second = address(1), new = address(MOST);
    (void)penalty_failure(table, &rules, &first, FAILURE_COUNTS, 200); /* the youngest now */
    (void)penalty_failure(table, &rules, &new, FAILURE_COUNTS, 201);
    assert_int_equal(penalties_count(table), MOST);
    assert_int_equal(penalty_failure(table, &rules, &first, FAILURE_COUNTS, 202).delay_ms, 4000);
    assert_int_equal(penalty_failure(table, &rules, &second, FAILURE_COUNTS, 203).delay_ms, 1000);
    penalties_free(table);
}

static void a_flood_of_addresses_keeps_the_table_whole(void **state)
{
    enum { MOST = 64 };
    struct penalties *table = penalties_new(MOST);

    (void)state;
    for (uint32_t n = 0; n < 20000; n++) {
        const struct key key = address((n * 2654435761U) >> 12);
        (void)penalty_failure(table, &rules, &key, FAILURE_COUNTS, n + 1);
        assert_true(penalties_count(table) <= MOST);
    }
    const struct key last = address((19999U * 2654435761U) >> 12);
    assert_int_equal(penalty_failure(table, &rules, &last, FAILURE_COUNTS, 20001).delay_ms, 2000);
    penalties_free(table);
}

/* IPv6 counts by /64, IPv4 by the whole address. */
static void keys_are_what_limits_count_by(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        { "192.0.2.1", "192.0.2.1", true },
        { "192.0.2.1", "192.0.2.2", false },
        { "2001:db8::1", "2001:db8::ffff:1", true },
        { "2001:db8::1", "2001:db8:0:1::1", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sockaddr_storage a, b, back;
        struct key key_a, key_b;
        assert_true(addr_parse_host(cases[i].a, &a));
        assert_true(addr_parse_host(cases[i].b, &b));
        key_of(&a, &key_a);
        key_of(&b, &key_b);
        assert_int_equal(key_equal(&key_a, &key_b), cases[i].same);
        key_address(&key_a, &back);
        key_of(&back, &key_b);
        assert_true(key_equal(&key_a, &key_b));
    }
}

static void an_ipv6_network_is_a_key_of_its_own(void **state)
{
    struct sockaddr_storage first, second, four, back;
    struct key one, other, address_key;
    char text[KEY_TEXT_ROOM];
    (void)state;
    assert_true(addr_parse_host("2001:db8:1::1", &first));
    assert_true(addr_parse_host("2001:db8:1:ffff::2", &second));
    assert_true(addr_parse_host("192.0.2.1", &four));
    assert_true(key_network_of(&first, &one) && key_network_of(&second, &other));
    assert_true(key_equal(&one, &other));
    key_of(&first, &address_key);
    assert_false(key_equal(&one, &address_key)); /* the same bytes, fewer of them count */
    key_address(&one, &back);
    assert_true(key_network_of(&back, &other) && key_equal(&one, &other));
    assert_true(key_network(&address_key, &other) && key_equal(&one, &other));
    assert_false(key_network_of(&four, &one));
    assert_string_equal(key_text(&other, text), "2001:db8:1::/48");
    assert_string_equal(key_text(&address_key, text), "2001:db8:1::/64");
    key_of(&four, &address_key);
    assert_string_equal(key_text(&address_key, text), "192.0.2.1");
}

static void sessions_count_by_user(void **state)
{
    static struct per_user users;
    (void)state;
    per_user_init(&users);
    struct user_count *one = per_user_begin(&users, "alice");
    struct user_count *two = per_user_begin(&users, "alice");
    struct user_count *bob = per_user_begin(&users, "bob");
    assert_int_equal(per_user_sessions(&users, "alice"), 2);
    assert_int_equal(per_user_sessions(&users, "bob"), 1);
    assert_int_equal(per_user_sessions(&users, "carol"), 0);
    struct turn first, second, bobs;
    assert_true(per_user_turn_take(one, &first));
    assert_true(per_user_turn_take(one, &first));
    assert_false(per_user_turn_take(two, &second));
    assert_true(per_user_turn_take(bob, &bobs));
    per_user_turn_give(one, &first);
    assert_false(per_user_turn_take(one, &first)); /* behind the one that has waited */
    assert_true(per_user_turn_take(two, &second));
    per_user_turn_give(one, &first);
    per_user_turn_give(two, &second);
    assert_true(per_user_turn_take(one, &first));
    per_user_turn_give(one, &second); /* has none */
    assert_false(per_user_turn_take(two, &second));
    per_user_turn_give(one, &first);
    per_user_turn_give(two, &second);
    per_user_turn_give(NULL, &second);
    per_user_end(&users, one);
    assert_int_equal(per_user_sessions(&users, "alice"), 1);
    per_user_end(&users, two);
    per_user_end(&users, bob);
    per_user_end(&users, NULL);
    assert_int_equal(per_user_sessions(&users, "alice"), 0);
    assert_int_equal(per_user_sessions(&users, "bob"), 0);
}

static void timers_come_in_order_of_time(void **state)
{
    static const int64_t times[] = { 50, 10, 30, 10, 40, 20 };
    /* equal times as they were set; 4 is cancelled */
    static const size_t order[] = { 1, 3, 5, 2, 0 };
    struct timers timers = { 0 };
    struct timer all[COUNT(times)] = { 0 };

    (void)state;
    assert_int_equal(timer_wait_ms(&timers, 0), -1);
    for (size_t i = 0; i < COUNT(times); i++)
        timer_set(&timers, &all[i], times[i]);
    timer_cancel(&timers, &all[4]);
    timer_cancel(&timers, &all[4]);
    assert_int_equal(timer_wait_ms(&timers, 4), 6);
    assert_int_equal(timer_wait_ms(&timers, 11), 0);
    assert_null(timer_due(&timers, 9));
    for (size_t i = 0; i < COUNT(order); i++)
        assert_ptr_equal(timer_due(&timers, 50), &all[order[i]]);
    assert_null(timer_due(&timers, 1000));
    timer_set(&timers, &all[0], 5);
    timer_set(&timers, &all[0], 90); /* moved */
    assert_null(timer_due(&timers, 89));
    assert_ptr_equal(timer_due(&timers, 90), &all[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_double_to_four_seconds),
        cmocka_unit_test(a_good_log_in_resets_only_its_own_delay),
        cmocka_unit_test(the_ban_comes_at_ban_after_and_not_before),
        cmocka_unit_test(failures_of_an_old_window_are_forgotten),
        cmocka_unit_test(a_missing_pass_delays_but_never_bans),
        cmocka_unit_test(crashes_ban_but_do_not_delay),
        cmocka_unit_test(the_table_forgets_the_oldest_failure),
        cmocka_unit_test(a_flood_of_addresses_keeps_the_table_whole),
        cmocka_unit_test(keys_are_what_limits_count_by),
        cmocka_unit_test(an_ipv6_network_is_a_key_of_its_own),
        cmocka_unit_test(a_network_has_eight_times_the_limits),
        cmocka_unit_test(sessions_count_by_user),
        cmocka_unit_test(timers_come_in_order_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
