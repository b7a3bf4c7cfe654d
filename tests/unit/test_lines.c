/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of several lines that are shown to clients. */
#include "tests/unit/expect.h"

#include "common/lines.h"
#include "common/text.h"

#include <string.h>

static const struct {
    const char *text;
    size_t n;
    const char *safe;
} texts[] = {
    { "", 0, "" },
    { "one\r\ntwo\n", 9, "one\ntwo\n" },
    { "a\rb\r", 4, "a?b?" },
    { "tab\tbell\a\033[2J\177", 14, "tab\tbell??[2J?" },
    { "nul\0nul", 7, "nul?nul" },
    { "c1\xc2\x9b raw\x9b", 9, "c1? raw?" },
    { "caf\xc3\xa9 \xe9 \xff", 9, "caf\xc3\xa9 \xe9 \xff" },
    { "\xe2\x80\xae right to left", 17, "? right to left" },
    { "cut \xe2\x80", 6, "cut \xe2?" },
};

static void control_characters_are_replaced(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        char text[64];
        memset(text, 'x', sizeof text);
        memcpy(text, texts[i].text, texts[i].n);
        expect_case(i, (long)lines_make_safe(text, texts[i].n), (long)strlen(texts[i].safe));
        expect_case(i, strcmp(text, texts[i].safe), 0);
    }
}

static void lines_are_found(void **state)
{
    (void)state;
    static const size_t lengths[] = { 3, 0, 4 };
    const char *at = "one\n\nfour\n";
    for (size_t i = 0; i < COUNT(lengths); i++) {
        assert_non_null(at);
        expect_case(i, (long)lines_next(at, &at), (long)lengths[i]);
    }
    assert_null(at);
    assert_int_equal(lines_next("", &at), 0);
    assert_null(at);
    assert_int_equal(lines_next("\n", &at), 0);
    assert_null(at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_characters_are_replaced),
        cmocka_unit_test(lines_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
