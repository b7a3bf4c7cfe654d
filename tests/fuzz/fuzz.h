/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz.h - what the fuzz targets share.  A target calls one parser with any
 * bytes and checks what its header promises; must() ends it where that fails. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(fact) ((fact) ? (void)0 : fuzz_broken(#fact, __FILE__, __LINE__))

static inline void fuzz_broken(const char *fact, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, fact);
    abort();
}

/* The bytes with a NUL behind them, in a block of their own, so that the
 * sanitizer sees a step beyond.  To be freed. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        exit(1);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

#endif
