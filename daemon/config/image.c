/* SPDX-License-Identifier: BSD-2-Clause */
/* image.c - reads the configuration from a sealed memfd, which each program gets
 * at its start and with a reload.  The master makes it (write.c). The seals
 * guarantee that what was checked is what is read. */
#include "daemon/config/config.h"

#include "common/sealed.h"
#include "common/text.h"
#include "daemon/protocol/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IMAGE_MAX = 64 * 1024 * 1024 };

static bool read_all(int fd, void *bytes, size_t n)
{
    size_t done = 0;
    while (done < n) {
        const ssize_t got = pread(fd, (char *)bytes + done, n - done, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = EBADMSG;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static bool zones_fit(const struct config *config)
{
    for (uint32_t i = 0; i < config->zone_count && i < ZONES_MAX; i++) {
        if (config->zones[i].count > ZONE_TURNS)
            return false;
    }
    return config->zone_count <= ZONES_MAX;
}

static bool messages_fit(const struct config *config)
{
    for (uint32_t i = 0; i < config->message_count && i < MESSAGES_MAX; i++) {
        const struct message_text *message = &config->messages[i];
        if (!text_ends(message->path, sizeof message->path) ||
            !text_ends(message->text, sizeof message->text))
            return false;
    }
    return config->message_count <= MESSAGES_MAX;
}

/* Are the counts within the block? */
static bool is_whole(const struct config *config, size_t size)
{
    const size_t behind = size - sizeof *config;
    return config->size == size && behind == config->policy_count * sizeof config->policies[0] &&
           config->listener_count <= LISTENERS_MAX && config->host_count <= HOSTS_MAX &&
           config->forbidden_gid_count <= FORBIDDEN_GIDS_MAX && zones_fit(config) &&
           messages_fit(config);
}

struct config *config_from_fd(int fd)
{
    const ssize_t n = sealed_size(fd, sizeof(struct config), IMAGE_MAX);
    if (n < 0)
        return NULL;
    const size_t size = (size_t)n;
    struct config *config = malloc(size);
    if (!config || !read_all(fd, config, size)) {
        const int error = errno;
        free(config);
        errno = error;
        return NULL;
    }
    if (!is_whole(config, size)) {
        free(config);
        errno = EBADMSG;
        return NULL;
    }
    return config;
}

bool config_replace(struct config **config, int fd)
{
    struct config *new = config_from_fd(fd);
    close(fd);
    if (!new)
        return false;
    free(*config);
    *config = new;
    return true;
}

uint32_t config_events(const struct config *config)
{
    uint32_t events = 0;
    for (unsigned id = 0; id < EVENT_IDS && strcmp(config->log, "none") != 0; id++) {
        if ((uint32_t)event_level((enum event_id)id) <= config->log_level)
            events |= config->log_events & EVENT_BIT(id);
    }
    if (config->events_socket[0])
        events |= config->events;
    return config->xferlog[0] ? events | EVENT_BIT(EVENT_DELETE) : events;
}

const struct zone *config_zone(const struct config *config, const char *name)
{
    for (uint32_t i = 0; i < config->zone_count; i++) {
        if (strcmp(config->zones[i].name, name) == 0)
            return &config->zones[i];
    }
    return NULL;
}

const char *config_message(const struct config *config, const char *path)
{
    for (uint32_t i = 0; i < config->message_count; i++) {
        if (strcmp(config->messages[i].path, path) == 0)
            return config->messages[i].text;
    }
    return NULL;
}
