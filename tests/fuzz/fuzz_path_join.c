/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_path_join.c - joining: the result is normal, fits, holds no byte that
 * was not there, and joining it again changes nothing. */
#include "common/path.h"
#include "tests/fuzz/fuzz.h"

enum { ROOM = 64 };

static void check_quotes(const char *path)
{
    char quoted[2 * ROOM];
    size_t k = 0;
    must(path_quote(path, quoted, sizeof quoted));
    for (size_t i = 0; quoted[i]; i++, k++) {
        must(quoted[i] == path[k]);
        if (quoted[i] == '"')
            must(quoted[++i] == '"');
    }
    must(path[k] == '\0');
}

static void check_join(const char *cwd, const char *name, size_t room)
{
    char joined[ROOM + 1], again[ROOM];
    joined[room] = '\x55';
    const _Bool fits = path_join(cwd, name, joined, room);
    must(joined[room] == '\x55');
    if (!fits)
        return;
    must(strlen(joined) < room);
    must(path_is_normal(joined));
    must(path_join("/elsewhere", joined, again, sizeof again));
    must(strcmp(joined, again) == 0);
    must(strchr(path_last(joined), '/') == NULL);
    check_quotes(joined);
}

/* The first byte is the room, the rest a name; a LF ends a directory before it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const size_t room = data[0] % (ROOM + 1);
    char *text = fuzz_text(data + 1, size - 1);
    char *name = strchr(text, '\n');
    if (name)
        *name++ = '\0';
    check_join(name && text[0] == '/' ? text : "/", name ? name : text, room);
    free(text);
    return 0;
}
