/* SPDX-License-Identifier: BSD-2-Clause */
/* remote_key.c - runs in NET, and in its zygote while it builds the SSL_CTX:
 * the provider.  It has what libssl needs: key management that imports keys,
 * returns their sizes and compares public halves, and the one-shot
 * digest_sign.  It has no export: with one, libssl would copy the key to the
 * default provider and sign there. */
#include "daemon/net/remote_key.h"

#include "common/text.h"
#include "daemon/protocol/key_print.h"
#include "daemon/net/ask_keeper.h"

#include <errno.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define PROVIDER            "wardkey"
#define PROPERTIES          "provider=" PROVIDER
#define PARAM_NUMBER        "wardkey-number"
#define PARAM_PRINT         "wardkey-print"
#define PARAM_BITS          "wardkey-bits"
#define PARAM_SECURITY_BITS "wardkey-security-bits"
#define PARAM_SIZE          "wardkey-size"

enum { PUBLIC_SIZE = 2048, GROUP_SIZE = 64 };

enum kind { KIND_RSA, KIND_EC, KIND_ED25519 };

struct remote_key {
    enum kind kind;
    bool is_private; /* it has a number, and is not just a public half to compare with */
    uint32_t number, print;
    int bits, security_bits, size;
    char group[GROUP_SIZE];
    unsigned char public[PUBLIC_SIZE]; /* RSA: the modulus; EC: the point; Ed25519: the key */
    size_t public_length;
};

/* Key management. */

static void *new_key(enum kind kind)
{
    struct remote_key *key = calloc(1, sizeof *key);
    if (key)
        key->kind = kind;
    return key;
}

static void *new_rsa(void *provider)
{
    (void)provider;
    return new_key(KIND_RSA);
}

static void *new_ec(void *provider)
{
    (void)provider;
    return new_key(KIND_EC);
}

static void *new_ed25519(void *provider)
{
    (void)provider;
    return new_key(KIND_ED25519);
}

static void free_key(void *key)
{
    free(key);
}

static int has(const void *data, int selection)
{
    const struct remote_key *key = data;
    if (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY && !key->is_private)
        return 0;
    return !(selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) || key->public_length > 0;
}

static int match_keys(const void *one, const void *other, int selection)
{
    const struct remote_key *a = one, *b = other;
    (void)selection;
    return a->kind == b->kind && a->public_length == b->public_length &&
           strcmp(a->group, b->group) == 0 && memcmp(a->public, b->public, a->public_length) == 0;
}

static bool import_number(struct remote_key *key, const OSSL_PARAM params[])
{
    const OSSL_PARAM *number = OSSL_PARAM_locate_const(params, PARAM_NUMBER);
    const OSSL_PARAM *print = OSSL_PARAM_locate_const(params, PARAM_PRINT);
    const OSSL_PARAM *bits = OSSL_PARAM_locate_const(params, PARAM_BITS);
    const OSSL_PARAM *security = OSSL_PARAM_locate_const(params, PARAM_SECURITY_BITS);
    const OSSL_PARAM *size = OSSL_PARAM_locate_const(params, PARAM_SIZE);
    /* the public half of a certificate, to be compared */
    if (!number)
        return true;
    key->is_private = true;
    return print && bits && security && size && OSSL_PARAM_get_uint32(number, &key->number) &&
           OSSL_PARAM_get_uint32(print, &key->print) && OSSL_PARAM_get_int(bits, &key->bits) &&
           OSSL_PARAM_get_int(security, &key->security_bits) &&
           OSSL_PARAM_get_int(size, &key->size);
}

static bool import_rsa(struct remote_key *key, const OSSL_PARAM params[])
{
    const OSSL_PARAM *modulus = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_RSA_N);
    BIGNUM *n = NULL;
    bool fine = modulus && OSSL_PARAM_get_BN(modulus, &n) && BN_num_bytes(n) <= PUBLIC_SIZE;
    if (fine)
        key->public_length = (size_t)BN_bn2bin(n, key->public);
    BN_free(n);
    return fine;
}

static bool import_point(struct remote_key *key, const OSSL_PARAM params[])
{
    const OSSL_PARAM *point = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PUB_KEY);
    const OSSL_PARAM *group = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_GROUP_NAME);
    char *name = key->group;
    void *bytes = key->public;
    if (key->kind == KIND_EC &&
        (!group || !OSSL_PARAM_get_utf8_string(group, &name, sizeof key->group)))
        return false;
    return point &&
           OSSL_PARAM_get_octet_string(point, &bytes, sizeof key->public, &key->public_length);
}

static int import(void *data, int selection, const OSSL_PARAM params[])
{
    struct remote_key *key = data;
    (void)selection;
    const bool fine = key->kind == KIND_RSA ? import_rsa(key, params) : import_point(key, params);
    return fine && import_number(key, params);
}

