/* SPDX-License-Identifier: BSD-2-Clause */
/* nearest.h - "did you mean": of the candidates tried, `best` is the one most like `word`; NULL:
 * none is like it. */
#ifndef COMMON_NEAREST_H
#define COMMON_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *word, *best;
    size_t distance;
};

void nearest_start(struct nearest *nearest, const char *word);
void nearest_try(struct nearest *nearest, const char *candidate);

#endif
