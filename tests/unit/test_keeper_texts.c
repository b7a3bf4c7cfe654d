/* SPDX-License-Identifier: BSD-2-Clause */
/* test_keeper_texts.c - which texts the keeper signs: handshakes on each curve,
 * and nothing that is broken in one place or could be a certificate. */
#include "common/text.h"
#include "daemon/keeper/handshake.h"
#include "daemon/keeper/keeper.h"
#include "tests/unit/expect.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { TYPE_AT = 64, CURVE_AT = 65, LENGTH_AT = 67, POINT_AT = 68 };

static const struct curve {
    const char *type, *group;
    unsigned char number, point;
} curves[] = {
    { "EC", "P-256", 23, 65 },  { "EC", "P-384", 24, 97 }, { "EC", "P-521", 25, 133 },
    { "X25519", NULL, 29, 32 }, { "X448", NULL, 30, 56 },
};

/* As a server asks: the randoms are not random, and no ASN.1. */
static struct keeper_sign honest(const struct curve *curve)
{
    struct keeper_sign ask = { .head = { .type = KEEPER_SIGN_TLS12, .serial = 1 } };
    unsigned char *point = NULL;
    EVP_PKEY *key = curve->group ? EVP_PKEY_Q_keygen(NULL, NULL, curve->type, curve->group)
                                 : EVP_PKEY_Q_keygen(NULL, NULL, curve->type);
    assert_non_null(key);
    assert_int_equal(EVP_PKEY_get1_encoded_public_key(key, &point), curve->point);
    memset(ask.text, 'r', TYPE_AT);
    ask.text[TYPE_AT] = 3;
    ask.text[CURVE_AT + 1] = curve->number;
    ask.text[LENGTH_AT] = curve->point;
    memcpy(ask.text + POINT_AT, point, curve->point);
    ask.text_length = POINT_AT + curve->point;
    ask.scheme = SCHEME_ECDSA_SHA256;
    OPENSSL_free(point);
    EVP_PKEY_free(key);
    return ask;
}

static bool is_signed(const struct keeper_sign *ask)
{
    unsigned char text[1024];
    const size_t n = signed_text(ask, text, sizeof text);
    assert_true(n == 0 || (n == ask->text_length && memcmp(text, ask->text, n) == 0));
    return n > 0;
}

static void a_point_of_each_curve_is_signed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(curves); i++) {
        const struct keeper_sign ask = honest(&curves[i]);
        expect_case(i, is_signed(&ask), true);
    }
}

static void any_byte_of_the_form_counts(void **state)
{
    static const struct {
        size_t at;
        unsigned char byte;
    } changes[] = {
        { TYPE_AT, 1 },       { TYPE_AT, 2 },        /* explicit curves (RFC 4492) */
        { CURVE_AT, 1 },                             /* ffdhe: 0x01nn */
        { CURVE_AT + 1, 22 }, { CURVE_AT + 1, 26 },  /* secp256k1, brainpoolP256r1 */
        { CURVE_AT + 1, 31 }, { CURVE_AT + 1, 255 }, /* brainpoolP256r1 of TLS 1.3 */
        { LENGTH_AT, 0 },     { LENGTH_AT, 64 },     { LENGTH_AT, 66 }, { LENGTH_AT, 255 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(curves); i++) {
        for (size_t change = 0; change < COUNT(changes); change++) {
            struct keeper_sign ask = honest(&curves[i]);
            ask.text[changes[change].at] = changes[change].byte;
            expect_case(i * 100 + change, is_signed(&ask), false);
        }
    }
}

/* Each curve's number with the points of another. */
static void a_point_belongs_to_its_curve(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(curves); i++) {
        for (size_t other = 0; other < COUNT(curves); other++) {
            struct keeper_sign ask = honest(&curves[i]);
            ask.text[CURVE_AT + 1] = curves[other].number;
            expect_case(i * 10 + other, is_signed(&ask), i == other);
        }
    }
}

