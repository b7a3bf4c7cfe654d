/* signing.c - runs in the keeper: what it signs, and what it refuses to.
 *
 * Nothing but the two forms of a TLS server's handshake signature leaves this
 * process: a taken NET can have handshakes signed, but no certificate, no
 * message and no document. */
#include "daemon/keeper/keeper.h"

#include "common/text.h"

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
static size_t build_tls13(const struct keeper_sign *ask, unsigned char *to, size_t room)
{
    static const char context[] = "TLS 1.3, server CertificateVerify"; /* its NUL is the separator */
    enum { PADDING = 64 };
    const size_t length = PADDING + sizeof context + ask->text_length;
    if ((ask->text_length != 32 && ask->text_length != 48) || length > room)
        return 0;
    memset(to, ' ', PADDING);
    memcpy(to + PADDING, context, sizeof context);
    memcpy(to + PADDING + sizeof context, ask->text, ask->text_length);
    return length;
}

/* RFC 8422 section 5.4: two randoms of 32 bytes, then curve_type named_curve
 * (3), the curve, and a point with its length, to the end.  Byte 64 is 3 and
 * not a space, so that this can't pass for the text of TLS 1.3. */
static size_t check_tls12(const struct keeper_sign *ask, unsigned char *to, size_t room)
{
    enum { RANDOMS = 64, POINT_AT = RANDOMS + 4, NAMED_CURVE = 3 };
    const unsigned char *text = ask->text;
    const size_t length = ask->text_length;
    if (length <= POINT_AT || length > room || text[RANDOMS] != NAMED_CURVE ||
        length != POINT_AT + (size_t)text[POINT_AT - 1])
        return 0;
    memcpy(to, text, length);
    return length;
}

size_t signed_text(const struct keeper_sign *ask, unsigned char *to, size_t room)
{
    const struct scheme *scheme = find_scheme(ask->scheme);
    if (!scheme || ask->text_length > sizeof ask->text)
        return 0;
    if (ask->head.type == KEEPER_SIGN_TLS13)
        return scheme->tls13 ? build_tls13(ask, to, room) : 0;
    return scheme->tls12 ? check_tls12(ask, to, room) : 0;
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
    if (!set_padding(context, scheme) || EVP_DigestSign(digest, signature, &written, text, length) != 1)
        goto out;
    result = written;
out:
    EVP_MD_CTX_free(digest);
    return result;
}
