/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_text_escape.c - escaping: no control byte comes out, the room is kept,
 * and what was not cut can be read back. */
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

static unsigned hex(char digit)
{
    return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static void check_back(const char *escaped, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned byte = (unsigned char)*escaped++;
        if (byte == '\\') {
            must(*escaped == 'x');
            byte = hex(escaped[1]) << 4 | hex(escaped[2]);
            escaped += 3;
        }
        must(byte == data[i]);
    }
    must(*escaped == '\0');
}

/* The first byte is the room, the rest is escaped. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const size_t n = size - 1;
    const size_t rooms[] = { data[0], 4 * n + 1 };
    for (size_t i = 0; i < COUNT(rooms); i++) {
        char *to = malloc(rooms[i] ? rooms[i] : 1);
        if (!to)
            exit(1);
        const size_t length = text_escape(to, rooms[i], (const char *)data + 1, n);
        must(length < rooms[i] || rooms[i] == 0);
        for (size_t k = 0; k < length; k++)
            must((unsigned char)to[k] >= 32 && to[k] != 127);
        must(rooms[i] == 0 || to[length] == '\0');
        if (i == 1)
            check_back(to, data + 1, n);
        free(to);
    }
    return 0;
}
