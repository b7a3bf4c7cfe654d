/* SPDX-License-Identifier: BSD-2-Clause */
/* expect.h - failures of table-driven tests name the case: its row's number
 * (from 0) and the line of the check. */
#ifndef TESTS_EXPECT_H
#define TESTS_EXPECT_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* Two numbers, of any integer type that fits long long. */
#define expect_case(row, got, wanted)                                                              \
    expect_numbers((row), (long long)(got), (long long)(wanted), __FILE__, __LINE__)

/* Two texts. */
#define expect_text(row, got, wanted) expect_texts((row), (got), (wanted), __FILE__, __LINE__)

static inline void expect_numbers(size_t row, long long got, long long wanted, const char *file,
                                  int line)
{
    if (got == wanted)
        return;
    print_error("case %zu: got %lld, expected %lld\n", row, got, wanted);
    _fail(file, line);
}

static inline void expect_texts(size_t row, const char *got, const char *wanted, const char *file,
                                int line)
{
    if (strcmp(got, wanted) == 0)
        return;
    print_error("case %zu: got \"%s\", expected \"%s\"\n", row, got, wanted);
    _fail(file, line);
}

#endif
