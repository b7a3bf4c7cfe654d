/* json.h - writes JSON (RFC 8259) to a stream, one value after the other. */
#ifndef CLIENT_JSON_H
#define CLIENT_JSON_H

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

/* A name that is not UTF-8 keeps its bytes as lone surrogates U+DC80..DCFF, as Python's
 * surrogateescape reads them back. */
void json_text(struct json *json, const char *key, const char *value);
void json_integer(struct json *json, const char *key, int64_t value);
void json_decimal(struct json *json, const char *key, double value);
void json_flag(struct json *json, const char *key, bool value);
/* "key": and an object; closed by json_close_object. */
void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);

#endif
