/* SPDX-License-Identifier: BSD-2-Clause */
/* json_char.c - one character within a JSON string.  In every program that writes JSON; pure. */
#include "common/json.h"
#include "common/text.h"
#include "common/utf8.h"

#include <string.h>

size_t json_char(const char *bytes, size_t n, enum json_byte byte, char piece[JSON_PIECE_ROOM],
                 size_t *piece_length)
{
    const struct utf8_char one = utf8_next(bytes, n);
    if (one.valid && one.code != '"' && one.code != '\\' && !utf8_is_control(one)) {
        memcpy(piece, bytes, one.length);
        *piece_length = one.length;
        return one.length;
    }
    const unsigned code = one.valid ? one.code : (unsigned)byte + one.code;
    (void)text_format(piece, JSON_PIECE_ROOM, "\\u%04x", code & 0xffff);
    *piece_length = strlen("\\u0000");
    return one.length;
}
