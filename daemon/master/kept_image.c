/* SPDX-License-Identifier: BSD-2-Clause */
/* kept_image.c - runs in the master, and in a rehearsal: opens and checks an image
 * that another version may have made.  It was made by root; sizes and counts are
 * checked, so that a wrong image is refused, not followed. */
#include "daemon/master/kept_image.h"

#include "build_info.h"
#include "common/sealed.h"
#include "common/text.h"
#include "daemon/master/master.h"
#include "daemon/program/borders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { OVERRIDES_MAX = 256, LINE_ROOM = 256 };

/* What a program of the new version and a process, or an image, of the old one say to each other.
 * The other borders are between programs of one version. */
static const enum border crossed[] = {
    BORDER_IMAGE,     BORDER_HAND_OVER,  BORDER_FROM_MASTER, BORDER_TO_NET,    BORDER_NET_AUTH,
    BORDER_AUTH_JAIL, BORDER_NET_DIALER, BORDER_NET_KEEPER,  BORDER_TO_SCRIBE, BORDER_CONTROL,
};

/* Earlier numbers of borders that this program serves as well: what was added since is never sent
 * by the older side, and not needed by it.  Ended by NULL. */
static const struct {
    const char *name;
    uint64_t number;
} served[] = { { NULL, 0 } };

static int broken(const struct complaint *to, const char *what)
{
    return complain_about(to, true, "the image of the running daemon", what);
}

int kept_image_open(struct kept_image *image, const char *number, const struct complaint *to)
{
    uint64_t fd;
    *image = (struct kept_image){ .fd = -1 };
    if (!number_parse(number, 3, INT32_MAX, &fd))
        return broken(to, "not a descriptor");
    image->fd = (int)fd;
    const char *bytes =
        sealed_map(image->fd, sizeof(struct kept_head), KEPT_SIZE_MAX, &image->size);
    if (!bytes)
        return broken(to, strerror(errno));
    const struct kept_head *head = (const struct kept_head *)bytes;
    if (head->magic != KEPT_MAGIC || head->border_count > KEPT_BORDERS)
        return broken(to, "not such an image");
    image->head = head;
    image->reader = (struct kept_reader){ bytes + sizeof *head, image->size - sizeof *head };
    return 0;
}

void kept_image_close(struct kept_image *image)
{
    if (image->head)
        (void)munmap((void *)(uintptr_t)image->head, image->size);
    if (image->fd >= 0)
        close(image->fd);
    *image = (struct kept_image){ .fd = -1 };
}

/* 0: it has none of this name. */
static uint64_t number_in(const struct kept_head *head, const char *name)
{
    for (uint32_t i = 0; i < head->border_count; i++) {
        if (strncmp(head->borders[i].name, name, sizeof head->borders[i].name) == 0)
            return head->borders[i].number;
    }
    return 0;
}

static bool is_served(const char *name, uint64_t number)
{
    for (size_t i = 0; served[i].name; i++) {
        if (strcmp(served[i].name, name) == 0 && served[i].number == number)
            return true;
    }
    return false;
}

bool kept_border_is_same(const struct kept_head *head, const char *name)
{
    for (size_t i = 0; i < BORDERS; i++) {
        if (strcmp(border_name((enum border)i), name) == 0)
            return border_number((enum border)i) == number_in(head, name);
    }
    return false;
}

int kept_image_fits(const struct kept_image *image, const struct complaint *to)
{
    char line[LINE_ROOM];
    int result = 0;
    for (size_t i = 0; i < COUNT(crossed); i++) {
        const char *name = border_name(crossed[i]);
        const uint64_t number = number_in(image->head, name);
        if (number == border_number(crossed[i]) || is_served(name, number))
            continue;
        (void)text_format(line, sizeof line,
                          "the border %s differs between the running version %.*s and %s: "
                          "sessions of the one can't be served by the other; drain and restart",
                          name, KEPT_VERSION_ROOM - 1, image->head->version, WARDFTPD_VERSION);
        to->complain(to->context, true, line);
        result = -EPROTO;
    }
    if (result == 0 && image->head->size != image->size)
        return broken(to, "it is cut");
    return result;
}

/* What lies behind: texts, then descriptors; they are read from the end. */
const int32_t *kept_image_fds(const struct kept_image *image)
{
    const size_t size = image->head->descriptors * sizeof(int32_t);
    if (image->head->descriptors > KEPT_SECTION_MAX || size > image->reader.left)
        return NULL;
    return (const int32_t *)((const char *)image->head + image->size - size);
}

static const char *next_text(const char **at, const char *end)
{
    const char *text = *at;
    const char *nul = memchr(text, '\0', (size_t)(end - text));
    if (!nul)
        return NULL;
    *at = nul + 1;
    return text;
}

static bool take_overrides(struct master *master, uint32_t count, const char **at, const char *end)
{
    struct config_override *overrides = calloc(count + 1, sizeof *overrides);
    for (uint32_t i = 0; overrides && i < count; i++) {
        overrides[i].text = next_text(at, end);
        if (!overrides[i].text) {
            free(overrides);
            return false;
        }
    }
    master->overrides = overrides;
    master->override_count = count;
    return overrides != NULL;
}

bool kept_image_texts(const struct kept_image *image, struct master *master)
{
    const struct kept_head *head = image->head;
    const char *fds = (const char *)kept_image_fds(image);
    char *copy = fds && head->text_bytes <= (size_t)(fds - (const char *)(head + 1))
                     ? malloc(head->text_bytes + 1)
                     : NULL;
    if (!copy)
        return false;
    memcpy(copy, fds - head->text_bytes, head->text_bytes);
    const char *at = copy, *end = copy + head->text_bytes;
    const char *config_path = next_text(&at, end), *program = next_text(&at, end);
    if (!config_path || !program || head->overrides > OVERRIDES_MAX ||
        !take_overrides(master, head->overrides, &at, end)) {
        free(copy);
        return false;
    }
    master->config_path = config_path;
    master->program = program;
    return true;
}

struct config *kept_image_config(const struct kept_image *image, const struct master *master,
                                 const struct complaint *to)
{
    struct config *config;
    if (!kept_border_is_same(image->head, border_name(BORDER_CONFIG)))
        return config_load(master->config_path, master->overrides, master->override_count,
                           to->complain, to->context);
    config = config_from_fd(image->head->config);
    if (!config)
        (void)complain_about(to, true, "the running configuration", strerror(errno));
    return config;
}
