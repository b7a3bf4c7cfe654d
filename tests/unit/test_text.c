/* SPDX-License-Identifier: BSD-2-Clause */
/* test_text.c - what text.h promises. */
#include "common/text.h"

#include "tests/unit/expect.h"

#include <stdlib.h>

static void numbers_are_digits_within_their_range(void **state)
{
    static const struct {
        const char *text;
        uint64_t least, most;
        int taken;
        uint64_t value;
    } cases[] = {
        { "0", 0, UINT64_MAX, 1, 0 },
        { "18446744073709551615", 0, UINT64_MAX, 1, UINT64_MAX },
        { "18446744073709551616", 0, UINT64_MAX, 0, 0 }, /* must not wrap to 0 */
        { "18446744073709551620", 0, UINT64_MAX, 0, 0 },
        { "99999999999999999999999999", 0, UINT64_MAX, 0, 0 },
        { "184467440737095516150", 0, UINT64_MAX, 0, 0 },
        { "000000000000000000000000000000007", 0, 9, 1, 7 },
        { "65535", 1, 65535, 1, 65535 },
        { "65536", 1, 65535, 0, 0 },
        { "0", 1, 65535, 0, 0 },
        { "4294967296", 0, UINT32_MAX, 0, 0 },
        { "", 0, 9, 0, 0 },
        { "-1", 0, UINT64_MAX, 0, 0 },
        { "+1", 0, 9, 0, 0 },
        { " 1", 0, 9, 0, 0 },
        { "1 ", 0, 9, 0, 0 },
        { "0x10", 0, 99, 0, 0 },
        { "1\xb2", 0, 99, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = 77;
        expect_case(i, number_parse(cases[i].text, cases[i].least, cases[i].most, &value),
                    cases[i].taken);
        expect_case(i, value, cases[i].taken ? cases[i].value : 77); /* left alone */
    }
}

static void numbers_of_n_bytes_end_there(void **state)
{
    uint64_t value = 5;
    (void)state;
    assert_true(number_parse_n("123456", 3, 0, 999, &value));
    assert_int_equal(value, 123);
    assert_false(number_parse_n("12\0", 3, 0, 999, &value));
    assert_false(number_parse_n("1", 0, 0, 999, &value));
    assert_int_equal(value, 123);
}

static void copies_fit_or_are_empty(void **state)
{
    static const struct {
        const char *text;
        size_t room;
        int fits;
    } cases[] = {
        { "", 1, 1 }, { "abc", 4, 1 }, { "abc", 3, 0 }, { "abc", 1, 0 }, { "abcd", 4, 0 }
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char to[8] = "xxxxxxx";
        expect_case(i, text_copy(to, cases[i].room, cases[i].text), cases[i].fits);
        expect_text(i, to, cases[i].fits ? cases[i].text : "");
        expect_case(i, to[cases[i].room], 'x'); /* nothing behind room */
    }
    assert_false(text_copy(NULL, 0, "a"));
}

static void ends_are_looked_for_within_room(void **state)
{
    (void)state;
    assert_true(text_ends("abc", 4));
    assert_false(text_ends("abc", 3));
    assert_false(text_ends("", 0));
}

static void formats_say_when_they_were_cut(void **state)
{
    char to[6] = "";
    (void)state;
    assert_true(text_format(to, sizeof to, "%d", 12345));
    assert_string_equal(to, "12345");
    assert_false(text_format(to, sizeof to, "%d", 123456));
    assert_string_equal(to, "12345");
    assert_false(text_format(to, 0, "%d", 1));
}

static void escapes_are_printable_and_bounded(void **state)
{
    static const struct {
        const char *bytes;
        size_t n, room;
        const char *wanted;
    } cases[] = {
        { "plain", 5, 64, "plain" },
        { "", 0, 64, "" },
        { "a\r\nb", 4, 64, "a\\x0d\\x0ab" },
        { "\0\x1b[0m\x7f", 6, 64, "\\x00\\x1b[0m\\x7f" },
        { "back\\slash", 10, 64, "back\\x5cslash" }, /* so that no name can imitate an escape */
        { "\xc3\xa9\xff", 3, 64, "\xc3\xa9\xff" },
        { "a\xc2\x9b"
          "2J",
          5, 64, "a\\xc2\\x9b2J" }, /* CSI in UTF-8 */
        { "\xc2\xa9\xc2", 3, 64, "\xc2\xa9\xc2" },
        { "\xe2\x80\xae"
          "gpj",
          6, 64, "\\xe2\\x80\\xaegpj" }, /* right-to-left override */
        { "\xe2\x80\xa8\xe2\x80\xa9\xe2\x81\xa6\xe2\x81\xa9", 12, 64,
          /* separators, isolates */
          "\\xe2\\x80\\xa8\\xe2\\x80\\xa9\\xe2\\x81\\xa6\\xe2\\x81\\xa9" },
        { "\xe2\x80\xa7\xe2\x81\xaa\xe2\x82\xac", 9, 64, "\xe2\x80\xa7\xe2\x81\xaa\xe2\x82\xac" },
        { "\x9b"
          "2J",
          3, 64, "\\x9b2J" },                                      /* CSI as one byte */
        { "\xc3\x9b\xe4\xbd\x9b", 5, 64, "\xc3\x9b\xe4\xbd\x9b" }, /* 9b within a character */
        { "ab\xe2\x80\xae", 5, 14, "ab..." },
        { "abcdef", 6, 7, "abcdef" },
        { "abcdefg", 7, 7, "abc..." },
        { "ab\n", 3, 7, "ab\\x0a" },
        { "abc\n", 4, 7, "abc..." },
        { "\n\n", 2, 8, "\\x0a..." },
        { "\n\n", 2, 7, "..." }, /* an escape is never cut in its middle */
        { "abcd", 4, 4, "..." },
        { "abc", 3, 3, "" },
        { "a", 1, 1, "" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char to[64];
        const size_t length = text_escape(to, cases[i].room, cases[i].bytes, cases[i].n);
        expect_text(i, to, cases[i].wanted);
        expect_case(i, length, strlen(cases[i].wanted));
    }
    assert_int_equal(text_escape(NULL, 0, "a", 1), 0);
}

static void distances_count_edits(void **state)
{
    static const struct {
        const char *a, *b;
        size_t wanted;
    } cases[] = {
        { "", "", 0 },
        { "", "abc", 3 },
        { "abc", "", 3 },
        { "umask", "umask", 0 },
        { "umaks", "umask", 2 },
        { "idle_timeot", "idle_timeout", 1 },
        { "kitten", "sitting", 3 },
        { "read_only", "readonly", 1 },
    };
    char longest[200];
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_case(i, text_distance(cases[i].a, cases[i].b), cases[i].wanted);
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(text_distance("x", longest), 199);
    assert_int_equal(text_distance(longest, "x"), 198);
}

static void wiping_leaves_zeros_and_time_does_not_go_back(void **state)
{
    char secret[] = "secret";
    static const char zeros[sizeof secret];
    (void)state;
    wipe(secret, sizeof secret);
    assert_memory_equal(secret, zeros, sizeof secret);
    const int64_t first = now_ms();
    assert_true(first > 0);
    assert_true(now_ms() >= first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_digits_within_their_range),
        cmocka_unit_test(numbers_of_n_bytes_end_there),
        cmocka_unit_test(copies_fit_or_are_empty),
        cmocka_unit_test(ends_are_looked_for_within_room),
        cmocka_unit_test(formats_say_when_they_were_cut),
        cmocka_unit_test(escapes_are_printable_and_bounded),
        cmocka_unit_test(distances_count_edits),
        cmocka_unit_test(wiping_leaves_zeros_and_time_does_not_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
