/* SPDX-License-Identifier: BSD-2-Clause */
/* test_home_pattern.c - homes by pattern: what a name may make of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/home_pattern.h"
#include "common/text.h"

#include <string.h>

static void the_name_takes_its_place(void **state)
{
    static const struct {
        const char *pattern, *name, *home;
    } cases[] = {
        { "/srv/ftp/%u", "alice", "/srv/ftp/alice" },
        { "/srv/ftp/%u", "alice@example.org", "/srv/ftp/alice@example.org" },
        { "/srv/%u/files", "a..b", "/srv/a..b/files" },
        { "/srv/ftp/u-%u", "%u", "/srv/ftp/u-%u" },
        { "/srv/ftp/%u", "a b", "/srv/ftp/a b" },
        { "/srv/ftp/%u", "\xff", "/srv/ftp/\xff" },
        { "/srv/shared", "..", "/srv/shared" }, /* no name in it */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char home[64];
        assert_true(home_pattern_is_valid(cases[i].pattern));
        assert_true(home_pattern_expand(cases[i].pattern, cases[i].name, home, sizeof home));
        assert_string_equal(home, cases[i].home);
    }
}

static void no_name_leads_elsewhere(void **state)
{
    static const char *const names[] = { "",  ".",      "..",   ".ssh",  "../bob", "a/b",
                                         "/", "a/../b", "a\nb", "a\x7f", "\x01",   "a/" };
    char home[64];
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (home_pattern_expand("/srv/ftp/%u", names[i], home, sizeof home))
            fail_msg("case %zu: %s", i, home);
    }
    assert_false(home_pattern_expand("/srv/ftp/%u", "alice", home, strlen("/srv/ftp/alice")));
    assert_true(home_pattern_expand("/srv/ftp/%u", "alice", home, strlen("/srv/ftp/alice") + 1));
}

static void the_fixed_part_is_above_the_name(void **state)
{
    (void)state;
    assert_int_equal(home_pattern_fixed("/srv/ftp/%u"), strlen("/srv/ftp"));
    assert_int_equal(home_pattern_fixed("/srv/u-%u"), strlen("/srv"));
    assert_int_equal(home_pattern_fixed("/srv/%u/files"), 0);
    assert_int_equal(home_pattern_fixed("/srv/shared"), 0);
    assert_int_equal(home_pattern_fixed("/%u"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_takes_its_place),
        cmocka_unit_test(no_name_leads_elsewhere),
        cmocka_unit_test(the_fixed_part_is_above_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
