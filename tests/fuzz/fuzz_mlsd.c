/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_mlsd.c - one line of MLSD: a name lies within the line, numbers within their ranges. */
#include "client/engine/listing.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct entry entry;
    char *line = malloc(size ? size : 1); /* without a NUL: no step beyond the line */
    int result;

    if (!line)
        return 0;
    if (size)
        memcpy(line, data, size);
    result = mlsd_parse(line, size, &entry);
    must(result == 0 || result == 1 || result == -EINVAL);
    if (result == 0) {
        must(entry.name >= line && entry.name_bytes > 0);
        must(entry.name_bytes <= size - (size_t)(entry.name - line));
        must(entry.size >= -1 && entry.mode >= -1 && entry.mode <= 0777);
    }
    free(line);
    return 0;
}