static void the_text_ends_with_its_point(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(curves); i++) {
        struct keeper_sign ask = honest(&curves[i]);
        ask.text_length--;
        expect_case(i, is_signed(&ask), false);
        ask.text_length += 2;
        expect_case(i, is_signed(&ask), false);
        ask.text_length = POINT_AT;
        expect_case(i, is_signed(&ask), false);
        ask.text_length = TYPE_AT + 1;
        expect_case(i, is_signed(&ask), false);
        ask.text_length = 0;
        expect_case(i, is_signed(&ask), false);
    }
}

static void a_point_lies_on_its_curve(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(curves) && curves[i].group; i++) {
        struct keeper_sign ask = honest(&curves[i]);
        ask.text[ask.text_length - 1] ^= 1;
        expect_case(i, is_signed(&ask), false);
        ask.text[ask.text_length - 1] ^= 1;
        ask.text[POINT_AT] = 6 | (ask.text[ask.text_length - 1] & 1); /* the hybrid form, rightly */
        expect_case(i, is_signed(&ask), false);
        ask.text[POINT_AT] = 2 | (ask.text[ask.text_length - 1] & 1); /* compressed */
        expect_case(i, is_signed(&ask), false);
        memset(ask.text + POINT_AT, 0, curves[i].point); /* infinity */
        expect_case(i, is_signed(&ask), false);
        memset(ask.text + POINT_AT + 1, 0xff, curves[i].point - 1U); /* beyond the field */
        ask.text[POINT_AT] = 4;
        expect_case(i, is_signed(&ask), false);
    }
}

/* SEQUENCE { OCTET STRING, OCTET STRING }: the second holds the curve and its point. */
static void a_sequence_on_each_curve_is_refused(void **state)
{
    enum { SECOND_AT = TYPE_AT - 3, FIRST = SECOND_AT - 5 };
    (void)state;
    for (size_t i = 0; i < COUNT(curves); i++) {
        struct keeper_sign ask = honest(&curves[i]);
        const unsigned char outer[] = { 0x30, 0x81, (unsigned char)(ask.text_length - 3), 0x04,
                                        FIRST };
        const unsigned char second[] = { 0x04, 0x81, (unsigned char)(ask.text_length - TYPE_AT) };
        memcpy(ask.text, outer, sizeof outer);
        expect_case(i, is_signed(&ask), true); /* the outer header alone makes no structure */
        memcpy(ask.text + SECOND_AT, second, sizeof second);
        expect_case(i, is_signed(&ask), false);
        ask.text[0] = 0x31; /* SET: what CMS signs */
        expect_case(i, is_signed(&ask), false);
        ask.text[SECOND_AT + 2]--; /* ends one byte early */
        expect_case(i, is_signed(&ask), true);
    }
}

static void a_hash_is_signed_in_the_text_of_tls_1_3_only(void **state)
{
    unsigned char text[1024];
    struct keeper_sign ask = { .head = { .type = KEEPER_SIGN_TLS13 },
                               .scheme = SCHEME_ECDSA_SHA256 };
    (void)state;
    ask.text[0] = 0x30;
    for (uint32_t length = 0; length <= KEEPER_TEXT_ROOM; length++) {
        ask.text_length = length;
        ask.text[1] = (unsigned char)(length - 2);
        const size_t n = signed_text(&ask, text, sizeof text);
        expect_case(length, n > 0, length == 32 || length == 48);
        expect_case(length, n == 0 || memcmp(text, "                                ", 32) == 0,
                    true);
    }
}

#define TEXT(literal) (const unsigned char *)(literal), sizeof(literal) - 1

