/* SPDX-License-Identifier: BSD-2-Clause */
/* certificates.c - runs in NET's zygote and in the keeper: reads the image. */
#include "daemon/protocol/certificates.h"

#include "common/sealed.h"

#include <errno.h>

enum { IMAGE_MAX = CERTIFICATES_MAX * CERTIFICATE_FILE_MAX };

static const struct certificates *image;

bool certificates_open(int fd)
{
    size_t size = 0;
    const struct certificates *mapped = sealed_map(fd, sizeof *mapped, IMAGE_MAX, &size);
    if (!mapped)
        return false;
    for (size_t i = 0; i < CERTIFICATES_MAX; i++) {
        const struct certificate_place *place = &mapped->files[i];
        if (place->at > size || place->length > size - place->at ||
            place->length > CERTIFICATE_FILE_MAX)
            return errno = EBADMSG, false;
    }
    image = mapped;
    return true;
}

const char *certificate_file(uint32_t number, size_t *length)
{
    *length = image && number < CERTIFICATES_MAX ? image->files[number].length : 0;
    return *length ? (const char *)image + image->files[number].at : NULL;
}
