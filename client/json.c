/* json.c - JSON out. */
#include "client/json.h"

#include "common/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

/* A byte that is no UTF-8 is a lone low surrogate, as Python's surrogateescape has it. */
static void put_char(FILE *to, const char *bytes, const struct utf8_char *one)
{
    if (!one->valid)
        fprintf(to, "\\udc%02x", (unsigned)one->code & 0xff);
    else if (one->code == '"' || one->code == '\\')
        fprintf(to, "\\%c", *bytes);
    else if (utf8_is_control(*one))
        fprintf(to, "\\u%04x", (unsigned)one->code & 0xffff);
    else
        fwrite(bytes, 1, one->length, to);
}

static void put_string(FILE *to, const char *text)
{
    fputc('"', to);
    for (size_t n = strlen(text); n > 0;) {
        const struct utf8_char one = utf8_next(text, n);

        put_char(to, text, &one);
        text += one.length;
        n -= one.length;
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
