/* SPDX-License-Identifier: BSD-2-Clause */
/* signing.c - runs in the keeper; reads what NET requests a signature of.
 *
 * It signs the two forms of a TLS server's handshake and nothing else: a taken
 * NET gets signatures for handshakes, but not for a certificate, a message or
 * a document.  Byte 64 distinguishes the forms: 3 in TLS 1.2, 'T' in TLS 1.3. */
#include "daemon/keeper/keeper.h"

#include "common/text.h"
#include "daemon/keeper/handshake.h"

#include <openssl/rsa.h>
#include <string.h>

struct scheme {
    uint32_t number;
    int key_type;       /* EVP_PKEY_RSA, EVP_PKEY_EC, EVP_PKEY_ED25519 */
    const char *digest; /* NULL: the scheme's own */
    bool pss;
    bool tls12, tls13;
};

static const struct scheme schemes[] = {
    { SCHEME_RSA_PKCS1_SHA256, EVP_PKEY_RSA, "SHA256", false, true, false },
    { SCHEME_RSA_PKCS1_SHA384, EVP_PKEY_RSA, "SHA384", false, true, false },
    { SCHEME_RSA_PKCS1_SHA512, EVP_PKEY_RSA, "SHA512", false, true, false },
    { SCHEME_RSA_PSS_SHA256, EVP_PKEY_RSA, "SHA256", true, true, true },
    { SCHEME_RSA_PSS_SHA384, EVP_PKEY_RSA, "SHA384", true, true, true },
    { SCHEME_RSA_PSS_SHA512, EVP_PKEY_RSA, "SHA512", true, true, true },
    { SCHEME_ECDSA_SHA256, EVP_PKEY_EC, "SHA256", false, true, true },
    { SCHEME_ECDSA_SHA384, EVP_PKEY_EC, "SHA384", false, true, true },
    { SCHEME_ECDSA_SHA512, EVP_PKEY_EC, "SHA512", false, true, true },
    { SCHEME_ED25519, EVP_PKEY_ED25519, NULL, false, true, true },
};

static const struct scheme *find_scheme(uint32_t number)
{
    for (size_t i = 0; i < COUNT(schemes); i++) {
        if (schemes[i].number == number)
            return &schemes[i];
    }
    return NULL;
}

/* RFC 8446 section 4.4.3: 64 spaces, the context string, a zero, the hash. */
static size_t text_of_tls13(const struct keeper_sign *ask, unsigned char *to, size_t room)
{
    /* its NUL is the separating zero */
    static const char context[] = "TLS 1.3, server CertificateVerify";
    enum { PADDING = 64 };
    const size_t length = PADDING + sizeof context + ask->text_length;
    if ((ask->text_length != 32 && ask->text_length != 48) || length > room)
        return 0;
    memset(to, ' ', PADDING);
    memcpy(to + PADDING, context, sizeof context);
    memcpy(to + PADDING + sizeof context, ask->text, ask->text_length);
    return length;
}

static size_t text_of_tls12(const struct keeper_sign *ask, unsigned char *to, size_t room)
{
    if (ask->text_length > room || !is_key_exchange(ask->text, ask->text_length))
        return 0;
    memcpy(to, ask->text, ask->text_length);
    return ask->text_length;
}

#define TEXT_OF(name, number, shape, fds, phases, handler)                                         \
    case name:                                                                                     \
        return scheme->handler ? text_of_##handler(ask, to, room) : 0;

static size_t text_of(const struct scheme *scheme, const struct keeper_sign *ask, unsigned char *to,
                      size_t room)
{
    switch (ask->head.type) {
        NET_TO_KEEPER(TEXT_OF)
    default:
        return 0;
    }
}

size_t signed_text(const struct keeper_sign *ask, unsigned char *to, size_t room)
{
    const struct scheme *scheme = find_scheme(ask->scheme);
    if (!scheme || ask->text_length > sizeof ask->text)
        return 0;
    const size_t length = text_of(scheme, ask, to, room);
    return is_asn1_structure(to, length) ? 0 : length;
}

static bool set_padding(EVP_PKEY_CTX *context, const struct scheme *scheme)
{
    if (!scheme->pss)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

size_t sign(EVP_PKEY *key, uint32_t number, const unsigned char *text, size_t length,
            unsigned char signature[SIGNATURE_ROOM])
{
    const struct scheme *scheme = find_scheme(number);
    size_t result = 0, written = SIGNATURE_ROOM; /* our buffer, our size */
    EVP_PKEY_CTX *context = NULL;                /* owned by digest */
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    if (!digest || !scheme || EVP_PKEY_get_base_id(key) != scheme->key_type)
        goto out;
    if (EVP_DigestSignInit_ex(digest, &context, scheme->digest, NULL, NULL, key, NULL) != 1)
        goto out;
    if (!set_padding(context, scheme) ||
        EVP_DigestSign(digest, signature, &written, text, length) != 1)
        goto out;
    result = written;
out:
    EVP_MD_CTX_free(digest);
    return result;
}
