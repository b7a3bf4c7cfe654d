/* SPDX-License-Identifier: BSD-2-Clause */
/* json_read.h - reads one JSON object (RFC 8259) of a known form from bytes in
 * memory: strings, whole numbers and lists of these.  Strict: what it does not
 * know is a fault, and after a fault every call returns false.  Pure; allocates
 * nothing. */
#ifndef COMMON_JSON_READ_H
#define COMMON_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_in {
    const char *at, *end;
    bool first; /* no member was read yet */
    bool bad;
};

/* The object begins here, perhaps after white space. */
void json_in_begin(struct json_in *in, const char *bytes, size_t n);

/* Is there another member?  Then this is its key, and its value comes next. */
bool json_in_member(struct json_in *in, char *key, size_t room);

/* A value, without a NUL.  Escapes are resolved as json.h makes them: a lone surrogate U+DC80 to
 * U+DCFF is the byte that is not UTF-8. */
bool json_in_text(struct json_in *in, char *to, size_t room);
/* 0 to UINT32_MAX, without fraction and exponent. */
bool json_in_number(struct json_in *in, uint32_t *to);
bool json_in_numbers(struct json_in *in, uint32_t to[], size_t room, uint32_t *count);

/* Was the object whole, and is there nothing but white space after it? */
bool json_in_over(struct json_in *in);

#endif