static const OSSL_PARAM *import_types(int selection)
{
    static const OSSL_PARAM types[] = {
        OSSL_PARAM_uint32(PARAM_NUMBER, NULL),
        OSSL_PARAM_uint32(PARAM_PRINT, NULL),
        OSSL_PARAM_int(PARAM_BITS, NULL),
        OSSL_PARAM_int(PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(PARAM_SIZE, NULL),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)selection;
    return types;
}

static bool set_int_param(OSSL_PARAM params[], const char *name, int value)
{
    OSSL_PARAM *param = OSSL_PARAM_locate(params, name);
    return !param || OSSL_PARAM_set_int(param, value);
}

static bool set_text_param(OSSL_PARAM params[], const char *name, const char *value)
{
    OSSL_PARAM *param = OSSL_PARAM_locate(params, name);
    return !param || OSSL_PARAM_set_utf8_string(param, value);
}

static int get_params(void *data, OSSL_PARAM params[])
{
    const struct remote_key *key = data;
    return set_int_param(params, OSSL_PKEY_PARAM_BITS, key->bits) &&
           set_int_param(params, OSSL_PKEY_PARAM_SECURITY_BITS, key->security_bits) &&
           set_int_param(params, OSSL_PKEY_PARAM_MAX_SIZE, key->size) &&
           (key->kind != KIND_EC ||
            set_text_param(params, OSSL_PKEY_PARAM_GROUP_NAME, key->group)) &&
           (key->kind != KIND_ED25519 ||
            set_text_param(params, OSSL_PKEY_PARAM_MANDATORY_DIGEST, ""));
}

static const OSSL_PARAM *gettable_params(void *provider)
{
    static const OSSL_PARAM types[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)provider;
    return types;
}

static const char *ec_operation_name(int operation)
{
    return operation == OSSL_OP_SIGNATURE ? "ECDSA" : "EC";
}

#define FUNCTION(id, function)                                                                     \
    {                                                                                              \
        (id), (void (*)(void))(function)                                                           \
    }
#define KEY_MANAGEMENT(new_function)                                                               \
    FUNCTION(OSSL_FUNC_KEYMGMT_NEW, new_function), FUNCTION(OSSL_FUNC_KEYMGMT_FREE, free_key),     \
        FUNCTION(OSSL_FUNC_KEYMGMT_HAS, has), FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, match_keys),       \
        FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, import),                                                \
        FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, import_types),                                    \
        FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_params),                                        \
        FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, gettable_params)

static const OSSL_DISPATCH rsa_management[] = { KEY_MANAGEMENT(new_rsa), { 0, NULL } };
static const OSSL_DISPATCH ed25519_management[] = { KEY_MANAGEMENT(new_ed25519), { 0, NULL } };
static const OSSL_DISPATCH ec_management[] = {
    KEY_MANAGEMENT(new_ec),
    FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, ec_operation_name),
    { 0, NULL },
};

/* Signatures. */

struct signing {
    const struct remote_key *key; /* owned by the EVP_PKEY, which outlives us */
    int digest_bits;              /* 0: none named */
    bool pss;
};

static void *new_signing(void *provider, const char *properties)
{
    (void)provider, (void)properties;
    return calloc(1, sizeof(struct signing));
}

static void free_signing(void *data)
{
    free(data);
}

/* libssl names the digest "SHA256" or "SHA2-256", and none for Ed25519. */
static int digest_bits(const char *name)
{
    static const struct {
        const char *ending;
        int bits;
    } known[] = { { "256", 256 }, { "384", 384 }, { "512", 512 } };
    for (size_t i = 0; name && i < COUNT(known); i++) {
        const size_t length = strlen(name);
        if (strncmp(name, "SHA", 3) == 0 && length >= 6 &&
            strcmp(name + length - 3, known[i].ending) == 0)
            return known[i].bits;
    }
    return 0;
}

static int set_ctx_params(void *data, const OSSL_PARAM params[])
{
    struct signing *signing = data;
    const OSSL_PARAM *mode =
        params ? OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE) : NULL;
    int number = 0;
    /* salt length and MGF1's digest are always those of TLS */
    if (!mode)
        return 1;
    if (mode->data_type == OSSL_PARAM_UTF8_STRING)
        signing->pss = mode->data && strcmp(mode->data, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0;
    else if (OSSL_PARAM_get_int(mode, &number))
        signing->pss = number == RSA_PKCS1_PSS_PADDING;
    else
        return 0;
    return 1;
}

static const OSSL_PARAM *settable_ctx_params(void *data, void *provider)
{
    static const OSSL_PARAM types[] = {
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)data, (void)provider;
    return types;
}

/* libssl calls this twice in a handshake, so it does not ask the keeper yet. */
static int digest_sign_init(void *data, const char *digest, void *key, const OSSL_PARAM params[])
{
    struct signing *signing = data;
    if (key)
        signing->key = key;
    if (digest)
        signing->digest_bits = digest_bits(digest);
    return set_ctx_params(data, params);
}

static uint32_t scheme_of(const struct signing *signing)
{
    const uint32_t step = signing->digest_bits == 256 ? 0 : signing->digest_bits == 384 ? 1 : 2;
    if (signing->key->kind == KIND_ED25519)
        return SCHEME_ED25519;
    if (!signing->digest_bits)
        return 0;
    if (signing->key->kind == KIND_EC)
        return SCHEME_ECDSA_SHA256 + (step << 8);
    return signing->pss ? SCHEME_RSA_PSS_SHA256 + step : SCHEME_RSA_PKCS1_SHA256 + (step << 8);
}

