/* SPDX-License-Identifier: BSD-2-Clause */
/* json.c - writes JSON. */
#include "common/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void put_string(FILE *to, const char *text, size_t n)
{
    fputc('"', to);
    while (n > 0) {
        char piece[JSON_PIECE_ROOM];
        size_t length;
        const size_t took = json_char(text, n, JSON_SURROGATE, piece, &length);
        fwrite(piece, 1, length, to);
        text += took;
        n -= took;
    }
    fputc('"', to);
}

static void put_key(struct json *json, const char *key)
{
    if (!json->first)
        fputs(", ", json->to);
    json->first = false;
    put_string(json->to, key, strlen(key));
    fputs(": ", json->to);
}

void json_begin(struct json *json, FILE *to)
{
    *json = (struct json){ .to = to, .first = true };
    fputc('{', to);
}

void json_end(struct json *json)
{
    fputs("}\n", json->to);
    fflush(json->to);
}

void json_text(struct json *json, const char *key, const char *value)
{
    if (value) {
        json_text_n(json, key, value, strlen(value));
    } else {
        put_key(json, key);
        fputs("null", json->to);
    }
}

void json_text_n(struct json *json, const char *key, const char *value, size_t n)
{
    put_key(json, key);
    put_string(json->to, value, n);
}

void json_integer(struct json *json, const char *key, int64_t value)
{
    put_key(json, key);
    fprintf(json->to, "%" PRId64, value);
}

void json_decimal(struct json *json, const char *key, double value)
{
    put_key(json, key);
    if (isfinite(value))
        fprintf(json->to, "%.6g", value);
    else
        fputs("null", json->to);
}

void json_flag(struct json *json, const char *key, bool value)
{
    put_key(json, key);
    fputs(value ? "true" : "false", json->to);
}

void json_open_object(struct json *json, const char *key)
{
    put_key(json, key);
    fputc('{', json->to);
    json->first = true;
}

void json_close_object(struct json *json)
{
    fputc('}', json->to);
    json->first = false;
}