static void asn1_is_known_in_all_its_forms(void **state)
{
    static const struct {
        const unsigned char *text;
        size_t length;
        bool is;
    } cases[] = {
        { TEXT("\x30\x03\x02\x01\x05"), true },
        { TEXT("\x31\x03\x02\x01\x05"), true },
        { TEXT("\x30\x06\x02\x01\x05\x02\x01\x06"), true },
        { TEXT("\x30\x00"), true },
        { TEXT("\x30\x81\x03\x02\x01\x05"), true },                   /* lengths that DER forbids */
        { TEXT("\x30\x84\x00\x00\x00\x03\x02\x01\x05"), true },       /* ... */
        { TEXT("\x30\x8a\0\0\0\0\0\0\0\0\0\x03\x02\x01\x05"), true }, /* ... */
        { TEXT("\x3f\x10\x03\x02\x01\x05"), true },                   /* tags that DER forbids */
        { TEXT("\x3f\x80\x11\x03\x02\x01\x05"), true },               /* ... */
        { TEXT("\x30\x80\x02\x01\x05\x00\x00"), true },               /* of indefinite length */
        { TEXT("\x30\x80\x00\x00"), true },
        { TEXT("\x30\x07\x30\x80\x02\x01\x05\x00\x00"), true },
        { TEXT("\x30\x80\x30\x80\x30\x80\x00\x00\x00\x00\x02\x01\x05\x00\x00"), true },
        { TEXT("\x30\x05\x30\x03xyz"), true },       /* what is inside may be opaque */
        { TEXT("\x30\x05\x7f\x81\x01\x01x"), true }, /* a long tag */
        { TEXT(""), false },
        { TEXT("\x30"), false },
        { TEXT("\x30\x03\x02\x01"), false },                 /* cut short */
        { TEXT("\x30\x03\x02\x01\x05\x00"), false },         /* more behind it */
        { TEXT("\x30\x03\x02\x02\x05"), false },             /* contents that go on beyond it */
        { TEXT("\x30\x04\x02\x01\x05\x02"), false },         /* a header without a length */
        { TEXT("\x30\x80\x02\x01\x05"), false },             /* without its end */
        { TEXT("\x30\x80\x02\x01\x05\x00\x00\x00"), false }, /* more behind it */
        { TEXT("\x30\x80\x30\x80\x00\x00"), false },
        { TEXT("\x30\x04\x04\x80\x00\x00"), false }, /* primitive: needs a length */
        { TEXT("\x30\xff\x02\x01\x05"), false },
        { TEXT("\x30\x89\xff\xff\xff\xff\xff\xff\xff\xff\xff"), false }, /* must not wrap */
        { TEXT("\x10\x03\x02\x01\x05"), true }, /* not marked as constructed: OpenSSL reads it */
        { TEXT("\x10\x80\x00\x00"), false },
        { TEXT("\x3f\x12\x03\x02\x01\x05"), false },
        { TEXT("\x3f\x80\x80\x80\x80\x80\x80\x80\x10"), false },
        { TEXT("\xb0\x03\x02\x01\x05"), false }, /* [16] */
        { TEXT("   text"), false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_case(i, is_asn1_structure(cases[i].text, cases[i].length), cases[i].is);
}

/* Of the handshakes on X25519 that begin like a SEQUENCE of their length, nearly all are signed. */
static void an_honest_handshake_is_hardly_ever_refused(void **state)
{
    enum { TRIES = 20000 };
    uint32_t random = 1;
    size_t refused = 0;
    (void)state;
    for (size_t i = 0; i < TRIES; i++) {
        struct keeper_sign ask = { .head = { .type = KEEPER_SIGN_TLS12 },
                                   .scheme = SCHEME_ECDSA_SHA256 };
        for (size_t at = 0; at < POINT_AT + 32; at++) {
            random = random * 1664525 + 1013904223;
            ask.text[at] = (unsigned char)(random >> 24);
        }
        memcpy(ask.text, "\x30\x62", 2);
        memcpy(ask.text + TYPE_AT, "\x03\x00\x1d\x20", 4);
        ask.text_length = POINT_AT + 32;
        refused += !is_signed(&ask);
    }
    assert_in_range(refused, 1, TRIES / 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_of_each_curve_is_signed),
        cmocka_unit_test(any_byte_of_the_form_counts),
        cmocka_unit_test(a_point_belongs_to_its_curve),
        cmocka_unit_test(the_text_ends_with_its_point),
        cmocka_unit_test(a_point_lies_on_its_curve),
        cmocka_unit_test(a_sequence_on_each_curve_is_refused),
        cmocka_unit_test(a_hash_is_signed_in_the_text_of_tls_1_3_only),
        cmocka_unit_test(asn1_is_known_in_all_its_forms),
        cmocka_unit_test(an_honest_handshake_is_hardly_ever_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
