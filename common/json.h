/* SPDX-License-Identifier: BSD-2-Clause */
/* json.h - writes JSON (RFC 8259) to a stream. */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* "{" ... "}" with commas between the members that the calls add. */
struct json {
    FILE *to;
    bool first;
};

void json_begin(struct json *json, FILE *to);
void json_end(struct json *json); /* and a line end; flushed */

/* A name that is not UTF-8 keeps its bytes (JSON_SURROGATE).  NULL is null. */
void json_text(struct json *json, const char *key, const char *value);
void json_text_n(struct json *json, const char *key, const char *value, size_t n);
void json_integer(struct json *json, const char *key, int64_t value);
void json_decimal(struct json *json, const char *key, double value);
void json_flag(struct json *json, const char *key, bool value);
/* "key": and an object; closed by json_close_object. */
void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);

/* What becomes of a byte that is not UTF-8: its code point in Latin-1, or the lone surrogate
 * U+DC80..DCFF that Python's surrogateescape turns back into the byte. */
enum json_byte { JSON_LATIN1 = 0, JSON_SURROGATE = 0xdc00 };

/* The first character of n bytes (at least one) as it is written within a JSON string: quotes,
 * backslashes, control characters (utf8_is_control) and bytes that are not UTF-8 as \uXXXX.  Into
 * piece, without a NUL.  Returns how many bytes it took. */
enum { JSON_PIECE_ROOM = 8 };
size_t json_char(const char *bytes, size_t n, enum json_byte byte, char piece[JSON_PIECE_ROOM],
                 size_t *piece_length);

#endif