/* In TLS 1.3 the text is 98 fixed bytes and the hash; only the hash is sent to the keeper. */
static bool fill_text(struct keeper_sign *ask, const unsigned char *text, size_t length)
{
    enum { FIXED = 98 };
    const bool tls13 = length > FIXED && text[64] == 'T';
    ask->head.type = tls13 ? KEEPER_SIGN_TLS13 : KEEPER_SIGN_TLS12;
    if (tls13) {
        text += FIXED;
        length -= FIXED;
    }
    if (!length || length > sizeof ask->text)
        return false;
    memcpy(ask->text, text, length);
    ask->text_length = (uint32_t)length;
    return true;
}

static int digest_sign(void *data, unsigned char *signature, size_t *length, size_t room,
                       const unsigned char *text, size_t text_length)
{
    const struct signing *signing = data;
    struct keeper_sign ask;
    if (!signature) { /* libssl asks for the size first */
        *length = (size_t)signing->key->size;
        return 1;
    }
    memset(&ask, 0, sizeof ask);
    ask.key = signing->key->number;
    ask.print = signing->key->print;
    ask.scheme = scheme_of(signing);
    if (!signing->key->is_private || !fill_text(&ask, text, text_length))
        return 0;
    *length = ask_keeper(&ask, signature, room);
    return *length > 0;
}

static const OSSL_DISPATCH signatures[] = {
    FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, new_signing),
    FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, free_signing),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, digest_sign_init),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, digest_sign),
    FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, set_ctx_params),
    FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, settable_ctx_params),
    { 0, NULL },
};

/* The provider itself. */

static const OSSL_ALGORITHM managements[] = {
    { "RSA:rsaEncryption", PROPERTIES, rsa_management, NULL },
    { "EC:id-ecPublicKey", PROPERTIES, ec_management, NULL },
    { "ED25519", PROPERTIES, ed25519_management, NULL },
    { NULL, NULL, NULL, NULL },
};

static const OSSL_ALGORITHM signature_algorithms[] = {
    { "RSA:rsaEncryption", PROPERTIES, signatures, NULL },
    { "ECDSA", PROPERTIES, signatures, NULL },
    { "ED25519", PROPERTIES, signatures, NULL },
    { NULL, NULL, NULL, NULL },
};

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_store)
{
    (void)provider;
    *no_store = 0;
    if (operation == OSSL_OP_KEYMGMT)
        return managements;
    return operation == OSSL_OP_SIGNATURE ? signature_algorithms : NULL;
}

static int init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
                void **provider)
{
    static const OSSL_DISPATCH functions[] = { FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
                                               { 0, NULL } };
    (void)in;
    *out = functions;
    *provider = (void *)(uintptr_t)handle;
    return 1;
}

int remote_key_provider_load(void)
{
    if (!OSSL_PROVIDER_load(NULL, "default") ||
        OSSL_PROVIDER_add_builtin(NULL, PROVIDER, init) != 1 || !OSSL_PROVIDER_load(NULL, PROVIDER))
        return -EIO;
    return 0;
}

static OSSL_PARAM *own_params(const EVP_PKEY *public, uint32_t number)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    if (builder && OSSL_PARAM_BLD_push_uint32(builder, PARAM_NUMBER, number) &&
        OSSL_PARAM_BLD_push_uint32(builder, PARAM_PRINT, key_print(public)) &&
        OSSL_PARAM_BLD_push_int(builder, PARAM_BITS, EVP_PKEY_get_bits(public)) &&
        OSSL_PARAM_BLD_push_int(builder, PARAM_SECURITY_BITS, EVP_PKEY_get_security_bits(public)) &&
        OSSL_PARAM_BLD_push_int(builder, PARAM_SIZE, EVP_PKEY_get_size(public)))
        params = OSSL_PARAM_BLD_to_param(builder);
    OSSL_PARAM_BLD_free(builder);
    return params;
}

/* The property query matters: without it the default provider makes a
 * public-only key, which libssl accepts, and the first handshake fails. */
EVP_PKEY *remote_key_make(X509 *certificate, uint32_t number)
{
    EVP_PKEY *public = X509_get0_pubkey(certificate), *key = NULL;
    const char *type = public ? EVP_PKEY_get0_type_name(public) : NULL;
    OSSL_PARAM *outer = NULL, *own = NULL, *all = NULL;
    EVP_PKEY_CTX *context = type ? EVP_PKEY_CTX_new_from_name(NULL, type, PROPERTIES) : NULL;

    if (!context || EVP_PKEY_todata(public, EVP_PKEY_PUBLIC_KEY, &outer) != 1)
        goto out;
    own = own_params(public, number);
    all = own ? OSSL_PARAM_merge(outer, own) : NULL;
    if (!all || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, all) != 1)
        key = NULL;
/* a shallow copy */
out:
    OPENSSL_free(all);
    OSSL_PARAM_free(own);
    OSSL_PARAM_free(outer);
    EVP_PKEY_CTX_free(context);
    return key;
}
