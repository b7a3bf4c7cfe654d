/* SPDX-License-Identifier: BSD-2-Clause */
/* hash_kind.c - runs in auth: recognizes the kinds of hashes. */
#include "daemon/auth/hash_kind.h"

#include "common/text.h"

#include <crypt.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* The form of the text after the prefix. */
enum form {
    FORM_SALT,   /* salt$hash, or rounds=N$salt$hash: SHA-2 */
    FORM_PARAMS, /* params$salt$hash: yescrypt */
    FORM_SCRYPT, /* 11 bytes of params, salt$hash */
    FORM_BCRYPT, /* NN$, 22 bytes of salt, hash */
    FORM_SUNMD5, /* ,rounds=N or nothing, $salt$$hash or $salt$hash */
    FORM_NT,     /* $hash: without a salt */
    FORM_BSDI,   /* 4 bytes of count, 4 of salt, 11 of hash */
    FORM_DES,    /* 2 bytes of salt, 11 of hash; without a prefix */
    FORM_NONE,   /* refused because of its prefix */
};

static const struct kind {
    const char *prefix;
    const char *name;
    enum form form;
    enum hash_worth worth;
    uint32_t old; /* HASH_WEAK: the bit of enum old_hash that accepts it; 0: none */
} kinds[] = {
    { "$y$", "yescrypt", FORM_PARAMS, HASH_GOOD, 0 },
    { "$gy$", "gost-yescrypt", FORM_PARAMS, HASH_GOOD, 0 },
    { "$7$", "scrypt", FORM_SCRYPT, HASH_GOOD, 0 },
    { "$2b$", "bcrypt", FORM_BCRYPT, HASH_GOOD, 0 },
    { "$2y$", "bcrypt", FORM_BCRYPT, HASH_GOOD, 0 },
    { "$2a$", "bcrypt", FORM_BCRYPT, HASH_GOOD, 0 },
    { "$6$", "sha512crypt", FORM_SALT, HASH_GOOD, 0 },
    { "$5$", "sha256crypt", FORM_SALT, HASH_OLD, 0 },
    { "$2x$", "bcrypt with a known fault", FORM_NONE, HASH_WEAK, 0 },
    { "$1$", "MD5", FORM_SALT, HASH_WEAK, OLD_MD5 },
    { "$md5", "SunMD5", FORM_SUNMD5, HASH_WEAK, OLD_SUNMD5 },
    { "$sha1$", "SHA-1", FORM_PARAMS, HASH_WEAK, OLD_SHA1 },
    { "$3$", "NT", FORM_NT, HASH_WEAK, OLD_NT },
    { "_", "DES", FORM_BSDI, HASH_WEAK, OLD_DES },
};

static const struct kind des = { "", "DES", FORM_DES, HASH_WEAK, OLD_DES };

