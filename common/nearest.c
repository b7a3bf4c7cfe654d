/* SPDX-License-Identifier: BSD-2-Clause */
/* nearest.c - the word that was probably meant.  Pure. */
#include "common/nearest.h"

#include "common/text.h"

#include <string.h>

void nearest_start(struct nearest *nearest, const char *word)
{
    *nearest = (struct nearest){ .word = word, .distance = strlen(word) / 3 + 2 };
}

void nearest_try(struct nearest *nearest, const char *candidate)
{
    const size_t distance = text_distance(nearest->word, candidate);
    if (distance < nearest->distance && distance < strlen(candidate)) {
        nearest->distance = distance;
        nearest->best = candidate;
    }
}
