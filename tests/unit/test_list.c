/* SPDX-License-Identifier: BSD-2-Clause */
/* test_list.c - lists of words, windows of the week, and dates. */
#include "common/hours.h"
#include "common/list.h"

#include "tests/unit/expect.h"

#include <string.h>

static void a_list_gives_back_what_was_added(void **state)
{
    char list[LIST_ROOM] = "", word[LIST_WORD_ROOM];
    (void)state;
    assert_true(list_append(list, "*.exe", 5));
    assert_true(list_append(list, "a b", 3));
    const char *at = list_next(list, word);
    assert_string_equal(word, "*.exe");
    at = list_next(at, word);
    assert_string_equal(word, "a b");
    assert_null(list_next(at, word));
    assert_true(list_matches(list, "virus.exe"));
    assert_false(list_matches(list, "virus.ex"));
    assert_true(list_has(list, "A B"));
}

static void a_full_list_stays_as_it_was(void **state)
{
    char list[LIST_ROOM] = "", word[LIST_WORD_ROOM];
    (void)state;
    memset(word, 'x', sizeof word);
    assert_false(list_append(list, word, 0));
    assert_false(list_append(list, "a\nb", 3));
    assert_false(list_append(list, word, LIST_WORD_ROOM));
    assert_true(list_append(list, word, LIST_WORD_ROOM - 1));
    assert_false(list_append(list, word, LIST_WORD_ROOM - 1));
    assert_true(list_append(list, word, LIST_WORD_ROOM - 2));
    assert_int_equal(strlen(list), LIST_ROOM - 1);
    assert_false(list_append(list, "y", 1));
}

static struct tm at(int day, int hour, int minute)
{
    return (struct tm){ .tm_wday = day, .tm_hour = hour, .tm_min = minute };
}

static void hours_hold_from_their_first_minute_to_before_their_last(void **state)
{
    static const struct {
        const char *text;
        int day, hour, minute;
        bool holds;
    } cases[] = {
        { "Mon-Fri 08:00-18:00", 1, 8, 0, true },   { "Mon-Fri 08:00-18:00", 1, 7, 59, false },
        { "Mon-Fri 08:00-18:00", 5, 17, 59, true }, { "Mon-Fri 08:00-18:00", 5, 18, 0, false },
        { "Mon-Fri 08:00-18:00", 6, 12, 0, false }, { "Fri-Mon 00:00-24:00", 0, 23, 59, true },
        { "Fri-Mon 00:00-24:00", 2, 0, 0, false },  { "sat", 6, 0, 0, true },
        { "Sat 22:00-06:00", 0, 5, 59, true },      { "Sat 22:00-06:00", 0, 6, 0, false },
        { "Sat 22:00-06:00", 0, 22, 0, false },     { "22:00-06:00", 3, 1, 0, true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hours hours;
        const struct tm now = at(cases[i].day, cases[i].hour, cases[i].minute);
        assert_true(hours_parse(cases[i].text, &hours));
        if (hours_hold(&hours, &now) != cases[i].holds)
            fail_msg("case %zu: %s", i, cases[i].text);
    }
}

static void hours_that_are_none_are_refused(void **state)
{
    static const char *const none[] = { "",       "Mon-",        "Mon-Fry",     "8:00-18:00",
                                        "08:00",  "08:60-09:00", "24:01-25:00", "08:00-18:00x",
                                        "Monday", "24:00-24:00" };
    struct hours hours;
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(hours_parse(none[i], &hours));
}

static void dates_count_days_since_1970(void **state)
{
    static const struct {
        const char *text;
        uint32_t day;
    } cases[] = { { "1970-01-01", 0 },
                  { "2000-02-29", 11016 },
                  { "2000-03-01", 11017 },
                  { "2027-01-31", 20849 } };
    static const char *const none[] = { "2027-02-29", "2027-13-01",  "2027-1-31",
                                        "1969-12-31", "2027-01-31 ", "" };
    uint32_t day;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(date_parse(cases[i].text, &day));
        assert_int_equal(day, cases[i].day);
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(date_parse(none[i], &day));
    const struct tm now = { .tm_year = 127, .tm_mon = 0, .tm_mday = 31 };
    assert_int_equal(date_of(&now), 20849);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_gives_back_what_was_added),
        cmocka_unit_test(a_full_list_stays_as_it_was),
        cmocka_unit_test(hours_hold_from_their_first_minute_to_before_their_last),
        cmocka_unit_test(hours_that_are_none_are_refused),
        cmocka_unit_test(dates_count_days_since_1970),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
