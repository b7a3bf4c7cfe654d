/* SPDX-License-Identifier: BSD-2-Clause */
/* utf8.c - decodes UTF-8.  In every program; pure. */
#include "common/utf8.h"

#include "common/text.h"

/* The length that the first byte announces; 0 for overlong forms of two bytes (C0, C1) and beyond
 * U+10FFFF. */
static size_t length_wanted(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* The length of the well-formed sequence at the start of n bytes, 1 to 4; 0: there is none. */
static size_t utf8_length(const char *bytes, size_t n)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const size_t length = n ? length_wanted(at[0]) : 0;
    if (length > n)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    const bool overlong =
        length > 2 && ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90));
    const bool surrogate = length > 2 && at[0] == 0xed && at[1] > 0x9f;
    const bool too_high = length > 2 && at[0] == 0xf4 && at[1] > 0x8f;
    return overlong || surrogate || too_high ? 0 : length;
}

struct utf8_char utf8_next(const char *bytes, size_t n)
{
    static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    const unsigned char *at = (const unsigned char *)bytes;
    const size_t length = utf8_length(bytes, n);
    struct utf8_char one = { .length = length ? length : 1, .code = at[0], .valid = length != 0 };
    if (length)
        one.code = at[0] & lead_bits[length];
    for (size_t i = 1; i < length; i++)
        one.code = one.code << 6 | (at[i] & 0x3fU);
    return one;
}

bool utf8_is_control(struct utf8_char one)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0x00, 0x1f },     { 0x7f, 0x9f },     /* C0, DEL, C1 */
        { 0x061c, 0x061c },                     /* Arabic letter mark */
        { 0x200e, 0x200f },                     /* left-to-right and right-to-left marks */
        { 0x2028, 0x2029 },                     /* line and paragraph separators */
        { 0x202a, 0x202e }, { 0x2066, 0x2069 }, /* embeddings and overrides; isolates */
    };
    for (size_t i = 0; i < COUNT(ranges); i++) {
        if (one.code >= ranges[i].first && one.code <= ranges[i].last)
            return true;
    }
    return false;
}
