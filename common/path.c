/* SPDX-License-Identifier: BSD-2-Clause */
/* path.c - FTP path names.  In NET, JAIL and the client; pure. */
#include "common/path.h"

#include <string.h>

/* Appends the components of name to the normal path to[0..*length); while the path
 * is built, the root has length 0. */
static bool append(char *to, size_t room, size_t *length, const char *name)
{
    for (;;) {
        name += strspn(name, "/");
        const size_t n = strcspn(name, "/");
        if (n == 0)
            return true;
        if (n == 2 && name[0] == '.' && name[1] == '.') {
            while (*length > 0 && to[--*length] != '/') {
            }
        } else if (n != 1 || name[0] != '.') {
            if (n + 1 >= room - *length)
                return false;
            to[(*length)++] = '/';
            memcpy(to + *length, name, n);
            *length += n;
        }
        name += n;
    }
}

bool path_join(const char *cwd, const char *name, char *to, size_t room)
{
    size_t length = 0;
    if (room < sizeof "/")
        return false;
    if (name[0] != '/' && !append(to, room, &length, cwd))
        return false;
    if (!append(to, room, &length, name))
        return false;
    if (length == 0)
        to[length++] = '/';
    to[length] = '\0';
    return true;
}

bool path_is_normal(const char *path)
{
    if (path[0] != '/')
        return false;
    if (path[1] == '\0')
        return true;
    while (*path == '/') {
        const char *component = path + 1;
        const size_t n = strcspn(component, "/");
        if (n == 0 || (n == 1 && component[0] == '.') ||
            (n == 2 && component[0] == '.' && component[1] == '.'))
            return false;
        path = component + n;
    }
    return true;
}

const char *path_last(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool path_quote(const char *path, char *to, size_t room)
{
    size_t length = 0;
    for (; *path; path++) {
        const size_t more = *path == '"' ? 2 : 1;
        if (length + more >= room)
            return false;
        memset(to + length, *path, more);
        length += more;
    }
    if (room == 0)
        return false;
    to[length] = '\0';
    return true;
}
