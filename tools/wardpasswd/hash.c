/* SPDX-License-Identifier: BSD-2-Clause */
/* hash.c - password hashes, by libxcrypt. */
#include "tools/wardpasswd/hash.h"

#include "common/text.h"
#include "tools/wardpasswd/complain.h"

#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(HASH_ROOM >= CRYPT_OUTPUT_SIZE, "a hash fits");
_Static_assert(PASSWORD_MAX < CRYPT_MAX_PASSPHRASE_SIZE,
               "crypt(3) accepts every password that we accept");

/* Costs are chosen for about 50 ms each, the time that a log-in may take.
 *  libxcrypt's own defaults are too cheap for sha512crypt and bcrypt. */
static const struct method {
    const char *name, *prefix;
    unsigned long cost; /* 0: the library's */
    size_t most;        /* bytes of a password that count */
} methods[] = {
    { "yescrypt", "$y$", 0, PASSWORD_MAX },
    { "sha512crypt", "$6$", 100000, PASSWORD_MAX },
    { "bcrypt", "$2b$", 10, 72 },
};

const char hash_methods[] = "yescrypt, sha512crypt, bcrypt";

static const struct kind {
    const char *prefix, *name;
    bool weak;
} kinds[] = {
    { "$y$", "yescrypt", false },    { "$gy$", "gost-yescrypt", false },
    { "$7$", "scrypt", false },      { "$6$", "sha512crypt", false },
    { "$5$", "sha256crypt", false }, { "$2b$", "bcrypt", false },
    { "$2y$", "bcrypt", false },     { "$2a$", "bcrypt", false },
    { "$2x$", "bcrypt", true },      { "$1$", "md5crypt", true },
    { "$md5", "sunmd5", true },      { "$sha1", "sha1crypt", true },
    { "$3$", "nt", true },
};

static const struct method *method_find(const char *name)
{
    if (!name)
        return &methods[0];
    for (size_t i = 0; i < COUNT(methods); i++) {
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    }
    return NULL;
}

/* crypt_rn with its working memory wiped.  False, with errno: it can't. */
static bool compute(const char *password, const char *setting, char hash[HASH_ROOM])
{
    struct crypt_data *data = calloc(1, sizeof *data);
    if (!data)
        return false;
    const char *made = crypt_rn(password, setting, data, sizeof *data);
    const int error = errno;
    const bool fine = made && text_copy(hash, HASH_ROOM, made);
    wipe(data, sizeof *data);
    free(data);
    errno = error;
    return fine;
}

int hash_make(const char *name, const char *password, char hash[HASH_ROOM])
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    const struct method *method = method_find(name);
    if (!method)
        return complain(EX_USAGE, "%s: unknown method (use %s)", name, hash_methods);
    if (strlen(password) > method->most)
        return complain(EX_DATAERR, "%s: passwords are limited to %zu bytes", method->name,
                        method->most);
    /* Without bytes given, libxcrypt takes the salt from getrandom(2). */
    if (!crypt_gensalt_rn(method->prefix, method->cost, NULL, 0, setting, sizeof setting) ||
        !compute(password, setting, hash))
        return complain(EX_OSERR, "%s: cannot hash: %s", method->name, strerror(errno));
    return 0;
}

bool hash_matches(struct span hash, const char *password)
{
    char wanted[HASH_ROOM] = { 0 };
    char made[HASH_ROOM] = { 0 };
    unsigned char different = 0;
    if (hash.length == 0 || hash.length >= sizeof wanted)
        return false;
    memcpy(wanted, hash.text, hash.length);
    const bool computed = compute(password, wanted, made);
    for (size_t i = 0; i < sizeof made; i++)
        different |= (unsigned char)(wanted[i] ^ made[i]);
    wipe(made, sizeof made);
    wipe(wanted, sizeof wanted);
    return computed && different == 0;
}

static struct span unlocked(struct span hash)
{
    while (hash.length && hash.text[0] == '!')
        hash = (struct span){ hash.text + 1, hash.length - 1 };
    return hash;
}

bool hash_is_locked(struct span hash)
{
    return hash.length && hash.text[0] == '!';
}

static const struct kind *kind_find(struct span hash)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const size_t length = strlen(kinds[i].prefix);
        if (hash.length > length && memcmp(hash.text, kinds[i].prefix, length) == 0)
            return &kinds[i];
    }
    return NULL;
}

/* DES hashes have no prefix: thirteen bytes, or "_" and nineteen. */
const char *hash_kind(struct span hash)
{
    hash = unlocked(hash);
    const struct kind *kind = kind_find(hash);
    if (kind)
        return kind->name;
    if (hash.length == 0 || hash.text[0] == '*' || span_is(hash, "x"))
        return "none";
    if (hash.length == 13 || (hash.length == 20 && hash.text[0] == '_'))
        return "des";
    return "unknown";
}

bool hash_is_weak(struct span hash)
{
    const struct kind *kind = kind_find(unlocked(hash));
    return kind ? kind->weak : true;
}
