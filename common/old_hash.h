/* SPDX-License-Identifier: BSD-2-Clause */
/* old_hash.h - kinds of password hashes that are accepted only where the configuration says so. */
#ifndef COMMON_OLD_HASH_H
#define COMMON_OLD_HASH_H

enum old_hash {
    OLD_DES = 1 << 0,
    OLD_MD5 = 1 << 1,
    OLD_SUNMD5 = 1 << 2,
    OLD_SHA1 = 1 << 3,
    OLD_NT = 1 << 4,
    OLD_HASHES = (1 << 5) - 1,
};

#endif
