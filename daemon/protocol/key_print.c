/* SPDX-License-Identifier: BSD-2-Clause */
/* key_print.c - runs in the master, over certificates, and in the keeper, over keys. */
#include "daemon/protocol/key_print.h"

#include "common/text.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

static uint32_t last_bytes(const unsigned char *bytes, size_t n)
{
    uint32_t print = 0;
    for (size_t i = n < sizeof print ? 0 : n - sizeof print; i < n; i++)
        print = print << 8 | bytes[i];
    return print;
}

/* Numbers, not encodings: a point has several encodings. */
static bool number_of(const EVP_PKEY *key, const char *name, uint32_t *print)
{
    enum { NUMBER_ROOM = 2048 }; /* RSA of 16384 bits, OpenSSL's most */
    unsigned char bytes[NUMBER_ROOM] = { 0 };
    BIGNUM *number = NULL;
    const bool fine =
        EVP_PKEY_get_bn_param(key, name, &number) == 1 && BN_num_bytes(number) <= NUMBER_ROOM;
    if (fine)
        *print = last_bytes(bytes, (size_t)BN_bn2bin(number, bytes));
    BN_free(number);
    return fine;
}

uint32_t key_print(const EVP_PKEY *key)
{
    unsigned char raw[64];
    size_t n = sizeof raw;
    uint32_t print = 0;
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
        return EVP_PKEY_get_raw_public_key(key, raw, &n) == 1 ? last_bytes(raw, n) : 0;
    if (!number_of(key, OSSL_PKEY_PARAM_RSA_N, &print))
        (void)number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, &print);
    return print;
}
