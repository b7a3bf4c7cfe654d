/* SPDX-License-Identifier: BSD-2-Clause */
/* test_ftptime.c - what ftptime.h promises. */
#include "common/ftptime.h"

#include "common/text.h"
#include "tests/unit/expect.h"

static void times_are_written_in_utc(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {
        { 0, "19700101000000" },
        { -1, "19691231235959" },
        { 951782400, "20000229000000" },
        { 951868799, "20000229235959" },
        { 951868800, "20000301000000" },
        { 1795497120, "20261124051200" },
        { 2147483647, "20380119031407" },
        { 2147483648, "20380119031408" },
        { 4107542400, "21000301000000" }, /* 2100 is no leap year */
        { 4107542399, "21000228235959" },
        { 253402300799, "99991231235959" },
        { 253402300800, "99991231235959" }, /* beyond four digits: the nearest */
        { INT64_MAX, "99991231235959" },
        { -62167219200, "00000101000000" },
        { -62167219201, "00000101000000" },
        { INT64_MIN, "00000101000000" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[FTPTIME_ROOM];
        expect_text(i, ftptime_format(cases[i].seconds, text), cases[i].text);
    }
}

static void times_are_read_or_refused(void **state)
{
    static const struct {
        const char *text;
        int taken;
        int64_t seconds;
        uint32_t nanoseconds;
    } cases[] = {
        { "19700101000000", 1, 0, 0 },
        { "19980615100045.014", 1, 897904845, 14000000 }, /* from RFC 3659 */
        { "20000229235959", 1, 951868799, 0 },
        { "20000229235959.1", 1, 951868799, 100000000 },
        { "20000229235959.123456789", 1, 951868799, 123456789 },
        { "20000229235959.9999999999999", 1, 951868799, 999999999 }, /* cut, not rounded */
        { "00000101000000", 1, -62167219200, 0 },
        { "99991231235959", 1, 253402300799, 0 },
        { "20161231235960", 1, 1483228800, 0 }, /* a leap second */
        { "20161231225960", 0, 0, 0 },
        { "20161231235961", 0, 0, 0 },
        { "20161231240000", 0, 0, 0 },
        { "20161231236000", 0, 0, 0 },
        { "20161301000000", 0, 0, 0 },
        { "20160001000000", 0, 0, 0 },
        { "20160100000000", 0, 0, 0 },
        { "20160132000000", 0, 0, 0 },
        { "20160431000000", 0, 0, 0 },
        { "20160229000000", 1, 1456704000, 0 },
        { "20150229000000", 0, 0, 0 },
        { "19000229000000", 0, 0, 0 },
        { "21000229000000", 0, 0, 0 },
        { "2016123123595", 0, 0, 0 },
        { "201612312359599", 0, 0, 0 },
        { "20161231235959.", 0, 0, 0 },
        { "20161231235959.1x", 0, 0, 0 },
        { "20161231235959 ", 0, 0, 0 },
        { "+0161231235959", 0, 0, 0 },
        { "2016-123123595", 0, 0, 0 },
        { "", 0, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t seconds = 42;
        uint32_t nanoseconds = 43;
        expect_case(i, ftptime_parse(cases[i].text, strlen(cases[i].text), &seconds, &nanoseconds),
                    cases[i].taken);
        expect_case(i, seconds, cases[i].taken ? cases[i].seconds : 42);
        expect_case(i, nanoseconds, cases[i].taken ? cases[i].nanoseconds : 43);
    }
}

static void n_bytes_are_read_and_no_more(void **state)
{
    int64_t seconds;
    uint32_t nanoseconds;
    (void)state;
    assert_true(ftptime_parse("19700101000001.5 name", 14, &seconds, &nanoseconds));
    assert_int_equal(seconds, 1);
    assert_int_equal(nanoseconds, 0);
    assert_true(ftptime_parse("19700101000001.5 name", 16, &seconds, &nanoseconds));
    assert_int_equal(nanoseconds, 500000000);
}

/* Every day of one era, next day by next day, then far years and the ends of int64. */
static void the_calendar_goes_both_ways(void **state)
{
    static const int64_t far[] = { INT64_MIN, INT64_MIN + 1,     INT64_MIN + 86400, -1,
                                   0,         INT64_MAX - 86400, INT64_MAX };
    static const uint32_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    struct civil day = { .year = 1600, .month = 1, .day = 1 };
    (void)state;
    for (int64_t seconds = -11676096000; day.year < 2001; seconds += 86400) {
        struct civil seen;
        civil_from_seconds(seconds, &seen);
        if (seen.year != day.year || seen.month != day.month || seen.day != day.day ||
            seen.hour != 0)
            fail_msg("second %lld", (long long)seconds);
        assert_true(civil_to_seconds(&day) == seconds);
        const int leap = day.year % 4 == 0 && (day.year % 100 != 0 || day.year % 400 == 0);
        if (++day.day > lengths[day.month - 1] + (unsigned)(day.month == 2 && leap)) {
            day.day = 1;
            if (++day.month == 13) {
                day.month = 1;
                day.year++;
            }
        }
    }
    for (size_t i = 0; i < COUNT(far); i++) {
        struct civil seen;
        civil_from_seconds(far[i], &seen);
        expect_case(i, civil_to_seconds(&seen), far[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_in_utc),
        cmocka_unit_test(times_are_read_or_refused),
        cmocka_unit_test(n_bytes_are_read_and_no_more),
        cmocka_unit_test(the_calendar_goes_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
