/* SPDX-License-Identifier: BSD-2-Clause */
/* handshake.c - runs in the keeper; reads what NET requests a signature of. */
#include "daemon/keeper/handshake.h"

#include "common/text.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>

enum { NAMED_CURVE = 3 };

/* The offsets of the fields. */
enum {
    TYPE_AT = 2 * 32,
    CURVE_AT = TYPE_AT + 1,
    LENGTH_AT = CURVE_AT + 2,
    POINT_AT = LENGTH_AT + 1
};

static const struct curve {
    unsigned number; /* RFC 8422 section 5.1.1 */
    int nid;         /* NID_undef: any bytes of this length are a point (RFC 7748 section 5) */
    size_t point;    /* bytes */
} curves[] = {
    { 23, NID_X9_62_prime256v1, 1 + 2 * 32 },
    { 24, NID_secp384r1, 1 + 2 * 48 },
    { 25, NID_secp521r1, 1 + 2 * 66 },
    { 29, NID_undef, 32 }, /* X25519 */
    { 30, NID_undef, 56 }, /* X448 */
};

static const struct curve *find_curve(unsigned number)
{
    for (size_t i = 0; i < COUNT(curves); i++) {
        if (curves[i].number == number)
            return &curves[i];
    }
    return NULL;
}

/* Created when first needed, and kept. */
static const EC_GROUP *group_of(const struct curve *curve)
{
    static EC_GROUP *groups[COUNT(curves)];
    EC_GROUP **group = &groups[curve - curves];
    if (!*group)
        *group = EC_GROUP_new_by_curve_name(curve->nid);
    return *group;
}

/* TLS has uncompressed points only; a hybrid one would have the same length. */
static bool is_on_curve(const struct curve *curve, const unsigned char *bytes)
{
    if (curve->nid == NID_undef)
        return true;
    const EC_GROUP *group = group_of(curve);
    EC_POINT *point = group ? EC_POINT_new(group) : NULL;
    const bool fine = point && bytes[0] == POINT_CONVERSION_UNCOMPRESSED &&
                      EC_POINT_oct2point(group, point, bytes, curve->point, NULL) == 1;
    EC_POINT_free(point);
    return fine;
}

bool is_key_exchange(const unsigned char *text, size_t length)
{
    if (length <= POINT_AT || text[TYPE_AT] != NAMED_CURVE)
        return false;
    const struct curve *curve = find_curve((unsigned)text[CURVE_AT] << 8 | text[CURVE_AT + 1]);
    return curve && text[LENGTH_AT] == curve->point && length == POINT_AT + curve->point &&
           is_on_curve(curve, text + POINT_AT);
}
