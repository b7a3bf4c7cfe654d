/* SPDX-License-Identifier: BSD-2-Clause */
/* bookmark.c - the file of bookmarks: a name, a blank and a URL a line. */
#include "client/shell/bookmark.h"

#include "client/shell/config.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Splits a line in place; false: it is none of ours. */
static bool split(char *line, const char **name, const char **url)
{
    char *blank = strchr(line, ' ');
    line[strcspn(line, "\n")] = '\0';
    if (!blank || blank == line)
        return false;
    *blank = '\0';
    *name = line;
    *url = blank + 1 + strspn(blank + 1, " ");
    return **url != '\0';
}

void bookmark_each(const struct shell *shell,
                   void (*take)(void *context, const char *name, const char *url), void *context)
{
    char path[PATH_MAX], *line = NULL;
    size_t room = 0;
    FILE *file = config_path(shell, "bookmarks", path) ? fopen(path, "re") : NULL;
    while (file && getline(&line, &room, file) > 0) {
        const char *name, *url;
        if (split(line, &name, &url))
            take(context, name, url);
    }
    free(line);
    if (file)
        fclose(file);
}

struct wanted {
    const char *name;
    char *url;
    bool found;
};

static void compare(void *context, const char *name, const char *url)
{
    struct wanted *wanted = context;
    if (strcmp(name, wanted->name) == 0)
        wanted->found = text_copy(wanted->url, TARGET_PATH_SIZE, url);
}

bool bookmark_find(const struct shell *shell, const char *name, char url[TARGET_PATH_SIZE])
{
    struct wanted wanted = { .name = name, .url = url };
    bookmark_each(shell, compare, &wanted);
    return wanted.found;
}

struct copying {
    FILE *to;
    const char *leave_out;
    bool left_out;
};

static void copy_other(void *context, const char *name, const char *url)
{
    struct copying *copying = context;
    if (strcmp(name, copying->leave_out) == 0)
        copying->left_out = true;
    else
        fprintf(copying->to, "%s %s\n", name, url);
}

/* Into a new file that takes the old one's place. */
static int write_file(const struct shell *shell, const char *path, const char *name,
                      const char *url)
{
    char temporary[PATH_MAX];
    struct copying copying = { .leave_out = name };
    if (!text_format(temporary, sizeof temporary, "%s.XXXXXX", path))
        return -ENAMETOOLONG;
    const int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    copying.to = fd < 0 ? NULL : fdopen(fd, "w");
    if (!copying.to)
        return -errno;
    bookmark_each(shell, copy_other, &copying);
    if (url)
        fprintf(copying.to, "%s %s\n", name, url);
    const bool failed = fflush(copying.to) != 0 || ferror(copying.to) || fsync(fd) < 0;
    int result = failed ? -EIO : 0;
    fclose(copying.to);
    if (result == 0 && !url && !copying.left_out)
        result = -ENOENT;
    if (result == 0 && rename(temporary, path) < 0)
        result = -errno;
    if (result < 0)
        (void)unlink(temporary);
    return result;
}

int bookmark_put(const struct shell *shell, const char *name, const char *url)
{
    char path[PATH_MAX];
    const int made = url ? config_make_directory(shell) : 0;
    if (made < 0)
        return made;
    return config_path(shell, "bookmarks", path) ? write_file(shell, path, name, url) : -ENOENT;
}

bool bookmark_target(const struct shell *shell, const char *text, struct target *target,
                     const char **why)
{
    char url[TARGET_PATH_SIZE];
    return target_parse(bookmark_find(shell, text, url) ? url : text, target, why);
}
