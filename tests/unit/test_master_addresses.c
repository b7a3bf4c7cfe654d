/* SPDX-License-Identifier: BSD-2-Clause */
/* test_master_addresses.c - the master's table of addresses: sessions, bans,
 * and the bucket of new connections. */
#include "daemon/master/per_address.h"

#include "common/addr.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>

static struct address_entry *entry_of(struct address_table *table, const char *text)
{
    struct sockaddr_storage address;
    assert_true(addr_parse_host(text, &address));
    struct address_entry *entry = address_find(table, &address);
    assert_non_null(entry);
    return entry;
}

/* The master's own lives as long as it does: nothing frees one, and these stay in reach. */
static struct address_table *table_new(void)
{
    static struct address_table *made[8];
    static size_t count;
    assert_true(count < COUNT(made));
    return made[count++] = addresses_new();
}

/* Before the time begins, no entry is idle. */
static size_t entries_in(struct address_table *table)
{
    return addresses_sweep(table, -1);
}

static void ipv6_counts_by_64_bits(void **state)
{
    struct address_table *table = table_new();
    (void)state;
    address_add(entry_of(table, "2001:db8::1"));
    address_add(entry_of(table, "2001:db8::ffff:ffff:ffff:2"));
    assert_int_equal(address_sessions(entry_of(table, "2001:db8::3")), 2);
    assert_int_equal(address_sessions(entry_of(table, "2001:db8:0:1::1")), 0);
    address_add(entry_of(table, "192.0.2.1"));
    assert_int_equal(address_sessions(entry_of(table, "192.0.2.2")), 0);
    assert_int_equal(address_sessions(entry_of(table, "::ffff:192.0.2.1")), 1);
    address_ban(entry_of(table, "2001:db8::9"), 1000);
    assert_true(address_is_banned(entry_of(table, "2001:db8::1"), 999));
    assert_false(address_is_banned(entry_of(table, "2001:db8::1"), 1000));
}

/* What one site has: counted and banned as a whole, apart from its addresses. */
static void ipv6_counts_by_48_bits_as_well(void **state)
{
    struct address_table *table = table_new();
    struct sockaddr_storage peer;
    (void)state;
    address_add(entry_of(table, "2001:db8:1:1::1"));
    address_add(entry_of(table, "2001:db8:1:2::1"));
    address_add(entry_of(table, "2001:db8:2:1::1"));
    struct address_entry *network = address_network(entry_of(table, "2001:db8:1:3::1"));
    assert_int_equal(address_sessions(network), 2);
    assert_ptr_equal(network, address_network(entry_of(table, "2001:db8:1:ffff::1")));
    assert_null(address_network(entry_of(table, "192.0.2.1")));
    assert_true(addr_parse_host("192.0.2.1", &peer));
    assert_null(address_find_network(table, &peer));
    assert_true(addr_parse_host("2001:db8:1::", &peer));
    assert_ptr_equal(address_find_network(table, &peer), network);
    /* The first /64 has the same bytes, and is another entry. */
    assert_int_equal(address_sessions(entry_of(table, "2001:db8:1::1")), 0);
    address_ban(network, 1000);
    assert_true(address_is_banned(entry_of(table, "2001:db8:1:9::1"), 999));
    assert_false(address_is_banned(entry_of(table, "2001:db8:1:9::1"), 1000));
    assert_false(address_is_banned(entry_of(table, "2001:db8:2:1::1"), 999));
    address_ban(entry_of(table, "2001:db8:2:1::1"), 1000);
    assert_false(address_is_banned(entry_of(table, "2001:db8:2:2::1"), 999));
    address_remove(table, entry_of(table, "2001:db8:1:1::1"));
    assert_int_equal(address_sessions(network), 1);
}

/* By the sweep and by the last session's end; a network never before its addresses. */
static void networks_go_with_their_last_address(void **state)
{
    struct address_table *table = table_new();
    (void)state;
    for (int i = 0; i < 200; i++) {
        char text[64];
        (void)text_format(text, sizeof text, "2001:db8:%x:%x::1", i / 20, i);
        address_add(entry_of(table, text));
    }
    assert_int_equal(entries_in(table), 210);
    for (int i = 0; i < 200; i++) {
        char text[64];
        (void)text_format(text, sizeof text, "2001:db8:%x:%x::1", i / 20, i);
        address_remove(table, entry_of(table, text));
        if (i == 19)
            assert_int_equal(entries_in(table), 189);
    }
    assert_int_equal(entries_in(table), 0);
    (void)entry_of(table, "2001:db8::1");
    for (int i = 0; i < 16; i++)
        (void)addresses_sweep(table, 1);
    assert_int_equal(entries_in(table), 0);
}

/* Four a second, six at once: six pass, the seventh does not, and one more each quarter of a
 * second. */
static void new_connections_fill_a_bucket(void **state)
{
    struct address_table *table = table_new();
    struct address_entry *entry = entry_of(table, "192.0.2.1");
    enum { RATE = 4, BURST = 6 };
    int64_t now = 1000000;

    (void)state;
    for (int i = 0; i < BURST; i++)
        assert_true(address_may_connect(entry, RATE, BURST, now));
    assert_false(address_may_connect(entry, RATE, BURST, now));
    assert_false(address_may_connect(entry, RATE, BURST, now + 249));
    assert_true(address_may_connect(entry, RATE, BURST, now + 250));
    assert_false(address_may_connect(entry, RATE, BURST, now + 250));
    now += 60000; /* full again, and no fuller than full */
    for (int i = 0; i < BURST; i++)
        assert_true(address_may_connect(entry, RATE, BURST, now));
    assert_false(address_may_connect(entry, RATE, BURST, now));
    assert_true(address_may_connect(entry, 0, BURST, now)); /* no limit */
    assert_true(address_may_connect(entry_of(table, "192.0.2.2"), RATE, BURST, now));
}

/* A whole turn of the sweep: what it is not to free is found again, with what it holds. */
static void the_sweep_frees_what_says_nothing(void **state)
{
    struct address_table *table = table_new();
    const int64_t now = 5000;
    (void)state;
    address_add(entry_of(table, "192.0.2.1"));
    address_ban(entry_of(table, "192.0.2.2"), now + 1);
    assert_true(address_may_connect(entry_of(table, "192.0.2.3"), 1, 1, now));
    address_ban(entry_of(table, "192.0.2.4"), now);
    for (int i = 0; i < 8; i++)
        (void)addresses_sweep(table, now);
    assert_int_equal(address_sessions(entry_of(table, "192.0.2.1")), 1);
    assert_true(address_is_banned(entry_of(table, "192.0.2.2"), now));
    assert_false(address_may_connect(entry_of(table, "192.0.2.3"), 1, 1, now));
    assert_int_equal(entries_in(table), 3);
    address_remove(table, entry_of(table, "192.0.2.1"));
    for (int i = 0; i < 8; i++)
        (void)addresses_sweep(table, now + 1000);
    assert_int_equal(entries_in(table), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv6_counts_by_64_bits),
        cmocka_unit_test(ipv6_counts_by_48_bits_as_well),
        cmocka_unit_test(networks_go_with_their_last_address),
        cmocka_unit_test(new_connections_fill_a_bucket),
        cmocka_unit_test(the_sweep_frees_what_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
