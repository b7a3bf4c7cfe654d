/* SPDX-License-Identifier: BSD-2-Clause */
/* orders.c - runs in each role program before it confines itself: maps the
 * image that the master made, and validates it. */
#include "daemon/sandbox/orders.h"

#include "common/sealed.h"
#include "common/text.h"
#include "daemon/program/borders.h"

#include <errno.h>
#include <stddef.h>

enum { IMAGE_MAX = 4 * 1024 * 1024 };

static const struct orders *own;
static const char *strange = "";

static bool place_fits(const struct orders *image, const struct filter_place *place)
{
    return place->at <= image->code_count && place->count <= image->code_count - place->at &&
           place->count <= UINT16_MAX;
}

static bool names_end(const struct orders *image)
{
    for (size_t i = 0; i < CALLS_MAX; i++) {
        if (!text_ends(image->calls[i], CALL_NAME_SIZE))
            return false;
    }
    return true;
}

static bool is_whole(const struct orders *image, size_t size)
{
    if (image->size != size ||
        image->code_count != (size - sizeof *image) / sizeof(struct sock_filter) ||
        !names_end(image))
        return false;
    for (size_t i = 0; i < ROLES; i++) {
        const struct role_orders *role = &image->roles[i];
        if (!text_ends(role->name, sizeof role->name) || !place_fits(image, &role->filter) ||
            !place_fits(image, &role->ids))
            return false;
    }
    return true;
}

/* Their offset is the same in every build. */
static bool borders_fit(const struct orders *image, uint32_t borders)
{
    for (size_t i = 0; i < BORDERS; i++) {
        if (borders & 1U << i && image->borders[i] != border_number((enum border)i)) {
            strange = border_name((enum border)i);
            return false;
        }
    }
    return true;
}

bool orders_open(int fd, uint32_t borders)
{
    size_t size = 0;
    const struct orders *image = sealed_map(fd, offsetof(struct orders, ids), IMAGE_MAX, &size);
    if (!image)
        return false;
    if (!borders_fit(image, borders))
        return errno = EPROTO, false;
    if (size < sizeof *image || !is_whole(image, size))
        return errno = EBADMSG, false;
    own = image;
    return true;
}

const char *orders_strange_border(void)
{
    return strange;
}

const struct orders *orders(void)
{
    return own;
}

const char *orders_call_name(int number)
{
    return own && number >= 0 && number < CALLS_MAX && own->calls[number][0] ? own->calls[number]
                                                                             : "?";
}
