/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_list.c - lines of LIST: a name lies within its line or the held one, numbers within their
 * ranges. */
/* with: client/engine/list.c client/engine/list_unix.c client/engine/list_dos.c
 * client/engine/list_hosts.c client/engine/columns.c */
#include "client/engine/listing.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

static bool lies_in(const struct entry *entry, const char *from, size_t n)
{
    return entry->name >= from && entry->name_bytes <= n &&
           entry->name <= from + n - entry->name_bytes;
}

static void parse_line(struct list_state *state, const uint8_t *data, size_t size)
{
    struct entry entry;
    char *line = malloc(size ? size : 1); /* without a NUL: no step beyond the line */

    if (!line)
        return;
    if (size)
        memcpy(line, data, size);
    const int result = list_parse(state, line, size, &entry);
    must(result == 0 || result == 1 || result == -EINVAL);
    must(state->held_bytes <= sizeof state->held);
    if (result == 0) {
        must(entry.name_bytes > 0);
        must(lies_in(&entry, line, size) || lies_in(&entry, state->held, sizeof state->held));
        must(entry.size >= -1 && entry.mode >= -1 && entry.mode <= 0777);
    }
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct list_state state = { .now = 1784116800 };

    while (size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        const size_t n = end ? (size_t)(end - data) : size;

        parse_line(&state, data, n);
        data += n;
        size -= n;
        if (size > 0) {
            data++;
            size--;
        }
    }
    return 0;
}
