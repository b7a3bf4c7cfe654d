/* SPDX-License-Identifier: BSD-2-Clause */
/* test_ration.c - how much sessions and addresses may have written, by a clock of the test's
 * own. */
#include "common/addr.h"
#include "common/text.h"
#include "daemon/scribe/ration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { START_MS = 1000000 };

static unsigned admitted(struct rations *rations, enum record_kind kind, unsigned count,
                         int64_t now_ms)
{
    unsigned passed = 0;
    for (unsigned i = 0; i < count; i++)
        passed += ration_session(rations, kind, now_ms);
    return passed;
}

static void a_bucket_holds_its_burst_and_fills_again(void **state)
{
    (void)state;
    struct rations rations = { .left_out = false };
    assert_int_equal(admitted(&rations, RECORD_NOTE, 5000, START_MS), 1000);
    assert_int_equal(admitted(&rations, RECORD_NOTE, 100, START_MS), 0);
    assert_int_equal(admitted(&rations, RECORD_NOTE, 5000, START_MS + 1000), 200);
    assert_int_equal(admitted(&rations, RECORD_NOTE, 5000, START_MS + 1000000), 1000);
    /* each kind has its own */
    assert_int_equal(admitted(&rations, RECORD_TRANSFER, 10, START_MS), 10);
}

/* doc/faults.md: one session was seen to make 15,000 transfers a second. */
static void an_honest_session_is_never_cut(void **state)
{
    (void)state;
    struct rations rations = { .left_out = false };
    for (int64_t second = 0; second < 60; second++) {
        assert_int_equal(admitted(&rations, RECORD_TRANSFER, 29000, START_MS + 1000 * second),
                         29000);
        assert_int_equal(admitted(&rations, RECORD_COMMAND, 90000, START_MS + 1000 * second),
                         90000);
    }
    assert_false(rations.left_out);
    assert_int_equal(admitted(&rations, RECORD_LOGIN, 1, START_MS), 1);
    assert_int_equal(admitted(&rations, RECORD_LOGIN_REFUSED, 20, START_MS), 20);
    assert_int_equal(admitted(&rations, RECORD_PRESENCE, 2, START_MS), 2);
}

static void a_flood_is_bounded(void **state)
{
    (void)state;
    struct rations rations = { .left_out = false };
    unsigned passed = 0;
    for (int64_t ms = 0; ms < 60000; ms += 10)
        passed += admitted(&rations, RECORD_TRANSFER, 1000, START_MS + ms);
    assert_in_range(passed, 1800000, 1950000); /* of six millions */
    assert_true(rations.left_out);
}

static void what_is_left_out_is_counted_once(void **state)
{
    (void)state;
    struct rations rations = { .left_out = false };
    char text[LEFT_OUT_ROOM];
    assert_false(rations_take_left_out(&rations, text));
    (void)admitted(&rations, RECORD_NOTE, 1003, START_MS);
    (void)admitted(&rations, RECORD_REFUSED, 101, START_MS);
    assert_false(rations_are_full(&rations, START_MS + 1000000));
    assert_true(rations_take_left_out(&rations, text));
    assert_string_equal(text, "1 refused connections, 3 notes");
    assert_false(rations_take_left_out(&rations, text));
    assert_false(rations_are_full(&rations, START_MS));
    assert_true(rations_are_full(&rations, START_MS + 1000000));
}

static void every_kind_fits_the_line(void **state)
{
    (void)state;
    struct rations rations = { .left_out = true };
    char text[LEFT_OUT_ROOM];
    for (size_t i = 0; i < RECORD_KINDS; i++)
        rations.of[i].left_out = UINT64_MAX;
    assert_true(rations_take_left_out(&rations, text));
    assert_non_null(strstr(text, "of other processes"));
}

static void long_lines_have_a_ration_in_bytes(void **state)
{
    (void)state;
    struct rations rations = { .left_out = false };
    size_t bytes = 0;
    while (ration_long_line(&rations, 30000, START_MS))
        bytes += 30000;
    assert_in_range(bytes, 63000000, 64000000);
    assert_false(ration_long_line(&rations, 30000, START_MS + 1));
    assert_true(ration_long_line(&rations, 30000, START_MS + 1000));
    assert_false(rations.left_out); /* nothing was */
}

/* ---- addresses ---- */

static bool from(struct address_rations *table, const char *address, enum record_kind kind)
{
    struct sockaddr_storage peer;
    assert_true(addr_parse_host(address, &peer));
    return ration_address(table, &peer, kind, START_MS);
}

struct told {
    unsigned count;
    char address[ADDR_TEXT_ROOM], text[LEFT_OUT_ROOM];
};

static void take_told(void *context, const struct sockaddr_storage *peer, const char *left_out)
{
    struct told *told = context;
    told->count++;
    (void)text_copy(told->address, sizeof told->address, "many");
    if (peer)
        (void)addr_text(peer, told->address);
    (void)text_copy(told->text, sizeof told->text, left_out);
}

static void an_ipv6_network_is_one_address(void **state)
{
    (void)state;
    struct address_rations *table = address_rations_new();
    struct told told = { .count = 0 };
    unsigned passed = 0;
    assert_non_null(table);
    for (unsigned i = 0; i < 1000; i++)
        passed += from(table, i % 2 ? "2001:db8::1" : "2001:db8::ffff", RECORD_REFUSED);
    assert_int_equal(passed, 200);
    assert_true(from(table, "2001:db8:0:1::1", RECORD_REFUSED));
    assert_true(from(table, "192.0.2.1", RECORD_REFUSED));
    address_rations_report(table, START_MS, take_told, &told);
    assert_int_equal(told.count, 1);
    assert_string_equal(told.address, "2001:db8::");
    assert_string_equal(told.text, "800 refused connections");
    address_rations_report(table, START_MS + 3600000, take_told, &told);
    assert_int_equal(told.count, 1);
    free(table);
}

static void too_many_addresses_share_one_ration(void **state)
{
    (void)state;
    struct address_rations *table = address_rations_new();
    struct told told = { .count = 0 };
    char address[ADDR_TEXT_ROOM];
    unsigned passed = 0;
    assert_non_null(table);
    for (unsigned i = 0; i < 10000; i++) {
        (void)text_format(address, sizeof address, "10.0.%u.%u", i / 256, i % 256);
        passed += from(table, address, RECORD_REFUSED);
    }
    assert_int_equal(passed, 8192 + 200);
    address_rations_report(table, START_MS, take_told, &told);
    assert_int_equal(told.count, 1);
    assert_string_equal(told.address, "many");
    address_rations_report(table, START_MS + 3600000, take_told, &told); /* forgets them */
    assert_true(from(table, "192.0.2.1", RECORD_REFUSED));
    address_rations_report(table, START_MS + 7200000, take_told, &told);
    free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_holds_its_burst_and_fills_again),
        cmocka_unit_test(an_honest_session_is_never_cut),
        cmocka_unit_test(a_flood_is_bounded),
        cmocka_unit_test(what_is_left_out_is_counted_once),
        cmocka_unit_test(every_kind_fits_the_line),
        cmocka_unit_test(long_lines_have_a_ration_in_bytes),
        cmocka_unit_test(an_ipv6_network_is_one_address),
        cmocka_unit_test(too_many_addresses_share_one_ration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
