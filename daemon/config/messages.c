/* SPDX-License-Identifier: BSD-2-Clause */
/* messages.c - the files with texts for clients that a configuration names: NET
 * can open none, so each is part of the configuration.  Runs where config.c
 * does. */
#include "daemon/config/load.h"

#include "common/lines.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of the file, at most room; -1: errno. */
static ssize_t read_regular(int fd, char *to, size_t room)
{
    struct stat about;
    size_t done = 0;
    if (fstat(fd, &about) != 0)
        return -1;
    if (!S_ISREG(about.st_mode)) {
        errno = EINVAL;
        return -1;
    }
    while (done < room) {
        const ssize_t n = read(fd, to + done, room - done);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static ssize_t read_file(const char *path, char *to, size_t room)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return -1;
    const ssize_t n = read_regular(fd, to, room);
    const int error = errno;
    (void)close(fd);
    errno = error;
    return n;
}

/* A text is no reason not to start, so what is wrong with it is a warning. */
static void read_message(struct loader *loader, const struct section *section, int row,
                         struct message_text *message)
{
    ssize_t n = read_file(message->path, message->text, sizeof message->text);
    if (n < 0) {
        load_complain_key(loader, false, section, row, "%s: %s: clients will not see it",
                          message->path, errno == EINVAL ? "not a regular file" : strerror(errno));
        n = 0;
    }
    if (n == (ssize_t)sizeof message->text) {
        load_complain_key(loader, false, section, row,
                          "%s: clients will see only its first %d bytes", message->path,
                          MESSAGE_ROOM - 1);
        n--;
    }
    (void)lines_make_safe(message->text, (size_t)n);
}

static void add_message(struct loader *loader, const struct section *section, int row,
                        const char *path)
{
    struct config *config = loader->config;
    if (!*path || config_message(config, path))
        return;
    if (config->message_count == MESSAGES_MAX) {
        load_complain_key(loader, true, section, row, "more than %d files with texts",
                          MESSAGES_MAX);
        return;
    }
    struct message_text *message = &config->messages[config->message_count++];
    (void)text_copy(message->path, sizeof message->path, path);
    read_message(loader, section, row, message);
}

static void add_of_section(struct loader *loader, const struct section *section)
{
    const void *block = section_block(loader, section);
    switch (section_kinds[section->class].block) {
    case BLOCK_DAEMON:
        add_message(loader, section, option_find(BLOCK_DAEMON, "banner_file"),
                    ((const struct config *)block)->banner_file);
        break;
    case BLOCK_HOST:
        add_message(loader, section, option_find(BLOCK_HOST, "banner_file"),
                    ((const struct host_config *)block)->banner_file);
        break;
    case BLOCK_POLICY:
        add_message(loader, section, option_find(BLOCK_POLICY, "login_message_file"),
                    ((const struct policy *)block)->login_message_file);
        break;
    default:
        break;
    }
}

void config_messages(struct loader *loader)
{
    for (size_t i = 0; i < loader->section_count; i++)
        add_of_section(loader, &loader->sections[i]);
}
