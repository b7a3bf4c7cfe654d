/* SPDX-License-Identifier: BSD-2-Clause */
/* certificates.h - the contents of the certificate files: one sealed memfd, made
 * by the master, for NET's zygote and for the keeper that checks keys.  The
 * master copies the bytes and does not parse them. */
#ifndef PROTOCOL_CERTIFICATES_H
#define PROTOCOL_CERTIFICATES_H

#include "daemon/config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CERTIFICATE_TLS = 0,  /* of [tls] */
    CERTIFICATE_HOST = 1, /* and on: of the n-th [host NAME] */
    CERTIFICATE_CLIENT_CA = CERTIFICATE_HOST + HOSTS_MAX,
    CERTIFICATES_MAX,
    CERTIFICATE_FILE_MAX = 1024 * 1024, /* bytes of one file */
};

struct certificates {
    uint64_t size; /* of the whole image */
    struct certificate_place {
        uint64_t at, length; /* from the start of the image; length 0: there is none */
    } files[CERTIFICATES_MAX];
};

/* Maps the image for the life of the process.  False with errno (EBADMSG: it is not one). */
bool certificates_open(int fd);

/* The bytes of a file; NULL and *length 0 where there is none. */
const char *certificate_file(uint32_t number, size_t *length);

#endif
