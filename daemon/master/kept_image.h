/* SPDX-License-Identifier: BSD-2-Clause */
/* kept_image.h - an image of a master's state, as the new program reads it. */
#ifndef MASTER_KEPT_IMAGE_H
#define MASTER_KEPT_IMAGE_H

#include "daemon/config/config.h"
#include "daemon/master/complaint.h"
#include "daemon/master/keep.h"

#include <stdbool.h>

struct master;

struct kept_image {
    int fd;
    size_t size;
    const struct kept_head *head;
    struct kept_reader reader; /* behind the head */
};

/* Maps the image behind the descriptor of this decimal number.  0, or -errno after a complaint:
 * then *image can be read as far as image->head is not NULL. */
int kept_image_open(struct kept_image *image, const char *number, const struct complaint *to);
void kept_image_close(struct kept_image *image);

/* Do this program and the one that made the image understand each other, and what that one's
 * processes say?  0, or -EPROTO after a complaint. */
int kept_image_fits(const struct kept_image *image, const struct complaint *to);

/* Is this border the same in both? */
bool kept_border_is_same(const struct kept_head *head, const char *name);

/* The descriptors that it names; NULL: it is cut. */
const int32_t *kept_image_fds(const struct kept_image *image);

/* Reads the texts into the master: the paths, the overrides.  They stay in memory for good. */
bool kept_image_texts(const struct kept_image *image, struct master *master);

/* The configuration: the running one, if this program understands it, else the file's.  NULL after
 * a complaint. */
struct config *kept_image_config(const struct kept_image *image, const struct master *master,
                                 const struct complaint *to);

#endif
