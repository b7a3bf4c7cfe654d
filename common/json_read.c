/* SPDX-License-Identifier: BSD-2-Clause */
/* json_read.c - reads one JSON object of a known form. */
#include "common/json_read.h"

#include "common/utf8.h"

#include <string.h>

static bool fail(struct json_in *in)
{
    in->bad = true;
    return false;
}

/* The next byte that is no white space; at the end 0, which JSON does not have. */
static char peek(struct json_in *in)
{
    while (in->at < in->end &&
           (*in->at == ' ' || *in->at == '\t' || *in->at == '\n' || *in->at == '\r'))
        in->at++;
    return in->at < in->end && !in->bad ? *in->at : '\0';
}

static bool take(struct json_in *in, char wanted)
{
    if (peek(in) != wanted)
        return fail(in);
    in->at++;
    return true;
}

void json_in_begin(struct json_in *in, const char *bytes, size_t n)
{
    *in = (struct json_in){ .at = bytes, .end = bytes + n, .first = true };
    (void)take(in, '{');
}

/* ---- texts ---- */

struct out {
    char *to;
    size_t room, used;
};

/* Keeps room for the NUL. */
static bool put(struct out *out, unsigned byte)
{
    if (byte == 0 || out->used + 1 >= out->room)
        return false;
    out->to[out->used++] = (char)byte;
    return true;
}

static bool put_code(struct out *out, uint32_t code)
{
    if (code < 0x80)
        return put(out, code);
    if (code < 0x800)
        return put(out, 0xc0 | code >> 6) && put(out, 0x80 | (code & 0x3f));
    if (code < 0x10000)
        return put(out, 0xe0 | code >> 12) && put(out, 0x80 | (code >> 6 & 0x3f)) &&
               put(out, 0x80 | (code & 0x3f));
    return put(out, 0xf0 | code >> 18) && put(out, 0x80 | (code >> 12 & 0x3f)) &&
           put(out, 0x80 | (code >> 6 & 0x3f)) && put(out, 0x80 | (code & 0x3f));
}

/* The four digits of \uXXXX. */
static bool take_hex(struct json_in *in, uint32_t *code)
{
    static const char digits[] = "0123456789abcdef";
    if (in->end - in->at < 4)
        return false;
    *code = 0;
    for (int i = 0; i < 4; i++) {
        const char c = *in->at++;
        const char *digit = memchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c, 16);
        if (!digit)
            return false;
        *code = *code << 4 | (uint32_t)(digit - digits);
    }
    return true;
}

static bool take_unicode(struct json_in *in, struct out *out)
{
    uint32_t code, low;
    if (!take_hex(in, &code))
        return false;
    if (code < 0xd800 || code > 0xdfff)
        return put_code(out, code);
    if (code >= 0xdc80 && code <= 0xdcff) /* a byte that is not UTF-8 */
        return put(out, code & 0xff);
    if (code > 0xdbff || in->end - in->at < 2 || in->at[0] != '\\' || in->at[1] != 'u')
        return false;
    in->at += 2;
    if (!take_hex(in, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    return put_code(out, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
}

static bool take_escape(struct json_in *in, struct out *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (in->at == in->end)
        return false;
    const char c = *in->at++;
    const char *found = memchr(from, c, sizeof from - 1);
    if (c == 'u')
        return take_unicode(in, out);
    return found && put(out, (unsigned char)to[found - from]);
}

static bool take_char(struct json_in *in, struct out *out)
{
    const struct utf8_char one = utf8_next(in->at, (size_t)(in->end - in->at));
    bool fine = one.valid && one.code >= ' ';
    for (size_t i = 0; fine && i < one.length; i++)
        fine = put(out, (unsigned char)in->at[i]);
    in->at += one.length;
    return fine;
}

bool json_in_text(struct json_in *in, char *to, size_t room)
{
    struct out out = { .to = to, .room = room };
    if (room == 0 || !take(in, '"'))
        return fail(in);
    while (in->at < in->end && *in->at != '"') {
        if (*in->at == '\\') {
            in->at++;
            if (!take_escape(in, &out))
                return fail(in);
        } else if (!take_char(in, &out)) {
            return fail(in);
        }
    }
    to[out.used] = '\0';
    if (in->at == in->end)
        return fail(in);
    in->at++;
    return true;
}

/* ---- numbers ---- */

static bool is_digit(const struct json_in *in)
{
    return in->at < in->end && *in->at >= '0' && *in->at <= '9';
}

bool json_in_number(struct json_in *in, uint32_t *to)
{
    uint64_t value = 0;
    const bool zero = peek(in) == '0';
    const char *first = in->at;
    if (in->bad || !is_digit(in))
        return fail(in);
    for (; is_digit(in); in->at++) {
        value = 10 * value + (uint64_t)(*in->at - '0');
        if (value > UINT32_MAX || (zero && in->at > first))
            return fail(in);
    }
    *to = (uint32_t)value;
    return true;
}

bool json_in_numbers(struct json_in *in, uint32_t to[], size_t room, uint32_t *count)
{
    *count = 0;
    if (!take(in, '['))
        return false;
    while (peek(in) != ']') {
        if ((*count && !take(in, ',')) || *count == room || !json_in_number(in, &to[*count]))
            return fail(in);
        ++*count;
    }
    return take(in, ']');
}

/* ---- members ---- */

bool json_in_member(struct json_in *in, char *key, size_t room)
{
    if (in->bad || peek(in) == '}')
        return false;
    if (!in->first && !take(in, ','))
        return false;
    in->first = false;
    return json_in_text(in, key, room) && take(in, ':');
}

bool json_in_over(struct json_in *in)
{
    return take(in, '}') && peek(in) == '\0' && in->at == in->end;
}
