/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_glob.c - patterns: where there are only "*" and "?" the answer is that of
 * a table that tries everything; a text that is no pattern matches itself only. */
#include "common/path.h"
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>

enum { MOST = 200 };

/* matches[k]: the pattern so far matches the text's first k bytes. */
static bool table_match(const char *pattern, const char *text)
{
    const size_t length = strlen(text);
    bool matches[MOST + 1] = { true };
    for (; *pattern; pattern++) {
        bool before = matches[0]; /* the row above, one to the left */
        matches[0] = matches[0] && *pattern == '*';
        for (size_t k = 1; k <= length; k++) {
            const bool above = matches[k];
            if (*pattern == '*')
                matches[k] = above || matches[k - 1];
            else
                matches[k] = before && (*pattern == '?' || *pattern == text[k - 1]);
            before = above;
        }
    }
    return matches[length];
}

/* A pattern, a LF, a text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *pattern = fuzz_text(data, size);
    char *text = strchr(pattern, '\n');
    if (text)
        *text++ = '\0';
    else
        text = pattern;
    const bool matched = glob_match(pattern, text);
    if (!glob_is_pattern(pattern))
        must(matched == (strcmp(pattern, text) == 0));
    if (!strpbrk(pattern, "[\\") && strlen(text) <= MOST)
        must(matched == table_match(pattern, text));
    must(glob_match("*", text));
    free(pattern);
    return 0;
}
