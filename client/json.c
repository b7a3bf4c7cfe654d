/* json.c - JSON out. */
#include "client/json.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

/* The length of the well-formed UTF-8 sequence at s (RFC 3629 section 4), or 0. */
static size_t utf8_length(const unsigned char *s)
{
    size_t n;

    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xC2 || s[0] > 0xF4)
        return 0;
    n = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF0 && s[1] < 0x90) ||
        (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return n;
}

static void put_string(FILE *to, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;

    fputc('"', to);
    while (*s) {
        size_t n = utf8_length(s);

        if (n == 0)
            fprintf(to, "\\udc%02x", (unsigned)*s);
        else if (*s == '"' || *s == '\\')
            fprintf(to, "\\%c", *s);
        else if (*s < 0x20 || *s == 0x7f)
            fprintf(to, "\\u%04x", (unsigned)*s);
        else
            fwrite(s, 1, n, to);
        s += n ? n : 1;
    }
    fputc('"', to);
}

static void put_key(struct json *json, const char *key)
{
    if (!json->first)
        fputs(", ", json->to);
    json->first = false;
    put_string(json->to, key);
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
    put_key(json, key);
    if (value)
        put_string(json->to, value);
    else
        fputs("null", json->to);
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
