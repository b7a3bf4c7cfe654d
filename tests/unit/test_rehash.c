/* SPDX-License-Identifier: BSD-2-Clause */
/* test_rehash.c - which row of the user file rehash changes, and into what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/text.h"
#include "daemon/rehash/rehash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OLD   "$1$saltsalt$qwertyqwertyqwertyqwer"
#define OTHER "$1$saltsalt$otherotherotherotherot"
#define GOOD  "$y$j9T$GHIsRN1Jy4p9JbCbPDjnF/$1bd1jUwu0FvOSyWhqsJwmPhLlJWpiUVKf.Pdo8OQTl5"

/* Of bytes that end where the file does: a look beyond them is a fault of a sanitizer. */
static int find(const char *text, const char *name, size_t *at)
{
    struct errand_rehash ask = { .from = OLD };
    const size_t size = strlen(text);
    char *bytes = malloc(size ? size : 1);
    assert_non_null(bytes);
    memcpy(bytes, text, size);
    assert_true(text_copy(ask.name, sizeof ask.name, name));
    const int error = row_find(bytes, size, &ask, at);
    free(bytes);
    return error;
}

static void the_users_own_row_is_found(void **state)
{
    static const char *const files[] = {
        "alice:" OLD ":1:1::/:/\n",
        "alice:" OLD ":1:1::/:/",
        "# alice:" OLD ":\nalicette:x:1:1::/:/\nbob:" OLD ":1:1::/:/\n\nalice:" OLD
        ":1:1::/:/\r\nx",
    };
    size_t at = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        assert_int_equal(find(files[i], "alice", &at), 0);
        assert_memory_equal(files[i] + at, OLD ":", strlen(OLD ":"));
        assert_memory_equal(files[i] + at - 6, "alice:", 6);
    }
}

static void any_other_row_is_left_alone(void **state)
{
    static const struct {
        const char *file;
        int error;
    } cases[] = {
        { "", ENOENT },
        { "\n\n", ENOENT },
        { "alice", ENOENT },
        { "bob:" OLD ":1:1::/:/\n", ENOENT },
        { " alice:" OLD ":1:1::/:/\n", ENOENT },
        { "xalice:" OLD ":1:1::/:/\n", ENOENT },
        { "alice:" OTHER ":1:1::/:/\n", ESTALE },
        { "alice:!" OLD ":1:1::/:/\n", ESTALE },
        { "alice:" OLD "x:1:1::/:/\n", ESTALE },
        { "alice:" OLD "\n", ESTALE },
        { "alice:" OLD, ESTALE },
        { "alice:", ESTALE },
        { "alice:$1$saltsalt$q\n" OLD ":1:1::/:/\n", ESTALE },
        { "alice:" OLD ":1:1::/:/\nalice:" OLD ":1:1::/:/\n", ENOTUNIQ },
        { "alice:" OLD ":1:1::/:/\nalice:" OTHER ":1:1::/:/\n", ENOTUNIQ },
    };
    size_t at = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (find(cases[i].file, "alice", &at) != cases[i].error)
            fail_msg("case %zu", i);
    }
}

static void only_a_whole_hash_of_the_default_kind_goes_in(void **state)
{
    static const char *const bad[] = {
        "",
        "*",
        "!",
        OLD,
        "$y$",
        "$y$j9T$salt$",
        "$6$rounds=1000$salt$hash",
        (GOOD "x"),
        (GOOD ":"),
        (GOOD "\n"),
        "$y$j9T$sa:lt$1bd1jUwu0FvOSyWhqsJwmPhLlJWpiUVKf.Pdo8OQTl5",
        "$y$$salt$1bd1jUwu0FvOSyWhqsJwmPhLlJWpiUVKf.Pdo8OQTl5",
        "$y$j9T$GHIsRN1Jy4p9JbCbPDjnF/$1bd1jUwu0FvOSyWhqsJwmPhLlJWpiUVKf.Pdo8OQTl",
        ("!" GOOD),
        "$gy$j9T$GHIsRN1Jy4p9JbCbPDjnF/$1bd1jUwu0FvOSyWhqsJwmPhLlJWpiUVKf.Pdo8OQTl5",
    };
    (void)state;
    assert_true(hash_is_default(GOOD));
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (hash_is_default(bad[i]))
            fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_users_own_row_is_found),
        cmocka_unit_test(any_other_row_is_left_alone),
        cmocka_unit_test(only_a_whole_hash_of_the_default_kind_goes_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