static const char alphabet[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Does the text at `at` hold n bytes of the alphabet? */
static bool is_encoded(const char *at, size_t n)
{
    return strspn(at, alphabet) >= n;
}

/* The salt ends at a '$', and the hash follows. */
static bool split_salt(const char *hash, size_t at, struct hash_parts *parts)
{
    const size_t length = strcspn(hash + at, "$");
    parts->salt_at = at;
    parts->salt_length = length;
    return length > 0 && is_encoded(hash + at, length) && hash[at + length] == '$' &&
           is_encoded(hash + at + length + 1, 1);
}

static bool split_field(const char *hash, size_t at, struct hash_parts *parts)
{
    const size_t length = strcspn(hash + at, "$");
    if (hash[at + length] != '$')
        return false;
    parts->cost_length = at + length;
    return split_salt(hash, at + length + 1, parts);
}

static bool split_bcrypt(const char *hash, size_t at, struct hash_parts *parts)
{
    enum { DIGITS = 2, SALT = 22, WHOLE = 53 };
    if (strspn(hash + at, "0123456789") != DIGITS || hash[at + DIGITS] != '$')
        return false;
    parts->cost_length = at + DIGITS;
    parts->salt_at = at + DIGITS + 1;
    parts->salt_length = SALT;
    return is_encoded(hash + parts->salt_at, WHOLE);
}

static bool split_scrypt(const char *hash, size_t at, struct hash_parts *parts)
{
    enum { PARAMS = 11 };
    if (!is_encoded(hash + at, PARAMS))
        return false;
    parts->cost_length = at + PARAMS;
    return split_salt(hash, at + PARAMS, parts);
}

/* Between salt and hash are one or two '$'. */
static bool split_sunmd5(const char *hash, size_t at, struct hash_parts *parts)
{
    if (hash[at] == ',')
        at += strcspn(hash + at, "$");
    if (hash[at] != '$')
        return false;
    parts->cost_length = at;
    parts->salt_at = at + 1;
    parts->salt_length = strcspn(hash + at + 1, "$");
    const char *rest = hash + parts->salt_at + parts->salt_length;
    return parts->salt_length > 0 && is_encoded(hash + parts->salt_at, parts->salt_length) &&
           is_encoded(rest + strspn(rest, "$"), 1);
}

static bool split_nt(const char *hash, size_t at, struct hash_parts *parts)
{
    enum { DIGITS = 32 };
    parts->cost_length = at;
    parts->salt_at = at + 1;
    parts->salt_length = 0;
    return hash[at] == '$' && is_encoded(hash + at + 1, DIGITS);
}

/* DES: parts of fixed lengths, and nothing behind them. */
static bool split_fixed(const char *hash, size_t at, size_t salt, struct hash_parts *parts)
{
    enum { HASHED = 11 };
    parts->cost_length = parts->salt_at = at;
    parts->salt_length = salt;
    return strlen(hash) == at + salt + HASHED && is_encoded(hash + at, salt + HASHED);
}

static bool split(const struct kind *kind, const char *hash, struct hash_parts *parts)
{
    const size_t at = strlen(kind->prefix);
    parts->kind = kind->name;
    switch (kind->form) {
    case FORM_SALT:
        if (strncmp(hash + at, "rounds=", strlen("rounds=")) == 0)
            return split_field(hash, at, parts);
        parts->cost_length = at;
        return split_salt(hash, at, parts);
    case FORM_PARAMS:
        return split_field(hash, at, parts);
    case FORM_SCRYPT:
        return split_scrypt(hash, at, parts);
    case FORM_BCRYPT:
        return split_bcrypt(hash, at, parts);
    case FORM_SUNMD5:
        return split_sunmd5(hash, at, parts);
    case FORM_NT:
        return split_nt(hash, at, parts);
    case FORM_BSDI:
        return split_fixed(hash, at + 4, 4, parts);
    case FORM_DES:
        return split_fixed(hash, at, 2, parts);
    default:
        return false;
    }
}

/* crypt(3) would refuse it at once, which is faster than a wrong password. */
static bool crypt_takes(const char *hash)
{
    const int answer = crypt_checksalt(hash);
    return answer == CRYPT_SALT_OK || answer == CRYPT_SALT_METHOD_LEGACY;
}

/* NULL: none. */
static const struct kind *kind_of(const char *hash)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (strncmp(hash, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
            return &kinds[i];
    }
    return strlen(hash) >= 13 && is_encoded(hash, strlen(hash)) ? &des : NULL;
}

enum hash_worth hash_judge(const char *hash, uint32_t accepted, struct hash_parts *parts)
{
    memset(parts, 0, sizeof *parts);
    if (hash[0] == '\0' || hash[0] == '!' || hash[0] == '*')
        return HASH_LOCKED;
    const struct kind *kind = kind_of(hash);
    if (!kind)
        return HASH_UNKNOWN;
    if (kind->worth == HASH_WEAK && !(kind->old & accepted))
        return HASH_WEAK;
    const bool whole = strlen(hash) < HASH_ROOM && split(kind, hash, parts) &&
                       parts->cost_length < COST_ROOM && crypt_takes(hash);
    if (!whole)
        return HASH_UNKNOWN;
    return kind->worth == HASH_WEAK ? HASH_WAIVED : kind->worth;
}

const char *hash_worth_text(enum hash_worth worth)
{
    static const char *const texts[] = {
        [HASH_GOOD] = "is good",
        [HASH_OLD] = "is SHA-256 ($5$); a new password would get a better one",
        [HASH_WAIVED] = "is of a weak kind, accepted for accept_hashes; set a new password",
        [HASH_LOCKED] = "is locked",
        [HASH_WEAK] = "is of a kind too weak to accept (DES, MD5, SHA-1 or NT)",
        [HASH_UNKNOWN] = "is none that crypt(3) knows",
    };
    return texts[worth];
}

static bool random_bytes(unsigned char *to, size_t n)
{
    ssize_t got;
    do
        got = getrandom(to, n, 0);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)n;
}

bool hash_dummy(const char *sample, char dummy[HASH_ROOM])
{
    struct hash_parts parts;
    unsigned char noise[HASH_ROOM];
    char made[HASH_ROOM];

    if (!sample) {
        if (!crypt_gensalt_rn(NULL, 0, NULL, 0, made, (int)sizeof made))
            return false;
        return text_format(dummy, HASH_ROOM, "%s$%043d", made, 0);
    }
    if (!hash_is_checked(hash_judge(sample, OLD_HASHES, &parts)) ||
        !random_bytes(noise, sizeof noise))
        return false;
    (void)text_copy(dummy, HASH_ROOM, sample);
    /* The last character of a salt may have fewer bits than the others; it is kept. */
    for (size_t i = parts.salt_at; dummy[i]; i++) {
        if (dummy[i] != '$' && i != parts.salt_at + parts.salt_length - 1)
            dummy[i] = alphabet[noise[i] % 64];
    }
    return true;
}
