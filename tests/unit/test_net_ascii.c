/* SPDX-License-Identifier: BSD-2-Clause */
/* test_net_ascii.c - what ascii.h and crc32.h promise. */
#include "daemon/net/ascii.h"

#include "common/text.h"
#include "daemon/net/crc32.h"
#include "tests/unit/expect.h"

#include <string.h>

struct ascii_case {
    const char *from, *to;
};

/* In two pieces, cut at every place, and a byte at a time. */
static size_t convert(const char *from, size_t cut, bool to_wire, char *to)
{
    struct ascii ascii = { .cr = false };
    const size_t n = strlen(from);
    size_t made = 0;
    for (size_t at = 0; at < n;) {
        const size_t piece = cut == 0 ? 1 : at == 0 && cut < n ? cut : n - at;
        made += to_wire ? ascii_to_wire(&ascii, from + at, piece, to + made)
                        : ascii_from_wire(&ascii, from + at, piece, to + made);
        at += piece;
    }
    if (!to_wire)
        made += ascii_from_wire_end(&ascii, to + made);
    to[made] = '\0';
    return made;
}

static void check(const struct ascii_case *cases, size_t count, bool to_wire)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t cut = 0; cut <= strlen(cases[i].from); cut++) {
            char made[64];
            (void)convert(cases[i].from, cut, to_wire, made);
            expect_text(i, made, cases[i].to);
        }
    }
}

static void files_get_crlf_and_no_second_cr(void **state)
{
    static const struct ascii_case cases[] = {
        { "", "" },
        { "a\nb\n", "a\r\nb\r\n" },
        { "a\r\nb\n", "a\r\nb\r\n" },
        { "\n\n", "\r\n\r\n" },
        { "\r\n\n", "\r\n\r\n" },
        { "a\rb\r\r\n", "a\rb\r\r\n" },
        { "no end", "no end" },
        { "\r", "\r" },
    };
    (void)state;
    check(cases, COUNT(cases), true);
}

static void the_wire_gives_lf_and_keeps_what_is_alone(void **state)
{
    static const struct ascii_case cases[] = {
        { "", "" },         { "a\r\nb\r\n", "a\nb\n" }, { "a\nb", "a\nb" },
        { "a\rb", "a\rb" }, { "\r\r\n", "\r\n" },       { "\r\r\r", "\r\r\r" },
        { "a\r", "a\r" },   { "\r\n\r\n\r", "\n\n\r" },
    };
    (void)state;
    check(cases, COUNT(cases), false);
}

static void crc32_is_the_one_of_zip(void **state)
{
    static const struct {
        const char *text;
        uint32_t crc;
    } cases[] = {
        { "", 0 },
        { "a", 0xE8B7BE43 },
        { "123456789", 0xCBF43926 },
        { "The quick brown fox jumps over the lazy dog", 0x414FA339 },
    };
    (void)state;
    crc32_prepare();
    for (size_t i = 0; i < COUNT(cases); i++) {
        const size_t n = strlen(cases[i].text);
        for (size_t cut = 0; cut <= n; cut++) {
            const uint32_t first = crc32_add(0, cases[i].text, cut);
            expect_case(i, crc32_add(first, cases[i].text + cut, n - cut), cases[i].crc);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_get_crlf_and_no_second_cr),
        cmocka_unit_test(the_wire_gives_lf_and_keeps_what_is_alone),
        cmocka_unit_test(crc32_is_the_one_of_zip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
